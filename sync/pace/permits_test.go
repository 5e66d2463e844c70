package pace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// busyServer is an API on simulated time.
type busyServer struct {
	bears   int                              // requests at once that it bears, 0 for any number
	takes   func(together int) time.Duration // for an answer, by how many requests are under way
	outage  func() bool                      // it is down now, nil for never
	mu      sync.Mutex
	now     int // requests under way
	most    int // of them, since the last look
	good    arrivals
	arrived int
	refused int
}

// answer is what a request gets.
func (s *busyServer) answer() (sign pace.Sign, took time.Duration) {
	began := time.Now()
	s.mu.Lock()
	s.arrived++
	s.now++
	together := s.now
	s.most = max(s.most, together)
	tooMany := s.bears > 0 && together > s.bears
	if tooMany {
		s.refused++
	}
	takes := s.takes
	s.mu.Unlock()
	switch {
	case s.outage != nil && s.outage():
		time.Sleep(5 * time.Millisecond)
		sign = pace.Unavailable
	case tooMany:
		time.Sleep(5 * time.Millisecond)
		sign = pace.Throttled
	default:
		time.Sleep(takes(together))
		s.good.add(time.Now())
		sign = pace.WellAsUsual
	}
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return sign, time.Since(began)
}

// look is the figures since the last look.
func (s *busyServer) look() (most, arrived, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	most, arrived, refused = s.most, s.arrived, s.refused
	s.most, s.arrived, s.refused = 0, 0, 0
	return most, arrived, refused
}

// work has workers send until ctx ends, and retry what does not go well.
func (s *busyServer) work(ctx context.Context, p *pace.Pacer, workers int) {
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := 1; p.Wait(ctx) == nil; n++ {
				p.Sending()
				sign, took := s.answer()
				p.Seen(sign, took)
				p.Done()
				if sign == pace.WellAsUsual {
					n = 0
				} else if p.Sleep(ctx, p.Backoff(n)) != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// start is work until stop is called.
func (s *busyServer) start(ctx context.Context, p *pace.Pacer, workers int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		s.work(ctx, p, workers)
		close(done)
	}()
	return func() {
		cancel()
		<-done
	}
}

// around is a time with some chance in it.
func around(d time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return time.Duration((0.7 + 0.6*rand.Float64()) * float64(d)) }
}

// TestOneBurstCutsOnce: what was under way together is refused together, and that is one reason to send fewer, not many.
func TestOneBurstCutsOnce(t *testing.T) {
	began := time.Unix(1000, 0)
	p := pace.NewPermits(16)
	for n := range 16 {
		took := time.Duration(100+n) * time.Millisecond
		cut := p.Seen(pace.Throttled, took, began.Add(took), 16-n)
		if cut != (n == 0) || p.Count() != 8 {
			t.Fatalf("answer %d: %d permits, cut: %v; want 8, cut by the first", n+1, p.Count(), cut)
		}
	}
	later := began.Add(time.Second)
	if !p.Seen(pace.Unavailable, 100*time.Millisecond, later, 3) || p.Count() != 1 {
		t.Errorf("with 3 of 8 in use a new refusal left %d permits, want half of what was in use", p.Count())
	}
	if p.Seen(pace.Throttled, time.Millisecond, later.Add(time.Second), 1) || p.Count() != 1 {
		t.Errorf("%d permits, want one at least", p.Count())
	}
}

// TestServerThatBearsThree answers 429 to all that goes beyond three requests at once. Sixteen workers come to know it.
func TestServerThatBearsThree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &busyServer{bears: 3, takes: around(100 * time.Millisecond)}
		p := pace.New(pace.NewWindow(pace.Limit{}))
		var mu sync.Mutex
		var told []pace.Stats
		p.Adapt(16, func(st pace.Stats) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, st)
		})
		stop := s.start(t.Context(), p, 16)
		defer stop()
		time.Sleep(10 * time.Second)
		if _, arrived, refused := s.look(); refused > 60 {
			t.Errorf("%d of the first %d requests were refused", refused, arrived)
		}
		time.Sleep(30*time.Minute - 11*time.Second)
		most, arrived, refused := s.look()
		t.Logf("%d of %d requests were refused, %d at once at most, %d cuts", refused, arrived, most, p.Stats().Cuts)
		if refused*100 > arrived {
			t.Errorf("%d of %d requests were refused, want at most 1%%", refused, arrived)
		}
		if want := 30 * 60 * 10 * 3 * 85 / 100; arrived < want {
			t.Errorf("%d requests in 30 minutes, want at least %d: three at a time", arrived, want)
		}
		mu.Lock()
		defer mu.Unlock()
		if st := p.Stats(); st.Permits > 4 || st.Why != "HTTP 429" || len(told) != st.Cuts || told[0].Permits >= 16 {
			t.Errorf("in the end %+v, told %d times", st, len(told))
		}
	})
}

// TestServerThatBearsMoreLater: what was once too much is tried again.
func TestServerThatBearsMoreLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &busyServer{bears: 3, takes: around(100 * time.Millisecond)}
		p := pace.New(pace.NewWindow(pace.Limit{}))
		p.Adapt(16, nil)
		stop := s.start(t.Context(), p, 16)
		defer stop()
		time.Sleep(10 * time.Minute)
		s.mu.Lock()
		s.bears = 12
		s.mu.Unlock()
		time.Sleep(9 * time.Minute)
		if most, _, _ := s.look(); most < 12 {
			t.Errorf("at most %d requests at once of 12 that the server bears now", most)
		}
		if got := p.Stats().Permits; got < 6 {
			t.Errorf("%d permits in the end, want nearly 12", got)
		}
	})
}

// TestHealthyServerGetsAllWorkers: nothing is held back where there is no reason.
func TestHealthyServerGetsAllWorkers(t *testing.T) {
	for name, takes := range map[string]func(int) time.Duration{
		"that is quick":                     around(20 * time.Millisecond),
		"that is slow":                      around(3 * time.Second),
		"that is a little slower when busy": func(n int) time.Duration { return time.Duration(100+10*n) * time.Millisecond },
		"one answer in twenty takes a second": func(int) time.Duration {
			if rand.IntN(20) == 0 {
				return time.Second
			}
			return 100 * time.Millisecond
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &busyServer{takes: takes}
				p := pace.New(pace.NewWindow(pace.Limit{}))
				p.Adapt(16, func(st pace.Stats) { t.Errorf("cut to %d: %s", st.Permits, st.Why) })
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				s.work(ctx, p, 16)
				if got := p.Stats().Permits; got != 16 {
					t.Errorf("%d permits, want 16", got)
				}
			})
		})
	}
}

// TestLatencyThatRises halves the requests at once. If that helps they become more again; if it does not, the server has
// become slow for other reasons, and is given all again after a while.
func TestLatencyThatRises(t *testing.T) {
	t.Run("the more requests, the longer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			crowded := func(n int) time.Duration {
				if n > 4 {
					return time.Duration(n) * 200 * time.Millisecond
				}
				return 100 * time.Millisecond
			}
			s := &busyServer{takes: around(100 * time.Millisecond)}
			p := pace.New(pace.NewWindow(pace.Limit{}))
			var mu sync.Mutex
			var cuts []int
			p.Adapt(16, func(st pace.Stats) {
				mu.Lock()
				defer mu.Unlock()
				cuts = append(cuts, st.Permits)
			})
			stop := s.start(t.Context(), p, 16)
			defer stop()
			time.Sleep(time.Minute)
			if n := p.Stats().Cuts; n > 0 {
				t.Errorf("cut %d times before anything was slow", n)
			}
			s.mu.Lock()
			s.takes = crowded
			s.mu.Unlock()
			time.Sleep(time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if len(cuts) < 2 || cuts[0] != 8 || slices.Max(cuts[1:]) > 7 {
				t.Errorf("cut to %v, want first to 8, and then to half of whatever was too much again", cuts)
			}
			if st := p.Stats(); st.Why != "answers take much longer than before" {
				t.Errorf("the reason is %q", st.Why)
			}
		})
	})
	t.Run("for good, however few there are", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := &busyServer{takes: around(100 * time.Millisecond)}
			p := pace.New(pace.NewWindow(pace.Limit{}))
			p.Adapt(16, nil)
			stop := s.start(t.Context(), p, 16)
			defer stop()
			time.Sleep(time.Minute)
			s.mu.Lock()
			s.takes = around(time.Second)
			s.mu.Unlock()
			time.Sleep(time.Minute)
			if got := p.Stats().Cuts; got == 0 {
				t.Error("not cut in a minute of slow answers")
			}
			time.Sleep(15 * time.Minute)
			if got := p.Stats().Permits; got != 16 {
				t.Errorf("%d permits after a quarter of an hour, want 16 again", got)
			}
		})
	})
}

// TestRareFailuresAreNotHeldAgainstTheNumber: one 503 in a hundred comes at any number of requests at once, so fewer of them
// would not help.
func TestRareFailuresAreNotHeldAgainstTheNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &busyServer{takes: around(100 * time.Millisecond), outage: func() bool { return rand.IntN(100) == 0 }}
		p := pace.New(pace.NewWindow(pace.Limit{}))
		p.Adapt(8, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		s.work(ctx, p, 8)
		got, possible := s.good.count(), 10*60*10*8
		t.Logf("%d of %d requests that are possible", got, possible)
		if got < possible/2 {
			t.Errorf("%d requests went well in ten minutes, want at least half of %d", got, possible)
		}
	})
}

// TestOutage takes the server away for three minutes. As soon as it is back the budget is used again, and not a single request
// has gone past the limiter meanwhile.
func TestOutage(t *testing.T) {
	for name, limit := range map[string]pace.Limit{"with a budget": twentyAMinute(), "without": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				down := func() bool { since := time.Since(began); return since > 5*time.Minute && since < 8*time.Minute }
				s := &busyServer{takes: around(400 * time.Millisecond), outage: down}
				p := pace.New(pace.NewWindow(limit))
				p.Adapt(8, nil)
				stop := s.start(t.Context(), p, 8)
				defer stop()
				time.Sleep(8 * time.Minute)
				window, possible := 2*61200*time.Millisecond, 40
				if limit.None() { // as soon as the last has noticed: workers that failed rest for half a minute at most
					time.Sleep(30 * time.Second)
					possible = 8 * int(window/(400*time.Millisecond))
				}
				before := s.good.count()
				time.Sleep(window)
				if got, want := s.good.count()-before, possible*9/10; got < want {
					t.Errorf("%d requests went well in the two windows after the outage, want at least %d", got, want)
				}
				stop()
				if _, arrived, _ := s.look(); arrived != p.Stats().Started {
					t.Errorf("%d requests arrived, %d passed the pacer", arrived, p.Stats().Started)
				}
			})
		})
	}
}

// TestPermits holds the gate itself: never more than there are, first come first served, and nobody is lost on the way.
func TestPermits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.NewWindow(pace.Limit{}))
		p.Adapt(2, nil)
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for n := range 6 {
			time.Sleep(time.Millisecond)
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if n == 3 { // gives up while it waits
					time.AfterFunc(time.Second/2, cancel)
				}
				err := p.Wait(ctx)
				if n == 3 {
					if !errors.Is(err, context.Canceled) {
						t.Errorf("error = %v, want the context's", err)
					}
					return
				}
				if err != nil {
					t.Error(err)
				}
				if err := p.Pass(ctx); err != nil { // what is part of it waits for nobody
					t.Error(err)
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
				time.Sleep(time.Second)
				p.Done()
			})
		}
		began := time.Now()
		wg.Wait()
		if took := time.Since(began); took < 2900*time.Millisecond || took > 3*time.Second {
			t.Errorf("five requests of a second, two at a time, took %v", took)
		}
		for i, want := range []int{0, 1, 2, 4, 5} {
			if order[i] != want {
				t.Fatalf("the order was %v", order)
			}
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 5 {
			if err := p.Wait(ended); err == nil {
				t.Error("a request started that nobody waits for any more")
			}
		}
		for range 2 {
			if err := p.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
