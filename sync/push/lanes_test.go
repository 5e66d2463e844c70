package push_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

func TestEqualKeysAreNeverInFlightTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		for i := range 40 {
			l.create(fmt.Sprintf("thing %d", i%3))
		}
		l.wantClean(t, l.run(0, 0)) // the server looks at the names of what is in flight
		if got := l.statuses()[plan.Created]; got != 40 {
			t.Errorf("created %d of 40", got)
		}
	})
}

func TestOtherKeysDoNotWaitForEachOther(t *testing.T) {
	tests := []struct {
		says string
		key  func(int) string
	}{
		{"all keys differ", func(i int) string { return fmt.Sprintf("thing %d", i) }},
		{"no key at all: such changes are found by id, and each id is there once", func(int) string { return "" }},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(0)
				for i := range 16 {
					l.update(fmt.Sprintf("thing %d", i)).Key = tt.key(i)
				}
				l.options.Workers = 8
				l.server.latency = func(int64, int) time.Duration { return time.Second }
				began := time.Now()
				res := l.run(0, 0)
				if took := time.Since(began); took > 2500*time.Millisecond {
					t.Errorf("16 requests of a second each took 8 workers %v, want 2 s", took)
				}
				l.wantClean(t, res)
			})
		})
	}
}

func TestThrottlingRestsAllWorkers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(40)
		l.options.Workers = 8
		l.faults(9, throttled)
		l.wantClean(t, l.run(0, 0))
		told := l.sent(9)[0].answered
		for _, r := range l.server.requests {
			if since := r.at.Sub(told); since > l.memory.fsync && since < retryAfter { // whose turn had come may be writing its intent
				t.Errorf("change %d: sent %v after a 429 that asked for %v", r.seq, since, retryAfter)
			}
		}
	})
}

// TestEveryRequestPassesThePacer joins push with the pacer that the program uses: what is sent again counts, too.
func TestEveryRequestPassesThePacer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		limit := pace.Limit{Requests: 20, Per: time.Minute}
		l := newLab(60)
		l.parts.Pacer = pace.New(pace.NewWindow(limit))
		for seq := int64(1); seq <= 60; seq += 3 {
			l.faults(seq, unsent, fail)
		}
		res := l.run(0, 0)
		l.wantClean(t, res)
		if got := l.statuses()[plan.Created]; got != 60 || res.Sent != 100 {
			t.Errorf("created %d with %d requests, want 60 with 100", got, res.Sent)
		}
		for i := limit.Requests; i < len(l.server.requests); i++ {
			if span := l.server.requests[i].at.Sub(l.server.requests[i-limit.Requests].at); span < limit.Per {
				t.Fatalf("%d requests within %v, at most %v are allowed", limit.Requests+1, span, limit)
			}
		}
	})
}

// oneAtATime is a pacer with a single permit, which is in the way of whoever looks while holding it.
type oneAtATime struct {
	*pace.Pacer
	push.Looker
}

// Look sends a request of its own, as a real client does.
func (o oneAtATime) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	if err := o.Wait(ctx); err != nil {
		return nil, err
	}
	defer o.Done()
	return o.Looker.Look(ctx, c)
}

// Probe does, too.
func (o oneAtATime) Probe(ctx context.Context, c *plan.Change) (bool, error) {
	if err := o.Wait(ctx); err != nil {
		return false, err
	}
	defer o.Done()
	return o.Looker.Probe(ctx, c)
}

// TestOneRequestAtATime: a strained server may be left with a single permit. Nobody holds it while waiting for another, and
// no two requests are under way together.
func TestOneRequestAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(20)
		l.options.Workers = 8
		pacer := pace.New(pace.NewWindow(pace.Limit{}))
		pacer.Adapt(1, nil)
		l.parts.Pacer, l.parts.Looker = pacer, oneAtATime{pacer, l.parts.Looker}
		l.update("thing to probe")
		l.always(21, fail)
		for seq := int64(1); seq <= 20; seq += 2 {
			l.faults(seq, lose)
		}
		l.server.latency = func(int64, int) time.Duration { return time.Second }
		l.wantClean(t, l.run(0, 0))
		requests := slices.SortedFunc(slices.Values(l.server.requests), func(a, b request) int { return a.at.Compare(b.at) })
		for i := 1; i < len(requests); i++ {
			if requests[i].at.Before(requests[i-1].answered) {
				t.Fatalf("a request went out %v before the answer to the one before", requests[i-1].answered.Sub(requests[i].at))
			}
		}
	})
}

func TestNothingToDo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		if res, err := l.runAll(0, 0, l.pending()); err != nil || res.Sent != 0 || res.Early != nil {
			t.Errorf("got %+v, %v; want nothing", res, err)
		}
	})
}
