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
// the next commit.
type memory struct {
	mu      sync.Mutex
	fsync   time.Duration
	breakAt int  // the Intend that fails, from 1; 0 = none. Nothing is taken in any more then
	hasty   bool // a sabotage: Intend does not wait for its commit

	calls    int
	broken   bool
	intents  map[string]push.Intent // durable, by request id
	first    map[int64]time.Time    // when the first attempt of a change was announced
	open     []push.Outcome         // taken in, not durable yet
	outcomes map[int64]push.Outcome // durable
	again    map[int64]bool         // changes that an earlier run has sent, and that were surely not carried out
	lost     map[int64]bool         // changes whose outcome an earlier run could not write: to the ledger they are in doubt
	breaches []string
}

func newMemory() *memory {
	return &memory{
		fsync: 2 * time.Millisecond, intents: map[string]push.Intent{}, first: map[int64]time.Time{},
		outcomes: map[int64]push.Outcome{}, again: map[int64]bool{}, lost: map[int64]bool{},
	}
}

func (m *memory) Intend(ctx context.Context, in push.Intent) error {
	m.mu.Lock()
	m.calls++
	if m.calls == m.breakAt {
		m.broken = true
	}
	broken, hasty := m.broken, m.hasty
	if _, announced := m.first[in.Seq]; !announced {
		m.first[in.Seq] = time.Now()
	}
	m.mu.Unlock()
	switch {
	case broken:
		return errDisk
	case hasty:
		go func() {
			time.Sleep(m.fsync)
			m.commit(&in)
		}()
		return nil
	}
	if err := sleep(ctx, m.fsync); err != nil {
		return err
	}
	m.commit(&in)
	return nil
}

// commit makes all durable that was taken in.
func (m *memory) commit(in *push.Intent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if in != nil {
		m.intents[in.RequestID] = *in
	}
	for _, out := range m.open {
		if _, twice := m.outcomes[out.Seq]; twice {
			m.breaches = append(m.breaches, fmt.Sprintf("change %d: a second outcome", out.Seq))
		}
		m.outcomes[out.Seq] = out
	}
	m.open = nil
}

func (m *memory) Conclude(ctx context.Context, out push.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errDisk
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.open = append(m.open, out)
	return nil
}

func (m *memory) Flush(ctx context.Context) error {
	m.mu.Lock()
	broken := m.broken
	m.mu.Unlock()
	if broken {
		return errDisk
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
	return in, ok
}

// resume begins another run: what is settled stays, what was not attempted may be tried.
func (m *memory) resume() {
	for _, in := range m.intents {
		if _, ended := m.outcomes[in.Seq]; !ended && m.broken {
			m.lost[in.Seq] = true
		}
	}
	m.calls, m.broken, m.breakAt, m.open = 0, false, 0, nil
	m.first = map[int64]time.Time{}
	for seq, out := range m.outcomes {
		if out.Status == plan.NotAttempted {
			delete(m.outcomes, seq)
			m.again[seq] = true
		}
	}
}

// clock is a push.Pacer without a budget. It does not look at the context when nothing has to be waited for.
type clock struct {
	mu      sync.Mutex
	until   time.Time
	held    int // requests that were let through and are not done
	backoff func(n int) time.Duration
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, d) }

func (c *clock) Backoff(n int) time.Duration { return c.backoff(n) }

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

func (c *clock) Done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held--
}

func (c *clock) Pause(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := time.Now().Add(d); until.After(c.until) {
		c.until = until
	}
}
