package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// ask is the part of the first pass that has to do with rows that name others.
func (p *Planner) ask(c *mapping.Candidate) {
	if p.family != nil {
		p.family.ask(c)
	}
}

// Relates reports whether any row names another record or row, so that the sheet has to be traced.
func (p *Planner) Relates() bool { return p.family != nil && len(p.family.asked) > 0 }

// KeysNamed is the keys under which the records that a row names may have been created, if names and keys are the same.
func (p *Planner) KeysNamed(c *mapping.Candidate) []string {
	var keys []string
	for _, field := range c.Links {
		if key := p.keyNamed(field, c.Record[field]); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// keyNamed is the key of whatever is called name in a link, "" if keys are something else.
func (p *Planner) keyNamed(field int, name model.Value) string {
	if len(p.key) != 1 || p.family.links[p.family.linkOf(field)].by != p.key[0] {
		return ""
	}
	return model.KeyPart(name)
}

// Trace is the pass between the two: it notes what a row comes to, if it names another one or is named itself.
func (p *Planner) Trace(ctx context.Context, finder Finder, c *mapping.Candidate) error {
	ties, borne := p.family.named(c), p.family.borne(c.Record)
	if len(ties)+len(borne) == 0 {
		return nil
	}
	comesTo, err := p.fate(ctx, finder, c)
	if err != nil {
		return err
	}
	idle := !takesPart(c) || p.keys.Repeated(c) || comesTo >= 0 && p.mode(c) == ModeCreate
	p.family.take(c, ties, borne, kin{fate: comesTo, idle: idle})
	for _, t := range ties {
		if t.to == nil {
			continue
		}
		field := p.family.links[t.link].field
		if id := p.opts.Known[p.keyNamed(field, c.Record[field])]; id != "" {
			t.to.known = id
		}
	}
	return nil
}

// fate is what a row comes to if nothing that it names stands in the way. It asks finder where Decide does.
func (p *Planner) fate(ctx context.Context, finder Finder, c *mapping.Candidate) (fate, error) {
	if c.Action == actionSkip {
		return p.listedAs(c, isSkipped), nil
	}
	listed := p.remote[p.parentKey(c.Record)]
	if !takesPart(c) || p.keys.Repeated(c) || listed == nil || listed.problem != "" {
		return p.listedAs(c, isNothing), nil
	}
	m, err := p.match(ctx, finder, c)
	switch {
	case errors.Is(err, ErrParentForbidden):
		return isNothing, nil
	case err != nil:
		return isNothing, err
	case len(m.found) == 1:
		return fate(m.found[0]), nil
	case len(m.found) > 1, c.ID != "", p.mode(c) == ModeUpdate, m.gone != "" && !p.opts.Recreate, len(c.OnCreate) > 0:
		return isNothing, nil
	}
	return isCreated, nil
}

// listedAs is the record of a row that is not decided about, as far as lists tell, else what it comes to.
func (p *Planner) listedAs(c *mapping.Candidate, otherwise fate) fate {
	id := c.ID
	if id == "" && c.Key != "" {
		if found := p.records.keyed(c.Key); len(found) > 0 {
			if len(found) == 1 {
				return fate(found[0])
			}
			return otherwise
		}
		id = p.opts.Known[c.Key]
	}
	if id == "" {
		return otherwise
	}
	if i, listed := p.records.find(id); listed {
		return fate(i)
	}
	return otherwise
}

// read reads a record by id. What is not there is asked for once.
func (p *Planner) read(ctx context.Context, finder Finder, id string, parent model.Record) (match, error) {
	if p.family != nil && p.family.gone[id] {
		return match{gone: id}, nil
	}
	f, ok, err := finder.Get(ctx, id, parent)
	if err != nil {
		return match{}, fmt.Errorf("read %s %s: %w", p.model.Name(), id, err)
	}
	if ok {
		return p.matching(p.index(f)), nil
	}
	if p.family != nil {
		p.family.gone[id] = true
	}
	return match{gone: id}, nil
}

// Relate ends the pass between the two: it works out whom the rows name, and who waits for whom. It asks finder only about
// records that we created, that are named, and that neither lists nor sheet show.
func (p *Planner) Relate(ctx context.Context, finder Finder) error {
	for i, f := range p.records.all() {
		for _, s := range p.family.borne(f.Record) {
			s.records = append(s.records, int32(i))
		}
	}
	for _, s := range p.family.asked {
		if w := p.family.means(s).who; s.known == "" || w != nobody && w != aLostRow {
			continue
		}
		i, listed := p.records.find(s.known)
		if !listed {
			m, err := p.read(ctx, finder, s.known, p.model.NewRecord())
			if err != nil && !errors.Is(err, ErrParentForbidden) {
				return err
			}
			if len(m.found) == 0 {
				continue
			}
			i = m.found[0]
		}
		s.records = append(s.records, int32(i))
	}
	p.pedigree().settle()
	return nil
}

// pedigree is the family among the records of the API.
func (p *Planner) pedigree() *pedigree {
	above := func(field, record int) int {
		if id := p.records.at(record).Record[field].Text; id != "" {
			if i, listed := p.records.find(id); listed {
				return i
			}
		}
		return -1
	}
	fits := func(field, record int) bool {
		_, code := p.model.Fields[field].Parse(p.records.id(record))
		return code == ""
	}
	return &pedigree{family: p.family, records: p.records.len(), above: above, fits: fits}
}

// kinship is what a row has to do with those that it names.
type kinship struct {
	order Order
	lost  []model.Problem // why it cannot be sent: what it names will not be there
}

// refer finds whom a row names. own is the row with the ids of records in the place of their names, and with a problem where
// that cannot be; where a row is meant that is to be created, it holds what no record has.
func (p *Planner) refer(c *mapping.Candidate) (own *mapping.Candidate, k kinship, err error) {
	n := p.family.find(c.Seq)
	if n < 0 {
		return nil, k, changedMeanwhile(c.Row.Number)
	}
	copied := *c
	own = &copied
	own.Record = append(model.Record(nil), c.Record...)
	k.order.Level = int(p.family.rows[n].level)
	for _, t := range p.family.tiesOf(n) {
		if t.to == nil {
			continue
		}
		field := p.family.links[t.link].field
		if t.ring {
			own.Blame(p.blamed(c, field, model.CodeParentCycle, "a record cannot be above itself: "+p.way(n, int(t.link))))
			continue
		}
		switch m := t.to.meant; m.who {
		case nobody:
			own.Blame(p.blamed(c, field, model.CodeLookupNone, fmt.Sprintf("nothing is called %q, neither in the account nor in a row of the sheet", c.Record[field].Text)))
		case several:
			own.Blame(p.blamed(c, field, model.CodeLookupMany, fmt.Sprintf("several things are called %q: %s", c.Record[field].Text, p.bearers(t.to))))
		case aRecord:
			p.referToRecord(c, own, field, p.records.id(m.number))
		default:
			p.referToRow(c, own, field, &k, m)
		}
	}
	return own, k, nil
}

// referToRecord puts the id of a record in the place of its name.
func (p *Planner) referToRecord(c, own *mapping.Candidate, field int, id string) {
	f := &p.model.Fields[field]
	value, code := f.Parse(id)
	if own.Record[field] = value; code != "" {
		own.Blame(p.blamed(c, field, code, fmt.Sprintf("%q has the id %q, which is not %s", c.Record[field].Text, id, mapping.KindName(f.Kind))))
	}
}

// referToRow puts what no record has in the place of the name of a row, and notes that the row is waited for.
func (p *Planner) referToRow(c, own *mapping.Candidate, field int, k *kinship, m meant) {
	f, to, name := &p.model.Fields[field], &p.family.rows[m.number], c.Record[field].Text
	own.Record[field] = model.Value{Kind: model.String, Text: fmt.Sprintf("the record of row %d (%q)", to.row, name)}
	if m.who == aLostRow || to.broken {
		lost := p.blamed(c, field, model.CodeParentNotCreated, fmt.Sprintf("%q is row %d, which creates no record", name, to.row))
		k.lost = append(k.lost, lost)
		return
	}
	k.order.After = append(k.order.After, Wait{Field: field, Name: f.Name, Kind: f.Kind, Seq: to.seq, Row: int(to.row)})
}

// changedMeanwhile is the trouble of a sheet that is another one each time it is read.
func changedMeanwhile(row int) error {
	return fmt.Errorf("row %d was another one when the sheet was first read: it has changed meanwhile; run again", row)
}

// blamed is a problem of one cell that names somebody.
func (p *Planner) blamed(c *mapping.Candidate, field int, code model.Code, message string) model.Problem {
	problem := newProblem(c.Row.Number, code, message)
	problem.Field, problem.Value = p.model.Fields[field].Name, c.Record[field].Text
	problem.Column = p.opts.ColumnOf(problem.Field)
	return problem
}

// bind ends a row that names others, once it is decided: what it waits for is no part of its record, and it waits for nothing that is
// left as the API has it. own is the row as it was decided about, and before the tally as it was before the row.
func (p *Planner) bind(change Change, own *mapping.Candidate, k kinship, before Tally) Change {
	isSent := func(field int) bool { return change.Record[field] == own.Record[field] }
	if !change.Pending() {
		return change
	}
	k.lost = slices.DeleteFunc(k.lost, func(l model.Problem) bool { return !isSent(p.model.Index(l.Field)) })
	if len(k.lost) > 0 {
		before.Read, before.Matched = p.tally.Read, p.tally.Matched
		p.tally = before
		change.Action, change.Status, change.Record, change.Before = None, Rejected, nil, nil
		change.Problems = slices.Concat(change.Problems, k.lost)
		return change
	}
	k.order.After = slices.DeleteFunc(k.order.After, func(w Wait) bool { return !isSent(w.Field) })
	if len(k.order.After) == 0 {
		return change
	}
	for _, w := range k.order.After {
		change.Record[w.Field] = model.Value{}
	}
	change.Order = k.order
	p.tally.Waiting++
	return change
}

// few is how many of many are named.
const few = 6

// bearers is the records and rows of a name, a few of many.
func (p *Planner) bearers(s *namesakes) string {
	var all []string
	for _, n := range s.rows[:min(few, len(s.rows))] {
		if k := &p.family.rows[n]; k.fate < 0 {
			all = append(all, fmt.Sprintf("row %d", k.row))
		} else {
			all = append(all, fmt.Sprintf("row %d (id %s)", k.row, p.records.id(int(k.fate))))
		}
	}
	for _, i := range s.records[:min(few, len(s.records))] {
		if _, told := p.family.rowOf[int(i)]; !told {
			all = append(all, "id "+p.records.id(int(i)))
		}
	}
	if len(all) > few || len(s.rows) > few || len(s.records) > few {
		all = append(all[:min(few, len(all))], "…")
	}
	return strings.Join(all, ", ")
}

// way is how a row comes back to itself, or a part of a long way.
func (p *Planner) way(n, l int) string {
	g := p.pedigree()
	start := g.thing(n)
	way := []string{p.callThing(g, start)}
	for at := g.next(l, start); at >= 0; at = g.next(l, at) {
		if len(way) == few && at != start {
			return strings.Join(append(way, "…"), " -> ")
		}
		way = append(way, p.callThing(g, at))
		if at == start {
			break
		}
	}
	return strings.Join(way, " -> ")
}

// callThing is a record or a row in words.
func (p *Planner) callThing(g *pedigree, thing int) string {
	if n := g.rowAt(thing); n >= 0 {
		return fmt.Sprintf("row %d", g.rows[n].row)
	}
	return "id " + p.records.id(thing)
}
