package plan

import (
	"fmt"
	"hash/maphash"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Keys finds the rows of a sheet that say they are the same record: every row of a repeated key is invalid, because none
// of them can be told to be the right one. It keeps hashes: a million keys fit into memory, their texts might not.
type Keys struct {
	seed  maphash.Seed
	marks map[uint64]identity
	any   bool // something was repeated
}

// identity is what is known of a key or an id that the sheet has.
type identity struct {
	mark
	first, second int32 // rows that have it
}

// mark is how an identity occurs.
type mark uint8

const (
	noted    mark = 1 << iota // a row has it
	repeated                  // several rows have it
	leading                   // a row finds its record by it, and may change the record
)

// NewKeys is an empty set.
func NewKeys() *Keys { return &Keys{seed: maphash.MakeSeed(), marks: map[uint64]identity{}} }

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
	i := k.marks[h]
	switch {
	case i.mark&noted == 0:
		i.first = int32(row)
	case i.mark&repeated == 0:
		i.second = int32(row)
		i.mark |= repeated
		k.any = true
	}
	i.mark |= noted
	k.marks[h] = i
}

// lead notes that a row finds its record by an identity that was noted before.
func (k *Keys) lead(kind, text string) {
	h := k.hash(kind, text)
	i := k.marks[h]
	i.mark |= leading
	k.marks[h] = i
}

// leads reports whether exactly one row finds its record by an identity: rows that repeat it are stopped, and find nothing.
func (k *Keys) leads(kind, text string) bool {
	return k.marks[k.hash(kind, text)].mark == noted|leading
}

// Any reports whether anything was repeated.
func (k *Keys) Any() bool { return k.any }

// Repeated reports whether another row has the key or the id of c.
func (k *Keys) Repeated(c *mapping.Candidate) bool {
	if !k.Any() || !takesPart(c) {
		return false
	}
	return (k.marks[k.hash("key", c.Key)].mark|k.marks[k.hash("id", c.ID)].mark)&repeated != 0
}

// other is another row with the key or the id of c.
func (k *Keys) other(c *mapping.Candidate) int {
	i := k.marks[k.hash("key", c.Key)]
	if i.mark&repeated == 0 {
		i = k.marks[k.hash("id", c.ID)]
	}
	if int(i.first) != c.Row.Number {
		return int(i.first)
	}
	return int(i.second)
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
