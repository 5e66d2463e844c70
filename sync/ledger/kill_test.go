package ledger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// plannedChanges takes longer to save than the process lives.
const plannedChanges = 20000

// pushedChanges is more than all rounds together get done: each is killed after 300 lines at most, and the pipe takes no more
// than some 70 long lines that nobody has read.
func pushedChanges() int { return 500 * rounds(long()) }

// acknowledge prints a line that is as long as a pipe can take in one piece with some to spare.
func acknowledge(what string, seq int64) { fmt.Printf("%s %d %1000s\n", what, seq, "") }

// playChild is what the killed process does. It prints a line for each thing that it was told is durable.
func playChild(part, dir string) int {
	ctx := context.Background()
	var err error
	switch part {
	case "push":
		err = childPush(ctx, dir)
	case "plan":
		err = childPlan(ctx, dir)
	case "full disk":
		err = childFullDisk(ctx, dir)
	case "lock":
		err = childLock(dir)
	case "no locks":
		err = childNoLocks(dir)
	case "no sync":
		err = childNoSync(ctx, dir)
	}
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

// childLock takes the lock and keeps it until the process is killed.
func childLock(dir string) error {
	if _, err := ledger.Lock(dir, account, resource, "ann, run 20261121"); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err
}

func childPush(ctx context.Context, dir string) error {
	l, err := ledger.Open(ctx, dir)
	if err != nil {
		return err
	}
	r, err := l.Recorder(ctx, "one")
	if err != nil {
		return err
	}
	work := make(chan int64)
	failed := make(chan error, 1)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for seq := range work {
				if err := childSend(ctx, r, seq); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	for c, err := range l.Pending(ctx, contacts(), "one") {
		if err != nil {
			return err
		}
		work <- c.Seq
	}
	close(work)
	workers.Wait()
	close(failed)
	return errors.Join(<-failed, r.Close(), l.Close())
}

// childSend does for one change what push does, without the request.
func childSend(ctx context.Context, r *ledger.Recorder, seq int64) error {
	if err := r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1}); err != nil {
		return err
	}
	acknowledge("intent", seq)
	if err := r.Conclude(ctx, created(seq, fmt.Sprint("id", seq))); err != nil || seq%5 != 0 {
		return err
	}
	if err := r.Flush(ctx); err != nil {
		return err
	}
	acknowledge("outcome", seq)
	return nil
}

func childPlan(ctx context.Context, dir string) error {
	l, err := ledger.Open(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Println("planning")
	return errors.Join(l.SavePlan(ctx, contacts(), newRun("one"), creates(plannedChanges)), l.Close())
}

// child is this test binary in another part.
func child(t *testing.T, part, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), "ROLLCALL_LEDGER_CHILD="+part, "ROLLCALL_LEDGER_DIR="+dir)
	_, err = c.StdinPipe()
	must(t, err)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	return c, bufio.NewScanner(out)
}

func rounds(long bool) int {
	if long {
		return 50
	}
	return 4
}

// killAfter lets the process print n lines, kills it, and returns all that it had printed.
func killAfter(t *testing.T, c *exec.Cmd, out *bufio.Scanner, n int) []string {
	t.Helper()
	var lines []string
	for out.Scan() {
		lines = append(lines, out.Text())
		if len(lines) == n {
			must(t, c.Process.Kill())
		}
	}
	_ = c.Wait() // killed
	if len(lines) < n || strings.HasPrefix(lines[len(lines)-1], "error") {
		t.Fatalf("the process ended by itself after %d lines: %s", len(lines), lines[max(0, len(lines)-1):])
	}
	return lines
}

// What a killed process was told is durable is there for the next one.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	must(t, l.SavePlan(t.Context(), contacts(), newRun("one"), creates(pushedChanges())))
	must(t, l.Close())
	intents, outcomes := map[int64]bool{}, map[int64]bool{}
	for round := range rounds(long()) {
		c, out := child(t, "push", dir)
		for _, line := range killAfter(t, c, out, 1+rand.IntN(300)) {
			var what string
			var seq int64
			if _, err := fmt.Sscan(line, &what, &seq); err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			if what == "intent" && intents[seq] {
				t.Errorf("round %d: change %d was announced twice", round, seq)
			}
			map[string]map[int64]bool{"intent": intents, "outcome": outcomes}[what][seq] = true
		}
		checkAcknowledged(t, dir, intents, outcomes)
	}
	t.Logf("%d intents and %d outcomes were acknowledged", len(intents), len(outcomes))
}

func checkAcknowledged(t *testing.T, dir string, intents, outcomes map[int64]bool) {
	t.Helper()
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	entries := all(t, l.Entries(t.Context(), contacts(), "one"))
	if len(entries) != pushedChanges() {
		t.Fatalf("got %d entries, want %d", len(entries), pushedChanges())
	}
	doubts := 0
	for _, e := range entries {
		seq, status := e.Change.Seq, e.Status()
		if status == plan.InDoubt {
			doubts++
		}
		if outcomes[seq] && (status != plan.Created || e.Outcome.ID != fmt.Sprint("id", seq)) {
			t.Errorf("change %d: got %s, want the outcome that was acknowledged", seq, status)
		}
		if intents[seq] && status != plan.Created && status != plan.InDoubt {
			t.Errorf("change %d: got %s, want a trace of the intent that was acknowledged", seq, status)
		}
	}
	found, err := l.Unanswered(t.Context(), contacts(), account, resource)
	must(t, err)
	if len(found) != doubts {
		t.Errorf("got %d doubts, want the %d of the entries", len(found), doubts)
	}
	must(t, l.Close())
}

// A plan is there whole or not at all.
func TestAKilledPlanNeverExisted(t *testing.T) {
	t.Parallel()
	half := 0
	for range rounds(long()) {
		dir := newFolder(t)
		c, out := child(t, "plan", dir)
		if !out.Scan() {
			t.Fatal("the process did not begin")
		}
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond) // any moment will do
		must(t, c.Process.Kill())
		_ = c.Wait() // killed
		l, err := ledger.Open(t.Context(), dir)
		must(t, err)
		switch entries, err := gather(l.Entries(t.Context(), contacts(), "one")); {
		case errors.Is(err, ledger.ErrNoRun):
			half++
		case err != nil || len(entries) != plannedChanges:
			t.Errorf("got %d changes (%v), want all or none", len(entries), err)
		}
		must(t, l.SavePlan(t.Context(), contacts(), newRun("two"), creates(10)))
		if got := len(all(t, l.Entries(t.Context(), contacts(), "two"))); got != 10 {
			t.Errorf("got %d changes in the next plan, want its own 10", got)
		}
		must(t, l.Close())
	}
	t.Logf("%d of %d plans were not there", half, rounds(long()))
}
