package reconcile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The measures of the chart, in its own units.
const (
	chartWidth  = 1000.0
	chartHeight = 120.0
	chartGap    = 14.0 // between two sessions
	chartLeast  = 60.0 // width of the shortest session
	chartSlices = 3    // fewer slices of time than these say nothing that a sentence does not
)

// timeView is what the page shows of the time that a run took.
type timeView struct {
	Sessions []sessionView
	Drawn    bool  // it took long enough to have a course
	Bars     []bar // answers, the higher the more in a second
	Stalls   []bar // below them, where nothing went out
	Breaks   []float64
	Waits    []waitView
	Kinds    []kindView // of answers that came
	Peak     string     // answers in a second at the best of times
	Answers  int
	From, To string // when the first session began and the last one ended
	Took     string // all sessions together
	Waited   string // of it, "" for nothing worth telling
}

// bar is a rectangle of the chart.
type bar struct {
	Class, Title        string
	X, Y, Width, Height float64
}

// sessionView is one line of the table of sessions.
type sessionView struct {
	Command, Begun, Took, Waited string
	Answers                      int
}

// waitView is one line of the table of waits.
type waitView struct {
	Class, Reason, Waited, Share, Longest, At string
	Times                                     int
	waited, longest                           time.Duration
}

// kindView is one kind of answers.
type kindView struct {
	Class, Label string
	Count        int
}

func kindViews() [answerKinds]kindView {
	return [answerKinds]kindView{
		Good: {Class: "good", Label: "went well"}, Refused: {Class: "refused", Label: "refused (HTTP 4xx)"},
		Throttled: {Class: "throttled", Label: "told to slow down (HTTP 429)"},
		Broken:    {Class: "broken", Label: "with a server error (HTTP 5xx)"}, Silent: {Class: "silent", Label: "without an answer"},
	}
}

// newTimeView lays the chart out: the sessions side by side, each as wide as it took long. It is nil if nothing is known.
func newTimeView(sessions []Session) *timeView {
	sessions = slices.DeleteFunc(slices.Clone(sessions), func(s Session) bool { return len(s.Slices) == 0 || s.Width <= 0 })
	if len(sessions) == 0 {
		return nil
	}
	v := &timeView{}
	var took, waited time.Duration
	best, slicesOfTime := 0.0, 0
	kinds := kindViews()
	for i := range sessions {
		s := &sessions[i]
		slicesOfTime += len(s.Slices)
		line := sessionView{Command: s.Command, Begun: when(s.Begun), Took: span(s.took())}
		for _, slice := range s.Slices {
			for k, n := range slice.Answers {
				kinds[k].Count += n
				line.Answers += n
			}
			best = max(best, slice.rate(s.Width))
		}
		lost := v.addWaits(s)
		if lost > 0 {
			line.Waited = span(lost)
		}
		took, waited = took+s.took(), waited+lost
		v.Answers += line.Answers
		v.Sessions = append(v.Sessions, line)
	}
	for _, k := range kinds {
		if k.Count > 0 {
			v.Kinds = append(v.Kinds, k)
		}
	}
	v.From, v.To = when(sessions[0].Begun), when(sessions[len(sessions)-1].Ended)
	v.Took, v.Peak, v.Drawn = span(took), perSecond(best), slicesOfTime >= chartSlices
	if waited > 0 {
		v.Waited = span(waited)
	}
	for i := range v.Waits {
		w := &v.Waits[i]
		w.Waited, w.Longest, w.Share = span(w.waited), span(w.longest), percent(int(w.waited/time.Millisecond), int(took/time.Millisecond))
	}
	slices.SortStableFunc(v.Waits, func(a, b waitView) int { return cmp.Compare(b.waited, a.waited) })
	v.draw(sessions, took, best)
	return v
}

// took is how long a session was at work.
func (s *Session) took() time.Duration {
	return max(s.Ended.Sub(s.Begun), s.Width, time.Millisecond)
}

// rate is answers in a second.
func (s *Slice) rate(width time.Duration) float64 {
	n := 0
	for _, k := range s.Answers {
		n += k
	}
	return float64(n) / width.Seconds()
}

// addWaits adds the waits of a session to those of the run, and returns their sum.
func (v *timeView) addWaits(s *Session) (sum time.Duration) {
	for i := range s.Waits {
		w := &s.Waits[i]
		sum += w.Waited
		reason := w.reason(s.Limit)
		at := slices.IndexFunc(v.Waits, func(o waitView) bool { return o.Reason == reason })
		if at < 0 {
			at, v.Waits = len(v.Waits), append(v.Waits, waitView{Class: w.Why, Reason: reason})
		}
		o := &v.Waits[at]
		o.Times, o.waited = o.Times+w.Times, o.waited+w.Waited
		if w.Longest > o.longest {
			o.longest, o.At = w.Longest, when(w.At)
		}
	}
	return sum
}

// draw makes the bars.
func (v *timeView) draw(sessions []Session, took time.Duration, best float64) {
	n := float64(len(sessions))
	room := chartWidth - chartGap*(n-1) - chartLeast*n
	x := 0.0
	for i := range sessions {
		s := &sessions[i]
		width := chartLeast + room*float64(s.took())/float64(took)
		for j := range s.Slices {
			from := time.Duration(j) * s.Width
			part := float64(min(s.Width, max(0, s.took()-from))) / float64(s.took()) * width
			v.drawSlice(s, j, x+float64(from)/float64(s.took())*width, part, best)
		}
		x += width
		if i+1 < len(sessions) {
			v.Breaks = append(v.Breaks, places(x+chartGap/2))
		}
		x += chartGap
	}
}

// drawSlice draws one slice at x: its answers, one kind upon the other, and below them how much of it was spent waiting.
func (v *timeView) drawSlice(s *Session, j int, x, width, best float64) {
	slice, at := &s.Slices[j], s.Begun.Add(time.Duration(j)*s.Width)
	kinds := kindViews()
	y := chartHeight
	for k, n := range slice.Answers {
		if n == 0 {
			continue
		}
		height := max(1.5, chartHeight*float64(n)/s.Width.Seconds()/best)
		y -= height
		v.Bars = append(v.Bars, bar{Class: kinds[k].Class, X: places(x), Y: places(max(0, y)), Width: places(width), Height: places(height),
			Title: fmt.Sprintf("%s: %s %s", clock(at), number(n), kinds[k].Label)})
	}
	for _, why := range sortedKeys(slice.Waited) {
		waited := slice.Waited[why]
		part := width * min(1, float64(waited)/float64(s.Width))
		title := fmt.Sprintf("%s: %s waiting", clock(at), span(waited))
		for i := range s.Waits {
			if s.Waits[i].Why == why {
				title += ", " + s.Waits[i].reason(s.Limit)
				break
			}
		}
		v.Stalls = append(v.Stalls, bar{Class: why, Title: title, X: places(x), Width: places(part)})
		x += part
	}
}

// Label is what the chart says to those who do not see it.
func (v *timeView) Label() string {
	parts := []string{fmt.Sprintf("%s answers in %s, at most %s a second", number(v.Answers), v.Took, v.Peak)}
	for _, k := range v.Kinds {
		parts = append(parts, number(k.Count)+" "+k.Label)
	}
	return strings.Join(parts, ", ")
}

// clock is a moment within a run.
func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// places rounds to what a chart needs.
func places(f float64) float64 { return math.Round(f*100) / 100 }

// perSecond is a rate for reading.
func perSecond(f float64) string {
	switch {
	case f >= 10:
		return number(int(math.Round(f)))
	case f >= 1:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2g", f)
}

// span is a duration for reading: the two largest units, or tenths of a second.
func span(d time.Duration) string {
	switch {
	case d >= time.Hour-time.Second/2:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute-time.Second/2:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}
