package push_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// above is the field of a thing that holds the id of the one above it.
const above = 1

// below makes a change wait for the record of another one, which must not wait for it in turn.
func (l *lab) below(c, parent *plan.Change) {
	c.Record = slices.Clone(c.Record)
	c.Record[above] = model.Value{}
	c.Order.After = []plan.Wait{{Field: above, Name: "note", Kind: model.String, Seq: parent.Seq, Row: parent.Row}}
	parent.Order.Awaited = true
	for deeper := true; deeper; { // until every child is deeper than its parent
		deeper = false
		for i := range l.changes {
			for _, w := range l.changes[i].Order.After {
				if p := &l.changes[w.Seq-1]; l.changes[i].Order.Level <= p.Order.Level {
					l.changes[i].Order.Level, deeper = p.Order.Level+1, true
				}
			}
		}
	}
}

// learn puts into changes the ids that they have waited for and that are durable, as the ledger does when it is read.
func (l *lab) learn() {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	for i := range l.changes {
		for _, w := range l.changes[i].Order.After {
			if out := l.memory.outcomes[w.Seq]; out.Status == plan.Created {
				l.changes[i].Record[w.Field] = w.Value(out.ID)
			}
		}
	}
}

// asRead is a change as a process reads it when it begins.
func (l *lab) asRead(c plan.Change) plan.Change {
	c.Order.After = slices.Clone(c.Order.After)
	for i := range c.Order.After {
		if status := l.memory.status(c.Order.After[i].Seq); status != plan.NotAttempted && status != plan.Planned {
			c.Order.After[i].Status = status
		}
	}
	return c
}

// orphan reports whether a change was left because the record that it waits for was not made, and that is true.
func (l *lab) orphan(c *plan.Change, out push.Outcome) bool {
	if out.Code != model.CodeParentNotCreated || len(c.Order.After) == 0 || out.Attempts > 0 {
		return false
	}
	parent := l.memory.status(c.Order.After[0].Seq)
	final := parent == plan.Rejected || parent == plan.Failed
	return out.Status == plan.Rejected && final || out.Status == plan.NotAttempted && parent != plan.Created
}

// forester is the server's eye for who is above whom.
type forester struct {
	*server
	lab *lab
}

// Write wants every change to name the record that it belongs to, and that to be known for good.
func (f forester) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	f.mu.Lock()
	f.lab.memory.mu.Lock()
	for _, w := range c.Order.After {
		out, got := f.lab.memory.outcomes[w.Seq], c.Record[w.Field].Text
		switch r := f.records[got]; {
		case out.Status != plan.Created || out.ID != got:
			f.breach("change %d: sent below %q, and the durable outcome of change %d is %q %q", c.Seq, got, w.Seq, out.Status, out.ID)
		case r == nil || r.seq != w.Seq:
			f.breach("change %d: sent below %q, which is not the record of change %d", c.Seq, got, w.Seq)
		}
	}
	f.lab.memory.mu.Unlock()
	f.mu.Unlock()
	return f.server.Write(ctx, c, id)
}

// plant makes a forest of a world: things of names of their own, most of them below another one, in any order of the sheet.
func plant(l *lab, w *weather) {
	r := chance(w.seed, 4711)
	l.server.unique, l.server.slow = false, false
	l.server.lag = min(l.server.lag, l.options.Settle*4/10)
	if l.server.lag > 0 && l.options.Settle == 0 {
		l.server.lag = 0
	}
	rank := r.Perm(len(l.changes))
	var creates []int
	for i := range l.changes {
		c := &l.changes[i]
		c.Key = fmt.Sprintf("thing %d of a forest", c.Seq)
		c.Record[0] = text(c.Key)
		if c.Action == plan.Create {
			creates = append(creates, i)
		}
	}
	for id := range l.server.records {
		if strings.HasPrefix(id, "twin") {
			delete(l.server.records, id)
		}
	}
	wide := 1 + r.IntN(4)
	for i := range l.changes {
		for range wide {
			if len(creates) == 0 || r.IntN(3) == 0 {
				break
			}
			if p := creates[r.IntN(len(creates))]; rank[p] < rank[i] {
				l.below(&l.changes[i], &l.changes[p])
				break
			}
		}
	}
	l.parts.Writer = forester{l.server, l}
}

// growsWell plays a seed as a forest, and returns what is wrong with it.
func growsWell(t *testing.T, seed uint64, sabotage func(*lab, *weather)) verdict {
	return play(t, seed, func(l *lab, w *weather) {
		plant(l, w)
		if sabotage != nil {
			sabotage(l, w)
		}
	})
}

// TestForests plays worlds in which things belong to each other: whatever goes wrong, and whoever dies, every child is sent with
// exactly its parent's id, none before its parent, and every row comes to an end.
func TestForests(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { grow(t, rt, rapid.Uint64().Draw(rt, "seed")) })
}

// TestForestsMeetEveryEnd plays always the same worlds, in which children come to every end: what is never met is never checked.
func TestForestsMeetEveryEnd(t *testing.T) {
	seen := map[plan.Status]int{}
	for seed := range uint64(600) {
		for status, n := range grow(t, t, seed) {
			seen[status] += n
		}
	}
	for _, status := range []plan.Status{plan.Created, plan.Updated, plan.Rejected} {
		if seen[status] == 0 {
			t.Errorf("no child was %s: %v", status, seen)
		}
	}
	t.Logf("children: %v", seen)
}

// grow plays a seed as a forest, tells report what is wrong with it, and returns how many children came to each end.
func grow(t *testing.T, report rapid.TB, seed uint64) map[plan.Status]int {
	var forest *lab
	v := growsWell(t, seed, func(l *lab, _ *weather) { forest = l })
	if breaches := append(v.seen, v.account...); len(breaches) > 0 {
		report.Fatalf("seed %d:\n\t%s", seed, strings.Join(breaches, "\n\t"))
	}
	ends := map[plan.Status]int{}
	for i := range forest.changes {
		c := &forest.changes[i]
		if out := forest.memory.outcomes[c.Seq]; len(c.Order.After) > 0 && (out.Status != plan.Rejected || out.Code == model.CodeParentNotCreated) {
			ends[out.Status]++
		}
	}
	return ends
}
