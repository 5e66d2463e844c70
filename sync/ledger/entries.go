package ledger

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

const changesPerPage = 1000

// unseen is what the account says about a change whose request was never answered.
const unseen = "the run ended before the answer to the request was seen"

// Entries reads every change of a run with its outcome, in the order of the sheet and page by page. A change with an
// intent that has no answer has an outcome in doubt. While the run is being pushed, early entries are older than late ones.
func (l *Ledger) Entries(ctx context.Context, m *model.Model, runID string) iter.Seq2[push.Entry, error] {
	return l.entries(ctx, runID, func(s *story) (push.Entry, error) { return s.entry(m) })
}

// EntriesAsPlanned is [Ledger.Entries] with the changes as they were stored, whatever has come of them since: a field that was to
// get the id of another row's record still waits for it.
func (l *Ledger) EntriesAsPlanned(ctx context.Context, m *model.Model, runID string) iter.Seq2[push.Entry, error] {
	return l.entries(ctx, runID, func(s *story) (push.Entry, error) { return s.told(s.asPlanned(m)) })
}

// entries reads every change of a run with its outcome.
func (l *Ledger) entries(ctx context.Context, runID string, read func(*story) (push.Entry, error)) iter.Seq2[push.Entry, error] {
	return func(yield func(push.Entry, error) bool) {
		for s, err := range l.stories(ctx, runID) {
			var e push.Entry
			if err == nil {
				e, err = read(s)
			}
			if err != nil {
				yield(push.Entry{}, l.explain("read run "+runID, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Pending reads the changes of a run that are still to be pushed: neither concluded nor in doubt. Changes that are concluded
// meanwhile may or may not be among them, unless they were read already: push may record while it reads. They come in the order of
// the sheet; those that wait for others come behind, each after all that it waits for.
func (l *Ledger) Pending(ctx context.Context, m *model.Model, runID string) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		for s, err := range l.inPushOrder(ctx, runID) {
			if err == nil && !s.pending() {
				continue
			}
			var c plan.Change
			if err == nil {
				c, err = s.planned(m)
			}
			if err != nil {
				yield(plan.Change{}, l.explain("read plan of run "+runID, err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// inPushOrder reads a run in the order in which it can be pushed.
func (l *Ledger) inPushOrder(ctx context.Context, runID string) iter.Seq2[*story, error] {
	return func(yield func(*story, error) bool) {
		queued := false
		for s, err := range l.stories(ctx, runID) {
			if err == nil && s.queued {
				queued = true
				continue
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
		if queued {
			l.waitingStories(ctx, runID, yield)
		}
	}
}

// Counts is how many changes of a run ended in each status, as [push.Entry.Status] has it.
func (l *Ledger) Counts(ctx context.Context, runID string) (plan.Counts, error) {
	counts := plan.Counts{}
	for s, err := range l.stories(ctx, runID) {
		var e push.Entry
		if err == nil {
			e.Outcome, err = s.outcome()
		}
		if err != nil {
			return nil, l.explain("count run "+runID, err)
		}
		e.Change.Status = plan.Status(s.change.status)
		counts[e.Status()]++
	}
	return counts, nil
}

// story is all that the ledger knows about a change.
type story struct {
	change *changeRow
	ended  *outcomeRow // nil while nothing was concluded
	open   []*attemptRow

	queue   []left // what it was planned to wait for
	waits   []left // what of it is not over
	queued  bool   // it waits, or has waited
	awaited bool   // others wait for it
}

// planned is the change, with what it waits for.
func (s *story) planned(m *model.Model) (plan.Change, error) {
	c, err := s.change.change(m)
	if err == nil && (s.awaited || len(s.waits) > 0) {
		c.Order, err = order(m, s.waits, s.awaited)
	}
	return c, err
}

// asPlanned is the change as it was stored: what it has waited for, it waits for.
func (s *story) asPlanned(m *model.Model) (plan.Change, error) {
	row := *s.change
	if row.planned != "" {
		row.record = row.planned
	}
	c, err := row.change(m)
	if err == nil && (s.awaited || len(s.queue) > 0) {
		c.Order, err = order(m, s.queue, s.awaited)
	}
	return c, err
}

func (s *story) pending() bool {
	return s.change.pending() && len(s.open) == 0 && (s.ended == nil || plan.Status(s.ended.status) == plan.NotAttempted)
}

// outcome is what was concluded. Without a final conclusion, an intent that has no answer puts the change in doubt.
func (s *story) outcome() (o push.Outcome, err error) {
	if s.ended != nil {
		o, err = s.ended.outcome()
	}
	if err != nil || len(s.open) == 0 || s.ended != nil && s.ended.final() {
		return o, err
	}
	last := s.open[len(s.open)-1]
	if o.Status != plan.InDoubt {
		o = push.Outcome{Seq: key(last.change).seq(), Status: plan.InDoubt, Code: model.CodeInDoubt, Message: unseen}
	}
	o.Attempts = max(o.Attempts, int(last.attempt))
	if !strings.HasPrefix(o.RequestID, last.requestID) { // the API's own id may stand behind it
		o.RequestID = last.requestID
	}
	return o, nil
}

func (s *story) entry(m *model.Model) (push.Entry, error) { return s.told(s.planned(m)) }

// told is a change, unless it could not be read, and its outcome.
func (s *story) told(c plan.Change, err error) (push.Entry, error) {
	if err != nil {
		return push.Entry{Change: c}, err
	}
	o, err := s.outcome()
	return push.Entry{Change: c, Outcome: o}, err
}

// stories reads a run in the order of the sheet. It counts what it reads, because a row that is gone has no checksum.
func (l *Ledger) stories(ctx context.Context, runID string) iter.Seq2[*story, error] {
	return func(yield func(*story, error) bool) {
		run, open, err := l.openRun(ctx, runID)
		var q *queue
		if err == nil {
			q, err = l.queueOf(ctx, run)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		var changes, outcomes int64
		for page, err := range ahead(l.storyPages(ctx, run)) {
			if err == nil {
				err = l.completeStories(ctx, q, page, open)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, s := range page {
				s.open = open[s.change.id]
				changes++
				if s.ended != nil {
					outcomes++
				}
				if !yield(s, nil) {
					return
				}
			}
		}
		if err := run.complete(changes, outcomes); err != nil {
			yield(nil, err)
		}
	}
}

// storyPages reads a run in the order of the sheet, page by page.
func (l *Ledger) storyPages(ctx context.Context, run *runRow) iter.Seq2[[]*story, error] {
	return func(yield func([]*story, error) bool) {
		for after := run.first(); ; {
			page, err := l.storyPage(ctx, run, after)
			if !yield(page, err) || err != nil || len(page) < changesPerPage {
				return
			}
			after = page[len(page)-1].change.id
		}
	}
}

// complete tells whether as many rows were read as had been written when the run was read.
func (r *runRow) complete(changes, outcomes int64) error {
	if changes != r.changes {
		return damage(fmt.Sprintf("run %s has %d changes of %d", r.id, changes, r.changes))
	}
	if outcomes < r.outcomes {
		return damage(fmt.Sprintf("run %s has %d outcomes of %d", r.id, outcomes, r.outcomes))
	}
	return nil
}

func (l *Ledger) storyPage(ctx context.Context, run *runRow, after int64) ([]*story, error) {
	changes, err := readPage(ctx, l.read, scanChange,
		"SELECT "+changeColumns+" FROM changes WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", after, run.last(), changesPerPage)
	if err != nil {
		return nil, err
	}
	last := run.last()
	if len(changes) == changesPerPage {
		last = changes[changesPerPage-1].id
	}
	outcomes, err := readPage(ctx, l.read, scanOutcome,
		"SELECT "+outcomeColumns+" FROM outcomes WHERE change_id > ? AND change_id <= ? ORDER BY change_id", after, last)
	if err != nil {
		return nil, err
	}
	page := make([]*story, len(changes))
	for i, c := range changes {
		page[i] = &story{change: c}
		if len(outcomes) > 0 && outcomes[0].change == c.id {
			page[i].ended, outcomes = outcomes[0], outcomes[1:]
		}
	}
	if len(outcomes) > 0 {
		return nil, damage(fmt.Sprintf("%s has an outcome and is gone", outcomes[0].name()))
	}
	return page, nil
}

// openRun reads a run and its intents without an answer, by the key of their change.
func (l *Ledger) openRun(ctx context.Context, id string) (*runRow, map[int64][]*attemptRow, error) {
	run, err := findRun(ctx, l.read, id)
	if err != nil {
		return nil, nil, err
	}
	open, err := openAttempts(ctx, l.read, run)
	return run, open, err
}

// openAttempts reads the intents of a run that have no answer: neither of their own, nor a final outcome of their change. A run
// without doubts is not searched.
func openAttempts(ctx context.Context, q querier, run *runRow) (map[int64][]*attemptRow, error) {
	open := map[int64][]*attemptRow{}
	if run.doubts == 0 {
		return open, nil
	}
	var intents int64
	for after := run.first(); ; {
		page, err := readPage(ctx, q, scanAttempt,
			"SELECT "+attemptColumns+" FROM attempts WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
			after, run.last(), changesPerPage)
		if err != nil {
			return nil, err
		}
		if err := sortOut(ctx, q, page, open); err != nil {
			return nil, err
		}
		intents += int64(len(page))
		if len(page) < changesPerPage {
			break
		}
		after = page[len(page)-1].id
	}
	if intents < run.intents {
		return nil, damage(fmt.Sprintf("run %s has %d intents of %d", run.id, intents, run.intents))
	}
	return open, nil
}

// sortOut puts those of a page of intents that have no answer into open, by the key of their change.
func sortOut(ctx context.Context, q querier, page []*attemptRow, open map[int64][]*attemptRow) error {
	var keys []int64
	for _, a := range page {
		if a.open() {
			keys = append(keys, a.change)
		}
	}
	outcomes, err := readByKey(ctx, q, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id IN ", keys)
	if err != nil {
		return err
	}
	final := map[int64]bool{}
	for _, o := range outcomes {
		final[o.change] = o.final()
	}
	for _, a := range page {
		if a.open() && !final[a.change] {
			open[a.change] = append(open[a.change], a)
		}
	}
	return nil
}

func scanChange(from scanner) (*changeRow, error) {
	r := &changeRow{}
	return r, scan(from, r)
}

func scanAttempt(from scanner) (*attemptRow, error) {
	r := &attemptRow{}
	return r, scan(from, r)
}

func scanOutcome(from scanner) (*outcomeRow, error) {
	r := &outcomeRow{}
	return r, scan(from, r)
}
