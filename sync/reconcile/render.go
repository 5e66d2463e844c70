package reconcile

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

//go:embed page/report.html
var pageTemplate string

//go:embed page/report.css
var pageStyle string

//go:embed page/report.js
var pageScript string

// policy is the content security policy of the page: nothing is loaded from anywhere, and of style and script only our
// own run. It belongs into the template's text, because a template writes nothing into a meta element.
func policy() string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(pageStyle) + "; script-src " + hash(pageScript)
}

// view is what the template shows.
type view struct {
	S         *Summary
	Tone      string // of the verdict: good, warn, bad
	Totals    []totalView
	Codes     []*codeGroup
	Columns   []*columnGroup
	Header    []string
	Columned  int // columns with a problem, shown or not
	Failed    []failedRow
	Unsettled int
	Changes   []changedField
	Changed   int
	Time      *timeView // nil if nothing is known
	Requests  requestsView
	About     about
	parts
}

// parts is what the page brings along.
type parts struct {
	Style  template.CSS
	Script template.JS
}

// totalView is a line of the account and its part of the bar, in per mille.
type totalView struct {
	Class, Label string
	Count        int
	Share        string
	X, Width     float64
}

// close renders the page.
func (h *page) close(s *Summary) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"seen": visibleText, "number": number, "label": label, "when": when, "shown": shownValue, "headline": headline, "outlook": outlook,
		"count": counted,
	}).Parse(strings.Replace(pageTemplate, "@POLICY@", policy(), 1))
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	columns := byCount(h.columns)
	v := view{
		S: s, Tone: tone(s), Totals: totalViews(s),
		Codes: h.byCode(), Columns: columns[:min(len(columns), shownColumns)], Columned: len(columns), Header: h.shownHeader(),
		Failed: h.failed.list, Unsettled: h.failed.all, Changes: h.changes.list, Changed: h.changes.all,
		Time: newTimeView(h.sessions), Requests: newRequestsView(s), About: h.about(s),
		parts: parts{Style: template.CSS(pageStyle), Script: template.JS(pageScript)},
	}
	if err := t.Execute(h.w, &v); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return nil
}

// shownHeader is the header of the columns that the page shows.
func (h *page) shownHeader() []string {
	var out []string
	for _, name := range h.header[:min(len(h.header), shownColumns)] {
		out = append(out, shorten(name))
	}
	return out
}

// counted is a number with its noun, such as "1 field", "2 fields".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// tone is how a verdict is meant.
func tone(s *Summary) string {
	switch c := s.Counts; {
	case s.Invalid != "" || c.Of(plan.Failed)+c.Of(plan.InDoubt) > 0:
		return "bad"
	case c.Of(plan.Invalid)+c.Of(plan.Rejected)+c.Of(plan.Conflict) > 0, s.Reason != "":
		return "warn"
	case s.Planned == nil && c.Of(plan.NotAttempted) > 0:
		return "warn"
	}
	return "good"
}

// totalViews lays the bar out: parts in proportion, but none too thin to be seen.
func totalViews(s *Summary) []totalView {
	const whole, least = 1000.0, 6.0
	all := totals(s)
	filled, sum := 0, 0
	for _, t := range all {
		if t.count > 0 {
			filled++
			sum += t.count
		}
	}
	room := whole - least*float64(filled)
	var out []totalView
	x := 0.0
	round := func(f float64) float64 { return math.Round(f*100) / 100 }
	for _, t := range all {
		v := totalView{Class: string(t.status), Label: t.label, Count: t.count, Share: percent(t.count, sum), X: round(x)}
		if t.count > 0 {
			width := least + room*float64(t.count)/float64(sum)
			v.Width = round(width)
			x += width
		}
		out = append(out, v)
	}
	return out
}

// percent is a share for reading: never 0% of something, never 100% of not all.
func percent(n, of int) string {
	switch p := 100 * float64(n) / float64(max(of, 1)); {
	case n == 0:
		return "0%"
	case n == of:
		return "100%"
	case p < 0.1:
		return "<0.1%"
	case p > 99.9:
		return ">99.9%"
	case p < 10 || p > 90:
		return fmt.Sprintf("%.1f%%", p)
	default:
		return fmt.Sprintf("%.0f%%", p)
	}
}

// shownValue is a value of the API as the page shows it, "" for nothing.
func shownValue(v model.Value) string {
	if v.Kind == model.Absent || v.Kind == model.Null {
		return ""
	}
	return visibleText(v.Text)
}
