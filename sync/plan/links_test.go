package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// TestLinks is the table of whom a name means, and of what becomes of the row that has it.
func TestLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says string
		set  func(*sites)
		want []string
	}{
		{"a record of the API is found by its name, whatever the case and the spaces", func(s *sites) {
			s.has("70", "HQ  North")
			s.row("A", " hq north ")
		}, []string{"create parent=70"}},
		{"what nobody is called is a problem of the row", func(s *sites) { s.row("A", "HQ") },
			[]string{"invalid lookup_none"}},
		{"two records of a name: nothing tells which", func(s *sites) {
			s.has("70", "HQ")
			s.has("71", "HQ")
			s.row("A", "HQ")
		}, []string{"invalid lookup_many"}},
		{"a record and its own row of the sheet are one", func(s *sites) {
			s.has("70", "HQ")
			s.row("A", "HQ")
			s.row("HQ", "", "name=New")
		}, []string{"create parent=70", "update 70"}},
		{"a row that is created is waited for, wherever it stands", func(s *sites) {
			s.row("A", "HQ")
			s.row("HQ", "")
			s.row("B", "HQ")
		}, []string{"create parent of row 3, level 1", "create", "create parent of row 3, level 1"}},
		{"an update waits, too", func(s *sites) {
			s.has("5", "A")
			s.row("A", "HQ")
			s.row("HQ", "")
		}, []string{"update 5 parent of row 3, level 1", "create"}},
		{"grandchildren wait for children", func(s *sites) {
			s.row("C", "B")
			s.row("B", "A")
			s.row("A", "")
		}, []string{"create parent of row 3, level 2", "create parent of row 4, level 1", "create"}},
		{"who waits for nobody but the record of an update is not held up", func(s *sites) {
			s.has("70", "HQ")
			s.row("A", "HQ")
			s.row("HQ", "Top")
			s.row("Top", "")
		}, []string{"create parent=70", "update 70 parent of row 4, level 1", "create"}},
		{"two rows of a name that are created", func(s *sites) {
			s.by = "name"
			s.row("A", "HQ")
			s.row("H1", "", "name=HQ")
			s.row("H2", "", "name=HQ")
		}, []string{"invalid lookup_many", "create", "create"}},
		{"a record and another row of its name", func(s *sites) {
			s.by = "name"
			s.has("70", "H0", "name=HQ")
			s.row("A", "HQ")
			s.row("H1", "", "name=HQ")
		}, []string{"invalid lookup_many", "create"}},
		{"a record that its row renames is found by either name", func(s *sites) {
			s.by = "name"
			s.has("70", "H", "name=Old")
			s.row("A", "Old")
			s.row("B", "New")
			s.row("H", "", "name=New")
		}, []string{"create parent=70", "create parent=70", "update 70"}},
		{"a row of the name that is wrong could be the one that is meant", func(s *sites) {
			s.by = "name"
			s.row("A", "HQ")
			s.row("H1", "", "name=HQ")
			s.row("H2", "", "name=HQ", "!")
		}, []string{"invalid lookup_many", "create", "invalid bad_email"}},
		{"a record that is there is meant, though a row of its name is wrong", func(s *sites) {
			s.by = "name"
			s.has("70", "H0", "name=HQ")
			s.row("A", "HQ")
			s.row("H2", "", "name=HQ", "!")
		}, []string{"create parent=70", "invalid bad_email"}},
		{"a row that is skipped is not meant where another is", func(s *sites) {
			s.by = "name"
			s.row("A", "HQ")
			s.row("H1", "", "name=HQ")
			s.row("H2", "", "name=HQ", ":skip")
		}, []string{"create parent of row 3, level 1", "create", "skipped action_skip"}},
		{"what we created and no list shows is found under the key that it was created for", func(s *sites) {
			s.hides("80", "ref=HQ", "name=HQ")
			s.options.Known["hq"] = "80"
			s.row("A", "HQ")
		}, []string{"create parent=80"}},
		{"what we created and is gone is nothing", func(s *sites) {
			s.options.Known["hq"] = "80"
			s.row("A", "HQ")
		}, []string{"invalid lookup_none"}},
		{"a blank cell keeps what there is, an emptied one clears it", func(s *sites) {
			s.has("70", "HQ")
			s.has("5", "A", "parent=70")
			s.has("6", "B", "parent=70")
			s.row("A", "")
			s.row("B", "-")
		}, []string{"unchanged", "update 6 parent=null"}},
		{"whom the record belongs to already is no change", func(s *sites) {
			s.has("70", "HQ")
			s.has("5", "A", "parent=70")
			s.row("A", "HQ")
		}, []string{"unchanged"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			s := newSites(t)
			tt.set(s)
			changes, _ := s.planned()
			if diff := cmp.Diff(s.told(changes), tt.want); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
		})
	}
}

// TestParentsThatAreNotCreated is what becomes of rows whose parent comes to nothing, and of theirs.
func TestParentsThatAreNotCreated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says   string
		parent func(*sites)
		want   string
	}{
		{"it is invalid", func(s *sites) { s.row("HQ", "", "!") }, "invalid bad_email"},
		{"it is skipped and has no record", func(s *sites) { s.row("HQ", "", ":skip") }, "skipped action_skip"},
		{"it is to be updated and is not there", func(s *sites) { s.row("HQ", "", ":update") }, "rejected no_match"},
		{"its id is not there", func(s *sites) { s.row("HQ", "", "#99") }, "rejected id_not_found"},
		{"we created it, and it is gone", func(s *sites) { s.options.Known["hq"] = "80"; s.row("HQ", "") }, "conflict gone"},
		{"it names somebody that is not there", func(s *sites) { s.row("HQ", "Nobody") }, "invalid lookup_none"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			s := newSites(t)
			s.has("5", "Old")
			s.row("Grandchild", "Child")
			s.row("Child", "HQ")
			s.row("Old", "HQ")
			tt.parent(s)
			s.row("Other", "")
			changes, p := s.planned()
			lost := "rejected parent_not_created"
			if diff := cmp.Diff(s.told(changes), []string{lost, lost, lost, tt.want, "create"}); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
			last := changes[1].Problems[len(changes[1].Problems)-1]
			if last.Field != "parent" || last.Column != "Column parent" || last.Value != "HQ" || !strings.Contains(last.Message, "row 5") {
				t.Errorf("got %+v, want field, column, value, and the row that is to blame", last)
			}
			if tally := p.Tally(); tally.Creates != 1 || tally.Updates != 0 || tally.Waiting != 0 || tally.Read != 5 {
				t.Errorf("got %+v, want what is not sent to be no create, no update and nothing that waits", tally)
			}
		})
	}
}

// TestARowThatIsNotSentNeedsNoParent: nothing is said of a name that no request would carry.
func TestARowThatIsNotSentNeedsNoParent(t *testing.T) {
	t.Parallel()
	s := newSites(t)
	s.has("5", "A")
	s.row("A", "Nobody", ":skip")
	s.row("A", "HQ", ":create")
	s.row("HQ", "", "!")
	changes, _ := s.planned()
	if diff := cmp.Diff(s.told(changes), []string{"skipped action_skip", "skipped exists", "invalid bad_email"}); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
}

// TestRings finds whoever is above himself, and nobody else.
func TestRings(t *testing.T) {
	t.Parallel()
	const ring, lost = "invalid parent_cycle", "rejected parent_not_created"
	tests := []struct {
		says string
		set  func(*sites)
		want []string
		way  string // in the message of the first row
	}{
		{"a row names itself", func(s *sites) { s.row("A", "A") }, []string{ring}, "row 2 -> row 2"},
		{"two rows name each other", func(s *sites) {
			s.row("A", "B")
			s.row("B", "A")
		}, []string{ring, ring}, "row 2 -> row 3 -> row 2"},
		{"who belongs to a ring from outside is not in it", func(s *sites) {
			s.row("A", "B")
			s.row("B", "C")
			s.row("C", "A")
			s.row("D", "A")
			s.row("E", "D")
		}, []string{ring, ring, ring, lost, lost}, "row 2 -> row 3 -> row 4 -> row 2"},
		{"records that are there already", func(s *sites) {
			s.has("1", "A")
			s.has("2", "B")
			s.row("A", "B")
			s.row("B", "A")
		}, []string{ring, ring}, "row 2 -> row 3 -> row 2"},
		{"a record of which the sheet knows nothing is on the way", func(s *sites) {
			s.has("1", "A")
			s.has("2", "B", "parent=1")
			s.row("A", "B")
		}, []string{ring}, "row 2 -> id 2 -> row 2"},
		{"the API had it the other way round, and the sheet turns both", func(s *sites) {
			s.has("1", "A", "parent=2")
			s.has("2", "B")
			s.row("A", "-")
			s.row("B", "A")
		}, []string{"update 1 parent=null", "update 2 parent=1"}, ""},
		{"a ring that the API has is not the sheet's doing", func(s *sites) {
			s.has("1", "A", "parent=2")
			s.has("2", "B", "parent=1")
			s.row("A", "B")
			s.row("B", "A")
			s.row("C", "A")
		}, []string{"unchanged", "unchanged", "create parent=1"}, ""},
		{"records may pay for what is above them", func(s *sites) {
			s.has("1", "A")
			s.has("2", "B")
			s.row("A", "B")
			s.row("B", "", "payer=A")
		}, []string{"update 1 parent=2", "update 2 payer=1"}, ""},
		{"rows that are created cannot: each would have to be there first", func(s *sites) {
			s.row("A", "B")
			s.row("B", "", "payer=A")
			s.row("C", "A")
		}, []string{ring, ring, lost}, "row 2"},
		{"a skipped row closes no ring", func(s *sites) {
			s.has("1", "A")
			s.has("2", "B")
			s.row("A", "B")
			s.row("B", "A", ":skip")
		}, []string{"update 1 parent=2", "skipped action_skip"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			s := newSites(t)
			tt.set(s)
			changes, _ := s.planned()
			if diff := cmp.Diff(s.told(changes), tt.want); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
			if tt.way != "" && !strings.Contains(changes[0].Problems[0].Message, tt.way) {
				t.Errorf("got %q, want the way %q", changes[0].Problems[0].Message, tt.way)
			}
		})
	}
}

// TestALongChain is ranked without a deep stack, and in a time that grows with the sheet and no faster.
func TestALongChain(t *testing.T) {
	t.Parallel()
	const rows = 100_000
	site := func(n int) string {
		if n < 1 || n > rows {
			return ""
		}
		return fmt.Sprint("S", n)
	}
	for _, c := range []struct {
		says  string
		by    string
		above func(n int) string
		want  func(c *plan.Change, n int) bool
	}{
		{"children before their parents", "ref", func(n int) string { return site(n + 1) }, func(c *plan.Change, n int) bool { return c.Order.Level == rows-n }},
		{"parents before their children", "ref", func(n int) string { return site(n - 1) }, func(c *plan.Change, n int) bool { return c.Order.Level == n-1 }},
		{"all in one ring", "ref", func(n int) string { return site(n%rows + 1) }, func(c *plan.Change, _ int) bool { return verdict(c) == "invalid parent_cycle" }},
		{"all of one name", "name", func(int) string { return "x" }, func(c *plan.Change, _ int) bool { return verdict(c) == "invalid lookup_many" }},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			s := newSites(t)
			s.by = c.by
			for n := 1; n <= rows; n++ {
				s.row(site(n), c.above(n), "name=x")
			}
			changes, _ := s.planned()
			for i := range changes {
				if !c.want(&changes[i], i+1) {
					t.Fatalf("row %d: got %q at level %d", i+2, verdict(&changes[i]), changes[i].Order.Level)
				}
			}
		})
	}
}
