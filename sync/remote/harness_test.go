package remote_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// depot is an invented API with what CRO lacks: account settings in body and query, pages with a count, records at the top
// level, errors as a map, and an id that is text.
const depot = `
openapi: 3.1.0
info: { title: Depot, version: '1' }
servers: [{ url: https://depot.test/v1 }]
x-rollcall:
  version: 1
  name: depot
  title: Depot
  account:
    company: { in: body, param: company, type: integer, required: true }
    label: { in: body, param: 'the "label"', except: [replaceSite] }
    region: { in: query, param: region, except: [showSite] }
    desk: { in: header, param: X-Desk, except: [findSites] }
  auth: { methods: [api_key], api_key_header: X-Depot-Key }
  errors: { message: [detail, title], map: errors }
  slash: { read: true }
  resources:
    site:
      create: addSite
      update: replaceSite
      get: showSite
      id: { field: data.id, param: site }
      list: { operation: findSites, items: data.items, count: data.n, total: data.all, page_param: page, size_param: size, size: 3 }
paths:
  /sites:
    get:
      operationId: findSites
      parameters: [{ name: page, in: query, schema: { type: integer } }, { name: size, in: query, schema: { type: integer } }]
      responses: { '200': { description: Sites. } }
    post:
      operationId: addSite
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Site' } } } }
      responses: { '201': { description: Done. } }
  /sites/{site}:
    parameters: [{ name: site, in: path, required: true, schema: { type: string } }]
    get: { operationId: showSite, responses: { '200': { description: A site. } } }
    put:
      operationId: replaceSite
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Site' } } } }
      responses: { '200': { description: Done. } }
components:
  schemas:
    Site:
      type: object
      additionalProperties: false
      properties:
        company: { type: integer }
        code: { type: string }
        door: { type: object, additionalProperties: false, properties: { color: { type: string } } }
`

// token is what the tests sign in with. Its characters differ in all the encodings that a token can appear in.
const token = "canary+9f3/Zz=_~key"

// loadCRO and loadDepot read their targets once: nobody writes to them.
var (
	loadCRO   = sync.OnceValues(func() (*model.Target, error) { return model.Load("cro") })
	loadDepot = sync.OnceValues(func() (*model.Target, error) { return model.Parse("depot.yaml", []byte(depot)) })
)

// optionsFor lead to the first resource of a target, without any limit and with little patience.
func optionsFor(t testing.TB, load func() (*model.Target, error), base string) remote.Options {
	t.Helper()
	loaded, err := load()
	if err != nil {
		t.Fatal(err)
	}
	target := *loaded
	return remote.Options{
		Target: &target, Resource: target.Resources[0], BaseURL: base, Slash: target.Slash,
		Auth: remote.Credentials{Token: remote.NewSecret(token)}, Patience: time.Millisecond, Workers: 8,
		Pacer: pace.New(pace.NewWindow(pace.Limit{})),
	}
}

// croOptions lead to a CRO server at base.
func croOptions(t testing.TB, base string) remote.Options {
	t.Helper()
	opts := optionsFor(t, loadCRO, base)
	opts.Account = map[string]string{"tenant_id": "1"}
	opts.Headers = map[string]string{"x-api-version": "2023/04/19"}
	return opts
}

// depotOptions lead to a Depot server at base.
func depotOptions(t testing.TB, base string) remote.Options {
	t.Helper()
	opts := optionsFor(t, loadDepot, base)
	opts.Account = map[string]string{"company": "7"}
	return opts
}

// newClient is a client that is closed with the test.
func newClient(t testing.TB, opts remote.Options) *remote.Client {
	t.Helper()
	client, err := remote.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// recordOf is a record of opts' resource with the given texts, pairs of a field and its value.
func recordOf(t testing.TB, opts remote.Options, pairs ...string) model.Record {
	t.Helper()
	m := opts.Resource.Model
	r := m.NewRecord()
	for i := 0; i < len(pairs); i += 2 {
		at := m.Index(pairs[i])
		if at < 0 {
			t.Fatalf("the model has no field %s", pairs[i])
		}
		r[at] = model.Value{Kind: m.Fields[at].Kind, Text: pairs[i+1]}
	}
	return r
}

// createOf is a create of a CRO contact below customer 1.
func createOf(t testing.TB, opts remote.Options) *plan.Change {
	return &plan.Change{Action: plan.Create, Record: recordOf(t, opts, "customer_id", "1", "name", "Ida")}
}

// updateOf is an update of CRO contact 5 below customer 1.
func updateOf(t testing.TB, opts remote.Options) *plan.Change {
	return &plan.Change{Action: plan.Update, ID: "5", Record: recordOf(t, opts, "customer_id", "1", "name", "Ida")}
}

// customer is a parent to list contacts below.
func customer(t testing.TB, opts remote.Options) model.Record {
	return recordOf(t, opts, "customer_id", "1")
}

// request is what a server saw.
type request struct {
	method, path, query, body string
	header                    http.Header
}

// api is a server that remembers what it saw.
type api struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

// seen is every request so far.
func (a *api) seen() []request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]request(nil), a.requests...)
}

// newAPI is a server that is not started yet.
func newAPI(t testing.TB, answer http.HandlerFunc) *api {
	a := &api{}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.requests = append(a.requests, request{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header.Clone()})
		a.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

// serve is a server with the given answer.
func serve(t testing.TB, answer http.HandlerFunc) *api {
	a := newAPI(t, answer)
	a.Start()
	return a
}

// always answers every request alike. Headers are pairs of a name and a value.
func always(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// inTurn answers the n-th request with the n-th handler, and all that follow with the last.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[min(n, len(answers)-1)]
		n++
		mu.Unlock()
		answer(w, r)
	}
}

// rawAPI is a server that reads whole requests and answers them as no proper server would.
type rawAPI struct {
	URL      string
	mu       sync.Mutex
	requests int
}

// seen is how many requests were read.
func (a *rawAPI) seen() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests
}

// serveRaw calls answer for every request, with its number from 1. The connection stays open while answer returns true.
func serveRaw(t testing.TB, answer func(conn *net.TCPConn, n int) bool) *rawAPI {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &rawAPI{URL: "http://" + listener.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { a.converse(conn.(*net.TCPConn), answer) })
		}
	})
	// The client closes its connections first: cleanups run last in, first out.
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	return a
}

// converse answers the requests of one connection.
func (a *rawAPI) converse(conn *net.TCPConn, answer func(*net.TCPConn, int) bool) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		a.mu.Lock()
		a.requests++
		n := a.requests
		a.mu.Unlock()
		if !answer(conn, n) {
			return
		}
	}
}

// says writes text to the connection.
func says(conn *net.TCPConn, text string) { _, _ = io.WriteString(conn, text) }

// resets drops the connection without a word: the peer sees a reset.
func resets(conn *net.TCPConn) { _ = conn.SetLinger(0) }

// newCRO is a simulated CRO with tenant 1 and its customers 1 to 12, that accepts the token.
func newCRO(t testing.TB, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	sim := simulator.New(options)
	sim.CRO.AddDefaultWorld()
	sim.CRO.AddToken(simulator.Token{Value: token})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, server.URL
}

// verdictName is the word for a verdict, for messages.
func verdictName(v push.Verdict) string {
	return map[push.Verdict]string{
		push.Unclear: "unclear", push.Accepted: "accepted", push.NotSent: "not sent", push.Throttled: "throttled",
		push.Refused: "refused", push.Forbidden: "forbidden", push.Unauthorized: "unauthorized", push.Expired: "expired", push.Misdirected: "misdirected",
	}[v]
}
