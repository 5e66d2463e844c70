package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// run is a generated run.
type run struct {
	rows    []sheet.Row
	entries []push.Entry
	counts  plan.Counts
}

// genRun draws a run with any mixture of statuses and texts that try to look like something else.
func genRun(t *rapid.T) run {
	r := run{counts: plan.Counts{}}
	text := rapid.OneOf(rapid.StringN(0, 6, -1), rapid.SampledFrom([]string{"", "=1", "'=1", "''", "\"", "a,b", "\r\n", "_x000D_", "+1", "_status", "sep=;"}))
	number := 1
	for seq := range rapid.IntRange(0, 12).Draw(t, "rows") {
		number += rapid.IntRange(1, 3).Draw(t, "gap")
		texts := []string{"x" + fmt.Sprint(seq)} // never blank
		for range rapid.IntRange(1, 4).Draw(t, "width") {
			texts = append(texts, text.Draw(t, "text"))
		}
		for len(texts) < 3 {
			texts = append(texts, "")
		}
		if last := len(texts) - 1; last >= 3 {
			texts[last] += "z" // a reader drops blank cells beyond the header
		}
		status := rapid.SampledFrom(plan.Statuses()).Draw(t, "status")
		e := push.Entry{Change: plan.Change{Seq: int64(seq + 1), Row: number}}
		switch {
		case status == plan.NotAttempted && rapid.Bool().Draw(t, "silent"):
			e.Change.Action = plan.Create
		case rapid.Bool().Draw(t, "pushed"):
			e.Change.Action = plan.Create
			e.Outcome = push.Outcome{Seq: e.Change.Seq, Status: status, Code: "some", Message: text.Draw(t, "message")}
		default:
			e.Change.Status = status
		}
		r.counts[status]++
		r.rows = append(r.rows, inputRow(number, texts...))
		r.entries = append(r.entries, e)
	}
	return r
}

func (r *run) input() reconcile.Input {
	header := []string{"a", "b", "c"}
	s := reconcile.Summary{Run: "r", Command: "sync", Target: "cro/contact", Source: reconcile.Source{Rows: len(r.rows)}}
	return reconcile.Input{Summary: s, Header: header, Marker: marker, Ledger: r.counts,
		Lines: reconcile.Join(&memory{header: header, rows: r.rows}, entriesOf(r.entries...), contact(), func(string) string { return "b" })}
}

// rowsOf reads a written sheet back.
func rowsOf(path string) ([]sheet.Row, error) {
	r, err := sheet.Open(path, sheet.Options{Encoding: "utf-8"})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []sheet.Row
	for {
		var row sheet.Row
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return out, err
		}
		out = append(out, row)
	}
}

// plainTexts is the cells of a row that a CSV file brings back; bytes that are no text do not come from a reader.
func plainTexts(row sheet.Row) []string {
	var out []string
	for _, c := range row.Cells {
		out = append(out, c.Text)
	}
	return out
}

func TestEveryRowIsThereExactlyOnceInAnyMixtureOfStatuses(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r := genRun(t)
		s, err := reconcile.Write(dir, r.input())
		if err != nil {
			t.Fatal(err)
		}
		if s.Counts.Read != len(r.rows) || s.Counts.Rows.Sum() != len(r.rows) {
			t.Errorf("read %d, sum %d, want both %d", s.Counts.Read, s.Counts.Rows.Sum(), len(r.rows))
		}
		checks, err := reconcile.CheckFiles(dir, r.input())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if c.Finding != reconcile.Holds {
				t.Errorf("%s: %s", c.Name, c.Message)
			}
		}
		var unsettled []sheet.Row
		for i := range r.rows {
			if !r.entries[i].Status().Settled() {
				unsettled = append(unsettled, r.rows[i])
			}
		}
		if len(unsettled) != s.Counts.Unsettled() {
			t.Errorf("%d rows unsettled, want %d", s.Counts.Unsettled(), len(unsettled))
		}
		for name, want := range map[string][]sheet.Row{reconcile.RowsCSV: r.rows, reconcile.FailedCSV: unsettled} {
			got, err := rowsOf(filepath.Join(dir, name))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(got) != len(want) {
				t.Fatalf("%s has %d rows, want %d", name, len(got), len(want))
			}
			for i := range want {
				if diff := cmp.Diff(plainTexts(want[i]), plainTexts(got[i])); diff != "" {
					t.Errorf("%s, row %d: -want +got:\n%s", name, i+1, diff)
				}
			}
		}
	})
}

func TestAWrongJoinIsAlwaysCaught(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r := genRun(t)
		if len(r.rows) == 0 {
			t.Skip("nothing to break")
		}
		i := rapid.IntRange(0, len(r.entries)-1).Draw(t, "at")
		switch rapid.SampledFrom([]string{"lose entry", "lose row", "double entry", "double row", "move", "other status"}).Draw(t, "fault") {
		case "lose entry":
			r.entries = slices.Delete(r.entries, i, i+1)
		case "lose row":
			r.rows = slices.Delete(r.rows, i, i+1)
		case "double entry":
			r.entries = slices.Insert(r.entries, i, r.entries[i])
		case "double row":
			r.rows = slices.Insert(r.rows, i, r.rows[i])
		case "move":
			r.entries[i].Change.Row++
		case "other status":
			other := plan.Failed
			if r.entries[i].Status() == other {
				other = plan.Created
			}
			r.entries[i].Change.Status, r.entries[i].Outcome = other, push.Outcome{}
		}
		s, err := reconcile.Write(dir, r.input())
		var account *reconcile.AccountError
		if !errors.As(err, &account) {
			t.Fatalf("error %v, want an AccountError", err)
		}
		if s == nil || s.ExitCode != 70 || !strings.HasPrefix(s.Verdict, "INVALID") {
			t.Errorf("summary %+v, want exit code 70 and INVALID", s)
		}
	})
}

func TestAccountsThatDoNotAddUpAreWrittenAndSayInvalid(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*reconcile.Input)
		want  string
	}{
		{"the ledger counts otherwise", func(in *reconcile.Input) { in.Ledger[plan.Created] = 2 }, "the report has 1 rows created, the ledger has 2"},
		{"the sheet had more rows", func(in *reconcile.Input) { in.Summary.Source.Rows = 11 }, "the sheet had 11 rows and the report has 10"},
		{"a row has no change", func(in *reconcile.Input) {
			in.Lines = reconcile.Join(&memory{header: hostileHeader(), rows: hostileRows()}, entriesOf(hostileEntries()[:4]...), contact(), columnOf)
		}, "row 6: the ledger has no change for this row"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, in := t.TempDir(), hostileInput()
			tc.spoil(&in)
			_, err := reconcile.Write(dir, in)
			var account *reconcile.AccountError
			if !errors.As(err, &account) {
				t.Fatalf("error %v, want an AccountError", err)
			}
			var s reconcile.Summary
			if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, reconcile.SummaryJSON))), &s); err != nil {
				t.Fatal(err)
			}
			if s.Invalid != tc.want || s.ExitCode != 70 {
				t.Errorf("summary.json has %q and exit code %d, want %q and 70", s.Invalid, s.ExitCode, tc.want)
			}
			if page := read(t, filepath.Join(dir, reconcile.ReportHTML)); !strings.Contains(page, "<h1>INVALID: ") {
				t.Errorf("report.html does not say INVALID")
			}
		})
	}
}

func TestAFailureLeavesTheFilesOfTheLastReport(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*reconcile.Input)
	}{
		{"the sheet cannot be read to its end", func(in *reconcile.Input) {
			in.Lines = reconcile.Join(&memory{header: hostileHeader(), rows: hostileRows()[:3], fail: errors.New("broken")},
				entriesOf(hostileEntries()...), contact(), columnOf)
		}},
		{"a writer fails in the middle: more columns than a workbook can have", func(in *reconcile.Input) {
			in.Header = make([]string, 16384)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, _ := write(t, hostileInput())
			before := contents(t, dir)
			in := hostileInput()
			tc.spoil(&in)
			if s, err := reconcile.Write(dir, in); err == nil || s != nil {
				t.Fatalf("Write gave %v and %v, want an error alone", s, err)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("the folder changed: -want +got:\n%s", diff)
			}
		})
	}
}

// contents is all files of a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = read(t, filepath.Join(dir, e.Name()))
	}
	return out
}

func TestARunWithoutProblemsHasNoAnnotatedWorkbook(t *testing.T) {
	dir, _ := write(t, hostileInput())
	clean := run{rows: []sheet.Row{inputRow(2, "a", "b", "c")}, counts: plan.Counts{plan.Unchanged: 1},
		entries: []push.Entry{{Change: plan.Change{Seq: 1, Row: 2, Status: plan.Unchanged}}}}
	s, err := reconcile.Write(dir, clean.input())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, reconcile.AnnotatedXLSX)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("annotated.xlsx of an earlier report: %v, want it gone", err)
	}
	if path, ok := s.Files[reconcile.AnnotatedXLSX]; ok {
		t.Errorf("summary names %s, want no annotated workbook", path)
	}
	skipped := run{rows: []sheet.Row{inputRow(2, "a", "b", "c")}, counts: plan.Counts{plan.Skipped: 1},
		entries: []push.Entry{{Change: plan.Change{Seq: 1, Row: 2, Status: plan.Skipped, Problems: []model.Problem{{Code: model.CodeExists}}}}}}
	if s, err = reconcile.Write(dir, skipped.input()); err != nil || s.Files[reconcile.AnnotatedXLSX] != "" {
		t.Errorf("a row that is only skipped: %v, files %v, want no annotated workbook", err, s.Files)
	}
	if got, err := rowsOf(filepath.Join(dir, reconcile.FailedCSV)); err != nil || len(got) != 0 {
		t.Errorf("failed.csv has %d rows and %v, want a header alone", len(got), err)
	}
}
