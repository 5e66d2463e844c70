package reconcile

import (
	"errors"
	"io"
	"slices"
	"strconv"
)

// table is a table of a report that is read beside the lines it was made of, record by record. It tells a record that is
// missing from one that was changed by the row of the sheet that each record names.
type table struct {
	proof
	next   func() ([]string, error) // the next record, io.EOF behind the last
	header []string                 // as it must be; the first record
	key    int                      // the column that names the row
	loose  int                      // a column that is not compared, -1 for none

	record []string // that comes next, nil behind the last
	row    int      // that it names, 0 if it names none
	met    int      // row of the record before
	broken bool     // there is no reading on
}

// begin reads the header.
func (t *table) begin() {
	got, err := t.next()
	if err != nil {
		t.stop(err)
		return
	}
	if i := differ(got, t.header); i >= 0 {
		t.fault(0, "its columns are other ones: number %d is %s, and should be %s", i+1, quoted(at(got, i)), quoted(at(t.header, i)))
		t.broken = true
		return
	}
	t.advance()
}

// stop gives up a table that cannot be read on.
func (t *table) stop(err error) {
	t.broken, t.record = true, nil
	if errors.Is(err, io.EOF) {
		t.fault(0, "it is empty")
		return
	}
	t.fault(0, "it cannot be read: %v", err)
}

// advance moves to the next record.
func (t *table) advance() {
	t.met = t.row
	record, err := t.next()
	if err != nil {
		if t.record, t.row = nil, 0; !errors.Is(err, io.EOF) {
			t.stop(err)
		}
		return
	}
	t.record = record
	if t.row, err = strconv.Atoi(at(record, t.key)); err != nil {
		t.row = 0
	}
}

// expect takes the next record against what it must say of a row.
func (t *table) expect(row int, want []string) {
	if t.broken {
		return
	}
	for t.record != nil && t.row < row {
		t.surplus()
	}
	if t.broken {
		return
	}
	if t.record == nil || t.row > row {
		t.fault(row, "it is missing")
		return
	}
	if t.loose >= 0 && t.loose < len(t.record) {
		t.record[t.loose] = at(want, t.loose)
	}
	if i := differ(t.record, want); i >= 0 {
		t.fault(row, "column %s is %s, and should be %s", t.column(i), quoted(at(t.record, i)), quoted(at(want, i)))
	}
	t.advance()
}

// surplus passes a record that should not be there.
func (t *table) surplus() {
	switch {
	case t.row == 0:
		t.fault(0, "a record names no row: its %s is %s", t.header[t.key], quoted(at(t.record, t.key)))
	case t.row == t.met:
		t.fault(t.row, "it is there once too often")
	default:
		t.fault(t.row, "it does not belong here")
	}
	t.advance()
}

// finish looks at what follows the last record that must be there.
func (t *table) finish() {
	for !t.broken && t.record != nil {
		t.surplus()
	}
}

// column is the name of a column for a message.
func (t *table) column(i int) string {
	if i < len(t.header) && t.header[i] != "" {
		return quoted(t.header[i])
	}
	return strconv.Itoa(i + 1)
}

// differ is the first place in which two records differ, -1 if there is none. A cell that is missing is no blank one.
func differ(a, b []string) int {
	if slices.Equal(a, b) {
		return -1
	}
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// at is a cell of a record, blank if the record ends before it.
func at(record []string, i int) string {
	if i < len(record) {
		return record[i]
	}
	return ""
}
