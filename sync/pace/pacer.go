package pace

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Budget is the requests that an account allows. [Window] is one within this process; one that is shared between
// processes has the same two duties.
type Budget interface {
	// Delay is how long a request has to wait at the moment now; 0 means that it may start.
	Delay(now time.Time) time.Duration
	// Start counts a request that starts at the moment now.
	Start(now time.Time)
}

var _ Budget = (*Window)(nil)

// Pacer lets requests start when the budget and the server allow it. It is safe for concurrent use.
type Pacer struct {
	mu     sync.Mutex
	budget Budget
	until  time.Time // no request starts before, because the server said so
	notify func(time.Duration)
	stats  Stats
}

// Stats is what a Pacer has seen.
type Stats struct {
	Started int           // requests let through
	Waited  time.Duration // time that requests spent waiting, added up
	Pauses  int           // times the server asked for a pause
}

// New is a Pacer over budget.
func New(budget Budget) *Pacer { return &Pacer{budget: budget} }

// Notify has f called whenever the server's word makes every request wait for at least a few seconds: a person should know
// why nothing happens. Call it before the first request.
func (p *Pacer) Notify(f func(time.Duration)) { p.notify = f }

// worthSaying is the shortest pause that Notify tells.
const worthSaying = 3 * time.Second

// Wait returns when the next request may start, and counts it as started. It returns the context's error if that ends
// first; the request is not counted then.
func (p *Pacer) Wait(ctx context.Context) error {
	began := time.Now()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		delay := p.take(began)
		if delay == 0 {
			return nil
		}
		if err := Sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// take starts a request now if that is allowed, else says how long to wait before asking again.
func (p *Pacer) take(began time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if delay := p.until.Sub(now); delay > 0 {
		return delay
	}
	if delay := p.budget.Delay(now); delay > 0 {
		return delay
	}
	p.budget.Start(now)
	p.stats.Started++
	p.stats.Waited += now.Sub(began)
	return 0
}

// Pause keeps every request from starting for d. A shorter pause never cuts a longer one.
func (p *Pacer) Pause(d time.Duration) {
	if p.pause(d) && d >= worthSaying && p.notify != nil {
		p.notify(d)
	}
}

// pause reports whether d is longer than what was to be waited already.
func (p *Pacer) pause(d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Pauses++
	until := time.Now().Add(d)
	longer := until.After(p.until)
	if longer {
		p.until = until
	}
	return longer
}

// Stats is a copy of what p has seen so far.
func (p *Pacer) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Backoff is how long to rest before retry number n, from 1.
func (p *Pacer) Backoff(n int) time.Duration { return Backoff(n, rand.Float64()) }

// Sleep waits for d or until the context ends, whose error it returns then.
func (p *Pacer) Sleep(ctx context.Context, d time.Duration) error { return Sleep(ctx, d) }

// Sleep waits for d or until the context ends, whose error it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
