package sheet

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// pieces is a source that gives a text in chunks of a length of its own.
type pieces struct {
	checked
	text   string
	length int
}

func newPieces(text string, length int) *pieces {
	return &pieces{text: text, length: max(length, 1)}
}

func (p *pieces) next() ([]byte, error) {
	if p.text == "" {
		return nil, io.EOF
	}
	n := min(p.length, len(p.text))
	chunk := []byte(p.text[:n])
	p.text = p.text[n:]
	return chunk, nil
}

// events writes a document down as its tags and texts.
func events(in source) (string, error) {
	m := &xmlScan{in: in}
	if err := m.prolog(false); err != nil {
		return "", err
	}
	var out strings.Builder
	for {
		text, err := m.text(nil, true)
		if len(text) > 0 && m.depth > 0 && err == nil {
			fmt.Fprintf(&out, "%q", text)
		}
		if err == nil {
			var opens bool
			if opens, err = m.tag(); err == nil && !opens {
				out.WriteString("</>")
			}
			if err == nil && opens {
				fmt.Fprintf(&out, "<%s", m.element)
				for _, a := range m.attrs {
					fmt.Fprintf(&out, " %s=%q", a.name, a.value)
				}
				out.WriteString(">")
			}
		}
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
	}
}

// oracle writes a document down as encoding/xml reads it.
func oracle(text string) (string, error) {
	var out strings.Builder
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	depth, pending := 0, ""
	flush := func() {
		if depth > 0 && pending != "" {
			fmt.Fprintf(&out, "%q", pending)
		}
		pending = ""
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out.String(), nil
		}
		if err != nil {
			return out.String(), err
		}
		switch t := token.(type) {
		case xml.CharData:
			pending += string(t)
		case xml.StartElement:
			flush()
			depth++
			fmt.Fprintf(&out, "<%s", t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					fmt.Fprintf(&out, " %s=%q", a.Name.Local, a.Value)
				}
			}
			out.WriteString(">")
		case xml.EndElement:
			flush()
			depth--
			out.WriteString("</>")
		}
	}
}

// TestScanReads: what XML allows is read as XML says.
func TestScanReads(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"an empty root", "<a/>", "<a></>"},
		{"a declaration", `<?xml version="1.0" encoding="utf-8" standalone='yes' ?><a/>`, "<a></>"},
		{"a declaration in single quotes", "<?xml version='1.0'\n encoding='US-ASCII'?>\n<a/>", "<a></>"},
		{"white space, comments and instructions around the root", " \n<!-- x - y --><?p <a> ?><a/>\n<?q?><!---->\r\n", "<a></>"},
		{"white space in tags", "<a\n b = \"1\"\tc='2' ><d /></a\r\n>", `<a b="1" c="2"><d></></>`},
		{"the five entities", "<a>&lt;&gt;&amp;&apos;&quot;</a>", `<a>"<>&'\""</>`},
		{"entities by number", "<a>&#228;&#xe4;&#xE4;&#x1F600;</a>", `<a>"äää😀"</>`},
		{"entities in attributes", `<a b="&lt;&#228;&quot;&amp;lt;'"/>`, `<a b="<ä\"&lt;'"></>`},
		{"an entity is not read twice", "<a>&amp;lt;</a>", `<a>"&lt;"</>`},
		{"line ends become LF", "<a>1\r\n2\r3\n4&#13;</a>", `<a>"1\n2\n3\n4\r"</>`},
		{"white space in attributes becomes spaces", "<a b='1\r\n2\t3\n4&#10;'/>", `<a b="1 2 3 4\n"></>`},
		{"CDATA", "<a>1<![CDATA[<b>&amp;]]]]><![CDATA[>]]>2</a>", `<a>"1<b>&amp;]]>2"</>`},
		{"comments within text", "<a>1<!-- & < -->2<?p?>3</a>", `<a>"123"</>`},
		{"brackets that end nothing", "<a>]] ]>></a>", `<a>"]] ]>>"</>`},
		{"a greater-than sign in an attribute", "<a b='>'>></a>", `<a b=">">">"</>`},
		{"names of many scripts", "<größe·1 _x-1.2='1'><李/></größe·1>", `<größe·1 _x-1.2="1"><李></></>`},
		{"prefixes and the one that needs no declaration", `<p:a xmlns:p="u" p:b="1" xml:space="preserve"><p:c/></p:a>`,
			`<a b="1" space="preserve"><c></></>`},
		{"the same name in two namespaces", `<a b="1" p:b="2" xmlns:p="u"/>`, `<a b="1" b="2"></>`},
		{"64 levels", strings.Repeat("<a>", 64) + strings.Repeat("</a>", 64), strings.Repeat("<a>", 64) + strings.Repeat("</>", 64)},
		{"more attributes than are compared one by one", "<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j=''/>",
			`<a a="" b="" c="" d="" e="" f="" g="" h="" i="" j=""></>`},
		{"a text as long as is allowed", "<a>" + strings.Repeat("x", maxText) + "</a>", `<a>"` + strings.Repeat("x", maxText) + `"</>`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, length := range []int{1, 2, 3, 7, chunkSize} {
				if length < 7 && len(c.text) > chunkSize {
					continue
				}
				got, err := events(newPieces(c.text, length))
				if got != c.want || err != nil {
					t.Fatalf("got %.200s and error %v from chunks of %d bytes, want %.200s", got, err, length, c.want)
				}
			}
		})
	}
}

// TestScanRefuses: what XML does not allow is refused, wherever the chunks end.
func TestScanRefuses(t *testing.T) {
	cases := []struct{ name, text, reason string }{
		{"nothing", "", "cut off"},
		{"white space alone", " \n", "cut off"},
		{"a comment alone", "<!-- x -->", "cut off"},
		{"a cut start tag", "<a b='1'", "cut off"},
		{"a cut attribute", "<a b='1", "cut off"},
		{"a cut end tag", "<a></a", "cut off"},
		{"a root that is not ended", "<a><b/>", "cut off"},
		{"text that is not ended", "<a>x", "cut off"},
		{"a bracket alone", "<a><", "cut off"},
		{"a comment that is not ended", "<a><!-- x", "cut off"},
		{"a CDATA section that is not ended", "<a><![CDATA[x]]", "cut off"},
		{"an instruction that is not ended", "<a/><?p", "cut off"},
		{"text before the root", "x<a/>", "outside the root"},
		{"text behind the root", "<a/>x", "outside the root"},
		{"an entity behind the root", "<a/>&#32;", "outside the root"},
		{"CDATA behind the root", "<a/><![CDATA[]]>", "outside the root"},
		{"a second root", "<a/><b/>", "second root"},
		{"an end tag before the root", "</a>", "outside the root"},
		{"an end tag behind the root", "<a/></a>", "outside the root"},
		{"another end tag", "<a><b></a></b>", "ends the element b"},
		{"an end tag that begins alike", "<a></ab>", "ends the element a"},
		{"an end tag that is the beginning of the name", "<ab></a>", "ends the element ab"},
		{"an end tag with an attribute", "<a></a b=''>", "not closed"},
		{"an end tag of the same name with another prefix", "<p:a xmlns:p='u' xmlns:q='u'></q:a>", "ends the element p:a"},
		{"no name", "<a>< b/></a>", "no name"},
		{"a digit as a name", "<1/>", "no name"},
		{"a character that no name has", "<a\u00d7/>", "no name"},
		{"a name that begins with a joining character", "<\u0300a/>", "no name"},
		{"two colons", "<a:b:c xmlns:a='u'/>", "no name"},
		{"a colon at the end", "<a:/>", "no name"},
		{"a colon at the beginning", "<:a/>", "no name"},
		{"an attribute without a value", "<a b/>", "has no value"},
		{"an attribute without quotes", "<a b=1/>", "no quotes"},
		{"a less-than sign in an attribute", "<a b='<'/>", "has a <"},
		{"attributes without a space", "<a b='1'c='2'/>", "the character 'c'"},
		{"a slash within a tag", "<a / b=''>", "slash"},
		{"an attribute that is there twice", "<a b='1' b='1'/>", "twice"},
		{"an attribute among many that is there twice", "<a a='' b='' c='' d='' e='' f='' g='' h='' i='' a=''/>", "twice"},
		{"more attributes than a tag may have", "<a " + strings.Repeat("b='' ", 257) + "/>", "more than 256"},
		{"a prefix that is not declared", "<p:a/>", `prefix "p" is not declared`},
		{"a prefix of an attribute that is not declared", "<a p:b=''/>", `prefix "p" is not declared`},
		{"a prefix that is declared elsewhere", "<a><b xmlns:p='u'/><p:c/></a>", `prefix "p" is not declared`},
		{"a prefix that is taken back", "<a xmlns:p=''/>", "declared as"},
		{"the end of CDATA in text", "<a>x]]>y</a>", "]]>"},
		{"an unknown entity", "<a>&nbsp;</a>", "unknown entity &nbsp;"},
		{"an unknown entity in an attribute", "<a b='&nbsp;'/>", "unknown entity &nbsp;"},
		{"an ampersand alone", "<a>x & y</a>", "not ended"},
		{"an ampersand alone in an attribute", "<a b='R&D'/>", "not ended"},
		{"the number of a control character", "<a>&#1;</a>", "no character of XML"},
		{"the number of half a pair", "<a>&#xD800;</a>", "no character of XML"},
		{"a number beyond all characters", "<a>&#x110000;</a>", "no character of XML"},
		{"a number with a sign", "<a>&#+65;</a>", "no character of XML"},
		{"a number without digits", "<a>&#;</a>", "no character of XML"},
		{"a number with an underscore", "<a>&#6_5;</a>", "no character of XML"},
		{"a document type", "<!DOCTYPE a><a/>", "document type"},
		{"a document type behind a comment", "<!-- x --><!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "document type"},
		{"other markup", "<a><!ELEMENT b></a>", "markup"},
		{"two hyphens in a comment", "<a><!-- x -- y --></a>", "--"},
		{"three hyphens at the end of a comment", "<a><!-- x ---></a>", "--"},
		{"a declaration behind white space", " <?xml version='1.0'?><a/>", "processing instruction"},
		{"a declaration without a version", "<?xml encoding='utf-8'?><a/>", "cannot be read"},
		{"a declaration of another version", "<?xml version='1.1'?><a/>", "cannot be read"},
		{"a declaration in the wrong order", "<?xml version='1.0' standalone='no' encoding='utf-8'?><a/>", "cannot be read"},
		{"another encoding", "<?xml version='1.0' encoding='iso-8859-1'?><a/>", `"iso-8859-1" is not supported`},
		{"an instruction without a name", "<a><??></a>", "processing instruction"},
		{"65 levels", strings.Repeat("<a>", 65), "deeper than 64"},
		{"a text longer than is allowed", "<a>" + strings.Repeat("x", maxText+chunkSize+1) + "</a>", "longer than"},
		{"a tag longer than is allowed", "<a b='" + strings.Repeat("x", maxTag+chunkSize) + "'/>", "longer than"},
		{"a comment longer than is allowed", "<a><!--" + strings.Repeat("x", maxTag+chunkSize) + "--></a>", "longer than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, length := range []int{1, 2, 3, 7, chunkSize} {
				if length < 7 && len(c.text) > chunkSize {
					continue
				}
				if got, err := events(newPieces(c.text, length)); err == nil || !strings.Contains(err.Error(), c.reason) {
					t.Fatalf("got %.200s and error %v from chunks of %d bytes, want %q", got, err, length, c.reason)
				}
			}
		})
	}
}

// FuzzPart: what encoding/xml refuses, we refuse; what both read, both read alike; and where the chunks end changes
// nothing.
func FuzzPart(f *testing.F) {
	for _, s := range []string{`<?xml version="1.0"?><a xmlns:p="u" b='1&#9;'>&lt;<p:c/>]]<![CDATA[]]]><!-- - -->` + "\r\n</a>",
		"<a><b></a></b>", "<!DOCTYPE a><a/>", "<a>&x;</a>", "<a b='1' b='2'/>", "<p:a/>", "<a>\x01</a>", "<a>\xff</a>", "<a/><b/>",
		"<a>\ufffe</a>", "<a>]]></a>", "<李 größe='1'/>", ""} {
		f.Add(s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, length uint8) {
		whole, wholeErr := events(newChecked(strings.NewReader(text), uint64(len(text))))
		if good, err := checkCharacters([]byte(text)); err == nil && good == len(text) {
			cut, cutErr := events(newPieces(text, int(length)))
			if wholeErr == nil != (cutErr == nil) || wholeErr == nil && cut != whole {
				t.Fatalf("got %s, %v whole and %s, %v in chunks of %d", whole, wholeErr, cut, cutErr, length)
			}
		}
		want, wantErr := oracle(text)
		if wantErr != nil && strings.Contains(wantErr.Error(), "invalid XML name") && strings.ContainsFunc(text, isWide) {
			return // encoding/xml knows the names of XML 1.0's fourth edition, and the fifth has more
		}
		spaces := strings.NewReplacer(`\n`, " ", `\t`, " ", `\r`, " ") // encoding/xml leaves them in attributes
		if wholeErr == nil && (wantErr != nil || spaces.Replace(whole) != spaces.Replace(want)) {
			t.Fatalf("got %s, want %s and error %v as encoding/xml", whole, want, wantErr)
		}
	})
}

func isWide(r rune) bool { return r >= utf8.RuneSelf }

// TestSourcesAgree: a part reads the same ahead and not, and both stop at the same bad character.
func TestSourcesAgree(t *testing.T) {
	long := strings.Repeat("aä李😀\n", 30_000)
	for name, text := range map[string]string{
		"sound text":                    long,
		"a control character":           long + "\x01" + long,
		"a byte that is no UTF-8":       long + "\xff" + long,
		"half a character at the end":   long + "\xe6\x9d",
		"half a pair in UTF-8":          long + "\xed\xa0\x80",
		"a character that XML forbids":  long + "\uffff" + long,
		"a bad character in a ninth of": "12345678\x00",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, firstErr := drain(newChecked(strings.NewReader(text), uint64(len(text))))
			second, secondErr := drain(newAhead(strings.NewReader(text)))
			if !bytes.Equal(first, second) || fmt.Sprint(firstErr) != fmt.Sprint(secondErr) {
				t.Errorf("got %d bytes, %v and %d bytes, %v, want the same", len(first), firstErr, len(second), secondErr)
			}
			if !strings.HasPrefix(text, string(first)) || errors.Is(firstErr, io.EOF) != (len(first) == len(text)) {
				t.Errorf("got %d of %d bytes and %v", len(first), len(text), firstErr)
			}
		})
	}
}

// drain reads a source to its end.
func drain(s source) ([]byte, error) {
	defer s.close()
	var all []byte
	for {
		chunk, err := s.next()
		if err != nil {
			return all, err
		}
		all = append(all, chunk...)
	}
}
