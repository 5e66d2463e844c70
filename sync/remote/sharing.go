package remote

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// sharing lets those who list the same parent at the same time read its pages once. Lost answers come in swarms, and each
// of them is looked for by a listing.
//
// One listing of a parent is under way at a time. Whoever comes meanwhile waits for the next one, together with all others
// who wait: they want to see what was stored before they came, and that may be on a page that the first has passed.
type sharing struct {
	mu      sync.Mutex
	waiting map[string]*round // by the parent's address
	reading map[string]*round
}

// round is one reading of a list.
type round struct {
	guests []*guest
	over   chan struct{}
}

// guest is one who lists.
type guest struct {
	ctx   context.Context
	yield func(plan.Found) error
	err   error
}

// list hands every record that read finds to yield, each once. The reading goes on for as long as anybody wants it.
func (s *sharing) list(ctx context.Context, parent string, yield func(plan.Found) error, read func(context.Context, func(plan.Found) error) error) error {
	me := &guest{ctx: ctx, yield: yield}
	mine, before, first := s.join(parent, me)
	if !first {
		<-mine.over
		return me.err
	}
	if before != nil {
		select {
		case <-before.over:
		case <-ctx.Done():
		}
	}
	guests := s.begin(parent, mine)
	shared, cancel := lifeOf(guests)
	defer cancel()
	err := read(shared, func(f plan.Found) error { return serve(guests, f) })
	for _, g := range guests {
		if g.err == nil {
			g.err = err
		}
		if ended := g.ctx.Err(); ended != nil && errors.Is(g.err, context.Canceled) {
			g.err = ended
		}
	}
	s.end(parent, mine)
	return me.err
}

// join takes a guest in for the round to come. The first guest of a round reads for all, once the round before is over.
func (s *sharing) join(parent string, me *guest) (mine, before *round, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting, s.reading = map[string]*round{}, map[string]*round{}
	}
	mine = s.waiting[parent]
	if mine == nil {
		mine = &round{over: make(chan struct{})}
		s.waiting[parent] = mine
	}
	mine.guests = append(mine.guests, me)
	return mine, s.reading[parent], len(mine.guests) == 1
}

// begin lets nobody else into a round.
func (s *sharing) begin(parent string, r *round) []*guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiting, parent)
	s.reading[parent] = r
	return r.guests
}

// end lets the guests of a round go.
func (s *sharing) end(parent string, r *round) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading[parent] == r {
		delete(s.reading, parent)
	}
	close(r.over)
}

// lifeOf is a context that ends when those of all guests have ended.
func lifeOf(guests []*guest) (context.Context, context.CancelFunc) {
	if len(guests) == 1 {
		return guests[0].ctx, func() {}
	}
	shared, cancel := context.WithCancelCause(context.WithoutCancel(guests[0].ctx))
	var left atomic.Int64
	left.Store(int64(len(guests)))
	stops := make([]func() bool, len(guests))
	for i, g := range guests {
		stops[i] = context.AfterFunc(g.ctx, func() {
			if left.Add(-1) == 0 {
				cancel(context.Cause(g.ctx))
			}
		})
	}
	return shared, func() {
		for _, stop := range stops {
			stop()
		}
		cancel(nil)
	}
}

// serve hands a record to all guests but those who have had enough. The error ends the reading: nobody is left.
func serve(guests []*guest, f plan.Found) (err error) {
	left := 0
	for _, g := range guests {
		if g.err == nil {
			if g.err = g.ctx.Err(); g.err == nil {
				g.err = g.yield(f)
			}
		}
		if g.err == nil {
			left++
		} else if err == nil {
			err = g.err
		}
	}
	if left > 0 {
		return nil
	}
	return err
}
