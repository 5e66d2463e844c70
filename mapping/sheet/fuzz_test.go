package sheet_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// checkFile is the law for every file: it is read twice alike with ascending numbers and cells for each column, or it
// is refused with an Error that says what to do. It is so whether its rows are given early or not.
func checkFile(t *testing.T, path string) {
	t.Helper()
	first, firstErr := readFile(t, path, sheet.Options{})
	second, secondErr := readFile(t, path, sheet.Options{})
	if diff := cmp.Diff(first, second); diff != "" || (firstErr == nil) != (secondErr == nil) {
		t.Errorf("two readings differ, errors %v and %v:\n%s", firstErr, secondErr, diff)
	}
	batched, batchedErr := readBatches(t, path)
	if diff := cmp.Diff(first, batched); diff != "" || !cmp.Equal(firstErr, batchedErr, cmpopts.IgnoreUnexported(sheet.Error{})) {
		t.Errorf("row by row and in batches differ, errors %v and %v:\n%s", firstErr, batchedErr, diff)
	}
	early, earlyErr := readFile(t, path, sheet.Options{Early: true})
	if errors.Is(earlyErr, sheet.ErrNotEarly) {
		early, earlyErr = first, firstErr
		if content, err := os.ReadFile(path); err != nil || utf8.Valid(content) {
			t.Errorf("the file is UTF-8 (%v), and its rows cannot be had early", err)
		}
	}
	if (firstErr == nil) != (earlyErr == nil) {
		t.Errorf("got the error %v, and %v with the rows given early", firstErr, earlyErr)
	}
	if diff := cmp.Diff(unmerged(first), early); diff != "" && firstErr == nil {
		t.Errorf("the rows differ if they are given early (-late +early):\n%s", diff)
	}
	var e *sheet.Error
	if firstErr != nil && (!errors.As(firstErr, &e) || e.Reason == "" || e.Remedy == "" || e.File != path) {
		t.Errorf("got error %#v, want an *Error with file, reason and remedy", firstErr)
	}
}

// unmerged is rows without the marks of merged areas.
func unmerged(rows []sheet.Row) []sheet.Row {
	plain := slices.Clone(rows)
	for i := range plain {
		plain[i].Merged = false
	}
	return plain
}

func readFile(t *testing.T, path string, opts sheet.Options) ([]sheet.Row, error) {
	t.Helper()
	r, err := sheet.Open(path, opts)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	rows, err := readRows(r)
	number := r.Info().HeaderRow
	for _, row := range rows {
		if row.Number <= number {
			t.Errorf("got row %d after row %d", row.Number, number)
		}
		number = row.Number
		if len(row.Cells) != max(len(r.Header()), row.Width) {
			t.Errorf("row %d: got %d cells, want %d columns or %d cells", number, len(row.Cells), len(r.Header()), row.Width)
		}
	}
	return rows, err
}

// readBatches reads a file in small batches, of which each uses the memory of the one before.
func readBatches(t *testing.T, path string) (rows []sheet.Row, err error) {
	t.Helper()
	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var batch sheet.Batch
	laid := make([]sheet.Row, 3)
	for err == nil {
		err = batch.Fill(r, len(laid))
		for i := range batch.Len() {
			batch.Lay(i, &laid[i])
		}
		for _, row := range laid[:batch.Len()] { // none has been laid out over another one
			row.Cells = slices.Clone(row.Cells)
			rows = append(rows, row)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, err
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "\xef\xbb\xbf\"a\";b\r\n\"1\r\n\"\"2\";3\r", "sep=;\na;b\n", "a\tb\n1\n1\t2\t3\n", "\xff\xfea\x00\n\x00b\x00",
		"a,b\n\"open", "a\xfc,b\n\x00,\n", "a,_rollcall\n'=1,x\n", "a\n\n \n1", "a,b\n1,\n,2\n,\n\"3\",\"4\"\"5\"\n6\n7,8\n", "a\n#N/A\n1E+15\nZoë\n\ufffd\n", "<html>", "PK\x03\x04", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) { checkFile(t, write(t, "data.csv", content)) })
}

func FuzzXLSXSheet(f *testing.F) {
	for _, s := range []string{
		sheetXML(headed(`<row r="2"><c r="A2" s="2"><v>45322.5</v></c><c t="b"><v>1</v></c></row>`)),
		sheetXML(headed(`<row><c t="inlineStr"><is><r><t>_x000D_</t></r><rPh><t>x</t></rPh></is></c><c><f>1</f></c></row>`)),
		sheetXML(headed(`<row><c t="d"><v>2024-01-31</v></c><c s="1"><v>1E-3</v></c><c><v>1.5E+15</v></c></row>`)),
		sheetXML(`<row r="3"/><row r="2"/>`), "<worksheet/>", "\xff\xfe<\x00a\x00/\x00>\x00", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkFile(t, write(t, "data.xlsx", newParts("").with(sheetPart, text).pack(t)))
	})
}

func FuzzXLSXStyles(f *testing.F) {
	f.Add("00000", "123", "1")
	f.Add(`[$-407]dd\.mm\.yyyy" h";@`, "45322.99999", "1")
	f.Add("0.00E+00", "-1.5E-7", "1")
	f.Add(`"`, "1e308", "x")
	f.Fuzz(func(t *testing.T, code, value, style string) {
		p := oneCell(`<c s="` + escape(style) + `"><v>` + escape(value) + `</v></c>`)
		p = p.replace(stylesPart, `formatCode="00000"`, `formatCode="`+escape(code)+`"`)
		checkFile(t, write(t, "data.xlsx", p.pack(t)))
	})
}
