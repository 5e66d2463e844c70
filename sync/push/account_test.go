package push_test

import (
	"fmt"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// account judges a whole story when it is over, by the plan, the server's log of what it carried out, the requests that it
// saw, and the durable records; by nothing that any process has said of itself. By then each change must have come to an end.
func (l *lab) account() (found []string) {
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	commits := map[int64][]commit{}
	for _, c := range l.server.log {
		commits[c.seq] = append(commits[c.seq], c)
	}
	for i := range l.changes {
		l.accountFor(&l.changes[i], commits[l.changes[i].Seq], add)
	}
	for seq := range l.memory.outcomes {
		if seq < 1 || seq > int64(len(l.changes)) {
			add("there is an outcome for change %d, which is not in the plan", seq)
		}
	}
	l.accountForRequests(add)
	return found
}

// status is how a change ended, as the durable records tell it: a request without an answer leaves it in doubt.
func (m *memory) status(seq int64) plan.Status {
	if len(m.open[seq]) > 0 {
		return plan.InDoubt
	}
	return m.outcomes[seq].Status
}

// accountFor looks at one change.
func (l *lab) accountFor(c *plan.Change, done []commit, add func(string, ...any)) {
	out, status := l.memory.outcomes[c.Seq], l.memory.status(c.Seq)
	create := c.Action == plan.Create
	if create && len(done) > 1 {
		add("change %d: committed %d times", c.Seq, len(done))
	}
	switch status {
	case plan.Created:
		if !create || len(done) != 1 || done[0].id != out.ID {
			add("change %d: recorded as created as %q, and the server has committed %v", c.Seq, out.ID, done)
		}
	case plan.Updated:
		if create || len(done) == 0 || !push.Holds(l.server.model, c, l.server.records[c.ID].record) {
			add("change %d: recorded as updated, and the server has committed %v", c.Seq, done)
		}
	case plan.Rejected, plan.Failed:
		// A server that shows its records later than it says cannot be asked whose the name is that stands in the way.
		if create && len(done) > 0 && !l.server.slow {
			add("change %d: recorded as %s, and the server has committed %v", c.Seq, status, done)
		}
	case plan.InDoubt:
		if l.parts.Looker != nil && !l.server.hidden(c) && !l.server.slow {
			add("change %d: left in doubt, though the API shows where it would be", c.Seq)
		}
	default:
		if !l.orphan(c, out) {
			add("change %d: lost, it is %q at the end", c.Seq, status)
		}
	}
	if status == plan.InDoubt || l.settling[l.memory.by[c.Seq]] {
		return
	}
	tried := 0
	for _, r := range l.sent(c.Seq) {
		if r.turn == l.memory.by[c.Seq] {
			tried++
		}
	}
	if out.Attempts != tried {
		add("change %d: %d attempts are recorded, and %d requests were made", c.Seq, out.Attempts, tried)
	}
}

// accountForRequests compares the requests that the server saw with the intents that are on the disk: each request has one of
// its own, and an intent without a request is the work of a process that was cut off.
func (l *lab) accountForRequests(add func(string, ...any)) {
	seen := map[string]bool{}
	for _, r := range l.server.requests {
		if in, durable := l.memory.intents[r.id]; !durable || in.Seq != r.seq || seen[r.id] {
			add("change %d: the server saw a request that no intent announces", r.seq)
		}
		seen[r.id] = true
	}
	unsent := map[int]int{} // by turn
	for id, in := range l.memory.intents {
		switch {
		case seen[id]:
		case !l.cut[in.turn]:
			add("change %d: an attempt is recorded, and no request was made", in.Seq)
		default:
			unsent[in.turn]++
		}
	}
	for turn, n := range unsent {
		if n > l.options.Workers {
			add("turn %d: %d intents without a request, and only %d workers", turn, n, l.options.Workers)
		}
	}
}
