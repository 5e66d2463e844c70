package mapping_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// depotFile is an invented API with a field of every kind: no embedded target has them all.
const depotFile = `
openapi: 3.1.0
info: {title: Depot, version: '1'}
servers: [{url: https://api.depot.test}]
x-rollcall:
  version: 1
  name: depot
  title: Depot
  auth: {methods: [bearer]}
  errors: {message: [detail]}
  resources:
    crate:
      create: addCrate
      update: changeCrate
      id: {field: id, param: crate}
      key: [code]
      fields:
        code: {clear: send_null}
        note: {clear: send_empty}
        packed: {clear: send_null}
paths:
  /crates:
    post:
      operationId: addCrate
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Crate'}}}}
      responses: {'201': {description: Done.}}
  /crates/{crate}:
    parameters: [{name: crate, in: path, required: true, schema: {type: string}}]
    patch:
      operationId: changeCrate
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Crate'}}}}
      responses: {'200': {description: Done.}}
components:
  schemas:
    Crate:
      type: object
      additionalProperties: false
      required: [code]
      properties:
        code: {type: string, minLength: 1, maxLength: 20}
        note: {type: string, maxLength: 200}
        amount: {type: integer, minimum: 0}
        price: {type: number}
        fragile: {type: boolean}
        packed: {type: [string, 'null'], format: date}
        size: {type: string, enum: [small, large]}
        place:
          type: object
          additionalProperties: false
          required: [latitude, longitude]
          properties:
            latitude: {type: number, minimum: -90, maximum: 90}
            longitude: {type: number, minimum: -180, maximum: 180}
`

// depot is the model of a crate.
func depot(t testing.TB) *model.Model {
	t.Helper()
	target, err := model.Parse("depot.yaml", []byte(depotFile))
	if err != nil {
		t.Fatal(err)
	}
	crate, ok := target.Resource("crate")
	if !ok {
		t.Fatal("depot has no crate")
	}
	return crate.Model
}

// contact is the model of a CRO contact.
func contact(t testing.TB) *model.Model {
	t.Helper()
	target, err := model.Load("cro")
	if err != nil {
		t.Fatal(err)
	}
	r, ok := target.Resource("contact")
	if !ok {
		t.Fatal("cro has no contact")
	}
	return r.Model
}

// fake is a sheet in memory. Like a real reader it fills the cells that it is given and keeps none.
type fake struct {
	header []string
	row    func(n int) sheet.Row // the n-th row, from 0
	rows   int                   // how many there are, -1 for no end
	end    error                 // what comes after them, nil for io.EOF
	next   int
	marked bool // Rollcall wrote it
}

var _ sheet.Reader = (*fake)(nil)

func (f *fake) Info() sheet.Info {
	return sheet.Info{Path: "people.csv", Type: "csv", Marked: f.marked}
}
func (f *fake) Header() []string { return f.header }
func (f *fake) Close() error     { return nil }

func (f *fake) Read(row *sheet.Row) error {
	if f.next == f.rows && f.end != nil {
		return f.end
	}
	if f.next == f.rows {
		return io.EOF
	}
	next := f.row(f.next)
	next.Cells = append(row.Cells[:0], next.Cells...)
	*row = next
	f.next++
	return nil
}

// readCSV is the rows of a CSV file with that content, as the reader of package sheet gives them.
func readCSV(t testing.TB, content string) (sheet.Reader, []sheet.Row) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := sheet.Open(path, sheet.Options{Delimiter: ";"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	var rows []sheet.Row
	for {
		var row sheet.Row
		if err := r.Read(&row); err == io.EOF {
			return r, rows
		} else if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// compile binds a configuration that must be right to a sheet with that header.
func compile(t testing.TB, cfg *mapping.Config, m *model.Model, header ...string) *mapping.Mapping {
	t.Helper()
	for _, f := range cfg.Check(m) {
		t.Fatalf("the configuration is wrong: %v: %s", f.Path, f.Message)
	}
	mp, err := mapping.Compile(cfg, m, &fake{header: header}, "account")
	if err != nil {
		t.Fatal(err)
	}
	return mp
}

// Cells as the readers give them.
func text(s string) sheet.Cell    { return sheet.Cell{Text: s} }
func number(s string) sheet.Cell  { return sheet.Cell{Text: s, Raw: s, Kind: sheet.Number} }
func date(s string) sheet.Cell    { return sheet.Cell{Text: s, Raw: s, Kind: sheet.Date} }
func boolean(s string) sheet.Cell { return sheet.Cell{Text: "SHOWN", Raw: s, Kind: sheet.Boolean} }

// with is a cell with damage.
func with(d sheet.Damage, c sheet.Cell) sheet.Cell {
	c.Damage = d
	return c
}

// rowOf is the second row of a sheet, below the header.
func rowOf(cells ...sheet.Cell) sheet.Row {
	return sheet.Row{Number: 2, Width: len(cells), Cells: cells}
}

// textRow is a row of texts.
func textRow(texts ...string) sheet.Row {
	cells := make([]sheet.Cell, len(texts))
	for i, s := range texts {
		cells[i] = text(s)
	}
	return rowOf(cells...)
}

// shown is problems in short: column, field and code.
func shown(problems []model.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s %s", p.Column, p.Field, p.Code))
	}
	return out
}
