package plan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// harbour is an invented API with all that planning can meet: records below a parent, a list of e-mail addresses, a nested
// object, a field that only a create takes, and a second resource without a parent whose updates replace the record.
const harbour = `
openapi: 3.1.0
info: { title: Harbour, version: '1' }
servers: [{ url: https://api.harbour.test }]
x-rollcall:
  version: 1
  name: harbour
  title: Harbour
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  resources:
    boat:
      create: addBoat
      update: changeBoat
      get: showBoat
      id: { field: id, param: boat }
      list: { operation: findBoats, items: boats }
      key: [pier, name]
      fields:
        email: { format: email-list }
        note: { clear: send_null }
        berth.side: { immutable: true }
    pilot:
      create: addPilot
      update: replacePilot
      replace: true
      get: showPilot
      id: { field: id, param: pilot }
      list: { operation: findPilots, items: pilots }
      key: [name]
paths:
  /piers/{pier}/boats:
    parameters: [{ $ref: '#/components/parameters/Pier' }]
    get: { operationId: findBoats, responses: { '200': { description: Boats. } } }
    post:
      operationId: addBoat
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/NewBoat' } } } }
      responses: { '201': { description: Done. } }
  /piers/{pier}/boats/{boat}:
    parameters:
      - { $ref: '#/components/parameters/Pier' }
      - { name: boat, in: path, required: true, schema: { type: string } }
    get: { operationId: showBoat, responses: { '200': { description: A boat. } } }
    patch:
      operationId: changeBoat
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Boat' } } } }
      responses: { '200': { description: Done. } }
  /pilots:
    get: { operationId: findPilots, responses: { '200': { description: Pilots. } } }
    post:
      operationId: addPilot
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Pilot' } } } }
      responses: { '201': { description: Done. } }
  /pilots/{pilot}:
    parameters: [{ name: pilot, in: path, required: true, schema: { type: string } }]
    get: { operationId: showPilot, responses: { '200': { description: A pilot. } } }
    put:
      operationId: replacePilot
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Pilot' } } } }
      responses: { '200': { description: Done. } }
components:
  parameters:
    Pier: { name: pier, in: path, required: true, schema: { type: string } }
  schemas:
    Berth:
      type: object
      additionalProperties: false
      properties:
        row: { type: string }
        number: { type: integer }
        depth: { type: number }
        side: { type: string }
    Crew:
      type: object
      additionalProperties: false
      properties:
        size: { type: integer }
    NewBoat:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string }
        email: { type: [string, 'null'] }
        note: { type: [string, 'null'] }
        berth: { $ref: '#/components/schemas/Berth' }
        crew: { $ref: '#/components/schemas/Crew' }
        yard: { type: string }
    Boat:
      type: object
      additionalProperties: false
      properties:
        name: { type: string }
        email: { type: [string, 'null'] }
        note: { type: [string, 'null'] }
        berth: { $ref: '#/components/schemas/Berth' }
        crew: { $ref: '#/components/schemas/Crew' }
    Pilot:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string }
        phone: { type: string }
        rank: { type: string }
`

// resource compiles one resource of the harbour.
func resource(t testing.TB, name string) *model.Resource {
	t.Helper()
	target, err := model.Parse("harbour.yaml", []byte(harbour))
	if err != nil {
		t.Fatalf("the test's own target does not compile: %v", err)
	}
	r, ok := target.Resource(name)
	if !ok {
		t.Fatalf("the test's own target has no resource %s", name)
	}
	return r
}

// record makes a record out of "field=value" words; a value of <null> is null.
func record(t testing.TB, m *model.Model, words ...string) model.Record {
	t.Helper()
	r := m.NewRecord()
	for _, w := range words {
		name, text, _ := strings.Cut(w, "=")
		i := m.Index(name)
		if i < 0 {
			t.Fatalf("the model has no field %q", name)
		}
		if text == "<null>" {
			r[i] = model.Value{Kind: model.Null}
			continue
		}
		value, code := m.Fields[i].Parse(text)
		if code != "" {
			t.Fatalf("%s: %s", w, code)
		}
		r[i] = value
	}
	return r
}

// words is the opposite of record.
func words(m *model.Model, r model.Record) []string {
	var out []string
	for i, v := range r {
		switch {
		case v.Kind == model.Null:
			out = append(out, m.Fields[i].Name+"=<null>")
		case v.Known():
			out = append(out, m.Fields[i].Name+"="+v.Text)
		}
	}
	return out
}

// bench is a sheet and an API on which a plan is made.
type bench struct {
	t       testing.TB
	options plan.Options
	key     []int
	api     *api
	rows    []*mapping.Candidate
}

// newBench is an empty sheet of boats, found by pier and name, in mode upsert.
func newBench(t testing.TB) *bench {
	t.Helper()
	r := resource(t, "boat")
	return &bench{
		t: t, key: []int{r.Model.Index("pier"), r.Model.Index("name")}, api: &api{lists: map[string]int{}, refused: map[string]error{}},
		options: plan.Options{
			Resource: r, Mode: plan.ModeUpsert, Key: []string{"pier", "name"}, Known: map[string]string{},
			ColumnOf: func(field string) string { return "Column " + field },
		},
	}
}

func (b *bench) model() *model.Model { return b.options.Resource.Model }

// has puts a record into the API.
func (b *bench) has(id string, fields ...string) *bench {
	b.api.listed = append(b.api.listed, plan.Found{ID: id, Record: record(b.t, b.model(), fields...)})
	return b
}

// hides puts a record into the API that its lists do not show.
func (b *bench) hides(id string, fields ...string) *bench {
	b.api.hidden = append(b.api.hidden, plan.Found{ID: id, Record: record(b.t, b.model(), fields...)})
	return b
}

// row adds a row to the sheet. It is numbered as in a file whose first line is the header.
func (b *bench) row(id string, fields ...string) *mapping.Candidate {
	b.t.Helper()
	r := record(b.t, b.model(), fields...)
	n := len(b.rows) + 1
	c := &mapping.Candidate{Seq: int64(n), Row: sheet.Row{Number: n + 1}, Record: r, ID: id, Key: mapping.Key(b.key, r)}
	b.rows = append(b.rows, c)
	return c
}

// planned makes the plan, which must not end in trouble of the run.
func (b *bench) planned() ([]plan.Change, *plan.Planner) {
	b.t.Helper()
	p := plan.New(b.options)
	changes, err := b.pass(p)
	if err != nil {
		b.t.Fatalf("plan: %v", err)
	}
	return changes, p
}

// pass takes the sheet twice through a planner.
func (b *bench) pass(p *plan.Planner) ([]plan.Change, error) {
	ctx := context.Background()
	for _, c := range b.rows {
		p.Survey(c)
	}
	if err := p.Fetch(ctx, b.api, func(int) {}); err != nil {
		return nil, err
	}
	var changes []plan.Change
	for _, c := range b.rows {
		change, err := p.Decide(ctx, b.api, c)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// verdict is a change in a few words: the action with its id, or the status with its last code.
func verdict(c *plan.Change) string {
	if c.Pending() {
		return strings.TrimSpace(string(c.Action) + " " + c.ID)
	}
	if len(c.Problems) == 0 || c.Status == plan.Unchanged {
		return string(c.Status)
	}
	return fmt.Sprintf("%s %s", c.Status, c.Problems[len(c.Problems)-1].Code)
}

// wantVerdicts plans the sheet and compares what becomes of its rows.
func (b *bench) wantVerdicts(want ...string) []plan.Change {
	b.t.Helper()
	changes, _ := b.planned()
	var got []string
	for i := range changes {
		got = append(got, verdict(&changes[i]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	return changes
}

// api is a plan.Finder over records in memory.
type api struct {
	listed, hidden []plan.Found
	deleted        string           // id of a record that is listed and not there
	refused        map[string]error // by pier
	account        error            // answer of Account
	broken         error            // answer of Get

	lists    map[string]int // how often each pier was listed
	accounts int            // how often the account was asked for
	gets     int
}

func (a *api) List(_ context.Context, parent model.Record, yield func(plan.Found) error) error {
	pier := parent[0].Text // of pilots the name, which no listing asks by
	a.lists[pier]++
	if err := a.refused[pier]; err != nil {
		return err
	}
	for _, f := range a.listed {
		if pier != "" && f.Record[0].Text != pier {
			continue
		}
		if err := yield(f); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) Account(context.Context) error {
	a.accounts++
	return a.account
}

func (a *api) Get(_ context.Context, id string, parent model.Record) (plan.Found, bool, error) {
	a.gets++
	if a.broken != nil {
		return plan.Found{}, false, a.broken
	}
	for _, f := range append(a.hidden, a.listed...) {
		if f.ID == a.deleted {
			continue
		}
		if f.ID == id && (parent[0].Text == "" || f.Record[0] == parent[0]) {
			return f, true, nil
		}
	}
	return plan.Found{}, false, nil
}
