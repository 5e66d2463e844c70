package model_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// harbor is an invented target with lookups, custom fields of two shapes, and an update that replaces.
func harbor(t testing.TB) *model.Target {
	t.Helper()
	target, err := model.LoadFile(filepath.Join("testdata", "harbor.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// harborOf is a resource of harbor.
func harborOf(t testing.TB, name string) *model.Resource {
	t.Helper()
	r, ok := harbor(t).Resource(name)
	if !ok {
		t.Fatalf("no resource %s", name)
	}
	return r
}

// kit is the definitions of an account of harbor: one of each type, one out of use, one that cannot be sent.
func kit() []model.Definition {
	return []model.Definition{
		{ID: "11", Name: "Dues", Type: "money"}, {ID: "12", Name: "Masts", Type: "count"}, {ID: "13", Name: "Built", Type: "day"},
		{ID: "14", Name: "Call sign", Type: "words"}, {ID: "15", Name: "Old sign", Type: "words", Inactive: true},
		{ID: "16", Name: "Photo", Type: "file"},
	}
}

// named is the fields of the definitions under the names that a job writes; all must be known.
func named(t testing.TB, r *model.Resource, definitions []model.Definition, written ...string) []model.Field {
	t.Helper()
	fields, unknown := r.Custom.Named(written, definitions)
	for _, err := range unknown {
		t.Fatal(err)
	}
	return fields
}

// withKit is a resource of harbor with custom fields in its model: of a ship those of the kit, of a sailor two by text ids.
func withKit(t testing.TB, name string) *model.Resource {
	t.Helper()
	r := harborOf(t, name)
	if name == "sailor" {
		eyes := []model.Definition{{ID: "eye-color", Name: "Eyes"}, {ID: "0042", Name: "0042"}}
		return r.With(named(t, r, eyes, "attributes.Eyes", "attributes.0042"), nil)
	}
	return r.With(named(t, r, kit()), nil)
}

// shownFields is fields as "name = id kind".
func shownFields(fields []model.Field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, fmt.Sprintf("%s = %s %s", f.Name, f.Custom.ID, f.Kind))
	}
	return out
}

func TestCustomFieldsAreNamedByTheJob(t *testing.T) {
	c := harborOf(t, "ship").Custom
	rest := func(left ...string) []string { return left }
	twins := []model.Definition{{ID: "1", Name: "Sign", Type: "words"}, {ID: "2", Name: "sign ", Type: "count"}}
	for _, test := range []struct {
		name        string
		definitions []model.Definition
		written     []string // below the prefix
		want        []string
		unknown     []string
	}{
		{"what the job does not write has its own name, for it may have to be sent along", kit(), nil,
			rest("Dues = 11 number", "Masts = 12 integer", "Built = 13 date", "Call sign = 14 string", "15 = 15 string"), nil},
		{"what the job writes comes first, under the job's name", kit(), []string{"call  SIGN", "12"},
			rest("call  SIGN = 14 string", "12 = 12 integer", "Dues = 11 number", "Built = 13 date", "15 = 15 string"), nil},
		{"accents may be composed either way", []model.Definition{{ID: "1", Name: "Caf\u00e9", Type: "words"}}, []string{"CAFE\u0301"},
			rest("CAFE\u0301 = 1 string"), nil},
		{"the same name in another letter case is the same name", kit()[:1], []string{"Dues", "dues"}, rest("Dues = 11 number"), nil},
		{"two names of one field", kit()[:1], []string{"Dues", "11"}, rest("Dues = 11 number"),
			rest("extras.values.11 is another name of a custom field that the job names already (id 11)")},
		{"an id goes before a name that looks like it", []model.Definition{{ID: "1", Name: "2", Type: "words"}, {ID: "2", Name: "1", Type: "count"}},
			[]string{"1"}, rest("1 = 1 string", "2 = 2 integer"), nil},
		{"a name that is the id of another does not name the field of itself", []model.Definition{{ID: "1", Name: "2", Type: "words"}, {ID: "2", Name: "Masts", Type: "count"}},
			nil, rest("1 = 1 string", "Masts = 2 integer"), nil},
		{"one name of two fields, of which none is meant", twins, []string{"Sign"}, rest("1 = 1 string", "2 = 2 integer"),
			rest(`2 custom fields are called "Sign"; name the one you mean by its id (1 or 2)`)},
		{"one name of two fields, by id", twins, []string{"2"}, rest("2 = 2 integer", "1 = 1 string"), nil},
		{"one name of two fields, of which one is out of use", []model.Definition{{ID: "1", Name: "Sign", Type: "words", Inactive: true}, {ID: "2", Name: "Sign", Type: "count"}},
			[]string{"Sign"}, rest("Sign = 2 integer", "1 = 1 string"), nil},
		{"a field without a name goes by its id", []model.Definition{{ID: "1", Name: " ", Type: "words"}}, nil, rest("1 = 1 string"), nil},
		{"a field that is out of use", kit()[4:5], []string{"Old sign"}, rest("15 = 15 string"), rest(`custom field "Old sign" (id 15) is out of use in the account`)},
		{"a field that is out of use, by id", kit()[4:5], []string{"15"}, rest("15 = 15 string"), rest(`custom field "Old sign" (id 15) is out of use in the account`)},
		{"a type that no value can be sent of", kit()[5:], []string{"Photo"}, nil,
			rest(`custom field "Photo" is of the type "file", which cannot be sent; known are count, day, money, words`)},
		{"a slip", kit(), []string{"Duess"}, rest("Dues = 11 number", "Masts = 12 integer", "Built = 13 date", "Call sign = 14 string", "15 = 15 string"),
			rest(`unknown custom field "Duess"; did you mean "Dues"? allowed: Dues, Masts, Built, Call sign, Photo`)},
		{"an account without custom fields", nil, []string{"Dues"}, nil, rest(`unknown custom field "Dues"`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var written []string
			for _, name := range test.written {
				written = append(written, c.Prefix()+name)
			}
			fields, unknown := c.Named(written, test.definitions)
			var got []string
			for _, line := range shownFields(fields) {
				got = append(got, strings.TrimPrefix(line, "extras.values."))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("fields (-want +got)\n%s", diff)
			}
			var said []string
			for _, err := range unknown {
				said = append(said, err.Error())
			}
			if diff := cmp.Diff(test.unknown, said); diff != "" {
				t.Errorf("unknown (-want +got)\n%s", diff)
			}
		})
	}
}

func TestBeforeItsDefinitionIsKnownACustomFieldIsTextOfAnyForm(t *testing.T) {
	r := harborOf(t, "ship")
	fields := r.Custom.Unjudged([]string{"extras.values.Dues", "extras.values.dues", "Extras.Values.12"})
	if got, want := fmt.Sprint(shownFields(fields)), "[extras.values.Dues = Dues string Extras.Values.12 = 12 string]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	m := r.With(fields, nil).Model
	rec := record(t, m, map[string]model.Value{"name": text("Gull"), "extras.values.Dues": text(strings.Repeat("x", 999))})
	if got := m.Validate(nil, rec, model.ForCreate); len(got) > 0 {
		t.Errorf("got %v, want no problem", got)
	}
	for i := range fields {
		if !fields[i].Custom.Unjudged {
			t.Errorf("%s is judged", fields[i].Name)
		}
	}
	if f := named(t, r, kit(), "extras.values.Dues")[0]; f.Custom.Unjudged {
		t.Error("a field whose definition is known is not judged")
	}
}

func TestDefinitionsAreReadFromAnItem(t *testing.T) {
	d := harborOf(t, "ship").Custom.Definitions
	for _, test := range []struct {
		name, item string
		want       []model.Definition
		wrong      string
	}{
		{"with ids that are numbers or text", `{"fields":[{"id":11,"label":"Dues","kind":"money","on":true},{"id":"x-1","label":"Photo","kind":"file"}]}`,
			[]model.Definition{{ID: "11", Name: "Dues", Type: "money"}, {ID: "x-1", Name: "Photo", Type: "file"}}, ""},
		{"out of use", `{"fields":[{"id":11,"label":"Dues","kind":"money","on":false}]}`,
			[]model.Definition{{ID: "11", Name: "Dues", Type: "money", Inactive: true}}, ""},
		{"what is not told is not known", `{"fields":[{"id":11,"label":null,"on":null}]}`, []model.Definition{{ID: "11"}}, ""},
		{"what has no id is no definition", `{"fields":[{"label":"Dues"},{"id":null},7,null]}`, []model.Definition{}, ""},
		{"none", `{"fields":[]}`, []model.Definition{}, ""},
		{"none, as null", `{"fields":null}`, []model.Definition{}, ""},
		{"another property", `{"field":[]}`, nil, `read the definitions of custom fields: the answer has no list "fields"`},
		{"another form", `{"fields":{"11":"Dues"}}`, nil, `read the definitions of custom fields: the answer has no list "fields"`},
		{"no object", `[]`, nil, "read answer: not a JSON object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := d.Read([]byte(test.item))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if said := fmt.Sprint(err); err != nil && said != test.wrong || err == nil && test.wrong != "" {
				t.Errorf("got %v, want %q", err, test.wrong)
			}
		})
	}
}

func TestACustomFieldIsFoundByAllItsNames(t *testing.T) {
	r := harborOf(t, "ship")
	m := r.With(named(t, r, kit(), "Extras.values.call sign"), nil).Model
	sign := m.Index("Extras.values.call sign")
	if sign < 0 {
		t.Fatal("got no field under the name that the job writes")
	}
	for name, want := range map[string]int{
		"extras.values.CALL SIGN": sign, "extras.values.14": sign, "extras.values.15": len(m.Fields) - 1, "extras.values.16": -1, "14": -1,
		"extras.values.11": m.Index("extras.values.Dues"),
	} {
		if got := m.Index(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
	if got, want := m.Fields[sign].Stored(), "extras.values.14"; got != want {
		t.Errorf("got %s in the ledger, want %s: the next job may call it otherwise", got, want)
	}
	if got := m.Fields[m.Index("name")].Stored(); got != "name" {
		t.Errorf("got %s in the ledger for a documented field, want its name", got)
	}
	for name, want := range map[string]bool{"extras.values.15": true, "extras.values.": true, "extras.kit": false, "extras.values": false} {
		if got := m.IsCustom(name); got != want {
			t.Errorf("%s: got custom %v, want %v", name, got, want)
		}
	}
	if harborOf(t, "ship").Model.IsCustom("name") || cro(t).IsCustom("customFields.1") {
		t.Error("a resource without custom fields has none")
	}
}

// A stored value must find its own field again, even where the name of one field is the id of another.
func TestTheStoredNameOfAFieldIsItsOwn(t *testing.T) {
	r := harborOf(t, "ship")
	definitions := []model.Definition{
		{ID: "1", Name: "2", Type: "words"}, {ID: "2", Name: "3", Type: "words"}, {ID: "3", Name: "Sign", Type: "words"},
		{ID: "4", Name: "sign", Type: "words"}, {ID: "5", Name: "", Type: "words"},
	}
	m := r.With(named(t, r, definitions, "extras.values.2"), nil).Model
	for i := range m.Fields {
		if got := m.Index(m.Fields[i].Stored()); got != i {
			t.Errorf("%s, stored as %s: got field %d, want %d", m.Fields[i].Name, m.Fields[i].Stored(), got, i)
		}
	}
}

func TestTheUnitOfAnUpdate(t *testing.T) {
	ship, sailor := withKit(t, "ship").Model, withKit(t, "sailor").Model
	for _, test := range []struct {
		m          *model.Model
		name, want string
	}{
		{ship, "name", ""},
		{ship, "berth.pier", "berth"},
		{ship, "extras.kit", "extras"},
		{ship, "extras.values.Dues", "extras"},
		{sailor, "attributes.Eyes", ""},
		{cro(t), "customer_id", ""},
	} {
		if got := test.m.Fields[test.m.Index(test.name)].Unit(); got != test.want {
			t.Errorf("%s: got unit %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAListThatMergesWithinAnObjectGoesWithTheObject(t *testing.T) {
	target, err := model.Parse("harbor.yaml", []byte(strings.Replace(harborText(t), "value: is\n", "value: is\n        merge: true\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	r := target.Resources[0]
	if got := named(t, r, kit())[0].Unit(); got != "extras" {
		t.Errorf("got unit %q, want extras: that the list merges says nothing of the object around it", got)
	}
}

func TestAValueFitsItsField(t *testing.T) {
	m := withKit(t, "ship").Model
	for _, test := range []struct {
		name, field string
		value       model.Value
		want        bool
	}{
		{"a number", "zone", model.Value{Kind: model.Integer, Text: "7"}, true},
		{"a name where an id is sent", "zone", text("North"), false},
		{"a fraction where a whole number is sent", "zone", number("7.5"), false},
		{"nothing, which is sent as it is", "zone", model.Value{Kind: model.Null}, true},
		{"what is not known", "zone", model.Value{}, false},
		{"a whole number where any is sent", "fee", model.Value{Kind: model.Integer, Text: "7"}, true},
		{"text", "note", text(""), true},
		{"a number in a custom text", "extras.values.Call sign", number("7"), false},
		{"a day", "extras.values.Built", text("2024-02-29"), true},
		{"no day", "extras.values.Built", text("2023-02-29"), false},
	} {
		if got := m.Fields[m.Index(test.field)].Fits(test.value); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
