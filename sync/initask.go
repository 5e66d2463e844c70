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
	Rest    bool               // all columns that are still open may be ignored at once
	Free    string             // what may be typed instead of the number of an option, "" for nothing
	Accept  func(string) error // of what is typed
}

// Answer is what a person says. The zero value leaves the choice open.
type Answer struct {
	Option int // from 1
	Ignore bool
	Rest   bool   // ignore this column and all that are still open
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
	if err := d.askName(); err != nil {
		return err
	}
	rest := false
	for _, c := range d.columns {
		if c.isOpen() && !rest {
			var err error
			if rest, err = d.askColumn(c); err != nil {
				return err
			}
		}
		if c.isOpen() && rest {
			c.ignore()
		}
		if c.reading.Option != "" {
			if err := d.askReading(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// ignore leaves the column out, as a person says.
func (c *draftColumn) ignore() { c.field, c.ignored, c.chosen, c.notes = "", true, true, nil }

// askRest asks for what every record needs and no column gives, and for the key.
func (d *draft) askRest() error {
	for _, v := range d.constants {
		if err := d.askValue(v, "Value of "+v.name+" for every row", d.acceptConstant(v.name)); err != nil {
			return err
		}
	}
	for _, v := range d.custom {
		if err := d.askValue(v, "Id of the custom field "+v.name, d.acceptID(v)); err != nil {
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

// acceptID refuses what is no id of a custom field, or is that of another one.
func (d *draft) acceptID(v *draftValue) func(string) error {
	return func(text string) error {
		for _, c := range d.columns {
			if d.isCustom(c.field) && strings.EqualFold(c.field[len(d.resource.Custom.Prefix()):], text) {
				return fmt.Errorf("%s is the custom field of the column %q already", text, c.header)
			}
		}
		for _, other := range d.custom {
			if other != v && other.value == text {
				return fmt.Errorf("%s is the id of %s already", text, other.name)
			}
		}
		return v.check(text)
	}
}

// askColumn asks what an open column is. rest is the answer that all the others are ignored too.
func (d *draft) askColumn(c *draftColumn) (rest bool, err error) {
	q := Question{About: fmt.Sprintf("Column %q", c.header), Details: append(slices.Clone(c.notes), d.holds(c)...), Ignore: true, Rest: true}
	var fields []string
	if c.mayBeField() {
		q.Free, q.Accept = "another field", d.free
		fields, q.Options = d.candidates(c)
	}
	a, err := d.ask(q)
	switch {
	case err != nil:
		return false, err
	case a.Rest:
		return true, nil
	case a.Ignore:
		c.ignore()
	case a.Text != "":
		d.decide(c, a.Text)
	case a.Option > len(fields):
		c.isID, c.chosen = true, true
	case a.Option > 0:
		d.decide(c, fields[a.Option-1])
	}
	return false, nil
}

// candidates is the fields that a person may choose from for a column, and how they are told. One more that is told is that
// the column has the ids of the records.
func (d *draft) candidates(c *draftColumn) (fields, told []string) {
	for _, r := range c.match.Rivals {
		if !d.isFilled(r.Field) && c.claims(r.Field) && d.clash(r.Field) == nil {
			fields, told = append(fields, r.Field), append(told, r.String())
		}
	}
	if custom := d.customFor(c); custom != "" {
		fields, told = append(fields, custom), append(told, custom+" (a custom field of the account)")
	}
	if c.mayBeID && d.idColumn() == nil {
		told = append(told, "the id of the record in "+d.target.Title)
	}
	return fields, told
}

// holds is some of the cells of a column, for a person.
func (d *draft) holds(c *draftColumn) []string {
	examples := d.survey.Columns[c.at[0]].Examples
	if len(examples) == 0 {
		return nil
	}
	return []string{"holds " + strings.Join(examples, " · ")}
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
	if d.resource.Model.Index(name) < 0 && !d.isCustom(name) || name == mapping.Undecided {
		return fmt.Errorf("%s has no field %q; `rollcall fields %s` lists them", d.resource.Model.Name(), name, d.resource.Model.Name())
	}
	if d.isComputed(name) {
		return fmt.Errorf("%s is joined of two columns already", name)
	}
	if c := d.columnOf(name); c != nil {
		return fmt.Errorf("%s is filled by the column %q already", name, c.header)
	}
	if err := d.clash(name); err != nil {
		return err
	}
	if d.isCustom(name) && d.resource.Model.Index(name) < 0 && d.resource.Custom.Definitions == nil {
		return d.freeID(name[len(d.resource.Custom.Prefix()):])
	}
	return nil
}

// clash refuses custom fields beside a column that says row by row which custom fields there are: a job knows those of one.
func (d *draft) clash(name string) error {
	custom := d.resource.Custom
	if custom == nil || custom.Definitions == nil || custom.Definitions.Parent == "" {
		return nil
	}
	parent := custom.Definitions.Parent
	for _, c := range d.columns {
		if c.field != "" && (d.isCustom(name) && strings.EqualFold(c.field, parent) || d.isCustom(c.field) && strings.EqualFold(name, parent)) {
			return fmt.Errorf("%s has to be the same for every row where there are custom fields, and the column %q fills %s", parent, c.header, c.field)
		}
	}
	return nil
}

// freeID refuses the id of a custom field that no API has. What is not all digits is a name, and its id is asked for.
func (d *draft) freeID(short string) error {
	if strings.Trim(short, "0123456789") != "" {
		return nil
	}
	return (&draftValue{name: "the id of a custom field", number: !d.resource.Custom.TextIDs()}).check(short)
}

// customFor is the custom field that an open column may be: the API lists what there is, so that a wrong name does no harm.
func (d *draft) customFor(c *draftColumn) string {
	custom := d.resource.Custom
	if custom == nil || custom.Definitions == nil || mapping.HeaderKey(c.header) == "" || len(c.at) > 1 {
		return ""
	}
	name := custom.Prefix() + strings.Join(strings.Fields(c.header), " ")
	if d.isFilled(name) || d.clash(name) != nil {
		return ""
	}
	return name
}

// askReading asks how the cells of a column are to be read.
func (d *draft) askReading(c *draftColumn) error {
	if len(c.reading.Ways) == 0 {
		return nil
	}
	q := Question{About: fmt.Sprintf("Column %q, as %s: %s", c.header, c.field, c.reading.Option), Details: slices.Concat(c.reading.Notes, d.holds(c))}
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
		d.key = &draftKey{fields: d.keyFields(a.Text)}
	case a.Option > 0:
		d.key = keys[a.Option-1]
	}
	return nil
}

// keyFields is the fields that a person lists, as the model spells them.
func (d *draft) keyFields(text string) []string {
	var fields []string
	for _, name := range strings.Split(text, ",") {
		name = strings.TrimSpace(name)
		if c := d.columnOf(name); c != nil {
			name = c.field
		}
		fields = append(fields, name)
	}
	return fields
}

// freeKey refuses a key of fields that are not filled.
func (d *draft) freeKey(text string) error {
	fields := d.keyFields(text)
	for i, name := range fields {
		if !d.isFilled(name) && !d.isConstant(name) {
			return fmt.Errorf("no column fills %q", name)
		}
		if slices.Contains(fields[:i], name) {
			return errors.New("a field is there twice")
		}
	}
	if !slices.ContainsFunc(fields, d.isFilled) {
		return errors.New("all rows have the same key: a column has to fill one of its fields")
	}
	return nil
}
