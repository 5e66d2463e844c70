package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

var errHeld = errors.New("another process holds the lock")

// Holder is who holds a lock.
type Holder struct {
	Owner string    `json:"owner"` // what the caller says, such as the user and the run
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// HeldError says that another run is at work on the same resource of the same account. The holder's fields are empty if
// it has only just begun.
type HeldError struct {
	Holder
	Account  string
	Resource string
	File     string
}

// Error names the holder and the remedy.
func (e *HeldError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("%s (host %s, process %d, since %s)", e.Owner, e.Host, e.PID, e.Since.Local().Format(time.DateTime))
	}
	return fmt.Sprintf("%s is at work on %s of account %s: wait for its end, or stop it", who, e.Resource, e.Account)
}

// AccountLock keeps other runs away from a resource of an account. The operating system frees it when the process ends,
// however it ends.
type AccountLock struct {
	once sync.Once
	file *os.File
	err  error
}

// Lock takes the lock of a resource of an account in the folder dir, which it creates if need be. It never waits: if the
// lock is held, the error is a [*HeldError].
func Lock(dir, account, resource, owner string) (*AccountLock, error) {
	if err := ensureFolder(dir); err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	sum := sha256.Sum256([]byte(account + "\x00" + resource))
	name := filepath.Join(dir, fmt.Sprintf("%x.lock", sum[:16]))
	f, err := lockFile(name, false)
	if errors.Is(err, errHeld) {
		return nil, &HeldError{Holder: readHolder(name), Account: account, Resource: resource, File: name}
	}
	if err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	if err := writeHolder(f, owner); err != nil {
		return nil, fmt.Errorf("lock account: %w", errors.Join(err, f.Close()))
	}
	return &AccountLock{file: f}, nil
}

// Close frees the lock. Closing it again does nothing.
func (l *AccountLock) Close() error {
	l.once.Do(func() { l.err = errors.Join(l.file.Truncate(0), l.file.Close()) })
	return l.err
}

func writeHolder(f *os.File, owner string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text, err := json.Marshal(Holder{Owner: owner, Host: host, PID: os.Getpid(), Since: time.Now().UTC()})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return err
}

// readHolder reads what it can; the lock is held whether or not its file can be read.
func readHolder(name string) Holder {
	var h Holder
	f, err := os.Open(name)
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

// lockFile opens a file, creating it if need be, and locks it until it is closed. If another holds the lock it waits, or
// else fails with errHeld.
func lockFile(name string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	err = f.Chmod(0o600)
	if err == nil {
		err = lock(f, wait)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
