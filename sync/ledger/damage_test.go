package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// fillLedger makes a ledger with something in every table, and closes it.
func fillLedger(t *testing.T, dir string) {
	t.Helper()
	ctx := t.Context()
	l, err := ledger.Open(ctx, dir)
	must(t, err)
	for _, id := range []string{"20261121-one", "20261122-two"} {
		run := newRun(id)
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
	must(t, l.SetCache(ctx, account, "categories", []byte(`{"a":1}`)))
	must(t, l.Close())
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
	data, at, err := l.Cache(ctx, account, "categories")
	fmt.Fprintf(&b, "%+v\n%+v\n%d\n%+v\n%s %v\n", *latest, doubts, sequence, known, data, at)
	return b.String(), err
}

// Every flipped bit is either found, or changes nothing of what the ledger says (free space, or figures for SQLite alone).
func TestFlippedBitsAreFound(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	fillLedger(t, dir)
	want, err := dump(t.Context(), dir)
	must(t, err)
	whole, err := os.ReadFile(filepath.Join(dir, "ledger.db"))
	must(t, err)
	positions := make([]int, 0, len(whole))
	for p := range whole {
		positions = append(positions, p)
	}
	random := rand.New(rand.NewPCG(1, 2))
	if !long() {
		random.Shuffle(len(positions), func(i, j int) { positions[i], positions[j] = positions[j], positions[i] })
		positions = positions[:250]
	}
	found, damaged := 0, 0
	spoilt := newFolder(t)
	for _, p := range positions {
		must(t, os.RemoveAll(spoilt))
		must(t, os.Mkdir(spoilt, 0o700))
		flipped := bytes.Clone(whole)
		flipped[p] ^= 1 << random.IntN(8)
		must(t, os.WriteFile(filepath.Join(spoilt, "ledger.db"), flipped, 0o600))
		got, err := dump(t.Context(), spoilt)
		switch {
		case err != nil:
			found++
			if errors.Is(err, ledger.ErrDamaged) {
				damaged++
			}
		case got != want:
			t.Errorf("byte %d, %08b as %08b: the ledger said something else and nobody noticed", p, whole[p], flipped[p])
		}
	}
	t.Logf("%d flips: %d found, %d of them as damage, the others changed nothing", len(positions), found, damaged)
	if damaged < len(positions)/3 {
		t.Errorf("got %d of %d flips found as damage, want a third at least", damaged, len(positions))
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
			_, err := l.IDs(ctx, account, resource, []string{keyAt(1) + run})
			return err
		}, "table ids, key"},
		"a cached name that is another": {"UPDATE cache SET name = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
			_, _, err := l.Cache(ctx, account, "categories")
			return err
		}, "table cache, x"},
		"cached data that are others": {"UPDATE cache SET data = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
			_, _, err := l.Cache(ctx, account, "categories")
			return err
		}, "table cache, categories"},
		"a change that is wrong when its record was created": {
			"UPDATE changes SET identity = 'x'", func(ctx context.Context, l *ledger.Ledger) error {
				r, err := l.Recorder(ctx, run)
				must(t, err)
				must(t, r.Conclude(ctx, created(35, "1")))
				return r.Close()
			}, "table changes, run 2, change 35"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newFolder(t)
			fillLedger(t, dir)
			l := openAt(t, dir)
			must(t, l.Exec(t.Context(), c.spoil))
			err := c.read(t.Context(), l)
			if !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want damage that says %q", err, c.says)
			}
		})
	}
}
