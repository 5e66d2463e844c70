package plan_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// yard is an invented API with what an update has to send whole: objects whose fields ask for each other, custom fields in
// a list, and a second way to update that replaces the record.
const yard = `
openapi: 3.1.0
info: { title: Yard, version: '1' }
servers: [{ url: https://api.yard.test }]
x-rollcall:
  version: 1
  name: yard
  title: Yard
  auth: { methods: [bearer] }
  errors: { message: [detail] }
  lookups:
    forms: { operation: findForms, items: forms, id: id, by: { name: name } }
  resources:
    hull:
      create: addHull
      update: changeHull
      replace_with: replaceHull
      get: showHull
      id: { field: id, param: hull }
      list: { operation: findHulls, items: hulls }
      key: [name]
      custom:
        list: LIST
        id: id
        value: value
        merge: MERGE
        definitions: { lookup: forms, parent: form.id, fields: fields, id: id, name: name, type: type, active: active }
        types: { money: Money, text: Text }
paths:
  /forms:
    get: { operationId: findForms, responses: { '200': { description: Forms. } } }
  /hulls:
    get: { operationId: findHulls, responses: { '200': { description: Hulls. } } }
    post:
      operationId: addHull
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Hull' } } } }
      responses: { '201': { description: Done. } }
  /hulls/{hull}:
    parameters: [{ name: hull, in: path, required: true, schema: { type: string } }]
    get: { operationId: showHull, responses: { '200': { description: A hull. } } }
    patch:
      operationId: changeHull
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Change' } } } }
      responses: { '200': { description: Done. } }
    put:
      operationId: replaceHull
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Hull' } } } }
      responses: { '200': { description: Done. } }
components:
  schemas:
    Money: { type: number, minimum: 0, multipleOf: 0.01 }
    Text: { type: string, maxLength: 50 }
    Owner:
      type: object
      additionalProperties: false
      properties: { name: { type: string }, email: { type: string }, kind: { type: string } }
      dependentRequired: { name: [email], email: [name] }
    Form:
      type: object
      additionalProperties: false
      properties:
        id: { type: integer }
        INSIDE
    Extra:
      type: object
      additionalProperties: false
      required: [id, value]
      properties: { id: { type: integer }, value: { type: [number, string] } }
    Hull:
      type: object
      additionalProperties: false
      required: [name, flag]
      dependentRequired: { fax: [phone] }
      properties:
        name: { type: string }
        flag: { type: string }
        phone: { type: string }
        fax: { type: string }
        note: { type: string }
        country: { type: integer }
        owner: { $ref: '#/components/schemas/Owner' }
        form: { $ref: '#/components/schemas/Form' }
        BESIDE
    Change:
      type: object
      additionalProperties: false
      dependentRequired: { fax: [phone] }
      properties:
        name: { type: string }
        flag: { type: string }
        phone: { type: string }
        fax: { type: string }
        note: { type: string }
        country: { type: integer }
        owner: { $ref: '#/components/schemas/Owner' }
        form: { $ref: '#/components/schemas/Form' }
        BESIDE
`

// The ways in which the yard takes a list of custom fields: whole, or as changes to what is there.
const (
	wholeList    = "form.fields"
	mergedList   = "extras"
	mergedInside = "form.fields merged" // in an object that goes whole
)

// newYard is an empty sheet of hulls, found by name, whose job writes the custom fields Price and Paint. The account has a
// third one, Crew, that the job does not write.
func newYard(t *testing.T, list string, replace bool) *bench {
	t.Helper()
	const items = ": { type: array, items: { $ref: '#/components/schemas/Extra' } }"
	list, merged := strings.CutSuffix(list, " merged")
	text := strings.NewReplacer("LIST", list, "MERGE", strconv.FormatBool(merged), "INSIDE", "fields"+items, "BESIDE", "").Replace(yard)
	if list == mergedList {
		text = strings.NewReplacer("LIST", list, "MERGE", "true", "INSIDE", "", "BESIDE", list+items).Replace(yard)
	}
	target, err := model.Parse("yard.yaml", []byte(text))
	if err != nil {
		t.Fatalf("the test's own target does not compile: %v", err)
	}
	r, ok := target.Resources[0], true
	if replace {
		if r, ok = r.Replacing(); !ok {
			t.Fatal("the test's own target cannot replace")
		}
	}
	fields, unknown := r.Custom.Named([]string{list + ".Price", list + ".Paint"}, []model.Definition{
		{ID: "71", Name: "Price", Type: "money"}, {ID: "72", Name: "Paint", Type: "text"}, {ID: "73", Name: "Crew", Type: "text"},
		{ID: "74", Name: "Old", Type: "text", Inactive: true}, {ID: "75", Name: "Scan", Type: "attachment"},
	})
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	r = r.With(fields, nil)
	return &bench{
		t: t, key: []int{r.Model.Index("name")}, api: &api{lists: map[string]int{}, refused: map[string]error{}},
		options: plan.Options{
			Resource: r, Mode: plan.ModeUpsert, Key: []string{"name"}, Known: map[string]string{},
			ColumnOf: func(field string) string { return "Column " + field },
		},
	}
}

// answers puts a record into the API as its answers have it.
func (b *bench) answers(id, body string) *bench {
	b.t.Helper()
	r, err := b.model().FromJSON([]byte(body))
	if err != nil {
		b.t.Fatal(err)
	}
	b.api.listed = append(b.api.listed, plan.Found{ID: id, Record: r, Stray: b.model().Stray([]byte(body), b.options.Resource.Custom)})
	return b
}

// body is the request of a change.
func body(m *model.Model, c *plan.Change) string { return string(m.AppendBody(nil, c.Record, nil)) }

func TestWhatGoesAlongWithAChange(t *testing.T) {
	const custom = `"form": {"id": 7, "fields": [{"id": 71, "value": "12.50"}, {"id": 72, "value": "red"}, {"id": 73, "value": "six"}]}`
	tests := []struct {
		says  string
		list  string
		api   string // besides the name
		sheet []string
		want  string
		sent  string
	}{
		{"what a changed field asks for comes from the API", wholeList, `"owner": {"name": "Ida", "email": "a@x.org"}`,
			[]string{"owner.email=b@x.org"}, "update 1", `{"owner":{"name":"Ida","email":"b@x.org"}}`},
		{"the rest of the object comes too, and nulls do not", wholeList, `"owner": {"name": "Ida", "email": "a@x.org", "kind": null}`,
			[]string{"owner.name=Bo", "owner.email=a@x.org"}, "update 1", `{"owner":{"name":"Bo","email":"a@x.org"}}`},
		{"what neither sheet nor API has is asked for", wholeList, `"owner": null`, []string{"owner.email=b@x.org"}, "invalid needs_field", ""},
		{"what the API has as null is asked for as well", wholeList, `"owner": {"name": null, "email": null}`,
			[]string{"owner.email=b@x.org"}, "invalid needs_field", ""},
		{"what the API says nothing of is asked for as well", wholeList, `"flag": "NO"`, []string{"owner.email=b@x.org"}, "invalid needs_field", ""},
		{"an object that is as it should be asks for nothing", wholeList, `"owner": {"email": "a@x.org"}`, []string{"owner.email=a@x.org"}, "unchanged", ""},
		{"a field beside it that is asked for goes along, though it is the same", wholeList, `"phone": "1", "fax": "2"`,
			[]string{"phone=1", "fax=3"}, "update 1", `{"phone":"1","fax":"3"}`},
		{"also if the sheet says nothing of it", wholeList, `"phone": "1", "fax": "2"`, []string{"fax=3"}, "update 1", `{"phone":"1","fax":"3"}`},
		{"unless nobody has it", wholeList, `"fax": "2"`, []string{"fax=3"}, "invalid needs_field", ""},
		{"a list of custom fields goes whole, with those that the job does not write", wholeList, custom, []string{"form.fields.Paint=blue"}, "update 1",
			`{"form":{"id":7,"fields":[{"id":71,"value":12.5},{"id":72,"value":"blue"},{"id":73,"value":"six"}]}}`},
		{"custom fields without a value stay away", wholeList, `"form": {"id": 7, "fields": [{"id": 71, "value": null}]}`,
			[]string{"form.fields.Paint=blue"}, "update 1", `{"form":{"id":7,"fields":[{"id":72,"value":"blue"}]}}`},
		{"where the API merges the list, one goes alone", mergedList, `"extras": {"71": 12.5, "72": "red"}`, []string{"extras.Paint=blue"}, "update 1",
			`{"extras":[{"id":72,"value":"blue"}]}`},
		{"a value of a field out of use goes along as it is", wholeList, `"form": {"id": 7, "fields": {"Old": "x", "Paint": "red"}}`,
			[]string{"form.fields.Paint=blue"}, "update 1", `{"form":{"id":7,"fields":[{"id":72,"value":"blue"},{"id":74,"value":"x"}]}}`},
		{"a value of a kind that cannot be sent would be lost too", wholeList, `"form": {"id": 7, "fields": [{"id": 75, "value": "a.pdf"}]}`,
			[]string{"form.fields.Paint=blue"}, "rejected not_rebuildable", ""},
		{"a stray value is safe if the list stays at home", wholeList, `"note": "old", "form": {"id": 7, "fields": {"Old": "x"}}`,
			[]string{"note=new"}, "update 1", `{"note":"new"}`},
		{"or if the API merges it", mergedList, `"extras": {"Old": "x"}`, []string{"extras.Paint=blue"}, "update 1",
			`{"extras":[{"id":72,"value":"blue"}]}`},
		{"wherever it is", mergedInside, `"form": {"id": 7, "fields": {"Old": "x", "Price": 3}}`, []string{"form.fields.Paint=blue"}, "update 1",
			`{"form":{"id":7,"fields":[{"id":71,"value":3},{"id":72,"value":"blue"}]}}`},
		{"a custom value that breaks its own rule does not go along either", wholeList, `"form": {"id": 7, "fields": {"Price": -5}}`,
			[]string{"form.fields.Paint=blue"}, "rejected not_rebuildable", ""},
		{"a custom value that the API shows as what it cannot be is not sent back", wholeList, `"form": {"id": 7, "fields": [{"id": 71, "value": "plenty"}]}`,
			[]string{"form.fields.Paint=blue"}, "rejected not_rebuildable", ""},
		{"it may be mended by the sheet", wholeList, `"form": {"id": 7, "fields": [{"id": 71, "value": "plenty"}]}`,
			[]string{"form.fields.Price=3"}, "update 1", `{"form":{"id":7,"fields":[{"id":71,"value":3}]}}`},
		{"what cannot be sent back is no matter where it is not sent", wholeList, `"country": "Canada", "note": "old"`, []string{"note=new"}, "update 1", `{"note":"new"}`},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, tt.list, false).answers("1", `{"name": "Ida", `+tt.api+`}`)
			b.row("", append([]string{"name=Ida"}, tt.sheet...)...)
			c := b.wantVerdicts(tt.want)[0]
			if tt.sent == "" {
				return
			}
			if got := body(b.model(), &c); got != tt.sent {
				t.Errorf("sent %s, want %s", got, tt.sent)
			}
		})
	}
}

func TestAReplacementSendsTheWholeRecord(t *testing.T) {
	const all = `"flag": "NO", "phone": "1", "fax": null, "note": "old", "country": 124, "owner": {"name": "Ida", "email": "a@x.org", "kind": "sole"}, ` +
		`"form": {"id": 7, "fields": {"71": 12.5, "Paint": "red", "crew": "six"}}`
	const rest = `"country":124,"owner":{"name":"Ida","email":"a@x.org","kind":"sole"},` +
		`"form":{"id":7,"fields":[{"id":71,"value":12.5},{"id":72,"value":"red"},{"id":73,"value":"six"}]}}`
	tests := []struct {
		says  string
		api   string
		sheet []string
		want  string
		sent  string
	}{
		{"all that the API has, but for nulls", all, []string{"note=new"}, "update 1", `{"name":"Ida","flag":"NO","phone":"1","note":"new",` + rest},
		{"what is cleared is left out", all, []string{"note=<null>"}, "update 1", `{"name":"Ida","flag":"NO","phone":"1",` + rest},
		{"a custom field is cleared alike", all, []string{"form.fields.Paint=<null>"}, "update 1",
			`{"name":"Ida","flag":"NO","phone":"1","note":"old","country":124,"owner":{"name":"Ida","email":"a@x.org","kind":"sole"},` +
				`"form":{"id":7,"fields":[{"id":71,"value":12.5},{"id":73,"value":"six"}]}}`},
		{"a record that has it all is left alone", all, []string{"note=old", "fax=<null>"}, "unchanged", ""},
		{"what a create needs, a replacement needs", `"note": "old"`, []string{"note=new"}, "invalid required", ""},
		{"the sheet may have it", `"note": "old"`, []string{"note=new", "flag=NO"}, "update 1", `{"name":"Ida","flag":"NO","note":"new"}`},
		{"what is shown by another name cannot be sent back", `"flag": "NO", "country": "Canada"`, []string{"note=new"}, "rejected not_rebuildable", ""},
		{"unless the sheet has it", `"flag": "NO", "country": "Canada"`, []string{"note=new", "country=124"}, "update 1",
			`{"name":"Ida","flag":"NO","note":"new","country":124}`},
		{"a value that breaks its own rule would be refused, if it goes along", `"flag": "NO", "form": {"id": 7, "fields": {"Price": -5}}`,
			[]string{"note=new"}, "rejected not_rebuildable", ""},
		{"it may be mended by the sheet, too", `"flag": "NO", "form": {"id": 7, "fields": {"Price": -5}}`, []string{"form.fields.Price=5"}, "update 1",
			`{"name":"Ida","flag":"NO","form":{"id":7,"fields":[{"id":71,"value":5}]}}`},
		{"what the row itself says was judged before, and is no fault of the API", `"flag": "NO", "form": {"id": 7, "fields": {"Price": 5}}`,
			[]string{"form.fields.Price=-5"}, "update 1", `{"name":"Ida","flag":"NO","form":{"id":7,"fields":[{"id":71,"value":-5}]}}`},
		{"or cleared", `"flag": "NO", "form": {"id": 7, "fields": {"Price": -5}}`, []string{"form.fields.Price=<null>"}, "update 1",
			`{"name":"Ida","flag":"NO","form":{"id":7}}`},
		{"custom values that the job knows nothing of would be lost", `"flag": "NO", "form": {"id": 9, "fields": {"Mast": "tall"}}`,
			[]string{"note=new"}, "rejected not_rebuildable", ""},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, true).answers("1", `{"name": "Ida", `+tt.api+`}`)
			b.row("", append([]string{"name=Ida"}, tt.sheet...)...)
			c := b.wantVerdicts(tt.want)[0]
			if got := body(b.model(), &c); tt.sent != "" && got != tt.sent {
				t.Errorf("sent %s,\nwant %s", got, tt.sent)
			}
		})
	}
}

// TestWhatStopsARebuildIsNamed: the person has to know which field it is, and where it would come from.
func TestWhatStopsARebuildIsNamed(t *testing.T) {
	tests := []struct {
		says, api      string
		replace        bool
		field, message string
	}{
		{"a documented field", `"flag": "NO", "country": "Canada"`, true, "country", `the API shows country as "Canada"`},
		{"a custom field", `"form": {"id": 7, "fields": {"Price": "plenty"}}`, false, "form.fields.Price", `shows form.fields.Price as "plenty"`},
		{"a value that breaks its own rule", `"flag": "NO", "form": {"id": 7, "fields": {"Price": -5}}`, true, "form.fields.Price", "form.fields.Price has to go along as the API has it"},
		{"stray values", `"form": {"id": 7, "fields": {"Sail": "x", "Mast": "y"}}`, false, "", "Mast, Sail"},
		{"a missing field", `"owner": {"kind": "sole"}`, false, "owner.name", "owner.name is missing, and owner.email is given"},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, tt.replace).answers("1", `{"name": "Ida", `+tt.api+`}`)
			sheet := []string{"name=Ida", "form.fields.Paint=blue"}
			if tt.field == "owner.name" {
				sheet[1] = "owner.email=a@x.org"
			}
			b.row("", sheet...)
			changes, planner := b.planned()
			p := changes[0].Problems[len(changes[0].Problems)-1]
			column := ""
			if tt.field != "" {
				column = "Column " + tt.field
			}
			if p.Field != tt.field || p.Column != column || p.Row != 2 || !strings.Contains(p.Message, tt.message) || p.Hint == "" {
				t.Errorf("problem %+v, want field %q, column %q, row 2, a hint and %q", p, tt.field, column, tt.message)
			}
			if tally := planner.Tally(); tally.Updates != 0 || tally.Matched != 1 {
				t.Errorf("tally %+v, want no update of the one match", tally)
			}
		})
	}
}

// TestFieldsThatTheAPIDoesNotShow: there is nothing to compare them with but what was last sent. Without that, each run would
// send them again; and a field that is only empty must not be taken for one that is kept from us.
func TestFieldsThatTheAPIDoesNotShow(t *testing.T) {
	tests := []struct {
		says   string
		others string // another record of the API, "" for none
		sent   []string
		sheet  []string
		want   string
		body   string
	}{
		{"what was sent is there", "", []string{"owner.name=Ida", "owner.email=a@x.org"}, []string{"owner.name=Ida", "owner.email=a@x.org"}, "unchanged", ""},
		{"what was not sent is", "", nil, []string{"owner.name=Ida", "owner.email=a@x.org"}, "update 1", `{"owner":{"name":"Ida","email":"a@x.org"}}`},
		{"what differs from what was sent is, with the rest of its object", "", []string{"owner.name=Ida", "owner.email=a@x.org", "owner.kind=sole"},
			[]string{"owner.email=b@x.org"}, "update 1", `{"owner":{"name":"Ida","email":"b@x.org","kind":"sole"}}`},
		{"what is cleared already is not cleared again", "", []string{"note=<null>"}, []string{"note=<null>"}, "unchanged", ""},
		{"what the API shows goes before what was sent", "", []string{"flag=SE"}, []string{"flag=SE"}, "update 1", `{"flag":"SE"}`},
		{"a field that is shown of another record is empty in this one", `{"name": "Bo", "note": "x"}`, []string{"note=new"}, []string{"note=new"},
			"update 1", `{"note":"new"}`},
		{"also if it is shown as null", `{"name": "Bo", "note": null}`, []string{"note=new"}, []string{"note=new"}, "update 1", `{"note":"new"}`},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "flag": "NO"}`)
			if tt.others != "" {
				b.answers("2", tt.others)
			}
			row := b.row("", append([]string{"name=Ida"}, tt.sheet...)...)
			p := plan.New(b.options)
			p.Survey(row)
			if err := p.Fetch(t.Context(), b.api, func(int) {}); err != nil {
				t.Fatal(err)
			}
			var wanted []int
			for i := range b.model().Fields {
				wanted = append(wanted, i)
			}
			remembered, last := b.model().NewRecord(), record(t, b.model(), tt.sent...)
			for _, i := range p.Unshown(wanted) {
				remembered[i] = last[i]
			}
			p.Remember(map[string]model.Record{"1": remembered, "2": record(t, b.model(), "note=of another")})
			c, err := p.Decide(t.Context(), b.api, row)
			if err != nil {
				t.Fatal(err)
			}
			if got := verdict(&c); got != tt.want {
				t.Fatalf("verdict %s, want %s", got, tt.want)
			}
			if got := body(b.model(), &c); tt.body != "" && got != tt.body {
				t.Errorf("sent %s, want %s", got, tt.body)
			}
		})
	}
}

func TestUnshownNamesOnlyWhatIsWanted(t *testing.T) {
	b := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "flag": "NO", "note": null}`)
	row := b.row("", "name=Ida")
	p := plan.New(b.options)
	index := b.model().Index
	if got := p.Unshown([]int{index("phone")}); got != nil {
		t.Errorf("before anything was listed: %v, want none", got)
	}
	p.Survey(row)
	if err := p.Fetch(t.Context(), b.api, func(int) {}); err != nil {
		t.Fatal(err)
	}
	wanted := []int{index("flag"), index("phone"), index("note")}
	if diff := cmp.Diff([]int{index("phone")}, p.Unshown(wanted)); diff != "" {
		t.Errorf("unshown (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{index("flag"), index("phone"), index("note")}, wanted); diff != "" {
		t.Errorf("the question was changed (-want +got):\n%s", diff)
	}
}

// TestAnInvalidRowIsToldAllThatIsWrong: one round of corrections has to be enough.
func TestAnInvalidRowIsToldAllThatIsWrong(t *testing.T) {
	wrong := model.Problem{Code: model.CodeTooLong, Field: "note", Column: "Note"}
	missing := model.Problem{Code: model.CodeRequired, Field: "flag", Column: "Flag"}
	both := []model.Code{model.CodeRequired, model.CodeTooLong} // in column order
	tests := []struct {
		says string
		make func(*bench, *mapping.Candidate)
		want []model.Code
	}{
		{"a create lacks what it needs, too", func(*bench, *mapping.Candidate) {}, both},
		{"an update needs no more than it has", func(b *bench, _ *mapping.Candidate) { b.answers("1", `{"name": "ida"}`) }, []model.Code{model.CodeTooLong}},
		{"nor does a row with an id", func(_ *bench, c *mapping.Candidate) { c.ID = "5" }, []model.Code{model.CodeTooLong}},
		{"nor one that we created, though it is not listed", func(b *bench, c *mapping.Candidate) { b.options.Known[c.Key] = "5" }, []model.Code{model.CodeTooLong}},
		{"whether a row without a key is a create is not known", func(_ *bench, c *mapping.Candidate) { c.Key = "" }, []model.Code{model.CodeTooLong}},
		{"a sound row that turns out to be a create", func(_ *bench, c *mapping.Candidate) {
			c.Problems = []model.Problem{{Code: model.CodeLegacyLimit, Field: "note", Column: "Note"}}
		},
			[]model.Code{model.CodeRequired, model.CodeLegacyLimit}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, false)
			c := b.row("", "name=Ida", "note=new")
			c.Header, c.Problems, c.OnCreate = []string{"Name", "Flag", "Note"}, []model.Problem{wrong}, []model.Problem{missing}
			b.row("", "name=Bo", "flag=NO") // makes the records be listed
			tt.make(b, c)
			changes, planner := b.planned()
			var got []model.Code
			for _, p := range changes[0].Problems {
				got = append(got, p.Code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || changes[0].Status != plan.Invalid {
				t.Errorf("status %s, problems (-want +got):\n%s", changes[0].Status, diff)
			}
			if n := planner.Tally().Invalid; n != 1 {
				t.Errorf("%d rows count as invalid, want 1", n)
			}
			if len(c.Problems) != 1 {
				t.Errorf("the candidate was written to: %v", c.Problems)
			}
		})
	}
}
