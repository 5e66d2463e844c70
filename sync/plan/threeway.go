package plan

import (
	"fmt"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// stance is how a field of the sheet stands to the record.
type stance uint8

const (
	silent stance = iota // the sheet says nothing of it
	equal                // sheet and API say the same
	ours                 // changed in the sheet alone, or nobody knows on what both last agreed: it is sent
	theirs               // changed in the API alone: it is left alone
	clash                // changed in both, differently
)

// judge is the three-way decision on one field: what the sheet wants, what the API has, and base, on which both last agreed,
// absent if nobody knows.
func judge(f *model.Field, want, have, base model.Value) stance {
	switch {
	case !want.Known():
		return silent
	case f.Same(want, have):
		return equal
	case !base.Known(), f.Same(base, have):
		return ours
	case f.Same(base, want):
		return theirs
	}
	return clash
}

// stand is what a record holds of one field, and on what sheet and API last agreed of it, in forms that can be compared.
type stand struct {
	have, base model.Value
	stance     stance
	stale      bool // the sheet says what was exported, and a copy of it has made something else of that since
}

// against compares a row with a record, field by field. base is nil if nothing is known of an earlier agreement.
func (p *Planner) against(c *mapping.Candidate, found *Found, base model.Record) []stand {
	stands := make([]stand, len(p.model.Fields))
	for i := range stands {
		s := p.stand(i, found, base)
		s.stance = judge(&p.model.Fields[i], c.Record[i], s.have, s.base)
		stands[i] = s
	}
	return stands
}

// stand finds out what there is to compare. Where the API does not show a field, the record holds what was sent last, else what
// was last agreed on. Where it shows the field in a form nobody can tell, the same holds as long as that form stays what it was.
func (p *Planner) stand(i int, found *Found, base model.Record) stand {
	f, shown, was := &p.model.Fields[i], found.Record[i], p.agreedOn(i, base)
	told := f.Fits(shown)
	if told || !shown.Known() && !p.hidden[i] {
		return stand{have: shown, base: was}
	}
	last := shown
	if sent := p.sent[found.ID]; sent != nil && sent[i].Known() {
		last = sent[i]
	} else if f.Fits(was) {
		last = was
	}
	switch {
	case !shown.Known() || !was.Known() || f.Fits(was):
		return stand{have: last, base: was}
	case f.Same(was, shown): // it is as it was, whatever it stands for
		return stand{have: last, base: last}
	case f.Fits(last):
		return stand{have: shown, base: last}
	}
	return stand{have: shown, base: was}
}

// doubtCopies finds fields that are as they were exported, although sheets of the same export and the API have agreed on something
// else since: this may be another copy of the sheet, which nobody has edited there, or an edit that was taken back. Nothing tells,
// so it is no change of the sheet alone.
func (p *Planner) doubtCopies(c *mapping.Candidate, seen model.Record, stands []stand) {
	for i := range seen {
		s, f := &stands[i], &p.model.Fields[i]
		if s.stance == ours && seen[i].Known() && s.base.Known() && f.Same(c.Record[i], seen[i]) && !f.Same(s.base, seen[i]) {
			s.stance, s.stale = clash, true
		}
	}
}

// agreedOn is the base of a field. That it was blank is not known of a field that the API never shows.
func (p *Planner) agreedOn(i int, base model.Record) model.Value {
	notShown := model.Value{Kind: model.String}
	if base == nil || p.hidden[i] && base[i] == notShown {
		return model.Value{}
	}
	return base[i]
}

// agreed is the fields on which row and record are equal already, and whose base is not that yet. It is nil if there are none.
func (p *Planner) agreed(c *mapping.Candidate, found *Found, base model.Record, stands []stand) model.Record {
	var agreed model.Record
	for i := range stands {
		f := &p.model.Fields[i]
		if stands[i].stance != equal || f.In != model.InBody {
			continue
		}
		value := found.Record[i]
		if !value.Known() {
			value = c.Record[i]
		}
		if was := p.agreedOn(i, base); was.Known() && f.Same(was, value) {
			continue
		}
		if agreed == nil {
			agreed = p.model.NewRecord()
		}
		agreed[i] = value
	}
	return agreed
}

// arbitrate decides by the policy of the run on fields that have changed in both, and names them, and those that have changed in
// the API alone. It reports whether a person has to decide.
func (p *Planner) arbitrate(change *Change, c *mapping.Candidate, stands []stand) (held bool) {
	var named []model.Problem
	for i := range stands {
		s, want := &stands[i], c.Record[i]
		f := &p.model.Fields[i]
		if f.Immutable || s.stance != theirs && s.stance != clash {
			continue
		}
		problem := newProblem(change.Row, model.CodeChangedInAPI, "")
		switch {
		case s.stance == theirs:
			problem.Message = fmt.Sprintf("the API says %s now; the sheet still says %s, as both did when they last agreed", s.have.Said(), want.Said())
		case p.opts.OnConflict == OnConflictSheet:
			s.stance = ours
			continue
		case p.opts.OnConflict == OnConflictAPI:
			s.stance = theirs
			problem.Message = fmt.Sprintf("sheet and API last agreed on %s; the sheet says %s now, and the API, which prevails, %s", s.base.Said(), want.Said(), s.have.Said())
		default:
			held = true
			problem = newProblem(change.Row, model.CodeChangedBoth, s.clashing(want))
		}
		if p.opts.Mode == ModeUndo {
			problem = kept(change.Row, s, want, p.opts.OnConflict)
		}
		problem.Field, problem.Column, problem.Value = f.Name, p.opts.ColumnOf(f.Name), want.Text
		named = append(named, problem)
	}
	slices.SortStableFunc(named, func(a, b model.Problem) int { return placeOf(c, a.Column) - placeOf(c, b.Column) })
	if len(named) > 0 {
		change.Problems = slices.Concat(change.Problems, named)
	}
	return held
}

// clashing is why nobody can tell whose value a field is to have.
func (s *stand) clashing(want model.Value) string {
	if s.stale {
		return fmt.Sprintf("the sheet says %s, as it was exported, and a sheet of the same export has made it %s since: this may be an older copy", want.Said(), s.base.Said())
	}
	return fmt.Sprintf("sheet and API last agreed on %s; the sheet says %s now, and the API %s", s.base.Said(), want.Said(), s.have.Said())
}

// placeOf is where a column stands in the sheet. What no column fills comes last.
func placeOf(c *mapping.Candidate, column string) int {
	if i := slices.Index(c.Header, column); i >= 0 {
		return i
	}
	return len(c.Header)
}
