package reconcile

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A worksheet ends at Excel's last row, and the table goes on in the next one.
func TestATableGoesOnInAFurtherSheet(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit int
		rows  int
		want  string // rows per sheet, header included
	}{
		{"no rows: a header alone", 3, 0, "[T:1]"},
		{"one sheet filled to its last row", 3, 3, "[T:4]"},
		{"one row too many", 3, 4, "[T:4 T 2:2]"},
		{"several sheets, after the widths have been taken", 250, 600, "[T:251 T 2:251 T 3:101]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			b, err := newWorkbook(&out, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			g, err := b.newGrid("T", []string{"n"})
			if err != nil {
				t.Fatal(err)
			}
			g.limit = tc.limit
			for i := range tc.rows {
				if err := g.add([]cell{b.count(i)}); err != nil {
					t.Fatal(err)
				}
				if _, row := g.last(); row != i%tc.limit+2 {
					t.Fatalf("row %d stands at %d, want %d", i, row, i%tc.limit+2)
				}
			}
			if err := g.close(); err != nil {
				t.Fatal(err)
			}
			if err := b.close(); err != nil {
				t.Fatal(err)
			}
			if got := rowsPerSheet(t, &out); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// rowsPerSheet reads a workbook back; the numbers in it must count up without a gap.
func rowsPerSheet(t *testing.T, data *bytes.Buffer) string {
	t.Helper()
	f, err := excelize.OpenReader(data)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	next := 0
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range rows[1:] {
			if cells[0] != fmt.Sprint(next) {
				t.Fatalf("sheet %s has %s where %d is due", name, cells[0], next)
			}
			next++
		}
		out = append(out, fmt.Sprintf("%s:%d", name, len(rows)))
	}
	return fmt.Sprint(out)
}

func TestACellIsCutWhereExcelWouldCutIt(t *testing.T) {
	for _, tc := range []struct {
		name string
		char string
		n    int
		cut  bool
	}{
		{"as long as a cell may be", "a", 32767, false},
		{"one letter too long", "a", 32768, true},
		{"long in bytes only", "ü", 32767, false},
		{"emoji count twice", "😀", 16383, false},
		{"one emoji too many", "😀", 16384, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := string(bytes.Repeat([]byte(tc.char), tc.n))
			got := fitCell(in)
			if (got != in) != tc.cut {
				t.Errorf("cut: %v, want %v", got != in, tc.cut)
			}
			if units(got) > cellLimit {
				t.Errorf("%d units, want at most %d", units(got), cellLimit)
			}
		})
	}
}
