package simulator_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// bigchangePersonRows holds the rules that a create and an update share. Source:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-person and update-a-person.
func bigchangePersonRows() []writeRow {
	rows := []writeRow{
		{"another contact", `{"contactId": 2}`, "contactId", 2.0, ""},
		{"a contact that is null", `{"contactId": null}`, "contactId", nil, "null"},
		{"a contact that does not exist", `{"contactId": 99}`, "contactId", nil, "no such contact"},
		{"a contact of another customer", `{"contactId": 50}`, "contactId", nil, "no such contact"},
		{"a contact that is text", `{"contactId": "1"}`, "contactId", nil, "integer"},
		{"an e-mail is not looked into", `{"email": "nobody"}`, "email", "nobody", ""},
		{"JSON true", `{"isOptedOut": true}`, "isOptedOut", true, ""},
		{"JSON false", `{"isOptedOut": false}`, "isOptedOut", false, ""},
		{"a boolean that is null", `{"isOptedOut": null}`, "isOptedOut", nil, "null"},
		{"a boolean that is a number", `{"isOptedOut": 1}`, "isOptedOut", nil, "boolean"},
		{"a boolean that is a word", `{"isOptedOut": "true"}`, "isOptedOut", nil, "boolean"},
		{"a definition of contacts", `{"customFields": [{"definitionId": 77, "value": "x"}]}`, "customFields[0].definitionId", nil, "no such definition"},
		{"a definition of another customer", `{"customFields": [{"definitionId": 201, "value": "x"}]}`, "customFields[0].definitionId", nil, "no such definition"},
		{"a custom value that is a number", `{"customFields": [{"definitionId": 82, "value": 1}]}`, "customFields[0].value", nil, "string"},
		{"a field that is not in the model", `{"phone": "555"}`, "phone", nil, "Unknown"},
		{"the id, which the server gives", `{"id": "7"}`, "id", nil, "Unknown"},
	}
	for _, field := range []string{"forename", "surname", "email"} {
		say := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			writeRow{field + " is free text", say(`"Ø"`), field, "Ø", ""},
			writeRow{field + " of any length", say(`"` + strings.Repeat("x", 3000) + `"`), field, strings.Repeat("x", 3000), ""},
			writeRow{field + " may not be empty", say(`""`), field, nil, "empty"},
			writeRow{field + " may not be null", say(`null`), field, nil, "null"},
			writeRow{field + " may not be a number", say(`5`), field, nil, "string"},
		)
	}
	for _, field := range []string{"title", "mobile", "landline", "extension", "position", "department"} {
		say := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			writeRow{field + " is free text", say(`"+44 (0)113"`), field, "+44 (0)113", ""},
			writeRow{field + " may be empty", say(`""`), field, "", ""},
			writeRow{field + " may be null", say(`null`), field, nil, ""},
			writeRow{field + " of any length", say(`"` + strings.Repeat("5", 500) + `"`), field, strings.Repeat("5", 500), ""},
			writeRow{field + " may not be a number", say(`5`), field, nil, "string"},
		)
	}
	return rows
}

// withPerson is withStrangers with one person of contact 1, whose path is returned.
func withPerson(t *testing.T, options simulator.BigChangeOptions) (*integrator, string) {
	t.Helper()
	i := withStrangers(t, options)
	id := i.sim.BigChange.AddPerson(14532, simulator.BigChangePerson{
		ContactID: 1, Forename: "Ann", Surname: "Lee", Email: "ann@lee.example", Title: new("old"), Mobile: new("old"),
		Landline: new("old"), Extension: new("old"), Position: new("old"), Department: new("old"), IsOptedOut: true,
		CustomFields: []simulator.BigChangeCustomField{{DefinitionID: 82, Value: new("Welsh")}},
	})
	return i, "/v1/persons/" + id
}

func TestBigChangeCreatePersonRules(t *testing.T) {
	for _, row := range bigchangePersonRows() {
		t.Run(row.name, func(t *testing.T) {
			i := withStrangers(t, simulator.BigChangeOptions{})
			checkWrite(t, i.sim, i.ask("POST", "/v1/persons", aPerson(t, row.body)), row)
			persons := i.sim.BigChange.Persons(14532)
			if stored := len(persons) == 1; stored != (row.refused == "") {
				t.Fatalf("got %d persons", len(persons))
			}
			if row.refused == "" {
				checkStored(t, persons[0], row)
			}
		})
	}
}

func TestBigChangeUpdatePersonRules(t *testing.T) {
	for _, row := range bigchangePersonRows() {
		if strings.Contains(row.body, `"contactId"`) {
			row.refused = "Unknown" // a person stays with its contact
		}
		t.Run(row.name, func(t *testing.T) {
			i, path := withPerson(t, simulator.BigChangeOptions{})
			got := i.ask("PATCH", path, row.body)
			checkWrite(t, i.sim, got, row)
			if row.refused == "" {
				checkStored(t, i.sim.BigChange.Persons(14532)[0], row)
			}
			if row.refused == "" && (got.status != 204 || got.body != "") {
				t.Errorf("got %d %q, want 204 without a body", got.status, got.body)
			}
		})
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-person.
func TestBigChangePersonsNeedFourFields(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	got := i.ask("POST", "/v1/persons", `{}`)
	for _, field := range []string{"contactId", "forename", "surname", "email"} {
		if !strings.Contains(got.blames(t, field), "required") {
			t.Errorf("nothing at all: got %d %s, want %s named as required", got.status, got.body, field)
		}
		if one := i.ask("POST", "/v1/persons", without(t, aPerson(t, `{}`), field)); one.status != 422 || one.blames(t, field) == "" {
			t.Errorf("without %s: got %d %s, want 422", field, one.status, one.body)
		}
	}
}

// Sources: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-person (the id is a UUID).
func TestBigChangePersonLife(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, worldAt(now.Now, simulator.BigChangeOptions{}))
	got := i.ask("POST", "/v1/persons", aPerson(t, `{"mobile": "07700 900123", "customFields": [{"definitionId": 82, "value": "Welsh"}]}`))
	if !regexp.MustCompile(`^\{"id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"\}$`).MatchString(got.body) || got.status != 201 {
		t.Fatalf("got %d %s, want 201 with a UUID only", got.status, got.body)
	}
	id, _ := got.field(t, "id").(string)
	now.advance(time.Minute)
	if got := i.ask("PATCH", "/v1/persons/"+strings.ToUpper(id), `{"position": "Caretaker", "customFields": []}`); got.status != 204 {
		t.Fatalf("update: got %d %s, want 204", got.status, got.body)
	}
	want := `{"id":"` + id + `","createdAt":"2024-05-06T07:08:00.0000000+00:00","modifiedAt":"2024-05-06T07:09:00.0000000+00:00",` +
		`"contactId":1,"title":null,"forename":"Jo","surname":"Doe","email":"jo@doe.example","mobile":"07700 900123",` +
		`"landline":null,"extension":null,"position":"Caretaker","department":null,"isOptedOut":false,` +
		`"customFields":[{"definitionId":82,"value":"Welsh"}]}`
	if got := i.ask("GET", "/v1/persons/"+id, ""); got.status != 200 || got.body != want {
		t.Errorf("got  %d %s\nwant 200 %s", got.status, got.body, want)
	}
	commits := i.sim.Commits()
	if len(commits) != 2 || commits[1].API != "bigchange" || commits[1].Resource != "person" || commits[1].ID != 1 || string(commits[1].Body) != want {
		t.Errorf("commits: got %+v, want two of person number 1", commits)
	}
}

func TestBigChangePersonPaths(t *testing.T) {
	i, path := withPerson(t, simulator.BigChangeOptions{})
	stranger := i.sim.BigChange.AddPerson(14533, simulator.BigChangePerson{ContactID: 50, Forename: "X", Surname: "Y", Email: "z"})
	for _, row := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"the person", "GET", path, "", 200},
		{"an unknown person", "GET", "/v1/persons/" + someUUID, "", 404},
		{"a number that no person has", "GET", path[:len(path)-1] + "f", "", 404},
		{"a person of another customer", "GET", "/v1/persons/" + stranger, "", 404},
		{"an update of another customer's person", "PATCH", "/v1/persons/" + stranger, `{"title": "x"}`, 404},
		{"an id that is no UUID", "GET", "/v1/persons/1", "", 400},
		{"an update of nothing", "PATCH", path, `{}`, 422},
		{"custom fields that are null", "PATCH", path, `{"customFields": null}`, 422},
		{"persons cannot be deleted", "DELETE", path, "", 405},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := i.ask(row.method, row.path, row.body); got.status != row.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
		})
	}
	if commits := i.sim.Commits(); len(commits) != 0 {
		t.Errorf("got %d commits, want none", len(commits))
	}
}

// Source of the lengths: documentation.ops.bigchange.com/docs/web-services/contacts/contactsave.
func TestBigChangePersonOptions(t *testing.T) {
	for _, row := range []struct {
		name    string
		options simulator.BigChangeOptions
		method  string
		body    string
		field   string // refused for it; empty if accepted
	}{
		{"the old length of a phone", simulator.BigChangeOptions{LegacyLimits: true}, "POST", `{"mobile": "` + strings.Repeat("5", 30) + `"}`, ""},
		{"more than that in mobile", simulator.BigChangeOptions{LegacyLimits: true}, "POST", `{"mobile": "` + strings.Repeat("5", 31) + `"}`, "mobile"},
		{"more than that in landline", simulator.BigChangeOptions{LegacyLimits: true}, "PATCH", `{"landline": "` + strings.Repeat("5", 31) + `"}`, "landline"},
		{"the old length of an e-mail", simulator.BigChangeOptions{LegacyLimits: true}, "PATCH", `{"email": "` + strings.Repeat("x", 100) + `"}`, ""},
		{"more than that", simulator.BigChangeOptions{LegacyLimits: true}, "POST", `{"email": "` + strings.Repeat("x", 101) + `"}`, "email"},
		{"a title had no length", simulator.BigChangeOptions{LegacyLimits: true}, "POST", `{"title": "` + strings.Repeat("x", 500) + `"}`, ""},
		{"an update may empty a surname", simulator.BigChangeOptions{EmptyNames: true}, "PATCH", `{"surname": ""}`, ""},
		{"a create may not", simulator.BigChangeOptions{EmptyNames: true}, "POST", `{"surname": ""}`, "surname"},
	} {
		t.Run(row.name, func(t *testing.T) {
			i, path := withPerson(t, row.options)
			body := row.body
			if row.method == "POST" {
				path, body = "/v1/persons", aPerson(t, row.body)
			}
			got := i.ask(row.method, path, body)
			if row.field == "" && got.status/100 != 2 || row.field != "" && (got.status != 422 || got.blames(t, row.field) == "") {
				t.Errorf("got %d %s, want a refusal for %q", got.status, got.body, row.field)
			}
		})
	}
}
