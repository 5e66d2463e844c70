package pace

import (
	"math"
	"time"
)

// Sign is what the answer to a request tells of how busy the server is.
type Sign uint8

// The signs.
const (
	Well        Sign = iota // it has time for us
	WellAsUsual             // and the request was of the usual kind, so that how long it took can be compared
	Throttled               // 429: these are too many requests
	Unavailable             // 503
	Unanswered              // no answer in time
)

// String says the sign in words for a log.
func (s Sign) String() string {
	return [...]string{"well", "well", "HTTP 429", "HTTP 503", "no answer in time"}[s]
}

// strain reports whether the server seems to have too much to do.
func (s Sign) strain() bool { return s >= Throttled }

// Permits is how many requests may be under way at once. While all goes well there are more and more of them, up to the
// ceiling; when the server shows strain, or takes much longer than it used to, there are half as many. It remembers at how
// many the server was strained, and is slow to try that again. It is a pure policy and not safe for concurrent use.
type Permits struct {
	ceiling int
	count   int
	sunk    time.Time // when the count was last cut: what began before says nothing of what holds now
	good    int       // answers that went well, with all permits in use, since the count last changed
	edge    int       // count at which the server was strained, 0 if it never was
	caution int       // good answers that it takes to try the edge again
	last    string    // why the count was last cut
	cuts    int

	weighed int     // answers since the last judgement
	judged  bool    // there was one since the count was last cut
	mean    float64 // logarithm of how long an answer takes, smoothed: a few that take very long do not weigh much
	best    float64 // the shortest time that the mean stood for at a judgement, in seconds; 0 before the first
}

// The figures of the policy.
const (
	minCaution  = 200  // a failed try costs an answer or two: at most one in a hundred
	maxCaution  = 3200 // and in the long run far fewer
	minWeighed  = 32   // answers that one judgement of their time rests on
	smoothing   = 0.05 // share of the newest answer in the mean
	farAbove    = 3.0  // times the best: then the server has too much to do
	noise       = 0.05 // seconds above the best that are never held against a server
	resignation = 0.1  // share of the way that the best moves towards a mean far above it, should that be how it is now
)

// NewPermits begins with as many permits as there can be.
func NewPermits(ceiling int) *Permits {
	ceiling = max(1, ceiling)
	return &Permits{ceiling: ceiling, count: ceiling, caution: minCaution}
}

// Count is how many requests may be under way, at least 1.
func (p *Permits) Count() int { return p.count }

// Seen takes an answer that came at the moment now, after it took so long, when inUse permits were in use. It reports true if
// the count was cut.
func (p *Permits) Seen(sign Sign, took time.Duration, now time.Time, inUse int) (cut bool) {
	inUse = min(inUse, p.count) // there may have been more permits when they were given out
	switch {
	case now.Add(-took).Before(p.sunk):
		return false
	case sign.strain():
		return p.strained(sign, now, inUse)
	case sign == WellAsUsual && p.weigh(took.Seconds()):
		return p.cut("answers take much longer than before", now, p.count)
	}
	if inUse == p.count { // only then does it speak for more of them
		p.grow()
	}
	return false
}

// strained is an answer that speaks of too much to do: so this is the edge. But what fails only now and then, or with a single
// request under way, has other reasons, such as an outage. That says nothing of the edge.
func (p *Permits) strained(sign Sign, now time.Time, inUse int) bool {
	rare := 2 * p.count
	if sign == Throttled { // it says what the reason is
		rare = minCaution / 2
	}
	switch {
	case inUse <= 1:
		p.edge = 0
		return false
	case p.edge > 0 && p.good >= rare:
		p.edge = 0
	case p.edge == inUse:
		p.caution = min(2*p.caution, maxCaution)
	default:
		p.edge, p.caution = inUse, minCaution
	}
	return p.cut(sign.String(), now, inUse)
}

// cut halves the count, or what was used of it.
func (p *Permits) cut(why string, now time.Time, inUse int) bool {
	p.sunk, p.good, p.weighed, p.judged = now, 0, 0, false
	if inUse <= 1 {
		return false
	}
	p.count, p.last = inUse/2, why
	p.cuts++
	return true
}

// grow counts an answer that went well, and adds a permit once there are enough of them: as many as there are permits, or far
// more where that has failed before.
func (p *Permits) grow() {
	p.good++
	if p.count == p.ceiling {
		return
	}
	enough := p.count
	if p.edge > 0 && p.count+1 >= p.edge {
		enough = p.caution
	}
	if p.good < enough {
		return
	}
	if p.edge > 0 && p.count >= p.edge { // it held where it once failed
		p.edge, p.caution = 0, minCaution
	}
	p.count++
	p.good = 0
}

// weigh compares how long answers take with how long they took at best. It reports true if that is far above.
func (p *Permits) weigh(seconds float64) bool {
	sample := math.Log(max(seconds, 1e-6))
	if p.weighed == 0 && !p.judged {
		p.mean = sample
	}
	p.mean += smoothing * (sample - p.mean)
	if p.weighed++; p.weighed < max(minWeighed, p.count) {
		return false
	}
	p.weighed, p.judged = 0, true
	usual := math.Exp(p.mean)
	if p.best == 0 || usual < p.best {
		p.best = usual
	}
	if usual <= farAbove*p.best+noise {
		return false
	}
	p.best += resignation * (usual - p.best)
	return true
}
