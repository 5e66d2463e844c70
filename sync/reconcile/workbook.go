package reconcile

import (
	"archive/zip"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// workbook is an XLSX file in the making. Its sheets are streamed; what does not fit in memory waits in temporary files.
type workbook struct {
	file   *excelize.File
	styles styles
}

// styles is the looks of cells. All text has the number format "text", so that editing a cell does not turn 007 into 7.
type styles struct {
	header, text, bold  int
	stops, warns        int // cells with a problem
	good, bad, held     int // statuses
	quoted              map[int]int
	number, boldNumeral int
}

// newWorkbook begins a workbook that is written to w when it is closed, and that keeps its temporary files in temp.
func newWorkbook(w io.Writer, temp string) (*workbook, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: temp})
	// excelize would pack the whole file in memory first.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	b := &workbook{file: f}
	if err := b.makeStyles(); err != nil {
		return nil, fmt.Errorf("style workbook: %w", err)
	}
	return b, nil
}

func (b *workbook) makeStyles() error {
	const text = 49 // the built-in number format "@"
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
		{&s.text, excelize.Style{NumFmt: text, Alignment: top}},
		{&s.bold, excelize.Style{NumFmt: text, Alignment: top, Font: font(true, "")}},
		{&s.header, excelize.Style{NumFmt: text, Font: font(true, ""), Fill: fill("E7EBF0"), Border: border("bottom"),
			Alignment: &excelize.Alignment{Vertical: "center"}}},
		{&s.stops, excelize.Style{NumFmt: text, Alignment: top, Fill: fill("FBD5D0")}},
		{&s.warns, excelize.Style{NumFmt: text, Alignment: top, Fill: fill("FFF0C2")}},
		{&s.good, excelize.Style{NumFmt: text, Alignment: top, Font: font(false, "1B6E43")}},
		{&s.bad, excelize.Style{NumFmt: text, Alignment: top, Font: font(true, "B3261E")}},
		{&s.held, excelize.Style{NumFmt: text, Alignment: top, Font: font(true, "8A5A00")}},
		{&s.number, excelize.Style{Alignment: top}},
		{&s.boldNumeral, excelize.Style{Alignment: top, Font: font(true, ""), Border: border("top")}},
	}
	s.quoted = map[int]int{}
	for i := range wanted {
		id, err := b.file.NewStyle(&wanted[i].style)
		if err != nil {
			return err
		}
		*wanted[i].id = id
	}
	yes := true
	for _, id := range []int{s.text, s.stops, s.warns, s.header} { // excelize has no option for this
		xfs := b.file.Styles.CellXfs
		xf := xfs.Xf[id]
		xf.QuotePrefix = &yes
		xfs.Xf = append(xfs.Xf, xf)
		xfs.Count = len(xfs.Xf)
		s.quoted[id] = len(xfs.Xf) - 1
	}
	return nil
}

// stream begins a worksheet that prints a page wide, and returns the writer of its rows.
func (b *workbook) stream(name string) (*excelize.StreamWriter, error) {
	yes, landscape, wide, high := true, "landscape", 1, 0
	err := b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes})
	if err == nil {
		err = b.file.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high})
	}
	if err == nil { // its size is not known yet, and excelize would say that it is one cell
		err = b.file.SetSheetDimension(name, "")
	}
	if err != nil {
		return nil, fmt.Errorf("lay out sheet %s: %w", name, err)
	}
	out, err := b.file.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("begin sheet %s: %w", name, err)
	}
	return out, nil
}

// text is a text cell. One that begins like a formula is marked as quoted, so that it stays text when a person edits it.
func (b *workbook) text(s string, style int) excelize.Cell {
	s = fitCell(carriable(s))
	if quoted, ok := b.styles.quoted[style]; ok && s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠'", firstRune(s)) {
		style = quoted
	}
	if parts := splitEscapes(s); parts != nil {
		runs := make([]excelize.RichTextRun, len(parts))
		for i := range parts {
			runs[i].Text = parts[i]
		}
		return excelize.Cell{StyleID: style, Value: runs}
	}
	return excelize.Cell{StyleID: style, Value: s}
}

// count is a number cell.
func (b *workbook) count(n int) excelize.Cell {
	return excelize.Cell{StyleID: b.styles.number, Value: n}
}

// status is the cell of a status, coloured by what it asks for.
func (b *workbook) status(s plan.Status) excelize.Cell {
	style := b.styles.bad
	switch {
	case s.Settled(), s == plan.Planned:
		style = b.styles.good
	case s == plan.Conflict, s == plan.InDoubt, s == plan.NotAttempted:
		style = b.styles.held
	}
	return b.text(string(s), style)
}

// problem is the style of a cell that has p.
func (b *workbook) problem(p *model.Problem) int {
	if p.Stops() {
		return b.styles.stops
	}
	return b.styles.warns
}

// close packs the workbook.
func (b *workbook) close() error {
	if _, err := b.file.WriteToBuffer(); err != nil {
		return fmt.Errorf("pack workbook: %w", err)
	}
	return b.discard()
}

// discard removes the temporary files.
func (b *workbook) discard() error { return b.file.Close() }

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

// escaped is what a reader of workbooks takes for a character: _x000D_ is a carriage return.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// misread is the escapes that excelize writes wrongly: it drops a surrogate, and overlooks the second of two that share
// an underscore.
var misread = regexp.MustCompile(`_x[Dd][89A-Fa-f][0-9A-Fa-f]{2}_|_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_`)

// splitEscapes cuts a text that excelize would garble so that no part of it looks like an escape; nil if it is safe with
// excelize.
func splitEscapes(s string) []string {
	if !misread.MatchString(s) {
		return nil
	}
	parts := strings.SplitAfter(s, "_x")
	for i := range parts[:len(parts)-1] { // the x belongs to the next part
		parts[i] = parts[i][:len(parts[i])-1]
		parts[i+1] = "x" + parts[i+1]
	}
	return parts
}
