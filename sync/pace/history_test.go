package pace_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// exchange is a request that waits for its turn, goes out, and is answered after a while.
func exchange(t *testing.T, p *pace.Pacer, status int, took time.Duration) {
	t.Helper()
	if err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Sending()
	time.Sleep(took)
	p.Heard(status)
	p.Done()
}

// TestEveryStallHasItsReason: a person who sees that nothing happened for a minute wants to know why.
func TestEveryStallHasItsReason(t *testing.T) {
	const tick = 10 * time.Millisecond
	for _, c := range []struct {
		name  string
		limit pace.Limit
		story func(t *testing.T, p *pace.Pacer)
		want  []pace.Wait // without At
	}{
		{"quick answers are no stall", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			for range 50 {
				exchange(t, p, 200, 900*time.Millisecond)
			}
		}, nil},
		{"the budget is used up", pace.Limit{Requests: 2, Per: 10 * time.Second}, func(t *testing.T, p *pace.Pacer) {
			for range 5 {
				exchange(t, p, 200, tick)
			}
		}, []pace.Wait{{Why: pace.WhyLimit, Times: 2, Waited: 20360 * time.Millisecond, Longest: 10180 * time.Millisecond}}},
		{"the API asks to wait", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 429, tick)
			p.Pause(7 * time.Second)
			exchange(t, p, 200, tick)
		}, []pace.Wait{{Why: pace.WhyAsked, Status: 429, Times: 1, Waited: 7 * time.Second, Longest: 7 * time.Second}}},
		{"the API is slow", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 200, 4*time.Second)
			exchange(t, p, 200, 6*time.Second)
		}, []pace.Wait{{Why: pace.WhySlow, Times: 2, Waited: 10 * time.Second, Longest: 6 * time.Second}}},
		{"a rest after a server error", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 503, tick)
			_ = p.Sleep(t.Context(), 2*time.Second)
			exchange(t, p, 0, tick)
			_ = p.Sleep(t.Context(), 3*time.Second)
			exchange(t, p, 200, tick)
		}, []pace.Wait{{Why: pace.WhyBroken, Status: 503, Times: 1, Waited: 2 * time.Second, Longest: 2 * time.Second},
			{Why: pace.WhyBroken, Times: 1, Waited: 3 * time.Second, Longest: 3 * time.Second}}},
		{"a rest after a good answer", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 200, tick)
			_ = p.Sleep(t.Context(), 5*time.Second)
			exchange(t, p, 200, tick)
		}, []pace.Wait{{Why: pace.WhyRest, Times: 1, Waited: 5 * time.Second, Longest: 5 * time.Second}}},
		{"nobody has anything to send", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			time.Sleep(9 * time.Second)
			exchange(t, p, 200, tick)
		}, []pace.Wait{{Why: pace.WhyOwn, Times: 1, Waited: 9 * time.Second, Longest: 9 * time.Second}}},
		{"the run ends while the API is out of reach", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 502, tick)
			_ = p.Sleep(t.Context(), 8*time.Second)
		}, []pace.Wait{{Why: pace.WhyBroken, Status: 502, Times: 1, Waited: 8 * time.Second, Longest: 8 * time.Second}}},
		{"what comes after the last answer is no stall", pace.Limit{}, func(t *testing.T, p *pace.Pacer) {
			exchange(t, p, 200, tick)
			time.Sleep(time.Minute)
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := pace.New(pace.NewWindow(c.limit))
				c.story(t, p)
				h := p.History()
				waited := map[pace.Why]time.Duration{}
				for i := range h.Waits {
					waited[h.Waits[i].Why] += h.Waits[i].Waited
					h.Waits[i].At = time.Time{}
				}
				if diff := cmp.Diff(c.want, h.Waits); diff != "" {
					t.Errorf("waits: -want +got:\n%s", diff)
				}
				sliced := map[pace.Why]time.Duration{}
				for _, s := range h.Slices {
					for why, took := range s.Waited {
						sliced[why] += took
					}
				}
				if diff := cmp.Diff(waited, sliced); diff != "" {
					t.Errorf("the slices do not add up to the waits: -waits +slices:\n%s", diff)
				}
			})
		})
	}
}

// TestTheHistoryStaysSmallAndLosesNothing: a run may go on for days.
func TestTheHistoryStaysSmallAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.NewWindow(pace.Limit{}))
		begun := time.Now()
		want := pace.Slice{Good: 1200, Refused: 400, Throttled: 400, Broken: 400, Silent: 400}
		for range 400 {
			for _, status := range []int{200, 404, 201, 429, 500, 0, 302} {
				exchange(t, p, status, 20*time.Second)
			}
		}
		h := p.History()
		if len(h.Slices) > 120 || h.Width*time.Duration(len(h.Slices)) < h.Ended.Sub(begun) {
			t.Errorf("%d slices of %v for %v, want at most 120 and all of it", len(h.Slices), h.Width, h.Ended.Sub(begun))
		}
		var got pace.Slice
		var waited time.Duration
		for _, s := range h.Slices {
			got.Good, got.Refused, got.Throttled = got.Good+s.Good, got.Refused+s.Refused, got.Throttled+s.Throttled
			got.Broken, got.Silent = got.Broken+s.Broken, got.Silent+s.Silent
			waited += s.Waited[pace.WhySlow]
			if s.Waited[pace.WhySlow] > h.Width {
				t.Errorf("a slice of %v has a wait of %v", h.Width, s.Waited[pace.WhySlow])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers: -want +got:\n%s", diff)
		}
		if waited != h.Ended.Sub(begun) || h.Waits[0].Times != 2800 {
			t.Errorf("waited %v in %d times, want %v in 2800", waited, h.Waits[0].Times, h.Ended.Sub(begun))
		}
	})
}

// TestAHistoryIsAPicture: what happens after it was taken does not change it.
func TestAHistoryIsAPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.NewWindow(pace.Limit{}))
		exchange(t, p, 200, 3*time.Second)
		exchange(t, p, 500, time.Millisecond)
		_ = p.Sleep(t.Context(), 2*time.Second)
		before, again := p.History(), p.History()
		exchange(t, p, 200, 30*time.Minute)
		if diff := cmp.Diff(again, before); diff != "" {
			t.Errorf("an old history has changed: -want +got:\n%s", diff)
		}
	})
}
