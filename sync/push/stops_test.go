package push_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// statuses counts how the changes of the last run ended; those without an outcome are "".
func (l *lab) statuses() plan.Counts {
	counts := plan.Counts{}
	for i := range l.changes {
		counts[l.outcome(l.changes[i].Seq).Status]++
	}
	return counts
}

func TestSoftStopFinishesWhatIsInFlightAndBeginsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(100)
		l.options.Workers = 4
		l.server.latency = func(int64, int) time.Duration { return time.Second }
		l.faults(9, lose) // in flight at the stop, with an answer that is lost: looking for it is a part of finishing
		res := l.run(2500*time.Millisecond, 0)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrStopped) || !errors.Is(res.Early, errInterrupt) {
			t.Errorf("ended with %v, want the stop and its cause", res.Early)
		}
		if got := l.statuses(); got[plan.Created] != 12 || got[plan.Planned] != 88 {
			t.Errorf("three rounds of four workers had begun at the stop: got %v", got)
		}
		l.memory.resume()
		res = l.run(0, 0)
		l.wantClean(t, res)
		if got := l.statuses(); got[plan.Created] != 100 || res.Sent != 88 {
			t.Errorf("the next run sends what is left, 88 requests: got %d, %v", res.Sent, got)
		}
	})
}

func TestSoftStopEndsWaitsThatWouldLeadToAnotherRequest(t *testing.T) {
	tests := []struct {
		says   string
		fault  fault
		create plan.Status
		update plan.Status
	}{
		{"a rest that the API asked for: surely not done", throttled, plan.NotAttempted, plan.NotAttempted},
		{"a refused connection: surely not done", unsent, plan.NotAttempted, plan.NotAttempted},
		{"a lost answer: the create is looked for, the update is as it is", drop, plan.NotAttempted, plan.InDoubt},
		{"a lost answer to what was carried out: the create is found", lose, plan.Created, plan.InDoubt},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(1)
				l.update("old thing")
				l.parts.Pacer.(*clock).backoff = func(int) time.Duration { return time.Minute }
				l.always(1, tt.fault)
				l.always(2, tt.fault)
				began := time.Now()
				l.wantClean(t, l.run(time.Second, 0))
				if took := time.Since(began) - 2*l.server.lag - timeout; took > time.Second+3*l.options.Settle {
					t.Errorf("the run took %v to stop", took)
				}
				got := [2]plan.Status{l.outcome(1).Status, l.outcome(2).Status}
				if want := [2]plan.Status{tt.create, tt.update}; got != want {
					t.Errorf("create and update: got %v, want %v", got, want)
				}
			})
		})
	}
}

func TestHardStopLeavesInDoubtWhatWasSentAndNotSeen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(10)
		l.update("old thing")
		l.options.Workers = 4
		l.server.latency = func(seq int64, _ int) time.Duration { return time.Duration(seq) * time.Second }
		res := l.run(0, 2500*time.Millisecond)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrStopped) {
			t.Errorf("ended with %v, want the stop, and not what it broke", res.Early)
		}
		if got := l.statuses(); got[plan.Created] != 2 || got[plan.InDoubt] != 4 || got[plan.Planned] != 5 {
			t.Errorf("two had ended and four were in flight: got %v", got)
		}
	})
}

func TestHardStopWhileAnIntentIsWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(3)
		l.memory.fsync = time.Minute
		res := l.run(0, time.Second)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrStopped) || errors.Is(res.Early, push.ErrRecorder) {
			t.Errorf("ended with %v, want the stop: the ledger is in no trouble", res.Early)
		}
		if res.Sent != 0 || l.statuses()[plan.Planned] != 3 {
			t.Errorf("sent %d, %v; want nothing", res.Sent, l.statuses())
		}
	})
}

func TestMaxFailures(t *testing.T) {
	tests := []struct {
		says     string
		bad, max int
		early    error
		sent     int
	}{
		{"as many as are borne", 3, 3, nil, 20},
		{"one more", 4, 3, push.ErrGuard, 4},
		{"none is borne", 1, 0, push.ErrGuard, 1},
		{"no limit", 20, -1, nil, 20},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(20)
				l.options.Workers, l.options.MaxFailures = 1, tt.max
				for i := range tt.bad {
					l.always(int64(i+1), refuse)
				}
				res := l.run(0, 0)
				l.wantClean(t, res)
				if !errors.Is(res.Early, tt.early) || res.Sent != tt.sent {
					t.Errorf("sent %d and ended with %v, want %d and %v", res.Sent, res.Early, tt.sent, tt.early)
				}
			})
		})
	}
}

func TestLimitsAreExact(t *testing.T) {
	tests := []struct {
		says               string
		limit, maxRequests int
		faults             fault // of every first attempt
		early              error
		sent, done         int
	}{
		{"no limit", 0, 0, fine, nil, 20, 20},
		{"fewer changes than there are", 7, 0, fine, push.ErrLimit, 7, 7},
		{"as many changes as there are", 20, 0, fine, nil, 20, 20},
		{"changes count, not their requests", 7, 0, unsent, push.ErrLimit, 14, 7},
		{"fewer requests than are needed", 0, 7, fine, push.ErrLimit, 7, 7},
		{"as many requests as are needed", 0, 20, fine, nil, 20, 20},
		{"requests sent again count", 0, 7, unsent, push.ErrLimit, 7, -1},
	}
	for _, tt := range tests {
		for _, workers := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s, %d workers", tt.says, workers), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					l := newLab(20)
					l.options.Workers, l.options.Limit, l.options.MaxRequests = workers, tt.limit, tt.maxRequests
					l.server.script = func(_ int64, attempt int) fault {
						if attempt == 1 {
							return tt.faults
						}
						return fine
					}
					res := l.run(0, 0)
					l.wantClean(t, res)
					if !errors.Is(res.Early, tt.early) || res.Sent != tt.sent || len(l.server.requests) != tt.sent {
						t.Errorf("sent %d and ended with %v, want %d and %v", res.Sent, res.Early, tt.sent, tt.early)
					}
					if got := l.statuses()[plan.Created]; tt.done >= 0 && got != tt.done {
						t.Errorf("carried out %d changes, want %d", got, tt.done)
					}
				})
			})
		}
	}
}

func TestOutages(t *testing.T) {
	tests := []struct {
		says             string
		creates, updates int
		lasts            time.Duration
		early            error
	}{
		{"an outage shorter than max_pause loses nothing", 30, 30, 9 * time.Minute, nil},
		{"a longer one stops the run, and what it held is told truthfully", 30, 30, 2 * time.Hour, push.ErrDown},
		{"creates wait to be looked for", 30, 0, 9 * time.Minute, nil},
		{"creates do not wait for ever", 30, 0, 2 * time.Hour, push.ErrDown},
		{"updates wait to be sent again", 0, 30, 9 * time.Minute, nil},
		{"updates do not wait for ever", 0, 30, 2 * time.Hour, push.ErrDown},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(tt.creates)
				for i := range tt.updates {
					l.update(fmt.Sprintf("old thing %d", i))
				}
				l.server.latency = func(int64, int) time.Duration { return time.Second }
				began := time.Now()
				l.server.down = func(at time.Time) bool {
					since := at.Sub(began)
					return since > 2*time.Second && since < tt.lasts
				}
				res := l.run(0, 0)
				l.wantClean(t, res)
				if !errors.Is(res.Early, tt.early) {
					t.Errorf("ended with %v, want %v", res.Early, tt.early)
				}
				got := l.statuses()
				if got[plan.Failed]+got[plan.Rejected] > 0 {
					t.Errorf("an outage is no row's fault: %v", got)
				}
				if done := got[plan.Created] + got[plan.Updated]; tt.early == nil && done != tt.creates+tt.updates {
					t.Errorf("got %v, want all done", got)
				}
				if tt.early != nil && got[plan.NotAttempted]+got[plan.InDoubt] == 0 {
					t.Errorf("got %v, want the changes that were held", got)
				}
			})
		})
	}
}

func TestLookingDoesNotWaitForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(3)
		l.parts.Looker = unlistable{l.server}
		l.options.Workers = 1
		l.always(1, lose)
		began := time.Now()
		res := l.run(0, 0)
		if took := time.Since(began); !errors.Is(res.Early, push.ErrDown) || took > push.DefaultMaxPause+time.Minute {
			t.Errorf("ended with %v after %v, want %v after max_pause", res.Early, took, push.ErrDown)
		}
		l.wantClean(t, res)
		l.wantStatus(t, 1, plan.InDoubt, model.CodeInDoubt)
	})
}

// unlistable is a looker that cannot list.
type unlistable struct{ *server }

func (unlistable) Look(context.Context, *plan.Change) ([]string, error) { return nil, errDown }

func TestRecordsThatAllFailAreNoOutageWhileTheyCanBeRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		for i := range 6 {
			l.always(l.update(fmt.Sprintf("bad thing %d", i)).Seq, fail) // more than two minutes each: together longer than max_pause
		}
		l.server.latency = func(int64, int) time.Duration { return timeout }
		l.options.Workers = 1
		res := l.run(0, 0)
		l.wantClean(t, res)
		if got := l.statuses(); res.Early != nil || got[plan.Failed] != 6 {
			t.Errorf("ended with %v, %v; want each record to fail by itself", res.Early, got)
		}
	})
}

func TestTheFirstReasonToStopCounts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(2)
		l.options.Workers, l.options.MaxFailures = 2, 0
		l.server.latency = func(seq int64, _ int) time.Duration { return time.Duration(seq) * time.Second }
		l.always(1, disown)
		l.always(2, refuse) // in flight by then, and one failure more than is borne
		res := l.run(0, 0)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrUnauthorized) || errors.Is(res.Early, push.ErrGuard) {
			t.Errorf("ended with %v, want %v, which came first", res.Early, push.ErrUnauthorized)
		}
	})
}

func TestTroubleOfTheRunStopsIt(t *testing.T) {
	tests := []struct {
		says  string
		fault fault
		early error
		code  model.Code
	}{
		{"401: the credentials are not accepted", disown, push.ErrUnauthorized, model.CodeUnauthorized},
		{"3xx: the address is wrong", redirect, push.ErrMisdirected, model.CodeAPIRejected},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(50)
				l.options.Workers, l.options.Limit = 4, 40
				for seq := int64(10); seq <= 50; seq++ {
					l.always(seq, tt.fault)
				}
				res := l.run(0, 0)
				l.wantClean(t, res)
				if !errors.Is(res.Early, tt.early) {
					t.Errorf("ended with %v, want %v", res.Early, tt.early)
				}
				if res.Sent > 9+4 {
					t.Errorf("sent %d requests, want each worker to stop within one", res.Sent)
				}
				l.wantStatus(t, 10, plan.NotAttempted, tt.code)
				if got := l.statuses(); got[plan.Created] != 9 || got[plan.Rejected] > 0 {
					t.Errorf("got %v, want 9 created and no row blamed", got)
				}
			})
		})
	}
}

func TestTroubleAfterALostAnswerLeavesDoubt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		l.update("thing")
		l.faults(1, drop, disown)
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.InDoubt, model.CodeInDoubt) // nobody has seen what became of the first attempt
	})
}

func TestForbiddenWrites(t *testing.T) {
	tests := []struct {
		says      string
		forbidden int // of 6 changes
		before    fault
		early     error
	}{
		{"one row may not be written: a matter of that row", 1, fine, nil},
		{"all but one may not be written: a matter of rows", 5, fine, nil},
		{"no row at all may be written: a matter of the credentials", 6, fine, push.ErrForbidden},
		{"no row at all, and the API was busy at first", 6, throttled, push.ErrForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(6)
				for i := range tt.forbidden {
					l.faults(int64(i+1), tt.before, forbid)
					if tt.before == fine {
						l.always(int64(i+1), forbid)
					}
				}
				res := l.run(0, 0)
				l.wantClean(t, res)
				if !errors.Is(res.Early, tt.early) {
					t.Errorf("ended with %v, want %v", res.Early, tt.early)
				}
				l.wantStatus(t, 1, plan.Rejected, model.CodeForbidden)
			})
		})
	}
	bubble(t, func(t *testing.T) {
		l := newLab(60)
		l.options.Workers = 4
		for i := range 60 {
			l.always(int64(i+1), forbid)
		}
		res := l.run(0, 0)
		l.wantClean(t, res)
		if most := 8 + l.options.Workers; !errors.Is(res.Early, push.ErrForbidden) || res.Sent > most {
			t.Errorf("%d requests sent, ended with %v; want at most %d before the credentials are held to be the reason", res.Sent, res.Early, most)
		}
	})
}

func TestALedgerInTroubleStopsSendingAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(50)
		l.options.Workers, l.memory.breakAt = 4, 10
		res := l.run(0, 0)
		l.wantClean(t, res)
		if !errors.Is(res.Early, push.ErrRecorder) || !errors.Is(res.Early, errDisk) {
			t.Errorf("ended with %v, want the ledger's trouble", res.Early)
		}
		if res.Sent > 9 {
			t.Errorf("sent %d requests, want none without its intent", res.Sent)
		}
	})
}

func TestALedgerThatTakesNoOutcomesStopsSendingAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(50)
		l.options.Workers, l.parts.Recorder = 1, mute{l.memory}
		res := l.run(0, 0)
		if !errors.Is(res.Early, push.ErrRecorder) || res.Sent != 1 {
			t.Errorf("sent %d and ended with %v, want 1 and the ledger's trouble", res.Sent, res.Early)
		}
		if len(l.done) > 0 {
			t.Errorf("Done was told of %v, which no ledger holds", l.done)
		}
	})
}

type mute struct{ *memory }

func (mute) Conclude(context.Context, push.Outcome) error { return errDisk }

func TestALedgerThatBreaksAtTheVeryEnd(t *testing.T) {
	for _, stopped := range []time.Duration{0, 50 * time.Millisecond} {
		bubble(t, func(t *testing.T) {
			l := newLab(1)
			l.parts.Recorder = brokenFlush{l.memory}
			res := l.run(stopped, 0)
			if !errors.Is(res.Early, push.ErrRecorder) {
				t.Errorf("ended with %v, want the ledger's trouble: its last outcomes may be lost", res.Early)
			}
			if stopped > 0 && !errors.Is(res.Early, push.ErrStopped) {
				t.Errorf("ended with %v, want the stop too", res.Early)
			}
		})
	}
}

type brokenFlush struct{ *memory }

func (brokenFlush) Flush(context.Context) error { return errDisk }

func TestTroubleOfTheSourceIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(5)
		damaged := errors.New("the plan is damaged")
		var source iter.Seq2[plan.Change, error] = func(yield func(plan.Change, error) bool) {
			for i := range 3 {
				yield(l.changes[i], nil)
			}
			yield(plan.Change{}, damaged)
		}
		res, err := l.runAll(0, 0, source)
		if !errors.Is(err, damaged) || res.Early != nil {
			t.Errorf("got %v and %v, want the source's error and no other", err, res.Early)
		}
		if got := l.statuses()[plan.Created]; got != 3 {
			t.Errorf("created %d, want what was handed out before", got)
		}
	})
}
