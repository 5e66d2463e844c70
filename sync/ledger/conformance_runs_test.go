package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

func runIsReadBack(t *testing.T, b *backend) {
	want := newRun("20261121-040302-a1b2")
	must(t, b.CreateRun(t.Context(), want))
	want.State, want.ExitCode = ledger.StateFinished, 5
	want.Finished = want.Started.Add(time.Minute)
	want.Requests = ledger.Requests{Forecast: 9, Sent: 8, Retried: 2, Throttled: 1}
	must(t, b.UpdateRun(t.Context(), want))
	b.reopen(t)
	got, err := b.Run(t.Context(), want.ID)
	must(t, err)
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("run differs from what was stored (-got +want):\n%s", d)
	}
	if err := b.CreateRun(t.Context(), want); err == nil {
		t.Error("a second run with the same id was stored")
	}
}

func updateKeepsAccount(t *testing.T, b *backend) {
	r := newRun("one")
	must(t, b.CreateRun(t.Context(), r))
	r.Account = "https://elsewhere.example.org"
	if err := b.UpdateRun(t.Context(), r); err == nil || !strings.Contains(err.Error(), "belongs to") {
		t.Errorf("got %v, want a refusal to move the run to another account", err)
	}
	if err := b.UpdateRun(t.Context(), newRun("two")); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
}

func runsAreFound(t *testing.T, b *backend) {
	for _, id := range []string{"20261121-a", "20261122-b", "20261122-bc"} {
		must(t, b.CreateRun(t.Context(), newRun(id)))
	}
	for _, c := range []struct{ prefix, want string }{
		{"20261121", "20261121-a"},
		{"20261122-b", "20261122-b"}, // a whole id wins over a longer one
		{"20261122-bc", "20261122-bc"},
	} {
		got, err := b.FindRun(t.Context(), c.prefix)
		must(t, err)
		if got.ID != c.want {
			t.Errorf("prefix %s: got %s, want %s", c.prefix, got.ID, c.want)
		}
	}
	if _, err := b.FindRun(t.Context(), "2027"); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
	if _, err := b.FindRun(t.Context(), "20261122"); err == nil || !strings.Contains(err.Error(), "2 runs") {
		t.Errorf("got %v, want a refusal that counts the runs", err)
	}
	if _, err := b.Run(t.Context(), "20261121"); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun: Run takes whole ids", err)
	}
}

func runsAreListed(t *testing.T, b *backend) {
	const n = 150 // more than two pages
	for i := range n {
		r := newRun(fmt.Sprintf("run-%03d", i))
		if i%2 == 1 {
			r.Resource = "cro/customer"
		}
		must(t, b.CreateRun(t.Context(), r))
	}
	runs, err := b.Runs(t.Context(), 0)
	must(t, err)
	if len(runs) != n || runs[0].ID != "run-149" || runs[n-1].ID != "run-000" {
		t.Errorf("got %d runs from %s to %s, want %d from run-149 to run-000", len(runs), runs[0].ID, runs[len(runs)-1].ID, n)
	}
	if runs, err = b.Runs(t.Context(), 3); err != nil || len(runs) != 3 {
		t.Errorf("got %d runs (%v), want 3", len(runs), err)
	}
	latest, err := b.LatestRun(t.Context(), account, resource)
	must(t, err)
	if latest.ID != "run-148" {
		t.Errorf("got %s as the latest, want run-148", latest.ID)
	}
	if _, err := b.LatestRun(t.Context(), "nobody", resource); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
}

// wholePlan has a change of every kind, with every kind of value and text that is hard to store.
func wholePlan() []plan.Change {
	full := model.Record{
		value(model.Integer, "007"), value(model.String, "Zoë \"<&>\" \\ \x00\x1f\u2028 名前 'x'"), value(model.Null, ""),
		value(model.Integer, "12345678901234567890"), value(model.Number, "-12.50"), value(model.Boolean, "true"),
		value(model.Date, "2026-11-21"),
	}
	before := contacts().NewRecord()
	before[1], before[2] = value(model.String, ""), value(model.String, "s:null")
	warning := model.Problem{Row: 3, Column: "E-Mail", Field: "email", Code: "email_list", Value: "a;b", Message: "m", Hint: "h"}
	return []plan.Change{
		{Seq: 1, Row: 2, Action: plan.Create, Key: "zoë\x1f7", Record: full},
		{Seq: 2, Row: 3, Action: plan.Update, ID: "31", Key: "x", Record: full, Before: before, Problems: []model.Problem{warning}},
		{Seq: 3, Row: 9, Action: plan.Update, ID: "32", Key: "y", Record: contacts().NewRecord(), Before: contacts().NewRecord()},
		{Seq: 4, Row: 10, Status: plan.Invalid, Problems: []model.Problem{warning, {Code: "required"}}},
		{Seq: 7, Row: 1048576, Status: plan.Conflict, ID: "33"},
	}
}

func planIsReadBack(t *testing.T, b *backend) {
	want := wholePlan()
	must(t, b.SavePlan(t.Context(), contacts(), newRun("one"), each(want...)))
	b.reopen(t)
	var got []plan.Change
	for _, e := range all(t, b.Entries(t.Context(), contacts(), "one")) {
		got = append(got, e.Change)
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("changes differ from what was stored (-got +want):\n%s", d)
	}
	if d := cmp.Diff(all(t, b.Pending(t.Context(), contacts(), "one")), want[:3]); d != "" {
		t.Errorf("pending changes differ (-got +want):\n%s", d)
	}
}

func recordsSurviveReordering(t *testing.T, b *backend) {
	must(t, b.SavePlan(t.Context(), modelOf("name", "email"), newRun("one"), each(
		plan.Change{Seq: 1, Action: plan.Create, Record: model.Record{value(model.String, "Ann"), value(model.Null, "")}},
	)))
	got := all(t, b.Pending(t.Context(), modelOf("new", "email", "name"), "one"))
	want := model.Record{{}, value(model.Null, ""), value(model.String, "Ann")}
	if d := cmp.Diff(got[0].Record, want); d != "" {
		t.Errorf("record differs (-got +want):\n%s", d)
	}
	_, err := gather(b.Pending(t.Context(), modelOf("name"), "one"))
	if err == nil || !strings.Contains(err.Error(), `"email"`) {
		t.Errorf("got %v, want an error that names the field that is gone", err)
	}
}

func brokenPlanNeverExisted(t *testing.T, b *backend) {
	broken := errors.New("the sheet ends here")
	err := b.SavePlan(t.Context(), contacts(), newRun("one"), func(yield func(plan.Change, error) bool) {
		for c := range creates(5000) {
			if !yield(c, nil) {
				return
			}
		}
		yield(plan.Change{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the source", err)
	}
	if _, err := b.Run(t.Context(), "one"); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = b.SavePlan(ctx, contacts(), newRun("one"), func(yield func(plan.Change, error) bool) {
		cancel()
		yield(create(1, "a"), nil)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	must(t, b.SavePlan(t.Context(), contacts(), newRun("one"), creates(2)))
	if got := len(all(t, b.Entries(t.Context(), contacts(), "one"))); got != 2 {
		t.Errorf("got %d changes, want the 2 of the plan that succeeded", got)
	}
}

// storeIsWritableWhilePlanning is so because planning may read an API for hours, and other accounts are pushed meanwhile.
func storeIsWritableWhilePlanning(t *testing.T, b *backend) {
	must(t, b.SavePlan(t.Context(), contacts(), newRun("one"), func(yield func(plan.Change, error) bool) {
		for c := range creates(3000) {
			if c.Seq%1000 == 0 {
				must(t, b.SetCache(t.Context(), account, "lookup", []byte("x")))
				other := newRun(fmt.Sprintf("other-%d", c.Seq))
				other.Resource = "cro/customer"
				must(t, b.SavePlan(t.Context(), contacts(), other, creates(1)))
				if runs, err := b.Runs(t.Context(), 0); err != nil || int64(len(runs)) != c.Seq/1000 {
					t.Errorf("got %d runs (%v), want none that is half planned", len(runs), err)
				}
			}
			if !yield(c, nil) {
				return
			}
		}
	}))
	if got := len(all(t, b.Pending(t.Context(), contacts(), "one"))); got != 3000 {
		t.Errorf("got %d changes, want 3000", got)
	}
}

func cacheComesBack(t *testing.T, b *backend) {
	data, at, err := b.Cache(t.Context(), account, "categories")
	if data != nil || !at.IsZero() || err != nil {
		t.Errorf("got %q of %v (%v), want nothing", data, at, err)
	}
	began := time.Now()
	must(t, b.SetCache(t.Context(), account, "categories", []byte("old")))
	must(t, b.SetCache(t.Context(), account, "categories", []byte("new\x00")))
	must(t, b.SetCache(t.Context(), "another", "categories", nil))
	b.reopen(t)
	data, at, err = b.Cache(t.Context(), account, "categories")
	must(t, err)
	if string(data) != "new\x00" || at.Before(began) || at.After(time.Now()) {
		t.Errorf("got %q of %v, want what was kept last, with its time", data, at)
	}
	if data, at, err = b.Cache(t.Context(), "another", "categories"); len(data) != 0 || at.IsZero() || err != nil {
		t.Errorf("got %q of %v (%v), want empty data with a time", data, at, err)
	}
}
