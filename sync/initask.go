package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
)

// Question is a choice that Init cannot make.
type Question struct {
	About   string             // what is to be chosen
	Details []string           // what is known
	Options []string           // what there is to choose from
	Ignore  bool               // a column, which may be ignored
	Free    string             // what may be typed instead of the number of an option, "" for nothing
	Accept  func(string) error // of what is typed
}

// Answer is what a person says. The zero value leaves the choice open.
type Answer struct {
	Option int // from 1
	Ignore bool
	Text   string // what was typed instead, accepted already
}

// ask asks a question, and leaves it open if there is nobody to ask.
func (d *draft) ask(q Question) (Answer, error) {
	if d.opts.Ask == nil {
		return Answer{}, nil
	}
	return d.opts.Ask(q)
}

// askColumns asks which account the sheet goes into, and what the open columns are.
func (d *draft) askColumns() error {
	for _, v := range d.account {
		if err := d.askValue(v, "Account setting "+v.name, v.check); err != nil {
			return err
		}
	}
	for _, c := range d.columns {
		if c.isOpen() && len(c.at) == 1 && mapping.HeaderKey(c.header) != "" {
			if err := d.askColumn(c); err != nil {
				return err
			}
		}
		if c.reading.Option != "" {
			if err := d.askReading(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// askRest asks for what every record needs and no column gives, and for the key.
func (d *draft) askRest() error {
	for _, v := range d.constants {
		accept := func(text string) error {
			if i := d.resource.Model.Index(v.name); i >= 0 {
				if _, code := d.resource.Model.Fields[i].Parse(text); code != "" {
					return fmt.Errorf("it must be %s", mapping.KindName(d.resource.Model.Fields[i].Kind))
				}
			}
			return nil
		}
		if err := d.askValue(v, "Value of "+v.name+" for every row", accept); err != nil {
			return err
		}
	}
	for _, v := range d.custom {
		if err := d.askValue(v, "Id of the custom field "+v.name, v.check); err != nil {
			return err
		}
	}
	if d.key != nil {
		return nil
	}
	return d.askKey()
}

// askValue asks for a value that is not known.
func (d *draft) askValue(v *draftValue, about string, accept func(string) error) error {
	if v.value != "" {
		return nil
	}
	a, err := d.ask(Question{About: about, Details: []string{v.note}, Free: "its value", Accept: accept})
	v.value = a.Text
	return err
}

// askColumn asks what an open column is.
func (d *draft) askColumn(c *draftColumn) error {
	q := Question{About: fmt.Sprintf("Column %q", c.header), Details: slices.Clone(c.notes), Ignore: true, Free: "another field", Accept: d.free}
	if examples := d.survey.Columns[c.at[0]].Examples; len(examples) > 0 {
		q.Details = append(q.Details, "holds "+strings.Join(examples, " · "))
	}
	var fields []string
	for _, r := range c.match.Rivals {
		if d.columnOf(r.Field) == nil {
			fields = append(fields, r.Field)
			q.Options = append(q.Options, r.String())
		}
	}
	if custom := d.customFor(c); custom != "" {
		fields = append(fields, custom)
		q.Options = append(q.Options, custom+" (a custom field of the account)")
	}
	if c.mayBeID && d.idColumn() == nil {
		q.Options = append(q.Options, "the id of the record in "+d.target.Title)
	}
	a, err := d.ask(q)
	switch {
	case err != nil:
		return err
	case a.Ignore:
		c.ignored, c.chosen, c.notes = true, true, nil
	case a.Text != "":
		d.decide(c, a.Text)
	case a.Option > len(fields):
		c.isID, c.chosen = true, true
	case a.Option > 0:
		d.decide(c, fields[a.Option-1])
	}
	return nil
}

// decide maps a column as a person says.
func (d *draft) decide(c *draftColumn, field string) {
	if i := d.resource.Model.Index(field); i >= 0 {
		field = d.resource.Model.Fields[i].Name
	}
	c.chosen, c.notes = true, nil
	d.fill(c, field)
}

// free refuses a field that a column cannot fill.
func (d *draft) free(name string) error {
	if d.resource.Model.Index(name) < 0 && !d.isCustom(name) {
		return fmt.Errorf("%s has no field %q; `rollcall fields %s` lists them", d.resource.Model.Name(), name, d.resource.Model.Name())
	}
	if c := d.columnOf(name); c != nil {
		return fmt.Errorf("%s is filled by the column %q already", name, c.header)
	}
	return nil
}

// customFor is the custom field that an open column may be: the API lists what there is, so that a wrong name does no harm.
func (d *draft) customFor(c *draftColumn) string {
	custom := d.resource.Custom
	if custom == nil || custom.Definitions == nil || mapping.HeaderKey(c.header) == "" || len(c.at) > 1 {
		return ""
	}
	name := custom.Prefix() + strings.Join(strings.Fields(c.header), " ")
	if d.columnOf(name) != nil {
		return ""
	}
	return name
}

// askReading asks how the cells of a column are to be read.
func (d *draft) askReading(c *draftColumn) error {
	if len(c.reading.Ways) == 0 {
		return nil
	}
	q := Question{About: fmt.Sprintf("Column %q, as %s: %s", c.header, c.field, c.reading.Option), Details: c.reading.Notes}
	for _, w := range c.reading.Ways {
		q.Options = append(q.Options, wayText(w))
	}
	a, err := d.ask(q)
	if a.Option > 0 {
		c.reading.Column, c.reading.Option = c.reading.Ways[a.Option-1].Column, ""
	}
	return err
}

// wayText is a way of reading as a person chooses by it.
func wayText(w mapping.WayOfReading) string {
	switch {
	case w.Why == "":
		return w.Text
	case w.Text == "":
		return w.Why
	}
	return w.Text + " (" + w.Why + ")"
}

// askKey asks what tells one record from all others.
func (d *draft) askKey() error {
	keys := d.choices()
	q := Question{About: "Identity key", Details: []string{"the fields that tell one record from all others"}, Free: "fields, with commas", Accept: d.freeKey}
	for _, k := range keys {
		q.Options = append(q.Options, k.String()+" ("+k.why()+")")
	}
	a, err := d.ask(q)
	switch {
	case err != nil:
		return err
	case a.Text != "":
		d.key = &draftKey{fields: keyFields(a.Text)}
	case a.Option > 0:
		d.key = keys[a.Option-1]
	}
	return nil
}

// keyFields is the fields that a person lists.
func keyFields(text string) []string {
	var fields []string
	for _, name := range strings.Split(text, ",") {
		fields = append(fields, strings.TrimSpace(name))
	}
	return fields
}

// freeKey refuses a key of fields that are not filled.
func (d *draft) freeKey(text string) error {
	fields := keyFields(text)
	for i, name := range fields {
		if d.columnOf(name) == nil && !d.isConstant(name) {
			return fmt.Errorf("no column fills %q", name)
		}
		if slices.Contains(fields[:i], name) {
			return errors.New("a field is there twice")
		}
	}
	return nil
}
