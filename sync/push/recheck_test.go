package push_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// watch is a Rechecker that answers as it is told, and counts.
type watch struct {
	mu      sync.Mutex
	asked   map[int64]int
	drifted map[int64]*push.Fault
	fails   int // so many times in a row
	wait    func()
}

func (w *watch) Recheck(_ context.Context, c *plan.Change, begun func()) (*push.Fault, error) {
	if w.wait != nil {
		w.wait()
	}
	begun()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[c.Seq]++
	if w.fails > 0 {
		w.fails--
		return nil, errors.New("no route to host")
	}
	return w.drifted[c.Seq], nil
}

// rechecked is a lab of n updates whose records are looked at once more.
func rechecked(n int) (*lab, *watch) {
	l, w := newLab(0), &watch{asked: map[int64]int{}, drifted: map[int64]*push.Fault{}}
	for i := range n {
		l.update(fmt.Sprintf("thing %d", i+1))
	}
	l.parts.Rechecker = w
	return l, w
}

// TestADriftedRecordIsNotWrittenTo: nothing is announced and nothing is sent, and it is nobody's failure.
func TestADriftedRecordIsNotWrittenTo(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, w := rechecked(3)
		l.options.MaxFailures = 0
		w.drifted[2] = &push.Fault{Field: "note", Message: "the API says otherwise now"}
		res := l.run(0, 0) // the judge of the lab knows of no conflicts
		l.wantStatus(t, 1, plan.Updated, "")
		l.wantStatus(t, 2, plan.Conflict, model.CodeChangedSince)
		l.wantStatus(t, 3, plan.Updated, "")
		out := l.outcome(2)
		if out.Field != "note" || out.Message != "the API says otherwise now" || out.Attempts != 0 || out.ID != "old 2" || len(l.sent(2)) != 0 {
			t.Errorf("got %+v after %d requests, want field, message and id, and no request", out, len(l.sent(2)))
		}
		if res.Early != nil || res.Sent != 2 {
			t.Errorf("the run ended with %v after %d requests, want all to go on after 2", res.Early, res.Sent)
		}
	})
}

// TestEveryAttemptLooksAgain: an API that fails takes its time, and the record may change meanwhile.
func TestEveryAttemptLooksAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, w := rechecked(1)
		l.create("new")
		l.faults(1, fail, fail)
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.Updated, "")
		l.wantStatus(t, 2, plan.Created, "")
		if w.asked[1] != 3 || w.asked[2] != 0 {
			t.Errorf("looked %d times at the record of the update, and %d times for the create; want 3 and 0", w.asked[1], w.asked[2])
		}
	})
}

// TestARecordThatCannotBeRead is waited for like one that cannot be written.
func TestARecordThatCannotBeRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, w := rechecked(1)
		w.fails = 4
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.Updated, "")
		if len(l.sent(1)) != 1 || w.asked[1] != 5 {
			t.Errorf("%d requests after %d looks, want 1 after 5", len(l.sent(1)), w.asked[1])
		}
	})
	bubble(t, func(t *testing.T) {
		l, w := rechecked(1)
		l.options.MaxPause = time.Minute
		w.fails = 1 << 30
		res := l.run(0, 0)
		if !errors.Is(res.Early, push.ErrDown) || len(l.sent(1)) != 0 {
			t.Errorf("the run ended with %v after %d requests, want that the API is down after none", res.Early, len(l.sent(1)))
		}
		if status := l.outcome(1).Status; status != plan.NotAttempted && status != plan.Planned {
			t.Errorf("the change is %s, want it to be left for later", status)
		}
	})
	bubble(t, func(t *testing.T) {
		l, w := rechecked(1)
		w.fails = 1 << 30
		if res := l.run(time.Second, 0); !errors.Is(res.Early, push.ErrStopped) {
			t.Errorf("the run ended with %v, want that it was stopped", res.Early)
		}
	})
}

// narrow is a Pacer that lets few requests be under way. Those of a Rechecker pass it, too.
type narrow struct {
	*clock
	slots chan struct{}
}

func (n *narrow) Wait(ctx context.Context) error {
	select {
	case n.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (n *narrow) Done() { <-n.slots }

// TestTwoTurnsAreTakenByOne: if every worker held one turn and waited for a second, none would ever get it.
func TestTwoTurnsAreTakenByOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, w := rechecked(20)
		pacer := &narrow{l.parts.Pacer.(*clock), make(chan struct{}, 2)}
		l.parts.Pacer, l.options.Workers = pacer, 2
		w.wait = func() {
			time.Sleep(time.Millisecond) // all others have had the time to take a turn
			pacer.slots <- struct{}{}
			time.AfterFunc(time.Second, pacer.Done)
		}
		l.run(0, 0)
		for seq := int64(1); seq <= 20; seq++ {
			l.wantStatus(t, seq, plan.Updated, "")
		}
	})
}
