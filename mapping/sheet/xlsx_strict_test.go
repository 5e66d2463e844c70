package sheet_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// wideText is an ASCII text in UTF-16BE with a byte order mark, and with more units behind it.
func wideText(s string, more ...byte) string {
	out := []byte{0xfe, 0xff}
	for i := range len(s) {
		out = append(out, 0, s[i])
	}
	return string(append(out, more...))
}

// TestWorkbooksWithoutOneReadingAreRefused: what is well-formed may still say two things, or none.
func TestWorkbooksWithoutOneReadingAreRefused(t *testing.T) {
	ada := oneCell(`<c r="A2" t="s"><v>1</v></c>`)
	more := func(relations string) parts { return ada.replace(workbookRels, "</R", relations+"</R") }
	sheets := make([]string, 2001)
	for i := range sheets {
		sheets[i] = fmt.Sprintf(`<sheet name="S%d" r:id="rId1"/>`, i)
	}
	cases := []struct {
		name   string
		parts  parts
		row    int
		reason string
	}{
		{"a value where its type has a text of its own", ada.replace(sheetPart, `t="s"><v>1</v>`, `t="inlineStr"><v>Bonn</v>`), 2, "cell A2 has its value where its type allows none"},
		{"a text of its own where the type has a value", ada.replace(sheetPart, `t="s"><v>1</v>`, `><is><t>Bonn</t></is>`), 2, "cell A2 has its value where its type allows none"},
		{"a cell with two values", ada.replace(sheetPart, "<v>1</v>", "<v>1</v><v>0</v>"), 2, "cell A2 has two values"},
		{"a prefix that is not declared", ada.replace(sheetPart, "<v>1</v>", "<p:v>1</p:v>"), 2, "not declared"},
		{"an attribute that is there twice", ada.replace(sheetPart, `r="A2"`, `r="A2" r="B2"`), 2, "attribute twice"},
		{"a merged area without a reference", merge(ada, "x"), 2, `merged range has the reference "x"`},
		{"a merged area that ends nowhere", merge(ada, "A1:"), 2, "merged range"},
		{"a merged area behind the last row", merge(ada, "A1:B1048577"), 2, "merged range"},
		{"a bomb of a text", ada.replace(sheetPart, "<v>1</v>", "<v>"+digits(1_200_000)+"</v>"), 2, "longer than"},
		{"a bomb of runs", ada.replace(sheetPart, `t="s"><v>1</v>`, `t="inlineStr"><is>`+
			strings.Repeat("<r><t>"+digits(8000)+"</t></r>", 150)+"</is>"), 2, "longer than"},
		{"text before the sheet", ada.with(sheetPart, "x"+ada[sheetPart][38:]), 0, "outside the root element"},
		{"a comment that is not ended behind the sheet", ada.with(sheetPart, ada[sheetPart]+"<!--"), 2, "cut off"},
		{"a pair in UTF-16 that is cut", ada.with(sheetPart, wideText(ada[sheetPart][38:], 0xd8, 0x00)), 2, "invalid UTF-16"},
		{"half a pair in UTF-16", ada.with(sheetPart, wideText(ada[sheetPart][38:], 0xd8, 0x00, 0, 0x20)), 2, "invalid UTF-16"},
		{"a byte too much in UTF-16", ada.with(sheetPart, wideText(ada[sheetPart][38:], 0)), 2, "invalid UTF-16"},
		{"texts that are no table", ada.with(textsPart, "<sheet/>"), 0, "no table of texts but a sheet"},
		{"a workbook part that is none", ada.with(workbookPart, "<sst/>"), 0, "not a workbook but a sst"},
		{"a sheet of another format", ada.replace(sheetPart, "spreadsheetml", "drawingml"), 0, "not a worksheet but a worksheet"},
		{"texts in another file", ada.replace(workbookRels, `"sharedStrings.xml"`, `"sharedStrings.xml" TargetMode="External"`), 0,
			"keeps its sharedStrings in another file"},
		{"styles in another file", ada.replace(workbookRels, `"styles.xml"`, `"styles.xml" TargetMode="external"`), 0,
			"keeps its styles in another file"},
		{"the workbook in another file", ada.replace("_rels/.rels", `"xl/workbook.xml"`, `"x" TargetMode="External"`), 0, "officeDocument in another file"},
		{"two tables of texts", more(relation("rId8", "sharedStrings", "other.xml")), 0, "two parts as its sharedStrings"},
		{"too many relationships", more(strings.Repeat(relation("rId8", "x", "y"), 8001)), 0, "too many relationships"},
		{"too many formats", ada.replace(stylesPart, "</numFmts>", manyFormats(17_000)+"</numFmts>"), 0, "too many styles"},
		{"too many sheets", ada.replace(workbookPart, "<sheets>", "<sheets>"+strings.Join(sheets, "")), 0, "too many sheets"},
		{"a sheet without a relationship", ada.replace(workbookPart, `r:id="rId1"`, `r:id="rId5"`), 0, `sheet "Data" is not in`},
		{"a sheet whose relationship is in another namespace", ada.replace(workbookPart, relsSpace, `xmlns:r="urn:x"`), 0, `sheet "Data" is not in`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, e := refusal(t, write(t, "data.xlsx", c.parts.pack(t)), sheet.Options{})
			if len(got) != 0 || e.Row != c.row || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %d rows, row %d, %q, want none, row %d and %q", len(got), e.Row, e.Reason, c.row, c.reason)
			}
		})
	}
}

// digits is a text that packs badly enough to be no bomb of an archive.
func digits(n int) string {
	var text strings.Builder
	for i := uint32(1); text.Len() < n; i++ {
		fmt.Fprint(&text, i*2654435761)
	}
	return text.String()
}

func manyFormats(n int) string {
	var formats strings.Builder
	for i := range n {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="0"/>`, i+1000)
	}
	return formats.String()
}

// TestXLSXNamespaces: what an element is, its namespace says, under whichever prefix and in whichever edition.
func TestXLSXNamespaces(t *testing.T) {
	const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	const strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
	ada := oneCell(`<c r="A2" t="inlineStr"><is><t>Ada</t></is></c>`)
	cases := []struct {
		name  string
		parts parts
	}{
		{"the strict namespace", ada.replace(sheetPart, main, strict).replace(textsPart, main, strict).replace(workbookPart, main, strict)},
		{"no namespace", ada.replace(sheetPart, mainSpace, "")},
		{"UTF-16 with the high byte first", ada.with(sheetPart, wideText(ada[sheetPart][38:]))},
		{"another namespace as the standard one", ada.with(sheetPart, `<m:worksheet xmlns="urn:x" xmlns:m="`+main+`"><m:sheetData>`+
			`<row r="1"/><m:row r="1"><c r="A1"/><m:c r="A1" t="s"><v>1</v><m:v>0</m:v></m:c></m:row>`+
			`<m:row r="2"><m:c r="A2" t="inlineStr"><is><m:t>no</m:t></is><m:is><t>no</t><m:t>Ada</m:t></m:is></m:c></m:row>`+
			`</m:sheetData></m:worksheet>`)},
		{"elements and attributes of others", ada.replace(sheetPart, `<row r="2">`, `<row x:r="7" r="2" xmlns:x="urn:x"><x:c r="A9"/>`).
			replace(sheetPart, "<sheetData>", `<x:sheetData xmlns:x="urn:x"><row r="9"/></x:sheetData><sheetData>`)},
		{"single quotes, spaces in tags and comments", ada.replace(sheetPart, `<c r="A2" t="inlineStr">`, "<c\n r = 'A2'\tt='inlineStr' ><!-- <v>9</v> -->").
			replace(sheetPart, "</c>", "</c\n><?x <c/> ?>")},
		{"entities in attributes", ada.replace(sheetPart, `r="A2"`, `r="&#65;&#x32;"`)},
		{"a blank value beside a text of the cell's own", ada.replace(sheetPart, "</is></c>", "</is><v/></c>")},
		{"CDATA in a text", ada.replace(sheetPart, "<t>Ada</t>", "<t>A<![CDATA[d]]>a</t>")},
		{"a text whose element has attributes", ada.replace(sheetPart, "<t>Ada</t>", `<t xml:space="preserve">Ada</t>`)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows := mustRead(t, write(t, "data.xlsx", c.parts.pack(t)), sheet.Options{})
			want := []sheet.Row{{Number: 2, Width: 1, Cells: cells("Ada")}}
			if diff := cmp.Diff(rows, want); diff != "" || r.Header()[0] != "Name" {
				t.Errorf("header %q, rows (-got +want):\n%s", r.Header(), diff)
			}
		})
	}
}

// directory changes a field of the entry of a part in the directory of an archive.
func directory(t *testing.T, content []byte, name string, at int, value uint32) []byte {
	t.Helper()
	const length = 46
	content = bytes.Clone(content)
	for i := bytes.Index(content, []byte("PK\x01\x02")); i >= 0 && i+length+len(name) <= len(content); {
		if string(content[i+length:i+length+len(name)]) == name {
			binary.LittleEndian.PutUint32(content[i+at:], value)
			return content
		}
		next := bytes.Index(content[i+1:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		i += 1 + next
	}
	t.Fatalf("the directory has no entry %s", name)
	return nil
}

// TestOverlappingPartsAreRefused: parts that share bytes, and parts with two names, make one archive two workbooks.
func TestOverlappingPartsAreRefused(t *testing.T) {
	p := newParts(headed(`<row r="2"><c r="A2" t="s"><v>1</v></c></row>`))
	content := p.pack(t)
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	headers := map[string]uint32{}
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		headers[f.Name] = uint32(at) - 30 - uint32(len(f.Name))
	}
	const sizeAt, offsetAt = 20, 42
	renamed := bytes.Replace(content, []byte(textsPart), []byte("xl/sharedStrings.XML"), 1)
	named := bytes.Replace(content, []byte(textsPart), []byte("xl/otherStrings1.xml"), 1)
	cases := []struct {
		name    string
		content []byte
	}{
		{"two parts at one place", directory(t, content, stylesPart, offsetAt, headers[textsPart])},
		{"a part that reaches into the next", directory(t, content, stylesPart, sizeAt, 900)},
		{"a part that reaches beyond the file", directory(t, content, sheetPart, sizeAt, 1<<30)},
		{"a part whose own header has another name", named},
		{"a part whose own header differs in case", renamed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, e := refusal(t, write(t, "data.xlsx", c.content), sheet.Options{})
			if !strings.Contains(e.Reason, "overlaps another one, or is named otherwise") {
				t.Errorf("got %q, want the refusal of the part", e.Reason)
			}
		})
	}
	prefixed := directory(t, content, "_rels/.rels", 8, 1|1<<3|20<<16) // flags: encrypted
	_, e := refusal(t, write(t, "data.xlsx", prefixed), sheet.Options{})
	if !strings.Contains(e.Reason, "protected by a password") {
		t.Errorf("got %q, want the password", e.Reason)
	}
}
