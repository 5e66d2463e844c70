package plan

import (
	"fmt"
	"hash/maphash"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Keys finds the rows of a sheet that say they are the same record: every row of a repeated key is invalid, because none
// of them can be told to be the right one. A sheet is shown to it twice: at the first time every row is noted, at the second
// it tells of each whether it is the only one. It keeps hashes, in less than 24 bytes for a row: a million keys fit into memory,
// their texts might not. That two keys of a sheet of a million rows share a hash happens once in four million sheets; then two
// good rows are called duplicates of each other, and none is lost.
type Keys struct {
	seed   maphash.Seed
	marks  marks
	queue  []note         // what is not among the marks yet
	first  map[uint64]int // the first row that was told to have a repeated key or id
	second map[uint64]int // another row that has it
}

// note is an identity that a row has.
type note struct {
	hash uint64
	row  int
	as   mark
}

// queued is how many notes are taken in together.
const queued = 64

// NewKeys is an empty set.
func NewKeys() *Keys {
	return &Keys{seed: maphash.MakeSeed(), first: map[uint64]int{}, second: map[uint64]int{}}
}

// Expect makes room for about so many rows at once, which costs less than to find it little by little. It is called before the
// first row.
func (k *Keys) Expect(rows int) { k.marks.reserve(rows) }

// actionSkip is the word of a row that is to be left alone.
const actionSkip = "skip"

// takesPart reports whether a row can be the same record as another one: not if it is invalid already, skipped, or says
// nothing of which record it is.
func takesPart(c *mapping.Candidate) bool {
	return c.Action != actionSkip && c.Stopped() == nil && (c.Key != "" || c.ID != "")
}

// Note counts the key and the id of a row.
func (k *Keys) Note(c *mapping.Candidate) {
	if takesPart(c) {
		as := noted
		if c.ID == "" || c.Row.Mark == "" {
			as |= loose
		}
		k.note("key", c.Key, c.Row.Number, as)
		k.note("id", c.ID, c.Row.Number, noted)
	}
}

// note counts one identity.
func (k *Keys) note(kind, text string, row int, as mark) {
	if text != "" {
		k.enqueue(note{k.hash(kind, text), row, as})
	}
}

// lead notes that a row finds its record by an identity that was noted before.
func (k *Keys) lead(kind, text string) { k.enqueue(note{hash: k.hash(kind, text), as: leading}) }

// enqueue keeps a note until there are enough of them.
func (k *Keys) enqueue(n note) {
	if k.queue = append(k.queue, n); len(k.queue) >= queued {
		k.settle()
	}
}

// settle takes in the notes. To fetch the memory of all of them at once takes hardly longer than that of one.
func (k *Keys) settle() {
	for _, n := range k.queue {
		k.marks.fetch(n.hash)
	}
	for _, n := range k.queue {
		before := k.marks.add(n.hash, n.as)
		if n.as&noted != 0 && before&(noted|repeated) == noted {
			k.second[n.hash] = n.row
			k.marks.add(n.hash, repeated)
		}
	}
	k.queue = k.queue[:0]
}

// of is the marks of an identity.
func (k *Keys) of(kind, text string) mark {
	k.settle()
	return k.marks.of(k.hash(kind, text))
}

// leads reports whether exactly one row finds its record by an identity: rows that repeat it are stopped, and find nothing.
func (k *Keys) leads(kind, text string) bool { return k.of(kind, text)&^loose == noted|leading }

// Any reports whether anything was repeated.
func (k *Keys) Any() bool {
	k.settle()
	return len(k.second) > 0
}

// Repeated reports whether another row has the key or the id of c.
func (k *Keys) Repeated(c *mapping.Candidate) bool {
	if !k.Any() || !takesPart(c) {
		return false
	}
	return k.sharesKey(c) || k.of("id", c.ID)&repeated != 0
}

// sharesKey reports whether another row has the key of c, and nothing tells the two apart. Rows of an export that all have ids are
// told apart by them: an API may have records of one key, and an export has a row for each.
func (k *Keys) sharesKey(c *mapping.Candidate) bool {
	const both = repeated | loose
	return k.of("key", c.Key)&both == both
}

// other is another row with the key or the id of c.
func (k *Keys) other(c *mapping.Candidate) int {
	h := k.hash("key", c.Key)
	if !k.sharesKey(c) {
		h = k.hash("id", c.ID)
	}
	first, told := k.first[h]
	if !told {
		first, k.first[h] = c.Row.Number, c.Row.Number
	}
	if first != c.Row.Number {
		return first
	}
	return k.second[h]
}

// hash is a compact stand-in for an identity.
func (k *Keys) hash(kind, text string) uint64 {
	h := maphash.String(k.seed, text)
	if kind == "id" { // a key may read like an id
		h = ^h
	}
	return h | 1<<8 // with its marks cut off it is never 0, which is a free slot
}

// Duplicate is the problem of a row for which [Keys.Repeated] is true, once all rows are noted. It blames the first field of the
// key.
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
