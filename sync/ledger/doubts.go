package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// Doubt is a change whose request was announced and whose answer was never seen: after a crash, or because push concluded
// so. It is settled by looking, and by a conclusion recorded for its run.
type Doubt struct {
	Run       string // id of the run
	Change    plan.Change
	Outcome   push.Outcome // in doubt; Attempts and RequestID are those of the last intent
	First     time.Time    // when the first request without an answer was announced: older records are not its work
	Last      time.Time    // when the last one was
	Concluded bool         // push saw the request fail; else the process ended under way
}

// Unanswered reads every change in doubt of a resource of an account, of any run, the oldest first.
func (l *Ledger) Unanswered(ctx context.Context, m *model.Model, account, resource string) ([]Doubt, error) {
	var runs []*runRow
	for run, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, l.explain("look for doubts", err)
		}
		if run.doubts > 0 && run.run.Account == account && run.run.Resource == resource {
			runs = append(runs, run)
		}
	}
	slices.Reverse(runs)
	var doubts []Doubt
	for _, run := range runs {
		found, err := l.doubtsOf(ctx, m, run)
		if err != nil {
			return nil, l.explain("look for doubts of run "+run.id, err)
		}
		doubts = append(doubts, found...)
	}
	return doubts, nil
}

func (l *Ledger) doubtsOf(ctx context.Context, m *model.Model, run *runRow) ([]Doubt, error) {
	open, err := openAttempts(ctx, l.read, run)
	if err != nil {
		return nil, err
	}
	q, err := l.queueOf(ctx, run)
	if err != nil {
		return nil, err
	}
	var doubts []Doubt
	for _, id := range slices.Sorted(maps.Keys(open)) {
		s, err := readStory(ctx, l.read, id)
		if err == nil {
			err = l.completeStories(ctx, q, []*story{s}, open)
		}
		if err != nil {
			return nil, err
		}
		s.open = open[id]
		e, err := s.entry(m)
		if err != nil {
			return nil, err
		}
		last := s.open[len(s.open)-1]
		doubts = append(doubts, Doubt{Run: run.id, Change: e.Change, Outcome: e.Outcome, First: moment(s.open[0].intended),
			Last: moment(last.intended), Concluded: plan.Status(last.status) == plan.InDoubt})
	}
	return doubts, nil
}

// readStory reads one change and its outcome.
func readStory(ctx context.Context, q querier, id int64) (*story, error) {
	c, err := scanChange(q.QueryRowContext(ctx, "SELECT "+changeColumns+" FROM changes WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, damage(fmt.Sprintf("%s has an intent and is gone", rowName(id)))
	}
	if err != nil {
		return nil, err
	}
	o, err := scanOutcome(q.QueryRowContext(ctx, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return &story{change: c}, nil
	}
	return &story{change: c, ended: o}, err
}
