package pace

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Budget is the requests that an account allows. [Window] is one within this process, [Shared] one of all processes.
type Budget interface {
	// Take starts a request at the moment now and returns 0, or says how long to wait before asking again.
	Take(now time.Time) time.Duration
	// Sending counts one of the requests that were let through for the moment now, at which it goes out.
	Sending(now time.Time)
	// Unsent gives back the place of one of the requests that were let through, which does not go out.
	Unsent()
	// Hold lets no request start for d after the moment now. It reports false if none may until then anyway.
	Hold(now time.Time, d time.Duration) (longer bool)
}

var _ Budget = (*Window)(nil)

// opener is a Budget that lets requests ask again long before it lets one through.
type opener interface{ Opens() time.Time }

var _ opener = (*Shared)(nil)

// Pacer lets requests start when the budget and the server allow it. It is safe for concurrent use.
type Pacer struct {
	mu      sync.Mutex
	budget  Budget
	permits *Permits        // nil: any number of requests may be under way
	held    int             // permits in use
	queue   []chan struct{} // of those who wait for one, closed when they have it
	pending int             // requests that were let through and have not gone out
	stats   Stats
	notify  func(time.Duration)
	slowed  func(Stats)
	diary   *diary
	opens   time.Time // when the budget lets the next request through, in the past if it does so now
	told    time.Time // end of the pause that Notify was last told of
}

// Stats is what a Pacer has seen.
type Stats struct {
	Started int           // requests let through
	Waited  time.Duration // time that requests spent waiting, added up
	Pauses  int           // times the server asked for a pause
	Permits int           // requests that may be under way at once, 0 if that is not bounded
	Cuts    int           // times that number was cut
	Why     string        // it was last cut, "" if it never was
}

// New is a Pacer over budget.
func New(budget Budget) *Pacer { return &Pacer{budget: budget, diary: newDiary(time.Now())} }

// Notify has f called whenever the server's word makes every request wait for at least a few seconds: a person should know
// why nothing happens. Call it before the first request.
func (p *Pacer) Notify(f func(time.Duration)) { p.notify = f }

// Adapt has at most ceiling requests under way at once, and fewer for as long as the server shows that it is too many. slowed
// is called when their number is cut. Call it before the first request.
func (p *Pacer) Adapt(ceiling int, slowed func(Stats)) {
	p.permits, p.slowed = NewPermits(ceiling), slowed
}

// worthSaying is the shortest pause that Notify tells.
const worthSaying = 3 * time.Second

// Wait returns when the next request may start, and counts it as started. It returns the context's error if that ends
// first; the request is not counted then. Whoever has waited calls Done when the request is over or is not to be sent after
// all, and before that waits for no other: requests that are part of it use Pass.
func (p *Pacer) Wait(ctx context.Context) error {
	began := time.Now()
	if err := p.enter(ctx); err != nil {
		return err
	}
	err := p.pass(ctx, began)
	if err != nil {
		p.Done()
	}
	return err
}

// Pass is Wait for a request that is part of another one, such as a token call: it is counted like any other, and takes no
// permit of its own, for whoever holds the last one would wait for ever.
func (p *Pacer) Pass(ctx context.Context) error { return p.pass(ctx, time.Now()) }

// Done gives back the permit of a request that Wait has let through.
func (p *Pacer) Done() {
	if p.permits == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held--
	p.admit()
}

// enter waits for a permit; first come, first served.
func (p *Pacer) enter(ctx context.Context) error {
	if p.permits == nil {
		return nil
	}
	p.mu.Lock()
	if p.held < p.permits.Count() && len(p.queue) == 0 {
		p.held++
		p.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	p.queue = append(p.queue, turn)
	p.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.Index(p.queue, turn); at >= 0 {
		p.queue = slices.Delete(p.queue, at, at+1)
	} else { // its turn came at the same moment
		p.held--
		p.admit()
	}
	return ctx.Err()
}

// admit gives free permits to those who wait.
func (p *Pacer) admit() {
	for len(p.queue) > 0 && p.held < p.permits.Count() {
		close(p.queue[0])
		p.queue = slices.Delete(p.queue, 0, 1)
		p.held++
	}
}

// pass waits until the budget and the server allow a request.
func (p *Pacer) pass(ctx context.Context, began time.Time) error {
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
	if delay := p.budget.Take(now); delay > 0 {
		p.diary.held(now)
		p.opens = now.Add(delay)
		if o, ok := p.budget.(opener); ok {
			p.opens = o.Opens()
		}
		return delay
	}
	p.pending++
	p.stats.Started++
	p.stats.Waited += now.Sub(began)
	return 0
}

// Sending is called as a request goes out that Wait or Pass has let through. Something may have held it up since, and it is
// the moment at which it goes out that the server counts.
func (p *Pacer) Sending() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending = max(0, p.pending-1)
	now := time.Now()
	p.budget.Sending(now)
	p.diary.sending(now)
}

// Heard is called as a request that has gone out is over, with the HTTP status of its answer, or with 0 if none came.
func (p *Pacer) Heard(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.diary.heard(time.Now(), status)
}

// History is what p has seen so far.
func (p *Pacer) History() History {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.diary.read(time.Now())
}

// Unsent is called instead if the request does not go out after all, or not now.
func (p *Pacer) Unsent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending == 0 {
		return
	}
	p.pending--
	p.stats.Started--
	p.budget.Unsent()
}

// Seen is called with every answer, and how long it took, before Done.
func (p *Pacer) Seen(sign Sign, took time.Duration) {
	if p.permits == nil {
		return
	}
	p.mu.Lock()
	cut := p.permits.Seen(sign, took, time.Now(), p.held)
	p.admit()
	p.mu.Unlock()
	if cut && p.slowed != nil {
		p.slowed(p.Stats())
	}
}

// Pause keeps every request from starting for d, those of other processes too if the budget is shared. A shorter pause never
// cuts a longer one.
func (p *Pacer) Pause(d time.Duration) {
	if p.pause(d) && p.notify != nil {
		p.notify(d)
	}
}

// pause reports whether a person should be told: of a pause that lasts, and not of one that ends as good as when an earlier one
// does, for many requests under way at once are all told to wait.
func (p *Pacer) pause(d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Pauses++
	now := time.Now()
	p.diary.paused(now, d)
	if !p.budget.Hold(now, d) || d < worthSaying || now.Add(d).Sub(p.told) < time.Second {
		return false
	}
	p.told = now.Add(d)
	return true
}

// Stats is a copy of what p has seen so far.
func (p *Pacer) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	if p.permits != nil {
		stats.Permits, stats.Cuts, stats.Why = p.permits.count, p.permits.cuts, p.permits.last
	}
	return stats
}

// Backoff is how long to rest before retry number n, from 1.
func (p *Pacer) Backoff(n int) time.Duration { return Backoff(n, rand.Float64()) }

// Sleep waits for d or until the context ends, whose error it returns then.
func (p *Pacer) Sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		p.mu.Lock()
		p.diary.resting()
		p.mu.Unlock()
	}
	return Sleep(ctx, d)
}

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
