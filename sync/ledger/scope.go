package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// scopeRow is what the write sequence and the id map belong to: one resource of one account.
type scopeRow struct {
	number   int64
	account  string
	resource string
	sequence int64
}

const scopeColumns = "number, account, resource, sequence, sum"

func (*scopeRow) table() string { return "scopes" }

func (s *scopeRow) name() string { return fmt.Sprintf("%s of account %s", s.resource, s.account) }

func (s *scopeRow) values() []any {
	return []any{s.number, s.account, s.resource, s.sequence}
}

func (s *scopeRow) targets() []any {
	return []any{&s.number, &s.account, &s.resource, &s.sequence}
}

func scanScope(from scanner) (*scopeRow, error) {
	s := &scopeRow{}
	return s, scan(from, s)
}

// findScope reads a scope; there is none before the first run. The few scopes are all read, so that damage is met.
func findScope(ctx context.Context, q querier, account, resource string) (*scopeRow, error) {
	all, err := readPage(ctx, q, scanScope, "SELECT "+scopeColumns+" FROM scopes ORDER BY number")
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.account == account && s.resource == resource {
			return s, nil
		}
	}
	return nil, sql.ErrNoRows
}

func ensureScope(ctx context.Context, tx *sql.Tx, account, resource string) (*scopeRow, error) {
	s, err := findScope(ctx, tx, account, resource)
	if !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	s = &scopeRow{account: account, resource: resource}
	if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), 0) + 1 FROM scopes").Scan(&s.number); err != nil {
		return nil, err
	}
	return s, insertRows(ctx, tx, scopeColumns, []*scopeRow{s}, "")
}

// Sequence is the write sequence of a resource of an account: it grows with every group of intents that is recorded, so a
// plan is stale once it is not the sequence that the plan was bound to. It is 0 before the first write.
func (l *Ledger) Sequence(ctx context.Context, account, resource string) (int64, error) {
	s, err := findScope(ctx, l.read, account, resource)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, l.explain("read the write sequence", err)
	}
	return s.sequence, nil
}
