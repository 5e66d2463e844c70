package pace_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// twentyAMinute is the budget of most tests here.
func twentyAMinute() pace.Limit { return pace.Limit{Requests: 20, Per: time.Minute} }

// notes collects what a budget tells the user.
type notes struct {
	mu   sync.Mutex
	text []string
}

func (n *notes) add(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = append(n.text, text)
}

// about counts the notes that hold a text.
func (n *notes) about(part string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, text := range n.text {
		if strings.Contains(text, part) {
			count++
		}
	}
	return count
}

// budgetPath is where the tests share a budget: in a folder that is not there yet.
func budgetPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "state", "budgets", "account")
}

// process is one process at work, as far as its pacer goes.
type process struct {
	pacer *pace.Pacer
	notes *notes
}

// newProcess shares a budget. wall is a clock that may be set, nil for the usual one.
func newProcess(path string, limit pace.Limit, wall func() time.Time) process {
	p := process{notes: &notes{}}
	shared := pace.Share(path, limit, p.notes.add)
	if wall != nil {
		shared.SetClocks(wall, nil)
	}
	p.pacer = pace.New(shared)
	return p
}

// sendAll has workers send until ctx ends, each request a moment after it was let through.
func (p process) sendAll(ctx context.Context, workers int, starts *arrivals) {
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for p.pacer.Wait(ctx) == nil {
				time.Sleep(time.Duration(n) * 70 * time.Millisecond) // the intent goes to the disk first
				p.pacer.Sending()
				starts.add(time.Now())
			}
		})
	}
	wg.Wait()
}

func TestProcessesShareTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const minutes = 10 * time.Minute
		path, starts := budgetPath(t), &arrivals{}
		ctx, cancel := context.WithTimeout(t.Context(), minutes)
		defer cancel()
		var wg sync.WaitGroup
		for n := range 3 {
			p := newProcess(path, twentyAMinute(), nil)
			wg.Go(func() { p.sendAll(ctx, 1+3*n, starts) })
		}
		wg.Wait()
		starts.check(t, twentyAMinute(), minutes, 0.95)
	})
}

// TestNextProcessKnowsWhatTheLastHasSent: plan, and then apply.
func TestNextProcessKnowsWhatTheLastHasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, starts, began := budgetPath(t), &arrivals{}, time.Now()
		for range 5 {
			p := newProcess(path, twentyAMinute(), nil)
			for range 13 {
				if err := p.pacer.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				starts.add(time.Now())
			}
		}
		starts.check(t, twentyAMinute(), time.Since(began), 0.95)
		if took, want := time.Since(began), 3*61200*time.Millisecond; took < want || took > want+time.Second {
			t.Errorf("65 requests took %v, want %v", took, want)
		}
	})
}

// TestProcessesKeepTheirOwnLimits: each holds that all of them together stay within its own.
func TestProcessesKeepTheirOwnLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, starts := budgetPath(t), &arrivals{}
		quick := newProcess(path, pace.Limit{Requests: 100, Per: time.Minute}, nil)
		slow := newProcess(path, twentyAMinute(), nil)
		for range 60 {
			if err := quick.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			starts.add(time.Now())
		}
		began := time.Now()
		if err := slow.pacer.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < time.Minute {
			t.Errorf("with 60 requests just sent, 20/1m waited %v", waited)
		}
	})
}

func TestPauseHoldsEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := budgetPath(t)
		told, other, unlimited := newProcess(path, twentyAMinute(), nil), newProcess(path, twentyAMinute(), nil), newProcess(path, pace.Limit{}, nil)
		for _, p := range []process{told, other, unlimited} {
			if err := p.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		told.pacer.Pause(40 * time.Second)
		told.pacer.Pause(time.Second) // cuts nothing
		time.Sleep(200 * time.Millisecond)
		began := time.Now()
		late := newProcess(path, twentyAMinute(), nil)
		var wg sync.WaitGroup
		for name, p := range map[string]process{"told": told, "other": other, "unlimited": unlimited, "late": late} {
			for range 3 {
				wg.Go(func() {
					if err := p.pacer.Wait(t.Context()); err != nil {
						t.Error(err)
					}
					if waited := time.Since(began); waited < 39800*time.Millisecond || waited > 40*time.Second {
						t.Errorf("%s: started after %v, want 39.8s", name, waited)
					}
				})
			}
		}
		wg.Wait()
		for _, p := range []process{other, unlimited, late} {
			if got := p.notes.about("asked another run"); got != 1 {
				t.Errorf("%d notes of the pause, want 1: %q", got, p.notes.text)
			}
		}
		if len(told.notes.text) > 0 {
			t.Errorf("who was told itself was told of another: %q", told.notes.text)
		}
	})
}

// TestWithoutLimitNothingIsWritten: such a run costs no file, until there is a pause that others should know of.
func TestWithoutLimitNothingIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := budgetPath(t)
		p := newProcess(path, pace.Limit{}, nil)
		for range 100 {
			if err := p.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.pacer.Sending()
			time.Sleep(time.Second)
		}
		if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
			t.Errorf("the folder of budgets is there: %v", err)
		}
	})
}

func TestBudgetIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there, an access list says who may read a file, and not its mode")
	}
	path := budgetPath(t)
	if err := newProcess(path, twentyAMinute(), nil).pacer.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, path + ".lock": 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the mode %04o, want %04o", filepath.Base(name), got, want)
		}
	}
}

// TestClockThatIsSet has three runs share a budget while somebody sets the clock of the machine. Never are there too many
// requests, and each time costs little more than a window.
func TestClockThatIsSet(t *testing.T) {
	for name, jumps := range map[string][]time.Duration{
		"a day ahead":                {24 * time.Hour},
		"a day back":                 {-24 * time.Hour},
		"a day ahead and back again": {24 * time.Hour, -24 * time.Hour},
		"half a window ahead":        {30 * time.Second},
		"half a window back":         {-30 * time.Second},
		"a little, which is more than the margin covers": {2 * time.Second, -2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const minutes = 20 * time.Minute
				var set struct {
					sync.Mutex
					by time.Duration
				}
				wall := func() time.Time {
					set.Lock()
					defer set.Unlock()
					return time.Now().Add(set.by).Round(0)
				}
				path, starts, began := budgetPath(t), &arrivals{}, time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), minutes)
				defer cancel()
				var wg sync.WaitGroup
				for range 2 {
					p := newProcess(path, twentyAMinute(), wall)
					wg.Go(func() { p.sendAll(ctx, 4, starts) })
				}
				for n, by := range jumps { // each just after a window was used up
					time.Sleep(time.Duration(3+3*n)*time.Minute - time.Since(began))
					for before := starts.count(); starts.count() < before+20; {
						time.Sleep(time.Second)
					}
					set.Lock()
					set.by += by
					set.Unlock()
					time.Sleep(1500 * time.Millisecond)
					late := newProcess(path, twentyAMinute(), wall)
					wg.Go(func() { late.sendAll(ctx, 2, starts) })
				}
				wg.Wait()
				starts.check(t, twentyAMinute(), minutes-time.Duration(len(jumps))*70*time.Second, 1)
			})
		})
	}
}

// TestBudgetOfAnotherTime finds starts that lie in the future: the clock was set back while no run was at work. Nobody waits
// until they have come.
func TestBudgetOfAnotherTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := budgetPath(t)
		ahead := newProcess(path, twentyAMinute(), func() time.Time { return time.Now().Add(24 * time.Hour).Round(0) })
		for range 20 {
			if err := ahead.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ahead.pacer.Pause(30 * time.Second)
		began := time.Now()
		if err := newProcess(path, twentyAMinute(), nil).pacer.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < time.Minute || waited > 62*time.Second {
			t.Errorf("waited %v, want a window", waited)
		}
	})
}

// TestAnyInterleavingKeepsTheLimit lets processes come, send, lag, die and find the clock set, in any order.
func TestAnyInterleavingKeepsTheLimit(t *testing.T) {
	folder := t.TempDir()
	rounds := 10
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		anyInterleaving(t, folder)
	}
}

func anyInterleaving(t *testing.T, folder string) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(folder, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := &world{path: filepath.Join(dir, "account"), limit: pace.Limit{
			Requests: rapid.IntRange(1, 8).Draw(t, "requests"),
			Per:      time.Duration(rapid.IntRange(1, 20).Draw(t, "seconds")) * time.Second,
		}}
		w.enter()
		w.take(0)
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) { w.take(w.some(t)) },
			"take what there is": func(t *rapid.T) {
				for n := w.some(t); w.take(n); {
				}
			},
			"send":  func(t *rapid.T) { w.send(rapid.IntRange(0, 100).Draw(t, "which")) },
			"wait":  func(t *rapid.T) { w.pass(time.Duration(rapid.IntRange(1, 2000).Draw(t, "ms")) * time.Millisecond) },
			"sleep": func(t *rapid.T) { w.pass(w.limit.Per) },
			"come": func(*rapid.T) {
				if len(w.live) < 4 {
					w.enter()
				}
			},
			"die": func(t *rapid.T) {
				if n := w.some(t); len(w.live) > 1 {
					w.live = slices.Delete(w.live, n, n+1)
					w.due = slices.DeleteFunc(w.due, func(d due) bool { return d.by == n })
					for i := range w.due {
						if w.due[i].by > n {
							w.due[i].by--
						}
					}
				}
			},
			"set the clock": func(t *rapid.T) {
				w.set += time.Duration(rapid.Int64Range(int64(-48*time.Hour), int64(48*time.Hour)).Draw(t, "by"))
				for n := range w.live { // whoever waits for the budget notices within a second
					w.take(n)
				}
			},
			"": func(t *rapid.T) {
				if at, held := excess(w.limit, w.sent); held > 0 {
					t.Fatalf("%d requests within %v of %v, limit %s", held, w.limit.Per, at, w.limit)
				}
			},
		})
	})
}

// world is processes that share a budget, on a time of its own.
type world struct {
	path  string
	limit pace.Limit
	live  []*pace.Shared
	now   time.Duration // that has passed
	set   time.Duration // what the wall clock was set by
	due   []due         // requests that were let through and have not gone out
	sent  []time.Time
}

// due is a request that a process will send.
type due struct {
	by    int
	since time.Duration
}

func (w *world) some(t *rapid.T) int { return rapid.IntRange(0, len(w.live)-1).Draw(t, "process") }

func (w *world) steady() time.Duration { return w.now }

func (w *world) wall() time.Time { return time.Unix(1_800_000_000, 0).Add(w.now + w.set) }

func (w *world) enter() {
	s := pace.Share(w.path, w.limit, func(string) {})
	s.SetClocks(w.wall, w.steady)
	w.live = append(w.live, s)
}

// take asks for a request, and reports whether it may go out.
func (w *world) take(n int) bool {
	if w.live[n].Take(time.Time{}) > 0 {
		return false
	}
	w.due = append(w.due, due{n, w.now})
	return true
}

// send sends one of the requests that are due.
func (w *world) send(which int) {
	if len(w.due) == 0 {
		return
	}
	which %= len(w.due)
	w.live[w.due[which].by].Sending(time.Time{})
	w.due = slices.Delete(w.due, which, which+1)
	w.sent = append(w.sent, time.Unix(0, 0).Add(w.now))
}

// pass lets time pass. A request goes out within half a window after it was let through.
func (w *world) pass(d time.Duration) {
	for d > 0 {
		step := min(d, w.limit.Per/10)
		w.now += step
		d -= step
		for i := len(w.due) - 1; i >= 0; i-- {
			if i < len(w.due) && w.now-w.due[i].since > w.limit.Per/2 {
				w.send(i)
			}
		}
	}
}

// TestTheWaitOfASharedBudgetIsToldWhole: requests ask again every second, and who watches wants to know how long it takes.
func TestTheWaitOfASharedBudgetIsToldWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, began := newProcess(budgetPath(t), twentyAMinute(), nil), time.Now()
		for range 20 {
			if err := p.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.pacer.Sending()
			p.pacer.Heard(200)
		}
		go func() { _ = p.pacer.Wait(t.Context()) }()
		time.Sleep(10 * time.Second)
		got := p.pacer.Pulse()
		if got.Why != pace.WhyLimit || got.Until.Before(began.Add(time.Minute)) || got.Until.After(began.Add(62*time.Second)) {
			t.Errorf("after ten seconds: got %+v, want the limit as the reason until a minute after %v", got, began)
		}
		time.Sleep(55 * time.Second)
	})
}
