package mapping

import (
	"strings"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Survey is what a whole sheet shows: of each column what its cells hold, and of some combinations of columns how well they
// tell one row from another. Its size does not grow with the rows.
type Survey struct {
	Rows    int
	Columns []Evidence // one per column of the header
	Keys    []*KeyEvidence
	hashes  []uint64
}

// NewSurvey is the survey of a sheet with so many columns, of which keys are watched as keys.
func NewSurvey(columns int, keys ...*KeyEvidence) *Survey {
	return &Survey{Columns: make([]Evidence, columns), Keys: keys, hashes: make([]uint64, columns)}
}

// Add takes the next row. A row that is too short or too wide is wrong in any case: its cells prove nothing.
func (s *Survey) Add(row *sheet.Row) {
	s.Rows++
	if row.Width != len(s.Columns) {
		for i := range s.Columns {
			s.Columns[i].AddAstray(&row.Cells[i])
		}
		return
	}
	for i := range s.Columns {
		s.Columns[i].Add(&row.Cells[i])
	}
	clear(s.hashes)
	for _, k := range s.Keys {
		k.add(row, s.hashes)
	}
}

// KeyEvidence tells how well some columns identify a row: in how many rows one of them is blank, and how many rows are not
// the only ones with their values. Up to a number of different values it counts them all, beyond it those of an even part of
// them, which it makes smaller as they become more.
type KeyEvidence struct {
	Columns []int
	Rows    int // with the right number of cells
	Blank   int
	most    int
	part    uint // one of 2^part values is counted
	seen    map[uint64]int
}

// NewKeyEvidence watches columns and counts up to most different values exactly.
func NewKeyEvidence(most int, columns ...int) *KeyEvidence {
	return &KeyEvidence{Columns: columns, most: most, seen: map[uint64]int{}}
}

// add takes a row. hashes holds the hash of each cell that another key has asked for already, else 0.
func (k *KeyEvidence) add(row *sheet.Row, hashes []uint64) {
	k.Rows++
	key := uint64(fnvOffset)
	for _, i := range k.Columns {
		cell := &row.Cells[i]
		if strings.TrimFunc(cell.Text, unicode.IsSpace) == "" {
			k.Blank++
			return
		}
		if hashes[i] == 0 {
			hashes[i] = hashOf(normalWord(cell.Text))
		}
		key = (key ^ hashes[i]) * fnvPrime
	}
	key ^= key >> 29 // the low bits choose the part
	if key&(1<<k.part-1) != 0 {
		return
	}
	k.seen[key]++
	for len(k.seen) > k.most {
		k.part++
		for key := range k.seen {
			if key&(1<<k.part-1) != 0 {
				delete(k.seen, key)
			}
		}
	}
}

// Repeated is how many rows are not the only ones with their values; exact is false if it is an estimate.
func (k *KeyEvidence) Repeated() (rows int, exact bool) {
	for _, n := range k.seen {
		if n > 1 {
			rows += n
		}
	}
	return rows << k.part, k.part == 0
}

// Safe reports whether the columns are a key: nearly never blank, and hardly ever repeated. The rows that are, are problems
// and never sent.
func (k *KeyEvidence) Safe() bool {
	const blankShare, repeatedShare = 5, 1 // percent
	repeated, _ := k.Repeated()
	return k.Rows > k.Blank && k.Blank*100 <= k.Rows*blankShare && repeated*100 <= k.Rows*repeatedShare
}

// The constants of the hash FNV-1a.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashOf is a hash of a text, the same on every machine.
func hashOf(text string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * fnvPrime
	}
	return h
}
