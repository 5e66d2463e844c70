package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// StagePushing is the stage of which each step takes a request.
const StagePushing = "pushing"

// push carries out what is pending of the session's run, and accounts for it.
func (s *session) push(ctx, soft context.Context) (*reconcile.Summary, error) {
	c := &s.opts.Job.Connection
	counts, err := s.counts(ctx)
	if err != nil {
		return nil, err
	}
	s.opts.Progress.Stage(StagePushing, counts[plan.NotAttempted])
	if s.opts.Meter != nil {
		s.opts.Meter.Counts(counts)
	}
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
		Writer: s.client, Looker: s.looker(), Recorder: recorder, Pacer: s.pacer, Rechecker: s.rechecker(),
		Done: s.done,
	}, s.ledger.Pending(ctx, s.opts.Job.Resource.Model, s.run.ID))
	err = errors.Join(err, recorder.Close())
	if result.Early == nil && err != nil {
		result.Early = err
	}
	s.recount(&result)
	if counts, err = s.counts(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	if errors.Is(result.Early, push.ErrStopped) && counts[plan.NotAttempted]+counts[plan.InDoubt] == 0 {
		result.Early = nil // the stop came when everything was done already
	}
	if stop := stopOf(soft); stop != nil && ExitOf(result.Early) == ExitEarly && !errors.Is(result.Early, stop) {
		result.Early = errors.Join(result.Early, stop) // whoever stopped the run is told so, whatever else was about to end it
	}
	s.run.Requests.Retried += result.Retried
	return s.finish(ctx, ending{early: result.Early})
}

// counts is how the rows of the session's run stand.
func (s *session) counts(ctx context.Context) (counts plan.Counts, err error) {
	if s.stored.counts == nil {
		s.stored.counts, err = s.ledger.Counts(ctx, s.run.ID)
	}
	return s.stored.counts, err
}

// recount moves the counts by what a push has seen to its end. After any other push only the ledger knows. The report compares
// them with what it reads there.
func (s *session) recount(r *push.Result) {
	if r.Early != nil {
		s.stored.counts = nil
		return
	}
	counts := maps.Clone(s.stored.counts)
	for status, n := range r.Ended {
		counts[plan.NotAttempted] -= n
		counts[status] += n
	}
	s.stored.counts = counts
}

// rechecker looks at records once more before they are updated, if that is asked for.
func (s *session) rechecker() push.Rechecker {
	if !s.opts.Recheck {
		return nil
	}
	return s.client
}

// forecastRechecks counts the read before each of so many updates, once for a run.
func (s *session) forecastRechecks(updates int) {
	if !s.stored.Rechecked {
		s.stored.Rechecked = true
		s.run.Requests.Forecast += updates
	}
}

// done shows and logs the end of one change.
func (s *session) done(o push.Outcome) {
	s.opts.Progress.Step()
	if s.opts.Meter != nil {
		s.opts.Meter.Row(o.Status)
	}
	if !o.Status.Settled() {
		s.log.Info("change", "seq", o.Seq, "status", o.Status, "code", o.Code, "field", o.Field, "message", o.Message, "http", o.HTTPStatus, "attempts", o.Attempts, "request", o.RequestID)
	}
}

// looker looks for what became of a change.
func (s *session) looker() *looker {
	r := s.opts.Job.Resource
	l := &looker{finder: s.client, model: r.Model, planner: s.planner, blind: r.List == nil}
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
	blind   bool          // the API does not list its records
}

var _ push.Looker = (*looker)(nil)

// Look finds the records that one create may have made.
func (l *looker) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	found, err := l.lookFor(ctx, []*plan.Change{c})
	return found[0], err
}

// lookFor lists the one parent of all these creates and compares every field that each of them sent. What the plan has
// listed was there before the intent; without a plan at hand the key settles it: had it been there, the plan would not have
// created it. A record that does not show its key cannot be told.
func (l *looker) lookFor(ctx context.Context, creates []*plan.Change) (found [][]string, err error) {
	found = make([][]string, len(creates))
	if l.blind {
		return found, fmt.Errorf("%w: it has no operation that lists them", push.ErrNoLook)
	}
	untold := make([]bool, len(creates)) // there is a record that may be the one, and does not show its key
	err = l.finder.List(ctx, creates[0].Record, func(f plan.Found) error {
		if l.planner != nil && l.planner.Knows(f.ID) {
			return nil
		}
		for i, c := range creates {
			switch {
			case !push.Holds(l.model, c, f.Record):
			case l.shows(f.Record, l.key):
				found[i] = append(found[i], f.ID)
			default:
				untold[i] = true
			}
		}
		return nil
	})
	for i := range creates {
		if err == nil && untold[i] && len(found[i]) == 0 {
			err = fmt.Errorf("%w: a record that may be the one does not show by what it could be told", push.ErrNoLook)
		}
	}
	switch {
	case errors.Is(err, remote.ErrUnauthorized):
		err = fmt.Errorf("%w: %w", push.ErrUnauthorized, err)
	case errors.Is(err, plan.ErrParentNotFound) || errors.Is(err, plan.ErrParentForbidden):
		err = fmt.Errorf("%w: %w", push.ErrNoLook, err)
	}
	return found, err
}

// shows reports whether a record says what all of these fields are, in a form that can be compared.
func (l *looker) shows(record model.Record, fields []int) bool {
	for _, i := range fields {
		if !record[i].Known() || !l.model.Fields[i].Fits(record[i]) {
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
	return ok && push.Holds(l.model, c, f.Record) && l.shows(f.Record, sent), err
}
