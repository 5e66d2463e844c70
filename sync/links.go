package sync

import (
	"context"
	"fmt"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// link marks the columns that name other records of the job's own resource: their lookup lists what the job lists, so the plan finds
// them itself, among the rows of the sheet, too, and no list has to be read for it. A field by which records are told apart
// cannot wait until the record above is there.
func (j *Job) link() {
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		col.Link = !col.Ignore && col.Lookup != "" && !j.isKey(col.Field) && j.linkOf(col) != nil
	}
}

// linkOf is a column as a link, nil if it looks other things up.
func (j *Job) linkOf(col *mapping.Column) *plan.Link {
	m, list := j.Resource.Model, j.Resource.List
	i := m.Index(col.Field)
	if i < 0 || list == nil || m.Fields[i].Reading.Names {
		return nil
	}
	l := j.Target.Lookup(m.Fields[i].Lookup)
	if l == nil || l.Then != nil || l.Operation.ID != list.Operation.ID || l.ID != j.Resource.IDField {
		return nil
	}
	by := m.Index(l.By[col.Lookup])
	if by < 0 || m.Fields[by].In != model.InBody || m.Fields[by].Reading.Path != "" {
		return nil
	}
	return &plan.Link{Field: m.Fields[i].Name, By: m.Fields[by].Name}
}

// links is the columns that the job has marked so.
func (j *Job) links() []plan.Link {
	var links []plan.Link
	for i := range j.Mapping.Columns {
		if col := &j.Mapping.Columns[i]; col.Link {
			links = append(links, *j.linkOf(col))
		}
	}
	return links
}

// unlink makes the names of other records those of a list again, for who has the records and wants their names.
func (j *Job) unlink() {
	for i := range j.Mapping.Columns {
		j.Mapping.Columns[i].Link = false
	}
}

// relate finds out whom the rows of the sheet name, and which of them wait for others. That takes a reading of its own, if any
// row names anybody.
func (s *session) relate(ctx context.Context) error {
	if !s.planner.Relates() {
		return nil
	}
	s.opts.Progress.Stage("finding who belongs to whom", -1)
	err := s.eachRow(ctx, func(c *mapping.Candidate) error {
		s.opts.Progress.Step()
		return s.planner.Trace(ctx, s.client, c)
	})
	if err != nil {
		return err
	}
	return s.planner.Relate(ctx, s.client)
}

// noteWaiting says how many rows wait for others.
func (s *session) noteWaiting() {
	if n := s.stored.Tally.Waiting; n > 0 {
		s.opts.Progress.Note(countOf(n, "row waits", "rows wait") + " for the record of another row, which is created first")
	}
}

// waitText is what a field is to become that holds the id of a record which another row creates.
func waitText(w *plan.Wait) FieldText {
	return FieldText{Field: w.Name, After: fmt.Sprintf("the id of row %d, which is created first", w.Row)}
}
