package reconcile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// sheetCopy copies a worksheet byte for byte, but for the rows and the few elements that an annotation changes.
type sheetCopy struct {
	cursor
	in      *tokens
	out     io.Writer
	survey  *survey
	styles  *copiedStyles
	ours    columnRange
	cleared columnRange // columns of an earlier annotation
	vml     string      // id of the relation that the sheet is to name, "" if it has one

	list    string // the element within the worksheet
	columns []columnStyle
	raw     rawRow
	built   []byte
	pieces  []piece
}

// columnRange is columns from the first, counted from 0, up to the end.
type columnRange struct{ first, end int }

func (r columnRange) holds(column int) bool { return column >= r.first && column < r.end }

// columnStyle is the style of blank cells in columns, which are counted from 1.
type columnStyle struct{ first, last, style int }

// rawRow is a row as the input has it.
type rawRow struct {
	data   []byte // its cells
	tag    []byte // that opens it
	closes []byte
	style  int // of its blank cells, -1 if they have that of their column
	cells  []rawCell
}

// rawCell is a cell as the input has it: a tag, and what follows it.
type rawCell struct{ column, begin, tagEnd, end int }

// piece is a cell to write.
type piece struct{ column, begin, end int }

// edit is what an annotation does to a cell of the input.
type edit struct {
	column int
	fill   int    // the colour that it gets, -1 to leave it
	text   string // that it gets, "" to leave what it holds
}

// advance copies all that stands before a row, and takes that row. It returns io.EOF if there is no such row.
func (s *sheetCopy) advance(row int) error {
	for {
		if err := s.in.next(); err != nil {
			return err
		}
		x := s.in
		begins := x.kind == tokenOpen || x.kind == tokenEmpty
		switch {
		case begins && x.depth == listDepth:
			if err := s.startList(); err != nil {
				return err
			}
			continue
		case begins && x.depth == rowDepth && s.list == "sheetData":
			if s.startRow(x.tok); s.row == row {
				return s.takeRow()
			}
		case x.kind == tokenClose && x.depth == sheetDepth:
			if err := s.nameDrawing(); err != nil {
				return err
			}
		}
		if _, err := s.out.Write(x.tok); err != nil {
			return err
		}
	}
}

// finish copies the rest.
func (s *sheetCopy) finish() error {
	if err := s.advance(-1); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// startList copies the beginning of an element within the worksheet. They stand in a fixed order.
func (s *sheetCopy) startList() error {
	x := s.in
	s.list = x.local()
	piece := x.tok
	switch s.list {
	case "dimension":
		piece = withAttribute(piece, "ref", "A1:"+cellName(s.ours.end-1, max(s.survey.last, 1)))
	case "cols":
		return s.takeColumns()
	case "sheetData":
		if s.columns == nil {
			if err := s.writeColumns(nil); err != nil {
				return err
			}
		}
	case "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "AlternateContent", "webPublishItems", "tableParts", "extLst":
		if err := s.nameDrawing(); err != nil {
			return err
		}
	}
	_, err := s.out.Write(piece)
	return err
}

// nameDrawing names the drawing of our comments, where the sheet has none.
func (s *sheetCopy) nameDrawing() error {
	if s.vml == "" {
		return nil
	}
	_, err := fmt.Fprintf(s.out, `<%slegacyDrawing xmlns:r="%s" r:id="%s"/>`, s.survey.prefix, spaceRelated, s.vml)
	s.vml = ""
	return err
}

// takeColumns takes the list of columns and writes it with ours.
func (s *sheetCopy) takeColumns() error {
	var tags [][]byte
	for x := s.in; ; {
		if x.opens("col") {
			tags = append(tags, slices.Clone(x.tok))
		}
		if x.depth == listDepth && (x.kind == tokenClose || x.kind == tokenEmpty) {
			return s.writeColumns(tags)
		}
		if err := x.next(); err != nil {
			return err
		}
	}
}

// writeColumns writes the list of columns: those of the input, which give way to ours, and ours.
func (s *sheetCopy) writeColumns(tags [][]byte) error {
	type column struct {
		first int
		tag   string
	}
	var all []column
	s.columns = []columnStyle{}
	keep := func(tag []byte, first, last int) {
		if first <= last {
			tag = withAttribute(withAttribute(tag, "min", strconv.Itoa(first)), "max", strconv.Itoa(last))
			if tag[len(tag)-2] != '/' {
				tag = append(tag[:len(tag)-1], "/>"...)
			}
			all = append(all, column{first, string(tag)})
		}
	}
	for _, tag := range tags {
		first, last := numberIn(tag, "min", 1), numberIn(tag, "max", 1)
		s.columns = append(s.columns, columnStyle{first, last, numberIn(tag, "style", 0)})
		keep(tag, first, min(last, s.ours.first))
		keep(tag, max(first, s.ours.end+1), last)
	}
	for i, width := range ownWidths() {
		n := s.ours.first + i + 1
		all = append(all, column{n, fmt.Sprintf(`<%scol min="%d" max="%d" width="%d" customWidth="1"/>`, s.survey.prefix, n, n, width)})
	}
	slices.SortStableFunc(all, func(a, b column) int { return cmp.Compare(a.first, b.first) })
	text := "<" + s.survey.prefix + "cols>"
	for i := range all {
		text += all[i].tag
	}
	_, err := io.WriteString(s.out, text+"</"+s.survey.prefix+"cols>")
	return err
}

// ownWidths is how wide the columns of the account are, in characters, the marker's last.
func ownWidths() []int { return []int{7, 14, 9, 12, 18, 23, 18, 56, 56, 13, 11, 12} }

// takeRow takes the row that the last tag opens.
func (s *sheetCopy) takeRow() error {
	x, r := s.in, &s.raw
	r.data, r.cells, r.style = r.data[:0], r.cells[:0], -1
	if format, _, _ := attribute(x.tok, "customFormat"); string(format) == "1" || string(format) == "true" {
		r.style = numberIn(x.tok, "s", -1)
	}
	r.tag = append(r.tag[:0], withoutAttribute(x.tok, "spans")...)
	if r.closes = []byte(closing(x.tok)); x.kind == tokenEmpty {
		r.tag = asOpen(r.tag)
		return nil
	}
	for {
		if err := x.next(); err != nil {
			return err
		}
		switch {
		case x.kind == tokenClose && x.depth == rowDepth:
			return nil
		case x.depth == cellDepth && x.opens("c"):
			s.startCell(x.tok)
			r.cells = append(r.cells, rawCell{column: s.column, begin: len(r.data), tagEnd: len(r.data) + len(x.tok), end: len(r.data) + len(x.tok)})
			r.data = append(r.data, x.tok...)
		case x.depth >= cellDepth && len(r.cells) > 0: // what follows a cell goes with it
			r.data = append(r.data, x.tok...)
			r.cells[len(r.cells)-1].end = len(r.data)
		}
	}
}

// writeRow writes the row that was taken, with the edits and the cells of the account.
func (s *sheetCopy) writeRow(edits []edit, own []cell) error {
	r := &s.raw
	s.built, s.pieces = s.built[:0], s.pieces[:0]
	for _, c := range r.cells {
		if s.ours.holds(c.column) || s.cleared.holds(c.column) {
			continue
		}
		i := slices.IndexFunc(edits, func(e edit) bool { return e.column == c.column })
		begin := len(s.built)
		if i < 0 {
			s.rebuild(&c, edit{column: c.column, fill: -1})
		} else {
			s.rebuild(&c, edits[i])
			edits = slices.Delete(edits, i, i+1)
		}
		s.pieces = append(s.pieces, piece{c.column, begin, len(s.built)})
	}
	for _, e := range edits { // of cells that the row does not have
		s.add(e.column, cell{style: s.twinOf(s.blankStyle(e.column), e.fill), text: e.text})
	}
	for i := range own {
		if !own[i].isNone() {
			s.add(s.ours.first+i, own[i])
		}
	}
	slices.SortStableFunc(s.pieces, func(a, b piece) int { return cmp.Compare(a.column, b.column) })
	if _, err := s.out.Write(r.tag); err != nil {
		return err
	}
	for _, p := range s.pieces {
		if _, err := s.out.Write(s.built[p.begin:p.end]); err != nil {
			return err
		}
	}
	_, err := s.out.Write(r.closes)
	return err
}

// rebuild builds a cell of the input anew.
func (s *sheetCopy) rebuild(c *rawCell, e edit) {
	tag, rest := s.raw.data[c.begin:c.tagEnd], s.raw.data[c.tagEnd:c.end]
	if _, begin, _ := attribute(tag, "r"); begin < 0 { // it may not follow the same cell any more
		tag = withAttribute(tag, "r", cellName(c.column, s.row))
	}
	style := numberIn(tag, "s", 0)
	if e.fill < 0 && s.cleared.end > 0 && s.styles.isPainted(style) {
		e.fill = 0 // what was wrong with it is mended
	}
	if e.text != "" {
		made := cell{style: s.twinOf(style, e.fill), text: e.text}
		s.built = made.append(s.built, s.survey.prefix, c.column, s.row)
		return
	}
	if e.fill >= 0 {
		tag = withAttribute(tag, "s", strconv.Itoa(s.twinOf(style, e.fill)))
	}
	s.built = append(append(s.built, tag...), rest...)
}

// twinOf is a style with a fill; a negative fill leaves it.
func (s *sheetCopy) twinOf(style, fill int) int {
	if fill < 0 {
		return style
	}
	return s.styles.twin(style, fill)
}

// blankStyle is the style that a cell of the row has before there is anything in it.
func (s *sheetCopy) blankStyle(column int) int {
	if s.raw.style >= 0 {
		return s.raw.style
	}
	for _, c := range s.columns {
		if column+1 >= c.first && column+1 <= c.last {
			return c.style
		}
	}
	return 0
}

// add builds a further cell.
func (s *sheetCopy) add(column int, c cell) {
	begin := len(s.built)
	s.built = c.append(s.built, s.survey.prefix, column, s.row)
	s.pieces = append(s.pieces, piece{column, begin, len(s.built)})
}
