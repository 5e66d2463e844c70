package pace

import "time"

// Window is a budget as a sliding window of request starts: no span of the limit's length ever holds more starts than
// the limit, whatever the server's own window is aligned to. It is a pure policy and not safe for concurrent use.
type Window struct {
	limit  Limit
	book   book
	claims claims
	epoch  time.Time // of the book's clock
}

// NewWindow is a fresh budget.
func NewWindow(limit Limit) *Window { return &Window{limit: limit.parts()} }

// Take starts a request at the moment now and returns 0, or says how long it has to wait.
func (w *Window) Take(now time.Time) time.Duration {
	at := w.at(now)
	if wait := w.book.delay(w.limit, at); wait > 0 || w.limit.None() {
		return wait
	}
	w.book.start(at)
	w.claims.add(at)
	return 0
}

// Sending counts a request that was let through for the moment now, at which it goes out.
func (w *Window) Sending(now time.Time) {
	if w.limit.None() {
		return
	}
	at := w.at(now)
	if counted, late := w.claims.redeem(w.limit, at); late {
		w.book.move(counted, at)
	}
}

// Unsent gives back the place of a request that was let through and does not go out.
func (w *Window) Unsent() {
	if counted := w.claims.drop(); counted != 0 {
		w.book.remove(counted)
	}
}

// Hold lets no request start for d after the moment now. It reports false if none may until then anyway.
func (w *Window) Hold(now time.Time, d time.Duration) (longer bool) {
	until := w.at(now) + int64(d)
	longer = until > w.book.until
	w.book.until = max(w.book.until, until)
	return longer
}

// at is a moment on the book's clock, which begins behind 0.
func (w *Window) at(now time.Time) int64 {
	if w.epoch.IsZero() {
		w.epoch = now
	}
	return 1 + int64(now.Sub(w.epoch))
}
