package plan

import (
	"iter"

	"github.com/rollcall-sync/rollcall/mapping"
)

// naming is which of the records that were listed the rows of the sheet name.
type naming struct {
	listed int    // how many of the planner's records; the others were read by id
	rows   []bool // by record: a row names it
}

// name notes the records that a row names, whatever becomes of the row: a record of which the sheet has a row that is wrong
// is not one that the sheet lacks.
func (p *Planner) name(c *mapping.Candidate) {
	for _, id := range []string{c.ID, p.opts.Known[c.Key]} {
		if id == "" {
			continue
		}
		if i, listed := p.records.find(id); listed {
			p.markNamed(i)
		}
	}
	if c.Key == "" {
		return
	}
	for _, i := range p.records.keyed(c.Key) {
		p.markNamed(i)
	}
}

// markNamed notes one record.
func (p *Planner) markNamed(i int) {
	n := &p.named
	for len(n.rows) <= i {
		n.rows = append(n.rows, false)
	}
	n.rows[i] = true
}

// Extras is the records that the API has listed and that no row of the sheet names, once all rows are decided. whole tells
// whether all was listed that could be: nothing is known of what is below a parent that the API refused, or if no row was fit to
// be looked for.
func (p *Planner) Extras() (extras iter.Seq[Found], whole bool) {
	whole = len(p.order) > 0
	for _, l := range p.remote {
		whole = whole && l.problem == ""
	}
	return func(yield func(Found) bool) {
		for i := range p.named.listed {
			if i < len(p.named.rows) && p.named.rows[i] {
				continue
			}
			f := p.records.at(i)
			if l := p.remote[p.parentKey(f.Record)]; l != nil && l.problem != "" {
				continue // a part of its listing had come before the API refused the rest
			}
			if !yield(f) {
				return
			}
		}
	}, whole
}
