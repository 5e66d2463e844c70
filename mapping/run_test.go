package mapping_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// manyRows is more than fit between the stages at once.
const manyRows = 6_000

// people is a sheet of contacts, of which every seventh has a wrong fax number. rows is -1 for no end.
func people(rows int, end error) *fake {
	return &fake{header: contactHeader(), rows: rows, end: end, row: func(n int) sheet.Row {
		fax := "555 0100"
		if n%7 == 0 {
			fax = "1"
		}
		row := textRow(fmt.Sprintf("Person %d", n), "17", fmt.Sprintf("p%d@example.org", n), fax, "true")
		row.Number = n + 2
		return row
	}}
}

func contacts(t testing.TB) *mapping.Mapping {
	t.Helper()
	return compile(t, contactConfig(), contact(t), contactHeader()...)
}

// onCores lets Run use that many cores, for the length of a test that does not run beside others.
func onCores(t *testing.T, n int) {
	t.Helper()
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func TestRunKeepsTheOrderOfTheSheet(t *testing.T) {
	for _, cores := range []int{1, 2, 8} {
		t.Run(fmt.Sprintf("%d cores", cores), func(t *testing.T) {
			onCores(t, cores)
			m := contacts(t)
			next := 0
			err := m.Run(t.Context(), people(manyRows, nil), func(c *mapping.Candidate) error {
				row := people(-1, nil).row(next)
				want := m.Decode(row)
				want.Seq = int64(next + 1)
				if diff := cmp.Diff(*c, want); diff != "" {
					return fmt.Errorf("row %d (-got +want):\n%s", next, diff)
				}
				next++
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if next != manyRows {
				t.Errorf("got %d rows, want %d", next, manyRows)
			}
		})
	}
}

func TestRunReadsSheetsOfAnyLength(t *testing.T) {
	t.Parallel()
	m := contacts(t)
	for _, rows := range []int{0, 1, 255, 256, 257, 512} {
		got := 0
		err := m.Run(t.Context(), people(rows, nil), func(*mapping.Candidate) error {
			got++
			return nil
		})
		if err != nil || got != rows {
			t.Errorf("got %d rows and %v, want %d and no error", got, err, rows)
		}
	}
}

func TestRunDeliversTheRowsBeforeTheDamage(t *testing.T) {
	t.Parallel()
	m := contacts(t)
	for _, rows := range []int{0, 3, 256, 1000} {
		damage := &sheet.Error{File: "people.csv", Row: rows + 2, Reason: "the row is cut off"}
		got := 0
		err := m.Run(t.Context(), people(rows, damage), func(*mapping.Candidate) error {
			got++
			return nil
		})
		if got != rows {
			t.Errorf("got %d rows, want the %d before the damage", got, rows)
		}
		var e *sheet.Error
		if !errors.As(err, &e) || e != damage {
			t.Errorf("got %v, want the error of the reader", err)
		}
	}
}

func TestRunEndsWithTheErrorOfYield(t *testing.T) {
	t.Parallel()
	enough := errors.New("no more rows are wanted")
	got := 0
	err := contacts(t).Run(t.Context(), people(-1, nil), func(c *mapping.Candidate) error {
		if got++; c.Seq == 700 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("got %v, want the error of yield", err)
	}
	if got != 700 {
		t.Errorf("got %d rows, want none after the error", got)
	}
}

func TestRunPrefersTheErrorOfYieldToThatOfTheReader(t *testing.T) {
	t.Parallel()
	enough := errors.New("no more rows are wanted")
	err := contacts(t).Run(t.Context(), people(3, errors.New("damage")), func(*mapping.Candidate) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("got %v, want what came first in the order of the sheet", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	m := contacts(t)
	for _, last := range []int{0, 1, 300, 5000} {
		ctx, cancel := context.WithCancel(t.Context())
		if last == 0 {
			cancel()
		}
		got := 0
		err := m.Run(ctx, people(-1, nil), func(*mapping.Candidate) error {
			if got++; got == last {
				cancel()
			}
			return nil
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		if got != last {
			t.Errorf("got %d rows, want none after row %d", got, last)
		}
	}
}

// TestTextsAndProblemsAreYieldsToKeep, though the rows and records of a run are used again and again.
func TestTextsAndProblemsAreYieldsToKeep(t *testing.T) {
	t.Parallel()
	const rows = 5000
	m := contacts(t)
	name := m.Model().Index("name")
	type kept struct {
		seq      int64
		row      int
		cell     string
		value    model.Value
		key      string
		problems []model.Problem
	}
	var all []kept
	err := m.Run(t.Context(), people(rows, nil), func(c *mapping.Candidate) error {
		all = append(all, kept{c.Seq, c.Row.Number, c.Row.Cells[0].Text, c.Record[name], c.Key, c.Problems})
		c.Row.Cells[0].Text, c.Record[name].Text = "spoilt", "spoilt" // what is used again has nothing left of it
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, got := range all {
		cells := people(rows, nil).row(n)
		want := m.Decode(cells)
		if got.seq != int64(n+1) || got.row != n+2 || got.cell != cells.Cells[0].Text || got.value != want.Record[name] || got.key != want.Key {
			t.Fatalf("got %+v, want %d, row %d, %q", got, n+1, n+2, cells.Cells[0].Text)
		}
		if diff := cmp.Diff(want.Problems, got.problems); diff != "" {
			t.Fatalf("problems of row %d (-want +got):\n%s", n+2, diff)
		}
	}
}

func TestMappingsMayBeSharedByRuns(t *testing.T) {
	t.Parallel()
	m := contacts(t)
	done := make(chan error)
	for range 3 {
		go func() {
			var got int64
			err := m.Run(context.Background(), people(1000, nil), func(c *mapping.Candidate) error {
				got += c.Seq
				return nil
			})
			if err == nil && got != 500_500 {
				err = fmt.Errorf("got a sum of %d, want 500500", got)
			}
			done <- err
		}()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestJudgeSaysWhatRunSays: of every row, but for its cells and its record. Rows with an id, an action or a cell that cannot be
// judged are among plain ones, whose candidates use the memory of others.
func TestJudgeSaysWhatRunSays(t *testing.T) {
	t.Parallel()
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Note", Field: "note"}, {Header: "Price", Field: "price"}},
		Identity: mapping.Identity{ID: "ID", Key: []string{"code"}}, ActionColumn: "Action",
	}
	header := []string{"ID", "Code", "Note", "Price", "Action"}
	mp := compile(t, cfg, depot(t), header...)
	rows := func() *fake {
		return &fake{header: header, rows: manyRows, row: func(n int) sheet.Row {
			row := textRow("", fmt.Sprintf("K%d", n), "plain", "1.5", "")
			row.Number = n + 2
			switch n % 11 {
			case 1:
				row.Cells[0] = text(fmt.Sprint(n))
			case 3:
				row.Cells[4] = text([]string{"skip", "update", "never"}[n%3])
			case 5:
				row.Cells[3] = text("dear")
			case 7:
				row.Hidden, row.Merged = n%2 == 0, n%3 == 0
			case 9:
				row.Width, row.Mark, row.ID = 3, "1:other:run", "77"
			}
			return row
		}}
	}
	var want []mapping.Candidate
	err := mp.Run(t.Context(), rows(), func(c *mapping.Candidate) error {
		judged := *c
		judged.Row.Cells, judged.Record = nil, nil
		want = append(want, judged)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = mp.Judge(t.Context(), rows(), func(c *mapping.Candidate) error {
		if diff := cmp.Diff(want[0], *c); diff != "" {
			return fmt.Errorf("row %d (-run +judge):\n%s", c.Row.Number, diff)
		}
		want = want[1:]
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("got %v, and %d rows are missing", err, len(want))
	}
}
