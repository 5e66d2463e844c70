package ledger_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
)

func TestOpenRefusesWhatIsNoLedger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, file string)
		damaged bool
		says    string
	}{
		"a text file": {func(t *testing.T, file string) {
			must(t, os.WriteFile(file, []byte(strings.Repeat("not a database\n", 500)), 0o600))
		}, true, "put back a copy"},
		"an empty file": {func(t *testing.T, file string) { must(t, os.Truncate(file, 0)) }, true, "the file is empty"},
		"a file cut in the middle": {func(t *testing.T, file string) {
			info, err := os.Stat(file)
			must(t, err)
			must(t, os.Truncate(file, info.Size()/2))
		}, true, "put back a copy"},
		"a ledger of a newer version": {func(t *testing.T, file string) {
			l, err := ledger.Open(t.Context(), filepath.Dir(file))
			must(t, err)
			must(t, l.Exec(t.Context(), "CREATE TABLE machines (name TEXT); UPDATE schema_version SET version = 99"))
			must(t, l.Close())
		}, false, "written by a newer Rollcall (schema 99"},
		"a version that is spoilt": {func(t *testing.T, file string) {
			l, err := ledger.Open(t.Context(), filepath.Dir(file))
			must(t, err)
			must(t, l.Exec(t.Context(), "UPDATE schema_version SET version = 35"))
			must(t, l.Close())
		}, true, "not those of schema 35"},
		"a table that is spoilt": {func(t *testing.T, file string) {
			l, err := ledger.Open(t.Context(), filepath.Dir(file))
			must(t, err)
			must(t, l.Exec(t.Context(), "ALTER TABLE changes RENAME COLUMN line TO lime"))
			must(t, l.Close())
		}, true, "not those of schema"},
		"a database of another program": {func(t *testing.T, file string) {
			must(t, os.Remove(file))
			db, err := sql.Open("sqlite", file)
			must(t, err)
			_, err = db.ExecContext(t.Context(), "CREATE TABLE songs (title TEXT)")
			must(t, errors.Join(err, db.Close()))
		}, false, "another program"},
		"a folder": {func(t *testing.T, file string) {
			must(t, os.Remove(file))
			must(t, os.Mkdir(file, 0o700))
		}, false, "no file at all"},
		"a link to a ledger": {func(t *testing.T, file string) {
			must(t, os.Rename(file, file+".real"))
			must(t, os.Symlink(file+".real", file))
		}, false, "is a link"},
		"a link to a write-ahead log": {func(t *testing.T, file string) {
			must(t, os.Symlink(file, file+"-wal"))
		}, false, "is a link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newFolder(t)
			l, err := ledger.Open(t.Context(), dir)
			must(t, err)
			must(t, l.Close())
			file := filepath.Join(dir, "ledger.db")
			c.spoil(t, file)
			l, err = ledger.Open(t.Context(), dir)
			if err == nil {
				must(t, l.Close())
				t.Fatal("it was opened")
			}
			if errors.Is(err, ledger.ErrDamaged) != c.damaged {
				t.Errorf("got %v, want damaged %v", err, c.damaged)
			}
			if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %q, want it to say %q and to name %s", err, c.says, file)
			}
		})
	}
}

// A crash while the ledger is made must not leave a file that is then taken for one.
func TestOpenBeginsAnewAfterACrashWhileCreating(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "ledger.db.new"), []byte("half made"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "ledger.db.new-wal"), []byte("half made"), 0o600))
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("one")))
}

func TestOpenTakesAnyFolderName(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "50% of #1? & Übrige", "state")
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("one")))
	if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err != nil {
		t.Error(err)
	}
}

func TestManyProcessesMayCreateTheLedgerAtOnce(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	answers := make(chan error)
	const n = 8
	for i := range n {
		go func() {
			l, err := ledger.Open(t.Context(), dir)
			if err == nil {
				err = errors.Join(l.CreateRun(t.Context(), newRun(keyAt(i))), l.Close())
			}
			answers <- err
		}()
	}
	for range n {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	if runs, err := openAt(t, dir).Runs(t.Context(), 0); err != nil || len(runs) != n {
		t.Errorf("got %d runs (%v), want %d", len(runs), err, n)
	}
}

func TestTemporaryFilesGoWithTheirProcess(t *testing.T) {
	t.Parallel()
	dir := newFolder(t)
	outside := t.TempDir()
	kept := filepath.Join(outside, "kept")
	must(t, os.WriteFile(kept, nil, 0o600))
	left := filepath.Join(dir, "tmp", "run-dead")
	must(t, os.MkdirAll(left, 0o700))
	must(t, os.Chmod(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(left, "customers.csv"), nil, 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "tmp", "run-link")))

	first := openAt(t, dir)
	if entries, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(entries) != 0 {
		t.Errorf("got %v (%v), want what the dead process left to be gone", entries, err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("a file outside the folder was touched: %v", err)
	}
	mine, err := first.TempDir()
	must(t, err)
	again, err := first.TempDir()
	must(t, err)
	if again != mine || !strings.HasPrefix(mine, dir) {
		t.Errorf("got %s, then %s, want one folder inside %s", mine, again, dir)
	}
	second, err := ledger.Open(t.Context(), dir)
	must(t, err)
	theirs, err := second.TempDir()
	must(t, err)
	if _, err := os.Stat(mine); err != nil || theirs == mine {
		t.Errorf("the folder of a living process was taken away: %v", err)
	}
	must(t, second.Close())
	if _, err := os.Stat(theirs); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want the folder to go with its ledger", err)
	}
}
