package ledger

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// agreementRow is what a change still has to say about the base of its record.
type agreementRow struct {
	change int64
	record string
}

const agreementColumns = "change_id, record, sum"

func (*agreementRow) table() string { return "agreements" }

func (r *agreementRow) name() string { return rowName(r.change) }

func (r *agreementRow) values() []any { return []any{r.change, r.record} }

func (r *agreementRow) targets() []any { return []any{&r.change, &r.record} }

func scanAgreement(from scanner) (*agreementRow, error) {
	r := &agreementRow{}
	return r, scan(from, r)
}

// newAgreementRow is what a change will have to say, nil if that is nothing. Whatever is sent has to.
func newAgreementRow(m *model.Model, run int64, c *plan.Change) (*agreementRow, error) {
	if !c.Pending() && (c.Status != plan.Unchanged || c.Agreed == nil) {
		return nil, nil
	}
	text, err := encodeRecord(m, c.Agreed)
	if err != nil {
		return nil, fmt.Errorf("row %d: %w", c.Row, err)
	}
	return &agreementRow{change: int64(keyOf(run, c.Seq)), record: text}, nil
}

// agreedRow is how far the agreements of a run are worked off.
type agreedRow struct {
	run        int64
	agreements int64 // left
	lineage    int64 // 0 while nothing was worked off
	intents    int64 // how far the run was then, -1 while nothing was worked off
	outcomes   int64
	doubts     int64
}

const agreedColumns = "run, agreements, lineage, intents, outcomes, doubts, sum"

func (*agreedRow) table() string { return "agreed_runs" }

func (r *agreedRow) name() string { return fmt.Sprintf("run %d", r.run) }

func (r *agreedRow) values() []any {
	return []any{r.run, r.agreements, r.lineage, r.intents, r.outcomes, r.doubts}
}

func (r *agreedRow) targets() []any {
	return []any{&r.run, &r.agreements, &r.lineage, &r.intents, &r.outcomes, &r.doubts}
}

func scanAgreed(from scanner) (*agreedRow, error) {
	r := &agreedRow{}
	return r, scan(from, r)
}

// allAgreed reads how far the agreements of all runs are worked off, by number. Runs from before there were bases are not among
// them, so they are all read, and damage is met.
func (l *Ledger) allAgreed(ctx context.Context) (map[int64]*agreedRow, error) {
	rows, err := readPage(ctx, l.read, scanAgreed, "SELECT "+agreedColumns+" FROM agreed_runs")
	agreed := map[int64]*agreedRow{}
	for _, r := range rows {
		agreed[r.run] = r
	}
	return agreed, err
}

// upTo reports whether nothing has happened in the run since.
func (r *agreedRow) upTo(run *runRow) bool {
	return r.intents == run.intents && r.outcomes == run.outcomes && r.doubts == run.doubts
}

func (r *agreedRow) update(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE agreed_runs SET agreements = ?, lineage = ?, intents = ?, outcomes = ?, doubts = ?, sum = ? WHERE run = ?",
		r.agreements, r.lineage, r.intents, r.outcomes, r.doubts, checksum(r.table(), r.values()), r.run)
	return err
}
