package reconcile

import (
	"fmt"
	"slices"
	"strings"
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

// narrow is the least width of a column, in characters. allLines is how many lines high a row can be in Excel, fewLines how many it
// is at most if nothing else is said.
const (
	narrow   = 8
	allLines = 27
	fewLines = 6
)

// grid is a table of any length in a workbook: a header that stays in sight, filters, columns as wide as their contents
// ask for, and a further worksheet when one is full.
type grid struct {
	book   *workbook
	name   string
	header []cell
	limit  int                   // rows below the header per worksheet
	rules  func(last int) string // XML of rules for the cells of a worksheet up to a row; nil for none
	wraps  int                   // how many lines high a row may be in which all texts wrap; 0: only those with line breaks do

	out     *sheetPart
	sheet   string // that out is
	part    int    // of the worksheet, from 1
	row     int    // last row written, the header is 1
	widths  []int
	waiting [][]cell // rows held back until the widths are known, nil afterwards
}

// newGrid begins a table on a sheet of its own.
func (b *workbook) newGrid(name string, header []string) (*grid, error) {
	g := &grid{book: b, name: name, limit: sheetRows, waiting: make([][]cell, 0, measured)}
	for _, h := range header {
		g.header = append(g.header, b.cell(h, b.styles.header))
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
	if g.out, err = g.book.newSheet(g.sheet); err != nil {
		return err
	}
	if g.waiting == nil {
		return g.writeHeader()
	}
	return nil
}

// writeHeader fixes the widths and writes the header. After it come rows only.
func (g *grid) writeHeader() error {
	pane := `<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/>`
	if err := g.out.write(sheetHead(pane, g.widths)); err != nil {
		return err
	}
	return g.out.row(1, 20, g.header)
}

// last is the place of the row that was added last.
func (g *grid) last() (sheet string, row int) { return g.sheet, g.row + len(g.waiting) }

// add writes one row. It does not keep cells.
func (g *grid) add(cells []cell) error {
	if g.waiting != nil {
		g.measure(cells)
		g.waiting = append(g.waiting, slices.Clone(cells))
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
	return g.out.row(g.row, g.height(cells), cells)
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
	area := "A1:" + cellName(len(g.header)-1, g.row)
	if err := g.book.file.AutoFilter(g.sheet, area, nil); err != nil { // it is also a name of the workbook
		return fmt.Errorf("filter sheet %s: %w", g.sheet, err)
	}
	titles := &excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: g.sheet, RefersTo: "'" + strings.ReplaceAll(g.sheet, "'", "''") + "'!$1:$1"}
	if err := g.book.file.SetDefinedName(titles); err != nil {
		return fmt.Errorf("print titles of sheet %s: %w", g.sheet, err)
	}
	rules := ""
	if g.rules != nil {
		rules = g.rules(g.row)
	}
	if err := g.out.write(sheetTail(area, rules, g.book.commented[g.sheet])); err != nil {
		return err
	}
	return g.out.seal()
}

// measure widens the columns to the texts of a row, within reason.
func (g *grid) measure(cells []cell) {
	const wide, margin = 60, 3
	for i := range cells[:min(len(cells), measuredColumns)] {
		if i == len(g.widths) {
			g.widths = append(g.widths, narrow)
		}
		for line := range strings.SplitSeq(cells[i].text, "\n") {
			g.widths[i] = max(g.widths[i], min(wide, utf8.RuneCountInString(line)+margin))
		}
	}
}

// height is how high a row must be for texts that wrap, 0 for the usual height. It is counted in characters: programs measure
// the text themselves only if nobody says how high a row is, and not all of them do.
func (g *grid) height(cells []cell) int {
	const line, slack = 15, 2
	most := max(g.wraps, fewLines)
	lines := 1
	for i := range cells {
		if g.wraps == 0 && (cells[i].plain || !strings.Contains(cells[i].text, "\n")) {
			continue
		}
		width, n := narrow, 0
		if i < len(g.widths) {
			width = g.widths[i]
		}
		for part := range strings.SplitSeq(cells[i].text, "\n") {
			n += 1 + (utf8.RuneCountInString(part)-1)/max(1, width-slack)
		}
		lines = max(lines, n)
	}
	if lines == 1 {
		return 0
	}
	return line * min(lines, most)
}

// sheetHead is the beginning of a worksheet that prints a page wide. It does not say how large the sheet is: that is not known
// yet.
func sheetHead(view string, widths []int) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + `<worksheet xmlns="` + spaceMain + `" xmlns:r="` + spaceRelated + `">` +
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0">` + view + `</sheetView></sheetViews>` +
		`<sheetFormatPr defaultRowHeight="15"/><cols>`)
	for i, w := range widths {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, w)
	}
	b.WriteString("</cols><sheetData>")
	return b.String()
}

// sheetTail is the end of a worksheet. filter is the area with filters and rules the XML of rules for cells, "" for none.
func sheetTail(filter, rules string, commented bool) string {
	tail := "</sheetData>"
	if filter != "" {
		tail += `<autoFilter ref="` + filter + `"/>`
	}
	tail += rules + `<pageMargins left="0.3" right="0.3" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>` +
		`<pageSetup orientation="landscape" fitToWidth="1" fitToHeight="0"/>` +
		`<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>`
	if commented { // excelize gives the drawing of the comments the first id
		tail += `<legacyDrawing r:id="rId1"/>`
	}
	return tail + "</worksheet>"
}
