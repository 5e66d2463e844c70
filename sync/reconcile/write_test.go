package reconcile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

func TestAReportThatCannotBeBegunSaysWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir, in := t.TempDir(), benchmarkInput(10)
	in.Temp = filepath.Join(dir, "gone")
	if _, err := reconcile.Write(dir, in); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no folder for temporary files", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%s is left", left[0].Name())
	}
}
