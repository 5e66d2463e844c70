package pace

import "time"

// clock is the wall clock, which is what processes share, together with the knowledge of whether it was set.
type clock struct {
	wall      func() time.Time
	steady    func() time.Duration // a clock that is never set
	looked    time.Duration        // when both were last looked at, on the steady one
	offset    int64                // from the steady clock to the wall clock, then; 0 before the first look
	tolerance time.Duration        // what counts as setting it
	jumped    bool                 // it was set, and nobody has asked yet
}

// newClock tolerates a second.
func newClock() clock {
	born := time.Now()
	return clock{wall: time.Now, steady: func() time.Duration { return time.Since(born) }, tolerance: time.Second}
}

// slew is the share of the time by which a wall clock is led back to the right time without being set.
const slew = 1000

// now is the moment. It notices that the clock was set since the last look: then it and the clock that is never set disagree,
// and not only because the process lost the processor between a look at the one and at the other.
func (c *clock) now() int64 {
	const looks = 3
	var now int64
	var steady time.Duration
	jumped := false
	for range looks {
		steady = c.steady()
		now = c.wall().UnixNano()
		drift := time.Duration(now - int64(steady) - c.offset)
		jumped = c.offset != 0 && drift.Abs() > c.tolerance+(steady-c.looked)/slew
		if !jumped {
			break
		}
	}
	c.looked, c.offset, c.jumped = steady, now-int64(steady), c.jumped || jumped
	return now
}

// wasSet reports, once, whether the clock was set.
func (c *clock) wasSet() bool {
	jumped := c.jumped
	c.jumped = false
	return jumped
}
