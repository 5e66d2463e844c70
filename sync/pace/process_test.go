package pace_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// childEnv makes the test binary be a process that shares a budget: its value is the path of it.
const childEnv = "ROLLCALL_PACE_CHILD"

// childLimit is short, so that a few seconds hold several windows.
func childLimit() pace.Limit { return pace.Limit{Requests: 10, Per: 500 * time.Millisecond} }

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		sendInChild(path)
		return
	}
	os.Exit(m.Run())
}

// sendInChild prints the moment of each request until the process is ended, or nobody reads any more.
func sendInChild(path string) {
	p := pace.New(pace.Share(path, childLimit(), func(text string) { fmt.Println("note", text) }))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for p.Wait(context.Background()) == nil {
				at := time.Now()
				p.Sending()
				if _, err := fmt.Println(at.UnixNano()); err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// crew is processes that share a budget.
type crew struct {
	path    string
	starts  *arrivals
	readers sync.WaitGroup
}

// hire starts another process.
func (c *crew) hire(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+c.path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.readers.Go(func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			ns, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil && strings.HasPrefix(lines.Text(), "note ") { // else the line was cut off by the end of the process
				t.Errorf("a process says: %s", lines.Text())
			}
			if err == nil {
				c.starts.add(time.Unix(0, ns))
			}
		}
		_ = cmd.Wait() // killed
	})
	return cmd
}

// await returns when so many requests more have started.
func (c *crew) await(more int) {
	for goal := c.starts.count() + more; c.starts.count() < goal; {
		time.Sleep(time.Millisecond)
	}
}

// TestRealProcessesShareTheBudget has processes come, and be killed at any moment. Those that are left go on, and all of them
// together keep the limit.
func TestRealProcessesShareTheBudget(t *testing.T) {
	t.Parallel()
	c := &crew{path: budgetPath(t), starts: &arrivals{}}
	first, second := c.hire(t), c.hire(t)
	for n := range 8 {
		c.await(9)
		time.Sleep(time.Duration(n*37%50) * time.Millisecond)
		if err := first.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		first, second = second, c.hire(t)
	}
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	c.readers.Wait()
	c.starts.check(t, childLimit(), 0, 0)
}
