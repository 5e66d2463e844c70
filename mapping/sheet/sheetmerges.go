package sheet

import (
	"strings"
)

// merges says for each row how far to the left a merged area reaches in it. It is a tree over the rows, in which an area
// is noted at the few nodes that cover its rows: neither the number of areas nor their size costs memory, and a million
// areas cost no more than a second.
type merges struct {
	// reach is, by node, maxColumns less the leftmost column that an area covers; 0 for no area. Row n is node maxRows+n-1,
	// and node n is the parent of the nodes 2n and 2n+1.
	reach []uint16
}

// add notes an area of rows, both from 1, that begins in a column.
func (m *merges) add(column, first, last int) {
	if m.reach == nil {
		m.reach = make([]uint16, 2*maxRows)
	}
	reach := uint16(maxColumns - column)
	for low, high := first-1+maxRows, last+maxRows; low < high; low, high = low/2, high/2 {
		if low%2 == 1 {
			m.reach[low] = max(m.reach[low], reach)
			low++
		}
		if high%2 == 1 {
			high--
			m.reach[high] = max(m.reach[high], reach)
		}
	}
}

// at is the leftmost column of the areas that touch a row, counted from 1; 0 for none.
func (m *merges) at(row int) int {
	if m == nil || m.reach == nil {
		return 0
	}
	reach := uint16(0)
	for node := row - 1 + maxRows; node > 0; node /= 2 {
		reach = max(reach, m.reach[node])
	}
	if reach == 0 {
		return 0
	}
	return maxColumns - int(reach) + 1
}

// addMerge takes a merged area such as A1:C2. An area of one cell changes nothing.
func (s *sheetScan) addMerge(ref string) error {
	from, to, found := strings.Cut(ref, ":")
	if !found {
		to = from
	}
	left, top := parseReference([]byte(from))
	right, bottom := parseReference([]byte(to))
	if left < 0 || right < 0 || max(top, bottom) > maxRows {
		return s.refuse("a merged range has the reference %.30q", ref)
	}
	if left == right && top == bottom {
		return nil
	}
	s.found.areas++
	if s.merges == nil {
		s.found.merges.add(min(left, right), min(top, bottom), max(top, bottom))
	}
	return nil
}
