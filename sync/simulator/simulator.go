package simulator

import (
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxBody bounds what is read of a request, so that a wrong client cannot fill the memory of a test.
const maxBody = 1 << 20

// Options says how the server behaves. The zero value is a server without limit and without faults that follows the
// documentation, on the wall clock.
type Options struct {
	// Clock gives the time for timestamps, rate windows, token expiry and the Date header; default time.Now. Faults
	// that wait use real time. It is called by one goroutine at a time.
	Clock func() time.Time
	// Rate limits the requests of each API, and within BigChange those of each customer id; the zero value is no limit, but
	// for Revnue, which documents one: see RevnueOptions.
	Rate Rate
	// Faults are the scripted failures, in order; see ParseFaults.
	Faults []Fault
	// CommitLog receives every commit as one line of JSON before its request is answered; default none. A log with a
	// Sync method (a file) is synced after each line, so that it outlives a crash of the server.
	CommitLog io.Writer
	// CRO settles what CRO's documentation leaves open.
	CRO CROOptions
	// BigChange settles what BigChange's documentation leaves open.
	BigChange BigChangeOptions
	// Revnue settles what Revnue's documentation leaves open.
	Revnue RevnueOptions
}

// Simulator is the server. It is safe for concurrent use: requests are carried out one at a time, in the order of the
// commit log.
type Simulator struct {
	// CRO is the CRO Software API.
	CRO *CRO
	// BigChange is the BigChange REST API.
	BigChange *BigChange
	// Revnue is the Revnue API.
	Revnue *Revnue

	core   *core
	faults []*armedFault // guarded by core.mu
	mounts []mount
}

// api is what an API gives to the server. Its methods are called with the core's lock held.
type api interface {
	// owns says whether a path belongs to the API.
	owns(path string) bool
	// locate finds the route of a request; the path it stores is the one that fault scripts compare.
	locate(c *call)
	// serve carries the request out.
	serve(c *call) reply
	// refuse builds an error answer in the API's own shape.
	refuse(status int, detail string) reply
	// expireToken makes the token that the request carries worthless.
	expireToken(c *call)
}

// accounts is what an API adds whose rate limit holds for each account by itself.
type accounts interface {
	// account is the account that a request counts for, 0 for none. It is called with the core's lock held.
	account(c *call) int64
}

// mount is one API with its own rate limit. Mounts are tried in order, so the API at the root comes last.
type mount struct {
	api
	name    string
	limiter *limiter
}

// New makes a server with no records.
func New(options Options) *Simulator {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	shared := &core{now: options.Clock, log: options.CommitLog}
	s := &Simulator{CRO: newCRO(shared, options.CRO), core: shared, faults: arm(options.Faults)}
	s.BigChange = newBigChange(shared, options.BigChange)
	s.Revnue = newRevnue(shared, options.Revnue, options.Rate)
	s.mounts = []mount{
		{api: s.BigChange, name: "bigchange", limiter: &limiter{rate: options.Rate}},
		{api: s.Revnue, name: "revnue", limiter: &limiter{rate: s.Revnue.options.Rate}},
		{api: s.CRO, name: "cro", limiter: &limiter{rate: options.Rate}},
	}
	return s
}

// SetFaults replaces the fault script; all counting starts anew.
func (s *Simulator) SetFaults(faults []Fault) {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	s.faults = arm(faults)
}

// call is one request on its way through the server.
type call struct {
	*Request
	mount     mount
	origin    string            // scheme and host, as the client wrote them
	path      string            // without the API's prefix and without a trailing slash
	slash     bool              // the path ended in a slash
	route     *route            // nil if there is none
	allowed   []string          // the methods that the path knows
	params    map[string]string // the placeholders of the route
	query     url.Values
	requestID string
	token     *Token // set once the API has let the request in
	tenant    int64
}

// ServeHTTP answers one request: journal, rate limit, faults, work, answer.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the request body could not be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	c, answer, fx := s.receive(r, body)
	if answer == nil {
		time.Sleep(fx.before)
		answer = s.carryOut(c, fx)
		time.Sleep(fx.after)
	}
	answer.header.Set("Date", httpDate(s.core.time()))
	fx.send(w, *answer)
}

// receive enters a request into the journal. It returns either the answer of the rate limit or the faults to apply.
func (s *Simulator) receive(r *http.Request, body []byte) (*call, *reply, effects) {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	c := &call{Request: s.core.enter(r, body), query: r.URL.Query(), origin: origin(r)}
	for _, m := range s.mounts {
		if m.owns(r.URL.EscapedPath()) {
			c.mount = m
			break
		}
	}
	c.API = c.mount.name
	c.mount.locate(c)
	if c.route != nil {
		c.Route = c.route.pattern
	}
	now := s.core.now()
	limit := c.mount.limiter
	if owner, ok := c.mount.api.(accounts); ok {
		limit = limit.of(owner.account(c))
	}
	if wait, ok := limit.take(now); !ok {
		answer := c.mount.refuse(http.StatusTooManyRequests, throttled(wait))
		limit.rate.tell(answer.header, now, wait)
		c.Status = answer.status
		return c, &answer, effects{}
	}
	fx := fire(s.faults, c.Method, c.path)
	c.Fault = fx.String()
	return c, nil, fx
}

// origin is the scheme and host under which a client reached the server.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// carryOut does the work, unless a fault comes before it, and lets the other faults spoil the answer.
func (s *Simulator) carryOut(c *call, fx effects) *reply {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	if fx.expire {
		c.mount.expireToken(c)
	}
	var answer reply
	if !fx.beforeCommit() {
		answer = c.mount.serve(c)
	}
	answer = fx.spoil(answer, c.mount, s.core.now())
	c.Status = answer.status
	return &answer
}
