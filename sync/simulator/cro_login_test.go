package simulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const (
	landingURL = "http://127.0.0.1:53682/callback"
	verifier   = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B, like the challenge below
	challenge  = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// loginQuery is a sound login with PKCE, with edits.
func loginQuery(edits map[string]string) string {
	return edited(url.Values{
		"response_type": {"code"}, "client_id": {simulator.DefaultAppID}, "redirect_uri": {landingURL}, "state": {"12345678"},
		"scope": {"api"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}, edits).Encode()
}

// login opens the login page; landed is the query with which it sent the browser back, nil if it did not.
func login(t *testing.T, sim *simulator.Simulator, query string) (got answer, landed url.Values) {
	t.Helper()
	got = ask(sim, "GET", "/oauth2/auth?"+query, "", "Authorization:", "X-Tenant-Id:", "Content-Type:")
	if got.status != http.StatusFound {
		return got, nil
	}
	to, err := url.Parse(got.header.Get("Location"))
	if err != nil {
		t.Fatalf("Location: %v", err)
	}
	return got, to.Query()
}

// codeBody is a sound exchange of a code, with edits.
func codeBody(code string, edits map[string]string) string {
	return edited(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {landingURL},
		"client_id": {simulator.DefaultAppID}, "code_verifier": {verifier},
	}, edits).Encode()
}

// Sources: docs.crosoftware.net/docs/authentication_guide (grant, PKCE, landing URL, length of state); RFC 6749 section 4.1.2,
// RFC 7636 section 4.3.
func TestLogin(t *testing.T) {
	for _, row := range []struct {
		name  string
		edits map[string]string
		error string // the client is told; empty if the person is logged in
	}{
		{"PKCE with S256", nil, ""},
		{"PKCE with the plain method", map[string]string{"code_challenge": verifier, "code_challenge_method": "plain"}, ""},
		{"PKCE without a method is plain", map[string]string{"code_challenge": verifier, "code_challenge_method": ""}, ""},
		{"no PKCE", map[string]string{"code_challenge": "", "code_challenge_method": ""}, ""},
		{"no scope", map[string]string{"scope": ""}, ""},
		{"a state of 8 characters in 16 bytes", map[string]string{"state": "éééééééé"}, ""},
		{"a state that has to be escaped", map[string]string{"state": "a b&c=d+e/f%"}, ""},
		{"a state of 7 characters", map[string]string{"state": "1234567"}, "invalid_request"},
		{"a state of 7 characters in 14 bytes", map[string]string{"state": "ééééééé"}, "invalid_request"},
		{"no state", map[string]string{"state": ""}, "invalid_request"},
		{"no response type", map[string]string{"response_type": ""}, "invalid_request"},
		{"the implicit grant", map[string]string{"response_type": "token"}, "unsupported_response_type"},
		{"an unknown scope", map[string]string{"scope": "api admin"}, "invalid_scope"},
		{"an unknown method", map[string]string{"code_challenge_method": "s256"}, "invalid_request"},
		{"a method without a challenge", map[string]string{"code_challenge": ""}, "invalid_request"},
		{"a challenge of 42 characters", map[string]string{"code_challenge": challenge[:42]}, "invalid_request"},
		{"a challenge of 129 characters", map[string]string{"code_challenge": strings.Repeat("x", 129)}, "invalid_request"},
		{"a challenge with a plus", map[string]string{"code_challenge": "+" + challenge}, "invalid_request"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, landed := login(t, newWorld(simulator.Options{}), loginQuery(row.edits))
			if landed == nil || !strings.HasPrefix(got.header.Get("Location"), landingURL+"?") {
				t.Fatalf("got %d to %q, want 302 to the landing URL", got.status, got.header.Get("Location"))
			}
			if state, given := row.edits["state"]; given && landed.Get("state") != state {
				t.Errorf("state: got %q, want %q", landed.Get("state"), state)
			}
			if landed.Get("error") != row.error || landed.Has("code") != (row.error == "") {
				t.Errorf("got %v, want error %q or a code", landed, row.error)
			}
			if landed.Has("error_description") != landed.Has("error") {
				t.Errorf("got %v, want a description with an error only", landed)
			}
		})
	}
}

func TestRepeatedLoginParametersAreRefused(t *testing.T) {
	_, landed := login(t, newWorld(simulator.Options{}), loginQuery(nil)+"&scope=api")
	if landed.Get("error") != "invalid_request" || landed.Get("state") != "12345678" || landed.Has("code") {
		t.Errorf("got %v, want invalid_request with the state", landed)
	}
}

func TestThePersonMayRefuse(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Login: simulator.CROLogin{Deny: true}}})
	_, landed := login(t, sim, loginQuery(nil))
	if landed.Get("error") != "access_denied" || landed.Get("state") != "12345678" || landed.Has("code") {
		t.Errorf("got %v, want access_denied with the state", landed)
	}
	if _, landed := login(t, sim, loginQuery(map[string]string{"response_type": "token"})); landed.Get("error") != "unsupported_response_type" {
		t.Errorf("a wrong request: got %v, want its own error", landed)
	}
}

// Sources: RFC 6749 sections 3.1.2 and 4.1.2.1, RFC 8252 section 7.3.
func TestLandingURLs(t *testing.T) {
	const fixed = "https://app.example/landed?from=cro"
	for _, row := range []struct {
		name, client, redirect string
		want                   string // where the browser goes; empty if the person sees an error
	}{
		{"a loopback address on any port", "loop", "http://127.0.0.1:1/callback", "http://127.0.0.1:1/callback"},
		{"a loopback address without a port", "loop", "http://127.0.0.1/callback", "http://127.0.0.1/callback"},
		{"a loopback address of IPv6", "loop", "http://[::1]:40000/callback", "http://[::1]:40000/callback"},
		{"the default client's IPv4", simulator.DefaultAppID, "http://127.0.0.1:2/callback", "http://127.0.0.1:2/callback"},
		{"the default client's IPv6", simulator.DefaultAppID, "http://[::1]:2/callback", "http://[::1]:2/callback"},
		{"another path of a loopback address", "loop", "http://127.0.0.1:1/other", ""},
		{"a path with a slash more", "loop", "http://127.0.0.1:1/callback/", ""},
		{"a query more", "loop", "http://127.0.0.1:1/callback?x=1", ""},
		{"another loopback address", "loop", "http://127.0.0.2:1/callback", ""},
		{"the name localhost is no address", "loop", "http://localhost:1/callback", ""},
		{"a registered localhost has its port only", "local", "http://localhost:81/callback", ""},
		{"a registered localhost", "local", "http://localhost:80/callback", "http://localhost:80/callback"},
		{"https to a loopback address", "loop", "https://127.0.0.1:1/callback", ""},
		{"a registered address with https has its port only", "tls", "https://127.0.0.1:1/callback", ""},
		{"a host that only begins like one", "loop", "http://127.0.0.1.evil.example/callback", ""},
		{"a name before the host", "loop", "http://127.0.0.1:1@evil.example/callback", ""},
		{"a fragment", "loop", "http://127.0.0.1:1/callback#x", ""},
		{"an empty fragment", "loop", "http://127.0.0.1:1/callback#", ""},
		{"no address of many", "loop", "", ""},
		{"a registered address with a query", "web", fixed, fixed},
		{"the one registered address", "web", "", fixed},
		{"a registered address on another port", "web", "https://app.example:8443/landed?from=cro", ""},
		{"a relative address", "web", "/landed", ""},
		{"an unknown client", "nobody", landingURL, ""},
		{"no client", "", landingURL, ""},
		{"a client without an address", "bare", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			sim := newWorld(simulator.Options{})
			for id, urls := range map[string][]string{
				"loop": {"http://127.0.0.1/callback", "http://[::1]:9/callback"}, "web": {fixed}, "bare": nil,
				"local": {"http://localhost:80/callback"}, "tls": {"https://127.0.0.1/callback"},
			} {
				sim.CRO.AddClient(simulator.CROClient{ID: id, LandingURLs: urls})
			}
			got, _ := login(t, sim, loginQuery(map[string]string{"client_id": row.client, "redirect_uri": row.redirect}))
			if row.want == "" {
				if got.status != 400 || got.header.Get("Location") != "" || text(t, got, "error_description") == "" {
					t.Errorf("got %d to %q, want 400 and no redirect", got.status, got.header.Get("Location"))
				}
				return
			}
			glue := "?"
			if strings.Contains(row.want, "?") {
				glue = "&"
			}
			if to := got.header.Get("Location"); got.status != 302 || !strings.HasPrefix(to, row.want+glue+"code=") {
				t.Errorf("got %d to %q, want 302 to %q with a code", got.status, to, row.want)
			}
		})
	}
}

func TestRepeatedClientsAreNotRedirected(t *testing.T) {
	for _, twice := range []string{"client_id=" + simulator.DefaultAppID, "redirect_uri=" + url.QueryEscape(landingURL), "%zz"} {
		if got, _ := login(t, newWorld(simulator.Options{}), loginQuery(nil)+"&"+twice); got.status != 400 {
			t.Errorf("%s: got %d to %q, want 400", twice, got.status, got.header.Get("Location"))
		}
	}
}

func TestLoginIsWithoutPrefixAndByGetOnly(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Prefix: "/v0", Slash: simulator.SlashAlways}})
	if got, landed := login(t, sim, loginQuery(nil)); !landed.Has("code") {
		t.Errorf("got %d %s, want a code", got.status, got.body)
	}
	if got := ask(sim, "GET", "/v0/oauth2/auth?"+loginQuery(nil), ""); got.status != 404 {
		t.Errorf("behind the prefix: got %d, want 404", got.status)
	}
	if got := ask(sim, "POST", "/oauth2/auth", loginQuery(nil), asForm); got.status != 405 || got.header.Get("Allow") != "GET" {
		t.Errorf("POST: got %d, Allow %q, want 405 and GET", got.status, got.header.Get("Allow"))
	}
}

// Sources: RFC 6749 sections 4.1.2 and 4.1.3, RFC 7636 section 4.6, RFC 9700 section 2.1.1.
func TestCodeExchange(t *testing.T) {
	plain := map[string]string{"code_challenge": verifier, "code_challenge_method": "plain"}
	none := map[string]string{"code_challenge": "", "code_challenge_method": ""}
	empty := sha256.Sum256(nil)
	hollow := map[string]string{"code_challenge": base64.RawURLEncoding.EncodeToString(empty[:])}
	for _, row := range []struct {
		name            string
		login, exchange map[string]string
		wait            time.Duration
		error           string
	}{
		{"the verifier of an S256 challenge", nil, nil, 0, ""},
		{"the verifier of a plain challenge", plain, nil, 0, ""},
		{"no verifier for no challenge", none, map[string]string{"code_verifier": ""}, 0, ""},
		{"just before the code expires", nil, nil, time.Minute - 1, ""},
		{"when the code has expired", nil, nil, time.Minute, "invalid_grant"},
		{"no verifier for a challenge", nil, map[string]string{"code_verifier": ""}, 0, "invalid_grant"},
		{"no verifier for the challenge of nothing", hollow, map[string]string{"code_verifier": ""}, 0, "invalid_grant"},
		{"a wrong verifier", nil, map[string]string{"code_verifier": strings.Repeat("x", 43)}, 0, "invalid_grant"},
		{"the challenge as its own verifier", nil, map[string]string{"code_verifier": challenge}, 0, "invalid_grant"},
		{"a wrong verifier of a plain challenge", plain, map[string]string{"code_verifier": strings.Repeat("x", 43)}, 0, "invalid_grant"},
		{"a verifier for no challenge", none, nil, 0, "invalid_grant"},
		{"a verifier of 42 characters", nil, map[string]string{"code_verifier": verifier[:42]}, 0, "invalid_request"},
		{"another port of the landing URL", nil, map[string]string{"redirect_uri": "http://127.0.0.1:1/callback"}, 0, "invalid_grant"},
		{"no landing URL where the login had one", nil, map[string]string{"redirect_uri": ""}, 0, "invalid_grant"},
		{"another client", nil, map[string]string{"client_id": "other"}, 0, "invalid_grant"},
		{"an unknown code", nil, map[string]string{"code": "x"}, 0, "invalid_grant"},
		{"no code", nil, map[string]string{"code": ""}, 0, "invalid_request"},
		{"the code as a refresh token", nil, map[string]string{"grant_type": "refresh_token", "refresh_token": "code-1"}, 0, "invalid_grant"},
	} {
		t.Run(row.name, func(t *testing.T) {
			now := newClock()
			sim := newWorld(simulator.Options{Clock: now.Now})
			sim.CRO.AddClient(simulator.CROClient{ID: "other"})
			_, landed := login(t, sim, loginQuery(row.login))
			now.advance(row.wait)
			got := exchange(sim, codeBody(landed.Get("code"), row.exchange))
			if row.error != "" {
				if got.status != 400 || got.field(t, "error") != row.error || sim.CRO.TokensIssued() != 0 {
					t.Errorf("got %d %s, want 400 %s", got.status, got.body, row.error)
				}
				return
			}
			if got.status != 200 || got.field(t, "expires_in") != 3600.0 || got.field(t, "token_type") != "bearer" {
				t.Fatalf("got %d %s, want a bearer token for an hour", got.status, got.body)
			}
			if got := status(sim, text(t, got, "access_token")); got != 200 {
				t.Errorf("the access token: got %d, want 200", got)
			}
			refresh := map[string]string{"client_id": simulator.DefaultAppID, "refresh_token": text(t, got, "refresh_token")}
			if again := exchange(sim, refreshBody(refresh)); again.status != 200 {
				t.Errorf("the refresh token: got %d %s, want 200", again.status, again.body)
			}
		})
	}
}

// Source: RFC 6749 section 4.1.2: the tokens issued for a code that is used twice should be revoked.
func TestCodesAreGoodForOneUse(t *testing.T) {
	sim := newWorld(simulator.Options{})
	_, landed := login(t, sim, loginQuery(nil))
	_, other := login(t, sim, loginQuery(nil))
	if landed.Get("code") == other.Get("code") {
		t.Fatalf("two logins, one code %q", landed.Get("code"))
	}
	first := exchange(sim, codeBody(landed.Get("code"), nil))
	access, refresh := text(t, first, "access_token"), text(t, first, "refresh_token")
	if got := exchange(sim, codeBody(landed.Get("code"), nil)); got.status != 400 || got.field(t, "error") != "invalid_grant" {
		t.Errorf("the second use: got %d %s, want 400 invalid_grant", got.status, got.body)
	}
	if got := status(sim, access); got != 401 {
		t.Errorf("the access token of the first use: got %d, want 401", got)
	}
	body := refreshBody(map[string]string{"client_id": simulator.DefaultAppID, "refresh_token": refresh})
	if got := exchange(sim, body); got.status != 400 {
		t.Errorf("the refresh token of the first use: got %d, want 400", got.status)
	}
	if got := exchange(sim, codeBody(other.Get("code"), nil)); got.status != 200 {
		t.Errorf("the code of another login: got %d %s, want 200", got.status, got.body)
	}
}

// A client that may leave the landing URL out of the login leaves it out of the exchange too.
func TestTheOneLandingURLMayBeLeftOut(t *testing.T) {
	sim := newWorld(simulator.Options{CRO: simulator.CROOptions{Login: simulator.CROLogin{CodeLife: time.Hour, TokenLife: time.Minute}}})
	sim.CRO.AddClient(simulator.CROClient{ID: "web", Secret: "s", LandingURLs: []string{"https://app.example/landed"}})
	_, landed := login(t, sim, loginQuery(map[string]string{"client_id": "web", "redirect_uri": ""}))
	edits := map[string]string{"client_id": "web", "client_secret": "s", "redirect_uri": ""}
	if got := exchange(sim, codeBody(landed.Get("code"), edits)); got.status != 200 || got.field(t, "expires_in") != 60.0 {
		t.Errorf("got %d %s, want a token for a minute", got.status, got.body)
	}
}

func TestLoginIsThePersons(t *testing.T) {
	now := newClock()
	sim := newWorld(simulator.Options{Clock: now.Now, CRO: simulator.CROOptions{
		Login: simulator.CROLogin{Role: "CrmUser", Tenants: []int64{1}, CodeLife: time.Hour},
	}})
	sim.CRO.AddTenant(simulator.Tenant{Name: "Other"})
	_, landed := login(t, sim, loginQuery(nil))
	now.advance(time.Hour - 1)
	token := "Authorization: Bearer " + text(t, exchange(sim, codeBody(landed.Get("code"), nil)), "access_token")
	for _, step := range []struct {
		name, method, tenant string
		want                 int
	}{
		{"reading in the assigned tenant", "GET", "1", 200},
		{"writing, which the role may not", "POST", "1", 403},
		{"reading in another tenant", "GET", "2", 403},
	} {
		if got := ask(sim, step.method, contactsPath, `{}`, token, "X-Tenant-Id: "+step.tenant).status; got != step.want {
			t.Errorf("%s: got %d, want %d", step.name, got, step.want)
		}
	}
	// The version is pinned to the client that logged the person in.
	ask(sim, "GET", "/tenants", "", token, "X-Api-Version: 2021/08/02")
	sim.CRO.AddToken(simulator.Token{Value: "t", Client: simulator.DefaultAppID})
	if got := ask(sim, "GET", "/tenants", "", "Authorization: Bearer t").header.Get("X-Api-Version"); got != "2021/08/02" {
		t.Errorf("version of another token of the client: got %q, want 2021/08/02", got)
	}
}
