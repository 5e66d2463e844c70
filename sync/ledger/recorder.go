package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// linger is how long outcomes wait for an intent to share its commit.
const linger = 5 * time.Millisecond

// Recorder writes the intents and outcomes of one run. Whatever its callers hand in while a commit is under way goes into
// the next one, so that many share the cost of one write to the disk. A Recorder whose commit has failed is broken: it
// answers everything with that error, because after a failed write nobody knows what the disk holds.
type Recorder struct {
	ledger *Ledger
	group  *group // owned by the goroutine

	mu    sync.Mutex
	queue []*entry
	err   error // why no more is taken in
	stats Stats

	urgent chan struct{} // somebody waits for a commit
	lazy   chan struct{} // there is something to commit
	done   chan struct{} // closed when the goroutine has ended
}

// Stats is what a Recorder has written.
type Stats struct {
	Commits  int64
	Intents  int64
	Outcomes int64
}

// entry is an intent, an outcome, or with neither of them a flush.
type entry struct {
	intent  *push.Intent
	outcome *push.Outcome
	at      time.Time
	answer  chan error // takes one answer without a receiver
}

// Recorder begins to record for a run. It must be closed. A run has one at a time.
func (l *Ledger) Recorder(ctx context.Context, runID string) (*Recorder, error) {
	g, err := l.newGroup(ctx, runID)
	if err != nil {
		return nil, l.explain("record run "+runID, err)
	}
	r := &Recorder{
		ledger: l, group: g,
		urgent: make(chan struct{}, 1), lazy: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go r.loop(context.WithoutCancel(ctx))
	return r, nil
}

// Intend returns nil when the intent is on the disk. An error means that it is not there; after a failed commit it may
// be. It is [ErrStale] if another run has written to the account.
func (r *Recorder) Intend(ctx context.Context, i push.Intent) error {
	if i.Seq < 1 || i.Seq > perRun {
		return fmt.Errorf("record intent: no change has seq %d", i.Seq)
	}
	return r.wait(ctx, &entry{intent: &i})
}

// Conclude takes in the outcome of a change. It is on the disk when the next Intend or Flush returns, and soon without one.
// An outcome that is in doubt or not attempted may be replaced by a later one, all others are final.
func (r *Recorder) Conclude(_ context.Context, o push.Outcome) error {
	if o.Seq < 1 || o.Seq > perRun || o.Status == plan.Planned {
		return fmt.Errorf("record outcome: seq %d with status %q concludes nothing", o.Seq, o.Status)
	}
	return r.enqueue(&entry{outcome: &o}, r.lazy)
}

// Flush returns nil when everything that was taken in is on the disk.
func (r *Recorder) Flush(ctx context.Context) error { return r.wait(ctx, &entry{}) }

// Close writes what was taken in and ends the Recorder. Closing it again does nothing.
func (r *Recorder) Close() error {
	last := &entry{answer: make(chan error, 1)}
	err := r.enqueue(last, r.urgent)
	if err == nil {
		err = <-last.answer
	}
	r.stop(ErrClosed)
	<-r.done
	if errors.Is(err, ErrClosed) {
		return nil
	}
	return err
}

// Stats is what was written until now.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// wait hands e in and waits until it is committed. When ctx ends first, e is taken back if that is still possible.
func (r *Recorder) wait(ctx context.Context, e *entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.answer = make(chan error, 1)
	if err := r.enqueue(e, r.urgent); err != nil {
		return err
	}
	select {
	case err := <-e.answer:
		return err
	case <-ctx.Done():
		if r.withdraw(e) {
			return ctx.Err()
		}
		return <-e.answer
	}
}

func (r *Recorder) enqueue(e *entry, wake chan<- struct{}) error {
	e.at = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.queue = append(r.queue, e)
	signal(wake)
	return nil
}

func (r *Recorder) withdraw(e *entry) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, q := range r.queue {
		if q == e {
			r.queue = append(r.queue[:i], r.queue[i+1:]...)
			return true
		}
	}
	return false
}

// stop makes the goroutine end; the first reason stands.
func (r *Recorder) stop(reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = reason
	}
	signal(r.urgent)
}

func (r *Recorder) take() (entries []*entry, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	entries, r.queue = r.queue, nil
	return entries, r.err != nil
}

// loop commits what is queued, in groups, until it is stopped.
func (r *Recorder) loop(ctx context.Context) {
	defer close(r.done)
	for {
		select {
		case <-r.urgent:
		case <-r.lazy:
			r.linger()
		}
		entries, ended := r.take()
		if len(entries) > 0 {
			err := r.commit(ctx, entries)
			for _, e := range entries {
				if e.answer != nil {
					e.answer <- err
				}
			}
			continue
		}
		if ended {
			return
		}
	}
}

func (r *Recorder) linger() {
	t := time.NewTimer(linger)
	defer t.Stop()
	select {
	case <-r.urgent:
	case <-t.C:
	}
}

func (r *Recorder) commit(ctx context.Context, entries []*entry) error {
	r.mu.Lock()
	broken := r.err
	r.mu.Unlock()
	if broken != nil && !errors.Is(broken, ErrClosed) {
		return broken
	}
	wrote, err := r.group.commit(ctx, entries)
	if err != nil {
		err = r.ledger.explain("record run "+r.group.run.id, err)
		r.stop(err)
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Commits += wrote.Commits
	r.stats.Intents += wrote.Intents
	r.stats.Outcomes += wrote.Outcomes
	return nil
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // a signal is waiting already
	}
}
