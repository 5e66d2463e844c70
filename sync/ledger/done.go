package ledger

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// Done is a change that a run has carried out, or may have.
type Done struct {
	push.Entry
	Gone []string // fields that it changed and the model does not have any more, in alphabetical order
}

// Done reads what a run has created and updated, and what of it is in doubt, in the order of the sheet and page by page. Old runs
// stay, whatever became of the target: a field that is gone from the model is named instead of read.
func (l *Ledger) Done(ctx context.Context, m *model.Model, runID string) iter.Seq2[Done, error] {
	return func(yield func(Done, error) bool) {
		for s, err := range l.stories(ctx, runID) {
			var d Done
			if err == nil {
				d.Outcome, err = s.outcome()
			}
			if err == nil {
				d.Change.Status = plan.Status(s.change.status)
				if status := d.Status(); status != plan.Created && status != plan.Updated && status != plan.InDoubt {
					continue
				}
				err = s.change.recall(m, &d)
			}
			if err != nil {
				yield(Done{}, l.explain("read what run "+runID+" has done", err))
				return
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// recall reads a change as far as the model still has its fields.
func (r *changeRow) recall(m *model.Model, d *Done) (err error) {
	d.Change = plan.Change{
		Seq: key(r.id).seq(), Row: int(r.line), Action: plan.Action(r.action), Status: plan.Status(r.status),
		ID: r.recordID, Key: r.identity,
	}
	var strangers []string
	note := func(name string) error {
		strangers = append(strangers, name)
		return nil
	}
	if d.Change.Record, err = decodeKnown(m, r.record, note); err != nil {
		return fmt.Errorf("row %d: %w", r.line, err)
	}
	if d.Change.Before, err = decodeKnown(m, r.before, note); err != nil {
		return fmt.Errorf("row %d: %w", r.line, err)
	}
	if strangers != nil {
		d.Gone, err = differing(r.record, r.before, strangers)
	}
	return err
}

// differing is which of the named fields were to become something else than they were: others have only gone along.
func differing(record, before string, names []string) ([]string, error) {
	is, err := storedValues(record)
	if err != nil {
		return nil, err
	}
	was, err := storedValues(before)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		value, sent := is[name]
		return !sent || value == was[name]
	}), nil
}
