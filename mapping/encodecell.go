package mapping

import (
	"fmt"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// outlet is a mapped column that cells are written for.
type outlet struct {
	*binding
	about   *model.Field
	medium  Medium
	written string            // Go layout of a date, never ""
	yes, no string            // what a cell says for true and for false, "" if the column has no such word
	names   map[string]naming // id -> how a cell names it; nil if the column looks up nothing
	unique  []string          // names that mean one thing and can be read, sorted; nil if the column looks up nothing
}

// naming is how a thing of a list can be named.
type naming struct {
	name    string // that means this thing alone, "" for none
	unclear string // a name of it that means others too
}

// newOutlet prepares the writing of a column.
func newOutlet(b *binding, f *model.Field, medium Medium) outlet {
	o := outlet{binding: b, about: f, medium: medium, written: time.DateOnly}
	if b.spec.Format != "" {
		o.written = writtenLayout(b.spec.Format)
	}
	if b.table != nil {
		o.nameAll()
	}
	if b.words == nil {
		o.yes, o.no = "true", "false"
	}
	if len(b.spec.True) > 0 {
		o.yes = b.spec.True[0]
	}
	if len(b.spec.False) > 0 {
		o.no = b.spec.False[0]
	}
	return o
}

// nameAll turns the table of the column round. A thing of several names takes the first of those that mean nothing else.
func (o *outlet) nameAll() {
	o.names, o.unique = map[string]naming{}, []string{}
	for _, name := range o.table.Names() {
		found := o.table.Find(name)
		for _, e := range found {
			id := o.canonical(e.ID)
			n := o.names[id]
			switch {
			case len(found) > 1:
				n.unclear = name
			case n.name == "":
				n.name = name
				if cell := sheet.TextCell(name); o.takes(&cell) {
					o.unique = append(o.unique, name)
				}
			}
			o.names[id] = n
		}
	}
}

// takes reports whether a cell can be read.
func (o *outlet) takes(cell *sheet.Cell) bool {
	_, failed := o.tryOut(cell)
	return failed == nil
}

// canonical is the one way to write a value of the field that came as text.
func (o *outlet) canonical(text string) string {
	if v, code := o.about.Parse(text); code == "" {
		return v.Text
	}
	return text
}

// write makes the cell of a value. The trouble says why the cell does not say it, nil if it does.
func (o *outlet) write(v model.Value) (sheet.Cell, *trouble) {
	cell, reason := o.form(v)
	value, failed := o.tryOut(&cell)
	if reason == "" && failed == nil && o.says(value, v) {
		return cell, nil
	}
	if reason == "" && v.Text == "" && failed != nil { // the record has nothing, and the job wants something
		return cell, failed
	}
	if reason == "" && failed != nil {
		reason = failed.message
	} else if reason == "" {
		reason = "it would be read as " + shownValue(value)
	}
	t := func(cell string) *trouble {
		return &trouble{model.CodeNotExported, v.Text, fmt.Sprintf("the record has %s in %s, which no cell can say: %s; %s", quoted(v.Text), o.about.Name, reason, cell)}
	}
	if blank, failed := o.blank(o.about); failed == nil && o.says(blank, v) {
		return sheet.Cell{}, t("the cell is blank, which leaves the field alone")
	}
	if failed == nil || o.medium == InTypes && isMaimed(&cell) {
		cell = refusedCell()
	}
	return cell, t("the cell is such that the row is refused")
}

// isMaimed reports whether a workbook cannot hold the text of a cell: it would have a part of it, or another spelling, and that could
// be read.
func isMaimed(cell *sheet.Cell) bool {
	switch cell.Damage {
	case sheet.DamageNUL, sheet.DamageEncoding, sheet.DamageLength:
		return true
	}
	return false
}

// tryOut reads a cell the way [Mapping.Decode] does, and follows a link the way the plan does.
func (o *outlet) tryOut(cell *sheet.Cell) (model.Value, *trouble) {
	value, failed := o.read(cell, o.about, oddities(cell))
	if failed == nil && o.spec.Link && o.table != nil && value.Text != "" {
		if found := o.table.Find(value.Text); len(found) == 1 {
			value.Text = o.canonical(found[0].ID)
		}
	}
	return value, failed
}

// says reports whether what is read from a cell is what the record has. What is blank and leaves the field alone says no less.
func (o *outlet) says(read, have model.Value) bool { return !read.Known() || o.about.Same(read, have) }

// form makes the cell of a value, or says why there is none.
func (o *outlet) form(v model.Value) (cell sheet.Cell, reason string) {
	f := o.about
	switch {
	case v.Text == "":
		return sheet.Cell{}, ""
	case o.spec.LooksUp():
		return o.nameOf(v)
	case !o.judged(f):
		return sheet.TextCell(v.Text), "what kind of field it is, is not known"
	case f.Kind == model.Boolean:
		if cell = o.truth(v); strings.TrimSpace(cell.Text) == "" && strings.TrimSpace(v.Text) != "" {
			return cell, "the column has no word for " + o.canonical(v.Text)
		}
		return cell, ""
	case f.Kind == model.Integer || f.Kind == model.Number:
		return o.numeral(o.canonical(v.Text)), ""
	case f.Kind == model.Date:
		return o.day(o.canonical(v.Text)), ""
	}
	return sheet.TextCell(v.Text), ""
}

// nameOf is the cell with the name of an id.
func (o *outlet) nameOf(v model.Value) (cell sheet.Cell, reason string) {
	id := sheet.TextCell(v.Text)
	if o.table == nil {
		return id, "the list with its name is not at hand"
	}
	switch n := o.names[o.canonical(v.Text)]; {
	case n.name != "":
		return sheet.TextCell(n.name), ""
	case n.unclear != "":
		return sheet.TextCell(n.unclear), fmt.Sprintf("%d entries of the list are called %s", len(o.table.Find(n.unclear)), quoted(n.unclear))
	}
	return id, "nothing in the list has this id"
}

// truth is the cell of a boolean: a word of the column, or what the medium has for booleans if the column has no words.
func (o *outlet) truth(v model.Value) sheet.Cell {
	word, ok := map[string]string{"true": o.yes, "false": o.no}[o.canonical(v.Text)]
	switch {
	case !ok:
		return sheet.TextCell(v.Text)
	case o.medium == InTypes && (o.words == nil || strings.TrimSpace(word) == ""):
		return sheet.Cell{Kind: sheet.Boolean, Text: strings.ToUpper(o.canonical(v.Text)), Raw: o.canonical(v.Text)}
	}
	return sheet.TextCell(word)
}

// groupDigits is how many digits stand between the separators of thousands.
const groupDigits = 3

// numeral is the cell of a number in canonical form. A workbook keeps 15 digits, so that longer ones are text there. Where the
// cell is text, 1.234 is written as 1.2340: neither Decode nor a spreadsheet program of another country takes that for a
// thousand and more.
func (o *outlet) numeral(text string) sheet.Cell {
	if o.medium == InTypes && isPlain(text) && digitsIn(text) <= excelDigits {
		return sheet.Cell{Kind: sheet.Number, Text: text, Raw: text}
	}
	if _, fraction, _ := strings.Cut(text, "."); len(fraction) == groupDigits {
		text += "0"
	}
	if o.spec.Decimal == "," {
		text = strings.Replace(text, ".", ",", 1)
	}
	return sheet.TextCell(text)
}

// isPlain reports whether a text is a number in plain digits.
func isPlain(text string) bool {
	digits := strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1)
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// digitsIn is how many digits of a number a spreadsheet has to keep.
func digitsIn(text string) int {
	return len(strings.TrimLeft(strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1), "0"))
}

// firstSafeDay is the first day that all spreadsheet programs number alike: Excel counts a 29 February 1900 before it.
const firstSafeDay = "1900-03-01"

// day is the cell of a date in canonical form.
func (o *outlet) day(text string) sheet.Cell {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return sheet.TextCell(text)
	case o.medium == InTypes && text >= firstSafeDay:
		return sheet.Cell{Kind: sheet.Date, Text: text, Raw: text}
	}
	return sheet.TextCell(day.Format(o.written))
}
