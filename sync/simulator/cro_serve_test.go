package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const someUUID = "b24c2138-65AF-4ed3-8e1d-b85a7dc8171c"

// Sources: docs.crosoftware.net/docs/data_types/StandardRequestHeadersModel, .../requests/tenants_list_tenants.
func TestHeaders(t *testing.T) {
	for _, row := range []struct {
		name   string
		method string
		path   string
		edit   string
		status int
		field  any
	}{
		{"a capital Bearer", "GET", "/customers", "Authorization: Bearer " + simulator.DefaultToken, 200, nil},
		{"a small bearer", "GET", "/customers", "Authorization: bearer " + simulator.DefaultToken, 200, nil},
		{"no token", "GET", "/customers", "Authorization:", 401, "StandardRequestHeadersModel.authorization"},
		{"a wrong token", "GET", "/customers", "Authorization: Bearer x", 401, "StandardRequestHeadersModel.authorization"},
		{"a header of 256 characters", "GET", "/customers", "Authorization: Bearer " + strings.Repeat("x", 249), 200, nil},
		{"a header of 257 characters", "GET", "/customers", "Authorization: Bearer " + strings.Repeat("x", 250), 400,
			"StandardRequestHeadersModel.authorization"},
		{"another scheme", "GET", "/customers", "Authorization: Basic " + simulator.DefaultToken, 401, "StandardRequestHeadersModel.authorization"},
		{"no tenant", "GET", "/customers", "X-Tenant-Id:", 400, "StandardRequestHeadersModel.x-tenant-id"},
		{"a tenant that is a word", "GET", "/customers", "X-Tenant-Id: acme", 400, "StandardRequestHeadersModel.x-tenant-id"},
		{"an unknown tenant", "GET", "/customers", "X-Tenant-Id: 99", 403, "StandardRequestHeadersModel.x-tenant-id"},
		{"tenants need no tenant", "GET", "/tenants", "X-Tenant-Id:", 200, nil},
		{"tenants need a token", "GET", "/tenants", "Authorization:", 401, "StandardRequestHeadersModel.authorization"},
		{"the oldest version", "GET", "/customers", "X-Api-Version: 2019/02/08", 200, nil},
		{"the newest version", "GET", "/customers", "X-Api-Version: 2023/04/19", 200, nil},
		{"an unknown version", "GET", "/customers", "X-Api-Version: 2020/01/01", 400, "StandardRequestHeadersModel.x-api-version"},
		{"a request id", "GET", "/customers", "X-Request-Id: " + someUUID, 200, nil},
		{"a request id that is no UUID", "GET", "/customers", "X-Request-Id: 17", 400, "StandardRequestHeadersModel.x-request-id"},
		{"no content type means JSON", "POST", contactsPath, "Content-Type:", 200, nil},
		{"JSON with a charset", "POST", contactsPath, "Content-Type: application/json; charset=utf-8", 200, nil},
		{"a form", "POST", contactsPath, "Content-Type: text/plain", 400, "StandardRequestHeadersModel.Content-Type"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			for _, size := range []int{249, 250} {
				sim.CRO.AddToken(simulator.Token{Value: strings.Repeat("x", size)})
			}
			got := ask(sim, row.method, row.path, `{}`, row.edit)
			if got.status != row.status || got.field(t, "field") != row.field {
				t.Errorf("got %d %s, want %d for %v", got.status, got.body, row.status, row.field)
			}
		})
	}
}

// Source: docs.crosoftware.net/docs/data_types/StandardRequestHeadersModel.
func TestRequestIDIsEchoed(t *testing.T) {
	sim := newWorld(simulator.Options{})
	if got := ask(sim, "GET", "/customers", "", "X-Request-Id: "+someUUID).header.Get("X-Request-Id"); got != someUUID {
		t.Errorf("given: got %q, want %q", got, someUUID)
	}
	if got, want := ask(sim, "GET", "/customers", "").header.Get("X-Request-Id"), "00000000-0000-4000-8000-000000000002"; got != want {
		t.Errorf("made: got %q, want %q", got, want)
	}
	if got := ask(sim, "GET", "/nowhere", "").header.Get("X-Request-Id"); got == "" {
		t.Error("a refusal carries no request id")
	}
}

// Source: docs.crosoftware.net/docs/version_guide.
func TestVersionIsPinnedByClient(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddToken(simulator.Token{Value: "a", Client: "one"})
	sim.CRO.AddToken(simulator.Token{Value: "b", Client: "two"})
	for i, step := range []struct{ token, send, want string }{
		{"a", "", "2019/02/08"},
		{"a", "2021/08/02", "2021/08/02"},
		{"a", "", "2021/08/02"},
		{"b", "", "2019/02/08"},
		{"a", "2021/04/07", "2021/04/07"},
		{"a", "", "2021/04/07"},
	} {
		got := ask(sim, "GET", "/tenants", "", "Authorization: Bearer "+step.token, "X-Api-Version: "+step.send)
		if version := got.header.Get("X-Api-Version"); version != step.want {
			t.Errorf("step %d: got %s, want %s", i, version, step.want)
		}
	}
}

func TestTrailingSlash(t *testing.T) {
	always := simulator.CROOptions{Slash: simulator.SlashAlways}
	never := simulator.CROOptions{Slash: simulator.SlashNever}
	for _, row := range []struct {
		name     string
		options  simulator.CROOptions
		path     string
		status   int
		location string
	}{
		{"either: without", simulator.CROOptions{}, "/customers/1/contacts", 200, ""},
		{"either: with", simulator.CROOptions{}, "/customers/1/contacts/", 200, ""},
		{"either: two slashes", simulator.CROOptions{}, "/customers/1/contacts//", 404, ""},
		{"always: with", always, "/customers/1/", 200, ""},
		{"always: without is redirected", always, "/customers/1?page_limit=5", 301, "/customers/1/?page_limit=5"},
		{"never: without", never, "/customers/1", 200, ""},
		{"never: with is redirected", never, "/customers/1/", 301, "/customers/1"},
		{"never: with may be 404", simulator.CROOptions{Slash: simulator.SlashNever, WrongSlash: 404}, "/customers/1/", 404, ""},
		{"always: without may be 405", simulator.CROOptions{Slash: simulator.SlashAlways, WrongSlash: 405}, "/customers/1", 405, ""},
		{"always: the prefix is kept", simulator.CROOptions{Slash: simulator.SlashAlways, Prefix: "/v0"}, "/v0/customers/1", 301, "/v0/customers/1/"},
		{"a prefix", simulator.CROOptions{Prefix: "/v0"}, "/v0/customers/1", 200, ""},
		{"a prefix with a slash", simulator.CROOptions{Prefix: "/v0/"}, "/v0/customers/1", 200, ""},
		{"a prefix that is missing", simulator.CROOptions{Prefix: "/v0"}, "/customers/1", 404, ""},
		{"a prefix that is not there", simulator.CROOptions{}, "/v0/customers/1", 404, ""},
		{"the token call has no prefix", simulator.CROOptions{Prefix: "/v0"}, "/v0/oauth2/token", 404, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ask(newWorld(simulator.Options{CRO: row.options}), "GET", row.path, "")
			if got.status != row.status || got.header.Get("Location") != row.location {
				t.Errorf("got %d to %q, want %d to %q", got.status, got.header.Get("Location"), row.status, row.location)
			}
		})
	}
}

func TestPathsAreNotTricked(t *testing.T) {
	sim := newWorld(simulator.Options{})
	for _, row := range []struct {
		path   string
		status int
	}{
		{"/", 404},
		{"/customers/1/contacts/1/more", 404},
		{"/customers/1%2Fcontacts", 400}, // one segment, so an id that is no integer
		{"/customers//contacts", 404},
		{"/Customers", 404},
	} {
		if got := ask(sim, "GET", row.path, ""); got.status != row.status {
			t.Errorf("%s: got %d, want %d", row.path, got.status, row.status)
		}
	}
}

func TestTokensAreAssignedToTenants(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddTenant(simulator.Tenant{Name: "Other"})
	sim.CRO.AddToken(simulator.Token{Value: "t", Tenants: []int64{2}})
	if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t"); got.status != http.StatusForbidden {
		t.Errorf("a tenant that is not assigned: got %d, want 403", got.status)
	}
	if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t", "X-Tenant-Id: 2"); got.status != http.StatusOK {
		t.Errorf("the assigned tenant: got %d, want 200", got.status)
	}
	if got := ask(sim, "GET", "/customers/1", "", "Authorization: Bearer t", "X-Tenant-Id: 2"); got.status != http.StatusNotFound {
		t.Errorf("a customer of another tenant: got %d, want 404", got.status)
	}
	got := ask(sim, "GET", "/tenants", "", "Authorization: Bearer t")
	if got.field(t, "total_count") != 1.0 || !strings.Contains(got.body, `"name":"Other"`) {
		t.Errorf("tenants: got %s, want the assigned one only", got.body)
	}
}
