package push

import (
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Outcome is how one change ended.
type Outcome struct {
	Seq        int64
	Status     plan.Status
	ID         string     // id of the record, "" if none is known
	Code       model.Code // "" for a change that went well
	Field      string     // the field that the API named, dotted
	Message    string     // the API's own text, or what happened to the request
	Faults     []Fault    // all that the API said was wrong, the first of them as Field; nil for a change that went well
	HTTPStatus int        // of the last answer, 0 if there was none
	Attempts   int        // requests sent for this change
	RequestID  string     // of the last attempt; with the API's own behind it, if that is another
}

// Entry is one line of the account: a change, and how it ended. A change without an outcome yet has Outcome.Status
// [plan.Planned].
type Entry struct {
	Change  plan.Change
	Outcome Outcome
}

// Status is the final status of the entry: what push saw, else what the plan decided, else not attempted.
func (e *Entry) Status() plan.Status {
	if e.Outcome.Status != plan.Planned {
		return e.Outcome.Status
	}
	if e.Change.Status != plan.Planned {
		return e.Change.Status
	}
	return plan.NotAttempted
}

// Intent is the durable announcement of an attempt: while it has no answer, the change is in doubt.
type Intent struct {
	Seq       int64
	Attempt   int // counts from 1 within the change
	RequestID string
}
