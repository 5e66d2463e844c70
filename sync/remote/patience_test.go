package remote_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// answer is what the network does with one request.
type answer func() (*http.Response, error)

func status(code int, headers ...string) answer {
	return func() (*http.Response, error) { return answerOf(code, `{"detail": "Not now."}`, headers...), nil }
}

func fails(err error) answer { return func() (*http.Response, error) { return nil, err } }

func found() answer { return func() (*http.Response, error) { return answerOf(200, `{"id": 5}`), nil } }

// times is an answer n times over.
func times(n int, a answer) []answer {
	out := make([]answer, n)
	for i := range out {
		out[i] = a
	}
	return out
}

// script is a network that gives its answers in turn, and the last of them for ever.
type script struct {
	mu      sync.Mutex
	answers []answer
	starts  []time.Time
	ids     map[string]bool
}

// RoundTrip gives the next answer.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	a := s.answers[min(len(s.starts), len(s.answers)-1)]
	s.starts = append(s.starts, time.Now())
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	s.ids[r.Header.Get("X-Request-Id")] = true
	s.mu.Unlock()
	return a()
}

// TestPatienceOfReads runs each script under a clock of its own. The back-off between tries is a matter of chance, up to
// 250ms, 500ms, 1s ..., so that bounds are given where it plays a part.
func TestPatienceOfReads(t *testing.T) {
	for _, c := range []struct {
		name        string
		answers     []answer
		limit       pace.Limit
		want        error // nil: the record is found
		atLeast     time.Duration
		atMost      time.Duration
		fewest      int
		most        int
		alsoNotWant error
	}{
		{name: "what is well is asked once", answers: []answer{found()}, fewest: 1, most: 1},
		{name: "two failures pass", answers: append(times(2, status(500)), found()), atMost: time.Second, fewest: 3, most: 3},
		{name: "every 5xx passes", answers: []answer{status(500), status(502), status(503), status(504), status(599), found()}, atMost: 8 * time.Second, fewest: 6, most: 6},
		{name: "a refused connection passes", answers: append(times(2, fails(errors.New("connection refused"))), found()), atMost: time.Second, fewest: 3, most: 3},
		{name: "a request that took too long for the server passes", answers: []answer{status(408), found()}, atMost: time.Second, fewest: 2, most: 2},
		{name: "an API that stays down is given up in time", answers: times(1, status(500)), want: remote.ErrUnreachable, atLeast: 1, atMost: 30 * time.Second, fewest: 5, most: 200},
		{name: "so is one that refuses connections", answers: times(1, fails(errors.New("connection refused"))), want: remote.ErrUnreachable, atLeast: 1, atMost: 30 * time.Second, fewest: 5, most: 200},
		{name: "the time of the requests counts", answers: times(1, slowly(12*time.Second, status(500))), want: remote.ErrUnreachable, atLeast: 24 * time.Second, atMost: 37 * time.Second, fewest: 2, most: 3},
		{name: "the time that the pacer holds a request back does not", answers: append(times(3, status(500)), found()), limit: pace.Limit{Requests: 1, Per: time.Minute}, atLeast: 3 * time.Minute, atMost: 4 * time.Minute, fewest: 4, most: 4},
		{name: "503 is asked again when it says", answers: []answer{status(503, "Retry-After", "10"), found()}, atLeast: 10 * time.Second, atMost: 10 * time.Second, fewest: 2, most: 2},
		{name: "503 for longer than patience lasts is given up at once", answers: times(1, status(503, "Retry-After", "60")), want: remote.ErrUnreachable, fewest: 1, most: 1},
		{name: "429 waits as told, for longer than patience lasts", answers: append(times(3, status(429, "Retry-After", "120")), found()), atLeast: 6 * time.Minute, atMost: 6 * time.Minute, fewest: 4, most: 4},
		{name: "429 takes nothing off the patience with what follows", answers: append(append(times(3, status(429, "Retry-After", "120")), times(3, status(500))...), found()), atLeast: 6 * time.Minute, atMost: 6*time.Minute + 15*time.Second, fewest: 7, most: 7},
		{name: "429 without a time backs off, and patience is not touched", answers: append(times(12, status(429)), found()), atLeast: time.Second, atMost: 4 * time.Minute, fewest: 13, most: 13},
		{name: "429 that says to come at once backs off all the same, and not for ever", answers: times(1, status(429, "Retry-After", "0")), want: remote.ErrUnreachable, atLeast: 30 * time.Minute, atMost: pace.MaxRetryAfter, fewest: 100, most: 500},
		{name: "429 that comes back hour by hour is given up", answers: times(1, status(429, "Retry-After", "3000")), want: remote.ErrUnreachable, atLeast: 50 * time.Minute, atMost: 50 * time.Minute, fewest: 2, most: 2},
		{name: "a refusal is final", answers: times(1, status(400)), want: errAny, alsoNotWant: remote.ErrUnreachable, fewest: 1, most: 1},
		{name: "so are wrong credentials", answers: times(1, status(401)), want: remote.ErrUnauthorized, fewest: 1, most: 1},
		{name: "and a certificate that does not fit", answers: times(1, fails(&tls.CertificateVerificationError{Err: x509.HostnameError{}})), want: remote.ErrUnreachable, fewest: 1, most: 1},
		{name: "and a server without TLS", answers: times(1, fails(tls.RecordHeaderError{Msg: "x"})), want: remote.ErrUnreachable, fewest: 1, most: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := croOptions(t, "https://api.example.com")
				opts.Patience = remote.DefaultPatience
				opts.Pacer = pace.New(pace.NewWindow(c.limit))
				client := newClient(t, opts)
				network := &script{answers: c.answers}
				client.SetTransport(network)
				began := time.Now()
				_, ok, err := client.Get(t.Context(), "5", customer(t, opts))
				if c.want == errAny && err == nil || c.want != errAny && !errors.Is(err, c.want) || c.alsoNotWant != nil && errors.Is(err, c.alsoNotWant) || ok != (c.want == nil) {
					t.Errorf("get = %v, %v, want error %v", ok, err, c.want)
				}
				if took := time.Since(began); took < c.atLeast || took > c.atMost {
					t.Errorf("it took %v, want %v to %v", took, c.atLeast, c.atMost)
				}
				n := len(network.starts)
				if n < c.fewest || n > c.most {
					t.Errorf("%d requests, want %d to %d", n, c.fewest, c.most)
				}
				stats := client.Stats()
				if stats.Sent != n || stats.Retried != n-1 || opts.Pacer.Stats().Started != n || len(network.ids) != n {
					t.Errorf("of %d requests we counted %+v, the pacer %d, and %d ids were new", n, stats, opts.Pacer.Stats().Started, len(network.ids))
				}
			})
		})
	}
}

// errAny stands for any error.
var errAny = errors.New("any error")

// slowly is an answer that takes its time.
func slowly(d time.Duration, a answer) answer {
	return func() (*http.Response, error) {
		time.Sleep(d)
		return a()
	}
}

func TestAPauseHoldsAllReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := croOptions(t, "https://api.example.com")
		client := newClient(t, opts)
		network := &script{answers: []answer{status(429, "Retry-After", "40"), found()}}
		client.SetTransport(network)
		began := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { _, _, _ = client.Get(t.Context(), "5", customer(t, opts)) })
		synctest.Wait() // the first read has been told to wait
		_, ok, err := client.Get(t.Context(), "5", customer(t, opts))
		wg.Wait()
		if !ok || err != nil {
			t.Fatalf("get = %v, %v, want it found", ok, err)
		}
		for _, start := range network.starts[1:] {
			if waited := start.Sub(began); waited != 40*time.Second {
				t.Errorf("a request started after %v, want 40s", waited)
			}
		}
		if got := client.Stats().Throttled; got != 1 {
			t.Errorf("%d requests were throttled, want 1", got)
		}
	})
}

func TestReadsEndWithTheirContext(t *testing.T) {
	for name, c := range map[string]struct {
		answer   answer
		limit    pace.Limit
		patience time.Duration // default: enough
	}{
		"while they back off":               {answer: status(503, "Retry-After", "20")},
		"while they wait as told":           {answer: status(429, "Retry-After", "60")},
		"while the pacer holds them back":   {answer: status(500), limit: pace.Limit{Requests: 1, Per: time.Hour}},
		"while the server takes its time":   {answer: slowly(11*time.Second, fails(context.Canceled)), patience: 5 * time.Second},
		"while a failing server takes time": {answer: slowly(11*time.Second, status(500)), patience: 5 * time.Second},
		"while a good server takes time":    {answer: slowly(11*time.Second, found())},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := croOptions(t, "https://api.example.com")
				opts.Patience, opts.Pacer = cmp.Or(c.patience, time.Hour), pace.New(pace.NewWindow(c.limit))
				client := newClient(t, opts)
				network := &script{answers: []answer{c.answer}}
				client.SetTransport(network)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began := time.Now()
				err := client.List(ctx, customer(t, opts), func(plan.Found) error { return nil })
				// It is not the API that cannot be reached: exit code and message are those of an interrupted run.
				if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, remote.ErrUnreachable) {
					t.Errorf("error = %v, want the context's alone", err)
				}
				if took := time.Since(began); took < 10*time.Second || took > 11*time.Second || len(network.starts) != 1 {
					t.Errorf("it ended after %v and %d requests, want 10s or what one request takes, and 1", took, len(network.starts))
				}
			})
		})
	}
}
