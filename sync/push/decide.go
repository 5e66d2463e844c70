package push

import (
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Next is what follows an answer.
type Next uint8

// The things that can follow.
const (
	Finish Next = iota // the change has its outcome
	Again              // send once more
	Look               // look for what became of it
	Probe              // find out whether the API is down or the record is bad
	Halt               // stop the run; whether the change was carried out is told by its earlier answers too
)

// Decision is what to do after an answer.
type Decision struct {
	Next   Next
	Wait   time.Duration // rest before anything else is done for the change
	Shared bool          // the rest holds for every worker
	Status plan.Status   // of a finished change; after Look or Probe, of one that is surely not carried out, Planned = send again
	Code   model.Code
	Reason error // for which the run halts
}

// State is what Decide needs to know besides the answer.
type State struct {
	Action   plan.Action
	Attempt  int           // that the answer is for, from 1
	Doubted  bool          // an earlier attempt of this create may have gone through
	Unseen   bool          // an earlier attempt of this update may have gone through
	Unread   int           // times in a row that the record could not be read right before its update
	Renewed  int           // times in a row that it was refused for its token, which was renewed then
	Down     time.Duration // since when no request of the run has gone well, 0 if the last one did
	Alone    time.Duration // how long this change has been tried while no write of another one went well, 0 if one did
	MaxPause time.Duration
	Backoff  time.Duration // how long to wait where the API does not say
}

// The number of times that a change is sent before the record, not the network, is held to be the reason. During an
// outage it is the time that counts, not the attempts. A token may end while a change waits for its turn, time and again, as
// long as the new ones serve other changes.
const (
	updateAttempts = 5
	createAttempts = 3 // each followed by looking until the record is surely absent
	tokenAttempts  = 10
)

// Decide is the table of the push protocol: what an answer means for a create and for an update.
func Decide(a Answer, s State) Decision {
	switch a.Verdict {
	case Accepted:
		if s.Action == plan.Create {
			return Decision{Next: Finish, Status: plan.Created}
		}
		return Decision{Next: Finish, Status: plan.Updated}
	case Expired:
		if s.Renewed > 0 && (s.Alone > 0 || s.Renewed >= tokenAttempts-1) { // a new token fares no better
			return Decision{Next: Halt, Reason: ErrUnauthorized, Code: model.CodeUnauthorized}
		}
		return Decision{Next: Again}
	case Unauthorized:
		return Decision{Next: Halt, Reason: ErrUnauthorized, Code: model.CodeUnauthorized}
	case Misdirected:
		return Decision{Next: Halt, Reason: ErrMisdirected, Code: model.CodeAPIRejected}
	case Forbidden:
		return turnedDown(model.CodeForbidden, s)
	case Drifted:
		if s.Unseen { // it may be what became of our own request
			return Decision{Next: Finish, Status: plan.InDoubt, Code: model.CodeInDoubt}
		}
		return Decision{Next: Finish, Status: plan.Conflict, Code: model.CodeChangedSince}
	case Refused:
		return refused(a, s)
	case Throttled:
		if s.Down > s.MaxPause || a.RetryAfter > s.MaxPause {
			return Decision{Next: Halt, Reason: ErrDown, Code: model.CodeThrottledOut}
		}
		d := rest(a, s)
		d.Next, d.Shared = Again, true
		return d
	case NotSent:
		if s.Unread >= updateAttempts && s.Alone == 0 { // others go well: it is this record
			status := plan.Failed
			if s.Unseen {
				status = plan.InDoubt
			}
			return Decision{Next: Finish, Status: status, Code: model.CodeNetwork}
		}
		if s.Down > s.MaxPause {
			return Decision{Next: Halt, Reason: ErrDown, Code: model.CodeNetwork}
		}
		return Decision{Next: Again, Wait: s.Backoff}
	}
	return unclear(a, s)
}

// stubborn is how long a change that nothing speaks for is tried. An API that restarts refuses all writes and may answer
// reads all the while; a record that is bad fails while others go well.
const stubborn = time.Minute

// patient reports whether it is too early to hold the record to be the reason.
func (s *State) patient() bool { return s.Alone > 0 && s.Alone < min(stubborn, s.MaxPause) }

// rest is how long to wait: for as long as the API asks, and then all workers, else for the back-off. To be asked for no rest
// at all is not to be asked, or an API that keeps saying so would be sent to without end.
func rest(a Answer, s State) Decision {
	if a.RetryAfter > 0 {
		return Decision{Wait: min(a.RetryAfter, s.MaxPause), Shared: true}
	}
	return Decision{Wait: s.Backoff}
}

// refused is a 4xx. Where the server keeps a field unique, a refusal as duplicate is an answer about an attempt in doubt:
// what it made may be what stands in the way, so only finding it settles the matter. On a first send, and of an update, it
// says that somebody else has that name.
func refused(a Answer, s State) Decision {
	switch {
	case a.Duplicate && s.Action == plan.Create && s.Doubted:
		return Decision{Next: Look, Status: plan.InDoubt, Code: model.CodeInDoubt}
	case a.Duplicate:
		return turnedDown(model.CodeDuplicate, s)
	}
	return turnedDown(model.CodeAPIRejected, s)
}

// turnedDown is a change that the API will not have. That says nothing of an earlier attempt at an update whose answer was not
// seen: the record tells.
func turnedDown(code model.Code, s State) Decision {
	if s.Unseen && s.Action == plan.Update {
		return Decision{Next: Probe, Status: plan.Rejected, Code: code}
	}
	return Decision{Next: Finish, Status: plan.Rejected, Code: code}
}

// unclear is a request of which the outcome was not seen. An update sets absolute values and may be sent again; a create
// may not, before it is known to be absent.
func unclear(a Answer, s State) Decision {
	d := rest(a, s)
	d.Code = model.CodeNetwork
	if a.HTTPStatus != 0 {
		d.Code = model.CodeServerError
	}
	switch {
	case s.Action == plan.Create && s.Attempt >= createAttempts && !s.patient():
		d.Next, d.Status = Look, plan.Failed
	case s.Action == plan.Create:
		d.Next = Look
	case s.Down > s.MaxPause:
		return Decision{Next: Halt, Reason: ErrDown, Code: d.Code}
	case s.Attempt >= updateAttempts && !s.patient():
		d.Next = Probe
	default:
		d.Next = Again
	}
	return d
}
