package reconcile

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// tokenKind is what a piece of XML is.
type tokenKind uint8

const (
	tokenText  tokenKind = iota // characters, also as CDATA
	tokenOpen                   // <a>
	tokenClose                  // </a>
	tokenEmpty                  // <a/>
	tokenOther                  // a comment or an instruction
)

// tokens is a part of a workbook as pieces that, one after the other, are the part byte for byte. That the part is
// well-formed has been checked when the sheet was read; of one that is not after all, the copy ends with an error.
type tokens struct {
	in    *bufio.Reader
	tok   []byte // the last piece, valid until the next call
	kind  tokenKind
	depth int // of the element that the last piece opened, or of the one around it
}

func newTokens(in io.Reader) *tokens { return &tokens{in: bufio.NewReaderSize(in, 1<<16)} }

// next moves to the next piece; io.EOF is the sound end.
func (x *tokens) next() error {
	if x.kind == tokenClose || x.kind == tokenEmpty {
		x.depth--
	}
	x.tok, x.kind = x.tok[:0], tokenText
	head, err := x.in.Peek(1)
	if err != nil {
		return err
	}
	if head[0] != '<' {
		return x.text()
	}
	if err := x.markup(); err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(x.tok, []byte("<![CDATA[")):
	case x.tok[1] == '?' || x.tok[1] == '!':
		x.kind = tokenOther
	case x.tok[1] == '/':
		x.kind = tokenClose
	case x.tok[len(x.tok)-2] == '/':
		x.kind = tokenEmpty
		x.depth++
	default:
		x.kind = tokenOpen
		x.depth++
	}
	return nil
}

// text takes the characters up to the next bracket.
func (x *tokens) text() error {
	for {
		piece, err := x.in.ReadSlice('<')
		x.tok = append(x.tok, piece...)
		switch {
		case err == nil:
			x.tok = x.tok[:len(x.tok)-1]
			return x.in.UnreadByte()
		case errors.Is(err, io.EOF):
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

// markup takes a piece in brackets.
func (x *tokens) markup() error {
	for {
		piece, err := x.in.ReadSlice('>')
		x.tok = append(x.tok, piece...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case isWhole(x.tok):
			return nil
		}
	}
}

// isWhole reports whether the bracket at the end of tok ends what its beginning began.
func isWhole(tok []byte) bool {
	for _, of := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if bytes.HasPrefix(tok, []byte(of.begin)) {
			return len(tok) >= len(of.begin)+len(of.end) && bytes.HasSuffix(tok, []byte(of.end))
		}
	}
	quote := byte(0)
	for _, c := range tok {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote == 0
}

// opens reports whether the last piece begins an element of that name.
func (x *tokens) opens(local string) bool {
	return (x.kind == tokenOpen || x.kind == tokenEmpty) && x.local() == local
}

// local is the name of the element of a tag, without its prefix, "" if the last piece is no tag.
func (x *tokens) local() string {
	if x.kind == tokenText || x.kind == tokenOther {
		return ""
	}
	_, local := tagName(x.tok)
	return string(local)
}

// tagName is the name in a tag: the prefix with its colon, and the rest.
func tagName(tag []byte) (prefix, local []byte) {
	name := bytes.TrimLeft(tag, "</")
	if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
		name = name[:i]
	}
	i := bytes.IndexByte(name, ':') + 1
	return name[:i], name[i:]
}

// attribute finds an attribute of a tag: its value, and where it stands with the blank before it; begin is -1 if there is
// none.
func attribute(tag []byte, name string) (value []byte, begin, end int) {
	const blanks = " \t\r\n"
	i := bytes.IndexAny(tag, blanks)
	for i >= 0 && i < len(tag) {
		begin = i
		rest := bytes.TrimLeft(tag[i:], blanks)
		equals := bytes.IndexByte(rest, '=')
		if equals < 0 {
			break
		}
		found := bytes.TrimRight(rest[:equals], blanks)
		quoted := bytes.TrimLeft(rest[equals+1:], blanks)
		if len(quoted) == 0 {
			break
		}
		length := bytes.IndexByte(quoted[1:], quoted[0])
		if length < 0 {
			break
		}
		value = quoted[1 : 1+length]
		end = len(tag) - len(quoted) + length + 2
		if string(found) == name {
			return value, begin, end
		}
		i = end
	}
	return nil, -1, -1
}

// numberIn is the value of an attribute that is a number, otherwise if it is none.
func numberIn(tag []byte, name string, otherwise int) int {
	value, _, _ := attribute(tag, name)
	n, err := strconv.Atoi(string(value))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// withAttribute is a tag in which an attribute has a value, which must not need escaping.
func withAttribute(tag []byte, name, value string) []byte {
	_, begin, end := attribute(tag, name)
	if begin < 0 {
		prefix, local := tagName(tag)
		begin = 1 + len(prefix) + len(local)
		end = begin
	}
	out := make([]byte, 0, len(tag)+len(name)+len(value)+4)
	out = append(append(out, tag[:begin]...), " "+name+`="`+value+`"`...)
	return append(out, tag[end:]...)
}

// withoutAttribute is a tag without an attribute.
func withoutAttribute(tag []byte, name string) []byte {
	_, begin, end := attribute(tag, name)
	if begin < 0 {
		return tag
	}
	return append(append(make([]byte, 0, len(tag)), tag[:begin]...), tag[end:]...)
}

// asOpen is the tag of an element without contents as one that opens it.
func asOpen(tag []byte) []byte {
	slash := len(tag) - len("/>")
	return append(append(make([]byte, 0, len(tag)), tag[:slash]...), '>')
}

// closing is the tag that closes the element of a tag.
func closing(tag []byte) string {
	prefix, local := tagName(tag)
	return "</" + string(prefix) + string(local) + ">"
}

// extended is a small part with more children at the end of its root element. children is given the prefix of the root's
// name, which the children share.
func extended(part []byte, children func(prefix string) string) ([]byte, error) {
	var out bytes.Buffer
	x := newTokens(bytes.NewReader(part))
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		prefix, _ := tagName(x.tok)
		switch {
		case x.depth == 1 && x.kind == tokenEmpty:
			out.Write(asOpen(x.tok))
			out.WriteString(children(string(prefix)) + closing(x.tok))
		case x.depth == 1 && x.kind == tokenClose:
			out.WriteString(children(string(prefix)))
			out.Write(x.tok)
		default:
			out.Write(x.tok)
		}
	}
}

// xmlText is data as text between tags. Line ends are written so that no parser makes others of them.
func xmlText(s string) string {
	if !strings.ContainsAny(s, "&<>\"'\t\n\r") {
		return s
	}
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// cellText is data as the text of a cell.
func cellText(s string) string { return xmlText(withEscapes(s)) }

// withEscapes is a text in which what looks like an escape of the format is one more escaped.
func withEscapes(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '_' && isEscape(s[i:]) {
			b.WriteString("_x005F")
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isEscape reports whether s begins with what a reader of workbooks takes for a character: _x000D_ is a carriage return.
func isEscape(s string) bool {
	const length = len("_x000D_")
	if len(s) < length || s[1] != 'x' || s[length-1] != '_' {
		return false
	}
	_, err := strconv.ParseUint(s[2:length-1], 16, 32)
	return err == nil
}
