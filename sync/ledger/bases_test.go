package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// met stores a run of a lineage that has met records with what they agree on, and nothing to send.
func met(t *testing.T, l *ledger.Ledger, run, lineage string, agreed map[string]string) *ledger.Run {
	t.Helper()
	ctx := t.Context()
	must(t, l.SavePlan(ctx, contacts(), newRun(run), func(yield func(plan.Change, error) bool) {
		seq := int64(0)
		for _, id := range []string{"1", "2", "3", "4"} {
			email, is := agreed[id]
			if !is {
				continue
			}
			seq++
			c := decided(seq, plan.Unchanged)
			if c.ID = id; email != "" {
				c.Agreed = texted(contacts(), "email="+email)
			}
			yield(c, nil)
		}
	}))
	must(t, l.Agree(ctx, run, lineage))
	r, err := l.Run(ctx, run)
	must(t, err)
	return r
}

// basesOf is the bases of a lineage, in words.
func basesOf(t *testing.T, l *ledger.Ledger, lineage string) map[string]string {
	t.Helper()
	b := &backend{store: embedded{l}}
	got := map[string]string{}
	for _, id := range []string{"1", "2", "3", "4"} {
		if text := base(t, b, ours(lineage), id); text != "none" {
			got[id] = text
		}
	}
	return got
}

// TestPurgedRunsTakeTheirBases, but for those of records that a later run has found as they were: without them what somebody has
// changed in the API meanwhile would be overwritten by the next sync.
func TestPurgedRunsTakeTheirBases(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l := openAt(t, dir)
	old := met(t, l, "old", "", map[string]string{"1": "met-again@x.org", "2": "private-2@x.org", "3": "moved@x.org"})
	met(t, l, "young", "", map[string]string{"1": "", "3": "young@x.org", "4": "own@x.org"})
	other := met(t, l, "elsewhere", "e1", map[string]string{"2": "in-lineage@x.org"})
	for range 2 { // the second time after a crash
		must(t, l.Purge(ctx, []ledger.Run{*old}, nil))
	}
	must(t, l.Compact(ctx))
	want := map[string]string{"1": "email=met-again@x.org", "3": "email=young@x.org", "4": "email=own@x.org"}
	if d := cmp.Diff(basesOf(t, l, ""), want); d != "" {
		t.Errorf("bases (-got +want):\n%s", d)
	}
	if d := cmp.Diff(basesOf(t, l, "e1"), map[string]string{"2": "email=in-lineage@x.org"}); d != "" {
		t.Errorf("those of another lineage have changed (-got +want):\n%s", d)
	}
	mustNotHold(t, dir, "private-2")
	old.State = ledger.StatePurged
	must(t, l.UpdateRun(ctx, old))
	young, err := l.Run(ctx, "young")
	must(t, err)
	must(t, l.Purge(ctx, []ledger.Run{*young, *other}, nil))
	must(t, l.Compact(ctx))
	if got := len(basesOf(t, l, "")) + len(basesOf(t, l, "e1")); got != 0 {
		t.Errorf("%d bases are left of runs that are all purged", got)
	}
	mustNotHold(t, dir, "@x.org")
}

// mustNotHold fails the test if a file of the ledger holds a text.
func mustNotHold(t *testing.T, dir, text string) {
	t.Helper()
	for _, name := range []string{"ledger.db", "ledger.db-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if bytes.Contains(data, []byte(text)) {
			t.Errorf("%s still holds %q", name, text)
		}
	}
}

func TestPurgedExportsTakeTheirLineage(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l, m := openAt(t, dir), contacts()
	for _, name := range []string{"e1", "e2"} {
		must(t, l.SavePlan(ctx, m, newRun(name), each()))
		must(t, l.SaveBases(ctx, m, ours(name), seen(plan.Found{ID: "1", Record: texted(m, "name=private "+name)})))
	}
	sync := met(t, l, "sync", "e1", map[string]string{"1": "private-sync@x.org"})
	export, err := l.Run(ctx, "e1")
	must(t, err)
	must(t, l.Purge(ctx, []ledger.Run{*export}, nil))
	must(t, l.Compact(ctx))
	if got := basesOf(t, l, "e1"); len(got) != 0 {
		t.Errorf("a purged export has the bases %v", got)
	}
	if got := basesOf(t, l, "e2"); len(got) != 1 {
		t.Errorf("the other export has the bases %v, want its one", got)
	}
	mustNotHold(t, dir, "private e1")
	mustNotHold(t, dir, "private-sync")
	must(t, l.Purge(ctx, []ledger.Run{*sync}, nil))
}

// TestPurgedPlansSayNothingMore: what a plan would have agreed on is personal, too.
func TestPurgedPlansSayNothingMore(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l, m := openAt(t, dir), contacts()
	c := update(1, "1", "x@x.org")
	c.Agreed = texted(m, "name=private name")
	must(t, l.SavePlan(ctx, m, newRun("plan"), each(c)))
	run, err := l.Run(ctx, "plan")
	must(t, err)
	must(t, l.Purge(ctx, []ledger.Run{*run}, nil))
	must(t, l.Compact(ctx))
	mustNotHold(t, dir, "private name")
	must(t, l.Agree(ctx, "plan", ""))
	if got := basesOf(t, l, ""); len(got) != 0 {
		t.Errorf("a purged plan has agreed on %v", got)
	}
}

// TestDeadExportsAreDropped: an export that died has begun a lineage, and no run may ever account for it.
func TestDeadExportsAreDropped(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l, m := openAt(t, dir), contacts()
	err := l.SaveBases(ctx, m, ours("e1"), func(yield func(plan.Found, error) bool) {
		for i := range 2500 {
			yield(plan.Found{ID: fmt.Sprint(i), Record: texted(m, "name=private name")}, nil)
		}
		must(t, l.DropDrafts(ctx, account, resource))
		must(t, l.Compact(ctx))
		mustNotHold(t, dir, "private name")
	})
	if err == nil || !strings.Contains(err.Error(), "export again") {
		t.Errorf("got %v, want the export to learn of it", err)
	}
}

// TestQuietNightsWriteNoBases: the nightly run in which nothing has moved.
func TestQuietNightsWriteNoBases(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), newFolder(t)
	l := openAt(t, dir)
	met(t, l, "first", "", map[string]string{"1": "a@x.org", "2": "b@x.org"})
	must(t, l.Exec(ctx, "CREATE TRIGGER quiet BEFORE INSERT ON bases BEGIN SELECT RAISE(ABORT, 'a base was written'); END"))
	must(t, l.Exec(ctx, "CREATE TRIGGER silent BEFORE INSERT ON agreements BEGIN SELECT RAISE(ABORT, 'an agreement was written'); END"))
	met(t, l, "second", "", map[string]string{"1": "", "2": ""})
	must(t, l.Exec(ctx, "DROP TRIGGER quiet; DROP TRIGGER silent"))
}

// TestBasesOutliveTheirTarget: fields come and go, and bases stay.
func TestBasesOutliveTheirTarget(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l := openAt(t, newFolder(t))
	must(t, l.SavePlan(ctx, contacts(), newRun("one"), each(update(1, "1", "x@x.org"))))
	r, err := l.Recorder(ctx, "one")
	must(t, err)
	must(t, r.Conclude(ctx, ended(1, plan.Updated, "1")))
	must(t, r.Close())
	must(t, l.Agree(ctx, "one", ""))
	bases, err := l.Bases(ctx, modelOf("born", "new"), ours(""))
	must(t, err)
	got, err := bases.Base(ctx, "1")
	if d := cmp.Diff(got, model.Record{{}, {}}); err != nil || d != "" {
		t.Errorf("base under another model: %v (-got +want):\n%s", err, d)
	}
}

// TestRunsFromBeforeAgreeOnNothing: an interrupted run of an older Rollcall is gone on with as it was begun.
func TestRunsFromBeforeAgreeOnNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l := openAt(t, oldLedger(t))
	must(t, l.Agree(ctx, oldRun, ""))
	if runs, err := l.Unagreed(ctx, account, resource); err != nil || len(runs) != 0 {
		t.Errorf("got %d runs to agree on (%v), want none", len(runs), err)
	}
	bases, err := l.Bases(ctx, contacts(), ours(""))
	must(t, err)
	if !bases.None() {
		t.Error("an old ledger has bases")
	}
}

func TestDamageOfBasesIsNamed(t *testing.T) {
	t.Parallel()
	read := func(id string) func(context.Context, *ledger.Ledger) error {
		return func(ctx context.Context, l *ledger.Ledger) error {
			b, err := l.Bases(ctx, contacts(), ours(""))
			if err == nil {
				_, err = b.Base(ctx, id)
			}
			return err
		}
	}
	agree := func(ctx context.Context, l *ledger.Ledger) error { return l.Agree(ctx, "two", "") }
	for name, c := range map[string]struct {
		spoil string
		read  func(context.Context, *ledger.Ledger) error
		says  string
	}{
		"a base that is another":                    {"UPDATE bases SET record = replace(record, '@', '#')", read("1"), "table bases, record 1"},
		"a base that is gone":                       {"DELETE FROM bases WHERE record_id = '2'", read("1"), "1 bases of 2"},
		"a base of another record":                  {"UPDATE bases SET record_id = '9' WHERE record_id = '2'", read("2"), "table bases, record 9"},
		"a base that somebody else moved":           {"UPDATE bases SET run = 7", read("1"), "table bases, record 1"},
		"a lineage of another name":                 {"UPDATE lineages SET name = 'x'", read("1"), `table lineages, "x"`},
		"an agreement that is another":              {"UPDATE agreements SET record = ''", agree, "table agreements, run 2, change 1"},
		"an agreement that is gone":                 {"DELETE FROM agreements", agree, "0 agreements of 1"},
		"a run that claims to have agreed":          {"UPDATE agreed_runs SET intents = 0, outcomes = 0 WHERE run = 2", agree, "table agreed_runs, run 2"},
		"a run whose agreements are moved":          {"UPDATE agreed_runs SET run = 9 WHERE run = 2", agree, "table agreed_runs, run 9"},
		"a change that is gone under its agreement": {"DELETE FROM changes WHERE id / 4294967296 = 2", agree, "change 1 has an agreement and is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			l := openAt(t, newFolder(t))
			met(t, l, "one", "", map[string]string{"1": "a@x.org", "2": "b@x.org"})
			same := decided(1, plan.Unchanged)
			same.ID, same.Agreed = "1", texted(contacts(), "name=Ann")
			must(t, l.SavePlan(ctx, contacts(), newRun("two"), each(same)))
			must(t, l.Exec(ctx, c.spoil))
			if err := c.read(ctx, l); !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want damage that says %q", err, c.says)
			}
		})
	}
}
