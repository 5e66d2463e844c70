package push_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// things is a model of two fields: a name, and a note that is different in every change.
func things() *model.Model {
	return model.NewModel("lab", "thing", []model.Field{{Name: "name", Kind: model.String}, {Name: "note", Kind: model.String}})
}

// bubble runs a test on simulated time, and lets the server come to rest at its end. A goroutine of a run that is left
// behind ends it in a panic.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t)
		time.Sleep(time.Hour)
	})
}

// lab is a run under observation. It must be made and used within one bubble of testing/synctest.
type lab struct {
	server  *server
	memory  *memory
	parts   push.Parts
	options push.Options
	changes []plan.Change

	mu      sync.Mutex
	done    map[int64]push.Outcome // what Done has told
	before  int                    // requests of earlier runs
	stop    time.Time              // when the run was told to stop
	deaf    bool                   // a sabotage: the run is not told
	allowed int                    // requests, if the options do not say
	crowded bool                   // a sabotage: nothing keeps a second process away

	settling map[int]bool // turns in which nothing was sent: doubts were settled
	cut      map[int]bool // turns that were cut off
	deaths   []demise     // of the processes that have died
}

// newLab has n creates to carry out, and nothing goes wrong.
func newLab(n int) *lab {
	l := &lab{server: newServer(things()), memory: newMemory(), options: push.Options{MaxFailures: -1, Settle: 5 * time.Second},
		settling: map[int]bool{}, cut: map[int]bool{}}
	l.server.known, l.server.settle, l.server.grace = l.memory.durable, l.options.Settle, l.memory.fsync
	l.parts = push.Parts{
		Writer: l.server, Looker: l.server, Recorder: l.memory,
		Pacer: &clock{backoff: func(n int) time.Duration { return time.Duration(n) * 200 * time.Millisecond }},
		Done: func(out push.Outcome) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.done[out.Seq] = out
		},
	}
	for range n {
		l.create(fmt.Sprintf("thing %d", len(l.changes)+1))
	}
	return l
}

func text(s string) model.Value { return model.Value{Kind: model.String, Text: s} }

// create adds a create to the plan.
func (l *lab) create(name string) *plan.Change {
	seq := int64(len(l.changes) + 1)
	l.changes = append(l.changes, plan.Change{
		Seq: seq, Row: int(seq) + 1, Action: plan.Create, Key: name, Record: model.Record{text(name), text(fmt.Sprintf("note %d", seq))},
	})
	return &l.changes[seq-1]
}

// update adds an update to the plan, of a record that is there already.
func (l *lab) update(name string) *plan.Change {
	c := l.create(name)
	c.Action, c.ID = plan.Update, fmt.Sprintf("old %d", c.Seq)
	l.server.records[c.ID] = &stored{record: model.Record{text(name), text("old")}}
	return c
}

// faults makes the attempts of a change go wrong, one after the other; later ones go well.
func (l *lab) faults(seq int64, faults ...fault) {
	before := l.server.script
	l.server.script = func(s int64, attempt int) fault {
		switch {
		case s != seq:
			return before(s, attempt)
		case attempt <= len(faults):
			return faults[attempt-1]
		}
		return fine
	}
}

// always makes every attempt of a change go wrong.
func (l *lab) always(seq int64, f fault) {
	before := l.server.script
	l.server.script = func(s int64, attempt int) fault {
		if s == seq {
			return f
		}
		return before(s, attempt)
	}
}

// pending is the changes of the plan that have no outcome yet and are not in doubt, as a run finds them in its ledger.
func (l *lab) pending() iter.Seq2[plan.Change, error] {
	l.learn()
	var left []plan.Change
	for _, c := range l.changes {
		if l.memory.pending(c.Seq) {
			left = append(left, l.asRead(c))
		}
	}
	slices.SortStableFunc(left, func(a, b plan.Change) int { return a.Order.Level - b.Order.Level })
	return func(yield func(plan.Change, error) bool) {
		for _, c := range left {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// run carries out what is pending. soft and hard are when the run is interrupted, 0 for never.
func (l *lab) run(soft, hard time.Duration) push.Result {
	res, _ := l.runAll(soft, hard, l.pending())
	return res
}

var errInterrupt = errors.New("interrupt")

func (l *lab) runAll(soft, hard time.Duration, changes iter.Seq2[plan.Change, error]) (push.Result, error) {
	l.done, l.stop, l.before = map[int64]push.Outcome{}, time.Time{}, len(l.server.requests)
	ctx, cut := context.WithCancel(context.Background())
	defer cut()
	if p := l.memory.proc; p != nil {
		p.kill = cut
	}
	gentle, drain := context.WithCancelCause(ctx)
	defer drain(nil)
	if soft > 0 {
		l.stop = time.Now().Add(soft)
		if !l.deaf {
			defer time.AfterFunc(soft, func() { drain(errInterrupt) }).Stop()
		}
	}
	if hard > 0 {
		if at := time.Now().Add(hard); soft == 0 || at.Before(l.stop) {
			l.stop = at
		}
		defer time.AfterFunc(hard, cut).Stop()
	}
	if l.crowded {
		var other sync.WaitGroup
		defer other.Wait()
		other.Go(func() { _, _ = push.Run(ctx, gentle, l.options, l.parts, changes) })
	}
	return push.Run(ctx, gentle, l.options, l.parts, changes)
}

// outcome is how a change ended, "" if it has no outcome.
func (l *lab) outcome(seq int64) push.Outcome { return l.memory.outcomes[seq] }

// sent is the requests for a change.
func (l *lab) sent(seq int64) []request {
	return slices.DeleteFunc(slices.Clone(l.server.requests), func(r request) bool { return r.seq != seq })
}

// made is how many records the creates of a change have made.
func (l *lab) made(seq int64) (ids []string) {
	for id, r := range l.server.records {
		if r.seq == seq {
			ids = append(ids, id)
		}
	}
	return ids
}

// wantClean fails the test for every breach of the protocol.
func (l *lab) wantClean(t testing.TB, res push.Result) {
	t.Helper()
	for _, b := range l.judge(res) {
		t.Error(b)
	}
}

// wantStatus fails the test if a change did not end as it should.
func (l *lab) wantStatus(t testing.TB, seq int64, status plan.Status, code model.Code) {
	t.Helper()
	if got := l.outcome(seq); got.Status != status || got.Code != code {
		t.Errorf("change %d: got %q %q (%s), want %q %q", seq, got.Status, got.Code, got.Message, status, code)
	}
}
