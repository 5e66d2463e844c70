package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// A process may have the kernel refuse system calls to itself. That is how these tests get a disk without locks, and one that
// cannot be synced.

// refuse makes the kernel answer some system calls of this process with an error from now on.
func refuse(reason unix.Errno, calls ...uint32) error {
	const number = 0 // where struct seccomp_data has the number of the call
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number}}
	for _, call := range calls {
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: call},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(reason)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // the filter is set from a thread that has given up all new privileges
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("%s: %w", noPermission, err)
	}
	_, _, failed := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&program)))
	if failed != 0 {
		return fmt.Errorf("%s: %w", noPermission, failed)
	}
	return nil
}

// childNoLocks tries to lock in a folder whose disk knows no locks.
func childNoLocks(dir string) error {
	if err := refuse(unix.ENOLCK, unix.SYS_FLOCK); err != nil {
		return err
	}
	return childLock(dir)
}

// childNoSync pushes on a disk that fails after a while.
func childNoSync(ctx context.Context, dir string) error {
	l, err := ledger.Open(ctx, dir)
	if err != nil {
		return err
	}
	r, err := l.Recorder(ctx, crashRun)
	if err != nil {
		return err
	}
	for seq := int64(1); seq <= 20; seq++ {
		if seq == 10 {
			if err := refuse(unix.EIO, unix.SYS_FSYNC, unix.SYS_FDATASYNC); err != nil {
				return err
			}
		}
		if err := r.Intend(ctx, push.Intent{Seq: seq, Attempt: 1}); err != nil {
			return fmt.Errorf("%d: %w", seq, err)
		}
	}
	return nil
}

// refused is what a process has said that plays a part and fails.
func refused(t *testing.T, part, dir string) string {
	t.Helper()
	c, out := child(t, part, dir)
	var said []string
	for out.Scan() {
		said = append(said, out.Text())
	}
	text := strings.Join(said, "\n")
	if strings.Contains(text, noPermission) {
		t.Skipf("this system does not let a process filter its own calls: %s", text)
	}
	var failed *exec.ExitError
	if err := c.Wait(); !errors.As(err, &failed) {
		t.Errorf("got %v, want the process to fail: %s", err, text)
	}
	return text
}

// Without locks two runs might write at once, so none does.
func TestADiskWithoutLocksIsRefused(t *testing.T) {
	t.Parallel()
	if said := refused(t, "no locks", newFolder(t)); !strings.Contains(said, "does its disk support locks") || strings.Contains(said, "locked") {
		t.Errorf("got %q, want an error that says what to do", said)
	}
}

// The whole way down to the system call: what cannot be synced is not acknowledged, and nothing that was is lost.
func TestASyncThatTheSystemRefusesStopsTheRun(t *testing.T) {
	t.Parallel()
	dir := planned(t, 20)
	if said := refused(t, "no sync", dir); !strings.Contains(said, "error 10: ") || !strings.Contains(said, dir+"/ledger.db failed") {
		t.Errorf("got %q, want the 10th intent to fail and the ledger to be named", said)
	}
	var promises []promise
	for seq := int64(1); seq < 10; seq++ {
		promises = append(promises, promise{seq: seq})
	}
	gone, err := broken(t.Context(), dir, promises)
	must(t, err)
	for _, g := range gone {
		t.Error(g)
	}
}
