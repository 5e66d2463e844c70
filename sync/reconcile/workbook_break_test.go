package reconcile_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// TestLinesStayInTheirRow: a text of several lines is shown in its own row, neither as one line nor over the next row; and no text
// makes a row taller than a screen.
func TestLinesStayInTheirRow(t *testing.T) {
	message := "The API said:\n- no such customer\n- and no such site"
	cells := []string{"one", "first\nsecond", strings.Repeat("line\n", 400), "=1\n+2", strings.Repeat("word ", 40)}
	lines := func(yield func(reconcile.Line, error) bool) {
		for i, text := range cells {
			p := model.Problem{Row: i + 2, Column: "Note", Code: model.CodeAPIRejected, Value: text, Message: message}
			if i == 0 {
				p.Message = "short"
			}
			l := reconcile.Line{Seq: int64(i + 1), Row: i + 2, Cells: []string{text}, Status: plan.Rejected, Problems: []model.Problem{p}}
			if !yield(l, nil) {
				return
			}
		}
	}
	in := reconcile.Input{Header: []string{"Note"}, Lines: lines, Marker: marker, Summary: reconcile.Summary{Source: reconcile.Source{Rows: len(cells)}}}
	dir, _ := write(t, in)
	f, err := excelize.OpenFile(filepath.Join(dir, reconcile.ReportXLSX))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []struct {
		says, sheet, cell string
		wraps             bool
		height            float64
	}{
		{"a line is a line", "Rows", "A2", false, 15},
		{"two lines are two lines high", "Rows", "A3", true, 30},
		{"four hundred lines are cut to six", "Rows", "A4", true, 90},
		{"a text that begins like a formula wraps, too", "Rows", "A5", true, 30},
		{"a long line is no reason to wrap among the rows", "Rows", "A6", false, 15},
		{"a problem of one line", "Problems", "F2", true, 15},
		{"a message of three lines", "Problems", "F3", true, 45},
		{"a value of many lines", "Problems", "E4", true, 90},
		{"a long value wraps among the problems", "Problems", "E6", true, 60},
	} {
		style := styleOf(t, f, c.sheet, c.cell)
		if got := style.Alignment != nil && style.Alignment.WrapText; got != c.wraps {
			t.Errorf("%s: %s %s wraps: %t, want %t", c.says, c.sheet, c.cell, got, c.wraps)
		}
		_, row, err := excelize.CellNameToCoordinates(c.cell)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.GetRowHeight(c.sheet, row); err != nil || got != c.height {
			t.Errorf("%s: %s row %d is %v high (%v), want %v", c.says, c.sheet, row, got, err, c.height)
		}
	}
}
