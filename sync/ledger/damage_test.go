package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// fillLedger makes a ledger with something in every table, and closes it.
func fillLedger(t *testing.T, dir string, runs ...string) {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	for _, id := range runs {
		fillRun(t, l, id)
	}
	must(t, l.SetCache(t.Context(), account, "categories", []byte(`{"a":1}`)))
	must(t, l.SaveBases(t.Context(), contacts(), ours("e1"), func(yield func(plan.Found, error) bool) {
		for i := range 40 {
			yield(plan.Found{ID: fmt.Sprint(i), Record: texted(contacts(), "name=Ann", "email=")}, nil)
		}
	}))
	must(t, l.Agree(t.Context(), runs[0], ""))
	must(t, l.Close())
}

func fillRun(t *testing.T, l *ledger.Ledger, id string) {
	t.Helper()
	ctx := t.Context()
	run := newRun(id)
	var err error
	run.Sequence, err = l.Sequence(ctx, account, resource)
	must(t, err)
	must(t, l.SavePlan(ctx, contacts(), run, func(yield func(plan.Change, error) bool) {
		for c := range creates(40) {
			c.Key += id
			yield(c, nil)
		}
		for _, c := range wholePlan() {
			c.Seq += 40
			yield(c, nil)
		}
	}))
	r, err := l.Recorder(ctx, id)
	must(t, err)
	for seq := int64(1); seq <= 30; seq++ {
		must(t, r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1, RequestID: fmt.Sprint("q", seq)}))
		if seq%10 != 0 {
			must(t, r.Conclude(ctx, created(seq, fmt.Sprint(id, seq))))
		}
	}
	must(t, r.Conclude(ctx, push.Outcome{Seq: 20, Status: plan.InDoubt, Message: "taken; nothing found", Faults: []push.Fault{{Field: "name", Message: "taken"}}}))
	must(t, r.Close())
}

// dump is everything that the ledger says.
func dump(ctx context.Context, dir string) (text string, err error) {
	l, err := ledger.Open(ctx, dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	var b strings.Builder
	runs, err := l.Runs(ctx, 0)
	if err != nil {
		return "", err
	}
	for _, r := range runs {
		again, err := l.FindRun(ctx, r.ID)
		if err != nil {
			return "", err
		}
		entries, err := gather(l.Entries(ctx, contacts(), r.ID))
		if err != nil {
			return "", err
		}
		pending, err := gather(l.Pending(ctx, contacts(), r.ID))
		if err != nil {
			return "", err
		}
		counts, err := l.Counts(ctx, r.ID)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%+v\n%+v\n%+v\n%+v\n%v\n", r, *again, entries, pending, counts)
	}
	latest, err := l.LatestRun(ctx, account, resource)
	if err != nil {
		return "", err
	}
	doubts, err := l.Unanswered(ctx, contacts(), account, resource)
	if err != nil {
		return "", err
	}
	sequence, err := l.Sequence(ctx, account, resource)
	if err != nil {
		return "", err
	}
	known, err := gather(l.KnownIDs(ctx, account, resource))
	if err != nil {
		return "", err
	}
	for _, lineage := range []string{"", "e1"} {
		bases, err := l.Bases(ctx, contacts(), ours(lineage))
		if err != nil {
			return "", err
		}
		for i := range 41 {
			for _, id := range []string{fmt.Sprint(i), runs[len(runs)-1].ID + fmt.Sprint(i)} {
				base, err := bases.Base(ctx, id)
				if err != nil {
					return "", err
				}
				fmt.Fprintf(&b, "%s %v\n", id, base)
			}
		}
	}
	unagreed, err := l.Unagreed(ctx, account, resource)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "%+v\n", unagreed)
	data, at, err := l.Cache(ctx, account, "categories")
	fmt.Fprintf(&b, "%+v\n%+v\n%d\n%+v\n%s %v\n", *latest, doubts, sequence, known, data, at)
	return b.String(), err
}

// spoilable is ledgers with something in every table, whole and sound, by the file that is to be spoilt: one was closed, and the
// second half of the other was left in the write-ahead log by a crash.
func spoilable(t *testing.T) map[string]files {
	t.Helper()
	const first, second = "20261121-one", "20261122-two"
	closed, crashed := newFolder(t), newFolder(t)
	fillLedger(t, closed, first, second)
	fillLedger(t, crashed, first)
	fillRun(t, openAt(t, crashed), second)
	return map[string]files{"ledger.db": readFiles(t, closed), "ledger.db-wal": readFiles(t, crashed)}
}

// Every flipped bit, in the database or in its log, is either found, or changes nothing of what the ledger says (free space,
// figures for SQLite alone).
func TestFlippedBitsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("many times the same on one goroutine: nothing for the race detector, which asks for the short run")
	}
	t.Parallel()
	for name, whole := range spoilable(t) {
		flipBits(t, name, whole, somewhere(len(whole[name]), 60))
	}
}

// The share has the figure that is asked for, 1,000 positions, and the first page, which says how to read all the others.
func TestFlippedBitsAreFoundLong(t *testing.T) {
	if !long() {
		t.Skip("ROLLCALL_LONG is not set")
	}
	t.Parallel()
	for name, whole := range spoilable(t) {
		flipBits(t, name, whole, somewhere(len(whole[name]), share(0, 500, 25_000)))
		flipBits(t, name, whole, somewhere(100, share(0, 150, 800)))
	}
}

// somewhere is n bits of the first bytes of a file.
func somewhere(bytes, n int) (bits []int) {
	random := rand.New(rand.NewPCG(1, 2))
	if n >= 8*bytes {
		return random.Perm(8 * bytes)
	}
	for range n {
		bits = append(bits, random.IntN(8*bytes))
	}
	return bits
}

// flipBits flips one bit after another.
func flipBits(t *testing.T, name string, whole files, bits []int) {
	t.Helper()
	spoilt := newFolder(t)
	whole.put(t, spoilt)
	want, err := dump(t.Context(), spoilt)
	must(t, err)
	found := 0
	for _, bit := range bits {
		f := whole.with(name, bytes.Clone(whole[name]))
		f[name][bit/8] ^= 1 << (bit % 8)
		f.put(t, spoilt)
		got, err := dump(t.Context(), spoilt)
		switch {
		case errors.Is(err, ledger.ErrDamaged) && strings.Contains(err.Error(), "put back a copy"):
			found++
		case err != nil:
			t.Errorf("%s, bit %d of byte %d: got %v, want damage and what to do", name, bit%8, bit/8, err)
		case got != want:
			t.Errorf("%s, bit %d of byte %d: the ledger said something else and nobody noticed", name, bit%8, bit/8)
		}
	}
	t.Logf("%s: %d flips of %d found, the others changed nothing", name, found, len(bits))
	if found < len(bits)/4 {
		t.Errorf("%s: got %d flips of %d found, want a quarter at least", name, found, len(bits))
	}
}

func TestDamageIsNamed(t *testing.T) {
	t.Parallel()
	const run = "20261122-two"
	pending := func(ctx context.Context, l *ledger.Ledger) error {
		_, err := gather(l.Pending(ctx, contacts(), run))
		return err
	}
	for name, c := range map[string]struct {
		spoil string
		read  func(context.Context, *ledger.Ledger) error
		says  string
	}{
		"a change that says something else": {
			"UPDATE changes SET record = replace(record, 'key', 'kex') WHERE id % 4294967296 = 33", pending, "table changes, run 2, change 33"},
		"a change that is gone": {"DELETE FROM changes WHERE id % 4294967296 = 47", pending, "44 changes of 45"},
		"a change that is gone under its outcome": {
			"DELETE FROM changes WHERE id % 4294967296 = 3", pending, "change 3 has an outcome and is gone"},
		"an outcome that says something else": {
			"UPDATE outcomes SET status = 'rejected' WHERE change_id % 4294967296 = 3", pending, "table outcomes, run 2, change 3"},
		"an outcome that has lost its faults": {
			"UPDATE outcomes SET faults = '' WHERE change_id % 4294967296 = 20", pending, "table outcomes, run 2, change 20"},
		"an outcome with faults out of nowhere": {
			"UPDATE outcomes SET faults = '[]' WHERE change_id % 4294967296 = 3", pending, "table outcomes, run 2, change 3"},
		"an outcome that is gone": {"DELETE FROM outcomes WHERE change_id % 4294967296 = 3", pending, "27 outcomes of 28"},
		"an intent that claims an answer": {
			"UPDATE attempts SET status = 'created' WHERE id % 4294967296 = 10", pending, "table attempts, run 2, intent 10"},
		"an intent that is gone":              {"DELETE FROM attempts WHERE id % 4294967296 = 10", pending, "29 intents of 30"},
		"a run that claims to have no doubts": {"UPDATE runs SET doubts = 0", pending, "progress of run"},
		"a run with other settings":           {"UPDATE runs SET settings = 'x'", pending, "table runs, run " + run},
		"a write sequence that was turned back": {"UPDATE scopes SET sequence = 0", func(ctx context.Context, l *ledger.Ledger) error {
			_, err := l.Sequence(ctx, account, resource)
			return err
		}, "table scopes"},
		"an id that is another": {"UPDATE ids SET record_id = '1'", func(ctx context.Context, l *ledger.Ledger) error {
			_, err := l.IDs(ctx, account, resource, []string{keyAt(1) + "20261121-one"})
			return err
		}, "table ids, key"},
		"a cached name that is another": {"UPDATE cache SET name = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
			_, _, err := l.Cache(ctx, account, "categories")
			return err
		}, "table cache, x"},
		"a count of transactions that is another": {"UPDATE commits SET count = count + 1", func(ctx context.Context, l *ledger.Ledger) error {
			return l.SetCache(ctx, account, "x", nil)
		}, "table commits"},
		"cached data that are others": {"UPDATE cache SET data = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
			_, _, err := l.Cache(ctx, account, "categories")
			return err
		}, "table cache, categories"},
		"a change that is wrong when its record was created": {
			"UPDATE changes SET identity = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
				r, err := l.Recorder(ctx, run)
				must(t, err)
				must(t, r.Conclude(ctx, created(35, "1")))
				must(t, r.Close())
				return l.Agree(ctx, run, "")
			}, "table changes, run 2, change 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newFolder(t)
			fillLedger(t, dir, "20261121-one", run)
			l := openAt(t, dir)
			must(t, l.Exec(t.Context(), c.spoil))
			err := c.read(t.Context(), l)
			if !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want damage that says %q", err, c.says)
			}
		})
	}
}
