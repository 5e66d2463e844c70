package ledger_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// pushed stores a run of n creates that are all done.
func pushed(t *testing.T, l *ledger.Ledger, id string, n int) *ledger.Run {
	t.Helper()
	ctx := t.Context()
	run := newRun(id)
	var err error
	run.Sequence, err = l.Sequence(ctx, account, resource)
	must(t, err)
	must(t, l.SavePlan(ctx, contacts(), run, func(yield func(plan.Change, error) bool) {
		for c := range creates(n) {
			c.Key += " of " + id
			c.Record[2] = value(model.String, fmt.Sprintf("private-%d@%s", c.Seq, id))
			if c.Seq == 2 {
				c.Problems = []model.Problem{{Row: 3, Column: "Phone", Field: "number", Code: "bad_phone", Value: "private-phone", Message: "'private-phone' is none", Hint: "h"}}
			}
			if !yield(c, nil) {
				return
			}
		}
	}))
	r, err := l.Recorder(ctx, id)
	must(t, err)
	for seq := int64(1); seq <= int64(n); seq++ {
		must(t, r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1, RequestID: fmt.Sprint("q", seq)}))
		must(t, r.Conclude(ctx, created(seq, fmt.Sprintf("%s-%d", id, seq))))
	}
	must(t, r.Close())
	must(t, l.Agree(ctx, id, ""))
	stored, err := l.Run(ctx, id)
	must(t, err)
	return stored
}

// A purge of more rows than fit on a page takes what is personal, and nothing else.
func TestPurgeTakesWhatIsPersonalAndKeepsTheAccount(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l := openAt(t, dir)
	const n = 1100
	old, young := pushed(t, l, "old", n), pushed(t, l, "young", 3)
	before, err := l.Counts(ctx, "old")
	must(t, err)
	must(t, l.Purge(ctx, []ledger.Run{*old}, map[string][]byte{"old": []byte("kept")}))
	must(t, l.Compact(ctx))

	after, err := l.Counts(ctx, "old")
	must(t, err)
	if d := cmp.Diff(after, before); d != "" {
		t.Errorf("the account has changed (-got +want):\n%s", d)
	}
	entries := all(t, l.Entries(ctx, contacts(), "old"))
	if len(entries) != n {
		t.Fatalf("got %d entries, want %d", len(entries), n)
	}
	for i, e := range entries {
		if e.Change.Key != "" || e.Change.Record != nil || e.Outcome.Message != "" {
			t.Fatalf("entry %d still has %+v", i, e)
		}
		if want := fmt.Sprintf("old-%d", i+1); e.Outcome.ID != want || e.Change.Row != i+2 {
			t.Fatalf("entry %d: got record %q of row %d, want %q of row %d", i, e.Outcome.ID, e.Change.Row, want, i+2)
		}
	}
	if d := cmp.Diff(entries[1].Change.Problems, []model.Problem{{Row: 3, Column: "Phone", Field: "number", Code: "bad_phone"}}); d != "" {
		t.Errorf("the problem differs (-got +want):\n%s", d)
	}
	if run, err := l.Run(ctx, "old"); err != nil || string(run.Settings) != "kept" || run.Sequence != old.Sequence {
		t.Errorf("got settings %q, sequence %d (%v), want those that were given and %d", run.Settings, run.Sequence, err, old.Sequence)
	}
	other := all(t, l.Entries(ctx, contacts(), young.ID))
	if len(other) != 3 || other[0].Change.Key != keyAt(1)+" of young" {
		t.Errorf("the other run has become %+v", other)
	}
	if sent := all(t, l.Sent(ctx, contacts(), account, resource)); len(sent) != 3 {
		t.Errorf("got %d records that were sent, want the 3 of the other run", len(sent))
	}
	for _, name := range []string{"ledger.db", "ledger.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		for _, text := range []string{"@old", "of old"} {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s still holds %q", name, text)
			}
		}
	}
}

// Keys that are purged are found by who has them, also after a later purge and after the record was made anew.
func TestPurgedKeysAreFoundByWhoHasThem(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l := openAt(t, dir)
	pushed(t, l, "one", 2)
	pushed(t, l, "two", 2)
	keys := []string{keyAt(1) + " of one", keyAt(2) + " of one", keyAt(1) + " of two", keyAt(9) + " of one"}
	want := map[string]string{keys[0]: "one-1", keys[1]: "one-2", keys[2]: "two-1"}
	for _, id := range []string{"one", "two"} {
		run, err := l.Run(ctx, id)
		must(t, err)
		must(t, l.Purge(ctx, []ledger.Run{*run}, nil))
		must(t, l.Purge(ctx, []ledger.Run{*run}, nil)) // after a crash
		must(t, l.Compact(ctx))
		got, err := l.IDs(ctx, account, resource, keys)
		must(t, err)
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("after run %s (-got +want):\n%s", id, d)
		}
	}
	seals, err := l.Seals(ctx)
	must(t, err)
	for _, k := range all(t, l.KnownIDs(ctx, account, resource)) {
		if !k.Sealed || strings.Contains(k.Key, "key") {
			t.Errorf("%+v can be read", k)
		}
	}
	// The record was made anew: the new one counts, sealed or not.
	again := newRun("three")
	again.Sequence, err = l.Sequence(ctx, account, resource)
	must(t, err)
	must(t, l.SavePlan(ctx, contacts(), again, each(create(1, keys[0]))))
	r, err := l.Recorder(ctx, "three")
	must(t, err)
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1, RequestID: "q"}))
	must(t, r.Conclude(ctx, created(1, "three-1")))
	must(t, r.Close())
	if err := l.Purge(ctx, []ledger.Run{*again}, nil); err == nil || !strings.Contains(err.Error(), "agree on it first") {
		t.Errorf("got %v, want no purge of a run whose new records nobody would find again", err)
	}
	must(t, l.Agree(ctx, "three", ""))
	for range 2 {
		got, err := l.IDs(ctx, account, resource, keys[:1])
		must(t, err)
		if got[keys[0]] != "three-1" {
			t.Errorf("got record %q, want the one that was made last", got[keys[0]])
		}
		must(t, l.Purge(ctx, []ledger.Run{*again}, nil))
	}
	seal := seals.Seal(keys[0])
	if seal == seals.Seal(keys[1]) || seal != seals.Seal(keys[0]) {
		t.Error("a seal does not tell keys apart")
	}
}

// A change whose request was never answered needs all that was sent to be looked for.
func TestARunInDoubtIsNotPurged(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l := openAt(t, newFolder(t))
	run := newRun("one")
	must(t, l.SavePlan(ctx, contacts(), run, creates(2)))
	r, err := l.Recorder(ctx, "one")
	must(t, err)
	must(t, r.Intend(ctx, push.Intent{Seq: 1, Attempt: 1, RequestID: "q1"}))
	must(t, r.Close())
	if err := l.Purge(ctx, []ledger.Run{*run}, nil); err == nil || !strings.Contains(err.Error(), "1 of its changes are in doubt") {
		t.Errorf("got %v, want a refusal", err)
	}
	if doubts, err := l.Unanswered(ctx, contacts(), account, resource); err != nil || len(doubts) != 1 || doubts[0].Change.Record == nil {
		t.Errorf("got doubts %+v (%v), want the one with what was sent", doubts, err)
	}
}
