package sheet_test

import (
	"encoding/xml"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// escape is a text as XML writes it.
func escape(s string) string {
	var out strings.Builder
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return out.String()
}

// value makes a cell of any kind, nil for a blank one.
func value() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Just[any](nil),
		rapid.StringMatching(`[A-Za-zäöü李0-9 &<>"',;=+-]{1,20}`).AsAny(),
		rapid.IntRange(-999_999_999, 999_999_999_999).AsAny(),
		rapid.Float64Range(-1e6, 1e6).AsAny(),
		rapid.Bool().AsAny(),
	)
}

// TestAgreesWithExcelize: of a sound workbook excelize and we read the same stored values, whichever of its two writers
// wrote it.
func TestAgreesWithExcelize(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		const width = 4
		rows := rapid.SliceOfN(rapid.SliceOfN(value(), width, width), 1, 8).Draw(t, "rows")
		streamed := rapid.Bool().Draw(t, "streamed")
		path := filepath.Join(dir, "data.xlsx")
		if err := writeExcelize(path, rows, streamed); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		want, err := book.GetRows("Sheet1", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := sheet.Open(path, sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		read, err := readRows(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(storedRows(read), filledRows(want[1:])); diff != "" {
			t.Fatalf("stored values (-got +excelize):\n%s", diff)
		}
	})
}

// writeExcelize writes a header and rows by one of the two ways that excelize has.
func writeExcelize(path string, rows [][]any, streamed bool) error {
	f := excelize.NewFile()
	defer f.Close()
	set := f.SetSheetRow
	flush := func() error { return nil }
	if streamed {
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			return err
		}
		set = func(_, cell string, row any) error { return w.SetRow(cell, *row.(*[]any)) }
		flush = w.Flush
	}
	for i, row := range append([][]any{{"a", "b", "c", "d"}}, rows...) {
		if err := set("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return f.SaveAs(path)
}

// storedRows is each row by its number and stored values.
func storedRows(rows []sheet.Row) map[int][]string {
	stored := map[int][]string{}
	for _, row := range rows {
		var cells []string
		for _, c := range row.Cells {
			switch {
			case c.Kind == sheet.Text:
				cells = append(cells, c.Text)
			case c.Kind == sheet.Boolean:
				cells = append(cells, map[string]string{"true": "1", "false": "0"}[c.Raw])
			default:
				cells = append(cells, c.Raw)
			}
		}
		stored[row.Number] = canonical(trimmed(cells))
	}
	return stored
}

// filledRows is what excelize has read below the header, without blank rows.
func filledRows(rows [][]string) map[int][]string {
	filled := map[int][]string{}
	for i, row := range rows {
		if row = trimmed(row); len(row) > 0 {
			filled[i+2] = canonical(row)
		}
	}
	return filled
}

// canonical writes numbers in one way: excelize turns the exponents of raw values into digits, and TRUE into 1.
func canonical(row []string) []string {
	out := make([]string, len(row))
	for i, text := range row {
		out[i] = text
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			out[i] = strconv.FormatFloat(f, 'g', -1, 64)
		}
		if text == "TRUE" || text == "FALSE" {
			out[i] = map[string]string{"TRUE": "1", "FALSE": "0"}[text]
		}
	}
	return out
}
