package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync"
)

// standing is how far a stage is.
type standing struct {
	name  string
	done  int
	total int // of steps, negative if nobody knows
	now   time.Time
	rate  float64       // steps in a second, 0 if that cannot be told yet
	left  time.Duration // 0 if that cannot be told yet
	pulse *sync.Pulse   // of the requests, nil if there are none
}

// speedText is how fast it goes, "" if that cannot be told.
func (s *standing) speedText() string {
	switch {
	case s.rate <= 0:
		return ""
	case s.rate >= 10:
		return figure(int(s.rate+0.5)) + " rows/s"
	case s.rate >= 1:
		return fmt.Sprintf("%.1f rows/s", s.rate)
	}
	return fmt.Sprintf("%.1f rows/min", s.rate*60)
}

// leftText is how long it takes still, "" if that cannot be told.
func (s *standing) leftText() string {
	if s.left <= 0 || s.pulse != nil && s.pulse.Wait.Why == sync.WhyBroken { // how long trouble lasts, nobody knows
		return ""
	}
	text := "about " + span(s.left) + " left"
	if s.left >= time.Minute {
		text += " (until " + clock(s.now, s.now.Add(s.left)) + ")"
	}
	return text
}

// limitText is what the requests are held to.
func (s *standing) limitText() string {
	p := s.pulse
	text := requests(p.Requests)
	if p.Permits > 0 {
		text += fmt.Sprintf(", %d of at most %d under way", p.Underway, p.Permits)
	}
	if p.Limit != "" {
		text += ", limit " + p.Limit
	}
	if p.Throttles > 0 {
		text += fmt.Sprintf(", %d answered 429", p.Throttles)
	}
	return text
}

// waitText is why nothing happens, "" if something does.
func (s *standing) waitText() string {
	if s.pulse == nil {
		return ""
	}
	w := &s.pulse.Wait
	lasts := span(s.now.Sub(w.Since))
	until := ""
	if left := w.Until.Sub(s.now); !w.Until.IsZero() {
		if left < time.Second && w.Why == sync.WhyLimit {
			return "" // the usual rhythm of a limit
		}
		until = fmt.Sprintf(", %s (until %s)", span(left), clock(s.now, w.Until))
	}
	switch w.Why {
	case sync.WhyAsked:
		if w.Status != 0 {
			return fmt.Sprintf("paused: the API asks to wait (HTTP %d)%s", w.Status, until)
		}
		return "paused: the API asks to wait" + until
	case sync.WhyLimit:
		return "waiting: the rate budget is used up" + until
	case sync.WhySlow:
		return "waiting for an answer of the API for " + lasts
	case sync.WhyBroken:
		return fmt.Sprintf("the API has been in trouble for %s (%s); trying again", lasts, statusText(w.Status))
	case sync.WhyRest:
		return "waiting: a new record may take a moment to appear"
	}
	return ""
}

// statusText is an HTTP status in words, or that there was no answer.
func statusText(status int) string {
	if status == 0 {
		return "no answer"
	}
	return strings.TrimSpace("HTTP " + strconv.Itoa(status) + " " + http.StatusText(status))
}

// span is a time span that a person takes in at a glance.
func span(d time.Duration) string {
	d = max(d, time.Second).Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24+0.5))
}

// clock is a moment to come as a wall clock shows it, with the day if it is another one.
func clock(now, at time.Time) string {
	now, at = now.Local(), at.Local()
	if now.YearDay() == at.YearDay() && now.Year() == at.Year() {
		return at.Format(time.TimeOnly)
	}
	return at.Format("Mon 2 Jan 15:04")
}

// figure is n with a comma between groups of three digits.
func figure(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// speed tells how fast steps are made, over the last minute and a half: long enough for the rhythm of a limit by the minute.
type speed struct {
	seen []sample
}

type sample struct {
	at   time.Time
	done int
}

// The bounds of a speed.
const (
	speedOver  = 90 * time.Second
	speedEvery = time.Second
)

// see notes how far it is at the moment now, and returns the steps in a second, 0 in the first second.
func (s *speed) see(done int, now time.Time) float64 {
	if n := len(s.seen); n == 0 || now.Sub(s.seen[n-1].at) >= speedEvery {
		s.seen = append(s.seen, sample{now, done})
	}
	for now.Sub(s.seen[0].at) > speedOver {
		s.seen = s.seen[1:]
	}
	first := s.seen[0]
	if took := now.Sub(first.at); took >= speedEvery && done > first.done {
		return float64(done-first.done) / took.Seconds()
	}
	return 0
}
