package plan_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// knownBases is what was last agreed on, by id.
type knownBases map[string]model.Record

func (b knownBases) Base(_ context.Context, id string) (model.Record, error) { return b[id], nil }

// TestAParentThatTheAPIHasChanged: what the policy says of the field holds for a parent that is yet to be created, too.
func TestAParentThatTheAPIHasChanged(t *testing.T) {
	t.Parallel()
	for policy, want := range map[plan.Policy][]string{
		plan.OnConflictAPI:   {"update 5", "create"},
		plan.OnConflictSheet: {"update 5 parent of row 3, level 1", "create"},
		plan.OnConflictHold:  {"conflict changed_both", "create"},
	} {
		s := newSites(t)
		s.has("5", "A", "parent=71")
		s.has("70", "Old")
		s.has("71", "Theirs")
		s.options.OnConflict = policy
		s.options.Bases = knownBases{"5": record(t, s.model(), "ref=A", "name=A", "parent=70")}
		s.row("A", "HQ", "name=Changed")
		s.row("HQ", "")
		changes, _ := s.planned()
		if diff := cmp.Diff(want, s.told(changes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", policy, diff)
		}
	}
}

// TestAParentWhoseIDDoesNotFit stops the row, and who waits for that row is told so.
func TestAParentWhoseIDDoesNotFit(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.has("abc", "HQ")
	s.row("A", "HQ")
	s.row("B", "A")
	changes, _ := s.planned()
	if diff := cmp.Diff([]string{"invalid not_integer", "rejected parent_not_created"}, s.told(changes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestARingThroughARowThatIsNotSent: the record of a row that is stopped stays below what it is below.
func TestARingThroughARowThatIsNotSent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		says  string
		cells []string // of the row of B, which is below A in the API
		want  []string
	}{
		{"two records change places", []string{"-"}, []string{"update 1", "update 2"}},
		{"the one does, and the row of the other is stopped", []string{"-", "!"}, []string{"invalid parent_cycle", "invalid bad_email"}},
	} {
		s := newSites(t)
		s.has("1", "A")
		s.has("2", "B", "parent=1")
		s.row("A", "B")
		s.row("B", tt.cells[0], tt.cells[1:]...)
		changes, _ := s.planned()
		got := make([]string, len(changes))
		for i := range changes {
			got[i] = verdict(&changes[i])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.says, diff)
		}
	}
}
