package mapping_test

import (
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestAReportMeansTheSameAsTheSheet reads cells of a workbook, and the texts that a report has in their place: both must be
// the same value.
func TestAReportMeansTheSameAsTheSheet(t *testing.T) {
	t.Parallel()
	number := func(raw string) sheet.Cell { return sheet.Cell{Kind: sheet.Number, Text: raw, Raw: raw} }
	date := func(raw string) sheet.Cell { return sheet.Cell{Kind: sheet.Date, Text: raw, Raw: raw} }
	truth := func(raw, text string) sheet.Cell { return sheet.Cell{Kind: sheet.Boolean, Text: text, Raw: raw} }
	for _, c := range []struct {
		says   string
		column mapping.Column
		cell   sheet.Cell
		text   string
	}{
		{"three decimals are not thousands", mapping.Column{Field: "price", Decimal: ","}, number("50.125"), "50,125"},
		{"nor are two of a large number", mapping.Column{Field: "price", Decimal: ","}, number("1000.55"), "1000,55"},
		{"a whole number stays as it is", mapping.Column{Field: "price", Decimal: ","}, number("7"), "7"},
		{"so does a number where a point is the point", mapping.Column{Field: "price", Decimal: "."}, number("50.125"), "50.125"},
		{"a text is not touched", mapping.Column{Field: "price", Decimal: ","}, text("50,125"), "50,125"},
		{"a date takes the form of the column", mapping.Column{Field: "packed", Format: "02/01/2006"}, date("2026-02-05"), "5/2/2026"},
		{"and keeps its own without one", mapping.Column{Field: "packed"}, date("2026-02-05"), "2026-02-05"},
		{"yes is said in the column's words", mapping.Column{Field: "fragile", True: []string{"Y"}, False: []string{"N"}}, truth("true", "TRUE"), "Y"},
		{"and no", mapping.Column{Field: "fragile", True: []string{"Y"}, False: []string{"N"}}, truth("false", "FALSE"), "N"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			c.column.Header = "X"
			m := depot(t)
			cfg := &mapping.Config{Identity: mapping.Identity{Key: []string{"code"}}, Columns: mapping.Columns{{Header: "Code", Field: "code"}, c.column}}
			mp := compile(t, cfg, m, "Code", "X")
			row := sheet.Row{Number: 2, Width: 2, Cells: []sheet.Cell{text("K1"), c.cell}}
			original := mp.Decode(row)
			row.Cells = []sheet.Cell{text("K1"), c.cell}
			mapping.NewSpeller(cfg, m, []string{"Code", "X"}).Spell(&row)
			if got := row.Cells[1].Text; got != c.text {
				t.Errorf("got %q in the report, want %q", got, c.text)
			}
			again := mp.Decode(textRow("K1", row.Cells[1].Text))
			i := m.Index(c.column.Field)
			if original.Record[i] != again.Record[i] || len(original.Problems)+len(again.Problems) > 0 {
				t.Errorf("got %v (%v) from the report, want %v (%v)", again.Record[i], again.Problems, original.Record[i], original.Problems)
			}
		})
	}
}
