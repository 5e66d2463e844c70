package reconcile

import (
	"bytes"
	"errors"
	"io"

	"github.com/xuri/excelize/v2"
)

// survey is what must be known of a worksheet before its first row is copied.
type survey struct {
	prefix string // of the names of its elements
	width  int    // columns from the first to the last that holds something at or below the header
	last   int    // row
	vml    string // id of the relation to the drawing of its comments, "" if it has none
}

// cursor counts the rows and cells of a sheet, of which each may say where it stands or follow the one before.
type cursor struct {
	row, column int // the row from 1, the column from 0
}

// startRow moves to the row of a tag.
func (c *cursor) startRow(tag []byte) {
	c.row, c.column = numberIn(tag, "r", c.row+1), -1
}

// startCell moves to the cell of a tag.
func (c *cursor) startCell(tag []byte) {
	c.column++
	if ref, begin, _ := attribute(tag, "r"); begin >= 0 {
		if column, _, err := excelize.CellNameToCoordinates(string(ref)); err == nil {
			c.column = column - 1
		}
	}
}

// The depths of the elements of a worksheet.
const (
	sheetDepth = 1
	listDepth  = 2
	rowDepth   = 3
	cellDepth  = 4
)

// surveySheet reads a worksheet from its beginning to its end.
func surveySheet(in io.Reader, headerRow int) (*survey, error) {
	s, at := &survey{}, cursor{}
	x, list := newTokens(in), ""
	for {
		err := x.next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if x.kind != tokenOpen && x.kind != tokenEmpty {
			continue
		}
		switch {
		case x.depth == sheetDepth:
			prefix, _ := tagName(x.tok)
			s.prefix = string(prefix)
		case x.depth == listDepth:
			if list = x.local(); list == "legacyDrawing" {
				id, _, _ := attribute(x.tok, "r:id")
				s.vml = string(id)
			}
		case list == "sheetData" && x.depth == rowDepth:
			at.startRow(x.tok)
			s.last = at.row
		case list == "sheetData" && x.depth == cellDepth:
			at.startCell(x.tok)
		case list == "sheetData" && x.depth == cellDepth+1 && at.row >= headerRow:
			s.width = max(s.width, at.column+1)
		case list == "mergeCells" && x.depth == rowDepth:
			s.merge(x.tok, headerRow)
		}
	}
}

// merge takes in a merged area.
func (s *survey) merge(tag []byte, headerRow int) {
	ref, _, _ := attribute(tag, "ref")
	_, end, _ := bytes.Cut(ref, []byte(":"))
	if column, row, err := excelize.CellNameToCoordinates(string(end)); err == nil && row >= headerRow {
		s.width = max(s.width, column)
	}
}
