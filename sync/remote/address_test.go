package remote_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestBaseURLIsChecked(t *testing.T) {
	for _, c := range []struct {
		name, base string
		insecure   bool
		refusal    string // "" = accepted
	}{
		{name: "https to anywhere", base: "https://api.example.com"},
		{name: "https with a port", base: "https://api.example.com:8443"},
		{name: "http to a loopback address", base: "http://127.0.0.1:8080"},
		{name: "http to any loopback address", base: "http://127.9.9.9"},
		{name: "http to the loopback address of IPv6", base: "http://[::1]:8080"},
		{name: "http to localhost, however it is written", base: "http://LocalHost:8080"},
		{name: "http to another machine is refused", base: "http://api.example.com", refusal: "must be https"},
		{name: "http to a name that begins like a loopback address is refused", base: "http://127.0.0.1.example.com", refusal: "must be https"},
		{name: "http to an address of the local network is refused", base: "http://192.168.0.1", refusal: "must be https"},
		{name: "http to another machine if that is asked for", base: "http://api.example.com", insecure: true},
		{name: "nothing", base: "", refusal: "must be an origin"},
		{name: "a host without a scheme", base: "api.example.com", refusal: "must be an origin"},
		{name: "a scheme without a host", base: "https://", refusal: "must be an origin"},
		{name: "a port without a host", base: "https://:443", refusal: "must be an origin"},
		{name: "another scheme, even if insecure", base: "ftp://api.example.com", insecure: true, refusal: "must be an origin"},
		{name: "an opaque address", base: "https:api.example.com", refusal: "must be an origin"},
		{name: "no URL at all", base: "https://api.example.com:port", refusal: "not a URL"},
		{name: "a user", base: "https://me:hunter2@api.example.com", refusal: "no user, query or fragment"},
		{name: "a user in front of another scheme", base: "ftp://me:hunter2@api.example.com", refusal: "no user, query or fragment"},
		{name: "a user in what is no URL", base: "https://me:hunter2%zz@api.example.com", refusal: "not a URL"},
		{name: "a query", base: "https://api.example.com?key=hunter2", refusal: "no user, query or fragment"},
		{name: "an empty query", base: "https://api.example.com?", refusal: "no user, query or fragment"},
		{name: "a fragment", base: "https://api.example.com#hunter2", refusal: "no user, query or fragment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := croOptions(t, c.base)
			opts.Insecure = c.insecure
			client, err := remote.New(opts)
			if err == nil {
				client.Close()
			}
			switch {
			case c.refusal == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.refusal != "" && (err == nil || !strings.Contains(err.Error(), c.refusal) || !strings.Contains(err.Error(), "connection.base_url")):
				t.Errorf("error = %v, want one about connection.base_url that says %q", err, c.refusal)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the password is in the error: %v", err)
			}
		})
	}
}

func TestPathPrefixIsChecked(t *testing.T) {
	for prefix, ok := range map[string]bool{
		"": true, "/": true, "/v0": true, "/v0/": true, "/api/v2": true,
		"v0": false, ".evil.com": false, "@evil.com": false, ":8080": false, "/v0?x=": false, "/v0#": false, `/v0\..`: false, "/v 0": false, "/v\n0": false,
	} {
		opts := croOptions(t, "https://api.example.com")
		opts.PathPrefix = prefix
		_, err := remote.New(opts)
		if ok != (err == nil) {
			t.Errorf("prefix %q: error = %v, want one: %v", prefix, err, !ok)
		}
		if err != nil && !strings.Contains(err.Error(), "connection.path_prefix") {
			t.Errorf("prefix %q: %v does not name connection.path_prefix", prefix, err)
		}
	}
}

func TestWhereRequestsGo(t *testing.T) {
	for _, c := range []struct {
		name, path, prefix string
		slash              model.Slash
		read, write        string
	}{
		{name: "no slash at the end", read: "/customers/1/contacts", write: "/customers/1/contacts/5"},
		{name: "a slash on reads", slash: model.Slash{Read: true}, read: "/customers/1/contacts/", write: "/customers/1/contacts/5"},
		{name: "a slash on writes", slash: model.Slash{Write: true}, read: "/customers/1/contacts", write: "/customers/1/contacts/5/"},
		{name: "a slash on both", slash: model.Slash{Read: true, Write: true}, read: "/customers/1/contacts/", write: "/customers/1/contacts/5/"},
		{name: "a prefix stands in front", prefix: "/v0", read: "/v0/customers/1/contacts", write: "/v0/customers/1/contacts/5"},
		{name: "the end of a prefix makes no double slash", prefix: "/v0/", read: "/v0/customers/1/contacts", write: "/v0/customers/1/contacts/5"},
		{name: "a path in base_url is kept", path: "/tunnel/a%2Fb/", prefix: "/v0", read: "/tunnel/a%2Fb/v0/customers/1/contacts", write: "/tunnel/a%2Fb/v0/customers/1/contacts/5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, always(200, `[]`))
			opts := croOptions(t, server.URL+c.path)
			opts.PathPrefix, opts.Slash = c.prefix, c.slash
			client := newClient(t, opts)
			if err := client.List(t.Context(), customer(t, opts), func(plan.Found) error { return nil }); err != nil {
				t.Fatal(err)
			}
			client.Write(t.Context(), updateOf(t, opts), "id")
			seen := server.seen()
			if len(seen) != 2 || seen[0].path != c.read || seen[1].path != c.write {
				t.Errorf("paths = %v, want %s and %s", seen, c.read, c.write)
			}
		})
	}
}

func TestIDsAreEscaped(t *testing.T) {
	for id, want := range map[string]string{
		"5":             "/customers/1/contacts/5",
		"a b":           "/customers/1/contacts/a%20b",
		"Zoë":           "/customers/1/contacts/Zo%C3%AB",
		"a;b":           "/customers/1/contacts/a%3Bb",
		"..;":           "/customers/1/contacts/..%3B",
		"{customer_id}": "/customers/1/contacts/%7Bcustomer_id%7D",
	} {
		server := serve(t, always(200, `{}`))
		opts := croOptions(t, server.URL)
		change := updateOf(t, opts)
		change.ID = id
		a := newClient(t, opts).Write(t.Context(), change, "id")
		if seen := server.seen(); a.Verdict != push.Accepted || len(seen) != 1 || seen[0].path != want {
			t.Errorf("id %q: verdict %s, requests %v, want %s", id, verdictName(a.Verdict), seen, want)
		}
	}
}

// unsafe is values that could lead out of their place in a path.
func unsafe() []string {
	return []string{
		"", ".", "..", "../x", "x/../y", "//evil", `..\x`, "1?x=", "1#", "%2e%2e", "1%00", "a\x00b", "a\r\nX: y", "a\tb", "\x7f",
		strings.Repeat("9", remote.MaxSegment+100),
	}
}

func TestWhatLeadsElsewhereIsNotSent(t *testing.T) {
	server := serve(t, always(200, `{"id": 5}`))
	opts := croOptions(t, server.URL)
	client := newClient(t, opts)
	for _, value := range unsafe() {
		change := updateOf(t, opts)
		change.ID = value
		// A sheet that names such an id has one bad row: to call it not sent would have push try it again and again.
		if a := client.Write(t.Context(), change, "id"); a.Verdict != push.Refused || a.HTTPStatus != 0 || !strings.Contains(a.Message, "cannot be part of a path") {
			t.Errorf("update of id %.20q: %+v, want it refused", value, a)
		}
		if found, ok, err := client.Get(t.Context(), value, customer(t, opts)); ok || err != nil {
			t.Errorf("get id %.20q: %v, %v, %v, want it not found", value, found, ok, err)
		}
		change = createOf(t, opts)
		change.Record = recordOf(t, opts, "customer_id", value)
		if a := client.Write(t.Context(), change, "id"); a.Verdict != push.Refused {
			t.Errorf("create below customer %.20q: %+v, want it refused", value, a)
		}
		if _, ok, err := client.Get(t.Context(), "5", change.Record); ok || err != nil {
			t.Errorf("get below customer %.20q: %v, %v, want it not found", value, ok, err)
		}
		err := client.List(t.Context(), change.Record, func(plan.Found) error { return nil })
		if !isParentNotFound(err) {
			t.Errorf("list below customer %.20q: %v, want a parent that is not found", value, err)
		}
	}
	if seen := server.seen(); len(seen) != 0 {
		t.Errorf("the server saw %d requests, the first %v, want none", len(seen), seen[0])
	}
	if started := opts.Pacer.Stats().Started; started != 0 {
		t.Errorf("%d requests were taken off the budget, want none", started)
	}
}

// TestNoIDLeavesTheBasePath holds for any text: what is sent stays below the base path, in as many segments as documented.
func TestNoIDLeavesTheBasePath(t *testing.T) {
	var last *url.URL
	opts := croOptions(t, "https://api.example.com/base")
	opts.PathPrefix = "/v0"
	client := newClient(t, opts)
	client.SetTransport(roundTripper(func(r *http.Request) (*http.Response, error) {
		last = r.URL
		return answerOf(200, `{}`), nil
	}))
	rapid.Check(t, func(rt *rapid.T) {
		change := &plan.Change{Action: plan.Update, ID: rapid.String().Draw(rt, "id")}
		change.Record = recordOf(t, opts, "customer_id", rapid.String().Draw(rt, "customer"))
		last = nil
		if a := client.Write(t.Context(), change, "id"); a.Verdict != push.Accepted {
			if last != nil {
				rt.Fatalf("%+v after a request to %s", a, last)
			}
			return
		}
		parts := strings.Split(last.EscapedPath(), "/")
		if last.Scheme != "https" || last.Host != "api.example.com" || last.RawQuery != "" || last.Fragment != "" || len(parts) != 7 ||
			strings.Join(parts[:4], "/") != "/base/v0/customers" || parts[5] != "contacts" {
			rt.Fatalf("the request went to %s", last)
		}
		got, err := url.PathUnescape(parts[6])
		if err != nil || got != change.ID {
			rt.Fatalf("the id arrived as %q (%v), want %q", got, err, change.ID)
		}
	})
}
