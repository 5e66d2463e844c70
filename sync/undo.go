package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ErrNothingToUndo says that a run has written nothing that could be taken back.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// Undo takes back what a run has updated: the one whose id begins with run. It is a run of its own, planned from the values that
// the records had before, and then carried out as by [Sync]: with guards, ledger, report, and with a pre-image of everything that
// it changes, so that it can be undone itself. A field that was changed since is kept, and what the run has created stays, for
// no API deletes it.
//
// A run that was stopped under way is undone as far as it came, and cannot be resumed then. One that was purged, was only
// planned, or is of another account or resource is refused.
func Undo(ctx, soft context.Context, opts Options, run string) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }() // last, with the report written and the lock given back
	defer func() { err = cause(soft, err) }()
	s, err := openUndo(soft, opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r, err := s.toUndo(ctx, soft, run)
	if err != nil {
		return nil, err
	}
	open, _, err := s.settleDoubts(ctx, soft)
	if err != nil {
		return nil, err
	}
	if err := r.open(soft); err != nil {
		return nil, err
	}
	return s.carryOut(ctx, soft, open)
}

// PlanUndo plans what [Undo] would do, and stores it for [Apply], without writing to the API.
func PlanUndo(ctx, soft context.Context, opts Options, run string) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }()
	defer func() { err = cause(soft, err) }()
	s, err := openUndo(soft, opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r, err := s.toUndo(ctx, soft, run)
	if err == nil {
		err = r.open(soft)
	}
	if err != nil {
		return nil, err
	}
	refusal, err := s.makePlan(soft)
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, ending{refusal: refusal, planned: true})
}

// openUndo opens what an undo needs: ledger, client, and a folder for what it works from.
func openUndo(ctx context.Context, opts Options) (*session, error) {
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	s.run.ID, s.run.Started = newRunID(), time.Now().UTC()
	err = s.connect()
	if err == nil {
		err = s.openLedger(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// toUndo finds the run that is to be undone, and takes the lock of the account.
func (s *session) toUndo(ctx, soft context.Context, id string) (*reversal, error) {
	run, err := s.undoable(soft, id)
	if err != nil {
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if run, err = s.undoable(soft, run.ID); err != nil { // until now somebody else may have been at work on it
		return nil, err
	}
	if s.input, err = emptyInput(s.runDir()); err != nil {
		return nil, err
	}
	if err := s.log.open(s.runDir()); err != nil {
		return nil, err
	}
	s.log.Info("run", "id", s.run.ID, "command", s.opts.Command, "target", s.opts.Job.Name(), "account", s.account.text(), "undoes", run.ID)
	if err := s.referTo(soft); err != nil {
		return nil, err
	}
	s.stored.Undo = &undone{Run: run.ID}
	return &reversal{session: s, run: run.ID, model: s.opts.Job.Resource.Model}, nil
}

// undoable is the run whose id begins with id, if there may be something to take back.
func (s *session) undoable(ctx context.Context, id string) (*ledger.Run, error) {
	run, err := s.ledger.FindRun(ctx, id)
	if err != nil {
		return nil, err
	}
	var stored storedPlan
	if len(run.Settings) > 0 {
		if err := json.Unmarshal(run.Settings, &stored); err != nil {
			return nil, fmt.Errorf("run %s: read its settings: %w", run.ID, err)
		}
	}
	switch {
	case stored.Purged != nil:
		return nil, fmt.Errorf("%w: the personal data of run %s was removed on %s, and with it what its records were before",
			ErrPurged, run.ID, stored.Purged.At.Local().Format(time.DateOnly))
	case run.Account != s.account.text() || run.Resource != s.resource():
		return nil, fmt.Errorf("%w: run %s is of another account or resource than the job: undo it with the job that made it", ErrUsage, run.ID)
	case run.State == ledger.StatePlanned:
		return nil, fmt.Errorf("%w: run %s was planned and never begun: there is nothing to undo", ErrUsage, run.ID)
	}
	return run, nil
}

// undone is what the settings of an undo say of it.
type undone struct {
	Run        string `json:"run"`        // that it takes back
	Kept       int    `json:"kept"`       // rows of which each field was changed since, and that are unchanged therefore
	Impossible int    `json:"impossible"` // rows that cannot be taken back
}

// note counts a row of the plan.
func (u *undone) note(c *plan.Change) {
	kept := func(p model.Problem) bool { return p.Code == model.CodeKeptField }
	switch {
	case c.Status == plan.Rejected:
		u.Impossible++
	case c.Status == plan.Unchanged && slices.ContainsFunc(c.Problems, kept):
		u.Kept++
	}
}

// account is what a report says of an undo.
func (u *undone) account(counts plan.Counts) *reconcile.Undone {
	return &reconcile.Undone{
		Run: u.Run, Reversed: counts[plan.Updated], Already: counts[plan.Unchanged] - u.Kept, Kept: counts[plan.Conflict] + u.Kept,
		Impossible: u.Impossible,
	}
}

// refuseUndo refuses a report of an undo as a sheet: its cells are what records were before a run, in columns of its own, and what
// it lists as not done was kept on purpose.
func (s *session) refuseUndo(ctx context.Context) error {
	return s.input.read(func(r sheet.Reader) error {
		var row sheet.Row
		if !r.Info().Marked || r.Read(&row) != nil { // without a row there is nothing to refuse
			return nil
		}
		run, err := s.ledger.Run(ctx, row.Mark[strings.LastIndexByte(row.Mark, ':')+1:])
		if err != nil || len(run.Settings) == 0 {
			return nil // whose it is, nobody knows
		}
		var stored storedPlan
		if err := json.Unmarshal(run.Settings, &stored); err != nil || stored.Undo == nil {
			return nil
		}
		return fmt.Errorf("%w: %s is a report of run %s, an undo, and no sheet to sync; run `rollcall undo %s` again: it takes up what is left",
			ErrUsage, s.input.original, run.ID, stored.Undo.Run)
	})
}

// undoneBy is the run that a run takes back, "" if it is no undo.
func undoneBy(r *ledger.Run) string {
	var stored storedPlan
	if len(r.Settings) == 0 || json.Unmarshal(r.Settings, &stored) != nil || stored.Undo == nil {
		return ""
	}
	return stored.Undo.Run
}
