package ledger_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
)

func TestLockKeepsASecondRunAway(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	first, err := ledger.Lock(dir, account, resource, "ann, run 20261121")
	must(t, err)
	_, err = ledger.Lock(dir, account, resource, "bob")
	var held *ledger.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("got %v, want a HeldError", err)
	}
	host, err := os.Hostname()
	must(t, err)
	if held.Owner != "ann, run 20261121" || held.PID != os.Getpid() || held.Host != host || held.Since.IsZero() {
		t.Errorf("got %+v, want the first holder", held.Holder)
	}
	for _, part := range []string{"ann, run 20261121", host, resource, account} {
		if !strings.Contains(held.Error(), part) {
			t.Errorf("got %q, want it to name %q", held, part)
		}
	}
	for _, other := range [][2]string{{account, "cro/customer"}, {"another", resource}} {
		l, err := ledger.Lock(dir, other[0], other[1], "bob")
		must(t, err)
		must(t, l.Close())
	}
	must(t, first.Close())
	must(t, first.Close())
	again, err := ledger.Lock(dir, account, resource, "bob")
	must(t, err)
	must(t, again.Close())
}

// locker is a process that has tried to take the lock, and what it said.
func locker(t *testing.T, part, dir string) (c *exec.Cmd, said string) {
	t.Helper()
	c, out := child(t, part, dir)
	if !out.Scan() {
		t.Fatalf("process %d has said nothing: %v", c.Process.Pid, out.Err())
	}
	return c, out.Text()
}

func TestASecondProcessEndsAtOnceAndNamesTheFirst(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	first, said := locker(t, "lock", dir)
	if said != "locked" {
		t.Fatalf("got %q from the first process, want it to hold the lock", said)
	}
	second, said := locker(t, "lock", dir)
	if said == "locked" {
		must(t, second.Process.Kill())
		must(t, first.Process.Kill())
		t.Fatal("the second process has taken the lock, too")
	}
	if err := second.Wait(); err == nil {
		t.Error("the second process ended well")
	}
	host, err := os.Hostname()
	must(t, err)
	for _, part := range []string{"ann, run 20261121", "host " + host, fmt.Sprint("process ", first.Process.Pid, ","), resource, account} {
		if !strings.Contains(said, part) {
			t.Errorf("got %q from the second process, want it to name %q", said, part)
		}
	}
	if _, err := ledger.Lock(dir, account, resource, "bob"); err == nil {
		t.Error("the second process has taken the lock away from the first")
	}
	must(t, first.Process.Kill())
	_ = first.Wait() // killed
}

func TestOneOfManyProcessesGetsTheLock(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	var holders []*exec.Cmd
	for range 6 {
		c, out := child(t, "lock", dir)
		defer func() { _ = c.Wait() }() // killed, or refused
		defer func() { _ = c.Process.Kill() }()
		if out.Scan() && out.Text() == "locked" {
			holders = append(holders, c)
		}
	}
	if len(holders) != 1 {
		t.Errorf("got %d processes that hold the lock, want one", len(holders))
	}
}

// The lock goes with its owner. What the owner has left in the file means nothing, even if another process has its number now.
func TestLockOfADeadProcessIsFree(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	c, said := locker(t, "lock", dir)
	_, err := ledger.Lock(dir, account, resource, "bob")
	var held *ledger.HeldError
	if !errors.As(err, &held) || held.PID != c.Process.Pid || said != "locked" {
		t.Fatalf("got %v, want a HeldError that names process %d", err, c.Process.Pid)
	}
	must(t, c.Process.Kill())
	_ = c.Wait() // killed
	left, err := os.ReadFile(held.File)
	must(t, err)
	if !strings.Contains(string(left), fmt.Sprint(c.Process.Pid)) {
		t.Fatalf("got %q, want what the dead owner has left", left)
	}
	l, err := ledger.Lock(dir, account, resource, "bob")
	must(t, err)
	must(t, l.Close())
	reused := strings.ReplaceAll(string(left), fmt.Sprint(c.Process.Pid), fmt.Sprint(os.Getpid()))
	must(t, os.WriteFile(held.File, []byte(reused), 0o600))
	l, err = ledger.Lock(dir, account, resource, "bob")
	must(t, err)
	must(t, l.Close())
}

func TestLockWithoutReadableHolderIsStillHeld(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	first, err := ledger.Lock(dir, account, resource, "ann")
	must(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("got lock files %q, want one", files)
	}
	must(t, os.WriteFile(files[0], []byte("{half"), 0o600))
	_, err = ledger.Lock(dir, account, resource, "bob")
	var held *ledger.HeldError
	if !errors.As(err, &held) || !strings.HasPrefix(held.Error(), "another process") {
		t.Errorf("got %v, want a HeldError about another process", err)
	}
	must(t, first.Close())
}

func TestLockFollowsNoLink(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	first, err := ledger.Lock(dir, account, resource, "ann")
	must(t, err)
	must(t, first.Close())
	files, err := filepath.Glob(filepath.Join(dir, "*.lock"))
	must(t, err)
	victim := filepath.Join(t.TempDir(), "victim")
	must(t, os.WriteFile(victim, []byte("keep"), 0o600))
	must(t, os.Remove(files[0]))
	must(t, os.Symlink(victim, files[0]))
	if _, err := ledger.Lock(dir, account, resource, "ann"); err == nil {
		t.Error("a lock that is a link was taken")
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != "keep" {
		t.Errorf("got %q (%v), want the linked file untouched", text, err)
	}
}
