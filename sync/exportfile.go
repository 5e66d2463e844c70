package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// deliver keeps what was seen as the base of the sheet, and then puts the sheet in its place: there is no sheet of which nobody
// knows what it was made of.
func (e *exporting) deliver(ctx context.Context) error {
	unshown, err := e.lastSent(ctx)
	if err != nil {
		return err
	}
	records := e.records(ctx, unshown)
	lineage := ledger.Lineage{Account: e.account.text(), Resource: e.resource(), Name: e.run.ID}
	e.opts.Progress.Stage("keeping what was seen", e.pages.records)
	if err := e.ledger.SaveBases(ctx, e.opts.Job.Resource.Model, lineage, stepping(records, e.opts.Progress)); err != nil {
		return err
	}
	e.opts.Progress.Stage("writing "+filepath.Base(e.told.File), e.pages.records)
	temp, err := e.ledger.TempDir()
	if err != nil {
		return err
	}
	draft := filepath.Join(temp, "export."+exportKind(e.told.File))
	if err := e.writeSheet(draft, temp, stepping(records, e.opts.Progress)); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(e.told.File), err)
	}
	if e.run.Source.SHA256, err = fileHash(draft); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(e.told.File), err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := e.told.checkFree(); err != nil { // somebody else may have put a file there meanwhile
		return err
	}
	if err := publish(draft, e.told.File); err != nil {
		return err
	}
	e.told.Records, e.run.Source.Rows = e.pages.records, e.pages.records
	e.run.Hashes.Sheet = e.run.Source.SHA256
	return e.pages.remove()
}

// stepping shows how far records are read.
func stepping(records iter.Seq2[plan.Found, error], p Progress) iter.Seq2[plan.Found, error] {
	return func(yield func(plan.Found, error) bool) {
		for f, err := range records {
			p.Step()
			if !yield(f, err) {
				return
			}
		}
	}
}

// records is what was read, completed with what was last sent of fields that the API does not show.
func (e *exporting) records(ctx context.Context, unshown map[string]model.Record) iter.Seq2[plan.Found, error] {
	return func(yield func(plan.Found, error) bool) {
		for f, err := range e.pages.all() {
			if err == nil {
				err = ctx.Err()
			}
			for i, v := range unshown[f.ID] {
				if v.Known() {
					f.Record[i] = v
				}
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

// lastSent is what was last sent of the fields that no record shows, by record: a sheet without them would look as if they were
// empty.
func (e *exporting) lastSent(ctx context.Context) (map[string]model.Record, error) {
	m := e.opts.Job.Resource.Model
	hidden := slices.DeleteFunc(e.opts.Job.sends(), func(i int) bool { return e.pages.shown[i] })
	sent := map[string]model.Record{}
	if len(hidden) == 0 || e.pages.records == 0 {
		return sent, nil
	}
	for f, err := range e.ledger.Sent(ctx, m, e.account.text(), e.resource()) {
		if err != nil {
			return nil, err
		}
		for _, i := range hidden {
			if !f.Record[i].Known() || !e.pages.has(f.ID) {
				continue
			}
			if sent[f.ID] == nil {
				sent[f.ID] = m.NewRecord()
			}
			sent[f.ID][i] = f.Record[i]
		}
	}
	return sent, nil
}

// writeSheet writes the sheet to a file of its own, on the disk when it returns.
func (e *exporting) writeSheet(path, temp string, records iter.Seq2[plan.Found, error]) error {
	return writeExport(path, e.opts.Job, e.encoder, &reconcile.ExportSheet{Name: e.worksheet(), Marker: e.marker(), Version: e.opts.Version, Temp: temp},
		func(w reconcile.ExportWriter) error {
			row := 2 // of the workbook; in a CSV file the line that the record begins in
			for f, err := range records {
				if err != nil {
					return err
				}
				cells, problems := e.encoder.Encode(f.ID, f.Record)
				e.remarks.add(row, f.ID, problems)
				if err := w.Add(f.ID, cells); err != nil {
					return err
				}
				if row++; exportKind(path) == "csv" {
					row += lineBreaks(cells)
				}
			}
			return nil
		})
}

// lineBreaks is how many lines a record takes beyond its first.
func lineBreaks(cells []sheet.Cell) int {
	n := 0
	for i := range cells {
		n += strings.Count(cells[i].Text, "\n")
	}
	return n
}

// writeExport writes an exported sheet with the rows that fill gives it.
func writeExport(path string, job *Job, encoder *mapping.Encoder, s *reconcile.ExportSheet, fill func(reconcile.ExportWriter) error) error {
	s.Columns, s.IDs = job.exportColumns(encoder), job.Mapping.Identity.ID == ""
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	begin := reconcile.NewExportCSV
	if exportKind(path) == "xlsx" {
		begin = reconcile.NewExportXLSX
	}
	w, err := begin(file, s)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if err = fill(w); err == nil {
		err = w.Close()
	}
	w.Discard()
	return errors.Join(err, file.Sync(), file.Close())
}

// exportColumns is the columns as the writer takes them.
func (j *Job) exportColumns(encoder *mapping.Encoder) []reconcile.ExportColumn {
	m := j.Resource.Model
	var out []reconcile.ExportColumn
	for i := range encoder.Header() {
		c := encoder.Column(i)
		column := reconcile.ExportColumn{Header: c.Header, Kind: c.Kind, Words: c.Words, Strict: true, Format: c.Format, Required: c.Required, Comment: c.Comment}
		if c.Kind == sheet.Date { // a bare slash stands for whatever separates dates in a country, and brings the country's order along
			column.Format = strings.ReplaceAll(c.Format, "/", `\/`)
		}
		if f := m.Index(c.Field); c.Field != "" && f >= 0 {
			if rule := ruleOf(&m.Fields[f]); rule != "" {
				column.Comment += "\nLimits: " + rule + "."
			}
			column.Strict = !slices.ContainsFunc(j.Mapping.Columns, func(col mapping.Column) bool { return col.Header == c.Header && col.LooksUp() })
		}
		out = append(out, column)
	}
	return out
}

// worksheet is the name of the sheet in a workbook: that of the job, so that the job finds it.
func (e *exporting) worksheet() string {
	if exportKind(e.told.File) != "xlsx" {
		return ""
	}
	return worksheetOf(e.opts.Job)
}

func worksheetOf(j *Job) string {
	if j.Source.Sheet != "" && !strings.EqualFold(j.Source.Sheet, "Lists") {
		return j.Source.Sheet
	}
	return strings.ToUpper(j.Resource.Name[:1]) + j.Resource.Name[1:] + "s"
}

// publish moves a whole file to its place in one step. Where they are on different disks it is copied beside that place first.
func publish(draft, path string) error {
	if err := os.Rename(draft, path); err == nil {
		return syncFolder(path)
	}
	in, err := os.Open(draft)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(out.Name())))
	}
	return syncFolder(path)
}

// syncFolder makes the name of a file durable. Not every system can do that to a folder; the file itself is safe.
func syncFolder(path string) error {
	if d, err := os.Open(filepath.Dir(path)); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// remarks is what the records hold that a sheet cannot, or that a sync would not take.
type remarks struct {
	groups  reconcile.ProblemGroups
	records int // that have any
	first   []RecordRemark
}

// RecordRemark is what is wrong with one record of an export.
type RecordRemark struct {
	ID      string     `json:"id"`
	Row     int        `json:"row"` // of the exported sheet
	Column  string     `json:"column"`
	Field   string     `json:"field"`
	Code    model.Code `json:"code"`
	Message string     `json:"message"`
}

// mostRemarks is how many are kept with their records; all are counted.
const mostRemarks = 1000

func (r *remarks) add(row int, id string, problems []model.Problem) {
	if len(problems) > 0 {
		r.records++
	}
	for i := range problems {
		p := &problems[i]
		p.Row = row
		r.groups.Add(p)
		if len(r.first) < mostRemarks {
			r.first = append(r.first, RecordRemark{id, row, p.Column, p.Field, p.Code, p.Message})
		}
	}
}

// byCode is how often each code occurred.
func (r *remarks) byCode() map[model.Code]int {
	out := map[model.Code]int{}
	for _, g := range r.groups.List() {
		out[g.Code] += g.Count
	}
	return maps.Clone(out)
}
