package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

const (
	smallDisk    = 8 << 20
	fullChanges  = 300
	noPermission = "no permission to mount"
)

// A real file system of 8 MiB becomes full under a run: the run stops with what is on the disk acknowledged, and goes on when
// there is room.
func TestAFullFileSystemStopsTheRunUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	must(t, err)
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), "ROLLCALL_LEDGER_CHILD=full disk", "ROLLCALL_LEDGER_DIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS} // the mount is its own, and goes with it
	if os.Geteuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || bytes.Contains(out, []byte(noPermission)) {
		t.Skipf("this system does not let a test mount a file system (%v %s)", err, out)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}

// childFullDisk is what the process does that has the small disk to itself.
func childFullDisk(ctx context.Context, dir string) error {
	if err := mountSmall(dir); err != nil {
		return err
	}
	state, ballast := filepath.Join(dir, "state"), filepath.Join(dir, "ballast")
	l, err := ledger.Open(ctx, state)
	if err != nil {
		return err
	}
	if err := l.SavePlan(ctx, contacts(), newRun(crashRun), creates(fullChanges)); err != nil {
		return err
	}
	for _, left := range []int{64 << 10, 0, 100 << 10} { // it becomes full at different moments
		if err := fill(ballast, dir, left); err != nil {
			return err
		}
		promises, stopped := untilFull(ctx, l)
		if stopped == nil {
			fmt.Println("the run came to its end with", left, "bytes left")
			continue
		}
		if !strings.Contains(stopped.Error(), filepath.Join(state, "ledger.db")+": free some") {
			return fmt.Errorf("the error does not say what to do: %w", stopped)
		}
		if _, err := ledger.Open(ctx, state); left == 0 && (err == nil || errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "free some")) {
			return fmt.Errorf("opened when there is no room: %w", err)
		}
		if err := errors.Join(l.Close(), os.Remove(ballast)); err != nil {
			return fmt.Errorf("make room: %w", err)
		}
		gone, err := broken(ctx, state, promises)
		if err != nil || len(gone) > 0 {
			return fmt.Errorf("with %d bytes left: %q %w", left, gone, err)
		}
		fmt.Println(len(promises), "promises kept with", left, "bytes left")
		if l, err = ledger.Open(ctx, state); err != nil {
			return err
		}
	}
	if err := finish(ctx, l); err != nil {
		return err
	}
	counts, err := l.Counts(ctx, crashRun)
	if err == nil && counts[plan.Created] != fullChanges {
		err = fmt.Errorf("got %v, want all created", counts)
	}
	return errors.Join(err, l.Close())
}

func mountSmall(dir string) error {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", smallDisk))
	}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%s: %w", noPermission, err)
	}
	return err
}

// fill leaves so many bytes of the disk free.
func fill(ballast, dir string, left int) error {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return err
	}
	return os.WriteFile(ballast, make([]byte, int(s.Bfree)*int(s.Bsize)-left), 0o600)
}

// untilFull pushes until the disk is full, and tells what was promised.
func untilFull(ctx context.Context, l *ledger.Ledger) (promises []promise, err error) {
	r, err := l.Recorder(ctx, crashRun)
	if err != nil {
		return nil, err
	}
	left, err := gather(l.Pending(ctx, contacts(), crashRun))
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	var mu sync.Mutex
	err = laboured(ctx, r, left, 4, func(p promise) {
		mu.Lock()
		defer mu.Unlock()
		promises = append(promises, p)
	})
	return promises, errors.Join(err, r.Close())
}
