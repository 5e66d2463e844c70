package sync_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// begun syncs one row of a sheet and leaves the rest.
func (w *wreck) begun(sheet string) string {
	w.t.Helper()
	opts := w.job(sheet)
	opts.Bounds.Limit = 1
	sum, err := datasync.Sync(w.t.Context(), w.t.Context(), opts)
	w.must(err)
	if sum.ExitCode != int(datasync.ExitEarly) || !strings.HasSuffix(sum.Next, " resume "+sum.Run) {
		w.t.Fatalf("exit code %d, next %q; want 6 and resume", sum.ExitCode, sum.Next)
	}
	return sum.Run
}

// TestWhichRunIsResumed when nobody names one.
func TestWhichRunIsResumed(t *testing.T) {
	outside(t)
	sheets := map[string]string{"one.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n", "two.csv": "2,a@x.example,Ann\n2,b@x.example,Bo\n"}
	for _, c := range []struct {
		says string
		runs func(w *wreck) (want string) // "" = none
		err  error
	}{
		{"no run", func(*wreck) string { return "" }, datasync.ErrNothingToResume},
		{"a plan was never begun", func(w *wreck) string { w.planned("one.csv"); return "" }, datasync.ErrNothingToResume},
		{"a run that stopped early", func(w *wreck) string { return w.begun("one.csv") }, nil},
		{"a run that a crash has ended", func(w *wreck) string {
			run := w.planned("one.csv")
			w.cutOff(run)
			return run
		}, nil},
		{"one before a plan that writes nothing", func(w *wreck) string {
			run := w.begun("one.csv")
			w.planned("two.csv")
			return run
		}, nil},
		{"a later run of the same sheet has done its rows", func(w *wreck) string {
			w.begun("one.csv")
			w.synced("one.csv")
			return ""
		}, datasync.ErrNothingToResume},
		{"a later run of another sheet has not, but is in its way", func(w *wreck) string {
			w.begun("one.csv")
			w.synced("two.csv")
			return ""
		}, datasync.ErrStale},
		{"the latest of several", func(w *wreck) string {
			w.begun("one.csv")
			return w.begun("two.csv")
		}, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, quick, sheets)
			want := c.runs(w)
			w.sim.ForgetRequests()
			sum, err := datasync.Resume(t.Context(), t.Context(), w.job(""), "")
			if c.err != nil {
				if !errors.Is(err, c.err) || w.requests("POST")+w.requests("GET") != 0 {
					t.Errorf("error = %v after %d requests, want %v and none", err, len(w.sim.Requests()), c.err)
				}
				return
			}
			w.wants(sum, err, plan.Counts{plan.Created: 2})
			if sum.Run != want || sum.ExitCode != 0 || sum.Next != "" {
				t.Errorf("run %s, exit code %d, next %q; want run %s, and done", sum.Run, sum.ExitCode, sum.Next, want)
			}
		})
	}
}

// synced syncs a sheet to its end.
func (w *wreck) synced(sheet string) {
	w.t.Helper()
	sum, err := datasync.Sync(w.t.Context(), w.t.Context(), w.job(sheet))
	w.must(err)
	if sum.ExitCode != 0 {
		w.t.Fatalf("exit code %d: %s", sum.ExitCode, sum.Verdict)
	}
}

// TestWhatCannotBeResumed names the reason, and sends nothing.
func TestWhatCannotBeResumed(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says   string
		change func(w *wreck)
		want   string
	}{
		{"the sheet is another one", func(w *wreck) { w.write("sheet.csv", "Customer,E-mail,Name\n1,c@x.example,Cy\n") }, "sheet.csv has changed"},
		{"the sheet is gone", func(w *wreck) { w.must(os.Remove(filepath.Join(w.dir, "sheet.csv"))) }, "sheet.csv is gone"},
		{"the job is another one", func(w *wreck) { w.edit("config.yaml", "settle: 1ms", "settle: 2ms") }, "the job file has changed"},
		{"the account is another one", func(w *wreck) { w.edit("config.yaml", "tenant_id: 1", "tenant_id: 2") }, "made for another account"},
		{"the target is another one", func(w *wreck) { w.edit("cro.yaml", "openapi:", "# changed\nopenapi:") }, "the target file has changed"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
			target, err := os.ReadFile(filepath.Join("..", "mapping", "model", "targets", "cro.yaml"))
			w.must(err)
			w.write("cro.yaml", string(target))
			w.edit("config.yaml", "target: cro/contact", "target: cro/contact\ntarget_file: cro.yaml")
			run := w.begun("sheet.csv")
			c.change(w)
			w.sim.ForgetRequests()
			_, err = datasync.Resume(t.Context(), t.Context(), w.job(""), run)
			if !errors.Is(err, datasync.ErrStale) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "run "+run+" cannot be resumed") {
				t.Errorf("error = %v, want that run %s cannot be resumed: %s", err, run, c.want)
			}
			if n := len(w.sim.Requests()); n != 0 {
				t.Errorf("%d requests were sent, want none", n)
			}
		})
	}
}

// edit replaces a text in a file of the job.
func (w *wreck) edit(name, old, text string) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, name))
	w.must(err)
	if !strings.Contains(string(data), old) {
		w.t.Fatalf("there is no %q in %s", old, name)
	}
	w.write(name, strings.Replace(string(data), old, text, 1))
}

// TestAFinishedRunIsReportedAgain, whatever has become of its sheet: there is nothing left that could be refused.
func TestAFinishedRunIsReportedAgain(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,wrong,Bo\n"})
	first, err := datasync.Sync(t.Context(), t.Context(), w.job("sheet.csv"))
	w.must(err)
	w.write("sheet.csv", "Customer,E-mail,Name\n")
	w.sim.ForgetRequests()
	sum, err := datasync.Resume(t.Context(), t.Context(), w.job(""), first.Run)
	w.wants(sum, err, plan.Counts{plan.Created: 1, plan.Invalid: 1})
	if sum.ExitCode != int(datasync.ExitProblems) || len(w.sim.Requests()) != 0 || !slices.Contains(w.notes, "run "+first.Run+" is finished: there is nothing left to push") {
		t.Errorf("exit code %d after %d requests, notes %q; want 3, none, and that it is finished", sum.ExitCode, len(w.sim.Requests()), w.notes)
	}
}

// TestOnlyWhatIsLeftIsAskedFor: who goes on with a run wants to know what is still to come.
func TestOnlyWhatIsLeftIsAskedFor(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says   string
		agrees bool
		want   plan.Counts
	}{
		{"yes sends it", true, plan.Counts{plan.Created: 2, plan.Updated: 1}},
		{"no leaves the run as it is", false, plan.Counts{plan.Created: 1, plan.NotAttempted: 2}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, quick, map[string]string{"sheet.csv": "1,b@x.example,Bo\n1,c@x.example,Cy\n1,a@x.example,Ann\n"})
			w.lands("a@x.example", "Old")
			run := w.begun("sheet.csv")
			opts, asked := w.job(""), ""
			opts.Confirm = func(q datasync.Writes) bool {
				asked = plainNumber(int64(q.Creates)) + " and " + plainNumber(int64(q.Updates))
				return c.agrees
			}
			sum, err := datasync.Resume(t.Context(), t.Context(), opts, run)
			w.wants(sum, err, c.want)
			if asked != "1 and 1" {
				t.Errorf("asked for %q creates and updates, want 1 and 1", asked)
			}
			if !c.agrees && (sum.ExitCode != int(datasync.ExitEarly) || w.run(run).State != ledger.StateInterrupted) {
				t.Errorf("exit code %d, state %s; want 6 and interrupted", sum.ExitCode, w.run(run).State)
			}
		})
	}
}

// TestAnOvertakenRunIsNotToBeResumed: its report, written again, proposes what still works.
func TestAnOvertakenRunIsNotToBeResumed(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"one.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n", "two.csv": "2,a@x.example,Ann\n"})
	run := w.begun("one.csv")
	w.synced("two.csv")
	sum, err := datasync.Rewrite(t.Context(), w.job(""), run)
	w.must(err)
	if want := " sync " + filepath.Join(w.dir, "one.csv"); !strings.HasSuffix(sum.Next, want) {
		t.Errorf("next is %q, want %q", sum.Next, want)
	}
}
