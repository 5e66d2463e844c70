package sync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// threeWay is what a stored plan keeps of how it tells who has changed what.
type threeWay struct {
	// Lineage is the line of sheets whose bases the run compares with and moves: the id of the export run that its sheet comes
	// from, "" for a sheet that rollcall did not write. That of a report of a run, fed back, is that run's own.
	Lineage   string `json:"lineage,omitempty"`
	Rechecked bool   `json:"rechecked,omitempty"` // the forecast counts the read before each update
}

// sheetBases is the bases of the lineage of a sheet. Which that is, its rows show while they are surveyed; nothing is known before.
type sheetBases struct {
	marks map[string]bool // what the rows have in their _rollcall column
	known *ledger.Bases
}

var _ plan.Bases = (*sheetBases)(nil)

// Base is what was last agreed on of a record.
func (b *sheetBases) Base(ctx context.Context, id string) (model.Record, error) {
	if b.known == nil {
		return nil, nil
	}
	return b.known.Base(ctx, id)
}

// moved is the number of the run that has moved the base of a record last, 0 if it has none.
func (b *sheetBases) moved(ctx context.Context, id string) (int64, error) {
	if b.known == nil {
		return 0, nil
	}
	return b.known.Moved(ctx, id)
}

// exportedBases is what the sheet was exported with, whatever other copies of it have made of that since.
type exportedBases struct{ of *sheetBases }

// Base is what was exported of a record.
func (b exportedBases) Base(ctx context.Context, id string) (model.Record, error) {
	if b.of.known == nil || len(b.of.marks) == 0 {
		return nil, nil
	}
	return b.of.known.Exported(ctx, id)
}

// meet takes in the mark of a row. A row that somebody has added to an exported sheet has none.
func (b *sheetBases) meet(mark string) {
	if mark = strings.TrimSpace(mark); mark == "" || b.marks[mark] {
		return
	}
	if b.marks == nil {
		b.marks = map[string]bool{}
	}
	b.marks[mark] = true
}

// openBases finds out the lineage of the sheet, and opens its bases.
func (s *session) openBases(ctx context.Context, b *sheetBases) (err error) {
	lineages := map[string]string{} // a mark of each
	for _, mark := range slices.Sorted(maps.Keys(b.marks)) {
		lineage, err := s.lineageOf(ctx, mark)
		if err != nil {
			return err
		}
		lineages[lineage] = mark
	}
	if len(lineages) > 1 {
		marks := strings.Join(slices.Sorted(maps.Values(lineages)), " and ")
		return fmt.Errorf("%w: the rows of the sheet come from several exports (%s in the column _rollcall), so nothing tells what was "+
			"changed in it and what in the API; sync them as sheets of their own", ErrUsage, marks)
	}
	for lineage := range lineages {
		s.stored.Lineage = lineage
	}
	if s.stored.Undo != nil { // what is taken back is no agreement of any sheet with the API
		s.stored.Lineage = s.run.ID
	}
	of := ledger.Lineage{Account: s.account.text(), Resource: s.resource(), Name: s.stored.Lineage}
	if b.known, err = s.ledger.Bases(ctx, s.opts.Job.Resource.Model, of); err != nil {
		return err
	}
	if s.stored.Lineage != "" && s.stored.Undo == nil && b.known.None() {
		s.opts.Progress.Note(fmt.Sprintf("nothing is known here of the export that the sheet comes from (%s): what was changed in the API "+
			"since cannot be told from what was changed in the sheet, and the sheet prevails", s.stored.Lineage))
	}
	return nil
}

// lineageOf is the lineage of the run that a mark, version:account:run, names. A run that the ledger does not know, or that went
// to another account, is a lineage of its own, of which nothing is known yet.
func (s *session) lineageOf(ctx context.Context, mark string) (string, error) {
	id := cmp.Or(mark[strings.LastIndexByte(mark, ':')+1:], mark)
	run, err := s.ledger.Run(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNoRun):
		return id, nil
	case err != nil:
		return "", err
	case run.Account != s.account.text() || run.Resource != s.resource():
		return id, nil
	}
	return lineageOfRun(run)
}

// lineageOfRun is the lineage whose bases a run moves.
func lineageOfRun(run *ledger.Run) (string, error) {
	var stored storedPlan
	if len(run.Settings) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(run.Settings, &stored); err != nil {
		return "", fmt.Errorf("run %s: read its settings: %w", run.ID, err)
	}
	return stored.Lineage, nil
}

// catchUp takes in what runs have seen done and could not say: a crash has ended them, or a doubt is settled since.
func (s *session) catchUp(ctx context.Context) error {
	return catchUp(ctx, s.ledger, s.account.text(), s.resource())
}

// catchUp agrees on the runs of a resource of an account, whose lock the caller holds.
func catchUp(ctx context.Context, l *ledger.Ledger, account, resource string) error {
	runs, err := l.Unagreed(ctx, account, resource)
	if err != nil {
		return err
	}
	for i := range runs {
		lineage, err := lineageOfRun(&runs[i])
		if err != nil {
			return err
		}
		if err := l.Agree(ctx, runs[i].ID, lineage); err != nil {
			return err
		}
	}
	return nil
}
