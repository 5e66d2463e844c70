package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const bigchangeContactJob = `
version: 1
target: bigchange/contact
connection: {base_url: BASE_URL, account: {customer_id: 14532}, auth: AUTH, settle: 50ms}
source: {file: sheet.csv}
identity: {key: [reference]}
guards: {max_invalid: 100%}
custom_fields: {Tier: 77}
columns:
  Reference: reference
  Name: name
  Group: {field: groupId, lookup: name}
  Parent: {field: parentId, lookup: reference}
  Info: extraInformation
  Street: street
  Town: {field: town, blank: BLANK}
  Postcode: postalCode
  Country: country
  Lat: location.latitude
  Long: {field: location.longitude, decimal: ","}
  Tier: customFields.Tier
  Key safe: customFields.78
`

const bigchangePersonJob = `
version: 1
target: bigchange/person
connection: {base_url: BASE_URL, account: {customer_id: 14532}, auth: AUTH, settle: 50ms}
source: {file: sheet.csv}
identity: {key: [contactId, email]}
guards: {max_invalid: 100%}
custom_fields: {Language: 82}
columns:
  Site: {field: contactId, lookup: reference}
  Title: title
  First name: forename
  Last name: surname
  E-mail: email
  Mobile: {field: mobile, blank: BLANK}
  Phone: landline
  Ext: extension
  Role: position
  Dept: department
  Opted out: {field: isOptedOut, true: [yes], false: [no]}
  Language: customFields.Language
`

// bigchangeAuth is the one way in that the program can renew by itself.
func bigchangeAuth() []credential {
	return []credential{{name: "client credentials", yaml: `{client_id: simulated-integrator, client_secret: "${file:secret}"}`, renews: true}}
}

// bigchangeContact is contacts of BigChange. Its oracle is written from documentation.ops.bigchange.com.
func bigchangeContact() *subject {
	return &subject{
		name: "bigchange contact", resource: "bigchange/contact", job: bigchangeContactJob, auths: bigchangeAuth(),
		header: []string{"Reference", "Name", "Group", "Parent", "Info", "Street", "Town", "Postcode", "Country", "Lat", "Long", "Tier", "Key safe"},
		line:   bigchangeContactLine,
		wrong:  bigchangeContactWrong(),
		altered: []alteration{
			{"Town", "Nether Leeds", func(line) map[string]any { return map[string]any{"town": "Nether Leeds"} }},
			// Both coordinates go along; of the custom fields, what is left out keeps its value.
			{"Long", "-2,5", func(l line) map[string]any {
				part(l, "location")["longitude"] = json.Number("-2.5")
				return map[string]any{"location": part(l, "location")}
			}},
			{"Tier", "Gold", func(line) map[string]any {
				return map[string]any{"customFields": []any{map[string]any{"definitionId": 77, "value": "Gold"}}}
			}},
			{"Parent", "HQ-2", func(line) map[string]any { return map[string]any{"parentId": 2} }},
		},
		lookup: nameCase{"Group", "groupId", "twins", []string{"1300", "1301"}},
		blank: blankCase{"Town", "town", func(line) map[string]any {
			return map[string]any{"town": nil}
		}},
		refusals: []refusalCase{
			{
				refused{422, `{"title": "One or more validation errors occurred.", "status": 422, "errors": {"PostalCode": ["Not a postal code."]}}`},
				"Postcode", "postalCode", "api_rejected", "Not a postal code.",
			},
			{refused{422, `{"title": "Invalid", "errors": {"Location.Latitude": ["Out at sea."]}}`}, "Lat", "location.latitude", "api_rejected", "Out at sea."},
			{refused{422, `{"title": "Invalid", "errors": {"customFields[1].value": ["No."]}}`}, "Key safe", "customFields.78", "api_rejected", "No."},
			{refused{422, `{"title": "Unprocessable", "status": 422, "detail": "Not today."}`}, "", "", "api_rejected", "Not today."},
		},
		pageSize: 1000,
		maxReads: 3, // groups, the contacts for the lookup, the contacts
		open:     func(t *testing.T) *arena { return openBigChangeContacts(t, simulator.BigChangeOptions{}) },
		// No page shows whether reads have the location. Where they have not, that of a stranger's record is not known.
		shown: func(t *testing.T) *arena {
			return openBigChangeContacts(t, simulator.BigChangeOptions{ShowLocation: true})
		},
	}
}

func bigchangeContactLine(n int) line {
	titles := []string{"Harbour View Flats", "=HYPERLINK(\"http://x.example\")", "Società Ñandú & Figli", "+1 Site", "-Depot", "@home", strings.Repeat("é", 60)}
	groups := []struct {
		name string
		id   int
	}{{"Housing", 1204}, {"SCHOOLS  & colleges", 1207}, {"santé publique", 1208}}
	group := groups[n%len(groups)]
	points := []struct{ lat, long, sentLat, sentLong string }{
		{"53.8", "-1,55", "53.8", "-1.55"}, {"-90", "180", "-90", "180"}, {"0", "0", "0", "0"}, {"51.5073509", "-0,1277583", "51.5073509", "-0.1277583"},
	}
	at := points[n%len(points)]
	l := line{
		cells: map[string]string{
			"Reference": fmt.Sprintf("R-%05d", n), "Name": titles[n%len(titles)], "Group": group.name, "Parent": "hq-1", "Info": "=1+1, gate code 0042",
			"Street": "1 Harbour Road", "Town": "Leeds", "Postcode": "00123", "Country": "United Kingdom", "Lat": at.lat, "Long": at.long,
		},
		path: "/v1/contacts",
	}
	l.body = map[string]any{
		"reference": l.cells["Reference"], "name": l.cells["Name"], "groupId": group.id, "parentId": 1, "extraInformation": l.cells["Info"],
		"street": "1 Harbour Road", "town": "Leeds", "postalCode": "00123", "country": "United Kingdom",
		"location": map[string]any{"latitude": json.Number(at.sentLat), "longitude": json.Number(at.sentLong)},
	}
	if group.id == 1204 { // these custom fields are of that group
		l.cells["Tier"], l.cells["Key safe"] = "0100", "-4"
		l.body["customFields"] = []any{map[string]any{"definitionId": 77, "value": "0100"}, map[string]any{"definitionId": 78, "value": "-4"}}
	}
	if n%5 == 4 { // the least there can be
		for _, name := range []string{"Parent", "Info", "Street", "Town", "Postcode", "Country", "Tier", "Key safe"} {
			l.cells[name] = ""
		}
		l.body = map[string]any{"reference": l.body["reference"], "name": l.body["name"], "groupId": group.id, "location": l.body["location"]}
	}
	return l
}

func bigchangeContactWrong() []wrongRow {
	is := func(column, text, field, code string) wrongRow {
		return wrongRow{map[string]string{column: text}, column, field, code, false}
	}
	return []wrongRow{
		is("Name", "", "name", "required"),
		is("Group", "", "groupId", "required"),
		is("Lat", "", "location.latitude", "required"),
		is("Long", "", "location.longitude", "required"),
		is("Lat", "north", "location.latitude", "not_number"),
		is("Long", "1.55", "location.longitude", "not_number"),
		is("Reference", "", "reference", "blank_key"),
		{map[string]string{"Group": "Nobody"}, "Group", "groupId", "lookup_none", true},
		{map[string]string{"Group": "Twins"}, "Group", "groupId", "lookup_many", true},
		{map[string]string{"Parent": "TW-1"}, "Parent", "parentId", "lookup_many", true},
	}
}

// openBigChange makes a world with two groups of one name, and two contacts of one reference.
func openBigChange(t *testing.T, options simulator.BigChangeOptions) (*simulator.Simulator, int64, *arena) {
	sim := simulator.New(simulator.Options{BigChange: options})
	customer := sim.BigChange.AddDefaultWorld()
	sim.BigChange.AddGroup(customer, simulator.BigChangeGroup{ID: 1300, Name: "Twins"})
	sim.BigChange.AddGroup(customer, simulator.BigChangeGroup{ID: 1301, Name: "Twins"})
	for i, reference := range []string{"HQ-1", "HQ-2", "TW-1", "TW-1"} {
		sim.BigChange.AddContact(customer, simulator.BigChangeContact{
			ID: int64(i + 1), Name: "Head office " + reference, GroupID: 1209, Reference: new(reference), Location: &simulator.BigChangeLocation{},
		})
	}
	return sim, customer, &arena{
		tape:   &tape{api: sim},
		files:  map[string]string{"secret": simulator.DefaultClientSecret},
		create: map[string]string{"Customer-Id": fmt.Sprint(customer), "Authorization": "Bearer " + bigchangeToken(t, sim)},
		own:    []string{"id", "createdAt", "modifiedAt", "accountStatus", "stopReason", "stoppedAt"},
		tokens: sim.BigChange.TokensIssued,
	}
}

// bigchangeToken asks for a token as the document says.
func bigchangeToken(t *testing.T, sim *simulator.Simulator) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {simulator.DefaultClientID}, "client_secret": {simulator.DefaultClientSecret}}
	r := httptest.NewRequest("POST", "/auth/tokens", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	sim.ServeHTTP(answer, r)
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &token); err != nil || token.Value == "" {
		t.Fatalf("the token call answered %d %s", answer.Code, answer.Body)
	}
	return token.Value
}

func openBigChangeContacts(t *testing.T, options simulator.BigChangeOptions) *arena {
	sim, customer, a := openBigChange(t, options)
	a.already = 4
	a.stored = func() []any {
		var all []any
		for _, c := range sim.BigChange.Contacts(customer)[a.already:] {
			all = append(all, c)
		}
		return all
	}
	a.expire = expireAtPost(t, sim, "/contacts")
	return a
}

// bigchangePerson is persons of BigChange.
func bigchangePerson() *subject {
	return &subject{
		name: "bigchange person", resource: "bigchange/person", job: bigchangePersonJob, auths: bigchangeAuth(),
		header: []string{"Site", "Title", "First name", "Last name", "E-mail", "Mobile", "Phone", "Ext", "Role", "Dept", "Opted out", "Language"},
		line:   bigchangePersonLine,
		wrong:  bigchangePersonWrong(),
		altered: []alteration{
			{"Language", "Cymraeg", func(line) map[string]any {
				return map[string]any{"customFields": []any{map[string]any{"definitionId": 82, "value": "Cymraeg"}}}
			}},
			{"Opted out", "no", func(line) map[string]any { return map[string]any{"isOptedOut": false} }},
		},
		lookup: nameCase{"Site", "contactId", "tw-1", []string{"3", "4"}},
		blank: blankCase{"Mobile", "mobile", func(line) map[string]any {
			return map[string]any{"mobile": nil}
		}},
		refusals: []refusalCase{
			{
				refused{422, `{"type": "about:blank", "title": "Invalid", "status": 422, "detail": "See errors.", "errors": {"email": ["Not an address that we like."]}}`},
				"E-mail", "email", "api_rejected", "Not an address that we like.",
			},
			{refused{422, `{"errors": {"CustomFields[0].DefinitionId": ["There is none."]}}`}, "Language", "customFields.Language", "api_rejected", "There is none."},
		},
		pageSize: 1000,
		maxReads: 2, // the contacts for the lookup, the persons
		open: func(t *testing.T) *arena {
			sim, customer, a := openBigChange(t, simulator.BigChangeOptions{})
			a.stored = func() []any {
				var all []any
				for _, p := range sim.BigChange.Persons(customer) {
					all = append(all, p)
				}
				return all
			}
			a.expire = expireAtPost(t, sim, "/persons")
			return a
		},
	}
}

func bigchangePersonLine(n int) line {
	forenames := []string{"Ida", "=Ada", "José", "遥", "-", "+1"}
	l := line{
		cells: map[string]string{
			"Site": fmt.Sprintf(" hq-%d", n%2+1), "Title": "Ms", "First name": forenames[n%len(forenames)], "Last name": "O’Hare <Test>",
			"E-mail": fmt.Sprintf("p%d@site.example", n), "Mobile": "+44 7700 900123", "Phone": "0161 496 0003", "Ext": "007", "Role": "=Manager",
			"Dept": "@Ops", "Opted out": []string{"yes", "no"}[n%2], "Language": "日本語",
		},
		path: "/v1/persons",
	}
	l.body = map[string]any{
		"contactId": n%2 + 1, "title": "Ms", "forename": l.cells["First name"], "surname": l.cells["Last name"], "email": l.cells["E-mail"],
		"mobile": "+44 7700 900123", "landline": "0161 496 0003", "extension": "007", "position": "=Manager", "department": "@Ops",
		"isOptedOut": n%2 == 0, "customFields": []any{map[string]any{"definitionId": 82, "value": "日本語"}},
	}
	if n%5 == 4 { // the least there can be
		for _, name := range []string{"Title", "Mobile", "Phone", "Ext", "Role", "Dept", "Opted out", "Language"} {
			l.cells[name] = ""
		}
		l.body = map[string]any{"contactId": n%2 + 1, "forename": l.body["forename"], "surname": l.body["surname"], "email": l.body["email"]}
	}
	return l
}

func bigchangePersonWrong() []wrongRow {
	is := func(column, text, field, code string) wrongRow {
		return wrongRow{map[string]string{column: text}, column, field, code, false}
	}
	return []wrongRow{
		is("Site", "", "contactId", "required"),
		is("First name", "", "forename", "required"),
		is("Last name", "", "surname", "required"),
		is("E-mail", "", "email", "required"),
		is("Opted out", "maybe", "isOptedOut", "not_boolean"),
		{map[string]string{"Site": "HQ-9"}, "Site", "contactId", "lookup_none", true},
		{map[string]string{"Site": "TW-1"}, "Site", "contactId", "lookup_many", true},
	}
}
