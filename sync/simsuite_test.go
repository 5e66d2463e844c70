package sync

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/push"
)

// TestSimulatedRuns plays runs whose processes die, until they are through.
func TestSimulatedRuns(t *testing.T) {
	n := uint64(40)
	if testing.Short() {
		n = 5
	}
	simulateMany(t, 1, n)
}

// TestLongSimulatedRuns plays many more of them, and dies everywhere.
func TestLongSimulatedRuns(t *testing.T) {
	n := uint64(2000)
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		n = 50
	}
	deaths := simulateMany(t, 1_000_000, n)
	for _, at := range simFailpoints() {
		if n > 100 && deaths[at] == 0 {
			t.Errorf("no process died %s", at)
		}
	}
}

// TestTheSimulatedRunsCatch proves that they can fail.
func TestTheSimulatedRunsCatch(t *testing.T) {
	job := atDesk(t).opts.Job
	for _, c := range []struct {
		says     string
		sabotage func(*simulation)
		want     string
	}{
		{"a disk that has lost what was synced", func(s *simulation) { s.stale = true }, "committed 2 times"},
		{"intents that are not awaited", func(s *simulation) {
			s.recorder = func(r push.Recorder) push.Recorder { return tardy{r} }
		}, "committed 2 times"},
		{"no intents at all", func(s *simulation) {
			s.recorder = func(r push.Recorder) push.Recorder { return speechless{r} }
		}, "committed 2 times"},
		{"a settle time that is far too short", func(s *simulation) { s.settle = time.Millisecond; s.api.lag *= 4 }, "committed 2 times"},
	} {
		t.Run(c.says, func(t *testing.T) {
			const most = 100
			for seed := uint64(1); seed <= most; seed++ {
				if wrong, _ := simulate(t, seed, job, c.sabotage); strings.Contains(strings.Join(wrong, "\n"), c.want) {
					t.Logf("found by seed %d", seed)
					return
				}
			}
			t.Errorf("%d seeds did not find it: nothing says %q", most, c.want)
		})
	}
}

// tardy writes an intent when its request is long on its way.
type tardy struct{ push.Recorder }

// Intend does not wait.
func (r tardy) Intend(ctx context.Context, in push.Intent) error {
	go func() {
		time.Sleep(2 * time.Second)
		_ = r.Recorder.Intend(context.WithoutCancel(ctx), in) // too late to matter
	}()
	return nil
}

// speechless announces nothing.
type speechless struct{ push.Recorder }

// Intend does nothing.
func (speechless) Intend(context.Context, push.Intent) error { return nil }
