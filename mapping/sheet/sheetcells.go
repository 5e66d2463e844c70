package sheet

import (
	"bytes"
)

// cellAttrs is what the tag of a cell says: its reference, its style and its type, nil for what it does not say.
type cellAttrs struct {
	ref, style, kind []byte
}

// readCell reads a cell, whose tag is the last one, and returns its column, which by default is next.
func (s *sheetScan) readCell(next int) (place int, err error) {
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
	column := s.column(c.column)
	if column.row == s.row {
		return 0, s.refuse("cell %s is there twice", reference(c.column, s.row))
	}
	column.row = s.row
	if err := s.readStored(&c); err != nil {
		return 0, err
	}
	s.stored = append(s.stored, c)
	return c.column, nil
}

// startCell takes the place, the type and the format of a cell.
func (s *sheetScan) startCell(attrs cellAttrs, next int) (storedCell, error) {
	c := storedCell{column: next, begin: len(s.text), end: len(s.text), style: -1}
	if attrs.ref != nil {
		var row int
		if c.column, row = parseReference(attrs.ref); c.column < 0 || row != s.row {
			return c, s.refuse("a cell of row %d has the reference %.20q", s.row, attrs.ref)
		}
	}
	if attrs.style != nil {
		c.style = s.book.style(attrs.style)
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
	c.shared = -1
	if value := bytes.TrimSpace(s.text[c.begin:]); len(value) > 0 {
		var ok bool
		if c.shared, ok = parseIndex(value); !ok || c.shared >= s.book.texts.size() {
			return s.refuse("cell %s: broken text reference %.20q; the workbook has %d shared texts",
				reference(c.column, s.row), value, s.book.texts.size())
		}
	}
	return nil
}
