package push_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// fault is what goes wrong with one request.
type fault string

const (
	fine       fault = ""
	lose       fault = "carried out, and the answer is lost"
	drop       fault = "lost before it is carried out"
	late       fault = "no answer, and carried out a while later"
	fail       fault = "500, not carried out"
	failAfter  fault = "500, and yet carried out"
	hang       fault = "carried out, and no answer until the client gives up"
	linger     fault = "no answer until the client gives up, and carried out long after that"
	cut        fault = "201, carried out, and the answer breaks off"
	empty      fault = "201, carried out, and nothing in the answer"
	garbled    fault = "200, carried out, and the answer is garbage"
	portal     fault = "200 from some proxy in between, not carried out"
	busy       fault = "503 with Retry-After, not carried out"
	busyLong   fault = "503 with a Retry-After of an hour, not carried out"
	throttle   fault = "429"
	throttled  fault = "429 with Retry-After"
	spin       fault = "429 with a Retry-After of nothing, or of a moment in the past"
	absurd     fault = "429 with a Retry-After of an hour, which is the most that is believed"
	unsent     fault = "connection refused"
	refuse     fault = "400"
	forbid     fault = "403"
	disown     fault = "401"
	expire     fault = "401, and the token is renewed"
	redirect   fault = "307"
	timeout          = 30 * time.Second
	retryAfter       = 20 * time.Second
)

// carriesOut tells the faults after which the server has done what it was asked.
func (f fault) carriesOut() bool {
	return slices.Contains([]fault{fine, lose, late, failAfter, hang, linger, cut, empty, garbled}, f)
}

// request is what the server has seen of one attempt.
type request struct {
	seq      int64
	id       string
	turn     int // of the process that sent it
	attempt  int
	fault    fault
	arrived  bool // else the connection was refused
	at       time.Time
	answered time.Time
	answer   push.Answer
}

// commit is one line of the server's log: something that it has carried out, whether or not anybody was told.
type commit struct {
	seq     int64 // of the change that asked for it, told by its content
	id      string
	created bool
	at      time.Time
}

// stored is a record of the server.
type stored struct {
	record  model.Record
	seq     int64 // of the create that made it, 0 if it was there before
	visible time.Time
}

// server is an API in memory, with the eyes of a referee: it writes down every breach of the protocol that it sees.
type server struct {
	mu      sync.Mutex
	model   *model.Model
	script  func(seq int64, attempt int) fault
	latency func(seq int64, attempt int) time.Duration
	lag     time.Duration // until a new record appears in lists, and how late a late one is carried out
	unique  bool          // names are unique: a second create of one is refused as duplicate
	down    func(time.Time) bool
	known   func(requestID string) (push.Intent, bool) // the durable intents
	settle  time.Duration
	named   string                  // what the server calls every request, "" if it takes our name for it
	hidden  func(*plan.Change) bool // it does not show where the record of a create would be
	slow    bool                    // the lag is longer than two settle times: only unique names keep it from making a record twice
	proc    *process                // that is at work, nil for one that never dies
	turn    int
	grace   time.Duration // how long after its turn has come a request may go out
	rested  bool          // somebody was asked to rest
	from    time.Time     // since when
	until   time.Time     // and until when nothing may be sent

	log      []commit
	records  map[string]*stored
	requests []request
	used     map[string]bool // request ids
	flying   map[string]int64
	looks    map[int64][]time.Time
	breaches []string
}

func newServer(m *model.Model) *server {
	return &server{
		model: m, records: map[string]*stored{}, used: map[string]bool{}, flying: map[string]int64{}, looks: map[int64][]time.Time{},
		script:  func(int64, int) fault { return fine },
		latency: func(int64, int) time.Duration { return 100 * time.Millisecond },
		down:    func(time.Time) bool { return false },
		hidden:  func(*plan.Change) bool { return false },
	}
}

func (s *server) breach(format string, args ...any) {
	s.breaches = append(s.breaches, fmt.Sprintf(format, args...))
}

// name is what a change is about. The server does not trust [plan.Change.Key].
func name(c *plan.Change) string { return c.Record[0].Text }

// Write is one request. A process that dies leaves the server to go on with it.
func (s *server) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	a := push.Answer{Verdict: push.Unclear, Message: "cut off", RetryAfter: silent}
	if p.dead() || p.dies(firstByte) && !p.lucky(c.Seq) { // half a request is none
		return a
	}
	n, attempt := s.arrive(c, id)
	f, took := s.script(c.Seq, attempt), s.latency(c.Seq, attempt)
	if s.isDown() {
		f = unsent
		if c.Seq%2 == 0 {
			f = busy
		}
	}
	underway := took / 2
	switch f {
	case hang:
		took = timeout
	case linger:
		underway, took = timeout+min(29*took, timeout), timeout
	}
	done := make(chan string, 1)
	go func() {
		time.Sleep(underway)
		if f == late {
			time.Sleep(s.lag)
		}
		if f.carriesOut() {
			made := s.carryOut(c)
			p.dies(afterCommit)
			done <- made
		}
		close(done)
	}()
	if sleep(ctx, took) == nil {
		a = s.answer(c, f, done)
	}
	s.leave(c, n, f, a)
	p.dies(afterAnswer)
	return a
}

// arrive notes a request and looks whether it may be sent at all.
func (s *server) arrive(c *plan.Change, id string) (n, attempt int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	in, durable := s.known(id)
	switch {
	case !durable:
		s.breach("change %d: sent without a durable intent", c.Seq)
	case in.Seq != c.Seq || s.used[id]:
		s.breach("change %d: sent under the intent of another request", c.Seq)
	}
	s.used[id] = true
	if other, busy := s.flying[name(c)]; busy {
		s.breach("change %d: sent while change %d with the same key is in flight", c.Seq, other)
	}
	s.flying[name(c)] = c.Seq
	// Whose turn had come when the server asked for a rest may be writing its intent.
	if s.rested && now.Sub(s.from) > s.grace && now.Before(s.until) {
		s.breach("change %d: sent %v before the end of a rest that was asked for", c.Seq, s.until.Sub(now))
	}
	if c.Action == plan.Create {
		s.mayCreate(c, now)
	}
	s.requests = append(s.requests, request{seq: c.Seq, id: id, turn: s.turn, attempt: in.Attempt, arrived: true, at: now})
	return len(s.requests) - 1, in.Attempt
}

// mayCreate looks whether a create that was sent before may be sent again: only if two looks, both later than the settle
// time after the latest attempt in doubt, have not found it.
func (s *server) mayCreate(c *plan.Change, now time.Time) {
	for _, r := range s.records {
		if r.seq == c.Seq && !s.slow {
			s.breach("change %d: created already, and sent again", c.Seq)
		}
	}
	for i := len(s.requests) - 1; i >= 0; i-- {
		r := &s.requests[i]
		if r.seq != c.Seq || r.answer.Verdict != push.Unclear {
			continue
		}
		looks := 0
		for _, at := range s.looks[c.Seq] {
			if at.Sub(r.answered) >= s.settle {
				looks++
			}
		}
		if looks < 2 {
			s.breach("change %d: sent again %v after an answer in doubt and %d looks after the settle time", c.Seq, now.Sub(r.answered), looks)
		}
		return
	}
}

// carryOut does what c asks for and returns the id of the record, "" if the name is taken.
func (s *server) carryOut(c *plan.Change) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Action == plan.Update {
		s.log = append(s.log, commit{seq: c.Seq, id: c.ID, at: time.Now()})
		for i, v := range c.Record {
			if v.Known() {
				s.records[c.ID].record[i] = v
			}
		}
		return c.ID
	}
	for _, r := range s.records {
		if s.unique && r.record[0] == c.Record[0] {
			return ""
		}
	}
	id := fmt.Sprintf("r%d", len(s.records)+1)
	s.log = append(s.log, commit{seq: c.Seq, id: id, created: true, at: time.Now()})
	s.records[id] = &stored{record: append(model.Record{}, c.Record...), seq: c.Seq, visible: time.Now().Add(s.lag)}
	return id
}

// answer is what the client gets to see.
func (s *server) answer(c *plan.Change, f fault, done <-chan string) push.Answer {
	unclear := func(status int, text string) push.Answer {
		return push.Answer{Verdict: push.Unclear, HTTPStatus: status, Message: text, RetryAfter: silent}
	}
	plain := func(v push.Verdict, status int) push.Answer {
		return push.Answer{Verdict: v, HTTPStatus: status, Message: string(f), RetryAfter: silent}
	}
	told := func(a push.Answer, d time.Duration) push.Answer {
		a.RetryAfter = d
		return a
	}
	switch f {
	case fine:
		id := <-done
		if id == "" {
			return taken()
		}
		return push.Answer{Verdict: push.Accepted, HTTPStatus: 200, ID: id, RequestID: s.named, RetryAfter: silent}
	case empty:
		if c.Action == plan.Update { // there is nothing in it that would have to be read
			return push.Answer{Verdict: push.Accepted, HTTPStatus: 201, RequestID: s.named, RetryAfter: silent}
		}
		return unclear(201, string(f))
	case cut:
		return unclear(201, string(f))
	case garbled, portal:
		return unclear(200, string(f))
	case fail, failAfter:
		return unclear(500, string(f))
	case busy:
		return told(unclear(503, string(f)), retryAfter)
	case busyLong:
		return told(unclear(503, string(f)), time.Hour)
	case throttle:
		return plain(push.Throttled, 429)
	case throttled:
		return told(plain(push.Throttled, 429), retryAfter)
	case spin:
		return told(plain(push.Throttled, 429), 0)
	case absurd:
		return told(plain(push.Throttled, 429), time.Hour)
	case unsent:
		return plain(push.NotSent, 0)
	case refuse:
		return plain(push.Refused, 400)
	case forbid:
		return plain(push.Forbidden, 403)
	case disown:
		return plain(push.Unauthorized, 401)
	case expire:
		return plain(push.Expired, 401)
	case redirect:
		return plain(push.Misdirected, 307)
	}
	a := unclear(0, string(f))
	if f == hang || f == linger { // it is we who hung up
		a.Lingers = timeout
	}
	return a
}

// taken is a refusal as duplicate.
func taken() push.Answer {
	return push.Answer{Verdict: push.Refused, HTTPStatus: 400, Duplicate: true, Message: "the name is taken", Field: "name",
		Faults: []push.Fault{{Field: "name", Message: "the name is taken"}, {Field: "note", Message: "too long"}}, RetryAfter: silent}
}

// leave notes how a request ended, and what its sender was asked for.
func (s *server) leave(c *plan.Change, n int, f fault, a push.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, now := &s.requests[n], time.Now()
	r.answer, r.answered, r.fault, r.arrived = a, now, f, f != unsent
	delete(s.flying, name(c))
	if a.RetryAfter <= 0 {
		return
	}
	if !s.rested || now.After(s.until) {
		s.rested, s.from = true, now
	}
	if until := now.Add(min(a.RetryAfter, push.DefaultMaxPause)); until.After(s.until) {
		s.until = until
	}
}

func (s *server) isDown() bool { return s.down(time.Now()) }

var errDown = errors.New("connection refused")

// Look lists the records and compares all that was sent. What was there before the run was known to the plan.
func (s *server) Look(ctx context.Context, c *plan.Change) ([]string, error) {
	return s.look(ctx, c, func(r *stored) bool { return r.seq != 0 })
}

// look is Look with another idea of what may be ours.
func (s *server) look(ctx context.Context, c *plan.Change, mayBeOurs func(*stored) bool) ([]string, error) {
	s.mu.Lock()
	p := s.proc
	s.mu.Unlock()
	if p.dies(beforeLook) {
		return nil, errDead
	}
	began := time.Now()
	if err := sleep(ctx, 50*time.Millisecond); err != nil {
		return nil, err
	}
	switch {
	case p.dies(afterLook):
		return nil, errDead
	case s.isDown():
		return nil, errDown
	case s.hidden(c):
		return nil, fmt.Errorf("%w: 403", push.ErrNoLook)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks[c.Seq] = append(s.looks[c.Seq], began)
	var ids []string
	for id, r := range s.records {
		if mayBeOurs(r) && !r.visible.After(began) && push.Holds(s.model, c, r.record) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Probe reads the record of an update.
func (s *server) Probe(ctx context.Context, c *plan.Change) (bool, error) {
	if s.proc.dead() {
		return false, errDead
	}
	if err := sleep(ctx, 50*time.Millisecond); err != nil {
		return false, err
	}
	if s.isDown() {
		return false, errDown
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.records[c.ID]
	return r != nil && push.Holds(s.model, c, r.record), nil
}

// sleep waits for d or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
