package sync_test

import (
	"context"
	"encoding/csv"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// export writes what the API has into a sheet.
func (o *branch) export(name string) {
	o.t.Helper()
	opts := o.options("ours", "", "")
	sum, err := datasync.Export(o.t.Context(), o.t.Context(), opts, datasync.ExportOptions{File: filepath.Join(o.dir, name)})
	if err != nil || sum.ExitCode != 0 {
		o.t.Fatalf("export: %v, %+v", err, sum)
	}
}

// edit changes the cells of a sheet, as a person would, and leaves the rest of it as it is.
func (o *branch) edit(path string, change func(header, row []string)) {
	o.t.Helper()
	lines := o.csv(path)
	for _, row := range lines[1:] {
		change(lines[0], row)
	}
	f, err := os.Create(path)
	if err != nil {
		o.t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	w.UseCRLF = true
	if err := errors.Join(w.WriteAll(lines), w.Error()); err != nil {
		o.t.Fatal(err)
	}
}

// sets fills the column of the value.
func sets(column, value string) func(header, row []string) {
	return func(header, row []string) { row[slices.Index(header, column)] = value }
}

// syncFile syncs a sheet as it is.
func (o *branch) syncFile(path string) (*reconcile.Summary, error) {
	o.t.Helper()
	opts := o.options("ours", "", "")
	opts.Sheet = path
	return datasync.Sync(o.t.Context(), o.t.Context(), opts)
}

// mustSync syncs a sheet whose one row shall come to a status.
func (o *branch) mustSync(path string, status plan.Status, problem string) *reconcile.Summary {
	o.t.Helper()
	sum, err := o.syncFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	if problems := strings.Join(o.problems(sum), ", "); sum.Counts.Of(status) != 1 || problems != problem {
		o.t.Errorf("%s: got %s with problems %q, want %s with %q", filepath.Base(path), sum.Verdict, problems, status, problem)
	}
	return sum
}

// TestANightlySyncBetweenRevertsNothing, on neither side: the exported sheet is compared with what it was exported from, and the
// nightly one with what it last agreed on.
func TestANightlySyncBetweenRevertsNothing(t *testing.T) {
	atBranches(t, func(t *testing.T, open func(*testing.T) *branch) {
		o := open(t)
		o.sync("one", "same")
		o.export("edited.csv")
		edited := filepath.Join(o.dir, "edited.csv")
		o.mustSync(edited, plan.Unchanged, "") // nobody has edited anything yet
		if sum := o.sync("five", "same"); sum.Counts.Of(plan.Updated) != 1 {
			t.Fatalf("the night sends what it has: %s", sum.Verdict)
		}
		o.edit(edited, sets("Other", "mine"))
		o.mustSync(edited, plan.Updated, "changed_in_api Value")
		o.holds("five", "mine")
		if sum := o.sync("five", "same"); strings.Join(o.problems(sum), "") != "changed_in_api Other" {
			t.Errorf("the next night: %s, %q; want the edit left alone", sum.Verdict, o.problems(sum))
		}
		o.holds("five", "mine")
		o.edit(edited, sets("Value", "six"))
		o.mustSync(edited, plan.Conflict, "changed_both Value")
		o.holds("five", "mine")
	})
}

// TestAReportFedBackKeepsItsLineage: failed.csv has the marker of the run that wrote it, and that run compared with the base of
// the export.
func TestAReportFedBackKeepsItsLineage(t *testing.T) {
	atBranches(t, func(t *testing.T, open func(*testing.T) *branch) {
		o := open(t)
		o.sync("one", "same")
		o.sync("zero", "same")
		o.colleague("one", "same")
		o.export("edited.csv")
		edited := filepath.Join(o.dir, "edited.csv")
		o.edit(edited, sets("Value", "two"))
		o.colleague("three", "same")
		sum := o.mustSync(edited, plan.Conflict, "changed_both Value")
		for range 2 { // its own report, too
			sum = o.mustSync(sum.Files["failed.csv"], plan.Conflict, "changed_both Value")
		}
		failed := sum.Files["failed.csv"]
		o.edit(failed, sets("Value", "one"))
		o.mustSync(failed, plan.Unchanged, "changed_in_api Value")
		o.holds("three", "same")
	})
}

// TestASheetOfAnUnknownExport: it prevails once, because nothing is known of it, and says so. After that it has a base of its own.
func TestASheetOfAnUnknownExport(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	o.export("edited.csv")
	o.colleague("three", "same")
	edited := filepath.Join(o.dir, "edited.csv")
	run := o.csv(edited)[1][len(o.csv(edited)[0])-1]
	o.edit(edited, sets("_rollcall", run[:strings.LastIndexByte(run, ':')]+":20200101-000000-abcdef"))
	o.mustSync(edited, plan.Updated, "")
	if !slices.ContainsFunc(o.notes, func(n string) bool {
		return strings.Contains(n, "nothing is known here of the export that the sheet comes from (20200101-000000-abcdef)")
	}) {
		t.Errorf("notes %q, want one that says why the sheet prevails", o.notes)
	}
	o.colleague("three", "same")
	o.notes = nil
	o.mustSync(edited, plan.Unchanged, "changed_in_api Value")
	if slices.ContainsFunc(o.notes, func(n string) bool { return strings.Contains(n, "nothing is known") }) {
		t.Errorf("notes %q, want none: it is known now", o.notes)
	}
}

// TestRowsOfSeveralExportsAreRefused, before anything is asked or sent: which of them counts, nobody could tell.
func TestRowsOfSeveralExportsAreRefused(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	o.export("a.csv")
	o.export("b.csv")
	a, b := o.csv(filepath.Join(o.dir, "a.csv")), o.csv(filepath.Join(o.dir, "b.csv"))
	second := slices.Clone(b[1])
	second[slices.Index(a[0], "E-mail")] = "bo@x.example"
	mixed := filepath.Join(o.dir, "mixed.csv")
	write := func(rows ...[]string) {
		f, err := os.Create(mixed)
		if err == nil {
			err = errors.Join(csv.NewWriter(f).WriteAll(append([][]string{a[0]}, rows...)), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(a[1], second)
	o.sim.ForgetRequests()
	_, err := o.syncFile(mixed)
	if !errors.Is(err, datasync.ErrUsage) || !strings.Contains(err.Error(), "several exports") || len(o.sim.Requests()) != 0 {
		t.Errorf("got %v after %d requests, want a refusal before the first", err, len(o.sim.Requests()))
	}
	second[len(second)-1], second[slices.Index(a[0], "_id")] = "", "" // a row that somebody has added has no mark
	write(a[1], second)
	sum, err := o.syncFile(mixed)
	if err != nil || sum.Counts.Of(plan.Unchanged) != 1 || sum.Counts.Of(plan.Created) != 1 {
		t.Errorf("got %+v (%v), want the row that was added to be created", sum, err)
	}
}

// witness is a log that has something happen at a message.
type witness struct {
	slog.Handler
	at   string
	does func()
}

func (w witness) Enabled(context.Context, slog.Level) bool { return true }

func (w witness) Handle(_ context.Context, r slog.Record) error {
	if r.Message == w.at {
		w.does()
	}
	return nil
}

// crashes syncs our sheet and returns the state as it is when the process dies after its last outcome is on the disk, and before
// it has said what it agreed on.
func (o *branch) crashes(value, other string) (state string) {
	o.t.Helper()
	state = "crashed"
	o.sync(value, other, func(opts *datasync.Options) {
		opts.Log = slog.New(witness{slog.DiscardHandler, "run ends", func() {
			if err := os.Mkdir(filepath.Join(o.dir, state), 0o700); err != nil {
				o.t.Fatal(err)
			}
			for _, name := range []string{"ledger.db-mark", "ledger.db", "ledger.db-wal"} {
				data, err := os.ReadFile(filepath.Join(o.dir, "ours", name))
				if err == nil {
					err = os.WriteFile(filepath.Join(o.dir, state, name), data, 0o600)
				}
				if err != nil {
					o.t.Fatal(err)
				}
			}
		}})
	})
	return state
}

// TestACrashBeforeTheAgreement: a run has written, and its process dies before it has said what it agreed on. The next one says it
// first: it must not take the edit of somebody else for something that nobody has touched.
func TestACrashBeforeTheAgreement(t *testing.T) {
	outside(t)
	number := func(s string) *string { return &s }
	for _, c := range []struct {
		says  string
		there *string // in the API before, nil if the record is new
	}{
		{"a record was created", nil},
		{"a record was updated", number("zero")},
		{"all was as it should be", number("one")},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			o := newBranch(t, branchKinds()["cro"])
			if c.there != nil {
				o.sim.CRO.AddContact(1, simulator.Contact{Email: number("ida@x.example"), Name: number("same"), Number: c.there})
			}
			state := o.crashes("one", "same")
			o.colleague("three", "same")
			for range 2 {
				sum, err := datasync.Sync(t.Context(), t.Context(), o.options(state, "one", "same"))
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(o.problems(sum), ""); got != "changed_in_api Value" || sum.Counts.Of(plan.Unchanged) != 1 {
					t.Errorf("got %s with %q, want the edit left alone", sum.Verdict, got)
				}
			}
			o.holds("three", "same")
			runs, err := datasync.Runs(t.Context(), o.options(state, "one", "same"), 0)
			if err != nil || runs[len(runs)-1].State != ledger.StateInterrupted {
				t.Errorf("the first run is %+v (%v), want it interrupted", runs, err)
			}
		})
	}
}

// TestAPlanAgreesOnNothing: it was only looked.
func TestAPlanAgreesOnNothing(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	value := "one"
	o.sim.CRO.AddContact(1, simulator.Contact{Email: new("ida@x.example"), Name: new("same"), Number: &value})
	plan1, err := datasync.Plan(t.Context(), t.Context(), o.options("ours", "one", "same"))
	if err != nil {
		t.Fatal(err)
	}
	o.colleague("three", "same")
	if sum := o.sync("one", "same"); sum.Counts.Of(plan.Updated) != 1 || len(o.problems(sum)) != 0 {
		t.Errorf("after plan %s: got %s, want the sheet to prevail where nothing was agreed on", plan1.Run, sum.Verdict)
	}
}

// TestAResolvedDoubtIsAgreedOn: what turns out to be there is what both last agreed on, though its run ended without knowing.
func TestAResolvedDoubtIsAgreedOn(t *testing.T) {
	outside(t)
	for says, settle := range map[string]func(*wreck, string){
		"by resolve": func(w *wreck, run string) {
			sum, err := datasync.Resolve(t.Context(), t.Context(), w.job(""), run, datasync.Resolution{})
			w.wants(sum, err, plan.Counts{plan.Created: 1})
		},
		"by the next sync": func(w *wreck, _ string) {
			w.synced("another.csv")
		},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWreck(t, quick, map[string]string{
				"sheet.csv": "1,a@x.example,Ann\n", "another.csv": "2,b@x.example,Bo\n", "theirs.csv": "1,a@x.example,Anna\n",
			})
			run := w.planned("sheet.csv")
			w.cutOff(run, 1)
			w.lands("a@x.example", "Ann")
			settle(w, run)
			theirs := w.job("theirs.csv")
			theirs.State = filepath.Join(w.dir, "elsewhere")
			sum, err := datasync.Sync(t.Context(), t.Context(), theirs)
			w.wants(sum, err, plan.Counts{plan.Updated: 1})
			sum, err = datasync.Sync(t.Context(), t.Context(), w.job("sheet.csv"))
			w.wants(sum, err, plan.Counts{plan.Unchanged: 1})
			if sum.Warned != 1 {
				t.Errorf("%d rows have warnings, want that the edit is left alone and named", sum.Warned)
			}
		})
	}
}
