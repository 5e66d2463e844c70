package simulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// writeRow is one rule of a write: the fields of a body, and what is stored or what the refusal says of which field.
type writeRow struct {
	name, body string
	field      string // the field to look at, dotted, or the name in errors
	want       any    // its stored value
	refused    string // part of what errors says; empty if the body is accepted
}

// bigchangeContactRows holds the rules that a create and an update share. Sources:
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact and .../update-a-contact.
func bigchangeContactRows() []writeRow {
	rows := []writeRow{
		{"a name", `{"name": "Bäckerei & Söhne"}`, "name", "Bäckerei & Söhne", ""},
		{"a very long name: no length is documented", `{"name": "` + strings.Repeat("é", 4000) + `"}`, "name", strings.Repeat("é", 4000), ""},
		{"a name that is null", `{"name": null}`, "name", nil, "null"},
		{"an empty name", `{"name": ""}`, "name", nil, "empty"},
		{"a name that is a number", `{"name": 5}`, "name", nil, "string"},
		{"another group of the customer", `{"groupId": 1205}`, "groupId", 1205.0, ""},
		{"a group that is null", `{"groupId": null}`, "groupId", nil, "null"},
		{"a group that does not exist", `{"groupId": 9}`, "groupId", nil, "no such contact group"},
		{"a group of another customer", `{"groupId": 2000}`, "groupId", nil, "no such contact group"},
		{"a group that is text", `{"groupId": "1204"}`, "groupId", nil, "integer"},
		{"a group with a fraction", `{"groupId": 1204.5}`, "groupId", nil, "integer"},
		{"a group beyond 64 bits", `{"groupId": 9223372036854775808}`, "groupId", nil, "integer"},
		{"a parent", `{"parentId": 3}`, "parentId", 3.0, ""},
		{"a parent that is null", `{"parentId": null}`, "parentId", nil, ""},
		{"a parent that does not exist", `{"parentId": 99}`, "parentId", nil, "no such contact"},
		{"a parent of another customer", `{"parentId": 50}`, "parentId", nil, "no such contact"},
		{"a parent that is text", `{"parentId": "1"}`, "parentId", nil, "integer"},
		{"a location", `{"location": {"latitude": -33.9, "longitude": 151}}`, "location.latitude", -33.9, ""},
		{"the point where Greenwich meets the equator", `{"location": {"latitude": 0, "longitude": 0}}`, "location.longitude", 0.0, ""},
		{"coordinates beyond the globe: no range is documented", `{"location": {"latitude": 91, "longitude": 181}}`, "location.longitude", 181.0, ""},
		{"a coordinate with an exponent", `{"location": {"latitude": 5.38e1, "longitude": 1}}`, "location.latitude", 53.8, ""},
		{"a location that is null", `{"location": null}`, "location", nil, "null"},
		{"a location without a latitude", `{"location": {"longitude": 1}}`, "location.latitude", nil, "required"},
		{"a location without a longitude", `{"location": {"latitude": 1}}`, "location.longitude", nil, "required"},
		{"a longitude that is null", `{"location": {"latitude": 1, "longitude": null}}`, "location.longitude", nil, "required"},
		{"a latitude that is text", `{"location": {"latitude": "53.8", "longitude": 1}}`, "location.latitude", nil, "number"},
		{"a latitude that is no double", `{"location": {"latitude": 1e999, "longitude": 1}}`, "location.latitude", nil, "number"},
		{"a location that is a list", `{"location": [53.8, -1.55]}`, "location", nil, "object"},
		{"a location with an altitude", `{"location": {"latitude": 1, "longitude": 1, "altitude": 5}}`, "location.altitude", nil, "Unknown"},
		{"custom fields that are an object", `{"customFields": {"77": "Gold"}}`, "customFields", nil, "list"},
		{"a custom field that is text", `{"customFields": ["Gold"]}`, "customFields[0]", nil, "object"},
		{"a custom field without a definition", `{"customFields": [{"value": "Gold"}]}`, "customFields[0].definitionId", nil, "integer"},
		{"a definition that is text", `{"customFields": [{"definitionId": "77", "value": "x"}]}`, "customFields[0].definitionId", nil, "integer"},
		{"a definition that does not exist", `{"customFields": [{"definitionId": 77, "value": "x"}, {"definitionId": 9, "value": "x"}]}`,
			"customFields[1].definitionId", nil, "no such definition"},
		{"a definition of another customer", `{"customFields": [{"definitionId": 200, "value": "x"}]}`, "customFields[0].definitionId", nil, "no such definition"},
		{"a definition of persons", `{"customFields": [{"definitionId": 82, "value": "x"}]}`, "customFields[0].definitionId", nil, "no such definition"},
		{"a definition twice", `{"customFields": [{"definitionId": 77, "value": "x"}, {"definitionId": 77, "value": "y"}]}`,
			"customFields[1].definitionId", nil, "twice"},
		{"a custom value that is a number", `{"customFields": [{"definitionId": 77, "value": 5}]}`, "customFields[0].value", nil, "string"},
		{"a custom value that is a boolean", `{"customFields": [{"definitionId": 77, "value": true}]}`, "customFields[0].value", nil, "string"},
		{"a custom field with a label", `{"customFields": [{"definitionId": 77, "value": "x", "label": "Tier"}]}`, "customFields[0].label", nil, "Unknown"},
		{"a field that is not in the model", `{"phone": "555"}`, "phone", nil, "Unknown"},
		{"the id, which the server gives", `{"id": 7}`, "id", nil, "Unknown"},
		{"the stop state, which has calls of its own", `{"accountStatus": "normal"}`, "accountStatus", nil, "Unknown"},
		{"a field in another letter case", `{"Name": "Jo"}`, "Name", nil, "Unknown"},
	}
	for _, field := range []string{"reference", "extraInformation", "street", "town", "postalCode", "country"} {
		say := func(value string) string { return fmt.Sprintf(`{%q: %s}`, field, value) }
		rows = append(rows,
			writeRow{field + " is free text", say(`" 0042 =x\n"`), field, " 0042 =x\n", ""},
			writeRow{field + " may be empty", say(`""`), field, "", ""},
			writeRow{field + " may be null", say(`null`), field, nil, ""},
			writeRow{field + " of any length", say(`"` + strings.Repeat("x", 3000) + `"`), field, strings.Repeat("x", 3000), ""},
			writeRow{field + " may not be a number", say(`5`), field, nil, "string"},
			writeRow{field + " may not be a list", say(`["x"]`), field, nil, "string"},
		)
	}
	return rows
}

// withStrangers is a world that has a second contact, number 2, with every text filled, a third, and another customer with records of its own.
func withStrangers(t *testing.T, options simulator.BigChangeOptions) *integrator {
	t.Helper()
	i := newIntegrator(t, simulator.Options{BigChange: options})
	i.sim.BigChange.AddContact(14532, simulator.BigChangeContact{
		Name: "Second", GroupID: 1204, Reference: new("R-2"), ParentID: new(int64(1)), ExtraInformation: new("old"),
		BigChangeAddress: simulator.BigChangeAddress{Street: new("old"), Town: new("old"), PostalCode: new("old"), Country: new("old")},
	})
	i.sim.BigChange.AddContact(14532, simulator.BigChangeContact{Name: "Third", GroupID: 1204})
	other := i.sim.BigChange.AddCustomer(0)
	i.sim.BigChange.AddGroup(other, simulator.BigChangeGroup{ID: 2000, Name: "Elsewhere"})
	i.sim.BigChange.AddDefinition(other, simulator.BigChangeDefinition{ID: 200, Label: "Tier", GroupID: 2000})
	i.sim.BigChange.AddDefinition(other, simulator.BigChangeDefinition{ID: 201, Label: "Language"})
	i.sim.BigChange.AddContact(other, simulator.BigChangeContact{ID: 50, Name: "Stranger", GroupID: 2000, Reference: new("S-1")})
	return i
}

func TestBigChangeCreateContactRules(t *testing.T) {
	for _, row := range bigchangeContactRows() {
		t.Run(row.name, func(t *testing.T) {
			i := withStrangers(t, simulator.BigChangeOptions{})
			checkWrite(t, i.sim, i.ask("POST", "/v1/contacts", aContact(t, row.body)), row)
			contacts := i.sim.BigChange.Contacts(14532)
			if stored := len(contacts) == 4; stored != (row.refused == "") {
				t.Fatalf("got %d contacts", len(contacts))
			}
			if row.refused == "" {
				checkStored(t, contacts[3], row)
			}
		})
	}
}

func TestBigChangeUpdateContactRules(t *testing.T) {
	for _, row := range bigchangeContactRows() {
		t.Run(row.name, func(t *testing.T) {
			i := withStrangers(t, simulator.BigChangeOptions{})
			before := i.sim.BigChange.Contacts(14532)[1]
			checkWrite(t, i.sim, i.ask("PATCH", "/v1/contacts/2", row.body), row)
			after := i.sim.BigChange.Contacts(14532)[1]
			if row.refused == "" {
				checkStored(t, after, row)
			} else if got, want := at(t, after, "name"), at(t, before, "name"); got != want || after.ModifiedAt != before.ModifiedAt {
				t.Errorf("a refused update left %v, want %v", after, before)
			}
		})
	}
}

// checkWrite compares an answer with its row, and the commit log with the answer.
func checkWrite(t *testing.T, sim *simulator.Simulator, got answer, row writeRow) {
	t.Helper()
	if row.refused == "" && got.status/100 != 2 {
		t.Errorf("got %d %s, want it accepted", got.status, got.body)
	}
	if row.refused != "" && (got.status != 422 || !strings.Contains(got.blames(t, row.field), row.refused)) {
		t.Errorf("got %d %s, want 422 that says %q of %s", got.status, got.body, row.refused, row.field)
	}
	if committed := len(sim.Commits()) == 1; committed != (row.refused == "") {
		t.Errorf("committed: got %v", committed)
	}
}

func checkStored(t *testing.T, record any, row writeRow) {
	t.Helper()
	if got := at(t, record, row.field); got != row.want {
		t.Errorf("stored %s: got %v, want %v", row.field, got, row.want)
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact (required fields).
func TestBigChangeContactsNeedThreeFields(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	got := i.ask("POST", "/v1/contacts", `{}`)
	for _, field := range []string{"name", "groupId", "location"} {
		if !strings.Contains(got.blames(t, field), "required") {
			t.Errorf("nothing at all: got %d %s, want %s named as required", got.status, got.body, field)
		}
		if one := i.ask("POST", "/v1/contacts", without(t, aContact(t, `{}`), field)); one.status != 422 || one.blames(t, field) == "" {
			t.Errorf("without %s: got %d %s, want 422", field, one.status, one.body)
		}
	}
	if got := i.ask("POST", "/v1/contacts", aContact(t, `{}`)); got.status != 201 {
		t.Errorf("with the three: got %d %s, want 201", got.status, got.body)
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact (the answer has the id only).
func TestBigChangeCreateAnswersTheIDOnly(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	got := i.ask("POST", "/v1/contacts", aContact(t, `{"reference": "HV-001"}`))
	if want := `{"id":2}`; got.status != 201 || got.body != want {
		t.Errorf("got %d %s, want 201 %s", got.status, got.body, want)
	}
	if got := i.ask("POST", "/v1/contacts", aContact(t, `{"reference": "HV-001"}`)); got.status != 201 || got.body != `{"id":3}` {
		t.Errorf("the same reference again: got %d %s, want another contact", got.status, got.body)
	}
}

// A contact as github.com/Ecaco/BigChangePythonAPI, tests/contacts_test.py, has it.
func TestBigChangeContactAnswers(t *testing.T) {
	i := newIntegrator(t, worldAt(aMoment, simulator.BigChangeOptions{}))
	want := `{"id":1,"createdAt":"2024-05-06T07:08:00.0000000+00:00","modifiedAt":"2024-05-06T07:08:00.0000000+00:00",` +
		`"reference":"R-1","name":"First","groupId":1204,"parentId":null,"extraInformation":null,"street":null,"town":null,` +
		`"postalCode":null,"country":null,"accountStatus":"normal","stopReason":null,"stoppedAt":null,` +
		`"customFields":[{"definitionId":77,"value":"Gold"}]}`
	if got := i.ask("GET", "/v1/contacts/1", ""); got.status != 200 || got.body != want {
		t.Errorf("got  %d %s\nwant 200 %s", got.status, got.body, want)
	}
	if got := i.ask("GET", "/v1/contacts", ""); !strings.Contains(got.body, want) {
		t.Errorf("the list shows %s, want the whole contact", got.body)
	}
	i = newIntegrator(t, worldAt(aMoment, simulator.BigChangeOptions{ShowLocation: true}))
	for _, path := range []string{"/v1/contacts/1", "/v1/contacts"} {
		if got := i.ask("GET", path, ""); !strings.Contains(got.body, `"location":{"latitude":1,"longitude":2}`) {
			t.Errorf("%s: got %s, want the location, as the option says", path, got.body)
		}
	}
}

func TestBigChangeContactOptions(t *testing.T) {
	type options = simulator.BigChangeOptions
	over := func(field string, n int) string { return fmt.Sprintf(`{%q: %q}`, field, strings.Repeat("é", n)) }
	rows := []struct {
		name, method string
		options      options
		body         string
		field        string // refused for it; empty if accepted
	}{
		{"a reference in use is accepted", "POST", options{}, `{"reference": "R-1"}`, ""},
		{"a reference in use may be refused", "POST", options{UniqueReferences: true}, `{"reference": "R-1"}`, "reference"},
		{"an update to a reference in use may be refused", "PATCH", options{UniqueReferences: true}, `{"reference": "R-1"}`, "reference"},
		{"a contact keeps its own reference", "PATCH", options{UniqueReferences: true}, `{"reference": "R-2"}`, ""},
		{"empty references do not clash", "POST", options{UniqueReferences: true}, `{"reference": ""}`, ""},
		{"null references do not clash", "POST", options{UniqueReferences: true}, `{"reference": null}`, ""},
		{"another customer's reference does not clash", "POST", options{UniqueReferences: true}, `{"reference": "S-1"}`, ""},
		{"coordinates on the edge of the globe", "POST", options{CheckCoordinates: true}, `{"location": {"latitude": -90, "longitude": 180}}`, ""},
		{"a latitude beyond the pole may be refused", "POST", options{CheckCoordinates: true}, `{"location": {"latitude": 90.1, "longitude": 0}}`, "location.latitude"},
		{"a longitude beyond 180 may be refused", "PATCH", options{CheckCoordinates: true}, `{"location": {"latitude": 0, "longitude": -181}}`, "location.longitude"},
		{"an update may empty a name", "PATCH", options{EmptyNames: true}, `{"name": ""}`, ""},
		{"a create may not, for there it is documented", "POST", options{EmptyNames: true}, `{"name": ""}`, "name"},
		{"unknown fields may be skipped", "POST", options{IgnoreUnknown: true}, `{"phone": "555"}`, ""},
		{"unknown fields inside may be skipped", "PATCH", options{IgnoreUnknown: true}, `{"location": {"latitude": 1, "longitude": 1, "z": 1}}`, ""},
	}
	for field, limit := range map[string]int{ // documentation.ops.bigchange.com/docs/web-services/contacts/contactsave
		"name": 50, "reference": 40, "street": 100, "town": 100, "postalCode": 10, "country": 50, "extraInformation": 255,
	} {
		for _, method := range []string{"POST", "PATCH"} {
			rows = append(rows, []struct {
				name, method string
				options      options
				body, field  string
			}{
				{"the old length of " + field, method, options{LegacyLimits: true}, over(field, limit), ""},
				{"more than the old length of " + field, method, options{LegacyLimits: true}, over(field, limit+1), field},
			}...)
		}
	}
	for _, row := range rows {
		t.Run(row.method+": "+row.name, func(t *testing.T) {
			i := withStrangers(t, row.options)
			path, body := "/v1/contacts/2", row.body
			if row.method == "POST" {
				path, body = "/v1/contacts", aContact(t, row.body)
			}
			got := i.ask(row.method, path, body)
			if row.field == "" && got.status/100 != 2 {
				t.Errorf("got %d %s, want it accepted", got.status, got.body)
			}
			if row.field != "" && (got.status != 422 || got.blames(t, row.field) == "") {
				t.Errorf("got %d %s, want 422 for %s", got.status, got.body, row.field)
			}
		})
	}
}
