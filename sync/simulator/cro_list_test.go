package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// envelope is a page of records as a client reads it.
type envelope struct {
	CurrentLimit int `json:"current_limit"`
	CurrentPage  int `json:"current_page"`
	Results      []struct {
		ID       int64
		Contacts []struct{ ID int64 }
	} `json:"results"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

func (e envelope) ids() []int64 {
	ids := []int64{}
	for _, r := range e.Results {
		ids = append(ids, r.ID)
	}
	return ids
}

func list(t *testing.T, sim *simulator.Simulator, url string) envelope {
	t.Helper()
	got := ask(sim, "GET", url, "")
	var e envelope
	if err := json.Unmarshal([]byte(got.body), &e); err != nil || got.status != 200 {
		t.Fatalf("GET %s: got %d %s", url, got.status, got.body)
	}
	return e
}

// withContacts makes a server whose customer 1 has n contacts.
func withContacts(n int, options simulator.CROOptions) *simulator.Simulator {
	sim := newWorld(simulator.Options{CRO: options})
	for i := range n {
		sim.CRO.AddContact(1, simulator.Contact{Name: new(fmt.Sprint("Contact ", i+1))})
	}
	return sim
}

// Sources: docs.crosoftware.net/docs/data_types/CustomerContactListModel (envelope), .../requests/tenants_list_tenants
// (query and its bounds).
func TestPaging(t *testing.T) {
	for _, row := range []struct {
		name                       string
		contacts                   int
		query                      string
		results, first             int
		limit, page, pages, status int
	}{
		{"nothing to list", 0, "", 0, 0, 100, 1, 0, 200},
		{"one page by default", 100, "", 100, 1, 100, 1, 1, 200},
		{"one record more than a page", 101, "", 100, 1, 100, 1, 2, 200},
		{"the second page", 101, "?page_index=2", 1, 101, 100, 2, 2, 200},
		{"behind the last page", 101, "?page_index=3", 0, 0, 100, 3, 2, 200},
		{"the highest index", 1, "?page_index=10000", 0, 0, 100, 10000, 1, 200},
		{"pages of one", 3, "?page_limit=1&page_index=2", 1, 2, 1, 2, 3, 200},
		{"the largest page", 250, "?page_limit=1000", 250, 1, 1000, 1, 1, 200},
		{"unknown parameters are ignored", 3, "?name=x&sort=id", 3, 1, 100, 1, 1, 200},
		{"index 0", 1, "?page_index=0", 0, 0, 0, 0, 0, 400},
		{"an index too high", 1, "?page_index=10001", 0, 0, 0, 0, 0, 400},
		{"an index that is a word", 1, "?page_index=two", 0, 0, 0, 0, 0, 400},
		{"limit 0", 1, "?page_limit=0", 0, 0, 0, 0, 0, 400},
		{"a limit too high", 1, "?page_limit=1001", 0, 0, 0, 0, 0, 400},
		{"an empty limit", 1, "?page_limit=", 0, 0, 0, 0, 0, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := withContacts(row.contacts, simulator.CROOptions{})
			if row.status != 200 {
				if got := ask(sim, "GET", contactsPath+row.query, ""); got.status != row.status {
					t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
				}
				return
			}
			got := list(t, sim, contactsPath+row.query)
			if got.CurrentLimit != row.limit || got.CurrentPage != row.page || got.TotalPages != row.pages || got.TotalCount != row.contacts {
				t.Errorf("got %+v, want limit %d, page %d of %d", got, row.limit, row.page, row.pages)
			}
			if len(got.Results) != row.results || row.results > 0 && got.Results[0].ID != int64(row.first) {
				t.Errorf("got ids %v, want %d from %d", got.ids(), row.results, row.first)
			}
		})
	}
}

func TestPlainListsIgnoreTheQuery(t *testing.T) {
	sim := withContacts(250, simulator.CROOptions{PlainLists: true})
	got := list(t, sim, contactsPath+"?page_index=2&page_limit=oops")
	if len(got.Results) != 250 || got.TotalPages != 1 || got.CurrentPage != 1 || got.TotalCount != 250 {
		t.Errorf("got %d results, page %d of %d; want all 250 on page 1 of 1", len(got.Results), got.CurrentPage, got.TotalPages)
	}
	if got := list(t, sim, "/customers?name=nobody"); len(got.Results) != 1 {
		t.Errorf("customers: got %v, want the filter ignored", got.ids())
	}
	if got := list(t, withContacts(0, simulator.CROOptions{PlainLists: true}), contactsPath); got.TotalPages != 0 {
		t.Errorf("an empty list has %d pages, want 0", got.TotalPages)
	}
}

// The lists of addresses and users take no query and answer pages all the same: what comes after the first page is out of
// reach. Source: docs.crosoftware.net/docs/requests/customer_addresses_list_addresses.
func TestPlainListsMayStopShort(t *testing.T) {
	sim := withContacts(25, simulator.CROOptions{PlainLists: true, PlainLimit: 10})
	for _, query := range []string{"", "?page_index=1", "?page_index=2", "?page_index=oops&page_limit=1000"} {
		got := list(t, sim, contactsPath+query)
		if got.CurrentLimit != 10 || got.CurrentPage != 1 || got.TotalPages != 3 || got.TotalCount != 25 ||
			len(got.Results) != 10 || got.Results[0].ID != 1 {
			t.Errorf("%q: got %+v, want page 1 of 3 with contacts 1 to 10 of 25", query, got)
		}
	}
	if got := list(t, withContacts(10, simulator.CROOptions{PlainLists: true, PlainLimit: 10}), contactsPath); got.TotalPages != 1 {
		t.Errorf("a list that fits: got %d pages, want 1", got.TotalPages)
	}
}

// Sources: docs.crosoftware.net/docs/requests/customer_locations_list_customers (filters), the vendor's 2020 file
// (operation and the wildcard).
func TestCustomerFilters(t *testing.T) {
	now := newClock()
	sim := simulator.New(simulator.Options{Clock: now.Now})
	sim.CRO.AddTenant(simulator.Tenant{Name: "Acme"})
	sim.CRO.AddTenant(simulator.Tenant{Name: "Other"})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "North Yard"})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "South Yard", ParentID: new(int64(1))})
	sim.CRO.AddCustomer(2, simulator.Customer{Name: "Hidden Yard"})
	now.advance(time.Hour)
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "Yard (1.5) West"})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "Closed", ParentID: new(int64(1))})
	sim.CRO.DeactivateCustomer(5)
	ask(sim, "PATCH", "/customers/1", `{"name": "North yard"}`)

	for _, row := range []struct {
		query  string
		want   []int64
		status int
	}{
		{"", []int64{1, 2, 4, 5}, 200},
		{"name=South Yard", []int64{2}, 200},
		{"name=South", []int64{}, 200},
		{"name=*yard", []int64{1, 2}, 200},
		{"name=*yard*", []int64{1, 2, 4}, 200},
		{"name=Yard (1.5)*", []int64{4}, 200},
		{"name=Yard (1x5)*", []int64{}, 200},
		{"name=", nil, 400},
		{"name=\xff*", nil, 400},
		{"name=" + strings.Repeat("x", 65), nil, 400},
		{"parent_id=1", []int64{2, 5}, 200},
		{"parent_id=one", nil, 400},
		{"is_parent=true", []int64{1, 4}, 200},
		{"is_parent=0", []int64{2, 5}, 200},
		{"is_parent=maybe", nil, 400},
		{"active=True", []int64{1, 2, 4}, 200},
		{"active=false", []int64{5}, 200},
		{"active=x", nil, 400},
		{"created_on_gte=2024-05-06T08:08:00", []int64{4, 5}, 200},
		{"last_updated_gte=2024-05-06T08:08:00Z", []int64{1, 4, 5}, 200},
		{"last_updated_gte=2024-05-06T08:08:00.000001Z", nil, 400}, // ahead
		{"created_on_gte=2024-05-07", nil, 400},
		{"created_on_gte=2024-05-06", []int64{1, 2, 4, 5}, 200},
		{"created_on_gte=yesterday", nil, 400},
		{"name=*yard&page_limit=1&page_index=2", []int64{2}, 200},
	} {
		t.Run(row.query, func(t *testing.T) {
			parts, _ := url.ParseQuery(row.query)
			path := "/customers?" + parts.Encode()
			if row.status != 200 {
				if got := ask(sim, "GET", path, ""); got.status != row.status {
					t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
				}
				return
			}
			if got := list(t, sim, path).ids(); !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

// The vendor's 2020 file calls true the default of active.
func TestInactiveCustomersMayBeLeftOut(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Legacy: simulator.CROLegacy{ActiveOnly: true}}})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "Closed"})
	sim.CRO.DeactivateCustomer(2)
	for query, want := range map[string][]int64{"": {1}, "?active=true": {1}, "?active=0": {2}} {
		if got := list(t, sim, "/customers"+query).ids(); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", query, got, want)
		}
	}
	if got := ask(sim, "GET", "/customers/2", ""); got.status != 200 {
		t.Errorf("by id: got %d %s, want 200", got.status, got.body)
	}
}

// Source: docs.crosoftware.net/docs/requests/customers_get_customer.
func TestCustomersEmbedContacts(t *testing.T) {
	sim := newWorld(simulator.Options{Clock: aMoment})
	sim.CRO.AddContact(1, simulator.Contact{ID: 40, Name: new("Jo")})
	got := ask(sim, "GET", "/customers/1", "")
	want := `{"addresses":[],"contacts":[{"email":null,"fax":null,"id":40,"name":"Jo",` +
		`"notify_on_acknowledged_request":false,"notify_on_completed_request":false,"notify_on_dispatched_request":false,` +
		`"notify_on_failed_request":false,"notify_on_new_request":false,"number":null}],` +
		`"created_on":"2024-05-06T07:08:00.000000","id":1,"last_updated_on":null,"locations":[],"name":"First","parent_id":null}`
	if got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if all := list(t, sim, "/customers"); len(all.Results) != 1 || len(all.Results[0].Contacts) != 1 {
		t.Errorf("the list shows %+v, want customer 1 with its contact", all)
	}
}

// The list of customers is in the vendor's 2020 file only; there the contacts inside a customer have no ids.
func TestEmbeddedContactsMayBeLess(t *testing.T) {
	const whole, nameless = `"id":40,"name":"Jo"`, `"fax":null,"name":"Jo"`
	for _, row := range []struct {
		name      string
		options   simulator.CROOptions
		get, list string // part of the contacts inside the one customer, and inside those of the list; empty for no contacts
	}{
		{"contacts with ids everywhere", simulator.CROOptions{}, whole, whole},
		{"no contacts in the list", simulator.CROOptions{BareCustomers: true}, whole, ""},
		{"contacts without ids", simulator.CROOptions{Legacy: simulator.CROLegacy{ContactsWithoutIDs: true}}, nameless, nameless},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{CRO: row.options})
			sim.CRO.AddContact(1, simulator.Contact{ID: 40, Name: new("Jo")})
			if got := ask(sim, "GET", "/customers/1", "").body; !strings.Contains(got, row.get) {
				t.Errorf("one customer: got %s, want %s in it", got, row.get)
			}
			got := ask(sim, "GET", "/customers", "").body
			if !strings.Contains(got, row.list) || strings.Contains(got, `"contacts"`) != (row.list != "") {
				t.Errorf("the list: got %s, want %q in it", got, row.list)
			}
			for _, path := range []string{contactsPath, contactsPath + "/40"} {
				if got := ask(sim, "GET", path, "").body; !strings.Contains(got, whole) {
					t.Errorf("%s: got %s, want the id", path, got)
				}
			}
			if got := sim.CRO.Contacts(1)[0].ID; got != 40 {
				t.Errorf("stored id: got %d, want 40", got)
			}
		})
	}
}

func TestCustomersWithoutContactsShowAnEmptyList(t *testing.T) {
	sim := newWorld(simulator.Options{})
	for _, path := range []string{"/customers", "/customers/1"} {
		if got := ask(sim, "GET", path, "").body; !strings.Contains(got, `"contacts":[]`) {
			t.Errorf("%s: got %s, want an empty list", path, got)
		}
	}
}

// Source: docs.crosoftware.net/docs/requests/customers_update_customer.
func TestUpdateCustomerRules(t *testing.T) {
	for _, row := range []struct {
		name, body string
		status     int
		answer     string
	}{
		{"a name of 64 characters", `{"name": "` + strings.Repeat("é", 64) + `"}`, 200, strings.Repeat("é", 64)},
		{"a name of 65 characters", `{"name": "` + strings.Repeat("é", 65) + `"}`, 400, "UpdateCustomerModel.name"},
		{"an empty name", `{"name": ""}`, 400, "UpdateCustomerModel.name"},
		{"a null name", `{"name": null}`, 400, "UpdateCustomerModel.name"},
		{"a parent", `{"parent_id": 2}`, 200, `"parent_id":2`},
		{"a parent that is text", `{"parent_id": "2"}`, 400, "UpdateCustomerModel.parent_id"},
		{"a parent with a fraction", `{"parent_id": 2.0}`, 400, "UpdateCustomerModel.parent_id"},
		{"a parent that is not there", `{"parent_id": 99}`, 400, "UpdateCustomerModel.parent_id"},
		{"nothing", `{}`, 200, `"name":"First"`},
		{"a field of the location", `{"note": "x"}`, 400, "UpdateCustomerModel.note"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			sim.CRO.AddCustomer(1, simulator.Customer{Name: "Second"})
			got := ask(sim, "PATCH", "/customers/1", row.body)
			if got.status != row.status || !strings.Contains(got.body, row.answer) {
				t.Errorf("got %d %s, want %d with %q", got.status, got.body, row.status, row.answer)
			}
			if committed := len(sim.Commits()) == 1; committed != (row.status == 200) {
				t.Errorf("committed: got %v", committed)
			}
		})
	}
}

func TestNullUnsetsAParent(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{AcceptNull: true}})
	sim.CRO.AddCustomer(1, simulator.Customer{Name: "Second", ParentID: new(int64(1))})
	if got := ask(sim, "PATCH", "/customers/2", `{"parent_id": null, "name": null}`); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	if got := sim.CRO.Customers(1)[1]; got.ParentID != nil || got.Name != "Second" {
		t.Errorf("got parent %v, name %q; want none and the old name", got.ParentID, got.Name)
	}
}

func TestNewContactsReachListsLate(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now, CRO: simulator.CROOptions{ListLag: 3 * time.Second}})
	ask(sim, "POST", contactsPath, `{"name": "Jo"}`)
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 0}, {3*time.Second - 1, 0}, {1, 1}} {
		now.advance(step.wait)
		if got := ask(sim, "GET", contactsPath+"/1", ""); got.status != 200 {
			t.Errorf("by id: got %d, want 200 at any time", got.status)
		}
		if got := list(t, sim, contactsPath).TotalCount; got != step.want {
			t.Errorf("list after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
		if got := len(list(t, sim, "/customers").Results[0].Contacts); got != step.want {
			t.Errorf("embedded after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
	}
	if got := len(sim.CRO.Contacts(1)); got != 1 {
		t.Errorf("Contacts: got %d, want 1", got)
	}
}

func TestDefaultWorld(t *testing.T) {
	sim := simulator.New(simulator.Options{})
	if got := sim.CRO.AddDefaultWorld(); got != 1 {
		t.Errorf("tenant: got %d, want 1", got)
	}
	got := list(t, sim, "/customers")
	if want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(got.ids(), want) {
		t.Errorf("customers: got %v, want %v", got.ids(), want)
	}
	if got := list(t, sim, "/customers/12/contacts").TotalCount; got != 0 {
		t.Errorf("contacts: got %d, want 0", got)
	}
}

func TestIDsCountUp(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddContact(1, simulator.Contact{ID: 40})
	if got := ask(sim, "POST", contactsPath, `{}`).field(t, "id"); got != 41.0 {
		t.Errorf("got %v, want 41", got)
	}
	for name, add := range map[string]func(){
		"an id in use":        func() { sim.CRO.AddContact(1, simulator.Contact{ID: 40}) },
		"an unknown customer": func() { sim.CRO.AddContact(99, simulator.Contact{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			add()
		}()
	}
}
