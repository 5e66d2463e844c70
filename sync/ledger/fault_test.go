package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// failing is a disk that fails from some request on, until it is mended.
type failing struct {
	op   op
	code int32

	mu     sync.Mutex
	after  int // so many more requests go well; -1: all
	failed bool
}

func (f *failing) request(o op, _ string, _ []byte, _ int64) int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.after < 0 || o != f.op {
		return sqlite3.SQLITE_OK
	}
	if f.after > 0 {
		f.after--
		return sqlite3.SQLITE_OK
	}
	f.failed = true
	return f.code
}

func (f *failing) breakAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after, f.failed = n, false
}

func (f *failing) hasFailed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// breakdown lets the disk fail under a run and goes on when it is mended. It returns what was wrong about it.
func breakdown(t *testing.T, f *failing, after int, spoil func(*ledger.Ledger, recorder) recorder) (wrong []string) {
	t.Helper()
	ctx := t.Context()
	dir := planned(t, 24)
	f.breakAfter(-1)
	watch(t, dir, f)
	l, err := ledger.Open(ctx, dir)
	must(t, err)
	must(t, l.Exec(ctx, "PRAGMA wal_autocheckpoint = 40"))
	own, err := l.Recorder(ctx, crashRun)
	must(t, err)
	r := spoil(l, own)
	changes := all(t, l.Pending(ctx, contacts(), crashRun))
	f.breakAfter(after)
	var promises []promise
	var mu sync.Mutex
	err = laboured(ctx, r, changes, 3, func(p promise) {
		mu.Lock()
		defer mu.Unlock()
		promises = append(promises, p)
	})
	switch {
	case !f.hasFailed():
		wrong = append(wrong, "the disk was not asked so often")
	case err == nil:
		wrong = append(wrong, "the run went on to its end")
	case !strings.Contains(err.Error(), filepath.Join(dir, "ledger.db")):
		wrong = append(wrong, fmt.Sprintf("%q does not name the ledger", err))
	}
	if f.hasFailed() && r.Intend(ctx, push.Intent{Seq: 24, Attempt: 9}) == nil {
		wrong = append(wrong, "an intent was acknowledged after the failure")
	}
	_ = r.Close() // broken
	f.breakAfter(-1)
	_ = l.Close() // may have something to say about it, too
	return append(wrong, goOn(t, dir, promises)...)
}

// goOn resumes the run on a disk that is sound again.
func goOn(t *testing.T, dir string, promises []promise) []string {
	t.Helper()
	ctx := t.Context()
	gone, err := broken(ctx, dir, promises)
	if err != nil {
		return []string{err.Error()}
	}
	l := openAt(t, dir)
	if err := finish(ctx, l); err != nil {
		gone = append(gone, err.Error())
	}
	if counts, err := l.Counts(ctx, crashRun); err != nil || counts[plan.Created] != 24 {
		gone = append(gone, fmt.Sprintf("got %v (%v) after going on, want all 24 created", counts, err))
	}
	return gone
}

// finish settles every doubt and does what is left to do.
func finish(ctx context.Context, l *ledger.Ledger) error {
	r, err := l.Recorder(ctx, crashRun)
	if err != nil {
		return err
	}
	doubts, err := l.Unanswered(ctx, contacts(), account, resource)
	for _, d := range doubts {
		err = errors.Join(err, r.Conclude(ctx, created(d.Change.Seq, fmt.Sprint("id", d.Change.Seq))))
	}
	if err = errors.Join(err, r.Flush(ctx)); err != nil {
		return errors.Join(err, r.Close())
	}
	left, err := gather(l.Pending(ctx, contacts(), crashRun))
	return errors.Join(err, laboured(ctx, r, left, 3, func(promise) {}), r.Close())
}

// However late the disk fails: nothing is acknowledged from then on, the error names the ledger, and with a sound disk the run
// goes on where it was.
func TestAFailingDiskStopsTheRunAtOnce(t *testing.T) {
	t.Parallel()
	failAt(t, 5)
}

// At each of its requests.
func TestADiskThatFailsAtAnyRequestStopsTheRunLong(t *testing.T) {
	if !long() {
		t.Skip("ROLLCALL_LONG is not set")
	}
	t.Parallel()
	failAt(t, 100)
}

// failAt lets the disk fail at so many moments of a run.
func failAt(t *testing.T, trials int) {
	t.Helper()
	for name, c := range map[string]struct {
		op   op
		code int32
		last int // a transaction writes many times and syncs once
	}{
		"a sync fails":     {opSync, sqlite3.SQLITE_IOERR_FSYNC, 15},
		"a write fails":    {opWrite, sqlite3.SQLITE_IOERR_WRITE, 100},
		"the disk is full": {opWrite, sqlite3.SQLITE_FULL, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for after := 0; after < c.last; after += max(1, c.last/trials) {
				for _, w := range breakdown(t, &failing{op: c.op, code: c.code}, after, faithful) {
					t.Errorf("after %d requests: %s", after, w)
				}
			}
		})
	}
}

// Changes are written while later ones are decided: whenever a write fails, the plan does, and with a sound disk it was never there.
func TestAPlanThatCannotBeWrittenNeverExisted(t *testing.T) {
	t.Parallel()
	const changes = 5000
	for name, after := range map[string]int{"the first part": 1, "a later part": 2, "the last part": 3} { // each is one commit, as is the draft
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &failing{op: opSync, code: sqlite3.SQLITE_IOERR_FSYNC, after: -1}
			dir := newFolder(t)
			watch(t, dir, f)
			l, err := ledger.Open(t.Context(), dir)
			must(t, err)
			must(t, l.Exec(t.Context(), "PRAGMA wal_autocheckpoint = 0"))
			f.breakAfter(after)
			err = l.SavePlan(t.Context(), contacts(), newRun("one"), creates(changes))
			if !f.hasFailed() || err == nil || !strings.Contains(err.Error(), "save plan") {
				t.Errorf("got %v (the disk has failed: %t), want that the plan cannot be saved", err, f.hasFailed())
			}
			f.breakAfter(-1)
			_ = l.Close() // may have something to say about it, too
			again := openAt(t, dir)
			if _, err := again.Run(t.Context(), "one"); !errors.Is(err, ledger.ErrNoRun) {
				t.Errorf("got %v, want ErrNoRun", err)
			}
			must(t, again.SavePlan(t.Context(), contacts(), newRun("one"), creates(2)))
			if got := len(all(t, again.Entries(t.Context(), contacts(), "one"))); got != 2 {
				t.Errorf("got %d changes, want the 2 of the plan that succeeded", got)
			}
		})
	}
}

// The test above can fail: a ledger that does not sync does not learn of the failure, and one that does not wait tells nobody.
func TestTheSuiteCatchesALedgerThatAFailingDiskHarms(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*ledger.Ledger, recorder) recorder{
		"commits are not synced": func(l *ledger.Ledger, r recorder) recorder {
			must(t, l.Exec(t.Context(), "PRAGMA synchronous = off"))
			return r
		},
		"intents are not waited for": func(_ *ledger.Ledger, r recorder) recorder { return hasty{r, &sync.WaitGroup{}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(breakdown(t, &failing{op: opSync, code: sqlite3.SQLITE_IOERR_FSYNC}, 3, spoil)) == 0 {
				t.Error("nothing was wrong, so the test would not notice either")
			}
		})
	}
}

// A ledger on a disk that fails while it is opened is no damaged one: nothing is lost, so nothing is to be put back.
func TestADiskThatFailsIsNotDamage(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	f := &failing{op: opSync, code: sqlite3.SQLITE_IOERR_FSYNC}
	watch(t, dir, f)
	f.breakAfter(0)
	if l, err := ledger.Open(t.Context(), dir); err == nil {
		t.Error("a ledger was made on a disk that cannot be synced")
		must(t, l.Close())
	} else if errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "see to it") {
		t.Errorf("got %v, want an error about the disk", err)
	}
	f.breakAfter(-1)
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("one")))
}
