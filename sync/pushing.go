package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// push carries out what is pending of the session's run, and accounts for it.
func (s *session) push(ctx, soft context.Context) (*reconcile.Summary, error) {
	c := &s.opts.Job.Connection
	counts, err := s.ledger.Counts(ctx, s.run.ID)
	if err != nil {
		return nil, err
	}
	s.opts.Progress.Stage("pushing", counts[plan.NotAttempted])
	s.run.ExitCode, s.run.Finished = int(ExitEarly), time.Time{} // what holds if the process dies under way
	if err := s.saveRun(ctx, ledger.StateRunning); err != nil {
		return nil, err
	}
	recorder, err := s.ledger.Recorder(ctx, s.run.ID)
	if err != nil {
		return nil, err
	}
	result, err := push.Run(ctx, soft, push.Options{
		Workers: c.Workers, MaxFailures: *s.opts.Job.Guards.MaxFailures, MaxPause: c.MaxPause, Settle: *c.Settle,
		Limit: s.opts.Bounds.Limit, MaxRequests: s.opts.Bounds.MaxRequests,
	}, push.Parts{
		Writer: s.client, Looker: s.looker(), Recorder: recorder, Pacer: s.pacer,
		Done: s.done,
	}, s.ledger.Pending(ctx, s.opts.Job.Resource.Model, s.run.ID))
	err = errors.Join(err, recorder.Close())
	if result.Early == nil && err != nil {
		result.Early = err
	}
	if counts, err = s.ledger.Counts(context.WithoutCancel(ctx), s.run.ID); err != nil {
		return nil, err
	}
	if errors.Is(result.Early, push.ErrStopped) && counts[plan.NotAttempted]+counts[plan.InDoubt] == 0 {
		result.Early = nil // the stop came when everything was done already
	}
	s.run.Requests.Retried += result.Retried
	return s.finish(ctx, ending{early: result.Early})
}

// done shows and logs the end of one change.
func (s *session) done(o push.Outcome) {
	s.opts.Progress.Step()
	if !o.Status.Settled() {
		s.log.Info("change", "seq", o.Seq, "status", o.Status, "code", o.Code, "field", o.Field, "message", o.Message, "http", o.HTTPStatus, "attempts", o.Attempts, "request", o.RequestID)
	}
}

// looker looks for what became of a change, or nil if the API offers no way to.
func (s *session) looker() push.Looker {
	if s.opts.Job.Resource.List == nil {
		return nil
	}
	l := &looker{finder: s.client, model: s.opts.Job.Resource.Model, planner: s.planner}
	for _, name := range s.opts.Job.Mapping.Identity.Key {
		l.key = append(l.key, l.model.Index(name))
	}
	return l
}

// looker finds the records that a create may have made.
type looker struct {
	finder  plan.Finder
	model   *model.Model
	planner *plan.Planner // knows what was there before; nil if that is not known
	key     []int         // fields that a record must show to be told
}

var _ push.Looker = (*looker)(nil)

// Look lists the parent of the change and compares every field that was sent. What the plan has listed was there before
// the intent; without a plan at hand the key settles it: had it been there, the plan would not have created it. A record
// that does not show its key cannot be told.
func (l *looker) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	var ids []string
	err := l.finder.List(ctx, c.Record, func(f plan.Found) error {
		if (l.planner == nil || !l.planner.Knows(f.ID)) && push.Holds(l.model, c, f.Record) && shows(f.Record, l.key) {
			ids = append(ids, f.ID)
		}
		return nil
	})
	switch {
	case errors.Is(err, remote.ErrUnauthorized):
		err = fmt.Errorf("%w: %w", push.ErrUnauthorized, err)
	case errors.Is(err, plan.ErrParentNotFound) || errors.Is(err, plan.ErrParentForbidden):
		err = fmt.Errorf("%w: %w", push.ErrNoLook, err)
	}
	return ids, err
}

// shows reports whether a record says what all of these fields are.
func shows(record model.Record, fields []int) bool {
	for _, i := range fields {
		if !record[i].Known() {
			return false
		}
	}
	return true
}

// Probe reads the record of an update. A record that is not there, or is kept from us, is an answer too.
func (l *looker) Probe(ctx context.Context, c *plan.Change) (bool, error) {
	f, ok, err := l.finder.Get(ctx, c.ID, c.Record)
	if errors.Is(err, plan.ErrParentForbidden) {
		return false, nil
	}
	var sent []int
	for i, v := range c.Record {
		if v.Known() {
			sent = append(sent, i)
		}
	}
	return ok && push.Holds(l.model, c, f.Record) && shows(f.Record, sent), err
}

// settleDoubts looks for what became of the creates that earlier runs left in doubt, before anything is planned or sent:
// the plan must know what is there. An update is in no need of it: it will be compared anew. others tells whether there
// were doubts of other runs than the session's own.
func (s *session) settleDoubts(ctx, soft context.Context) (others bool, err error) {
	if err := s.buryDead(ctx); err != nil {
		return false, err
	}
	doubts, err := s.ledger.Unanswered(ctx, s.opts.Job.Resource.Model, s.account.text(), s.resource())
	if err != nil {
		return false, err
	}
	look := s.looker()
	if len(doubts) == 0 || look == nil {
		return false, nil
	}
	s.opts.Progress.Note(fmt.Sprintf("%d changes of earlier runs are in doubt; looking for what became of them", len(doubts)))
	s.opts.Progress.Stage("settling doubts", len(doubts))
	for i := range doubts {
		settled, err := s.settleDoubt(ctx, soft, look, &doubts[i])
		if err != nil {
			return others, err
		}
		others = others || settled && doubts[i].Run != s.run.ID
		s.opts.Progress.Step()
	}
	return others, nil
}

// buryDead marks the runs that a crash has ended: the lock is ours, so nobody is at work on them.
func (s *session) buryDead(ctx context.Context) error {
	runs, err := s.ledger.Runs(ctx, 0)
	if err != nil {
		return err
	}
	for i := range runs {
		r := &runs[i]
		if r.State != ledger.StateRunning || r.Account != s.account.text() || r.Resource != s.resource() {
			continue
		}
		r.State = ledger.StateInterrupted
		if err := s.ledger.UpdateRun(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// settleDoubt settles one change of an earlier run, and records it there. It reports false if the change stays in doubt.
func (s *session) settleDoubt(ctx, soft context.Context, look push.Looker, d *ledger.Doubt) (settled bool, err error) {
	out := d.Outcome
	out.Seq, out.Status, out.Code = d.Change.Seq, plan.NotAttempted, model.CodeNotAttempted
	out.Message = "the run ended before the answer was seen; nothing was found"
	if d.Change.Action == plan.Create {
		ids, err := s.lookTwice(soft, look, d)
		switch {
		case errors.Is(err, push.ErrNoLook): // a matter of this row, and no reason to keep all others waiting
			s.opts.Progress.Note(fmt.Sprintf("row %d of run %s stays in doubt: %v", d.Change.Row, d.Run, err))
			return false, nil
		case err != nil:
			return false, fmt.Errorf("look for what became of row %d of run %s: %w", d.Change.Row, d.Run, err)
		case len(ids) == 1:
			out.Status, out.ID, out.Code, out.Message = plan.Created, ids[0], "", ""
		case len(ids) > 1:
			out.Status, out.Code = plan.InDoubt, model.CodeSeveralMatches
			out.Message = fmt.Sprintf("%d records hold what was sent: ids %v", len(ids), ids)
		}
	} else {
		out.Message = "the run ended before the answer was seen; the change is compared anew"
	}
	recorder, err := s.ledger.Recorder(ctx, d.Run)
	if err != nil {
		return false, err
	}
	err = errors.Join(recorder.Conclude(ctx, out), recorder.Flush(ctx), recorder.Close())
	if err != nil || out.Status == plan.InDoubt {
		return false, err
	}
	// A plan that was made before this moment does not know what was found; see checkFresh.
	return true, s.ledger.SetCache(ctx, s.account.text(), s.settledName(), []byte(d.Run))
}

// lookTwice looks until something is found, and believes in its absence only after two looks, both later than the settle
// time after the last intent.
func (s *session) lookTwice(ctx context.Context, look push.Looker, d *ledger.Doubt) ([]string, error) {
	settle := *s.opts.Job.Connection.Settle
	for _, at := range []time.Duration{settle, 2 * settle} {
		// The time of the intent is another process's: a clock that was set back must not make this wait for ever.
		if err := pace.Sleep(ctx, min(at, time.Until(d.Last.Add(at)))); err != nil {
			return nil, err
		}
		if ids, err := look.Look(ctx, &d.Change); err != nil || len(ids) > 0 {
			return ids, err
		}
	}
	return nil, nil
}
