package simulator_test

import (
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

func TestTokensExpire(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now})
	sim.CRO.AddToken(simulator.Token{Value: "t", Expires: aMoment().Add(time.Minute)})
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 200}, {time.Minute - 1, 200}, {1, 401}} {
		now.advance(step.wait)
		if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t").status; got != step.want {
			t.Errorf("after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
	}
}

func TestTokensAreUsedUp(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddToken(simulator.Token{Value: "t", Uses: 2})
	for i, want := range []int{200, 200, 401, 401} {
		if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t").status; got != want {
			t.Errorf("request %d: got %d, want %d", i+1, got, want)
		}
	}
}

func TestTokensAreRevoked(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.RevokeToken(simulator.DefaultToken)
	if got := ask(sim, "GET", "/customers", "").status; got != 401 {
		t.Errorf("got %d, want 401", got)
	}
}
