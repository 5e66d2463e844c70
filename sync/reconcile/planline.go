package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// planned is the status of a row that waits for apply, in a plan file.
const planned = "planned"

// PlanLine is one change of a plan, as a person reviews it.
type PlanLine struct {
	Row      int           `json:"row"`
	Action   plan.Action   `json:"action"` // "" for a row that was decided without a request
	Status   string        `json:"status"` // "planned" for a row that waits for apply
	ID       string        `json:"id"`
	Key      []string      `json:"key"`
	Fields   []PlanField   `json:"fields"` // what a create sends, what an update changes
	Problems []PlanProblem `json:"problems"`
}

// PlanField is one field of a change. A value that is not known is left out: there is none before a create, and an API may
// not show it; and the id of a record that another row creates is known when that is done.
type PlanField struct {
	Field    string    `json:"field"`
	Column   string    `json:"column"` // header of the column that fills it, "" if none does
	Before   PlanValue `json:"before,omitzero"`
	After    PlanValue `json:"after,omitzero"`
	AfterRow int       `json:"after_row,omitzero"` // row that is created first, and whose record's id it gets
}

// PlanValue is a value as text, or that there is none: null. The zero value is not known. Numbers are text, too: tools that read
// and write JSON would change how they are spelled.
type PlanValue struct {
	Text  string
	Empty bool
	known bool
}

// PlanProblem is what is wrong with a row, as problems.csv has it.
type PlanProblem struct {
	Column  string     `json:"column"`
	Field   string     `json:"field"`
	Code    model.Code `json:"code"`
	Value   string     `json:"value"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// NewPlanLine is the line of a change. columnOf gives the header of the column that is mapped to a field, "" if there is none.
func NewPlanLine(m *model.Model, c *plan.Change, columnOf func(field string) string) PlanLine {
	l := PlanLine{Row: c.Row, Action: c.Action, Status: string(c.Status), ID: c.ID, Key: []string{}, Fields: []PlanField{}, Problems: []PlanProblem{}}
	if c.Key != "" {
		l.Key = strings.Split(c.Key, "\x1f")
	}
	for _, p := range c.Problems {
		l.Problems = append(l.Problems, PlanProblem{p.Column, p.Field, p.Code, p.Value, p.Message, p.Hint})
	}
	if !c.Pending() {
		return l
	}
	l.Status = planned
	for _, f := range c.FieldChanges(m) {
		field := PlanField{Field: f.Field, Column: columnOf(f.Field), After: newPlanValue(f.After)}
		if c.Action == plan.Update {
			field.Before = newPlanValue(f.Before)
		}
		l.Fields = append(l.Fields, field)
	}
	for _, w := range c.Order.After {
		field := PlanField{Field: w.Name, Column: columnOf(w.Name), AfterRow: w.Row}
		if c.Action == plan.Update && c.Before != nil {
			field.Before = newPlanValue(c.Before[w.Field])
		}
		l.Fields = append(l.Fields, field)
	}
	return l
}

// Pending reports whether the line waits for apply.
func (l *PlanLine) Pending() bool { return l.Status == planned }

func newPlanValue(v model.Value) PlanValue {
	return PlanValue{Text: v.Text, Empty: v.Kind == model.Null, known: v.Known()}
}

// IsZero reports whether the value is not known.
func (v PlanValue) IsZero() bool { return !v.known }

// MarshalJSON gives the text, or null.
func (v PlanValue) MarshalJSON() ([]byte, error) {
	if v.Empty || !v.known {
		return []byte("null"), nil
	}
	return plainJSON(v.Text)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *PlanValue) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*v = PlanValue{Empty: true, known: true}
		return nil
	}
	*v = PlanValue{known: true}
	return json.Unmarshal(data, &v.Text)
}

// plainJSON is v in one line as a person would write it.
func plainJSON(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

// decided is the statuses that a plan gives.
func decided() []plan.Status {
	return []plan.Status{plan.Unchanged, plan.Skipped, plan.Invalid, plan.Rejected, plan.Conflict}
}

// PlanTally counts the lines of a plan, and works out its digest: the SHA-256 of all lines as a JSONL file has them, without what
// was approved.
type PlanTally struct {
	Counts  PlanCounts
	Planned Planned
	sum     hash.Hash
}

// NewPlanTally has seen no lines yet.
func NewPlanTally() *PlanTally {
	t := &PlanTally{Counts: PlanCounts{"read": 0, planned: 0}, sum: sha256.New()}
	for _, s := range decided() {
		t.Counts[string(s)] = 0
	}
	return t
}

// Add takes in the next line.
func (t *PlanTally) Add(l *PlanLine) error {
	t.Counts["read"]++
	t.Counts[l.Status]++
	switch {
	case !l.Pending():
	case l.Action == plan.Create:
		t.Planned.Create++
	default:
		t.Planned.Update++
	}
	text, err := plainJSON(l)
	t.sum.Write(append(text, '\n')) // never fails
	return err
}

// Digest is that of the lines so far.
func (t *PlanTally) Digest() string { return hex.EncodeToString(t.sum.Sum(nil)) }
