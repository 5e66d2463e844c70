package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/sync"
)

// rowWord is what a person looks a row up by: a CSV file has lines, a workbook has rows.
type rowWord string

// rowWordOf is the word for the rows of a sheet; worksheet is "" for CSV.
func rowWordOf(worksheet string) rowWord {
	if worksheet == "" {
		return "line"
	}
	return "row"
}

// column is the head of a column of such numbers.
func (p rowWord) column() string { return strings.ToUpper(string(p)) }

// message is what a problem says, with the word of the place where it speaks of another row.
func (p rowWord) message(text string) string {
	if rest, ok := strings.CutPrefix(text, "row "); ok {
		return string(p) + " " + rest
	}
	return text
}

// shownGroups is how many groups of problems are shown beside an account that tells of more than them.
const shownGroups = 8

// The widest that a header is shown in a table, and the narrowest remedy that may stand in a column of its own.
const (
	maxColumn = 24
	minRemedy = 50
)

// showGroups prints problems by code and column, and what to do about each: first what stops rows, then warnings.
func showGroups(w io.Writer, st styles, groups []sync.ProblemGroup, at rowWord, most int) {
	shown, more := groups, 0
	if len(shown) > most {
		shown, more = groups[:most], len(groups)-most
	}
	split := 0
	for split < len(shown) && !shown[split].Warning {
		split++
	}
	showTable(w, st, "PROBLEM", shown[:split], at)
	if split > 0 && split < len(shown) {
		write(w, "\n")
	}
	showTable(w, st, "WARNING", shown[split:], at)
	if more > 0 {
		write(w, "… and %s; problems.csv has them all\n", counted(more, "more group"))
	}
}

// showTable prints groups of one kind. The remedy has a column of its own where there is room, else the lines below.
func showTable(w io.Writer, st styles, kind string, groups []sync.ProblemGroup, at rowWord) {
	if len(groups) == 0 {
		return
	}
	colour := st.red
	if kind == "WARNING" {
		colour = st.yellow
	}
	counts := len("COUNT")
	for i := range groups {
		counts = max(counts, len(figure(groups[i].Count)))
	}
	cells := [][]string{{fmt.Sprintf("%*s", counts, "COUNT"), kind, "COLUMN", at.column() + "S"}}
	for i := range groups {
		g := &groups[i]
		cells = append(cells, []string{fmt.Sprintf("%*s", counts, figure(g.Count)), string(g.Code),
			shorten(sync.Visible(g.Column, ""), maxColumn), rowsText(g)})
	}
	lines, places := aligned(cells), []string(nil)
	width, indent := screenWidth(w), counts+2
	if width > 0 && displayWidth(lines[0]) > width {
		lines, places = splitTable(cells, at)
	}
	beside := displayWidth(lines[0]) + 2
	room := width - beside
	if width == 0 { // a file is as wide as it takes
		room = minRemedy
	}
	if room >= minRemedy {
		write(w, "%s%s  FIX%s\n", st.dim, lines[0], st.reset)
	} else {
		write(w, "%s%s%s\n", st.dim, strings.TrimRight(lines[0], " "), st.reset)
	}
	for i, line := range lines[1:] {
		if room >= minRemedy {
			fix := wrapTo(remedy(&groups[i]), width, room)
			write(w, "%s%s%s  %s\n", colour, line, st.reset, fix[0])
			for _, rest := range fix[1:] {
				write(w, "%*s%s\n", beside, "", rest)
			}
			continue
		}
		write(w, "%s%s%s\n", colour, strings.TrimRight(line, " "), st.reset)
		below := []string{remedy(&groups[i])}
		if places != nil {
			below = []string{places[i], below[0]}
		}
		for _, text := range below {
			for _, part := range wrap(text, width-indent) {
				write(w, "%*s%s\n", indent, "", part)
			}
		}
	}
}

// splitTable is a table of groups for a screen that is too narrow for it: its first two columns, and the others in words.
func splitTable(cells [][]string, at rowWord) (lines, places []string) {
	short := make([][]string, len(cells))
	for i, row := range cells {
		short[i] = row[:2]
		if i == 0 {
			continue
		}
		where := string(at) + "s " + row[3]
		if row[2] != "" {
			where = row[2] + ", " + where
		}
		places = append(places, where)
	}
	return aligned(short), places
}

// wrapTo wraps text on a terminal, and leaves it whole elsewhere.
func wrapTo(text string, width, room int) []string {
	if width == 0 {
		return []string{text}
	}
	return wrap(text, room)
}

// remedy is what to do about a group of problems. Those that only the API knows have no entry in the registry.
func remedy(g *sync.ProblemGroup) string {
	if e, ok := sync.Explain(string(g.Code)); ok && e.Fix != "" {
		return e.Fix
	}
	return sync.Visible(g.Message, "")
}

// rowsText is the first rows of a group.
func rowsText(g *sync.ProblemGroup) string {
	parts := make([]string, 0, len(g.Rows)+1)
	for _, row := range g.Rows {
		parts = append(parts, strconv.Itoa(row))
	}
	if g.Count > len(g.Rows) {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// aligned is the rows of a table as lines of the same width.
func aligned(rows [][]string) []string {
	widths := columnWidths(rows)
	lines := make([]string, len(rows))
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			if j > 0 {
				line.WriteString("  ")
			}
			line.WriteString(cell + strings.Repeat(" ", widths[j]-displayWidth(cell)))
		}
		lines[i] = line.String()
	}
	return lines
}
