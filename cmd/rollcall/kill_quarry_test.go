package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// quarry is a target as the kill tests hunt it: a job, a sheet, and where the API keeps what the sheet says.
type quarry struct {
	layout
	name   string
	job    string // BASE_URL stands for what the tests fill in
	secret string // that the job refers to
	sheet  string // the name of the file
	create string // the path of creates, for scripts of faults
	header []string
	row    func(n int) []string
	edited func(n int) string // another text for the last cell of a row
	wrong  func(cells []string)
}

// quarries is each target once.
func quarries() []*quarry {
	return []*quarry{croQuarry(), bigchangeQuarry(), revnueQuarry()}
}

// killConnection makes looks wait no longer than they have to.
const killConnection = "settle: 200ms, timeout: 1s, workers: 8, rate: none"

func killName(n int) string {
	names := []string{"Person %d", "=SUM(A%d)", "José \"Pepe\" Peña %d", "Søn, Brødre & Co %d", "-%d", "山川 %d"}
	return fmt.Sprintf(names[n%len(names)], n)
}

func croQuarry() *quarry {
	return &quarry{
		name: "cro", secret: simulator.DefaultToken, sheet: "contacts.csv", create: "/customers/*/contacts",
		layout: layout{
			key: []string{"Customer", "E-mail"}, told: true,
			columns: map[string]string{"Customer": "/2", "Name": "name", "E-mail": "email", "Phone": "number"},
		},
		header: []string{"Customer", "Name", "E-mail", "Phone"},
		row: func(n int) []string {
			return []string{strconv.Itoa(n%12 + 1), killName(n), fmt.Sprintf("Person.%d@x.example", n), fmt.Sprintf("%05d", n)}
		},
		edited: func(n int) string { return fmt.Sprintf("+44 20 7946 %04d", n) },
		wrong:  func(cells []string) { cells[3] = strings.Repeat("9", 91) },
		job: `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: 1}, auth: {token: "${file:secret}"}, ` + killConnection + `}
source: {file: contacts.csv}
identity: {key: [customer_id, email]}
guards: {max_changed: 100%}
columns: {Customer: customer_id, Name: name, E-mail: email, Phone: number}
`,
	}
}

func bigchangeQuarry() *quarry {
	return &quarry{
		name: "bigchange", secret: simulator.DefaultClientSecret, sheet: "sites.xlsx", create: "/contacts",
		layout: layout{
			key:     []string{"Reference"},
			columns: map[string]string{"Reference": "reference", "Name": "name", "Group": "groupId", "Postcode": "postalCode", "Town": "town"},
		},
		header: []string{"Reference", "Name", "Group", "Postcode", "Town"},
		row: func(n int) []string {
			return []string{fmt.Sprintf("R-%05d", n), killName(n), strconv.Itoa(1204 + n%4), "00123", fmt.Sprintf("Leeds %d", n%7)}
		},
		edited: func(n int) string { return fmt.Sprintf("Nether Leeds %d", n%7) },
		wrong:  func(cells []string) { cells[1] = "" },
		job: `
version: 1
target: bigchange/contact
connection:
  {base_url: BASE_URL, account: {customer_id: 14532}, auth: {client_id: simulated-integrator, client_secret: "${file:secret}"}, ` + killConnection + `}
source: {file: sites.xlsx}
identity: {key: [reference]}
guards: {max_changed: 100%}
columns: {Reference: reference, Name: name, Group: groupId, Postcode: postalCode, Town: town}
constants: {location.latitude: 53.8, location.longitude: -1.55}
`,
	}
}

func revnueQuarry() *quarry {
	return &quarry{
		name: "revnue", secret: simulator.DefaultRevnueToken, sheet: "customers.csv", create: "/customer",
		layout: layout{
			key:     []string{"Customer"},
			columns: map[string]string{"Customer": "name", "Segment": "category.id", "Manager": "template.fields.Account manager", "Phone": "phone"},
		},
		header: []string{"Customer", "Segment", "Manager", "Phone"},
		row: func(n int) []string {
			return []string{killName(n), strconv.Itoa(n%12 + 1), fmt.Sprintf("Ada %d", n%5), fmt.Sprintf("+1 403 555 %04d", n)}
		},
		edited: func(n int) string { return fmt.Sprintf("(403) 555-%04d", n) },
		wrong:  func(cells []string) { cells[3] = strings.Repeat("9", 21) },
		job: `
version: 1
target: revnue/customer
connection: {base_url: BASE_URL, account: {company: 1}, auth: {token: "${file:secret}"}, ` + killConnection + `}
source: {file: customers.csv}
identity: {key: [name]}
guards: {max_changed: 100%}
columns: {Customer: name, Segment: category, Manager: template.fields.Account manager, Phone: phone}
constants: {template.id: 7}
`,
	}
}

// edition is the rows of an edition of the sheet. The second has all of them, every fortieth of them wrong. The first has two
// of ten, and one of these is edited in the second.
func (q *quarry) edition(number, size int) (rows [][]string) {
	for n := range size {
		cells := q.row(n)
		if n%40 == 39 {
			q.wrong(cells)
		}
		if number == 2 && n%10 == 0 {
			cells[len(cells)-1] = q.edited(n)
		}
		if number == 2 || n%10 < 2 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// creates is how many rows of the second edition are new and sound.
func (q *quarry) creates(size int) int { return size - size/40 - len(q.edition(1, size)) }

// writeSheet writes rows in the form that the name of the file tells.
func writeSheet(t *testing.T, path string, header []string, rows [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	all := append([][]string{header}, rows...)
	if filepath.Ext(path) == ".csv" {
		if err := csv.NewWriter(&b).WriteAll(all); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	book := excelize.NewFile()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, cells := range all {
		values := make([]any, len(cells))
		for n, text := range cells {
			values[n] = text
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), values); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
