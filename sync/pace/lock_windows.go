package pace

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// noFollow has no counterpart here: links need a privilege.
const noFollow = 0

// tryLock locks f until it is unlocked or closed, or tells that another one holds it.
func tryLock(f *os.File) (held bool, err error) {
	how := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY)
	err = windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return true, nil
	}
	return false, err
}

// unlock ends the lock: here, that of a closed file may linger.
func unlock(f *os.File) {
	_ = windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{}) // closing f does it, too
}
