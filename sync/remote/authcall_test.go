package remote_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// TestTokenCallsThatAreRefused end everything: a person has to mend what is wrong, and to ask again would not help.
func TestTokenCallsThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		says   string
	}{
		{"a wrong client", always(401, `{"error": "invalid_client", "error_description": "Nobody of that name."}`), "HTTP 401: invalid_client: Nobody of that name."},
		{"an error without a description", always(400, `{"error": "invalid_client"}`), "HTTP 400: invalid_client"},
		{"an error in the API's own manner", always(400, `{"detail": "The client is unknown."}`), "HTTP 400: The client is unknown."},
		{"an error that is no JSON", always(403, `<html>no</html>`), "HTTP 403"},
		{"an error with a good status", always(200, `{"error": "invalid_client", "error_description": "No."}`), "invalid_client: No."},
		{"nothing there", always(404, ``), "check connection.auth.token_url"},
		{"no token in the answer", always(200, `{"token_type": "bearer"}`), "the answer holds no token"},
		{"a token that is null", always(200, `{"access_token": null, "expires_in": 3600}`), "the answer holds no token"},
		{"an answer that is no JSON", always(200, `access_token=abc`), "the answer holds no token"},
		{"a page that says all is well", always(200, `<html>`, "Content-Type", "text/html"), "the answer holds no token"},
		{"a token that no header may carry", always(200, `{"access_token": "a\nb"}`), "control character"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, c.answer)
			opts := croOptions(t, server.URL)
			opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
			opts.Patience = time.Minute
			client := newClient(t, opts)
			_, _, err := client.Get(t.Context(), "5", customer(t, opts))
			if !errors.Is(err, remote.ErrUnauthorized) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "check connection.auth") {
				t.Errorf("read: %v, want one that says %q", err, c.says)
			}
			if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unauthorized || !strings.Contains(a.Message, c.says) {
				t.Errorf("write: %s, %q, want unauthorized with the same reason", verdictName(a.Verdict), a.Message)
			}
			if n := len(server.seen()); n != 1 {
				t.Errorf("%d requests, want one token call", n)
			}
		})
	}
}

// TestTokenCallsThatMayGoBetter are repeated, within patience.
func TestTokenCallsThatMayGoBetter(t *testing.T) {
	for name, fault := range map[string]http.HandlerFunc{
		"5xx":                always(503, ``),
		"429":                always(429, ``, "Retry-After", "1"),
		"the connection cut": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newIssuer(t)
			server.before = func(n int, w http.ResponseWriter) bool {
				if n == 1 {
					server.mu.Unlock()
					defer server.mu.Lock()
					fault(w, nil)
				}
				return n == 1
			}
			opts := programOptions(t, server)
			opts.Patience = time.Minute
			client := newClient(t, opts)
			if a := paced(t.Context(), client, opts.Pacer, createOf(t, opts)); a.Verdict != push.Accepted {
				t.Errorf("write: %s %s, want accepted", verdictName(a.Verdict), a.Message)
			}
			if got := client.Stats(); got.Sent != 3 || got.Retried != 1 || opts.Pacer.Stats().Started != 3 {
				t.Errorf("counted %+v, and %d passed the pacer; want two token calls and a write", got, opts.Pacer.Stats().Started)
			}
		})
	}
}

func TestWithoutATokenAWriteIsNotSent(t *testing.T) {
	server := serve(t, always(503, ``))
	opts := croOptions(t, server.URL)
	opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
	client := newClient(t, opts)
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.NotSent || a.HTTPStatus != 0 || !strings.Contains(a.Message, "/oauth2/token: HTTP 503") {
		t.Errorf("write: %s, %+v, want not sent, and why", verdictName(a.Verdict), a)
	}
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); !errors.Is(err, remote.ErrUnreachable) {
		t.Errorf("read: %v, want unreachable", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if a := client.Write(ended, createOf(t, opts), "id"); a.Verdict != push.NotSent {
		t.Errorf("write of a run that has ended: %s, want not sent", verdictName(a.Verdict))
	}
	for _, r := range server.seen() {
		if r.path != "/oauth2/token" {
			t.Errorf("%s %s was sent without a token", r.method, r.path)
		}
	}
}

// TestARenewalThatMayGoBetterIsNoReasonToStop: the write was refused for its token, and is surely not done.
func TestARenewalThatMayGoBetterIsNoReasonToStop(t *testing.T) {
	server := newIssuer(t)
	down := true
	server.before = func(n int, w http.ResponseWriter) bool {
		if n > 1 && down {
			w.WriteHeader(503)
		}
		return n > 1 && down
	}
	opts := programOptions(t, server)
	client := newClient(t, opts)
	write := func() push.Answer { return client.Write(t.Context(), createOf(t, opts), "id") }
	write()
	server.expire()
	if a := write(); a.Verdict != push.NotSent || a.HTTPStatus != 401 || !strings.Contains(a.Message, "HTTP 503") {
		t.Errorf("write: %s, %+v, want not sent for a 401, and why there is no other token", verdictName(a.Verdict), a)
	}
	server.mu.Lock()
	down = false
	server.mu.Unlock()
	if a := write(); a.Verdict != push.Accepted {
		t.Errorf("once more: %s, %+v, want accepted: what was refused is not sent again", verdictName(a.Verdict), a)
	}
}

// TestASecretGoesToNoOtherHost: not by a redirect of the token call, whatever its status.
func TestASecretGoesToNoOtherHost(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		elsewhere := serve(t, always(200, `{"access_token": "stolen"}`))
		server := serve(t, always(status, ``, "Location", elsewhere.URL+"/oauth2/token?x=1"))
		opts := croOptions(t, server.URL)
		opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
		_, _, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
		if !errors.Is(err, remote.ErrUnauthorized) || !strings.Contains(err.Error(), elsewhere.URL+"/oauth2/token;") {
			t.Errorf("%d: %v, want it refused with the place", status, err)
		}
		if n := len(elsewhere.seen()); n != 0 {
			t.Errorf("%d: the other host saw %d requests, want none", status, n)
		}
	}
}

func TestWhereTokensAreIssued(t *testing.T) {
	for _, c := range []struct {
		name, url string
		insecure  bool
		says      string // "" = it is taken
	}{
		{name: "the target's, below the base URL"},
		{name: "another host, if the job says so", url: "https://login.example.com/token"},
		{name: "with a query", url: "https://login.example.com/token?tenant=1"},
		{name: "the own machine by http", url: "http://localhost:1/token"},
		{name: "http for another one", url: "http://login.example.com/token", says: "must be https"},
		{name: "http for another one, on request", url: "http://login.example.com/token", insecure: true},
		{name: "no address", url: "login.example.com", says: "such as https://"},
		{name: "no address at all", url: "http://%zz", says: "such as https://"},
		{name: "a password in it", url: "https://me:canary9@login.example.com/", says: "no user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, "https://api.example.com")
			opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret), TokenURL: c.url}
			opts.Insecure = c.insecure
			_, err := remote.New(opts)
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "connection.auth.token_url")) {
				t.Errorf("error = %v, want one that says %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "canary9") {
				t.Errorf("the error repeats the password: %v", err)
			}
		})
	}
	opts := croOptions(t, "https://api.example.com")
	opts.Target.Auth.TokenPath = ""
	opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
	if _, err := remote.New(opts); err == nil || !strings.Contains(err.Error(), "connection.auth.token_url") {
		t.Errorf("a target without a token call: %v, want that the job has to name one", err)
	}
}

// TestNoSecretIsShown plays an API and a token call that repeat all they are sent, and looks through all that is said.
func TestNoSecretIsShown(t *testing.T) {
	server := newIssuer(t)
	server.before = func(n int, w http.ResponseWriter) bool {
		if n == 3 { // the second renewal
			form := server.calls[n-1]
			always(400, `{"error": "invalid_grant", "error_description": "`+form.Encode()+" "+form.Get("refresh_token")+" "+form.Get("client_secret")+`"}`)(w, nil)
		}
		return n == 3
	}
	var log strings.Builder
	store := newStore(t)
	opts := personOptions(t, server, store)
	opts.Auth.ClientSecret = remote.NewSecret(clientSecret)
	opts.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := newClient(t, opts)
	client.Write(t.Context(), createOf(t, opts), "id")
	server.expire()
	said := client.Write(t.Context(), createOf(t, opts), "id").Message // refused with the token in it, which is then renewed
	server.expire()
	said += client.Write(t.Context(), createOf(t, opts), "id").Message
	_, _, err := client.Get(t.Context(), "5", customer(t, opts))
	if err == nil {
		t.Fatal("the read went well: the test shows nothing")
	}
	said += err.Error() + log.String()
	if !strings.Contains(said, "***") || !strings.Contains(said, "path=/oauth2/token") {
		t.Errorf("nothing shows that there were secrets, or that there was a token call:\n%s", said)
	}
	for _, form := range []string{"canary", "s3c", "r3f", "acc/e", "acc%2Fe", "e=ss", "Y2FuYXJ5"} {
		if strings.Contains(said, form) {
			t.Errorf("a secret is shown (%s):\n%s", form, said)
		}
	}
}

// TestASecretThatBeginsLikeAnotherIsHiddenWhole: the shorter one must not leave the end of the longer one.
func TestASecretThatBeginsLikeAnotherIsHiddenWhole(t *testing.T) {
	server := serve(t, always(400, `{"detail": "secret-1-and-more"}`))
	opts := croOptions(t, server.URL)
	opts.Auth = remote.Credentials{Token: remote.NewSecret("secret-1"), RefreshToken: remote.NewSecret("secret-1-and-more")}
	if a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id"); a.Message != "***" {
		t.Errorf("message = %q, want it hidden", a.Message)
	}
}
