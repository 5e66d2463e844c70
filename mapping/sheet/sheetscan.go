package sheet

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxRows is the last row number of a workbook.
const maxRows = 1 << 20

// sheetScan reads the rows of one sheet part in the order of the file. It places each cell by its reference and refuses
// a part in which rows or cells repeat, or rows go back: such a part has no one reading.
type sheetScan struct {
	*part
	book    *workbook
	inData  bool
	row     int          // number of the last row
	hidden  bool         // whether Excel shows it
	text    []byte       // the values of its cells, one after the other
	stored  []storedCell // its cells in the order of the file
	digits  []byte       // the number of the row as the references of its cells have it
	rowTag  []byte       // the tag of the last row behind its number; empty if it is of another form than the usual one
	columns []seenColumn // what the rows so far have in each column
	merges  *merges      // merged areas as the first reading has found them, nil in the first reading
	early   bool         // the first reading gives rows

	found found
}

// found is what one reading of a sheet has found beside its rows.
type found struct {
	hidden  int    // hidden rows
	columns []span // hidden columns
	areas   int    // merged areas of more than one cell
	merges  merges
}

var _ records = (*sheetScan)(nil)

// scanSheet opens a sheet for one reading from its beginning.
func (w *workbook) scanSheet(s worksheet) (*sheetScan, error) {
	p, err := w.parts.open(s.part)
	if err != nil {
		return nil, err
	}
	return &sheetScan{part: p, book: w}, nil
}

// next implements records.
func (s *sheetScan) next(rec *record) error {
	err := s.nextRow()
	if err == nil {
		err = s.layOut(rec)
	}
	return s.located(err)
}

// readThrough reads a scan to its end, so that all damage is found. No cell is made of what it reads.
func (s *sheetScan) readThrough() error {
	for {
		err := s.nextRow()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.located(err)
		}
	}
}

// located gives an Error the row that it is in, or behind.
func (s *sheetScan) located(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Row == 0 {
		e.Row = s.row
	}
	return err
}

// nextRow reads the next row. Elements beside the rows are passed over, but not unread: damage there counts too.
func (s *sheetScan) nextRow() error {
	const rootDepth, dataDepth, rowDepth = 1, 2, 3
	for {
		if s.inData && s.depth == dataDepth && s.quickRow() {
			return s.readCells()
		}
		opens, err := s.part.next()
		if err != nil {
			return err
		}
		if !opens {
			s.inData = s.inData && s.depth >= dataDepth
			continue
		}
		name := s.local(spaceMain)
		switch {
		case s.depth == rootDepth && string(name) != "worksheet":
			return s.refuse("it is not a worksheet but a %s", s.element)
		case s.depth == dataDepth:
			s.inData, s.rowTag = string(name) == "sheetData", nil
		case s.depth == rowDepth && s.inData && string(name) == "row":
			return s.readRow()
		case s.depth == rowDepth && string(name) == "col":
			s.addColumns()
		case s.depth == rowDepth && string(name) == "mergeCell":
			if err := s.addMerge(s.attribute("ref")); err != nil {
				return err
			}
		}
	}
}

// readRow reads a row to its end.
func (s *sheetScan) readRow() error {
	if err := s.startRow(); err != nil {
		return err
	}
	s.learnRow()
	return s.readCells()
}

// readCells reads the cells of a row, whose tag is the last one, and the end of the row.
func (s *sheetScan) readCells() error {
	s.text, s.stored = s.text[:0], s.stored[:0]
	column := -1
	for depth := s.depth; ; {
		for s.quickCell(&column) {
		}
		if s.depth == depth && s.quickEnd() {
			return nil
		}
		opens, err := s.part.next()
		if err != nil {
			return err
		}
		if s.depth < depth {
			return nil
		}
		if !opens {
			continue
		}
		if string(s.local(spaceMain)) != "c" {
			err = s.skip()
		} else {
			column, err = s.readCell(column + 1)
		}
		if err != nil {
			return err
		}
	}
}

// startRow takes the number of a row, which by default follows that of the row before.
func (s *sheetScan) startRow() error {
	number, hidden := s.row+1, false
	for i := range s.attrs {
		a := &s.attrs[i]
		if a.space != spaceNone {
			continue
		}
		switch string(a.name) {
		case "r":
			n, ok := parseIndex(a.value)
			if !ok || n < 1 || n > maxRows {
				return s.refuse("a row has the number %.20q", a.value)
			}
			number = n
		case "hidden":
			hidden = isTrue(string(a.value))
		}
	}
	if number <= s.row {
		return s.refuse("row %d follows row %d", number, s.row)
	}
	if number > maxRows {
		return s.refuse("it has more than %d rows", maxRows)
	}
	s.takeRow(number, hidden)
	return nil
}

// takeRow makes a row the last one.
func (s *sheetScan) takeRow(number int, hidden bool) {
	s.row, s.hidden = number, hidden
	s.digits = strconv.AppendInt(s.digits[:0], int64(number), 10)
	if hidden {
		s.found.hidden++
	}
}

// layOut fills rec with the row just read. All values are parts of one string.
func (s *sheetScan) layOut(rec *record) error {
	rec.cells, rec.width, rec.number, rec.hidden = rec.cells[:0], 0, s.row, s.hidden
	rec.merged = s.merges.at(s.row)
	text := string(s.text)
	for i := range s.stored {
		c := &s.stored[i]
		for len(rec.cells) <= c.column {
			rec.cells = append(rec.cells, Cell{})
		}
		if err := s.book.fill(&rec.cells[c.column], c, text[c.begin:c.end]); err != nil {
			return err
		}
	}
	rec.width = len(rec.cells)
	rec.width = rec.filled()
	return nil
}

// refuse is the Error for a sheet that is well-formed but makes no sense.
func (s *sheetScan) refuse(text string, args ...any) error {
	return s.damaged(fmt.Errorf(text, args...))
}

// close implements records. With the rows, nobody needs the texts of the workbook any more.
func (s *sheetScan) close() error { return errors.Join(s.part.close(), s.book.texts.close()) }

// notices tells what a person may not see in Excel, once the scan has reached the end.
func (f *found) notices() []string {
	var notices []string
	if f.hidden > 0 {
		notices = append(notices, fmt.Sprintf("hidden rows: %d; they are read like the others", f.hidden))
	}
	if f.areas > 0 {
		notices = append(notices, fmt.Sprintf("merged ranges: %d; only the first cell of each has a value", f.areas))
	}
	return notices
}

// parseReference is the column, from 0, and the row, from 1, of a reference such as AB12; the column is -1 if ref is
// none.
func parseReference(ref []byte) (column, row int) {
	const letters, longest = 26, 3
	i := 0
	for ; i < len(ref) && i <= longest; i++ {
		c := ref[i] &^ ('a' - 'A')
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*letters + int(c-'A') + 1
	}
	row, ok := parseIndex(ref[i:])
	if !ok || column == 0 || column > maxColumns || row < 1 {
		return -1, 0
	}
	return column - 1, row
}

// reference is the name of a cell, such as AB12.
func reference(column, row int) string { return columnName(column) + strconv.Itoa(row) }

// columnName is the name of a column, from 0, as in a reference: A, Z, AA.
func columnName(column int) string {
	const letters = 26
	if column < letters {
		return string(rune('A' + column))
	}
	return columnName(column/letters-1) + columnName(column%letters)
}
