package simulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// administrator is a client of Revnue.
type administrator struct{ sim *simulator.Simulator }

// newAdministrator makes a server with the default world of Revnue (companies 1 and 2, template 7) and two customers:
// number 1, Northwind, with every field, in company 1; number 2, Overseas, in company 2.
func newAdministrator(options simulator.Options) *administrator {
	sim := simulator.New(options)
	company := sim.Revnue.AddDefaultWorld()
	sim.Revnue.AddCustomer(company, northwind())
	sim.Revnue.AddCustomer(2, simulator.RevnueCustomer{Name: "Overseas"})
	return &administrator{sim}
}

// revnueWith is newAdministrator for options of Revnue alone.
func revnueWith(options simulator.RevnueOptions) *administrator {
	options.Rate.Limit = -1
	return newAdministrator(simulator.Options{Clock: aMoment, Revnue: options})
}

// northwind is a customer with every field.
func northwind() simulator.RevnueCustomer {
	return simulator.RevnueCustomer{
		Name: "Northwind", Category: new(int64(3)),
		ContactPerson: &simulator.RevnueContactPerson{Name: new("Ada"), Email: new("ada@northwind.example"), Type: new("billing")},
		RevnueAddress: simulator.RevnueAddress{
			AddressLine1: new("1 Harbour Road"), AddressLine2: new("Floor 2"), City: new("Bristol"), StateProvince: new("Avon"),
			ZipPostalCode: new("BS1 4XX"), Country: new(int64(36)),
		},
		RevnueNumbers: simulator.RevnueNumbers{Phone: new("1"), Mobile: new("2"), Fax: new("3")},
		Website:       new("northwind.example"),
		RevnueDescriptions: simulator.RevnueDescriptions{
			GeneralDescription: new("g"), SupplementaryDescription: new("s"), AdditionalDescription: new("a"),
		},
		RevnueAgreements: simulator.RevnueAgreements{
			NDASigned: true, NDASignedDate: new("2024-02-29"), MSASigned: true, MSASignedDate: new("2024-03-01"),
		},
		Template: &simulator.RevnueCustom{ID: 7, Fields: []simulator.RevnueValue{
			{ID: 71, Value: json.Number("1250.50")}, {ID: 74, Value: "gold"},
		}},
	}
}

// ask sends a request of the account's administrator, with edits as newRequest takes them.
func (a *administrator) ask(method, path, body string, edits ...string) answer {
	sound := []string{"X-Tenant-Id:", "Authorization: Bearer " + simulator.DefaultRevnueToken}
	return ask(a.sim, method, "/api/v2"+path, body, append(sound, edits...)...)
}

// read reads customer 1 over the API.
func (a *administrator) read(t *testing.T) answer {
	t.Helper()
	got := a.ask("GET", "/customer/1/?company=1", "")
	if got.status != 200 {
		t.Fatalf("read: got %d %s", got.status, got.body)
	}
	return got
}

// aCompany is a sound body that creates a customer, with the members of a JSON object put over it.
func aCompany(t *testing.T, edits string) string {
	t.Helper()
	return overlay(t, `{"company": 1, "name": "Fresh"}`, edits)
}

// letters is a text of n characters that are two bytes each.
func letters(n int) string { return strings.Repeat("é", n) }
