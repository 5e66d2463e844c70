package pace

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The bounds of waiting. A Retry-After beyond MaxRetryAfter is a mistake of the server more often than an instruction.
const (
	backoffBase   = 250 * time.Millisecond
	backoffMax    = 30 * time.Second
	MaxRetryAfter = time.Hour
)

// Backoff is how long to wait before retry number n (from 1): exponential with full jitter, so that workers that failed
// together do not come back together. random is uniform in [0, 1).
func Backoff(n int, random float64) time.Duration {
	ceiling := backoffMax
	if n < 8 {
		ceiling = min(backoffMax, backoffBase<<(max(n, 1)-1))
	}
	return time.Duration(random * float64(ceiling))
}

// RetryAfter reads a Retry-After header, in seconds or as a date; dates are measured against the answer's own Date, so
// that a wrong clock on either side does no harm. It reports false if there is none that makes sense. A moment in the
// past is 0, and nothing is longer than [MaxRetryAfter].
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return clamp(seconds), true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return clamp(at.Sub(now).Seconds()), true
}

// clamp turns seconds into a wait between 0 and MaxRetryAfter; not-a-number is 0.
func clamp(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, MaxRetryAfter.Seconds()) * float64(time.Second))
}
