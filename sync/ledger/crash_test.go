package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// crashRun is the run whose process comes to a bad end in these tests.
const crashRun = "one"

// promise is what somebody was told: the intent of a change is durable, or its outcome is.
type promise struct {
	seq     int64
	outcome bool
}

func (p promise) String() string {
	return fmt.Sprintf("%s of change %d", map[bool]string{false: "intent", true: "outcome"}[p.outcome], p.seq)
}

// planned makes a ledger with a plan of n creates, and closes it.
func planned(t testing.TB, n int) (dir string) {
	t.Helper()
	dir = newFolder(t)
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	must(t, l.SavePlan(t.Context(), contacts(), newRun(crashRun), creates(n)))
	must(t, l.Close())
	return dir
}

// laboured does for the changes what push does, without the requests, until one fails: an intent, waited for, and an
// outcome, waited for with every third. told hears of each promise as soon as it is made.
func laboured(ctx context.Context, r recorder, changes []plan.Change, workers int, told func(promise)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	failed := make([]error, workers)
	for w := range workers {
		group.Go(func() {
			for i := next.Add(1); i <= int64(len(changes)) && failed[w] == nil; i = next.Add(1) {
				failed[w] = labour(ctx, r, changes[i-1].Seq, told)
			}
		})
	}
	group.Wait()
	return errors.Join(failed...)
}

func labour(ctx context.Context, r recorder, seq int64, told func(promise)) error {
	if err := r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1, RequestID: fmt.Sprint("q", seq)}); err != nil {
		return err
	}
	told(promise{seq: seq})
	if err := r.Conclude(ctx, created(seq, fmt.Sprint("id", seq))); err != nil || seq%3 != 0 {
		return err
	}
	if err := r.Flush(ctx); err != nil {
		return err
	}
	told(promise{seq, true})
	return nil
}

// broken opens the ledger as the next process would, and says which promises it does not keep. A ledger that is refused is
// an error.
func broken(ctx context.Context, dir string, promises []promise) (broken []string, err error) {
	l, err := ledger.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	entries, err := gather(l.Entries(ctx, contacts(), crashRun))
	if err != nil {
		return nil, err
	}
	doubts, err := l.Unanswered(ctx, contacts(), account, resource)
	if err != nil {
		return nil, err
	}
	doubtful := map[int64]bool{}
	for _, d := range doubts {
		doubtful[d.Change.Seq] = true
	}
	for _, p := range promises {
		e := entries[p.seq-1]
		switch done := e.Status() == plan.Created && e.Outcome.ID == fmt.Sprint("id", p.seq); {
		case done:
		case p.outcome || e.Status() != plan.InDoubt || !doubtful[p.seq]:
			broken = append(broken, fmt.Sprintf("the %s is gone: the change is %s", p, e.Status()))
		}
	}
	return broken, nil
}

// files is what a folder holds, by name. The -shm file is the memory of living processes: none reads it after a crash.
type files map[string][]byte

func readFiles(t testing.TB, dir string) files {
	t.Helper()
	f := files{}
	for _, name := range []string{"ledger.db", "ledger.db-wal", "ledger.db-mark"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		must(t, err)
		f[name] = data
	}
	return f
}

// with is the files with another in the place of one.
func (f files) with(name string, data []byte) files {
	f = maps.Clone(f)
	f[name] = data
	return f
}

// put makes a folder that holds the files and nothing else.
func (f files) put(t testing.TB, dir string) {
	t.Helper()
	must(t, os.RemoveAll(dir))
	must(t, os.Mkdir(dir, 0o700))
	for name, data := range f {
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}
