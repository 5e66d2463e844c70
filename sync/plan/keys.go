package plan

import (
	"fmt"
	"hash/maphash"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Keys finds the rows of a sheet that say they are the same record: every row of a repeated key is invalid, because none
// of them can be told to be the right one. It keeps hashes, in 16 bytes for a row: a million keys fit into memory, their texts
// might not. That two keys of a sheet of a million rows share a hash happens once in thirty million sheets; then two good rows
// are called duplicates of each other, and none is lost.
type Keys struct {
	seed   maphash.Seed
	marks  map[uint64]mark
	second map[uint64]int // another row that has a repeated key or id
}

// mark is how an identity occurs, and above that the first row that has it.
type mark uint32

const (
	noted    mark = 1 << iota // a row has it
	repeated                  // several rows have it
	leading                   // a row finds its record by it, and may change the record
	oneRow                    // the first row counts in these

	flags = oneRow - 1
	// lastRow is the highest row that fits. A message about a row beyond it names this one.
	lastRow = int(^mark(0) / oneRow)
)

// NewKeys is an empty set.
func NewKeys() *Keys {
	return &Keys{seed: maphash.MakeSeed(), marks: map[uint64]mark{}, second: map[uint64]int{}}
}

// takesPart reports whether a row can be the same record as another one: not if it is invalid already, skipped, or says
// nothing of which record it is.
func takesPart(c *mapping.Candidate) bool {
	return c.Action != "skip" && c.Stopped() == nil && (c.Key != "" || c.ID != "")
}

// Note counts the key and the id of a row.
func (k *Keys) Note(c *mapping.Candidate) {
	if takesPart(c) {
		k.note("key", c.Key, c.Row.Number)
		k.note("id", c.ID, c.Row.Number)
	}
}

// note counts one identity.
func (k *Keys) note(kind, text string, row int) {
	if text == "" {
		return
	}
	h := k.hash(kind, text)
	m := k.marks[h]
	switch {
	case m&noted == 0:
		m += mark(min(row, lastRow)) * oneRow
	case m&repeated == 0:
		k.second[h] = row
		m |= repeated
	}
	k.marks[h] = m | noted
}

// lead notes that a row finds its record by an identity that was noted before.
func (k *Keys) lead(kind, text string) { k.marks[k.hash(kind, text)] |= leading }

// leads reports whether exactly one row finds its record by an identity: rows that repeat it are stopped, and find nothing.
func (k *Keys) leads(kind, text string) bool {
	return k.marks[k.hash(kind, text)]&flags == noted|leading
}

// Any reports whether anything was repeated.
func (k *Keys) Any() bool { return len(k.second) > 0 }

// Repeated reports whether another row has the key or the id of c.
func (k *Keys) Repeated(c *mapping.Candidate) bool {
	if !k.Any() || !takesPart(c) {
		return false
	}
	return (k.marks[k.hash("key", c.Key)]|k.marks[k.hash("id", c.ID)])&repeated != 0
}

// other is another row with the key or the id of c.
func (k *Keys) other(c *mapping.Candidate) int {
	h := k.hash("key", c.Key)
	if k.marks[h]&repeated == 0 {
		h = k.hash("id", c.ID)
	}
	if first := int(k.marks[h] / oneRow); first != c.Row.Number {
		return first
	}
	return k.second[h]
}

// hash is a compact stand-in for an identity.
func (k *Keys) hash(kind, text string) uint64 { return maphash.String(k.seed, kind+"\x00"+text) }

// Duplicate is the problem of a row for which [Keys.Repeated] is true. It blames the first field of the key.
func (k *Keys) Duplicate(c *mapping.Candidate, field, column string) model.Problem {
	message := fmt.Sprintf("row %d has the same key: %s", k.other(c), shownKey(c))
	switch {
	case c.Key == "":
		message = fmt.Sprintf("row %d has the same id: %s", k.other(c), c.ID)
	case c.ID != "":
		message = fmt.Sprintf("row %d has the same key or id: %s, id %s", k.other(c), shownKey(c), c.ID)
	}
	p := newProblem(c.Row.Number, model.CodeDuplicateKey, message)
	p.Field, p.Column = field, column
	return p
}
