package sheet

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
)

// seenColumn is what a scan has seen of one column of its sheet.
type seenColumn struct {
	row int     // the last one with a cell there
	tag cellTag // of its last quick cell
}

// cellTag is the tag of a quick cell and what it says. A program that writes a sheet writes the tags of a column alike, but
// for the number of the row, so that nearly all of them need not be parsed.
type cellTag struct {
	begin []byte // up to the number of the row
	rest  []byte // behind it, up to the value; nil if the tag is of another form
	end   string // what follows the value
	style int
	kind  storedKind
}

// rowBegin is how the tag of a row begins, up to its number.
const rowBegin = `<row r="`

// learnRow keeps the tag of the row just begun for [sheetScan.quickRow].
func (s *sheetScan) learnRow() {
	s.rowTag = s.rowTag[:0]
	tag := s.buf[:s.pos]
	tag = tag[bytes.LastIndexByte(tag, '<'):] // no attribute has one
	number := len(rowBegin)
	rest := number + len(s.digits)
	if !s.empty && len(tag) > rest && string(tag[:number]) == rowBegin && string(tag[number:rest]) == string(s.digits) &&
		tag[rest] == '"' && !bytes.Contains(tag, []byte("xmlns")) {
		s.rowTag = append(s.rowTag, tag[rest:]...)
	}
}

// quickRow reads the tag of a row that stands at the position, if it differs from that of the row before by nothing but
// the next number.
func (s *sheetScan) quickRow() bool {
	if len(s.rowTag) == 0 || s.row == maxRows {
		return false
	}
	w := s.buf[s.pos:]
	var room [wordLength]byte // no row has a number of more digits
	digits := strconv.AppendInt(room[:0], int64(s.row+1), 10)
	number := len(rowBegin)
	rest := number + len(digits)
	end := rest + len(s.rowTag)
	if len(w) < end || string(w[:number]) != rowBegin || string(w[number:rest]) != string(digits) ||
		string(w[rest:end]) != string(s.rowTag) || s.push([]byte("row")) != nil {
		return false
	}
	s.pos += end
	s.takeRow(s.row+1, s.hidden)
	return true
}

// quickEnd reads the end tag of a row that stands at the position as it is mostly written.
func (s *sheetScan) quickEnd() bool {
	const end = "</row>"
	w := s.buf[s.pos:]
	if s.empty || len(w) < len(end) || string(w[:len(end)]) != end || string(s.top()) != "row" {
		return false
	}
	s.pos += len(end)
	s.pop()
	return true
}

// column is what has been seen of a column.
func (s *sheetScan) column(number int) *seenColumn {
	for len(s.columns) <= number {
		s.columns = append(s.columns, seenColumn{})
	}
	return &s.columns[number]
}

// quickCell reads a cell that stands at the position and is written as every spreadsheet program writes nearly all of
// its cells: with one value, or one inline text, that stands for itself, and whole within the window. It is a short cut
// around the tags: it takes nothing that they would not take, and reads nothing otherwise. It leaves any other cell, and
// tells so. last is the column of the cell before it.
func (s *sheetScan) quickCell(last *int) bool {
	w := s.buf[s.pos:]
	if s.empty || s.standard > spaceMain {
		return false
	}
	number := *last + 1
	begin := s.sameTag(w, number)
	if begin == 0 {
		if number, begin = s.newTag(w, number); begin == 0 {
			return false
		}
	}
	column := &s.columns[number]
	if column.row == s.row {
		return false
	}
	tag := &column.tag
	text, ascii, ok := plainText(w[begin:], tag.end)
	if !ok {
		return false
	}
	c := storedCell{column: number, begin: len(s.text), kind: tag.kind, style: tag.style, valued: true}
	switch tag.kind {
	case storedShared:
		if c.shared, ok = parseIndex(text); !ok || c.shared >= s.book.texts.size() {
			return false
		}
	case storedInline:
		s.text = unescapeText(append(s.text, text...), c.begin)
		c.valued, c.sound = false, isSound(text, ascii) && len(s.text)-c.begin == len(text)
	default:
		s.text = append(s.text, text...)
	}
	c.end = len(s.text)
	s.stored = append(s.stored, c)
	s.pos += begin + len(text) + len(tag.end)
	column.row, *last = s.row, number
	return true
}

// sameTag is the length of the tag, up to the value, at the beginning of w, if it is like the last one of a column; else 0.
func (s *sheetScan) sameTag(w []byte, column int) int {
	if column >= len(s.columns) {
		return 0
	}
	tag := &s.columns[column].tag
	number := len(tag.begin)
	rest := number + len(s.digits)
	end := rest + len(tag.rest)
	if len(tag.rest) == 0 || len(w) < end || string(w[:number]) != string(tag.begin) ||
		string(w[number:rest]) != string(s.digits) || string(w[rest:end]) != string(tag.rest) {
		return 0
	}
	return end
}

// newTag parses the tag of a quick cell at the beginning of w and keeps it as the last one of its column, which by default
// is next. The length, up to the value, is 0 for any other tag.
func (s *sheetScan) newTag(w []byte, next int) (column, length int) {
	attrs, length := quickAttrs(w)
	if length == 0 {
		return 0, 0
	}
	begin, end := "<v>", "</v></c>"
	if string(attrs.kind) == "inlineStr" {
		begin, end = "<is><t>", "</t></is></c>"
	}
	if !bytes.HasPrefix(w[length:], []byte(begin)) {
		return 0, 0
	}
	length += len(begin)
	c, err := s.startCell(attrs, next)
	if err != nil {
		return 0, 0 // it will be found again
	}
	tag := &s.column(c.column).tag
	tag.end, tag.kind, tag.style = end, c.kind, c.style
	tag.begin, tag.rest = tag.begin[:0], tag.rest[:0]
	const first = `<c r="`
	letters := len(attrs.ref) - len(s.digits) // the number of the row may be spelled with zeros in front
	if letters > 0 && isLetter(attrs.ref[letters-1]) && bytes.HasPrefix(w, []byte(first)) {
		number := len(first) + letters
		tag.begin = append(tag.begin, w[:number]...)
		tag.rest = append(tag.rest, w[number+len(s.digits):length]...)
	}
	return c.column, length
}

// quickAttrs parses the tag of a cell at the beginning of w, if it has only the attributes that count, each once, with
// values that stand for themselves. It returns the length of the tag, 0 for any other tag.
func quickAttrs(w []byte) (attrs cellAttrs, length int) {
	const begin = "<c"
	if len(w) < len(begin) || string(w[:len(begin)]) != begin {
		return attrs, 0
	}
	i := len(begin)
	for i+len(` r="`) < len(w) && w[i] == ' ' && w[i+2] == '=' && w[i+3] == '"' {
		name := w[i+1]
		i += len(` r="`)
		from := i
		for i < len(w) && w[i] != '"' && !oddInValue[w[i]] {
			i++
		}
		if i == len(w) || w[i] != '"' {
			return attrs, 0
		}
		value := w[from:i]
		i++
		switch {
		case name == 'r' && attrs.ref == nil:
			attrs.ref = value
		case name == 's' && attrs.style == nil:
			attrs.style = value
		case name == 't' && attrs.kind == nil:
			attrs.kind = value
		default:
			return attrs, 0
		}
	}
	if i == len(w) || w[i] != '>' {
		return attrs, 0
	}
	return attrs, i + 1
}

// plain passes over what stands at the position, if it begins and ends so and is plain text between, and returns that. It is
// a short cut for what most of a workbook is made of: nothing that it takes could be read otherwise.
func (m *xmlScan) plain(begin, end string) (text []byte, ascii, ok bool) {
	w := m.buf[m.pos:]
	if m.empty || m.standard > spaceMain || m.depth == 0 || m.depth == maxDepth ||
		len(w) < len(begin) || string(w[:len(begin)]) != begin {
		return nil, false, false
	}
	if text, ascii, ok = plainText(w[len(begin):], end); ok {
		m.pos += len(begin) + len(text) + len(end)
	}
	return text, ascii, ok
}

// plainText is the text at the beginning of w, up to the given end, if it stands for itself: it has no markup, no entity, no
// line end that XML would change and no bracket that might belong to "]]>".
func plainText(w []byte, end string) (text []byte, ascii, ok bool) {
	length, seen := findMarkup(w)
	after := length + len(end)
	if length < 0 || length > maxText || after > len(w) || string(w[length:after]) != end {
		return nil, false, false
	}
	return w[:length], seen&highBits == 0, true
}

// findMarkup is where the first byte stands that does not stand for itself between two tags, and all bytes that were seen
// up to there, one over the other. It looks at eight bytes at once, and tells -1 if there is none but within the last ones.
func findMarkup(text []byte) (at int, seen uint64) {
	const angles, ampersands, brackets, returns = '<' * onesBytes, '&' * onesBytes, ']' * onesBytes, '\r' * onesBytes
	for i := 0; i+wordLength <= len(text); i += wordLength {
		word := binary.LittleEndian.Uint64(text[i:])
		seen |= word
		if marks := zeroByte(word^angles) | zeroByte(word^ampersands) | zeroByte(word^brackets) | zeroByte(word^returns); marks != 0 {
			return i + bits.TrailingZeros64(marks)/8, seen
		}
	}
	return -1, seen
}

// zeroByte marks, by its highest bit, the first byte of a word that is zero. Bytes behind it may be marked wrongly.
func zeroByte(word uint64) uint64 { return (word - onesBytes) &^ word & highBits }

// isSound reports whether a text that stands for itself is surely not damaged, as textCell judges it. XML leaves no other
// control characters in it, and no bytes that are not UTF-8.
func isSound(text []byte, ascii bool) bool {
	const signed = 4 // a sign of an exponent stands no further from the end
	n := len(text)
	return n == 0 || text[0] != '#' && n <= maxCell && (ascii || bytes.IndexByte(text, scarByte) < 0) &&
		(n <= signed || !isSign(text[n-signed]) && !isSign(text[n-signed+1]))
}
