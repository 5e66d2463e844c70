package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// site is a valid record of atlas, changed by values.
func site(t testing.TB, m *model.Model, values map[string]model.Value) model.Record {
	all := map[string]model.Value{"area": text("N1"), "code": text("AB-0001"), "size": text("small")}
	for name, v := range values {
		all[name] = v
	}
	return record(t, m, all)
}

func number(s string) model.Value { return model.Value{Kind: model.Number, Text: s} }

func TestValidate(t *testing.T) {
	m := atlas(t).Resources[0].Model
	null, absent := model.Value{Kind: model.Null}, model.Value{}
	type values = map[string]model.Value
	for _, test := range []struct {
		name   string
		values values
		use    model.Use
		want   []string // field code message
	}{
		{"a valid record has no problem", nil, model.ForCreate, nil},
		{"every required field that is missing is named, in the order of the fields", values{"area": absent, "size": absent}, model.ForCreate,
			[]string{"area required every new record needs area", "size required every new record needs size"}},
		{"an update needs nothing", values{"area": absent, "code": absent, "size": absent}, model.ForUpdate, nil},
		{"a pattern is shown", values{"code": text("ab-1")}, model.ForCreate, []string{`code bad_pattern "ab-1" does not match ^[A-Z]{2}-[0-9]{4}$`}},
		{"a text can be too long and of a wrong form", values{"person.name": text("Ida"), "person.email": text("not an address at all")}, model.ForCreate,
			[]string{"person.email too_long 21 characters, at most 20 allowed", `person.email bad_email "not an address at all" is not an e-mail address`}},
		{"a web address needs a scheme", values{"home": text("www.example.org")}, model.ForCreate, []string{`home bad_uri "www.example.org" is not a web address`}},
		{"a web address with a scheme is fine", values{"home": text("https://example.org/a?b")}, model.ForCreate, nil},
		{"an enum lists what it allows", values{"size": text("Small")}, model.ForCreate, []string{"size not_allowed allowed: small, large"}},
		{"a number enum compares by value", values{"grade": number("2")}, model.ForCreate, nil},
		{"a number out of its enum", values{"grade": number("3")}, model.ForCreate, []string{"grade not_allowed allowed: 1, 2"}},
		{"bounds are inclusive", values{"location.latitude": number("90"), "location.longitude": number("-180")}, model.ForCreate, nil},
		{"beyond the bounds", values{"location.latitude": number("90.000000000000000001"), "location.longitude": number("-180.5")}, model.ForCreate,
			[]string{"location.latitude too_large 90.000000000000000001 is more than 90", "location.longitude too_small -180.5 is less than -180"}},
		{"money is exact beyond what a float holds", values{"price": number("999999999999999.991")}, model.ForCreate,
			[]string{"price too_large 999999999999999.991 is more than 999999999999999.99"}},
		{"null where the schema admits it", values{"home": null, "note": null, "born": null, "grade": null}, model.ForCreate, nil},
		{"null where it does not", values{"name": null}, model.ForCreate, []string{"name not_nullable The field cannot be emptied."}},
		{"null where a replacement leaves out", values{"price": null}, model.ForUpdate, nil},
		{"a day that is not", values{"born": text("2026-02-30")}, model.ForCreate, []string{`born bad_date "2026-02-30" is not a date`}},
		{"text where a number is wanted", values{"price": text("1")}, model.ForCreate, []string{`price not_number "1" is not a number`}},
		{"half an object blames the missing half", values{"location.latitude": number("1")}, model.ForCreate,
			[]string{"location.longitude needs_field location.longitude is missing, and location.latitude is given"}},
		{"an object's required fields are asked for once each", values{"location.height": {Kind: model.Integer, Text: "3"}}, model.ForUpdate, []string{
			"location.latitude needs_field location.latitude is missing, and location.height is given",
			"location.longitude needs_field location.longitude is missing, and location.height is given"}},
		{"of several fields that ask for one the first is named", values{"location.latitude": number("1"), "location.height": {Kind: model.Integer, Text: "3"}}, model.ForCreate,
			[]string{"location.longitude needs_field location.longitude is missing, and location.latitude is given"}},
		{"fields that need each other blame the missing one", values{"person.email": text("a@b")}, model.ForUpdate,
			[]string{"person.name needs_field person.name is missing, and person.email is given"}},
		{"one of them may be wrong and is still there", values{"person.email": text("a@b"), "person.name": text("Idalia")}, model.ForCreate,
			[]string{"person.name too_long 6 characters, at most 5 allowed"}},
		{"a field without needs may come alone", values{"person.role": text("owner")}, model.ForCreate, nil},
		{"what only an update takes is refused on create", values{"status": text("open")}, model.ForCreate,
			[]string{"status update_only The field can be set on an existing record only."}},
		{"and accepted on update", values{"status": text("open")}, model.ForUpdate, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range m.Validate(nil, site(t, m, test.values), test.use) {
				got = append(got, fmt.Sprintf("%s %s %s", p.Field, p.Code, p.Message))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestARuleOfTheUpdateDoesNotBindACreate(t *testing.T) {
	const rule = "        status: { type: string, enum: [open, shut] }\n"
	target, err := model.Parse("atlas.yaml", []byte(strings.Replace(atlasText(t), rule, rule+"      dependentRequired: { active: [price] }\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	m := target.Resources[0].Model
	rec := site(t, m, map[string]model.Value{"active": {Kind: model.Boolean, Text: "true"}})
	if got := m.Validate(nil, rec, model.ForCreate); len(got) > 0 {
		t.Errorf("got %v on create, want no problem", got)
	}
	got := m.Validate(nil, rec, model.ForUpdate)
	if len(got) != 1 || got[0].Code != model.CodeNeedsField || got[0].Field != "price" {
		t.Errorf("got %v on update, want price asked for", got)
	}
}

func TestValidateAppends(t *testing.T) {
	m := cro(t)
	first := model.Problem{Code: model.CodeRaggedRow}
	got := m.Validate([]model.Problem{first}, m.NewRecord(), model.ForCreate)
	if len(got) != 2 || got[0] != first || got[1].Code != model.CodeRequired {
		t.Errorf("got %v, want the problem that was there and a new one", got)
	}
}

func TestProblemShowsTwoHundredCharacters(t *testing.T) {
	p := model.NewProblem(model.CodeTooLong, "name", strings.Repeat("é", 300), "")
	if got := len([]rune(p.Value)); got != 200 {
		t.Errorf("got %d characters of the value, want 200", got)
	}
	if p.Message == "" || p.Hint == "" {
		t.Errorf("got message %q and hint %q, want those of the code", p.Message, p.Hint)
	}
}

// fullContact is a record with every field, as most rows are.
func fullContact(t testing.TB, m *model.Model) model.Record {
	values := map[string]model.Value{
		"customer_id": {Kind: model.Integer, Text: "4711"},
		"email":       text("ida@exämple.org, yard@example.org"), "fax": text("555-010-0199"),
		"name": text("Ida Exämple"), "number": text("555-010-0123"),
	}
	for _, event := range []string{"acknowledged", "completed", "dispatched", "failed", "new"} {
		values["notify_on_"+event+"_request"] = model.Value{Kind: model.Boolean, Text: "true"}
	}
	return record(t, m, values)
}

func TestValidRecordsCostNoAllocation(t *testing.T) {
	contacts, sites := cro(t), atlas(t).Resources[0].Model
	for name, test := range map[string]struct {
		m   *model.Model
		rec model.Record
	}{
		"a contact": {contacts, fullContact(t, contacts)},
		"a site": {sites, site(t, sites, map[string]model.Value{
			"location.latitude": number("52.5"), "location.longitude": number("13.4"), "price": number("19.99"),
			"person.name": text("Ida"), "person.email": text("ida@example.org"), "born": {Kind: model.Date, Text: "1990-01-31"},
		})},
	} {
		t.Run(name, func(t *testing.T) {
			problems := make([]model.Problem, 0, 8)
			got := testing.AllocsPerRun(100, func() { problems = test.m.Validate(problems[:0], test.rec, model.ForCreate) })
			if got != 0 || len(problems) != 0 {
				t.Errorf("got %v allocations and %d problems, want none", got, len(problems))
			}
		})
	}
}

func BenchmarkValidate(b *testing.B) {
	m := cro(b)
	rec := fullContact(b, m)
	problems := make([]model.Problem, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		problems = m.Validate(problems[:0], rec, model.ForCreate)
	}
}

func BenchmarkAppendBody(b *testing.B) {
	m := cro(b)
	rec := fullContact(b, m)
	var body []byte
	b.ReportAllocs()
	for b.Loop() {
		body = m.AppendBody(body[:0], rec, nil)
	}
}
