package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// CheckFiles compares the report files that lie in dir with the lines of their run, in one pass and with memory that does not
// grow with it. in is what [Write] would be given, and its lines have been found to add up by [Audit]. An error is trouble with
// the lines; trouble with a file is what the check of that file says.
func CheckFiles(dir string, in Input) ([]Check, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the report: %w", err)
	}
	if in.Temp == "" {
		in.Temp = dir
	}
	remedy := fmt.Sprintf("`rollcall report %s` writes it again from the ledger", in.Summary.Run)
	r := &report{dir: dir, summary: in.Summary, counts: plan.Counts{}, problems: map[model.Code]int{}}
	notes := newAnnotations(&in)
	all := newRowsProof(filepath.Join(dir, RowsCSV), RowsCSV, &in, everyLine)
	defer all.shut()
	failed := newRowsProof(filepath.Join(dir, FailedCSV), FailedCSV, &in, unsettledLine)
	defer failed.shut()
	problems := newProblemsProof(filepath.Join(dir, ProblemsCSV), &in)
	defer problems.shut()
	book := newBookProof(filepath.Join(dir, ReportXLSX), &in)
	defer book.shut()
	for l, err := range in.Lines {
		if err != nil {
			return nil, err
		}
		if err := r.line(&l); err != nil { // it counts
			return nil, err
		}
		notes.of(&l)
		all.line(&l)
		failed.line(&l)
		problems.line(&l)
		book.line(&l)
	}
	if e := r.conclude(&in, nil); e != nil {
		return nil, e
	}
	return r.checks(&in, proofs{all, failed, problems, book, notes.wanted(), remedy}), nil
}

// proofs is what was read beside the lines.
type proofs struct {
	all, failed *rowsProof
	problems    problemsProof
	book        *bookProof
	annotated   bool // there is something to annotate
	remedy      string
}

// checks is what was found, in the order in which a person opens the files.
func (r *report) checks(in *Input, p proofs) []Check {
	s, unsettled := &r.summary, 0
	for status, n := range r.counts {
		if !status.Settled() {
			unsettled += n
		}
	}
	problems := 0
	for _, n := range r.problems {
		problems += n
	}
	figures := proof{name: SummaryJSON, path: filepath.Join(r.dir, SummaryJSON)}
	compareSummary(&figures, s)
	p.all.finish()
	p.failed.finish()
	p.problems.finish()
	p.book.finish(s)
	hints := ""
	if in.Hints == OtherHints {
		hints = "; hints are not compared, for another version of Rollcall has made the run"
	}
	return []Check{
		figures.check("counts, problems and what the run is bound to are those of the ledger", p.remedy),
		p.all.check(fmt.Sprintf("%s, each once, with its cells and its status%s", rows(s.Counts.Read), hints), p.remedy),
		p.failed.check(fmt.Sprintf("%s, exactly those that are not settled", rows(unsettled)), p.remedy),
		p.problems.check(fmt.Sprintf("%s, as the ledger has them", counted(problems, "problem")), p.remedy),
		p.book.check(fmt.Sprintf("totals, %s and %s, as the ledger has them", rows(s.Counts.Read), counted(problems, "problem")), p.remedy),
		checkExtras(r.dir, in.Extras, p.remedy),
		checkThere(r.dir, ReportHTML, true, p.remedy),
		checkThere(r.dir, AnnotatedXLSX, p.annotated, p.remedy),
	}
}

// compareSummary compares what summary.json says with what it should say.
func compareSummary(p *proof, should *Summary) {
	f, err := openPlain(p.path)
	if err != nil {
		p.fault(0, "%v", err)
		return
	}
	defer f.Close()
	const most = 64 << 20
	var got, want Summary
	if err := json.NewDecoder(io.LimitReader(f, most)).Decode(&got); err != nil {
		p.fault(0, "it cannot be read: %v", err)
		return
	}
	if err := json.Unmarshal([]byte(asJSONWhole(should)), &want); err != nil { // what JSON cannot carry is not held against it
		p.fault(0, "it cannot be compared: %v", err)
		return
	}
	for _, status := range plan.Statuses() {
		if got.Counts.Of(status) != want.Counts.Of(status) {
			p.fault(0, "counts.%s is %d, and should be %d", status, got.Counts.Of(status), want.Counts.Of(status))
		}
	}
	for _, m := range []struct {
		name      string
		got, want any
	}{
		{"counts.read", got.Counts.Read, want.Counts.Read}, {"version", got.Version, want.Version}, {"run", got.Run, want.Run},
		{"command", got.Command, want.Command}, {"target", got.Target, want.Target}, {"account", got.Account, want.Account},
		{"source", got.Source, want.Source}, {"planned", got.Planned, want.Planned}, {"requests", got.Requests, want.Requests},
		{"exit_code", got.ExitCode, want.ExitCode}, {"invalid", got.Invalid, want.Invalid}, {"hashes", got.Hashes, want.Hashes},
		{"problems", got.Problems, want.Problems}, {"warned", got.Warned, want.Warned}, {"problem_groups", got.Groups, want.Groups},
	} {
		if !same(m.got, m.want) {
			p.fault(0, "%s is %s, and should be %s", m.name, asJSON(m.got), asJSON(m.want))
		}
	}
	for status := range maps.Keys(got.Counts.Rows) {
		if !slices.Contains(plan.Statuses(), status) {
			p.fault(0, "counts has the status %s, which does not exist", quoted(string(status)))
		}
	}
}

// same compares two members of a summary. Nothing and an empty list are the same there.
func same(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if k := x.Kind(); (k == reflect.Map || k == reflect.Slice) && x.Len()+y.Len() == 0 {
		return true
	}
	return asJSONWhole(a) == asJSONWhole(b)
}

func asJSONWhole(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}

// asJSON is a member of a summary as a message shows it.
func asJSON(v any) string { return cut(asJSONWhole(v), 120) }

// checkExtras compares extras.csv with what the plan has kept for it.
func checkExtras(dir, kept, remedy string) Check {
	if kept == "" {
		return checkThere(dir, ExtrasCSV, false, remedy)
	}
	p := proof{name: ExtrasCSV, path: filepath.Join(dir, ExtrasCSV)}
	got, err := openPlain(p.path)
	if err != nil {
		p.fault(0, "%v", err)
		return p.check("", remedy)
	}
	defer got.Close()
	want, err := os.Open(kept)
	if err != nil {
		return Missing(ExtrasCSV, "what the plan has kept for it cannot be read: "+err.Error())
	}
	defer want.Close()
	equal, err := sameBytes(got, want)
	switch {
	case err != nil:
		p.fault(0, "it cannot be read: %v", err)
	case !equal:
		p.fault(0, "it is not what the plan has kept")
	}
	return p.check("the records that the sheet lacks, as the plan has kept them", remedy)
}

// sameBytes compares two files.
func sameBytes(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if errA != nil || errB != nil {
			return (errA != nil) == (errB != nil), nil
		}
	}
}

// Hints says where the hints of a report come from.
type Hints uint8

// The origins of hints: those of what the API said are written into a report by the program, and another version may have other
// words.
const (
	OwnHints   Hints = iota // this version has made the run
	OtherHints              // another version has
)

// looseHint is the column of the hint in a table of rows, behind width columns of the input, if it may be another one; else -1.
func (in *Input) looseHint(width int) int {
	if in.Hints == OwnHints {
		return -1
	}
	return width + slices.Index(columns(), "_hint")
}

// looseProblemHint is looseHint for a table of problems.
func (in *Input) looseProblemHint() int {
	if in.Hints == OwnHints {
		return -1
	}
	return slices.Index(problemColumns(), "hint")
}
