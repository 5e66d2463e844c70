package simulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const asForm = "Content-Type: application/x-www-form-urlencoded"

// edited is a set of parameters with edits; an empty value removes one.
func edited(sound url.Values, edits map[string]string) url.Values {
	for name, value := range edits {
		sound.Set(name, value)
		if value == "" {
			sound.Del(name)
		}
	}
	return sound
}

// refreshBody is a sound exchange of the refresh token "first", with edits.
func refreshBody(edits map[string]string) string {
	return edited(url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {"first"}, "client_id": {"app"},
	}, edits).Encode()
}

// exchange sends a token call.
func exchange(sim *simulator.Simulator, body string, edits ...string) answer {
	return ask(sim, "POST", "/oauth2/token", body, append([]string{"Authorization:", "X-Tenant-Id:", asForm}, edits...)...)
}

// text reads a text member of an answer, empty if it has none.
func text(t *testing.T, a answer, name string) string {
	t.Helper()
	value, _ := a.field(t, name).(string)
	return value
}

// status is what a token gets for an attempt to read.
func status(sim *simulator.Simulator, token string) int {
	return ask(sim, "GET", contactsPath, "", "Authorization: Bearer "+token).status
}

// Source of the grants: docs.crosoftware.net/docs/authentication_guide; of the shapes: RFC 6749 sections 2.3, 5 and 6.
func TestTokenCallRefusals(t *testing.T) {
	form := func(name, value string) string { return refreshBody(map[string]string{name: value}) }
	const basic = "Authorization: Basic " // base64 of ID:SECRET behind it
	for _, row := range []struct {
		name   string
		body   string
		edits  []string
		status int
		error  string
	}{
		{"a JSON body", `{"grant_type": "refresh_token"}`, []string{"Content-Type: application/json"}, 400, "invalid_request"},
		{"a body that is no form", "%zz", nil, 400, "invalid_request"},
		{"the password grant", form("grant_type", "password"), nil, 400, "unsupported_grant_type"},
		{"the client credentials grant", form("grant_type", "client_credentials"), nil, 400, "unsupported_grant_type"},
		{"no grant", form("grant_type", ""), nil, 400, "invalid_request"},
		{"a parameter that comes twice", form("x", "1") + "&client_id=app", nil, 400, "invalid_request"},
		{"an unknown refresh token", form("refresh_token", "x"), nil, 400, "invalid_grant"},
		{"no refresh token", form("refresh_token", ""), nil, 400, "invalid_request"},
		{"no client", form("client_id", ""), nil, 400, "invalid_client"},
		{"an unknown client", form("client_id", "nobody"), nil, 400, "invalid_client"},
		{"another client's refresh token", form("client_id", simulator.DefaultAppID), nil, 400, "invalid_grant"},
		{"a secret from a client that has none", form("client_secret", "x"), nil, 400, "invalid_client"},
		{"no secret from a client that has one", form("client_id", "vault"), nil, 400, "invalid_client"},
		{"a wrong secret", form("client_id", "vault") + "&client_secret=x", nil, 400, "invalid_client"},
		{"a wrong secret in the header", form("client_id", ""), []string{basic + "dmF1bHQ6eA=="}, 401, "invalid_client"}, // vault:x
		{"the secret in the header and in the form", form("client_id", "vault") + "&client_secret=s+%2B%3A",
			[]string{basic + "dmF1bHQ6cyslMkIlM0E="}, 400, "invalid_request"}, // vault:s+%2B%3A
		{"two clients in the header and in the form", form("", ""), []string{basic + "dmF1bHQ6cyslMkIlM0E="}, 400, "invalid_request"},
		{"a scope that nobody granted", form("scope", "admin"), nil, 400, "invalid_scope"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app"})
			sim.CRO.AddClient(simulator.CROClient{ID: "vault", Secret: "s +:"})
			got := exchange(sim, row.body, row.edits...)
			if got.status != row.status || got.field(t, "error") != row.error || text(t, got, "error_description") == "" {
				t.Errorf("got %d %s, want %d %s with a description", got.status, got.body, row.status, row.error)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (row.status == 401) {
				t.Errorf("WWW-Authenticate: got %q with status %d", challenge, got.status)
			}
			if issued := sim.CRO.TokensIssued(); issued != 0 {
				t.Errorf("%d tokens issued, want none", issued)
			}
			if again := exchange(sim, refreshBody(nil)); again.status != 200 {
				t.Errorf("a sound call after it: got %d %s, want 200", again.status, again.body)
			}
		})
	}
}

// Source: RFC 6749 section 2.3.1.
func TestClientsProveThemselves(t *testing.T) {
	vault := map[string]string{"client_id": "vault", "client_secret": "s +:"}
	for _, row := range []struct {
		name   string
		client string
		body   string
		edits  []string
	}{
		{"a client without a secret says who it is", "app", refreshBody(nil), nil},
		{"a client without a secret, in the header", "app", refreshBody(map[string]string{"client_id": ""}),
			[]string{"Authorization: Basic YXBwOg=="}}, // app:
		{"a secret in the form", "vault", refreshBody(vault), nil},
		{"a secret in the header, form-encoded", "vault", refreshBody(map[string]string{"client_id": ""}),
			[]string{"Authorization: Basic dmF1bHQ6cyslMkIlM0E="}}, // vault:s+%2B%3A
		{"the id in the form as well", "vault", refreshBody(map[string]string{"client_id": "vault"}),
			[]string{"Authorization: Basic dmF1bHQ6cyslMkIlM0E="}},
		{"the scope by its name", "app", refreshBody(map[string]string{"scope": "api"}), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			sim.CRO.AddClient(simulator.CROClient{ID: "vault", Secret: "s +:"})
			sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: row.client})
			if got := exchange(sim, row.body, row.edits...); got.status != 200 || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %s %v, want 200, not to be stored", got.status, got.body, got.header)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now, CRO: simulator.CROOptions{
		Login: simulator.CROLogin{TokenLife: 30 * time.Second, Rotation: simulator.RotateNever},
	}})
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app", Role: "Driver"})
	got := exchange(sim, refreshBody(nil))
	if got.status != 200 || got.field(t, "expires_in") != 30.0 || got.field(t, "token_type") != "bearer" ||
		got.field(t, "scope") != "api" || got.field(t, "refresh_token") != nil {
		t.Fatalf("got %d %s, want a bearer token for 30 seconds without a new refresh token", got.status, got.body)
	}
	token := text(t, got, "access_token")
	if write := ask(sim, "POST", contactsPath, `{}`, "Authorization: Bearer "+token).status; status(sim, token) != 200 || write != 403 {
		t.Errorf("a driver's token: got %d to read and %d to write, want 200 and 403", status(sim, token), write)
	}
	now.advance(30 * time.Second)
	if got := status(sim, token); got != 401 {
		t.Errorf("after its life: got %d, want 401", got)
	}
	if again := exchange(sim, refreshBody(nil)); again.status != 200 || strings.Contains(again.body, token+`"`) {
		t.Errorf("second refresh: got %d %s, want another token", again.status, again.body)
	}
	if issued := sim.CRO.TokensIssued(); issued != 2 {
		t.Errorf("issued: got %d, want 2", issued)
	}
}

// What becomes of a refresh token is not documented. Source of the last way: RFC 9700 section 4.14.2.
func TestRotation(t *testing.T) {
	for _, row := range []struct {
		name                    string
		rotation                simulator.Rotation
		hasNext                 bool
		again, after, nextAfter int // the old one again, then the access token and the next refresh token
	}{
		{"each refresh token is good for one use", simulator.RotateEach, true, 400, 200, 200},
		{"a refresh token is kept", simulator.RotateNever, false, 200, 200, 0},
		{"the second use of one spoils all of its login", simulator.RotateAndRevoke, true, 400, 401, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Login: simulator.CROLogin{Rotation: row.rotation}}})
			sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app"})
			sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "other", Client: "app"})
			got := exchange(sim, refreshBody(nil))
			access, next := text(t, got, "access_token"), text(t, got, "refresh_token")
			if got.status != 200 || (next != "") != row.hasNext || next == "first" {
				t.Fatalf("got %d %s, want a new refresh token: %v", got.status, got.body, row.hasNext)
			}
			if again := exchange(sim, refreshBody(nil)); again.status != row.again ||
				row.again == 400 && again.field(t, "error") != "invalid_grant" {
				t.Errorf("the old one again: got %d %s, want %d", again.status, again.body, row.again)
			}
			if got := status(sim, access); got != row.after {
				t.Errorf("the access token after that: got %d, want %d", got, row.after)
			}
			if row.hasNext {
				if got := exchange(sim, refreshBody(map[string]string{"refresh_token": next})); got.status != row.nextAfter {
					t.Errorf("the next one after that: got %d %s, want %d", got.status, got.body, row.nextAfter)
				}
			}
			if got := exchange(sim, refreshBody(map[string]string{"refresh_token": "other"})); got.status != 200 {
				t.Errorf("the token of another login: got %d %s, want 200", got.status, got.body)
			}
		})
	}
}

func TestRefreshTokensAreRevoked(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first"})
	sim.CRO.RevokeToken("first")
	got := exchange(sim, refreshBody(map[string]string{"client_id": simulator.DefaultAppID}))
	if got.status != 400 || got.field(t, "error") != "invalid_grant" {
		t.Errorf("got %d %s, want 400 invalid_grant", got.status, got.body)
	}
}

func TestRefreshTokensAreTheDefaultClients(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first"})
	if got := exchange(sim, refreshBody(map[string]string{"client_id": simulator.DefaultAppID})); got.status != 200 {
		t.Errorf("got %d %s, want 200", got.status, got.body)
	}
}
