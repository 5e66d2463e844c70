package remote_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/remote"
)

// The secrets that the tests of tokens begin with. Their characters differ in all the encodings that they can appear in.
const (
	clientSecret = "canary+s3c/r=et_~1"
	firstRefresh = "canary+r3f/r=sh_~0"
)

// issuer is an API that issues tokens and accepts those that it has issued. A refresh token is good once; one that comes
// again is theft, after which nothing is good any more.
type issuer struct {
	*api
	mu      sync.Mutex
	life    any // expires_in, nil for none
	good    map[string]bool
	refresh string
	used    map[string]bool
	calls   []url.Values
	issued  int
	before  func(n int, w http.ResponseWriter) bool // of the n-th token call; true if it has answered
	reached func()                                  // when a good token has come
}

// newIssuer is such a server, started.
func newIssuer(t testing.TB) *issuer {
	i := &issuer{good: map[string]bool{}, used: map[string]bool{}, refresh: firstRefresh, life: 3600}
	i.api = serve(t, i.answer)
	return i
}

// answer serves the token call and everything else.
func (i *issuer) answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth2/token" {
		i.issue(w, r)
		return
	}
	i.mu.Lock()
	ok, reached := i.good[r.Header.Get("Authorization")], i.reached
	i.mu.Unlock()
	if !ok {
		always(401, fmt.Sprintf(`{"detail": "%s is not accepted"}`, r.Header.Get("Authorization")))(w, r)
		return
	}
	if reached != nil {
		reached()
	}
	always(200, `{"id": 5, "total_pages": 1, "results": []}`)(w, r)
}

// issue serves the token call.
func (i *issuer) issue(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	seen := i.api.seen()
	form, _ := url.ParseQuery(seen[len(seen)-1].body)
	i.calls = append(i.calls, form)
	if i.before != nil && i.before(len(i.calls), w) {
		return
	}
	answer := map[string]any{"token_type": "bearer"}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "refresh_token":
		if form.Get("refresh_token") != i.refresh {
			if i.used[form.Get("refresh_token")] {
				i.refresh, i.good = "", map[string]bool{}
			}
			always(400, `{"error": "invalid_grant", "error_description": "The refresh token is used up or unknown."}`)(w, r)
			return
		}
		i.used[i.refresh] = true
		i.refresh = fmt.Sprintf("canary+r3f/r=sh_~%d", i.issued+1)
		answer["refresh_token"] = i.refresh
	default:
		always(400, `{"error": "unsupported_grant_type"}`)(w, r)
		return
	}
	i.issued++
	access := fmt.Sprintf("canary+acc/e=ss_~%d", i.issued)
	i.good["Bearer "+access] = true
	answer["access_token"] = access
	if i.life != nil {
		answer["expires_in"] = i.life
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// expire makes every token that was issued worthless.
func (i *issuer) expire() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.good = map[string]bool{}
}

// tokenCalls is how many token calls have come.
func (i *issuer) tokenCalls() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.calls)
}

// programOptions are those of a program that authenticates by its secret.
func programOptions(t testing.TB, i *issuer) remote.Options {
	opts := croOptions(t, i.URL)
	opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
	return opts
}

// personOptions are those of a job with a store.
func personOptions(t testing.TB, i *issuer, store string) remote.Options {
	opts := croOptions(t, i.URL)
	opts.Auth = remote.Credentials{ClientID: "me", RefreshToken: remote.NewSecret(firstRefresh), Store: store}
	return opts
}

// newStore is the path of a store that is not there yet.
func newStore(t testing.TB) string { return filepath.Join(t.TempDir(), "keep", "login.json") }

// wire is a network in memory, for tests under a clock of their own.
type wire struct{ handler http.Handler }

// RoundTrip hands the request to the server.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w.handler.ServeHTTP(answer, r)
	return answer.Result(), nil
}
