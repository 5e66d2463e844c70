package reconcile

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// The built-in number formats "@" and "#,##0".
const (
	textFormat = 49
	thousands  = 3
)

// workbook is an XLSX file in the making: sheets of ours, and around them what excelize makes.
type workbook struct {
	styles
	file      *excelize.File
	temp      string
	sheets    map[string]*sheetPart // by name of the part
	commented map[string]bool       // by name of the sheet
}

// styles is the looks of cells. All text has the number format "text", so that editing a cell does not turn 007 into 7.
type styles struct {
	header, text, bold int
	stops, warns       int         // cells with a problem
	good, bad, held    int         // statuses
	quoted, broken     map[int]int // by style: its twin for texts that begin like a formula, that hold line breaks
	number             int
	title, total       int // of the summary
	amount, figure     int // numbers of the summary, right and left
}

// newWorkbook begins a workbook that is written to w when it is closed, and that keeps its temporary files in temp.
func newWorkbook(w io.Writer, temp string) (*workbook, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: temp})
	b := &workbook{file: f, temp: temp, sheets: map[string]*sheetPart{}, commented: map[string]bool{}}
	// excelize would pack the whole file in memory first.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return &packer{zip.NewWriter(w), b.sheets} })
	if err := b.makeStyles(); err != nil {
		return nil, fmt.Errorf("style workbook: %w", err)
	}
	return b, nil
}

func (b *workbook) makeStyles() error {
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	top := &excelize.Alignment{Vertical: "top"}
	font := func(bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: 11, Bold: bold, Color: color}
	}
	border := func(side string) []excelize.Border { return []excelize.Border{{Type: side, Color: "8A94A3", Style: 1}} }
	s := &b.styles
	wanted := []struct {
		id    *int
		style excelize.Style
	}{
		{&s.text, excelize.Style{NumFmt: textFormat, Alignment: top}},
		{&s.bold, excelize.Style{NumFmt: textFormat, Alignment: top, Font: font(true, "")}},
		{&s.header, excelize.Style{NumFmt: textFormat, Font: font(true, ""), Fill: fill(headerColor), Border: border("bottom"),
			Alignment: &excelize.Alignment{Vertical: "center"}}},
		{&s.stops, excelize.Style{NumFmt: textFormat, Alignment: top, Fill: fill(stopsColor)}},
		{&s.warns, excelize.Style{NumFmt: textFormat, Alignment: top, Fill: fill(warnsColor)}},
		{&s.good, excelize.Style{NumFmt: textFormat, Alignment: top, Font: font(false, goodColor)}},
		{&s.bad, excelize.Style{NumFmt: textFormat, Alignment: top, Font: font(true, badColor)}},
		{&s.held, excelize.Style{NumFmt: textFormat, Alignment: top, Font: font(true, heldColor)}},
		{&s.number, excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "center"}}},
		{&s.title, excelize.Style{NumFmt: textFormat, Font: &excelize.Font{Family: "Calibri", Size: 16, Bold: true}}},
		{&s.amount, excelize.Style{NumFmt: thousands, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "right"}}},
		{&s.total, excelize.Style{NumFmt: thousands, Alignment: top, Font: font(true, ""), Border: border("top")}},
		{&s.figure, excelize.Style{NumFmt: thousands, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}},
	}
	s.quoted, s.broken = map[int]int{}, map[int]int{}
	for i := range wanted {
		id, err := b.file.NewStyle(&wanted[i].style)
		if err != nil {
			return err
		}
		*wanted[i].id = id
	}
	b.quotable(s.text, s.stops, s.warns, s.header)
	b.breakable(s.text, s.stops, s.warns, s.quoted[s.text], s.quoted[s.stops], s.quoted[s.warns])
	return nil
}

// breakable gives styles a twin for texts that hold line breaks. Without it Excel shows all lines as one, and LibreOffice shows them
// over the next row.
func (b *workbook) breakable(ids ...int) {
	xfs := b.file.Styles.CellXfs
	for _, id := range ids {
		xf := xfs.Xf[id]
		alignment := *xf.Alignment
		alignment.WrapText = true
		xf.Alignment = &alignment
		xfs.Xf = append(xfs.Xf, xf)
		xfs.Count = len(xfs.Xf)
		b.broken[id] = len(xfs.Xf) - 1
	}
}

// quotable gives styles a twin for texts that begin like a formula. excelize has no option for this.
func (b *workbook) quotable(ids ...int) {
	yes := true
	for _, id := range ids {
		xfs := b.file.Styles.CellXfs
		xf := xfs.Xf[id]
		xf.QuotePrefix = &yes
		xfs.Xf = append(xfs.Xf, xf)
		xfs.Count = len(xfs.Xf)
		b.quoted[id] = len(xfs.Xf) - 1
	}
}

// blankSheet is the worksheet with which excelize begins a workbook. Our first takes its place.
const blankSheet = "Sheet1"

// newSheet adds a worksheet at the end.
func (b *workbook) newSheet(name string) (*sheetPart, error) {
	var err error
	if len(b.sheets) == 0 {
		err = b.file.SetSheetName(blankSheet, name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	if err != nil {
		return nil, fmt.Errorf("add sheet %s: %w", name, err)
	}
	part := fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.sheets)+1)
	p, err := newSheetPart(part, b.temp)
	if err != nil {
		return nil, fmt.Errorf("add sheet %s: %w", name, err)
	}
	b.sheets[part] = p
	return p, nil
}

// cell is a text cell. One that begins like a formula is marked as quoted, so that it stays text when a person edits it.
func (st *styles) cell(s string, style int) cell {
	if isPlainText(s) {
		return cell{style: style, text: s, plain: true}
	}
	s = fitCell(carriable(s))
	if quoted, ok := st.quoted[style]; ok && s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠'", firstRune(s)) {
		style = quoted
	}
	if broken, ok := st.broken[style]; ok && strings.Contains(s, "\n") {
		style = broken
	}
	return cell{style: style, text: s}
}

// wrapped is a text cell whose text wraps.
func (st *styles) wrapped(s string, style int) cell {
	c := st.cell(s, style)
	if broken, ok := st.broken[c.style]; ok {
		c.style = broken
	}
	return c
}

// count is a number cell.
func (st *styles) count(n int) cell { return cell{style: st.number, n: n, numeric: true} }

// status is the cell of a status, coloured by what it asks for.
func (st *styles) status(s plan.Status) cell {
	style := st.bad
	switch {
	case s.Settled(), s == plan.Planned:
		style = st.good
	case s == plan.Conflict, s == plan.InDoubt, s == plan.NotAttempted:
		style = st.held
	}
	return st.cell(string(s), style)
}

// problem is the style of a cell that has p.
func (st *styles) problem(p *model.Problem) int {
	if p.Stops() {
		return st.stops
	}
	return st.warns
}

// data is a cell of the input, in the form that comes back as it was. A blank one stays out of the file unless it has a
// colour.
func (st *styles) data(text string, style int) cell {
	if text == "" && style == st.text {
		return cell{}
	}
	if strings.HasPrefix(text, "'") {
		text = sheet.GuardXLSX(text)
	}
	return st.cell(text, style)
}

// account appends the cells of a line below [columns] to dst.
func (st *styles) account(dst []cell, l *Line) []cell {
	text := func(s string) cell { return st.data(visibleText(s), st.text) }
	answer := cell{}
	if l.HTTPStatus != 0 {
		answer = st.count(l.HTTPStatus)
	}
	return append(dst, st.count(l.Row), st.status(l.Status), text(string(l.Action)), text(l.ID), text(string(l.Code)), text(l.Field),
		text(l.Column), text(l.Message), text(l.Hint), answer, st.count(l.Attempts))
}

// close packs the workbook.
func (b *workbook) close() error {
	if _, err := b.file.WriteToBuffer(); err != nil {
		return fmt.Errorf("pack workbook: %w", err)
	}
	return b.discard()
}

// discard removes the temporary files.
func (b *workbook) discard() error {
	for _, p := range b.sheets {
		p.discard()
	}
	return b.file.Close()
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// carriable shows the characters that XML cannot carry; the others stay, so that the text can go back in.
func carriable(s string) string {
	return escape(s, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// cellLimit is the most that Excel keeps in a cell, in UTF-16 code units.
const cellLimit = 32767

// fitCell cuts a text that Excel would cut in silence, and says so in its place.
func fitCell(s string) string {
	if len(s) <= cellLimit || units(s) <= cellLimit {
		return s
	}
	mark := fmt.Sprintf("… [cut here: the text has %s characters]", number(utf8.RuneCountInString(s)))
	room := cellLimit - units(mark)
	for i, r := range s {
		if room -= utf16.RuneLen(r); room < 0 {
			return s[:i] + mark
		}
	}
	return s
}

// units is the length of s in UTF-16 code units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
