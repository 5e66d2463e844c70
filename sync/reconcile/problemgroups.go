package reconcile

import (
	"cmp"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// ProblemGroup is all problems of a sheet with one code in one column.
type ProblemGroup struct {
	Code    model.Code `json:"code"`
	Column  string     `json:"column"` // header as the sheet has it, "" if no single column is to blame
	Count   int        `json:"count"`
	Warning bool       `json:"warning"` // the rows are sent all the same
	Rows    []int      `json:"rows"`    // the first ones
	Value   string     `json:"value"`   // of the first, cut to 200 characters
	Message string     `json:"message"` // of the first
}

// groupRows is how many rows a group names.
const groupRows = 5

// ProblemGroups collects problems by code and column. What it keeps does not grow with the rows of the sheet. The zero value is
// ready.
type ProblemGroups struct {
	groups map[groupKey]*ProblemGroup
}

type groupKey struct {
	code   model.Code
	column string
}

// Add counts one problem.
func (g *ProblemGroups) Add(p *model.Problem) {
	key := groupKey{p.Code, p.Column}
	group := g.groups[key]
	if group == nil {
		if g.groups == nil {
			g.groups = map[groupKey]*ProblemGroup{}
		}
		group = &ProblemGroup{Code: p.Code, Column: p.Column, Warning: !p.Stops(), Rows: []int{}, Value: p.Value, Message: p.Message}
		g.groups[key] = group
	}
	group.Count++
	if len(group.Rows) < groupRows && !slices.Contains(group.Rows, p.Row) {
		group.Rows = append(group.Rows, p.Row)
	}
}

// List is the groups: what stops rows before warnings, and the most frequent first.
func (g *ProblemGroups) List() []ProblemGroup {
	out := make([]ProblemGroup, 0, len(g.groups))
	for _, group := range g.groups {
		out = append(out, *group)
	}
	slices.SortFunc(out, func(a, b ProblemGroup) int {
		if a.Warning != b.Warning {
			if a.Warning {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rows[0], b.Rows[0]), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Column, b.Column))
	})
	return out
}
