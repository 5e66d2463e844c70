package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/sync"
)

// showHistory prints runs for a person: one line each where there is room, else two. Off a terminal the table has fixed columns.
func (p *program) showHistory(st styles, runs []sync.Run, width int, now time.Time) {
	if len(runs) == 0 {
		p.say("", st, "No runs yet. `rollcall plan` makes one that shows what would be done, and sends nothing.", width)
		return
	}
	head := []string{"RUN", "WHEN", "COMMAND", "RESULT", "ROWS", "REQUESTS", "  TOOK", "SHEET"}
	const short = 4 // cells of the first line, if there are two
	cells := [][]string{head}
	for i := range runs {
		r := &runs[i]
		took := "-"
		if !r.Finished.IsZero() {
			took = span(r.Finished.Sub(r.Started))
		}
		cells = append(cells, []string{r.ID, when(now, r.Started), r.Command, sync.ResultOf(r), fmt.Sprintf("%4s", figure(r.Source.Rows)),
			fmt.Sprintf("%8s", figure(r.Requests.Sent)), fmt.Sprintf("%6s", took), sync.Visible(filepath.Base(r.Source.File), "")})
	}
	wide := fits(cells, width)
	if !wide {
		for i := range cells {
			cells[i] = cells[i][:short]
		}
	}
	lines := aligned(cells)
	write(p.out, "%s%s%s\n", st.dim, shorten(strings.TrimRight(lines[0], " "), width), st.reset)
	for i, line := range lines[1:] {
		r := &runs[i]
		write(p.out, "%s%s%s\n", historyColour(st, r), shorten(strings.TrimRight(line, " "), width), st.reset)
		if !wide {
			details := fmt.Sprintf("%s, %s, %s", counted(r.Source.Rows, "row"), requests(r.Requests.Sent), sync.Visible(r.Source.File, ""))
			write(p.out, "%s  %s%s\n", st.dim, shorten(details, width-2), st.reset)
		}
	}
}

// historyColour is the colour of a run in the history: green is for what is done.
func historyColour(st styles, r *sync.Run) string {
	switch sync.ResultOf(r) {
	case "ok":
		return st.green
	case "planned", "purged":
		return ""
	case "problems":
		return st.yellow
	}
	return st.red
}

// when is a moment of the past, as short as it can be told.
func when(now, at time.Time) string {
	now, at = now.Local(), at.Local()
	days := int(dayOf(now).Sub(dayOf(at)).Hours()/24 + 0.5)
	switch {
	case days == 0:
		return "today " + at.Format("15:04")
	case days == 1:
		return "yesterday " + at.Format("15:04")
	case days > 1 && days < 7:
		return at.Format("Mon 15:04")
	}
	return at.Format("2006-01-02")
}

// dayOf is the midnight before a moment.
func dayOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}
