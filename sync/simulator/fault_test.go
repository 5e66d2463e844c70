package simulator_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// serve runs a world with a fault script on a real server.
func serve(t *testing.T, script string) (*simulator.Simulator, *httptest.Server) {
	t.Helper()
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults(script)})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, server
}

// isJSON says whether a text can be read as JSON.
func isJSON(text string) bool { return json.Valid([]byte(text)) }

func TestFaultsThatBreakTheConnection(t *testing.T) {
	for _, row := range []struct {
		script  string
		want    error
		commits int
	}{
		{"POST * reset-before-commit", syscall.ECONNRESET, 0},
		{"POST * reset-after-commit", syscall.ECONNRESET, 1},
		{"POST * cut", io.ErrUnexpectedEOF, 1},
	} {
		t.Run(row.script, func(t *testing.T) {
			sim, server := serve(t, row.script)
			got, err := dial(t, server, "POST", contactsPath, `{"name": "Jo"}`)
			if !errors.Is(err, row.want) {
				t.Errorf("got %d %q and error %v, want %v", got.status, got.body, err, row.want)
			}
			if commits := sim.Commits(); len(commits) != row.commits {
				t.Errorf("got %d commits, want %d", len(commits), row.commits)
			}
			if got, want := len(sim.CRO.Contacts(1)), row.commits; got != want {
				t.Errorf("got %d contacts, want %d", got, want)
			}
		})
	}
}

func TestCutSendsHalfTheBody(t *testing.T) {
	_, server := serve(t, "POST * cut")
	got, err := dial(t, server, "POST", contactsPath, `{"name": "Jo"}`)
	if err == nil || got.status != 200 || len(got.body) < 50 || isJSON(got.body) {
		t.Errorf("got %d %q and %v, want 200, half a body and an error", got.status, got.body, err)
	}
}

func TestFaultsThatAnswer(t *testing.T) {
	for _, row := range []struct {
		script  string
		status  int
		kind    string // of the content
		json    bool
		commits int
	}{
		{"POST * error-before-commit", 500, "application/json", true, 0},
		{"POST * error-before-commit status=404", 404, "application/json", true, 0},
		{"POST * error-after-commit", 500, "application/json", true, 1},
		{"POST * error-after-commit status=503", 503, "application/json", true, 1},
		{"POST * garbage", 200, "application/json", false, 1},
		{"POST * garbage status=201", 201, "application/json", false, 1},
		{"POST * empty", 200, "application/json", false, 1},
		{"POST * empty status=204", 204, "application/json", false, 1},
		{"POST * html", 502, "text/html; charset=utf-8", false, 1},
		{"POST * html status=504 when=before", 504, "text/html; charset=utf-8", false, 0},
		{"POST * throttle", 429, "application/json", true, 0},
		{"POST * redirect to=/elsewhere", 307, "", false, 0},
		{"POST * redirect to=/elsewhere status=301", 301, "", false, 0},
		{"POST * redirect to=/elsewhere status=302", 302, "", false, 0},
		{"POST * redirect to=/elsewhere status=308", 308, "", false, 0},
		{"POST * expire-token", 401, "application/json", true, 0},
		{"POST * slow per-byte=10us", 200, "application/json", true, 1},
		{"GET * error-before-commit", 200, "application/json", true, 1}, // a line for another method
	} {
		t.Run(row.script, func(t *testing.T) {
			sim, server := serve(t, row.script)
			got, err := dial(t, server, "POST", contactsPath, `{"name": "Jo"}`)
			if err != nil {
				t.Fatal(err)
			}
			if got.status != row.status || got.header.Get("Content-Type") != row.kind || isJSON(got.body) != row.json {
				t.Errorf("got %d, %q, body %q; want %d, %q, JSON: %v", got.status, got.header, got.body, row.status, row.kind, row.json)
			}
			if commits := len(sim.Commits()); commits != row.commits || commits != len(sim.CRO.Contacts(1)) {
				t.Errorf("got %d commits and %d contacts, want %d", commits, len(sim.CRO.Contacts(1)), row.commits)
			}
			if got := sim.Requests()[0].Status; got != row.status {
				t.Errorf("journal: got %d, want %d", got, row.status)
			}
		})
	}
}

func TestThrottleForms(t *testing.T) {
	for form, want := range map[string]string{
		"0": "0", "7": "7", "99999999": "99999999", "absurd": "94608000", "words": "in a little while", "none": "",
		"date": "Mon, 06 May 2024 07:08:02 GMT",
		"past": "Mon, 06 May 2024 06:08:00 GMT",
	} {
		sim := newWorld(simulator.Options{Clock: aMoment, Faults: simulator.MustFaults("* throttle retry-after=" + form)})
		got := ask(sim, "GET", "/customers", "")
		if got.status != 429 || got.header.Get("Retry-After") != want {
			t.Errorf("%s: got %d with %q, want 429 with %q", form, got.status, got.header.Get("Retry-After"), want)
		}
	}
}

func TestRedirectNamesItsPlace(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults("* redirect to=http://127.0.0.1:9/x?y=z")})
	if got, want := ask(sim, "GET", "/customers", "").header.Get("Location"), "http://127.0.0.1:9/x?y=z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDelays(t *testing.T) {
	for script, beforeWork := range map[string]bool{"POST * delay=60ms": true, "POST * delay=60ms when=after": false} {
		t.Run(script, func(t *testing.T) {
			sim, server := serve(t, script)
			got, err := dial(t, server, "POST", contactsPath, `{}`)
			answered := time.Now()
			if err != nil || got.status != 200 {
				t.Fatalf("got %d, %v; want 200", got.status, err)
			}
			asked, committed := sim.Requests()[0].Time, sim.Commits()[0].Time
			wait := answered.Sub(committed)
			if beforeWork {
				wait = committed.Sub(asked)
			}
			if wait < 60*time.Millisecond {
				t.Errorf("asked %s, committed %s, answered %s: the delay is in the wrong place", asked, committed, answered)
			}
		})
	}
}

func TestADelayedRequestIsDoneWithoutItsClient(t *testing.T) {
	sim, server := serve(t, "POST * delay=50ms")
	client := &http.Client{Timeout: 5 * time.Millisecond}
	r, _ := http.NewRequest("POST", server.URL+contactsPath, strings.NewReader(`{}`))
	r.Header.Set("Authorization", "Bearer "+simulator.DefaultToken)
	r.Header.Set("X-Tenant-Id", "1")
	if _, err := client.Do(r); err == nil {
		t.Fatal("the client did not give up")
	}
	server.Close() // waits for the handler
	if got := len(sim.Commits()); got != 1 {
		t.Errorf("got %d commits, want the late one", got)
	}
}

func TestExpiredTokensStayExpired(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults("* after=2 expire-token")})
	for i, want := range []int{200, 200, 401, 401} {
		if got := ask(sim, "GET", "/customers", "").status; got != want {
			t.Errorf("request %d: got %d, want %d", i+1, got, want)
		}
	}
	sim.CRO.AddToken(simulator.Token{Value: "fresh"})
	if got := ask(sim, "GET", "/customers", "", "Authorization: Bearer fresh").status; got != 200 {
		t.Errorf("a fresh token: got %d, want 200, for the fault fires once", got)
	}
}

// struck returns the numbers of the requests, of n, that a script struck.
func struck(t *testing.T, script string, n int) []int {
	t.Helper()
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults(script)})
	list := []int{}
	for i := range n {
		if ask(sim, "GET", "/customers/1", "").status == 500 {
			list = append(list, i+1)
		}
	}
	return list
}

func TestSelectors(t *testing.T) {
	for _, row := range []struct {
		selectors string
		want      []int
	}{
		{"GET *", []int{1, 2, 3, 4, 5, 6}},
		{"GET * nth=3", []int{3}},
		{"GET * every=2", []int{2, 4, 6}},
		{"GET * after=4", []int{5, 6}},
		{"GET * until=2", []int{1, 2}},
		{"GET * after=2 until=4", []int{3, 4}},
		{"GET * after=2 every=3", []int{3, 6}},
		{"GET * count=2", []int{1, 2}},
		{"GET * every=2 count=2", []int{2, 4}},
		{"GET * p=1", []int{1, 2, 3, 4, 5, 6}},
		{"GET /customers/* nth=1", []int{1}},
		{"GET /customers/1 nth=1", []int{1}},
		{"GET /** nth=1", []int{1}},
		{"GET nth=1", []int{1}},
		{"GET /customers", []int{}},
		{"GET /*", []int{}},
		{"GET /customers/*/contacts", []int{}},
		{"PATCH *", []int{}},
	} {
		if got := struck(t, row.selectors+" error-before-commit", 6); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %v, want %v", row.selectors, got, row.want)
		}
	}
}

func TestChanceIsRepeatable(t *testing.T) {
	first := struck(t, "GET * p=0.3 seed=7 error-before-commit", 200)
	if again := struck(t, "GET * p=0.3 seed=7 error-before-commit", 200); !slices.Equal(first, again) {
		t.Errorf("one seed, two outcomes:\n%v\n%v", first, again)
	}
	if len(first) < 40 || len(first) > 80 {
		t.Errorf("got %d of 200, want about 60", len(first))
	}
	if other := struck(t, "GET * p=0.3 seed=8 error-before-commit", 200); slices.Equal(first, other) {
		t.Error("two seeds, one outcome")
	}
}

func TestPathsAreComparedWithoutPrefixAndSlash(t *testing.T) {
	sim := newWorld(simulator.Options{
		CRO: simulator.CROOptions{Prefix: "/v0"}, Faults: simulator.MustFaults("GET /customers/*/contacts error-before-commit"),
	})
	if got := ask(sim, "GET", "/v0/customers/1/contacts/", "").status; got != 500 {
		t.Errorf("got %d, want 500", got)
	}
}

func TestTheFirstOfSeveralFaultsWins(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults(`
		POST * nth=1 error-after-commit status=503
		POST * count=1 garbage
		POST * nth=1 delay=1ms
	`)})
	if got := ask(sim, "POST", contactsPath, `{}`).status; got != 503 {
		t.Errorf("first: got %d, want 503", got)
	}
	if got, want := sim.Requests()[0].Fault, "error-after-commit,delay"; got != want {
		t.Errorf("journal: got %q, want %q", got, want)
	}
	if got := ask(sim, "POST", contactsPath, `{}`); got.status != 200 || isJSON(got.body) {
		t.Errorf("second: got %d %q, want the garbage that lost before", got.status, got.body)
	}
	if got := ask(sim, "POST", contactsPath, `{}`); got.status != 200 || !isJSON(got.body) {
		t.Errorf("third: got %d %q, want a sound answer", got.status, got.body)
	}
}

func TestSetFaultsStartsAnew(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults("* error-before-commit")})
	if got := ask(sim, "GET", "/tenants", "").status; got != 500 {
		t.Errorf("before: got %d, want 500", got)
	}
	sim.SetFaults(nil)
	if got := ask(sim, "GET", "/tenants", "").status; got != 200 {
		t.Errorf("after: got %d, want 200", got)
	}
}

func TestResetUnderTLS(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults("POST * reset-after-commit")})
	server := httptest.NewTLSServer(sim)
	defer server.Close()
	r := newRequest("POST", server.URL+contactsPath, `{}`)
	r.RequestURI = ""
	if _, err := server.Client().Do(r); !errors.Is(err, syscall.ECONNRESET) || len(sim.Commits()) != 1 {
		t.Errorf("got %v and %d commits, want a reset and 1", err, len(sim.Commits()))
	}
}

func TestResetWithoutAConnectionAborts(t *testing.T) {
	sim := newWorld(simulator.Options{Faults: simulator.MustFaults("* reset-after-commit")})
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("got panic %v, want http.ErrAbortHandler", got)
		}
		if got := sim.Requests()[0].Status; got != 0 {
			t.Errorf("journal: got %d, want 0", got)
		}
	}()
	ask(sim, "POST", contactsPath, `{}`)
}
