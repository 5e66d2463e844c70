package main

import (
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// undoFaults loses the answers to one update of ten, and some come late.
const undoFaults = `
* * p=0.01 seed=SEED delay=200ms when=before
PATCH * p=0.10 seed=SEED reset-after-commit
PUT * p=0.10 seed=SEED reset-after-commit
PATCH * p=0.03 seed=SEED error-after-commit status=503
PUT * p=0.03 seed=SEED error-after-commit status=503
`

// TestKillMidUndo kills an undo with kill -9 at random moments and resumes it, again and again, while answers get lost: it ends as
// one that nobody has killed. ROLLCALL_LONG=share kills 3 times in undos of 400 rows, ROLLCALL_LONG=1 kills 10 times in undos of 2000
// rows. ROLLCALL_SEED begins with a seed that a failure has printed.
func TestKillMidUndo(t *testing.T) {
	t.Parallel()
	long := os.Getenv("ROLLCALL_LONG")
	kills := number64(t, "ROLLCALL_KILLS", map[string]uint64{"": 1, "share": 3, "1": 10}[long])
	size := number64(t, "ROLLCALL_ROWS", map[string]uint64{"": 100, "share": 400, "1": 2000}[long])
	seed := number64(t, "ROLLCALL_SEED", rand.Uint64()>>1)
	for _, p := range pasts() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d", seed)
			h := newUndoHunt(t, p, int(size), seed)
			h.run(t, int(kills))
		})
	}
}

// undoHunt is an undo that is being killed.
type undoHunt struct {
	*memory
	undone string // the run that it takes back
	kept   int    // rows that were edited later
	want   map[string]string
	random *rand.Rand
}

// newUndoHunt has an account with a past, a twentieth of which was edited later.
func newUndoHunt(t *testing.T, p *past, size int, seed uint64) *undoHunt {
	t.Helper()
	h := &undoHunt{random: rand.New(rand.NewPCG(seed, uint64(len(p.name))))}
	h.memory, h.undone, h.want = newMemory(t, p, size)
	after := h.records(t)
	h.kept = h.editLater(t)
	h.want = maps.Clone(h.want)
	for id, record := range h.records(t) {
		if record != after[id] {
			h.want[id] = record
		}
	}
	faults, err := simulator.ParseFaults(strings.ReplaceAll(undoFaults, "SEED", strconv.FormatUint(uint64(h.random.Uint32()), 10)))
	if err != nil {
		t.Fatal(err)
	}
	h.sim.SetFaults(faults)
	return h
}

// run kills so many times, and lets the last process finish.
func (h *undoHunt) run(t *testing.T, kills int) {
	t.Helper()
	command := []string{"undo", h.undone}
	for range kills {
		if h.kill(t, command) {
			break // it was faster than its murderer
		}
		command = []string{"resume"}
	}
	last := h.rollcall(t, append(command, "--yes", "--json")...)
	if command[0] == "resume" && last.code == 0 { // it died before it was a run: nothing is there to resume
		last = h.rollcall(t, "undo", h.undone, "--yes", "--json")
	}
	if last.code != 3 {
		t.Fatalf("the last process ended with exit code %d, want 3\n%s%s", last.code, last.out, last.errOut)
	}
	a := last.summary(t)
	a.addsUp(t)
	if a.Counts["updated"]+a.Counts["unchanged"] != h.size-h.kept || a.Counts["conflict"] != h.kept {
		t.Errorf("counts: got %v, want %d back as they were and %d in conflict", a.Counts, h.size-h.kept, h.kept)
	}
	h.same(t, "after the last process", h.want)
}

// kill starts a process and kills it when it has sent some updates. It reports true if the process had ended before.
func (h *undoHunt) kill(t *testing.T, command []string) (ended bool) {
	t.Helper()
	until := h.writes.Load() + h.random.Int64N(int64(h.size)/2)
	cmd := h.command(t, append(command, "--yes", "-q")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed, in all likelihood
		close(exited)
	}()
	alive := true
	for alive && h.writes.Load() < until {
		alive = !over(exited, 200*time.Microsecond)
	}
	if alive {
		over(exited, time.Duration(h.random.IntN(3000))*time.Microsecond)
	}
	_ = cmd.Process.Kill() // it may have ended
	<-exited
	return cmd.ProcessState.ExitCode() >= 0
}
