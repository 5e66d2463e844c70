package main

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The checker judges whether the account of a state folder is true. It is a program of its own: it reads the input sheets, the
// commit log of the server, the ledger and the reports, each with its own means, and shares nothing with what it judges. What
// it must hold:
//
//   - each row of the sheet is in the report of each run once, with its cells as they were and as the ledger has it;
//   - the counts add up, and are those of rows.csv and of the ledger;
//   - no key was created twice, and what is called created is one create with these fields and this id;
//   - what is called updated or unchanged was written so, and stands so on the server in the end;
//   - every write that the server has stored is one of a row, is told of by the row's status, and had an intent before it;
//   - what is in doubt is named, and a run that says it is finished has left nothing behind.

// layout says where an API keeps what the columns of a sheet say.
type layout struct {
	key     []string          // columns that tell one row from all others
	columns map[string]string // to the member of the stored record, such as location.latitude, or /2 for a segment of the path
	told    bool              // the API is told the id of each attempt, so a commit names its own
}

// evidence is all that the checker knows.
type evidence struct {
	layout
	sheets  map[string][]sheetLine // by the SHA-256 of the file
	commits []*commitLine
	runs    []*ledgerRun            // the oldest first
	reports map[string]*reportFiles // by run
}

// inquest is the evidence on its way to a judgement.
type inquest struct {
	*evidence
	keys             map[string]bool          // of all rows of all sheets
	created, changed map[string][]*commitLine // by key
	records          map[string][]*commitLine // by id
	claims           map[*commitLine]string   // the rows that tell of it
	complaints       []string
}

// sheetLine is a row of an input sheet.
type sheetLine struct {
	number int // of the sheet's line, as people count
	cells  map[string]string
}

// commitLine is a line of the server's commit log.
type commitLine struct {
	Time      time.Time      `json:"time"`
	Method    string         `json:"method"`
	Path      string         `json:"path"`
	ID        int64          `json:"id"`
	Body      map[string]any `json:"body"`
	RequestID string         `json:"request_id"`
}

// creates tells a create from an update.
func (c *commitLine) creates() bool { return c.Method == "POST" }

// ledgerRun is a run as the ledger has it.
type ledgerRun struct {
	id, sheet string // the SHA-256 of its sheet
	rows      []*ledgerRow
}

// inDoubt is how many rows of the run are in doubt.
func (r *ledgerRun) inDoubt() (n int) {
	for _, row := range r.rows {
		if row.fate() == "in_doubt" {
			n++
		}
	}
	return n
}

// ledgerRow is what the ledger knows of one row.
type ledgerRow struct {
	line               int
	action, status, id string // the status is that of the plan, until there is an outcome
	final              bool   // nothing will be said about it any more
	open               bool   // a request was intended, and its answer was not seen
	intents            []intent
}

// intent is a request that was about to be sent.
type intent struct {
	at time.Time
	id string
}

// fate is how the row stands.
func (r *ledgerRow) fate() string {
	switch {
	case r.open && !r.final:
		return "in_doubt"
	case r.status == "":
		return "not_attempted"
	}
	return r.status
}

// reportFiles is the report of a run.
type reportFiles struct {
	lines   []map[string]string // of rows.csv
	summary struct {
		ExitCode int            `json:"exit_code"`
		Counts   map[string]int `json:"counts"`
	}
}

func (q *inquest) complain(format string, args ...any) {
	q.complaints = append(q.complaints, fmt.Sprintf(format, args...))
}

// judge returns every complaint. The kind comes first, in capitals.
func (e *evidence) judge() []string {
	q := &inquest{evidence: e, keys: map[string]bool{}, claims: map[*commitLine]string{}}
	q.sort()
	for _, key := range slices.Sorted(maps.Keys(q.created)) {
		if n := len(q.created[key]); n > 1 {
			q.complain("TWICE: %s was created %d times", key, n)
		}
	}
	for _, run := range q.runs {
		rows, known := q.sheets[run.sheet]
		if !known {
			q.complain("SHEET: run %s is about a sheet with the hash %s, which is none of these", run.id, run.sheet)
			continue
		}
		q.judgeReport(run, rows)
		q.judgeRows(run, rows)
	}
	if len(q.runs) > 0 {
		q.judgeEnd(q.runs[len(q.runs)-1])
	}
	q.judgeCommits()
	return q.complaints
}

// sort puts keys and commits in order.
func (q *inquest) sort() {
	for _, rows := range q.sheets {
		for i := range rows {
			q.keys[q.keyOfLine(&rows[i])] = true
		}
	}
	q.created, q.changed, q.records = map[string][]*commitLine{}, map[string][]*commitLine{}, map[string][]*commitLine{}
	for _, c := range q.commits {
		key, id := q.keyOf(func(column string) string { return q.stored(c, column) }), strconv.FormatInt(c.ID, 10)
		q.records[id] = append(q.records[id], c)
		if c.creates() {
			q.created[key] = append(q.created[key], c)
		} else {
			q.changed[key] = append(q.changed[key], c)
		}
	}
}

// keyOf joins the cells of the key's columns. Keys compare without case and the blanks around them.
func (q *inquest) keyOf(cell func(column string) string) string {
	var parts []string
	for _, column := range q.key {
		parts = append(parts, strings.ToLower(strings.TrimSpace(cell(column))))
	}
	return strings.Join(parts, " / ")
}

// keyOfLine is the key of a row.
func (q *inquest) keyOfLine(l *sheetLine) string {
	return q.keyOf(func(column string) string { return l.cells[column] })
}

// stored is what the server has stored of a column, as text.
func (q *inquest) stored(c *commitLine, column string) string {
	where := q.columns[column]
	if segment, ok := strings.CutPrefix(where, "/"); ok {
		n, _ := strconv.Atoi(segment) // a layout that is wrong finds nothing
		if all := strings.Split(c.Path, "/"); n < len(all) {
			return all[n]
		}
		return ""
	}
	value := any(c.Body)
	for _, name := range strings.Split(where, ".") {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// differs names a column whose cell the server has not stored, "" if it has stored all. A blank cell leaves the field alone.
func (q *inquest) differs(c *commitLine, l *sheetLine) string {
	for _, column := range slices.Sorted(maps.Keys(q.columns)) {
		if cell := l.cells[column]; cell != "" && q.stored(c, column) != cell {
			return fmt.Sprintf("%s is %q, the server was given %q", column, cell, q.stored(c, column))
		}
	}
	return ""
}

// judgeReport compares the report of a run with its sheet and with the ledger.
func (q *inquest) judgeReport(run *ledgerRun, rows []sheetLine) {
	report := q.reports[run.id]
	if report == nil {
		q.complain("MISSING: run %s has no report", run.id)
		return
	}
	told := map[int]map[string]string{}
	tally := map[string]int{"read": len(report.lines)}
	for _, line := range report.lines {
		number, _ := strconv.Atoi(line["_row"]) // no row has the number 0
		if told[number] != nil {
			q.complain("REPEATED: row %d is in rows.csv of run %s more than once", number, run.id)
		}
		told[number] = line
		tally[line["_status"]]++
	}
	for i := range rows {
		l := &rows[i]
		if told[l.number] == nil {
			q.complain("MISSING: row %d is not in rows.csv of run %s", l.number, run.id)
			continue
		}
		for column, cell := range l.cells {
			if got := told[l.number][column]; got != cell && got != guarded(cell) {
				q.complain("ALTERED: row %d of run %s: %s is %q in rows.csv and %q in the sheet", l.number, run.id, column, got, cell)
			}
		}
		delete(told, l.number)
	}
	for number := range told {
		q.complain("STRANGER: row %d of run %s is in rows.csv and not in the sheet", number, run.id)
	}
	q.judgeCounts(run, report, tally)
	q.compareStatuses(run, report)
}

// guarded is a cell as CSV has to show it where a spreadsheet would evaluate it.
func guarded(cell string) string {
	if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}

// judgeCounts compares the counts of the summary with those of rows.csv and of the ledger.
func (q *inquest) judgeCounts(run *ledgerRun, report *reportFiles, tally map[string]int) {
	ledger := map[string]int{"read": len(run.rows)}
	for _, r := range run.rows {
		ledger[r.fate()]++
	}
	counts, sum := report.summary.Counts, 0
	for status, n := range counts {
		if status != "read" {
			sum += n
		}
		if n != tally[status] || n != ledger[status] {
			q.complain("COUNTS: run %s: %d rows %s, rows.csv has %d and the ledger %d", run.id, n, status, tally[status], ledger[status])
		}
	}
	if sum != counts["read"] {
		q.complain("COUNTS: run %s: the statuses add up to %d, read is %d", run.id, sum, counts["read"])
	}
}

// compareStatuses compares rows.csv with the ledger.
func (q *inquest) compareStatuses(run *ledgerRun, report *reportFiles) {
	known := map[string]*ledgerRow{}
	for _, r := range run.rows {
		known[strconv.Itoa(r.line)] = r
	}
	for _, line := range report.lines {
		r := known[line["_row"]]
		if r == nil {
			q.complain("LEDGER: row %s of run %s is not in the ledger", line["_row"], run.id)
			continue
		}
		if line["_status"] != r.fate() {
			q.complain("LEDGER: row %d of run %s is %s in rows.csv and %s in the ledger", r.line, run.id, line["_status"], r.fate())
		}
		if line["_id"] != r.id {
			q.complain("LEDGER: row %d of run %s has the id %q in rows.csv and %q in the ledger", r.line, run.id, line["_id"], r.id)
		}
		if line["_status"] == "in_doubt" && (line["_code"] == "" || line["_message"] == "") {
			q.complain("UNNAMED: row %d of run %s is in doubt, and nothing says why", r.line, run.id)
		}
	}
}

// judgeRows compares what the ledger says of each row with what the server has stored.
func (q *inquest) judgeRows(run *ledgerRun, rows []sheetLine) {
	lines := map[int]*sheetLine{}
	for i := range rows {
		lines[rows[i].number] = &rows[i]
	}
	for _, r := range run.rows {
		l := lines[r.line]
		if l == nil {
			q.complain("STRANGER: row %d of run %s is in the ledger and not in the sheet", r.line, run.id)
			continue
		}
		key := q.keyOfLine(l)
		switch r.fate() {
		case "created":
			q.judgeCreated(run, r, l)
		case "updated":
			q.judgeWritten(run, r, l, q.changed[key])
		case "unchanged":
			q.judgeWritten(run, r, l, slices.Concat(q.created[key], q.changed[key]))
		case "in_doubt":
			for _, c := range slices.Concat(q.created[key], q.changed[key]) {
				if c.creates() == (r.action == "create") {
					q.claim(c, run, r)
				}
			}
		}
	}
}

// claim notes that a row tells of a commit. It reports false if another one does already.
func (q *inquest) claim(c *commitLine, run *ledgerRun, r *ledgerRow) (first bool) {
	first = q.claims[c] == ""
	q.claims[c] = strings.TrimPrefix(q.claims[c]+fmt.Sprintf(", row %d of run %s", r.line, run.id), ", ")
	return first
}

// judgeCreated wants exactly one create, with these fields and this id. That there are more has been said.
func (q *inquest) judgeCreated(run *ledgerRun, r *ledgerRow, l *sheetLine) {
	all := q.created[q.keyOfLine(l)]
	if len(all) == 0 {
		q.complain("PHANTOM: row %d of run %s is called created, and the server has stored no create of %s", r.line, run.id, q.keyOfLine(l))
		return
	}
	c := all[0]
	if got := strconv.FormatInt(c.ID, 10); got != r.id {
		q.complain("ID: row %d of run %s is called created as %s, and the server has made %s of it", r.line, run.id, r.id, got)
	}
	if what := q.differs(c, l); what != "" {
		q.complain("FIELDS: row %d of run %s is called created, and %s", r.line, run.id, what)
	}
	if !q.claim(c, run, r) {
		q.complain("CLAIMED: the one create of %s is told of by %s", q.keyOfLine(l), q.claims[c])
	}
}

// judgeWritten wants a write with these fields under this id. An update may have been sent more than once, with the same fields;
// for each time there is an intent, which judgeCommits sees to.
func (q *inquest) judgeWritten(run *ledgerRun, r *ledgerRow, l *sheetLine, among []*commitLine) {
	what := ""
	found := false
	for _, c := range among {
		if strconv.FormatInt(c.ID, 10) != r.id {
			continue
		}
		if differs := q.differs(c, l); differs != "" {
			what = differs
			continue
		}
		found = true
		if r.fate() == "updated" {
			q.claim(c, run, r)
		}
	}
	switch {
	case found:
	case what == "":
		q.complain("PHANTOM: row %d of run %s is called %s as %s, and the server has stored no such write", r.line, run.id, r.fate(), r.id)
	default:
		q.complain("FIELDS: row %d of run %s is called %s, and %s", r.line, run.id, r.fate(), what)
	}
}

// judgeEnd compares what the newest run calls done with what the server has in the end, and its exit code with its rows.
func (q *inquest) judgeEnd(run *ledgerRun) {
	counts := map[string]int{}
	fates := map[int]*ledgerRow{}
	for _, r := range run.rows {
		counts[r.fate()]++
		fates[r.line] = r
	}
	for i := range q.sheets[run.sheet] {
		l := &q.sheets[run.sheet][i]
		r := fates[l.number]
		if r == nil || !slices.Contains([]string{"created", "updated", "unchanged"}, r.fate()) {
			continue
		}
		history := q.records[r.id]
		if len(history) == 0 {
			q.complain("LOST: row %d is called %s as %s, and the server has no such record", r.line, r.fate(), r.id)
		} else if what := q.differs(history[len(history)-1], l); what != "" {
			q.complain("LOST: row %d is called %s, and in the end %s", r.line, r.fate(), what)
		}
	}
	report := q.reports[run.id]
	if report == nil {
		return
	}
	troubled := counts["invalid"] + counts["rejected"] + counts["failed"] + counts["conflict"]
	code := report.summary.ExitCode
	if code == 0 && troubled+counts["in_doubt"]+counts["not_attempted"] > 0 ||
		code == 3 && counts["in_doubt"]+counts["not_attempted"] > 0 ||
		code == 5 && (counts["in_doubt"] == 0 || counts["not_attempted"] > 0) {
		q.complain("EXIT: run %s ended with %d, and its rows are %v", run.id, code, counts)
	}
}

// judgeCommits wants a row and an older intent for every commit.
func (q *inquest) judgeCommits() {
	created, changed := q.intents()
	for _, group := range []struct {
		commits map[string][]*commitLine
		intents map[string][]intent
	}{{q.created, created}, {q.changed, changed}} {
		for _, key := range slices.Sorted(maps.Keys(group.commits)) {
			if commits := group.commits[key]; q.keys[key] {
				q.judgeIntents(key, commits, group.intents[key])
			} else {
				q.complain("STRANGER: the server has stored %s %s, and no row is about that", commits[0].Method, key)
			}
		}
	}
}

// intents is what the ledger meant to send, by key: creates and updates.
func (q *inquest) intents() (created, changed map[string][]intent) {
	created, changed = map[string][]intent{}, map[string][]intent{}
	for _, run := range q.runs {
		keys := map[int]string{}
		for i := range q.sheets[run.sheet] {
			l := &q.sheets[run.sheet][i]
			keys[l.number] = q.keyOfLine(l)
		}
		for _, r := range run.rows {
			if key := keys[r.line]; r.action == "create" {
				created[key] = append(created[key], r.intents...)
			} else {
				changed[key] = append(changed[key], r.intents...)
			}
		}
	}
	return created, changed
}

// judgeIntents wants an intent of its own, and an older one, for each commit of a key. Where the API is told the ids of attempts
// it must be the very one.
func (q *inquest) judgeIntents(key string, commits []*commitLine, intents []intent) {
	spent := make([]bool, len(intents))
	for _, c := range commits {
		if q.claims[c] == "" {
			q.complain("UNTOLD: the server has stored %s %s at %s, and no row tells of it", c.Method, key, path.Clean(c.Path))
		}
		i := slices.IndexFunc(intents, func(in intent) bool { return q.told && in.id == c.RequestID })
		if !q.told {
			for n := range intents {
				if !spent[n] && !intents[n].at.After(c.Time) {
					i = n
					break
				}
			}
		}
		switch {
		case i < 0:
			q.complain("INTENT: the server has stored %s %s, and the ledger has no older intent for it", c.Method, key)
		case intents[i].at.After(c.Time):
			q.complain("INTENT: the server has stored %s %s %s before its intent", c.Method, key, intents[i].at.Sub(c.Time))
		case spent[i]:
			q.complain("INTENT: the server has stored %s %s more often than it was intended", c.Method, key)
		default:
			spent[i] = true
		}
	}
}
