package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// group is the state of a run that is recorded. It is for one goroutine, and useless after an error: what it holds in
// memory is then ahead of the file.
type group struct {
	ledger *Ledger
	run    *runRow
	scope  *scopeRow
	open   map[int64][]*attemptRow // intents without an answer, by the key of their change

	unbased   bool   // the run is from before there were bases: nobody will agree on it, so its ids are kept with its outcomes
	concluded seqSet // changes that have an outcome, which may be replaced if it is not final
}

func (l *Ledger) newGroup(ctx context.Context, runID string) (*group, error) {
	run, open, err := l.openRun(ctx, runID)
	if err != nil {
		return nil, err
	}
	scope, err := findScope(ctx, l.read, run.run.Account, run.run.Resource)
	if err != nil {
		return nil, err
	}
	agreed, err := l.allAgreed(ctx)
	if err != nil {
		return nil, err
	}
	g := &group{ledger: l, run: run, scope: scope, open: open, unbased: agreed[run.number] == nil}
	return g, g.recall(ctx)
}

// recall notes which changes have an outcome already.
func (g *group) recall(ctx context.Context) error {
	for after := g.run.first(); g.run.outcomes > 0; {
		page, err := readPage(ctx, g.ledger.read, scanKey,
			"SELECT change_id FROM outcomes WHERE change_id > ? AND change_id <= ? ORDER BY change_id LIMIT ?", after, g.run.last(), changesPerPage)
		if err != nil {
			return err
		}
		for _, k := range page {
			g.concluded.add(k.seq())
		}
		if len(page) < changesPerPage {
			return nil
		}
		after = int64(page[len(page)-1])
	}
	return nil
}

func scanKey(from scanner) (k key, err error) { return k, from.Scan(&k) }

// seqSet is a set of changes of a run, with a bit for each.
type seqSet []uint64

func (s seqSet) has(seq int64) bool {
	return seq/64 < int64(len(s)) && s[seq/64]>>(seq%64)&1 == 1
}

func (s *seqSet) add(seq int64) {
	if missing := int(seq/64) + 1 - len(*s); missing > 0 {
		*s = append(*s, make([]uint64, missing)...)
	}
	(*s)[seq/64] |= 1 << (seq % 64)
}

// commit writes entries in one transaction.
func (g *group) commit(ctx context.Context, entries []*entry) (Stats, error) {
	b := &batch{group: g, answered: map[int64]*attemptRow{}, outcomes: map[int64]*outcomeRow{}}
	for _, e := range entries {
		if err := b.stage(e); err != nil {
			return Stats{}, err
		}
	}
	if b.wrote == (Stats{}) {
		return Stats{}, nil
	}
	b.wrote.Commits = 1
	return b.wrote, g.ledger.transact(ctx, func(tx *sql.Tx) error { return b.write(ctx, tx) })
}

// batch is what one transaction writes.
type batch struct {
	*group
	intents  []*attemptRow
	answered map[int64]*attemptRow // earlier intents whose answer has to be written beside them, by id
	outcomes map[int64]*outcomeRow // by the key of their change
	wrote    Stats
}

func (b *batch) stage(e *entry) error {
	switch {
	case e.intent != nil:
		b.wrote.Intents++
		b.intend(e.intent, e.at)
	case e.outcome != nil:
		b.wrote.Outcomes++
		return b.conclude(newOutcomeRow(b.run.number, e.outcome, e.at))
	}
	return nil
}

func (b *batch) intend(i *push.Intent, at time.Time) {
	b.run.intents++
	a := &attemptRow{
		id: int64(keyOf(b.run.number, b.run.intents)), change: int64(keyOf(b.run.number, i.Seq)), attempt: int64(i.Attempt),
		requestID: i.RequestID, intended: nanos(at),
	}
	b.intents = append(b.intents, a)
	b.open[a.change] = append(b.open[a.change], a)
}

// conclude takes in an outcome. The attempts that had no answer have one now: a final outcome says so of all of them by itself, any
// other is written beside them, too. In doubt is no answer.
func (b *batch) conclude(row *outcomeRow) error {
	if err := b.outcomes[row.change].replaceable(row); err != nil {
		return err
	}
	b.outcomes[row.change] = row
	if row.final() {
		delete(b.open, row.change)
		return nil
	}
	attempts := b.open[row.change]
	for i, a := range attempts {
		a.status, a.answered = row.status, row.concluded
		if i == len(attempts)-1 {
			a.httpStatus = row.httpStatus
		}
		b.answered[a.id] = a
	}
	if plan.Status(row.status) != plan.InDoubt {
		delete(b.open, row.change)
	}
	return nil
}

// replaceable refuses to replace what is final.
func (r *outcomeRow) replaceable(by *outcomeRow) error {
	if r != nil && r.final() {
		return fmt.Errorf("%s is %s for good and cannot become %s", r.name(), r.status, by.status)
	}
	return nil
}

func (b *batch) write(ctx context.Context, tx *sql.Tx) error {
	if err := b.writeAttempts(ctx, tx); err != nil {
		return err
	}
	if err := b.writeOutcomes(ctx, tx); err != nil {
		return err
	}
	if b.unbased {
		if err := b.name(ctx, tx); err != nil {
			return err
		}
	}
	if len(b.intents) > 0 {
		if err := b.advance(ctx, tx); err != nil {
			return err
		}
	}
	b.run.doubts = int64(len(b.open))
	_, err := tx.ExecContext(ctx,
		"UPDATE runs SET sequence = ?, intents = ?, outcomes = ?, doubts = ?, progress_sum = ? WHERE number = ?",
		b.run.sequence, b.run.intents, b.run.outcomes, b.run.doubts, checksum("runs", b.run.progress()), b.run.number)
	return err
}

func (b *batch) writeAttempts(ctx context.Context, tx *sql.Tx) error {
	for _, a := range b.intents {
		delete(b.answered, a.id) // an answer in the same breath is inserted with its intent
	}
	for _, id := range slices.Sorted(maps.Keys(b.answered)) {
		a := b.answered[id]
		_, err := tx.ExecContext(ctx, "UPDATE attempts SET status = ?, http_status = ?, answered_at = ?, sum = ? WHERE id = ?",
			a.status, a.httpStatus, a.answered, checksum("attempts", a.values()), a.id)
		if err != nil {
			return err
		}
	}
	return insertRows(ctx, tx, attemptColumns, b.intents, "")
}

// writeOutcomes writes outcomes, in place of earlier ones that were not final.
func (b *batch) writeOutcomes(ctx context.Context, tx *sql.Tx) error {
	keys := slices.Sorted(maps.Keys(b.outcomes))
	rows := make([]*outcomeRow, len(keys))
	var again []int64
	for i, k := range keys {
		rows[i] = b.outcomes[k]
		if b.concluded.has(key(k).seq()) {
			again = append(again, k)
		}
		b.concluded.add(key(k).seq())
	}
	old, err := readByKey(ctx, tx, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id IN ", again)
	if err != nil {
		return err
	}
	for _, o := range old {
		if err := o.replaceable(b.outcomes[o.change]); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM outcomes WHERE change_id = ?", o.change); err != nil {
			return err
		}
	}
	b.run.outcomes += int64(len(rows) - len(old))
	return insertRows(ctx, tx, outcomeColumns, rows, "")
}

// advance moves the account's write sequence, and the run's with it, but only from where this run left it.
func (b *batch) advance(ctx context.Context, tx *sql.Tx) error {
	next := *b.scope
	next.sequence = b.run.sequence + 1
	moved, err := tx.ExecContext(ctx, "UPDATE scopes SET sequence = ?, sum = ? WHERE number = ? AND sequence = ?",
		next.sequence, checksum("scopes", next.values()), next.number, b.run.sequence)
	if err != nil {
		return err
	}
	if n, err := moved.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrStale, err)
	}
	b.run.sequence = next.sequence
	return nil
}

// name puts the created records into the id map.
func (b *batch) name(ctx context.Context, tx *sql.Tx) error {
	changes, err := readByKey(ctx, tx, scanChange, "SELECT "+changeColumns+" FROM changes WHERE id IN ", slices.Sorted(maps.Keys(b.outcomes)))
	if err != nil {
		return err
	}
	stories := make([]*story, len(changes))
	for i, c := range changes {
		stories[i] = &story{change: c, ended: b.outcomes[c.id]}
	}
	return putCreated(ctx, tx, b.run, stories)
}
