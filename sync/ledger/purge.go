package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Purge removes personal data from runs of one resource of an account. What stays is what later runs need and what an audit
// asks for: of each row its number, what was decided, how it ended, the codes of its problems, and the id of its record; of each
// key what stands for it ([Seals]), so that nothing is created twice. What goes is payloads, pre-images, keys, values and
// messages. settings takes the place of what a run's caller has kept.
//
// The caller holds the lock of the account, and has seen to it that nobody goes on with these runs: one with changes in doubt is
// refused, and one that was pushed and not agreed on ([Ledger.Agree]). What was removed still lies in free places of the file until [Ledger.Compact]; only then the caller stores with the run
// that it is purged ([StatePurged]), so that after a crash the whole is done again.
func (l *Ledger) Purge(ctx context.Context, runs []Run, settings map[string][]byte) error {
	gone := map[string]bool{}
	for i := range runs {
		if err := l.purgeRows(ctx, runs[i].ID); err != nil {
			return l.explain("purge run "+runs[i].ID, err)
		}
		gone[runs[i].ID] = true
	}
	if len(runs) == 0 {
		return nil
	}
	if err := l.sealKeys(ctx, &runs[0], gone); err != nil {
		return l.explain("purge keys", err)
	}
	if err := l.purgeBases(ctx, &runs[0], gone); err != nil {
		return l.explain("purge what was agreed on", err)
	}
	for i := range runs {
		r := runs[i]
		r.Settings = settings[r.ID]
		if err := l.UpdateRun(ctx, &r); err != nil {
			return err
		}
	}
	return nil
}

// purgeRows removes personal data from the changes and the outcomes of a run.
func (l *Ledger) purgeRows(ctx context.Context, id string) error {
	run, err := findRun(ctx, l.read, id)
	if err != nil {
		return err
	}
	if run.doubts > 0 {
		return fmt.Errorf("%d of its changes are in doubt: settle them first", run.doubts)
	}
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return err
	}
	if done := agreed[run.number]; done != nil && run.intents > 0 && !done.upTo(run) {
		return errors.New("the ids of what it has created are not kept yet: agree on it first")
	}
	for after := run.first(); ; {
		page, err := l.storyPage(ctx, run, after)
		if err != nil {
			return err
		}
		if err := l.transact(ctx, func(tx *sql.Tx) error { return purgePage(ctx, tx, page) }); err != nil {
			return err
		}
		if len(page) < changesPerPage {
			return l.purgeAgreements(ctx, run)
		}
		after = page[len(page)-1].change.id
	}
}

// purgePage writes rows again without what is personal in them.
func purgePage(ctx context.Context, tx *sql.Tx, page []*story) error {
	for _, s := range page {
		if err := s.change.purge(); err != nil {
			return err
		}
		c := s.change
		_, err := tx.ExecContext(ctx, "UPDATE changes SET record_id = ?, identity = ?, record = ?, before = ?, problems = ?, sum = ? WHERE id = ?",
			c.recordID, c.identity, c.record, c.before, c.problems, checksum(c.table(), c.values()), c.id)
		if err != nil {
			return err
		}
		if s.ended == nil {
			continue
		}
		o := s.ended
		o.purge()
		_, err = tx.ExecContext(ctx, "UPDATE outcomes SET record_id = ?, field = ?, message = ?, faults = ?, sum = ? WHERE change_id = ?",
			o.recordID, o.field, o.message, o.faults, checksum(o.table(), o.values()), o.change)
		if err != nil {
			return err
		}
	}
	return nil
}

// purge takes what is personal out of a change. The id of a record stays where the API has shown the record: elsewhere it is what
// somebody has typed into a cell.
func (r *changeRow) purge() error {
	if plan.Action(r.action) != plan.Update && plan.Status(r.status) != plan.Unchanged {
		r.recordID = ""
	}
	r.identity, r.record, r.before = "", "", ""
	problems, err := decodeProblems(r.problems)
	if err != nil {
		return err
	}
	for i, p := range problems {
		problems[i] = model.Problem{Row: p.Row, Column: p.Column, Field: p.Field, Code: p.Code}
	}
	r.problems, err = encodeProblems(problems)
	return err
}

// purge takes what is personal out of an outcome: answers quote what was sent.
func (r *outcomeRow) purge() {
	if status := plan.Status(r.status); status != plan.Created && status != plan.Updated {
		r.recordID = ""
	}
	r.field, r.message, r.faults = "", "", ""
}

// sealKeys replaces the keys that runs have put into the id map of a resource by what stands for them.
func (l *Ledger) sealKeys(ctx context.Context, of *Run, runs map[string]bool) error {
	s, err := findScope(ctx, l.read, of.Account, of.Resource)
	if err != nil {
		return err
	}
	for after := ""; ; {
		page, err := readPage(ctx, l.read, scanID,
			"SELECT "+idColumns+" FROM ids WHERE scope = ? AND identity > ? ORDER BY identity LIMIT ?", s.number, after, idsPerPage)
		if err != nil {
			return err
		}
		var plain []*idRow
		for _, r := range page {
			if runs[r.run] && !isSealed(r.identity) {
				plain = append(plain, r)
			}
		}
		if len(plain) > 0 {
			if err := l.transact(ctx, func(tx *sql.Tx) error { return sealPage(ctx, tx, plain) }); err != nil {
				return err
			}
		}
		if len(page) < idsPerPage {
			return nil
		}
		after = page[len(page)-1].identity
	}
}

// sealPage seals entries of the id map. One that was sealed before is older: its record was made anew.
func sealPage(ctx context.Context, tx *sql.Tx, page []*idRow) error {
	seals, err := ensureSeals(ctx, tx)
	if err != nil {
		return err
	}
	sealed := make([]*idRow, len(page))
	for i, r := range page {
		if _, err := tx.ExecContext(ctx, "DELETE FROM ids WHERE scope = ? AND identity = ?", r.scope, r.identity); err != nil {
			return err
		}
		sealed[i] = &idRow{scope: r.scope, identity: seals.Seal(r.identity), recordID: r.recordID, run: r.run}
	}
	return insertRows(ctx, tx, idColumns, sealed, " ON CONFLICT (scope, identity) "+
		"DO UPDATE SET record_id = excluded.record_id, run = excluded.run, sum = excluded.sum")
}

// DropDrafts removes plans of a resource of an account that were begun and never became a run, and what exports have seen that
// never came to their end. The caller holds the lock of the
// account: whoever wrote them is dead.
func (l *Ledger) DropDrafts(ctx context.Context, account, resource string) error {
	err := l.transact(ctx, func(tx *sql.Tx) error {
		s, err := ensureScope(ctx, tx, account, resource)
		if err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, s.number); err != nil {
			return err
		}
		return dropDraftBases(ctx, tx, s.number)
	})
	return l.explain("drop unfinished plans", err)
}

// DropCache forgets what was kept under names that begin with prefix, of any account, and is older than a moment.
func (l *Ledger) DropCache(ctx context.Context, prefix string, before time.Time) error {
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM cache WHERE substr(name, 1, ?) = ? AND stored_at < ?", len(prefix), prefix, nanos(before))
		return err
	})
	return l.explain("forget what was kept", err)
}
