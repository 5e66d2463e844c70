package sheet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
)

const (
	// maxColumns is the widest sheet that is read; it is Excel's own limit.
	maxColumns = 16384
	// maxExtra is how far cells may stand beyond the header before the file is taken for damaged.
	maxExtra = 1024
)

// The columns that Rollcall adds to a sheet it writes. All of them begin with ownPrefix and none is anybody's data.
const (
	ownPrefix    = "_"
	idColumn     = "_id"
	statusColumn = "_status"
	codeColumn   = "_code"
	markColumn   = "_rollcall"
)

// raggedCode is the problem code of a ragged row, as a report has it in its _code column.
const raggedCode = "ragged_row"

// records is a file as records of cells, before anything is known about its header.
type records interface {
	// next fills rec with the next record, blank or not. It returns io.EOF after the last one.
	next(rec *record) error
	// close releases what the records hold beside the file.
	close() error
}

// record is one record of a file.
type record struct {
	number int    // as in Row
	width  int    // how many cells the record has; the cells beyond it mean nothing
	cells  []Cell // by column of the file
	hidden bool   // as in Row
	merged int    // the leftmost column, from 1, that a merged area covers in it; 0 for none
}

// cell is the cell in a column, blank where the record has none.
func (r *record) cell(column int) Cell {
	if column >= r.width {
		return Cell{}
	}
	return r.cells[column]
}

// filled is the width of the record up to its last cell that is not blank.
func (r *record) filled() int {
	w := r.width
	for w > 0 && isBlank(r.cells[w-1]) {
		w--
	}
	return w
}

// isBlank reports whether a cell holds nothing. A damaged cell holds something, even if it shows nothing.
func isBlank(c Cell) bool {
	if c.Damage != DamageNone {
		return false
	}
	for _, r := range c.Text {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// reader is the Reader of both types of files: it finds the header, leaves out blank records and lays the cells of the
// others out by column.
type reader struct {
	file   *input
	source records
	ragged bool // records have a width of their own; rows of a workbook are as wide as their header
	info   Info
	header []string
	full   int   // width of the header row, with Rollcall's own columns
	whole  bool  // as in Options
	gap    []int // columns of the file between the header and Rollcall's own columns
	id     int   // column of the file, -1 for none
	mark   int   // column of the file, -1 for none
	code   int   // column of the file, -1 for none
	rec    record
	ahead  bool  // the record below the header has been read
	below  error // what reading it gave
	err    error // what every further Read returns
}

var _ Reader = (*reader)(nil)

// readHeader moves to the header row and takes it: the given physical row, or the first one that is not blank.
func (r *reader) readHeader(headerRow int) error {
	if headerRow < 0 {
		return &Error{Reason: fmt.Sprintf("header row %d does not exist", headerRow),
			Remedy: "rows count from 1; leave it out to take the first row that is not blank"}
	}
	for {
		err := r.source.next(&r.rec)
		if errors.Is(err, io.EOF) {
			return r.missingHeader(headerRow)
		}
		if err != nil {
			return err
		}
		if r.rec.number < headerRow || (headerRow == 0 && r.rec.filled() == 0) {
			continue
		}
		if headerRow > 0 && (r.rec.number > headerRow || r.rec.filled() == 0) {
			return r.missingHeader(headerRow)
		}
		r.takeHeader()
		r.lookBelow()
		return nil
	}
}

// lookBelow reads the first row below the header. If it is wider, the header may be a title.
func (r *reader) lookBelow() {
	r.ahead, r.below = true, r.nextFilled()
	if width := r.rec.filled(); r.below == nil && width > r.full {
		r.info.note(fmt.Sprintf("row %d has %d cells, but the header in row %d has %d; if that is a title, set header_row to "+
			"the row of the column names", r.rec.number, width, r.info.HeaderRow, r.full))
	}
}

// missingHeader says why there is no header.
func (r *reader) missingHeader(headerRow int) error {
	if headerRow == 0 {
		return noHeader("the sheet has no row that is not blank")
	}
	e := noHeader(fmt.Sprintf("row %d is blank, inside another record or beyond the end", headerRow))
	e.Remedy = "give the number of the row that holds the column names"
	return e
}

// takeHeader lays out the columns by the record just read.
func (r *reader) takeHeader() {
	r.info.HeaderRow = r.rec.number
	r.full = r.rec.filled()
	r.id, r.mark, r.code = -1, -1, -1
	r.info.Marked = !r.whole && r.rec.cells[r.full-1].Text == markColumn
	for i, c := range r.rec.cells[:r.full] {
		name := c.Text
		if r.info.Marked {
			name = Unguard(name)
		}
		if r.info.Marked && strings.HasPrefix(name, ownPrefix) {
			r.takeOwn(name, i)
			r.info.Own = append(r.info.Own, i)
			continue
		}
		r.header = append(r.header, name)
		r.info.Columns = append(r.info.Columns, i)
	}
	r.takeGap()
}

// sheetWidth is how many columns the sheet has without the last one of Rollcall's own, which it hides itself.
func (r *reader) sheetWidth() int {
	if r.info.Marked {
		return r.full - 1
	}
	return r.full
}

// takeGap leaves out of the header what an annotated workbook has between it and Rollcall's own columns: the cells that
// stood beyond the header before there were such columns, and that stand beyond it still.
func (r *reader) takeGap() {
	n := len(r.header)
	if !r.info.Marked || n == 0 || r.info.Columns[n-1] > r.info.Own[0] {
		return
	}
	for n > 0 && isBlank(Cell{Text: r.header[n-1]}) {
		n--
	}
	r.gap = r.info.Columns[n:]
	r.header, r.info.Columns = r.header[:n], r.info.Columns[:n]
}

// takeOwn notes where one of Rollcall's own columns stands.
func (r *reader) takeOwn(name string, column int) {
	switch name {
	case idColumn:
		r.id = column
	case markColumn:
		r.mark = column
	case codeColumn:
		r.code = column
	case statusColumn:
		r.info.Report = true
	}
}

// Info implements [Reader].
func (r *reader) Info() Info { return r.info }

// Header implements [Reader].
func (r *reader) Header() []string { return r.header }

// Read implements [Reader].
func (r *reader) Read(row *Row) error {
	if r.err != nil {
		return r.err
	}
	if err := r.advance(); err != nil {
		r.err = r.ended(err)
		return r.err
	}
	if err := r.fill(row); err != nil {
		r.err = inFile(err, r.info.Path)
		return r.err
	}
	return nil
}

// advance moves to the next row.
func (r *reader) advance() error {
	if r.ahead {
		r.ahead = false
		return r.below
	}
	return r.nextFilled()
}

// nextFilled moves to the next record that is not blank.
func (r *reader) nextFilled() error {
	for {
		if err := r.source.next(&r.rec); err != nil {
			return err
		}
		if r.rec.filled() > 0 {
			return nil
		}
	}
}

// ended is the error after the last row. The end of a file that was written to meanwhile is not its end, and damage in
// it is none of its own.
func (r *reader) ended(err error) error {
	if changed := r.file.checkUnchanged(); changed != nil {
		return inFile(changed, r.info.Path)
	}
	if !errors.Is(err, io.EOF) {
		return inFile(r.inColumn(err), r.info.Path)
	}
	if s, late := r.source.(*sheetScan); late {
		s.conclude(&r.info, r.sheetWidth())
	}
	return io.EOF
}

// inColumn gives an Error the name of the column that it is in.
func (r *reader) inColumn(err error) error {
	var e *Error
	if errors.As(err, &e) && e.cell > 0 {
		if i := slices.Index(r.info.Columns, e.cell-1); i >= 0 {
			e.Column = r.header[i]
		}
	}
	return err
}

// fill lays the current record out in row.
func (r *reader) fill(row *Row) error {
	width := r.rec.width
	if width > r.full {
		width = max(r.rec.filled(), r.full)
	}
	if width > max(r.full, maxExtra) {
		return &Error{Row: r.rec.number, Reason: fmt.Sprintf("a cell stands in column %d, but the header ends in column %d",
			width, r.full), Remedy: "clear what stands to the right of the table, or check the delimiter"}
	}
	if !r.ragged {
		width = max(width, r.full)
	}
	row.Number, row.ID, row.Mark = r.rec.number, "", ""
	row.Hidden, row.Merged = r.rec.hidden, r.rec.merged > 0 && r.rec.merged <= r.full
	if !r.info.Marked {
		r.fillPlain(row, width)
		return nil
	}
	row.Cells = row.Cells[:0]
	row.Width = max(width-r.full, 0)
	for _, column := range r.info.Columns {
		row.Cells = append(row.Cells, r.cell(column))
		if column < width {
			row.Width++
		}
	}
	r.fillBeyond(row, width)
	if r.mark >= 0 {
		row.Mark = r.cell(r.mark).Text
	}
	if r.id >= 0 {
		row.ID = r.cell(r.id).Text
	}
	// A report has filled a short row up with blanks. It stays ragged until a person empties its _code cell, or it would
	// pass as complete although nobody has completed it.
	if r.code >= 0 && row.Width == len(r.info.Columns) && r.cell(r.code).Text == raggedCode {
		row.Width--
	}
	return nil
}

// fillPlain lays the current record out for a header without columns of Rollcall's own: cell by cell as it stands. A
// record is made anew each time, so the row may keep its cells and give its own back for them.
func (r *reader) fillPlain(row *Row, width int) {
	row.Width = width
	row.Cells, r.rec.cells = r.rec.cells[:min(width, r.rec.width)], row.Cells[:0]
	for len(row.Cells) < max(width, r.full) {
		row.Cells = append(row.Cells, Cell{})
	}
}

// fillBeyond appends the cells of the current record that stand beyond the header.
func (r *reader) fillBeyond(row *Row, width int) {
	gap := len(r.gap)
	for gap > 0 && isBlank(r.cell(r.gap[gap-1])) {
		gap--
	}
	for _, column := range r.gap[:gap] {
		row.Cells = append(row.Cells, r.cell(column))
		row.Width++
	}
	for column := r.full; column < width; column++ {
		row.Cells = append(row.Cells, r.cell(column))
	}
}

// cell is a cell of the current record as its author wrote it, without the guard of a sheet that Rollcall wrote.
func (r *reader) cell(column int) Cell {
	c := r.rec.cell(column)
	if !r.info.Marked || c.Kind != Text {
		return c
	}
	if text := Unguard(c.Text); text != c.Text {
		return textCell(text)
	}
	return c
}

// Close implements [Reader].
func (r *reader) Close() error {
	if errors.Is(r.err, os.ErrClosed) {
		return nil
	}
	r.err = os.ErrClosed
	return errors.Join(r.source.close(), r.file.Close())
}
