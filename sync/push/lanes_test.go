package push_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
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

func TestNothingToDo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		if res, err := l.runAll(0, 0, l.pending()); err != nil || res.Sent != 0 || res.Early != nil {
			t.Errorf("got %+v, %v; want nothing", res, err)
		}
	})
}
