package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// ensureFolder makes dir for its owner alone. A folder that is there already must not be open to writers other than its
// owner: whoever can swap the ledger decides what is sent.
func ensureFolder(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask is
			return err
		}
		info, err = os.Lstat(dir)
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(dir); err != nil {
			return err
		}
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder: name another one with --state", dir)
	}
	return checkPrivate(dir, info)
}

// checkFiles refuses files that lead elsewhere, and an empty ledger: a ledger is never empty, so it was cut off.
func checkFiles(file string) error {
	for _, name := range siblings(file) {
		info, err := os.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is a link or no file at all: remove it, or name another folder with --state", name)
		}
		if name == file && info.Size() == 0 {
			return damage("the file is empty")
		}
		if err := os.Chmod(name, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// createPrivate makes a new empty file for its owner alone. SQLite gives the files beside it the same rights.
func createPrivate(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// tempFolder is a folder of one process inside the ledger's folder. The locked file in it tells that its owner lives.
type tempFolder struct {
	root string
	mu   sync.Mutex
	dir  string
	gate *os.File
}

const tempGate = "owner.lock"

func (t *tempFolder) path() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dir != "" {
		return t.dir, nil
	}
	gate, err := lockFile(filepath.Join(t.root, "open.lock"), true) // no sweep may come between
	if err != nil {
		return "", fmt.Errorf("make folder for temporary files: %w", err)
	}
	defer gate.Close()
	if err := t.create(); err != nil {
		return "", fmt.Errorf("make folder for temporary files: %w", err)
	}
	return t.dir, nil
}

func (t *tempFolder) create() error {
	parent := filepath.Join(t.root, "tmp")
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(parent, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if t.gate, err = lockFile(filepath.Join(dir, tempGate), false); err != nil {
		return err
	}
	t.dir = dir
	return nil
}

func (t *tempFolder) remove() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dir == "" {
		return nil
	}
	err := errors.Join(t.gate.Close(), os.RemoveAll(t.dir))
	t.dir, t.gate = "", nil
	return err
}

// sweepTemp removes temporary files whose process is gone. It never leaves the folder dir, whatever is linked in there.
func sweepTemp(dir string) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	entries, err := fs.ReadDir(root.FS(), "tmp")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("wipe temporary files: %w", err)
	}
	for _, e := range entries {
		name := filepath.Join("tmp", e.Name())
		if e.IsDir() && isHeld(filepath.Join(dir, name, tempGate)) {
			continue
		}
		if err := root.RemoveAll(name); err != nil {
			return fmt.Errorf("wipe temporary files: %w", err)
		}
	}
	return nil
}

// isHeld reports whether a living process holds the lock on a file.
func isHeld(file string) bool {
	gate, err := lockFile(file, false)
	if err == nil {
		err = gate.Close()
	}
	return errors.Is(err, errHeld)
}
