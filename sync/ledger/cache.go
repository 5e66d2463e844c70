package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// cacheRow is a piece of what the API told us.
type cacheRow struct {
	account string
	key     string
	data    []byte
	stored  int64
}

const cacheColumns = "account, name, data, stored_at, sum"

func (*cacheRow) table() string { return "cache" }

func (r *cacheRow) name() string { return fmt.Sprintf("%s of account %s", r.key, r.account) }

func (r *cacheRow) values() []any { return []any{r.account, r.key, r.data, r.stored} }

func (r *cacheRow) targets() []any { return []any{&r.account, &r.key, &r.data, &r.stored} }

// SetCache keeps data that was read from an account, such as a lookup table, under a name. It replaces what was there.
func (l *Ledger) SetCache(ctx context.Context, account, name string, data []byte) error {
	r := &cacheRow{account: account, key: name, data: append([]byte{}, data...), stored: nanos(time.Now())}
	err := l.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM cache WHERE account = ? AND name = ?", account, name)
		if err != nil {
			return err
		}
		return insertRows(ctx, tx, cacheColumns, []*cacheRow{r}, "")
	})
	return l.explain("keep "+name, err)
}

// Cache is what was kept under a name, and since when; the time is zero if nothing was.
func (l *Ledger) Cache(ctx context.Context, account, name string) (data []byte, at time.Time, err error) {
	r, err := scanCache(l.read.QueryRowContext(ctx,
		"SELECT "+cacheColumns+" FROM cache WHERE account = ? AND name = ?", account, name))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, time.Time{}, l.explain("read "+name, l.verifyCache(ctx))
	}
	if err != nil {
		return nil, time.Time{}, l.explain("read "+name, err)
	}
	return r.data, moment(r.stored), nil
}

// verifyCache tells nothing from damage: a row whose name has changed is not found under the old one.
func (l *Ledger) verifyCache(ctx context.Context) error {
	_, err := readPage(ctx, l.read, scanCache, "SELECT "+cacheColumns+" FROM cache")
	return err
}

func scanCache(from scanner) (*cacheRow, error) {
	r := &cacheRow{}
	return r, scan(from, r)
}
