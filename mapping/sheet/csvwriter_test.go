package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func TestCSVWriterBytes(t *testing.T) {
	var out bytes.Buffer
	w, err := sheet.NewCSVWriter(&out, []string{"Name", "=Sum", "a,b"})
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"Ada \"A\"", "=1", ""}, {"x\r\ny", "-12.5", "a;b"}, {"", "", ""}}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\xef\xbb\xbfName,'=Sum,\"a,b\"\r\n\"Ada \"\"A\"\"\",'=1,\r\n\"x\r\ny\",-12.5,\"a;b\"\r\n,,\r\n"
	if diff := cmp.Diff(out.String(), want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	if err := w.Write([]string{"only one"}); err == nil {
		t.Error("got no error for a row that is too short, want one")
	}
}

// carefulCell is a cell of a CSV file by the documented rules, one after the other.
func carefulCell(s string, alone bool) string {
	s = sheet.Guard(s)
	hint := len(s) >= 4 && strings.EqualFold(s[:4], "sep=")
	if s == "" && alone || hint || strings.ContainsAny(s, "\",;\t|\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func FuzzCSVWriterCells(f *testing.F) {
	for _, s := range []string{"", "Ada", "Zoë", "smith", "sep=,", "SEP=", "se", "=1", "'=1", "＝1", "+49 170", "-", "@", "a,b", "a;b", "a|b", "a\tb", "a\rb", "a\nb",
		`a"b`, " a", "\x00", "\xef", "\xff", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, cells := range [][]string{{s}, {s, s}, {"x", s, ""}} {
			var out strings.Builder
			w, err := sheet.NewCSVWriter(&out, cells)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, cell := range cells {
				want = append(want, carefulCell(cell, len(cells) == 1))
			}
			if got, want := out.String(), "\xef\xbb\xbf"+strings.Join(want, ",")+"\r\n"; got != want {
				t.Errorf("%q: got %q, want %q", cells, got, want)
			}
		}
	})
}

// brokenWriter fails every write.
type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestCSVWriterReportsTheFirstError(t *testing.T) {
	w, err := sheet.NewCSVWriter(brokenWriter{}, []string{"a"})
	if err == nil {
		err = w.Flush()
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
}

// sound makes texts that a reader finds no damage in, rich in what CSV and Excel care about.
func sound() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[A-Za-zäöü李"',;|\t\r\n =+@-]{0,12}`),
		rapid.StringMatching(`'{0,2}[=+-][0-9]{0,3}`),
		rapid.StringMatching(`(sep=)?[;,|]`),
	)
}

// TestCSVRoundTrip: a marked sheet comes back byte for byte, with the numbers of its lines.
func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 4).Draw(t, "width")
		header := rapid.SliceOfN(sound(), width, width).Draw(t, "header")
		if strings.TrimSpace(header[width-1]) == "" {
			header[width-1] = "Last" // no sheet's header ends in a blank; in an annotated one, such cells stand beyond it
		}
		rows := rapid.SliceOfN(rapid.SliceOfN(sound(), width, width), 0, 5).Draw(t, "rows")
		var out bytes.Buffer
		w, err := sheet.NewCSVWriter(&out, append(slices.Clone(header), "_rollcall"))
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if err := w.Write(append(slices.Clone(row), "1:cro:r7")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		checkRoundTrip(t, out.Bytes(), header, rows)
	})
}

func checkRoundTrip(t *rapid.T, file []byte, header []string, rows [][]string) {
	r, err := sheet.Open(rapidFile(t, file), sheet.Options{})
	if err != nil {
		t.Fatalf("Open %q: %v", file, err)
	}
	defer r.Close()
	back, err := readRows(r)
	if err != nil {
		t.Fatalf("Read %q: %v", file, err)
	}
	if diff := cmp.Diff(r.Header(), header); diff != "" {
		t.Fatalf("header of %q (-got +want):\n%s", file, diff)
	}
	if len(back) != len(rows) {
		t.Fatalf("got %d rows of %q, want %d", len(back), file, len(rows))
	}
	for i, row := range back {
		if diff := cmp.Diff(texts(row), rows[i]); diff != "" {
			t.Fatalf("row %d of %q (-got +want):\n%s", i, file, diff)
		}
	}
}

// TestCSVAgreesWithEncodingCSV: where the strict parser of the standard library reads a text, the same records are
// read here, and where it refuses one, so do we.
func TestCSVAgreesWithEncodingCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-c ]{0,2}|"([a-c,\n ]|""){0,4}"|["a]{0,3})([,\n]([a-c ]{0,2}|"([a-c,\n]|""){0,4}"|["a]{0,3})){0,8}`).Draw(t, "text")
		want, wantErr := csvRecords(text)
		if len(want) == 0 {
			t.Skip("no header")
		}
		if errors.Is(wantErr, csv.ErrBareQuote) {
			t.Skip("there a quote within a field is an error, here it is text")
		}
		r, err := sheet.Open(rapidFile(t, []byte(text)), sheet.Options{Delimiter: ",", Quote: `"`, Encoding: "utf-8"})
		if err != nil {
			if wantErr == nil {
				t.Fatalf("got error %v for %q, want %q", err, text, want)
			}
			return
		}
		defer r.Close()
		rows, err := readRows(r)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("got error %v for %q, want one like %v", err, text, wantErr)
		}
		got := [][]string{trimmed(r.Header())}
		for _, row := range rows {
			got = append(got, trimmed(texts(row)))
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Fatalf("records of %q (-got +want):\n%s", text, diff)
		}
	})
}

// csvRecords reads text by encoding/csv and leaves out blank records and blank cells at the end of one, which it keeps.
func csvRecords(text string) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	var records [][]string
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		if record = trimmed(record); len(record) > 0 {
			records = append(records, record)
		}
	}
}

// trimmed is a record without the blank cells at its end.
func trimmed(record []string) []string {
	for len(record) > 0 && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	return record
}
