package mapping

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Medium is the kind of file that cells are made for.
type Medium uint8

// The media.
const (
	InText  Medium = iota // every cell is text: a CSV file
	InTypes               // numbers, dates and booleans are cells of their kind: a workbook
)

// Encoder is a [Mapping] in the other direction: it makes rows of records. It is immutable and safe for concurrent use.
//
// Its law is that a row says of a record what the record says, or nothing, or something that is refused: never anything else. So
// it reads every row that it makes with the mapping of the same job, and names what does not come back.
type Encoder struct {
	mapping *Mapping
	medium  Medium
	columns []outlet // in the order of the mapping's columns
	notes   []string
}

// CompileEncoder makes the encoder of a job, which needs no sheet. cfg must have passed [Config.Check], and its tables are the
// lists by which the columns that look up find their names. A job whose header would not mean the same when it is read is
// refused.
func CompileEncoder(cfg *Config, m *model.Model, medium Medium) (*Encoder, error) {
	header, err := exportHeader(cfg, m)
	if err != nil {
		return nil, err
	}
	mp, err := Compile(cfg, m, headerOnly(header), ownAccount)
	if err != nil {
		return nil, err
	}
	e := &Encoder{mapping: mp, medium: medium}
	for i := range mp.columns {
		e.columns = append(e.columns, newOutlet(&mp.columns[i], &m.Fields[mp.columns[i].field], medium))
	}
	e.note(cfg)
	return e, nil
}

// ownAccount is the account that a row is read for on trial: it only has to be that of the mark.
const ownAccount = "export"

// headerOnly is a sheet that Rollcall wrote, without any row.
type headerOnly []string

var _ sheet.Reader = headerOnly(nil)

// Info implements [sheet.Reader].
func (h headerOnly) Info() sheet.Info { return sheet.Info{Marked: true} }

// Header implements [sheet.Reader].
func (h headerOnly) Header() []string { return h }

// Read implements [sheet.Reader].
func (h headerOnly) Read(*sheet.Row) error { return io.EOF }

// Close implements [sheet.Reader].
func (h headerOnly) Close() error { return nil }

// exportHeader is the columns of an exported sheet: the id, those of the job in its order, and what the job needs besides.
func exportHeader(cfg *Config, m *model.Model) ([]string, error) {
	var names []string
	for i := range cfg.Columns {
		col := &cfg.Columns[i]
		for purpose, name := range map[string]string{"identity.id": cfg.Identity.ID, "source.action_column": cfg.ActionColumn} {
			if !col.Ignore && name != "" && normalHeader(name) == normalHeader(col.Header) {
				return nil, fmt.Errorf("the column %q is %s and fills %s; an export needs a column for each", col.Header, purpose, col.Field)
			}
		}
		names = append(names, col.Header)
	}
	names = append(append([]string{cfg.Identity.ID}, names...), cfg.ActionColumn)
	for _, field := range slices.Sorted(maps.Keys(cfg.Compute)) {
		e, err := compileExpression(cfg.Compute[field])
		if err != nil {
			return nil, fmt.Errorf("compute %s: %w", field, err)
		}
		names = append(names, e.columns...)
	}
	names = slices.DeleteFunc(distinct(names), func(name string) bool { return normalHeader(name) == "" })
	for _, name := range names {
		if strings.HasPrefix(name, "_") {
			return nil, fmt.Errorf("the column %q begins with _, as only columns of Rollcall's own do in a sheet that it writes; rename it", name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the job maps no column of %s, so there is nothing to export", m.Name())
	}
	return names, nil
}

// Header is the names of the columns: the id, if the job has a column for it, then those of the job in its order, ignored ones
// too, then that of the action and those that only expressions read.
func (e *Encoder) Header() []string { return e.mapping.header }

// Notes is what is to be said once of all rows: what cannot be exported, and why.
func (e *Encoder) Notes() []string { return e.notes }

// Encode makes the row of a record, which must say what a plan compares with: what the API shows, and what was last seen of
// fields that it does not show. A cell that cannot say what the record does is blank where that leaves the field alone, else
// such that the row is refused. The problems name these cells, what the job itself would change, and every rule for which
// the row would be refused as it is; they have no row number.
func (e *Encoder) Encode(id string, r model.Record) ([]sheet.Cell, []model.Problem) {
	mp := e.mapping
	cells := make([]sheet.Cell, len(mp.header))
	trial := Candidate{Header: mp.header}
	if mp.id >= 0 {
		cells[mp.id] = idCell(id)
	}
	for i := range e.columns {
		column, field := mp.columns[i].column, mp.columns[i].field
		var t *trouble
		if cells[column], t = e.columns[i].write(r[field]); t != nil {
			mp.blame(&trial, column, mp.model.Fields[field].Name, t)
		}
	}
	back := mp.Decode(sheet.Row{Width: len(cells), Cells: cells, ID: id, Mark: "1:" + ownAccount + ":"})
	for _, p := range back.Problems {
		if p.Stops() && !hasColumn(trial.Problems, &p) {
			trial.Problems = append(trial.Problems, p)
		}
	}
	if back.ID != id && !hasProblem(trial.Problems, "id") {
		mp.blame(&trial, mp.id, "id", &trouble{model.CodeBadID, id, quoted(id) + " would be read as " + shownValue(model.Value{Text: back.ID})})
	}
	e.compareDerived(&trial, r, back.Record)
	inColumnOrder(mp.header, trial.Problems)
	return cells, trial.Problems
}

// hasColumn reports whether the cell that p blames has a problem already.
func hasColumn(problems []model.Problem, p *model.Problem) bool {
	return p.Column != "" && slices.ContainsFunc(problems, func(q model.Problem) bool { return q.Column == p.Column })
}

// compareDerived names the fields that the job fills by itself, and with something else than the record has.
func (e *Encoder) compareDerived(trial *Candidate, r, back model.Record) {
	for i := range e.mapping.derived {
		d := &e.mapping.derived[i]
		f, have, set := &e.mapping.model.Fields[d.field], r[d.field], back[d.field]
		if !set.Known() || f.Same(set, have) || f.In == model.InPath && !have.Known() {
			continue
		}
		source := "a constant of the job"
		if d.computed != nil {
			source = "an expression of the job"
		}
		e.mapping.blame(trial, -1, f.Name, &trouble{model.CodeSetByJob, have.Text,
			fmt.Sprintf("the record has %s in %s, and %s sets it to %s", shownValue(have), f.Name, source, quoted(set.Text))})
	}
}

// shownValue is a value as it appears in a message.
func shownValue(v model.Value) string {
	if v.Text == "" {
		return "nothing"
	}
	return quoted(v.Text)
}

// idCell is the cell of an id. It is text in every medium, and refused if another id would be read from it.
func idCell(id string) sheet.Cell {
	if strings.TrimSpace(id) != id {
		return refusedCell()
	}
	return sheet.TextCell(id)
}

// refusedCell is a cell that no column takes.
func refusedCell() sheet.Cell { return sheet.TextCell("#N/A") }

// note collects what is to be said once of all rows.
func (e *Encoder) note(cfg *Config) {
	mapped := map[string]bool{}
	for i := range e.columns {
		b := e.columns[i].binding
		mapped[normalHeader(b.spec.Header)] = true
		f := &e.mapping.model.Fields[b.field]
		switch {
		case b.judged(f):
		case b.spec.LooksUp():
			e.notes = append(e.notes, fmt.Sprintf("%q is exported empty: the list with the names of %s is not at hand", b.spec.Header, f.Name))
		default:
			e.notes = append(e.notes, fmt.Sprintf("%q is exported empty: what kind of field %s is, is not known", b.spec.Header, f.Name))
		}
	}
	for i := range e.mapping.derived {
		d := &e.mapping.derived[i]
		if d.computed == nil {
			continue
		}
		name := e.mapping.model.Fields[d.field].Name
		unmapped := slices.DeleteFunc(slices.Clone(d.computed.columns), func(header string) bool { return mapped[normalHeader(header)] })
		if len(unmapped) > 0 {
			e.notes = append(e.notes, fmt.Sprintf("%s is not exported, for an expression fills it, which cannot be turned round; the columns that only expressions read are empty: %s",
				name, quotedList(unmapped)))
		}
	}
}

// quotedList is names in quotes with commas between.
func quotedList(names []string) string {
	out := make([]string, len(names))
	for i := range names {
		out[i] = quoted(names[i])
	}
	return strings.Join(out, ", ")
}
