package sheet_test

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// line is one physical row of a sheet as a person would type it.
type line struct {
	number int
	cells  []string
}

// csvFile writes lines as CSV, by hand and not through the writer under test.
func csvFile(t *testing.T, lines []line) string {
	var out bytes.Buffer
	next := 1
	for _, l := range lines {
		for ; next < l.number; next++ {
			out.WriteString("\n")
		}
		for i, c := range l.cells {
			if i > 0 {
				out.WriteByte(',')
			}
			fmt.Fprintf(&out, `"%s"`, strings.ReplaceAll(c, `"`, `""`))
		}
		out.WriteString("\n")
		next += 1 + strings.Count(strings.Join(l.cells, ""), "\n")
	}
	return write(t, "data.csv", out.Bytes())
}

// xlsxFile writes lines as a workbook of inline strings.
func xlsxFile(t *testing.T, lines []line) string {
	var rows strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&rows, `<row r="%d">`, l.number)
		for _, c := range l.cells {
			fmt.Fprintf(&rows, `<c t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, html.EscapeString(c))
		}
		rows.WriteString(`</row>`)
	}
	return write(t, "data.xlsx", newParts(rows.String()).pack(t))
}

// bothTypes is how lines become a file of each type.
func bothTypes() map[string]func(*testing.T, []line) string {
	return map[string]func(*testing.T, []line) string{"csv": csvFile, "xlsx": xlsxFile}
}

// conformance is what a sheet of lines must read as, whatever type of file it is in.
type conformance struct {
	name   string
	lines  []line
	opts   sheet.Options
	header []string
	info   sheet.Info // HeaderRow, Columns, Marked and Report count
	rows   []sheet.Row
}

// cells is a row of sound text cells.
func cells(texts ...string) []sheet.Cell {
	row := make([]sheet.Cell, len(texts))
	for i, text := range texts {
		row[i].Text = text
	}
	return row
}

// plainSheets is about where things stand in a sheet.
func plainSheets() []conformance {
	return []conformance{
		{
			name:   "a plain sheet reads as it stands",
			lines:  []line{{1, []string{"Name", "Phone"}}, {2, []string{"Ada", "01234"}}, {3, []string{"Bo", "+49 170 1"}}},
			header: []string{"Name", "Phone"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1}},
			rows:   []sheet.Row{{Number: 2, Width: 2, Cells: cells("Ada", "01234")}, {Number: 3, Width: 2, Cells: cells("Bo", "+49 170 1")}},
		},
		{
			name:   "a header alone has no rows",
			lines:  []line{{1, []string{"Name", "Phone"}}},
			header: []string{"Name", "Phone"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1}},
		},
		{
			name: "blank rows are left out and numbers stay physical",
			lines: []line{{2, []string{"Name", "Phone"}}, {3, []string{"", ""}}, {4, []string{" ", "\u00a0\t"}},
				{7, []string{"Ada", "1"}}, {9, []string{"", "2"}}},
			header: []string{"Name", "Phone"},
			info:   sheet.Info{HeaderRow: 2, Columns: []int{0, 1}},
			rows:   []sheet.Row{{Number: 7, Width: 2, Cells: cells("Ada", "1")}, {Number: 9, Width: 2, Cells: cells("", "2")}},
		},
		{
			name:   "the header row can be chosen",
			lines:  []line{{1, []string{"Our customers"}}, {3, []string{"Name", "Phone"}}, {4, []string{"Ada", "1"}}},
			opts:   sheet.Options{HeaderRow: 3},
			header: []string{"Name", "Phone"},
			info:   sheet.Info{HeaderRow: 3, Columns: []int{0, 1}},
			rows:   []sheet.Row{{Number: 4, Width: 2, Cells: cells("Ada", "1")}},
		},
		{
			name: "headers keep their text, their repeats and their blanks, but not blanks at the end",
			lines: []line{{1, []string{" Name", "name", "", "Név\nkettő", "", ""}},
				{3, []string{"a", "b", "c", "d", "", " "}}},
			header: []string{" Name", "name", "", "Név\nkettő"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1, 2, 3}},
			rows:   []sheet.Row{{Number: 3, Width: 4, Cells: cells("a", "b", "c", "d")}},
		},
		{
			name: "cells beyond the header follow, and the width tells",
			lines: []line{{1, []string{"Name", "Phone"}}, {2, []string{"Ada", "1", "", "x", ""}},
				{3, []string{"Bo", "2", "", ""}}},
			header: []string{"Name", "Phone"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1}},
			rows:   []sheet.Row{{Number: 2, Width: 4, Cells: cells("Ada", "1", "", "x")}, {Number: 3, Width: 2, Cells: cells("Bo", "2")}},
		},
	}
}

// speakingSheets is about what cells say.
func speakingSheets() []conformance {
	long := strings.Repeat("ä", 32767)
	return []conformance{
		{
			name:   "text of any script and length is kept as it is",
			lines:  []line{{1, []string{"Name", "Notes"}}, {2, []string{" Zoë 李雷 👩‍👩‍👧 e\u0301 ", "\"x\", y;\n z\t|"}}, {4, []string{long, "1"}}},
			header: []string{"Name", "Notes"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1}},
			rows: []sheet.Row{{Number: 2, Width: 2, Cells: cells(" Zoë 李雷 👩‍👩‍👧 e\u0301 ", "\"x\", y;\n z\t|")},
				{Number: 4, Width: 2, Cells: cells(long, "1")}},
		},
		{
			name: "a sheet that Rollcall wrote is read without its columns and guards",
			lines: []line{{1, []string{"Name", "'=Formula", "_id", "_status", "_rollcall"}},
				{2, []string{"'=1+1", "''=x", "42", "failed", "1:cro:r7"}}, {3, []string{"'Ada", "-12.5", "", "", ""}}},
			header: []string{"Name", "=Formula"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1}, Marked: true, Report: true},
			rows: []sheet.Row{{Number: 2, Width: 2, Cells: cells("=1+1", "'=x"), ID: "42", Mark: "1:cro:r7"},
				{Number: 3, Width: 2, Cells: cells("'Ada", "-12.5")}},
		},
		{
			name:   "a sheet that Rollcall did not write keeps its apostrophes and underscores",
			lines:  []line{{1, []string{"_id", "_rollcall", "Name"}}, {2, []string{"1", "2", "'=1"}}},
			header: []string{"_id", "_rollcall", "Name"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1, 2}},
			rows:   []sheet.Row{{Number: 2, Width: 3, Cells: cells("1", "2", "'=1")}},
		},
		{
			name: "damage is named and nothing is repaired",
			lines: []line{{1, []string{"Phone", "Ref", "Part"}}, {2, []string{"1.5E+15", "#N/A", "12E4"}},
				{3, []string{"-1,23457e+11", "# REF!", "a\ufffdb"}}},
			header: []string{"Phone", "Ref", "Part"},
			info:   sheet.Info{HeaderRow: 1, Columns: []int{0, 1, 2}},
			rows: []sheet.Row{
				{Number: 2, Width: 3, Cells: []sheet.Cell{{Text: "1.5E+15", Damage: sheet.DamageExponent},
					{Text: "#N/A", Damage: sheet.DamageError}, {Text: "12E4"}}},
				{Number: 3, Width: 3, Cells: []sheet.Cell{{Text: "-1,23457e+11", Damage: sheet.DamageExponent},
					{Text: "# REF!"}, {Text: "a\ufffdb", Damage: sheet.DamageEncoding}}},
			},
		},
	}
}

func TestBothTypesReadTheSame(t *testing.T) {
	for kind, file := range bothTypes() {
		for _, c := range append(plainSheets(), speakingSheets()...) {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				r, rows := mustRead(t, file(t, c.lines), c.opts)
				if diff := cmp.Diff(r.Header(), c.header); diff != "" {
					t.Errorf("header (-got +want):\n%s", diff)
				}
				got := r.Info()
				if got.Type != kind {
					t.Errorf("got type %q, want %q", got.Type, kind)
				}
				got = sheet.Info{HeaderRow: got.HeaderRow, Columns: got.Columns, Marked: got.Marked, Report: got.Report}
				if diff := cmp.Diff(got, c.info); diff != "" {
					t.Errorf("info (-got +want):\n%s", diff)
				}
				if diff := cmp.Diff(rows, c.rows); diff != "" {
					t.Errorf("rows (-got +want):\n%s", diff)
				}
			})
		}
	}
}

func TestBothTypesRefuseTheSame(t *testing.T) {
	wide := []string{"x"}
	for range 1100 {
		wide = append(wide, "")
	}
	wide = append(wide, "y")
	cases := []struct {
		name   string
		lines  []line
		opts   sheet.Options
		row    int
		reason string
	}{
		{"no rows at all", nil, sheet.Options{}, 0, "no header"},
		{"only blank rows", []line{{2, []string{"", " "}}}, sheet.Options{}, 0, "no header"},
		{"a header row that is blank", []line{{1, []string{"a"}}, {3, []string{"b"}}}, sheet.Options{HeaderRow: 2}, 0, "no header: row 2"},
		{"a header row beyond the end", []line{{1, []string{"a"}}}, sheet.Options{HeaderRow: 5}, 0, "no header: row 5"},
		{"a negative header row", []line{{1, []string{"a"}}}, sheet.Options{HeaderRow: -1}, 0, "header row -1"},
		{"a cell far to the right of the table", []line{{1, []string{"a"}}, {2, wide}}, sheet.Options{}, 2, "column 1102"},
	}
	for kind, file := range bothTypes() {
		for _, c := range cases {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				_, e := refusal(t, file(t, c.lines), c.opts)
				if e.Row != c.row || !strings.Contains(e.Error(), c.reason) {
					t.Errorf("got row %d, %v, want row %d and %q", e.Row, e, c.row, c.reason)
				}
			})
		}
	}
}
