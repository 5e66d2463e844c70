package pace

import (
	"maps"
	"slices"
	"time"
)

// History is what a Pacer has seen over time, slice by slice. It stays small however long it goes on, because its slices grow.
type History struct {
	Begun  time.Time     `json:"begun"`
	Ended  time.Time     `json:"ended"`
	Width  time.Duration `json:"width"` // of a slice
	Slices []Slice       `json:"slices"`
	Waits  []Wait        `json:"waits"` // in the order in which their reasons came up first
}

// Slice is the answers that came within one span of time, and how long nothing went out and nothing came.
type Slice struct {
	Good      int                   `json:"good,omitempty"`      // 2xx and 3xx
	Refused   int                   `json:"refused,omitempty"`   // 4xx
	Throttled int                   `json:"throttled,omitempty"` // 429
	Broken    int                   `json:"broken,omitempty"`    // 5xx
	Silent    int                   `json:"silent,omitempty"`    // no answer at all
	Waited    map[Why]time.Duration `json:"waited,omitempty"`    // in stalls, by their reason
}

// Wait is all stalls with one reason. A stall is a second and more in which no request went out and no answer came.
type Wait struct {
	Why     Why           `json:"why"`
	Status  int           `json:"status,omitempty"` // HTTP status that was the reason, 0 for none
	Times   int           `json:"times"`
	Waited  time.Duration `json:"waited"`
	Longest time.Duration `json:"longest"`
	At      time.Time     `json:"at"` // when the longest began
}

// Why is the reason of a stall.
type Why string

// The reasons, the one that counts first where several hold.
const (
	WhyAsked  Why = "asked"  // the API asked for a pause
	WhyLimit  Why = "limit"  // the budget was used up
	WhySlow   Why = "slow"   // the API took its time to answer
	WhyBroken Why = "broken" // a rest before a request that got no answer, or a bad one, is sent again
	WhyRest   Why = "rest"   // a rest after a good answer, as before looking once more for a new record
	WhyOwn    Why = "own"    // nobody had anything to send
)

// The bounds of a History.
const (
	maxSlices  = 120
	firstWidth = 50 * time.Millisecond
	worthNoted = time.Second // the shortest wait that is a stall
)

// diary keeps the History of a Pacer. It is a pure policy: the Pacer holds the lock and the clock.
type diary struct {
	history  History
	last     time.Time // of the latest request or answer
	underway int       // requests without an answer
	status   int       // of the latest answer, 0 if it never came
	bad      bool      // and that answer was no good
	until    time.Time // the API does not want a request before
	asked    int       // status with which it said so
	reasons  map[Why]bool
	failing  time.Time // since when every answer was missing or 5xx, zero if the latest was not
}

func newDiary(now time.Time) *diary {
	return &diary{last: now, history: History{Begun: now, Width: firstWidth}, reasons: map[Why]bool{}}
}

// sending notes a request.
func (d *diary) sending(now time.Time) {
	d.moved(now)
	d.underway++
}

// heard notes an answer, or with a status of 0 that none came.
func (d *diary) heard(now time.Time, status int) {
	d.moved(now)
	d.underway = max(0, d.underway-1)
	d.status, d.bad = status, status == 0 || status >= 500 || status == 429
	switch {
	case status != 0 && status < 500:
		d.failing = time.Time{}
	case d.failing.IsZero():
		d.failing = now
	}
	s := d.history.slice(now)
	switch {
	case status == 0:
		s.Silent++
	case status >= 500:
		s.Broken++
	case status == 429:
		s.Throttled++
	case status >= 400:
		s.Refused++
	default:
		s.Good++
	}
}

// paused notes that the API wants no request for a while.
func (d *diary) paused(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(d.until) {
		d.until, d.asked = until, d.status
	}
}

// held notes that a request may not go out yet.
func (d *diary) held(now time.Time) {
	if now.Before(d.until) {
		d.reasons[WhyAsked] = true
		return
	}
	d.reasons[WhyLimit] = true
}

// resting notes that somebody rests.
func (d *diary) resting() {
	if d.bad {
		d.reasons[WhyBroken] = true
		return
	}
	d.reasons[WhyRest] = true
}

// moved ends the time in which nothing happened.
func (d *diary) moved(now time.Time) {
	if now.Sub(d.last) >= worthNoted {
		d.history.stalled(d.last, now, d.why())
	}
	d.last = now
	clear(d.reasons)
}

// why is the reason for which nothing has happened for some time, and the HTTP status that is behind it.
func (d *diary) why() Wait {
	switch {
	case d.reasons[WhyAsked]:
		return Wait{Why: WhyAsked, Status: d.asked}
	case d.reasons[WhyLimit]:
		return Wait{Why: WhyLimit}
	case d.underway > 0:
		return Wait{Why: WhySlow}
	case d.reasons[WhyBroken]:
		return Wait{Why: WhyBroken, Status: d.status}
	case d.reasons[WhyRest]:
		return Wait{Why: WhyRest}
	}
	return Wait{Why: WhyOwn}
}

// stalled adds one stall.
func (h *History) stalled(from, to time.Time, of Wait) {
	took := to.Sub(from)
	i := slices.IndexFunc(h.Waits, func(w Wait) bool { return w.Why == of.Why && w.Status == of.Status })
	if i < 0 {
		i, h.Waits = len(h.Waits), append(h.Waits, of)
	}
	w := &h.Waits[i]
	w.Times, w.Waited = w.Times+1, w.Waited+took
	if took > w.Longest {
		w.Longest, w.At = took, from
	}
	h.slice(to) // makes room: from here on the slices stay as wide as they are
	for from.Before(to) {
		s := h.slice(from)
		end := h.Begun.Add(from.Sub(h.Begun)/h.Width*h.Width + h.Width)
		if end.After(to) {
			end = to
		}
		if s.Waited == nil {
			s.Waited = map[Why]time.Duration{}
		}
		s.Waited[of.Why] += end.Sub(from)
		from = end
	}
}

// slice is the slice of a moment. When there is no room for it, slices become twice as wide.
func (h *History) slice(now time.Time) *Slice {
	at := max(0, int(now.Sub(h.Begun)/h.Width))
	for at >= maxSlices {
		half := h.Slices[:0]
		for pair := range slices.Chunk(h.Slices, 2) {
			s := pair[0]
			for _, o := range pair[1:] {
				s.add(o)
			}
			half = append(half, s)
		}
		h.Slices, h.Width, at = half, 2*h.Width, at/2
	}
	for len(h.Slices) <= at {
		h.Slices = append(h.Slices, Slice{})
	}
	return &h.Slices[at]
}

// add takes the figures of o in.
func (s *Slice) add(o Slice) {
	s.Good, s.Refused, s.Throttled = s.Good+o.Good, s.Refused+o.Refused, s.Throttled+o.Throttled
	s.Broken, s.Silent = s.Broken+o.Broken, s.Silent+o.Silent
	if s.Waited == nil {
		s.Waited = o.Waited
		return
	}
	for why, took := range o.Waited {
		s.Waited[why] += took
	}
}

// read is the history up to a moment.
func (d *diary) read(now time.Time) History {
	h := d.history
	h.Ended, h.Slices, h.Waits = now, slices.Clone(h.Slices), slices.Clone(h.Waits)
	for i := range h.Slices {
		h.Slices[i].Waited = maps.Clone(h.Slices[i].Waited)
	}
	if of := d.why(); of.Why != WhyOwn && now.Sub(d.last) >= worthNoted { // it ends while it waits
		h.stalled(d.last, now, of)
	}
	return h
}
