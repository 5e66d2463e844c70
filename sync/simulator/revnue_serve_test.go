package simulator_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Sources: developer.revnue.com/reference/authentication and .../requests (401 for a bad token and for no right; there is no
// 403), .../list-customer (company in the query).
func TestRevnueEntry(t *testing.T) {
	for _, row := range []struct {
		name, method, path, edit string
		status                   int
		detail                   string // part of it
	}{
		{"all that is needed", "GET", "/customer/?company=1", "", 200, ""},
		{"no token", "GET", "/customer/?company=1", "Authorization:", 401, "bearer token"},
		{"a wrong token", "GET", "/customer/?company=1", "Authorization: Bearer x", 401, "bearer token"},
		{"a revoked token", "GET", "/customer/?company=1", "Authorization: Bearer revoked", 401, "bearer token"},
		{"a token of another API", "POST", "/customer", "Authorization: Bearer " + simulator.DefaultToken, 401, "bearer token"},
		{"no token for the companies", "GET", "/company/", "Authorization:", 401, "bearer token"},
		{"a token for this company", "GET", "/customer/?company=2", "Authorization: Bearer second", 200, ""},
		{"a token for another company", "GET", "/customer/?company=1", "Authorization: Bearer second", 401, "not authorized"},
		{"a lookup with a token for another company", "GET", "/category/?company=1", "Authorization: Bearer second", 401, "not authorized"},
		{"a write with a token for another company", "POST", "/customer", "Authorization: Bearer second", 401, "not authorized"},
		{"a read without company", "GET", "/customer/", "", 400, "company is required"},
		{"one customer without company", "GET", "/customer/1/", "", 400, "company is required"},
		{"categories without company", "GET", "/category/", "", 400, "company is required"},
		{"countries without company", "GET", "/country/", "", 400, "company is required"},
		{"templates without company", "GET", "/custom-field-template/", "", 400, "company is required"},
		{"form templates without company", "GET", "/custom-form-template/", "", 400, "company is required"},
		{"a company that is a word", "GET", "/customer/?company=acme", "", 400, "company: Must be an integer."},
		{"an unknown company", "GET", "/customer/?company=9", "", 400, "company: There is no such company."},
		{"a company in the query of a write is not read", "PATCH", "/customer/1?company=2", "", 200, ""},
		{"no content type means JSON", "POST", "/customer", "Content-Type:", 201, ""},
		{"JSON with a charset", "POST", "/customer", "Content-Type: application/json; charset=utf-8", 201, ""},
		{"a body that is not JSON", "POST", "/customer", asForm, 400, "application/json"},
		{"a method that is not known", "DELETE", "/customer/1", "", 405, "method"},
		{"a lookup cannot be written", "POST", "/category", "", 405, "method"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(simulator.RevnueOptions{})
			a.sim.Revnue.AddToken(simulator.RevnueToken{Value: "second", Companies: []int64{2}})
			a.sim.Revnue.AddToken(simulator.RevnueToken{Value: "revoked"})
			a.sim.Revnue.RevokeToken("revoked")
			edits := []string{row.edit}
			if row.edit == "" {
				edits = nil
			}
			got := a.ask(row.method, row.path, aCompany(t, `{}`), edits...)
			if got.status != row.status || !strings.Contains(got.body, row.detail) {
				t.Errorf("got %d %s, want %d %q", got.status, got.body, row.status, row.detail)
			}
			if row.status >= 400 && (names(t, got.body) != "detail" || len(a.sim.Commits()) != 0) {
				t.Errorf("got %s, want a detail alone and no commit", got.body)
			}
		})
	}
	a := revnueWith(simulator.RevnueOptions{})
	if got := a.ask("DELETE", "/customer/1", "").header.Get("Allow"); got != "GET,PATCH,PUT" {
		t.Errorf("Allow: got %q", got)
	}
	a.sim.Revnue.AddToken(simulator.RevnueToken{Value: "second", Companies: []int64{2}})
	if got := a.ask("GET", "/company/", "", "Authorization: Bearer second").body; got != `[{"id":2,"name":"Northgate Overseas"}]` {
		t.Errorf("companies of a token: got %s", got)
	}
	optional := revnueWith(simulator.RevnueOptions{Bodies: simulator.RevnueBodies{OptionalCompany: true}})
	optional.sim.Revnue.AddToken(simulator.RevnueToken{Value: "second", Companies: []int64{2}})
	if got := optional.ask("PATCH", "/customer/1", `{"phone": "5"}`, "Authorization: Bearer second"); got.status != 401 {
		t.Errorf("a change without company: got %d %s, want 401", got.status, got.body)
	}
}

// Sources: the samples of developer.revnue.com/reference/list-customer (a slash) and .../create-customer (none).
func TestRevnueSlashes(t *testing.T) {
	type options = simulator.RevnueOptions
	for _, row := range []struct {
		name         string
		options      options
		method, path string
		status       int
		location     string
	}{
		{"a list with a slash", options{}, "GET", "/customer/?company=1", 200, ""},
		{"a list without", options{}, "GET", "/customer?company=1", 301, "/api/v2/customer/?company=1"},
		{"a record without", options{}, "GET", "/customer/1?company=1", 301, "/api/v2/customer/1/?company=1"},
		{"a list without slash or query", options{}, "GET", "/company", 301, "/api/v2/company/"},
		{"a list without, kept in place", options{ReadWithoutSlash: 308}, "GET", "/customer?company=1", 308, "/api/v2/customer/?company=1"},
		{"a list without, refused", options{ReadWithoutSlash: 404}, "GET", "/customer?company=1", 404, ""},
		{"a list without, served", options{ReadWithoutSlash: 200}, "GET", "/customer?company=1", 200, ""},
		{"a create without", options{}, "POST", "/customer", 201, ""},
		{"a create with", options{}, "POST", "/customer/", 404, ""},
		{"a replacement with", options{}, "PUT", "/customer/1/", 404, ""},
		{"a change with", options{}, "PATCH", "/customer/1/", 404, ""},
		{"a create with, as a wrong method", options{WriteWithSlash: 405}, "POST", "/customer/", 405, ""},
		{"a create with, redirected", options{WriteWithSlash: 301}, "POST", "/customer/", 301, "/api/v2/customer"},
		{"a create with, served", options{WriteWithSlash: 200}, "POST", "/customer/", 201, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := revnueWith(row.options)
			got := a.ask(row.method, row.path, aCompany(t, `{}`))
			if got.status != row.status || got.header.Get("Location") != row.location {
				t.Errorf("got %d to %q, want %d to %q", got.status, got.header.Get("Location"), row.status, row.location)
			}
			if commits := len(a.sim.Commits()); (commits == 1) != (row.status == 201) {
				t.Errorf("got %d commits", commits)
			}
		})
	}
}

func TestRevnueBodiesAreObjects(t *testing.T) {
	for name, body := range map[string]string{
		"no body": "", "text that is cut": `{"name": "x`, "a list": `[{"company": 1, "name": "x"}]`, "null": `null`,
		"two values": `{"company": 1, "name": "x"} {}`, "bytes that are no UTF-8": "{\"company\": 1, \"name\": \"\xff\"}",
	} {
		for path, method := range map[string]string{"/customer": "POST", "/customer/1": "PATCH"} {
			a := revnueWith(simulator.RevnueOptions{Errors: simulator.FieldMaps})
			if got := a.ask(method, path, body); got.status != 400 || names(t, got.body) != "detail" || len(a.sim.Commits()) != 0 {
				t.Errorf("%s, %s: got %d %s, want 400 with a detail", name, method, got.status, got.body)
			}
		}
	}
}

// Source of the first shape: developer.revnue.com/reference/requests; the other is that of Django REST framework.
func TestRevnueErrors(t *testing.T) {
	type rows = []struct{ name, body, detail, fields string }
	for _, row := range (rows{
		{"no company", `{"name": "x"}`, `{"detail":"company is required"}`, `{"company":["The field is required."]}`},
		{"no name", `{"company": 1}`, `{"detail":"name is required"}`, `{"name":["The field is required."]}`},
		{"a name that is taken", `{"company": 1, "name": "Overseas"}`, `{"detail":"name: customer with this name already exists."}`,
			`{"name":["customer with this name already exists."]}`},
		{"a member of an object", `{"company": 1, "name": "x", "contact_person": {"name": "Jo", "type": "x"}}`,
			`{"detail":"contact_person.email is required"}`,
			`{"contact_person":{"email":["The field is required."],` +
				`"type":["Must be account_management, billing, executive, sales, support or technical."]}}`},
		{"an object as a whole", `{"company": 1, "name": "x", "contact_person": 5}`, `{"detail":"contact_person: Must be an object."}`,
			`{"contact_person":["Must be an object."]}`},
		{"a template without its id", `{"company": 1, "name": "x", "template": {"fields": []}}`, `{"detail":"template.id is required"}`,
			`{"template":{"id":["The field is required."]}}`},
		{"an entry of a list", `{"company": 1, "name": "x", "template": {"id": 7, "fields": [{"id": 71, "value": 1}, {"id": 72, "value": "x"}]}}`,
			`{"detail":"template.fields[1].value: Must be an integer."}`,
			`{"template":{"fields":[{},{"value":["Must be an integer."]}]}}`},
		{"several fields", `{"company": 1, "fax": 5, "city": 5, "zip": 5}`, `{"detail":"name is required"}`,
			`{"city":["Must be a string."],"fax":["Must be a string."],"name":["The field is required."],"zip":["Unknown field."]}`},
	}) {
		t.Run(row.name, func(t *testing.T) {
			for style, want := range map[simulator.RevnueErrors]string{simulator.DetailFirst: row.detail, simulator.FieldMaps: row.fields} {
				a := revnueWith(simulator.RevnueOptions{Errors: style})
				got := a.ask("POST", "/customer", row.body)
				if got.status != 400 || got.body != want || got.header.Get("Content-Type") != "application/json" {
					t.Errorf("got %d %s, want 400 %s", got.status, got.body, want)
				}
			}
		})
	}
}

// Source: developer.revnue.com/reference/rate-limit (20 a minute, for the account, the header and the sentence).
func TestRevnueThrottle(t *testing.T) {
	now := newClock()
	now.advance(20 * time.Second)
	a := newAdministrator(simulator.Options{Clock: now.Now})
	a.sim.Revnue.AddToken(simulator.RevnueToken{Value: "other"})
	for n := range 20 {
		got := a.ask("GET", "/company/", "", []string{"Accept: x", "Authorization: Bearer other"}[n%2])
		if got.status != 200 || got.header.Get("Retry-After") != "" {
			t.Fatalf("request %d: got %d, Retry-After %q", n+1, got.status, got.header.Get("Retry-After"))
		}
	}
	for _, token := range []string{simulator.DefaultRevnueToken, "other", "wrong"} {
		got := a.ask("POST", "/customer", `{"company": 1, "name": "Fresh"}`, "Authorization: Bearer "+token)
		want := `{"detail":"Request was throttled. Expected available in 40 seconds."}`
		if got.status != 429 || got.body != want || got.header.Get("Retry-After") != "40" || len(a.sim.Commits()) != 0 {
			t.Errorf("%s: got %d %s, Retry-After %q; want 429 %s", token, got.status, got.body, got.header.Get("Retry-After"), want)
		}
	}
	if got := ask(a.sim, "GET", "/tenants", "").status; got != 200 {
		t.Errorf("another API: got %d, want 200", got)
	}
	now.advance(40 * time.Second)
	if got := a.ask("GET", "/company/", "").status; got != 200 {
		t.Errorf("in the next window: got %d, want 200", got)
	}
}

func TestRevnueRates(t *testing.T) {
	for _, row := range []struct {
		name        string
		all, revnue simulator.Rate
		want        int // requests in a minute; 0 is no limit
	}{
		{"the documented one", simulator.Rate{}, simulator.Rate{}, 20},
		{"that of every API", simulator.Rate{Limit: 3}, simulator.Rate{}, 3},
		{"its own", simulator.Rate{Limit: 3}, simulator.Rate{Limit: 5}, 5},
		{"its own, none for the others", simulator.Rate{}, simulator.Rate{Limit: 100}, 100},
		{"none", simulator.Rate{}, simulator.Rate{Limit: -1}, 0},
		{"none, though the others have one", simulator.Rate{Limit: 3}, simulator.Rate{Limit: -1}, 0},
		{"the documented one, sliding", simulator.Rate{}, simulator.Rate{Sliding: true}, 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			now := newClock()
			now.advance(30 * time.Second)
			a := newAdministrator(simulator.Options{Clock: now.Now, Rate: row.all, Revnue: simulator.RevnueOptions{Rate: row.revnue}})
			served := 0
			for served < 150 && a.ask("GET", "/company/", "").status == 200 {
				served++
			}
			if row.want > 0 && served != row.want || row.want == 0 && served != 150 {
				t.Errorf("got %d requests served, want %d", served, row.want)
			}
			now.advance(30 * time.Second)
			if got, sliding := a.ask("GET", "/company/", "").status, row.revnue.Sliding; (got == 429) != sliding {
				t.Errorf("on the full minute: got %d; sliding: %v", got, sliding)
			}
		})
	}
}

func TestFaultsStrikeRevnueToo(t *testing.T) {
	for _, row := range []struct {
		script  string
		status  int // 0 is a broken connection
		commits int
	}{
		{"POST /customer reset-before-commit", 0, 0},
		{"POST /customer reset-after-commit", 0, 1},
		{"POST /customer cut", 0, 1},
		{"POST /customer error-before-commit status=503", 503, 0},
		{"POST /customer error-after-commit", 500, 1},
		{"POST /customer throttle retry-after=3", 429, 0},
		{"POST /customer garbage status=201", 201, 1},
		{"POST /customer expire-token", 401, 0},
		{"POST /api/v2/customer error-before-commit", 201, 1}, // scripts leave the prefix out
		{"PUT /customer/* error-before-commit", 201, 1},
	} {
		t.Run(row.script, func(t *testing.T) {
			a := newAdministrator(simulator.Options{Faults: simulator.MustFaults(row.script)})
			server := httptest.NewServer(a.sim)
			defer server.Close()
			r := newRequest("POST", server.URL+"/api/v2/customer", aCompany(t, `{}`), "Authorization: Bearer "+simulator.DefaultRevnueToken)
			r.RequestURI, r.GetBody = "", nil
			resp, err := server.Client().Do(r)
			status := 0
			if err == nil {
				_, err = new(bytes.Buffer).ReadFrom(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil {
				status = resp.StatusCode
			}
			if status != row.status {
				t.Errorf("got %d and error %v, want %d", status, err, row.status)
			}
			if got, stored := len(a.sim.Commits()), len(a.sim.Revnue.Customers(1))-1; got != row.commits || stored != row.commits {
				t.Errorf("got %d commits and %d customers, want %d", got, stored, row.commits)
			}
		})
	}
	a := newAdministrator(simulator.Options{Faults: simulator.MustFaults("* /company expire-token\nGET /customer error-before-commit")})
	if got := a.ask("GET", "/customer/?company=1", ""); got.status != 500 || got.body != `{"detail":"Scripted fault."}` {
		t.Errorf("a scripted error: got %d %s, want it in Revnue's shape", got.status, got.body)
	}
	for n := range 2 {
		if got := a.ask("GET", "/company/", "").status; got != 401 {
			t.Errorf("an expired token, request %d: got %d, want 401", n+1, got)
		}
	}
}

func TestRevnueJournalAndCommits(t *testing.T) {
	log := new(bytes.Buffer)
	a := newAdministrator(simulator.Options{CommitLog: log})
	a.ask("POST", "/customer", `{"company": 2, "name": "Fresh"}`)
	a.ask("PATCH", "/customer/3", `{"company": 2, "city": "Bath"}`)
	a.ask("PUT", "/customer/3", `{"company": 2, "name": "Stale"}`)
	a.ask("GET", "/customer/3/?company=2", "")
	routes := []string{}
	for _, r := range a.sim.Requests() {
		routes = append(routes, r.API+" "+r.Method+" "+r.Route)
	}
	want := []string{"revnue POST /customer", "revnue PATCH /customer/{id}", "revnue PUT /customer/{id}", "revnue GET /customer/{id}"}
	if !slices.Equal(routes, want) || a.sim.Tally().Writes != 3 {
		t.Errorf("journal: got %q, want %q", routes, want)
	}
	commits := a.sim.Commits()
	if len(commits) != 3 || strings.Count(log.String(), "\n") != 3 {
		t.Fatalf("got %d commits and the log %q, want 3 of each", len(commits), log)
	}
	last := commits[2]
	if last.API != "revnue" || last.Resource != "customer" || last.ID != 3 || last.Path != "/api/v2/customer/3" || last.Request != 3 {
		t.Errorf("got %+v, want customer 3 of the third request", last)
	}
	if read := a.ask("GET", "/customer/3/?company=2", ""); string(last.Body) != read.body {
		t.Errorf("got the record %s, want it as a read shows it: %s", last.Body, read.body)
	}
}

// Of many that create one name at once, one is served.
func TestRevnueServesManyAtOnce(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for n := range 10 {
				a.ask("POST", "/customer", fmt.Sprintf(`{"company": 1, "name": "Customer %d"}`, n))
				a.ask("PATCH", "/customer/1", `{"company": 1, "template": {"id": 7, "fields": [{"id": 72, "value": 1}]}}`)
				a.ask("GET", "/customer/?company=1", "")
				a.sim.Revnue.Customers(1)
			}
		})
	}
	group.Wait()
	if customers, commits := len(a.sim.Revnue.Customers(1)), len(a.sim.Commits()); customers != 11 || commits != 90 {
		t.Errorf("got %d customers and %d commits, want 11 and 90", customers, commits)
	}
}

func TestRevnueDefaultWorld(t *testing.T) {
	sim := simulator.New(simulator.Options{})
	if got := sim.Revnue.AddDefaultWorld(); got != 1 || len(sim.Revnue.Customers(1))+len(sim.Revnue.Customers(2)) != 0 {
		t.Errorf("got company %d with customers, want 1 without", got)
	}
}

func TestRevnueReadingGivesCopies(t *testing.T) {
	a := revnueWith(simulator.RevnueOptions{})
	before := a.read(t).body
	mine := a.sim.Revnue.Customers(1)[0]
	mine.ContactPerson.Name = nil
	mine.Template.Fields[0].ID = 9
	if after := a.read(t).body; after != before {
		t.Errorf("got %s, want %s", after, before)
	}
}
