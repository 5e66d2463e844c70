package sync

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gocarina/gocsv"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// tableRow is a row of a file of names and ids.
type tableRow struct {
	Name string `csv:"name"`
	ID   string `csv:"id"`
}

// readTables reads the files that columns look names up in.
func (j *Job) readTables() (findings []mapping.Finding) {
	j.files = map[string]*model.Table{}
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		f := j.Resource.Model.Index(col.Field)
		if col.Table == "" || f < 0 {
			continue
		}
		entries, err := readTable(j.beside(col.Table), &j.Resource.Model.Fields[f])
		if err != nil {
			findings = append(findings, mapping.Finding{Path: []string{"columns", col.Header, "lookup_table"}, Message: err.Error()})
			continue
		}
		j.files[col.Header] = model.NewTable(entries)
	}
	return findings
}

// readTable reads one file of names and ids for a field.
func readTable(path string, f *model.Field) ([]model.Entry, error) {
	const form = "it must be a CSV file with the columns name and id"
	name := filepath.Base(path)
	in, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, form)
	}
	table := &tableReader{in: in}
	var rows []tableRow
	err = gocsv.UnmarshalCSV(table, &rows)
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w; %s", name, err, form)
	}
	for _, column := range []string{"name", "id"} {
		if !slices.Contains(table.header(), column) {
			return nil, fmt.Errorf("%s has no column %q but %s; %s", name, column, strings.Join(in.Header(), ", "), form)
		}
	}
	entries := make([]model.Entry, 0, len(rows))
	for i, row := range rows {
		e := model.Entry{Name: strings.TrimSpace(row.Name), ID: strings.TrimSpace(row.ID)}
		value, code := f.Parse(e.ID)
		if e.Name == "" || e.ID == "" || code != "" {
			return nil, fmt.Errorf("%s, row %d: %q with the id %q is no name with an id of %s (%s); %s",
				name, table.numbers[i], e.Name, e.ID, f.Name, mapping.KindName(f.Kind), form)
		}
		e.ID = value.Text
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s has no rows; %s", name, form)
	}
	return entries, nil
}

// tableReader gives package gocsv what our own reader has read: files come from Excel here too, with its delimiters and
// encodings.
type tableReader struct {
	in      sheet.Reader
	begun   bool
	numbers []int // physical rows
}

// header is the names of the columns, in lower case.
func (t *tableReader) header() []string {
	var names []string
	for _, name := range t.in.Header() {
		names = append(names, strings.ToLower(strings.TrimSpace(name)))
	}
	return names
}

// Read is the next record, the header first.
func (t *tableReader) Read() ([]string, error) {
	if !t.begun {
		t.begun = true
		return t.header(), nil
	}
	var row sheet.Row
	if err := t.in.Read(&row); err != nil {
		return nil, err
	}
	t.numbers = append(t.numbers, row.Number)
	return row.Texts(), nil
}

// ReadAll is all records that are left.
func (t *tableReader) ReadAll() ([][]string, error) {
	var all [][]string
	for {
		record, err := t.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, record)
	}
}
