package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
)

// marked is a ledger of some transactions in a closed folder, and its mark.
func marked(t *testing.T) (dir, mark string) {
	t.Helper()
	dir = planned(t, 10)
	return dir, filepath.Join(dir, "ledger.db-mark")
}

// A mark that the power cut tore while it was written says a little less, not something else.
func TestATornMarkIsNoDamage(t *testing.T) {
	t.Parallel()
	dir, mark := marked(t)
	whole, err := os.ReadFile(mark)
	must(t, err)
	for at := range len(bytes.TrimRight(whole, "\x00")) {
		torn := bytes.Clone(whole)
		torn[at] ^= 0xff
		must(t, os.WriteFile(mark, torn, 0o600))
		l, err := ledger.Open(t.Context(), dir)
		if err != nil {
			t.Fatalf("byte %d: got %v, want the ledger to be opened", at, err)
		}
		must(t, l.Close())
	}
}

func TestAMarkThatSaysNothingIsDamage(t *testing.T) {
	t.Parallel()
	dir, mark := marked(t)
	for name, text := range map[string][]byte{
		"empty": nil, "all zero": make([]byte, 4096), "a text": []byte(strings.Repeat("hello ", 500)),
	} {
		must(t, os.WriteFile(mark, text, 0o600))
		if _, err := ledger.Open(t.Context(), dir); !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "remove "+mark) {
			t.Errorf("%s: got %v, want damage and what to do", name, err)
		}
	}
	must(t, os.Remove(mark))
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("next")))
}

func TestAMarkThatIsALinkIsRefused(t *testing.T) {
	t.Parallel()
	dir, mark := marked(t)
	must(t, os.Rename(mark, mark+".real"))
	must(t, os.Symlink(mark+".real", mark))
	if _, err := ledger.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), mark+" is a link") {
		t.Errorf("got %v, want the link to be refused", err)
	}
}

// An older copy is sound in itself. What it does not know would be sent again.
func TestAnOlderCopyIsNotTakenForTheLedger(t *testing.T) {
	t.Parallel()
	dir, mark := marked(t)
	copied := readFiles(t, dir)
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	for i := range 300 { // more often than the mark has slots
		must(t, l.SetCache(t.Context(), account, "lookup", []byte{byte(i)}))
	}
	must(t, l.Close())
	newer := readFiles(t, dir)
	copied.with("ledger.db-mark", newer["ledger.db-mark"]).put(t, dir)
	if _, err := ledger.Open(t.Context(), dir); !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "of 30") {
		t.Errorf("got %v, want damage that counts what is missing", err)
	}
	copied.put(t, dir) // with its own mark
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("next")))
	newer.put(t, dir)
	must(t, os.Remove(mark))
	must(t, openAt(t, dir).CreateRun(t.Context(), newRun("next")))
}

// Two processes count in turn: none overlooks what the other has promised.
func TestTwoProcessesShareOneMark(t *testing.T) {
	t.Parallel()
	dir, _ := marked(t)
	one, two := openAt(t, dir), openAt(t, dir)
	for i := range 20 {
		must(t, one.SetCache(t.Context(), account, "lookup", []byte{byte(i)}))
		must(t, two.SetCache(t.Context(), account, "lookup", []byte{byte(i)}))
	}
	f := readFiles(t, dir)
	f["ledger.db-wal"] = f["ledger.db-wal"][:len(f["ledger.db-wal"])-1]
	spoilt := newFolder(t)
	f.put(t, spoilt)
	if _, err := ledger.Open(t.Context(), spoilt); !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("got %v, want the lost end to be noticed", err)
	}
	f = readFiles(t, dir)
	f.put(t, spoilt)
	must(t, openAt(t, spoilt).CreateRun(t.Context(), newRun("next")))
}

// A ledger from before there were marks gets one, and is guarded from then on.
func TestALedgerOfAnOlderSchemaGetsAMark(t *testing.T) {
	t.Parallel()
	dir := oldLedger(t)
	old := readFiles(t, dir)
	l, err := ledger.Open(t.Context(), dir)
	must(t, err)
	must(t, l.CreateRun(t.Context(), newRun("next")))
	must(t, l.Close())
	old.with("ledger.db-mark", readFiles(t, dir)["ledger.db-mark"]).put(t, dir)
	if _, err := ledger.Open(t.Context(), dir); !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "0 transactions of 1") {
		t.Errorf("got %v, want the old file in the place of the new one to be noticed", err)
	}
}
