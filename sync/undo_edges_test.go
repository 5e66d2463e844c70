package sync_test

import (
	"os"
	"path/filepath"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// exportedUndone is an exported sheet of which a run was undone: one -> two -> one again.
func exportedUndone(t *testing.T) (*branch, string) {
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	o.export("edited.csv")
	edited := filepath.Join(o.dir, "edited.csv")
	o.edit(edited, sets("Value", "two"))
	up := o.mustSync(edited, plan.Updated, "")
	opts := o.options("ours", "", "")
	opts.Command = "undo"
	if sum, err := datasync.Undo(t.Context(), t.Context(), opts, up.Run); err != nil || sum.Counts.Of(plan.Updated) != 1 {
		t.Fatal(err, sum)
	}
	return o, edited
}

// TestOldUndoOfAnExportIsNoExcuse: what sheet and API agree on after an undo makes it count no more.
func TestOldUndoOfAnExportIsNoExcuse(t *testing.T) {
	outside(t)
	o, edited := exportedUndone(t)
	o.edit(edited, sets("Value", "third"))
	o.mustSync(edited, plan.Updated, "")
	o.colleague("one", "same")
	o.edit(edited, sets("Value", "fourth"))
	o.mustSync(edited, plan.Conflict, "changed_both Value")
	o.holds("one", "same")
}

// TestAnotherSheetDoesNotHideTheUndo from this one.
func TestAnotherSheetDoesNotHideTheUndo(t *testing.T) {
	outside(t)
	o, edited := exportedUndone(t)
	o.sync("one", "same") // the nightly sheet, which agrees
	o.edit(edited, sets("Value", "third"))
	o.mustSync(edited, plan.Updated, "")
	o.holds("third", "same")
}

// TestANightThatChangesNothing does not make its own sheet forget the undo.
func TestANightThatChangesNothing(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	up := o.sync("two", "same")
	opts := o.options("ours", "two", "same")
	opts.Command = "undo"
	if _, err := datasync.Undo(t.Context(), t.Context(), opts, up.Run); err != nil {
		t.Fatal(err)
	}
	o.sync("two", "same") // left alone
	if sum := o.sync("third", "same"); sum.Counts.Of(plan.Updated) != 1 {
		t.Errorf("an edit after an undo: %s", sum.Verdict)
	}
}

// TestACopyThatWasNotEditedTakesNothingBack of what another copy of the same export has sent: it is held, for it may be an edit
// that was taken back, too.
func TestACopyThatWasNotEditedTakesNothingBack(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	o.export("first.csv")
	ours, theirs := filepath.Join(o.dir, "first.csv"), filepath.Join(o.dir, "copy.csv")
	content, err := os.ReadFile(ours)
	if err == nil {
		err = os.WriteFile(theirs, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	o.edit(ours, sets("Value", "two"))
	o.mustSync(ours, plan.Updated, "")
	o.mustSync(theirs, plan.Conflict, "changed_both Value")
	o.holds("two", "same")
	o.edit(theirs, sets("Value", "third")) // that is an edit, whoever made it
	o.mustSync(theirs, plan.Updated, "")
}
