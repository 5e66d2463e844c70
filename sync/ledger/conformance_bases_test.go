package ledger_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// ours is the lineage of a sheet with that name.
func ours(name string) ledger.Lineage {
	return ledger.Lineage{Account: account, Resource: resource, Name: name}
}

// texted is a record of texts: words such as name=Ann, and email= for one that is null.
func texted(m *model.Model, words ...string) model.Record {
	r := m.NewRecord()
	for _, word := range words {
		name, text, _ := strings.Cut(word, "=")
		r[m.Index(name)] = value(model.String, text)
		if text == "" {
			r[m.Index(name)] = value(model.Null, "")
		}
	}
	return r
}

// base is what is known of a record, in words.
func base(t *testing.T, b *backend, of ledger.Lineage, id string) string {
	t.Helper()
	m := contacts()
	bases, err := b.Bases(t.Context(), m, of)
	must(t, err)
	r, err := bases.Base(t.Context(), id)
	must(t, err)
	if r == nil {
		return "none"
	}
	var words []string
	for i, v := range r {
		switch {
		case v.Kind == model.Null:
			words = append(words, m.Fields[i].Name+"=")
		case v == value(model.String, ""):
			words = append(words, m.Fields[i].Name+" blank")
		case v.Known():
			words = append(words, m.Fields[i].Name+"="+v.Text)
		}
	}
	return strings.Join(words, ", ")
}

// seen is records as an export sees them.
func seen(found ...plan.Found) iter.Seq2[plan.Found, error] {
	return func(yield func(plan.Found, error) bool) {
		for _, f := range found {
			if !yield(f, nil) {
				return
			}
		}
	}
}

// basesAreOfTheirLineage also tells what was blank from what nobody knows, and a record that was seen twice is one.
func basesAreOfTheirLineage(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	if got := base(t, b, ours("e1"), "1"); got != "none" {
		t.Errorf("before anything was kept: %s", got)
	}
	must(t, b.SaveBases(ctx, m, ours("e1"), seen(
		plan.Found{ID: "1", Record: texted(m, "name=Ann", "email=")}, plan.Found{ID: "2", Record: texted(m, "name=Bo")},
		plan.Found{ID: "1", Record: texted(m, "name=Anna", "email=")})))
	must(t, b.SaveBases(ctx, m, ours("e2"), seen(plan.Found{ID: "1", Record: texted(m, "name=Other")})))
	b.reopen(t)
	const rest = "age blank, credit blank, active blank, born blank"
	elsewhere := ours("e1")
	elsewhere.Account = "https://api.example.org tenant_id=8"
	for _, c := range []struct {
		of       ledger.Lineage
		id, want string
	}{
		{ours("e1"), "1", "customer_id blank, name=Anna, email=, " + rest},
		{ours("e1"), "2", "customer_id blank, name=Bo, email blank, " + rest},
		{ours("e2"), "1", "customer_id blank, name=Other, email blank, " + rest},
		{ours("e1"), "3", "none"}, {ours("e2"), "2", "none"}, {ours(""), "1", "none"}, {elsewhere, "1", "none"},
	} {
		if got := base(t, b, c.of, c.id); got != c.want {
			t.Errorf("lineage %q, record %s: got %s, want %s", c.of.Name, c.id, got, c.want)
		}
	}
	must(t, b.SaveBases(ctx, m, ours("e1"), seen(plan.Found{ID: "3", Record: texted(m, "name=Cy")})))
	if got := base(t, b, ours("e1"), "1"); got != "none" {
		t.Errorf("what was saved again has the old base %s, too", got)
	}
}

// brokenExportHasNoBases: a sheet of half an export would be taken for edited where it is only old.
func brokenExportHasNoBases(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	cut := errors.New("the API ends here")
	err := b.SaveBases(ctx, m, ours("e1"), func(yield func(plan.Found, error) bool) {
		for i := range 5000 {
			if !yield(plan.Found{ID: fmt.Sprint(i), Record: texted(m, "name=Ann")}, nil) {
				return
			}
		}
		if _, err := b.Bases(ctx, m, ours("e1")); err == nil || !strings.Contains(err.Error(), "export again") {
			t.Errorf("bases that are being written can be opened (%v)", err)
		}
		yield(plan.Found{}, cut)
	})
	if !errors.Is(err, cut) {
		t.Errorf("got %v, want the error of the export", err)
	}
	if got := base(t, b, ours("e1"), "7"); got != "none" {
		t.Errorf("the base of half an export is %s", got)
	}
}

// agreeable is a run of the rows that a base can come from, and those that it cannot, and what became of them.
func agreeable() ([]plan.Change, []push.Outcome) {
	m := contacts()
	update := func(seq int64, record, before model.Record) plan.Change {
		return plan.Change{Seq: seq, Row: int(seq) + 1, Action: plan.Update, ID: fmt.Sprint(seq), Key: fmt.Sprint(seq), Record: record, Before: before,
			Agreed: texted(m, "name=agreed")}
	}
	sent, was := texted(m, "email=new", "age=along", "credit="), texted(m, "email=old", "age=along", "credit=5")
	held := decided(3, plan.Conflict)
	held.ID, held.Agreed = "3", texted(m, "name=never")
	same, quiet := decided(1, plan.Unchanged), decided(2, plan.Unchanged)
	same.ID, same.Agreed, quiet.ID = "1", texted(m, "name=same", "email="), "2"
	made := create(4, "made")
	made.Agreed = texted(m, "email=")
	changes := []plan.Change{same, quiet, held, made, update(5, sent, was), update(6, sent, was), update(7, sent, was), update(8, sent, was), create(9, "lost")}
	return changes, []push.Outcome{created(4, "100"), ended(5, plan.Updated, "5"), ended(6, plan.Rejected, "6"), ended(7, plan.InDoubt, "7"),
		ended(8, plan.Conflict, "8"), ended(9, plan.Failed, "")}
}

func runAgrees(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	changes, outcomes := agreeable()
	must(t, b.SavePlan(ctx, m, newRun("one"), each(changes...)))
	unagreed := func(want int) {
		t.Helper()
		run, err := b.Run(ctx, "one")
		must(t, err)
		run.State = ledger.StateInterrupted
		must(t, b.UpdateRun(ctx, run))
		if runs, err := b.Unagreed(ctx, account, resource); err != nil || len(runs) != want {
			t.Errorf("got %d runs to agree on (%v), want %d", len(runs), err, want)
		}
	}
	if runs, err := b.Unagreed(ctx, account, resource); err != nil || len(runs) != 0 {
		t.Errorf("got %d runs to agree on (%v), want none: a plan agrees on nothing", len(runs), err)
	}
	carryOut(t, b, "one", outcomes...)
	unagreed(1)
	want := map[string]string{
		"1": "name=same, email=", "2": "none", "3": "none", "100": "name=made, email=", "5": "name=agreed, email=new, credit=",
		"6": "none", "7": "none", "8": "none",
	}
	check := func(when string) {
		t.Helper()
		got := map[string]string{}
		for id := range want {
			got[id] = base(t, b, ours("e1"), id)
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("%s (-got +want):\n%s", when, d)
		}
	}
	for _, when := range []string{"after the run", "after it was said twice", "after a crash"} {
		must(t, b.Agree(ctx, "one", "e1"))
		b.reopen(t)
		check(when)
	}
	unagreed(0)
	conclude(t, b, "one", ended(7, plan.Updated, "7"))
	unagreed(1)
	must(t, b.Agree(ctx, "one", "e1"))
	want["7"] = "name=agreed, email=new, credit="
	check("after a doubt was settled")
	if got := base(t, b, ours(""), "1"); got != "none" {
		t.Errorf("another lineage has moved, too: %s", got)
	}
}

// carryOut records intents and outcomes.
func carryOut(t *testing.T, b *backend, run string, outcomes ...push.Outcome) {
	t.Helper()
	r := b.recorder(t, run)
	for _, o := range outcomes {
		if o.Status != plan.NotAttempted {
			must(t, r.Intend(t.Context(), push.Intent{Seq: o.Seq, Attempt: 1, RequestID: fmt.Sprint("q", o.Seq)}))
		}
		must(t, r.Conclude(t.Context(), o))
	}
	must(t, r.Close())
}

// conclude records outcomes of requests that were announced before.
func conclude(t *testing.T, b *backend, run string, outcomes ...push.Outcome) {
	t.Helper()
	r := b.recorder(t, run)
	for _, o := range outcomes {
		must(t, r.Conclude(t.Context(), o))
	}
	must(t, r.Close())
}

// laterAgreementStays: a doubt may be settled when a later run has long written something else.
func laterAgreementStays(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	write := func(run, email string, status plan.Status) {
		r := newRun(run)
		var err error
		r.Sequence, err = b.Sequence(ctx, account, resource)
		must(t, err)
		must(t, b.SavePlan(ctx, m, r, each(update(1, "1", email))))
		carryOut(t, b, run, ended(1, status, "1"))
		must(t, b.Agree(ctx, run, ""))
	}
	write("first", "old@x.org", plan.InDoubt)
	write("second", "new@x.org", plan.Updated)
	conclude(t, b, "first", ended(1, plan.Updated, "1"))
	must(t, b.Agree(ctx, "first", ""))
	if got := base(t, b, ours(""), "1"); got != "email=new@x.org" {
		t.Errorf("got the base %s, want that of the later run", got)
	}
	write("third", "third@x.org", plan.Updated)
	if got := base(t, b, ours(""), "1"); got != "email=third@x.org" {
		t.Errorf("got the base %s, want that of the last run", got)
	}
}

// resumedRunAgreesOnTheRest: what was not attempted may be carried out later.
func resumedRunAgreesOnTheRest(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	const n = 2100 // three pages
	must(t, b.SavePlan(ctx, m, newRun("one"), func(yield func(plan.Change, error) bool) {
		for seq := int64(1); seq <= n; seq++ {
			yield(update(seq, fmt.Sprint(seq), "x@x.org"), nil)
		}
	}))
	var first, second []push.Outcome
	for seq := int64(1); seq <= n; seq++ {
		switch done := ended(seq, plan.Updated, fmt.Sprint(seq)); {
		case seq%3 == 0:
			first, second = append(first, ended(seq, plan.NotAttempted, "")), append(second, done)
		case seq%3 == 1:
			second = append(second, done)
		default:
			first = append(first, done)
		}
	}
	for i, outcomes := range [][]push.Outcome{first, second} {
		carryOut(t, b, "one", outcomes...)
		must(t, b.Agree(ctx, "one", ""))
		for seq := 1; seq <= n; seq += 100 {
			want := "email=x@x.org"
			if i == 0 && seq%3 != 2 {
				want = "none"
			}
			if got := base(t, b, ours(""), fmt.Sprint(seq)); got != want {
				t.Errorf("part %d, record %d: got %s, want %s", i+1, seq, got, want)
			}
		}
	}
}

// basesAreReadWhilePlanning, as planning reads one for each row that it decides.
func basesAreReadWhilePlanning(t *testing.T, b *backend) {
	ctx, m := t.Context(), contacts()
	must(t, b.SaveBases(ctx, m, ours(""), seen(plan.Found{ID: "1", Record: texted(m, "name=Ann")})))
	must(t, b.SavePlan(ctx, m, newRun("one"), func(yield func(plan.Change, error) bool) {
		for c := range creates(4100) {
			if c.Seq%1000 == 0 && !strings.Contains(base(t, b, ours(""), "1"), "name=Ann") {
				t.Error("a base is not to be seen while a plan is written")
			}
			yield(c, nil)
		}
	}))
}
