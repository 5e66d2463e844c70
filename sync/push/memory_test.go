package push_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

var errDisk = errors.New("no space left on device")

// memory is a push.Recorder that knows what would survive a power cut: an intent when its commit is done, an outcome with
// the next commit. It outlives the processes that write to it.
type memory struct {
	mu       sync.Mutex
	fsync    time.Duration
	before   func(push.Intent) time.Duration // what an intent takes before it is written: no two things happen at once then
	breakAt  int                             // the Intend that fails, from 1; 0 = none. Nothing is taken in any more then
	hasty    bool                            // a sabotage: Intend does not wait for its commit
	volatile time.Duration                   // a sabotage: with a process dies what was made durable so shortly before
	proc     *process                        // that is at work, nil for one that never dies
	turn     int                             // how many have been at work before

	calls    int
	broken   bool
	intents  map[string]announced  // durable, by request id
	open     map[int64][]announced // of which nothing final was heard, by change
	first    map[int64]time.Time   // when the process announced the first attempt of a change
	queued   []push.Outcome        // taken in, not durable yet
	outcomes map[int64]push.Outcome
	by       map[int64]int // whose turn it was when an outcome was recorded
	breaches []string
}

// announced is a durable intent.
type announced struct {
	push.Intent
	at   time.Time
	turn int
}

func newMemory() *memory {
	return &memory{
		fsync: 2 * time.Millisecond, intents: map[string]announced{}, open: map[int64][]announced{}, first: map[int64]time.Time{},
		outcomes: map[int64]push.Outcome{}, by: map[int64]int{}, before: func(push.Intent) time.Duration { return 0 },
	}
}

// Intend makes an intent durable.
func (m *memory) Intend(ctx context.Context, in push.Intent) error {
	m.mu.Lock()
	p, due := m.proc, announced{in, time.Now(), m.turn}
	if _, known := m.first[in.Seq]; !known {
		m.first[in.Seq] = time.Now()
	}
	m.mu.Unlock()
	if d := m.before(in); d > 0 && sleep(ctx, d) != nil {
		return ctx.Err()
	}
	if p.dies(beforeIntent) {
		return errDead
	}
	m.mu.Lock()
	m.calls++
	if m.calls == m.breakAt {
		m.broken = true
	}
	broken, hasty := m.broken, m.hasty
	m.mu.Unlock()
	switch {
	case broken:
		return errDisk
	case hasty:
		go func() {
			time.Sleep(m.fsync)
			if !p.dead() {
				m.commit(&due)
			}
		}()
		return nil
	}
	err := sleep(ctx, m.fsync)
	if p.dies(beforeFsync) {
		if p.lucky(in.Seq) {
			m.commit(&due)
		}
		return errDead
	}
	if err != nil {
		return err
	}
	m.commit(&due)
	if p.dies(afterFsync) {
		return errDead
	}
	return nil
}

// commit makes all durable that was taken in.
func (m *memory) commit(in *announced) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if in != nil {
		m.intents[in.RequestID] = *in
		m.open[in.Seq] = append(m.open[in.Seq], *in)
	}
	for _, out := range m.queued {
		old, twice := m.outcomes[out.Seq]
		if twice && (m.by[out.Seq] == m.turn || old.Status != plan.InDoubt && old.Status != plan.NotAttempted) {
			m.breaches = append(m.breaches, fmt.Sprintf("change %d: a second outcome, %s after %s", out.Seq, out.Status, old.Status))
		}
		m.outcomes[out.Seq], m.by[out.Seq] = out, m.turn
		if out.Status != plan.InDoubt {
			delete(m.open, out.Seq)
		}
	}
	m.queued = nil
}

// Conclude takes an outcome in.
func (m *memory) Conclude(ctx context.Context, out push.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errDisk
	}
	if m.proc.dead() {
		return errDead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.queued = append(m.queued, out)
	if m.proc.dies(afterOutcome) {
		return errDead
	}
	return nil
}

// Flush makes all durable that was taken in.
func (m *memory) Flush(ctx context.Context) error {
	m.mu.Lock()
	broken := m.broken
	m.mu.Unlock()
	if broken {
		return errDisk
	}
	if m.proc.dead() {
		return errDead
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.commit(nil)
	return nil
}

// durable finds the intent of a request.
func (m *memory) durable(requestID string) (push.Intent, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.intents[requestID]
	return in.Intent, ok
}

// resume is the death of whoever was at work: what is durable stays, and with luck what was on its way to the disk.
func (m *memory) resume() {
	if m.proc.dead() && len(m.queued) > 0 && m.proc.lucky(m.queued[0].Seq) {
		m.commit(nil)
	}
	if m.proc.dead() {
		m.forget()
	}
	m.calls, m.broken, m.breakAt, m.queued, m.proc = 0, false, 0, nil, nil
	m.turn++
	m.first = map[int64]time.Time{}
}

// forget loses what is younger than it may be.
func (m *memory) forget() {
	for id, in := range m.intents {
		if m.by[in.Seq] <= in.turn && time.Since(in.at) < m.volatile {
			delete(m.intents, id)
			delete(m.open, in.Seq)
			delete(m.outcomes, in.Seq)
		}
	}
}

// pending reports whether a change is to be carried out: it has no outcome, or none that keeps it from being tried, and no
// request of it is in doubt.
func (m *memory) pending(seq int64) bool {
	out, ended := m.outcomes[seq]
	return len(m.open[seq]) == 0 && (!ended || out.Status == plan.NotAttempted)
}

// clock is a push.Pacer without a budget. It does not look at the context when nothing has to be waited for.
type clock struct {
	mu      sync.Mutex
	until   time.Time
	held    int // requests that were let through and are not done
	backoff func(n int) time.Duration
}

// Sleep waits.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

// Backoff is as the test says.
func (c *clock) Backoff(n int) time.Duration { return c.backoff(n) }

// Wait lets a request start unless there is a pause.
func (c *clock) Wait(ctx context.Context) error {
	for {
		c.mu.Lock()
		d := time.Until(c.until)
		if d <= 0 {
			c.held++
		}
		c.mu.Unlock()
		if d <= 0 {
			return nil
		}
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
}

// Done counts a request as over.
func (c *clock) Done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held--
}

// Pause lets nothing start for d.
func (c *clock) Pause(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := time.Now().Add(d); until.After(c.until) {
		c.until = until
	}
}
