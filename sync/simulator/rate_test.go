package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

func TestRate(t *testing.T) {
	type step struct {
		wait   time.Duration
		status int
		retry  string
	}
	for _, row := range []struct {
		name  string
		rate  simulator.Rate
		steps []step
	}{
		{"fixed windows begin on the full minute", simulator.Rate{Limit: 2}, []step{
			{50 * time.Second, 200, ""}, {0, 200, ""}, {0, 429, "10"}, {9500 * time.Millisecond, 429, "1"},
			{500 * time.Millisecond, 200, ""}, {0, 200, ""}, {0, 429, "60"},
		}},
		{"sliding windows look back", simulator.Rate{Limit: 2, Per: time.Minute, Sliding: true}, []step{
			{50 * time.Second, 200, ""}, {5 * time.Second, 200, ""}, {5 * time.Second, 429, "50"},
			{50*time.Second - 1, 429, "1"}, {1, 200, ""}, {0, 429, "5"},
		}},
		{"a refusal costs nothing", simulator.Rate{Limit: 1, Per: time.Second, Sliding: true}, []step{
			{0, 200, ""}, {900 * time.Millisecond, 429, "1"}, {100 * time.Millisecond, 200, ""},
		}},
		{"Retry-After as a date is rounded up", simulator.Rate{Limit: 1, RetryAfter: simulator.RetryDate}, []step{
			{0, 200, ""}, {time.Millisecond, 429, "Mon, 06 May 2024 07:09:00 GMT"},
		}},
		{"Retry-After may be left out", simulator.Rate{Limit: 1, RetryAfter: simulator.RetryNone}, []step{
			{0, 200, ""}, {0, 429, ""},
		}},
		{"no limit", simulator.Rate{}, []step{{0, 200, ""}, {0, 200, ""}, {0, 200, ""}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			now := newClock()
			sim := newWorld(simulator.Options{Clock: now.Now, Rate: row.rate})
			for i, s := range row.steps {
				now.advance(s.wait)
				got := ask(sim, "GET", "/tenants", "")
				if got.status != s.status || got.header.Get("Retry-After") != s.retry {
					t.Errorf("step %d: got %d, Retry-After %q; want %d, %q", i+1, got.status, got.header.Get("Retry-After"), s.status, s.retry)
				}
			}
		})
	}
}

func TestRateIsTheAccounts(t *testing.T) {
	sim := newWorld(simulator.Options{Clock: aMoment, Rate: simulator.Rate{Limit: 3}})
	sim.CRO.AddToken(simulator.Token{Value: "other"})
	ask(sim, "GET", "/tenants", "")
	ask(sim, "GET", "/tenants", "", "Authorization: Bearer other")
	ask(sim, "POST", "/oauth2/token", "")
	got := ask(sim, "POST", contactsPath, `{}`)
	if got.status != http.StatusTooManyRequests || got.field(t, "detail") == nil || len(sim.Commits()) != 0 {
		t.Errorf("got %d %s, want 429 in CRO's shape and no commit", got.status, got.body)
	}
	if got, want := got.header.Get("Date"), "Mon, 06 May 2024 07:08:00 GMT"; got != want {
		t.Errorf("Date: got %q, want the server's clock %q", got, want)
	}
}

func TestRefusedRequestsMeetNoFault(t *testing.T) {
	sim := newWorld(simulator.Options{
		Clock: aMoment, Rate: simulator.Rate{Limit: 1}, Faults: simulator.MustFaults("GET * nth=2 error-before-commit"),
	})
	ask(sim, "GET", "/tenants", "")
	if got := ask(sim, "GET", "/tenants", "").status; got != 429 {
		t.Errorf("got %d, want 429", got)
	}
	if got := sim.Requests()[1].Fault; got != "" {
		t.Errorf("fault: got %q, want none", got)
	}
}
