package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Agree moves the bases of a lineage by what a run has seen agreed on: of a row that was left unchanged or carried out, the
// fields that were equal already, and those that were sent and seen done. Fields that were left alone keep their base, and so does
// every field of any other row.
//
// Each change says so once, so to agree again costs nothing, and goes on where a crash has ended it. What a later run has moved
// already stays. A run from before there were bases has nothing to say. The caller holds the lock of the account.
func (l *Ledger) Agree(ctx context.Context, runID, lineage string) error {
	return l.explain("keep what run "+runID+" has agreed on", l.agree(ctx, runID, lineage))
}

func (l *Ledger) agree(ctx context.Context, runID, lineage string) error {
	run, err := findRun(ctx, l.read, runID)
	if err != nil {
		return err
	}
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return err
	}
	a := &agreeing{ledger: l, run: run, done: agreed[run.number]}
	if a.done == nil || a.done.upTo(run) {
		return nil
	}
	err = l.transact(ctx, func(tx *sql.Tx) (err error) {
		if a.lineage, err = ensureLineage(ctx, tx, Lineage{run.run.Account, run.run.Resource, lineage}); err != nil {
			return err
		}
		if a.done.agreements == 0 { // nothing has moved: the night is over with this
			return a.end(ctx, tx)
		}
		return a.lineage.finished()
	})
	if err != nil || a.done.agreements == 0 {
		return err
	}
	if a.queue, err = l.queueOf(ctx, run); err != nil {
		return err
	}
	return a.work(ctx)
}

// Unagreed reads the runs of a resource of an account that have pushed since they were last agreed on, the oldest first: a crash
// has ended them, or what became of their doubts is known now.
func (l *Ledger) Unagreed(ctx context.Context, account, resource string) ([]Run, error) {
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return nil, l.explain("look for runs to agree on", err)
	}
	var runs []Run
	for row, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, l.explain("look for runs to agree on", err)
		}
		r := &row.run
		if r.Account != account || r.Resource != resource || r.State == StatePlanned || r.State == StatePurged {
			continue
		}
		if done := agreed[row.number]; done != nil && !done.upTo(row) {
			runs = append(runs, *r)
		}
	}
	slices.Reverse(runs)
	return runs, nil
}

// agreeing is a run that is being agreed on.
type agreeing struct {
	ledger  *Ledger
	run     *runRow
	done    *agreedRow
	lineage *lineageRow
	queue   *queue // what its changes have waited for
}

// work goes through what is left of the agreements of the run, page by page.
func (a *agreeing) work(ctx context.Context) error {
	left, kept := a.done.agreements, int64(0)
	for after := a.run.first(); ; {
		page, err := readPage(ctx, a.ledger.read, scanAgreement,
			"SELECT "+agreementColumns+" FROM agreements WHERE change_id > ? AND change_id <= ? ORDER BY change_id LIMIT ?",
			after, a.run.last(), changesPerPage)
		if err != nil {
			return err
		}
		said, err := a.page(ctx, page)
		if err != nil {
			return err
		}
		kept += int64(len(page)) - said
		if len(page) < changesPerPage {
			break
		}
		after = page[len(page)-1].change
	}
	if kept != a.done.agreements {
		return damage(fmt.Sprintf("run %s has %d agreements of %d", a.run.id, kept+left-a.done.agreements, left))
	}
	return a.ledger.transact(ctx, func(tx *sql.Tx) error { return a.end(ctx, tx) })
}

// end notes how far the run was that has been agreed on.
func (a *agreeing) end(ctx context.Context, tx *sql.Tx) error {
	a.done.lineage, a.done.intents, a.done.outcomes, a.done.doubts = a.lineage.number, a.run.intents, a.run.outcomes, a.run.doubts
	return a.done.update(ctx, tx)
}

// page works off what can be said of a page of agreements, in one transaction. It returns how many those were.
func (a *agreeing) page(ctx context.Context, page []*agreementRow) (said int64, err error) {
	ended, err := a.ended(ctx, page)
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	return int64(len(ended)), a.ledger.transact(ctx, func(tx *sql.Tx) error {
		if err := a.move(ctx, tx, ended); err != nil {
			return err
		}
		for part := range slices.Chunk(ended, keysPerQuery) {
			keys := make([]any, len(part))
			for i, e := range part {
				keys[i] = e.agreement.change
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM agreements WHERE change_id IN "+places(len(keys)), keys...); err != nil {
				return err
			}
		}
		a.done.agreements -= int64(len(ended))
		return a.done.update(ctx, tx)
	})
}

// endedAgreement is an agreement of a change of which it is known how it ended.
type endedAgreement struct {
	agreement *agreementRow
	story
}

// ended is the agreements of a page whose changes have ended. The others wait: a run may be resumed, and a doubt settled.
func (a *agreeing) ended(ctx context.Context, page []*agreementRow) ([]endedAgreement, error) {
	keys := make([]int64, len(page))
	for i, r := range page {
		keys[i] = r.change
	}
	changes, err := readByKey(ctx, a.ledger.read, scanChange, "SELECT "+changeColumns+" FROM changes WHERE id IN ", keys)
	if err != nil {
		return nil, err
	}
	outcomes, err := readByKey(ctx, a.ledger.read, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id IN ", keys)
	if err != nil {
		return nil, err
	}
	stories := map[int64]*story{}
	for _, c := range changes {
		stories[c.id] = &story{change: c}
	}
	for _, o := range outcomes {
		if stories[o.change] != nil {
			stories[o.change].ended = o
		}
	}
	if err := a.ledger.completeStories(ctx, a.queue, slices.Collect(maps.Values(stories)), nil); err != nil {
		return nil, err
	}
	var ended []endedAgreement
	for _, r := range page {
		s := stories[r.change]
		if s == nil {
			return nil, damage(fmt.Sprintf("%s has an agreement and is gone", r.name()))
		}
		if !s.change.pending() || s.ended != nil && s.ended.final() {
			ended = append(ended, endedAgreement{r, *s})
		}
	}
	return ended, nil
}

// move takes what was agreed on into the bases.
func (a *agreeing) move(ctx context.Context, tx *sql.Tx, ended []endedAgreement) error {
	bases, err := a.bases(ctx, tx, ended)
	if err != nil {
		return err
	}
	var moved []*baseRow
	created := int64(0)
	for i := range ended {
		agreed, err := ended[i].agreed()
		if err != nil {
			return err
		}
		id := ended[i].recordID()
		base := bases[id]
		if len(agreed) == 0 || id == "" || base != nil && base.run > a.run.number {
			continue
		}
		if base == nil {
			base = &baseRow{lineage: a.lineage.number, recordID: id}
			bases[id] = base
			created++
		}
		news, err := base.merge(agreed)
		if err != nil {
			return err
		}
		if news {
			base.run = a.run.number
			moved = append(moved, base)
		}
	}
	if created > 0 {
		if err := a.lineage.update(ctx, tx, a.lineage.bases+created); err != nil {
			return err
		}
	}
	return putBases(ctx, tx, moved)
}

// bases is the bases of the records of these changes, by id.
func (a *agreeing) bases(ctx context.Context, tx *sql.Tx, ended []endedAgreement) (map[string]*baseRow, error) {
	var ids []string
	for i := range ended {
		ids = append(ids, ended[i].recordID())
	}
	rows, err := basesOf(ctx, tx, a.lineage.number, ids)
	bases := map[string]*baseRow{}
	for _, r := range rows {
		bases[r.recordID] = r
	}
	return bases, err
}

// basesOf reads the bases of some records.
func basesOf(ctx context.Context, q querier, lineage int64, ids []string) ([]*baseRow, error) {
	return readByKey(ctx, q, scanBase, fmt.Sprintf("SELECT %s FROM bases WHERE lineage = %d AND record_id IN ", baseColumns, lineage), ids)
}

// recordID is the record that the change was about.
func (s *story) recordID() string {
	if s.ended == nil {
		return s.change.recordID
	}
	return cmp.Or(s.ended.recordID, s.change.recordID)
}

// agreed is the stored values that sheet and API agree on since, by field.
func (e *endedAgreement) agreed() (map[string]string, error) {
	if plan.Status(e.change.status) != plan.Unchanged && (e.ended == nil || !e.wrote()) {
		return nil, nil
	}
	equal, errEqual := storedValues(e.agreement.record)
	sent, errSent := storedValues(e.change.record)
	before, errBefore := storedValues(e.change.before)
	if err := errors.Join(errEqual, errSent, errBefore); err != nil {
		return nil, fmt.Errorf("%s: %w", e.change.name(), err)
	}
	agreed := map[string]string{}
	maps.Copy(agreed, equal)
	for name, value := range sent {
		if value != before[name] { // what only goes along is as it was
			agreed[name] = value
		}
	}
	return agreed, nil
}

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
