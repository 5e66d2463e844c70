package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxRows is the last row number of a workbook.
const maxRows = 1 << 20

// sheetScan reads the rows of one sheet part in the order of the file. It places each cell by its reference and refuses
// a part in which rows or cells repeat, or rows go back: such a part has no one reading.
type sheetScan struct {
	*part
	book   *workbook
	inData bool
	row    int   // number of the last row
	seen   []int // by column: the last row with a cell there
	set    []int // columns that hold a cell in the record

	hidden int // rows hidden so far
	merged int // merged ranges so far
}

var _ records = (*sheetScan)(nil)

// scanSheet opens a sheet for one reading from its beginning.
func (w *workbook) scanSheet(s worksheet) (*sheetScan, error) {
	p, err := w.parts.open(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetScan{part: p, book: w, seen: make([]int, maxColumns)}, nil
}

// next implements records.
func (s *sheetScan) next(rec *record) error {
	err := s.nextRow(rec)
	var e *Error
	if errors.As(err, &e) && e.Row == 0 {
		e.Row = s.row
	}
	return err
}

// nextRow finds the next row. Elements beside the rows are passed over, but not unread: damage there counts too.
func (s *sheetScan) nextRow(rec *record) error {
	const dataDepth, rowDepth = 2, 3
	for {
		t, err := s.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name := t.Name.Local
			switch {
			case s.depth == 1 && name != "worksheet":
				return s.refuse("it is not a worksheet but a %s", name)
			case s.depth == dataDepth:
				s.inData = name == "sheetData"
			case s.depth == rowDepth && s.inData && name == "row":
				return s.readRow(t, rec)
			case name == "mergeCell":
				s.merged++
			}
		case xml.EndElement:
			if s.depth < dataDepth {
				s.inData = false
			}
		}
	}
}

// readRow reads a row to its end.
func (s *sheetScan) readRow(el xml.StartElement, rec *record) error {
	if err := s.startRow(el); err != nil {
		return err
	}
	for _, column := range s.set {
		rec.cells[column] = Cell{}
	}
	s.set, rec.width, rec.number = s.set[:0], 0, s.row
	column := -1
	for depth := s.depth; ; {
		t, err := s.token()
		if err != nil {
			return err
		}
		if s.depth < depth {
			return nil
		}
		el, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if el.Name.Local != "c" {
			if err := s.skip(); err != nil {
				return err
			}
			continue
		}
		if column, err = s.readCell(el, column+1, rec); err != nil {
			return err
		}
	}
}

// startRow takes the number of a row, which by default follows that of the row before.
func (s *sheetScan) startRow(el xml.StartElement) error {
	number := s.row + 1
	if ref := attribute(el, "r"); ref != "" {
		n, err := strconv.Atoi(ref)
		if err != nil || n < 1 || n > maxRows {
			return s.refuse("a row has the number %q", ref)
		}
		number = n
	}
	if number <= s.row {
		return s.refuse("row %d follows row %d", number, s.row)
	}
	if number > maxRows {
		return s.refuse("it has more than %d rows", maxRows)
	}
	s.row = number
	if hidden := attribute(el, "hidden"); hidden == "1" || hidden == "true" {
		s.hidden++
	}
	return nil
}

// readCell reads a cell into its place and returns its column, which by default is next.
func (s *sheetScan) readCell(el xml.StartElement, next int, rec *record) (column int, err error) {
	column = next
	if ref := attribute(el, "r"); ref != "" {
		var row int
		if column, row = parseReference(ref); column < 0 || row != s.row {
			return 0, s.refuse("a cell of row %d has the reference %q", s.row, ref)
		}
	}
	if column >= maxColumns {
		return 0, s.refuse("row %d has more than %d cells", s.row, maxColumns)
	}
	if s.seen[column] == s.row {
		return 0, s.refuse("cell %s%d is there twice", columnName(column), s.row)
	}
	s.seen[column] = s.row
	stored, err := s.readStored(el)
	if err != nil {
		return 0, err
	}
	c, err := s.book.cell(stored)
	if err != nil {
		return 0, s.refuse("cell %s%d: %w", columnName(column), s.row, err)
	}
	for len(rec.cells) <= column {
		rec.cells = append(rec.cells, Cell{})
	}
	rec.cells[column] = c
	s.set = append(s.set, column)
	if !isBlank(c) {
		rec.width = max(rec.width, column+1)
	}
	return column, nil
}

// readStored reads what a cell element holds.
func (s *sheetScan) readStored(el xml.StartElement) (stored storedCell, err error) {
	stored = storedCell{kind: attribute(el, "t"), style: attribute(el, "s")}
	for depth := s.depth; ; {
		t, err := s.token()
		if err != nil {
			return stored, err
		}
		if s.depth < depth {
			return stored, nil
		}
		el, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch el.Name.Local {
		case "v":
			stored.value, err = s.text()
		case "is":
			stored.inline, err = s.richText()
		case "f":
			stored.formula = true
			err = s.skip()
		default:
			err = s.skip()
		}
		if err != nil {
			return stored, err
		}
	}
}

// refuse is the Error for a sheet that is well-formed but makes no sense.
func (s *sheetScan) refuse(text string, args ...any) error {
	return s.damaged(fmt.Errorf(text, args...))
}

// close implements records.
func (s *sheetScan) close() error { return s.part.close() }

// notices tells what a person may not see in Excel, once the scan has reached the end.
func (s *sheetScan) notices() []string {
	var notices []string
	if s.hidden > 0 {
		notices = append(notices, fmt.Sprintf("hidden rows: %d; they are read like the others", s.hidden))
	}
	if s.merged > 0 {
		notices = append(notices, fmt.Sprintf("merged ranges: %d; only the first cell of each has a value", s.merged))
	}
	return notices
}

// parseReference is the column, from 0, and the row, from 1, of a reference such as AB12; the column is -1 if ref is
// none.
func parseReference(ref string) (column, row int) {
	const letters, longest = 26, 3
	i := 0
	for ; i < len(ref) && i <= longest; i++ {
		c := ref[i] &^ ('a' - 'A')
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*letters + int(c-'A') + 1
	}
	row, err := strconv.Atoi(ref[i:])
	if err != nil || strings.ContainsAny(ref, "+-") || column == 0 || column > maxColumns || row < 1 {
		return -1, 0
	}
	return column - 1, row
}

// columnName is the name of a column, from 0, as in a reference: A, Z, AA.
func columnName(column int) string {
	const letters = 26
	if column < letters {
		return string(rune('A' + column))
	}
	return columnName(column/letters-1) + columnName(column%letters)
}

// readThrough reads a scan to its end, so that all damage is found.
func (s *sheetScan) readThrough() error {
	var rec record
	for {
		err := s.next(&rec)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
