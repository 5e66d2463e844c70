package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Pages that document the two resources of BigChange.
const (
	bigchangePages      = "documentation.ops.bigchange.com/docs/rest/api-reference/"
	bigchangeContact    = bigchangePages + "create-a-contact"
	bigchangePerson     = bigchangePages + "create-a-person"
	bigchangeReadPerson = bigchangePages + "get-a-person"
)

// embedded is an embedded target.
func embedded(t testing.TB, name string) *model.Target {
	t.Helper()
	target, err := model.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// resourceOf is a resource of an embedded target, by its full name.
func resourceOf(t testing.TB, name string) *model.Resource {
	t.Helper()
	target, resource, _ := strings.Cut(name, "/")
	r, ok := embedded(t, target).Resource(resource)
	if !ok {
		t.Fatalf("no resource %s", name)
	}
	return r
}

// checkFields compares the fields of a resource with those that its pages document, in all but aliases and words.
func checkFields(t *testing.T, got, want []model.Field) {
	t.Helper()
	ignored := cmp.Options{cmpopts.IgnoreUnexported(model.Rules{}, model.Reading{}), cmpopts.IgnoreFields(model.Field{}, "Aliases", "Description")}
	if diff := cmp.Diff(want, got, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFieldsOfABigChangeContact(t *testing.T) {
	optional := func(name string, legacy int) model.Field {
		return model.Field{
			Name: name, Kind: model.String, Nullable: true, Clear: model.ClearNull,
			Rules: model.Rules{MaxLength: -1, Legacy: legacy}, Source: bigchangeContact,
		}
	}
	free := model.Rules{MaxLength: -1}
	checkFields(t, resourceOf(t, "bigchange/contact").Model.Fields, []model.Field{
		optional("reference", 40),
		{Name: "name", Kind: model.String, Required: true, Rules: model.Rules{MinLength: 1, MaxLength: -1, Legacy: 50}, Source: bigchangeContact},
		{Name: "groupId", Kind: model.Integer, Required: true, Rules: free, Source: bigchangeContact, Lookup: "groups"},
		{Name: "parentId", Kind: model.Integer, Nullable: true, Clear: model.ClearNull, Rules: free, Source: bigchangeContact, Lookup: "contacts"},
		optional("extraInformation", 255),
		optional("street", 100),
		optional("town", 100),
		optional("postalCode", 10),
		optional("country", 50),
		{Name: "location.latitude", Kind: model.Number, Required: true, Rules: free, Source: bigchangeContact},
		{Name: "location.longitude", Kind: model.Number, Required: true, Rules: free, Source: bigchangeContact},
	})
}

func TestFieldsOfABigChangePerson(t *testing.T) {
	optional := func(name string, legacy int) model.Field {
		return model.Field{
			Name: name, Kind: model.String, Nullable: true, Clear: model.ClearNull,
			Rules: model.Rules{MaxLength: -1, Legacy: legacy}, Source: bigchangePerson,
		}
	}
	required := func(name string, legacy int) model.Field {
		return model.Field{
			Name: name, Kind: model.String, Required: true,
			Rules: model.Rules{MinLength: 1, MaxLength: -1, Legacy: legacy}, Source: bigchangePerson,
		}
	}
	free := model.Rules{MaxLength: -1}
	checkFields(t, resourceOf(t, "bigchange/person").Model.Fields, []model.Field{
		{Name: "contactId", Kind: model.Integer, Required: true, Immutable: true, Rules: free, Source: bigchangePerson, Lookup: "contacts"},
		optional("title", 0),
		required("forename", 0),
		required("surname", 0),
		required("email", 100),
		optional("mobile", 30),
		optional("landline", 30),
		optional("extension", 0),
		optional("position", 0),
		optional("department", 0),
		{Name: "isOptedOut", Kind: model.Boolean, Rules: free, Source: bigchangePerson},
	})
}

func TestBigChangeAsATarget(t *testing.T) {
	got := *embedded(t, "bigchange")
	want := model.Target{
		Name: "bigchange", Title: "BigChange", Version: "1", Hash: got.Hash,
		Server: model.Server{BaseURL: "https://api.bigchange.com"},
		Settings: []model.Setting{
			{Name: "customer_id", In: []string{"header"}, Param: "Customer-Id", Kind: model.Integer, Required: true, Except: []string{"createToken"}},
		},
		Auth:   model.Auth{Methods: []string{"client_credentials", "bearer"}, TokenPath: "/auth/tokens"},
		Errors: model.ErrorShape{Message: []string{"detail", "title"}, Map: "errors"},
		Settle: 5 * time.Second,
		Check:  &model.Check{Operation: listed("listContactGroups", "/v1/contactGroups", "contacts:read").Operation},
		Lookups: []*model.Lookup{
			{Name: "groups", Listing: listed("listContactGroups", "/v1/contactGroups", "contacts:read"), ID: "id", By: map[string]string{"name": "name"}},
			{Name: "contacts", Listing: listed("listContacts", "/v1/contacts", "contacts:read"), ID: "id", By: map[string]string{"name": "name", "reference": "reference"}},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(model.Target{}, "Resources")); diff != "" {
		t.Errorf("no rate limit is documented, and the rest is as on the pages (-want +got)\n%s", diff)
	}
}

// listed is how every list of BigChange goes, as the page get-a-list-of-contact-groups says.
func listed(id, path, scope string) model.Listing {
	return model.Listing{
		Operation: model.Operation{ID: id, Method: "GET", Path: path, Query: []string{"pageNumber", "pageSize"}, Scopes: []string{scope}},
		Items:     "items", PageParam: "pageNumber", SizeParam: "pageSize", Size: 1000, Count: "pageItemCount", PageSize: "pageSize",
	}
}

func TestBigChangeResources(t *testing.T) {
	contacts, persons := listed("listContacts", "/v1/contacts", "contacts:read"), listed("listPersons", "/v1/persons", "contacts:persons:read")
	for _, filter := range []string{"contactId", "email", "landline", "mobile", "surname"} { // page get-a-list-of-persons
		persons.Query = append(persons.Query, filter)
		if persons.Filters == nil {
			persons.Filters = map[string]string{}
		}
		persons.Filters[filter] = filter
	}
	contact, person := []string{"contactId"}, []string{"personId"}
	write, writePersons := []string{"contacts:write"}, []string{"contacts:persons:write"}
	want := []*model.Resource{
		{
			Name:   "contact",
			Create: &model.Operation{ID: "createContact", Method: "POST", Path: "/v1/contacts", Scopes: write},
			Update: &model.Operation{ID: "updateContact", Method: "PATCH", Path: "/v1/contacts/{contactId}", Params: contact, Scopes: write},
			Get:    &model.Operation{ID: "getContact", Method: "GET", Path: "/v1/contacts/{contactId}", Params: contact, Scopes: contacts.Scopes},
			List:   &contacts, IDField: "id", IDParam: "contactId", Key: []string{"reference"},
			Custom: &model.Custom{List: "customFields", ID: "definitionId", Value: "value", Merge: true},
		},
		{
			Name:   "person",
			Create: &model.Operation{ID: "createPerson", Method: "POST", Path: "/v1/persons", Scopes: writePersons},
			Update: &model.Operation{ID: "updatePerson", Method: "PATCH", Path: "/v1/persons/{personId}", Params: person, Scopes: writePersons},
			Get:    &model.Operation{ID: "getPerson", Method: "GET", Path: "/v1/persons/{personId}", Params: person, Scopes: persons.Scopes},
			List:   &persons, IDField: "id", IDParam: "personId", Key: []string{"contactId", "email"},
			Custom: &model.Custom{List: "customFields", ID: "definitionId", Value: "value", Merge: true},
		},
	}
	ignored := cmp.Options{cmpopts.IgnoreFields(model.Resource{}, "Model"), cmpopts.IgnoreUnexported(model.Custom{})}
	if diff := cmp.Diff(want, embedded(t, "bigchange").Resources, ignored); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// bigchangeCustom is a resource in whose model two custom fields are, as a job writes them that names one of them.
func bigchangeCustom(t testing.TB, name string) *model.Resource {
	t.Helper()
	r := resourceOf(t, name)
	definitions := []model.Definition{{ID: "77", Name: "Tier"}, {ID: "78", Name: "78"}}
	fields, unknown := r.Custom.Named([]string{"customFields.Tier", "customFields.78"}, definitions)
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	return r.With(fields, nil)
}

func TestBigChangeCustomFieldsAreTextByTheirDefinition(t *testing.T) {
	for _, name := range []string{"bigchange/contact", "bigchange/person"} {
		t.Run(name, func(t *testing.T) {
			m := bigchangeCustom(t, name).Model
			f := &m.Fields[m.Index("customFields.Tier")]
			if f.Kind != model.String || !f.Nullable || f.Clear != model.ClearNull || f.MaxLength != -1 || f.Source != bigchangeReadPerson {
				t.Errorf("got %+v, want text of any length that null empties, by %s", f, bigchangeReadPerson)
			}
			rec := record(t, m, map[string]model.Value{"customFields.Tier": text("0042"), "customFields.78": {Kind: model.Null}})
			if problems := m.Validate(nil, rec, model.ForUpdate); len(problems) > 0 {
				t.Errorf("got %v, want no problem", problems)
			}
			got := string(m.AppendBody(nil, rec, nil))
			if want := `{"customFields":[{"definitionId":77,"value":"0042"},{"definitionId":78,"value":null}]}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			// Definitions that an update leaves out keep their value, so one that changed goes alone.
			got = string(m.AppendBody(nil, rec, []int{m.Index("customFields.78")}))
			if want := `{"customFields":[{"definitionId":78,"value":null}]}`; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestBigChangeCustomFieldsHaveNoListOfDefinitions(t *testing.T) {
	for _, name := range []string{"bigchange/contact", "bigchange/person"} {
		if got := resourceOf(t, name).Custom.Definitions; got != nil {
			t.Errorf("%s: got %+v, want none: no REST page lists definitions", name, got)
		}
	}
}

// A contact as github.com/Ecaco/BigChangePythonAPI has it, and a person as its page has it.
func TestBigChangeAnswersAreRead(t *testing.T) {
	for _, test := range []struct {
		resource, answer string
		want             map[string]string
	}{
		{"bigchange/contact", `{"id":1,"createdAt":"2024-05-06T07:08:00.0000000+00:00","reference":"0042","name":"Mill","groupId":310,"parentId":null,` +
			`"street":null,"accountStatus":"normal","customFields":[{"definitionId":77,"value":"Gold"}]}`,
			map[string]string{
				"reference": "string 0042", "name": "string Mill", "groupId": "integer 310", "parentId": "null ", "street": "null ",
				"customFields.Tier": "string Gold", "customFields.78": "null ",
			}},
		{"bigchange/contact", `{"id":1,"location":{"latitude":51.50,"longitude":-2}}`,
			map[string]string{"location.latitude": "number 51.5", "location.longitude": "number -2"}},
		{"bigchange/person", `{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","contactId":1,"forename":"Ida","isOptedOut":false,"mobile":null}`,
			map[string]string{"contactId": "integer 1", "forename": "string Ida", "isOptedOut": "boolean false", "mobile": "null "}},
	} {
		r := bigchangeCustom(t, test.resource)
		rec, err := r.Model.FromJSON([]byte(test.answer))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for field, v := range known(r.Model, rec) {
			got[field] = fmt.Sprintf("%s %s", v.Kind, v.Text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.resource, diff)
		}
		if id, ok := r.ReadID([]byte(test.answer)); !ok || (id != "1" && len(id) != 36) {
			t.Errorf("%s: got id %q %v", test.resource, id, ok)
		}
	}
}

func TestBigChangeRules(t *testing.T) {
	no := strings.Repeat
	null := model.Value{Kind: model.Null}
	contact, person := "bigchange/contact", "bigchange/person"
	for _, test := range []struct {
		rule, resource, field string
		value                 model.Value
		want                  string // code and message on create and update alike, "" for none
	}{
		{"a name must not be empty", contact, "name", text(""), "too_short 0 characters, at least 1 required"},
		{"a name may have any length, and beyond 50 one is told of the older limit", contact, "name", text(no("ß", 51)),
			"legacy_limit 51 characters, and the API's older interface takes at most 50"},
		{"50 characters are fine for both", contact, "name", text(no("ß", 50)), ""},
		{"a name cannot be cleared", contact, "name", null, "not_nullable The field cannot be emptied."},
		{"nor can a group", contact, "groupId", null, "not_nullable The field cannot be emptied."},
		{"nor can a place", contact, "location.latitude", null, "not_nullable The field cannot be emptied."},
		{"a reference may be longer than the older limit", contact, "reference", text(no("7", 41)),
			"legacy_limit 41 characters, and the API's older interface takes at most 40"},
		{"a postcode too", contact, "postalCode", text("SW1A 1AA UK"), "legacy_limit 11 characters, and the API's older interface takes at most 10"},
		{"a reference keeps its zeros", contact, "reference", text("0042"), ""},
		{"a country is text", contact, "country", text("Österreich"), ""},
		{"a parent can be taken away", contact, "parentId", null, ""},
		{"a group is a whole number", contact, "groupId", text("Housing"), `not_integer "Housing" is not a whole number`},
		{"no range of coordinates is documented", contact, "location.latitude", number("91"), ""},
		{"a coordinate is a number", contact, "location.longitude", text("W 2.5"), `not_number "W 2.5" is not a number`},
		{"a forename must not be empty", person, "forename", text(""), "too_short 0 characters, at least 1 required"},
		{"nor a surname", person, "surname", text(""), "too_short 0 characters, at least 1 required"},
		{"nor an address", person, "email", text(""), "too_short 0 characters, at least 1 required"},
		{"an address cannot be cleared", person, "email", null, "not_nullable The field cannot be emptied."},
		{"no form of an address is documented", person, "email", text("reception desk"), ""},
		{"a mobile may be longer than the older limit", person, "mobile", text(no("0", 31)),
			"legacy_limit 31 characters, and the API's older interface takes at most 30"},
		{"a landline can be cleared", person, "landline", null, ""},
		{"an extension has no limit", person, "extension", text(no("9", 300)), ""},
		{"a mark is true or false", person, "isOptedOut", text("maybe"), `not_boolean "maybe" is neither true nor false`},
		{"and cannot be cleared", person, "isOptedOut", null, "not_nullable The field cannot be emptied."},
	} {
		t.Run(test.rule, func(t *testing.T) {
			m := resourceOf(t, test.resource).Model
			for _, use := range []model.Use{model.ForCreate, model.ForUpdate} {
				rec := complete(m, use)
				rec[m.Index(test.field)] = test.value
				checkProblem(t, m.Validate(nil, rec, use), test.field, test.want)
			}
		})
	}
}

// complete is a record with a value for every required field, and in an update also for what comes together with others.
func complete(m *model.Model, use model.Use) model.Record {
	rec := m.NewRecord()
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Required && (use == model.ForCreate || strings.HasPrefix(f.Name, "location.")) {
			rec[i] = fine(f)
		}
	}
	return rec
}

// checkProblem compares the problems with the one that is wanted, written as code and message; "" wants none.
func checkProblem(t *testing.T, got []model.Problem, field, want string) {
	t.Helper()
	if want == "" {
		if len(got) > 0 {
			t.Errorf("got %s %s, want no problem", got[0].Code, got[0].Message)
		}
		return
	}
	if len(got) != 1 || got[0].Field != field || string(got[0].Code)+" "+got[0].Message != want {
		t.Errorf("got %v, want %s at %s", got, want, field)
		return
	}
	if warns := got[0].Code == model.CodeLegacyLimit; got[0].Stops() == warns {
		t.Errorf("%s: got stops %v", want, got[0].Stops())
	}
}

func TestBigChangeAsksForWhatIsRequired(t *testing.T) {
	for name, want := range map[string]string{
		"bigchange/contact": "name groupId location.latitude location.longitude",
		"bigchange/person":  "contactId forename surname email",
	} {
		m := resourceOf(t, name).Model
		var got []string
		for _, p := range m.Validate(nil, m.NewRecord(), model.ForCreate) {
			if p.Code != model.CodeRequired {
				t.Errorf("%s: got %s at %s", name, p.Code, p.Field)
			}
			got = append(got, p.Field)
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if problems := m.Validate(nil, m.NewRecord(), model.ForUpdate); len(problems) > 0 {
			t.Errorf("%s: got %v on update, want nothing required", name, problems)
		}
	}
}

func TestHalfABigChangeLocationIsAskedForTheOtherHalf(t *testing.T) {
	m := resourceOf(t, "bigchange/contact").Model
	rec := record(t, m, map[string]model.Value{"location.latitude": number("51.5")})
	checkProblem(t, m.Validate(nil, rec, model.ForUpdate), "location.longitude",
		"needs_field location.longitude is missing, and location.latitude is given")
}

func TestBigChangeDecimalsTravelAsTheyAreWritten(t *testing.T) {
	m := resourceOf(t, "bigchange/contact").Model
	rec := record(t, m, map[string]model.Value{
		"name": text("=A1 & Sons"), "groupId": {Kind: model.Integer, Text: "9007199254740993"}, "town": {Kind: model.Null},
		"location.latitude": number("51.454500000000000001"), "location.longitude": number("0"),
	})
	want := `{"name":"=A1 & Sons","groupId":9007199254740993,"town":null,"location":{"latitude":51.454500000000000001,"longitude":0}}`
	if got := string(m.AppendBody(nil, rec, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
