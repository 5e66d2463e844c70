package pace

import "time"

// Pulse is what a Pacer is doing at a moment.
type Pulse struct {
	Underway int // requests without an answer
	Why      Why // nothing goes out and nothing comes, "" if something does
	Status   int // HTTP status that was the reason, 0 for none
	Since    time.Time
	Until    time.Time // zero if nobody knows
}

// Pulse is what p is doing now.
func (p *Pacer) Pulse() Pulse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.diary.pulse(time.Now(), p.opens)
}

// pulse is what is going on at the moment now; before opens the budget lets nothing through. A wait whose end is known is told
// at once, any other when it is long enough to be a stall.
func (d *diary) pulse(now, opens time.Time) Pulse {
	out := Pulse{Underway: d.underway, Since: d.last}
	of := d.why()
	switch {
	case of.Why == WhyAsked && d.until.After(now):
		out.Why, out.Status, out.Until = WhyAsked, of.Status, d.until
	case !d.failing.IsZero() && now.Sub(d.failing) >= worthNoted: // an outage, however many requests try it
		out.Why, out.Status, out.Since = WhyBroken, d.status, d.failing
	case of.Why == WhyLimit && opens.After(now):
		out.Why, out.Until = WhyLimit, opens
	case of.Why != WhyOwn && now.Sub(d.last) >= worthNoted:
		out.Why, out.Status = of.Why, of.Status
	}
	return out
}
