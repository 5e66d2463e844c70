package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/ledger"
)

// stage is what the files were when the last of some promises had been made.
type stage struct {
	files
	promises []promise
}

func (s stage) log() int { return len(s.files["ledger.db-wal"]) }

// crashed is the stages of a small run whose process dies at the end: its write-ahead log was never emptied.
func crashed(t *testing.T, changes int) []stage {
	t.Helper()
	dir := planned(t, changes)
	l := openAt(t, dir)
	r, err := l.Recorder(t.Context(), crashRun)
	must(t, err)
	stages := []stage{{files: readFiles(t, dir)}}
	var promises []promise
	must(t, laboured(t.Context(), r, all(t, l.Pending(t.Context(), contacts(), crashRun)), 1, func(p promise) {
		promises = append(promises, p)
		stages = append(stages, stage{readFiles(t, dir), slices.Clone(promises)})
	}))
	must(t, r.Flush(t.Context()))
	stages = append(stages, stage{readFiles(t, dir), promises})
	must(t, r.Close())
	return stages
}

// offsets is where a log is cut: everywhere, or at the ends of its frames and at some places besides.
func offsets(length, limit int) []int {
	const header, frameHeader, page = 32, 24, 4096
	if limit > length {
		all := make([]int, length+1)
		for i := range all {
			all[i] = i
		}
		return all
	}
	random := rand.New(rand.NewPCG(7, 7))
	some := []int{0, 1, header - 1, header}
	for end := header + frameHeader + page; end <= length; end += frameHeader + page {
		some = append(some, end-1, end, min(end+frameHeader, length))
	}
	random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	some = append(some[:min(limit/2, len(some))], length)
	for len(some) < limit {
		some = append(some, random.IntN(length+1))
	}
	return some
}

// A write-ahead log that ends early is what a crash leaves behind or damage. The mark tells which: a ledger is only opened
// with everything that was acknowledged in it, and nothing else about it is touched.
func TestACutWriteAheadLogLosesNothingUnnoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("many times the same on one goroutine: nothing for the race detector, which asks for the short run")
	}
	t.Parallel()
	cutEverywhere(t, 8, 100)
}

// Every byte of the log.
func TestALongWriteAheadLogCutAtEveryByte(t *testing.T) {
	if !long() {
		t.Skip("ROLLCALL_LONG is not set")
	}
	t.Parallel()
	cutEverywhere(t, share(0, 30, 4), share(0, 1500, 1<<30))
}

func cutEverywhere(t *testing.T, changes, cuts int) {
	t.Helper()
	stages := crashed(t, changes)
	last := stages[len(stages)-1]
	refused, opened := 0, 0
	image := newFolder(t)
	for _, at := range offsets(last.log(), cuts) {
		last.cutAt(at).put(t, image)
		before := readFiles(t, image)
		gone, err := broken(t.Context(), image, last.promises)
		switch {
		case errors.Is(err, ledger.ErrDamaged):
			refused++
			if d := cmp.Diff(len(readFiles(t, image)["ledger.db-wal"]), len(before["ledger.db-wal"])); d != "" {
				t.Errorf("cut at byte %d of %d: the log of the refused ledger was touched: %s", at, last.log(), d)
			}
			if !strings.Contains(err.Error(), "that were acknowledged") || !strings.Contains(err.Error(), "remove "+filepath.Join(image, "ledger.db-mark")) {
				t.Errorf("got %q, want it to say what is lost and how to go on", err)
			}
		case err != nil:
			t.Errorf("cut at byte %d of %d: got %v, want ErrDamaged", at, last.log(), err)
		default:
			opened++
			for _, g := range gone {
				t.Errorf("cut at byte %d of %d: %s", at, last.log(), g)
			}
		}
		cutUnderWay(t, stages, at, image)
	}
	t.Logf("a log of %d bytes: %d cuts refused, %d opened", last.log(), refused, opened)
	if refused == 0 || opened == 0 {
		t.Errorf("got %d cuts refused and %d opened, want some of both", refused, opened)
	}
}

// cutAt is the files with the log cut off.
func (s stage) cutAt(at int) files {
	return s.with("ledger.db-wal", s.files["ledger.db-wal"][:at])
}

// cutUnderWay is a crash while the log was being written: it had come to byte at, and the mark said what had been
// acknowledged by then.
func cutUnderWay(t *testing.T, stages []stage, at int, image string) {
	t.Helper()
	then := stages[0]
	for _, s := range stages {
		if s.log() <= at {
			then = s
		}
	}
	f := stages[len(stages)-1].cutAt(at)
	f["ledger.db-mark"] = then.files["ledger.db-mark"]
	f.put(t, image)
	gone, err := broken(t.Context(), image, then.promises)
	if err != nil {
		gone = append(gone, err.Error())
	}
	for _, g := range gone {
		t.Errorf("crash when %d bytes of the log were written: %s", at, g)
	}
}

// Whoever wants to go on with what is left says so by removing the mark; whoever wants to begin anew moves all files away.
func TestARefusedLedgerGoesOnWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	stages := crashed(t, 8)
	last := stages[len(stages)-1]
	dir := newFolder(t)
	for name, without := range map[string][]string{
		"the end of the log":                 {"ledger.db-wal"},
		"the database and the log":           {"ledger.db", "ledger.db-wal"},
		"all but what says what was written": {"ledger.db", "ledger.db-wal", "ledger.db-shm"},
	} {
		f := last.cutAt(last.log())
		for _, file := range without {
			delete(f, file)
		}
		f.put(t, dir)
		if _, err := ledger.Open(t.Context(), dir); !errors.Is(err, ledger.ErrDamaged) {
			t.Errorf("%s is gone: got %v, want ErrDamaged", name, err)
		}
		delete(f, "ledger.db-mark")
		f.put(t, dir)
		l, err := ledger.Open(t.Context(), dir)
		if err != nil {
			t.Errorf("%s is gone, and the mark: got %v, want the ledger to be opened", name, err)
			continue
		}
		must(t, l.CreateRun(t.Context(), newRun(fmt.Sprint("next ", len(without)))))
		must(t, l.Close())
		must(t, openAt(t, dir).CreateRun(t.Context(), newRun("and another")))
	}
}
