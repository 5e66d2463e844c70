package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	markSuffix   = "-mark" // so that it is among the ledger's files for whoever copies or moves them
	slotSize     = 16
	markSlots    = 256 // one page
	markSyncRest = 50  // synced at most every 50 times as long as that takes: a fiftieth of the time at worst
)

// mark is a small file beside the ledger that says how many transactions were acknowledged. A ledger that holds fewer has
// lost some: SQLite cannot tell, because to it a write-ahead log that is damaged ends where the damage begins.
//
// Each count is written into the next of many slots, so neither a torn write nor a second process takes back what another
// has said. It is written before a transaction is acknowledged, but synced only now and then.
type mark struct {
	mu     sync.Mutex
	file   *os.File
	synced time.Time
	cost   time.Duration // of a sync
}

// openMark opens the mark, or makes one that begins at count.
func openMark(name string, count int64) (*mark, error) {
	f, err := os.OpenFile(name, os.O_RDWR|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createMark(name, count); err != nil {
			return nil, err
		}
		f, err = os.OpenFile(name, os.O_RDWR|noFollow, 0)
	}
	if err != nil {
		return nil, err
	}
	return &mark{file: f}, nil
}

// createMark makes the mark under another name first, so that no crash leaves one that says nothing.
func createMark(name string, count int64) error {
	fresh := name + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createPrivate(fresh); err != nil {
		return err
	}
	f, err := os.OpenFile(fresh, os.O_RDWR|noFollow, 0)
	if err != nil {
		return err
	}
	page := make([]byte, markSlots*slotSize) // all of it, so that no later write needs room on the disk
	copy(page[slotOf(count):], slot(count))
	_, err = f.WriteAt(page, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// readMark reads how many transactions were acknowledged: none if there is no mark.
func readMark(name string) (count int64, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|noFollow, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	page, err := io.ReadAll(io.LimitReader(f, markSlots*slotSize))
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	count = -1
	for ; len(page) >= slotSize; page = page[slotSize:] {
		n := int64(binary.BigEndian.Uint64(page))
		if string(page[:slotSize]) == string(slot(n)) {
			count = max(count, n)
		}
	}
	if count < 0 {
		return 0, loss(fmt.Sprintf("%s says nothing of what was acknowledged", filepath.Base(name)))
	}
	return count, nil
}

// slot is a count and its checksum.
func slot(count int64) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, slotSize), uint64(count))
	return binary.BigEndian.AppendUint64(b, uint64(checksum("mark", []any{count})))
}

// slotOf is where the slot of a count lies.
func slotOf(count int64) int64 { return count % markSlots * slotSize }

// raise says that count transactions are acknowledged. They must be on the disk already.
func (m *mark) raise(count int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.file.WriteAt(slot(count), slotOf(count)); err != nil {
		return err
	}
	if time.Since(m.synced) < markSyncRest*m.cost {
		return nil
	}
	return m.sync()
}

func (m *mark) sync() error {
	begun := time.Now()
	if err := m.file.Sync(); err != nil {
		return err
	}
	m.synced = time.Now()
	m.cost = m.synced.Sub(begun)
	return nil
}

// Close syncs what was said last.
func (m *mark) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return errors.Join(m.sync(), m.file.Close())
}

// commitsRow is how many transactions the ledger holds.
type commitsRow struct{ number, count int64 }

const commitsColumns = "number, count, sum"

func (*commitsRow) table() string { return "commits" }

func (*commitsRow) name() string { return "their count" }

func (r *commitsRow) values() []any { return []any{r.number, r.count} }

func (r *commitsRow) targets() []any { return []any{&r.number, &r.count} }

// findCommits reads how many transactions the ledger holds.
func findCommits(ctx context.Context, q querier) (*commitsRow, error) {
	r := &commitsRow{}
	err := scan(q.QueryRowContext(ctx, "SELECT "+commitsColumns+" FROM commits WHERE number = 1"), r)
	if errors.Is(err, sql.ErrNoRows) {
		return &commitsRow{number: 1}, nil
	}
	return r, err
}

// countCommit counts the transaction tx. Mostly the count is the one that this process has left there, which saves a query.
func countCommit(ctx context.Context, tx *sql.Tx, left int64) (int64, error) {
	r := &commitsRow{number: 1, count: left + 1}
	done, err := tx.ExecContext(ctx, "UPDATE commits SET count = ?, sum = ? WHERE number = 1 AND count = ?",
		r.count, checksum(r.table(), r.values()), left)
	if err != nil {
		return 0, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return r.count, err
	}
	if r, err = findCommits(ctx, tx); err != nil {
		return 0, err
	}
	r.count++
	return r.count, insertRows(ctx, tx, commitsColumns, []*commitsRow{r},
		" ON CONFLICT (number) DO UPDATE SET count = excluded.count, sum = excluded.sum")
}

// checkCommits refuses a ledger that holds less than was acknowledged.
func checkCommits(ctx context.Context, q querier, acknowledged int64) (held int64, err error) {
	r, err := findCommits(ctx, q)
	if err != nil {
		return 0, err
	}
	return r.count, heldOf(r.count, acknowledged)
}

// heldOf compares how many transactions are held with how many were acknowledged.
func heldOf(held, acknowledged int64) error {
	if held >= acknowledged {
		return nil
	}
	return loss(fmt.Sprintf("it holds %d transactions of %d that were acknowledged: its end was cut off, spoilt or taken away "+
		"with the -wal file, or it is an older copy", held, acknowledged))
}
