// Package pace decides how fast requests may start, and waits for it.
//
// The policies are pure. A [Window] is asked at a moment whether a request may start then, and answers with a delay;
// [Shared] is the same budget for all processes of a user. [Permits] learns from the answers how many requests may be under
// way at once. The [Pacer] puts a clock, a lock and a context around them. Every request of a run passes one Pacer: reads,
// lookups, token calls and retries. It never sends anything itself and knows nothing of what is sent.
//
// Begin at [Pacer.Wait].
package pace

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limit is a request budget: at most Requests starts in any span of Per. The zero value is no limit.
type Limit struct {
	Requests int
	Per      time.Duration
}

// ParseLimit reads "20/1m", "5/s" or "none". The error says what is accepted.
func ParseLimit(text string) (Limit, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "none" {
		return Limit{}, nil
	}
	count, span, found := strings.Cut(text, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	if !found || err != nil || n < 1 {
		return Limit{}, fmt.Errorf("rate %q: write a number of requests and a time, such as 20/1m, or none", text)
	}
	span = strings.TrimSpace(span)
	if span != "" && (span[0] < '0' || span[0] > '9') {
		span = "1" + span
	}
	per, err := time.ParseDuration(span)
	if err != nil || per < time.Millisecond {
		return Limit{}, fmt.Errorf("rate %q: %q is not a time of at least 1ms, such as 1m or 10s", text, span)
	}
	return Limit{Requests: n, Per: per}, nil
}

// None reports whether l limits nothing.
func (l Limit) None() bool { return l.Requests <= 0 || l.Per <= 0 }

// String is the form that ParseLimit reads.
func (l Limit) String() string {
	if l.None() {
		return "none"
	}
	span := l.Per.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(span, zero) {
			span = span[:len(span)-2]
		}
	}
	return fmt.Sprintf("%d/%s", l.Requests, span)
}

// Forecast is how long n requests take at least, when the budget is fresh.
func (l Limit) Forecast(n int) time.Duration {
	l = l.parts()
	if l.None() || n <= l.Requests {
		return 0
	}
	return time.Duration((n-1)/l.Requests) * l.stretched()
}

// stretched is the window with its safety margin: a request that started just inside our window may arrive just
// outside the server's, so ours is 2% longer.
func (l Limit) stretched() time.Duration { return l.Per + l.margin() }

// margin is what the window is longer than the server's.
func (l Limit) margin() time.Duration { return l.Per / 50 }

// parts is a limit that is kept if l is to be kept, and of which every start can be remembered: 10000/1h as 1000/6m.
func (l Limit) parts() Limit {
	n := (l.Requests + maxStarts - 1) / maxStarts
	if n <= 1 {
		return l
	}
	return Limit{Requests: l.Requests / n, Per: l.Per / time.Duration(n)}
}
