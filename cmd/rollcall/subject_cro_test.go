package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const croJob = `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: 1}, auth: AUTH, settle: 50ms}
source: {file: sheet.csv}
identity: {key: [customer_id, email]}
guards: {max_invalid: 100%}
columns:
  Customer: {field: customer_id, lookup: name}
  Name: name
  E-mail: email
  Phone: {field: number, blank: BLANK}
  Fax: fax
  Acknowledged: notify_on_acknowledged_request
  Completed: {field: notify_on_completed_request, true: ["Y"], false: ["N"]}
  Dispatched: notify_on_dispatched_request
  Failed: notify_on_failed_request
  New: {field: notify_on_new_request, true: ["Y"], false: ["N"]}
`

// croContact is contacts of CRO Software. Its oracle is written from docs.crosoftware.net.
func croContact() *subject {
	return &subject{
		name: "cro contact", resource: "cro/contact", job: croJob, inPath: []string{"customer_id"},
		auths: []credential{
			{name: "bearer", yaml: `{token: "${file:token}"}`},
			{name: "refresh token", yaml: `{client_id: simulated-app, refresh_token: "${file:refresh}", store: store}`, renews: true},
		},
		header: []string{"Customer", "Name", "E-mail", "Phone", "Fax", "Acknowledged", "Completed", "Dispatched", "Failed", "New"},
		line:   croLine,
		wrong:  croWrong(),
		altered: []alteration{
			{"Phone", "+1 503 555 0199", func(line) map[string]any { return map[string]any{"number": "+1 503 555 0199"} }},
			{"New", "N", func(line) map[string]any { return map[string]any{"notify_on_new_request": false} }},
			{"Name", "=1+1", func(line) map[string]any { return map[string]any{"name": "=1+1"} }},
		},
		lookup: nameCase{"Customer", "customer_id", "Twin  YARD", []string{"13", "14"}},
		blank:  blankCase{"Phone", "number", nil},
		refusals: []refusalCase{
			{
				refused{400, `{"field": "CreateCustomerContactModel.fax", "detail": "Not a fax number.", "explanation": "The resource could not be accessed."}`},
				"Fax", "fax", "api_rejected", "Not a fax number.",
			},
			// Answers of 2020 name the field in another place.
			{refused{400, `{"title": "CreateCustomerContactModel.name", "detail": "Not a name.", "explanation": "No."}`}, "Name", "name", "api_rejected", "Not a name."},
			{refused{400, `{"field": null, "detail": null, "explanation": "Try another time."}`}, "", "", "api_rejected", "Try another time."},
		},
		pageSize: 1000,
		maxReads: 4, // the customers for their names, a page of contacts for each of three customers
		open:     openCRO,
	}
}

// croLine is the nth contact. Those of a large sheet are at one customer, the others at three.
func croLine(n int) line {
	customers := []string{"Alder & Sons Roofing", " bäckerei  VOGELSANG", "Cedar Point Marina"}
	at := n % len(customers)
	if n >= 999 && n < 5000 {
		at = 0
	}
	names := []string{"Ada Lovelace", "=SUM(A1:A9)", "José Muñoz Peña", "+49 is a prefix", "-1", "@work", "田中 遥", strings.Repeat("遥", 128), "O’Rourke & Söhne <Bau>"}
	phones := []string{"00123", "+44 20 7946 0001", "(312) 555-0101 ext. 101", strings.Repeat("9", 90), "=1+1"}
	l := line{
		cells: map[string]string{
			"Customer": customers[at], "Name": names[n%len(names)], "E-mail": fmt.Sprintf("person%d@firm.example", n),
			"Phone": phones[n%len(phones)], "Fax": "5550100",
		},
		path: fmt.Sprintf("/customers/%d/contacts", at+1),
	}
	if n%5 == 4 {
		l.cells["E-mail"] += fmt.Sprintf(", office%d@firm.example", n)
	}
	l.body = map[string]any{"name": l.cells["Name"], "email": l.cells["E-mail"], "number": l.cells["Phone"], "fax": "5550100"}
	if n%2 == 0 {
		l.cells["Acknowledged"], l.body["notify_on_acknowledged_request"] = "TRUE", true
		l.cells["Completed"], l.body["notify_on_completed_request"] = "N", false
		l.cells["Dispatched"], l.body["notify_on_dispatched_request"] = "1", true
		l.cells["Failed"], l.body["notify_on_failed_request"] = "0", false
		l.cells["New"], l.body["notify_on_new_request"] = "Y", true
	}
	if n%3 == 1 {
		l.cells["Fax"] = ""
		delete(l.body, "fax")
	}
	return l
}

func croWrong() []wrongRow {
	is := func(column, text, field, code string) wrongRow {
		return wrongRow{map[string]string{column: text}, column, field, code, false}
	}
	return []wrongRow{
		is("E-mail", "a@x.example; b@x.example", "email", "bad_email"),
		is("E-mail", "a@x.example b@x.example", "email", "bad_email"),
		is("E-mail", strings.Repeat("a", 247)+"@x.example", "email", "too_long"),
		is("Name", strings.Repeat("遥", 129), "name", "too_long"),
		is("Phone", strings.Repeat("0", 91), "number", "too_long"),
		is("Fax", "555-01", "fax", "too_short"),
		is("Fax", "+1 (360) 123-6543", "fax", "too_long"),
		is("Customer", "", "customer_id", "required"),
		is("Acknowledged", "maybe", "notify_on_acknowledged_request", "not_boolean"),
		is("Completed", "true", "notify_on_completed_request", "not_boolean"),
		is("Dispatched", "Y", "notify_on_dispatched_request", "not_boolean"),
		is("Failed", "2", "notify_on_failed_request", "not_boolean"),
		is("New", "yes", "notify_on_new_request", "not_boolean"),
		{map[string]string{"Customer": "Nobody & Sons"}, "Customer", "customer_id", "lookup_none", true},
		{map[string]string{"Customer": "Twin Yard"}, "Customer", "customer_id", "lookup_many", true},
	}
}

func openCRO(t *testing.T) *arena {
	sim := simulator.New(simulator.Options{})
	tenant := sim.CRO.AddDefaultWorld()
	for range 2 {
		sim.CRO.AddCustomer(tenant, simulator.Customer{Name: "Twin Yard"})
	}
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "simulated-refresh"})
	return &arena{
		tape:   &tape{api: sim},
		files:  map[string]string{"token": simulator.DefaultToken, "refresh": "simulated-refresh"},
		create: map[string]string{"Authorization": "Bearer " + simulator.DefaultToken, "x-tenant-id": "1"},
		own:    []string{"id"},
		stored: func() []any {
			var all []any
			for customer := range int64(14) {
				for _, c := range sim.CRO.Contacts(customer + 1) {
					all = append(all, c)
				}
			}
			return all
		},
		expire:  expireAtPost(t, sim, "/customers/*/contacts"),
		restore: func() { sim.CRO.AddToken(simulator.Token{Value: simulator.DefaultToken}) },
		tokens:  sim.CRO.TokensIssued,
	}
}

// expireAtPost makes the token worthless that the nth create carries.
func expireAtPost(t *testing.T, sim *simulator.Simulator, path string) func(nth int) {
	return func(nth int) {
		faults, err := simulator.ParseFaults(fmt.Sprintf("POST %s nth=%d expire-token", path, nth))
		if err != nil {
			t.Fatal(err)
		}
		sim.SetFaults(faults)
	}
}
