package plan

import "slices"

// rank is how far the search for an order has come with a row.
type rank uint8

const (
	unranked rank = iota
	ranking       // what it waits for is being ranked
	ranked
)

// pedigree is the hierarchy that there will be: what the sheet says of records and rows, and what the API has of all others.
// Records go by their numbers, and rows that are none by what is beyond them.
type pedigree struct {
	*family
	records int
	above   func(field, record int) int  // the record that the API has in a field of another one, -1 for none
	fits    func(field, record int) bool // the field may hold the id of the record
}

// settle finds out whom all names mean, where the rows lead in a ring, and in which order they can be created.
func (g *pedigree) settle() {
	for _, s := range g.asked {
		s.meant = g.means(s)
	}
	for l := range g.links {
		g.rings(l)
	}
	for n := range g.rows {
		g.order(n)
	}
}

// thing is the number of a row among records and rows.
func (g *pedigree) thing(row int) int {
	if of := g.rows[row].fate; of >= 0 {
		return int(of)
	}
	return g.records + row
}

// rowAt is the row that says what a thing is, -1 if the sheet has none.
func (g *pedigree) rowAt(thing int) int {
	if thing >= g.records {
		return thing - g.records
	}
	if n, ok := g.rowOf[thing]; ok {
		return n
	}
	return -1
}

// tieAt is the number of the tie by which the sheet says what is above a thing, -1 if it does not, or if nothing comes of it.
func (g *pedigree) tieAt(l, thing int) int {
	n := g.rowAt(thing)
	if n < 0 || g.rows[n].idle && thing < g.records {
		return -1
	}
	ties := g.tiesOf(n)
	if i := slices.IndexFunc(ties, func(t tie) bool { return int(t.link) == l }); i >= 0 {
		return int(g.rows[n].ties) + i
	}
	return -1
}

// next is what is above a thing, -1 for nothing.
func (g *pedigree) next(l, thing int) int {
	if i := g.tieAt(l, thing); i >= 0 {
		return g.target(&g.ties[i])
	}
	if thing < g.records {
		return g.above(g.links[l].field, thing)
	}
	return -1
}

// target is the thing that a tie leads to, -1 for none.
func (g *pedigree) target(t *tie) int {
	switch {
	case t.to == nil:
		return -1
	case t.to.meant.who == aRecord:
		return t.to.meant.number
	case t.to.meant.who == aNewRow || t.to.meant.who == aLostRow:
		return g.thing(t.to.meant.number)
	}
	return -1
}

// rings marks the ties of one link that lead back to where they come from. Each thing is passed once, however long the way.
func (g *pedigree) rings(l int) {
	passed := make([]int32, g.records+len(g.rows)) // by which walk
	for n := range g.rows {
		walk := int32(n + 1)
		at := g.thing(n)
		for at >= 0 && passed[at] == 0 {
			passed[at] = walk
			at = g.next(l, at)
		}
		if at >= 0 && passed[at] == walk && g.isNew(l, at) {
			g.markRing(l, at)
		}
	}
}

// isNew reports whether a ring is the sheet's doing: one that the API has already is no matter of ours.
func (g *pedigree) isNew(l, start int) bool {
	for at := start; ; {
		next := g.next(l, at)
		if at >= g.records || g.above(g.links[l].field, at) != next {
			return true
		}
		if at = next; at == start {
			return false
		}
	}
}

// markRing marks all ties of a ring that the sheet has made.
func (g *pedigree) markRing(l, start int) {
	for at := start; ; {
		if i := g.tieAt(l, at); i >= 0 {
			g.ties[i].ring = true
		}
		if at = g.next(l, at); at == start {
			return
		}
	}
}

// step is a row whose ties are being followed, and the next of them.
type step struct{ row, next int }

// order works out how many rows must be created before one, and whether it can be at all. It keeps a stack of its own: a chain
// may be as long as the sheet.
func (g *pedigree) order(start int) {
	if g.rows[start].rank != unranked {
		return
	}
	g.rows[start].rank = ranking
	for stack := []step{{row: start}}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		ties := g.tiesOf(top.row)
		if top.next == len(ties) {
			g.finish(top.row)
			stack = stack[:len(stack)-1]
			continue
		}
		t := &ties[top.next]
		top.next++
		if t.to == nil || t.to.meant.who != aNewRow {
			continue
		}
		to := t.to.meant.number
		switch g.rows[to].rank {
		case unranked:
			g.rows[to].rank = ranking
			stack = append(stack, step{row: to})
		case ranking: // through several links: each of them alone leads somewhere
			for i := len(stack) - 1; i >= 0; i-- {
				g.tiesOf(stack[i].row)[stack[i].next-1].ring = true
				if stack[i].row == to {
					break
				}
			}
		}
	}
}

// finish ranks a row of which all that it waits for is ranked.
func (g *pedigree) finish(n int) {
	k := &g.rows[n]
	k.rank = ranked
	for _, t := range g.tiesOf(n) {
		switch {
		case t.to == nil:
		case t.to.meant.who == aRecord:
			k.broken = k.broken || !g.fits(g.links[t.link].field, t.to.meant.number)
		case t.ring || t.to.meant.who != aNewRow || g.rows[t.to.meant.number].broken:
			k.broken = true
		default:
			k.level = max(k.level, g.rows[t.to.meant.number].level+1)
		}
	}
}
