// Package ledger is the durable store of what was planned, tried and seen: runs, changes, attempts, outcomes, the map from
// keys to record ids, and the account's write sequence. After a crash it is the only witness, so it holds two things above
// all: an intent that was acknowledged is on the disk, and a row that does not carry its checksum is never acted upon.
//
// It decides nothing and sends nothing. It knows records and changes only to store them and give them back.
//
// Begin at [Open]. A plan goes in with [Ledger.SavePlan], is read back with [Ledger.Pending], and is carried out under a
// [Recorder]; [Ledger.Entries] is the whole account afterwards. [Lock] keeps a second run away from the same account.
package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrDamaged says that the ledger does not hold what was written to it. Nothing may be sent on its word.
var ErrDamaged = errors.New("the ledger is damaged")

// ErrNoRun says that the ledger has no such run.
var ErrNoRun = errors.New("no such run")

// ErrStale says that another run has written to the account since this one was planned.
var ErrStale = errors.New("another run has written to this account since the plan was made: plan the sheet again")

// ErrClosed is what a closed [Recorder] answers.
var ErrClosed = errors.New("the recorder is closed")

const fileName = "ledger.db"

// Ledger is an open store. Its methods may be called from several goroutines, and several processes may have the same
// ledger open.
type Ledger struct {
	dir   string
	file  string
	write *sql.DB // one connection: writers queue here instead of failing as busy
	read  *sql.DB
	temp  tempFolder
}

// Open opens the ledger in the folder dir, creating both if need be, and wipes what dead processes left in the folder of
// temporary files. It refuses a folder that others may write to, and a ledger that is damaged ([ErrDamaged]) or was
// written by a newer Rollcall.
func Open(ctx context.Context, dir string) (*Ledger, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	if err := ensureFolder(dir); err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	l := &Ledger{dir: dir, file: filepath.Join(dir, fileName)}
	l.temp.root = dir
	if err := l.prepare(ctx); err != nil {
		return nil, l.explain("open ledger", err)
	}
	if err := l.connect(ctx); err != nil {
		return nil, l.explain("open ledger", errors.Join(err, l.Close()))
	}
	return l, nil
}

// prepare makes the file and brings its schema up to date while no other process does the same.
func (l *Ledger) prepare(ctx context.Context) (err error) {
	gate, err := lockFile(filepath.Join(l.dir, "open.lock"), true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	if err := sweepTemp(l.dir); err != nil {
		return err
	}
	if err := checkFiles(l.file); err != nil {
		return err
	}
	if _, err := os.Lstat(l.file); errors.Is(err, os.ErrNotExist) {
		return createDatabase(ctx, l.file)
	}
	return upgradeDatabase(ctx, l.file)
}

func (l *Ledger) connect(ctx context.Context) (err error) {
	if l.write, err = openDatabase(l.file, forWriting); err != nil {
		return err
	}
	if l.read, err = openDatabase(l.file, forReading); err != nil {
		return err
	}
	return quickCheck(ctx, l.read)
}

// Close closes the ledger and removes its temporary files. Recorders must be closed before.
func (l *Ledger) Close() error {
	var errs []error
	for _, db := range []*sql.DB{l.read, l.write} { // the writer last: it empties the write-ahead log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	errs = append(errs, l.temp.remove())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close ledger: %w", err)
	}
	return nil
}

// Dir is the folder of the ledger.
func (l *Ledger) Dir() string { return l.dir }

// TempDir is a folder for temporary files of this process alone, inside the ledger's folder. It goes with [Ledger.Close],
// or when the ledger is next opened after a crash.
func (l *Ledger) TempDir() (string, error) { return l.temp.path() }

// transact runs f in one transaction on the writing connection.
func (l *Ledger) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// explain adds the act, and what to do if the file is to blame.
func (l *Ledger) explain(act string, err error) error {
	if err == nil {
		return nil
	}
	if d := (damage)(""); errors.As(err, &d) || saysDamaged(err) {
		return fmt.Errorf("%s: %w: %w (nothing is sent on the word of %s: put back a copy of it, or move it away with its "+
			"-wal and -shm files and plan again)", act, ErrDamaged, err, l.file)
	}
	if saysFull(err) {
		return fmt.Errorf("%s: %w (no room on the disk of %s: free some and run again)", act, err, l.dir)
	}
	return fmt.Errorf("%s: %w", act, err)
}
