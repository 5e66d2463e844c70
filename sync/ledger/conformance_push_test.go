package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

func seqs(changes []plan.Change) []int64 {
	var out []int64
	for _, c := range changes {
		out = append(out, c.Seq)
	}
	return out
}

func statusesAddUp(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), each(
		create(1, "a"), create(2, "b"), create(3, "c"), create(4, "d"), create(5, "e"),
		decided(6, plan.Invalid), decided(7, plan.Unchanged), decided(8, plan.Skipped),
	)))
	r := b.recorder(t, "one")
	for seq := int64(1); seq <= 4; seq++ {
		must(t, r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1, RequestID: fmt.Sprint("q", seq)}))
	}
	rejected := push.Outcome{Seq: 2, Status: plan.Rejected, Code: "api", Field: "email", Message: "used already", HTTPStatus: 422,
		Attempts: 1, RequestID: "q2", Faults: []push.Fault{{Field: "email", Message: "used already"}, {Field: "name", Message: "Zoë \"\\\u2028\""}, {Message: "m"}, {}}}
	doubtful := push.Outcome{Seq: 3, Status: plan.InDoubt, Code: "in_doubt", Message: "reset", Attempts: 1, RequestID: "q3 (server: edge)"}
	must(t, r.Conclude(ctx, created(1, "100")))
	must(t, r.Conclude(ctx, rejected))
	must(t, r.Conclude(ctx, doubtful))
	must(t, r.Close())
	b.reopen(t)
	counts, err := b.Counts(ctx, "one")
	must(t, err)
	want := plan.Counts{plan.Created: 1, plan.Rejected: 1, plan.InDoubt: 2, plan.NotAttempted: 1, plan.Invalid: 1,
		plan.Unchanged: 1, plan.Skipped: 1}
	if d := cmp.Diff(counts, want); d != "" {
		t.Errorf("counts differ (-got +want):\n%s", d)
	}
	entries := all(t, b.Entries(ctx, contacts(), "one"))
	got := plan.Counts{}
	for _, e := range entries {
		got[e.Status()]++
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("statuses of the entries differ from the counts (-got +want):\n%s", d)
	}
	for i, o := range []push.Outcome{created(1, "100"), rejected, doubtful} {
		if d := cmp.Diff(entries[i].Outcome, o); d != "" {
			t.Errorf("outcome %d differs (-got +want):\n%s", o.Seq, d)
		}
	}
	if got, want := seqs(all(t, b.Pending(ctx, contacts(), "one"))), []int64{5}; !slices.Equal(got, want) {
		t.Errorf("got pending %v, want %v", got, want)
	}
}

func longRunIsReadWhole(t *testing.T, b *backend) {
	const n = 2500 // three pages
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(n)))
	r := b.recorder(t, "one")
	for _, seq := range []int64{1, 999, 1000, 1001, 1999, 2000, n} {
		must(t, r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1}))
		must(t, r.Conclude(ctx, created(seq, fmt.Sprint(seq))))
	}
	must(t, r.Intend(ctx, push.Intent{Seq: 1500, Attempt: 1}))
	must(t, r.Close())
	for i, e := range all(t, b.Entries(ctx, contacts(), "one")) {
		seq := int64(i + 1)
		want := plan.NotAttempted
		switch seq {
		case 1, 999, 1000, 1001, 1999, 2000, n:
			want = plan.Created
		case 1500:
			want = plan.InDoubt
		}
		if e.Change.Seq != seq || e.Status() != want {
			t.Errorf("got change %d as %s, want %d as %s", e.Change.Seq, e.Status(), seq, want)
		}
	}
	if got := len(all(t, b.Pending(ctx, contacts(), "one"))); got != n-8 {
		t.Errorf("got %d pending, want %d", got, n-8)
	}
}

func intentIsDoubt(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(2)))
	began := time.Now()
	r := b.recorder(t, "one")
	must(t, r.Intend(ctx, push.Intent{Seq: 2, Attempt: 1, RequestID: "first"}))
	between := time.Now()
	must(t, r.Intend(ctx, push.Intent{Seq: 2, Attempt: 2, RequestID: "second"}))
	must(t, r.Close())
	b.reopen(t)
	doubts, err := b.Unanswered(ctx, contacts(), account, resource)
	must(t, err)
	if len(doubts) != 1 {
		t.Fatalf("got %d doubts, want 1: the attempts of a change are one doubt", len(doubts))
	}
	d := doubts[0]
	if d.First.Before(began) || d.First.After(between) || d.Last.Before(between) || d.Concluded {
		t.Errorf("got first %v, last %v, concluded %v, want the times of both intents and no conclusion", d.First, d.Last, d.Concluded)
	}
	d.First, d.Last = time.Time{}, time.Time{}
	want := ledger.Doubt{Run: "one", Change: create(2, keyAt(2)), Outcome: push.Outcome{Seq: 2, Status: plan.InDoubt,
		Code: model.CodeInDoubt, Message: d.Outcome.Message, Attempts: 2, RequestID: "second"}}
	if diff := cmp.Diff(d, want); diff != "" {
		t.Errorf("doubt differs (-got +want):\n%s", diff)
	}
	if d.Outcome.Message == "" {
		t.Error("the doubt does not say why")
	}
}

func doubtNamesItsLastRequest(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(1)))
	r := b.recorder(t, "one")
	wants := func(id string, attempts int) {
		t.Helper()
		must(t, r.Flush(ctx))
		doubts, err := b.Unanswered(ctx, contacts(), account, resource)
		if err != nil || len(doubts) != 1 || doubts[0].Outcome.RequestID != id || doubts[0].Outcome.Attempts != attempts {
			t.Errorf("got %+v (%v), want one doubt with request %q and %d attempts", doubts, err, id, attempts)
		}
	}
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1, RequestID: "q1"}))
	must(t, r.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.InDoubt, Attempts: 1, RequestID: "q1 (server: edge)"}))
	wants("q1 (server: edge)", 1)
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 2, RequestID: "q2"}))
	wants("q2", 2)
	must(t, r.Close())
}

func doubtIsSettled(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(2)))
	r := b.recorder(t, "one")
	for seq := range int64(2) {
		must(t, r.Intend(ctx, push.Intent{Seq: seq + 1, Attempt: 1, RequestID: "first"}))
	}
	must(t, r.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.InDoubt, Attempts: 1}))
	must(t, r.Close())
	doubts, err := b.Unanswered(ctx, contacts(), account, resource)
	must(t, err)
	if len(doubts) != 2 || !doubts[0].Concluded || doubts[1].Concluded {
		t.Fatalf("got %+v, want change 1 as concluded in doubt and change 2 as broken off", doubts)
	}
	b.reopen(t)
	r = b.recorder(t, "one")
	must(t, r.Conclude(ctx, created(1, "adopted"))) // found by looking
	must(t, r.Intend(ctx, push.Intent{Seq: 2, Attempt: 2}))
	must(t, r.Conclude(ctx, created(2, "sent again")))
	must(t, r.Close())
	if doubts, err = b.Unanswered(ctx, contacts(), account, resource); err != nil || len(doubts) != 0 {
		t.Errorf("got %d doubts (%v), want none", len(doubts), err)
	}
	must(t, b.Agree(ctx, "one", ""))
	ids, err := b.IDs(ctx, account, resource, []string{keyAt(1), keyAt(2)})
	must(t, err)
	if want := map[string]string{keyAt(1): "adopted", keyAt(2): "sent again"}; !cmp.Equal(ids, want) {
		t.Errorf("got ids %v, want %v", ids, want)
	}
}

func notAttemptedIsPending(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(2)))
	r := b.recorder(t, "one")
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}))
	must(t, r.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.NotAttempted, Attempts: 1}))
	must(t, r.Flush(ctx))
	if got, want := seqs(all(t, b.Pending(ctx, contacts(), "one"))), []int64{1, 2}; !slices.Equal(got, want) {
		t.Errorf("got pending %v, want %v", got, want)
	}
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1})) // the next process counts from 1 again
	must(t, r.Close())
	if got, want := seqs(all(t, b.Pending(ctx, contacts(), "one"))), []int64{2}; !slices.Equal(got, want) {
		t.Errorf("got pending %v, want %v: change 1 is in doubt now", got, want)
	}
	counts, err := b.Counts(ctx, "one")
	if want := (plan.Counts{plan.InDoubt: 1, plan.NotAttempted: 1}); err != nil || !cmp.Equal(counts, want) {
		t.Errorf("got counts %v (%v), want %v", counts, err, want)
	}
}

func finalOutcomeStays(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(1)))
	r := b.recorder(t, "one")
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}))
	must(t, r.Conclude(ctx, created(1, "100")))
	must(t, r.Flush(ctx))
	must(t, r.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.Failed}))
	if err := r.Flush(ctx); err == nil {
		t.Error("created became failed without an error")
	}
	if err := r.Close(); err == nil {
		t.Error("the broken recorder was closed without an error")
	}
	if counts, err := b.Counts(ctx, "one"); err != nil || counts[plan.Created] != 1 {
		t.Errorf("got counts %v (%v), want the first outcome", counts, err)
	}
}

func doubtsOfEveryRun(t *testing.T, b *backend) {
	ctx := t.Context()
	for _, c := range []struct{ id, account, resource string }{
		{"one", account, resource}, {"foreign", "another", resource}, {"customers", account, "cro/customer"}, {"two", account, resource},
	} {
		run := newRun(c.id)
		run.Account, run.Resource = c.account, c.resource
		var err error
		run.Sequence, err = b.Sequence(ctx, c.account, c.resource)
		must(t, err)
		must(t, b.SavePlan(ctx, contacts(), run, creates(2)))
		r := b.recorder(t, c.id)
		must(t, r.Intend(ctx, push.Intent{Seq: 2, Attempt: 1}))
		must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}))
		must(t, r.Close())
	}
	doubts, err := b.Unanswered(ctx, contacts(), account, resource)
	must(t, err)
	var got []string
	for _, d := range doubts {
		got = append(got, fmt.Sprint(d.Run, " ", d.Change.Seq))
	}
	if want := []string{"one 1", "one 2", "two 1", "two 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func intentsMoveSequence(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(3)))
	r := b.recorder(t, "one")
	sequence := func() int64 {
		t.Helper()
		n, err := b.Sequence(ctx, account, resource)
		must(t, err)
		run, err := b.Run(ctx, "one")
		must(t, err)
		if run.Sequence != n {
			t.Errorf("got sequence %d of the run, want the account's %d", run.Sequence, n)
		}
		return n
	}
	if got := sequence(); got != 0 {
		t.Errorf("got %d before the first write, want 0", got)
	}
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}))
	first := sequence()
	if first <= 0 {
		t.Errorf("got %d after an intent, want more than 0", first)
	}
	must(t, r.Conclude(ctx, created(1, "1")))
	must(t, r.Flush(ctx))
	if got := sequence(); got != first {
		t.Errorf("got %d after an outcome, want %d as before", got, first)
	}
	must(t, r.Intend(ctx, push.Intent{Seq: 2, Attempt: 1}))
	if got := sequence(); got <= first {
		t.Errorf("got %d after another intent, want more than %d", got, first)
	}
	must(t, r.Close())
	stale, err := b.Run(ctx, "one")
	must(t, err)
	stale.Sequence = 0
	must(t, b.UpdateRun(ctx, stale))
	sequence() // UpdateRun leaves the sequence alone
}

func overtakenRunCannotWrite(t *testing.T, b *backend) {
	ctx := t.Context()
	for _, id := range []string{"old", "new"} {
		must(t, b.SavePlan(ctx, contacts(), newRun(id), creates(2)))
	}
	r := b.recorder(t, "new")
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}))
	must(t, r.Close())
	r = b.recorder(t, "old")
	must(t, r.Conclude(ctx, push.Outcome{Seq: 2, Status: plan.Conflict})) // conclusions are welcome
	must(t, r.Flush(ctx))
	if err := r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v, want ErrStale", err)
	}
	if err := r.Close(); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("got %v on closing, want ErrStale", err)
	}
	if got, want := seqs(all(t, b.Pending(ctx, contacts(), "old"))), []int64{1}; !slices.Equal(got, want) {
		t.Errorf("got pending %v, want %v: the refused intent is not there", got, want)
	}
}

func createdRecordsAreKnown(t *testing.T, b *backend) {
	const n = 1200 // more than two queries, more than a page
	ctx := t.Context()
	run := newRun("one")
	run.State = ledger.StateRunning
	must(t, b.SavePlan(ctx, contacts(), run, func(yield func(plan.Change, error) bool) {
		for c := range creates(n) {
			if c.Seq == 7 {
				c.Key = "" // a row without a key has no place in the map
			}
			yield(c, nil)
		}
	}))
	r := b.recorder(t, "one")
	keys := []string{"unknown"}
	for seq := int64(1); seq <= n; seq++ {
		must(t, r.Conclude(ctx, created(seq, fmt.Sprint("id ", seq))))
		keys = append(keys, keyAt(int(seq)))
	}
	must(t, r.Close())
	if ids, err := b.IDs(ctx, account, resource, keys); err != nil || len(ids) > 0 {
		t.Errorf("got %d ids (%v) before the run is agreed on, want none", len(ids), err)
	}
	if known := all(t, b.KnownIDs(ctx, account, resource)); len(known) != n-1 {
		t.Errorf("got %d known ids before the run is agreed on, want %d all the same", len(known), n-1)
	}
	must(t, b.Agree(ctx, "one", ""))
	ids, err := b.IDs(ctx, account, resource, keys)
	must(t, err)
	if len(ids) != n-1 || ids[keyAt(n)] != fmt.Sprint("id ", n) {
		t.Errorf("got %d ids, the last %q, want %d and the last to be right", len(ids), ids[keyAt(n)], n-1)
	}
	known := all(t, b.KnownIDs(ctx, account, resource))
	if want := (ledger.KnownID{Key: keyAt(1), ID: "id 1", Run: "one"}); len(known) != n-1 || known[0] != want {
		t.Errorf("got %d known ids, the first %+v, want %d and %+v", len(known), known[0], n-1, want)
	}
	if ids, err = b.IDs(ctx, "another", resource, keys); err != nil || len(ids) != 0 {
		t.Errorf("got %d ids of another account (%v), want none", len(ids), err)
	}
}

func withdrawnIntentIsNotRecorded(t *testing.T, b *backend) {
	must(t, b.SavePlan(t.Context(), contacts(), newRun("one"), creates(200)))
	r := b.recorder(t, "one")
	acknowledged := map[int64]bool{}
	for seq := int64(1); seq <= 200; seq++ {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		err := r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		acknowledged[seq] = err == nil
	}
	must(t, r.Close())
	for _, e := range all(t, b.Entries(t.Context(), contacts(), "one")) {
		if got, want := e.Status() == plan.InDoubt, acknowledged[e.Change.Seq]; got != want {
			t.Errorf("intent %d: got recorded %v, want %v as it was answered", e.Change.Seq, got, want)
		}
	}
}

func closedRecorderTakesNothing(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(1)))
	r := b.recorder(t, "one")
	must(t, r.Conclude(ctx, created(1, "1")))
	must(t, r.Close())
	must(t, r.Close())
	for name, err := range map[string]error{
		"Intend": r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1}), "Conclude": r.Conclude(ctx, created(1, "1")), "Flush": r.Flush(ctx),
	} {
		if !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
	if counts, err := b.Counts(ctx, "one"); err != nil || counts[plan.Created] != 1 {
		t.Errorf("got counts %v (%v), want what was taken in before closing", counts, err)
	}
}

func outcomesAreDurableSoon(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(1)))
	r := b.recorder(t, "one")
	must(t, r.Conclude(ctx, created(1, "1")))
	for counts := (plan.Counts{}); counts[plan.Created] == 0; {
		var err error
		counts, err = b.Counts(ctx, "one")
		must(t, err)
	}
	must(t, r.Close())
}

func nonsenseIsTurnedOff(t *testing.T, b *backend) {
	ctx := t.Context()
	must(t, b.SavePlan(ctx, contacts(), newRun("one"), creates(1)))
	r := b.recorder(t, "one")
	if err := r.Intend(ctx, push.Intent{}); err == nil {
		t.Error("an intent for no change was taken in")
	}
	if err := r.Conclude(ctx, push.Outcome{Seq: 1}); err == nil {
		t.Error("an outcome without a status was taken in")
	}
	must(t, r.Close())
	if _, err := b.record(ctx, "two"); !errors.Is(err, ledger.ErrNoRun) {
		t.Errorf("got %v, want ErrNoRun", err)
	}
	if err := b.CreateRun(ctx, &ledger.Run{ID: "x"}); err == nil {
		t.Error("a run without an account was stored")
	}
	if err := b.SavePlan(ctx, contacts(), newRun("two"), each(decided(0, plan.Invalid))); err == nil {
		t.Error("a change with seq 0 was stored")
	}
}
