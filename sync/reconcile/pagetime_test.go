package reconcile

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// twoSessions is a plan of 10 seconds, and the next day a push of 30 seconds.
func twoSessions() []Session {
	begun := time.Date(2025, 3, 4, 8, 0, 0, 0, time.UTC)
	planned := Session{Command: "plan", Begun: begun, Ended: begun.Add(10 * time.Second), Width: 5 * time.Second, Slices: make([]Slice, 2)}
	planned.Slices[0].Answers[Good] = 20
	begun = begun.Add(24 * time.Hour)
	pushed := Session{Command: "apply", Begun: begun, Ended: begun.Add(30 * time.Second), Limit: "20 requests in 1m", Width: 10 * time.Second, Slices: make([]Slice, 3)}
	pushed.Slices[0].Answers[Good], pushed.Slices[0].Answers[Throttled] = 9, 1
	pushed.Slices[1].Waited = map[string]time.Duration{"asked": 8 * time.Second}
	pushed.Slices[2].Answers[Refused], pushed.Slices[2].Waited = 5, map[string]time.Duration{"limit": 5 * time.Second}
	pushed.Waits = []Wait{{Why: "limit", Times: 1, Waited: 5 * time.Second, Longest: 5 * time.Second, At: begun.Add(20 * time.Second)},
		{Why: "asked", Status: 429, Times: 2, Waited: 8 * time.Second, Longest: 7 * time.Second, At: begun.Add(10 * time.Second)}}
	return []Session{planned, pushed}
}

func TestTheChartHasEveryAnswerAndEveryWait(t *testing.T) {
	v := newTimeView(twoSessions())
	if v.Answers != 35 || v.Took != "40 s" || v.Waited != "13 s" || v.Peak != "4.0" {
		t.Errorf("%d answers in %s, %s waited, %s a second at most; want 35, 40 s, 13 s, 4.0", v.Answers, v.Took, v.Waited, v.Peak)
	}
	var got []string
	for _, w := range v.Waits {
		got = append(got, strings.Join([]string{w.Reason, w.Waited, w.Share, w.Longest, w.At}, "|"))
	}
	want := []string{"the API asked to wait (HTTP 429)|8.0 s|20%|7.0 s|2025-03-05 08:00:10 UTC",
		"the account's limit of 20 requests in 1m was used up|5.0 s|12%|5.0 s|2025-03-05 08:00:20 UTC"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("waits: -want +got:\n%s", diff)
	}
	titles := map[string]float64{}
	for _, b := range append(v.Bars, v.Stalls...) {
		titles[b.Title] = b.Height
		if b.X < 0 || b.Y < 0 || b.X+b.Width > chartWidth+0.1 || b.Y+b.Height > chartHeight+0.1 {
			t.Errorf("%+v is outside the chart", b)
		}
	}
	wantTitles := map[string]float64{"08:00:00: 20 went well": 120, "08:00:00: 9 went well": 27, "08:00:00: 1 told to slow down (HTTP 429)": 3,
		"08:00:20: 5 refused (HTTP 4xx)": 15, "08:00:10: 8.0 s waiting, the API asked to wait (HTTP 429)": 0,
		"08:00:20: 5.0 s waiting, the account's limit of 20 requests in 1m was used up": 0}
	if diff := cmp.Diff(wantTitles, titles); diff != "" {
		t.Errorf("heights by title: -want +got:\n%s", diff)
	}
	if len(v.Breaks) != 1 {
		t.Errorf("the chart has %d breaks for 2 sessions, want 1", len(v.Breaks))
	}
}

// A session that took longer is wider, whatever lay between: a night without a process takes no room.
func TestTheChartLeavesOutTheTimeBetweenSessions(t *testing.T) {
	v := newTimeView(twoSessions())
	before, after := v.Breaks[0]-chartGap/2, chartWidth-v.Breaks[0]-chartGap/2
	want := (chartWidth - chartGap - 2*chartLeast) / 4
	if got := before - chartLeast; math.Abs(got-want) > 0.1 {
		t.Errorf("10 s take %.1f, want %.1f", got, want)
	}
	if got := after - chartLeast; math.Abs(got-3*want) > 0.1 {
		t.Errorf("30 s take %.1f, want %.1f", got, 3*want)
	}
}

func TestARunOfWhichNoPaceIsKnownHasNoChart(t *testing.T) {
	for name, sessions := range map[string][]Session{"none": nil, "one that saw no answer": {{Command: "sync"}}} {
		if v := newTimeView(sessions); v != nil {
			t.Errorf("%s: there is a chart of %d answers", name, v.Answers)
		}
	}
}

func TestEveryReasonIsSaidInWords(t *testing.T) {
	for want, w := range map[string]Wait{
		"the API asked to wait":                                                                     {Why: "asked"},
		"the requests that the account allows were used up":                                         {Why: "limit"},
		"the API took its time to answer":                                                           {Why: "slow"},
		"a rest before another try: the API did not answer":                                         {Why: "broken"},
		"a rest before another try: the API answered HTTP 503":                                      {Why: "broken", Status: 503},
		"a new record takes time to appear in the API's lists":                                      {Why: "rest"},
		"nothing was due: the sheet was read, the plan made, the ledger written, or a person asked": {Why: "own"},
	} {
		if got := w.reason(""); got != want {
			t.Errorf("%s: %q, want %q", w.Why, got, want)
		}
	}
}

func TestADurationIsSaidInItsTwoLargestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 ms", 49 * time.Millisecond: "49 ms", 1500 * time.Millisecond: "1.5 s", 42 * time.Second: "42 s",
		59*time.Second + 700*time.Millisecond: "1 min 0 s", 150 * time.Second: "2 min 30 s", 59*time.Minute + 59*time.Second + 800*time.Millisecond: "1 h 0 min", 26*time.Hour + 5*time.Minute: "26 h 5 min"} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestTheRequestsAreHeldAgainstTheForecast(t *testing.T) {
	for _, tc := range []struct {
		name    string
		summary Summary
		want    string
		sent    float64
	}{
		{"as many", Summary{Requests: Requests{Sent: 241, Forecast: 241}}, "241 requests sent, exactly as forecast.", 1000},
		{"more", Summary{Requests: Requests{Sent: 20, Forecast: 15}}, "20 requests sent, 5 more than forecast.", 1000},
		{"fewer", Summary{Requests: Requests{Sent: 1, Forecast: 4}}, "1 request sent, 3 fewer than forecast.", 250},
		{"a plan has most of them to come", Summary{Requests: Requests{Sent: 12, Forecast: 240}, Planned: &Planned{Create: 228}}, "12 requests sent to make the plan; 228 more will carry it out.", 50},
		{"no forecast", Summary{Requests: Requests{Sent: 3}}, "3 requests sent; there was no forecast.", 1000},
	} {
		v := newRequestsView(&tc.summary)
		if v.Said != tc.want || v.SentWidth != tc.sent {
			t.Errorf("%s: %q and a bar of %v, want %q and %v", tc.name, v.Said, v.SentWidth, tc.want, tc.sent)
		}
	}
}
