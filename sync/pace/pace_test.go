package pace_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/sync/pace"
)

func TestParseLimit(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		bad              bool
	}{
		{name: "requests in a minute", text: "20/1m", want: "20/1m"},
		{name: "the one may be left out", text: "5/s", want: "5/1s"},
		{name: "ten seconds keep their zero", text: "7/10s", want: "7/10s"},
		{name: "hours", text: "1000/1h", want: "1000/1h"},
		{name: "spaces do no harm", text: " 20 / 1m ", want: "20/1m"},
		{name: "none is no limit", text: "none", want: "none"},
		{name: "nothing is no limit", text: "", want: "none"},
		{name: "a bare number lacks its time", text: "20", bad: true},
		{name: "zero requests would never send", text: "0/1m", bad: true},
		{name: "a negative time is none", text: "3/-1m", bad: true},
		{name: "words are refused", text: "fast", bad: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := pace.ParseLimit(c.text)
			if c.bad != (err != nil) {
				t.Fatalf("error = %v, want one: %v", err, c.bad)
			}
			if err == nil && got.String() != c.want {
				t.Errorf("limit = %s, want %s", got, c.want)
			}
			if again, err := pace.ParseLimit(got.String()); err == nil && again != got {
				t.Errorf("reading %q again gives %v", got, again)
			}
		})
	}
}

func TestPauseHoldsEveryWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.NewWindow(pace.Limit{}))
		p.Pause(40 * time.Second)
		p.Pause(time.Second) // a shorter pause cuts nothing
		began := time.Now()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := p.Wait(t.Context()); err != nil {
					t.Error(err)
				}
				if waited := time.Since(began); waited != 40*time.Second {
					t.Errorf("started after %v, want 40s", waited)
				}
			})
		}
		wg.Wait()
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.NewWindow(pace.Limit{Requests: 1, Per: time.Hour}))
		if err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the context's", err)
		}
		if got := p.Stats().Started; got != 1 {
			t.Errorf("%d requests counted, want 1: the second never started", got)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name, value, date string
		want              time.Duration
		none              bool
	}{
		{name: "seconds", value: "40", want: 40 * time.Second},
		{name: "a fraction of a second", value: "1.5", want: 1500 * time.Millisecond},
		{name: "zero", value: "0", want: 0},
		{name: "a negative number is no wait", value: "-7", want: 0},
		{name: "an absurd number is cut to an hour", value: "99999999", want: time.Hour},
		{name: "not-a-number is no wait", value: "NaN", want: 0},
		{name: "a date", value: at(90 * time.Second), want: 90 * time.Second},
		{name: "a date in the past is no wait", value: at(-time.Minute), want: 0},
		{name: "a date counts from the answer's own clock", value: at(time.Hour + 30*time.Second), date: at(time.Hour), want: 30 * time.Second},
		{name: "nothing", none: true},
		{name: "a word", value: "soon", none: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", c.value)
			if c.date != "" {
				h.Set("Date", c.date)
			}
			got, ok := pace.RetryAfter(h, now)
			if ok == c.none || got != c.want {
				t.Errorf("wait = %v, %v, want %v, %v", got, ok, c.want, !c.none)
			}
		})
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n <= 40; n++ {
		d := pace.Backoff(n, 0.999)
		if d < last || d > 30*time.Second {
			t.Errorf("retry %d waits %v after %v; it should grow up to 30s", n, d, last)
		}
		last = d
	}
	if d := pace.Backoff(3, 0); d != 0 {
		t.Errorf("with no luck the wait is %v, want 0: full jitter", d)
	}
}

func TestForecast(t *testing.T) {
	limit := pace.Limit{Requests: 20, Per: time.Minute}
	for n, want := range map[int]time.Duration{0: 0, 20: 0, 21: 61200 * time.Millisecond, 40: 61200 * time.Millisecond, 41: 122400 * time.Millisecond} {
		if got := limit.Forecast(n); got != want {
			t.Errorf("%d requests take %v, want %v", n, got, want)
		}
	}
	// A limit that is too large to remember each of its starts is used in equal parts: here 1000 in six minutes.
	if got, want := (pace.Limit{Requests: 10_000, Per: time.Hour}).Forecast(1001), 6*time.Minute+7200*time.Millisecond; got != want {
		t.Errorf("1001 requests at 10000/1h take %v, want %v", got, want)
	}
}
