package push

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// feeder hands out changes: never two with the same key at a time, and none before the records are there whose ids it sends.
// It is the feeder that waits, never a worker: so there is always somebody to carry out what is waited for. That must come
// earlier among the changes.
type feeder struct {
	run  *run
	todo chan<- *plan.Change
	done <-chan *plan.Change // what workers are through with
	busy map[string]bool     // keys that workers have
	held map[int64]bool      // changes that workers have and others wait for
}

// feed hands out the changes. It reports whether Limit has left changes over.
func (f *feeder) feed(ctx, soft context.Context, changes iter.Seq2[plan.Change, error]) (left bool, err error) {
	given := 0
	for c, err := range changes {
		if err != nil {
			return false, err
		}
		if f.run.opts.Limit > 0 && given == f.run.opts.Limit {
			return true, nil
		}
		for f.busy[c.Key] || f.waits(&c) {
			if !f.await(soft) {
				return false, nil
			}
		}
		if soft.Err() != nil {
			return false, nil
		}
		if out, lost := f.run.fill(&c); lost {
			f.run.leave(ctx, &c, out)
			continue
		}
		if !f.hand(soft, &c) {
			return false, nil
		}
		given++
	}
	return false, nil
}

// await waits until a worker is through with a change. It reports false if the run ends first.
func (f *feeder) await(soft context.Context) bool {
	select {
	case c := <-f.done:
		f.free(c)
		return true
	case <-soft.Done():
		return false
	}
}

// free notes that a worker is through with a change.
func (f *feeder) free(c *plan.Change) {
	delete(f.busy, c.Key)
	delete(f.held, c.Seq)
}

// waits reports whether a worker has what a change waits for.
func (f *feeder) waits(c *plan.Change) bool {
	return slices.ContainsFunc(c.Order.After, func(w plan.Wait) bool { return f.held[w.Seq] })
}

// hand gives a change to the next free worker. It reports false if the run ends first.
func (f *feeder) hand(soft context.Context, c *plan.Change) bool {
	for soft.Err() == nil {
		select {
		case f.todo <- c:
			if c.Key != "" {
				f.busy[c.Key] = true
			}
			if c.Order.Awaited {
				f.held[c.Seq] = true
			}
			return true
		case c := <-f.done:
			f.free(c)
		case <-soft.Done():
		}
	}
	return false
}

// fate is what became of a change that others wait for.
type fate struct {
	status plan.Status
	id     string
}

// fill puts the ids that a change has waited for into its record. It reports true if one of them will not come, and then how the
// change ends: it may be resumed if what it waits for may be.
func (r *run) fill(c *plan.Change) (out Outcome, lost bool) {
	if len(c.Order.After) == 0 {
		return out, false
	}
	c.Record = slices.Clone(c.Record)
	for i := range c.Order.After {
		w := &c.Order.After[i]
		if c.Record[w.Field].Known() {
			continue
		}
		above := r.fateOf(w)
		if above.status == plan.Created && above.id != "" {
			c.Record[w.Field] = w.Value(above.id)
			continue
		}
		if lost && out.Status == plan.Rejected {
			continue
		}
		lost = true
		out = Outcome{Seq: c.Seq, ID: c.ID, Status: plan.Rejected, Code: model.CodeParentNotCreated, Field: w.Name}
		out.Message = fmt.Sprintf("row %d was to create the record for %s, and is %s", w.Row, w.Name, above.status)
		switch above.status {
		case plan.InDoubt:
			out.Status = plan.NotAttempted
		case plan.Planned, plan.NotAttempted:
			out.Status = plan.NotAttempted
			out.Message = fmt.Sprintf("row %d, which is to create the record for %s, has not been sent", w.Row, w.Name)
		}
	}
	return out, lost
}

// fateOf is what became of the change that another one waits for: in this run, or before it.
func (r *run) fateOf(w *plan.Wait) fate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.fates[w.Seq]; ok {
		return known
	}
	return fate{status: w.Status}
}

// tell keeps what became of a change that others wait for. By then that is on its way to the disk, and it is there before any
// intent of theirs.
func (r *run) tell(c *plan.Change, out *Outcome) {
	if !c.Order.Awaited {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fates == nil {
		r.fates = map[int64]fate{}
	}
	r.fates[out.Seq] = fate{out.Status, out.ID}
}

// leave records how a change ends for which nothing can be sent. It is no failure of the API, so no guard counts it.
func (r *run) leave(ctx context.Context, c *plan.Change, out Outcome) {
	if err := r.parts.Recorder.Conclude(context.WithoutCancel(ctx), out); err != nil {
		r.halt(recorderTrouble(err))
		return
	}
	r.tell(c, &out)
	r.parts.Done(out)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends.of[out.Status]++
}
