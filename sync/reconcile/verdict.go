package reconcile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// Verdict is the account in one or two sentences, such as
// "300 rows: 281 created, 4 unchanged, 15 invalid. Nothing is in doubt."
func Verdict(s *Summary) string {
	said := []string{headline(s), outlook(s)}
	if s.Undo != nil && s.Invalid == "" {
		said = slices.Insert(said, 1, s.Undo.sentence(s.Planned))
	}
	return strings.Join(slices.DeleteFunc(said, func(sentence string) bool { return sentence == "" }), " ")
}

// headline is the figures of a verdict.
func headline(s *Summary) string {
	if s.Invalid != "" {
		return "INVALID: the accounts do not add up: " + s.Invalid + "."
	}
	if s.Counts.Read == 0 {
		return "No rows: there is nothing below the header of the sheet."
	}
	var parts []string
	for _, t := range totals(s) {
		if t.count > 0 {
			parts = append(parts, number(t.count)+" "+t.label)
		}
	}
	return rows(s.Counts.Read) + ": " + strings.Join(parts, ", ") + "."
}

// outlook is the second sentence: what an admin asks next.
func outlook(s *Summary) string {
	doubt := s.Counts.Of(plan.InDoubt)
	switch {
	case s.Invalid != "":
		return "Please report this as a bug."
	case doubt == 1:
		return "1 row was sent and its outcome was not seen; it is not sent again blindly."
	case doubt > 1:
		return number(doubt) + " rows were sent and their outcomes were not seen; they are not sent again blindly."
	case s.Planned != nil:
		return "Nothing has been sent."
	}
	return "Nothing is in doubt."
}

// Totals is the account as lines that visibly add up to the rows that were read, for a terminal.
func Totals(s *Summary) []string {
	width := len(number(s.Counts.Read))
	var lines []string
	for _, t := range totals(s) {
		if t.count > 0 {
			lines = append(lines, fmt.Sprintf("%*s  %s", width, number(t.count), t.label))
		}
	}
	if sum := s.Counts.Rows.Sum(); sum != s.Counts.Read {
		lines = append(lines, strings.Repeat("-", width), fmt.Sprintf("%*s  INVALID: the sum, but not the rows read", width, number(sum)))
		return append(lines, fmt.Sprintf("%*s  rows read", width, number(s.Counts.Read)))
	}
	if len(lines) > 0 {
		lines = append(lines, strings.Repeat("-", width))
	}
	return append(lines, fmt.Sprintf("%*s  rows read", width, number(s.Counts.Read)))
}

// total is one line of the account.
type total struct {
	status plan.Status
	label  string
	count  int
}

// totals is the account in its order. For a plan, the rows that are not attempted are told apart by what awaits them.
func totals(s *Summary) []total {
	var out []total
	for _, status := range plan.Statuses() {
		n := s.Counts.Of(status)
		if status == plan.NotAttempted && s.Planned != nil {
			out = append(out,
				total{plan.Created, "to create", s.Planned.Create},
				total{plan.Updated, "to update", s.Planned.Update})
			n -= s.Planned.Create + s.Planned.Update
		}
		out = append(out, total{status, label(status), n})
	}
	return out
}

// label is a status as a person reads it.
func label(s plan.Status) string { return strings.ReplaceAll(string(s), "_", " ") }

// rows is "1 row", "2 rows".
func rows(n int) string {
	if n == 1 {
		return "1 row"
	}
	return number(n) + " rows"
}

// number is n with a comma between groups of three digits.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
