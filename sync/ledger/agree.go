package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Agree takes in what a run has seen done. The records that it has created come into the id map. The bases of a lineage move: of a
// row that was left unchanged or carried out, the fields that were equal already, and those that were sent and seen done. Fields
// that were left alone keep their base, and so does every field of any other row.
//
// Each change says so once, so to agree again costs nothing, and goes on where a crash has ended it. What a later run has moved
// already stays. A run from before there were bases has nothing to say: its ids are kept with its outcomes. The caller holds the lock
// of the account, and no other run may begin to push before.
func (l *Ledger) Agree(ctx context.Context, runID, lineage string) error {
	return l.explain("keep what run "+runID+" has agreed on", l.agree(ctx, runID, lineage))
}

// AgreeAside begins to [Ledger.Agree] on a run while the caller goes on. wait returns what came of it; it must be called before the
// ledger is closed.
func (l *Ledger) AgreeAside(ctx context.Context, runID, lineage string) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- l.Agree(ctx, runID, lineage) }()
	return func() error { return <-done }
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
	for page, err := range ahead(a.pages(ctx)) {
		if err == nil && len(page.ended) > 0 {
			err = a.ledger.transact(ctx, func(tx *sql.Tx) error { return a.say(ctx, tx, page) })
		}
		if err != nil {
			return err
		}
		kept += int64(len(page.rows) - len(page.ended))
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

// agreementPage is some agreements of a run in the order of the sheet, and those of them of whose changes it is known how they ended.
type agreementPage struct {
	rows  []*agreementRow
	ended []endedAgreement
}

// pages reads what is left of the agreements of the run.
func (a *agreeing) pages(ctx context.Context) iter.Seq2[agreementPage, error] {
	return func(yield func(agreementPage, error) bool) {
		for after := a.run.first(); ; {
			rows, err := readPage(ctx, a.ledger.read, scanAgreement,
				"SELECT "+agreementColumns+" FROM agreements WHERE change_id > ? AND change_id <= ? ORDER BY change_id LIMIT ?",
				after, a.run.last(), changesPerPage)
			page := agreementPage{rows: rows}
			if err == nil {
				page.ended, err = a.ended(ctx, rows)
			}
			if !yield(page, err) || err != nil || len(rows) < changesPerPage {
				return
			}
			after = rows[len(rows)-1].change
		}
	}
}

// say works off what can be said of a page.
func (a *agreeing) say(ctx context.Context, tx *sql.Tx, page agreementPage) error {
	stories := make([]*story, len(page.ended))
	for i := range page.ended {
		stories[i] = page.ended[i].story
	}
	if err := putCreated(ctx, tx, a.run, stories); err != nil {
		return err
	}
	if err := a.move(ctx, tx, page.ended); err != nil {
		return err
	}
	if err := dropAgreements(ctx, tx, page); err != nil {
		return err
	}
	a.done.agreements -= int64(len(page.ended))
	return a.done.update(ctx, tx)
}

// dropAgreements removes those of a page of agreements that are said: mostly all.
func dropAgreements(ctx context.Context, tx *sql.Tx, page agreementPage) error {
	if n := len(page.rows); len(page.ended) == n {
		_, err := tx.ExecContext(ctx, "DELETE FROM agreements WHERE change_id BETWEEN ? AND ?", page.rows[0].change, page.rows[n-1].change)
		return err
	}
	for part := range slices.Chunk(page.ended, keysPerQuery) {
		keys := make([]any, len(part))
		for i, e := range part {
			keys[i] = e.change.id
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM agreements WHERE change_id IN "+places(len(keys)), keys...); err != nil {
			return err
		}
	}
	return nil
}

// endedAgreement is an agreement of a change of which it is known how it ended.
type endedAgreement struct {
	*story
	agreed map[string]string // the stored values that sheet and API agree on since, by field
}

// ended is the agreements of a page whose changes have ended. The others wait: a run may be resumed, and a doubt settled.
func (a *agreeing) ended(ctx context.Context, page []*agreementRow) ([]endedAgreement, error) {
	if len(page) == 0 {
		return nil, nil
	}
	stories, err := a.storiesOf(ctx, page)
	if err != nil {
		return nil, err
	}
	all := make([]*story, len(page))
	for i, r := range page {
		if all[i] = stories[r.change]; all[i] == nil {
			return nil, damage(fmt.Sprintf("%s has an agreement and is gone", r.name()))
		}
	}
	if err := a.ledger.completeStories(ctx, a.queue, all, nil); err != nil {
		return nil, err
	}
	var ended []endedAgreement
	for i, r := range page {
		s := all[i]
		if s.change.pending() && (s.ended == nil || !s.ended.final()) {
			continue
		}
		agreed, err := s.agreed(r)
		if err != nil {
			return nil, err
		}
		ended = append(ended, endedAgreement{s, agreed})
	}
	return ended, nil
}

// storiesOf reads the changes of a page of agreements, and how they ended, by key.
func (a *agreeing) storiesOf(ctx context.Context, page []*agreementRow) (map[int64]*story, error) {
	keys := make([]int64, len(page))
	stories := make(map[int64]*story, len(page))
	for i, r := range page {
		keys[i], stories[r.change] = r.change, nil
	}
	changes, err := readByID(ctx, a.ledger.read, scanChange, "SELECT "+changeColumns+" FROM changes WHERE id", keys)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if _, asked := stories[c.id]; asked {
			stories[c.id] = &story{change: c}
		}
	}
	outcomes, err := readByID(ctx, a.ledger.read, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id", keys)
	if err != nil {
		return nil, err
	}
	for _, o := range outcomes {
		if s := stories[o.change]; s != nil {
			s.ended = o
		}
	}
	return stories, nil
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
		id, agreed := ended[i].recordID(), ended[i].agreed
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
	if a.lineage.bases == 0 {
		return map[string]*baseRow{}, nil
	}
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

// agreed is the stored values that sheet and API agree on since a change has ended, by field.
func (s *story) agreed(by *agreementRow) (map[string]string, error) {
	if plan.Status(s.change.status) != plan.Unchanged && (s.ended == nil || !s.wrote()) {
		return nil, nil
	}
	equal, errEqual := storedValues(by.record)
	sent, errSent := storedValues(s.change.record)
	before, errBefore := storedValues(s.change.before)
	if err := errors.Join(errEqual, errSent, errBefore); err != nil {
		return nil, fmt.Errorf("%s: %w", s.change.name(), err)
	}
	agreed := make(map[string]string, len(equal)+len(sent))
	maps.Copy(agreed, equal)
	for name, value := range sent {
		if value != before[name] { // what only goes along is as it was
			agreed[name] = value
		}
	}
	return agreed, nil
}
