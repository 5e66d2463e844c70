package push

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// run is the shared state of the workers of one Run.
type run struct {
	opts  Options
	parts Parts
	drain context.CancelFunc // lets no further change begin
	pair  chan struct{}      // full while a change waits for two turns

	mu      sync.Mutex
	down    time.Time // since when nothing has gone well, zero if something has
	wrote   time.Time // when a write last went well
	early   error
	begun   int // requests that may be sent
	sent    int
	retried int
	ends    ends

	fates map[int64]fate // of changes that others wait for
}

// ends is how changes have ended.
type ends struct {
	of        plan.Counts // all that have an outcome
	failures  int         // those that the guard counts
	forbidden int         // those that the API forbade
	judged    int         // those that the API, or the lack of its answer, has ended in any other way
}

// work starts the workers, feeds them and waits for them; it is the one owner of the channels.
func (r *run) work(ctx, soft context.Context, changes iter.Seq2[plan.Change, error]) error {
	var workers sync.WaitGroup
	todo := make(chan *plan.Change)
	done := make(chan *plan.Change) // what they are through with
	fed := make(chan struct{})
	for range r.opts.Workers {
		workers.Go(func() {
			for c := range todo {
				r.carryOut(ctx, soft, c)
				select {
				case done <- c:
				case <-fed:
				}
			}
		})
	}
	f := &feeder{run: r, todo: todo, done: done, busy: map[string]bool{}, held: map[int64]bool{}}
	left, err := f.feed(ctx, soft, changes)
	close(todo)
	close(fed)
	workers.Wait()
	if left {
		r.halt(ErrLimit) // only now: what was handed out is carried out
	}
	return err
}

// halt ends the run early: no further change begins. The first reason counts.
func (r *run) halt(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.early == nil {
		r.early = reason
	}
	r.drain()
}

// conclude records the outcome of a change and lets the guards see it.
func (r *run) conclude(ctx context.Context, c *plan.Change, out Outcome) {
	if err := r.parts.Recorder.Conclude(context.WithoutCancel(ctx), out); err != nil {
		r.halt(recorderTrouble(err))
		return
	}
	r.tell(c, &out)
	r.parts.Done(out)
	r.mu.Lock()
	e := &r.ends
	e.of[out.Status]++
	if out.Status == plan.Failed || out.Status == plan.Rejected {
		e.failures++
	}
	switch {
	case out.Code == model.CodeForbidden:
		e.forbidden++
	case out.Status != plan.NotAttempted:
		e.judged++
	}
	over := r.opts.MaxFailures >= 0 && e.failures > r.opts.MaxFailures
	barred := e.judged == 0 && e.forbidden >= enoughForbidden
	r.mu.Unlock()
	if barred { // to go on would only collect more of it
		r.halt(ErrForbidden)
	}
	if over {
		r.halt(ErrGuard)
	}
}

// enoughForbidden is how many changes are forbidden, and none is not, before it is the credentials that are to blame.
const enoughForbidden = 8

// note keeps the figures of the run by what a request's answer was.
func (r *run) note(a Answer, retry bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent++
	if retry {
		r.retried++
	}
	switch a.Verdict {
	case Accepted, Refused, Forbidden:
		r.down, r.wrote = time.Time{}, time.Now()
	case NotSent, Unclear, Throttled:
		if r.down.IsZero() {
			r.down = time.Now()
		}
	}
}

// alive notes that the API has answered something else than a write.
func (r *run) alive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = time.Time{}
}

// downFor is how long nothing has gone well.
func (r *run) downFor() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down.IsZero() {
		return 0
	}
	return time.Since(r.down)
}

// aloneSince is for how long no write has gone well, counted from a moment; 0 if one has gone well since.
func (r *run) aloneSince(began time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wrote.After(began) {
		return 0
	}
	return time.Since(began)
}

// aliveSince reports whether anything has gone well after a moment at which something had just gone wrong.
func (r *run) aliveSince(at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down.IsZero() || r.down.After(at)
}

// begin takes a request out of the budget of this run. It reports false if that is used up.
func (r *run) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opts.MaxRequests > 0 && r.begun >= r.opts.MaxRequests {
		return false
	}
	r.begun++
	return true
}

// result sums the run up. Credentials that were forbidden every single change are not a matter of rows.
func (r *run) result() Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	res := Result{Sent: r.sent, Retried: r.retried, Ended: r.ends.of, Early: r.early}
	if r.ends.forbidden > 0 && r.ends.judged == 0 && !errors.Is(r.early, ErrForbidden) {
		res.Early = errors.Join(ErrForbidden, r.early)
	}
	return res
}
