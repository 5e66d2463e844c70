package pace

import "time"

// Window is a budget as a sliding window of request starts: no span of the limit's length ever holds more starts than
// the limit, whatever the server's own window is aligned to. It is a pure policy and not safe for concurrent use.
type Window struct {
	limit  Limit
	starts []time.Time // ring of the latest starts, as many as the limit has
	oldest int
}

// NewWindow is a fresh budget.
func NewWindow(limit Limit) *Window {
	w := &Window{limit: limit}
	if !limit.None() {
		w.starts = make([]time.Time, 0, min(limit.Requests, 1<<16))
	}
	return w
}

// Delay is how long a request has to wait at the moment now; 0 means that it may start.
func (w *Window) Delay(now time.Time) time.Duration {
	if w.limit.None() || len(w.starts) < w.limit.Requests {
		return 0
	}
	free := w.starts[w.oldest].Add(w.limit.stretched())
	return max(0, free.Sub(now))
}

// Start counts a request that starts at the moment now.
func (w *Window) Start(now time.Time) {
	switch {
	case w.limit.None():
	case len(w.starts) < w.limit.Requests:
		w.starts = append(w.starts, now)
	default:
		w.starts[w.oldest] = now
		w.oldest = (w.oldest + 1) % len(w.starts)
	}
}
