package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// attempt is the state of one change while a worker holds it.
type attempt struct {
	change  *plan.Change
	n       int       // requests sent
	began   time.Time // when the first of them was
	doubted bool      // a create may have gone through without our seeing it
	unseen  bool      // what became of the latest request that arrived was not seen
	unread  int       // times in a row that the record could not be read right before its update
	renewed int       // times in a row that it was refused for its token, which was renewed then
	answer  Answer
	id      string // of the last request
}

// carryOut takes one change from its first intent to its outcome. It leaves the change without an outcome only if the run
// ended before anything was sent for it, or if the ledger is in trouble.
func (r *run) carryOut(ctx, soft context.Context, c *plan.Change) {
	a := &attempt{change: c}
	for r.send(ctx, soft, a) {
		d := Decide(a.answer, State{
			Action: c.Action, Attempt: a.n, Doubted: a.doubted, Unseen: a.unseen, Unread: a.unread, Renewed: a.renewed,
			Down: r.downFor(), Alone: r.aloneSince(a.began), MaxPause: r.opts.MaxPause, Backoff: r.parts.Pacer.Backoff(max(a.n, 1)),
		})
		a.renewed++
		if a.answer.Verdict != Expired {
			a.renewed = 0
		}
		r.rest(soft, d)
		over := false
		switch d.Next {
		case Finish:
			r.conclude(ctx, a.change, a.outcome(d.Status, d.Code))
			over = true
		case Halt:
			r.halt(fmt.Errorf("%w: %s", d.Reason, a.answer.Message))
			r.conclude(ctx, a.change, a.broken(d.Code))
			over = true
		case Look:
			over = r.settleDoubt(ctx, soft, a, d)
		case Probe:
			over = r.probe(ctx, soft, a, d)
		}
		if over {
			return
		}
	}
	if a.n > 0 {
		r.conclude(ctx, a.change, a.broken(model.CodeNotAttempted))
	}
}

// send waits for its turn, makes the intent durable and sends one request. It reports false if the run ends first.
func (r *run) send(ctx, soft context.Context, a *attempt) bool {
	if soft.Err() != nil {
		return false
	}
	ok, barred := r.turn(ctx, soft, a)
	if !ok {
		return false
	}
	defer r.parts.Pacer.Done()
	if barred {
		return true
	}
	if !r.begin() {
		r.halt(ErrLimit)
		return false
	}
	in := Intent{Seq: a.change.Seq, Attempt: a.n + 1, RequestID: uuid.NewString()}
	if err := r.parts.Recorder.Intend(ctx, in); err != nil {
		if ctx.Err() == nil || !errors.Is(err, ctx.Err()) { // a run that is cut off is no trouble of the ledger
			r.halt(recorderTrouble(err))
		}
		return false
	}
	a.n, a.id = in.Attempt, in.RequestID
	if a.began.IsZero() {
		a.began = time.Now()
	}
	a.answer = r.parts.Writer.Write(ctx, a.change, a.id)
	a.unseen = a.answer.Verdict == Unclear || a.redirected() || a.unseen && a.answer.Verdict != Accepted
	r.note(a.answer, a.n > 1)
	return true
}

// redirected reports whether a create was answered with 301, 302 or 303: that may be how an API shows what it has stored.
func (a *attempt) redirected() bool {
	const temporary = 307 // and 308: send the same again elsewhere
	return a.answer.Verdict == Misdirected && a.change.Action == plan.Create && a.answer.HTTPStatus < temporary
}

// rest waits as decided. A wait that the API asked for holds for all workers: it is the next request that waits then.
func (r *run) rest(soft context.Context, d Decision) {
	switch {
	case d.Shared:
		r.parts.Pacer.Pause(d.Wait)
	case d.Wait > 0:
		_ = r.parts.Pacer.Sleep(soft, d.Wait) // an ended run is noticed by send
	}
}

// settleDoubt looks until it is known what became of a create: exactly one new record that holds all that was sent is
// ours; none, twice after the settle time, is surely absent; several are for a person. It reports whether the change has its
// outcome.
func (r *run) settleDoubt(ctx, soft context.Context, a *attempt, d Decision) bool {
	a.doubted = true
	if r.parts.Looker == nil {
		r.doubt(ctx, a, model.CodeInDoubt, "the API offers no way to look for it")
		return true
	}
	for _, wait := range []time.Duration{0, a.answer.Lingers + r.opts.Settle, r.opts.Settle} {
		ids, err := r.look(ctx, soft, a.change, wait)
		switch {
		case err != nil:
			r.doubt(ctx, a, model.CodeInDoubt, "could not look for it: "+err.Error())
			return true
		case len(ids) == 1:
			a.answer.ID = ids[0]
			r.conclude(ctx, a.change, a.outcome(plan.Created, ""))
			return true
		case len(ids) > 1:
			r.doubt(ctx, a, model.CodeSeveralMatches, fmt.Sprintf("%d new records hold what was sent: ids %v", len(ids), ids))
			return true
		}
	}
	a.unseen = false
	switch d.Status {
	case plan.Planned:
		return false
	case plan.InDoubt:
		r.doubt(ctx, a, d.Code, "no new record holds what was sent")
	default:
		r.conclude(ctx, a.change, a.outcome(d.Status, d.Code))
	}
	return true
}

// probe finds out whether it is the API that is down, or this one record that fails. The API is alive if it shows the
// record, or if anything else went well while it did not. It reports whether the change has its outcome.
func (r *run) probe(ctx, soft context.Context, a *attempt, d Decision) bool {
	if r.parts.Looker == nil {
		r.doubt(ctx, a, model.CodeInDoubt, "the API offers no way to look at the record")
		return true
	}
	began := time.Now()
	switch holds, err := r.parts.Looker.Probe(ctx, a.change); {
	case err == nil && holds: // one of the attempts went through after all
		r.alive()
		r.conclude(ctx, a.change, a.outcome(plan.Updated, ""))
		return true
	case err == nil:
		r.alive()
	case soft.Err() != nil || !r.aliveSince(began):
		return false
	case d.Status == plan.Rejected:
		r.doubt(ctx, a, model.CodeInDoubt, "the record could not be read: "+err.Error())
		return true
	}
	r.conclude(ctx, a.change, a.outcome(cmp.Or(d.Status, plan.Failed), d.Code))
	return true
}

// doubt ends a change in doubt.
func (r *run) doubt(ctx context.Context, a *attempt, code model.Code, why string) {
	a.answer.Message = joinText(a.answer.Message, why)
	r.conclude(ctx, a.change, a.outcome(plan.InDoubt, code))
}

// look waits and looks. While the API is down it keeps trying for as long as the run may pause.
func (r *run) look(ctx, soft context.Context, c *plan.Change, wait time.Duration) ([]string, error) {
	if err := r.parts.Pacer.Sleep(ctx, wait); err != nil {
		return nil, err
	}
	began := time.Now()
	for n := 1; ; n++ {
		ids, err := r.parts.Looker.Look(ctx, c)
		if err == nil {
			r.alive()
			return ids, nil
		}
		if errors.Is(err, ErrUnauthorized) {
			r.halt(err)
		}
		if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrNoLook) {
			return nil, err
		}
		if time.Since(began) > r.opts.MaxPause {
			r.halt(fmt.Errorf("%w: %w", ErrDown, err))
			return nil, err
		}
		if r.parts.Pacer.Sleep(soft, r.parts.Pacer.Backoff(n)) != nil {
			return nil, err // the run ends, and what is said of the change is why it could not be looked for
		}
	}
}

// outcome is how the change ended, with what the last answer said.
func (a *attempt) outcome(status plan.Status, code model.Code) Outcome {
	out := Outcome{
		Seq: a.change.Seq, Status: status, ID: a.change.ID, Code: code, Field: a.answer.Field,
		Message: a.answer.Message, Faults: a.answer.Faults, HTTPStatus: a.answer.HTTPStatus, Attempts: a.n, RequestID: a.requestID(),
	}
	if status == plan.Created {
		out.ID = a.answer.ID
	}
	if status == plan.Created || status == plan.Updated {
		out.Field, out.Message, out.Faults = "", "", nil // of an answer that was in the way of this one
	}
	return out
}

// requestID is the id under which the last request can be found: ours, and the API's own if it gave it another.
func (a *attempt) requestID() string {
	if a.answer.RequestID == "" {
		return a.id
	}
	return fmt.Sprintf("%s (server: %s)", a.id, a.answer.RequestID)
}

// broken is the outcome of a change that the end of the run has caught on its way: what was sent and not seen is in doubt,
// anything else was surely not done.
func (a *attempt) broken(code model.Code) Outcome {
	if a.unseen {
		return a.outcome(plan.InDoubt, model.CodeInDoubt)
	}
	return a.outcome(plan.NotAttempted, code)
}

// recorderTrouble marks an error as trouble of the ledger.
func recorderTrouble(err error) error { return fmt.Errorf("%w: %w", ErrRecorder, err) }

// joinText puts two texts into one line.
func joinText(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
