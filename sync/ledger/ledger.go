// Package ledger is the durable store of what was planned, tried and seen: runs, changes, attempts, outcomes, the map from
// keys to record ids, and the account's write sequence. After a crash it is the only witness, so it holds three things above
// all: an intent that was acknowledged is on the disk, a row that does not carry its checksum is never acted upon, and a
// ledger that holds less than was acknowledged is not opened.
//
// SQLite sees to the first, with a sync of its write-ahead log in every commit. It does not see to the last: a log that is
// cut, spoilt or gone is to it a log that ends there. So each transaction counts itself in the database, and a mark beside
// it (ledger.db-mark) is told the count before anybody is told of the commit. To sync the mark as well in every commit would
// cost a sixth of the throughput on a fast disk and up to half on a slow one, and gain nothing: what the log's own sync has
// put on the disk no power cut takes away, and against what happens to the files later the mark has to be there soon, not at
// once. So it is synced as often as that takes a fiftieth of the time, and on closing. After a power cut it may be a little
// behind the ledger; it is never ahead, so it raises no false alarm.
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
	"sync/atomic"
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
	mark  *mark
	count atomic.Int64 // of the transactions, when this process last looked
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
	if err := l.connect(); err != nil {
		return nil, l.explain("open ledger", errors.Join(err, l.Close()))
	}
	return l, nil
}

// prepare makes the file, or examines it and brings its schema up to date, while no other process does the same.
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
	acknowledged, err := readMark(l.file + markSuffix) // before the database, which is never behind it
	if err != nil {
		return err
	}
	var held int64
	switch _, err := os.Lstat(l.file); {
	case err == nil:
		if held, err = inspectDatabase(ctx, l.file, acknowledged); err != nil {
			return err
		}
		if err := upgradeDatabase(ctx, l.file); err != nil {
			return err
		}
	case !errors.Is(err, os.ErrNotExist):
		return err
	case acknowledged > 0:
		return loss(fmt.Sprintf("the file is gone, and %d transactions were acknowledged", acknowledged))
	default:
		if err := createDatabase(ctx, l.file); err != nil {
			return err
		}
	}
	l.mark, err = openMark(l.file+markSuffix, held)
	return err
}

func (l *Ledger) connect() (err error) {
	if l.write, err = openDatabase(l.file, forWriting); err != nil {
		return err
	}
	l.read, err = openDatabase(l.file, forReading)
	return err
}

// Close closes the ledger and removes its temporary files. Recorders must be closed before.
func (l *Ledger) Close() error {
	var errs []error
	for _, db := range []*sql.DB{l.read, l.write} { // the writer last: it empties the write-ahead log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if l.mark != nil {
		errs = append(errs, l.mark.Close())
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

// transact runs f in one transaction on the writing connection. It returns nil when that is on the disk and counted.
func (l *Ledger) transact(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var count int64
	if err = f(tx); err == nil {
		count, err = countCommit(ctx, tx, l.count.Load())
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.count.Store(count)
	return l.mark.raise(count)
}
