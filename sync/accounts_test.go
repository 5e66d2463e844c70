package sync_test

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// TestAccounts plays generated runs from a sheet to its report, and wants every row accounted for in each of them.
func TestAccounts(t *testing.T) {
	n := uint64(200)
	if testing.Short() {
		n = 20
	}
	playAccounts(t, 1, n)
}

// TestLongAccounts plays 10,000 of them.
func TestLongAccounts(t *testing.T) {
	n := uint64(10_000)
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		n = 100
	}
	playAccounts(t, 1_000_000, n)
}

// players is how many seeds are played at the same time: most of what takes long is waiting before a request is sent again.
const players = 16

// playAccounts plays seeds from first on. ROLLCALL_SEED plays one again, and ROLLCALL_SEEDS so many of them from there on.
func playAccounts(t *testing.T, first, n uint64) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("TOKEN", simulator.DefaultToken)
	if seed := number(t, "ROLLCALL_SEED"); seed > 0 {
		first, n = seed, max(1, number(t, "ROLLCALL_SEEDS"))
	}
	var next, runs, rows, spoilt atomic.Uint64
	began, seen := time.Now(), &tallies{}
	var all sync.WaitGroup
	for range players {
		all.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				seed := first + i - 1
				s, err := playAccount(t, seed)
				if err != nil {
					t.Errorf("seed %d (again: ROLLCALL_SEED=%d go test -count=1 -run '^TestAccounts$' ./sync): %v", seed, seed, err)
				}
				runs.Add(uint64(s.runs))
				rows.Add(uint64(s.rows))
				spoilt.Add(uint64(s.spoilt))
				seen.add(s.seen)
			}
		})
	}
	all.Wait()
	t.Logf("%d seeds in %s: %d accounts of %d rows, %d of them spoilt and found out; rows by status: %v",
		n, time.Since(began).Round(time.Second), runs.Load(), rows.Load(), spoilt.Load(), seen.all)
	if n >= 1000 {
		seen.wantAll(t)
	}
}

// number is a whole number of the environment, 0 if it is not set.
func number(t *testing.T, name string) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// playAccount plays one seed in a folder of its own, in memory where there is such a place: ten thousand seeds sync a disk for long.
func playAccount(t *testing.T, seed uint64) (*episode, error) {
	dir, err := os.MkdirTemp("/dev/shm", "rollcall")
	if err != nil {
		dir = t.TempDir()
	}
	defer os.RemoveAll(dir)
	e := newEpisode(t.Context(), seed, dir)
	defer e.close()
	if err := e.play(); err != nil {
		return e, fmt.Errorf("%s: %w", e.story(), err)
	}
	return e, nil
}
