package simulator

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter is the form of the Retry-After header on a 429.
type RetryAfter int

// The forms of Retry-After.
const (
	// RetrySeconds gives whole seconds, rounded up.
	RetrySeconds RetryAfter = iota
	// RetryDate gives an HTTP date on the server's clock, rounded up.
	RetryDate
	// RetryNone leaves the header out.
	RetryNone
)

// Rate is the documented limit of an account: at most Limit requests in a window of length Per, whoever sends them. A
// refused request costs nothing.
type Rate struct {
	// Limit is the number of requests in a window; 0 or less is no limit.
	Limit int
	// Per is the length of the window; default a minute.
	Per time.Duration
	// Sliding makes the window the time just past. The default is fixed windows that begin at multiples of Per.
	Sliding bool
	// RetryAfter is how a refusal says when to come back.
	RetryAfter RetryAfter
}

// limiter holds the state of a Rate. It is guarded by the core's lock.
type limiter struct {
	rate     Rate
	recent   []time.Time        // the requests that still count, oldest first
	accounts map[int64]*limiter // those of the accounts, where each has its own
}

// of returns the limiter of an account, with the same rate. Requests of no account, 0, count here.
func (l *limiter) of(account int64) *limiter {
	if account == 0 {
		return l
	}
	if l.accounts == nil {
		l.accounts = map[int64]*limiter{}
	}
	if l.accounts[account] == nil {
		l.accounts[account] = &limiter{rate: l.rate}
	}
	return l.accounts[account]
}

// take counts one request. If the limit is reached it returns how long to wait for the next one.
func (l *limiter) take(now time.Time) (wait time.Duration, ok bool) {
	if l.rate.Limit <= 0 {
		return 0, true
	}
	per := l.rate.Per
	if per <= 0 {
		per = time.Minute
	}
	oldest := now.Truncate(per)
	if l.rate.Sliding {
		oldest = now.Add(-per).Add(1)
	}
	for len(l.recent) > 0 && l.recent[0].Before(oldest) {
		l.recent = l.recent[1:]
	}
	if len(l.recent) < l.rate.Limit {
		l.recent = append(l.recent, now)
		return 0, true
	}
	if l.rate.Sliding {
		return l.recent[0].Add(per).Sub(now), false
	}
	return oldest.Add(per).Sub(now), false
}

// tell writes the Retry-After header of a refusal.
func (r Rate) tell(header http.Header, now time.Time, wait time.Duration) {
	switch r.RetryAfter {
	case RetrySeconds:
		header.Set("Retry-After", strconv.Itoa(wholeSeconds(wait)))
	case RetryDate:
		header.Set("Retry-After", httpDate(now.Add(wait).Add(time.Second-1)))
	case RetryNone:
	}
}

// throttled says in words when to come back. The sentence is Revnue's, from developer.revnue.com/reference/rate-limit; the
// other APIs document none.
func throttled(wait time.Duration) string {
	return fmt.Sprintf("Request was throttled. Expected available in %d seconds.", wholeSeconds(wait))
}

// wholeSeconds rounds a wait up.
func wholeSeconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }

// httpDate writes a time as headers do: in GMT, cut to whole seconds.
func httpDate(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
