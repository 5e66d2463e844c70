package main

import (
	"maps"
	"os"
	"slices"
	"testing"
)

// TestUndoTakesBackWhatNobodyHasChangedSince: of a run over 300 rows, a twentieth of which was edited later, the rest is as it was
// before in every field, and the twentieth is kept and named; an undo of the undo has it all as the run had made it.
func TestUndoTakesBackWhatNobodyHasChangedSince(t *testing.T) {
	t.Parallel()
	for _, p := range pasts() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			undoThereAndBack(t, p, 300)
		})
	}
}

// TestUndoOfManyRowsLong is the same with 10,000 rows.
func TestUndoOfManyRowsLong(t *testing.T) {
	size := 10_000
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		size = 2000
	}
	for _, p := range pasts() {
		t.Run(p.name, func(t *testing.T) { undoThereAndBack(t, p, size) })
	}
}

func undoThereAndBack(t *testing.T, p *past, size int) {
	m, run, before := newMemory(t, p, size)
	after := m.records(t)
	kept := m.editLater(t)
	edited := m.records(t)

	undo := m.run(t, 3, "undo", run)
	checkCounts(t, undo, size-kept, kept)
	if got := undo.Undo; got == nil || got.Run != run || got.Reversed != size-kept || got.Kept != kept || got.Already != 0 || got.Impossible != 0 {
		t.Errorf("undo: got %+v, want run %s, %d reversed and %d kept", got, run, size-kept, kept)
	}
	want := maps.Clone(before)
	for id := range edited {
		if edited[id] != after[id] {
			want[id] = edited[id]
		}
	}
	m.same(t, "after the undo", want)
	_, failed := reportRows(t, undo.Files["failed.csv"])
	if len(failed) != kept {
		t.Errorf("failed.csv has %d rows, want %d", len(failed), kept)
	}
	for _, row := range failed {
		if row["_code"] != "kept_changed" || row["_field"] != p.field || edited[row["_id"]] == after[row["_id"]] {
			t.Errorf("a row of failed.csv has the code %s, the field %s and the id %s, want kept_changed, %s and a record that was edited",
				row["_code"], row["_field"], row["_id"], p.field)
			break
		}
	}

	back := m.run(t, 0, "undo", undo.Run)
	checkCounts(t, back, size-kept, 0)
	m.same(t, "after the undo of the undo", edited)
}

// checkCounts wants so many rows updated and in conflict, and no other.
func checkCounts(t *testing.T, a undoAccount, updated, conflict int) {
	t.Helper()
	if a.Counts["read"] != updated+conflict || a.Counts["updated"] != updated || a.Counts["conflict"] != conflict {
		t.Errorf("counts: got %v, want %d updated and %d in conflict", a.Counts, updated, conflict)
	}
}

// TestUndoHeedsThePolicyForConflicts: what was changed since is kept field by field, or taken back all the same.
func TestUndoHeedsThePolicyForConflicts(t *testing.T) {
	t.Parallel()
	for _, p := range pasts() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			const size = 40
			m, run, before := newMemory(t, p, size)
			kept := m.editLater(t)

			api := m.run(t, 0, "undo", run, "--on-conflict", "api")
			checkCounts(t, api, size, 0)
			_, rows := reportRows(t, api.Files["problems.csv"])
			named := slices.DeleteFunc(rows, func(row map[string]string) bool { return row["code"] != "kept_field" || row["field"] != p.field })
			if len(named) != kept {
				t.Errorf("%d fields are named as kept, want %d of %s", len(named), kept, p.field)
			}
			now, other := m.records(t), 0
			for id := range before {
				if now[id] != before[id] {
					other++
				}
			}
			if other != kept {
				t.Errorf("%d records are not as before, want the %d whose %s was changed since", other, kept, p.field)
			}

			forced := m.run(t, 0, "undo", run, "--on-conflict", "sheet")
			checkForced(t, forced, size, kept)
			m.same(t, "after the forced undo", before)
		})
	}
}

// checkForced wants what was kept to be reversed, and the rest to have been so already.
func checkForced(t *testing.T, a undoAccount, size, kept int) {
	t.Helper()
	if a.Counts["updated"] != kept || a.Counts["unchanged"] != size-kept || a.Undo.Already != size-kept {
		t.Errorf("forced: got %v and %+v, want %d updated and %d as before already", a.Counts, a.Undo, kept, size-kept)
	}
}
