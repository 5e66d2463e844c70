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

// Decide is the second pass: what is to happen to one row. It asks finder only about a record that should exist and was
// not listed; an error is trouble of the run, never of the row.
func (p *Planner) Decide(ctx context.Context, finder Finder, c *mapping.Candidate) (Change, error) {
	if p.family == nil || len(c.Links) == 0 || c.Action == actionSkip || !p.looked() {
		return p.decide(ctx, finder, c)
	}
	own, k, err := p.refer(c)
	if err != nil {
		return Change{}, err
	}
	before := p.tally
	change, err := p.decide(ctx, finder, own)
	if err == nil {
		change = p.bind(change, own, k, before)
	}
	return change, err
}

// looked reports whether the API was asked for any record: if no row was fit to be looked for, nobody knows whom they name.
func (p *Planner) looked() bool { return len(p.order) > 0 }

// decide decides about a row that names nobody, or of which it is known whom it names.
func (p *Planner) decide(ctx context.Context, finder Finder, c *mapping.Candidate) (Change, error) {
	change := Change{Seq: c.Seq, Row: c.Row.Number, ID: c.ID, Key: c.Key, Problems: c.Problems}
	p.tally.Read++
	p.name(c)
	switch {
	case c.Action == actionSkip:
		p.tally.Skipped++
		return change.end(Skipped, model.CodeActionSkip, "the sheet says skip"), nil
	case c.Stopped() != nil && p.opts.Mode == ModeUndo: // not the row is wrong: what it was made of cannot be taken back
		change.Status = Rejected
		return change, nil
	case c.Stopped() != nil && p.isStored(c):
		p.tally.Matched++
		change.Status = Unchanged
		change.Problems = slices.DeleteFunc(slices.Clone(c.Problems), func(f model.Problem) bool { return f.Stops() })
		return change, nil
	case c.Stopped() != nil:
		if p.wouldCreate(c) {
			change.Problems = c.IfCreated()
		}
		return p.invalid(change), nil
	case c.Key == "" && c.ID == "":
		blank := newProblem(change.Row, model.CodeBlankKey, "the row has neither a key nor an id, so its record cannot be told")
		return p.invalid(change, blank), nil
	case p.keys.Repeated(c):
		return p.invalid(change, p.keys.Duplicate(c, p.keyField(), p.opts.ColumnOf(p.keyField()))), nil
	}
	parent := p.remote[p.parentKey(c.Record)]
	if parent == nil {
		return change, changedMeanwhile(change.Row)
	}
	if parent.problem != "" {
		end := change.end(Rejected, model.CodeParentNotFound, parent.problem)
		p.blame(&end, p.parents)
		return end, nil
	}
	m, err := p.match(ctx, finder, c)
	if err == nil {
		err = p.recall(ctx, c, &m)
	}
	if err == nil {
		m, err = p.complement(ctx, finder, c, m)
	}
	if errors.Is(err, ErrParentForbidden) { // the record was not to be seen: nothing may be concluded from that, nor replaced
		return change.end(Rejected, model.CodeForbidden, err.Error()), nil
	}
	if err != nil {
		return change, err
	}
	return p.settle(change, c, m), nil
}

// isStored reports whether a row that breaks rules says nothing but what its record has: the API took that once, or somebody has
// entered it there, and as nothing is sent, nothing is wrong with an export that comes back as it was.
func (p *Planner) isStored(c *mapping.Candidate) bool {
	i, listed := p.records.find(c.ID)
	if c.ID == "" || !listed || p.mode(c) == ModeCreate {
		return false
	}
	record := p.records.at(i)
	unreadable := func(f model.Problem) bool {
		field := p.model.Index(f.Field)
		return f.Stops() && (field < 0 || !c.Record[field].Known())
	}
	differs := func(s stand) bool { return s.stance > equal }
	return !slices.ContainsFunc(c.Problems, unreadable) && !slices.ContainsFunc(p.against(c, &record, nil), differs)
}

// recall finds out on what sheet and API last agreed of a record that the row may change.
func (p *Planner) recall(ctx context.Context, c *mapping.Candidate, m *match) (err error) {
	if p.opts.Bases != nil && len(m.found) == 1 && p.mode(c) != ModeCreate {
		m.base, err = p.opts.Bases.Base(ctx, m.only.ID)
	}
	sends := func() bool {
		isOurs := func(s stand) bool { return s.stance == ours }
		return slices.ContainsFunc(p.against(c, &m.only, m.base), isOurs)
	}
	if err == nil && p.opts.Exported != nil && m.base != nil && sends() {
		m.seen, err = p.opts.Exported.Base(ctx, m.only.ID)
	}
	if err == nil && p.opts.Undone != nil && m.base != nil {
		m.base, err = p.sinceUndo(ctx, c, &m.only, m.base)
	}
	return err
}

// complement reads by id a record that is to be replaced and of which the list shows a part only: what is not known of it would
// be lost. A row that changes nothing costs no read. A record that is listed and cannot be read is gone meanwhile.
func (p *Planner) complement(ctx context.Context, finder Finder, c *mapping.Candidate, m match) (match, error) {
	if !p.opts.Resource.Replace || p.opts.Resource.Get == nil || len(m.found) != 1 || p.mode(c) == ModeCreate {
		return m, nil
	}
	listed := &m.only
	if !p.partial(listed.Record) || !p.acts(c, listed, m.base) {
		return m, nil
	}
	f, ok, err := finder.Get(ctx, listed.ID, listed.Record)
	if err != nil {
		return m, fmt.Errorf("read %s %s: %w", p.model.Name(), listed.ID, err)
	}
	if !ok {
		return match{gone: listed.ID}, nil
	}
	p.records.replace(m.found[0], &f)
	m.only = f
	return m, nil
}

// partial reports whether a record does not show all that a replacement sends.
func (p *Planner) partial(record model.Record) bool {
	for i := range record {
		if f := &p.model.Fields[i]; f.In == model.InBody && !f.UpdateOnly && !record[i].Known() {
			return true
		}
	}
	return false
}

// wouldCreate reports whether an invalid row would have been a create: then what only a create needs is wrong with it too,
// and all of a row's problems are told at once.
func (p *Planner) wouldCreate(c *mapping.Candidate) bool {
	listed := p.remote[p.parentKey(c.Record)]
	return c.ID == "" && c.Key != "" && listed != nil && listed.problem == "" && p.opts.Known[c.Key] == "" &&
		!p.records.isKeyed(c.Key)
}

// match is what the API has for a candidate.
type match struct {
	found []int        // records
	only  Found        // the one that was found, if it is one
	gone  string       // id of one that we created, or that was listed, and that the API says is not there
	base  model.Record // on what sheet and API last agreed of the one that was found, nil if nobody knows
	seen  model.Record // what was exported of it, nil if it was not, or if that does not matter
}

// match finds the records of a candidate: by id alone if it has one, else by key among what was listed, else by the id
// under which we created that key. Lists may lag behind, or show less than there is; reading by id does not.
func (p *Planner) match(ctx context.Context, finder Finder, c *mapping.Candidate) (match, error) {
	id := c.ID
	if id == "" {
		if found := p.records.keyed(c.Key); len(found) > 0 {
			return p.matching(found...), nil
		}
		if id = p.opts.Known[c.Key]; id == "" {
			return match{}, nil
		}
	}
	if i, listed := p.records.find(id); listed {
		return p.matching(i), nil
	}
	m, err := p.read(ctx, finder, id, p.parentOf(c.Record))
	if c.ID != "" && errors.Is(err, ErrUnfitID) { // whatever the API does not take for an id is none of a record
		return match{gone: id}, nil
	}
	return m, err
}

// matching is a match with records.
func (p *Planner) matching(found ...int) match {
	m := match{found: found}
	if len(found) == 1 {
		m.only = p.records.at(found[0])
	}
	return m
}

// settle applies the table of modes and matches to a row that found something.
func (p *Planner) settle(change Change, c *mapping.Candidate, m match) Change {
	switch {
	case len(m.found) == 0:
		return p.missing(change, c, m.gone)
	case p.mode(c) == ModeCreate:
		p.tally.Matched++
		if len(m.found) == 1 {
			change.ID = m.only.ID
		}
		return change.end(Skipped, model.CodeExists, "the record exists already")
	case len(m.found) > 1:
		return change.end(Rejected, model.CodeAmbiguous, fmt.Sprintf("%d records have the key %s: ids %s", len(m.found), shownKey(c), p.ids(m.found)))
	case p.contested(&m.only):
		return change.end(Rejected, model.CodeAmbiguous, "another row of the sheet leads to the same record, id "+p.ids(m.found))
	}
	p.tally.Matched++
	return p.compare(change, c, m)
}

// contested reports whether several rows of the sheet lead to a record and may change it: the id of one, and the key of
// another, which the record has or had when we created it. None of them can be told to be the right one.
func (p *Planner) contested(r *Found) bool {
	key, leads := p.keyOf(r.Record), 0
	if p.keys.leads("id", r.ID) {
		leads++
	}
	if p.keys.leads("key", key) && len(p.records.keyed(key)) == 1 {
		leads++
	}
	for _, old := range p.created[r.ID] {
		if old != key {
			leads++
		}
	}
	return leads > 1
}

// missing is the table of modes for a row that found nothing.
func (p *Planner) missing(change Change, c *mapping.Candidate, gone string) Change {
	switch {
	case c.ID != "":
		end := change.end(Rejected, model.CodeIDNotFound, "the API has no record with the id "+c.ID)
		last := &end.Problems[len(end.Problems)-1]
		last.Field, last.Column, last.Value = "id", p.opts.ColumnOf("id"), c.ID
		return end
	case p.mode(c) == ModeUpdate:
		return change.end(Rejected, model.CodeNoMatch, "no record has the key "+shownKey(c))
	case gone != "" && !p.opts.Recreate:
		change.ID = gone
		return change.end(Conflict, model.CodeGone, "this record was there as "+gone+", and the API does not have it any more")
	case len(c.OnCreate) > 0:
		change.Problems = c.IfCreated()
		return p.invalid(change)
	}
	p.tally.Creates++
	change.Action = Create
	change.Record = p.model.NewRecord()
	for i, v := range c.Record {
		if v.Kind != model.Null {
			change.Record[i] = v
			continue
		}
		if change.Agreed == nil { // there is nothing yet that could be cleared
			change.Agreed = p.model.NewRecord()
		}
		change.Agreed[i] = v
	}
	return change
}

// invalid stops a row by our own rules.
func (p *Planner) invalid(change Change, problems ...model.Problem) Change {
	p.tally.Invalid++
	change.Status = Invalid
	change.Problems = slices.Concat(change.Problems, problems)
	return change
}

// ids lists the ids of records, a few of many.
func (p *Planner) ids(found []int) string {
	var ids []string
	for _, i := range found[:min(len(found), 5)] {
		ids = append(ids, p.records.id(i))
	}
	if len(found) > 5 {
		ids = append(ids, "…")
	}
	return strings.Join(ids, ", ")
}

// end decides a change without a request. A status that needs a reason carries it as the row's last problem.
func (c Change) end(status Status, code model.Code, message string) Change {
	c.Status = status
	c.Problems = append(slices.Clone(c.Problems), newProblem(c.Row, code, message))
	return c
}

// newProblem is a problem of a whole row.
func newProblem(row int, code model.Code, message string) model.Problem {
	p := model.Problem{Row: row, Code: code, Message: message}
	if e, ok := model.Explain(code); ok {
		p.Hint = e.Fix
	}
	return p
}

// blame names the field and the column of a change's last problem.
func (p *Planner) blame(c *Change, fields []int) {
	if len(fields) > 0 {
		last := &c.Problems[len(c.Problems)-1]
		last.Field = p.model.Fields[fields[0]].Name
		last.Column = p.opts.ColumnOf(last.Field)
	}
}

// keyField is the first field of the key, "" if rows are found by id alone.
func (p *Planner) keyField() string {
	if len(p.key) == 0 {
		return ""
	}
	return p.model.Fields[p.key[0]].Name
}

// shownKey is a key as a person can read it.
func shownKey(c *mapping.Candidate) string {
	if c.Key == "" {
		return c.ID
	}
	return strings.ReplaceAll(c.Key, "\x1f", " / ")
}
