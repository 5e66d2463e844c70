package ledger_test

import (
	"errors"
	"os"
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

func TestLockOfADeadProcessIsFree(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	c, out := child(t, "lock", dir)
	if !out.Scan() || out.Text() != "locked" {
		t.Fatalf("got %q from the process, want it to hold the lock", out.Text())
	}
	_, err := ledger.Lock(dir, account, resource, "bob")
	var held *ledger.HeldError
	if !errors.As(err, &held) || held.PID != c.Process.Pid {
		t.Errorf("got %v, want a HeldError that names process %d", err, c.Process.Pid)
	}
	must(t, c.Process.Kill())
	_ = c.Wait() // killed
	l, err := ledger.Lock(dir, account, resource, "bob")
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
