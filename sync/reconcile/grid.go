package reconcile

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// sheetRows is how many rows below the header fit on a worksheet.
const sheetRows = 1048575

// measured is how many rows the widths of the columns are taken from, and measuredColumns how many columns have a width
// of their own.
const (
	measured        = 200
	measuredColumns = 256
)

// grid is a table of any length in a workbook: a header that stays in sight, filters, columns as wide as their contents
// ask for, and a further worksheet when one is full.
type grid struct {
	book   *workbook
	name   string
	header []any
	limit  int // rows below the header per worksheet

	out     *excelize.StreamWriter
	sheet   string // that out writes
	part    int    // of the worksheet, from 1
	row     int    // last row written, the header is 1
	widths  []float64
	waiting [][]any // rows held back until the widths are known, nil afterwards
}

// newGrid begins a table on a sheet of its own.
func (b *workbook) newGrid(name string, header []string) (*grid, error) {
	g := &grid{book: b, name: name, limit: sheetRows, waiting: make([][]any, 0, measured)}
	for _, h := range header {
		g.header = append(g.header, b.text(h, b.styles.header))
	}
	g.measure(g.header)
	return g, g.begin()
}

// begin starts the next worksheet of the table.
func (g *grid) begin() (err error) {
	g.part, g.row = g.part+1, 1
	g.sheet = g.name
	if g.part > 1 {
		g.sheet = fmt.Sprintf("%s %d", g.name, g.part)
	}
	if _, err = g.book.file.NewSheet(g.sheet); err != nil {
		return fmt.Errorf("add sheet %s: %w", g.sheet, err)
	}
	if g.out, err = g.book.stream(g.sheet); err != nil {
		return err
	}
	if g.waiting == nil {
		return g.writeHeader()
	}
	return nil
}

// writeHeader fixes the widths and writes the header. After it come rows only.
func (g *grid) writeHeader() error {
	for i, w := range slices.Backward(g.widths) { // excelize puts each before the others, and they must stand in order
		if err := g.out.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	panes := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	if err := g.out.SetPanes(panes); err != nil {
		return err
	}
	return g.out.SetRow("A1", g.header, excelize.RowOpts{Height: 20})
}

// last is the place of the row that was added last.
func (g *grid) last() (sheet string, row int) { return g.sheet, g.row + len(g.waiting) }

// add writes one row. It keeps cells.
func (g *grid) add(cells []any) error {
	if g.waiting != nil {
		g.measure(cells)
		g.waiting = append(g.waiting, cells)
		if len(g.waiting) < min(measured, g.limit) {
			return nil
		}
		return g.release()
	}
	if g.row > g.limit {
		if err := g.finish(); err != nil {
			return err
		}
		if err := g.begin(); err != nil {
			return err
		}
	}
	g.row++
	return g.out.SetRow(fmt.Sprintf("A%d", g.row), cells)
}

// release writes what has waited for the widths.
func (g *grid) release() error {
	rows := g.waiting
	g.waiting = nil
	if err := g.writeHeader(); err != nil {
		return err
	}
	for _, cells := range rows {
		if err := g.add(cells); err != nil {
			return err
		}
	}
	return nil
}

// close ends the table.
func (g *grid) close() error {
	if g.waiting != nil {
		if err := g.release(); err != nil {
			return err
		}
	}
	return g.finish()
}

// finish ends the current worksheet.
func (g *grid) finish() error {
	last, err := excelize.CoordinatesToCellName(len(g.header), g.row)
	if err != nil {
		return err
	}
	if err := g.book.file.AutoFilter(g.sheet, "A1:"+last, nil); err != nil {
		return fmt.Errorf("filter sheet %s: %w", g.sheet, err)
	}
	return g.out.Flush()
}

// measure widens the columns to the texts of a row, within reason.
func (g *grid) measure(cells []any) {
	const narrow, wide, margin = 8, 46, 3
	for i, c := range cells[:min(len(cells), measuredColumns)] {
		if i == len(g.widths) {
			g.widths = append(g.widths, narrow)
		}
		cell, _ := c.(excelize.Cell) // nil is a blank one
		text, _ := cell.Value.(string)
		g.widths[i] = max(g.widths[i], min(wide, float64(utf8.RuneCountInString(text)+margin)))
	}
}
