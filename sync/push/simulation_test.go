package push_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// playMany plays seeds from first on. ROLLCALL_SEED plays a single one again.
func playMany(t *testing.T, first, n uint64) {
	t.Helper()
	if text := os.Getenv("ROLLCALL_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("ROLLCALL_SEED: %v", err)
		}
		first, n = seed, 1
	}
	began := time.Now()
	for seed := first; seed < first+n; seed++ {
		v := play(t, seed, nil)
		if breaches := append(v.seen, v.account...); len(breaches) > 0 {
			t.Errorf("seed %d (again: ROLLCALL_SEED=%d go test -count=10 -run '^TestSimulation$' ./sync/push):\n\t%s", seed, seed, strings.Join(breaches, "\n\t"))
		}
	}
	t.Logf("%d seeds, %.2f s for each 1,000 of them", n, time.Since(began).Seconds()*1000/float64(n))
}

// TestSimulation plays the protocol against worlds in which all kinds of things go wrong.
func TestSimulation(t *testing.T) {
	n := uint64(1000)
	if testing.Short() {
		n = 200
	}
	playMany(t, 1, n)
}

// TestLongSimulation plays many more of them.
func TestLongSimulation(t *testing.T) {
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		playMany(t, 1_000_000, 5_000)
	default:
		playMany(t, 1_000_000, 100_000)
	}
}
