package main

import (
	"bytes"
	"encoding/csv"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

// subject is a target as the suite meets it: one resource, with a job and a sheet for it, and an oracle beside each row that
// was written from the documents of the API and not from the program. To make a target conform, add its subject to subjects.
type subject struct {
	name     string // of the tests
	resource string // such as cro/contact
	flags    []string
	inPath   []string // fields that travel in the path
	job      string   // BASE_URL, AUTH and BLANK stand for what the tests fill in
	auths    []credential
	header   []string
	line     func(n int) line // the nth row that can be created; line 0 fills every documented field
	wrong    []wrongRow       // what breaks a documented rule
	altered  []alteration     // of one cell in a sheet that is in sync, one after the other
	lookup   nameCase
	blank    blankCase
	refusals []refusalCase
	pageSize int // records on a full page of the list
	maxReads int // the most that a run over 60 rows may read
	open     func(t *testing.T) *arena
	shown    func(t *testing.T) *arena // open, where the API shows every field of what others have written; nil if it always does
}

// line is a row of the sheet, and the one request that creates its record.
type line struct {
	cells map[string]string
	path  string
	body  map[string]any
}

// with is the line with other cells.
func (l line) with(cells map[string]string) line {
	l.cells = maps.Clone(l.cells)
	maps.Copy(l.cells, cells)
	return l
}

// part is an object within the body of a line.
func part(l line, name string) map[string]any { return l.body[name].(map[string]any) }

// wrongRow is what people get wrong, and what has to be named.
type wrongRow struct {
	cells               map[string]string
	column, field, code string
	online              bool // only the account can tell
}

// alteration is a new text in one cell, and the body of the one update that has to follow. It may change the line's own body,
// from which the next alteration goes on.
type alteration struct {
	column, text string
	body         func(l line) map[string]any
}

// nameCase is a column whose names are looked up.
type nameCase struct {
	column, field string
	twice         string   // a name that two things have
	both          []string // the ids of the two
}

// blankCase is a column that is emptied.
type blankCase struct {
	column, field string
	body          func(l line) map[string]any // of the update that clears it; nil where the API documents no way to
}

// refusalCase is a refusal as the API's page shows it, and how the report has to name it.
type refusalCase struct {
	refused
	column, field, code, message string
}

// credential is one way of proving who the job is.
type credential struct {
	name   string
	yaml   string // connection.auth of the job
	renews bool   // the program can get a new token by itself
}

// arena is an API with a world in it. Its methods go behind the program's back.
type arena struct {
	*tape
	files   map[string]string // secrets that the job refers to
	create  map[string]string // headers of a direct create
	query   string            // of a direct create
	already int               // records that are there from the beginning
	own     []string          // members of a record that are not the sheet's
	stored  func() []any      // all records but those that were there already, in the notation of creates
	expire  func(nth int)     // with the nth create the credentials become worthless
	restore func()            // the same credentials are good again; where they cannot be renewed
	tokens  func() int        // how many tokens were issued; where they are
}

// seed stores the record of a line by asking the API directly, which also proves that the oracle's body is sound.
func (a *arena) seed(t *testing.T, l line) {
	t.Helper()
	data := encoded(t, l.body)
	r := httptest.NewRequest("POST", l.path+a.query, bytes.NewReader(data))
	r.Header.Set("Content-Type", "application/json")
	for name, value := range a.create {
		r.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	a.api.ServeHTTP(answer, r)
	if answer.Code/100 != 2 {
		t.Fatalf("POST %s %s: %d %s", l.path, data, answer.Code, answer.Body)
	}
}

// trial is one test of the suite on one subject: a folder with its job, and its API.
type trial struct {
	*subject
	*arena
	*place
}

// newTrial opens the API and writes the job.
func newTrial(t *testing.T, s *subject, auth credential) *trial {
	t.Helper()
	return newTrialIn(t, s, auth, s.open(t))
}

// newTrialIn is newTrial with an API that is open already.
func newTrialIn(t *testing.T, s *subject, auth credential, a *arena) *trial {
	t.Helper()
	tr := &trial{subject: s, arena: a, place: &place{dir: t.TempDir()}}
	tr.server = httptest.NewServer(tr.tape)
	t.Cleanup(tr.server.Close)
	for name, text := range tr.files {
		tr.write(t, name, text)
	}
	tr.writeJob(t, auth, "keep")
	return tr
}

// writeJob writes the job with a policy for blank cells in the subject's column for that.
func (tr *trial) writeJob(t *testing.T, auth credential, blank string) {
	t.Helper()
	tr.write(t, "config.yaml", strings.NewReplacer("BASE_URL", tr.server.URL, "AUTH", auth.yaml, "BLANK", blank).Replace(tr.job))
}

// run runs a command of the program on the sheet.
func (tr *trial) run(t *testing.T, args ...string) result {
	t.Helper()
	return tr.rollcall(t, slices.Concat(args[:1], tr.flags, args[1:])...)
}

// sync runs sync, which has to end with code, and reads its account.
func (tr *trial) sync(t *testing.T, code int) account {
	t.Helper()
	r := tr.run(t, "sync", "--yes", "--json")
	if r.code != code {
		t.Fatalf("sync ended with %d, want %d\n%s%s", r.code, code, r.out, r.errOut)
	}
	sum := r.summary(t)
	sum.addsUp(t)
	return sum
}

// sheet writes lines as the job's sheet.
func (tr *trial) sheet(t *testing.T, lines []line) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{tr.header}
	for _, l := range lines {
		var cells []string
		for name := range l.cells {
			if !slices.Contains(tr.header, name) {
				t.Fatalf("%q is no column of the sheet", name)
			}
		}
		for _, name := range tr.header {
			cells = append(cells, l.cells[name])
		}
		rows = append(rows, cells)
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tr.path("sheet.csv"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lines is the first n lines from a number on.
func (s *subject) lines(from, n int) []line {
	out := make([]line, n)
	for i := range out {
		out[i] = s.line(from + i)
	}
	return out
}

// eachSubject runs a test for every subject.
func eachSubject(t *testing.T, test func(t *testing.T, tr *trial)) {
	t.Helper()
	t.Parallel()
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, newTrial(t, s, s.auths[0]))
		})
	}
}

// subjects is every target that the suite holds to its document.
func subjects() []*subject {
	return []*subject{croContact(), bigchangeContact(), bigchangePerson(), revnueCustomer(), revnueReplaced(), gatehouseMembers()}
}
