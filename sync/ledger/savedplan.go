package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

const changesPerCommit = 2000

// SavePlan stores a new run and its changes, in the order of their Seq. They become visible all at once at the end: if
// changes fails, or the process dies, there is no such run. The ledger stays writable for others meanwhile, however long
// changes takes. Two plans for the same resource of an account must not be saved at the same time: see [Lock].
func (l *Ledger) SavePlan(ctx context.Context, m *model.Model, r *Run, changes iter.Seq2[plan.Change, error]) error {
	row, err := l.createDraft(ctx, r)
	if err != nil {
		return l.explain("save plan", err)
	}
	d := &draftPlan{ledger: l, model: m, row: row}
	if err := d.save(ctx, changes); err != nil {
		ctx := context.WithoutCancel(ctx)
		drop := l.transact(ctx, func(tx *sql.Tx) error { return dropRun(ctx, tx, row.number) })
		return l.explain("save plan", errors.Join(err, drop))
	}
	r.Hashes.Waits = row.run.Hashes.Waits
	return nil
}

// createDraft makes the run invisibly, and drops the drafts that died before it.
func (l *Ledger) createDraft(ctx context.Context, r *Run) (row *runRow, err error) {
	return row, l.transact(ctx, func(tx *sql.Tx) error {
		s, err := ensureScope(ctx, tx, r.Account, r.Resource)
		if err != nil {
			return err
		}
		if err := dropDrafts(ctx, tx, s.number); err != nil {
			return err
		}
		row, err = insertRun(ctx, tx, r, draft)
		return err
	})
}

// dropDrafts removes the drafts of a scope.
func dropDrafts(ctx context.Context, tx *sql.Tx, scope int64) error {
	dead, err := readPage(ctx, tx, scanRun, "SELECT "+runColumns+" FROM runs WHERE scope = ? AND changes = ?", scope, draft)
	if err != nil {
		return err
	}
	for _, d := range dead {
		if err := dropRun(ctx, tx, d.number); err != nil {
			return err
		}
	}
	return nil
}

func dropRun(ctx context.Context, tx *sql.Tx, number int64) error {
	bounds := runRow{number: number}
	_, err := tx.ExecContext(ctx, "DELETE FROM changes WHERE id >= ? AND id <= ?", bounds.first(), bounds.last())
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM agreements WHERE change_id >= ? AND change_id <= ?", bounds.first(), bounds.last())
	if err != nil {
		return err
	}
	if err := dropWaits(ctx, tx, &bounds); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM runs WHERE number = ?", number)
	return err
}

// draftPlan is a plan that is being written.
type draftPlan struct {
	ledger  *Ledger
	model   *model.Model
	row     *runRow
	waiting planPart
	writing chan error // is told how the part before was written; nil if there is none
	saved   int64
	waits   []leveled // of all changes: their places are known at the end
	say     int64     // how many changes will have something to say of a base
}

// planPart is the changes of one transaction.
type planPart struct {
	changes []*changeRow
	agreed  []*agreementRow
}

func (d *draftPlan) save(ctx context.Context, changes iter.Seq2[plan.Change, error]) (err error) {
	defer func() { err = errors.Join(err, d.written()) }()
	for c, err := range changes {
		if err != nil {
			return err
		}
		r, err := newChangeRow(d.model, d.row.number, &c)
		if err != nil {
			return err
		}
		agreed, err := newAgreementRow(d.model, d.row.number, &c)
		if err != nil {
			return err
		}
		if agreed != nil {
			d.waiting.agreed = append(d.waiting.agreed, agreed)
		}
		waits, err := newWaits(d.model, d.row.number, &c)
		if err != nil {
			return err
		}
		d.waits = append(d.waits, waits...)
		if d.waiting.changes = append(d.waiting.changes, r); len(d.waiting.changes) < changesPerCommit {
			continue
		}
		if err := d.flush(ctx); err != nil {
			return err
		}
	}
	if err := errors.Join(d.flush(ctx), d.written()); err != nil {
		return err
	}
	if err := d.saveWaits(ctx); err != nil {
		return err
	}
	d.row.changes = d.saved
	return d.ledger.transact(ctx, func(tx *sql.Tx) error { return d.publish(ctx, tx) })
}

// saveWaits writes what the changes wait for, and counts that in the run.
func (d *draftPlan) saveWaits(ctx context.Context) error {
	rows := inOrder(d.row.number, d.waits)
	for part := range slices.Chunk(rows, changesPerCommit) {
		err := d.ledger.transact(ctx, func(tx *sql.Tx) error {
			if err := d.stillThere(ctx, tx); err != nil {
				return err
			}
			return insertRows(ctx, tx, waitColumns, part, "")
		})
		if err != nil {
			return err
		}
	}
	d.row.run.Hashes.Waits = int64(len(rows))
	return d.row.describe()
}

// publish turns the draft into a run.
func (d *draftPlan) publish(ctx context.Context, tx *sql.Tx) error {
	if err := d.stillThere(ctx, tx); err != nil {
		return err
	}
	none := &agreedRow{run: d.row.number, agreements: d.say, intents: -1}
	if err := insertRows(ctx, tx, agreedColumns, []*agreedRow{none}, ""); err != nil {
		return err
	}
	return updateRun(ctx, tx, d.row)
}

// stillThere fails if another plan for the same resource has dropped this draft as dead.
func (d *draftPlan) stillThere(ctx context.Context, tx *sql.Tx) error {
	var n int
	err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM runs WHERE number = ? AND id = ? AND changes = ?",
		d.row.number, d.row.id, draft).Scan(&n)
	if err == nil && n == 0 {
		err = errors.New("another plan for the same resource was begun meanwhile: plan again")
	}
	return err
}

// flush begins to write the waiting changes, once those before are written: the next are decided meanwhile.
func (d *draftPlan) flush(ctx context.Context) error {
	if err := d.written(); err != nil {
		return err
	}
	p := d.waiting
	d.saved, d.say = d.saved+int64(len(p.changes)), d.say+int64(len(p.agreed))
	d.waiting, d.writing = planPart{}, make(chan error, 1)
	go func(told chan<- error) { told <- d.write(ctx, &p) }(d.writing)
	return nil
}

// written waits until what was flushed is written.
func (d *draftPlan) written() (err error) {
	if d.writing != nil {
		err, d.writing = <-d.writing, nil
	}
	return err
}

// write writes changes in one transaction.
func (d *draftPlan) write(ctx context.Context, p *planPart) error {
	return d.ledger.transact(ctx, func(tx *sql.Tx) error {
		if err := d.stillThere(ctx, tx); err != nil {
			return err
		}
		if err := insertRows(ctx, tx, agreementColumns, p.agreed, ""); err != nil {
			return err
		}
		return insertRows(ctx, tx, changeColumns, p.changes, "")
	})
}
