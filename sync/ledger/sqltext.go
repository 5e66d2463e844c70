package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// So many rows and keys are in a statement at most, and fewer by halves, so that there are few statements to be kept.
const (
	rowsPerInsert = 64  // more gains nothing
	fewRows       = 8   // each number of rows up to this one has a statement of its own
	keysPerQuery  = 512 // well under every database's limit of parameters
)

// evenly is the smallest power of two that is not less than n.
func evenly(n int) int { return 1 << bits.Len(uint(n-1)) }

// evenChunks cuts rows into parts of the lengths that statements have: a few rows go into one.
func evenChunks[R any](rows []R) iter.Seq[[]R] {
	return func(yield func([]R) bool) {
		for length := rowsPerInsert; len(rows) > 0; length /= 2 {
			if len(rows) <= fewRows {
				length = len(rows)
			}
			for len(rows) >= length {
				if !yield(rows[:length]) {
					return
				}
				rows = rows[length:]
			}
		}
	}
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// readPage reads the rows of a query. Everything long is read in pages, because a reader that stays open keeps the
// write-ahead log from being emptied.
func readPage[R any](ctx context.Context, q querier, scan func(scanner) (R, error), query string, args ...any) (
	page []R, err error,
) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Err()
}

// readByKey reads the rows of a query that ends in IN, for these keys.
func readByKey[R, K any](ctx context.Context, q querier, scan func(scanner) (R, error), query string, keys []K) (
	found []R, err error,
) {
	for part := range slices.Chunk(keys, keysPerQuery) {
		args := make([]any, 0, evenly(len(part)))
		for _, k := range part {
			args = append(args, k)
		}
		for len(args) < cap(args) { // asked for twice, it comes once
			args = append(args, args[0])
		}
		rows, err := readPage(ctx, q, scan, query+places(len(args)), args...)
		if err != nil {
			return nil, err
		}
		found = append(found, rows...)
	}
	return found, nil
}

// readByID reads the rows of a query that ends in their key, for these keys, which are in order. Where these lie close together, all
// rows between the first and the last come.
func readByID[R any](ctx context.Context, q querier, scan func(scanner) (R, error), query string, keys []int64) ([]R, error) {
	const spread = 4
	if n := len(keys); n > 0 && keys[n-1]-keys[0] < spread*int64(n) {
		return readPage(ctx, q, scan, query+" BETWEEN ? AND ?", keys[0], keys[n-1])
	}
	return readByKey(ctx, q, scan, query+" IN ", keys)
}

// insertRows inserts rows with their checksums, many in a statement, which ends in suffix.
func insertRows[R row](ctx context.Context, tx *sql.Tx, columns string, rows []R, suffix string) error {
	width := strings.Count(columns, ",") + 1
	for part := range evenChunks(rows) {
		args := make([]any, 0, len(part)*width)
		for _, r := range part {
			values := r.values()
			args = append(append(args, values...), checksum(r.table(), values))
		}
		text := "INSERT INTO " + part[0].table() + " (" + columns + ") VALUES " +
			strings.Repeat(places(width)+", ", len(part)-1) + places(width) + suffix
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// places is (?, ?, ?) for n values.
func places(n int) string { return "(" + strings.Repeat("?, ", n-1) + "?)" }
