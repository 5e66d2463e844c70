package push_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// demise is how a process has died.
type demise struct {
	at       failpoint
	settling bool // before it went on with the run
}

// census is the places where a story has been: what went wrong, how processes have died, and how the changes have ended.
func (l *lab) census(w weather) map[string]bool {
	places := map[string]bool{}
	mark := func(is bool, format string, args ...any) {
		if is {
			places[fmt.Sprintf(format, args...)] = true
		}
	}
	for _, d := range l.deaths {
		mark(true, "a process died %s", d.at)
		mark(d.settling, "a process died before it went on with the run")
	}
	mark(len(l.deaths) > 1, "a process died that was to go on after a death")
	mark(len(l.deaths) > 3, "four processes died in a row")
	for _, r := range l.server.requests {
		mark(true, "fault: %s", r.fault)
	}
	for i := range l.changes {
		c := &l.changes[i]
		out, status := l.memory.outcomes[c.Seq], l.memory.status(c.Seq)
		late := l.settling[l.memory.by[c.Seq]]
		mark(true, "a change is %s", status)
		mark(late && status == plan.Created, "a create was found by a later process")
		mark(late && status == plan.Updated, "an update was found by a later process")
		mark(!late && status == plan.Created && out.Attempts > 1, "a create was sent again")
		mark(!late && status == plan.Created && out.HTTPStatus != 200, "a create was found by looking")
		mark(out.Code == model.CodeDuplicate, "a create was refused as duplicate")
		mark(status == plan.InDoubt && l.parts.Looker == nil, "in doubt, since there is no way to look")
		mark(status == plan.InDoubt && l.parts.Looker != nil && l.server.hidden(c), "in doubt, since the list is forbidden")
	}
	mark(l.server.slow, "records show later than we are told")
	mark(w.soft > 0, "a run was stopped")
	mark(w.hard > 0, "a run was cut off")
	mark(l.options.Workers == 1, "one worker")
	mark(l.options.Workers == 16, "sixteen workers")
	return places
}

// TestTheSimulationGoesEverywhere counts the seeds that lead to each place: what none of them visits, none of them tests.
func TestTheSimulationGoesEverywhere(t *testing.T) {
	const seeds, enough = 500, 3
	been := map[string]int{}
	for seed := uint64(1); seed <= seeds; seed++ {
		for place := range play(t, seed, nil).places {
			been[place]++
		}
	}
	want := []string{
		"a process died before it went on with the run", "a process died that was to go on after a death", "four processes died in a row",
		"a create was found by a later process", "an update was found by a later process", "a create was sent again",
		"a create was found by looking", "a create was refused as duplicate",
		"in doubt, since there is no way to look", "in doubt, since the list is forbidden",
		"records show later than we are told", "a run was stopped", "a run was cut off", "one worker", "sixteen workers",
	}
	for _, at := range failpoints() {
		want = append(want, fmt.Sprintf("a process died %s", at))
	}
	for _, f := range append(append(commonFaults(), rareFaults()...), fine) {
		want = append(want, fmt.Sprintf("fault: %s", f))
	}
	for _, status := range []plan.Status{plan.Created, plan.Updated, plan.Rejected, plan.Failed, plan.InDoubt} {
		want = append(want, fmt.Sprintf("a change is %s", status))
	}
	for _, place := range want {
		if been[place] < enough {
			t.Errorf("%s: in %d of %d seeds, want at least %d", place, been[place], seeds, enough)
		}
		t.Logf("%4d  %s", been[place], place)
	}
}
