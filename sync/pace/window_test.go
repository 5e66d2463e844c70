package pace_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// excess is the first moment at which a span of the limit's length holds more starts than the limit allows, and how many;
// 0 if there is none.
func excess(limit pace.Limit, starts []time.Time) (at time.Time, held int) {
	starts = slices.SortedFunc(slices.Values(starts), time.Time.Compare)
	for i := limit.Requests; i < len(starts); i++ {
		if starts[i].Sub(starts[i-limit.Requests]) <= limit.Per {
			for held = limit.Requests + 1; i+1 < len(starts) && starts[i+1].Sub(starts[i-limit.Requests]) <= limit.Per; i++ {
				held++
			}
			return starts[i], held
		}
	}
	return time.Time{}, 0
}

// TestWindowNeverExceedsTheLimit asks at random moments and checks every span of the documented length. Requests go out when
// something else has been done first, and it is then that the server counts them.
func TestWindowNeverExceedsTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := pace.Limit{
			Requests: rapid.IntRange(1, 30).Draw(t, "requests"),
			Per:      time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second,
		}
		slow := time.Duration(rapid.IntRange(0, 100).Draw(t, "slow")) * limit.Per / 100 // how late requests may go out
		w := pace.NewWindow(limit)
		now := time.Unix(0, 0)
		var due, sent []time.Time // when the requests go out that were let through, and when those went out that have
		send := func() {
			for len(due) > 0 && !due[0].After(now) {
				w.Sending(due[0])
				sent, due = append(sent, due[0]), due[1:]
			}
		}
		for range 200 {
			step := now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			for {
				if len(due) > 0 && due[0].Before(step) {
					now = due[0]
					send()
					continue
				}
				now = step
				send()
				wait := w.Take(now)
				if wait == 0 {
					break
				}
				step = now.Add(wait)
			}
			due = append(due, now.Add(time.Duration(rapid.Int64Range(0, int64(slow)).Draw(t, "late"))))
			slices.SortFunc(due, time.Time.Compare)
		}
		if at, held := excess(limit, sent); held > 0 {
			t.Fatalf("%d requests within %v of %v, limit %s", held, limit.Per, at, limit)
		}
	})
}

func TestPacerUsesTheBudgetButNotMore(t *testing.T) {
	for _, limit := range []pace.Limit{{Requests: 20, Per: time.Minute}, {Requests: 1, Per: time.Second}, {Requests: 5000, Per: time.Minute}} {
		t.Run(limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pace.New(pace.NewWindow(limit))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				starts := &arrivals{}
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						for p.Wait(ctx) == nil {
							starts.add(time.Now())
						}
					})
				}
				wg.Wait()
				starts.check(t, limit, 10*time.Minute, 0.95)
				if got := p.Stats().Started; got != len(starts.at) {
					t.Errorf("%d requests counted, %d started", got, len(starts.at))
				}
			})
		})
	}
}

// arrivals is the moments at which requests started.
type arrivals struct {
	mu sync.Mutex
	at []time.Time
}

func (a *arrivals) add(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at = append(a.at, at)
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// check holds that a limit was kept at all times, and that over a time, if one is given, a share of it was used.
func (a *arrivals) check(t *testing.T, limit pace.Limit, over time.Duration, share float64) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if at, held := excess(limit, a.at); held > 0 {
		t.Errorf("%d requests within %v of %v, limit %s", held, limit.Per, at, limit)
	}
	if over == 0 {
		return
	}
	budget := float64(limit.Requests) * float64(over) / float64(limit.Per)
	used := float64(len(a.at)) / budget
	t.Logf("%d requests, %.1f%% of the budget", len(a.at), 100*used)
	if used < share {
		t.Errorf("%.1f%% of the budget were used, want at least %.0f%%", 100*used, 100*share)
	}
}

// TestRequestsThatAreNotSentCostNothing: their places are free for others.
func TestRequestsThatAreNotSentCostNothing(t *testing.T) {
	for name, budget := range map[string]func(t *testing.T, limit pace.Limit) pace.Budget{
		"of one process": func(_ *testing.T, limit pace.Limit) pace.Budget { return pace.NewWindow(limit) },
		"shared": func(t *testing.T, limit pace.Limit) pace.Budget {
			return pace.Share(budgetPath(t), limit, func(text string) { t.Error(text) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pace.New(budget(t, pace.Limit{Requests: 10, Per: time.Second}))
				began := time.Now()
				for n := range 300 {
					if err := p.Wait(t.Context()); err != nil {
						t.Fatal(err)
					}
					if n%3 > 0 {
						p.Unsent()
						continue
					}
					time.Sleep(time.Millisecond)
					p.Sending()
				}
				if took, most := time.Since(began), 10300*time.Millisecond; took > most || p.Stats().Started != 100 {
					t.Errorf("100 requests took %v, want at most %v; %d were counted", took, most, p.Stats().Started)
				}
			})
		})
	}
}
