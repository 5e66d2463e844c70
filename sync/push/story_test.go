package push_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// calm is how many processes work in fine weather at the end of a story: by then nothing stands in the way of any change.
const calm = 2

// verdict is what a story amounts to: the breaches, and where it has led.
type verdict struct {
	seen    []string        // breaches that server, memory and judge saw while it went on
	account []string        // breaches that the durable records and the server's log show at its end
	places  map[string]bool // where it has been
}

// play tells the story of a seed: a run that goes wrong as the seed says, and is resumed until nothing is left to do, whatever
// becomes of the processes that resume it. sabotage breaks a part first.
func play(t *testing.T, seed uint64, sabotage func(*lab, *weather)) (v verdict) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		l, w := newWorld(seed)
		if sabotage != nil {
			sabotage(l, &w)
		}
		stormy := len(w.deaths) + 2
		for n := range stormy + calm {
			if n > 0 {
				l.options.Limit, l.options.MaxRequests, l.options.MaxFailures = 0, 0, -1
			}
			if n == stormy {
				w.share, l.server.down = 0, func(time.Time) bool { return false }
			}
			if breaches := l.live(n, w); len(v.seen) == 0 {
				v.seen = breaches
			}
		}
		time.Sleep(l.server.lag + timeout)
		l.learn()
		v.account, v.places = l.account(), l.census(w)
		time.Sleep(time.Hour)
	})
	return v
}

// live is what process number n does: it settles what those before it have left in doubt, and then goes on with the run.
func (l *lab) live(n int, w weather) []string {
	p := &process{number: n, seed: w.seed}
	if n < len(w.deaths) {
		p.plan = w.deaths[n]
	}
	if n > 0 {
		l.memory.resume()
		l.enter(p, w)
		settled := l.settle(p)
		if l.bury(p); !settled || l.memory.Flush(context.Background()) != nil {
			return l.seen()
		}
		l.memory.turn++
	}
	l.enter(p, w)
	soft, hard := time.Duration(0), time.Duration(0)
	if n == 0 {
		soft, hard = w.soft, w.hard
	}
	res := l.run(soft, hard)
	l.cut[l.memory.turn] = hard > 0 || p.dead()
	if l.bury(p); p.dead() {
		return l.seen() // what it would have said of itself, nobody has heard
	}
	return l.judge(res)
}

// bury notes the death of p, if it is dead.
func (l *lab) bury(p *process) {
	if p.dead() {
		l.deaths = append(l.deaths, demise{p.plan.at, l.settling[l.memory.turn]})
	}
}

// enter makes p the process that is at work.
func (l *lab) enter(p *process, w weather) {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.memory.proc, l.server.proc, l.server.turn = p, p, l.memory.turn
	l.server.rested, l.server.until = false, time.Time{} // it was the pacer of the one before who knew of it
	l.weigh(w, l.memory.turn)
}

// seen is the breaches that server and memory have seen themselves.
func (l *lab) seen() []string {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	return append(append([]string{}, l.server.breaches...), l.memory.breaches...)
}

// settle finds out what became of the requests whose answers nobody has seen, in the way that package sync does it before it
// goes on with a run. It reports false if that was not to be.
func (l *lab) settle(p *process) bool {
	ctx, cut := context.WithCancel(context.Background())
	defer cut()
	p.kill = cut
	l.settling[l.memory.turn] = true
	l.learn()
	for i := range l.changes {
		c := &l.changes[i]
		open := l.memory.open[c.Seq]
		if len(open) == 0 || l.parts.Looker == nil {
			continue
		}
		last := open[len(open)-1]
		out := push.Outcome{
			Seq: c.Seq, Status: plan.NotAttempted, Code: model.CodeNotAttempted, Message: "nothing of it was found",
			Attempts: last.Attempt, RequestID: last.RequestID,
		}
		id, known, err := l.find(ctx, c, last.at.Add(2*timeout))
		switch {
		case errors.Is(err, push.ErrNoLook) || err == nil && !known:
			continue
		case err != nil:
			return false
		case id != "" && c.Action == plan.Create:
			out.Status, out.ID, out.Code, out.Message = plan.Created, id, "", ""
		case id != "":
			out.Status, out.ID, out.Code, out.Message = plan.Updated, id, "", ""
		}
		if l.parts.Recorder.Conclude(ctx, out) != nil || p.dead() {
			return false
		}
	}
	return true
}

// find looks for what a change has made, until its request can be at work no more, and twice more after the settle time. It
// returns "" if that is nothing; known is false if several records may be it.
func (l *lab) find(ctx context.Context, c *plan.Change, quiet time.Time) (id string, known bool, err error) {
	for n := range 3 {
		if n > 0 {
			if err := l.parts.Pacer.Sleep(ctx, time.Until(quiet)+time.Duration(n)*l.options.Settle); err != nil {
				return "", false, err
			}
		}
		if c.Action == plan.Update {
			holds, err := l.parts.Looker.Probe(ctx, c)
			if err != nil || holds {
				return c.ID, true, err
			}
			continue
		}
		switch ids, err := l.parts.Looker.Look(ctx, c); {
		case err != nil || len(ids) > 1:
			return "", false, err
		case len(ids) == 1:
			return ids[0], true, nil
		}
	}
	return "", true, nil
}
