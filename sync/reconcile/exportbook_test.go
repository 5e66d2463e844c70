package reconcile_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// exportMarker is the marker of the sheets of these tests.
const exportMarker = "1:0123456789ab:20261121-130000-00012a"

// exportColumns is columns of every kind.
func exportColumns() []reconcile.ExportColumn {
	return []reconcile.ExportColumn{
		{Header: "Name", Format: "@", Comment: "name: text. \"Quoted\" & <tagged>"},
		{Header: "=Phone", Format: "@"},
		{Header: "Level", Format: "@", Words: []string{"gold", "=silver", "1,5"}, Strict: true},
		{Header: "Customer", Format: "@", Words: []string{"Alder & Sons"}},
		{Header: "Since", Kind: sheet.Date, Format: `dd\/mm\/yyyy`},
		{Header: "Credit", Kind: sheet.Number, Format: "0.00"},
		{Header: "News", Kind: sheet.Boolean, Format: "General", Words: []string{"TRUE", "FALSE"}, Strict: true},
	}
}

// text and typed are cells as an encoder makes them.
func text(s string) sheet.Cell { return sheet.Cell{Text: s} }

func typed(kind sheet.Kind, raw string) sheet.Cell {
	return sheet.Cell{Kind: kind, Raw: raw, Text: raw}
}

// exportRows is rows that programs like to spoil.
func exportRows() [][]sheet.Cell {
	return [][]sheet.Cell{
		{text("Ada"), text("00123"), text("gold"), text("Alder & Sons"), typed(sheet.Date, "2024-02-29"), typed(sheet.Number, "-12.5"), typed(sheet.Boolean, "true")},
		{text("=1+1"), text("+1 360 123-6543"), text("=silver"), text(""), typed(sheet.Date, "9999-12-31"), typed(sheet.Number, "123456789012345"), typed(sheet.Boolean, "false")},
		{text("'quoted"), text("12E4"), text(""), text("  two\nlines\t"), typed(sheet.Date, "1900-03-01"), text("1234567890123456.78"), text("")},
	}
}

// writeExport writes a sheet of rows to a file.
func writeExport(t *testing.T, name string, s *reconcile.ExportSheet, rows [][]sheet.Cell) string {
	t.Helper()
	s.Temp = t.TempDir()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	begin := reconcile.NewExportCSV
	if filepath.Ext(name) == ".xlsx" {
		begin = reconcile.NewExportXLSX
	}
	w, err := begin(file, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		if err := w.Add(string(rune('7'+i)), cells); err != nil {
			t.Fatal(err)
		}
	}
	err = w.Close()
	w.Discard()
	if err = errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(s.Temp); len(left) > 0 {
		t.Errorf("%d temporary files are left", len(left))
	}
	return path
}

// TestExportsReadBack reads both kinds of file with our own reader: every text and every value is what was written, the header
// has the columns of the job and no other, and each row knows its id and its marker.
func TestExportsReadBack(t *testing.T) {
	for _, name := range []string{"out.csv", "out.xlsx"} {
		t.Run(name, func(t *testing.T) {
			s := &reconcile.ExportSheet{Name: "People", Columns: exportColumns(), IDs: true, Marker: exportMarker}
			r, err := sheet.Open(writeExport(t, name, s, exportRows()), sheet.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			want := []string{"Name", "=Phone", "Level", "Customer", "Since", "Credit", "News"}
			if got := r.Header(); !slices.Equal(got, want) || !r.Info().Marked || r.Info().Report {
				t.Errorf("header %q, %+v; want %q, marked and no report", got, r.Info(), want)
			}
			if notices := r.Info().Notices; len(notices) > 0 {
				t.Errorf("notices %q, want none: what Rollcall hides is its own", notices)
			}
			for n, cells := range exportRows() {
				var row sheet.Row
				if err := r.Read(&row); err != nil {
					t.Fatal(err)
				}
				if row.ID != string(rune('7'+n)) || row.Mark != exportMarker {
					t.Errorf("row %d: id %q, mark %q", n, row.ID, row.Mark)
				}
				for i, c := range cells {
					got := row.Cells[i]
					if filepath.Ext(name) == ".xlsx" && (got.Kind != c.Kind || got.Raw != c.Raw) || c.Kind == sheet.Text && got.Text != c.Text || got.Damage != sheet.DamageNone {
						t.Errorf("row %d, %s: got %+v, want %+v", n, want[i], got, c)
					}
				}
			}
			if err := r.Read(&sheet.Row{}); !errors.Is(err, io.EOF) {
				t.Errorf("after the last row: %v, want the end", err)
			}
		})
	}
}

// TestExportBookHelpsWhoEdits looks at the workbook as Excel has it.
func TestExportBookHelpsWhoEdits(t *testing.T) {
	s := &reconcile.ExportSheet{Name: "People", Columns: exportColumns(), Marker: exportMarker, Version: "1.2.3"}
	path := writeExport(t, "out.xlsx", s, exportRows())
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	if panes, err := f.GetPanes("People"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v; want the header frozen", panes, err)
	}
	if visible, err := f.GetColVisible("People", "H"); err != nil || visible {
		t.Errorf("the marker is visible: %v, %v", visible, err)
	}
	if visible, err := f.GetSheetVisible("Lists"); err != nil || visible {
		t.Errorf("the lists are visible: %v, %v", visible, err)
	}
	for cell, want := range map[string]string{"A3": "=1+1", "B2": "00123", "E2": "29/02/2024", "F2": "-12.50", "G2": "TRUE", "H4": exportMarker} {
		if got, err := f.GetCellValue("People", cell); err != nil || got != want {
			t.Errorf("%s shows %q, %v; want %q", cell, got, err, want)
		}
	}
	comments, err := f.GetComments("People")
	if err != nil || len(comments) != 1 || comments[0].Cell != "A1" || !strings.Contains(comments[0].Text, `"Quoted" & <tagged>`) {
		t.Errorf("comments %+v, %v; want one over the name", comments, err)
	}
	if props, err := f.GetDocProps(); err != nil || props.Identifier != exportMarker || props.Version != "1.2.3" {
		t.Errorf("properties %+v, %v; want the marker and the version", props, err)
	}
	rules, err := f.GetDataValidations("People")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rules {
		got = append(got, strings.Join([]string{r.Sqref, r.Formula1, *r.ErrorStyle}, " "))
	}
	if want := []string{"C2:C1048576 Lists!$A$1:$A$3 stop", "D2:D1048576 Lists!$B$1:$B$1 warning", "G2:G1048576 Lists!$C$1:$C$2 stop"}; !slices.Equal(got, want) {
		t.Errorf("rules %q, want %q", got, want)
	}
	if got, _ := f.GetCellValue("Lists", "A2"); got != "=silver" {
		t.Errorf("the list has %q, want the word as it is", got)
	}
	style, err := f.GetColStyle("People", "B")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
		t.Errorf("a new cell of a text column has the number format %d, %v; want 49, text", s.NumFmt, err)
	}
}

// TestExportBookHasNoFormulas looks into the parts: nothing of the data became a formula.
func TestExportBookHasNoFormulas(t *testing.T) {
	s := &reconcile.ExportSheet{Name: "People", Columns: exportColumns(), Marker: exportMarker}
	data, err := os.ReadFile(writeExport(t, "out.xlsx", s, exportRows()))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	formula := regexp.MustCompile(`<f[ >/]`)
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		xml, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(part.Name, "xl/worksheets/") && formula.Match(xml) {
			t.Errorf("%s has a formula", part.Name)
		}
	}
}

// TestExportOfNothing is a template: the header and the rules are there all the same.
func TestExportOfNothing(t *testing.T) {
	for _, name := range []string{"out.csv", "out.xlsx"} {
		s := &reconcile.ExportSheet{Name: "People", Columns: exportColumns(), Marker: "1:0123456789ab:"}
		r, err := sheet.Open(writeExport(t, name, s, nil), sheet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Header(); len(got) != 7 || !r.Info().Marked {
			t.Errorf("%s: header %q, want seven columns, marked", name, got)
		}
		if err := errors.Join(r.Close()); err != nil {
			t.Error(err)
		}
	}
}
