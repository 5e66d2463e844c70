package plan_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// estate is an invented API of sites that belong to each other, and are billed to each other.
const estate = `
openapi: 3.1.0
info: { title: Estate, version: '1' }
servers: [{ url: https://api.estate.test }]
x-rollcall:
  version: 1
  name: estate
  title: Estate
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  resources:
    site:
      create: addSite
      update: changeSite
      get: showSite
      id: { field: id, param: site }
      list: { operation: findSites, items: sites }
      key: [ref]
      fields:
        parent: { clear: send_null }
paths:
  /sites:
    get: { operationId: findSites, responses: { '200': { description: Sites. } } }
    post:
      operationId: addSite
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/NewSite' } } } }
      responses: { '201': { description: Done. } }
  /sites/{site}:
    parameters: [{ name: site, in: path, required: true, schema: { type: string } }]
    get: { operationId: showSite, responses: { '200': { description: A site. } } }
    patch:
      operationId: changeSite
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Site' } } } }
      responses: { '200': { description: Done. } }
components:
  schemas:
    NewSite:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        ref: { type: string }
        name: { type: string }
        parent: { type: [integer, 'null'] }
        payer: { type: integer }
    Site:
      type: object
      additionalProperties: false
      properties:
        ref: { type: string }
        name: { type: string }
        parent: { type: [integer, 'null'] }
        payer: { type: integer }
`

// sites is a sheet and an API of sites on which a plan is made. Sites are found by their ref, and name their parent and their
// payer.
type sites struct {
	*bench
	by string // what parents are named by
}

func newSites(t testing.TB) *sites {
	t.Helper()
	target, err := model.Parse("estate.yaml", []byte(estate))
	if err != nil {
		t.Fatalf("the test's own target does not compile: %v", err)
	}
	r, _ := target.Resource("site")
	s := &sites{by: "ref", bench: &bench{
		t: t, key: []int{r.Model.Index("ref")}, api: &api{lists: map[string]int{}, refused: map[string]error{}},
		options: plan.Options{
			Resource: r, Mode: plan.ModeUpsert, Key: []string{"ref"}, Known: map[string]string{},
			ColumnOf: func(field string) string { return "Column " + field },
		},
	}}
	return s
}

// has puts a site into the API: its id, and its ref with what else there is to say.
func (s *sites) has(id, ref string, fields ...string) {
	s.bench.has(id, append([]string{"ref=" + ref, "name=" + ref}, fields...)...)
}

// row adds a row: its ref, and who is above it, "" for nobody, - for nobody any more. More words are fields, an action with a
// colon before it, an id with a #, or a ! for a row that is wrong.
func (s *sites) row(ref, parent string, more ...string) *mapping.Candidate {
	s.t.Helper()
	n := len(s.rows) + 1
	c := &mapping.Candidate{Seq: int64(n), Row: sheet.Row{Number: n + 1}, Header: []string{"Column ref", "Column parent"}}
	c.Record = record(s.t, s.model(), "ref="+ref, "name="+ref)
	name := func(field, of string) {
		i := s.model().Index(field)
		if of == "-" {
			c.Record[i] = model.Value{Kind: model.Null}
			return
		}
		c.Record[i], c.Links = model.Value{Kind: model.String, Text: of}, append(c.Links, i)
	}
	if parent != "" {
		name("parent", parent)
	}
	for _, word := range more {
		field, value, _ := strings.Cut(word, "=")
		switch {
		case word == "!":
			c.Problems = append(c.Problems, model.NewProblem(model.CodeBadEmail, "name", "x", "it is wrong"))
		case strings.HasPrefix(word, ":"):
			c.Action = word[1:]
		case strings.HasPrefix(word, "#"):
			c.ID = word[1:]
		case field == "payer":
			name("payer", value)
		default:
			i := s.model().Index(field)
			c.Record[i], _ = s.model().Fields[i].Parse(value)
		}
	}
	c.Key = mapping.Key(s.key, c.Record)
	s.rows = append(s.rows, c)
	return c
}

// planned makes the plan, with the pass that finds parents.
func (s *sites) planned() ([]plan.Change, *plan.Planner) {
	s.t.Helper()
	s.options.Links = []plan.Link{{Field: "parent", By: s.by}, {Field: "payer", By: "ref"}}
	ctx, p := context.Background(), plan.New(s.options)
	for _, c := range s.rows {
		p.Survey(c)
	}
	if err := p.Fetch(ctx, s.api, func(int) {}); err != nil {
		s.t.Fatalf("fetch: %v", err)
	}
	if p.Relates() {
		for _, c := range s.rows {
			if err := p.Trace(ctx, s.api, c); err != nil {
				s.t.Fatalf("trace: %v", err)
			}
		}
		if err := p.Relate(ctx, s.api); err != nil {
			s.t.Fatalf("relate: %v", err)
		}
	}
	var changes []plan.Change
	for _, c := range s.rows {
		change, err := p.Decide(ctx, s.api, c)
		if err != nil {
			s.t.Fatalf("decide: %v", err)
		}
		changes = append(changes, change)
	}
	return changes, p
}

// told is what becomes of each row: its verdict, what is above it, and for whom it waits.
func (s *sites) told(changes []plan.Change) []string {
	var got []string
	for i := range changes {
		c := &changes[i]
		text := verdict(c)
		for _, field := range []string{"parent", "payer"} {
			if v := fieldOf(s.model(), c.Record, field); v.Kind == model.Null {
				text += " " + field + "=null"
			} else if v.Known() {
				text += " " + field + "=" + v.Text
			}
		}
		for _, w := range c.Order.After {
			text += fmt.Sprintf(" %s of row %d", w.Name, w.Row)
		}
		if c.Order.Level > 0 {
			text += fmt.Sprintf(", level %d", c.Order.Level)
		}
		got = append(got, text)
	}
	return got
}

// fieldOf is a field of a record that may be nil.
func fieldOf(m *model.Model, r model.Record, field string) model.Value {
	if r == nil {
		return model.Value{}
	}
	return r[m.Index(field)]
}
