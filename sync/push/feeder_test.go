package push_test

import (
	"slices"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestChildrenWaitForTheirParents is the table of what becomes of a change when the one that creates its parent ends so.
func TestChildrenWaitForTheirParents(t *testing.T) {
	tests := []struct {
		says    string
		set     func(*lab)
		status  plan.Status // of the child and of the grandchild
		grand   plan.Status
		message string
		early   bool
	}{
		{"it is created", func(*lab) {}, plan.Created, plan.Created, "", false},
		{"it is found by looking", func(l *lab) { l.faults(1, drop, lose) }, plan.Created, plan.Created, "", false},
		{"the API refuses it", func(l *lab) { l.always(1, refuse) }, plan.Rejected, plan.Rejected, "row 2 was to create the record for note, and is rejected", false},
		{"it fails", func(l *lab) { l.always(1, drop) }, plan.Rejected, plan.Rejected, "row 2 was to create the record for note, and is failed", false},
		{"nobody knows what became of it", func(l *lab) { l.always(1, lose); l.parts.Looker = nil }, plan.NotAttempted, plan.NotAttempted,
			"row 2 was to create the record for note, and is in_doubt", false},
		{"it was refused in an earlier run", func(l *lab) { l.changes[1].Order.After[0].Status = plan.Rejected; l.changes = l.changes[1:] }, plan.Rejected, plan.Rejected,
			"row 2 was to create the record for note, and is rejected", false},
		{"it is not among what is to be pushed", func(l *lab) { l.changes = l.changes[1:] }, plan.NotAttempted, plan.NotAttempted,
			"row 2, which is to create the record for note, has not been sent", false},
		{"the run ends with it", func(l *lab) { l.options.Limit = 1 }, plan.Planned, plan.Planned, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(4)
				l.below(&l.changes[1], &l.changes[0])
				l.below(&l.changes[2], &l.changes[1])
				l.parts.Writer = forester{l.server, l}
				tt.set(l)
				res := l.run(0, 0)
				if (res.Early != nil) != tt.early {
					t.Errorf("the run ended with %v", res.Early)
				}
				child, grandchild := l.outcome(2), l.outcome(3)
				if child.Status != tt.status || child.Message != tt.message || grandchild.Status != tt.grand {
					t.Errorf("got %q %q and %q, want %q %q and %q", child.Status, child.Message, grandchild.Status, tt.status, tt.message, tt.grand)
				}
				if child.Status != plan.Created && child.Status != plan.Planned && (child.Code != model.CodeParentNotCreated || child.Field != "note" || child.Attempts+len(l.sent(2)) > 0) {
					t.Errorf("got %+v, want that it names the parent and was never sent", child)
				}
				if !tt.early {
					l.wantStatus(t, 4, plan.Created, "")
				}
				for _, b := range l.server.breaches {
					t.Error(b)
				}
			})
		})
	}
}

// TestAParentWithoutAnIDIsNone: a child must never be sent below nothing.
func TestAParentWithoutAnIDIsNone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(2)
		l.below(&l.changes[1], &l.changes[0])
		l.changes[1].Order.After[0].Status = plan.Created // and the ledger has no id of it
		l.changes = l.changes[1:]
		l.run(0, 0)
		if got := l.outcome(2); got.Status != plan.Rejected || len(l.sent(2)) > 0 {
			t.Errorf("got %+v, want that it is left", got)
		}
	})
}

// TestOrphansTripNoGuard: one refusal is one failure, however many belong to the record.
func TestOrphansTripNoGuard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(12)
		for i := 1; i < 11; i++ {
			l.below(&l.changes[i], &l.changes[0])
		}
		l.always(1, refuse)
		l.options.MaxFailures = 1
		res := l.run(0, 0)
		if res.Early != nil || res.Sent != 2 {
			t.Errorf("got %d requests and the end %v, want 2 requests and no early end", res.Sent, res.Early)
		}
		l.wantClean(t, res)
	})
}

// TestNobodyBlocksForAParent: with fewer workers than children that wait, those that need not wait go on, and all come to an end.
func TestNobodyBlocksForAParent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		for range 60 {
			l.create("thing " + string(rune('A'+len(l.changes))))
		}
		for i := 30; i < 60; i++ {
			l.below(&l.changes[i], &l.changes[i%3])
		}
		l.options.Workers = 2
		l.parts.Writer = forester{l.server, l}
		began := time.Now()
		res := l.run(0, 0)
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("60 requests of 100 ms by two workers took %v", took)
		}
		l.wantClean(t, res)
		order := make([]int64, 0, 60)
		for _, r := range l.server.requests {
			order = append(order, r.seq)
		}
		if slices.Max(order[:28]) > 30 {
			t.Errorf("got the order %v, want those first that wait for nobody", order)
		}
	})
}
