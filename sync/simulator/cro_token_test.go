package simulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

func TestTokensExpire(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now})
	sim.CRO.AddToken(simulator.Token{Value: "t", Expires: aMoment().Add(time.Minute)})
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 200}, {time.Minute - 1, 200}, {1, 401}} {
		now.advance(step.wait)
		if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t").status; got != step.want {
			t.Errorf("after %s: got %d, want %d", now.Now().Sub(aMoment()), got, step.want)
		}
	}
}

func TestTokensAreUsedUp(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.AddToken(simulator.Token{Value: "t", Uses: 2})
	for i, want := range []int{200, 200, 401, 401} {
		if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer t").status; got != want {
			t.Errorf("request %d: got %d, want %d", i+1, got, want)
		}
	}
}

func TestTokensAreRevoked(t *testing.T) {
	sim := newWorld(simulator.Options{})
	sim.CRO.RevokeToken(simulator.DefaultToken)
	if got := ask(sim, "GET", "/customers", "").status; got != 401 {
		t.Errorf("got %d, want 401", got)
	}
}

// refreshBody is a sound token call, with edits; an empty value removes the member.
func refreshBody(edits map[string]string) string {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"first"}, "client_id": {"app"}}
	for name, value := range edits {
		form.Set(name, value)
		if value == "" {
			form.Del(name)
		}
	}
	return form.Encode()
}

const asForm = "Content-Type: application/x-www-form-urlencoded"

// Source of the grants: docs.crosoftware.net/docs/authentication_guide; of the shapes: RFC 6749 sections 5 and 6.
func TestTokenCallRefusals(t *testing.T) {
	for _, row := range []struct {
		name  string
		body  string
		edit  string
		error string
	}{
		{"a JSON body", `{"grant_type": "refresh_token"}`, "Content-Type: application/json", "invalid_request"},
		{"the password grant", refreshBody(map[string]string{"grant_type": "password"}), asForm, "unsupported_grant_type"},
		{"no grant", refreshBody(map[string]string{"grant_type": ""}), asForm, "unsupported_grant_type"},
		{"an unknown refresh token", refreshBody(map[string]string{"refresh_token": "x"}), asForm, "invalid_grant"},
		{"no refresh token", refreshBody(map[string]string{"refresh_token": ""}), asForm, "invalid_grant"},
		{"no client", refreshBody(map[string]string{"client_id": ""}), asForm, "invalid_client"},
		{"another client", refreshBody(map[string]string{"client_id": "other"}), asForm, "invalid_client"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app"})
			got := ask(sim, "POST", "/oauth2/token", row.body, row.edit, "Authorization:", "X-Tenant-Id:")
			if got.status != 400 || got.field(t, "error") != row.error {
				t.Errorf("got %d %s, want 400 %s", got.status, got.body, row.error)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now, CRO: simulator.CROOptions{TokenLife: 30 * time.Second}})
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app", Role: "Driver"})
	got := ask(sim, "POST", "/oauth2/token", refreshBody(nil), asForm, "Authorization:", "X-Tenant-Id:")
	if got.status != 200 || got.field(t, "expires_in") != 30.0 || got.field(t, "token_type") != "bearer" || got.field(t, "refresh_token") != nil {
		t.Fatalf("got %d %s, want a bearer token for 30 seconds without a new refresh token", got.status, got.body)
	}
	token, _ := got.field(t, "access_token").(string)
	use := func(method string) int {
		return ask(sim, method, contactsPath, `{}`, "Authorization: Bearer "+token).status
	}
	if read, write := use("GET"), use("POST"); read != 200 || write != 403 {
		t.Errorf("a driver's token: got %d to read and %d to write, want 200 and 403", read, write)
	}
	now.advance(30 * time.Second)
	if got := use("GET"); got != 401 {
		t.Errorf("after its life: got %d, want 401", got)
	}
	if again := ask(sim, "POST", "/oauth2/token", refreshBody(nil), asForm); again.status != 200 || strings.Contains(again.body, token) {
		t.Errorf("second refresh: got %d %s, want another token", again.status, again.body)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{RotateRefresh: true}})
	sim.CRO.AddRefreshToken(simulator.RefreshToken{Value: "first", Client: "app"})
	got := ask(sim, "POST", "/oauth2/token", refreshBody(nil), asForm)
	next, _ := got.field(t, "refresh_token").(string)
	if next == "" || next == "first" {
		t.Fatalf("got %s, want a new refresh token", got.body)
	}
	if again := ask(sim, "POST", "/oauth2/token", refreshBody(nil), asForm); again.status != 400 {
		t.Errorf("the old refresh token: got %d, want 400", again.status)
	}
	if again := ask(sim, "POST", "/oauth2/token", refreshBody(map[string]string{"refresh_token": next}), asForm); again.status != 200 {
		t.Errorf("the new refresh token: got %d %s, want 200", again.status, again.body)
	}
}
