package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const acceptanceJob = `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: TENANT}, auth: {token: "${env:TOKEN}"}, settle: 50ms}
source: {file: contacts.xlsx, sheet: Contacts}
identity: {key: [customer_id, email]}
columns:
  Customer No: customer_id
  Contact name: name
  E-mail: email
  Phone: number
  Fax: fax
  Notify new: {field: notify_on_new_request, true: ["Y"], false: ["N"]}
  Notify done: {field: notify_on_completed_request, true: ["Y"], false: ["N"]}
  Notes: ignore
`

func acceptanceHeader() []string {
	return []string{"Customer No", "Contact name", "E-mail", "Phone", "Fax", "Notify new", "Notify done", "Notes"}
}

// sheetRow is one row of the workbook, and what has to become of it.
type sheetRow struct {
	cells  [8]string
	status string         // created, invalid or rejected
	column string         // that is to blame
	field  string         // likewise
	code   string         // why
	sent   map[string]any // the body of its request, all of it
}

// acceptanceRows is 300 rows: sound ones of many kinds, and among them what people get wrong. The oracle beside each row
// is written from the documentation of the API, not from the program.
func acceptanceRows() []sheetRow {
	bad := badRows()
	var rows []sheetRow
	for n := 0; len(rows) < 300; n++ {
		if len(rows)%6 == 5 && len(bad) > 0 {
			rows = append(rows, bad[0])
			bad = bad[1:]
			continue
		}
		rows = append(rows, soundRow(n))
	}
	return rows
}

// soundRow is the n-th of the rows that can be created.
func soundRow(n int) sheetRow {
	names := []string{"Ada Lovelace", "José Muñoz Peña", "田中 遥", "ليلى الحداد", "Łukasz Wiśniewski", "Zoe\u0308 Grün", "👩🏽‍🔧 Pip", "",
		strings.Repeat("遥", 128), strings.Repeat("👩", 128), "=SUM(A1:A9)", "O’Rourke & Söhne <Bau>"}
	phones := []string{"00123", "+44 20 7946 0001", "", "(312) 555-0101 ext. 101", strings.Repeat("9", 90), "0161 496 0003"}
	faxes := []string{"", "5550100", "+1 360 123 6543", "", "123456789012345"}
	words := []string{"Y", "N", "", "y"}
	email := fmt.Sprintf("person%d@firm-%d.example", n, n%7)
	switch n % 9 {
	case 3:
		email += fmt.Sprintf(",office%d@firm.example", n) // a list with commas is documented
	case 5:
		email = fmt.Sprintf("josé.%d@bücher.example", n)
	case 7: // exactly 256 characters, more of bytes
		email = strings.Repeat("é", 240-len(strconv.Itoa(n))) + strconv.Itoa(n) + "@firm.example.ex"
	}
	r := sheetRow{status: "created", sent: map[string]any{"email": email}}
	r.cells = [8]string{strconv.Itoa(n%12 + 1), names[n%len(names)], email, phones[n%len(phones)], faxes[n%len(faxes)],
		words[n%len(words)], words[n/2%len(words)], "not for the API"}
	for i, field := range map[int]string{1: "name", 3: "number", 4: "fax"} {
		if r.cells[i] != "" {
			r.sent[field] = r.cells[i]
		}
	}
	for i, field := range map[int]string{5: "notify_on_new_request", 6: "notify_on_completed_request"} {
		if r.cells[i] != "" {
			r.sent[field] = strings.EqualFold(r.cells[i], "Y")
		}
	}
	return r
}

// badRows is what people get wrong, each with the place and the code that must be named.
func badRows() []sheetRow {
	var rows []sheetRow
	add := func(status, column, field, code string, cells map[int]string) {
		r := sheetRow{status: status, column: column, field: field, code: code}
		r.cells = [8]string{"3", "Somebody", fmt.Sprintf("bad%d@x.example", len(rows)), "", "", "", "", ""}
		for i, text := range cells {
			r.cells[i] = text
		}
		rows = append(rows, r)
	}
	add("invalid", "E-mail", "email", "bad_email", map[int]string{2: "a@x.example; b@x.example"})
	add("invalid", "E-mail", "email", "bad_email", map[int]string{2: "a@x.example b@x.example"})
	add("invalid", "E-mail", "email", "bad_email", map[int]string{2: "a@x.example,nobody"})
	add("invalid", "E-mail", "email", "too_long", map[int]string{2: strings.Repeat("a", 245) + "@firm.ex.ampl"[:12]})
	add("invalid", "Contact name", "name", "too_long", map[int]string{1: strings.Repeat("遥", 129)})
	add("invalid", "Contact name", "name", "too_long", map[int]string{1: strings.Repeat("👩", 129)})
	add("invalid", "Phone", "number", "too_long", map[int]string{3: strings.Repeat("0", 91)})
	add("invalid", "Fax", "fax", "too_short", map[int]string{4: "555-01"})
	add("invalid", "Fax", "fax", "too_long", map[int]string{4: "+1 (360) 123-654"})
	add("invalid", "Fax", "fax", "too_long", map[int]string{4: "+1 (360) 123-6543"})
	add("invalid", "Customer No", "customer_id", "required", map[int]string{0: ""})
	add("invalid", "Customer No", "customer_id", "not_integer", map[int]string{0: "Harbor Roofing"})
	add("invalid", "Customer No", "customer_id", "not_integer", map[int]string{0: "1.5"})
	add("invalid", "Notify new", "notify_on_new_request", "not_boolean", map[int]string{5: "maybe"})
	add("invalid", "Notify done", "notify_on_completed_request", "not_boolean", map[int]string{6: "true"})
	add("invalid", "E-mail", "email", "blank_key", map[int]string{2: ""})
	add("invalid", "Customer No", "customer_id", "duplicate_key", map[int]string{2: "twice@x.example"})
	add("invalid", "Customer No", "customer_id", "duplicate_key", map[int]string{2: "TWICE@x.example "})
	add("rejected", "Customer No", "customer_id", "parent_not_found", map[int]string{0: "777"})
	add("rejected", "Customer No", "customer_id", "parent_not_found", map[int]string{0: "888"})
	// Several things wrong in one row: the first in column order is the row's, all are in problems.csv.
	add("invalid", "Contact name", "name", "too_long", map[int]string{1: strings.Repeat("x", 129), 4: "1", 5: "?"})
	return rows
}

// writeWorkbook writes the rows as a person's workbook: all text.
func writeWorkbook(t *testing.T, path string, rows []sheetRow) {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", "Contacts"); err != nil {
		t.Fatal(err)
	}
	for r := range len(rows) + 1 {
		cells := acceptanceHeader()
		if r > 0 {
			cells = rows[r-1].cells[:]
		}
		for c, text := range cells {
			name, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err == nil && text != "" {
				err = book.SetCellStr("Contacts", name, text)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// TestWorkbookIsAccountedFor is the main job on real input: 300 rows of a workbook, a tenth of them bad. Every sound row is
// created once, with exactly the documented fields that its cells fill; every bad one is named by row, column, field,
// code and remedy; a second run writes nothing.
func TestWorkbookIsAccountedFor(t *testing.T) {
	t.Parallel()
	p := newPlace(t, acceptanceJob)
	rows := acceptanceRows()
	writeWorkbook(t, p.path("contacts.xlsx"), rows)
	want := map[string]int{"read": 300}
	for _, r := range rows {
		want[r.status]++
	}

	first := p.rollcall(t, "sync", "--yes", "--json")
	if first.code != 3 {
		t.Fatalf("exit code %d, want 3\n%s%s", first.code, first.out, first.errOut)
	}
	sum := first.summary(t)
	sum.addsUp(t)
	for status, n := range want {
		if sum.Counts[status] != n {
			t.Errorf("counts.%s = %d, want %d", status, sum.Counts[status], n)
		}
	}
	checkRequests(t, p, rows)
	checkReport(t, sum, rows)
	checkProblems(t, sum, rows)

	p.sim.ForgetRequests()
	second := p.rollcall(t, "sync", "--yes", "--json")
	sum = second.summary(t)
	sum.addsUp(t)
	if writes := p.sim.Tally().Writes; writes != 0 {
		t.Errorf("the second run wrote %d times, want none", writes)
	}
	if second.code != 3 || sum.Counts["unchanged"] != want["created"] || sum.Counts["created"] != 0 {
		t.Errorf("the second run ended with %d and %v, want 3 and %d unchanged", second.code, sum.Counts, want["created"])
	}
}

// checkRequests compares what the server was sent, and what it has, with the oracle.
func checkRequests(t *testing.T, p *place, rows []sheetRow) {
	t.Helper()
	want := map[string]map[string]any{} // by customer and e-mail
	for _, r := range rows {
		if r.status == "created" {
			want[r.cells[0]+" "+r.cells[2]] = r.sent
		}
	}
	got := map[string]map[string]any{}
	for _, request := range p.sim.Requests() {
		if request.Method == http.MethodGet {
			continue
		}
		var body map[string]any
		if err := json.Unmarshal(request.Body, &body); err != nil {
			t.Fatalf("%s %s: %v", request.Method, request.Path, err)
		}
		customer := strings.Split(request.Path, "/")[2]
		key := fmt.Sprintf("%s %v", customer, body["email"])
		if request.Method != http.MethodPost || request.Status/100 != 2 || got[key] != nil {
			t.Errorf("row %s: %s %s answered %d: want one create each, and no refusal", key, request.Method, request.Path, request.Status)
		}
		got[key] = body
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	stored := 0
	for customer := range int64(12) {
		for _, c := range p.sim.CRO.Contacts(customer + 1) {
			stored++
			sent := want[fmt.Sprintf("%d %s", customer+1, *c.Email)]
			if diff := cmp.Diff(asStored(sent, c.ID), c); diff != "" {
				t.Errorf("contact %d of customer %d (-want +got):\n%s", c.ID, customer+1, diff)
			}
		}
	}
	if stored != len(want) {
		t.Errorf("the server has %d contacts, want %d", stored, len(want))
	}
}

// asStored is the record that a body must have made: what is not sent is null or false.
func asStored(sent map[string]any, id int64) simulator.Contact {
	text := func(field string) *string {
		if s, ok := sent[field].(string); ok {
			return &s
		}
		return nil
	}
	flag := func(field string) bool { return sent[field] == true }
	return simulator.Contact{
		ID: id, Email: text("email"), Name: text("name"), Number: text("number"), Fax: text("fax"),
		NotifyOnNewRequest: flag("notify_on_new_request"), NotifyOnCompletedRequest: flag("notify_on_completed_request"),
	}
}

// checkReport finds every row of the sheet once in rows.csv, its cells as they were, with its account.
func checkReport(t *testing.T, sum account, rows []sheetRow) {
	t.Helper()
	header, lines := reportRows(t, sum.Files["rows.csv"])
	if diff := cmp.Diff(acceptanceHeader(), header[:8]); diff != "" {
		t.Errorf("the header of rows.csv (-want +got):\n%s", diff)
	}
	if len(lines) != len(rows) {
		t.Fatalf("rows.csv has %d rows, want %d", len(lines), len(rows))
	}
	_, failed := reportRows(t, sum.Files["failed.csv"])
	unsettled := 0
	for i, line := range lines {
		want := rows[i]
		where := fmt.Sprintf("row %d", i+2)
		for c, name := range header[:8] {
			// What Excel would evaluate has one ' in front, and the file's last column says that it is ours to strip.
			cell := want.cells[c]
			if line[name] != cell && line[name] != "'"+cell {
				t.Errorf("%s: %s = %q, want %q", where, name, line[name], cell)
			}
		}
		got := []string{line["_row"], line["_status"], line["_code"], line["_column"], line["_field"]}
		if diff := cmp.Diff([]string{strconv.Itoa(i + 2), want.status, want.code, want.column, want.field}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", where, diff)
		}
		if named := line["_message"] != "" && line["_hint"] != ""; named == (want.status == "created") {
			t.Errorf("%s is %s: message %q, hint %q", where, want.status, line["_message"], line["_hint"])
		}
		if (line["_id"] != "") != (want.status == "created") {
			t.Errorf("%s is %s: id %q", where, want.status, line["_id"])
		}
		if want.status != "created" {
			if unsettled >= len(failed) || failed[unsettled]["_row"] != line["_row"] {
				t.Errorf("%s is not in its place in failed.csv", where)
			}
			unsettled++
		}
	}
	if unsettled != len(failed) {
		t.Errorf("failed.csv has %d rows, want %d", len(failed), unsettled)
	}
}

// checkProblems finds every bad row in problems.csv, with a remedy, and no sound one.
func checkProblems(t *testing.T, sum account, rows []sheetRow) {
	t.Helper()
	_, lines := reportRows(t, sum.Files["problems.csv"])
	named := map[string]bool{}
	for _, l := range lines {
		named[l["row"]+" "+l["column"]+" "+l["field"]+" "+l["code"]] = true
		row, err := strconv.Atoi(l["row"])
		if err != nil || rows[row-2].status == "created" && l["code"] != "formula_text" { // that one is a warning
			t.Errorf("problems.csv names row %s, which is sound: %v", l["row"], l)
		}
		if l["message"] == "" || l["hint"] == "" {
			t.Errorf("row %s, %s: message %q, remedy %q", l["row"], l["code"], l["message"], l["hint"])
		}
	}
	for i, r := range rows {
		if want := fmt.Sprintf("%d %s %s %s", i+2, r.column, r.field, r.code); r.status != "created" && !named[want] {
			t.Errorf("problems.csv does not name %q", want)
		}
	}
	// The row with three faults has all of them.
	last := 0
	for i, r := range rows {
		if r.status != "created" {
			last = i + 2
		}
	}
	for _, want := range []string{"Contact name name too_long", "Fax fax too_short", "Notify new notify_on_new_request not_boolean"} {
		if !named[fmt.Sprintf("%d %s", last, want)] {
			t.Errorf("problems.csv does not name %q of row %d", want, last)
		}
	}
}
