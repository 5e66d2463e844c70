package push_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// TestTheSimulationCatches proves that the simulation can fail: with any part of the protocol taken out, a few seeds must do to
// find it. Where the harm is lasting, the account at the end must find it too, which knows nothing but what is on the disk and
// what the server has carried out.
func TestTheSimulationCatches(t *testing.T) {
	const createdTwice = "committed 2 times"
	tests := []struct {
		says     string
		sabotage func(*lab, *weather)
		seen     string // a part of a breach that is seen while it goes on
		account  string // a part of one that is found at the end, "" for none
	}{
		{"an intent that is not awaited", func(l *lab, _ *weather) { l.memory.hasty = true }, "without a durable intent", createdTwice},
		{"no intent at all", func(l *lab, _ *weather) { l.parts.Recorder = silentRecorder{l.memory} }, "without a durable intent", createdTwice},
		{"requests that no intent announces", func(l *lab, _ *weather) { l.parts.Recorder = silentRecorder{l.memory} }, "without a durable intent", "no intent announces"},
		{"a disk that loses what was synced", func(l *lab, _ *weather) { l.memory.volatile = time.Minute }, "created already, and sent again", createdTwice},
		{"an outcome that is written before the answer", func(l *lab, _ *weather) { l.parts.Recorder = prophet{l.memory} }, "called created", "recorded as created"},
		{"an outcome that is forgotten", func(l *lab, _ *weather) { l.parts.Recorder = forgetful{l.memory} }, "without an outcome", "left in doubt"},
		{"looking once only", func(l *lab, _ *weather) { l.parts.Looker = newGlance(l.server) }, "looks after the settle time", createdTwice},
		{"looking before the settle time is over", func(l *lab, _ *weather) { l.parts.Pacer = restless{l.parts.Pacer} }, "looks after the settle time", createdTwice},
		{"a settle time that is set too short", func(l *lab, _ *weather) { l.options.Settle /= 50 }, "looks after the settle time", createdTwice},
		{"looking that does not find what is there", func(l *lab, _ *weather) { l.parts.Looker = blind{l.server} }, "created already, and sent again", createdTwice},
		{"records known before that are not left out", func(l *lab, _ *weather) { l.parts.Looker = trusting{l.server} }, "called created", "recorded as created"},
		{"a create that is sent again after a 5xx without looking", func(l *lab, _ *weather) { l.parts.Writer = blunt{l.server} }, "created already, and sent again", createdTwice},
		{"a lost answer that is taken for a request that was not sent", func(l *lab, _ *weather) { l.parts.Writer = optimist{l.server} }, "created already, and sent again", createdTwice},
		{"a network that sends a second time by itself", func(l *lab, _ *weather) { l.parts.Writer = twice{l.server} }, "intent of another request", createdTwice},
		{"a second sending that nobody counts", func(l *lab, _ *weather) { l.parts.Writer = twice{l.server} }, "intent of another request", "attempts are recorded"},
		{"a writer that calls done what it has not seen", func(l *lab, _ *weather) { l.parts.Writer = liar{l.server} }, "called created", "recorded as created"},
		{"a Retry-After that is ignored", func(l *lab, _ *weather) { l.parts.Writer = deaf{l.server} }, "before the end of a rest", ""},
		{"two workers on one key", func(l *lab, _ *weather) { l.forgetKeys() }, "with the same key is in flight", ""},
		{"two processes on one run", func(l *lab, _ *weather) { l.crowded = true }, "a second outcome", createdTwice},
		{"a change that is in the plan twice", func(l *lab, _ *weather) { l.changes = append(l.changes, l.changes...) }, "a second outcome", createdTwice},
		{"a stop that is not heard", func(l *lab, w *weather) { w.soft, w.hard, l.deaf = time.Second, 0, true }, "after the stop", ""},
		{"a limit on requests that is not kept", func(l *lab, _ *weather) { l.allowed, l.options.MaxRequests = 3, 0 }, "at most 3 were allowed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			const most = 100
			seen, account := uint64(0), uint64(0) // the seeds that have found it
			for seed := uint64(1); seed <= most && (seen == 0 || account == 0); seed++ {
				v := play(t, seed, tt.sabotage)
				if seen == 0 && strings.Contains(strings.Join(v.seen, "\n"), tt.seen) {
					seen = seed
				}
				if account == 0 && strings.Contains(strings.Join(v.account, "\n"), tt.account) {
					account = seed
				}
			}
			if seen == 0 {
				t.Errorf("%d seeds did not see it: no breach says %q", most, tt.seen)
			}
			if account == 0 {
				t.Errorf("%d seeds did not find it in the account: no breach says %q", most, tt.account)
			}
			t.Logf("seen by seed %d, in the account of seed %d", seen, account)
		})
	}
}

// forgetKeys leaves the workers in the dark about which changes have the same key.
func (l *lab) forgetKeys() {
	for i := range l.changes {
		l.changes[i].Key = ""
	}
}

type silentRecorder struct{ *memory }

func (silentRecorder) Intend(context.Context, push.Intent) error { return nil }

// prophet knows how a change ends when it is announced.
type prophet struct{ *memory }

func (p prophet) Intend(ctx context.Context, in push.Intent) error {
	if err := p.memory.Intend(ctx, in); err != nil || in.Attempt > 1 {
		return err
	}
	return p.memory.Conclude(ctx, push.Outcome{Seq: in.Seq, Status: plan.Created, ID: "r1", Attempts: 1, RequestID: in.RequestID})
}

func (prophet) Conclude(context.Context, push.Outcome) error { return nil }

type forgetful struct{ *memory }

func (f forgetful) Conclude(ctx context.Context, out push.Outcome) error {
	if out.Seq == 1 {
		return nil
	}
	return f.memory.Conclude(ctx, out)
}

type optimist struct{ *server }

func (o optimist) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := o.server.Write(ctx, c, id)
	if a.Verdict == push.Unclear {
		a.Verdict = push.NotSent
	}
	return a
}

type blunt struct{ *server }

func (b blunt) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := b.server.Write(ctx, c, id)
	if a.Verdict == push.Unclear && a.HTTPStatus >= 500 {
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

type deaf struct{ *server }

func (d deaf) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := d.server.Write(ctx, c, id)
	a.RetryAfter = silent
	return a
}

type blind struct{ *server }

func (b blind) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	_, err := b.server.Look(ctx, c)
	return nil, err
}

type trusting struct{ *server }

func (g trusting) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	return g.look(ctx, c, func(*stored) bool { return true })
}

// sight is what a look is about: a change, as often as it has been sent.
type sight struct {
	seq  int64
	sent int
}

// glance looks once, and says the same ever after.
type glance struct {
	*server
	seen map[sight][]string
}

func newGlance(s *server) *glance { return &glance{server: s, seen: map[sight][]string{}} }

func (g *glance) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	g.mu.Lock()
	at := sight{seq: c.Seq}
	for _, r := range g.requests {
		if r.seq == c.Seq {
			at.sent++
		}
	}
	ids, looked := g.seen[at]
	g.mu.Unlock()
	if looked {
		return ids, nil
	}
	ids, err := g.server.Look(ctx, c)
	if err == nil {
		g.mu.Lock()
		g.seen[at] = ids
		g.mu.Unlock()
	}
	return ids, err
}

type restless struct{ push.Pacer }

func (restless) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
