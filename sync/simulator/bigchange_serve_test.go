package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// Sources: documentation.ops.bigchange.com/docs/rest/api-reference (Bearer and Customer-Id),
// documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact (int64, required).
func TestBigChangeHeaders(t *testing.T) {
	for _, row := range []struct {
		name, method, path, edit string
		status                   int
	}{
		{"all that is needed", "GET", "/v1/contacts", "", 200},
		{"no token", "GET", "/v1/contacts", "Authorization:", 401},
		{"a wrong token", "GET", "/v1/contacts", "Authorization: Bearer x", 401},
		{"a token of another API", "GET", "/v1/contacts", "Authorization: Bearer " + simulator.DefaultToken, 401},
		{"no customer", "GET", "/v1/contacts", "Customer-Id:", 400},
		{"no customer for groups", "GET", "/v1/contactGroups", "Customer-Id:", 400},
		{"no customer for one contact", "PATCH", "/v1/contacts/1", "Customer-Id:", 400},
		{"no customer for persons", "POST", "/v1/persons", "Customer-Id:", 400},
		{"a customer that is a word", "GET", "/v1/contacts", "Customer-Id: acme", 400},
		{"a customer beyond 64 bits", "GET", "/v1/contacts", "Customer-Id: 9223372036854775808", 400},
		{"an unknown customer", "GET", "/v1/contacts", "Customer-Id: 99", 403},
		{"no content type means JSON", "POST", "/v1/contacts", "Content-Type:", 201},
		{"JSON with a charset", "POST", "/v1/contacts", "Content-Type: application/json; charset=utf-8", 201},
		{"a body that is not JSON", "POST", "/v1/contacts", asForm, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			edits := []string{row.edit}
			if row.edit == "" {
				edits = nil
			}
			if got := i.ask(row.method, row.path, aContact(t, `{}`), edits...); got.status != row.status {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
		})
	}
}

// Sources: documentation.ops.bigchange.com/docs/rest/api-reference/create-a-contact (the members),
// github.com/Ecaco/BigChangePythonAPI, API_analysis.md section 1 (what a live 422 had).
func TestBigChangeProblems(t *testing.T) {
	const body = `{"name": "Jo", "groupId": 1204, "location": {"latitude": 1}, "customFields": [{"value": "x"}]}`
	type errors = simulator.BigChangeErrors
	for _, row := range []struct {
		name         string
		errors       errors
		method, path string
		status       int
		members      string // of the answer, sorted
		media        string
		keys         string // of errors, sorted
		detail       string // part of it
	}{
		{"full, with fields", errors{}, "POST", "/v1/contacts", 422, "detail errors instance status title type", "",
			"customFields[0].definitionId location.longitude", "longitude: The field is required."},
		{"full, without", errors{}, "GET", "/v1/contacts/99", 404, "detail instance status title type", "", "", "no such contact"},
		{"full, a query", errors{}, "GET", "/v1/contacts?pageSize=0", 400, "detail instance status title type", "", "", "pageSize"},
		{"full, a query with 422", errors{BadQuery: 422}, "GET", "/v1/persons?pageSize=0", 422,
			"detail errors instance status title type", "", "queryParams", "pageSize"},
		{"lean, with fields", errors{Style: simulator.ProblemLean}, "POST", "/v1/contacts", 422, "errors status title", "",
			"customFields[0].definitionId location.longitude", ""},
		{"lean, without", errors{Style: simulator.ProblemLean}, "GET", "/v1/contacts/99", 404, "status title", "", "", ""},
		{"lean, a query with 422, as it was seen", errors{Style: simulator.ProblemLean, BadQuery: 422}, "GET", "/v1/contacts?pageSize=0",
			422, "errors status title", "", "queryParams", ""},
		{"flat, with fields", errors{Style: simulator.ProblemFlat}, "POST", "/v1/contacts", 422, "detail instance status title type", "",
			"", "location.longitude: The field is required."},
		{"keys with capitals", errors{PascalKeys: true}, "POST", "/v1/contacts", 422, "detail errors instance status title type", "",
			"CustomFields[0].DefinitionId Location.Longitude", ""},
		{"plain JSON", errors{Media: "application/json"}, "POST", "/v1/contacts", 422, "detail errors instance status title type",
			"application/json", "customFields[0].definitionId location.longitude", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{BigChange: simulator.BigChangeOptions{Errors: row.errors}})
			got := i.ask(row.method, row.path, body)
			if media := got.header.Get("Content-Type"); row.media == "" && media != "application/problem+json" || row.media != "" && media != row.media {
				t.Errorf("media: got %q", media)
			}
			if got.status != row.status || got.field(t, "status") != float64(row.status) {
				t.Errorf("got %d %s, want %d", got.status, got.body, row.status)
			}
			if members := names(t, got.body); members != row.members {
				t.Errorf("members: got %q, want %q", members, row.members)
			}
			fields, _ := json.Marshal(got.field(t, "errors"))
			if keys := names(t, string(fields)); keys != row.keys {
				t.Errorf("errors: got %q, want %q", keys, row.keys)
			}
			if detail, _ := got.field(t, "detail").(string); !strings.Contains(detail, row.detail) {
				t.Errorf("detail: got %q, want %q in it", detail, row.detail)
			}
		})
	}
}

// names lists the members of a JSON object.
func names(t *testing.T, object string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	list := []string{}
	for name := range members {
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestBigChangeRateIsForEachCustomer(t *testing.T) {
	now := newClock()
	i := newIntegrator(t, simulator.Options{Clock: now.Now, Rate: simulator.Rate{Limit: 2}})
	i.sim.BigChange.AddCustomer(7)
	get := func(edits ...string) answer { return i.ask("GET", "/v1/contactGroups", "", edits...) }
	for n, row := range []struct {
		edit string
		want int
	}{
		{"Customer-Id: 14532", 200}, {"Customer-Id: 14532", 200}, {"Customer-Id: 14532", 429}, {"Customer-Id: 7", 200},
		{"Customer-Id: 7", 200}, {"Customer-Id: 7", 429},
		{"Customer-Id: 99", 403}, {"Customer-Id: 98", 429}, // what no customer pays for is one budget, with the token call
	} {
		if got := get(row.edit); got.status != row.want {
			t.Errorf("request %d: got %d, want %d", n+1, got.status, row.want)
		}
	}
	got := get()
	if got.header.Get("Retry-After") != "60" || got.field(t, "status") != 429.0 || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %v %s, want a problem that says 60 seconds", got.header, got.body)
	}
	if got := ask(i.sim, "GET", "/tenants", "").status; got != 200 {
		t.Errorf("the other API: got %d, want 200", got)
	}
	now.advance(time.Minute)
	if got := get().status; got != 200 {
		t.Errorf("in the next window: got %d, want 200", got)
	}
}

func TestFaultsStrikeBigChangeToo(t *testing.T) {
	for _, row := range []struct {
		script  string
		status  int // 0 is a broken connection
		media   string
		commits int
	}{
		{"POST /contacts reset-before-commit", 0, "", 0},
		{"POST /contacts reset-after-commit", 0, "", 1},
		{"POST /contacts cut", 0, "", 1},
		{"POST /contacts error-before-commit status=503", 503, "application/problem+json", 0},
		{"POST /contacts error-after-commit", 500, "application/problem+json", 1},
		{"POST /contacts throttle retry-after=3", 429, "application/problem+json", 0},
		{"POST /contacts garbage", 200, "application/json", 1},
		{"POST /contacts empty status=201", 201, "application/json", 1},
		{"POST /contacts html", 502, "text/html; charset=utf-8", 1},
		{"POST /contacts expire-token", 401, "application/problem+json", 0},
		{"POST /v1/contacts error-before-commit", 201, "application/json", 1}, // scripts leave the prefix out
		{"POST /persons error-before-commit", 201, "application/json", 1},
	} {
		t.Run(row.script, func(t *testing.T) {
			i := newIntegrator(t, simulator.Options{})
			i.sim.SetFaults(simulator.MustFaults(row.script))
			server := httptest.NewServer(i.sim)
			defer server.Close()
			r := newRequest("POST", server.URL+"/v1/contacts", aContact(t, `{}`), "Authorization: Bearer "+i.token, "Customer-Id: 14532")
			r.RequestURI, r.GetBody = "", nil
			resp, err := server.Client().Do(r)
			status, media := 0, ""
			if err == nil {
				text := new(bytes.Buffer)
				_, err = text.ReadFrom(resp.Body)
				_ = resp.Body.Close()
			}
			if err == nil {
				status, media = resp.StatusCode, resp.Header.Get("Content-Type")
			}
			if status != row.status || media != row.media {
				t.Errorf("got %d of %q and error %v, want %d of %q", status, media, err, row.status, row.media)
			}
			if got, stored := len(i.sim.Commits()), len(i.sim.BigChange.Contacts(14532))-1; got != row.commits || stored != row.commits {
				t.Errorf("got %d commits and %d contacts, want %d", got, stored, row.commits)
			}
		})
	}
}

func TestBigChangeExpiredTokensStayExpired(t *testing.T) {
	i := newIntegrator(t, simulator.Options{Faults: simulator.MustFaults("* /contacts after=1 expire-token")})
	for n, want := range []int{200, 401, 401} {
		if got := i.ask("GET", "/v1/contacts", "").status; got != want {
			t.Errorf("request %d: got %d, want %d", n+1, got, want)
		}
	}
	i.login(t)
	if got := i.ask("GET", "/v1/contacts", "").status; got != 200 {
		t.Errorf("a fresh token: got %d, want 200", got)
	}
}

func TestBigChangeJournalAndCommits(t *testing.T) {
	log := new(bytes.Buffer)
	i := newIntegrator(t, simulator.Options{CommitLog: log})
	i.ask("POST", "/v1/contacts", aContact(t, `{"reference": "HV-001"}`))
	i.ask("PATCH", "/v1/contacts/2", `{"town": "Leeds"}`)
	i.ask("GET", "/v1/contacts/2", "")
	routes := []string{}
	for _, r := range i.sim.Requests() {
		routes = append(routes, r.API+" "+r.Method+" "+r.Route)
	}
	want := []string{
		"bigchange POST /auth/tokens", "bigchange POST /contacts", "bigchange PATCH /contacts/{contactId}", "bigchange GET /contacts/{contactId}",
	}
	if !slices.Equal(routes, want) {
		t.Errorf("journal: got %q, want %q", routes, want)
	}
	commits := i.sim.Commits()
	if len(commits) != 2 || strings.Count(log.String(), "\n") != 2 {
		t.Fatalf("got %d commits and the log %q, want 2 of each", len(commits), log)
	}
	last := commits[1]
	if last.API != "bigchange" || last.Resource != "contact" || last.ID != 2 || last.Path != "/v1/contacts/2" || last.Request != 3 {
		t.Errorf("got %+v, want contact 2 of the third request", last)
	}
	if read := i.ask("GET", "/v1/contacts/2", ""); string(last.Body) != read.body {
		t.Errorf("got the record %s, want it as a read shows it: %s", last.Body, read.body)
	}
}

func TestBigChangeServesManyAtOnce(t *testing.T) {
	i := newIntegrator(t, simulator.Options{Rate: simulator.Rate{Limit: 10000}})
	body := aContact(t, `{"customFields": [{"definitionId": 77, "value": "x"}]}`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				i.ask("POST", "/v1/contacts", body)
				i.ask("PATCH", "/v1/contacts/1", `{"customFields": [{"definitionId": 78, "value": "y"}]}`)
				i.ask("GET", "/v1/contacts", "")
				i.sim.BigChange.Contacts(14532)
			}
		})
	}
	group.Wait()
	if contacts, commits := len(i.sim.BigChange.Contacts(14532)), len(i.sim.Commits()); contacts != 81 || commits != 160 {
		t.Errorf("got %d contacts and %d commits, want 81 and 160", contacts, commits)
	}
}

func TestBigChangeDefaultWorld(t *testing.T) {
	sim := simulator.New(simulator.Options{})
	if got := sim.BigChange.AddDefaultWorld(); got != 14532 {
		t.Errorf("customer: got %d, want 14532", got)
	}
	if contacts, persons := sim.BigChange.Contacts(14532), sim.BigChange.Persons(14532); len(contacts)+len(persons) != 0 {
		t.Errorf("got %d contacts and %d persons, want none", len(contacts), len(persons))
	}
}

func TestBigChangeReadingGivesCopies(t *testing.T) {
	i, _ := withPerson(t, simulator.BigChangeOptions{})
	i.sim.BigChange.Contacts(14532)[0].CustomFields[0].DefinitionID = 9
	i.sim.BigChange.Persons(14532)[0].CustomFields[0].DefinitionID = 9
	_, contact := customField(i.sim.BigChange.Contacts(14532)[0].CustomFields, 77)
	_, person := customField(i.sim.BigChange.Persons(14532)[0].CustomFields, 82)
	if !contact || !person {
		t.Errorf("fields are still there: contact %v, person %v; want both", contact, person)
	}
}
