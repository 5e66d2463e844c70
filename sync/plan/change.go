package plan

import "github.com/rollcall-sync/rollcall/mapping/model"

// Action is what push shall do for a change.
type Action string

// The actions. None marks a row that was decided without a request.
const (
	None   Action = ""
	Create Action = "create"
	Update Action = "update"
)

// Status is how a row ended. Every input row has exactly one in the end.
type Status string

// The statuses, in the order of the account. Planned is not one of them: a planned change waits for push.
const (
	Planned      Status = ""
	Created      Status = "created"
	Updated      Status = "updated"
	Unchanged    Status = "unchanged"
	Skipped      Status = "skipped"       // action or mode said so
	Invalid      Status = "invalid"       // stopped by our own rules
	Rejected     Status = "rejected"      // the plan or the API said no
	Failed       Status = "failed"        // retries used up, surely not done
	Conflict     Status = "conflict"      // held for a person
	InDoubt      Status = "in_doubt"      // sent, outcome unseen
	NotAttempted Status = "not_attempted" // the run ended first
)

// Statuses is every final status in the order of the account.
func Statuses() []Status {
	return []Status{Created, Updated, Unchanged, Skipped, Invalid, Rejected, Failed, Conflict, InDoubt, NotAttempted}
}

// Settled reports whether a row with this status needs nothing more: it is left out of failed.csv.
func (s Status) Settled() bool {
	return s == Created || s == Updated || s == Unchanged || s == Skipped
}

// Counts is how many rows ended in each status.
type Counts map[Status]int

// Sum is the number of rows in all statuses.
func (c Counts) Sum() int {
	n := 0
	for _, k := range c {
		n += k
	}
	return n
}

// Change is what the plan decided for one row.
type Change struct {
	Seq      int64           // position among the rows of the sheet, from 1
	Row      int             // physical row
	Action   Action          // None if Status is decided
	Status   Status          // Planned if push is to carry it out
	ID       string          // id of the record, "" if there is none yet
	Key      string          // normalised identity key; changes with equal keys never run side by side
	Record   model.Record    // what to send: path fields, and the body fields that are new or differ
	Before   model.Record    // the API's values of the same fields, nil for a create
	Problems []model.Problem // what is wrong with the row, warnings included, in column order
	Order    Order           // what has to be there first
	Agreed   model.Record    // body fields on which sheet and API are equal already, and whose base is not that value yet; nil if none
}

// Pending reports whether push has to carry c out.
func (c *Change) Pending() bool { return c.Status == Planned && c.Action != None }

// FieldChange is one field of an update, before and after.
type FieldChange struct {
	Field         string
	Before, After model.Value
}

// FieldChanges lists the body fields that c sends and that differ from what the API has.
func (c *Change) FieldChanges(m *model.Model) []FieldChange {
	var out []FieldChange
	for i := range c.Record {
		f := &m.Fields[i]
		after := c.Record[i]
		if !after.Known() || f.In != model.InBody {
			continue
		}
		var before model.Value
		if c.Before != nil {
			before = c.Before[i]
		}
		if c.Before == nil || !f.Same(before, after) {
			out = append(out, FieldChange{Field: f.Name, Before: before, After: after})
		}
	}
	return out
}
