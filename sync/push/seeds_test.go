package push_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// chance is a source of chance for one place of one seed: it does not depend on the order in which the workers ask.
func chance(seed uint64, place ...uint64) *rand.Rand {
	for _, p := range place {
		seed = seed*0x9e3779b97f4a7c15 + p + 1
	}
	return rand.New(rand.NewPCG(seed, uint64(len(place))))
}

// weather is the world that a seed makes: how much goes wrong, and when somebody interrupts.
type weather struct {
	faults     []fault
	share      float64       // of the requests that go wrong
	soft, hard time.Duration // stops, 0 for none
}

// newWorld makes a lab out of a seed.
func newWorld(seed uint64) (*lab, weather) {
	r := chance(seed)
	l := newLab(0)
	names := 1 + r.IntN(40)
	for range 1 + r.IntN(30) {
		name := fmt.Sprintf("thing %d", r.IntN(names))
		if r.IntN(3) == 0 {
			l.update(name)
		} else {
			l.create(name)
		}
	}
	w := weather{share: r.Float64() * r.Float64(), faults: []fault{
		lose, drop, late, fail, failAfter, hang, busy, throttle, throttled, spin, unsent, refuse,
	}}
	if r.IntN(10) == 0 {
		w.faults = append(w.faults, forbid, disown, redirect)
	}
	l.options = push.Options{Workers: 1 + r.IntN(6), MaxFailures: []int{-1, -1, 0, 3, 50}[r.IntN(5)]}
	if r.IntN(4) > 0 {
		l.options.Settle = 5 * time.Second
		l.server.lag = time.Duration(r.Int64N(int64(l.options.Settle) * 4 / 10)) // late, and late to show, is still within it
	}
	l.server.settle, l.server.unique = l.options.Settle, r.IntN(3) == 0
	l.weigh(seed, w)
	l.disturb(r, &w)
	return l, w
}

// weigh lets every request have its own latency, and its own fault or none.
func (l *lab) weigh(seed uint64, w weather) {
	at := func(seq int64, attempt int) *rand.Rand { return chance(seed, uint64(seq), uint64(attempt)) }
	l.server.latency = func(seq int64, attempt int) time.Duration {
		return time.Millisecond + time.Duration(at(seq, attempt).Int64N(int64(time.Second)))
	}
	l.server.script = func(seq int64, attempt int) fault {
		r := at(seq, attempt)
		if r.Float64() >= w.share {
			return fine
		}
		f := w.faults[r.IntN(len(w.faults))]
		if f == late && l.server.lag == 0 {
			return drop // without a settle time nobody can be asked to see what comes late
		}
		return f
	}
	l.parts.Pacer = &clock{backoff: func(n int) time.Duration {
		return time.Duration(chance(seed, uint64(n)).Int64N(int64(time.Second) << min(n, 5)))
	}}
}

// disturb draws what happens to the run as a whole.
func (l *lab) disturb(r *rand.Rand, w *weather) {
	moment := func() time.Duration { return time.Duration(r.Int64N(int64(30 * time.Second))) }
	if r.IntN(4) == 0 {
		from, lasts := moment(), time.Duration(r.Int64N(int64(20*time.Minute)))
		began := time.Now()
		l.server.down = func(at time.Time) bool { return at.Sub(began) >= from && at.Sub(began) < from+lasts }
	}
	switch r.IntN(10) {
	case 0, 1:
		w.soft = moment() + 1
	case 2:
		w.hard = moment() + 1
	case 3:
		w.soft = moment() + 1
		w.hard = w.soft + moment()
	case 4:
		l.memory.breakAt = 1 + r.IntN(20)
	case 5:
		l.options.Limit = 1 + r.IntN(20)
	case 6:
		l.options.MaxRequests = 1 + r.IntN(20)
	case 7:
		l.parts.Looker = nil
	}
}

// play runs a seed, then goes on where it ended until nothing is left, and returns every breach of the promises. sabotage
// breaks a part first.
func play(t *testing.T, seed uint64, sabotage func(*lab, *weather)) (breaches []string) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		l, w := newWorld(seed)
		if sabotage != nil {
			sabotage(l, &w)
		}
		breaches = l.judge(l.run(w.soft, w.hard))
		for round := 0; round < 3 && len(breaches) == 0; round++ {
			l.memory.resume()
			l.options.Limit, l.options.MaxRequests, l.options.MaxFailures = 0, 0, -1
			breaches = l.judge(l.run(0, 0))
		}
		time.Sleep(time.Hour)
	})
	return breaches
}

// playMany plays seeds from first on. ROLLCALL_SEED plays a single one again.
func playMany(t *testing.T, first, n uint64) {
	t.Helper()
	if text := os.Getenv("ROLLCALL_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("ROLLCALL_SEED: %v", err)
		}
		first, n = seed, 1
	}
	for seed := first; seed < first+n; seed++ {
		if breaches := play(t, seed, nil); len(breaches) > 0 {
			t.Errorf("seed %d (again: ROLLCALL_SEED=%d go test -run %s ./sync/push):\n\t%s", seed, seed, t.Name(), strings.Join(breaches, "\n\t"))
		}
	}
}

// TestSeeds plays the protocol against a few thousand worlds in which all kinds of things go wrong.
func TestSeeds(t *testing.T) { playMany(t, 1, 3000) }

// TestLongSeeds plays many more of them.
func TestLongSeeds(t *testing.T) {
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		playMany(t, 1_000_000, 10_000)
	default:
		playMany(t, 1_000_000, 100_000)
	}
}

// TestTheRefereeSeesFoulPlay proves that the tests above can fail: with any part broken, the seeds must find it.
func TestTheRefereeSeesFoulPlay(t *testing.T) {
	tests := []struct {
		says     string
		sabotage func(*lab, *weather)
		want     string // a part of the breach
	}{
		{"a lost answer to a create is taken for a request that was not sent", func(l *lab, _ *weather) { l.parts.Writer = optimist{l.server} }, "created already, and sent again"},
		{"a writer sends a second time by itself", func(l *lab, _ *weather) { l.parts.Writer = twice{l.server} }, "intent of another request"},
		{"a writer calls done what it has not seen", func(l *lab, _ *weather) { l.parts.Writer = liar{l.server} }, "called created"},
		{"the recorder does not wait until the intent is durable", func(l *lab, _ *weather) { l.memory.hasty = true }, "without a durable intent"},
		{"the recorder forgets outcomes", func(l *lab, _ *weather) { l.parts.Recorder = forgetful{l.memory} }, "without an outcome"},
		{"looking finds nothing that is there", func(l *lab, _ *weather) { l.parts.Looker = blind{l.server} }, "created already, and sent again"},
		{"looking finds what somebody else has made", func(l *lab, _ *weather) { l.parts.Looker = greedy{l.server} }, "called created"},
		{"the settle time is not waited for", func(l *lab, _ *weather) { l.parts.Pacer = restless{l.parts.Pacer} }, "looks after the settle time"},
		{"the settle time is set too short", func(l *lab, _ *weather) { l.options.Settle /= 5 }, "created already, and sent again"},
		{"changes do not tell their key", func(l *lab, _ *weather) {
			for i := range l.changes {
				l.changes[i].Key = ""
			}
		}, "with the same key is in flight"},
		{"the plan has a change twice", func(l *lab, _ *weather) { l.changes = append(l.changes, l.changes...) }, "a second outcome"},
		{"a stop is not heard", func(l *lab, w *weather) { w.soft, w.hard, l.deaf = time.Second, 0, true }, "after the stop"},
		{"the limit on requests is not kept", func(l *lab, _ *weather) { l.allowed, l.options.MaxRequests = 3, 0 }, "at most 3 were allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			const most = 500
			for seed := uint64(1); seed <= most; seed++ {
				if strings.Contains(strings.Join(play(t, seed, tt.sabotage), "\n"), tt.want) {
					return
				}
			}
			t.Errorf("%d seeds did not see it: no breach says %q", most, tt.want)
		})
	}
}

type optimist struct{ *server }

func (o optimist) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := o.server.Write(ctx, c, id)
	if a.Verdict == push.Unclear {
		a.Verdict = push.NotSent
	}
	return a
}

type twice struct{ *server }

func (w twice) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	if a := w.server.Write(ctx, c, id); a.Verdict == push.Accepted {
		return a
	}
	return w.server.Write(ctx, c, id)
}

type liar struct{ *server }

func (l liar) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := l.server.Write(ctx, c, id)
	if a.Verdict == push.Unclear {
		a.Verdict, a.ID = push.Accepted, "r1"
	}
	return a
}

type forgetful struct{ *memory }

func (f forgetful) Conclude(ctx context.Context, out push.Outcome) error {
	if out.Seq == 1 {
		return nil
	}
	return f.memory.Conclude(ctx, out)
}

type blind struct{ *server }

func (b blind) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	_, err := b.server.Look(ctx, c)
	return nil, err
}

type greedy struct{ *server }

func (g greedy) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	ids, err := g.server.Look(ctx, c)
	if err == nil && len(ids) == 0 {
		ids = []string{"r1"}
	}
	return ids, err
}

type restless struct{ push.Pacer }

func (restless) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
