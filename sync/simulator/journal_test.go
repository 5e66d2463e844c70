package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// syncedLog is a commit log that counts how often it is synced and may fail.
type syncedLog struct {
	bytes.Buffer
	syncs int
	err   error
}

func (l *syncedLog) Sync() error {
	l.syncs++
	return l.err
}

func TestCommitLog(t *testing.T) {
	log := &syncedLog{}
	sim := newWorld(simulator.Options{
		Clock: aMoment, CommitLog: log, Faults: simulator.MustFaults("PATCH /customers/*/contacts/* error-after-commit"),
	})
	ask(sim, "POST", contactsPath+"/", `{"name": "<Jo>"}`, "X-Request-Id: "+someUUID)
	ask(sim, "POST", contactsPath, `{"name": ""}`)
	ask(sim, "PATCH", contactsPath+"/1", `{"fax": "5550100"}`)
	ask(sim, "PATCH", "/customers/1", `{"name": "New"}`)
	ask(sim, "GET", "/customers/1", "")

	type line struct{ Method, Path, Resource, Request, Fault string }
	want := []line{
		{"POST", contactsPath + "/", "contact", someUUID, ""},
		{"PATCH", contactsPath + "/1", "contact", "00000000-0000-4000-8000-000000000003", "error-after-commit"},
		{"PATCH", "/customers/1", "customer", "00000000-0000-4000-8000-000000000004", ""},
	}
	commits := sim.Commits()
	if len(commits) != len(want) {
		t.Fatalf("got %d commits, want %d", len(commits), len(want))
	}
	for i, c := range commits {
		if got := (line{c.Method, c.Path, c.Resource, c.RequestID, c.Fault}); got != want[i] {
			t.Errorf("commit %d: got %v, want %v", i+1, got, want[i])
		}
		if c.Seq != i+1 || c.API != "cro" || c.ID != 1 || !c.Time.Equal(aMoment()) {
			t.Errorf("commit %d: got seq %d, API %q, id %d, time %s", i+1, c.Seq, c.API, c.ID, c.Time)
		}
	}
	if got := string(commits[1].Body); !strings.Contains(got, `"fax":"5550100"`) || !strings.Contains(got, "Jo") {
		t.Errorf("the second commit holds %s, want the whole record as stored", got)
	}
	checkLines(t, log, commits)
}

// checkLines compares the written log with the commits.
func checkLines(t *testing.T, log *syncedLog, commits []simulator.Commit) {
	t.Helper()
	if log.syncs != len(commits) {
		t.Errorf("synced %d times, want %d", log.syncs, len(commits))
	}
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	for i, text := range lines {
		var read simulator.Commit
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		got, _ := json.Marshal(read)
		want, _ := json.Marshal(commits[i])
		if !bytes.Equal(got, want) {
			t.Errorf("line %d: got %s, want %s", i+1, got, want)
		}
	}
	if len(lines) != len(commits) {
		t.Errorf("got %d lines, want %d", len(lines), len(commits))
	}
}

func TestCommitLogThatFails(t *testing.T) {
	log := &syncedLog{err: errors.New("disk full")}
	sim := newWorld(simulator.Options{CommitLog: log})
	ask(sim, "POST", contactsPath, `{}`)
	ask(sim, "POST", contactsPath, `{}`)
	if err := sim.LogError(); !errors.Is(err, log.err) {
		t.Errorf("got %v, want %v", err, log.err)
	}
	if log.syncs != 1 || len(sim.Commits()) != 2 {
		t.Errorf("got %d lines tried and %d commits, want 1 and 2", log.syncs, len(sim.Commits()))
	}
	if err := newWorld(simulator.Options{}).LogError(); err != nil {
		t.Errorf("without a log: got %v, want nil", err)
	}
}

func TestRequests(t *testing.T) {
	sim := newWorld(simulator.Options{Clock: aMoment})
	ask(sim, "POST", contactsPath, `{"name": "Jo"}`, "X-Api-Version: 2023/04/19")
	ask(sim, "GET", "/customers?page_limit=5", "")
	ask(sim, "GET", "/nowhere", "")
	got := sim.Requests()
	if len(got) != 3 {
		t.Fatalf("got %d requests, want 3", len(got))
	}
	if r := got[0]; r.Seq != 1 || r.API != "cro" || r.Route != "/customers/{customer_id}/contacts" || string(r.Body) != `{"name": "Jo"}` ||
		r.Header.Get("X-Api-Version") != "2023/04/19" || r.Status != 200 || !r.Time.Equal(aMoment()) {
		t.Errorf("first: got %+v", r)
	}
	if r := got[1]; r.Query != "page_limit=5" || r.Path != "/customers" {
		t.Errorf("second: got %+v", r)
	}
	if r := got[2]; r.Route != "" || r.Status != 404 {
		t.Errorf("third: got %+v", r)
	}
}

func TestTally(t *testing.T) {
	sim := newWorld(simulator.Options{})
	ask(sim, "GET", contactsPath, "")
	ask(sim, "GET", contactsPath+"/", "")
	ask(sim, "POST", contactsPath, `{"name": ""}`)
	ask(sim, "POST", "/oauth2/token", "")
	ask(sim, "GET", "/nowhere", "")
	got := sim.Tally()
	routes := map[string]int{
		"GET /customers/{customer_id}/contacts": 2, "POST /customers/{customer_id}/contacts": 1, "POST /oauth2/token": 1, "GET ?": 1,
	}
	if !maps.Equal(got.Routes, routes) {
		t.Errorf("routes: got %v, want %v", got.Routes, routes)
	}
	if want := map[int]int{200: 2, 400: 2, 404: 1}; !maps.Equal(got.Statuses, want) {
		t.Errorf("statuses: got %v, want %v", got.Statuses, want)
	}
	if got.Writes != 1 {
		t.Errorf("writes: got %d, want 1", got.Writes)
	}
	ask(sim, "POST", contactsPath, `{}`)
	sim.ForgetRequests()
	if got := sim.Tally(); len(got.Routes) != 0 || len(sim.Commits()) != 1 {
		t.Errorf("after forgetting: got %v and %d commits, want nothing and 1", got.Routes, len(sim.Commits()))
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	log := &syncedLog{}
	sim := newWorld(simulator.Options{CommitLog: log, Faults: simulator.MustFaults("POST * every=7 error-after-commit")})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 25 {
				ask(sim, "POST", contactsPath, `{"name": "Jo"}`)
				ask(sim, "GET", contactsPath, "")
				_ = sim.Tally()
			}
		})
	}
	group.Wait()
	commits := sim.Commits()
	if len(commits) != 200 || len(sim.CRO.Contacts(1)) != 200 {
		t.Fatalf("got %d commits and %d contacts, want 200", len(commits), len(sim.CRO.Contacts(1)))
	}
	for i, c := range commits {
		if c.ID != int64(i+1) {
			t.Fatalf("commit %d has id %d: the log is not in the order of the work", i+1, c.ID)
		}
	}
	if got := sim.Tally().Statuses[500]; got != 28 {
		t.Errorf("got %d errors, want one in seven of 200", got)
	}
	checkLines(t, log, commits)
}

func TestBodiesAreBounded(t *testing.T) {
	sim := newWorld(simulator.Options{})
	got := ask(sim, "POST", contactsPath, `{"name": "`+strings.Repeat("x", 1<<20)+`"}`)
	if got.status != 400 || len(sim.Requests()) != 0 {
		t.Errorf("got %d and %d requests in the journal, want 400 and none", got.status, len(sim.Requests()))
	}
}
