package reconcile

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// ErrTooManyRows says that a worksheet cannot hold all records.
var ErrTooManyRows = errors.New("a worksheet has room for 1,048,575 records; export into a CSV file, or say --where or --limit")

// exportBook is an exported sheet as a workbook: cells of the kind of their values, lists to choose from, comments over the
// columns, and the marker in a hidden last column.
type exportBook struct {
	book    *workbook
	out     *sheetPart
	sheet   *ExportSheet
	styles  []int // by column, those of ids and marker included
	widths  []int
	waiting [][]cell // rows held back until the widths are known
	begun   bool
	row     int // that was written last
}

// NewExportXLSX begins an exported sheet as a workbook.
func NewExportXLSX(w io.Writer, e *ExportSheet) (ExportWriter, error) {
	b, err := newWorkbook(w, e.Temp)
	if err != nil {
		return nil, err
	}
	x := &exportBook{book: b, sheet: e}
	if err := x.prepare(); err != nil {
		return nil, errors.Join(err, b.discard())
	}
	return x, nil
}

// prepare makes the worksheet and the looks of its columns.
func (x *exportBook) prepare() (err error) {
	if x.out, err = x.book.newSheet(x.sheet.Name); err != nil {
		return err
	}
	known := map[string]int{"@": x.book.styles.text}
	if x.sheet.IDs {
		x.styles = append(x.styles, x.book.styles.text)
	}
	for i := range x.sheet.Columns {
		format := x.sheet.Columns[i].Format
		if _, made := known[format]; !made {
			style := excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}}
			if format != "General" {
				style.CustomNumFmt = &format
			}
			if known[format], err = x.book.file.NewStyle(&style); err != nil {
				return fmt.Errorf("format %q: %w", format, err)
			}
		}
		x.styles = append(x.styles, known[format])
	}
	x.styles = append(x.styles, x.book.styles.text)
	x.measure(x.header())
	return x.remark()
}

// header is the first row.
func (x *exportBook) header() []cell {
	var cells []cell
	for _, name := range x.sheet.header() {
		cells = append(cells, x.book.styles.cell(sheet.GuardXLSX(name), x.book.styles.header))
	}
	return cells
}

// remark writes the comments over the columns, and whose the workbook is.
func (x *exportBook) remark() error {
	first := 0
	if x.sheet.IDs {
		first = 1
	}
	for i := range x.sheet.Columns {
		c := &x.sheet.Columns[i]
		if c.Comment == "" {
			continue
		}
		x.book.commented[x.sheet.Name] = true
		text := withEscapes(visibleText(c.Comment))
		if err := x.book.file.AddComment(x.sheet.Name, excelize.Comment{Cell: cellName(first+i, 1), Author: commentAuthor, Text: text,
			Width: 340, Height: uint(70 + 18*(len(text)/45))}); err != nil {
			return fmt.Errorf("comment on column %s: %w", c.Header, err)
		}
	}
	return x.book.file.SetDocProps(&excelize.DocProperties{
		Creator: "Rollcall", LastModifiedBy: "Rollcall", Identifier: x.sheet.Marker, Version: x.sheet.Version,
		Description: "Exported by Rollcall. Edit the cells and sync the file; the hidden column " + MarkerColumn + " says where they came from.",
	})
}

// Add writes the row of a record.
func (x *exportBook) Add(id string, cells []sheet.Cell) error {
	row := make([]cell, 0, len(x.styles))
	if x.sheet.IDs {
		row = append(row, x.book.styles.data(id, x.book.styles.text))
	}
	for i := range cells {
		made, err := x.cell(&cells[i], x.styles[len(row)])
		if err != nil {
			return err
		}
		row = append(row, made)
	}
	row = append(row, x.book.styles.data(x.sheet.Marker, x.book.styles.text))
	if x.begun {
		return x.write(row)
	}
	x.measure(row)
	if x.waiting = append(x.waiting, row); len(x.waiting) < measured {
		return nil
	}
	return x.begin()
}

// cell is a cell of its kind. What is no number, date or boolean is text, and stays text when somebody edits it.
func (x *exportBook) cell(c *sheet.Cell, style int) (cell, error) {
	st := &x.book.styles
	switch c.Kind {
	case sheet.Number:
		return cell{style: style, raw: c.Raw}, nil
	case sheet.Boolean:
		raw := "0"
		if c.Raw == "true" {
			raw = "1"
		}
		return cell{style: style, raw: raw, truth: true}, nil
	case sheet.Date:
		day, err := time.Parse(time.DateOnly, c.Raw)
		if err != nil {
			return cell{}, fmt.Errorf("write a date: %w", err)
		}
		return cell{style: style, raw: strconv.Itoa(serialOf(day))}, nil
	}
	if c.Text == "" {
		return cell{}, nil
	}
	return st.data(c.Text, st.text), nil
}

// serialOf is a day as a workbook counts it, from the first of March 1900 on.
func serialOf(day time.Time) int {
	const secondsOfDay = 24 * 60 * 60 // a time.Duration cannot hold all the years of a date
	epoch := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	return int((day.Unix() - epoch.Unix()) / secondsOfDay)
}

// begin writes the head of the worksheet, the header and what has waited.
func (x *exportBook) begin() error {
	x.begun = true
	view := `<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A2" sqref="A2"/>`
	head, _, _ := strings.Cut(sheetHead(view, nil), "<cols>")
	var cols strings.Builder
	for i, style := range x.styles {
		hidden := ""
		if i == len(x.styles)-1 {
			hidden = ` hidden="1"`
		}
		fmt.Fprintf(&cols, `<col min="%d" max="%d" width="%d" style="%d"%s customWidth="1"/>`, i+1, i+1, x.widths[i], style, hidden)
	}
	if err := x.out.write(head + "<cols>" + cols.String() + "</cols><sheetData>"); err != nil {
		return err
	}
	x.row = 1
	if err := x.out.row(1, 20, x.header()); err != nil {
		return err
	}
	for _, row := range x.waiting {
		if err := x.write(row); err != nil {
			return err
		}
	}
	x.waiting = nil
	return nil
}

// write writes one row.
func (x *exportBook) write(row []cell) error {
	if x.row > sheetRows {
		return ErrTooManyRows
	}
	x.row++
	return x.out.row(x.row, 0, row)
}

// Close ends the workbook.
func (x *exportBook) Close() error {
	if !x.begun {
		if err := x.begin(); err != nil {
			return err
		}
	}
	area := "A1:" + cellName(len(x.styles)-1, x.row)
	if err := x.book.file.AutoFilter(x.sheet.Name, area, nil); err != nil {
		return fmt.Errorf("filter sheet %s: %w", x.sheet.Name, err)
	}
	if err := x.out.write(sheetTail(area, x.sheet.validations(), x.book.commented[x.sheet.Name])); err != nil {
		return err
	}
	if err := x.out.seal(); err != nil {
		return err
	}
	if err := x.book.writeLists(x.sheet.Columns); err != nil {
		return err
	}
	return x.book.close()
}

// Discard removes the temporary files.
func (x *exportBook) Discard() { _ = x.book.discard() }

// measure widens the columns to the texts of a row, within reason.
func (x *exportBook) measure(row []cell) {
	const narrow, wide, margin = 10, 50, 3
	for i := range row {
		if i == len(x.widths) {
			x.widths = append(x.widths, narrow)
		}
		line, _, _ := strings.Cut(row[i].text, "\n")
		x.widths[i] = max(x.widths[i], min(wide, max(utf8.RuneCountInString(line), len(row[i].raw))+margin))
	}
}
