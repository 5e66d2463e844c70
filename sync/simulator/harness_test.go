package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// aMoment is where the clocks of the tests begin: on the full minute.
func aMoment() time.Time { return time.Date(2024, 5, 6, 7, 8, 0, 0, time.UTC) }

// clock is a clock that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: aMoment()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newWorld makes a server with tenant 1 and customer 1.
func newWorld(options simulator.Options) *simulator.Simulator {
	sim := simulator.New(options)
	tenant := sim.CRO.AddTenant(simulator.Tenant{Name: "Acme"})
	sim.CRO.AddCustomer(tenant, simulator.Customer{Name: "First"})
	return sim
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

// field reads one member of the answer's JSON object; nil if it is null or not there.
func (a answer) field(t *testing.T, name string) any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal([]byte(a.body), &members); err != nil {
		t.Fatalf("answer %d is no JSON object: %v\n%s", a.status, err, a.body)
	}
	return members[name]
}

// newRequest makes a sound request of tenant 1's dispatcher. Edits are "Header: value" lines; an empty value removes the
// header.
func newRequest(method, url, body string, edits ...string) *http.Request {
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+simulator.DefaultToken)
	r.Header.Set("X-Tenant-Id", "1")
	r.Header.Set("Content-Type", "application/json")
	for _, edit := range edits {
		name, value, _ := strings.Cut(edit, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(strings.TrimSuffix(name, ":"))
		}
	}
	return r
}

// ask sends a request straight to the handler.
func ask(h http.Handler, method, url, body string, edits ...string) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, newRequest(method, url, body, edits...))
	return answer{w.Code, w.Header(), w.Body.String()}
}

// dial sends a request over a connection of its own and reads the whole answer.
func dial(t *testing.T, server *httptest.Server, method, path, body string) (answer, error) {
	t.Helper()
	r := newRequest(method, path, body)
	r.RequestURI = ""
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
	r.GetBody = nil
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text)}, err
}
