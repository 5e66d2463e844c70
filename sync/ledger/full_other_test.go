//go:build !linux

package ledger_test

import (
	"context"
	"errors"
)

// These parts are for a system that lets a process mount a disk of its own and refuse calls to itself.

func childFullDisk(context.Context, string) error { return errors.ErrUnsupported }

func childNoLocks(string) error { return errors.ErrUnsupported }

func childNoSync(context.Context, string) error { return errors.ErrUnsupported }
