package sync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// simTimeout and simSettle are what the job of a simulated run says.
const (
	simTimeout = 10 * time.Second
	simSettle  = 3 * time.Second
)

var errSimDead = errors.New("the process is dead")

// chance is a source of chance for one place of one seed.
func chance(seed uint64, place ...uint64) *rand.Rand {
	for _, p := range place {
		seed = seed*0x9e3779b97f4a7c15 + p + 1
	}
	return rand.New(rand.NewPCG(seed, uint64(len(place))))
}

// simAPI is an API in memory that a run is pushed to and that is looked at for what became of it. It writes down what it has
// carried out.
type simAPI struct {
	seed   uint64
	model  *model.Model
	share  float64       // of the requests that go wrong
	lag    time.Duration // until a new record is listed
	hidden string        // the parent whose records may not be listed, "" for none
	turn   int
	proc   *simProcess

	mu      sync.Mutex
	records map[string]*simRecord
	commits map[int64][]string // ids that the requests of a change have made or changed
	sent    map[int64]int
}

// simRecord is a record of the API.
type simRecord struct {
	model.Record
	visible time.Time
}

// simFault is what becomes of one request.
type simFault struct {
	carriedOut bool
	works      time.Duration // until it is carried out
	takes      time.Duration // until it is answered
	answer     push.Answer
}

// fault draws what becomes of a request.
func (a *simAPI) fault(seq int64, attempt int) simFault {
	r := chance(a.seed, uint64(a.turn), uint64(seq), uint64(attempt))
	f := simFault{carriedOut: true, takes: time.Millisecond + time.Duration(r.Int64N(int64(time.Second))), answer: push.Answer{Verdict: push.Accepted, HTTPStatus: 200, RetryAfter: -1}}
	f.works = f.takes / 2
	if r.Float64() >= a.share {
		return f
	}
	f.answer = push.Answer{Verdict: push.Unclear, Message: "it went wrong", RetryAfter: -1}
	switch r.IntN(6) {
	case 0:
		f.answer.HTTPStatus = 500
	case 1:
		f.answer.HTTPStatus, f.carriedOut = 503, false
	case 2:
		f.carriedOut = false
	case 3: // an API that is slow once may be as slow again
		f.works, f.takes, f.answer.Lingers = time.Duration(r.Int64N(int64(2*simTimeout))), simTimeout, simTimeout
	case 4:
		f.answer, f.carriedOut = push.Answer{Verdict: push.Throttled, HTTPStatus: 429, RetryAfter: 5 * time.Second}, false
	}
	return f
}

// Write is one request. It goes on at the API, whatever becomes of its sender.
func (a *simAPI) Write(ctx context.Context, c *plan.Change, _ string) push.Answer {
	gone := push.Answer{Verdict: push.Unclear, Message: "cut off", RetryAfter: -1}
	p := a.proc
	if p.isDead() || p.dies(simFirstByte) && chance(a.seed, uint64(c.Seq)).IntN(2) == 0 { // half a request is none
		return gone
	}
	a.mu.Lock()
	a.sent[c.Seq]++
	f := a.fault(c.Seq, a.sent[c.Seq])
	a.mu.Unlock()
	made := make(chan string, 1)
	go func() {
		defer close(made)
		time.Sleep(f.works)
		if f.carriedOut {
			made <- a.carryOut(c)
			p.dies(simCommitted)
		}
	}()
	if pace.Sleep(ctx, f.takes) != nil {
		return gone
	}
	if f.answer.Verdict == push.Accepted {
		f.answer.ID = <-made
	}
	p.dies(simAnswered)
	return f.answer
}

// carryOut does what a change asks for.
func (a *simAPI) carryOut(c *plan.Change) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := c.ID
	if c.Action == plan.Create {
		id = fmt.Sprint(1000 + len(a.records))
		a.records[id] = &simRecord{Record: c.Record, visible: time.Now().Add(a.lag)}
	} else {
		a.records[id].Record = c.Record
	}
	a.commits[c.Seq] = append(a.commits[c.Seq], id)
	return id
}

// List shows the records below parent.
func (a *simAPI) List(ctx context.Context, parent model.Record, yield func(plan.Found) error) error {
	p, began := a.proc, time.Now()
	if p.dies(simLooking) {
		return errSimDead
	}
	if err := pace.Sleep(ctx, 50*time.Millisecond); err != nil {
		return err
	}
	of := parent[a.model.Index("customer_id")].Text
	switch {
	case p.dies(simLooked):
		return errSimDead
	case of == a.hidden:
		return plan.ErrParentForbidden
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, r := range a.records {
		if r.Record[a.model.Index("customer_id")].Text == of && !r.visible.After(began) {
			if err := yield(plan.Found{ID: id, Record: r.Record}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Get shows one record.
func (a *simAPI) Get(ctx context.Context, id string, _ model.Record) (plan.Found, bool, error) {
	if a.proc.isDead() {
		return plan.Found{}, false, errSimDead
	}
	if err := pace.Sleep(ctx, 50*time.Millisecond); err != nil {
		return plan.Found{}, false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.records[id]
	if r == nil {
		return plan.Found{}, false, nil
	}
	return plan.Found{ID: id, Record: r.Record}, true, nil
}

// Account is fine.
func (*simAPI) Account(context.Context) error { return nil }
