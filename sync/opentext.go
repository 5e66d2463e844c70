package sync

import (
	"fmt"
	"strconv"
	"strings"
)

// How many lines tell of what stays in doubt, and how many rows each of them names.
const (
	openLines = 10
	openRows  = 5
)

// openText tells a person what looking has not settled: a line for each reason, however many rows have it.
func openText(open []openDoubt) []string {
	type reason struct{ run, why string }
	var order []reason
	rows := map[reason][]int{}
	for i := range open {
		r := reason{open[i].Run, open[i].why}
		if rows[r] == nil {
			order = append(order, r)
		}
		rows[r] = append(rows[r], open[i].Change.Row)
	}
	var lines []string
	told := 0
	for _, r := range order[:min(len(order), openLines)] {
		lines = append(lines, openRowsText(rows[r], r.run)+": "+r.why)
		told += len(rows[r])
	}
	if more := len(open) - told; more > 0 {
		lines = append(lines, "… and "+countOf(more, "more row stays in doubt", "more rows stay in doubt"))
	}
	return lines
}

// openRowsText is the rows of a run that stay in doubt for one reason, the first ones by their numbers.
func openRowsText(rows []int, run string) string {
	if len(rows) == 1 {
		return fmt.Sprintf("row %d of run %s stays in doubt", rows[0], run)
	}
	var names []string
	for _, row := range rows[:min(len(rows), openRows)] {
		names = append(names, strconv.Itoa(row))
	}
	if len(rows) > openRows {
		names = append(names, "…")
	}
	return fmt.Sprintf("%d rows of run %s stay in doubt (%s)", len(rows), run, strings.Join(names, ", "))
}
