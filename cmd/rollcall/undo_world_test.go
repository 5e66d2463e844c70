package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// past is a target as the tests of undo meet it: a sheet in three editions. The second changes several fields of every row, the
// third one of them again, in every twentieth row.
type past struct {
	name   string
	job    string // BASE_URL stands for what the tests fill in
	secret string // that the job refers to
	header []string
	first  func(n int) []string
	second func(n int) []string
	again  int    // the column that the third edition changes
	field  string // that this column fills
	resent func(n int) string
}

// pasts is every target, and updates that replace the whole record.
func pasts() []*past {
	return []*past{croPast(), bigchangePast(), revnuePast(), replacedPast()}
}

func croPast() *past {
	row := func(name, phone, fax, told string) func(n int) []string {
		return func(n int) []string {
			return []string{strconv.Itoa(n%12 + 1), fmt.Sprintf("p%d@x.example", n), fmt.Sprintf(name, n), fmt.Sprintf(phone, n), fax, told}
		}
	}
	return &past{
		name: "cro", secret: simulator.DefaultToken, header: []string{"Customer", "E-mail", "Name", "Phone", "Fax", "Tell"},
		first: row("=Ann %d", "+44 20 %04d", "0123456", "0"), second: row("Ann\nMary %d", "0800 %04d", "0123457", "1"),
		again: 3, field: "number", resent: func(n int) string { return fmt.Sprintf("0900 %04d", n) },
		job: `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: 1}, auth: {token: "${file:secret}"}, ` + killConnection + `}
source: {file: sheet.csv}
identity: {key: [customer_id, email]}
guards: {max_changed: 100%}
columns: {Customer: customer_id, E-mail: email, Name: name, Phone: number, Fax: fax, Tell: notify_on_new_request}
`,
	}
}

func bigchangePast() *past {
	blank := func(n, when int, text string) string {
		if n%2 == when {
			return ""
		}
		return text
	}
	return &past{
		name: "bigchange", secret: simulator.DefaultClientSecret, header: []string{"Reference", "Name", "Group", "Street", "Town", "Tier"},
		first: func(n int) []string {
			return []string{fmt.Sprintf("R-%05d", n), fmt.Sprintf("Site %d", n), "1204", blank(n, 0, "1 Mill Lane"), fmt.Sprintf("Leeds %d", n%7), "Gold"}
		},
		second: func(n int) []string {
			return []string{fmt.Sprintf("R-%05d", n), fmt.Sprintf("Depot %d", n), "1204", blank(n, 1, "2 Mill Lane"), fmt.Sprintf("York %d", n%7), "Silver"}
		},
		again: 4, field: "town", resent: func(n int) string { return fmt.Sprintf("Hull %d", n%7) },
		job: `
version: 1
target: bigchange/contact
connection:
  {base_url: BASE_URL, account: {customer_id: 14532}, auth: {client_id: simulated-integrator, client_secret: "${file:secret}"}, ` + killConnection + `}
source: {file: sheet.csv}
identity: {key: [reference]}
guards: {max_changed: 100%}
columns: {Reference: reference, Name: name, Group: groupId, Street: {field: street, blank: clear}, Town: town, Tier: customFields.Tier}
custom_fields: {Tier: 77}
constants: {location.latitude: 53.8, location.longitude: -1.55}
`,
	}
}

func revnuePast() *past {
	row := func(mail, phone, credit string, category int) func(n int) []string {
		return func(n int) []string {
			return []string{fmt.Sprintf("Yard %d", n), strconv.Itoa((n+category)%12 + 1), fmt.Sprintf(mail, n), credit, fmt.Sprintf(phone, n)}
		}
	}
	return &past{
		name: "revnue", secret: simulator.DefaultRevnueToken, header: []string{"Customer", "Segment", "E-mail", "Credit", "Phone"},
		first: row("a%d@x.example", "403 %04d", "12.5", 0), second: row("b%d@x.example", "587 %04d", "99", 1),
		again: 4, field: "phone", resent: func(n int) string { return fmt.Sprintf("825 %04d", n) },
		job: `
version: 1
target: revnue/customer
connection: {base_url: BASE_URL, account: {company: 1}, auth: {token: "${file:secret}"}, ` + killConnection + `}
source: {file: sheet.csv}
identity: {key: [name]}
guards: {max_changed: 100%}
columns: {Customer: name, Segment: category, E-mail: contact_person.email, Credit: template.fields.Credit limit, Phone: phone}
constants: {template.id: 7, contact_person.name: Office, contact_person.type: billing}
`,
	}
}

// replacedPast clears by leaving out: Website and what is said of an agreement come and go.
func replacedPast() *past {
	p := *revnuePast()
	p.name = "revnue, replaced"
	p.header = append(slices.Clone(p.header), "Website", "NDA")
	extend := func(of func(n int) []string, odd int) func(n int) []string {
		return func(n int) []string {
			website, nda := "https://yard.example", "1"
			if n%2 == odd {
				website, nda = "", "0"
			}
			return append(of(n), website, nda)
		}
	}
	p.first, p.second = extend(p.first, 0), extend(p.second, 1)
	p.job = strings.Replace(p.job, "Phone: phone}", "Phone: phone, Website: {field: website, blank: clear}, NDA: nda_signed}", 1) + "replace: true\n"
	return &p
}

// memory is an account with a past.
type memory struct {
	*past
	*place
	size   int
	writes atomic.Int64 // updates that the API was asked for
}

// ServeHTTP answers like the simulator, and counts.
func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == "PATCH" || r.Method == "PUT" {
		m.writes.Add(1)
	}
	m.sim.ServeHTTP(w, r)
	m.sim.ForgetRequests()
}

// newMemory has the first edition of the sheet in a fresh account, then the second. It returns the run that did the second.
func newMemory(t *testing.T, p *past, size int) (m *memory, run string, before map[string]string) {
	t.Helper()
	m = &memory{past: p, place: &place{dir: t.TempDir()}, size: size}
	m.sim = simulator.New(simulator.Options{Revnue: simulator.RevnueOptions{Rate: simulator.Rate{Limit: -1}}})
	addWorlds(m.sim)
	m.server = httptest.NewServer(m)
	t.Cleanup(m.server.Close)
	m.write(t, "config.yaml", strings.ReplaceAll(p.job, "BASE_URL", m.server.URL))
	m.write(t, "secret", p.secret)
	m.edition(t, p.first)
	m.run(t, 0, "sync")
	before = m.records(t)
	m.edition(t, p.second)
	return m, m.run(t, 0, "sync").Run, before
}

// edition writes the sheet.
func (m *memory) edition(t *testing.T, row func(n int) []string) {
	t.Helper()
	var rows [][]string
	for n := range m.size {
		if cells := row(n); cells != nil {
			rows = append(rows, cells)
		}
	}
	m.write(t, "sheet.csv", string(writeSheet(t, "sheet.csv", m.header, rows)))
}

// editLater changes one field of every twentieth record, as somebody else does of whom the ledger knows nothing. It returns their
// keys.
func (m *memory) editLater(t *testing.T) (records int) {
	t.Helper()
	m.edition(t, func(n int) []string {
		if n%20 != 0 {
			return nil
		}
		records++
		cells := m.second(n)
		cells[m.again] = m.resent(n)
		return cells
	})
	m.run(t, 0, "--state", "elsewhere", "sync")
	return records
}

// run runs a command that has to end with code, and returns its account.
func (m *memory) run(t *testing.T, code int, args ...string) undoAccount {
	t.Helper()
	r := m.rollcall(t, append(args, "--yes", "--json")...)
	if r.code != code {
		t.Fatalf("%s ended with exit code %d, want %d\n%s%s", args, r.code, code, r.out, r.errOut)
	}
	var a undoAccount
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
	}
	a.addsUp(t)
	return a
}

// undoAccount is an account with what it says of an undo.
type undoAccount struct {
	account
	Undo *struct {
		Run                                 string
		Reversed, Already, Kept, Impossible int
	}
	Verdict, Next string
}

// records is all that the API has stored, by id, but for when it did so.
func (m *memory) records(t *testing.T) map[string]string {
	t.Helper()
	var all []any
	switch strings.Split(m.name, ",")[0] {
	case "cro":
		for _, c := range m.sim.CRO.Customers(1) {
			for _, contact := range m.sim.CRO.Contacts(c.ID) {
				all = append(all, contact)
			}
		}
	case "bigchange":
		for _, c := range m.sim.BigChange.Contacts(bigChangeCustomer) {
			c.ModifiedAt = ""
			all = append(all, c)
		}
	default:
		for _, c := range m.sim.Revnue.Customers(revnueCompany) {
			all = append(all, c)
		}
	}
	records := map[string]string{}
	for _, r := range all {
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var of struct{ ID json.Number }
		if err := json.Unmarshal(data, &of); err != nil {
			t.Fatal(err)
		}
		records[of.ID.String()] = string(data)
	}
	if len(records) != len(all) || len(all) < m.size {
		t.Fatalf("%d records under %d ids, want at least %d", len(all), len(records), m.size)
	}
	return records
}

// same wants the API to have exactly these records.
func (m *memory) same(t *testing.T, when string, want map[string]string) {
	t.Helper()
	got, wrong := m.records(t), 0
	for id := range maps.Keys(want) {
		if got[id] != want[id] {
			if wrong++; wrong <= 3 {
				t.Errorf("%s, record %s:\n got %s\nwant %s", when, id, got[id], want[id])
			}
		}
	}
	if wrong > 3 || len(got) != len(want) {
		t.Errorf("%s: %d records of %d are wrong, there are %d", when, wrong, len(want), len(got))
	}
}
