package simulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// member is the raw text of one member of a JSON object.
func member(t *testing.T, object, name string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	return string(members[name])
}

// everyMember lists the members of a customer in replies. Source: developer.revnue.com/reference/create-customer.
const everyMember = "additional_description address_line_1 address_line_2 category city contact_person country fax " +
	"general_description id mobile msa_signed msa_signed_date name nda_signed nda_signed_date phone state_province " +
	"supplementary_description template website zip_postal_code"

// Sources: developer.revnue.com/reference/create-customer (bodies), .../requests (201).
func TestRevnueCreates(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	got := a.ask("POST", "/customer", `{"company": 2, "name": "Fresh", "category": 4,
		"contact_person": {"name": "Jo", "email": "jo@x.example", "type": "sales"},
		"address_line_1": "a1", "address_line_2": "a2", "city": "c", "state_province": "s", "zip_postal_code": "z", "country": 826,
		"phone": "p", "mobile": "m", "fax": "f", "website": "w", "general_description": "g", "nda_signed": true,
		"nda_signed_date": "2024-02-29", "msa_signed": true, "msa_signed_date": "2024-03-01", "supplementary_description": "s",
		"additional_description": "a", "template": {"id": 7, "fields": [{"id": 71, "value": 5}, {"id": 72, "value": -4},
		{"id": 73, "value": "2025-01-31"}, {"id": 74, "value": "gold"}]}}`)
	want := `{"id":3,"name":"Fresh","contact_person":{"name":"Jo","email":"jo@x.example","type":"sales"},` +
		`"address_line_1":"a1","address_line_2":"a2","city":"c","state_province":"s","zip_postal_code":"z",` +
		`"phone":"p","mobile":"m","fax":"f","website":"w","general_description":"g","supplementary_description":"s",` +
		`"additional_description":"a","nda_signed":true,"nda_signed_date":"2024-02-29","msa_signed":true,` +
		`"msa_signed_date":"2024-03-01","category":{"id":4,"name":"Software"},"country":"United Kingdom",` +
		`"template":{"fields":{"Account manager":"gold","Contract end":"2025-01-31","Credit limit":5.00,"Visits a year":-4},"id":7}}`
	if got.status != 201 || got.body != want {
		t.Errorf("got %d %s\nwant 201 %s", got.status, got.body, want)
	}
	if members := names(t, got.body); members != everyMember {
		t.Errorf("members: got %s", members)
	}
	if read := a.ask("GET", "/customer/3/?company=2", ""); read.body != got.body {
		t.Errorf("read: got %s, want %s", read.body, got.body)
	}
	if got := len(a.sim.Revnue.Customers(2)); got != 2 {
		t.Errorf("company 2 has %d customers, want 2", got)
	}
}

func TestRevnueCreatesWithLittle(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	got := a.ask("POST", "/customer", `{"company": 1, "name": "Fresh"}`)
	if members := names(t, got.body); got.status != 201 || members != everyMember {
		t.Fatalf("got %d %s, want 201 and every member", got.status, got.body)
	}
	for _, field := range strings.Fields(everyMember) {
		want := any(nil)
		switch field {
		case "id":
			want = 3.0
		case "name":
			want = "Fresh"
		case "nda_signed", "msa_signed":
			want = false
		}
		if got := got.field(t, field); got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
}

// Sources: developer.revnue.com/reference/create-customer (what a create needs), .../update-category (what a PUT needs).
func TestRevnueRequired(t *testing.T) {
	for _, row := range []struct {
		name, method, path, body string
		optional                 bool
		status                   int
		detail                   string
	}{
		{"a create without company", "POST", "/customer", `{"name": "Fresh"}`, true, 400, "company is required"},
		{"a create without name", "POST", "/customer", `{"company": 1}`, true, 400, "name is required"},
		{"a replacement without company", "PUT", "/customer/1", `{"name": "Fresh"}`, true, 400, "company is required"},
		{"a replacement without name", "PUT", "/customer/1", `{"company": 1}`, true, 400, "name is required"},
		{"a change without company", "PATCH", "/customer/1", `{"phone": "5"}`, false, 400, "company is required"},
		{"a change without company, with the option", "PATCH", "/customer/1", `{"phone": "5"}`, true, 200, ""},
		{"a change of company 2's without company, with the option", "PATCH", "/customer/2", `{"phone": "5"}`, true, 200, ""},
		{"a change without company of none, with the option", "PATCH", "/customer/9", `{"phone": "5"}`, true, 404, "Not found."},
		{"a change without name", "PATCH", "/customer/1", `{"company": 1}`, false, 200, ""},
		{"company as text", "POST", "/customer", `{"company": "1", "name": "Fresh"}`, false, 400, "company: Must be an integer."},
		{"company null", "PATCH", "/customer/1", `{"company": null}`, true, 400, "company: Must be an integer."},
		{"an unknown company", "POST", "/customer", `{"company": 9, "name": "Fresh"}`, false, 400, "company: There is no such company."},
		{"a customer of another company", "PATCH", "/customer/1", `{"company": 2}`, false, 404, "Not found."},
		{"a replacement of another company's", "PUT", "/customer/2", `{"company": 1, "name": "x"}`, false, 404, "Not found."},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Bodies: simulator.RevnueBodies{OptionalCompany: row.optional}})
			got := a.ask(row.method, row.path, row.body)
			if detail, _ := got.field(t, "detail").(string); got.status != row.status || detail != row.detail {
				t.Errorf("got %d %s, want %d %q", got.status, got.body, row.status, row.detail)
			}
			if commits := len(a.sim.Commits()); (commits == 1) != (row.status == 200) {
				t.Errorf("got %d commits", commits)
			}
		})
	}
}

// Source: developer.revnue.com/reference/update-customer (left out becomes null or its default).
func TestRevnueReplacementNulls(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	got := a.ask("PUT", "/customer/1", `{"company": 1, "name": "Northwind", "city": "Bath"}`)
	if got.status != 200 || a.read(t).body != got.body {
		t.Fatalf("got %d %s, want 200 and what a read shows", got.status, got.body)
	}
	for _, field := range strings.Fields(everyMember) {
		want := any(nil)
		switch field {
		case "id":
			want = 1.0
		case "name":
			want = "Northwind"
		case "city":
			want = "Bath"
		case "nda_signed", "msa_signed":
			want = false
		}
		if got := got.field(t, field); got != want {
			t.Errorf("%s: got %v, want %v", field, got, want)
		}
	}
}

// Source: developer.revnue.com/reference/update-customer (the given fields only).
func TestRevnueChangeKeepsTheRest(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	before := a.read(t)
	got := a.ask("PATCH", "/customer/1", `{"company": 1, "phone": "555"}`)
	if got.status != 200 || got.field(t, "phone") != "555" || a.read(t).body != got.body {
		t.Fatalf("got %d %s, want 200, the new phone, and what a read shows", got.status, got.body)
	}
	if want := strings.Replace(before.body, `"phone":"1"`, `"phone":"555"`, 1); got.body != want {
		t.Errorf("got %s\nwant %s", got.body, want)
	}
}

func TestRevnueRefusedWritesChangeNothing(t *testing.T) {
	for _, method := range []string{"PUT", "PATCH"} {
		a := revnueWith(simulator.RevnueOptions{Bodies: simulator.RevnueBodies{Merge: true}})
		before := a.read(t).body
		got := a.ask(method, "/customer/1", `{"company": 1, "name": "Other", "contact_person": {"type": "sales"},
			"template": {"id": 7, "fields": [{"id": 71, "value": 1}]}, "website": 5}`)
		if after := a.read(t).body; got.status != 400 || after != before {
			t.Errorf("%s: got %d and then %s, want 400 and %s", method, got.status, after, before)
		}
	}
}

func TestRevnueKeepsItsOwnName(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	for _, method := range []string{"PUT", "PATCH"} {
		if got := a.ask(method, "/customer/1", `{"company": 1, "name": "Northwind"}`); got.status != 200 {
			t.Errorf("%s: got %d %s, want 200", method, got.status, got.body)
		}
	}
}

// Whether a PATCH merges objects is not documented.
func TestRevnueObjectsAreReplacedOrMerged(t *testing.T) {
	for _, row := range []struct {
		name, method, edits string
		merge               bool
		member, want        string
	}{
		{"a person is replaced", "PATCH", `{"contact_person": {"type": "sales"}}`, false, "contact_person", `{"name":null,"email":null,"type":"sales"}`},
		{"a person is merged", "PATCH", `{"contact_person": {"type": "sales"}}`, true, "contact_person",
			`{"name":"Ada","email":"ada@northwind.example","type":"sales"}`},
		{"a PUT merges nothing", "PUT", `{"contact_person": {"type": "sales"}}`, true, "contact_person", `{"name":null,"email":null,"type":"sales"}`},
		{"fields are replaced", "PATCH", `{"template": {"id": 7, "fields": [{"id": 74, "value": "tin"}]}}`, false, "template",
			`{"fields":{"Account manager":"tin"},"id":7}`},
		{"fields are merged", "PATCH", `{"template": {"id": 7, "fields": [{"id": 74, "value": "tin"}]}}`, true, "template",
			`{"fields":{"Account manager":"tin","Credit limit":1250.50},"id":7}`},
		{"a template without fields has none", "PATCH", `{"template": {"id": 7}}`, false, "template", `{"fields":{},"id":7}`},
		{"a template without fields keeps them", "PATCH", `{"template": {"id": 7}}`, true, "template",
			`{"fields":{"Account manager":"gold","Credit limit":1250.50},"id":7}`},
		{"a merge knows the template", "PATCH", `{"template": {"fields": [{"id": 72, "value": 2}]}}`, true, "template",
			`{"fields":{"Account manager":"gold","Credit limit":1250.50,"Visits a year":2},"id":7}`},
		{"another template starts anew", "PATCH", `{"template": {"id": 8, "fields": [{"id": 82, "value": 2}]}}`, true, "template",
			`{"fields":{"Sites":2},"id":8}`},
		{"a PUT merges no fields", "PUT", `{"template": {"id": 7, "fields": []}}`, true, "template", `{"fields":{},"id":7}`},
		{"an empty value clears", "PATCH", `{"template": {"id": 7, "fields": [{"id": 74, "value": null}]}}`, true, "template",
			`{"fields":{"Credit limit":1250.50},"id":7}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Bodies: simulator.RevnueBodies{Merge: row.merge, EmptyValues: true}})
			got := a.ask(row.method, "/customer/1", aCompany(t, row.edits))
			if text := member(t, got.body, row.member); got.status != 200 || text != row.want {
				t.Errorf("got %d %s, want %s", got.status, got.body, row.want)
			}
		})
	}
}

func TestRevnueNullsClear(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{Bodies: simulator.RevnueBodies{AcceptNull: true}})
	for _, field := range strings.Fields(everyMember) {
		if field == "id" || field == "name" {
			continue
		}
		got := a.ask("PATCH", "/customer/1", `{"company": 1, "`+field+`": null}`)
		if value := got.field(t, field); got.status != 200 || value != nil && value != false {
			t.Errorf("%s: got %d, %v", field, got.status, value)
		}
	}
}

// Source: developer.revnue.com/reference/create-customer (the shape). What is in country and in fields is not documented.
func TestRevnueReplies(t *testing.T) {
	for _, row := range []struct {
		name         string
		replies      simulator.RevnueReplies
		member, want string
	}{
		{"the country's name", simulator.RevnueReplies{}, "country", `"Australia"`},
		{"the country's code", simulator.RevnueReplies{Country: simulator.CountryCode}, "country", `"036"`},
		{"the country's number", simulator.RevnueReplies{Country: simulator.CountryNumber}, "country", `36`},
		{"fields by name", simulator.RevnueReplies{}, "template", `{"fields":{"Account manager":"gold","Credit limit":1250.50},"id":7}`},
		{"fields by id", simulator.RevnueReplies{FieldsByID: true}, "template", `{"fields":{"71":1250.50,"74":"gold"},"id":7}`},
		{"fields that are not set", simulator.RevnueReplies{UnsetFields: true}, "template",
			`{"fields":{"Account manager":"gold","Contract end":null,"Credit limit":1250.50,"Visits a year":null},"id":7}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{Replies: row.replies})
			if got := member(t, a.read(t).body, row.member); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if got := a.ask("GET", "/customer/?company=1", "").body; got != "["+a.read(t).body+"]" {
				t.Errorf("list: got %s", got)
			}
		})
	}
}

func TestRevnueShowsOldRecords(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	id := a.sim.Revnue.AddCustomer(1, simulator.RevnueCustomer{
		Name: "Northwind", Category: new(int64(99)), RevnueAddress: simulator.RevnueAddress{Country: new(int64(4))},
		Template: &simulator.RevnueCustom{ID: 99, Fields: []simulator.RevnueValue{{ID: 5, Value: "x"}}},
	})
	got := a.ask("GET", "/customer/3/?company=1", "")
	if id != 3 || member(t, got.body, "category") != `{"id":99,"name":null}` || member(t, got.body, "country") != `"004"` ||
		member(t, got.body, "template") != `{"fields":{"5":"x"},"id":99}` {
		t.Errorf("got %d %s", id, got.body)
	}
}
