package push_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// TestAnExpiredTokenCostsNoRow: every change of a round finds its token expired, and goes out again at once under an intent
// of its own.
func TestAnExpiredTokenCostsNoRow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(16)
		l.update("old thing")
		l.options.Workers = 8
		l.parts.Pacer.(*clock).backoff = func(int) time.Duration { return time.Hour }
		for seq := int64(9); seq <= 16; seq++ {
			l.faults(seq, expire)
		}
		l.faults(17, expire)
		began := time.Now()
		res := l.run(0, 0)
		l.wantClean(t, res)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("the run took %v: nobody has asked it to rest", took)
		}
		if got := l.statuses(); got[plan.Created] != 16 || got[plan.Updated] != 1 {
			t.Errorf("got %v, want every change carried out", got)
		}
		if res.Sent != 26 || res.Retried != 9 {
			t.Errorf("sent %d, %d of them again; want 26 and 9", res.Sent, res.Retried)
		}
		out := l.outcome(9)
		if in, ok := l.memory.durable(out.RequestID); !ok || in.Attempt != 2 || out.Attempts != 2 {
			t.Errorf("change 9 ended with %+v, announced as %+v; want the second attempt, with an intent of its own", out, in)
		}
	})
}

// TestATokenThatExpiresTwiceForAChangeStopsTheRun: a new token that fares no better is no token.
func TestATokenThatExpiresTwiceForAChangeStopsTheRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(20)
		l.options.Workers = 1
		l.faults(3, expire, expire)
		res := l.run(0, 0)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrUnauthorized) || res.Sent != 4 {
			t.Errorf("sent %d and ended with %v, want 4 and that the credentials are not accepted", res.Sent, res.Early)
		}
		l.wantStatus(t, 3, plan.NotAttempted, model.CodeUnauthorized)
		l.memory.resume()
		l.server.script = func(int64, int) fault { return fine }
		res = l.run(0, 0)
		l.wantClean(t, res)
		if got := l.statuses(); got[plan.Created] != 20 {
			t.Errorf("the next run gets on with it: got %v", got)
		}
	})
}

// TestAChangeMayOutliveItsTokens: where an API asks for long rests, a token may end in each of them.
func TestAChangeMayOutliveItsTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(1)
		l.update("old thing")
		l.faults(1, expire, throttled, expire, throttled, expire, unsent, expire)
		l.faults(2, expire, fail, expire, fail)
		res := l.run(0, 0)
		l.wantClean(t, res)
		if got := l.statuses(); res.Early != nil || got[plan.Created] != 1 || got[plan.Updated] != 1 {
			t.Errorf("ended with %v, %v; want both changes carried out", res.Early, got)
		}
	})
}

// TestAnExpiredTokenLeavesADoubtADoubt: a 401 tells what became of its own request, and not of the one before.
func TestAnExpiredTokenLeavesADoubtADoubt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		l.update("old thing")
		l.faults(1, drop, expire, expire)
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.InDoubt, model.CodeInDoubt)
	})
}

// TestMaxRequestsCountsWhatWasSentAgainForAnExpiredToken: a limit on requests is one on what goes over the wire.
func TestMaxRequestsCountsWhatWasSentAgainForAnExpiredToken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(2)
		l.options.Workers, l.options.MaxRequests = 1, 1
		l.faults(1, expire)
		res := l.run(0, 0)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrLimit) || res.Sent != 1 {
			t.Errorf("sent %d and ended with %v, want 1 and the limit", res.Sent, res.Early)
		}
		l.wantStatus(t, 1, plan.NotAttempted, model.CodeNotAttempted)
	})
}
