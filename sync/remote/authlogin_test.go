package remote_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/remote"
)

// beginLogin begins a login at server, and returns what its address asks for.
func beginLogin(t *testing.T, opts remote.Options, redirect string) (*remote.Login, url.Values) {
	t.Helper()
	login, err := newClient(t, opts).Login(redirect)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(login.URL())
	if err != nil {
		t.Fatal(err)
	}
	return login, u.Query()
}

// codeServer exchanges the code "c0de-c0de" for tokens, as long as the verifier is the one of the challenge.
func codeServer(t *testing.T, answer string) (server *api, challenge *string) {
	challenge = new(string)
	server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth2/token" {
			always(200, `{"id": 5}`)(w, r)
			return
		}
		form, _ := url.ParseQuery(server.seen()[0].body)
		sum := sha256.Sum256([]byte(form.Get("code_verifier")))
		want := map[string]string{"grant_type": "authorization_code", "code": "c0de-c0de", "client_id": "me", "redirect_uri": "http://127.0.0.1:1/back"}
		for name, value := range want {
			if got := form.Get(name); got != value {
				t.Errorf("the exchange has %s=%q, want %q", name, got, value)
			}
		}
		if base64.RawURLEncoding.EncodeToString(sum[:]) != *challenge {
			always(400, `{"error": "invalid_grant", "error_description": "wrong verifier `+form.Get("code_verifier")+` for `+form.Get("code")+`"}`)(w, r)
			return
		}
		always(200, answer)(w, r)
	})
	return server, challenge
}

func TestALogin(t *testing.T) {
	server, challenge := codeServer(t, `{"access_token": "canary-a", "refresh_token": "canary-r", "expires_in": 60}`)
	opts := croOptions(t, server.URL)
	opts.Auth = remote.Credentials{ClientID: "me", Store: newStore(t), AuthorizeURL: "https://login.example.com/auth?tenant=7"}
	login, query := beginLogin(t, opts, "http://127.0.0.1:1/back")
	*challenge = query.Get("code_challenge")
	if !strings.HasPrefix(login.URL(), "https://login.example.com/auth?tenant=7&") {
		t.Errorf("the address is %s, want the job's with its own query", login.URL())
	}
	want := map[string]string{
		"response_type": "code", "client_id": "me", "redirect_uri": "http://127.0.0.1:1/back", "scope": "api", "code_challenge_method": "S256",
	}
	for name, value := range want {
		if got := query.Get(name); got != value {
			t.Errorf("the address has %s=%q, want %q", name, got, value)
		}
	}
	if other, q := beginLogin(t, opts, "http://127.0.0.1:1/back"); len(query.Get("state")) < 8 || q.Get("state") == query.Get("state") || other.URL() == login.URL() {
		t.Errorf("the state is %q, and then %q; want at least 8 characters, never the same", query.Get("state"), q.Get("state"))
	}
	code, err := login.Code(url.Values{"state": {query.Get("state")}, "code": {"c0de-c0de"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := login.Finish(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if got := readStore(t, opts.Auth.Store); got.RefreshToken != "canary-r" || got.AccessToken != "canary-a" {
		t.Errorf("the store has %+v, want the tokens of the exchange", got)
	}
}

func TestWhatComesBackFromALogin(t *testing.T) {
	opts := croOptions(t, "https://api.example.com")
	opts.Auth = remote.Credentials{ClientID: "me", Store: newStore(t)}
	login, asked := beginLogin(t, opts, "http://127.0.0.1:1/back")
	state := asked.Get("state")
	for _, c := range []struct{ name, query, says string }{
		{"a code", "code=c0de-c0de&state=" + state, ""},
		{"another state", "code=c0de-c0de&state=" + state[1:], "its state is another one"},
		{"no state", "code=c0de-c0de", "its state is another one"},
		{"a refusal", "error=access_denied&error_description=Not+today&state=" + state, "access_denied: Not today"},
		{"a refusal that is none of ours", "error=access_denied&error_description=Pay+here&state=x", "its state is another one"},
		{"no code", "state=" + state, "without a code"},
		{"a blank code", "code=+&state=" + state, "without a code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			query, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			code, err := login.Code(query)
			if c.says == "" {
				if err != nil || code.Empty() {
					t.Errorf("%v, want a code", err)
				}
				return
			}
			if !errors.Is(err, remote.ErrUnauthorized) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Pay here") {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
		})
	}
}

func TestLoginsThatComeToNothing(t *testing.T) {
	for _, c := range []struct {
		name, answer, says string
		forged             bool // the challenge is not the login's
	}{
		{"the exchange is refused, and repeats what it was sent", "", "invalid_grant: wrong verifier *** for ***", true},
		{"there is no refresh token", `{"access_token": "canary-a"}`, "no refresh token came", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, challenge := codeServer(t, c.answer)
			opts := croOptions(t, server.URL)
			opts.Auth = remote.Credentials{ClientID: "me", Store: newStore(t)}
			login, query := beginLogin(t, opts, "http://127.0.0.1:1/back")
			if *challenge = query.Get("code_challenge"); c.forged {
				*challenge = "another"
			}
			err := login.Finish(t.Context(), remote.NewSecret("c0de-c0de"))
			if !errors.Is(err, remote.ErrUnauthorized) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
			if _, err := os.Stat(opts.Auth.Store); err == nil {
				t.Error("there is a store, want none")
			}
		})
	}
}

// TestALoginReplacesWhatWasThere, even if the job names a refresh token: that one is older.
func TestALoginReplacesWhatWasThere(t *testing.T) {
	server, challenge := codeServer(t, `{"access_token": "canary-a", "refresh_token": "canary-r"}`)
	opts := croOptions(t, server.URL)
	opts.Auth = remote.Credentials{ClientID: "me", Store: newStore(t), RefreshToken: remote.NewSecret(firstRefresh)}
	login, query := beginLogin(t, opts, "http://127.0.0.1:1/back")
	*challenge = query.Get("code_challenge")
	if err := login.Finish(t.Context(), remote.NewSecret("c0de-c0de")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts)); err != nil {
		t.Fatal(err)
	}
	if seen := server.seen(); len(seen) != 2 || seen[1].header.Get("Authorization") != "Bearer canary-a" {
		t.Errorf("after the login came %v, want one read with its token", seen[1:])
	}
}

func TestJobsThatNobodyCanLogInWith(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*remote.Options)
		says   string
	}{
		{"no store", func(o *remote.Options) { o.Auth.Store = "" }, "store: FILE"},
		{"a token", func(o *remote.Options) { o.Auth = remote.Credentials{Token: remote.NewSecret(token)} }, "client_id"},
		{"no page to log in at", func(o *remote.Options) { o.Target.Auth.AuthorizeURL = "" }, "connection.auth.authorize_url is missing"},
		{"a page without TLS", func(o *remote.Options) { o.Auth.AuthorizeURL = "http://login.example.com/" }, "must be https"},
		{"a page that is no page", func(o *remote.Options) { o.Auth.AuthorizeURL = "--help" }, "connection.auth.authorize_url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, "https://api.example.com")
			opts.Auth = remote.Credentials{ClientID: "me", Store: newStore(t)}
			c.change(&opts)
			if _, err := newClient(t, opts).Login("http://127.0.0.1:1/"); !errors.Is(err, remote.ErrNoLogin) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
		})
	}
}

// get reads a page of a landing, under a host name of its own if one is given.
func get(t *testing.T, address, host string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if req.Close = true; host != "" {
		req.Host = host
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
