package push_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// TestWhatBecomesOfAChange sends one change through every trouble a request can have, and looks at its end, at the number
// of requests and at what the server has.
func TestWhatBecomesOfAChange(t *testing.T) {
	type faults = []fault
	tests := []struct {
		says    string
		faults  faults
		create  plan.Status // how a create ends
		update  plan.Status // how an update ends
		creates int         // requests for the create
		updates int
	}{
		{"all goes well", nil, plan.Created, plan.Updated, 1, 1},
		{"carried out and the answer lost: a create is found, an update sent again", faults{lose}, plan.Created, plan.Updated, 1, 2},
		{"carried out late, after the first look", faults{late}, plan.Created, plan.Updated, 1, 2},
		{"lost before it is carried out: a create is looked for and sent again", faults{drop}, plan.Created, plan.Updated, 2, 2},
		{"500 and not carried out", faults{fail}, plan.Created, plan.Updated, 2, 2},
		{"500 and yet carried out", faults{failAfter}, plan.Created, plan.Updated, 1, 2},
		{"no answer within the time limit, and carried out", faults{hang}, plan.Created, plan.Updated, 1, 2},
		{"503 that asks for a rest", faults{busy}, plan.Created, plan.Updated, 2, 2},
		{"429, and then", faults{throttle, throttled, spin}, plan.Created, plan.Updated, 4, 4},
		{"refused connections, more of them than there are attempts for a bad record", faults{unsent, unsent, unsent, unsent, unsent, unsent}, plan.Created, plan.Updated, 7, 7},
		{"400", faults{refuse}, plan.Rejected, plan.Rejected, 1, 1},
		{"lost, sent again, and refused then", faults{drop, refuse}, plan.Rejected, plan.Rejected, 2, 2},
		{"lost, and lost again after it was carried out", faults{drop, lose}, plan.Created, plan.Updated, 2, 3},
		{"500 as often as a create is sent: surely absent, so failed", faults{fail, fail, fail}, plan.Failed, plan.Updated, 3, 4},
		{"500 while nothing else goes well: the update waits for the API, and then nothing speaks for the create", faults{fail, fail, fail, fail, fail}, plan.Failed, plan.Updated, 3, 6},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(1)
				l.update("old thing")
				l.server.lag = 2 * time.Second
				l.faults(1, tt.faults...)
				l.faults(2, tt.faults...)
				res := l.run(0, 0)
				l.wantClean(t, res)
				for seq, want := range map[int64]plan.Status{1: tt.create, 2: tt.update} {
					if got := l.outcome(seq); got.Status != want {
						t.Errorf("change %d: got %s (%s), want %s", seq, got.Status, got.Message, want)
					}
				}
				if got := [2]int{len(l.sent(1)), len(l.sent(2))}; got != [2]int{tt.creates, tt.updates} {
					t.Errorf("requests for create and update: got %v, want %v", got, [2]int{tt.creates, tt.updates})
				}
				ended := plan.Counts{}
				ended[tt.create]++
				ended[tt.update]++
				want := push.Result{Sent: tt.creates + tt.updates, Retried: tt.creates + tt.updates - 2, Ended: ended}
				if d := cmp.Diff(res, want); d != "" {
					t.Errorf("result (-got +want):\n%s", d)
				}
			})
		})
	}
}

func TestAnOutcomeSaysWhatTheAPISaid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(3)
		l.server.unique = true
		l.server.records["stranger"] = &stored{record: model.Record{text("thing 1"), text("theirs")}}
		l.faults(2, drop)
		l.faults(3, unsent, refuse)
		l.wantClean(t, l.run(0, 0))

		taken := l.outcome(1)
		if taken.Status != plan.Rejected || taken.Code != model.CodeDuplicate || taken.Field != "name" || taken.HTTPStatus != 400 || taken.Message != "the name is taken" {
			t.Errorf("a duplicate: got %+v", taken)
		}
		if want := []push.Fault{{Field: "name", Message: "the name is taken"}, {Field: "note", Message: "too long"}}; !slices.Equal(taken.Faults, want) {
			t.Errorf("all that the API found wrong: got %+v, want %+v", taken.Faults, want)
		}
		well := l.outcome(2)
		if well.Status != plan.Created || well.Code != "" || well.Message != "" || well.HTTPStatus != 200 || well.Attempts != 2 {
			t.Errorf("a create that went well at last carries nothing of what was in its way: got %+v", well)
		}
		refused := l.outcome(3)
		if refused.Status != plan.Rejected || refused.Attempts != 2 || refused.Message != string(refuse) {
			t.Errorf("a refusal: got %+v", refused)
		}
		if in, ok := l.memory.durable(refused.RequestID); !ok || in.Attempt != 2 {
			t.Errorf("the outcome names request %q, which was announced as %+v; want the second attempt", refused.RequestID, in)
		}
	})
}

// TestDoubtIsSettledByLooking: what cannot be told stays in doubt, and is not sent again.
func TestDoubtIsSettledByLooking(t *testing.T) {
	clone := func(l *lab, id string) { // a new record that is just like the first change
		l.server.records[id] = &stored{record: l.changes[0].Record, seq: 99}
	}
	tests := []struct {
		says   string
		make   func(*lab)
		status plan.Status
		code   model.Code
		text   string // a part of the message
		sent   int
	}{
		{"the API offers no way to look", func(l *lab) { l.parts.Looker = nil; l.faults(1, lose) },
			plan.InDoubt, model.CodeInDoubt, "no way to look", 1},
		{"several new records hold what was sent", func(l *lab) { l.faults(1, lose); clone(l, "a"); clone(l, "b") },
			plan.InDoubt, model.CodeSeveralMatches, "3 new records hold what was sent", 1},
		{"a record that differs in one field is not ours", func(l *lab) {
			l.faults(1, drop)
			clone(l, "a")
			l.server.records["a"].record = model.Record{text("thing 1"), text("another note")}
		}, plan.Created, "", "", 2},
		{"a record that was there before is not ours", func(l *lab) {
			l.faults(1, drop)
			l.server.records["old"] = &stored{record: l.changes[0].Record}
		}, plan.Created, "", "", 2},
		{"exactly one is adopted, though its answer was never seen", func(l *lab) { l.faults(1, lose) }, plan.Created, "", "", 1},
		{"a duplicate on a second send, and nothing that holds what was sent: whose it is cannot be told", func(l *lab) {
			l.server.unique = true
			l.faults(1, drop)
			l.server.records["stranger"] = &stored{record: model.Record{text("thing 1"), text("theirs")}}
		}, plan.InDoubt, model.CodeInDoubt, "the name is taken; no new record holds", 2},
		{"a duplicate on a second send, and several that hold what was sent: for a person to tell", func(l *lab) {
			l.server.unique = true
			l.faults(1, drop)
			clone(l, "a")
			clone(l, "b")
			for _, id := range []string{"a", "b"} { // later than the looks that let it be sent again
				l.server.records[id].visible = time.Now().Add(12 * time.Second)
			}
		}, plan.InDoubt, model.CodeSeveralMatches, "the name is taken; 2 new records hold what was sent", 2},
		{"a duplicate on a second send, because the first shows very late: adopted", func(l *lab) {
			l.server.unique = true
			l.faults(1, lose)
			l.server.lag = 11 * time.Second // longer than two settle times: the API is slower than we were told
		}, plan.Created, "", "", 2},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(1)
				tt.make(l)
				res := l.run(0, 0)
				if res.Early != nil {
					t.Errorf("the run ended early: %v", res.Early)
				}
				l.wantStatus(t, 1, tt.status, tt.code)
				if got := l.outcome(1).Message; !strings.Contains(got, tt.text) {
					t.Errorf("message: got %q, want it to say %q", got, tt.text)
				}
				if got := l.outcome(1); got.Status == plan.Created && (got.Field != "" || got.Faults != nil) {
					t.Errorf("created, and yet it carries what was in its way: %+v", got)
				}
				if got := len(l.sent(1)); got != tt.sent {
					t.Errorf("sent %d times, want %d", got, tt.sent)
				}
			})
		})
	}
}

// TestARequestIsFoundUnderBothItsNames: an API that gives a request an id of its own knows it by that one alone.
func TestARequestIsFoundUnderBothItsNames(t *testing.T) {
	for _, tt := range []struct {
		says, named, behind string
	}{
		{"the API takes our id", "", ""},
		{"the API has an id of its own", "edge-7", " (server: edge-7)"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(1)
				l.server.named = tt.named
				l.wantClean(t, l.run(0, 0))
				ours, ok := strings.CutSuffix(l.outcome(1).RequestID, tt.behind)
				if _, announced := l.memory.durable(ours); !ok || !announced {
					t.Errorf("got %q, want the id of the intent and then %q", l.outcome(1).RequestID, tt.behind)
				}
			})
		})
	}
}

// TestASecondCreateWaitsForTheSettleTime: a record may take a while to show, so two looks after that while must miss it.
func TestASecondCreateWaitsForTheSettleTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(1)
		l.faults(1, drop)
		l.wantClean(t, l.run(0, 0))
		sent := l.sent(1)
		if len(sent) != 2 {
			t.Fatalf("sent %d times, want 2", len(sent))
		}
		if gap := sent[1].at.Sub(sent[0].answered); gap < 2*l.options.Settle {
			t.Errorf("sent again %v after the answer that was not seen, want two settle times of %v at least", gap, l.options.Settle)
		}
		if got := len(l.server.looks[1]); got != 3 {
			t.Errorf("looked %d times, want at once and twice after the settle time", got)
		}
	})
}

// lingering is an API on which we hang up, and which may still be at work on the request.
type lingering struct {
	push.Writer
	late time.Duration
}

func (l lingering) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	a := l.Writer.Write(ctx, c, id)
	if a.Verdict == push.Unclear {
		a.Lingers = l.late
	}
	return a
}

// TestARequestThatLingersIsAbsentOnlyLater: what the API may still carry out must not be sent again before it had the time.
func TestARequestThatLingersIsAbsentOnlyLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(1)
		l.faults(1, drop)
		l.parts.Writer = lingering{l.parts.Writer, time.Minute}
		l.wantClean(t, l.run(0, 0))
		sent := l.sent(1)
		if len(sent) != 2 {
			t.Fatalf("sent %d times, want 2", len(sent))
		}
		if gap, want := sent[1].at.Sub(sent[0].answered), time.Minute+2*l.options.Settle; gap < want {
			t.Errorf("sent again after %v, want %v at least", gap, want)
		}
	})
}

func TestAnUpdateWithoutAWayToLook(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		l.update("thing")
		l.parts.Looker = nil
		l.always(1, failAfter)
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.InDoubt, model.CodeInDoubt) // nobody can say whether it is the API or the record
	})
}

// TestALoneBadRecordFailsInTheEnd: an API that restarts refuses all writes and may answer reads all the while, so a change
// that nothing speaks for is tried for a minute.
func TestALoneBadRecordFailsInTheEnd(t *testing.T) {
	for _, action := range []plan.Action{plan.Create, plan.Update} {
		t.Run(string(action), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				l := newLab(1)
				if action == plan.Update {
					l = newLab(0)
					l.update("bad thing")
				}
				l.always(1, fail)
				began := time.Now()
				l.wantClean(t, l.run(0, 0))
				l.wantStatus(t, 1, plan.Failed, model.CodeServerError)
				if took := time.Since(began); took < time.Minute || took > 3*time.Minute {
					t.Errorf("it was given up after %v, want a minute and not much more", took)
				}
			})
		})
	}
}

// TestAnUpdateThatWentThroughUnseenIsUpdated: no answer ever came, and yet the record holds what was sent.
func TestAnUpdateThatWentThroughUnseenIsUpdated(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(0)
		l.update("thing")
		l.always(1, failAfter)
		l.wantClean(t, l.run(0, 0))
		l.wantStatus(t, 1, plan.Updated, "")
	})
}

// TestARestartOfTheAPIFailsNothing: writes are refused for most of a minute, reads are answered.
func TestARestartOfTheAPIFailsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(40)
		up := time.Now().Add(50 * time.Second)
		l.server.script = func(int64, int) fault {
			if time.Now().Before(up) {
				return fail
			}
			return fine
		}
		l.wantClean(t, l.run(0, 0))
		for seq := int64(1); seq <= 40; seq++ {
			l.wantStatus(t, seq, plan.Created, "")
		}
	})
}

// TestARecordThatCannotBeReadEither: one bad record must not pass for an outage while all others go well.
func TestARecordThatCannotBeReadEither(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := newLab(60)
		bad := l.update("bad thing").Seq
		l.changes[0], l.changes[bad-1] = l.changes[bad-1], l.changes[0] // it comes first, so that others go on meanwhile
		l.changes[0].Seq, l.changes[bad-1].Seq = 1, bad
		l.always(1, fail)
		l.parts.Looker = unreadable{l.server}
		l.options.Workers = 2
		l.server.latency = func(int64, int) time.Duration { return time.Second }
		res := l.run(0, 0)
		l.wantStatus(t, 1, plan.Failed, model.CodeServerError)
		if res.Early != nil {
			t.Errorf("one record's problem stopped the run: %v", res.Early)
		}
	})
}

// unreadable is a looker that cannot show the record of an update.
type unreadable struct{ *server }

func (u unreadable) Probe(context.Context, *plan.Change) (bool, error) { return false, errDown }
