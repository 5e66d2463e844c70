package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// forBothTypes runs a test of what a reader does for a file of each type.
func forBothTypes(t *testing.T, lines []line, test func(t *testing.T, r sheet.Reader)) {
	t.Helper()
	for kind, file := range bothTypes() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, file(t, lines), sheet.Options{}))
		})
	}
}

func TestReaderStaysEnded(t *testing.T) {
	forBothTypes(t, []line{{1, []string{"a"}}, {2, []string{"1"}}}, func(t *testing.T, r sheet.Reader) {
		rows, err := readRows(r)
		if len(rows) != 1 || err != nil {
			t.Fatalf("got %d rows and %v, want 1 row", len(rows), err)
		}
		if again, err := readRows(r); len(again) != 0 || err != nil {
			t.Errorf("got %d more rows and %v after the end, want none", len(again), err)
		}
	})
}

func TestReaderStaysBroken(t *testing.T) {
	far := append([]string{"2"}, slices.Repeat([]string{""}, 1100)...)
	lines := []line{{1, []string{"a"}}, {2, []string{"1"}}, {3, append(far, "x")}, {4, []string{"3"}}}
	forBothTypes(t, lines, func(t *testing.T, r sheet.Reader) {
		rows, err := readRows(r)
		if len(rows) != 1 || err == nil {
			t.Fatalf("got %d rows and %v, want one row and an error", len(rows), err)
		}
		if again, same := readRows(r); len(again) != 0 || same == nil || same.Error() != err.Error() {
			t.Errorf("got %d rows and %v after an error, want the same error", len(again), same)
		}
	})
}

func TestReaderIsClosedOnce(t *testing.T) {
	forBothTypes(t, []line{{1, []string{"a"}}, {2, []string{"1"}}, {3, []string{"2"}}}, func(t *testing.T, r sheet.Reader) {
		var row sheet.Row
		if err := r.Read(&row); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if err := r.Read(&row); !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v from a closed reader, want %v", err, os.ErrClosed)
		}
		if header := r.Header(); len(header) != 1 || r.Info().HeaderRow != 1 {
			t.Errorf("got header %q of a closed reader, want it still to be known", header)
		}
	})
}

// TestRowsBelongToWhoMadeThem: a reader reuses the cells of the row it is given and those of no other one.
func TestRowsBelongToWhoMadeThem(t *testing.T) {
	lines := []line{{1, []string{"a", "b"}}}
	for n := range 20 {
		lines = append(lines, line{n + 2, []string{strings.Repeat("x", n+1), "y"}})
	}
	forBothTypes(t, lines, func(t *testing.T, r sheet.Reader) {
		var kept []sheet.Row
		for {
			var row sheet.Row
			if err := r.Read(&row); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, row)
		}
		for n, row := range kept {
			if got := row.Cells[0].Text; len(row.Cells) != 2 || got != strings.Repeat("x", n+1) {
				t.Errorf("got row %d as %q, want it as it was read", row.Number, texts(row))
			}
		}
	})
}

// TestRowIsFilledAnew: nothing of what a row held before shows through.
func TestRowIsFilledAnew(t *testing.T) {
	forBothTypes(t, []line{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}, {3, []string{"3", "4"}}}, func(t *testing.T, r sheet.Reader) {
		used := sheet.Cell{Text: "9", Raw: "9", Kind: sheet.Number, Damage: sheet.DamageDigits}
		row := sheet.Row{Number: 7, Width: 9, Cells: []sheet.Cell{used, used, used}, ID: "7", Mark: "x", Hidden: true, Merged: true}
		for _, want := range []sheet.Row{{Number: 2, Width: 2, Cells: cells("1", "2")}, {Number: 3, Width: 2, Cells: cells("3", "4")}} {
			if err := r.Read(&row); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row, want); diff != "" {
				t.Errorf("row (-got +want):\n%s", diff)
			}
			row.Cells = append(row.Cells[:0], used, used, used)
		}
	})
}

func TestTitleAboveTheHeaderIsNoticed(t *testing.T) {
	lines := []line{{1, []string{"Our customers"}}, {3, []string{"Name", "Phone"}}, {4, []string{"Ada", "1"}}}
	forBothTypes(t, lines, func(t *testing.T, r sheet.Reader) {
		if got := strings.Join(r.Info().Notices, "\n"); !strings.Contains(got, "row 3 has 2 cells") || !strings.Contains(got, "set header_row") {
			t.Errorf("got notices %q, want one on the title", got)
		}
		if rows, err := readRows(r); len(rows) != 2 || rows[0].Number != 3 || err != nil {
			t.Errorf("got %d rows and %v, want both rows below the title", len(rows), err)
		}
	})
}

// hostile lists cells that a program on the way might take for something else.
func hostile() []string {
	return []string{
		"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠1", "'=1", "''x", "'", "-12.5", "+49 170 1234567",
		`=HYPERLINK("http://x","a")`, `a";=1`, "sep=;", "_id", "_rollcall", "_x000D_", "_x005F_x000D_", "_x0041_", "\ufeffbom", "<html>",
		"a,b;c\td|e", `"`, `""`, "a\nb", "\n", " lead and trail ", "\u00a0", "\u200b", "\u202eltr", "e\u0301", "👩‍👩‍👧", "00123",
		"&lt;", "]]>", "<![CDATA[x]]>", "&#10;", "%s%n", "../../x", "NULL", "a\\nb", "\\", "\\\"",
	}
}

// TestHostileCellsComeBack: what a sheet that Rollcall wrote says is what was written, in each place.
func TestHostileCellsComeBack(t *testing.T) {
	inCSV := func(t *testing.T, rows [][]string) string {
		var out bytes.Buffer
		w, err := sheet.NewCSVWriter(&out, rows[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return write(t, "data.csv", out.Bytes())
	}
	// What looks like an escape is one unless its first character is escaped itself, also where two overlap.
	escape := regexp.MustCompile(`^_x[0-9A-Fa-f]{4}_`)
	escaped := func(s string) (out string) {
		for ; s != ""; s = s[1:] {
			if escape.MatchString(s) {
				out += "_x005F"
			}
			out += s[:1]
		}
		return out
	}
	inXLSX := func(t *testing.T, rows [][]string) string {
		var lines []line
		for i, row := range rows {
			guarded := make([]string, len(row))
			for i, cell := range row {
				guarded[i] = escaped(sheet.GuardXLSX(cell))
			}
			lines = append(lines, line{i + 1, guarded})
		}
		return xlsxFile(t, lines)
	}
	for kind, file := range map[string]func(*testing.T, [][]string) string{"csv": inCSV, "xlsx": inXLSX} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, cell := range hostile() {
				want := []string{"x", cell, cell}
				r, rows := mustRead(t, file(t, [][]string{{"x", "Name " + cell, "Note", "_rollcall"}, append(slices.Clone(want), "1::")}), sheet.Options{})
				if header := r.Header(); len(header) != 3 || header[1] != "Name "+cell {
					t.Errorf("got header %q for %q", header, cell)
				}
				if len(rows) != 1 || rows[0].Mark != "1::" {
					t.Fatalf("got %d rows for %q, want one with its mark", len(rows), cell)
				}
				if diff := cmp.Diff(texts(rows[0]), want); diff != "" {
					t.Errorf("cells (-got +want):\n%s", diff)
				}
			}
		})
	}
}
