package sheet_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

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

// TestDatesAgreeWithExcelize: of the same serial number, in either calendar, excelize and we make the same moment.
func TestDatesAgreeWithExcelize(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		const firstSound, last, daySeconds = 61, 2958465 - 1462, 24 * 60 * 60
		days := rapid.IntRange(firstSound, last).Draw(t, "days")
		seconds := rapid.IntRange(0, daySeconds-1).Draw(t, "seconds")
		date1904 := rapid.Bool().Draw(t, "1904")
		serial := float64(days) + float64(seconds)/daySeconds
		p := oneCell(styled(date, strconv.FormatFloat(serial, 'f', -1, 64)))
		if date1904 {
			p = p.replace(workbookPart, "<sheets>", `<workbookPr date1904="true"/><sheets>`)
		}
		path := filepath.Join(dir, "data.xlsx")
		if err := os.WriteFile(path, p.pack(t), 0o600); err != nil {
			t.Fatal(err)
		}
		moment, err := excelize.ExcelDateToTime(serial, date1904)
		if err != nil {
			t.Fatal(err)
		}
		want := moment.Round(time.Second).Format("2006-01-02T15:04:05")
		r, err := sheet.Open(path, sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows, err := readRows(r)
		if err != nil || len(rows) != 1 {
			t.Fatalf("got %d rows and error %v, want 1", len(rows), err)
		}
		if got := rows[0].Cells[0]; got.Kind != sheet.Date || got.Raw != strings.TrimSuffix(want, "T00:00:00") {
			t.Fatalf("got %+v of %v, want %s", got, serial, want)
		}
	})
}

// TestFormatsAgreeWithExcelize: what a person sees of a number in a plain format is what excelize shows.
func TestFormatsAgreeWithExcelize(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"0", "00", "00000", "0000000000", "General", "@", "0;-0", "00-00", "00000 000000", "000-00-0000", `"+"0`, `"0"000 000`, `yyyy\-mm\-dd`, `yyyy\-mm\-dd\ hh:mm:ss`}).Draw(t, "format")
		value := rapid.IntRange(61, 99_999).Draw(t, "value")
		f := excelize.NewFile()
		defer f.Close()
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "data.xlsx")
		if err := errors.Join(f.SetCellValue("Sheet1", "A1", "a"), f.SetCellValue("Sheet1", "A2", value),
			f.SetCellStyle("Sheet1", "A2", "A2", style), f.SaveAs(path)); err != nil {
			t.Fatal(err)
		}
		want, err := f.GetCellValue("Sheet1", "A2")
		if err != nil {
			t.Fatal(err)
		}
		r, err := sheet.Open(path, sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows, err := readRows(r)
		if err != nil || len(rows) != 1 {
			t.Fatalf("got %d rows and error %v, want 1", len(rows), err)
		}
		if got := rows[0].Cells[0].Text; got != strings.TrimSuffix(want, " 00:00:00") {
			t.Fatalf("got %d in %s as %q, want %q", value, code, got, want)
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
