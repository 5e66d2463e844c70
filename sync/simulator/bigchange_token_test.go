package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Source: documentation.ops.bigchange.com/docs/rest/auth-proxy/get-an-access-token.
func TestBigChangeTokenCall(t *testing.T) {
	sim := simulator.New(simulator.Options{})
	got := ask(sim, "POST", "/auth/tokens", credentials(nil), asForm, "Authorization:", "X-Tenant-Id:")
	token, _ := got.field(t, "access_token").(string)
	if got.status != 200 || strings.Count(token, ".") != 2 || got.field(t, "expires_in") != 3600.0 {
		t.Errorf("got %d %s, want a web token for an hour", got.status, got.body)
	}
	for _, field := range []string{"token_type", "refresh_token", "scope"} {
		if got.field(t, field) != nil {
			t.Errorf("the answer has %s, which is not documented: %s", field, got.body)
		}
	}
}

// Source: documentation.ops.bigchange.com/docs/rest/auth-proxy/get-an-access-token.
func TestBigChangeTokenRefusals(t *testing.T) {
	type errors = simulator.BigChangeErrors
	form := func(name, value string) string { return credentials(map[string]string{name: value}) }
	for _, row := range []struct {
		name, body, media string
		errors            errors
		status            int
		field             string // named in errors
	}{
		{"a JSON body", `{"grant_type": "client_credentials"}`, "Content-Type: application/json", errors{}, 400, ""},
		{"a body that is no form", "%zz", asForm, errors{}, 400, ""},
		{"no grant", form("grant_type", ""), asForm, errors{}, 422, "grant_type"},
		{"another grant", form("grant_type", "password"), asForm, errors{}, 422, "grant_type"},
		{"no client", form("client_id", ""), asForm, errors{}, 422, "client_id"},
		{"no secret", form("client_secret", ""), asForm, errors{}, 422, "client_secret"},
		{"form names keep their spelling", form("client_id", ""), asForm, errors{PascalKeys: true}, 422, "client_id"},
		{"an unknown client", form("client_id", "x"), asForm, errors{}, 400, ""},
		{"a wrong secret", form("client_secret", "x"), asForm, errors{}, 400, ""},
		{"another client's secret", form("client_id", "other"), asForm, errors{}, 400, ""},
		{"a wrong secret may be 401", form("client_secret", "x"), asForm, errors{BadClient: 401}, 401, ""},
		{"a wrong secret may be 422", form("client_secret", "x"), asForm, errors{BadClient: 422}, 422, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := simulator.New(simulator.Options{BigChange: simulator.BigChangeOptions{Errors: row.errors}})
			sim.BigChange.AddClient(simulator.BigChangeClient{ID: "other", Secret: "its own"})
			got := ask(sim, "POST", "/auth/tokens", row.body, row.media)
			if got.status != row.status || got.field(t, "status") != float64(row.status) || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("got %d %s of %s, want %d of plain JSON", got.status, got.body, got.header.Get("Content-Type"), row.status)
			}
			if row.field != "" && got.blames(t, row.field) == "" || row.field == "" && got.field(t, "errors") != nil {
				t.Errorf("got %s, want %q named", got.body, row.field)
			}
			if got := sim.BigChange.TokensIssued(); got != 0 {
				t.Errorf("got %d tokens issued, want none", got)
			}
		})
	}
	if got := ask(simulator.New(simulator.Options{}), "POST", "/auth/tokens?"+credentials(nil), "", asForm); got.status != 422 {
		t.Errorf("credentials in the query: got %d, want 422", got.status)
	}
	if got := ask(simulator.New(simulator.Options{}), "GET", "/auth/tokens", ""); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("a read: got %d, want 405 that allows POST", got.status)
	}
}

func TestBigChangeTokensExpire(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, worldAt(now.Now, simulator.BigChangeOptions{TokenLife: 30 * time.Second}))
	first := i.token
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 200}, {30*time.Second - 1, 200}, {1, 401}} {
		now.advance(step.wait)
		if got := i.ask("GET", "/v1/contacts", ""); got.status != step.want {
			t.Errorf("after %s: got %d %s, want %d", now.Now().Sub(aMoment()), got.status, got.body, step.want)
		}
	}
	i.login(t)
	if got := i.ask("GET", "/v1/contacts", "").status; got != 200 || i.token == first {
		t.Errorf("a new token: got %d with %q, want 200 and another text", got, i.token)
	}
	if got := i.sim.BigChange.TokensIssued(); got != 2 {
		t.Errorf("got %d tokens issued, want 2", got)
	}
	tally := i.sim.Tally()
	if got := tally.Routes["POST /auth/tokens"]; got != 2 || tally.Writes != 0 {
		t.Errorf("tally: got %d token calls and %d writes, want 2 and 0", got, tally.Writes)
	}
}

func TestBigChangeTokensLiveSideBySide(t *testing.T) {
	i := newIntegrator(t, simulator.Options{})
	first := i.token
	i.login(t)
	for _, token := range []string{first, i.token} {
		if got := i.ask("GET", "/v1/contacts", "", "Authorization: Bearer "+token); got.status != 200 {
			t.Errorf("%s: got %d, want 200", token, got.status)
		}
	}
}

// Sources of the scopes: the pages of the operations, such as
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact; of the rest:
// nango.dev/docs/api-integrations/bigchange/connect (a key, and tenants told apart by their id).
func TestBigChangeClientsHaveRights(t *testing.T) {
	for _, row := range []struct {
		name         string
		client       simulator.BigChangeClient
		method, path string
		want         int
	}{
		{"no scopes are all scopes", simulator.BigChangeClient{}, "POST", "/v1/contacts", 201},
		{"contacts:read lists contacts", simulator.BigChangeClient{Scopes: []string{"contacts:read"}}, "GET", "/v1/contacts", 200},
		{"contacts:read reads one", simulator.BigChangeClient{Scopes: []string{"contacts:read"}}, "GET", "/v1/contacts/1", 200},
		{"contacts:read lists groups", simulator.BigChangeClient{Scopes: []string{"contacts:read"}}, "GET", "/v1/contactGroups", 200},
		{"contacts:read writes nothing", simulator.BigChangeClient{Scopes: []string{"contacts:read"}}, "POST", "/v1/contacts", 403},
		{"contacts:read knows no persons", simulator.BigChangeClient{Scopes: []string{"contacts:read"}}, "GET", "/v1/persons", 403},
		{"contacts:write creates", simulator.BigChangeClient{Scopes: []string{"contacts:write"}}, "POST", "/v1/contacts", 201},
		{"contacts:write reads nothing", simulator.BigChangeClient{Scopes: []string{"contacts:write"}}, "GET", "/v1/contacts", 403},
		{"contacts:persons:read lists persons", simulator.BigChangeClient{Scopes: []string{"contacts:persons:read"}}, "GET", "/v1/persons", 200},
		{"contacts:persons:write is for persons only", simulator.BigChangeClient{Scopes: []string{"contacts:persons:write"}}, "POST", "/v1/contacts", 403},
		{"its own customer", simulator.BigChangeClient{Customers: []int64{14532}}, "GET", "/v1/contacts", 200},
		{"another customer", simulator.BigChangeClient{Customers: []int64{7}}, "GET", "/v1/contacts", 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			row.client.ID, row.client.Secret = "partner", "s3cret & more"
			i.sim.BigChange.AddClient(row.client)
			form := credentials(map[string]string{"client_id": "partner", "client_secret": "s3cret & more"})
			token, _ := ask(i.sim, "POST", "/auth/tokens", form, asForm).field(t, "access_token").(string)
			if got := i.ask(row.method, row.path, aContact(t, `{}`), "Authorization: Bearer "+token); got.status != row.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.want)
			}
		})
	}
}
