package ledger

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Sent reads what our runs wrote to the records of a resource of an account and saw done, the oldest first: the id of a record
// and the fields that were sent. What purged runs have sent is not known any more.
func (l *Ledger) Sent(ctx context.Context, m *model.Model, account, resource string) iter.Seq2[plan.Found, error] {
	return func(yield func(plan.Found, error) bool) {
		runs, err := l.writing(ctx, account, resource)
		if err != nil {
			yield(plan.Found{}, l.explain("read what was sent", err))
			return
		}
		for _, run := range runs {
			for s, err := range l.stories(ctx, run) {
				if err == nil && (s.ended == nil || !s.wrote() || s.change.record == "") {
					continue
				}
				var f plan.Found
				if err == nil {
					f, err = s.sent(m)
				}
				if err != nil {
					yield(f, l.explain("read what run "+run+" sent", err))
					return
				}
				if !yield(f, nil) {
					return
				}
			}
		}
	}
}

// writing is the runs that wrote to a resource of an account, the oldest first.
func (l *Ledger) writing(ctx context.Context, account, resource string) ([]string, error) {
	var runs []string
	for run, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, err
		}
		if run.outcomes > 0 && run.run.State != StatePurged && run.run.Account == account && run.run.Resource == resource {
			runs = append(runs, run.id)
		}
	}
	slices.Reverse(runs)
	return runs, nil
}

// wrote reports whether the change was seen done.
func (s *story) wrote() bool {
	status := plan.Status(s.ended.status)
	return status == plan.Created || status == plan.Updated
}

// sent is what the change wrote, as far as the model still has its fields: old runs stay, whatever became of the target.
func (s *story) sent(m *model.Model) (plan.Found, error) {
	record, err := decodeKnown(m, s.change.record, func(string) error { return nil })
	if err != nil {
		err = fmt.Errorf("row %d: %w", s.change.line, err)
	}
	return plan.Found{ID: cmp.Or(s.ended.recordID, s.change.recordID), Record: record}, err
}
