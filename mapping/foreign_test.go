package mapping_test

import (
	"slices"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// TestIDsOfAnotherAccount: the same number is another record there.
func TestIDsOfAnotherAccount(t *testing.T) {
	t.Parallel()
	cfg := contactConfig()
	cfg.Identity.ID = "ID"
	mp := compile(t, cfg, contact(t), append([]string{"ID"}, contactHeader()...)...)
	tests := []struct {
		says, id, mark string
		foreign        bool
	}{
		{"an export of this account", "7", "1:account:run", false},
		{"an export of another one", "7", "1:another:run", true},
		{"a row of it without an id is told by its key", "", "1:another:run", false},
		{"a row that was added to a sheet has no mark", "7", "", false},
		{"what somebody has written into the column is no mark", "7", "see above", false},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			row := textRow(tt.id, "Ida", "17", "ida@example.org", "", "true")
			row.Mark = tt.mark
			c := mp.Decode(row)
			is := func(p model.Problem) bool { return p.Code == model.CodeForeignID && p.Column == "ID" && p.Stops() }
			if got := slices.ContainsFunc(c.Problems, is); got != tt.foreign {
				t.Errorf("got %v, want foreign %t", c.Problems, tt.foreign)
			}
		})
	}
}
