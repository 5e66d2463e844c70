package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
)

// TestIfCreatedTellsAllInColumnOrder: a row that turns out to be a create has the problems of one too, and the first of all
// is the one that stands first in the sheet.
func TestIfCreatedTellsAllInColumnOrder(t *testing.T) {
	t.Parallel()
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Size", Field: "size"}, {Header: "Note", Field: "note"}, {Header: "Code", Field: "code"}},
		Identity: mapping.Identity{Key: []string{"note"}},
	}
	mp := compile(t, cfg, depot(t), "Code", "Note", "Size")
	for _, c := range []struct {
		says             string
		code, size       string
		created, anyCase []string
	}{
		{"what a create lacks stands in front of what is wrong behind it", "", "huge", []string{"Code code required", "Size size not_allowed"},
			[]string{"Size size not_allowed"}},
		{"a sound create has none", "A", "", nil, nil},
		{"a row may lack nothing but what a create needs", "", "", []string{"Code code required"}, nil},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			candidate := mp.Decode(textRow(c.code, "x", c.size))
			if diff := cmp.Diff(shown(candidate.IfCreated()), c.created); diff != "" {
				t.Errorf("if it is created (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(shown(candidate.Problems), c.anyCase); diff != "" {
				t.Errorf("in any case (-got +want):\n%s", diff)
			}
		})
	}
}
