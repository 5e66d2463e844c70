package mapping_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
)

// surveyed is the survey of rows of text, with one key over the given columns.
func surveyed(most int, columns []int, rows ...[]string) (*mapping.Survey, *mapping.KeyEvidence) {
	k := mapping.NewKeyEvidence(most, columns...)
	s := mapping.NewSurvey(len(rows[0]), k)
	for _, cells := range rows {
		row := textRow(cells...)
		s.Add(&row)
	}
	return s, k
}

func TestKeysAreComparedAsSyncComparesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says            string
		columns         []int
		rows            [][]string
		blank, repeated int
	}{
		{"letter case, white space and the form of an accent do not count", []int{0}, [][]string{{"Zo\u00eb "}, {"zoe\u0308"}, {"Bo"}}, 0, 2},
		{"all columns together count", []int{0, 1}, [][]string{{"1", "a"}, {"2", "a"}, {"1", "b"}, {"1", "A"}}, 0, 2},
		{"their order counts", []int{0, 1}, [][]string{{"1", "2"}, {"2", "1"}}, 0, 0},
		{"a blank part is a blank key", []int{0, 1}, [][]string{{"1", " "}, {"1", ""}, {"", "x"}, {"1", "x"}}, 3, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			_, k := surveyed(100, c.columns, c.rows...)
			if got, exact := k.Repeated(); got != c.repeated || !exact || k.Blank != c.blank || k.Rows != len(c.rows) {
				t.Errorf("%d repeated (exact: %t) and %d blank of %d rows, want %d and %d", got, exact, k.Blank, k.Rows, c.repeated, c.blank)
			}
		})
	}
}

// TestKeysOfLargeSheets counts a part of the values once they are many, and is near the truth all the same.
func TestKeysOfLargeSheets(t *testing.T) {
	t.Parallel()
	const rows, twice = 60000, 6000
	k := mapping.NewKeyEvidence(1024, 0)
	s := mapping.NewSurvey(1, k)
	for i := range rows {
		if i >= rows-twice {
			i -= rows - twice
		}
		row := textRow("customer " + strconv.Itoa(i))
		s.Add(&row)
	}
	got, exact := k.Repeated()
	if exact || got < twice*2*7/10 || got > twice*2*13/10 {
		t.Errorf("%d rows are repeated (exact: %t), want about %d", got, exact, twice*2)
	}
	if k.Safe() {
		t.Error("a key that a fifth of the rows shares with another row passes as safe")
	}
}

func TestSafeKeys(t *testing.T) {
	t.Parallel()
	rows := func(n, blank, repeated int) [][]string {
		var out [][]string
		for i := range n {
			name := fmt.Sprint("name ", i)
			switch {
			case i < blank:
				name = ""
			case i < blank+repeated:
				name = "the same"
			}
			out = append(out, []string{name})
		}
		return out
	}
	for _, c := range []struct {
		says string
		rows [][]string
		want bool
	}{
		{"all there and all different", rows(100, 0, 0), true},
		{"a few blanks", rows(100, 5, 0), true},
		{"more than a few", rows(100, 6, 0), false},
		{"one pair in many rows", rows(200, 0, 2), true},
		{"one pair in a few", rows(100, 0, 2), false},
		{"nothing at all", rows(3, 3, 0), false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			if _, k := surveyed(1000, []int{0}, c.rows...); k.Safe() != c.want {
				t.Errorf("safe: %t, want %t", k.Safe(), c.want)
			}
		})
	}
}

// TestAstrayRowsProveNothing leaves out rows whose cells may stand in other columns, but for what they hold.
func TestAstrayRowsProveNothing(t *testing.T) {
	t.Parallel()
	s := mapping.NewSurvey(2)
	short := textRow("13/04/2024", "")
	short.Width = 1
	s.Add(&short)
	if c := &s.Columns[0]; s.Rows != 1 || c.Filled != 0 || c.Astray != 1 || c.Empty() || !s.Columns[1].Empty() {
		t.Errorf("a short row counts as %+v", c)
	}
}
