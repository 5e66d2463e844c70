package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"sync"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Lineage is a line of sheets of one resource of an account. The base of a field is the value on which the sheets of a line
// and the API last agreed: an exported sheet has its own, so that what another sheet does meanwhile is no edit of this one.
type Lineage struct {
	Account  string
	Resource string
	Name     string // id of the export run that began it, "" for sheets that were not exported
}

// Bases is what the sheets of a lineage and the API last agreed on. It may be read from several goroutines.
type Bases struct {
	ledger *Ledger
	model  *model.Model
	number int64 // of the lineage, 0 if it has none
	count  int64 // records that it has a base of
	born   int64 // number of the run that began it, 0 for that of sheets that were not exported
	sound  sync.Once
}

var _ plan.Bases = (*Bases)(nil)

// errUnfinished says that an export died before it had kept all that it saw.
var errUnfinished = errors.New("that export was not finished, and nothing tells what its sheet was made of: export again")

// Bases begins to read the bases of a lineage. It finds out whether all of them are there: one that is gone has no checksum.
func (l *Ledger) Bases(ctx context.Context, m *model.Model, of Lineage) (*Bases, error) {
	b := &Bases{ledger: l, model: m}
	row, err := l.findLineage(ctx, of)
	if errors.Is(err, sql.ErrNoRows) {
		return b, nil
	}
	if err == nil {
		err = row.finished()
	}
	if err == nil {
		err = row.complete(ctx, l.read)
	}
	if err != nil {
		return nil, l.explain("read what was last agreed on", err)
	}
	b.number, b.count = row.number, row.bases
	switch run, err := findRun(ctx, l.read, of.Name); {
	case err == nil:
		b.born = run.number
	case !errors.Is(err, ErrNoRun):
		return nil, l.explain("read what was last agreed on", err)
	}
	return b, nil
}

// None reports whether nothing is known of any record.
func (b *Bases) None() bool { return b.count == 0 }

// Base is what was last agreed on of a record, nil if nothing is known of it. A field that is not known is absent. One that was
// not shown when the record was seen whole is an empty text: it was blank, unless the API never shows it.
func (b *Bases) Base(ctx context.Context, id string) (base model.Record, err error) {
	row, err := b.row(ctx, id)
	if err == nil && row != nil {
		base, err = row.decode(b.model, row.record)
	}
	return base, b.ledger.explain("read what was last agreed on", err)
}

// Exported is what was exported of a record, nil if it was not.
func (b *Bases) Exported(ctx context.Context, id string) (seen model.Record, err error) {
	row, err := b.row(ctx, id)
	if err == nil && row != nil && row.whole == 1 {
		seen, err = row.decode(b.model, cmp.Or(row.exported, row.record))
	}
	return seen, b.ledger.explain("read what was exported", err)
}

// Moved is the number of the run that has moved the base of a record last, or exported it; 0 if it has none. Later runs have
// higher numbers.
func (b *Bases) Moved(ctx context.Context, id string) (int64, error) {
	row, err := b.row(ctx, id)
	if err != nil || row == nil {
		return 0, b.ledger.explain("read what was last agreed on", err)
	}
	return max(row.run, b.born), nil
}

// row reads the base of a record, nil if there is none.
func (b *Bases) row(ctx context.Context, id string) (*baseRow, error) {
	if b.number == 0 {
		return nil, nil
	}
	row, err := scanBase(b.ledger.read.QueryRowContext(ctx,
		"SELECT "+baseColumns+" FROM bases WHERE lineage = ? AND record_id = ?", b.number, id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, b.verify(ctx)
	}
	if err != nil {
		return nil, err
	}
	return row, nil
}

// verify tells nothing from damage, once: a row whose id has changed is not found under the old one.
func (b *Bases) verify(ctx context.Context) (err error) {
	b.sound.Do(func() {
		for after := ""; err == nil; {
			var page []*baseRow
			page, err = basesPage(ctx, b.ledger.read, b.number, after)
			if len(page) == 0 {
				return
			}
			after = page[len(page)-1].recordID
		}
	})
	return err
}

// basesPage reads the bases of a lineage in the order of their records, a page behind one of them.
func basesPage(ctx context.Context, q querier, lineage int64, after string) ([]*baseRow, error) {
	return readPage(ctx, q, scanBase,
		"SELECT "+baseColumns+" FROM bases WHERE lineage = ? AND record_id > ? ORDER BY record_id LIMIT ?", lineage, after, changesPerPage)
}

// SaveBases keeps what an export has seen of each record, whole, as the bases of its lineage. It replaces those that were there.
// They count when all are kept: if found fails, there are none.
func (l *Ledger) SaveBases(ctx context.Context, m *model.Model, of Lineage, found iter.Seq2[plan.Found, error]) error {
	d := &draftBases{ledger: l, model: m}
	err := l.transact(ctx, func(tx *sql.Tx) (err error) {
		if d.lineage, err = ensureLineage(ctx, tx, of); err != nil {
			return err
		}
		return d.lineage.clear(ctx, tx, draft)
	})
	if err == nil {
		if err = d.save(ctx, found); err != nil {
			ctx := context.WithoutCancel(ctx)
			drop := l.transact(ctx, func(tx *sql.Tx) error { return d.lineage.clear(ctx, tx, 0) })
			err = errors.Join(err, drop)
		}
	}
	return l.explain("keep what was exported", err)
}

// draftBases is the bases of a lineage that are being written.
type draftBases struct {
	ledger  *Ledger
	model   *model.Model
	lineage *lineageRow
	waiting []*baseRow
}

func (d *draftBases) save(ctx context.Context, found iter.Seq2[plan.Found, error]) error {
	for f, err := range found {
		if err != nil {
			return err
		}
		text, err := encodeRecord(d.model, f.Record)
		if err != nil {
			return fmt.Errorf("record %s: %w", f.ID, err)
		}
		d.waiting = append(d.waiting, &baseRow{lineage: d.lineage.number, recordID: f.ID, whole: 1, record: text})
		if len(d.waiting) < changesPerCommit {
			continue
		}
		if err := d.flush(ctx); err != nil {
			return err
		}
	}
	if err := d.flush(ctx); err != nil {
		return err
	}
	return d.ledger.transact(ctx, func(tx *sql.Tx) error {
		if err := d.stillThere(ctx, tx); err != nil {
			return err
		}
		n, err := d.lineage.count(ctx, tx)
		if err != nil {
			return err
		}
		return d.lineage.update(ctx, tx, n)
	})
}

// flush writes the waiting bases in one transaction. Pages that shift while they are read show a record twice: the last counts.
func (d *draftBases) flush(ctx context.Context) error {
	err := d.ledger.transact(ctx, func(tx *sql.Tx) error {
		if err := d.stillThere(ctx, tx); err != nil {
			return err
		}
		return putBases(ctx, tx, d.waiting)
	})
	d.waiting = d.waiting[:0]
	return err
}

// stillThere fails if a purge has dropped this draft as dead.
func (d *draftBases) stillThere(ctx context.Context, tx *sql.Tx) error {
	now, err := scanLineage(tx.QueryRowContext(ctx, "SELECT "+lineageColumns+" FROM lineages WHERE number = ?", d.lineage.number))
	if err == nil && now.bases != draft {
		err = errors.New("a purge has removed it meanwhile: export again")
	}
	return err
}

// lineageRow is a lineage as the table has it.
type lineageRow struct {
	number int64
	scope  int64
	label  string
	bases  int64
}

const lineageColumns = "number, scope, name, bases, sum"

func (*lineageRow) table() string { return "lineages" }

func (r *lineageRow) name() string { return fmt.Sprintf("%q", r.label) }

func (r *lineageRow) values() []any { return []any{r.number, r.scope, r.label, r.bases} }

func (r *lineageRow) targets() []any { return []any{&r.number, &r.scope, &r.label, &r.bases} }

func scanLineage(from scanner) (*lineageRow, error) {
	r := &lineageRow{}
	return r, scan(from, r)
}

// lineagesOf reads the lineages of a scope. There is one for each export, so they are all read, and damage is met.
func lineagesOf(ctx context.Context, q querier, scope int64) ([]*lineageRow, error) {
	all, err := readPage(ctx, q, scanLineage, "SELECT "+lineageColumns+" FROM lineages ORDER BY number")
	var of []*lineageRow
	for _, r := range all {
		if r.scope == scope {
			of = append(of, r)
		}
	}
	return of, err
}

// findLineage reads a lineage; there is none before anything was agreed on.
func (l *Ledger) findLineage(ctx context.Context, of Lineage) (*lineageRow, error) {
	s, err := findScope(ctx, l.read, of.Account, of.Resource)
	if err != nil {
		return nil, err
	}
	return lineageNamed(ctx, l.read, s.number, of.Name)
}

func lineageNamed(ctx context.Context, q querier, scope int64, name string) (*lineageRow, error) {
	all, err := lineagesOf(ctx, q, scope)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.label == name {
			return r, nil
		}
	}
	return nil, sql.ErrNoRows
}

func ensureLineage(ctx context.Context, tx *sql.Tx, of Lineage) (*lineageRow, error) {
	s, err := ensureScope(ctx, tx, of.Account, of.Resource)
	if err != nil {
		return nil, err
	}
	r, err := lineageNamed(ctx, tx, s.number, of.Name)
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	r = &lineageRow{scope: s.number, label: of.Name}
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), 0) + 1 FROM lineages").Scan(&r.number); err != nil {
		return nil, err
	}
	return r, insertRows(ctx, tx, lineageColumns, []*lineageRow{r}, "")
}

// finished fails while the bases are being written, or if whoever wrote them has died.
func (r *lineageRow) finished() error {
	if r.bases == draft {
		return fmt.Errorf("export %s: %w", r.label, errUnfinished)
	}
	return nil
}

// complete tells whether as many bases are there as were written.
func (r *lineageRow) complete(ctx context.Context, q querier) error {
	n, err := r.count(ctx, q)
	if err == nil && n != r.bases {
		err = damage(fmt.Sprintf("lineage %s has %d bases of %d", r.name(), n, r.bases))
	}
	return err
}

func (r *lineageRow) count(ctx context.Context, q querier) (n int64, err error) {
	return n, q.QueryRowContext(ctx, "SELECT COUNT(*) FROM bases WHERE lineage = ?", r.number).Scan(&n)
}

// update stores how many bases there are.
func (r *lineageRow) update(ctx context.Context, tx *sql.Tx, bases int64) error {
	r.bases = bases
	_, err := tx.ExecContext(ctx, "UPDATE lineages SET bases = ?, sum = ? WHERE number = ?", r.bases, checksum(r.table(), r.values()), r.number)
	return err
}

// clear removes all bases. The row stays, with this count: no other lineage may ever have its number.
func (r *lineageRow) clear(ctx context.Context, tx *sql.Tx, bases int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM bases WHERE lineage = ?", r.number); err != nil {
		return err
	}
	return r.update(ctx, tx, bases)
}

// baseRow is the base of a record as the table has it.
type baseRow struct {
	lineage  int64
	recordID string
	whole    int64 // 1: what is not in record was blank
	record   string
	exported string // what record was when it was exported, "" if it still is, or if nothing was
	run      int64  // number of the run that moved it last, 0 for an export
}

const baseColumns = "lineage, record_id, seen_whole, record, exported, run, sum"

func (*baseRow) table() string { return "bases" }

func (r *baseRow) name() string { return "record " + r.recordID }

func (r *baseRow) values() []any {
	return []any{r.lineage, r.recordID, r.whole, r.record, r.exported, r.run}
}

func (r *baseRow) targets() []any {
	return []any{&r.lineage, &r.recordID, &r.whole, &r.record, &r.exported, &r.run}
}

func scanBase(from scanner) (*baseRow, error) {
	r := &baseRow{}
	return r, scan(from, r)
}

// decode reads what is kept of a record as far as the model still has its fields: bases outlive their target file.
func (r *baseRow) decode(m *model.Model, text string) (model.Record, error) {
	base, err := decodeKnown(m, text, func(string) error { return nil })
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", r.recordID, err)
	}
	for i := range base {
		if r.whole == 1 && !base[i].Known() {
			base[i] = model.Value{Kind: model.String}
		}
	}
	return base, nil
}

// merge takes in what was agreed on later. It reports whether that is any news.
func (r *baseRow) merge(agreed map[string]string) (moved bool, err error) {
	known, err := storedValues(r.record)
	if err != nil {
		return false, fmt.Errorf("base of record %s: %w", r.recordID, err)
	}
	news := false
	for name, value := range agreed {
		if was, ok := known[name]; !ok || was != value {
			news = true
		}
	}
	if !news {
		return false, nil
	}
	all := make(map[string]string, len(known)+len(agreed))
	maps.Copy(all, known)
	maps.Copy(all, agreed)
	if r.whole == 1 && r.exported == "" {
		r.exported = r.record
	}
	r.record = encodeValues(all)
	return true, nil
}

// putBases writes bases, over older ones of the same records.
func putBases(ctx context.Context, tx *sql.Tx, rows []*baseRow) error {
	last := map[string]int{} // a statement must not name a record twice
	var unique []*baseRow
	for _, r := range rows {
		if i, twice := last[r.recordID]; twice {
			unique[i] = r
			continue
		}
		last[r.recordID] = len(unique)
		unique = append(unique, r)
	}
	return insertRows(ctx, tx, baseColumns, unique, " ON CONFLICT (lineage, record_id) "+
		"DO UPDATE SET seen_whole = excluded.seen_whole, record = excluded.record, exported = excluded.exported, run = excluded.run, sum = excluded.sum")
}
