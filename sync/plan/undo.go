package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// kept is what is said of a field that an undo leaves as it is: it is neither what the run made of it nor what it was before. By
// policy the rest of the row is taken back, or nothing of it.
func kept(row int, s *stand, want model.Value, policy Policy) model.Problem {
	code, then := model.CodeKeptChanged, "so the record is kept"
	if policy == OnConflictAPI {
		code, then = model.CodeKeptField, "so it is kept"
	}
	return newProblem(row, code, fmt.Sprintf("the run made %s of %s; it was changed since, to %s, %s", s.base.Said(), want.Said(), s.have.Said(), then))
}

// sinceUndo is the base of a record of which an undo may have put fields back. That was no edit of somebody else, so it is in no
// sheet's way: a cell that was changed since is sent. One that was not changed is left out, or the next sync would undo the undo.
func (p *Planner) sinceUndo(ctx context.Context, c *mapping.Candidate, found *Found, base model.Record) (model.Record, error) {
	stands := p.against(c, found, base)
	if !slices.ContainsFunc(stands, func(s stand) bool { return s.stance == clash }) {
		return base, nil
	}
	undone, err := p.opts.Undone.Base(ctx, found.ID)
	if err != nil || undone == nil {
		return base, err
	}
	base = slices.Clone(base)
	for i, s := range stands {
		if s.stance == clash && undone[i].Known() && p.model.Fields[i].Same(undone[i], s.have) {
			base[i] = s.have
		}
	}
	return base, nil
}
