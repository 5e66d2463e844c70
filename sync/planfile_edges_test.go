package sync_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestAPlanFileIsAppliedTwiceWithRecheck: a plan that was made without --recheck and applied with it can be applied again.
func TestAPlanFileIsAppliedTwiceWithRecheck(t *testing.T) {
	outside(t)
	w := newWreck(t, "5s", map[string]string{"sheet.csv": "1,a@x.example,New A\n1,b@x.example,New B\n1,c@x.example,New C\n"})
	for _, e := range []string{"a@x.example", "b@x.example", "c@x.example"} {
		w.lands(e, "Old")
	}
	file := filepath.Join(w.dir, "plan.jsonl")
	_, err := datasync.PlanInto(t.Context(), t.Context(), w.job("sheet.csv"), datasync.PlanOutput{File: file})
	w.must(err)
	opts := w.job("")
	opts.Recheck, opts.Bounds.Limit = true, 1
	_, err = datasync.ApplyFile(t.Context(), t.Context(), opts, file)
	w.must(err)
	opts = w.job("")
	opts.Recheck = true
	if _, err = datasync.ApplyFile(t.Context(), t.Context(), opts, file); err != nil {
		t.Fatalf("applied again: %v", err)
	}
}

// TestAnOldUndoIsNoExcuse for overwriting what somebody writes now.
func TestAnOldUndoIsNoExcuse(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("active", "same")
	up := o.sync("idle", "same") // agreed: idle
	opts := o.options("ours", "idle", "same")
	opts.Command = "undo"
	if sum, err := datasync.Undo(t.Context(), t.Context(), opts, up.Run); err != nil || sum.Counts.Of(plan.Updated) != 1 {
		t.Fatal(err, sum)
	}
	o.holds("active", "same")
	if sum := o.sync("third", "same"); sum.Counts.Of(plan.Updated) != 1 { // agreed: third, long after the undo
		t.Fatal(sum.Verdict)
	}
	if sum := o.sync("third", "same"); sum.Counts.Of(plan.Unchanged) != 1 {
		t.Fatal(sum.Verdict)
	}
	o.colleague("active", "same") // somebody else writes what happens to be the value of once
	sum := o.sync("fourth", "same")
	if sum.Counts.Of(plan.Conflict) != 1 {
		t.Errorf("both have changed it since they agreed on third: got %s, want a conflict", sum.Verdict)
	}
	o.holds("active", "same")
}

// TestAPlanFileGoesOnAfterACrash while it was noted what is not approved: the file is the only way on.
func TestAPlanFileGoesOnAfterACrash(t *testing.T) {
	outside(t)
	w := newWreck(t, "5s", map[string]string{"sheet.csv": "1,a@x.example,New A\n1,b@x.example,New B\n"})
	for _, e := range []string{"a@x.example", "b@x.example"} {
		w.lands(e, "Old")
	}
	file := filepath.Join(w.dir, "plan.jsonl")
	sum, err := datasync.PlanInto(t.Context(), t.Context(), w.job("sheet.csv"), datasync.PlanOutput{File: file})
	w.must(err)
	run := sum.Run
	// what decline has stored before its first outcome, after forecastRechecks
	l, err := ledger.Open(t.Context(), w.state)
	w.must(err)
	r, err := l.Run(t.Context(), run)
	w.must(err)
	var settings map[string]any
	w.must(json.Unmarshal(r.Settings, &settings))
	settings["review"] = map[string]any{"file": file, "declined": 0, "unnoted": true}
	settings["rechecked"] = true
	r.Requests.Forecast += 2
	r.Settings, err = json.Marshal(settings)
	w.must(err)
	w.must(l.UpdateRun(t.Context(), r))
	w.must(l.Close())
	_, errRun := datasync.Apply(t.Context(), t.Context(), w.job(""), run)
	_, errFile := datasync.ApplyFile(t.Context(), t.Context(), w.job(""), file)
	if errRun != nil && errFile != nil {
		t.Error("neither the run nor the file can be applied any more")
	}
}
