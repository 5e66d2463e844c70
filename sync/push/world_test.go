package push_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
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

// weather is what a seed does to a run: how much goes wrong, when somebody interrupts, and which processes die.
type weather struct {
	seed       uint64
	faults     []fault
	share      float64       // of the requests that go wrong
	soft, hard time.Duration // stops of the first process, 0 for none
	deaths     []death       // of the first processes, one each
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
	w := weather{seed: seed, share: r.Float64() * r.Float64(), faults: someFaults(r)}
	l.options = push.Options{Workers: 1 + r.IntN(16), MaxFailures: []int{-1, -1, 0, 3, 50}[r.IntN(5)]}
	l.memory.fsync = time.Duration(1 + r.Int64N(int64(50*time.Millisecond)))
	l.server.grace, l.server.unique = l.memory.fsync+time.Millisecond, r.IntN(3) == 0
	l.lag(r)
	l.hide(r)
	l.disturb(r, &w)
	if r.IntN(4) > 0 {
		w.deaths = someDeaths(r)
	}
	l.weigh(w, 0)
	return l, w
}

// commonFaults is what goes wrong with single requests.
func commonFaults() []fault {
	return []fault{
		lose, drop, late, fail, failAfter, hang, linger, cut, empty, garbled, portal, busy, throttle, throttled, spin, unsent, refuse, expire,
	}
}

// rareFaults is what ends the run, or most of it.
func rareFaults() []fault { return []fault{forbid, disown, redirect, absurd, busyLong} }

// someFaults is a few of all faults, so that each has seeds in which it weighs much.
func someFaults(r *rand.Rand) []fault {
	all := commonFaults()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	faults := all[:1+r.IntN(len(all))]
	if r.IntN(4) == 0 {
		faults = append(faults, rareFaults()[r.IntN(len(rareFaults()))])
	}
	return faults
}

// someDeaths is when the first processes die. Those that go on after a death die early, some while they settle what it left.
func someDeaths(r *rand.Rand) []death {
	all, settling := failpoints(), []failpoint{beforeLook, afterLook, afterOutcome}
	deaths := make([]death, 1+r.IntN(1+r.IntN(6)))
	for i := range deaths {
		deaths[i] = death{all[r.IntN(len(all))], 1 + r.IntN(1+r.IntN(20))}
		if i > 0 && r.IntN(2) == 0 {
			deaths[i] = death{settling[r.IntN(len(settling))], 1 + r.IntN(2)}
		}
	}
	return deaths
}

// lag draws how long a new record takes to show. We are told of it truthfully, or else names are unique: a server that shows
// late what it told us to see soon, and takes the same twice, cannot be kept from taking it twice.
func (l *lab) lag(r *rand.Rand) {
	if r.IntN(4) > 0 {
		l.options.Settle = 5 * time.Second
		l.server.lag = time.Duration(r.Int64N(int64(l.options.Settle) * 4 / 10)) // late, and late to show, is still within it
	}
	l.server.settle = l.options.Settle
	if l.server.unique && r.IntN(4) == 0 {
		l.server.slow, l.server.lag = true, l.options.Settle*2+time.Duration(r.Int64N(int64(time.Minute)))
	}
}

// hide draws what cannot be seen, and what is there already and looks like ours.
func (l *lab) hide(r *rand.Rand) {
	switch r.IntN(8) {
	case 0:
		l.parts.Looker = nil
	case 1, 2:
		parts := uint64(2 + r.IntN(4))
		l.server.hidden = func(c *plan.Change) bool {
			return chance(parts, uint64(len(name(c))), uint64(name(c)[len(name(c))-1])).IntN(2) == 0
		}
	}
	if r.IntN(4) > 0 {
		return
	}
	for i := range l.changes {
		if c := &l.changes[i]; c.Action == plan.Create && r.IntN(3) == 0 {
			l.server.records[fmt.Sprintf("twin %d", c.Seq)] = &stored{record: append(model.Record{}, c.Record...)}
		}
	}
}

// weigh lets every request of a turn have its own latency, and its own fault or none.
func (l *lab) weigh(w weather, turn int) {
	at := func(seq int64, attempt int) *rand.Rand {
		return chance(w.seed, uint64(turn), uint64(seq), uint64(attempt))
	}
	l.memory.before = func(in push.Intent) time.Duration {
		return time.Duration(at(in.Seq, in.Attempt).Int64N(int64(time.Millisecond)))
	}
	l.server.latency = func(seq int64, attempt int) time.Duration {
		return time.Millisecond + time.Duration(at(seq, attempt).Int64N(int64(time.Second)))
	}
	l.server.script = func(seq int64, attempt int) fault {
		r := at(seq, attempt)
		if r.Float64() >= w.share {
			return fine
		}
		f := w.faults[r.IntN(len(w.faults))]
		if l.options.Settle == 0 && (f == late || f == linger) {
			return drop // without a settle time nobody can be asked to see what comes late
		}
		return f
	}
	if c, ours := l.parts.Pacer.(*clock); ours {
		c.until = time.Time{} // it is the process that knows of the rest
		c.backoff = func(n int) time.Duration {
			return time.Duration(chance(w.seed, uint64(n)).Int64N(int64(time.Second) << min(n, 5)))
		}
	}
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
	}
}
