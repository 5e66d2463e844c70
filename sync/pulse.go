package sync

import (
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// Pulse is how the requests of a command fare right now.
type Pulse struct {
	Spent
	Limit    string // of the account, such as 20/1m, "" if there is none
	Underway int    // requests without an answer
	Permits  int    // that may be under way at once
	Wait     Wait
}

// Wait is why no request goes out and no answer comes. The zero value says that all is well.
type Wait struct {
	Why    Why
	Status int       // HTTP status that was the reason, 0 for none
	Since  time.Time // when something last happened
	Until  time.Time // when the wait ends, zero if nobody knows
}

// Why is the reason of a wait.
type Why = pace.Why

// The reasons of a wait.
const (
	WhyAsked  = pace.WhyAsked  // the API asked for a pause
	WhyLimit  = pace.WhyLimit  // the budget was used up
	WhySlow   = pace.WhySlow   // the API takes its time to answer
	WhyBroken = pace.WhyBroken // a rest before a request that got no answer, or a bad one, is sent again
	WhyRest   = pace.WhyRest   // a rest before looking once more for a new record
)

// watch hands the pulse of the session's requests to who watches.
func (s *session) watch() {
	if s.opts.Watch == nil {
		return
	}
	client, pacer, limit := s.client, s.pacer, s.opts.Job.Connection.limit
	s.opts.Watch(func() Pulse {
		sent, paced, now := client.Stats(), pacer.Stats(), pacer.Pulse()
		p := Pulse{
			Spent:    Spent{sent.Sent, sent.Retried, sent.Throttled, paced.Waited, paced.Pauses},
			Underway: now.Underway, Permits: paced.Permits,
			Wait: Wait{now.Why, now.Status, now.Since, now.Until},
		}
		if !limit.None() {
			p.Limit = limit.String()
		}
		return p
	})
}
