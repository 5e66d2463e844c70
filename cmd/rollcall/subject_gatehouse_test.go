package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const gatehouseJob = `
version: 1
target: gatehouse/member
connection: {base_url: BASE_URL, account: {workspace: northgate}, auth: AUTH, settle: 50ms}
source: {file: sheet.csv}
identity: {key: [account_code]}
guards: {max_invalid: 100%}
columns:
  Account: account_code
  Member: name
  Level: tier
  E-mail: email
  Seats: seats
  Balance: balance
  Joined: {field: joined_on, format: 02.01.2006}
  News: newsletter
  Region: {field: region_id, lookup: name}
  Street: {field: address.street, blank: BLANK}
  Town: address.city
  Postcode: address.postcode
  Remarks: note
`

// gatehouseFile is a file of the documented example of a fourth API.
func gatehouseFile(name string) string {
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", "gatehouse", name))
	if err != nil {
		panic(err) // there is no working directory
	}
	return path
}

// gatehouseMembers is the fourth API, which the program knows from its target file alone.
func gatehouseMembers() *subject {
	return &subject{
		name: "gatehouse member, by target file", resource: "gatehouse/member", job: gatehouseJob,
		flags:  []string{"--target-file", gatehouseFile("gatehouse.yaml")},
		auths:  []credential{{name: "api key", yaml: `{token: "${file:token}"}`}},
		header: []string{"Account", "Member", "Level", "E-mail", "Seats", "Balance", "Joined", "News", "Region", "Street", "Town", "Postcode", "Remarks"},
		line:   gatehouseLine,
		wrong:  gatehouseWrong(),
		// An update is the whole record, all of it as the API takes it.
		altered: []alteration{
			{"Remarks", "=2*3", func(l line) map[string]any { l.body["note"] = "=2*3"; return l.body }},
			{"Town", "Penmouth", func(l line) map[string]any { part(l, "address")["city"] = "Penmouth"; return l.body }},
			{"Region", "west", func(l line) map[string]any { l.body["region_id"] = "rgn_west"; return l.body }},
			{"Balance", "0.1", func(l line) map[string]any { l.body["balance"] = json.Number("0.1"); return l.body }},
		},
		lookup: nameCase{"Region", "region_id", "middle", []string{"rgn_mid1", "rgn_mid2"}},
		blank: blankCase{"Street", "address.street", func(l line) map[string]any {
			l.body["address"] = map[string]any{"city": "Aldbury", "postcode": "00123"}
			return l.body
		}},
		refusals: []refusalCase{
			{
				refused{422, `{"code": "invalid_field", "field": "address.postcode", "reason": "No letter is delivered there."}`},
				"Postcode", "address.postcode", "api_rejected", "No letter is delivered there.",
			},
			{
				refused{409, `{"code": "duplicate", "field": "account_code", "reason": "The account code is in use."}`},
				"Account", "account_code", "duplicate", "The account code is in use.",
			},
		},
		pageSize: 25,
		maxReads: 6, // regions in pages of 4, members in pages of 25, and the replaced record again
		open:     openGatehouse,
	}
}

func gatehouseLine(n int) line {
	members := []string{"Ada Thorne", "=SUM(A1:A9)", "Émile Garneau", "+1 guest", "小林 花", "-", "@home", strings.Repeat("é", 80)}
	regions := []struct{ name, id string }{{"North", "rgn_north"}, {"south ", "rgn_south"}, {"EAST  riding", "rgn_east"}, {"West", "rgn_west"}}
	levels := []string{"bronze", "silver", "gold"}
	amounts := []struct{ text, sent string }{{"1250.5", "1250.5"}, {"-0.01", "-0.01"}, {"250000", "250000"}, {"0.07", "0.07"}, {"1234.56", "1234.56"}, {"0", "0"}}
	region, amount := regions[n%len(regions)], amounts[n%len(amounts)]
	code := fmt.Sprintf("%c%c-%04d", 'A'+n/100%26, 'A'+n%26, n)
	l := line{
		cells: map[string]string{
			"Account": code, "Member": members[n%len(members)], "Level": levels[n%3], "E-mail": fmt.Sprintf("m%d@hearth.example", n),
			"Seats": fmt.Sprint(n%500 + 1), "Balance": amount.text, "Joined": "29.02.2024", "News": []string{"true", "0"}[n%2], "Region": region.name,
			"Street": "1 Mill Lane", "Town": "Aldbury", "Postcode": "00123", "Remarks": "-- none, \"yet\"",
		},
		path: "/v7/members",
	}
	l.body = map[string]any{
		"account_code": code, "name": l.cells["Member"], "tier": l.cells["Level"], "email": l.cells["E-mail"], "seats": n%500 + 1,
		"balance": json.Number(amount.sent), "joined_on": "2024-02-29", "newsletter": n%2 == 0, "region_id": region.id,
		"note":    l.cells["Remarks"],
		"address": map[string]any{"street": "1 Mill Lane", "city": "Aldbury", "postcode": "00123"},
	}
	if n%5 == 3 { // the least there can be
		for _, name := range []string{"Level", "E-mail", "Seats", "Balance", "Joined", "News", "Region", "Street", "Town", "Postcode", "Remarks"} {
			l.cells[name] = ""
		}
		l.body = map[string]any{"account_code": code, "name": l.cells["Member"]}
	}
	return l
}

func gatehouseWrong() []wrongRow {
	is := func(column, text, field, code string) wrongRow {
		return wrongRow{map[string]string{column: text}, column, field, code, false}
	}
	return []wrongRow{
		is("Account", "no-0001", "account_code", "bad_pattern"),
		is("Account", "NO-00012", "account_code", "bad_pattern"),
		is("Member", "", "name", "required"),
		is("Member", strings.Repeat("é", 81), "name", "too_long"),
		is("Level", "Gold plus", "tier", "not_allowed"),
		is("E-mail", "nobody", "email", "bad_email"),
		is("E-mail", strings.Repeat("a", 111)+"@x.example", "email", "too_long"),
		is("Seats", "0", "seats", "too_small"),
		is("Seats", "501", "seats", "too_large"),
		is("Seats", "2.5", "seats", "not_integer"),
		is("Balance", "0.001", "balance", "money_decimals"),
		is("Balance", "250000.01", "balance", "too_large"),
		is("Balance", "a lot", "balance", "not_number"),
		is("Joined", "30.02.2024", "joined_on", "bad_date"),
		is("News", "often", "newsletter", "not_boolean"),
		is("Remarks", strings.Repeat("n", 501), "note", "too_long"),
		is("Postcode", "1234567890123", "address.postcode", "too_long"),
		{map[string]string{"Street": "1 Mill Lane", "Town": "", "Postcode": ""}, "Town", "address.city", "needs_field", false},
		{map[string]string{"Region": "Nowhere"}, "Region", "region_id", "lookup_none", true},
		{map[string]string{"Region": "Middle"}, "Region", "region_id", "lookup_many", true},
	}
}

func openGatehouse(t *testing.T) *arena {
	g := newGatehouse(25)
	return &arena{
		tape:    &tape{api: g},
		files:   map[string]string{"token": gatehouseKey},
		create:  map[string]string{"X-Api-Key": gatehouseKey},
		query:   "?workspace=northgate",
		stored:  g.stored,
		expire:  func(nth int) { g.failNext(gatehouseFault{method: "POST", nth: nth, lockout: true}) },
		restore: func() { g.setKeys(gatehouseKey) },
	}
}

// gatehouseText is a file of the documented example, as it is.
func gatehouseText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(gatehouseFile(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
