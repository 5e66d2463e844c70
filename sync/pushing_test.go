package sync

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// listOf is an account with these records.
type listOf []plan.Found

func (l listOf) List(_ context.Context, _ model.Record, yield func(plan.Found) error) error {
	for _, f := range l {
		if err := yield(f); err != nil {
			return err
		}
	}
	return nil
}

func (listOf) Account(context.Context) error { return nil }

func (l listOf) Get(_ context.Context, id string, _ model.Record) (plan.Found, bool, error) {
	for _, f := range l {
		if f.ID == id {
			return f, true, nil
		}
	}
	return plan.Found{}, false, nil
}

// crossing is a record that is found by its name and its harbour, a number, and has a note.
func crossing(id string, values ...model.Value) plan.Found { return plan.Found{ID: id, Record: values} }

// Values of crossings.
func aText(s string) model.Value   { return model.Value{Kind: model.String, Text: s} }
func aNumber(s string) model.Value { return model.Value{Kind: model.Integer, Text: s} }

// crossingLooker looks for crossings among these.
func crossingLooker(records ...plan.Found) *looker {
	m := model.NewModel("ferry", "crossing", []model.Field{
		{Name: "name", Kind: model.String}, {Name: "harbour", Kind: model.Integer}, {Name: "note", Kind: model.String},
	})
	return &looker{finder: listOf(records), model: m, key: []int{0, 1}}
}

// TestLookingForACreate: a record that may be the one, and does not show by what it could be told, is not absent: the create
// would be sent again.
func TestLookingForACreate(t *testing.T) {
	sent := &plan.Change{Action: plan.Create, Record: model.Record{aText("Ida"), aNumber("3"), aText("new")}}
	it, unshown := crossing("1", aText("Ida"), aNumber("3"), aText("new")), model.Value{}
	for _, c := range []struct {
		says    string
		records []plan.Found
		want    []string
		is      error
	}{
		{"nothing is there", nil, nil, nil},
		{"the record", []plan.Found{it}, []string{"1"}, nil},
		{"a field that is no key may be unshown", []plan.Found{crossing("1", aText("Ida"), aNumber("3"), unshown)}, []string{"1"}, nil},
		{"a key in a form that cannot be compared", []plan.Found{crossing("1", aText("Ida"), aText("West Quay"), aText("new"))}, nil, push.ErrNoLook},
		{"a key that is not shown", []plan.Found{crossing("1", aText("Ida"), unshown, aText("new"))}, nil, push.ErrNoLook},
		{"another key", []plan.Found{crossing("1", aText("Ida"), aNumber("4"), aText("new"))}, nil, nil},
		{"another record, whatever its key is", []plan.Found{crossing("1", aText("Bo"), aText("West Quay"), aText("new"))}, nil, nil},
		{"one that shows its key is the one", []plan.Found{crossing("2", aText("Ida"), aText("West Quay"), aText("new")), it}, []string{"1"}, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, err := crossingLooker(c.records...).Look(t.Context(), sent)
			if !slices.Equal(got, c.want) || !errors.Is(err, c.is) {
				t.Errorf("found %q, error %v; want %q, %v", got, err, c.want, c.is)
			}
		})
	}
}

// TestProbingAnUpdate: it is done if the record shows all that was sent, and nothing else proves it.
func TestProbingAnUpdate(t *testing.T) {
	sent := &plan.Change{Action: plan.Update, ID: "1", Record: model.Record{{}, aNumber("3"), aText("new")}}
	for _, c := range []struct {
		says   string
		record plan.Found
		want   bool
	}{
		{"all that was sent", crossing("1", aText("Ida"), aNumber("3"), aText("new")), true},
		{"what was not sent may be in any form", crossing("1", model.Value{}, aNumber("3"), aText("new")), true},
		{"a field in a form that cannot be compared", crossing("1", aText("Ida"), aText("West Quay"), aText("new")), false},
		{"a field that is not shown", crossing("1", aText("Ida"), aNumber("3"), model.Value{}), false},
		{"another value", crossing("1", aText("Ida"), aNumber("3"), aText("old")), false},
		{"another record", crossing("2", aText("Ida"), aNumber("3"), aText("new")), false},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got, err := crossingLooker(c.record).Probe(t.Context(), sent); got != c.want || err != nil {
				t.Errorf("done: %t, %v; want %t", got, err, c.want)
			}
		})
	}
}
