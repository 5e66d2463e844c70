package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// The run of these tests: ten minutes with twenty requests a minute, and maybe an outage in between.
const (
	rushLasts   = 10 * time.Minute
	outageFrom  = 3 * time.Minute
	outageUntil = 5 * time.Minute
)

func rushLimit() pace.Limit { return pace.Limit{Requests: 20, Per: time.Minute} }

// TestTheBudgetIsUsedAndKept pushes to an API that takes twenty requests a minute: whatever goes wrong, they are used, hardly
// one is refused, none passes by the pacer, and an outage is made up for within two minutes.
func TestTheBudgetIsUsedAndKept(t *testing.T) {
	for _, c := range []struct {
		says   string
		fixed  bool
		loses  func(int) bool
		outage func() (*http.Response, error)
	}{
		{says: "all goes well, and the API counts any minute"},
		{says: "all goes well, and the API counts full minutes", fixed: true},
		{says: "every tenth answer is lost, and looking for it counts too", loses: func(n int) bool { return n%10 == 0 }},
		{says: "no connection for two minutes", outage: func() (*http.Response, error) { return nil, errRefused }},
		{says: "connections that break for two minutes", outage: func() (*http.Response, error) { return nil, errReset }},
		{says: "503 for two minutes", outage: func() (*http.Response, error) { return answerOf(503, `{}`), nil }},
		{says: "503 that asks for a rest, for two minutes", outage: func() (*http.Response, error) {
			return answerOf(503, `{}`, "Retry-After", "20"), nil
		}},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newRush(rushLimit())
				a.fixed = c.fixed
				if c.loses != nil {
					a.loses = c.loses
				}
				if c.outage != nil {
					a.trouble = a.during(outageFrom, outageUntil, c.outage)
				}
				for _, b := range a.budgeted(t, func(p push.Pacer) push.Pacer { return p }) {
					t.Error(b)
				}
			})
		})
	}
}

// TestABudgetThatIsNotKeptIsSeen proves that the test above can fail.
func TestABudgetThatIsNotKeptIsSeen(t *testing.T) {
	for _, c := range []struct {
		says  string
		spoil func(push.Pacer) push.Pacer
		want  []string
	}{
		{"requests pass by the pacer", func(p push.Pacer) push.Pacer { return bypass{p} }, []string{"the pacer let", "answers were 429"}},
		{"every request rests", func(p push.Pacer) push.Pacer { return sluggish{p} }, []string{"want at least 95%"}},
		{"after an outage nothing is sent for long", func(p push.Pacer) push.Pacer { return resentful{p} }, []string{"in the best minute"}},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newRush(rushLimit())
				if strings.Contains(c.says, "outage") {
					a.trouble = a.during(outageFrom, outageUntil, func() (*http.Response, error) { return nil, errRefused })
				}
				got := strings.Join(a.budgeted(t, c.spoil), "\n")
				for _, want := range c.want {
					if !strings.Contains(got, want) {
						t.Errorf("got %q, want that it says %q", got, want)
					}
				}
			})
		})
	}
}

// during is trouble for some of the time.
func (a *rush) during(from, until time.Duration, resp func() (*http.Response, error)) func(int) (*http.Response, error) {
	return func(int) (*http.Response, error) {
		if since := time.Since(a.began); since < from || since >= until {
			return nil, nil
		}
		return resp()
	}
}

// budgeted pushes and returns what is wrong with how the budget was used. wrap is around the pacer of the writes.
func (a *rush) budgeted(t *testing.T, wrap func(push.Pacer) push.Pacer) (wrong []string) {
	const workers = 8
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	client, opts := a.client(t, workers)
	run := a.push(t, push.Parts{Writer: client, Looker: lister{client, opts}, Pacer: wrap(opts.Pacer)}, opts, workers, rushLasts)
	used, whole := among(a.came, a.began.Add(-1), a.began.Add(rushLasts)), a.limit.Requests*int(rushLasts/a.limit.Per)
	recovered := a.best(a.began.Add(outageUntil), a.began.Add(outageUntil+2*a.limit.Per))
	t.Logf("%d requests of %d, %d of %d answers were 429, %d good ones in the best minute of the two after the outage, if any; %v",
		used, whole, a.refused, len(a.came), recovered, run.counts)
	if used*100 < whole*95 {
		add("%d requests, want at least 95%% of %d", used, whole)
	}
	if a.refused*100 > len(a.came) {
		add("%d of %d answers were 429, want at most 1%%", a.refused, len(a.came))
	}
	if sent, let := client.Stats().Sent, opts.Pacer.Stats().Started; sent != len(a.came) || let != len(a.came) {
		add("the network saw %d requests, we counted %d, and the pacer let %d through", len(a.came), sent, let)
	}
	if recovered*10 < a.limit.Requests*9 {
		add("%d good answers in the best minute of the two after the outage, want at least 90%% of %d", recovered, a.limit.Requests)
	}
	if run.Early != nil || run.counts[plan.Created] != len(a.records) || len(run.counts) != 1 {
		add("ended with %v, %v; want nothing but the %d records that the API has", run.Early, run.counts, len(a.records))
	}
	return wrong
}

// best is the most good answers in any minute between two moments.
func (a *rush) best(from, to time.Time) (most int) {
	for at := from; !at.Add(time.Minute).After(to); at = at.Add(time.Second) {
		most = max(most, among(a.good, at, at.Add(time.Minute)))
	}
	return most
}

// bypass lets writes start at any time.
type bypass struct{ push.Pacer }

func (bypass) Wait(context.Context) error { return nil }

func (bypass) Done() {}

// sluggish has every write rest before its turn.
type sluggish struct{ push.Pacer }

func (s sluggish) Wait(ctx context.Context) error {
	if err := s.Sleep(ctx, 30*time.Second); err != nil {
		return err
	}
	return s.Pacer.Wait(ctx)
}

// resentful backs off for far too long.
type resentful struct{ push.Pacer }

func (resentful) Backoff(int) time.Duration { return 9 * time.Minute }
