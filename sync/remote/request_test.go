package remote_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestHeadersOfEveryRequest(t *testing.T) {
	server := serve(t, always(200, `{"id": 5, "results": [{"id": 1}]}`))
	opts := croOptions(t, server.URL)
	client := newClient(t, opts)
	client.Write(t.Context(), createOf(t, opts), "cb9a6bd5-8a1d-4a04-9d2e-8f1d0f6d7e11")
	client.Write(t.Context(), updateOf(t, opts), "cb9a6bd5-8a1d-4a04-9d2e-8f1d0f6d7e12")
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
		t.Fatal(err)
	}
	if err := client.List(t.Context(), customer(t, opts), func(plan.Found) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := client.Account(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := server.seen()
	if len(seen) != 6 { // the list tells nothing of its length, so a second page is asked for
		t.Fatalf("%d requests, want 6", len(seen))
	}
	ids := map[string]bool{}
	for i, r := range seen {
		want := map[string]string{
			"Authorization": "Bearer " + token, "Accept": "application/json", "User-Agent": "rollcall", "Accept-Encoding": "",
			"X-Api-Version": "2023/04/19", "X-Tenant-Id": "1", "Content-Type": "",
		}
		if r.body != "" {
			want["Content-Type"] = "application/json"
		}
		if r.path == "/tenants" {
			want["X-Tenant-Id"] = "" // it is the call that tells which tenants there are
		}
		for name, value := range want {
			if got := r.header.Get(name); got != value {
				t.Errorf("%s %s: header %s = %q, want %q", r.method, r.path, name, got, value)
			}
		}
		id := r.header.Get("X-Request-Id")
		if _, err := uuid.Parse(id); err != nil || ids[id] {
			t.Errorf("request %d has the id %q, want a UUID that no other has", i+1, id)
		}
		ids[id] = true
	}
	if got := seen[0].header.Get("X-Request-Id"); got != "cb9a6bd5-8a1d-4a04-9d2e-8f1d0f6d7e11" {
		t.Errorf("the create has the id %s, want the one of its intent", got)
	}
	if got := seen[1].header.Get("X-Request-Id"); got != "cb9a6bd5-8a1d-4a04-9d2e-8f1d0f6d7e12" {
		t.Errorf("the update has the id %s, want the one of its intent", got)
	}
	if seen[0].method != "POST" || seen[1].method != "PATCH" || seen[0].body != `{"name":"Ida"}` || seen[1].body != `{"name":"Ida"}` {
		t.Errorf("writes = %v, want a POST and a PATCH of the name alone", seen[:2])
	}
}

func TestHeadersThatTheJobSettles(t *testing.T) {
	for _, c := range []struct {
		name          string
		change        func(*remote.Options)
		header, value string
	}{
		{"an API version of the job's own", func(o *remote.Options) { o.Headers["x-api-version"] = "2021/04/07" }, "X-Api-Version", "2021/04/07"},
		{"no API version", func(o *remote.Options) { o.Headers["x-api-version"] = "" }, "X-Api-Version", ""},
		{"no headers at all", func(o *remote.Options) { o.Headers = nil }, "X-Api-Version", ""},
		{"no token, no Authorization", func(o *remote.Options) { o.Auth.Token = remote.NewSecret(" \n") }, "Authorization", ""},
		{"white space around a token is not part of it", func(o *remote.Options) { o.Auth.Token = remote.NewSecret("\n abc \r\n") }, "Authorization", "Bearer abc"},
		{"no tenant", func(o *remote.Options) { o.Account = nil }, "X-Tenant-Id", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, always(200, `{"id": 5}`))
			opts := croOptions(t, server.URL)
			c.change(&opts)
			newClient(t, opts).Write(t.Context(), createOf(t, opts), "id")
			seen := server.seen()
			if len(seen) != 1 {
				t.Fatalf("%d requests, want 1", len(seen))
			}
			if got, sent := seen[0].header.Get(c.header), seen[0].header.Values(c.header); got != c.value || c.value == "" && sent != nil {
				t.Errorf("%s = %q, want %q", c.header, sent, c.value)
			}
		})
	}
}

func TestAccountSettingsTravelWhereTheTargetSays(t *testing.T) {
	for _, c := range travels(t) {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, always(200, `{"data": {"id": "S-1", "items": []}}`))
			opts := depotOptions(t, server.URL)
			opts.Account = c.account
			c.send(newClient(t, opts), opts)
			seen := server.seen()
			if len(seen) != 1 {
				t.Fatalf("%d requests, want 1", len(seen))
			}
			r := seen[0]
			if r.query != c.query || r.body != c.body || r.header.Get("X-Desk") != c.desk {
				t.Errorf("query %q, body %s, desk %q; want %q, %s, %q", r.query, r.body, r.header.Get("X-Desk"), c.query, c.body, c.desk)
			}
			if r.body != "" && !json.Valid([]byte(r.body)) {
				t.Errorf("the body is not JSON: %s", r.body)
			}
		})
	}
}

// travel is a request, and where it takes the settings of the account.
type travel struct {
	name    string
	account map[string]string
	send    func(*remote.Client, remote.Options)
	query   string
	body    string
	desk    string
}

// travels is a request of each kind.
func travels(t *testing.T) []travel {
	ctx := t.Context()
	return []travel{
		{
			name: "in front of the fields of a create", account: map[string]string{"company": "7", "region": "north west", "desk": "3"},
			send: func(c *remote.Client, o remote.Options) {
				c.Write(ctx, siteChange(t, o, plan.Create, "code", "A"), "id")
			},
			query: "region=north+west", body: `{"company":7,"code":"A"}`, desk: "3",
		},
		{
			name: "in a body without fields", account: map[string]string{"company": "7"},
			send: func(c *remote.Client, o remote.Options) { c.Write(ctx, siteChange(t, o, plan.Create), "id") },
			body: `{"company":7}`,
		},
		{
			name: "in a body with an object", account: map[string]string{"company": "7"},
			send: func(c *remote.Client, o remote.Options) {
				c.Write(ctx, siteChange(t, o, plan.Create, "door.color", "red"), "id")
			},
			body: `{"company":7,"door":{"color":"red"}}`,
		},
		{
			name: "several, in the order of the target, and as JSON whatever is in them", account: map[string]string{"company": "7", "label": "\a\"\U0001F600"},
			send: func(c *remote.Client, o remote.Options) {
				c.Write(ctx, siteChange(t, o, plan.Create, "code", "A"), "id")
			},
			body: `{"company":7,"the \"label\"":"\u0007\"😀","code":"A"}`,
		},
		{
			name: "a number with zeros in front is no JSON number", account: map[string]string{"company": "007"},
			send: func(c *remote.Client, o remote.Options) { c.Write(ctx, siteChange(t, o, plan.Create), "id") },
			body: `{"company":"007"}`,
		},
		{
			name: "not where the target makes an exception: a write", account: map[string]string{"company": "7", "label": "L"},
			send: func(c *remote.Client, o remote.Options) { c.Write(ctx, siteChange(t, o, plan.Update), "id") },
			body: `{"company":7}`,
		},
		{
			name: "not where the target makes an exception: a read", account: map[string]string{"region": "n", "desk": "3"},
			send: func(c *remote.Client, o remote.Options) { _, _, _ = c.Get(ctx, "S-1", nil) },
			desk: "3",
		},
		{
			name: "beside the page of a list", account: map[string]string{"region": "n", "desk": "3"},
			send: func(c *remote.Client, o remote.Options) {
				_ = c.List(ctx, nil, func(plan.Found) error { return nil })
			},
			query: "page=1&region=n&size=3",
		},
		{
			name: "a setting that is not given is not sent", account: nil,
			send: func(c *remote.Client, o remote.Options) { c.Write(ctx, siteChange(t, o, plan.Create), "id") },
			body: `{}`,
		},
	}
}

// siteChange is a change of a Depot site.
func siteChange(t *testing.T, opts remote.Options, action plan.Action, pairs ...string) *plan.Change {
	change := &plan.Change{Action: action, Record: recordOf(t, opts, pairs...)}
	if action == plan.Update {
		change.ID = "S-1"
	}
	return change
}

func TestAPIKeyGoesInItsOwnHeader(t *testing.T) {
	server := serve(t, always(201, `{"data": {"id": "S-1"}}`))
	opts := depotOptions(t, server.URL)
	a := newClient(t, opts).Write(t.Context(), siteChange(t, opts, plan.Create), "id")
	if a.Verdict != push.Accepted || a.ID != "S-1" {
		t.Fatalf("answer = %+v, want S-1 accepted", a)
	}
	h := server.seen()[0].header
	if h.Get("X-Depot-Key") != token || h.Values("Authorization") != nil {
		t.Errorf("key %q, Authorization %q, want the token as the key alone", h.Get("X-Depot-Key"), h.Values("Authorization"))
	}
}

func TestATargetWithoutUpdateIsNeverSentOne(t *testing.T) {
	server := serve(t, always(200, `{}`))
	opts := depotOptions(t, server.URL)
	resource := *opts.Resource
	resource.Update, resource.Get, resource.List = nil, nil, nil
	opts.Resource = &resource
	client := newClient(t, opts)
	if a := client.Write(t.Context(), siteChange(t, opts, plan.Update), "id"); a.Verdict != push.Refused || a.Message == "" {
		t.Errorf("answer = %+v, want it refused with a reason", a)
	}
	if _, ok, err := client.Get(t.Context(), "S-1", nil); ok || err != nil {
		t.Errorf("get = %v, %v, want nothing", ok, err)
	}
	if err := client.List(t.Context(), nil, func(plan.Found) error { return nil }); err != nil {
		t.Errorf("list: %v", err)
	}
	if n := len(server.seen()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestWhatNoHeaderMayCarryIsRefusedAtOnce(t *testing.T) {
	for name, change := range map[string]func(*remote.Options){
		"connection.auth.token":        func(o *remote.Options) { o.Auth.Token = remote.NewSecret("ab\ncd") },
		"connection.account.tenant_id": func(o *remote.Options) { o.Account["tenant_id"] = "1\r\nX: y" },
		"header x-api-version":         func(o *remote.Options) { o.Headers["x-api-version"] = "\x00" },
	} {
		opts := croOptions(t, "https://api.example.com")
		change(&opts)
		_, err := remote.New(opts)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error = %v, want one that names %s", err, name)
		}
		if err != nil && strings.Contains(err.Error(), "ab") {
			t.Errorf("the token is in the error: %v", err)
		}
	}
}
