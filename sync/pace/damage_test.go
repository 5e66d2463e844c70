package pace_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

// usedUp is a budget file with 20 starts, and its content.
func usedUp(t *testing.T) (path string, content []byte) {
	t.Helper()
	path = budgetPath(t)
	p := newProcess(path, twentyAMinute(), nil)
	for range 20 {
		if err := p.pacer.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

// TestDamagedBudgetIsNeverExceeded damages a file of which nothing is used any more at every byte, and cuts it at every byte.
// Whatever was in it, the whole budget counts as just used, the user is told, and after a window all is well again.
func TestDamagedBudgetIsNeverExceeded(t *testing.T) {
	damaged := map[string]func(content []byte, at int) []byte{
		"a byte is another": func(content []byte, at int) []byte {
			content[at] ^= 0x40
			return content
		},
		"the rest is cut off":         func(content []byte, at int) []byte { return content[:at] },
		"the rest is full of zeros":   func(content []byte, at int) []byte { clear(content[at:]); return content },
		"something else is before it": func(content []byte, at int) []byte { return append(make([]byte, at+1), content...) },
	}
	for name, damage := range damaged {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path, content := usedUp(t)
				for at := range content {
					if testing.Short() && at%7 > 0 {
						continue
					}
					time.Sleep(2 * time.Minute)
					broken := damage(slices.Clone(content), at)
					if slices.Equal(broken, content) {
						continue
					}
					if err := os.WriteFile(path, broken, 0o600); err != nil {
						t.Fatal(err)
					}
					p := newProcess(path, twentyAMinute(), nil)
					began := time.Now()
					for range 20 {
						if err := p.pacer.Wait(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					if waited := time.Since(began); waited != 61200*time.Millisecond {
						t.Fatalf("at byte %d: 20 requests waited %v, want a window", at, waited)
					}
					if got := p.notes.about("damaged"); got != 1 || len(p.notes.text) != 1 {
						t.Fatalf("at byte %d: the notes are %q, want one of the damage", at, p.notes.text)
					}
					if next := newProcess(path, twentyAMinute(), nil); next.pacer.Wait(t.Context()) != nil || len(next.notes.text) > 0 {
						t.Fatalf("at byte %d: the next process is told %q", at, next.notes.text)
					}
				}
			})
		})
	}
}

// TestBudgetThatCannotBeShared: a run goes on within the budget by itself, and says so once.
func TestBudgetThatCannotBeShared(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"its folder is a file": func(path string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(filepath.Dir(path)), 0o700), os.WriteFile(filepath.Dir(path), nil, 0o600))
		},
		"it is a folder":       func(path string) error { return os.MkdirAll(path, 0o700) },
		"its lock is a folder": func(path string) error { return os.MkdirAll(path+".lock", 0o700) },
		"it is a link": func(path string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.Symlink(filepath.Join(filepath.Dir(path), "victim"), path))
		},
		"it may not be written": func(path string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o400))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "it may not be written" && os.Geteuid() == 0 {
				t.Skip("root may write everything")
			}
			synctest.Test(t, func(t *testing.T) {
				path := budgetPath(t)
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				p, starts := newProcess(path, twentyAMinute(), nil), &arrivals{}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				p.pacer.Pause(time.Second)
				p.sendAll(ctx, 4, starts)
				starts.check(t, twentyAMinute(), 10*time.Minute, 0.95)
				if got := p.notes.about("not shared"); got != 1 || len(p.notes.text) != 1 {
					t.Errorf("the notes are %q, want one that the budget is not shared", p.notes.text)
				}
			})
		})
	}
}

// TestBudgetThatBreaksOnTheWay: what was known by then still counts.
func TestBudgetThatBreaksOnTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path, starts, began := budgetPath(t), &arrivals{}, time.Now()
		p := newProcess(path, twentyAMinute(), nil)
		for n := range 40 {
			if n == 10 {
				if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.pacer.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			starts.add(time.Now())
		}
		starts.check(t, twentyAMinute(), time.Since(began), 0.95)
		if got := p.notes.about("not shared"); got != 1 {
			t.Errorf("the notes are %q, want one that the budget is not shared", p.notes.text)
		}
	})
}

// TestBudgetThatIsKeptLocked: a process that was stopped in the middle of its turn does not hold up the others for ever, and
// meanwhile they can be interrupted.
func TestBudgetThatIsKeptLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := budgetPath(t)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		unlock, err := pace.LockBudget(path)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		p := newProcess(path, twentyAMinute(), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.pacer.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the context's", err)
		}
		began := time.Now()
		if err := p.pacer.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited < 5*time.Second || waited > 15*time.Second || p.notes.about("has held") != 1 {
			t.Errorf("waited %v, and the notes are %q; want about 10s and a note of why", waited, p.notes.text)
		}
	})
}

// TestMomentaryLockLosesNothing: what cannot be written while others are at the file is written at the next chance.
func TestMomentaryLockLosesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(*pace.Pacer)
		want      time.Duration
	}{
		"that a request has gone out late": {(*pace.Pacer).Sending, 61200 * time.Millisecond},
		"that the API asks for a pause":    {func(p *pace.Pacer) { p.Pause(2 * time.Minute) }, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path, limit := budgetPath(t), pace.Limit{Requests: 1, Per: time.Minute}
				p, other := newProcess(path, limit, nil), newProcess(path, limit, nil)
				if err := p.pacer.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				unlock, err := pace.LockBudget(path)
				if err != nil {
					t.Fatal(err)
				}
				c.meanwhile(p.pacer)
				began := time.Now()
				unlock()
				next, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := p.pacer.Wait(next); err == nil {
					t.Fatal("the budget was used up, and another request went out")
				}
				if err := other.pacer.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(began); waited != c.want {
					t.Errorf("the other process waited %v, want %v", waited, c.want)
				}
			})
		})
	}
}
