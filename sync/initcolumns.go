package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// byPerson is how a column was recognised that a person has decided about.
const byPerson = "chosen"

// draftColumn is one column of the sheet, or several under the same header.
type draftColumn struct {
	header  string
	at      []int // columns of the sheet
	match   mapping.Match
	reading mapping.Reading
	field   string // that it fills, "" for none
	ignored bool
	isID    bool // it holds the ids of the records
	mayBeID bool
	acts    bool // it says per row what is to happen to it
	chosen  bool // by a person
	half    bool // the first or the last name, which tells nobody from all others
	notes   []string

	preferred string // field that the cells speak for, though the header hardly does; "" for none
}

// isOpen reports whether nobody knows yet what the column is.
func (c *draftColumn) isOpen() bool { return c.field == "" && !c.ignored && !c.isID && !c.acts }

// mayBeField reports whether a job can map the column: it has a name of its own.
func (c *draftColumn) mayBeField() bool { return len(c.at) == 1 && mapping.HeaderKey(c.header) != "" }

// claims reports whether a person is told that the column may be a field.
func (c *draftColumn) claims(field string) bool {
	return c.preferred == field || slices.ContainsFunc(c.match.Rivals, func(r mapping.Rival) bool { return r.Field == field && r.Likely() })
}

// note adds a remark.
func (c *draftColumn) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// addColumns makes a draft of each column, with what its header says.
func (d *draft) addColumns(header []string) {
	byKey := map[string]*draftColumn{}
	for i, match := range mapping.MatchHeaders(d.resource.Model, header) {
		key := mapping.HeaderKey(header[i])
		if c := byKey[key]; c != nil {
			c.at = append(c.at, i)
			continue
		}
		c := &draftColumn{header: header[i], at: []int{i}, match: match}
		byKey[key] = c
		d.columns = append(d.columns, c)
	}
}

// isOwn reports whether Rollcall itself adds a column of that name to its reports.
func isOwn(header string) bool {
	own := []string{"_row", "_status", "_action", "_id", "_code", "_field", "_column", "_message", "_hint", "_http_status", "_attempts", "_rollcall"}
	return slices.Contains(own, header)
}

// propose decides about every column by its header and its cells.
func (d *draft) propose() {
	for _, c := range d.columns {
		empty := true
		for _, i := range c.at {
			empty = empty && d.survey.Columns[i].Empty()
		}
		d.preferDates(c)
		switch elsewhere := mapping.Belongs(d.elsewhere, c.header); {
		case isOwn(c.header):
			c.ignored = true
			c.note("Rollcall's own")
		case empty && (c.match.Field == "" || len(c.at) > 1) && !d.isNamedID(c.header):
			c.ignored = true
			c.note("empty in every row")
		case len(c.at) > 1:
			c.note("it stands over %d columns, so none of them can be mapped: ignore them, or rename all but one in the sheet and run init again", len(c.at))
			c.match.Field = ""
		case mapping.HeaderKey(c.header) == "":
			c.note("column %d has no name, so it cannot be mapped: ignore it, or give it one in the sheet and run init again", d.info.Columns[c.at[0]]+1)
			c.match.Field = ""
		case c.match.Field != "" && d.clash(c.match.Field) != nil:
			c.note("%v", d.clash(c.match.Field))
			c.match.Field = ""
		case c.match.Field != "":
			d.fill(c, c.match.Field)
			if empty {
				c.note("empty in every row")
			}
		case elsewhere != "":
			c.note("%s is the field for it, in a job of its own", elsewhere)
		}
	}
	d.proposeID()
	d.proposeAction()
}

// preferDates puts the fields for dates first where the cells are dates. A header such as NDA may mean the mark or its date: a
// field for marks is none for such a column, and a person has to choose.
func (d *draft) preferDates(c *draftColumn) {
	if len(c.at) > 1 || !d.survey.Columns[c.at[0]].AreDates() {
		return
	}
	kind := func(field string) model.Kind { return d.fieldOf(field).Kind }
	if c.match.Field != "" && kind(c.match.Field) == model.Boolean {
		c.match.Field = ""
		c.note("the cells are dates, and no marks")
	}
	if c.match.Field != "" {
		return
	}
	c.match.Rivals = slices.DeleteFunc(slices.Clone(c.match.Rivals), func(r mapping.Rival) bool { return kind(r.Field) == model.Boolean })
	at := slices.IndexFunc(c.match.Rivals, func(r mapping.Rival) bool { return kind(r.Field) == model.Date })
	if at >= 0 {
		dated := c.match.Rivals[at]
		c.match.Rivals = slices.Insert(slices.Delete(c.match.Rivals, at, at+1), 0, dated)
		c.preferred = dated.Field
	}
}

// fill maps a column to a field, and reads its cells for it.
func (d *draft) fill(c *draftColumn, name string) {
	c.field = name
	f := d.fieldOf(name)
	var words []string
	if l := d.target.Lookup(f.Lookup); l != nil {
		words = l.Words()
	}
	c.reading = d.survey.Columns[c.at[0]].ReadAs(c.header, f, words)
}

// fieldOf is a field by its name, which may be that of a custom one.
func (d *draft) fieldOf(name string) *model.Field {
	if i := d.resource.Model.Index(name); i >= 0 {
		return &d.resource.Model.Fields[i]
	}
	custom := d.resource.Custom
	if custom.Definitions == nil { // the job gives its id, so its type is known before the account is asked
		short := name[len(custom.Prefix()):]
		if fields, unknown := custom.Named([]string{name}, []model.Definition{{ID: "1", Name: short}}); len(unknown) == 0 {
			return &fields[0]
		}
	}
	if len(custom.Types()) == 0 { // all of them are text
		return &model.Field{Name: name, Kind: model.String}
	}
	return &custom.Unjudged([]string{name})[0]
}

// isCustom reports whether name is that of a custom field.
func (d *draft) isCustom(name string) bool {
	custom := d.resource.Custom
	return custom != nil && strings.HasPrefix(name, custom.Prefix()) && len(name) > len(custom.Prefix())
}

// columnOf is the column that fills a field, nil if none does.
func (d *draft) columnOf(field string) *draftColumn {
	for _, c := range d.columns {
		if c.field != "" && strings.EqualFold(c.field, field) {
			return c
		}
	}
	return nil
}

// idHeader says whether a header is a name for the ids of the resource, and whether it says of which API: another program has
// a customer ID too.
func (d *draft) idHeader(header string) (named, possible bool) {
	plain := func(text string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" _-.:/#", r) {
				return -1
			}
			return r
		}, mapping.HeaderKey(text))
	}
	got, resource := plain(header), plain(d.resource.Name)
	for _, api := range []string{plain(d.target.Name), plain(d.target.Title)} {
		for _, kind := range []string{"", resource, "record"} {
			if got == api+kind+"id" {
				return true, true
			}
		}
	}
	return false, got == "id" || got == resource+"id" || got == "recordid" || got == plain(d.resource.IDParam) && got != ""
}

// isNamedID reports whether a header names the ids of the resource in so many words.
func (d *draft) isNamedID(header string) bool {
	named, _ := d.idHeader(header)
	return named
}

// proposeID takes a column for the ids of the records if its header says so and its cells do not contradict.
func (d *draft) proposeID() {
	for _, c := range d.columns {
		named, possible := d.idHeader(c.header)
		if !possible || !c.isOpen() || len(c.at) > 1 {
			continue
		}
		k := d.keyOver(c.at)
		repeated, _ := k.evidence.Repeated()
		cells := &d.survey.Columns[c.at[0]]
		switch {
		case !named || repeated > 0 || !cells.AllDigits() && !cells.Empty() || d.idColumn() != nil:
			c.mayBeID = true
			continue
		case cells.Empty():
			c.note("known by its header; empty in every row")
		default:
			c.note("known by its header and its cells: whole numbers, each there once")
		}
		c.isID = true
	}
}

// proposeAction takes a column for the one that says what is to happen to each row, if both its header and all of its cells say so.
func (d *draft) proposeAction() {
	for _, c := range d.columns {
		named := slices.Contains([]string{"action", "actions", "row action", "import action", "sync action", "rollcall action", "operation"}, mapping.HeaderKey(c.header))
		if named && c.isOpen() && len(c.at) == 1 && d.survey.Columns[c.at[0]].AreActions() {
			c.acts = true
			c.note("known by its header and its cells: create, update, upsert or skip")
			return
		}
	}
}

// actionColumn is the column that says what is to happen to each row, nil if there is none.
func (d *draft) actionColumn() *draftColumn {
	for _, c := range d.columns {
		if c.acts {
			return c
		}
	}
	return nil
}

// idColumn is the column with the ids of the records, nil if there is none.
func (d *draft) idColumn() *draftColumn {
	for _, c := range d.columns {
		if c.isID {
			return c
		}
	}
	return nil
}

// conclude adds what no column gives and every record needs, and finds the key among the columns.
func (d *draft) conclude() {
	for _, c := range d.columns {
		switch custom := d.resource.Custom; {
		case c.field == "" || !d.isCustom(c.field):
		case custom.Definitions != nil && custom.Definitions.Parent != "":
			d.addConstant(custom.Definitions.Parent, "which definitions "+custom.Prefix()+" means")
		case custom.Definitions == nil:
			if short := c.field[len(custom.Prefix()):]; strings.Trim(short, "0123456789") != "" {
				d.custom = append(d.custom, &draftValue{name: short, note: "the id of its definition", number: !custom.TextIDs()})
			}
		}
	}
	d.proposeConstants()
	d.proposeKey()
}

// addConstant adds an open value, once.
func (d *draft) addConstant(field, note string) {
	if !slices.ContainsFunc(d.constants, func(v *draftValue) bool { return v.name == field }) && d.columnOf(field) == nil {
		d.constants = append(d.constants, &draftValue{name: field, note: note})
	}
}

// proposeConstants adds the fields that every new record needs and that no column may fill.
func (d *draft) proposeConstants() {
	for i := range d.resource.Model.Fields {
		f := &d.resource.Model.Fields[i]
		if !f.Required && f.In != model.InPath || d.isFilled(f.Name) {
			continue
		}
		if !d.mayBe(f.Name) {
			d.addConstant(f.Name, "every record needs it, and no column is recognised as it; or map one to it and remove this line")
		}
	}
}
