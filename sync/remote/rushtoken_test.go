package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// The run of these tests: sixteen workers and tokens of half a minute.
const (
	tokenWorkers = 16
	tokenLife    = 30 * time.Second
)

// newTokenRush is an API whose tokens end, and that takes a few seconds for a request.
func newTokenRush(tells string) *rush {
	a := newRush(pace.Limit{})
	a.life, a.tells = tokenLife, tells
	a.takes = func(n int) time.Duration { return time.Duration(4000+317*(n%13)) * time.Millisecond }
	return a
}

// TestTokensThatEndCostNoRow pushes for an hour with tokens of half a minute: each is replaced once, whatever the API says of its
// life, and no row pays for it.
func TestTokensThatEndCostNoRow(t *testing.T) {
	asks := func(rest string) func(int) (*http.Response, error) {
		return func(n int) (*http.Response, error) {
			if n%50 == 0 {
				return answerOf(429, `{}`, "Retry-After", rest), nil
			}
			return nil, nil
		}
	}
	for _, c := range []struct {
		says    string
		tells   string
		trouble func(int) (*http.Response, error)
	}{
		{"the API says how long a token lasts", "30", nil},
		{"the API does not say how long a token lasts", "", nil},
		{"the API says that it lasts much longer", "3600", nil},
		{"the API says how long a token lasts, and asks for rests that are longer", "30", asks("45")},
		{"the API does not say how long a token lasts, and asks for rests", "", asks("45")},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newTokenRush(c.tells)
				if c.trouble != nil {
					a.trouble = c.trouble
				}
				client, opts := a.client(t, tokenWorkers)
				for _, wrong := range a.renewed(t, client, opts, time.Hour) {
					t.Error(wrong)
				}
			})
		})
	}
}

// TestATokenForEachWorkerIsSeen proves that the test above can fail.
func TestATokenForEachWorkerIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newTokenRush("30")
		_, opts := a.client(t, tokenWorkers)
		lonely := &eachAlone{}
		for range tokenWorkers {
			client := newClient(t, opts)
			client.SetTransport(a)
			lonely.clients = append(lonely.clients, client)
		}
		if got := strings.Join(a.renewed(t, lonely, opts, 5*time.Minute), "\n"); !strings.Contains(got, "tokens were good at once") || !strings.Contains(got, "tokens were issued") {
			t.Errorf("got %q, want that it sees too many tokens", got)
		}
	})
}

// eachAlone is workers that know nothing of each other's tokens.
type eachAlone struct {
	clients []*remote.Client
	next    atomic.Int64
}

// Write sends with the next worker's own token.
func (e *eachAlone) Write(ctx context.Context, c *plan.Change, id string) push.Answer {
	return e.clients[int(e.next.Add(1))%len(e.clients)].Write(ctx, c, id)
}

// renewed pushes and returns what is wrong with how tokens were renewed.
func (a *rush) renewed(t *testing.T, writer push.Writer, opts remote.Options, lasts time.Duration) (wrong []string) {
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	run := a.push(t, push.Parts{Writer: writer, Pacer: opts.Pacer}, opts, tokenWorkers, lasts)
	ended := 0
	for _, end := range a.ends {
		if !time.Now().Before(end) {
			ended++
		}
	}
	t.Logf("%d tokens were issued and %d have ended, %d requests were refused for theirs; %d requests, %v", len(a.ends), ended, a.stale, run.Sent, run.counts)
	if len(a.ends) > ended+1 {
		add("%d tokens were issued, and %d have ended: want one more at most", len(a.ends), ended)
	}
	if a.alive > 2 {
		add("%d tokens were good at once, want at most the one that is about to end and the next", a.alive)
	}
	if run.Early != nil || run.counts[plan.Created] != len(a.records) || len(run.counts) != 1 {
		add("ended with %v, %v; want nothing but the %d records that the API has", run.Early, run.counts, len(a.records))
	}
	if len(a.ends) < int(lasts/time.Minute) {
		add("%d tokens in %v: the test shows little", len(a.ends), lasts)
	}
	return wrong
}
