package plan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

func TestParents(t *testing.T) {
	missing := fmt.Errorf("%w: 404: no such pier", plan.ErrParentNotFound)
	forbidden := fmt.Errorf("%w: 403: not yours", plan.ErrParentForbidden)
	locked := fmt.Errorf("%w: the tenant is not yours", plan.ErrAccount)
	tests := []struct {
		says     string
		refused  map[string]error // the sheet names the piers A and B
		account  error
		want     []string
		err      error
		accounts int // how often the account may be asked for
	}{
		{"what both have is listed", nil, nil, []string{"create", "create"}, nil, 0},
		{"a parent that is not there rejects its rows, and nobody else's", map[string]error{"A": missing}, nil,
			[]string{"rejected parent_not_found", "create"}, nil, 0},
		{"no parent is there: a matter of rows, since the account was not refused", map[string]error{"A": missing, "B": missing}, nil,
			[]string{"rejected parent_not_found", "rejected parent_not_found"}, nil, 0},
		{"a parent that is kept from us rejects its rows, if the account is good", map[string]error{"A": forbidden}, nil,
			[]string{"rejected parent_not_found", "create"}, nil, 1},
		{"all parents are kept from us and the account is good: a matter of rows", map[string]error{"A": forbidden, "B": forbidden}, nil,
			[]string{"rejected parent_not_found", "rejected parent_not_found"}, nil, 1},
		{"the account itself is refused: a matter of the run", map[string]error{"A": forbidden}, locked, nil, plan.ErrAccount, 1},
		{"one parent is kept from us and the account cannot be asked for: the other shows that it is good", map[string]error{"B": forbidden},
			plan.ErrInconclusive, []string{"create", "rejected parent_not_found"}, nil, 1},
		{"all are kept from us and the account cannot be asked for: it must be the account", map[string]error{"A": forbidden, "B": forbidden},
			plan.ErrInconclusive, nil, plan.ErrAccount, 1},
		{"none is open, one of them is not even there: it must be the account", map[string]error{"A": missing, "B": forbidden},
			plan.ErrInconclusive, nil, plan.ErrAccount, 1},
		{"any other trouble ends the run", map[string]error{"B": context.DeadlineExceeded}, nil, nil, context.DeadlineExceeded, 0},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t)
			b.api.account = tt.account
			if tt.refused != nil {
				b.api.refused = tt.refused
			}
			b.row("", "pier=A", "name=Ida")
			b.row("", "pier=B", "name=Ida")
			if tt.err == nil {
				b.wantVerdicts(tt.want...)
			} else if _, err := b.pass(plan.New(b.options)); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if b.api.accounts != tt.accounts {
				t.Errorf("the account was asked for %d times, want %d", b.api.accounts, tt.accounts)
			}
		})
	}
}

func TestEachParentIsAskedOnce(t *testing.T) {
	b := newBench(t)
	b.api.refused["B"] = plan.ErrParentNotFound
	for i := range 10 {
		b.row("", "pier=A", fmt.Sprintf("name=Boat %d", i))
		b.row("", "pier=B", fmt.Sprintf("name=Boat %d", i))
	}
	b.row("", "pier=C", "name=Ida").Problems = []model.Problem{{Code: model.CodeTooLong}}
	b.row("", "pier=D", "name=Ida").Action = "skip"
	b.row("", "pier=E", "name=") // no key and no id
	p := plan.New(b.options)
	for _, c := range b.rows {
		p.Survey(c)
	}
	if got := p.Parents(); got != 2 {
		t.Errorf("the plan will ask for %d parents, want 2: rows that are not sent need none", got)
	}
	var steps []int
	if err := p.Fetch(context.Background(), b.api, func(done int) { steps = append(steps, done) }); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.rows {
		if _, err := p.Decide(context.Background(), b.api, c); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int{"A": 1, "B": 1}, b.api.lists); diff != "" {
		t.Errorf("listings per parent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 2}, steps); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// TestNoParentIsNoMatterOfRows: where records hang on nothing, a list that is not there is a wrong address.
func TestNoParentIsNoMatterOfRows(t *testing.T) {
	for _, refusal := range []error{plan.ErrParentNotFound, plan.ErrParentForbidden} {
		b := newBench(t)
		b.options.Resource = resource(t, "pilot")
		b.options.Key, b.key = []string{"name"}, []int{0}
		b.api.refused[""] = refusal
		b.row("", "name=Ida")
		if _, err := b.pass(plan.New(b.options)); !errors.Is(err, refusal) || !strings.Contains(err.Error(), "list harbour/pilot records") {
			t.Errorf("got %v, want the refusal, and what was asked for", err)
		}
	}
}

func TestPagesThatShiftShowARecordTwice(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida").has("1", "pier=A", "name=Ida")
	b.row("", "pier=A", "name=Ida", "note=new")
	b.wantVerdicts("update 1") // once, or its key would be ambiguous
}

func TestAnIDBelowAnotherParent(t *testing.T) {
	t.Run("the other parent was listed: the record cannot move", func(t *testing.T) {
		b := newBench(t).has("1", "pier=B", "name=Ida")
		b.row("1", "pier=A", "name=Ida")
		b.row("", "pier=B", "name=Tom")
		b.wantVerdicts("rejected immutable", "create")
	})
	t.Run("the other parent is unheard of: below the row's own there is no such record", func(t *testing.T) {
		b := newBench(t).has("1", "pier=B", "name=Ida")
		b.row("1", "pier=A", "name=Ida")
		b.wantVerdicts("rejected id_not_found")
	})
}
