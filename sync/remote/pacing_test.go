package remote_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// tired is a network on simulated time: it issues tokens, and all else takes a while.
type tired struct {
	bears int                                 // requests at once, more get 429; 0 for any number
	takes time.Duration                       // for an answer
	token time.Duration                       // for a token
	says  func(n int) (*http.Response, error) // to the n-th request, nil for a record

	mu       sync.Mutex
	now      int
	arrivals []time.Time
	refused  int
}

// RoundTrip answers.
func (n *tired) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/oauth2/token") {
		time.Sleep(n.token)
		return answerOf(200, `{"access_token": "canary+acc", "token_type": "bearer", "expires_in": 30}`, "Content-Type", "application/json"), nil
	}
	n.mu.Lock()
	n.arrivals = append(n.arrivals, time.Now())
	count := len(n.arrivals)
	n.now++
	tooMany := n.bears > 0 && n.now > n.bears
	if tooMany {
		n.refused++
	}
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.now--
	}()
	if tooMany {
		time.Sleep(5 * time.Millisecond)
		return answerOf(429, `{}`), nil
	}
	select {
	case <-time.After(n.takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if n.says != nil {
		return n.says(count)
	}
	return answerOf(200, `{"id": 5, "name": "Ida"}`), nil
}

// tiredOptions lead to such a network, for a program whose tokens last half a minute.
func tiredOptions(t *testing.T) remote.Options {
	opts := croOptions(t, "https://api.example.com")
	opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
	opts.Timeout = 10 * time.Second
	return opts
}

// paced is what a worker does with a change.
func paced(ctx context.Context, client *remote.Client, pacer *pace.Pacer, c *plan.Change) push.Answer {
	if err := pacer.Wait(ctx); err != nil {
		return push.Answer{Message: err.Error()}
	}
	defer pacer.Done()
	return client.Write(ctx, c, "id")
}

// TestOnePermitIsEnough: token calls, and reading back what was replaced, are parts of a request. If they waited for a permit
// of their own while the request has the only one, nothing would ever go on.
func TestOnePermitIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := tiredOptions(t)
		replaced := *opts.Resource
		replaced.Replace = true
		opts.Resource = &replaced
		opts.Pacer.Adapt(1, nil)
		client := newClient(t, opts)
		network := &tired{takes: time.Second, token: time.Second}
		network.says = func(n int) (*http.Response, error) {
			if n%7 == 0 {
				return answerOf(401, `{}`), nil
			}
			return answerOf(200, `{"id": 5, "name": "Ida"}`), nil
		}
		client.SetTransport(network)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					if a := paced(t.Context(), client, opts.Pacer, updateOf(t, opts)); a.Verdict != push.Accepted && a.Verdict != push.Expired && a.Verdict != push.Unauthorized {
						t.Errorf("%s: %s", verdictName(a.Verdict), a.Message)
					}
				}
			})
			wg.Go(func() {
				for range 10 {
					if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil && !errors.Is(err, remote.ErrUnauthorized) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

// TestStrainIsSeen: workers soon keep to what the server bears, be it writes or reads that they send.
func TestStrainIsSeen(t *testing.T) {
	for name, send := range map[string]func(*testing.T, context.Context, *remote.Client, remote.Options){
		"writes": func(t *testing.T, ctx context.Context, client *remote.Client, opts remote.Options) {
			_ = paced(ctx, client, opts.Pacer, createOf(t, opts)) // whether it went well is the network's to say
		},
		"reads": func(t *testing.T, ctx context.Context, client *remote.Client, opts remote.Options) {
			_, _, _ = client.Get(ctx, "5", customer(t, opts)) // as above
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := tiredOptions(t)
				opts.Pacer.Adapt(16, nil)
				client := newClient(t, opts)
				network := &tired{bears: 3, takes: 100 * time.Millisecond}
				client.SetTransport(network)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				var wg sync.WaitGroup
				for range 16 {
					wg.Go(func() {
						for ctx.Err() == nil {
							send(t, ctx, client, opts)
						}
					})
				}
				wg.Wait()
				if network.refused*100 > len(network.arrivals)*2 || len(network.arrivals) < 5000 {
					t.Errorf("%d of %d requests were refused", network.refused, len(network.arrivals))
				}
			})
		})
	}
}

// TestWhatCountsAsStrain has eight workers meet one kind of answer, and looks whether they become fewer.
func TestWhatCountsAsStrain(t *testing.T) {
	status := func(code int) func(int) (*http.Response, error) {
		return func(int) (*http.Response, error) { return answerOf(code, `{}`), nil }
	}
	for _, c := range []struct {
		name  string
		takes time.Duration
		says  func(int) (*http.Response, error)
		want  string // why there are fewer, "" if there are not
	}{
		{name: "all is well"},
		{name: "too many requests", says: status(429), want: "HTTP 429"},
		{name: "the service is not available", says: status(503), want: "HTTP 503"},
		{name: "no answer comes in time", takes: time.Minute, want: "no answer in time"},
		{name: "a refusal says nothing", says: status(400)},
		{name: "nor does a mistake of the server", says: status(500)},
		{name: "nor does a connection that breaks", says: func(int) (*http.Response, error) { return nil, errors.New("reset") }},
		{name: "refusals may take longer than what goes well", says: func(n int) (*http.Response, error) {
			if n%2 == 0 {
				time.Sleep(5 * time.Second)
				return answerOf(422, `{}`), nil
			}
			return answerOf(200, `{"id": 5}`), nil
		}},
		{name: "what goes well takes longer and longer", want: "answers take much longer than before", says: func(n int) (*http.Response, error) {
			time.Sleep(time.Duration(n) * 10 * time.Millisecond)
			return answerOf(200, `{"id": 5}`), nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := tiredOptions(t)
				opts.Pacer.Adapt(8, nil)
				client := newClient(t, opts)
				client.SetTransport(&tired{takes: cmp.Or(c.takes, 100*time.Millisecond), says: c.says})
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() {
						for range 40 {
							_ = paced(t.Context(), client, opts.Pacer, createOf(t, opts)) // c says how that goes
						}
					})
				}
				wg.Wait()
				if got := opts.Pacer.Stats(); got.Why != c.want || (got.Cuts > 0) != (c.want != "") {
					t.Errorf("%d permits because %q, want %q", got.Permits, got.Why, c.want)
				}
			})
		})
	}
}

// TestGivingUpIsNoStrain: who stops a run learns nothing of the server.
func TestGivingUpIsNoStrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opts := tiredOptions(t)
		opts.Pacer.Adapt(8, nil)
		client := newClient(t, opts)
		client.SetTransport(&tired{takes: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _ = paced(ctx, client, opts.Pacer, createOf(t, opts)) })
		}
		wg.Wait()
		if got := opts.Pacer.Stats(); got.Permits != 8 {
			t.Errorf("%+v, want all permits", got)
		}
	})
}

// TestRequestsCountWhenTheyGoOut: a token call may hold a request up for long, and the server knows nothing of when its turn was.
func TestRequestsCountWhenTheyGoOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := pace.Limit{Requests: 5, Per: 10 * time.Second}
		opts := tiredOptions(t)
		opts.Pacer = pace.New(pace.NewWindow(limit))
		client := newClient(t, opts)
		network := &tired{takes: 100 * time.Millisecond, token: 6 * time.Second}
		client.SetTransport(network)
		var wg sync.WaitGroup
		for n := range 10 {
			wg.Go(func() {
				for range 4 {
					if n%2 == 0 {
						_ = paced(t.Context(), client, opts.Pacer, createOf(t, opts))
					} else if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for i := limit.Requests; i < len(network.arrivals); i++ {
			if span := network.arrivals[i].Sub(network.arrivals[i-limit.Requests]); span < limit.Per {
				t.Errorf("%d requests within %v, limit %s", limit.Requests+1, span, limit)
			}
		}
	})
}
