package push_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// recheck is a Rechecker that is a function of the change and of how often it was asked about it.
type recheck func(c *plan.Change, times int) (*push.Fault, error)

// asking makes a Rechecker of a function.
func asking(f recheck) push.Rechecker { return &asked{f: f, times: map[int64]int{}} }

type asked struct {
	f     recheck
	mu    sync.Mutex
	times map[int64]int
}

// Recheck takes a second, as a read does.
func (a *asked) Recheck(_ context.Context, c *plan.Change, begun func()) (*push.Fault, error) {
	begun()
	a.mu.Lock()
	a.times[c.Seq]++
	n := a.times[c.Seq]
	a.mu.Unlock()
	time.Sleep(time.Second)
	return a.f(c, n)
}

// TestOneRecordThatCannotBeRead is a matter of its row, as long as others go well.
func TestOneRecordThatCannotBeRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, _ := rechecked(3)
		l.parts.Rechecker = asking(func(c *plan.Change, _ int) (*push.Fault, error) {
			if c.Seq == 2 {
				return nil, errors.New("500 Internal Server Error")
			}
			return nil, nil
		})
		res := l.run(0, 0)
		l.wantStatus(t, 1, plan.Updated, "")
		l.wantStatus(t, 2, plan.Failed, model.CodeNetwork)
		l.wantStatus(t, 3, plan.Updated, "")
		if res.Early != nil {
			t.Errorf("the run stopped: %v", res.Early)
		}
	})
}

// TestCredentialsThatEndBeforeARecheck are told at once.
func TestCredentialsThatEndBeforeARecheck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, _ := rechecked(3)
		l.parts.Rechecker = asking(func(*plan.Change, int) (*push.Fault, error) { return nil, push.ErrUnauthorized })
		began := time.Now()
		res := l.run(0, 0)
		if !errors.Is(res.Early, push.ErrUnauthorized) || time.Since(began) > time.Minute {
			t.Errorf("the run stopped after %s with %v, want that the credentials are refused, and soon", time.Since(began), res.Early)
		}
	})
}

// TestADriftBehindAnUnseenWrite may be our own doing, as the API spells it: nobody knows, so nothing is called held.
func TestADriftBehindAnUnseenWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l, _ := rechecked(1)
		l.parts.Rechecker = asking(func(_ *plan.Change, times int) (*push.Fault, error) {
			if times == 1 {
				return nil, nil
			}
			return &push.Fault{Field: "note", Message: "the API says +44 now"}, nil
		})
		l.faults(1, lose)
		l.run(0, 0)
		l.wantStatus(t, 1, plan.InDoubt, model.CodeInDoubt)
	})
}

// TestARefusalBehindAnUnseenWrite says nothing of the write: the record tells.
func TestARefusalBehindAnUnseenWrite(t *testing.T) {
	tests := []struct {
		says   string
		faults []fault
		status plan.Status
		code   model.Code
	}{
		{"it went through, and the next one was refused", []fault{lose, refuse}, plan.Updated, ""},
		{"it went through, and the next one was forbidden", []fault{lose, forbid}, plan.Updated, ""},
		{"a refusal alone is one", []fault{refuse}, plan.Rejected, model.CodeAPIRejected},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(0)
				l.update("a")
				l.faults(1, tt.faults...)
				l.run(0, 0)
				l.wantStatus(t, 1, tt.status, tt.code)
			})
		})
	}
}
