package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is one line of the journal: a request as it arrived and what became of it.
type Request struct {
	// Seq counts requests from 1, in the order of arrival.
	Seq int
	// Time is when the request was complete.
	Time time.Time
	// API names the API that was asked: cro, bigchange or revnue.
	API    string
	Method string
	// Path is the path as sent, still escaped; Query is the raw query.
	Path, Query string
	// Route is the pattern that the path matched, such as /customers/{customer_id}/contacts; empty if none did.
	Route  string
	Header http.Header
	Body   []byte
	// Status is the answer's status, or 0 if the connection was dropped without an answer or the answer is not ready.
	Status int
	// Fault names the faults that were applied, separated by commas; empty if none.
	Fault string
}

// Commit is one line of the commit log: a write that the server has stored.
type Commit struct {
	// Seq counts commits from 1, in the order in which they took effect.
	Seq  int       `json:"seq"`
	Time time.Time `json:"time"`
	// API and Resource name the kind of record, such as cro and contact; ID is the record's id there, or its number from
	// 1 where ids are no numbers (a person of bigchange): then the id is in Body.
	API      string `json:"api"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Resource string `json:"resource"`
	ID       int64  `json:"id"`
	// Body is the record after the write, as a read would show it.
	Body json.RawMessage `json:"body"`
	// Request is the Seq of the request, RequestID its x-request-id (made by the server if the client sent none).
	Request   int    `json:"request"`
	RequestID string `json:"request_id"`
	// Fault names the faults that were applied to the request. Empty means that the answer went out whole and at once.
	Fault string `json:"fault,omitempty"`
}

// Tally counts the requests of the journal.
type Tally struct {
	// Routes counts by method and route, such as "POST /customers/{customer_id}/contacts"; a request that no route
	// takes counts as its method and "?".
	Routes map[string]int
	// Statuses counts by status; dropped connections are under 0.
	Statuses map[int]int
	// Writes is the number of requests other than GET, token calls aside.
	Writes int
}

// core is what the APIs share: the lock, the clock, the journal and the commit log.
type core struct {
	mu       sync.Mutex
	now      func() time.Time
	requests []*Request
	seq      int
	commits  []Commit
	log      io.Writer
	logErr   error
}

// time reads the clock from outside the lock.
func (k *core) time() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now()
}

// enter adds a request to the journal.
func (k *core) enter(r *http.Request, body []byte) *Request {
	k.seq++
	request := &Request{
		Seq: k.seq, Time: k.now(), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: body,
	}
	k.requests = append(k.requests, request)
	return request
}

// commit adds a stored write to the commit log.
func (k *core) commit(c *call, resource string, id int64, record any) {
	body, err := json.Marshal(record)
	if err != nil {
		k.logErr = fmt.Errorf("encode %s %d for the commit log: %w", resource, id, err)
		return
	}
	entry := Commit{
		Seq: len(k.commits) + 1, Time: k.now(), API: c.API, Method: c.Method, Path: c.Path, Resource: resource, ID: id,
		Body: body, Request: c.Seq, RequestID: c.requestID, Fault: c.Fault,
	}
	k.commits = append(k.commits, entry)
	if k.log == nil || k.logErr != nil {
		return
	}
	if err := writeLine(k.log, entry); err != nil {
		k.logErr = fmt.Errorf("write the commit log (free space, then start the simulator anew): %w", err)
	}
}

// writeLine appends one line of JSON and makes it durable where the writer can.
func writeLine(w io.Writer, entry Commit) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return err
	}
	if file, ok := w.(interface{ Sync() error }); ok {
		return file.Sync()
	}
	return nil
}

// Commits returns every write that the server has stored, in order.
func (s *Simulator) Commits() []Commit {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	return slices.Clone(s.core.commits)
}

// LogError returns what went wrong with Options.CommitLog, nil if all of it was written. After an error the log gets no
// further line; Commits stays complete.
func (s *Simulator) LogError() error {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	return s.core.logErr
}

// Requests returns the journal: every request since the start or the last ForgetRequests, in order of arrival.
func (s *Simulator) Requests() []Request {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	list := make([]Request, len(s.core.requests))
	for i, r := range s.core.requests {
		list[i] = *r
	}
	return list
}

// ForgetRequests empties the journal, so that a test or a long-lived server can count from here. Commits are kept.
func (s *Simulator) ForgetRequests() {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	s.core.requests = nil
}

// Tally counts the requests of the journal.
func (s *Simulator) Tally() Tally {
	t := Tally{Routes: map[string]int{}, Statuses: map[int]int{}}
	for _, r := range s.Requests() {
		route := r.Route
		if route == "" {
			route = "?"
		}
		t.Routes[r.Method+" "+route]++
		t.Statuses[r.Status]++
		if r.Method != http.MethodGet && r.Route != tokenPath && r.Route != bigchangeTokens {
			t.Writes++
		}
	}
	return t
}

// String lists the counts by route, one a line, sorted.
func (t Tally) String() string {
	text := ""
	for _, route := range slices.Sorted(maps.Keys(t.Routes)) {
		text += fmt.Sprintf("%6d %s\n", t.Routes[route], route)
	}
	return text
}
