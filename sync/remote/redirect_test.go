package remote_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// redirects is the statuses that name another place.
func redirects() []int { return []int{301, 302, 303, 307, 308} }

// TestNoWriteFollowsARedirect: it would arrive as something else, or twice, or at somebody else's.
func TestNoWriteFollowsARedirect(t *testing.T) {
	other := serve(t, always(200, `{"id": 5}`))
	for _, status := range redirects() {
		for name, to := range map[string]string{
			"the same host, another port":       other.URL + "/customers/1/contacts?access_token=hunter2#hunter2",
			"another name of the same host":     strings.Replace(other.URL, "127.0.0.1", "localhost", 1) + "/customers/1/contacts?q=hunter2",
			"the own path with a slash":         "/customers/1/contacts/?q=hunter2",
			"a place with a password":           "https://me:hunter2@example.com/",
			"no place":                          "",
			"a place that nobody can read":      "http://[hunter2",
			"a place that holds half a percent": "/customers/%zz?hunter2",
		} {
			for _, action := range []plan.Action{plan.Create, plan.Update} {
				server := serve(t, always(status, "", "Location", to))
				opts := croOptions(t, server.URL)
				client := newClient(t, opts)
				a := client.Write(t.Context(), changeOf(t, opts, action), "id")
				if a.Verdict != push.Misdirected || a.HTTPStatus != status {
					t.Errorf("%s, %d to %s: %s, %+v, want misdirected", action, status, name, verdictName(a.Verdict), a)
				}
				if strings.Contains(a.Message, "hunter2") || !strings.Contains(a.Message, "check connection.trailing_slash, path_prefix and base_url") {
					t.Errorf("%s, %d to %s: message %q, want what to check and no query", action, status, name, a.Message)
				}
				if n := len(server.seen()); n != 1 || client.Stats().Sent != 1 {
					t.Errorf("%s, %d to %s: %d requests, want 1", action, status, name, n)
				}
			}
		}
	}
	if n := len(other.seen()); n != 0 {
		t.Errorf("the other server saw %d requests, want none", n)
	}
}

func TestTheMessageSaysWhereARedirectLeads(t *testing.T) {
	opts := croOptions(t, serve(t, always(301, "", "Location", "https://api.example.com/v0/customers/?key="+token)).URL)
	a := newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
	if want := "HTTP 301 to https://api.example.com/v0/customers/;"; !strings.Contains(a.Message, want) {
		t.Errorf("message = %q, want %q in it", a.Message, want)
	}
}

// TestReadsFollowRedirectsWithinTheOrigin: a missing slash at the end costs a request and no more.
func TestReadsFollowRedirectsWithinTheOrigin(t *testing.T) {
	for _, status := range redirects() {
		for _, absolute := range []bool{false, true} {
			var server *api
			server = serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/") {
					always(200, `{"id": 5, "name": "Ida"}`)(w, r)
					return
				}
				to := r.URL.Path + "/"
				if absolute {
					to = server.URL + to
				}
				always(status, "", "Location", to)(w, r)
			})
			opts := croOptions(t, server.URL)
			client := newClient(t, opts)
			found, ok, err := client.Get(t.Context(), "5", customer(t, opts))
			if err != nil || !ok || found.ID != "5" {
				t.Errorf("%d: %v, %v, %v, want contact 5", status, found, ok, err)
			}
			seen := server.seen()
			if len(seen) != 2 || opts.Pacer.Stats().Started != 2 || client.Stats().Sent != 2 {
				t.Fatalf("%d: %d requests, %d passed the pacer, %d counted, want 2", status, len(seen), opts.Pacer.Stats().Started, client.Stats().Sent)
			}
			if h := seen[1].header; h.Get("Authorization") != "Bearer "+token || h.Get("X-Tenant-Id") != "1" {
				t.Errorf("%d: the second request lacks its headers: %v", status, h)
			}
		}
	}
}

func TestReadsLeaveTheOriginNever(t *testing.T) {
	other := serve(t, always(200, `{"id": 5}`))
	for _, status := range redirects() {
		for name, to := range map[string]string{
			"the same host, another port":     other.URL + "/customers/1/contacts/5",
			"the same port, another scheme":   "https://SELF/customers/1/contacts/5",
			"without a scheme":                strings.TrimPrefix(other.URL, "http:"),
			"the own host, with a password":   "http://me:hunter2@SELF/",
			"a place that nobody can connect": "http://[hunter2",
			"no place":                        "",
		} {
			var server *api
			server = serve(t, func(w http.ResponseWriter, r *http.Request) {
				always(status, "", "Location", strings.Replace(to, "SELF", strings.TrimPrefix(server.URL, "http://"), 1))(w, r)
			})
			opts := croOptions(t, server.URL)
			_, ok, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
			if ok || !errors.Is(err, remote.ErrMisdirected) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%d to %s: %v, %v, want misdirected", status, name, ok, err)
			}
			if n := len(server.seen()); n != 1 {
				t.Errorf("%d to %s: %d requests, want 1", status, name, n)
			}
		}
	}
	if n := len(other.seen()); n != 0 {
		t.Errorf("the other server saw %d requests, want none", n)
	}
}

func TestACircleOfRedirectsEnds(t *testing.T) {
	n := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		always(302, "", "Location", fmt.Sprintf("/%d", n))(w, r)
	})
	opts := croOptions(t, server.URL)
	_, _, err := newClient(t, opts).Get(t.Context(), "5", customer(t, opts))
	if !errors.Is(err, remote.ErrMisdirected) || n != 4 {
		t.Errorf("error = %v after %d requests, want misdirected after 4", err, n)
	}
}
