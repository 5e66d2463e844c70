package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

const idsPerPage = 1000

// KnownID is a record that one of our runs created.
type KnownID struct {
	Key    string // normalised identity key, or what stands for it
	ID     string // id of the record
	Run    string // id of the run that created it
	Sealed bool   // the run is purged: Key is what [Seals.Seal] makes of the key
}

// idRow is an entry of the id map.
type idRow struct {
	scope    int64
	identity string
	recordID string
	run      string
}

const idColumns = "scope, identity, record_id, run, sum"

func (*idRow) table() string { return "ids" }

func (r *idRow) name() string { return fmt.Sprintf("key %q of run %s", r.identity, r.run) }

func (r *idRow) values() []any { return []any{r.scope, r.identity, r.recordID, r.run} }

func (r *idRow) targets() []any { return []any{&r.scope, &r.identity, &r.recordID, &r.run} }

func scanID(from scanner) (*idRow, error) {
	r := &idRow{}
	return r, scan(from, r)
}

// putCreated puts the records that changes of a run have created into the id map.
func putCreated(ctx context.Context, tx *sql.Tx, run *runRow, changes []*story) error {
	ids := map[string]*idRow{} // the last of equal keys, as if they were written one by one
	for _, s := range changes {
		if key, id := s.created(); key != "" {
			ids[key] = &idRow{scope: run.scope, identity: key, recordID: id, run: run.id}
		}
	}
	rows := make([]*idRow, 0, len(ids))
	for _, identity := range slices.Sorted(maps.Keys(ids)) {
		rows = append(rows, ids[identity])
	}
	return insertRows(ctx, tx, idColumns, rows, " ON CONFLICT (scope, identity) "+
		"DO UPDATE SET record_id = excluded.record_id, run = excluded.run, sum = excluded.sum")
}

// IDs finds the ids of the records that our runs created for these keys, those of purged runs included. Keys that are not known
// are left out.
func (l *Ledger) IDs(ctx context.Context, account, resource string, keys []string) (map[string]string, error) {
	found := map[string]string{}
	seals, err := l.Seals(ctx)
	if err != nil {
		return nil, err
	}
	s, err := findScope(ctx, l.read, account, resource)
	if errors.Is(err, sql.ErrNoRows) {
		return found, nil
	}
	if err != nil {
		return nil, l.explain("look up ids", err)
	}
	query := fmt.Sprintf("SELECT %s FROM ids WHERE scope = %d AND identity IN ", idColumns, s.number)
	asked := map[string]string{} // what stands in the map for each key
	for _, key := range keys {
		asked[key] = key
		if sealed := seals.Seal(key); sealed != "" {
			asked[sealed] = key
		}
	}
	rows, err := readByKey(ctx, l.read, scanID, query, slices.Sorted(maps.Keys(asked)))
	if err != nil {
		return nil, l.explain("look up ids", err)
	}
	for _, r := range rows {
		key := asked[r.identity]
		if _, newer := found[key]; newer && isSealed(r.identity) { // what was created after the purge counts
			continue
		}
		found[key] = r.recordID
	}
	return found, nil
}

// KnownIDs reads every record that our runs created of a resource of an account: those of the id map in the order of the keys, and
// behind them what runs have created that are not agreed on yet, the oldest first. Of a key that comes again the last one counts.
func (l *Ledger) KnownIDs(ctx context.Context, account, resource string) iter.Seq2[KnownID, error] {
	return func(yield func(KnownID, error) bool) {
		late, err := l.Unagreed(ctx, account, resource) // first: what is agreed on meanwhile comes twice, and not never
		if err != nil {
			yield(KnownID{}, err)
			return
		}
		for k, err := range l.mapped(ctx, account, resource) {
			if err != nil {
				yield(KnownID{}, l.explain("read known ids", err))
				return
			}
			if !yield(k, nil) {
				return
			}
		}
		for i := range late {
			for k, err := range l.createdBy(ctx, late[i].ID) {
				if err != nil {
					yield(KnownID{}, l.explain("read what run "+late[i].ID+" has created", err))
					return
				}
				if !yield(k, nil) {
					return
				}
			}
		}
	}
}

// mapped reads the id map.
func (l *Ledger) mapped(ctx context.Context, account, resource string) iter.Seq2[KnownID, error] {
	return func(yield func(KnownID, error) bool) {
		s, err := findScope(ctx, l.read, account, resource)
		if errors.Is(err, sql.ErrNoRows) {
			return
		}
		if err != nil {
			yield(KnownID{}, err)
			return
		}
		for after := ""; ; { // no change has an empty key in the map
			page, err := readPage(ctx, l.read, scanID,
				"SELECT "+idColumns+" FROM ids WHERE scope = ? AND identity > ? ORDER BY identity LIMIT ?",
				s.number, after, idsPerPage)
			if err != nil {
				yield(KnownID{}, err)
				return
			}
			for _, r := range page {
				if !yield(KnownID{Key: r.identity, ID: r.recordID, Run: r.run, Sealed: isSealed(r.identity)}, nil) {
					return
				}
			}
			if len(page) < idsPerPage {
				return
			}
			after = page[len(page)-1].identity
		}
	}
}

// createdBy reads what a run has created, in the order of the sheet.
func (l *Ledger) createdBy(ctx context.Context, run string) iter.Seq2[KnownID, error] {
	return func(yield func(KnownID, error) bool) {
		for s, err := range l.stories(ctx, run) {
			if err != nil {
				yield(KnownID{}, err)
				return
			}
			if key, id := s.created(); key != "" && !yield(KnownID{Key: key, ID: id, Run: run}, nil) {
				return
			}
		}
	}
}

// created is the key and the id of the record that a change has created, "" if it has none, or is without a key.
func (s *story) created() (key, id string) {
	if s.ended == nil || plan.Status(s.ended.status) != plan.Created || s.ended.recordID == "" {
		return "", ""
	}
	return s.change.identity, s.ended.recordID
}
