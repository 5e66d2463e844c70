package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"

	"golang.org/x/sys/windows"
)

// noFollow has no counterpart here: links need a privilege.
const noFollow = 0

// lock locks f until it is closed: one byte far behind the text, because a locked byte cannot be read by others.
func lock(f *os.File, wait bool) error {
	how := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK)
	if !wait {
		how |= windows.LOCKFILE_FAIL_IMMEDIATELY
	}
	at := &windows.Overlapped{OffsetHigh: math.MaxInt32}
	err := windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errHeld
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w (does its disk support locks? let --state or XDG_STATE_HOME name a folder on a local one)", f.Name(), err)
	}
	return nil
}

// checkPrivate leaves the folder to its access list, which mode bits do not show here.
func checkPrivate(string, fs.FileInfo) error { return nil }

// syncFolder does nothing: names are durable with their files here.
func syncFolder(string) error { return nil }
