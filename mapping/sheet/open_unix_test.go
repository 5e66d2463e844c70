//go:build unix

package sheet_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestFIFOIsRefused would wait forever if the FIFO were opened.
func TestFIFOIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no FIFO here: %v", err)
	}
	_, e := refusal(t, path, sheet.Options{})
	if !strings.Contains(e.Reason, "not a regular file") {
		t.Errorf("got %q, want a refusal of the FIFO", e.Reason)
	}
}
