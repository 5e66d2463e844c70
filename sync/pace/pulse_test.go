package pace

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPulse: who watches is told why nothing happens, and nothing where something does.
func TestPulse(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for _, c := range []struct {
		says  string
		story func(d *diary)
		opens time.Time
		now   float64
		want  Pulse
	}{
		{"all is well", func(d *diary) { d.sending(at(0)); d.heard(at(0.1), 200) }, time.Time{}, 0.5, Pulse{Since: at(0.1)}},
		{"the API asked for a pause", func(d *diary) {
			d.sending(at(0))
			d.heard(at(0), 429)
			d.paused(at(0), 30*time.Second)
			d.held(at(0))
		}, time.Time{}, 0.5, Pulse{Why: WhyAsked, Status: 429, Since: at(0), Until: at(30)}},
		{"the budget is used up until it opens", func(d *diary) { d.held(at(1)) }, at(8), 2, Pulse{Why: WhyLimit, Since: at(0), Until: at(8)}},
		{"a budget that is open again is no reason", func(d *diary) { d.held(at(0)) }, at(0.4), 0.5, Pulse{Since: at(0)}},
		{"an answer is slow", func(d *diary) { d.sending(at(0)) }, time.Time{}, 3, Pulse{Underway: 1, Why: WhySlow, Since: at(0)}},
		{"an answer that takes a moment is not slow", func(d *diary) { d.sending(at(0)) }, time.Time{}, 0.9, Pulse{Underway: 1, Since: at(0)}},
		{"an outage is told however often it is tried", func(d *diary) {
			for s := range 5 {
				d.sending(at(float64(s)))
				d.heard(at(float64(s)), 503)
			}
		}, time.Time{}, 4.1, Pulse{Why: WhyBroken, Status: 503, Since: at(0)}},
		{"one good answer ends an outage", func(d *diary) {
			for s, status := range []int{503, 0, 503, 404} {
				d.sending(at(float64(s)))
				d.heard(at(float64(s)), status)
			}
		}, time.Time{}, 3.5, Pulse{Since: at(3)}},
		{"a pause is told before an outage", func(d *diary) {
			d.heard(at(0), 503)
			d.paused(at(1), 20*time.Second)
			d.held(at(1))
		}, time.Time{}, 5, Pulse{Why: WhyAsked, Status: 503, Since: at(0), Until: at(21)}},
	} {
		d := newDiary(start)
		c.story(d)
		if diff := cmp.Diff(d.pulse(at(c.now), c.opens), c.want); diff != "" {
			t.Errorf("%s (-got +want)\n%s", c.says, diff)
		}
	}
}

// TestPauseIsToldOnce: eight requests that are all told to wait are one thing to tell a person.
func TestPauseIsToldOnce(t *testing.T) {
	t.Parallel()
	p := New(NewWindow(Limit{}))
	var told []time.Duration
	p.Notify(func(d time.Duration) { told = append(told, d) })
	for range 8 {
		p.Pause(time.Minute)
		time.Sleep(time.Millisecond) // each ends a little later than the one before
	}
	p.Pause(time.Second)
	p.Pause(2 * time.Minute)
	if diff := cmp.Diff(told, []time.Duration{time.Minute, 2 * time.Minute}); diff != "" {
		t.Errorf("told (-got +want)\n%s", diff)
	}
}
