package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// draftName is a name that two columns have together.
type draftName struct {
	first, last *draftColumn
	fields      []string // which it may fill, the likeliest first
	field       string   // which it fills, as a person says; "" for none
}

// expression is the name as a job computes it.
func (n *draftName) expression() string { return mapping.JoinedNames(n.first.header, n.last.header) }

// findName finds the only two columns that are halves of a name for which there is no field but that of the whole.
func (d *draft) findName(headers []string) {
	first, last := mapping.NameHalves(d.resource.Model, headers)
	for _, i := range slices.Concat(first, last) {
		if c := d.columnAt(i); c != nil {
			c.half = true
		}
	}
	if len(first) != 1 || len(last) != 1 {
		return
	}
	n := &draftName{first: d.columnAt(first[0]), last: d.columnAt(last[0])}
	if n.first == nil || n.last == nil || n.first.match.Field != "" || n.last.match.Field != "" {
		return
	}
	var taken []string // what another column is more likely to be
	for _, r := range n.first.match.Rivals {
		switch {
		case r.Field != "name" && !strings.HasSuffix(r.Field, ".name"):
		case slices.ContainsFunc(d.columns, func(c *draftColumn) bool { return !c.half && c.isOpen() && c.claims(r.Field) }):
			taken = append(taken, r.Field)
		default:
			n.fields = append(n.fields, r.Field)
		}
	}
	if n.fields = append(n.fields, taken...); len(n.fields) > 0 {
		d.name = n
	}
}

// columnAt is the draft of a column of the sheet that is alone under its header, nil if it is not.
func (d *draft) columnAt(i int) *draftColumn {
	for _, c := range d.columns {
		if slices.Equal(c.at, []int{i}) {
			return c
		}
	}
	return nil
}

// isComputed reports whether a field is put together of two columns.
func (d *draft) isComputed(field string) bool {
	return d.name != nil && d.name.field != "" && strings.EqualFold(d.name.field, field)
}

// isFilled reports whether a field has its values from the rows already.
func (d *draft) isFilled(field string) bool { return d.columnOf(field) != nil || d.isComputed(field) }

// freeNames is the fields that the name in two columns may still fill.
func (d *draft) freeNames() (fields []string) {
	if d.name == nil || d.name.field != "" || !d.name.first.isOpen() || !d.name.last.isOpen() {
		return nil
	}
	for _, field := range d.name.fields {
		if !d.isFilled(field) {
			fields = append(fields, field)
		}
	}
	return fields
}

// askName asks whether two columns are one name.
func (d *draft) askName() error {
	fields := d.freeNames()
	if len(fields) == 0 {
		return nil
	}
	first, last := d.name.first, d.name.last
	q := Question{About: fmt.Sprintf("Columns %q and %q", first.header, last.header), Details: []string{"together they are a name"}}
	for _, c := range []*draftColumn{first, last} {
		q.Details = append(q.Details, d.holds(c)...)
	}
	for _, field := range fields {
		q.Options = append(q.Options, field+", joined of both")
	}
	a, err := d.ask(q)
	if a.Option == 0 {
		return err
	}
	d.name.field = fields[a.Option-1]
	for _, c := range []*draftColumn{first, last} {
		c.ignored, c.chosen, c.notes = true, true, []string{"a part of " + d.name.field + ", see compute"}
	}
	return nil
}

// writeCompute writes the name that two columns have together, or how it would be written.
func (d *draft) writeCompute(t *jobText) {
	switch fields := d.freeNames(); {
	case d.name == nil:
	case d.name.field != "":
		t.line("\n", "compute", "")
		t.line("  ", scalar(d.name.field), quotedScalar(d.name.expression()), byPerson)
	case len(fields) > 0:
		t.WriteString("\n")
		t.remark("", "%s and %s are a whole name together. To join them, ignore both columns and write:", d.name.first.header, d.name.last.header)
		t.remark("", "compute: {%s: %s}", scalar(fields[0]), quotedScalar(d.name.expression()))
	}
}

// askNeeds asks about the columns whose fields the API takes only together with another one, if nothing gives that. Where
// nobody answers they are left open: every row would be a problem.
func (d *draft) askNeeds() error {
	for _, c := range d.columns {
		missing := d.missingFor(c)
		if missing == "" {
			continue
		}
		note := fmt.Sprintf("%s needs %s, which no column gives", c.field, missing)
		a, err := d.ask(Question{
			About: fmt.Sprintf("Column %q, as %s", c.header, c.field), Details: append([]string{note}, d.holds(c)...), Ignore: true,
			Free: "a value of " + missing + " for every row", Accept: d.acceptConstant(missing),
		})
		switch {
		case err != nil:
			return err
		case a.Ignore:
			c.ignore()
		case a.Text != "":
			d.constants = append(d.constants, &draftValue{name: missing, value: a.Text})
		default:
			own := mapping.Rival{Field: c.field, By: c.match.By, Score: c.match.Score}
			c.match.Rivals = append([]mapping.Rival{own}, c.match.Rivals...)
			c.field, c.match.Field, c.reading, c.chosen = "", "", mapping.Reading{}, false
			c.note("%s: fill that too, by a column or a constant, or ignore this one", note)
		}
	}
	return nil
}

// missingFor is a field that the field of a column needs and that nothing gives or may give, "" for none. What every record
// needs is asked for in any case.
func (d *draft) missingFor(c *draftColumn) string {
	m := d.resource.Model
	given := m.Index(c.field)
	if c.field == "" || given < 0 {
		return ""
	}
	rec := m.NewRecord()
	rec[given] = model.Value{Kind: m.Fields[given].Kind, Text: "1"}
	for i := range m.Fields {
		f := &m.Fields[i]
		if f.Required || m.AskerOf(i, rec, model.ForCreate) < 0 || d.isFilled(f.Name) || d.isConstant(f.Name) || d.mayBe(f.Name) {
			continue
		}
		return f.Name
	}
	return ""
}

// mayBe reports whether an open column may still be a field.
func (d *draft) mayBe(field string) bool {
	return slices.Contains(d.freeNames(), field) || slices.ContainsFunc(d.columns, func(c *draftColumn) bool {
		return c.isOpen() && c.claims(field)
	})
}

// acceptConstant refuses what a job file may not have as the value of a field for every row.
func (d *draft) acceptConstant(field string) func(string) error {
	return func(text string) error {
		if text == mapping.Undecided {
			return errors.New("that marks what is left open")
		}
		i := d.resource.Model.Index(field)
		if i < 0 {
			return nil
		}
		if _, code := d.resource.Model.Fields[i].Parse(text); code != "" {
			return fmt.Errorf("it must be %s", mapping.KindName(d.resource.Model.Fields[i].Kind))
		}
		for _, f := range (&mapping.Config{Constants: map[string]string{field: text}}).Check(d.resource.Model) {
			if f.Path[0] == "constants" {
				return fmt.Errorf("%s", f.Message)
			}
		}
		return nil
	}
}
