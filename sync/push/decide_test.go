package push_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

const (
	backoff  = 300 * time.Millisecond
	maxPause = 10 * time.Minute
	silent   = time.Duration(-1) // the API does not say how long to wait
)

// decided is one row of the table of DESIGN.md section 6.
type decided struct {
	says   string
	answer push.Answer
	state  push.State
	want   push.Decision
}

// TestDecide is the table of DESIGN.md section 6: what an answer means for a create and for an update.
func TestDecide(t *testing.T) {
	create := func(attempt int) push.State { return push.State{Action: plan.Create, Attempt: attempt} }
	update := func(attempt int) push.State { return push.State{Action: plan.Update, Attempt: attempt} }
	doubted := func(attempt int) push.State { return push.State{Action: plan.Create, Attempt: attempt, Doubted: true} }
	down := func(s push.State, d time.Duration) push.State { s.Down = d; return s }
	lone := func(s push.State, d time.Duration) push.State { s.Alone = d; return s }
	renewed := func(s push.State, times int) push.State { s.Renewed = times; return s }
	answer := func(v push.Verdict, status int) push.Answer {
		return push.Answer{Verdict: v, HTTPStatus: status, RetryAfter: silent}
	}
	told := func(v push.Verdict, status int, d time.Duration) push.Answer {
		return push.Answer{Verdict: v, HTTPStatus: status, RetryAfter: d}
	}
	finish := func(s plan.Status, c model.Code) push.Decision {
		return push.Decision{Next: push.Finish, Status: s, Code: c}
	}
	halt := func(reason error, c model.Code) push.Decision {
		return push.Decision{Next: push.Halt, Reason: reason, Code: c}
	}
	again := func(d push.Decision) push.Decision { d.Next = push.Again; return d }
	alone, shared := push.Decision{Wait: backoff}, push.Decision{Wait: backoff, Shared: true}
	look := func(wait time.Duration, s plan.Status, c model.Code) push.Decision {
		return push.Decision{Next: push.Look, Wait: wait, Shared: wait > backoff, Status: s, Code: c}
	}

	tests := []decided{
		{"2xx: the record is created", answer(push.Accepted, 201), create(1), finish(plan.Created, "")},
		{"2xx: the record is updated", answer(push.Accepted, 200), update(1), finish(plan.Updated, "")},
		{"2xx, after an attempt in doubt that was looked for and is not there", answer(push.Accepted, 201), doubted(2), finish(plan.Created, "")},
		{"2xx, after however many attempts", answer(push.Accepted, 200), down(update(9), time.Hour), finish(plan.Updated, "")},

		{"nothing was sent: the create is sent again", answer(push.NotSent, 0), create(1), again(push.Decision{Wait: backoff, Code: ""})},
		{"nothing was sent: the update is sent again", answer(push.NotSent, 0), update(1), again(alone)},
		{"nothing was sent, many times: during an outage it is the time that counts", answer(push.NotSent, 0), down(create(50), maxPause), again(alone)},
		{"nothing was sent for longer than max_pause: the run stops", answer(push.NotSent, 0), down(create(2), maxPause+1), halt(push.ErrDown, model.CodeNetwork)},

		{"429 without Retry-After: every worker backs off", answer(push.Throttled, 429), create(1), again(shared)},
		{"429: an update is no different", answer(push.Throttled, 429), update(1), again(shared)},
		{"429 with Retry-After: every worker rests for so long", told(push.Throttled, 429, time.Minute), create(1), again(push.Decision{Wait: time.Minute, Shared: true})},
		{"429 with Retry-After: shorter than our own idea of it", told(push.Throttled, 429, time.Millisecond), update(6), again(push.Decision{Wait: time.Millisecond, Shared: true})},
		{"429 with a Retry-After of nothing: we back off, or we would spin", told(push.Throttled, 429, 0), create(1), again(shared)},
		{"429 with a Retry-After as long as max_pause: so be it", told(push.Throttled, 429, maxPause), create(1), again(push.Decision{Wait: maxPause, Shared: true})},
		{"429 with a Retry-After beyond max_pause: the run stops", told(push.Throttled, 429, maxPause+1), create(1), halt(push.ErrDown, model.CodeThrottledOut)},
		{"429 for longer than max_pause: the run stops", answer(push.Throttled, 429), down(update(40), maxPause+1), halt(push.ErrDown, model.CodeThrottledOut)},

		{"4xx: the create is rejected", answer(push.Refused, 400), create(1), finish(plan.Rejected, model.CodeAPIRejected)},
		{"4xx: the update is rejected", answer(push.Refused, 422), update(1), finish(plan.Rejected, model.CodeAPIRejected)},
		{"4xx after an attempt that was looked for and is not there: rejected", answer(push.Refused, 400), doubted(2), finish(plan.Rejected, model.CodeAPIRejected)},
		{"a duplicate on a first create: somebody else has that name", taken(), create(1), finish(plan.Rejected, model.CodeDuplicate)},
		{"a duplicate on a create that nothing was sent of before", taken(), create(2), finish(plan.Rejected, model.CodeDuplicate)},
		{"a duplicate on a create in doubt: its earlier attempt may be what stands in the way", taken(), doubted(2), look(0, plan.InDoubt, model.CodeInDoubt)},
		{"a duplicate on an update: the new name is taken", taken(), update(1), finish(plan.Rejected, model.CodeDuplicate)},
		{"what is a duplicate is for the reader of the answer to say, not for the status", answer(push.Refused, 409), doubted(2), finish(plan.Rejected, model.CodeAPIRejected)},
		{"403: a matter of this row, as long as others may be written", answer(push.Forbidden, 403), create(1), finish(plan.Rejected, model.CodeForbidden)},
		{"403: an update is no different", answer(push.Forbidden, 403), update(1), finish(plan.Rejected, model.CodeForbidden)},

		{"401: no row can do anything about it", answer(push.Unauthorized, 401), create(1), halt(push.ErrUnauthorized, model.CodeUnauthorized)},
		{"401: an update is no different", answer(push.Unauthorized, 401), update(3), halt(push.ErrUnauthorized, model.CodeUnauthorized)},
		{"401 for a token that has been renewed since: the same again at once", answer(push.Expired, 401), create(1), again(push.Decision{})},
		{"401 for a token that has been renewed since: an update is no different", answer(push.Expired, 401), update(4), again(push.Decision{})},
		{"401 for a token that was renewed for this very change: a new one fares no better", answer(push.Expired, 401), lone(renewed(create(2), 1), time.Second), halt(push.ErrUnauthorized, model.CodeUnauthorized)},
		{"401 for it while others go well: it has ended while this one waited", answer(push.Expired, 401), renewed(create(2), 1), again(push.Decision{})},
		{"401 for it once more, nine times over", answer(push.Expired, 401), renewed(create(9), 8), again(push.Decision{})},
		{"401 for it the tenth time, though others go well", answer(push.Expired, 401), renewed(update(10), 9), halt(push.ErrUnauthorized, model.CodeUnauthorized)},
		{"401 for a renewed token, after an attempt in doubt that was looked for and is not there", answer(push.Expired, 401), doubted(2), again(push.Decision{})},
		{"3xx: every request goes to the wrong address", answer(push.Misdirected, 307), create(1), halt(push.ErrMisdirected, model.CodeAPIRejected)},
		{"3xx: an update is no different", answer(push.Misdirected, 301), update(1), halt(push.ErrMisdirected, model.CodeAPIRejected)},

		{"no answer to a create: look, and send again if it is absent", answer(push.Unclear, 0), create(1), look(backoff, plan.Planned, model.CodeNetwork)},
		{"5xx to a create: look, and send again if it is absent", answer(push.Unclear, 503), create(1), look(backoff, plan.Planned, model.CodeServerError)},
		{"5xx to a create that says when to come back: that long, all of us", told(push.Unclear, 503, time.Minute), create(1), look(time.Minute, plan.Planned, model.CodeServerError)},
		{"5xx to the second attempt of a create: once more", answer(push.Unclear, 500), doubted(2), look(backoff, plan.Planned, model.CodeServerError)},
		{"5xx to the third: look, and failed if it is absent", answer(push.Unclear, 500), doubted(3), look(backoff, plan.Failed, model.CodeServerError)},
		{"a create is looked for however long the API was down", answer(push.Unclear, 0), down(create(1), time.Hour), look(backoff, plan.Planned, model.CodeNetwork)},
		{"no answer to an update: it may be sent again", answer(push.Unclear, 0), update(1), again(push.Decision{Wait: backoff, Code: model.CodeNetwork})},
		{"5xx to an update: it may be sent again", answer(push.Unclear, 500), update(4), again(push.Decision{Wait: backoff, Code: model.CodeServerError})},
		{"5xx to an update that says when to come back", told(push.Unclear, 503, time.Minute), update(1), again(push.Decision{Wait: time.Minute, Shared: true, Code: model.CodeServerError})},
		{"5xx that asks for more than max_pause: no longer than that", told(push.Unclear, 503, time.Hour), update(1), again(push.Decision{Wait: maxPause, Shared: true, Code: model.CodeServerError})},
		{"5xx with a Retry-After of nothing: we back off", told(push.Unclear, 503, 0), update(1), again(push.Decision{Wait: backoff, Code: model.CodeServerError})},
		{"5xx to the fifth attempt of an update: is it the API, or this record?", answer(push.Unclear, 500), update(5), push.Decision{Next: push.Probe, Wait: backoff, Code: model.CodeServerError}},
		{"5xx to the third create while no other write goes well either: too early to blame the record", answer(push.Unclear, 500), lone(doubted(3), 59*time.Second), look(backoff, plan.Planned, model.CodeServerError)},
		{"5xx to the fifth update while no other write goes well either: too early to ask", answer(push.Unclear, 500), lone(update(5), 59*time.Second), again(push.Decision{Wait: backoff, Code: model.CodeServerError})},
		{"5xx to a create for a minute and more: nothing speaks for the record", answer(push.Unclear, 500), lone(doubted(3), time.Minute), look(backoff, plan.Failed, model.CodeServerError)},
		{"5xx to a later attempt: the same question again", answer(push.Unclear, 500), down(update(12), maxPause), push.Decision{Next: push.Probe, Wait: backoff, Code: model.CodeServerError}},
		{"an update without an answer for longer than max_pause: the run stops", answer(push.Unclear, 0), down(update(2), maxPause+1), halt(push.ErrDown, model.CodeNetwork)},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			tt.state.MaxPause, tt.state.Backoff = maxPause, backoff
			got := push.Decide(tt.answer, tt.state)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("decision (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNoAnswerLetsACreateBeSentBlindly goes through every answer and state there is: what may have been created is looked
// for, and what is final says so.
func TestNoAnswerLetsACreateBeSentBlindly(t *testing.T) {
	for verdict := push.Unclear; verdict <= push.Misdirected; verdict++ {
		for _, status := range []int{0, 200, 301, 400, 401, 403, 408, 409, 422, 429, 500, 503} {
			for _, told := range []time.Duration{silent, 0, time.Second, time.Hour} {
				for attempt := range 8 {
					for _, down := range []time.Duration{0, time.Second, time.Hour} {
						for i := range 4 {
							a := push.Answer{Verdict: verdict, HTTPStatus: status, RetryAfter: told, Duplicate: i%2 == 1}
							s := push.State{Attempt: attempt + 1, Doubted: i > 1, Down: down, MaxPause: maxPause, Backoff: backoff}
							checkDecision(t, a, s)
						}
					}
				}
			}
		}
	}
}

func checkDecision(t *testing.T, a push.Answer, s push.State) {
	t.Helper()
	for _, action := range []plan.Action{plan.Create, plan.Update} {
		s.Action = action
		d := push.Decide(a, s)
		switch {
		case action == plan.Create && a.Verdict == push.Unclear && d.Next != push.Look:
			t.Errorf("%+v of %+v: a create in doubt is followed by %d, not by a look", a, s, d.Next)
		case action == plan.Create && d.Next == push.Probe, action == plan.Update && d.Next == push.Look:
			t.Errorf("%+v of %+v: %d is not for a %s", a, s, d.Next, action)
		case d.Next == push.Finish && d.Status == plan.Planned, d.Next == push.Again && d.Status != plan.Planned:
			t.Errorf("%+v of %+v: %d with the status %q", a, s, d.Next, d.Status)
		case a.Duplicate && a.Verdict == push.Refused && s.Doubted && action == plan.Create && d.Next != push.Look:
			t.Errorf("%+v of %+v: it may be our own record that stands in the way, and it is not looked for", a, s)
		case d.Next == push.Halt && d.Reason == nil:
			t.Errorf("%+v of %+v: the run stops and does not say why", a, s)
		case d.Next == push.Again && d.Wait <= 0 && a.Verdict != push.Expired:
			t.Errorf("%+v of %+v: sent again without any rest", a, s)
		case (d.Status == plan.Created || d.Status == plan.Updated) != (a.Verdict == push.Accepted):
			t.Errorf("%+v of %+v: called %s", a, s, d.Status)
		case errors.Is(d.Reason, push.ErrDown) && s.Down <= s.MaxPause && a.RetryAfter <= s.MaxPause:
			t.Errorf("%+v of %+v: given up before max_pause", a, s)
		}
	}
}
