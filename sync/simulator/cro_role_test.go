package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Sources: docs.crosoftware.net/docs/requests/customer_contacts_create_contact and customer_contacts_get_contact (Roles); for
// the Admin that writes, the vendor's changelog of 1.0.1 and 1.0.2.
func TestRoles(t *testing.T) {
	strict := simulator.CRORoles{DispatcherOnly: true}
	for _, row := range []struct {
		name, role  string
		options     simulator.CRORoles
		read, write int
	}{
		{"no role is a Dispatcher's", "", simulator.CRORoles{}, 200, 200},
		{"a Dispatcher reads and writes", "Dispatcher", simulator.CRORoles{}, 200, 200},
		{"an Admin passes for a Dispatcher", "Admin", simulator.CRORoles{}, 200, 200},
		{"an Admin may not pass for a Dispatcher", "Admin", strict, 200, 403},
		{"a Dispatcher writes where nobody else does", "Dispatcher", strict, 200, 200},
		{"a ClientCustomer reads", "ClientCustomer", simulator.CRORoles{}, 200, 403},
		{"a CrmUser reads", "CrmUser", simulator.CRORoles{}, 200, 403},
		{"a Driver reads", "Driver", simulator.CRORoles{}, 200, 403},
		{"a ThirdPartyDispatcher reads", "ThirdPartyDispatcher", simulator.CRORoles{}, 200, 403},
		{"a ThirdPartyDriver reads", "ThirdPartyDriver", simulator.CRORoles{}, 200, 403},
		{"a ThirdPartyAdmin may do nothing", "ThirdPartyAdmin", simulator.CRORoles{}, 403, 403},
		{"a ThirdPartyCrmUser may do nothing", "ThirdPartyCrmUser", simulator.CRORoles{}, 403, 403},
		{"the Public may do nothing", "Public", simulator.CRORoles{}, 403, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Roles: row.options}})
			sim.CRO.AddToken(simulator.Token{Value: "t", Role: row.role})
			sim.CRO.AddContact(1, simulator.Contact{})
			for _, step := range []struct {
				method, path string
				want         int
			}{
				{"GET", contactsPath, row.read}, {"GET", contactsPath + "/1", row.read}, {"GET", "/customers", row.read},
				{"GET", "/customers/1", row.read}, {"GET", "/tenants", row.read},
				{"POST", contactsPath, row.write}, {"PATCH", contactsPath + "/1", row.write}, {"PATCH", "/customers/1", row.write},
			} {
				got := ask(sim, step.method, step.path, `{}`, "Authorization: Bearer t")
				if got.status != step.want {
					t.Errorf("%s %s: got %d, want %d", step.method, step.path, got.status, step.want)
				}
				if got.header.Get("X-Api-Version") == "" {
					t.Errorf("%s %s: %d without a version", step.method, step.path, got.status)
				}
			}
			if writes := len(sim.Commits()); (writes > 0) != (row.write == 200) {
				t.Errorf("%d writes stored", writes)
			}
		})
	}
}

// The sample answers show Allow: GET,PATCH for one contact and GET,POST for the list. Sources:
// docs.crosoftware.net/docs/requests/customer_contacts_get_contact, customer_contacts_create_contact.
func TestAllow(t *testing.T) {
	byRole := simulator.CRORoles{AllowByRole: true}
	for _, row := range []struct {
		name         string
		options      simulator.CRORoles
		role         string
		method, path string
		status       int
		want         string
	}{
		{"one contact", simulator.CRORoles{}, "Dispatcher", "GET", contactsPath + "/1", 200, "GET,PATCH"},
		{"the list of contacts", simulator.CRORoles{}, "Dispatcher", "GET", contactsPath, 200, "GET,POST"},
		{"a new contact", simulator.CRORoles{}, "Dispatcher", "POST", contactsPath, 200, "GET,POST"},
		{"one customer", simulator.CRORoles{}, "Dispatcher", "GET", "/customers/1", 200, "GET,PATCH"},
		{"the list of customers", simulator.CRORoles{}, "Dispatcher", "GET", "/customers", 200, "GET"},
		{"tenants", simulator.CRORoles{}, "Dispatcher", "GET", "/tenants", 200, "GET"},
		{"a method that one contact does not know", simulator.CRORoles{}, "Dispatcher", "DELETE", contactsPath + "/1", 405, "GET,PATCH"},
		{"a method that the list does not know", simulator.CRORoles{}, "Dispatcher", "PATCH", contactsPath, 405, "GET,POST"},
		{"a contact that is not there", simulator.CRORoles{}, "Dispatcher", "GET", contactsPath + "/99", 404, "GET,PATCH"},
		{"a path that is not there", simulator.CRORoles{}, "Dispatcher", "GET", "/nowhere", 404, ""},
		{"everybody sees every method", simulator.CRORoles{}, "Driver", "GET", contactsPath, 200, "GET,POST"},
		{"by role, a writer sees the writes", byRole, "Dispatcher", "GET", contactsPath + "/1", 200, "GET,PATCH"},
		{"by role, an Admin sees the writes", byRole, "Admin", "GET", contactsPath, 200, "GET,POST"},
		{"by role, a reader sees no writes", byRole, "Driver", "GET", contactsPath, 200, "GET"},
		{"by role, a refused write names what is left", byRole, "Driver", "POST", contactsPath, 403, "GET"},
		{"by role, a method that the path does not know", byRole, "Driver", "DELETE", contactsPath + "/1", 405, "GET"},
		{"by role, the Public sees nothing", byRole, "Public", "GET", contactsPath, 403, ""},
		{"by role, a login is for everybody", byRole, "Public", "GET", "/oauth2/token", 405, "POST"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Roles: row.options}})
			sim.CRO.AddToken(simulator.Token{Value: "t", Role: row.role, Uses: 1})
			sim.CRO.AddContact(1, simulator.Contact{})
			got := ask(sim, row.method, row.path, `{}`, "Authorization: Bearer t")
			if got.status != row.status || got.header.Get("Allow") != row.want {
				t.Errorf("got %d, Allow %q, want %d and %q", got.status, got.header.Get("Allow"), row.status, row.want)
			}
		})
	}
}

// Roles decide which rows come back (docs.crosoftware.net/docs/): what a list does not show may be there all the same.
func TestRolesDecideWhatListsShow(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "Second"})
	for _, name := range []string{"Ann", "Ben", "Cy"} {
		sim.CRO.AddContact(1, simulator.Contact{Name: new(name)})
	}
	sim.CRO.HideCustomer(2, "Driver", "CrmUser")
	sim.CRO.HideContact(2, "Driver")
	sim.CRO.HideContact(2, "Dispatcher")
	for _, row := range []struct {
		role                string
		customers, contacts []int64
	}{
		{"Driver", []int64{1}, []int64{1, 3}},
		{"CrmUser", []int64{1}, []int64{1, 2, 3}},
		{"Dispatcher", []int64{1, 2}, []int64{1, 3}},
		{"Admin", []int64{1, 2}, []int64{1, 2, 3}},
	} {
		t.Run("role "+row.role, func(t *testing.T) {
			sim.CRO.AddToken(simulator.Token{Value: simulator.DefaultToken, Role: row.role})
			customers, contacts := list(t, sim, "/customers"), list(t, sim, contactsPath)
			if got := customers.ids(); !slices.Equal(got, row.customers) || customers.TotalCount != len(got) {
				t.Errorf("customers: got %v of %d, want %v", got, customers.TotalCount, row.customers)
			}
			if got := contacts.ids(); !slices.Equal(got, row.contacts) || contacts.TotalCount != len(got) {
				t.Errorf("contacts: got %v of %d, want %v", got, contacts.TotalCount, row.contacts)
			}
			if got := len(customers.Results[0].Contacts); got != len(row.contacts) {
				t.Errorf("contacts inside the customer: got %d, want %d", got, len(row.contacts))
			}
			for _, path := range []string{"/customers/2", contactsPath + "/2", "/customers/2/contacts"} {
				if got := ask(sim, "GET", path, "").status; got != http.StatusOK {
					t.Errorf("GET %s: got %d, want 200: it is there", path, got)
				}
			}
			if got := ask(sim, "GET", "/customers/1", "").body; strings.Contains(got, `"Ben"`) != slices.Contains(row.contacts, 2) {
				t.Errorf("contacts of one customer: got %s", got)
			}
		})
	}
}

func TestHidingNeedsARecord(t *testing.T) {
	sim := newWorld(simulator.Options{})
	for name, act := range map[string]func(){
		"HideCustomer":       func() { sim.CRO.HideCustomer(99, "Driver") },
		"HideContact":        func() { sim.CRO.HideContact(99, "Driver") },
		"DeactivateCustomer": func() { sim.CRO.DeactivateCustomer(99) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: an unknown id does not panic", name)
				}
			}()
			act()
		}()
	}
}
