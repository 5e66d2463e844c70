package ledger

import (
	"context"
	"strconv"
)

// LimitPages makes the disk full after so many pages more.
func (l *Ledger) LimitPages(ctx context.Context, more int) error {
	var pages, limit int
	if err := l.write.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	return l.write.QueryRowContext(ctx, "PRAGMA max_page_count = "+strconv.Itoa(pages+more)).Scan(&limit)
}

// CloseWriter closes the database under a recorder.
func (l *Ledger) CloseWriter() error { return l.write.Close() }

// Exec runs any SQL, as damage or another version would have it.
func (l *Ledger) Exec(ctx context.Context, query string) error {
	_, err := l.write.ExecContext(ctx, query)
	return err
}
