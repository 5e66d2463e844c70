package remote_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestClientCredentials(t *testing.T) {
	server := newIssuer(t)
	opts := programOptions(t, server)
	opts.PathPrefix = "/v0"
	client := newClient(t, opts)
	for range 2 {
		if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
			t.Fatal(err)
		}
	}
	seen := server.seen()
	if len(seen) != 3 || seen[0].path != "/oauth2/token" || seen[1].path != "/v0/customers/1/contacts/5" {
		t.Fatalf("requests = %v, want a token call outside the prefix, and two reads", seen)
	}
	if want := "client_id=me&client_secret=canary%2Bs3c%2Fr%3Det_~1&grant_type=client_credentials&scope=api"; seen[0].body != want {
		t.Errorf("the token call says %s, want %s", seen[0].body, want)
	}
	want := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", "User-Agent": "rollcall", "Authorization": "", "X-Tenant-Id": ""}
	for name, value := range want {
		if got := seen[0].header.Get(name); got != value {
			t.Errorf("the token call has %s: %q, want %q", name, got, value)
		}
	}
	if got := seen[2].header.Get("Authorization"); got != "Bearer canary+acc/e=ss_~1" {
		t.Errorf("the second read goes with %q, want the token that was issued", got)
	}
	if got, paced := client.Stats(), opts.Pacer.Stats().Started; got.Sent != 3 || got.Retried != 0 || paced != 3 {
		t.Errorf("counted %+v, and %d passed the pacer; want all three requests", got, paced)
	}
}

func TestATokenIsRenewedAheadOfItsEnd(t *testing.T) {
	for _, c := range []struct {
		name    string
		life    any
		after   time.Duration
		renewed bool
	}{
		{"just made", 3600, 0, false},
		{"half a minute and more before its end", 3600, 3569 * time.Second, false},
		{"less than half a minute before its end", 3600, 3571 * time.Second, true},
		{"a tenth of a short life is left", 100, 89 * time.Second, false},
		{"less than a tenth of a short life is left", 100, 91 * time.Second, true},
		{"a life that is told as a text", "100", 91 * time.Second, true},
		{"nothing is said of its end", nil, 1000 * time.Hour, false},
		{"it has ended before it came, which says nothing", -1, 1000 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &issuer{api: &api{}, good: map[string]bool{}, life: c.life}
				server.api.requests = []request{{body: "grant_type=client_credentials"}} // it sees no others here
				opts := croOptions(t, "http://127.0.0.1:1")
				opts.Auth = remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}
				client := newClient(t, opts)
				client.SetTransport(wire{http.HandlerFunc(server.answer)})
				for range 2 {
					if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Accepted {
						t.Fatalf("write: %s %s", verdictName(a.Verdict), a.Message)
					}
					time.Sleep(c.after)
				}
				want := 1
				if c.renewed {
					want = 2
				}
				if got := server.tokenCalls(); got != want {
					t.Errorf("%d token calls, want %d", got, want)
				}
			})
		})
	}
}

// TestHoweverManyWorkersATokenIsRenewedOnce: all of them are refused, and go on with the one that the first has fetched.
func TestHoweverManyWorkersATokenIsRenewedOnce(t *testing.T) {
	for name, options := range map[string]func(*issuer) remote.Options{
		"of a program": func(i *issuer) remote.Options { return programOptions(t, i) },
		"of a person":  func(i *issuer) remote.Options { return personOptions(t, i, newStore(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newIssuer(t)
			opts := options(server)
			client := newClient(t, opts)
			if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Accepted {
				t.Fatalf("the first write: %+v", a)
			}
			server.expire()
			var mu sync.Mutex
			got := map[string]int{}
			var workers sync.WaitGroup
			for n := range 8 {
				workers.Go(func() {
					if n%2 == 1 {
						if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); err != nil {
							t.Errorf("read: %v", err)
						}
						return
					}
					a := client.Write(t.Context(), createOf(t, opts), "id")
					for ; a.Verdict == push.Expired; a = client.Write(t.Context(), createOf(t, opts), "id") {
						if a.HTTPStatus != 401 {
							t.Errorf("an expired token comes with HTTP %d, want 401", a.HTTPStatus)
						}
					}
					mu.Lock()
					got[verdictName(a.Verdict)]++
					mu.Unlock()
				})
			}
			workers.Wait()
			if diff := cmp.Diff(map[string]int{"accepted": 4}, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if n := server.tokenCalls(); n != 2 {
				t.Errorf("%d token calls, want the first and one more", n)
			}
		})
	}
}

// TestALateRefusalOfAnOldTokenRenewsNothing: the token that it is about is not in use any more.
func TestALateRefusalOfAnOldTokenRenewsNothing(t *testing.T) {
	server := newIssuer(t)
	late, gone := make(chan struct{}), make(chan struct{})
	inner := server.Config.Handler
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Request-Id") == "slow" {
			close(gone)
			<-late
		}
		inner.ServeHTTP(w, r)
	})
	opts := programOptions(t, server)
	client := newClient(t, opts)
	client.Write(t.Context(), createOf(t, opts), "first")
	server.expire()
	slow := make(chan push.Answer)
	go func() { slow <- client.Write(t.Context(), createOf(t, opts), "slow") }()
	<-gone
	if a := client.Write(t.Context(), createOf(t, opts), "quick"); a.Verdict != push.Expired {
		t.Errorf("quick: %s, want expired", verdictName(a.Verdict))
	}
	close(late)
	if a := <-slow; a.Verdict != push.Expired {
		t.Errorf("slow: %s, want expired", verdictName(a.Verdict))
	}
	if n := server.tokenCalls(); n != 2 {
		t.Errorf("%d token calls, want the first and one more", n)
	}
}

func TestANewTokenThatFaresNoBetterIsNoToken(t *testing.T) {
	server := newIssuer(t)
	server.before = func(n int, w http.ResponseWriter) bool {
		always(200, fmt.Sprintf(`{"access_token": "never-good-%d"}`, n))(w, nil)
		return true
	}
	opts := programOptions(t, server)
	client := newClient(t, opts)
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); !errors.Is(err, remote.ErrUnauthorized) {
		t.Errorf("read: %v, want that the credentials are not accepted", err)
	}
	if n := len(server.seen()); n != 4 {
		t.Errorf("%d requests, want two token calls and two reads", n)
	}
}

func TestATokenThatSomebodyMadeIsNeverRenewed(t *testing.T) {
	server := newIssuer(t)
	opts := croOptions(t, server.URL)
	client := newClient(t, opts)
	if a := client.Write(t.Context(), createOf(t, opts), "id"); a.Verdict != push.Unauthorized {
		t.Errorf("write: %s, want unauthorized", verdictName(a.Verdict))
	}
	if _, _, err := client.Get(t.Context(), "5", customer(t, opts)); !errors.Is(err, remote.ErrUnauthorized) {
		t.Errorf("read: %v, want that the credentials are not accepted", err)
	}
	if n := len(server.seen()); n != 2 || server.tokenCalls() != 0 {
		t.Errorf("%d requests, %d of them token calls; want 2 and none", n, server.tokenCalls())
	}
}

// TestAKeyIsSentAsSuchOnlyIfSomebodyMadeIt: what a token call issues is a bearer token, whatever the target prefers.
func TestAKeyIsSentAsSuchOnlyIfSomebodyMadeIt(t *testing.T) {
	for _, c := range []struct {
		name    string
		methods []string
		creds   remote.Credentials
		want    []string
	}{
		{"a key where it is preferred", []string{"api_key", "bearer"}, remote.Credentials{Token: remote.NewSecret(token)}, []string{"X-Depot-Key"}},
		{"a token where it is preferred", []string{"bearer", "api_key"}, remote.Credentials{Token: remote.NewSecret(token)}, []string{"Authorization"}},
		{"a key where programs may have a token call", []string{"client_credentials", "api_key"}, remote.Credentials{Token: remote.NewSecret(token)}, []string{"X-Depot-Key"}},
		{"a token that was issued", []string{"api_key", "client_credentials"}, remote.Credentials{ClientID: "me", ClientSecret: remote.NewSecret(clientSecret)}, []string{"Authorization"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newIssuer(t)
			opts := depotOptions(t, server.URL)
			opts.Target.Auth.Methods, opts.Target.Auth.TokenPath, opts.Auth = c.methods, "/oauth2/token", c.creds
			newClient(t, opts).Write(t.Context(), siteChange(t, opts, "create"), "id")
			seen := server.seen()
			headers := seen[len(seen)-1].header
			got := slices.DeleteFunc(slices.Sorted(maps.Keys(headers)), func(name string) bool {
				return !strings.Contains(headers.Get(name), "canary")
			})
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("headers with a secret (-want +got):\n%s", diff)
			}
		})
	}
}
