package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const revnueJob = `
version: 1
target: revnue/customer
connection: {base_url: BASE_URL, account: {company: 1}, auth: AUTH, settle: 50ms, rate: none}
source: {file: sheet.csv}
identity: {key: [name]}
guards: {max_invalid: 100%}
constants: {template.id: 7}
columns:
  Customer: name
  Segment: {field: category, lookup: name}
  Contact: contact_person.name
  E-mail: contact_person.email
  Contact type: contact_person.type
  Address 1: address_line_1
  Address 2: address_line_2
  City: {field: city, blank: BLANK}
  State: state_province
  Zip: zip_postal_code
  Country: {field: country, lookup: name}
  Phone: phone
  Mobile: mobile
  Fax: fax
  Web: website
  About: general_description
  More: supplementary_description
  Rest: additional_description
  NDA: nda_signed
  NDA on: {field: nda_signed_date, format: 02/01/2006}
  MSA: msa_signed
  MSA on: {field: msa_signed_date, format: 02/01/2006}
  Limit: {field: template.fields.Credit limit, decimal: ","}
  Visits: template.fields.72
  End: template.fields.Contract end
  Manager: template.fields.Account manager
`

// revnueCustomer is customers of Revnue, with updates of single fields. Its oracle is written from developer.revnue.com.
func revnueCustomer() *subject {
	return &subject{
		name: "revnue customer", resource: "revnue/customer", job: revnueJob,
		auths: []credential{{name: "bearer", yaml: `{token: "${file:token}"}`}},
		header: []string{
			"Customer", "Segment", "Contact", "E-mail", "Contact type", "Address 1", "Address 2", "City", "State", "Zip", "Country", "Phone",
			"Mobile", "Fax", "Web", "About", "More", "Rest", "NDA", "NDA on", "MSA", "MSA on", "Limit", "Visits", "End", "Manager",
		},
		line:    revnueLine,
		wrong:   revnueWrong(),
		altered: revnueAltered(false),
		lookup:  nameCase{"Segment", "category", "TWIN  trade", []string{"31", "32"}},
		blank:   blankCase{"City", "city", nil},
		refusals: []refusalCase{
			{
				refused{400, `{"contact_person": {"email": ["Enter a valid email address."]}}`},
				"E-mail", "contact_person.email", "api_rejected", "Enter a valid email address.",
			},
			{refused{400, `{"template": {"fields": [{}, {"value": ["Too few visits."]}]}}`}, "Visits", "template.fields.72", "api_rejected", "Too few visits."},
			{refused{400, `{"name": ["customer with this name already exists."]}`}, "Customer", "name", "duplicate", "already exists"},
			{refused{400, `{"detail": "company is required"}`}, "", "", "api_rejected", "company is required"},
		},
		pageSize: 100,
		maxReads: 4, // categories, countries, the field templates, the customers
		open:     func(t *testing.T) *arena { return openRevnue(t, simulator.RevnueOptions{}) },
	}
}

// revnueReplaced is the same with updates that replace the record, against a server whose lists have pages.
func revnueReplaced() *subject {
	s := revnueCustomer()
	s.name, s.maxReads = "revnue customer, replaced", s.maxReads+1 // the replaced record is read again
	s.job = strings.Replace(s.job, "version: 1\n", "version: 1\nreplace: true\n", 1)
	s.altered = revnueAltered(true)
	s.blank.body = func(l line) map[string]any { delete(l.body, "city"); return l.body }
	s.open = func(t *testing.T) *arena {
		return openRevnue(t, simulator.RevnueOptions{
			Lists: simulator.ListPages, Errors: simulator.FieldMaps,
			Replies: simulator.RevnueReplies{Country: simulator.CountryCode, FieldsByID: true, UnsetFields: true, MoneyText: true},
		})
	}
	return s
}

// revnueAltered is what changes, one cell after the other. An update has the changed property and the company, or all of them.
func revnueAltered(whole bool) []alteration {
	change := func(column, text, name string, set func(l line)) alteration {
		return alteration{column, text, func(l line) map[string]any {
			if set(l); whole {
				return l.body
			}
			return map[string]any{"company": 1, name: l.body[name]}
		}}
	}
	return []alteration{
		change("About", "=2*3", "general_description", func(l line) { l.body["general_description"] = "=2*3" }),
		change("Country", "AUSTRALIA", "country", func(l line) { l.body["country"] = 36 }),
		// Objects are replaced, so they go whole.
		change("Contact type", "sales", "contact_person", func(l line) { part(l, "contact_person")["type"] = "sales" }),
		change("Manager", "Bo", "template", func(l line) { part(l, "template")["fields"].([]any)[3].(map[string]any)["value"] = "Bo" }),
	}
}

func revnueLine(n int) line {
	titles := []string{"Granite Peak %d", "=SUM(%d)", "Søn & Brødre %d", "+%d Ltd", "-%d", "@%d", "山川 %d"}
	segments := []struct {
		name string
		id   int
	}{{"Construction", 1}, {"food &  DRINK", 5}, {"énergie", 10}, {"Retail, online", 12}}
	countries := []struct {
		name string
		code int
	}{{"Australia", 36}, {"Côte d'Ivoire", 384}, {"united  kingdom", 826}, {"Canada", 124}}
	amounts := []struct{ text, sent string }{{"1.250,55", "1250.55"}, {"0,07", "0.07"}, {"999999999999999,00", "999999999999999"}, {"0", "0"}}
	segment, country, amount := segments[n%4], countries[n/2%4], amounts[n/3%4]
	l := line{
		cells: map[string]string{
			"Customer": fmt.Sprintf(titles[n%len(titles)], n), "Segment": segment.name, "Contact": "Ida Example", "E-mail": "ida@example.org",
			"Contact type": "billing", "Address 1": "12 Mill Road", "Address 2": "Unit 3", "City": "Calgary", "State": "Alberta", "Zip": "00123",
			"Country": country.name, "Phone": "+1 403 555 0123", "Mobile": "(403) 555-0124", "Fax": "=403", "Web": "https://granite.example.org",
			"About": "Two sites, \"both\" open", "More": "-", "Rest": strings.Repeat("é", 1000), "NDA": "true", "NDA on": "29/02/2024", "MSA": "0",
			"MSA on": "01/07/2025", "Limit": amount.text, "Visits": "-999999999999999", "End": "2025-01-31", "Manager": "=Ada",
		},
		path: "/api/v2/customer",
	}
	l.body = map[string]any{
		"company": 1, "name": l.cells["Customer"], "category": segment.id,
		"contact_person": map[string]any{"name": "Ida Example", "email": "ida@example.org", "type": "billing"},
		"address_line_1": "12 Mill Road", "address_line_2": "Unit 3", "city": "Calgary", "state_province": "Alberta", "zip_postal_code": "00123",
		"country": country.code, "phone": "+1 403 555 0123", "mobile": "(403) 555-0124", "fax": "=403", "website": "https://granite.example.org",
		"general_description": l.cells["About"], "supplementary_description": "-", "additional_description": l.cells["Rest"],
		"nda_signed": true, "nda_signed_date": "2024-02-29", "msa_signed": false, "msa_signed_date": "2025-07-01",
		"template": map[string]any{"id": 7, "fields": []any{
			map[string]any{"id": 71, "value": json.Number(amount.sent)}, map[string]any{"id": 72, "value": json.Number("-999999999999999")},
			map[string]any{"id": 73, "value": "2025-01-31"}, map[string]any{"id": 74, "value": "=Ada"},
		}},
	}
	if n%5 == 4 { // the least there can be
		name := l.cells["Customer"]
		clear(l.cells)
		l.cells["Customer"] = name
		l.body = map[string]any{"company": 1, "name": name, "template": map[string]any{"id": 7}}
	}
	return l
}

func revnueWrong() []wrongRow {
	is := func(column, text, field, code string) wrongRow {
		return wrongRow{map[string]string{column: text}, column, field, code, false}
	}
	typed := func(column, text, field, code string) wrongRow { // the template is in the account
		return wrongRow{map[string]string{column: text}, column, "template.fields." + field, code, true}
	}
	long := func(column string, length int, field string) wrongRow {
		return is(column, strings.Repeat("é", length+1), field, "too_long")
	}
	return []wrongRow{
		is("Customer", "", "name", "required"),
		long("Customer", 50, "name"), long("Contact", 50, "contact_person.name"), long("Address 1", 50, "address_line_1"),
		long("Address 2", 50, "address_line_2"), long("City", 50, "city"), long("State", 50, "state_province"), long("Zip", 20, "zip_postal_code"),
		long("Phone", 20, "phone"), long("Mobile", 20, "mobile"), long("Fax", 20, "fax"), long("Web", 50, "website"),
		long("About", 1000, "general_description"), long("More", 1000, "supplementary_description"), long("Rest", 1000, "additional_description"),
		is("E-mail", strings.Repeat("a", 250)+"@x.example", "contact_person.email", "too_long"),
		is("E-mail", "", "contact_person.email", "needs_field"),
		is("Contact", "", "contact_person.name", "needs_field"),
		is("Contact type", "boss", "contact_person.type", "not_allowed"),
		is("NDA", "signed", "nda_signed", "not_boolean"),
		is("MSA", "2", "msa_signed", "not_boolean"),
		is("NDA on", "30/02/2024", "nda_signed_date", "bad_date"),
		is("MSA on", "soon", "msa_signed_date", "bad_date"),
		typed("Limit", "-0,01", "Credit limit", "too_small"),
		typed("Limit", "999999999999999,01", "Credit limit", "too_large"),
		typed("Limit", "0,001", "Credit limit", "money_decimals"),
		typed("Visits", "1000000000000000", "72", "too_large"),
		typed("Visits", "1.5", "72", "not_integer"),
		typed("End", "31.01.2025", "Contract end", "bad_date"),
		typed("Manager", strings.Repeat("é", 51), "Account manager", "too_long"),
		{map[string]string{"Segment": "Nobody"}, "Segment", "category", "lookup_none", true},
		{map[string]string{"Segment": "Twin trade"}, "Segment", "category", "lookup_many", true},
		{map[string]string{"Country": "Ruritania"}, "Country", "country", "lookup_none", true},
	}
}

func openRevnue(t *testing.T, options simulator.RevnueOptions) *arena {
	options.Rate.Limit = -1 // the pace has tests of its own
	sim := simulator.New(simulator.Options{Revnue: options})
	company := sim.Revnue.AddDefaultWorld()
	sim.Revnue.AddCategory(simulator.RevnueCategory{ID: 31, Name: "Twin trade"})
	sim.Revnue.AddCategory(simulator.RevnueCategory{ID: 32, Name: "Twin Trade"})
	return &arena{
		tape:   &tape{api: sim},
		files:  map[string]string{"token": simulator.DefaultRevnueToken},
		create: map[string]string{"Authorization": "Bearer " + simulator.DefaultRevnueToken},
		own:    []string{"id"},
		stored: func() []any {
			var all []any
			for _, c := range sim.Revnue.Customers(company) {
				all = append(all, c)
			}
			return all
		},
		expire:  expireAtPost(t, sim, "/customer"),
		restore: func() { sim.Revnue.AddToken(simulator.RevnueToken{Value: simulator.DefaultRevnueToken}) },
	}
}
