package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const contactsPath = "/customers/1/contacts"

// rows of a contact rule: a body, and what is stored or the field and a word of the refusal.
type contactRow struct {
	name, body string
	field      string // the field to look at
	want       any    // its stored value
	refused    string // part of the detail; empty if the body is accepted
}

// contactRows holds every documented constraint of the contact model, from both sides. Source:
// docs.crosoftware.net/docs/requests/customer_contacts_create_contact, and customer_contacts_update_contact for PATCH.
func contactRows() []contactRow {
	text := func(field string, n int) string { return fmt.Sprintf(`{%q: %q}`, field, strings.Repeat("é", n)) }
	return []contactRow{
		{"nothing is required", `{}`, "name", nil, ""},
		{"a name of 1 character", text("name", 1), "name", "é", ""},
		{"a name of 128 characters in 256 bytes", text("name", 128), "name", strings.Repeat("é", 128), ""},
		{"a name of 129 characters", text("name", 129), "name", nil, "1 to 128"},
		{"an empty name", `{"name": ""}`, "name", nil, "1 to 128"},
		{"a name that is a number", `{"name": 5}`, "name", nil, "string"},
		{"a name that is a boolean", `{"name": true}`, "name", nil, "string"},
		{"a name that is an object", `{"name": {}}`, "name", nil, "string"},
		{"a name that is null", `{"name": null}`, "name", nil, "Null"},
		{"a fax of 7 characters", text("fax", 7), "fax", strings.Repeat("é", 7), ""},
		{"a fax of 15 characters", text("fax", 15), "fax", strings.Repeat("é", 15), ""},
		{"a fax of 6 characters", text("fax", 6), "fax", nil, "7 to 15"},
		{"a fax of 16 characters", text("fax", 16), "fax", nil, "7 to 15"},
		{"a fax that is a list", `{"fax": ["5550100"]}`, "fax", nil, "string"},
		{"a number of 1 character", text("number", 1), "number", "é", ""},
		{"a number of 90 characters", text("number", 90), "number", strings.Repeat("é", 90), ""},
		{"an empty number", `{"number": ""}`, "number", nil, "1 to 90"},
		{"a number of 91 characters", text("number", 91), "number", nil, "1 to 90"},
		{"a number that is a JSON number", `{"number": 5550100}`, "number", nil, "string"},
		{"an empty e-mail", `{"email": ""}`, "email", "", ""},
		{"one address", `{"email": "a@b.example"}`, "email", "a@b.example", ""},
		{"two addresses", `{"email": "a@b.example,c@d.example"}`, "email", "a@b.example,c@d.example", ""},
		{"white space around addresses", `{"email": " a@b.example ,\n\tc@d.example "}`, "email", " a@b.example ,\n\tc@d.example ", ""},
		{"an e-mail list of 256 characters", mail(256), "email", strings.Repeat("a", 254) + "@b", ""},
		{"an e-mail list of 257 characters", mail(257), "email", nil, "0 to 256"},
		{"a word that is no address", `{"email": "nobody"}`, "email", nil, "addresses"},
		{"an address without a domain", `{"email": "a@"}`, "email", nil, "addresses"},
		{"an address with two at-signs", `{"email": "a@b@c"}`, "email", nil, "addresses"},
		{"an address with a blank inside", `{"email": "a b@c.example"}`, "email", nil, "addresses"},
		{"addresses with a semicolon between", `{"email": "a@b.example; c@d.example"}`, "email", nil, "addresses"},
		{"a comma at the end", `{"email": "a@b.example,"}`, "email", nil, "addresses"},
		{"only white space", `{"email": " "}`, "email", nil, "addresses"},
		{"an e-mail that is a list", `{"email": ["a@b.example"]}`, "email", nil, "string"},
		{"JSON true", `{"notify_on_new_request": true}`, "notify_on_new_request", true, ""},
		{"JSON false", `{"notify_on_new_request": false}`, "notify_on_new_request", false, ""},
		{"the number 1", `{"notify_on_failed_request": 1}`, "notify_on_failed_request", true, ""},
		{"the number 0", `{"notify_on_failed_request": 0}`, "notify_on_failed_request", false, ""},
		{"the text 1", `{"notify_on_completed_request": "1"}`, "notify_on_completed_request", true, ""},
		{"the text 0", `{"notify_on_completed_request": "0"}`, "notify_on_completed_request", false, ""},
		{"the word tRuE", `{"notify_on_dispatched_request": "tRuE"}`, "notify_on_dispatched_request", true, ""},
		{"the word False", `{"notify_on_acknowledged_request": "False"}`, "notify_on_acknowledged_request", false, ""},
		{"the number 2", `{"notify_on_new_request": 2}`, "notify_on_new_request", nil, "boolean"},
		{"the number 1.0", `{"notify_on_new_request": 1.0}`, "notify_on_new_request", nil, "boolean"},
		{"the word yes", `{"notify_on_new_request": "yes"}`, "notify_on_new_request", nil, "boolean"},
		{"an empty text for a boolean", `{"notify_on_new_request": ""}`, "notify_on_new_request", nil, "boolean"},
		{"a word with a blank behind it", `{"notify_on_new_request": "true "}`, "notify_on_new_request", nil, "boolean"},
		{"a boolean that is null", `{"notify_on_new_request": null}`, "notify_on_new_request", nil, "Null"},
		{"a field that is not in the model", `{"nickname": "Jo"}`, "nickname", nil, "Unknown"},
		{"the id, which the server gives", `{"id": 7}`, "id", nil, "Unknown"},
		{"a field in another letter case", `{"Name": "Jo"}`, "Name", nil, "Unknown"},
	}
}

// mail is a body with an e-mail address of n characters.
func mail(n int) string { return fmt.Sprintf(`{"email": "%s@b"}`, strings.Repeat("a", n-2)) }

func TestCreateContactRules(t *testing.T) {
	for _, row := range contactRows() {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			got := ask(sim, "POST", contactsPath, row.body)
			checkContact(t, got, row, "CreateCustomerContactModel")
			stored := len(sim.CRO.Contacts(1))
			if want := len(sim.Commits()); stored != want || (row.refused == "") != (stored == 1) {
				t.Errorf("%d contacts stored, %d commits", stored, want)
			}
		})
	}
}

func TestUpdateContactRules(t *testing.T) {
	for _, row := range contactRows() {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			sim.CRO.AddContact(1, simulator.Contact{})
			checkContact(t, ask(sim, "PATCH", contactsPath+"/1", row.body), row, "UpdateCustomerContactModel")
			if got, want := len(sim.Commits()) == 1, row.refused == ""; got != want {
				t.Errorf("committed: got %v, want %v", got, want)
			}
		})
	}
}

func checkContact(t *testing.T, got answer, row contactRow, model string) {
	t.Helper()
	if row.refused == "" {
		if got.status != http.StatusOK || got.field(t, row.field) != row.want {
			t.Errorf("got %d %s, want 200 with %s = %v", got.status, got.body, row.field, row.want)
		}
		return
	}
	detail, _ := got.field(t, "detail").(string)
	if got.status != http.StatusBadRequest || got.field(t, "field") != model+"."+row.field || !strings.Contains(detail, row.refused) {
		t.Errorf("got %d %s, want 400 for %s.%s with %q", got.status, got.body, model, row.field, row.refused)
	}
	if text, _ := got.field(t, "explanation").(string); text == "" {
		t.Error("the refusal has no explanation")
	}
}

func TestContactBodies(t *testing.T) {
	for name, body := range map[string]string{
		"no body at all":      "",
		"text that is cut":    `{"name": "Jo`,
		"a list of contacts":  `[{"name": "Jo"}]`,
		"a bare string":       `"Jo"`,
		"null":                `null`,
		"two values":          `{"name": "Jo"} {"name": "Jim"}`,
		"bytes that no UTF-8": "{\"name\": \"Jo\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			got := ask(sim, "POST", contactsPath, body)
			if got.status != http.StatusBadRequest || got.field(t, "field") != nil || len(sim.Commits()) != 0 {
				t.Errorf("got %d %s and %d commits, want 400 for no field and none", got.status, got.body, len(sim.Commits()))
			}
		})
	}
}

func TestRefusalNamesOneFieldOnly(t *testing.T) {
	sim := newWorld(simulator.Options{})
	for range 20 { // the answer does not depend on map order
		got := ask(sim, "POST", contactsPath, `{"zip": 1, "number": "", "name": "", "fax": "1"}`)
		if want := "CreateCustomerContactModel.fax"; got.field(t, "field") != want {
			t.Fatalf("got %s, want %s", got.body, want)
		}
	}
}

// Source: docs.crosoftware.net/docs/data_types/CustomerContactModel.
func TestContactAnswersHaveEveryField(t *testing.T) {
	sim := newWorld(simulator.Options{})
	want := `{"email":null,"fax":null,"id":1,"name":"Jo","notify_on_acknowledged_request":false,` +
		`"notify_on_completed_request":false,"notify_on_dispatched_request":false,"notify_on_failed_request":false,` +
		`"notify_on_new_request":true,"number":null}`
	if got := ask(sim, "POST", contactsPath, `{"name": "Jo", "notify_on_new_request": "TRUE"}`); got.body != want {
		t.Errorf("create: got %s, want %s", got.body, want)
	}
	if got := ask(sim, "GET", contactsPath+"/1", ""); got.body != want {
		t.Errorf("get: got %s, want %s", got.body, want)
	}
	got := ask(sim, "PATCH", contactsPath+"/1", `{"number": "555"}`)
	if want := strings.Replace(want, `"number":null`, `"number":"555"`, 1); got.body != want {
		t.Errorf("update keeps what is left out: got %s, want %s", got.body, want)
	}
}

func TestContactOptions(t *testing.T) {
	titled := simulator.CROOptions{Legacy: simulator.CROLegacy{TitledErrors: true}}
	for _, row := range []struct {
		name         string
		options      simulator.CROOptions
		method, path string
		body         string
		status       int
		answer       string // part of it
	}{
		{"create may answer 201", simulator.CROOptions{CreateStatus: 201}, "POST", contactsPath, `{}`, 201, `"id":2`},
		{"strict booleans take JSON", simulator.CROOptions{StrictBooleans: true}, "POST", contactsPath,
			`{"notify_on_new_request": true}`, 200, `"notify_on_new_request":true`},
		{"strict booleans refuse numbers", simulator.CROOptions{StrictBooleans: true}, "POST", contactsPath,
			`{"notify_on_new_request": 1}`, 400, "boolean"},
		{"strict booleans refuse words", simulator.CROOptions{StrictBooleans: true}, "POST", contactsPath,
			`{"notify_on_new_request": "true"}`, 400, "boolean"},
		{"null may clear a text", simulator.CROOptions{AcceptNull: true}, "PATCH", contactsPath + "/1",
			`{"name": null}`, 200, `"name":null`},
		{"null may switch a flag off", simulator.CROOptions{AcceptNull: true}, "PATCH", contactsPath + "/1",
			`{"notify_on_new_request": null}`, 200, `"notify_on_new_request":false`},
		{"an empty e-mail may be refused", simulator.CROOptions{RefuseEmptyMail: true}, "PATCH", contactsPath + "/1",
			`{"email": ""}`, 400, "1 to 256"},
		{"one address where an empty e-mail is refused", simulator.CROOptions{RefuseEmptyMail: true}, "PATCH", contactsPath + "/1",
			`{"email": "a@b"}`, 200, `"email":"a@b"`},
		{"errors may have a title", titled, "POST", contactsPath, `{"zip": 1}`,
			400, `{"title":"CreateCustomerContactModel.zip","detail":"Unknown field.","explanation":`},
		{"errors with a title may concern no field", titled, "POST", contactsPath, `[]`, 400, `{"title":null,"detail":"Malformed`},
		{"an unknown customer", simulator.CROOptions{}, "POST", "/customers/99/contacts", `{}`, 404, "PathParameters.customer_id"},
		{"an unknown customer may be forbidden", simulator.CROOptions{UnknownCustomer: 403}, "GET", "/customers/99/contacts", "",
			403, "PathParameters.customer_id"},
		{"an unknown contact", simulator.CROOptions{}, "GET", contactsPath + "/99", "", 404, "PathParameters.customer_contact_id"},
		{"a contact of another customer", simulator.CROOptions{}, "PATCH", "/customers/2/contacts/1", `{}`, 404, "customer_contact_id"},
		{"a customer id that is a word", simulator.CROOptions{}, "GET", "/customers/x/contacts", "", 400, "customer_id"},
		{"a contact id that is a word", simulator.CROOptions{}, "GET", contactsPath + "/x", "", 400, "customer_contact_id"},
		{"contacts cannot be deleted", simulator.CROOptions{}, "DELETE", contactsPath + "/1", "", 405, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{CRO: row.options})
			sim.CRO.AddCustomer(1, simulator.Customer{Name: "Second"})
			sim.CRO.AddContact(1, simulator.Contact{Name: new("Jo"), NotifyOnNewRequest: true})
			got := ask(sim, row.method, row.path, row.body)
			if got.status != row.status || !strings.Contains(got.body, row.answer) {
				t.Errorf("got %d %s, want %d with %q", got.status, got.body, row.status, row.answer)
			}
		})
	}
}

// No page names a rule against doubles, and x-request-id is no key that makes a second try harmless.
func TestTheSameContactTwiceIsTwoContacts(t *testing.T) {
	sim := newWorld(simulator.Options{})
	for id := range 2 {
		got := ask(sim, "POST", contactsPath, `{"name": "Jo", "email": "jo@a.example"}`, "X-Request-Id: "+someUUID)
		if got.status != http.StatusOK || got.field(t, "id") != float64(id+1) {
			t.Errorf("got %d %s, want 200 with id %d", got.status, got.body, id+1)
		}
	}
	if got := len(sim.CRO.Contacts(1)); got != 2 {
		t.Errorf("got %d contacts, want 2", got)
	}
}
