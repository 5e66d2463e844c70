package sheet

import (
	"bytes"
)

// cellAttrs is what the tag of a cell says: its reference, its style and its type, nil for what it does not say.
type cellAttrs struct {
	ref, style, kind []byte
}

// readCell reads a cell, whose tag is the last one, and returns its column, which by default is next.
func (s *sheetScan) readCell(next int) (column int, err error) {
	var attrs cellAttrs
	for i := range s.attrs {
		a := &s.attrs[i]
		if len(a.name) != 1 || a.space != spaceNone {
			continue
		}
		switch a.name[0] {
		case 'r':
			attrs.ref = a.value
		case 's':
			attrs.style = a.value
		case 't':
			attrs.kind = a.value
		}
	}
	c, err := s.startCell(attrs, next)
	if err != nil {
		return 0, err
	}
	if err := s.readStored(&c); err != nil {
		return 0, err
	}
	s.stored = append(s.stored, c)
	return c.column, nil
}

// startCell takes the place, the type and the format of a cell.
func (s *sheetScan) startCell(attrs cellAttrs, next int) (storedCell, error) {
	c := storedCell{column: next, begin: len(s.text), end: len(s.text)}
	if attrs.ref != nil {
		var row int
		if c.column, row = parseReference(attrs.ref); c.column < 0 || row != s.row {
			return c, s.refuse("a cell of row %d has the reference %.20q", s.row, attrs.ref)
		}
	}
	if attrs.style != nil {
		c.format = s.book.format(attrs.style)
	}
	if attrs.kind != nil {
		var ok bool
		if c.kind, ok = findStoredKind(attrs.kind); !ok {
			return c, s.refuse("a cell of row %d has the unknown type %.20q", s.row, attrs.kind)
		}
	}
	if c.column >= maxColumns {
		return c, s.refuse("row %d has more than %d cells", s.row, maxColumns)
	}
	for len(s.seen) <= c.column {
		s.seen = append(s.seen, 0)
	}
	if s.seen[c.column] == s.row {
		return c, s.refuse("cell %s is there twice", reference(c.column, s.row))
	}
	s.seen[c.column] = s.row
	return c, nil
}

// readStored reads what a cell element holds.
func (s *sheetScan) readStored(c *storedCell) error {
	for depth := s.depth; ; {
		opens, err := s.part.next()
		if err != nil {
			return err
		}
		if s.depth < depth {
			return s.checkStored(c)
		}
		if !opens {
			continue
		}
		switch name := s.local(spaceMain); string(name) {
		case "v":
			err = s.readValue(c)
		case "is":
			err = s.readInline(c)
		default:
			c.formula = c.formula || string(name) == "f"
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
}

// readValue reads the value of a cell, which an inline text must not have: what it says would be shown nowhere.
func (s *sheetScan) readValue(c *storedCell) (err error) {
	if c.valued {
		return s.refuse("cell %s has two values", reference(c.column, s.row))
	}
	c.valued = c.kind != storedInline
	before := len(s.text)
	if s.text, err = s.innerText(s.text); err == nil && !c.valued && len(s.text) > before {
		err = s.misplaced(c)
	}
	return err
}

// readInline reads the text that an inline cell has instead of a value, and no other may have.
func (s *sheetScan) readInline(c *storedCell) (err error) {
	before := len(s.text)
	if s.text, err = s.richText(s.text); err == nil && c.kind != storedInline && len(s.text) > before {
		err = s.misplaced(c)
	}
	return err
}

// misplaced refuses a text that stands where the type of its cell has none. A blank one does no harm.
func (s *sheetScan) misplaced(c *storedCell) error {
	return s.refuse("cell %s has its value where its type allows none", reference(c.column, s.row))
}

// checkStored takes the value of a cell that has been read to its end. A shared text must exist.
func (s *sheetScan) checkStored(c *storedCell) error {
	c.end = len(s.text)
	if c.kind != storedShared {
		return nil
	}
	value := bytes.TrimSpace(s.text[c.begin:])
	if len(value) > 0 {
		var ok bool
		if c.shared, ok = parseIndex(value); !ok || c.shared >= s.book.texts.size() {
			return s.refuse("cell %s: broken text reference %.20q; the workbook has %d shared texts",
				reference(c.column, s.row), value, s.book.texts.size())
		}
	}
	return nil
}

// quickCell reads a cell that stands at the position and is written as every spreadsheet program writes nearly all of
// its cells: with one value, or one inline text, that stands for itself, and whole within the window. It is a short cut
// around the tags: it takes nothing that they would not take, and reads nothing otherwise. It leaves any other cell, and
// tells so.
func (s *sheetScan) quickCell(column *int) (quick bool, err error) {
	w := s.buf[s.pos:]
	if s.standard > spaceMain {
		return false, nil
	}
	attrs, i := quickAttrs(w)
	if i == 0 {
		return false, nil
	}
	begin, end := "<v>", "</v></c>"
	if string(attrs.kind) == "inlineStr" {
		begin, end = "<is><t>", "</t></is></c>"
	}
	if len(w)-i < len(begin) || string(w[i:i+len(begin)]) != begin {
		return false, nil
	}
	i += len(begin)
	length := bytes.IndexByte(w[i:], '<')
	after := i + length + len(end)
	if length < 0 || length > maxText || after > len(w) || string(w[i+length:after]) != end || !standsForItself(w[i:i+length]) {
		return false, nil
	}
	c, err := s.startCell(attrs, *column+1)
	if err != nil {
		return false, err
	}
	s.text = append(s.text, w[i:i+length]...)
	c.valued = c.kind != storedInline
	if !c.valued {
		s.text = unescapeText(s.text, c.begin)
	}
	if err := s.checkStored(&c); err != nil {
		return false, err
	}
	s.pos += after
	s.stored = append(s.stored, c)
	*column = c.column
	return true, nil
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

// standsForItself reports whether text between tags has neither an entity nor a line end nor a bracket that might belong
// to "]]>".
func standsForItself(text []byte) bool {
	for _, c := range text {
		if c == '&' || c == ']' || c == '\r' {
			return false
		}
	}
	return true
}
