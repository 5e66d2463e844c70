package remote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// rush is an API on simulated time that a whole run is pushed to: it keeps to a limit, its tokens end, and now and then it is
// down.
type rush struct {
	limit   pace.Limit
	fixed   bool                                // the limit holds for every full minute, not for any
	life    time.Duration                       // of a token
	tells   string                              // what the API says of that life, "" for nothing
	takes   func(n int) time.Duration           // what the n-th request takes
	trouble func(n int) (*http.Response, error) // that the n-th request meets instead of being carried out, nil for none
	loses   func(n int) bool                    // the n-th request is carried out, and its answer is lost

	mu      sync.Mutex
	began   time.Time
	came    []time.Time          // requests of all kinds
	good    []time.Time          // answers of all kinds that were what was asked for
	refused int                  // 429
	ends    map[string]time.Time // of each token that was issued
	alive   int                  // the most tokens that were good at once
	stale   int                  // 401
	records []string
}

// newRush begins now.
func newRush(limit pace.Limit) *rush {
	return &rush{
		limit: limit, began: time.Now(), life: time.Hour, tells: "3600", ends: map[string]time.Time{},
		takes:   func(n int) time.Duration { return time.Duration(200+37*(n%11)) * time.Millisecond },
		trouble: func(int) (*http.Response, error) { return nil, nil },
		loses:   func(int) bool { return false },
	}
}

// errRefused is a connection that never comes about; what breaks later has reached the API.
var (
	errRefused = errors.New("connection refused")
	errReset   = errors.New("connection reset")
)

// RoundTrip answers.
func (a *rush) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body) // it is in memory
	}
	n, enough := a.arrive()
	resp, err := a.trouble(n)
	if !errors.Is(err, errRefused) {
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	}
	token := strings.HasSuffix(r.URL.Path, "/oauth2/token")
	switch {
	case resp != nil || err != nil:
	case enough:
		resp = answerOf(429, `{"detail": "too many requests"}`)
	case !token && !a.accepts(r.Header.Get("Authorization")):
		resp = answerOf(401, `{"detail": "the token has ended"}`)
	default:
		resp = a.carryOut(r, token, body)
	}
	if err := pace.Sleep(r.Context(), a.takes(n)); err != nil {
		return nil, err
	}
	if a.loses(n) {
		return nil, errReset
	}
	a.leave(resp)
	return resp, err
}

// arrive counts a request and reports whether it is one too many.
func (a *rush) arrive() (n int, enough bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	a.came = append(a.came, now)
	if a.limit.None() {
		return len(a.came), false
	}
	since := now.Add(-a.limit.Per)
	if a.fixed {
		since = a.began.Add(now.Sub(a.began).Truncate(a.limit.Per)).Add(-1)
	}
	return len(a.came), among(a.came, since, now) > a.limit.Requests
}

// among counts the moments after from and up to to.
func among(moments []time.Time, from, to time.Time) (n int) {
	for _, at := range slices.Backward(moments) {
		if !at.After(from) {
			break
		}
		if !at.After(to) {
			n++
		}
	}
	return n
}

// accepts reports whether a token is good.
func (a *rush) accepts(header string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok := time.Now().Before(a.ends[strings.TrimPrefix(header, "Bearer ")])
	if !ok {
		a.stale++
	}
	return ok
}

// carryOut does what is asked for: it issues a token, creates a contact, or lists them all.
func (a *rush) carryOut(r *http.Request, token bool, body []byte) *http.Response {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case token:
		name := fmt.Sprintf("canary+acc/%d", len(a.ends)+1)
		a.ends[name] = time.Now().Add(a.life)
		alive := 0
		for _, end := range a.ends {
			if time.Now().Before(end) {
				alive++
			}
		}
		a.alive = max(a.alive, alive)
		answer := map[string]any{"access_token": name, "token_type": "bearer"}
		if a.tells != "" {
			answer["expires_in"] = a.tells
		}
		text, _ := json.Marshal(answer) // of texts alone
		return answerOf(200, string(text), "Content-Type", "application/json")
	case r.Method == http.MethodPost:
		a.records = append(a.records, fmt.Sprintf(`{"id": %d, %s`, len(a.records)+1, body[1:]))
		return answerOf(200, a.records[len(a.records)-1])
	}
	return answerOf(200, fmt.Sprintf(`{"total_pages": 1, "results": [%s]}`, strings.Join(a.records, ", ")))
}

// leave counts an answer.
func (a *rush) leave(resp *http.Response) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case resp == nil:
	case resp.StatusCode == 200:
		a.good = append(a.good, time.Now())
	case resp.StatusCode == 429:
		a.refused++
	}
}

// client is one for the API, of a program that gets its tokens from it. workers bound what is under way at once.
func (a *rush) client(t *testing.T, workers int) (*remote.Client, remote.Options) {
	t.Helper()
	opts := tiredOptions(t)
	opts.Timeout = remote.DefaultTimeout
	opts.Pacer = pace.New(pace.NewWindow(a.limit))
	opts.Pacer.Adapt(workers, nil)
	client := newClient(t, opts)
	client.SetTransport(a)
	return client, opts
}

// contacts is creates for as long as the time lasts.
func contacts(t *testing.T, opts remote.Options, lasts time.Duration) iter.Seq2[plan.Change, error] {
	began := time.Now()
	return func(yield func(plan.Change, error) bool) {
		for seq := int64(1); time.Since(began) < lasts; seq++ {
			name := fmt.Sprintf("Ida %d", seq)
			c := plan.Change{Seq: seq, Action: plan.Create, Key: name, Record: recordOf(t, opts, "customer_id", "1", "name", name)}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// pushed is what became of a run.
type pushed struct {
	push.Result
	mu     sync.Mutex
	counts plan.Counts
}

// push carries out contacts by as many workers, for as long as the time lasts.
func (a *rush) push(t *testing.T, parts push.Parts, opts remote.Options, workers int, lasts time.Duration) *pushed {
	t.Helper()
	p := &pushed{counts: plan.Counts{}}
	parts.Recorder = scribe{}
	parts.Done = func(out push.Outcome) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.counts[out.Status]++
	}
	bounds := push.Options{Workers: workers, MaxFailures: -1, Settle: 5 * time.Second}
	result, err := push.Run(t.Context(), t.Context(), bounds, parts, contacts(t, opts, lasts))
	if err != nil {
		t.Fatal(err)
	}
	p.Result = result
	return p
}

// scribe is a ledger that takes a moment for an intent.
type scribe struct{}

// Intend takes a moment.
func (scribe) Intend(ctx context.Context, _ push.Intent) error {
	return pace.Sleep(ctx, 2*time.Millisecond)
}

// Conclude takes none.
func (scribe) Conclude(context.Context, push.Outcome) error { return nil }

// Flush takes none.
func (scribe) Flush(context.Context) error { return nil }

// lister looks as package sync does: by listing, and comparing all that was sent.
type lister struct {
	client *remote.Client
	opts   remote.Options
}

// Look lists.
func (l lister) Look(ctx context.Context, c *plan.Change) (ids []string, err error) {
	err = l.client.List(ctx, c.Record, func(f plan.Found) error {
		if push.Holds(l.opts.Resource.Model, c, f.Record) {
			ids = append(ids, f.ID)
		}
		return nil
	})
	return ids, err
}

// Probe is for updates, of which there are none here.
func (lister) Probe(context.Context, *plan.Change) (bool, error) {
	return false, errors.New("there are no updates")
}
