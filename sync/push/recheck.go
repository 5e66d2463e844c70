package push

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Rechecker looks at a record once more right before it is changed.
type Rechecker interface {
	// Recheck reads the record of the update c. drift is the first field that is neither as the plan has seen it nor as c is to
	// make it, nil if there is none; a field that is not shown, or in a form nobody can tell, says nothing. begun is called when
	// the read goes out. Unless the write is to follow, its place among the requests is given back. An error means that the
	// record could not be read, and that it may go better later.
	Recheck(ctx context.Context, c *plan.Change, begun func()) (drift *Fault, err error)
}

// turn waits until a change may be sent. With a Rechecker, the request that reads the record has to have its turn, too, and is
// over when turn returns: two turns are taken by one change at a time, or all might hold one and wait for another. It reports
// ok false if the run ends first, and barred if the record speaks against sending: that is the answer of the attempt then.
func (r *run) turn(ctx, soft context.Context, a *attempt) (ok, barred bool) {
	if r.parts.Rechecker == nil || a.change.Action != plan.Update {
		return r.parts.Pacer.Wait(soft) == nil, false
	}
	select {
	case r.pair <- struct{}{}:
	case <-soft.Done():
		return false, false
	}
	begun := sync.OnceFunc(func() { <-r.pair })
	defer begun()
	if r.parts.Pacer.Wait(soft) != nil {
		return false, false
	}
	drift, err := r.parts.Rechecker.Recheck(ctx, a.change, begun)
	switch {
	case err != nil && ctx.Err() != nil:
		r.parts.Pacer.Done()
		return false, false
	case errors.Is(err, ErrUnauthorized):
		a.answer = Answer{Verdict: Unauthorized, RetryAfter: -1, Message: err.Error()}
		return true, true
	case err != nil:
		if a.unread++; a.began.IsZero() {
			a.began = time.Now()
		}
		a.answer = Answer{Verdict: NotSent, RetryAfter: -1, Message: "the record could not be read right before its update: " + err.Error()}
		r.fell()
		return true, true
	case drift != nil:
		a.answer = Answer{Verdict: Drifted, RetryAfter: -1, Field: drift.Field, Message: drift.Message}
		r.alive()
		return true, true
	}
	r.alive()
	a.unread = 0
	return true, false
}

// fell notes that the API could not be reached.
func (r *run) fell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down.IsZero() {
		r.down = time.Now()
	}
}
