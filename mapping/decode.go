package mapping

import (
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Candidate is a row of the sheet as a record of the model, with everything that is wrong with it.
type Candidate struct {
	Seq      int64           // position among the rows of the sheet, from 1
	Row      sheet.Row       // the row as read
	Record   model.Record    // typed values; Absent where the sheet says nothing
	ID       string          // remote id that the sheet gives, "" for none
	Key      string          // normalised identity key, "" if a part of it is blank
	Action   string          // word of the action column, lower case, "" for none
	Problems []model.Problem // in column order
	OnCreate []model.Problem // stop the row only if it turns out to be a create
	Unjudged []int           // fields whose cells could not be judged: what the account has for them is not at hand
	Links    []int           // fields whose cells name other records of the resource; they hold the names until the plan has found them
	Header   []string        // of the sheet, the same for all rows
}

// Stopped is the first problem that keeps the row from being sent in any case, nil if there is none.
func (c *Candidate) Stopped() *model.Problem { return model.FirstStopping(c.Problems) }

// Blame adds a problem that somebody else has found, in column order.
func (c *Candidate) Blame(p model.Problem) {
	c.Problems = append(slices.Clip(c.Problems), p)
	inColumnOrder(c.Header, c.Problems)
}

// IfCreated is everything that is wrong with the row if it turns out to be a create, in column order.
func (c *Candidate) IfCreated() []model.Problem {
	all := slices.Concat(c.Problems, c.OnCreate)
	inColumnOrder(c.Header, all)
	return all
}

// Decode turns a row into a candidate, which keeps the row and its cells. It never fails: what is wrong is in the
// candidate's problems.
func (mp *Mapping) Decode(row sheet.Row) Candidate {
	c := Candidate{Row: row, Record: mp.model.NewRecord(), Header: mp.header}
	mp.decode(&c, &keyRoom{})
	return c
}

// decode fills in a candidate of which row, record and header are there; what the record has of another row is gone then. Its key takes of the room for keys.
func (mp *Mapping) decode(c *Candidate, keys *keyRoom) {
	if c.Row.Width != mp.width {
		c.Problems = append(c.Problems, raggedRow(&c.Row, mp.width))
	}
	mp.warnOfView(c)
	plain := true // nothing has to be looked at closely
	for i := range mp.columns {
		b := &mp.columns[i]
		if value, ok := b.glance.value(&c.Row.Cells[b.column], &mp.model.Fields[b.field]); ok {
			c.Record[b.field] = value
			continue
		}
		plain = false
		c.Record[b.field] = model.Value{}
		mp.decodeCell(c, b)
	}
	for i := range mp.derived {
		plain = plain && mp.derived[i].computed == nil
		mp.derive(c, &mp.derived[i])
	}
	mp.identify(c, keys)
	if c.Action == actionSkip { // whatever is in it, nobody is going to send it
		c.Problems, c.Unjudged, c.Links = nil, nil, nil
		return
	}
	if !mp.recognise(c) && !(plain && c.Problems == nil && mp.complete(c)) {
		mp.validate(c)
	}
}

// complete reports whether the record of a candidate lacks nothing, whatever becomes of it.
func (mp *Mapping) complete(c *Candidate) bool {
	return mp.model.Complete(c.Record, model.ForUpdate) && (!mp.mayCreate(c) || mp.model.Complete(c.Record, model.ForCreate))
}

// decodeCell converts one cell and stores its value or its problem.
func (mp *Mapping) decodeCell(c *Candidate, b *binding) {
	f, cell := &mp.model.Fields[b.field], &c.Row.Cells[b.column]
	odd := oddities(cell)
	value, trouble := b.read(cell, f, odd)
	if trouble != nil {
		mp.blame(c, b.column, f.Name, trouble)
		return
	}
	c.Record[b.field] = value
	if value.Known() {
		mp.warnOfCell(c, b, odd)
	}
	switch {
	case !value.Known() || value.Kind == model.Null:
	case b.spec.Link:
		c.Links = append(c.Links, b.field)
	case !b.judged(f):
		c.Unjudged = append(c.Unjudged, b.field)
	}
}

// read is what a cell says about its field, or why nobody can tell. odd is what is odd about its characters.
func (b *binding) read(cell *sheet.Cell, f *model.Field, odd glyphs) (model.Value, *trouble) {
	value, failed := b.convert(cell, f)
	return value, b.unsound(cell, f, odd, failed)
}

// blame adds a problem in a column, -1 for none.
func (mp *Mapping) blame(c *Candidate, column int, field string, t *trouble) {
	p := model.NewProblem(t.code, field, t.value, t.message)
	p.Row = c.Row.Number
	if column >= 0 {
		p.Column = mp.header[column]
	}
	c.Problems = append(c.Problems, p)
}

// derive fills a field that no column fills.
func (mp *Mapping) derive(c *Candidate, d *derived) {
	c.Record[d.field] = d.constant
	if d.computed == nil {
		return
	}
	if mp.exported && d.unsaid(c, mp.id) {
		return
	}
	f := &mp.model.Fields[d.field]
	texts := make(map[string]string, len(d.reads))
	for n, column := range d.reads {
		cell := &c.Row.Cells[column]
		if t := damaged(cell, isExact(f)); t != nil {
			mp.blame(c, column, f.Name, t)
			return
		}
		texts[d.computed.columns[n]] = cell.Text
	}
	text, err := d.computed.eval(texts)
	if err != nil {
		mp.blame(c, -1, f.Name, &trouble{model.CodeComputeFailed, "", err.Error()})
		return
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	value, code := f.Parse(text)
	if code != "" {
		mp.blame(c, -1, f.Name, &trouble{code, text, "the expression gave " + quoted(text) + ", which is not " + KindName(f.Kind)})
		return
	}
	c.Record[d.field] = value
	if f.Custom != nil && f.Custom.Unjudged {
		c.Unjudged = append(c.Unjudged, d.field)
	}
}

// unsaid reports whether an exported row says nothing of a computed field. An export leaves the columns empty that only
// expressions read, and what an expression makes of nothing is not what the record has.
func (d *derived) unsaid(c *Candidate, id int) bool {
	exists := c.Row.ID != "" || id >= 0 && strings.TrimSpace(c.Row.Cells[id].Text) != ""
	return exists && len(d.reads) > 0 && !slices.ContainsFunc(d.reads, func(column int) bool {
		cell := &c.Row.Cells[column]
		return strings.TrimSpace(cell.Text) != "" || cell.Damage != sheet.DamageNone
	})
}

// identify reads the action, the id and the key of the row.
func (mp *Mapping) identify(c *Candidate, keys *keyRoom) {
	if mp.action >= 0 {
		mp.readAction(c, &c.Row.Cells[mp.action])
	}
	if mp.id >= 0 {
		mp.readID(c, &c.Row.Cells[mp.id])
	}
	if c.ID == "" && markedFor(c.Row.Mark, mp.account) {
		c.ID = strings.TrimSpace(c.Row.ID)
		if t := unsoundID(c.ID); t != nil {
			mp.blame(c, -1, "id", t)
		}
	}
	if c.ID != "" && isForeign(c.Row.Mark, mp.account) {
		mp.blame(c, mp.id, "id", &trouble{model.CodeForeignID, c.ID, "the sheet is of another account, where the id " + quoted(c.ID) + " is that of another record"})
	}
	c.Key = keys.key(mp.key, c.Record)
	if c.Key == "" && c.ID == "" {
		mp.blameKey(c)
	}
}

// actionSkip is the word of a row that is to be left alone.
const actionSkip = "skip"

// isAction reports whether a text in lower case is a word of an action column. A blank one means the mode of the job.
func isAction(word string) bool {
	switch word {
	case "", "create", "update", "upsert", actionSkip:
		return true
	}
	return false
}

// readAction reads the cell that overrides the mode for the row.
func (mp *Mapping) readAction(c *Candidate, cell *sheet.Cell) {
	if t := damaged(cell, false); t != nil {
		mp.blame(c, mp.action, "", t)
		return
	}
	if c.Action = strings.ToLower(strings.TrimSpace(cell.Text)); !isAction(c.Action) {
		mp.blame(c, mp.action, "", &trouble{model.CodeUnknownAction, cell.Text,
			quoted(cell.Text) + " is not an action; write create, update, upsert, skip or nothing"})
	}
}

// readID reads the cell with the remote id.
func (mp *Mapping) readID(c *Candidate, cell *sheet.Cell) {
	c.ID = strings.TrimSpace(cell.Text)
	t := damaged(cell, true)
	switch {
	case t != nil:
	case cell.Kind == sheet.Date:
		t = &trouble{model.CodeDateInText, cell.Text, "the cell holds a date where an id is needed"}
	default:
		t = unsoundID(c.ID)
	}
	if t != nil {
		mp.blame(c, mp.id, "id", t)
	}
}

// blameKey says which parts of the key are missing in a row without an id. A part that could not be read has its problem
// already.
func (mp *Mapping) blameKey(c *Candidate) {
	if len(mp.key) == 0 && !hasProblem(c.Problems, "id") {
		mp.blame(c, mp.id, "id", &trouble{model.CodeBlankKey, "", "the row has no id, and the job has no key to find its record by"})
	}
	for _, i := range mp.key {
		f := &mp.model.Fields[i]
		if model.KeyPart(c.Record[i]) != "" || hasProblem(c.Problems, f.Name) {
			continue
		}
		t := &trouble{model.CodeBlankKey, "", "the key field " + f.Name + " is blank, so the row cannot be told from others"}
		if f.Required {
			t = missing(f)
		}
		mp.blame(c, mp.source[i], f.Name, t)
	}
}

// validate adds what the model says, and puts all problems into column order.
func (mp *Mapping) validate(c *Candidate) {
	for i := range mp.model.Fields {
		f := &mp.model.Fields[i]
		if f.In == model.InPath && !c.Record[i].Known() && !hasProblem(c.Problems, f.Name) {
			mp.blame(c, mp.source[i], f.Name, missing(f))
		}
	}
	c.Problems = append(c.Problems, mp.place(c, mp.ofTheRow(mp.model.Validate(nil, c.Record, model.ForUpdate)))...)
	if mp.mayCreate(c) {
		c.OnCreate = mp.place(c, mp.model.Validate(nil, withoutNulls(c.Record), model.ForCreate))
	}
	inColumnOrder(mp.header, c.Problems)
	inColumnOrder(mp.header, c.OnCreate)
}

// ofTheRow is problems without what an existing record may make good: a field that another one asks for is taken from what
// the API has. The plan judges that.
func (mp *Mapping) ofTheRow(found []model.Problem) []model.Problem {
	return slices.DeleteFunc(found, func(p model.Problem) bool { return p.Code == model.CodeNeedsField })
}

// mayCreate reports whether the row could turn out to be a new record: a row with an id never is, and its own action
// counts for more than the mode.
func (mp *Mapping) mayCreate(c *Candidate) bool {
	switch c.Action {
	case "update", actionSkip:
		return false
	case "":
		return c.ID == "" && !mp.updates
	}
	return c.ID == ""
}

// withoutNulls is a record as it is created: there is nothing yet that could be cleared.
func withoutNulls(r model.Record) model.Record {
	isNull := func(v model.Value) bool { return v.Kind == model.Null }
	if !slices.ContainsFunc(r, isNull) {
		return r
	}
	out := slices.Clone(r)
	for i := range out {
		if isNull(out[i]) {
			out[i] = model.Value{}
		}
	}
	return out
}

// place gives row and column to the problems that the model found. A field whose cell is wrong already is left out: one
// cause is told once. A warning hides nothing but itself.
func (mp *Mapping) place(c *Candidate, found []model.Problem) []model.Problem {
	kept := found[:0]
	for _, p := range found {
		// A null stands for a cell that the job clears on purpose; Check has judged whether it may.
		i := mp.model.Index(p.Field)
		if p.Code == model.CodeNotNullable || told(c.Problems, p) || slices.Contains(c.Unjudged, i) || slices.Contains(c.Links, i) {
			continue
		}
		p.Row, p.Column = c.Row.Number, mp.ColumnOf(p.Field)
		if p.Code == model.CodeNeedsField {
			mp.adviseOnNeed(c, &p)
		}
		kept = append(kept, p)
	}
	return kept
}

// adviseOnNeed says of a field that is asked for and that nothing in the job gives what the job can do about it: no cell of the
// sheet could help.
func (mp *Mapping) adviseOnNeed(c *Candidate, p *model.Problem) {
	needed := mp.model.Index(p.Field)
	isHere := func(d derived) bool { return d.field == needed }
	asker := mp.model.AskerOf(needed, c.Record, model.ForCreate)
	if asker < 0 || mp.source[needed] >= 0 || slices.ContainsFunc(mp.derived, isHere) {
		return
	}
	name := mp.model.Fields[asker].Name
	remedy := " a column or a constant to " + p.Field + ", or take " + name + " out of the job"
	if p.Column = mp.ColumnOf(name); p.Column != "" {
		remedy = " a column or a constant to " + p.Field + ", or ignore " + p.Column
	}
	p.Message, p.Hint = p.Message+"; map"+remedy, "Map"+remedy+"."
}

// inColumnOrder sorts problems by the columns of the sheet.
func inColumnOrder(header []string, problems []model.Problem) {
	if len(problems) > 1 {
		slices.SortStableFunc(problems, func(a, b model.Problem) int { return position(header, &a) - position(header, &b) })
	}
}

// position is where a problem stands among the columns. What is said of the row as a whole comes first, for it may be what
// misplaced or blanked its cells; other problems without a column come last.
func position(header []string, p *model.Problem) int {
	if isOfRow(p.Code) {
		return -1
	}
	if i := slices.Index(header, p.Column); i >= 0 && p.Column != "" {
		return i
	}
	return len(header)
}

// hasProblem reports whether one of problems blames the field.
func hasProblem(problems []model.Problem, field string) bool {
	return slices.ContainsFunc(problems, func(p model.Problem) bool { return p.Field == field })
}

// told reports whether problems say already what p does: that the field is wrong, or the very same.
func told(problems []model.Problem, p model.Problem) bool {
	return slices.ContainsFunc(problems, func(q model.Problem) bool { return q.Field == p.Field && (q.Stops() || q.Code == p.Code) })
}

// isForeign reports whether a mark is of another account than the one with that fingerprint. What is no mark at all tells nothing.
func isForeign(mark, account string) bool {
	return account != "" && strings.Count(mark, ":") >= 2 && !markedFor(mark, account)
}

// markedFor reports whether a mark, version:account:run, is of the account with that fingerprint.
func markedFor(mark, account string) bool {
	version, rest, _ := strings.Cut(mark, ":")
	owner, _, ok := strings.Cut(rest, ":")
	return ok && version == "1" && account != "" && owner == account
}
