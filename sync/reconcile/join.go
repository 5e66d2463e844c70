package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// AccountError says that sheet and ledger do not tell the same story. It is a bug of Rollcall or a damaged state folder,
// never the fault of a row.
type AccountError struct {
	Row    int    // physical row, 0 if no single row is to blame
	Reason string // what does not agree
}

// Error gives the row and the reason.
func (e *AccountError) Error() string { return "the accounts do not add up: " + e.detail() }

// detail is the row and the reason alone.
func (e *AccountError) detail() string {
	if e.Row > 0 {
		return fmt.Sprintf("row %d: %s", e.Row, e.Reason)
	}
	return e.Reason
}

// Join walks the rows of the input and the entries of the ledger side by side: the n-th row must be the entry with Seq n
// and the same physical row. Any disagreement ends it with an [*AccountError]; an error of either side ends it as it is.
// columnOf gives the header of the column that is mapped to a field, "" if there is none.
func Join(reader sheet.Reader, entries iter.Seq2[push.Entry, error], m *model.Model, columnOf func(field string) string) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		next, stop := iter.Pull2(entries)
		defer stop()
		header := reader.Header()
		for seq := int64(1); ; seq++ {
			var row sheet.Row // a fresh one each time: the line keeps the texts
			rowErr := reader.Read(&row)
			entry, entryErr, more := next()
			if errors.Is(rowErr, io.EOF) && !more {
				return
			}
			err := trouble(rowErr, entryErr)
			if err == nil {
				err = agree(seq, present(&row, rowErr == nil), present(&entry, more))
			}
			if err != nil {
				yield(Line{}, err)
				return
			}
			line := newLine(&entry, header, row.Texts(), columnOf)
			if entry.Change.Action == plan.Update {
				line.Changes = entry.Change.FieldChanges(m)
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// trouble is the error of either side; the end of the sheet is none.
func trouble(rowErr, entryErr error) error {
	if rowErr != nil && !errors.Is(rowErr, io.EOF) {
		return fmt.Errorf("read the copy of the input: %w", rowErr)
	}
	if entryErr != nil {
		return fmt.Errorf("read the ledger: %w", entryErr)
	}
	return nil
}

// agree compares a row with its entry. A side that has come to its end is nil.
func agree(seq int64, row *sheet.Row, entry *push.Entry) error {
	switch {
	case row == nil:
		return &AccountError{Row: entry.Change.Row, Reason: fmt.Sprintf("the ledger has change %d and the sheet has %d rows", entry.Change.Seq, seq-1)}
	case entry == nil:
		return &AccountError{Row: row.Number, Reason: "the ledger has no change for this row"}
	}
	switch c := &entry.Change; {
	case c.Seq != seq:
		return &AccountError{Row: row.Number, Reason: fmt.Sprintf("it is row number %d of the sheet and change %d of the ledger", seq, c.Seq)}
	case c.Row != row.Number:
		return &AccountError{Row: row.Number, Reason: fmt.Sprintf("the ledger has change %d for row %d", c.Seq, c.Row)}
	case entry.Outcome.Seq != 0 && entry.Outcome.Seq != seq:
		return &AccountError{Row: row.Number, Reason: fmt.Sprintf("change %d has the outcome of change %d", seq, entry.Outcome.Seq)}
	}
	return nil
}

// present is p, or nil if there is nothing.
func present[T any](p *T, there bool) *T {
	if there {
		return p
	}
	return nil
}

// te
