package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// openDoubt is a change in doubt that looking has not settled.
type openDoubt struct {
	ledger.Doubt
	candidates []string // ids of the records that hold all that was sent
	why        string   // it stays in doubt
}

// settler finds out what became of changes in doubt, and records it with the runs that left them.
type settler struct {
	session   *session
	look      *looker
	recorders map[string]*ledger.Recorder // by run
	open      []openDoubt
	by        Decision // of a person who holds them to be absent, if looking does, too
	noted     bool     // a person knows why this takes so long
}

// newSettler begins to settle. It must be closed before anybody else records for the runs.
func (s *session) newSettler() *settler {
	return &settler{session: s, look: s.looker(), recorders: map[string]*ledger.Recorder{}}
}

// close ends the recorders.
func (t *settler) close() error {
	var errs []error
	for _, r := range t.recorders {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// settleDoubts looks for what became of the changes that earlier runs left in doubt, before anything is planned or sent: the
// plan must know what is there. open is what stays in doubt; others tells whether something was settled of another run than
// the session's own.
func (s *session) settleDoubts(ctx, soft context.Context) (open []openDoubt, others bool, err error) {
	doubts, err := s.ledger.Unanswered(ctx, s.opts.Job.Resource.Model, s.account.text(), s.resource())
	if err != nil || len(doubts) == 0 {
		return nil, false, err
	}
	s.opts.Progress.Note(countOf(len(doubts), "change of an earlier run is in doubt; looking for what became of it", "changes of earlier runs are in doubt; looking for what became of them"))
	open, err = s.settle(ctx, soft, doubts, Decision{})
	if err = errors.Join(err, s.catchUp(context.WithoutCancel(ctx))); err != nil { // what is settled is settled, however this ended
		return nil, false, err
	}
	theirs := 0
	for i := range doubts {
		if doubts[i].Run != s.run.ID {
			theirs++
		}
	}
	for i := range open {
		if open[i].Run != s.run.ID {
			theirs--
		}
	}
	return open, theirs > 0, nil
}

// settle looks for what became of changes in doubt, and returns those that stay so. by is what a person says of them, if
// anything.
func (s *session) settle(ctx, soft context.Context, doubts []ledger.Doubt, by Decision) (open []openDoubt, err error) {
	t := s.newSettler()
	t.by = by
	defer func() { err = errors.Join(err, t.close()) }()
	s.opts.Progress.Stage("settling doubts", len(doubts))
	defer func() {
		s.opts.Progress.End()
		for _, line := range openText(t.open) {
			s.opts.Progress.Note(line)
		}
	}()
	for _, group := range t.groups(doubts) {
		if group[0].Change.Action == plan.Update {
			err = t.settleUpdate(ctx, soft, &group[0])
		} else {
			err = t.settleCreates(ctx, soft, group)
		}
		if err != nil {
			return nil, err
		}
	}
	return t.open, nil
}

// groups puts the creates below the same parent together: one listing shows what became of all of them.
func (t *settler) groups(doubts []ledger.Doubt) [][]ledger.Doubt {
	var groups [][]ledger.Doubt
	at := map[string]int{} // by parent
	r := t.session.opts.Job.Resource
	for _, d := range doubts {
		if d.Change.Action == plan.Update {
			groups = append(groups, []ledger.Doubt{d})
			continue
		}
		parent := ""
		for _, name := range r.Parents {
			parent += d.Change.Record[r.Model.Index(name)].Text + "\x1f"
		}
		i, known := at[parent]
		if !known {
			i = len(groups)
			at[parent], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

// settleCreates looks until something is found, and believes in the absence of the rest only after two looks, both later
// than the settle time after their requests can be at work no more.
func (t *settler) settleCreates(ctx, soft context.Context, doubts []ledger.Doubt) error {
	first := 0 // look at once: what is found need not wait
	if t.wait(doubts, 1) <= 0 {
		first = 1 // every look is late enough
	}
	for n := first; n <= 2 && len(doubts) > 0; n++ {
		if n > 0 {
			if err := t.rest(soft, doubts, n); err != nil {
				return err
			}
		}
		var err error
		if doubts, err = t.find(ctx, soft, doubts); err != nil {
			return err
		}
	}
	for i := range doubts {
		if err := t.giveUp(ctx, soft, &doubts[i], "nothing of it was found"); err != nil {
			return err
		}
	}
	return nil
}

// giveUp records that a change was surely not carried out.
func (t *settler) giveUp(ctx, soft context.Context, d *ledger.Doubt, seen string) error {
	if t.by.Verdict == Absent {
		return t.decide(ctx, soft, &openDoubt{Doubt: *d}, t.by)
	}
	out := unsent(d)
	out.Message = "the run ended before the answer was seen; " + seen
	return t.conclude(ctx, d.Run, out)
}

// find looks once for creates below one parent. Exactly one record is taken to be ours, several are for a person. It
// returns the creates of which nothing was found.
func (t *settler) find(ctx, soft context.Context, doubts []ledger.Doubt) (left []ledger.Doubt, err error) {
	var creates []*plan.Change
	for i := range doubts {
		creates = append(creates, &doubts[i].Change)
	}
	found, err := t.look.lookFor(soft, creates)
	if errors.Is(err, push.ErrNoLook) { // a matter of these rows, and no reason to keep all others waiting
		for i := range doubts {
			t.leave(&doubts[i], nil, "could not look for it: "+err.Error())
		}
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for what became of row %d of run %s: %w", doubts[0].Change.Row, doubts[0].Run, err)
	}
	for i, ids := range found {
		d := &doubts[i]
		out := unsent(d)
		switch len(ids) {
		case 0:
			left = append(left, *d)
			continue
		case 1:
			out.Status, out.ID, out.Code = plan.Created, ids[0], ""
		default:
			out.Status, out.Code = plan.InDoubt, model.CodeSeveralMatches
			out.Message = fmt.Sprintf("%d records hold what was sent: ids %v", len(ids), ids)
			t.leave(d, ids, out.Message)
		}
		if err := t.conclude(ctx, d.Run, out); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// settleUpdate reads the record of an update: if it holds all that was sent, the update is done. Else it is not, once its
// request can be at work no more: then it would undo what a later run writes.
func (t *settler) settleUpdate(ctx, soft context.Context, d *ledger.Doubt) error {
	one := []ledger.Doubt{*d}
	for late := t.wait(one, 0) <= 0; ; late = true {
		holds, err := t.look.Probe(soft, &d.Change)
		if err != nil {
			return fmt.Errorf("look for what became of row %d of run %s: %w", d.Change.Row, d.Run, err)
		}
		if holds {
			out := unsent(d)
			out.Status, out.ID, out.Code = plan.Updated, d.Change.ID, ""
			return t.conclude(ctx, d.Run, out)
		}
		if late {
			return t.giveUp(ctx, soft, d, "the record does not show the update")
		}
		if err := t.rest(soft, one, 0); err != nil {
			return err
		}
	}
}

// rest waits until no request of these changes can be at work any more, and then for so many settle times.
func (t *settler) rest(ctx context.Context, doubts []ledger.Doubt, settles int) error {
	wait := t.wait(doubts, settles)
	if wait >= time.Second && !t.noted {
		t.noted = true
		until := time.Now().Add(wait).Format(time.TimeOnly)
		t.session.opts.Progress.Note("waiting until " + until + ": a request that was cut off may still be at work")
	}
	return pace.Sleep(ctx, wait)
}

// wait is how long that is from now.
func (t *settler) wait(doubts []ledger.Doubt, settles int) time.Duration {
	var wait time.Duration
	for i := range doubts {
		d := &doubts[i]
		quiet := lingers(d, t.session.opts.Job.Connection.Timeout) + time.Duration(settles)**t.session.opts.Job.Connection.Settle
		// The time of the intent is another process's: a clock that was set back must not make this wait for ever.
		wait = max(wait, min(quiet, time.Until(d.Last.Add(quiet))))
	}
	return wait
}

// lingers is for how long after its intent a request may be at work. One that was answered is not. Any other was cut off:
// by the end of the process or by us, at the latest when the timeout was over, and an API that is slow once may be as slow
// again.
func lingers(d *ledger.Doubt, timeout time.Duration) time.Duration {
	if d.Concluded && d.Outcome.HTTPStatus != 0 {
		return 0
	}
	return 2 * timeout
}

// unsent is the outcome of a change that turns out not to have been carried out.
func unsent(d *ledger.Doubt) push.Outcome {
	out := d.Outcome
	out.Seq, out.Status, out.Code = d.Change.Seq, plan.NotAttempted, model.CodeNotAttempted
	out.Field, out.Message, out.Faults = "", "", nil // of an answer that was in the way of this one
	return out
}

// leave keeps a change for a person.
func (t *settler) leave(d *ledger.Doubt, candidates []string, why string) {
	t.open = append(t.open, openDoubt{*d, candidates, why})
	t.session.log.Info("still in doubt", "run", d.Run, "row", d.Change.Row, "why", why)
	t.session.opts.Progress.Step()
}

// conclude records what became of a change of an earlier run.
func (t *settler) conclude(ctx context.Context, run string, out push.Outcome) error {
	if out.Status != plan.InDoubt {
		// Before the outcome: if the process dies between the two, a plan that does not know of it is stale all the same.
		if err := t.session.markSettled(ctx, run); err != nil {
			return err
		}
		t.session.opts.Progress.Step()
	}
	r := t.recorders[run]
	if r == nil {
		var err error
		if r, err = t.session.ledger.Recorder(ctx, run); err != nil {
			return err
		}
		t.recorders[run] = r
	}
	if err := r.Conclude(ctx, out); err != nil {
		return err
	}
	t.session.log.Info("doubt", "run", run, "seq", out.Seq, "status", out.Status, "code", out.Code, "id", out.ID, "message", out.Message)
	return r.Flush(ctx)
}

// standoff is why the run may not be pushed: it would create a record that may be there already, for what became of an
// earlier request for the same key is not known. It is nil if no change of the run is such a one.
func (s *session) standoff(ctx context.Context, open []openDoubt) error {
	claimed := map[string]*openDoubt{} // by key
	for i := range open {
		if d := &open[i]; d.Run != s.run.ID && d.Change.Action == plan.Create && s.hasSameKey(ctx, d.Run) {
			claimed[d.Change.Key] = d
		}
	}
	if len(claimed) == 0 {
		return nil
	}
	for c, err := range s.ledger.Pending(ctx, s.opts.Job.Resource.Model, s.run.ID) {
		if err != nil {
			return err
		}
		if d := claimed[c.Key]; d != nil && c.Action == plan.Create {
			return fmt.Errorf("%w: row %d would create %s, and what became of row %d of run %s, which was to create it, is in doubt; "+
				"settle that with `rollcall resolve %s`", ErrDoubt, c.Row, shownKey(c.Key), d.Change.Row, d.Run, d.Run)
		}
	}
	return nil
}

// shownKey is a key as a person can read it.
func shownKey(key string) string { return strings.ReplaceAll(key, "\x1f", " / ") }

// countOf is a number with its words.
func countOf(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}
