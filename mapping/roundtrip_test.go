package mapping_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// remote is a record as an API has it.
type remote struct {
	id     string
	record model.Record
}

// exported is a record as a sheet has it.
type exported struct {
	cells    []sheet.Cell
	problems []model.Problem
}

// encoder is the encoder of a configuration that must be right.
func encoder(t testing.TB, cfg *mapping.Config, m *model.Model, medium mapping.Medium) *mapping.Encoder {
	t.Helper()
	for _, f := range cfg.Check(m) {
		t.Fatalf("the configuration is wrong: %v: %s", f.Path, f.Message)
	}
	e, err := mapping.CompileEncoder(cfg, m, medium)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// mark is what the _rollcall column of the sheets of these tests holds.
const mark = "1:account:run"

// inCSV writes rows into a CSV file as an export does, and reads them back by the same job.
func inCSV(t testing.TB, cfg *mapping.Config, m *model.Model, e *mapping.Encoder, records []remote, rows []exported) []mapping.Candidate {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sheet.NewCSVWriter(file, append(append([]string{}, e.Header()...), "_id", "_rollcall"))
	for i := range rows {
		var texts []string
		for _, cell := range rows[i].cells {
			texts = append(texts, cell.Text)
		}
		err = errors.Join(err, w.Write(append(texts, records[i].id, mark)))
	}
	if err = errors.Join(err, w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	in, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	mp, err := mapping.Compile(cfg, m, in, "account")
	if err != nil {
		t.Fatal(err)
	}
	var back []mapping.Candidate
	for {
		var row sheet.Row
		if err := in.Read(&row); errors.Is(err, io.EOF) {
			return back
		} else if err != nil {
			t.Fatal(err)
		}
		back = append(back, mp.Decode(row))
	}
}

// inCells reads rows back as they are, as those of a workbook come.
func inCells(t testing.TB, cfg *mapping.Config, m *model.Model, e *mapping.Encoder, records []remote, rows []exported) []mapping.Candidate {
	t.Helper()
	mp, err := mapping.Compile(cfg, m, &fake{header: e.Header(), marked: true}, "account")
	if err != nil {
		t.Fatal(err)
	}
	var back []mapping.Candidate
	for i := range rows {
		back = append(back, mp.Decode(sheet.Row{Number: i + 2, Width: len(rows[i].cells), Cells: rows[i].cells, ID: records[i].id, Mark: mark}))
	}
	return back
}

// travel takes records into a sheet and back, and returns what is said of the whole sheet and each row.
func travel(t testing.TB, cfg *mapping.Config, m *model.Model, medium mapping.Medium, records []remote) ([]exported, []mapping.Candidate) {
	t.Helper()
	e := encoder(t, cfg, m, medium)
	rows := make([]exported, len(records))
	for i := range records {
		rows[i].cells, rows[i].problems = e.Encode(records[i].id, records[i].record)
	}
	back := inCells
	if medium == mapping.InText {
		back = inCSV
	}
	candidates := back(t, cfg, m, e, records, rows)
	if len(candidates) != len(records) {
		t.Fatalf("%d records came back as %d rows", len(records), len(candidates))
	}
	return rows, candidates
}

// checkTrip holds the law of the way back: a row is refused, and then that was named; or each of its cells says what the record
// says; or it says nothing, and that was named.
func checkTrip(cfg *mapping.Config, m *model.Model, was *remote, row *exported, c *mapping.Candidate) error {
	named := map[string]bool{}
	for _, p := range row.problems {
		named[p.Column], named[p.Field] = true, true
		if p.Code == "" || p.Message == "" || p.Hint == "" {
			return fmt.Errorf("got %+v, want code, message and hint", p)
		}
	}
	for _, p := range c.Problems {
		if p.Stops() && !named[p.Column] && !named[p.Field] {
			return fmt.Errorf("the row is refused, %+v, and the export has not said so: %+v", p, row.problems)
		}
	}
	if c.Stopped() != nil {
		return nil
	}
	if c.ID != was.id {
		return fmt.Errorf("got id %q, want %q", c.ID, was.id)
	}
	for i := range m.Fields {
		f, want, got := &m.Fields[i], was.record[i], c.Record[i]
		column := columnOf(cfg, f.Name)
		switch isDerived := cfg.Constants[f.Name]+cfg.Compute[f.Name] != ""; {
		case got.Known() && f.Same(got, want):
		case isDerived && (named[f.Name] || !got.Known()):
		case got.Known():
			return fmt.Errorf("%s was %v and came back as %v: the row would change the record (%+v)", f.Name, want, got, row.problems)
		case column != "" && strings.TrimSpace(want.Text) != "" && !named[column]:
			return fmt.Errorf("%s was %v and came back as nothing, and the export has not said so", f.Name, want)
		}
	}
	return nil
}

// columnOf is the header of the column of a field, "" for none.
func columnOf(cfg *mapping.Config, field string) string {
	for i := range cfg.Columns {
		if !cfg.Columns[i].Ignore && cfg.Columns[i].Field == field {
			return cfg.Columns[i].Header
		}
	}
	return ""
}

// media is the kinds of files that rows are made for.
func media() map[string]mapping.Medium {
	return map[string]mapping.Medium{"CSV": mapping.InText, "XLSX": mapping.InTypes}
}
