package sync

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestWhatStaysInDoubtIsToldByItsReason: a lost connection leaves thousands of rows in doubt for one reason, and that is one line.
func TestWhatStaysInDoubtIsToldByItsReason(t *testing.T) {
	t.Parallel()
	rows := func(run, why string, rows ...int) (open []openDoubt) {
		for _, row := range rows {
			open = append(open, openDoubt{Doubt: ledger.Doubt{Run: run, Change: plan.Change{Row: row}}, why: why})
		}
		return open
	}
	var each []openDoubt
	for row := range openLines + 3 {
		each = append(each, rows("r1", fmt.Sprint("ids ", row), row)...)
	}
	for _, c := range []struct {
		says string
		open []openDoubt
		want []string
	}{
		{"nothing stays in doubt", nil, nil},
		{"one row", rows("r1", "no answer", 7), []string{"row 7 of run r1 stays in doubt: no answer"}},
		{"a few rows are named", rows("r1", "no answer", 7, 8), []string{"2 rows of run r1 stay in doubt (7, 8): no answer"}},
		{"many rows are counted", rows("r1", "no answer", 1, 2, 3, 4, 5, 6, 7), []string{"7 rows of run r1 stay in doubt (1, 2, 3, 4, 5, …): no answer"}},
		{"two reasons and two runs", append(append(rows("r1", "a", 1), rows("r1", "b", 2)...), append(rows("r2", "a", 3), rows("r1", "a", 4)...)...), []string{
			"2 rows of run r1 stay in doubt (1, 4): a", "row 2 of run r1 stays in doubt: b", "row 3 of run r2 stays in doubt: a"}},
	} {
		if diff := cmp.Diff(openText(c.open), c.want); diff != "" {
			t.Errorf("%s (-got +want)\n%s", c.says, diff)
		}
	}
	got := openText(each)
	if len(got) != openLines+1 || got[openLines] != "… and 3 more rows stay in doubt" {
		t.Errorf("a reason for each row: got %q, want %d lines and what is left out", got, openLines+1)
	}
}
