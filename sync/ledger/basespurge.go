package ledger

import (
	"context"
	"database/sql"
	"slices"
)

// purgeAgreements removes what a run had still to say of bases.
func (l *Ledger) purgeAgreements(ctx context.Context, run *runRow) error {
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return err
	}
	done := agreed[run.number]
	if done == nil || done.agreements == 0 {
		return nil
	}
	return l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM agreements WHERE change_id > ? AND change_id <= ?", run.first(), run.last())
		if err != nil {
			return err
		}
		done.agreements = 0
		return done.update(ctx, tx)
	})
}

// purgeBases removes the bases that purged runs have moved last, and those of purged exports. A base of a record that a later run
// of the same lineage has met is that run's from now on: it has found it still to hold, and without it the next sync would take
// what was changed in the API for something to be overwritten.
func (l *Ledger) purgeBases(ctx context.Context, of *Run, gone map[string]bool) error {
	s, err := findScope(ctx, l.read, of.Account, of.Resource)
	if err != nil {
		return err
	}
	lineages, err := lineagesOf(ctx, l.read, s.number)
	if err != nil {
		return err
	}
	doomed, heirs, err := l.mourners(ctx, of, gone)
	if err != nil {
		return err
	}
	for _, lineage := range lineages {
		if gone[lineage.label] {
			if err := l.transact(ctx, func(tx *sql.Tx) error { return lineage.clear(ctx, tx, 0) }); err != nil {
				return err
			}
			continue
		}
		p := &basesPurge{ledger: l, lineage: lineage, doomed: doomed}
		if err := p.carryOut(ctx, heirs[lineage.number]); err != nil {
			return err
		}
	}
	return nil
}

// mourners is the numbers of the runs that are gone, and the runs that stay and have agreed on something, by lineage, the newest
// first.
func (l *Ledger) mourners(ctx context.Context, of *Run, gone map[string]bool) (doomed map[int64]bool, heirs map[int64][]*runRow, err error) {
	doomed, heirs = map[int64]bool{}, map[int64][]*runRow{}
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return nil, nil, err
	}
	for run, err := range l.allRuns(ctx) {
		if err != nil {
			return nil, nil, err
		}
		r := &run.run
		if gone[r.ID] || r.State == StatePurged {
			doomed[run.number] = true
			continue
		}
		if done := agreed[run.number]; done != nil && done.lineage != 0 && r.Account == of.Account && r.Resource == of.Resource {
			heirs[done.lineage] = append(heirs[done.lineage], run)
		}
	}
	return doomed, heirs, nil
}

// basesPurge removes from one lineage the bases that doomed runs have moved last.
type basesPurge struct {
	ledger  *Ledger
	lineage *lineageRow
	doomed  map[int64]bool // by number
}

func (p *basesPurge) carryOut(ctx context.Context, heirs []*runRow) error {
	left, err := p.count(ctx)
	for _, heir := range heirs {
		if err != nil || left == 0 {
			return err
		}
		if err = p.inherit(ctx, heir); err == nil {
			left, err = p.count(ctx)
		}
	}
	if err != nil || left == 0 {
		return err
	}
	return p.eachPage(ctx, func(tx *sql.Tx, page []*baseRow) error {
		for _, r := range page {
			if _, err := tx.ExecContext(ctx, "DELETE FROM bases WHERE lineage = ? AND record_id = ?", r.lineage, r.recordID); err != nil {
				return err
			}
		}
		return p.lineage.update(ctx, tx, p.lineage.bases-int64(len(page)))
	})
}

// count is how many bases doomed runs have moved last.
func (p *basesPurge) count(ctx context.Context) (n int, err error) {
	err = p.scan(ctx, func(page []*baseRow) error {
		n += len(page)
		return nil
	})
	return n, err
}

// eachPage hands doomed bases to remove, a page in a transaction.
func (p *basesPurge) eachPage(ctx context.Context, remove func(*sql.Tx, []*baseRow) error) error {
	return p.scan(ctx, func(page []*baseRow) error {
		return p.ledger.transact(ctx, func(tx *sql.Tx) error { return remove(tx, page) })
	})
}

// scan reads the lineage page by page, and hands on what doomed runs have moved last.
func (p *basesPurge) scan(ctx context.Context, yield func([]*baseRow) error) error {
	for after := ""; ; {
		page, err := basesPage(ctx, p.ledger.read, p.lineage.number, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].recordID
		if page = slices.DeleteFunc(page, p.stays); len(page) > 0 {
			if err := yield(page); err != nil {
				return err
			}
		}
	}
}

func (p *basesPurge) stays(r *baseRow) bool { return !p.doomed[r.run] }

// inherit makes doomed bases those of a run that has met their records, too.
func (p *basesPurge) inherit(ctx context.Context, heir *runRow) error {
	for after := heir.first(); ; {
		page, err := p.ledger.storyPage(ctx, heir, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].change.id
		var ids []string
		for _, s := range page {
			if id := s.recordID(); id != "" {
				ids = append(ids, id)
			}
		}
		if err := p.ledger.transact(ctx, func(tx *sql.Tx) error {
			rows, err := basesOf(ctx, tx, p.lineage.number, ids)
			if err != nil {
				return err
			}
			rows = slices.DeleteFunc(rows, p.stays)
			for _, r := range rows {
				r.run = heir.number
			}
			return putBases(ctx, tx, rows)
		}); err != nil {
			return err
		}
	}
}

// dropDraftBases removes what exports have seen that never came to their end.
func dropDraftBases(ctx context.Context, tx *sql.Tx, scope int64) error {
	lineages, err := lineagesOf(ctx, tx, scope)
	if err != nil {
		return err
	}
	for _, r := range lineages {
		if r.bases != draft {
			continue
		}
		if err := r.clear(ctx, tx, 0); err != nil {
			return err
		}
	}
	return nil
}
