package reconcile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A plan that is longer than a worksheet goes on in the next one, and comes back from there. Sheets of a person are none of it.
func TestAPlanGoesOnInAFurtherSheet(t *testing.T) {
	var out bytes.Buffer
	tally := NewPlanTally()
	w, err := planBook{}.begin(&out, &PlanHead{Version: PlanFileVersion, Run: "r", Counts: tally.Counts}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	book := w.(*planBookWriter)
	book.lines.limit = 3
	const rows = 8
	for i := range rows {
		if err := w.line(&PlanLine{Row: i + 2, Status: planned, Action: "create"}); err != nil {
			t.Fatal(err)
		}
	}
	extra, err := book.book.newSheet("Planner")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeSheet(extra, nil, [][]cell{{{text: "mine"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.xlsx")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenPlan(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for r, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if want := len(places) + 2; r.Row != want || r.Approval != Approved {
			t.Errorf("row %d with approval %d, want row %d approved", r.Row, r.Approval, want)
		}
		places = append(places, r.Place(approveAt-1))
	}
	if len(places) != rows || places[0] != "Plan!A2" || places[3] != "Plan 2!A2" || places[rows-1] != "Plan 3!A3" {
		t.Errorf("the rows stand at %q", places)
	}
}

// The words in the approve column, as people write them. What is neither yes nor no is nobody's guess.
func TestWhatApproves(t *testing.T) {
	for want, words := range map[Approval][]string{
		Approved: {"yes", "YES", " Yes ", "y", "true", "TRUE", "1", "x", "X"},
		Declined: {"no", "No", "n", "false", "FALSE", "0", "", "  "},
		Unclear:  {"ja", "nein", "ok", "yes!", "2", "-", "✓", "maybe", "on"},
	} {
		for _, word := range words {
			if got := approvalOf(word); got != want {
				t.Errorf("%q is %d, want %d", word, got, want)
			}
		}
	}
}
