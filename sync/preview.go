package sync

import (
	"context"
	"fmt"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// PlannedChange is one change of a stored plan, for a person to review.
type PlannedChange struct {
	Row    int
	Update bool   // else a create
	Title  string // the record in one line
	Fields []FieldText
}

// FieldText is one field of a change in words.
type FieldText struct {
	Field  string
	Before string // "" for a create
	After  string
}

// Preview is the first changes of a stored plan, and how many there are besides.
func Preview(ctx context.Context, opts Options, run string, most int) (changes []PlannedChange, more int, err error) {
	s, err := openStored(ctx, opts, run)
	if err != nil {
		return nil, 0, err
	}
	defer s.close()
	m := opts.Job.Resource.Model
	for c, err := range s.ledger.Pending(ctx, m, s.run.ID) {
		if err != nil {
			return nil, 0, err
		}
		if len(changes) == most {
			break
		}
		changes = append(changes, describeChange(m, &c))
	}
	creates, updates, err := s.left(ctx, nil)
	return changes, creates + updates - len(changes), err
}

// describeChange puts a change into words: what an update changes, or all that a create sends.
func describeChange(m *model.Model, c *plan.Change) PlannedChange {
	out := PlannedChange{Row: c.Row, Update: c.Action == plan.Update, Title: strings.ReplaceAll(c.Key, "\x1f", " / ")}
	if out.Update {
		out.Title = strings.TrimSuffix("id "+c.ID+"  "+out.Title, "  ")
	}
	for _, f := range c.FieldChanges(m) {
		text := FieldText{Field: f.Field, After: shown(f.After)}
		if out.Update {
			text.Before = shown(f.Before)
			if !f.Before.Known() {
				text.Before = "(not shown by the API)"
			}
		}
		out.Fields = append(out.Fields, text)
	}
	for i := range c.Order.After {
		out.Fields = append(out.Fields, waitText(&c.Order.After[i]))
	}
	return out
}

// shown is a value as a person reads it.
func shown(v model.Value) string {
	switch v.Kind {
	case model.Absent, model.Null:
		return "(empty)"
	case model.String:
		return fmt.Sprintf("%q", v.Text)
	}
	return v.Text
}

// String is the field in words: what it is, or what it was and is to be.
func (f FieldText) String() string {
	if f.Before == "" {
		return f.After
	}
	return f.Before + " -> " + f.After
}
