package reconcile

import (
	"fmt"
	"slices"
)

// requestsView is what a run has spent, beside what it was to spend.
type requestsView struct {
	Sent, Forecast, Retried, Throttled int
	Said                               string  // how the two compare, in words
	SentWidth, ForecastAt              float64 // of the bar, in per mille
}

func newRequestsView(s *Summary) requestsView {
	r := &s.Requests
	v := requestsView{Sent: r.Sent, Forecast: r.Forecast, Retried: r.Retried, Throttled: r.Throttled}
	most := float64(max(r.Sent, r.Forecast, 1))
	v.SentWidth, v.ForecastAt = places(1000*float64(r.Sent)/most), places(1000*float64(r.Forecast)/most)
	switch left := r.Forecast - r.Sent; {
	case r.Forecast == 0 && r.Sent == 0:
		v.Said = "No request was needed."
	case r.Forecast == 0:
		v.Said = counted(r.Sent, "request") + " sent; there was no forecast."
	case s.Planned != nil:
		v.Said = fmt.Sprintf("%s sent to make the plan; %s more will carry it out.", counted(r.Sent, "request"), number(max(0, left)))
	case left == 0:
		v.Said = counted(r.Sent, "request") + " sent, exactly as forecast."
	case left > 0:
		v.Said = fmt.Sprintf("%s sent, %s fewer than forecast.", counted(r.Sent, "request"), number(left))
	default:
		v.Said = fmt.Sprintf("%s sent, %s more than forecast.", counted(r.Sent, "request"), number(-left))
	}
	return v
}

// about is where a page comes from, and what lies beside it.
type about struct {
	Facts    []fact
	Files    []string
	Planning bool // nothing has been sent yet
}

func (h *page) about(s *Summary) about {
	a := about{Planning: s.Planned != nil, Files: []string{RowsCSV, FailedCSV, ProblemsCSV, ReportXLSX}}
	if h.annotated {
		a.Files = append(a.Files, AnnotatedXLSX)
	}
	for _, name := range sortedKeys(s.Files) {
		if !slices.Contains(a.Files, name) {
			a.Files = append(a.Files, name)
		}
	}
	for _, f := range facts(s) {
		switch f.Name {
		case "stopped early", "next command", "requests sent", "of them retries", "throttled", "requests forecast":
			continue // they stand above
		}
		a.Facts = append(a.Facts, f)
	}
	return a
}
