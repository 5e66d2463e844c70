//go:build unix

package ledger_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// It is not parallel: the umask is the whole process's.
func TestFilesAreForTheirOwnerAloneWhateverTheUmask(t *testing.T) {
	for _, umask := range []int{0, 0o077, 0o377} {
		old := syscall.Umask(umask)
		dir := newFolder(t)
		l, err := ledger.Open(t.Context(), dir)
		if err == nil {
			_, err = l.TempDir()
		}
		lock, lockErr := ledger.Lock(dir, account, resource, "me")
		syscall.Umask(old)
		must(t, err)
		must(t, lockErr)
		must(t, l.SavePlan(t.Context(), contacts(), newRun("one"), creates(1)))
		r, err := l.Recorder(t.Context(), "one")
		must(t, err)
		must(t, r.Intend(t.Context(), push.Intent{Seq: 1, Attempt: 1}))
		files := map[string]bool{}
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			must(t, err)
			info, err := d.Info()
			must(t, err)
			want := fs.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %04o, %s: got mode %04o, want %04o", umask, path, got, want)
			}
			files[filepath.Base(path)] = true
			return nil
		}))
		for _, name := range []string{"ledger.db", "ledger.db-wal", "ledger.db-shm"} {
			if !files[name] {
				t.Errorf("umask %04o: %s was not looked at", umask, name)
			}
		}
		must(t, r.Close())
		must(t, lock.Close())
		must(t, l.Close())
	}
}

func TestOpenRefusesAFolderThatOthersMayWriteTo(t *testing.T) {
	t.Parallel()
	for _, mode := range []fs.FileMode{0o770, 0o707, 0o777} {
		dir := newFolder(t)
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.Chmod(dir, mode))
		if l, err := ledger.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("mode %04o: got %v, want a refusal with the remedy", mode, err)
			must(t, l.Close())
		}
		if _, err := ledger.Lock(dir, account, resource, "me"); err == nil {
			t.Errorf("mode %04o: the lock was taken", mode)
		}
	}
}

func TestOpenRefusesAFolderOfAnotherUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	dir := newFolder(t)
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 12345, -1))
	if _, err := ledger.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "belongs to user 12345") {
		t.Errorf("got %v, want a refusal that names the owner", err)
	}
}
