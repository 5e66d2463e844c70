package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// boss is the field of the test's records that holds the id of another one.
const boss = 3

// waits makes a change wait for the records of others, so many levels above the ground.
func waits(c plan.Change, level int, after ...int64) plan.Change {
	c.Order.Level = level
	for i, seq := range after {
		c.Order.After = append(c.Order.After, plan.Wait{
			Field: boss + i, Name: contacts().Fields[boss+i].Name, Kind: model.String, Seq: seq, Row: int(seq) + 1,
		})
	}
	return c
}

// family is a plan in which the sheet names everybody before who is above him.
func family() []plan.Change {
	return []plan.Change{
		waits(create(1, "grandchild"), 2, 2), waits(create(2, "child"), 1, 5), create(3, "other"),
		waits(create(4, "second child"), 1, 5), create(5, "parent"), waits(create(6, "of two"), 2, 2, 5),
	}
}

// told is a change with what it waits for and what it has of it.
func told(c plan.Change) string {
	text := fmt.Sprint(c.Seq)
	for _, i := range []int{boss, boss + 1} {
		if c.Record[i].Known() {
			text += " " + contacts().Fields[i].Name + "=" + c.Record[i].Text
		}
	}
	for _, w := range c.Order.After {
		text += fmt.Sprintf(" %s after %d in row %d %s", w.Name, w.Seq, w.Row, w.Status)
	}
	if c.Order.Awaited {
		text += " awaited"
	}
	return strings.TrimSpace(text)
}

func tellAll(changes []plan.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, told(c))
	}
	return out
}

func TestChangesComeAfterWhatTheyWaitFor(t *testing.T) {
	t.Parallel()
	ctx, l := t.Context(), openAt(t, newFolder(t))
	run := newRun("one")
	must(t, l.SavePlan(ctx, contacts(), run, each(family()...)))
	pending := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(tellAll(all(t, l.Pending(ctx, contacts(), "one"))), want); d != "" {
			t.Errorf("pending (-got +want):\n%s", d)
		}
	}
	pending("3", "5 awaited", "2 age after 5 in row 6  awaited", "4 age after 5 in row 6", "1 age after 2 in row 3", "6 age after 2 in row 3  credit after 5 in row 6")
	r, err := l.Recorder(ctx, "one")
	must(t, err)
	must(t, r.Intend(ctx, push.Intent{Seq: 5, Attempt: 1, RequestID: "q"}))
	pending("3", "2 age after 5 in row 6 in_doubt awaited", "4 age after 5 in row 6 in_doubt", "1 age after 2 in row 3", "6 age after 2 in row 3  credit after 5 in row 6 in_doubt")
	must(t, r.Conclude(ctx, created(5, "500")))
	must(t, r.Flush(ctx))
	pending("3", "2 age=500 awaited", "4 age=500", "1 age after 2 in row 3", "6 credit=500 age after 2 in row 3")
	must(t, r.Conclude(ctx, push.Outcome{Seq: 2, Status: plan.Rejected, Code: model.CodeAPIRejected}))
	must(t, r.Intend(ctx, push.Intent{Seq: 4, Attempt: 1, RequestID: "q4"}))
	must(t, r.Close())
	pending("3", "1 age after 2 in row 3 rejected", "6 credit=500 age after 2 in row 3 rejected")

	doubts, err := l.Unanswered(ctx, contacts(), account, resource)
	must(t, err)
	if len(doubts) != 1 || told(doubts[0].Change) != "4 age=500" {
		t.Errorf("got %v, want one doubt, of a change that was sent with the id of its parent", doubts)
	}
	var entries []string
	for _, e := range all(t, l.Entries(ctx, contacts(), "one")) {
		entries = append(entries, told(e.Change))
	}
	if want := []string{"1 age after 2 in row 3 rejected", "2 age=500 awaited", "3", "4 age=500", "5 awaited", "6 credit=500 age after 2 in row 3 rejected"}; !slices.Equal(entries, want) {
		t.Errorf("got entries\n%q, want\n%q", entries, want)
	}
	var planned []string
	for _, e := range all(t, l.EntriesAsPlanned(ctx, contacts(), "one")) {
		planned = append(planned, told(e.Change))
	}
	if want := []string{"1 age after 2 in row 3 rejected", "2 age after 5 in row 6 created awaited", "3", "4 age after 5 in row 6 created", "5 awaited",
		"6 age after 2 in row 3 rejected credit after 5 in row 6 created"}; !slices.Equal(planned, want) {
		t.Errorf("got entries as planned\n%q, want\n%q", planned, want)
	}
	if run.Hashes.Waits != 5 {
		t.Errorf("got %d waits in the run, want 5", run.Hashes.Waits)
	}
}

func TestWhatWasSentHasTheIDsThatWereWaitedFor(t *testing.T) {
	t.Parallel()
	ctx, l := t.Context(), openAt(t, newFolder(t))
	must(t, l.SavePlan(ctx, contacts(), newRun("one"), each(create(1, "parent"), waits(create(2, "child"), 1, 1))))
	r, err := l.Recorder(ctx, "one")
	must(t, err)
	must(t, r.Conclude(ctx, created(1, "100")))
	must(t, r.Conclude(ctx, created(2, "200")))
	must(t, r.Close())
	sent := all(t, l.Sent(ctx, contacts(), account, resource))
	if len(sent) != 2 || sent[1].ID != "200" || sent[1].Record[boss] != value(model.String, "100") {
		t.Errorf("got %v, want that record 200 was sent with age 100", sent)
	}
	must(t, l.Agree(ctx, "one", ""))
	bases, err := l.Bases(ctx, contacts(), ledger.Lineage{Account: account, Resource: resource})
	must(t, err)
	base, err := bases.Base(ctx, "200")
	must(t, err)
	if base == nil || base[boss] != value(model.String, "100") {
		t.Errorf("got the base %v, want it to have age 100", base)
	}
	must(t, l.Purge(ctx, []ledger.Run{*newRun("one")}, map[string][]byte{"one": []byte("{}")}))
	if n := len(all(t, l.Entries(ctx, contacts(), "one"))); n != 2 {
		t.Errorf("got %d entries of a purged run, want 2", n)
	}
}

func TestAPlanKeepsItsOrderOverPages(t *testing.T) {
	t.Parallel()
	const n = 2500 // three pages
	ctx, l := t.Context(), openAt(t, newFolder(t))
	must(t, l.SavePlan(ctx, contacts(), newRun("one"), func(yield func(plan.Change, error) bool) {
		for seq := int64(1); seq < n; seq++ {
			if !yield(waits(create(seq, keyAt(int(seq))), int(n-seq), seq+1), nil) {
				return
			}
		}
		yield(create(n, "top"), nil)
	}))
	want := int64(n)
	for _, seq := range seqs(all(t, l.Pending(ctx, contacts(), "one"))) {
		if seq != want {
			t.Fatalf("got change %d, want %d: a chain is pushed from its end", seq, want)
		}
		want--
	}
	if want != 0 {
		t.Errorf("%d changes are not there", want)
	}
}

func TestAPlanThatWaitsForItselfIsRefused(t *testing.T) {
	t.Parallel()
	ctx, l := t.Context(), openAt(t, newFolder(t))
	for _, c := range []plan.Change{waits(create(1, "a"), 1, 1), waits(create(1, "a"), 1, 0)} {
		if err := l.SavePlan(ctx, contacts(), newRun("one"), each(c)); err == nil {
			t.Errorf("saved a change that waits for %d", c.Order.After[0].Seq)
		}
	}
}

// TestNobodyIsSentBeforeWhatIsLost: a wait that is gone or wrong would let a change go too early, or never.
func TestNobodyIsSentBeforeWhatIsLost(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{
		"DELETE FROM waits WHERE after_id % 4294967296 = 2",
		"UPDATE waits SET after_id = after_id + 1",
		"UPDATE waits SET field = 'email'",
		"UPDATE runs SET body = replace(body, '\"waits\":5', '\"waits\":4')",
		"UPDATE runs SET body = replace(body, ',\"waits\":5', '')",
	} {
		t.Run(damage, func(t *testing.T) {
			t.Parallel()
			dir := newFolder(t)
			l := openAt(t, dir)
			must(t, l.SavePlan(t.Context(), contacts(), newRun("one"), each(family()...)))
			db, err := sql.Open("sqlite", filepath.Join(dir, "ledger.db"))
			must(t, err)
			done, err := db.ExecContext(t.Context(), damage)
			must(t, errors.Join(err, db.Close()))
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				t.Fatalf("the damage changed %d rows: %v", n, err)
			}
			got, err := gather(l.Pending(t.Context(), contacts(), "one"))
			if !errors.Is(err, ledger.ErrDamaged) || len(got) > 0 {
				t.Errorf("got %v after %q, want that the ledger is damaged and nobody may be sent", err, tellAll(got))
			}
		})
	}
}

func TestARunKeepsItsWaitsWhateverItsCallerSays(t *testing.T) {
	t.Parallel()
	ctx, l := t.Context(), openAt(t, newFolder(t))
	must(t, l.SavePlan(ctx, contacts(), newRun("one"), each(family()...)))
	must(t, l.UpdateRun(ctx, newRun("one")))
	if n := len(all(t, l.Pending(ctx, contacts(), "one"))); n != 6 {
		t.Errorf("got %d pending changes, want 6", n)
	}
	run, err := l.Run(ctx, "one")
	must(t, err)
	if run.Hashes.Waits != 5 {
		t.Errorf("got %d waits, want 5", run.Hashes.Waits)
	}
}
