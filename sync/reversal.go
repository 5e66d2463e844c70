package sync

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// reversal is a run that is taken back: the rows of the undo that does so. Each is a change of that run, turned round: its record
// is what the fields were before, its base what the run has made of them. So a field that is neither now was changed since.
type reversal struct {
	session *session
	run     string // id
	model   *model.Model
	fields  []int  // that the run has changed, in the order of the model
	at      before // the row that is being planned
}

// before is what one row of a run has made of a record.
type before struct {
	id   string
	base model.Record // what was sent of the fields that differed
}

var _ plan.Bases = (*reversal)(nil)

// The columns of an undo's input that stand before the fields.
const (
	columnRow = "row of the run"
	columnID  = "id"
	columnKey = "key"
)

// inputName is the input of an undo within the folder of its run.
const inputName = "input.csv"

// emptyInput makes the folder of an undo, whose input is written later.
func emptyInput(dir string) (*input, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the run's folder: %w", err)
	}
	return storedInput(dir, inputOptions{Name: inputName, HeaderRow: 1, Delimiter: ",", Quote: `"`, Encoding: "utf-8"}), nil
}

// open writes the input of the undo: the rows of the run that have something to take back, in its order, with the values to go
// back to. They are for people and for the report; the values that are sent come from the ledger.
func (r *reversal) open(ctx context.Context) error {
	s := r.session
	s.opts.Progress.Stage("reading run "+r.run, -1)
	rows, err := r.survey(ctx)
	if err != nil {
		return err
	}
	if rows == 0 {
		return fmt.Errorf("%w: run %s has created and updated nothing", ErrNothingToUndo, r.run)
	}
	if err := r.write(ctx, s.input.copy); err != nil {
		return fmt.Errorf("write what run %s has changed: %w", r.run, err)
	}
	if s.input.hash, err = fileHash(s.input.copy); err != nil {
		return fmt.Errorf("write what run %s has changed: %w", r.run, err)
	}
	s.rows = r
	return nil
}

// survey finds out which fields the run has changed, and in how many rows.
func (r *reversal) survey(ctx context.Context) (rows int, err error) {
	changed := make([]bool, len(r.model.Fields))
	for d, err := range r.session.ledger.Done(ctx, r.model, r.run) {
		if err != nil {
			return 0, err
		}
		rows++
		for _, f := range r.changes(&d) {
			changed[r.model.Index(f.Field)] = true
		}
		r.session.opts.Progress.Step()
	}
	for i, yes := range changed {
		if yes {
			r.fields = append(r.fields, i)
		}
	}
	return rows, nil
}

// changes is what a row has changed: nothing that can be told of one in doubt, and all of it for one that was created.
func (r *reversal) changes(d *ledger.Done) []plan.FieldChange {
	if d.Status() != plan.Updated {
		return nil
	}
	return d.Change.FieldChanges(r.model)
}

// write writes the input.
func (r *reversal) write(ctx context.Context, path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	cells := []string{columnRow, columnID, columnKey}
	for _, i := range r.fields {
		cells = append(cells, r.model.Fields[i].Name)
	}
	if err := w.Write(cells); err != nil {
		return err
	}
	for d, err := range r.session.ledger.Done(ctx, r.model, r.run) {
		if err != nil {
			return err
		}
		clear(cells)
		cells[0], cells[1], cells[2] = strconv.Itoa(d.Change.Row), recordOf(&d), cellText(shownKey(d.Change.Key))
		for _, c := range r.changes(&d) {
			at, _ := slices.BinarySearch(r.fields, r.model.Index(c.Field))
			cells[3+at] = "(empty)"
			if c.Before.Text != "" {
				cells[3+at] = cellText(c.Before.Text)
			}
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), f.Sync())
}

// cellText is a text as a cell can hold it.
func cellText(text string) string {
	const most = 32767 // characters, as in Excel
	if len(text) > most {
		if long := []rune(text); len(long) > most {
			text = string(long[:most-1]) + "…"
		}
	}
	return strings.ReplaceAll(text, "\x00", "␀")
}

// recordOf is the id of the record that a row has written.
func recordOf(d *ledger.Done) string {
	if d.Outcome.ID != "" {
		return d.Outcome.ID
	}
	return d.Change.ID
}

// Run makes a candidate of every row that the run has written, in its order.
func (r *reversal) Run(ctx context.Context, in sheet.Reader, yield func(*mapping.Candidate) error) error {
	seq := int64(0)
	for d, err := range r.session.ledger.Done(ctx, r.model, r.run) {
		if err != nil {
			return err
		}
		seq++
		var row sheet.Row
		err := in.Read(&row)
		if err == nil && row.Cells[1].Text != recordOf(&d) || errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s is not about the rows of run %s any more; run `rollcall undo %s` again", filepath.Base(r.session.input.copy), r.run, r.run)
		}
		if err != nil {
			return err
		}
		c := r.candidate(&d, row)
		c.Seq = seq
		if err := yield(c); err != nil {
			return err
		}
	}
	return nil
}

// ColumnOf is the column of the input that fills a field.
func (r *reversal) ColumnOf(field string) string {
	if field == "id" {
		return columnID
	}
	i := r.model.Index(field)
	if _, is := slices.BinarySearch(r.fields, i); is {
		return r.model.Fields[i].Name
	}
	return ""
}

// Base is what the run has made of the record that is being planned.
func (r *reversal) Base(_ context.Context, id string) (model.Record, error) {
	if id != r.at.id {
		return nil, nil
	}
	return r.at.base, nil
}

// candidate turns a row round. What cannot be taken back of it is a problem that stops it.
func (r *reversal) candidate(d *ledger.Done, row sheet.Row) *mapping.Candidate {
	row.Mark = r.session.marker() // its id tells it from others of its key
	c := &mapping.Candidate{Row: row, Record: r.model.NewRecord(), ID: recordOf(d), Key: d.Change.Key}
	r.at = before{id: c.ID, base: r.model.NewRecord()}
	for i := range r.model.Fields {
		if r.model.Fields[i].In == model.InPath && i < len(d.Change.Record) {
			c.Record[i] = d.Change.Record[i]
		}
	}
	stop := func(code model.Code, field, value, message string) {
		p := model.NewProblem(code, field, value, message)
		p.Row, p.Column = row.Number, r.ColumnOf(field)
		c.Problems = append(c.Problems, p)
	}
	switch d.Status() {
	case plan.Created:
		stop(model.CodeUndoCreate, "", "", fmt.Sprintf("run %s has created record %s, and the API has no way to delete it; remove it by hand if it should not be there", r.run, c.ID))
	case plan.InDoubt:
		stop(model.CodeUndoDoubt, "", "", fmt.Sprintf("what became of row %d of run %s is not known; settle it with `rollcall resolve %s`, then undo the run again", d.Change.Row, r.run, r.run))
	default:
		for _, f := range r.changes(d) {
			i := r.model.Index(f.Field)
			r.at.base[i] = f.After
			var why string
			if c.Record[i], why = r.former(i, f.Before); why != "" {
				stop(model.CodeUndoField, f.Field, f.Before.Text, f.Field+" cannot go back: "+why)
			}
		}
		for _, name := range d.Gone {
			stop(model.CodeUndoField, name, "", name+" cannot go back: "+r.model.Name()+" does not have this field any more")
		}
	}
	return c
}

// former is what has to be sent for a field to be again as it was, or why that is not possible. Nothing is guessed.
func (r *reversal) former(i int, was model.Value) (send model.Value, why string) {
	f, planner := &r.model.Fields[i], r.session.planner
	if was.Known() && was.Text != "" {
		if !f.Fits(was) {
			return model.Value{}, fmt.Sprintf("the API showed it as %q, which cannot be sent", was.Text)
		}
		return was, r.broken(i, was)
	}
	empty := "it was empty"
	if !was.Known() { // nobody knows more before the API was listed
		empty = "the API showed nothing of it"
	}
	switch {
	case !was.Known() && planner != nil && planner.Hides(i):
		return model.Value{}, "the API never shows it, so nobody knows what it was"
	case f.Required && f.Clear == model.ClearOmit:
		return model.Value{}, empty + ", and every record needs it"
	case f.Clear == model.ClearUndocumented && !r.session.opts.Job.Mapping.AllowUndocumented:
		return model.Value{}, empty + ", and it is not documented how it is emptied; allow_undocumented: true in the job sends null"
	case f.Clear == model.ClearEmpty:
		return model.Value{Kind: model.String}, ""
	}
	return model.Value{Kind: model.Null}, ""
}

// broken says which rule of today a value breaks that the record had once, "" if none: the API would refuse it.
func (r *reversal) broken(i int, was model.Value) string {
	record := r.model.NewRecord()
	record[i] = was
	for _, p := range r.model.Validate(nil, record, model.ForUpdate) {
		if p.Field == r.model.Fields[i].Name && p.Stops() {
			return fmt.Sprintf("%q breaks a rule of the API: %s", was.Text, p.Message)
		}
	}
	return ""
}

// sends is the fields of the body that the undo may send: those that it takes back, and what goes whole with them.
func (r *reversal) sends() []int {
	return r.session.opts.Job.along(func(i int) bool {
		_, is := slices.BinarySearch(r.fields, i)
		return is
	})
}

// adapt makes options of a plan those of an undo.
func (r *reversal) adapt(o *plan.Options) {
	o.Mode, o.Known, o.Recreate, o.Bases, o.Undone, o.Exported = plan.ModeUndo, nil, false, r, nil, nil
}
