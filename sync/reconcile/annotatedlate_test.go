package reconcile_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// filesOf is the files of a report by their names, but for the summary, which names their folder.
func filesOf(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	files := map[string]string{}
	for _, e := range entries {
		text, failed := os.ReadFile(filepath.Join(dir, e.Name()))
		files[e.Name()] = string(text)
		err = errors.Join(err, failed)
	}
	delete(files, reconcile.SummaryJSON)
	return files, err
}

// TestTheFilesAreTheSameIfLinesCanBeWalkedAgain compares the quick way with the careful one, which annotates from the first line on.
func TestTheFilesAreTheSameIfLinesCanBeWalkedAgain(t *testing.T) {
	careful, quick := t.TempDir(), t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r := genRun(t)
		in := r.input()
		if _, err := reconcile.Write(careful, in); err != nil {
			t.Fatal(err)
		}
		in.Lines, in.Again = r.input().Lines, r.input().Lines
		if _, err := reconcile.Write(quick, in); err != nil {
			t.Fatal(err)
		}
		want, err := filesOf(careful)
		got, failed := filesOf(quick)
		if err = errors.Join(err, failed); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("the files differ:\n%s", cmp.Diff(want, got))
		}
	})
}

func TestACopyOfAWorkbookIsAnnotatedFromItsFirstRow(t *testing.T) {
	t.Parallel()
	path := workbookWithEverything(t)
	wrong := wrongCells()
	for _, c := range []struct {
		says string
		rows []int // that have a problem
	}{
		{"no row has a problem", nil},
		{"the first row has one", []int{4}},
		{"a row behind others has one", []int{6}},
		{"only the last row has one", []int{7}},
		{"all have one", []int{4, 6, 7}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			some := map[int][]model.Problem{}
			for _, row := range c.rows {
				some[row] = wrong[row]
			}
			dir := t.TempDir()
			report(t, dir, path, some)
			name := filepath.Join(dir, reconcile.AnnotatedXLSX)
			if c.rows == nil {
				if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("got %v, want no file", err)
				}
				return
			}
			want := parts(t, annotate(t, path, sheet.Options{HeaderRow: 3}, some))
			if diff := cmp.Diff(want, parts(t, name)); diff != "" {
				t.Errorf("the parts differ from those of a workbook that was annotated at once:\n%s", diff)
			}
		})
	}
}

// report writes the report of a workbook whose lines can be walked again.
func report(t *testing.T, dir, path string, wrong map[int][]model.Problem) {
	t.Helper()
	var readers [2]sheet.Reader
	for i := range readers {
		var err error
		if readers[i], err = sheet.Open(path, sheet.Options{HeaderRow: 3}); err != nil {
			t.Fatal(err)
		}
		defer readers[i].Close()
	}
	in := reconcile.Input{Header: readers[0].Header(), Origin: readers[0].Info(), Lines: linesOf(readers[0], wrong),
		Again: linesOf(readers[1], wrong), Marker: marker}
	var invalid *reconcile.AccountError // there is no ledger to agree with
	if _, err := reconcile.Write(dir, in); err != nil && !errors.As(err, &invalid) {
		t.Fatal(err)
	}
}

func TestLinesThatAreNotThereAgainEndTheReport(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, c := range []struct {
		says  string
		again iter.Seq2[reconcile.Line, error]
		want  string
	}{
		{"they are too few", linesThenError(1, nil), "write row 4 to annotated.xlsx: the lines before the first problem were not there again"},
		{"they end in trouble", linesThenError(1, broken), "write row 4 to annotated.xlsx: broken"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in := reconcile.Input{Header: []string{"a"}, Again: c.again, Lines: func(yield func(reconcile.Line, error) bool) {
				for row := 2; row < 5; row++ {
					l := reconcile.Line{Row: row, Cells: []string{"x"}, Status: plan.Created}
					if row == 4 {
						l.Problems = []model.Problem{{Code: "made_up"}}
					}
					if !yield(l, nil) {
						return
					}
				}
			}}
			if _, err := reconcile.Write(dir, in); fmt.Sprint(err) != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if files, err := filesOf(dir); err != nil || len(files) > 0 {
				t.Errorf("got files %v and %v, want none", files, err)
			}
		})
	}
}

// linesThenError is so many lines without problems, and an error if there is one.
func linesThenError(n int, err error) iter.Seq2[reconcile.Line, error] {
	return func(yield func(reconcile.Line, error) bool) {
		for i := range n {
			if !yield(reconcile.Line{Row: i + 2, Cells: []string{"x"}, Status: plan.Created}, nil) {
				return
			}
		}
		if err != nil {
			yield(reconcile.Line{}, err)
		}
	}
}
