package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// compare decides between update and unchanged for the one record that was matched.
func (p *Planner) compare(change Change, c *mapping.Candidate, m match) Change {
	found := &m.only
	change.ID = found.ID
	stands := p.against(c, found, m.base)
	p.doubtCopies(c, m.seen, stands)
	for i, s := range stands {
		if f := &p.model.Fields[i]; f.Immutable && s.stance > equal && s.have.Known() {
			end := change.end(Rejected, model.CodeImmutable,
				fmt.Sprintf("the record has %s %s, the sheet says %s; that cannot be changed", f.Name, s.have.Text, c.Record[i].Text))
			p.blame(&end, []int{i})
			return end
		}
	}
	if p.arbitrate(&change, c, stands) {
		change.Status = Conflict
		return change
	}
	change.Agreed = p.agreed(c, found, m.base, stands)
	record, before := p.model.NewRecord(), p.model.NewRecord()
	all := make(model.Record, len(stands))
	differs, seen := false, false
	for i, s := range stands {
		f := &p.model.Fields[i]
		switch all[i] = s.have; {
		case f.In == model.InPath:
			record[i], before[i] = s.have, s.have
		case s.stance == ours && !f.Immutable:
			record[i], before[i] = c.Record[i], s.have
			differs, seen = true, seen || s.have.Known() || !p.hidden[i]
		}
	}
	if !differs {
		change.Status = Unchanged
		return change
	}
	for i, shown := range found.Record { // what goes along is what is there now, not what was sent once
		if shown.Known() {
			all[i] = shown
		}
	}
	if end, stopped := p.rebuild(change, record, before, all); stopped {
		return end
	}
	if end, stopped := p.harmful(change, c, found, record); stopped {
		return end
	}
	p.tally.Updates++
	if !seen {
		p.tally.Unseen++
	}
	change.Action, change.Record, change.Before = Update, record, before
	return change
}

// harmful tells whether an update would lose something, or be refused for something, that only goes along with it, and then how
// the row ends.
func (p *Planner) harmful(change Change, c *mapping.Candidate, found *Found, record model.Record) (end Change, stopped bool) {
	if len(found.Stray) > 0 && p.sendsAll(record) {
		return change.end(Rejected, model.CodeNotRebuildable,
			"the update sends all there is, and would lose values that the job has no field for: "+strings.Join(found.Stray, ", ")), true
	}
	if broken := p.brokenAlong(c, record); broken != nil {
		end := change.end(Rejected, model.CodeNotRebuildable,
			fmt.Sprintf("%s has to go along as the API has it, and breaks its own rule there: %s", broken.Field, broken.Message))
		p.blame(&end, []int{p.model.Index(broken.Field)})
		return end, true
	}
	return change, false
}

// acts reports whether a row may lead to an update of a record.
func (p *Planner) acts(c *mapping.Candidate, found *Found, base model.Record) bool {
	return slices.ContainsFunc(p.against(c, found, base), func(s stand) bool { return s.stance == ours || s.stance == clash })
}

// rebuild completes an update with all that has to go along. It reports true if that cannot be done, and then how the row
// ends.
func (p *Planner) rebuild(change Change, record, before, have model.Record) (end Change, stopped bool) {
	for {
		if lost := p.complete(record, before, have); lost >= 0 {
			f := &p.model.Fields[lost]
			end = change.end(Rejected, model.CodeNotRebuildable,
				fmt.Sprintf("the API shows %s as %q, which cannot be sent back; the update has to send it, or it would be lost", f.Name, have[lost].Text))
			p.blame(&end, []int{lost})
			return end, true
		}
		missing := p.incomplete(&change, record)
		if len(missing) == 0 {
			return change, false
		}
		if !p.takeAlong(missing, record, before, have) {
			return p.invalid(change, missing...), true
		}
	}
}

// takeAlong adds fields that are asked for by others, as far as the API has them. It reports whether it has any.
func (p *Planner) takeAlong(missing []model.Problem, record, before, have model.Record) bool {
	some := false
	for _, m := range missing {
		i := p.model.Index(m.Field)
		if f := &p.model.Fields[i]; !f.Immutable && have[i].Known() && have[i].Kind != model.Null && f.Fits(have[i]) {
			record[i], before[i] = have[i], have[i]
			some = true
		}
	}
	return some
}

// brokenAlong is the first rule that is broken by a value which only goes along with the update, nil if there is none: what is
// stored may be older than the rules, and would be refused. What the row says itself was judged before.
func (p *Planner) brokenAlong(c *mapping.Candidate, record model.Record) *model.Problem {
	broken := slices.DeleteFunc(p.model.Validate(nil, record, model.ForUpdate), func(f model.Problem) bool {
		i := p.model.Index(f.Field)
		return i < 0 || c.Record[i].Known() && p.model.Fields[i].Same(c.Record[i], record[i]) || f.Code == model.CodeNotNullable
	})
	return model.FirstStopping(broken)
}

// sendsAll reports whether an update sends the whole record, or the list of custom fields whole, so that what is not in it may
// be lost.
func (p *Planner) sendsAll(record model.Record) bool {
	c := p.opts.Resource.Custom
	if c == nil || p.opts.Resource.Replace {
		return p.opts.Resource.Replace
	}
	unit, _, _ := strings.Cut(c.List, ".")
	return !c.Merge && p.touched(record)[unit]
}

// touched is the properties that an update sends whole because something in them changes.
func (p *Planner) touched(record model.Record) map[string]bool {
	touched := map[string]bool{}
	for i := range record {
		if record[i].Known() {
			touched[p.model.Fields[i].Unit()] = true
		}
	}
	delete(touched, "") // goes alone
	return touched
}

// incomplete is the fields that an update would have to send and that neither the sheet nor the API has.
func (p *Planner) incomplete(change *Change, record model.Record) []model.Problem {
	use := model.ForUpdate
	if p.opts.Resource.Replace {
		use = model.ForCreate
	}
	missing := slices.DeleteFunc(p.model.Validate(nil, record, use), func(f model.Problem) bool {
		return f.Code != model.CodeNeedsField && f.Code != model.CodeRequired
	})
	for i := range missing {
		missing[i].Row, missing[i].Column = change.Row, p.opts.ColumnOf(missing[i].Field)
	}
	return missing
}

// complete fills up what is sent whole, with what the API has: the unit of an update is a top-level property, so an object
// of which one field changes goes along with the rest of it; where an update replaces the record, all of it does. It
// returns a field that has a value of which nobody can tell how it is sent, -1 if there is none.
func (p *Planner) complete(record, before, have model.Record) (lost int) {
	touched := p.touched(record)
	for i := range record {
		f := &p.model.Fields[i]
		whole := p.opts.Resource.Replace || touched[f.Unit()]
		if f.Retired() && !p.opts.Resource.Replace && p.opts.Resource.Custom.Merge { // it keeps its value without being sent
			whole = false
		}
		if !whole || f.Immutable || record[i].Known() || !have[i].Known() || have[i].Kind == model.Null {
			continue
		}
		if !f.Fits(have[i]) {
			return i
		}
		record[i], before[i] = have[i], have[i]
	}
	return -1
}
