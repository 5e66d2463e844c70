package reconcile_test

import (
	"bytes"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// wrongs is what the checks of a report say that do not hold: the name of each, and its message.
func wrongs(t testing.TB, dir string, in reconcile.Input) map[string]string {
	t.Helper()
	checks, err := reconcile.CheckFiles(dir, in)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range checks {
		switch {
		case c.Finding != reconcile.Wrong:
		case c.Remedy == "" || c.Places == 0 || c.Path == "":
			t.Errorf("%+v: want a remedy, a number of places and a path", c)
		default:
			out[c.Name] = c.Message
		}
	}
	return out
}

func TestAReportThatWasJustWrittenHolds(t *testing.T) {
	dir, _ := write(t, hostileInput())
	if diff := cmp.Diff(map[string]string{}, wrongs(t, dir, hostileInput())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	checks, err := reconcile.CheckFiles(dir, hostileInput())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range checks {
		got = append(got, c.Name+": "+c.Message)
	}
	want := []string{
		"summary.json: counts, problems and what the run is bound to are those of the ledger",
		"rows.csv: 10 rows, each once, with its cells and its status",
		"failed.csv: 6 rows, exactly those that are not settled",
		"problems.csv: 11 problems, as the ledger has them",
		"report.xlsx: totals, 10 rows and 11 problems, as the ledger has them",
		"extras.csv: there is none, and there is nothing for one",
		"report.html: it is there; what it says is not compared",
		"annotated.xlsx: it is there; what it says is not compared",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// textIn changes a file of a report as a person with an editor would.
func textIn(name, was, is string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, name)
		text := read(t, path)
		if n := strings.Count(text, was); n != 1 {
			t.Fatalf("%s holds %q %d times, want once", name, was, n)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(text, was, is, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// recordsIn changes the records of a CSV file of a report, which begin with the header. None of those that it is used for has a
// line break in a cell before the last record that it moves.
func recordsIn(name string, change func(records []string) []string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, name)
		records := change(strings.SplitAfter(read(t, path), "\r\n"))
		if err := os.WriteFile(path, []byte(strings.Join(records, "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// cellIn changes a cell of report.xlsx as a spreadsheet program would.
func cellIn(worksheet, cell string, value any) func(t *testing.T, dir string) {
	return bookIn(func(f *excelize.File) error { return f.SetCellValue(worksheet, cell, value) })
}

// bookIn changes report.xlsx and saves it.
func bookIn(change func(f *excelize.File) error) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		f, err := excelize.OpenFile(filepath.Join(dir, reconcile.ReportXLSX))
		if err != nil {
			t.Fatal(err)
		}
		if err := change(f); err != nil {
			t.Fatal(err)
		}
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
	}
}

// gone removes a file of a report.
func gone(name string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func dropRecord(i int) func([]string) []string {
	return func(r []string) []string { return slices.Delete(r, i, i+1) }
}

func doubleRecord(i int) func([]string) []string {
	return func(r []string) []string { return slices.Insert(r, i, r[i]) }
}

func swapRecords(i, k int) func([]string) []string {
	return func(r []string) []string {
		r[i], r[k] = r[k], r[i]
		return r
	}
}

func TestEveryChangeOfAFileIsFound(t *testing.T) {
	const rows, failed, problems, summary, book = reconcile.RowsCSV, reconcile.FailedCSV, reconcile.ProblemsCSV, reconcile.SummaryJSON, reconcile.ReportXLSX
	for _, tc := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		file  string
		want  string
	}{
		{"a dropped row", recordsIn(rows, dropRecord(2)), rows, "row 3: it is missing"},
		{"a doubled row", recordsIn(rows, doubleRecord(2)), rows, "row 3: it is there once too often"},
		{"rows in another order", recordsIn(rows, swapRecords(1, 2)), rows, "row 2: it is missing, and 1 more"},
		{"a changed status", textIn(rows, ",7,unchanged,", ",7,created,"), rows, `row 7: column "_status" is "created", and should be "unchanged"`},
		{"a changed cell of the input", textIn(rows, "first\nsecond", "first\nthird"), rows, `row 7: column "'=E-mail" is "first\nthird\r\nthird", and should be "first\nsecond\r\nthird"`},
		{"a line end within a cell", textIn(rows, "second\r\nthird", "second\nthird"), rows, `row 7: column "'=E-mail" is "first\nsecond\nthird", and should be "first\nsecond\r\nthird"`},
		{"a guard that was taken away", textIn(rows, ",'@SUM(A1),", ",@SUM(A1),"), rows, `row 4: column "Phone" is "@SUM(A1)", and should be "'@SUM(A1)"`},
		{"another account in the marker of the last row", textIn(rows, "javascript:alert(3),13,conflict,,,made_up_gone,,,the API does not have it any more,Mend <it> in the sheet.,,0,1:4f2c9a",
			"javascript:alert(3),13,conflict,,,made_up_gone,,,the API does not have it any more,Mend <it> in the sheet.,,0,1:bad"), rows,
			`row 13: column "_rollcall" is "1:bad:20250304-081500-a1", and should be "1:4f2c9a:20250304-081500-a1"`},
		{"a cell beyond the header that is gone", textIn(rows, ",beyond,the header", ",beyond"), rows, `row 12: column 18 is "", and should be "the header"`},
		{"a changed number of a row", textIn(rows, ",7,unchanged,", ",x,unchanged,"), rows, `a record names no row: its _row is "x", and 1 more`},
		{"the end of the file", recordsIn(rows, func(r []string) []string { return r[:len(r)-2] }), rows, "row 13: it is missing"},
		{"half a record", textIn(rows, "the API does not have it any more", "\"the API does not have it any more"), rows, "it cannot be read: line 14: the file ends within a record"},
		{"no file", gone(rows), rows, "the file is missing"},
		{"another header", textIn(rows, "Name,'=E-mail", "Name,Mail"), rows, `its columns are other ones: number 2 is "Mail", and should be "'=E-mail"`},
		{"a text editor's own line ends", func(t *testing.T, dir string) {
			path := filepath.Join(dir, rows)
			if err := os.WriteFile(path, bytes.ReplaceAll([]byte(read(t, path)), []byte("\r\n"), []byte("\n")), 0o600); err != nil {
				t.Fatal(err)
			}
		}, rows, `it cannot be read: line 1: '\n' stands where a cell ends`},

		{"a failed row that is left out", recordsIn(failed, dropRecord(1)), failed, "row 4: it is missing"},
		{"a row too many among the failed ones", recordsIn(failed, func(r []string) []string {
			return slices.Insert(r, 1, strings.Replace(r[1], ",4,rejected,", ",2,rejected,", 1))
		}), failed, "row 2: it does not belong here"},
		{"a failed row twice", recordsIn(failed, doubleRecord(1)), failed, "row 4: it is there once too often"},

		{"a problem that is left out", textIn(problems, "5,Note,note,made_up,nul\x00in the middle,a NUL,Mend <it> in the sheet.\r\n", ""), problems, "row 5: it is missing"},
		{"a changed code", textIn(problems, "5,Note,note,made_up,", "5,Note,note,other,"), problems, `row 5: column "code" is "other", and should be "made_up"`},
		{"a problem twice", textIn(problems, "5,Note,note,made_up,", "5,Note,note,made_up,x,a NUL,y\r\n5,Note,note,made_up,"), problems,
			`row 5: column "value" is "x", and should be "nul\x00in the middle", and 1 more`},

		{"a count off by one", textIn(summary, `"unchanged": 1`, `"unchanged": 2`), summary, "counts.unchanged is 2, and should be 1"},
		{"rows read off by one", textIn(summary, `"read": 10`, `"read": 11`), summary, "counts.read is 11, and should be 10"},
		{"a status that does not exist", textIn(summary, `"unchanged": 1`, `"unchanged": 1, "fine": 0`), summary, `counts has the status "fine", which does not exist`},
		{"a problem count off by one", textIn(summary, `"made_up": 4`, `"made_up": 3`), summary, `problems is {"api_rejected":4,"made_up":3,`},
		{"another hash of the sheet", textIn(summary, `"sha256": "ab`, `"sha256": "ba`), summary, `source is {"file":"Kunden <neu>.csv"`},
		{"another exit code", textIn(summary, `"exit_code": 5`, `"exit_code": 0`), summary, "exit_code is 0, and should be 5"},
		{"no JSON", textIn(summary, `"version": 1,`, `"version": `), summary, "it cannot be read: "},

		{"a changed total in the workbook", cellIn("Summary", "B5", 7), book, `sheet Summary: the figure of "created" is "7", and should be 1`},
		{"a changed cell in the workbook", cellIn("Rows", "A2", "Adam"), book, `row 2: sheet Rows: column "Name" is "Adam", and should be "Ada"`},
		{"a changed status in the workbook", cellIn("Rows", "F4", "created"), book, `row 4: sheet Rows: column "_status" is "created", and should be "rejected"`},
		{"a row less in the workbook", bookIn(func(f *excelize.File) error { return f.RemoveRow("Rows", 3) }), book, "row 3: sheet Rows: it is missing"},
		{"a row twice in the workbook", bookIn(func(f *excelize.File) error { return f.DuplicateRow("Rows", 2) }), book, "row 2: sheet Rows: it is there once too often"},
		{"a problem less in the workbook", bookIn(func(f *excelize.File) error { return f.RemoveRow("Problems", 2) }), book, `row 4: sheet Problems: column "column" is "Name", and should be "=E-mail", and 3 more`},
		{"no sheet of problems", bookIn(func(f *excelize.File) error { return f.DeleteSheet("Problems") }), book, "sheet Problems: it cannot be read: "},
		{"a file that is no workbook", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, book), []byte("a,b\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, book, "sheet Summary: "},
		{"no workbook", gone(book), book, "the file is missing"},
		{"no page", gone(reconcile.ReportHTML), reconcile.ReportHTML, "the file is missing"},
		{"no annotated workbook", gone(reconcile.AnnotatedXLSX), reconcile.AnnotatedXLSX, "the file is missing"},
		{"a list of extras that there are none of", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, reconcile.ExtrasCSV), []byte("id"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, reconcile.ExtrasCSV, "there is such a file, and the run has nothing for it"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir, _ := write(t, hostileInput())
			tc.spoil(t, dir)
			got := wrongs(t, dir, hostileInput())
			if len(got) != 1 || !strings.HasPrefix(got[tc.file], tc.want) {
				t.Errorf("got %q, want of %s alone: %s", got, tc.file, tc.want)
			}
		})
	}
}

// TestSavingTheWorkbookInAnotherProgramIsNoChange: what counts is what it says.
func TestSavingTheWorkbookInAnotherProgramIsNoChange(t *testing.T) {
	dir, _ := write(t, hostileInput())
	bookIn(func(f *excelize.File) error { return f.SetColWidth("Rows", "A", "C", 50) })(t, dir)
	if got := wrongs(t, dir, hostileInput()); len(got) != 0 {
		t.Errorf("got %q, want nothing", got)
	}
}

// TestOtherWordsForAHintAreNoChange: hints of what the API said are those of the version that wrote the report.
func TestOtherWordsForAHintAreNoChange(t *testing.T) {
	dir, _ := write(t, hostileInput())
	for _, name := range []string{reconcile.RowsCSV, reconcile.FailedCSV, reconcile.ProblemsCSV} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(read(t, path), "Mend <it>", "Repair <it>")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := hostileInput()
	if got := wrongs(t, dir, in); len(got) != 3 {
		t.Errorf("of the same version: got %q, want the three files", got)
	}
	in = hostileInput()
	in.Hints = reconcile.OtherHints
	if got := wrongs(t, dir, in); len(got) != 0 {
		t.Errorf("of another version: got %q, want nothing", got)
	}
}

// audit is what an audit finds wrong.
func audit(t *testing.T, in sheet.Reader, entries iter.Seq2[push.Entry, error], source int) (reconcile.Counts, map[string]string) {
	t.Helper()
	counts, checks, err := reconcile.Audit(in, entries, source)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]string{}
	for _, c := range checks {
		if c.Finding == reconcile.Wrong {
			wrong[c.Name] = c.Message
		}
	}
	return counts, wrong
}

func TestAnAuditFindsEveryDisagreement(t *testing.T) {
	const rows, done, identity = "rows", "done", "identity"
	for _, tc := range []struct {
		name   string
		spoil  func(rows *[]sheet.Row, entries *[]push.Entry)
		source int
		want   map[string]string
	}{
		{"nothing, if nothing is wrong", func(*[]sheet.Row, *[]push.Entry) {}, 10, map[string]string{}},
		{"a change that is gone", func(_ *[]sheet.Row, e *[]push.Entry) { *e = slices.Delete(*e, 4, 5) }, 10, map[string]string{
			rows:     "row 6: the ledger has no change for this row",
			identity: "10 rows read, and 9 have a status: 10 rows read = 1 created + 1 updated + 1 unchanged + 1 skipped + 2 invalid + 1 rejected + 1 conflict + 1 not attempted"}},
		{"the last change is gone", func(_ *[]sheet.Row, e *[]push.Entry) { *e = (*e)[:9] }, 10, map[string]string{
			rows:     "row 13: the ledger has no change for this row",
			identity: "10 rows read, and 9 have a status: 10 rows read = 1 created + 1 updated + 1 unchanged + 1 skipped + 2 invalid + 1 rejected + 1 in doubt + 1 not attempted"}},
		{"a change that is there twice", func(_ *[]sheet.Row, e *[]push.Entry) {
			*e = slices.Insert(*e, 10, (*e)[9])
			(*e)[10].Change.Seq = 11
		}, 10, map[string]string{
			rows:     "row 13: the ledger has a second change for this row, number 11",
			identity: "10 rows read, and 11 have a status: 10 rows read = 1 created + 1 updated + 1 unchanged + 1 skipped + 2 invalid + 1 rejected + 2 conflict + 1 in doubt + 1 not attempted"}},
		{"a change of another row", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[9].Change.Row = 14 }, 10, map[string]string{
			rows: "row 13: the ledger has no change for this row, and 1 more"}},
		{"a row that the ledger does not know", func(r *[]sheet.Row, _ *[]push.Entry) { *r = append(*r, inputRow(20, "x")) }, 10, map[string]string{
			rows:     "row 20: the ledger has no change for this row",
			identity: "11 rows read, and 10 have a status: 11 rows read = 1 created + 1 updated + 1 unchanged + 1 skipped + 2 invalid + 1 rejected + 1 conflict + 1 in doubt + 1 not attempted"}},
		{"changes that have changed places", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[0], (*e)[1] = (*e)[1], (*e)[0] }, 10, map[string]string{
			rows: "row 2: the ledger has no change for this row, and 1 more"}},
		{"the outcome of another change", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[0].Outcome.Seq = 2 }, 10, map[string]string{
			rows: "row 2: change 1 has the outcome of change 2"}},
		{"a status that does not exist", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[5].Change.Status = "fine" }, 10, map[string]string{
			identity: `row 7: there is no status "fine"`}},
		{"a row that is called created and that nothing was sent for", func(_ *[]sheet.Row, e *[]push.Entry) {
			(*e)[7].Change.Status = plan.Created
		}, 10, map[string]string{done: "row 11: it is called created, and the ledger has no request for it"}},
		{"a row that is called updated and was to be created", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[0].Outcome.Status = plan.Updated }, 10, map[string]string{
			done: "row 2: it is called updated, and the plan had no update for it"}},
		{"an outcome without an attempt", func(_ *[]sheet.Row, e *[]push.Entry) { (*e)[0].Outcome.Attempts = 0 }, 10, map[string]string{
			done: "row 2: it is called created, and the ledger has no request for it"}},
		{"another number of rows in the run's own words", func(*[]sheet.Row, *[]push.Entry) {}, 11, map[string]string{
			identity: "10 rows read, and the run says that they were 11"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, entries := hostileRows(), hostileEntries()
			tc.spoil(&rows, &entries)
			_, got := audit(t, &memory{header: hostileHeader(), rows: rows}, entriesOf(entries...), tc.source)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAnAuditWithoutAnInputTakesTheLedgerAlone: that is what is left of a purged run.
func TestAnAuditWithoutAnInputTakesTheLedgerAlone(t *testing.T) {
	counts, wrong := audit(t, nil, entriesOf(hostileEntries()...), 10)
	if len(wrong) != 0 || counts.Read != 10 || counts.Of(plan.Invalid) != 2 {
		t.Errorf("got %v and %q, want the account of 10 rows", counts, wrong)
	}
	entries := hostileEntries()
	entries = append(entries[:3:3], entries[4:]...)
	if _, wrong = audit(t, nil, entriesOf(entries...), 10); len(wrong) != 2 {
		t.Errorf("got %q of a ledger without a change, want it found by its number and by the count", wrong)
	}
	entries = hostileEntries()
	entries[4].Change.Row = 3
	if _, wrong = audit(t, nil, entriesOf(entries...), 10); !strings.HasPrefix(wrong["rows"], "row 3: change 5 is for a row above") {
		t.Errorf("got %q, want rows that do not ascend found", wrong)
	}
}

func TestAnAuditHandsOnTroubleWithReading(t *testing.T) {
	if _, _, err := reconcile.Audit(&memory{header: []string{"x"}, fail: io.ErrUnexpectedEOF}, entriesOf(), 0); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v, want the error of the sheet", err)
	}
	ledger := func(yield func(push.Entry, error) bool) { yield(push.Entry{}, io.ErrClosedPipe) }
	if _, _, err := reconcile.Audit(&memory{header: []string{"x"}}, ledger, 0); err != io.ErrClosedPipe {
		t.Errorf("got %v, want the error of the ledger", err)
	}
}

func TestWhatAVerificationComesTo(t *testing.T) {
	holds, wrong, gone := reconcile.Check{Finding: reconcile.Holds}, reconcile.Check{Finding: reconcile.Wrong}, reconcile.Missing("input", "purged")
	for _, tc := range []struct {
		name           string
		account, files reconcile.Check
		exit           int
		verdict        string
	}{
		{"all holds", holds, holds, 0, "All holds: 0 rows, each accounted for exactly once."},
		{"a file is another one", holds, wrong, 1, "The accounts add up; of the report, 1 file must be written again."},
		{"the accounts do not add up", wrong, holds, 70, "INVALID: the accounts do not add up."},
		{"both: the accounts weigh more", wrong, wrong, 70, "INVALID: the accounts do not add up."},
		{"what is gone is no fault", gone, holds, 0, "What can still be checked holds: the account of 0 rows adds up."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := reconcile.Verification{Account: []reconcile.Check{tc.account}, Files: []reconcile.Check{tc.files}}
			v.Conclude()
			if v.ExitCode != tc.exit || v.Verdict != tc.verdict {
				t.Errorf("got %d, %q; want %d, %q", v.ExitCode, v.Verdict, tc.exit, tc.verdict)
			}
		})
	}
}
