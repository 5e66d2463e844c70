package push_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// judge compares what the server has seen with what the run says of it, and returns every breach of the promises: never
// twice, never lost, nothing called done that was not seen done. It waits until the server has come to rest.
func (l *lab) judge(res push.Result) []string {
	time.Sleep(2*l.server.lag + timeout)
	l.learn()
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	found := append(append([]string{}, l.server.breaches...), l.memory.breaches...)
	add := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }

	if len(l.server.flying) > 0 {
		add("%d requests are still in flight", len(l.server.flying))
	}
	if c, ok := l.parts.Pacer.(*clock); ok && c.held != 0 {
		add("%d requests that were let through are not done", c.held)
	}
	if most := max(l.options.MaxRequests, l.allowed); most > 0 && res.Sent > most {
		add("%d requests were sent, at most %d were allowed", res.Sent, most)
	}
	begun, ended := 0, plan.Counts{}
	for _, out := range l.done {
		ended[out.Status]++
		if out.Code != model.CodeParentNotCreated {
			begun++
		}
	}
	if !maps.Equal(res.Ended, ended) {
		add("the result says that changes ended as %v, and they ended as %v", res.Ended, ended)
	}
	if l.options.Limit > 0 && begun > l.options.Limit {
		add("%d changes were carried out, at most %d were allowed", begun, l.options.Limit)
	}
	for seq, at := range l.memory.first {
		if !l.stop.IsZero() && at.After(l.stop) {
			add("change %d: begun %v after the stop", seq, at.Sub(l.stop))
		}
	}
	for i := range l.changes {
		l.judgeChange(&l.changes[i], res, add)
	}
	return found
}

// judgeChange looks at one change.
func (l *lab) judgeChange(c *plan.Change, res push.Result, add func(string, ...any)) {
	out, ended := l.memory.outcomes[c.Seq]
	told, announced := l.done[c.Seq]
	requests, made := l.sent(c.Seq), l.made(c.Seq)
	unseen, now := false, false
	for _, r := range requests {
		unseen = unseen || r.answer.Verdict == push.Unclear
	}
	for _, r := range l.server.requests[l.before:] {
		now = now || r.seq == c.Seq
	}
	// An outcome that could not be written leaves a doubt, and a later run does not know of any other reason for it.
	broken := errors.Is(res.Early, push.ErrRecorder) || len(l.memory.open[c.Seq]) > 0 && !now
	if len(made) > 1 {
		add("change %d: created %d times", c.Seq, len(made))
	}
	if announced && (!ended && !broken || ended && !reflect.DeepEqual(told, out)) {
		add("change %d: Done was told %q, the ledger has %q", c.Seq, told.Status, out.Status)
	}
	if !ended {
		switch {
		case now && !broken:
			add("change %d: sent, and without an outcome", c.Seq)
		case res.Early == nil && !broken:
			add("change %d: lost, and the run says that it was complete", c.Seq)
		}
		return
	}
	if len(l.memory.open[c.Seq]) > 0 && !now && out.Status != plan.InDoubt {
		return // a process that died has tried again since
	}
	orphan := l.orphan(c, out)
	if len(requests) == 0 && out.Status != plan.NotAttempted && !orphan {
		add("change %d: %s without a request", c.Seq, out.Status)
	}
	switch out.Status {
	case plan.Created:
		if c.Action != plan.Create || len(made) != 1 || made[0] != out.ID {
			add("change %d: called created as %q, and the server has %q", c.Seq, out.ID, made)
		}
	case plan.Updated:
		if c.Action != plan.Update || !push.Holds(l.server.model, c, l.server.records[c.ID].record) {
			add("change %d: called updated, and the server has %v", c.Seq, l.server.records[c.ID])
		}
	case plan.InDoubt:
		if !unseen {
			add("change %d: in doubt, though every answer was seen", c.Seq)
		}
	case plan.NotAttempted:
		if res.Early == nil && !orphan {
			add("change %d: not attempted, and the run says that it was complete", c.Seq)
		}
		if c.Action == plan.Update && push.Holds(l.server.model, c, l.server.records[c.ID].record) {
			add("change %d: called not attempted, and it was carried out", c.Seq)
		}
		fallthrough
	case plan.Rejected, plan.Failed:
		if len(made) > 0 && !l.server.slow { // which shows later than it says what it has made
			add("change %d: called %s, and the server has it as %q", c.Seq, out.Status, made)
		}
	default:
		add("change %d: ended as %q", c.Seq, out.Status)
	}
	well := out.Status == plan.Created || out.Status == plan.Updated
	if well != (out.Code == "") || well != (out.Message+out.Field == "" && out.Faults == nil) {
		add("change %d: %s with the code %q and the message %q", c.Seq, out.Status, out.Code, out.Message)
	}
}
