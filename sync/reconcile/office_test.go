package reconcile_test

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// officeTables opens a workbook with LibreOffice, with a profile of its own so that a running one is in nobody's way, and gives
// what it sees on each sheet. LibreOffice asks to repair what is damaged; without anybody to ask it gives nothing.
func officeTables(t *testing.T, path string) map[string][][]string {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed (libreoffice-calc has it); what LibreOffice makes of our workbooks is not tested")
	}
	if testing.Short() {
		t.Skip("LibreOffice takes seconds to start")
	}
	dir := t.TempDir()
	const everySheetAsShown = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
	run := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--convert-to", everySheetAsShown, "--outdir", filepath.Join(dir, "out"), path)
	if log, err := run.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, log)
	}
	base := strings.TrimSuffix(filepath.Base(path), ".xlsx") + "-"
	files, err := filepath.Glob(filepath.Join(dir, "out", base+"*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("soffice has opened no sheet of %s (%v)", path, err)
	}
	tables := map[string][][]string{}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		in := csv.NewReader(f)
		in.FieldsPerRecord = -1
		rows, err := in.ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		tables[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), base), ".csv")] = rows
	}
	return tables
}

// wantCell compares a cell, row and column from 1.
func wantCell(t *testing.T, tables map[string][][]string, sheet string, row, column int, want string) {
	t.Helper()
	rows := tables[sheet]
	if len(rows) < row || len(rows[row-1]) < column {
		t.Errorf("sheet %s has no row %d and column %d; it has %d rows", sheet, row, column, len(rows))
		return
	}
	if got := rows[row-1][column-1]; got != want {
		t.Errorf("sheet %s, row %d, column %d: got %q, want %q", sheet, row, column, got, want)
	}
}

func TestLibreOfficeOpensTheReport(t *testing.T) {
	dir, _ := write(t, hostileInput())
	tables := officeTables(t, filepath.Join(dir, reconcile.ReportXLSX))
	if len(tables) != 3 {
		t.Fatalf("got %d sheets, want Summary, Rows and Problems", len(tables))
	}
	wantCell(t, tables, "Summary", 1, 1, "Rollcall: cro/contact")
	wantCell(t, tables, "Summary", 5, 2, "1")
	wantCell(t, tables, "Rows", 1, 1, "Name")
	wantCell(t, tables, "Rows", 3, 1, "=1+1")
	wantCell(t, tables, "Rows", 3, 4, `=HYPERLINK("http://x","a")`)
	wantCell(t, tables, "Rows", 4, 1, "<script>alert(1)</script>")
	wantCell(t, tables, "Rows", 5, 4, `nul\u0000in the middle`)
	wantCell(t, tables, "Rows", 6, 1, "_x000D_")
	wantCell(t, tables, "Rows", 6, 3, "_x000D_x000D_")
	wantCell(t, tables, "Rows", 8, 3, "007")
	wantCell(t, tables, "Rows", 9, 1, "Zoë 😀")
	wantCell(t, tables, "Problems", 2, 4, "api_rejected")
}

func TestLibreOfficeOpensTheAnnotatedWorkbooks(t *testing.T) {
	t.Run("of a CSV file", func(t *testing.T) {
		dir, _ := write(t, hostileInput())
		tables := officeTables(t, filepath.Join(dir, reconcile.AnnotatedXLSX))
		wantCell(t, tables, "Rows", 3, 1, "=1+1")
		wantCell(t, tables, "Rows", 5, 6, "invalid")
	})
	t.Run("of a workbook", func(t *testing.T) {
		out := annotate(t, workbookWithEverything(t), sheet.Options{HeaderRow: 3}, wrongCells())
		tables := officeTables(t, out)
		wantCell(t, tables, "Kunden", 1, 1, "Our customers")
		wantCell(t, tables, "Kunden", 4, 7, "invalid")
		wantCell(t, tables, "Kunden", 5, 3, "25") // what the formula gives
		wantCell(t, tables, "Other & more", 2, 2, "stays")
	})
}
