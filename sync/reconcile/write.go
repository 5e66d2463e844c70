package reconcile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// The files of a run.
const (
	SummaryJSON   = "summary.json"
	RowsCSV       = "rows.csv"
	FailedCSV     = "failed.csv"
	ProblemsCSV   = "problems.csv"
	ExtrasCSV     = "extras.csv"
	ReportXLSX    = "report.xlsx"
	ReportHTML    = "report.html"
	AnnotatedXLSX = "annotated.xlsx"
)

// Input is what a report is made of.
type Input struct {
	Summary Summary                // without what Write fills in
	Header  []string               // of the sheet
	Lines   iter.Seq2[Line, error] // every row once, in the order of the sheet; see Join
	Again   iter.Seq2[Line, error] // the same lines from the first, walked while Lines is; nil if they can be had but once
	Marker  string                 // the text of the _rollcall column, 1:<account fingerprint>:<run>
	Origin  sheet.Info             // what the input turned out to be; of a workbook Path leads to what is annotated
	Extras  string                 // the file that KeepExtras wrote, "" if there is none
	Ledger  plan.Counts            // what the ledger counts, nil if there is nothing to compare with
	Temp    string                 // folder for temporary files; default: the report's own
	Beside  []string               // names of files of the run that others write, such as its log

	Sessions []Session // that were at work on the run, the oldest first

	RequestIDs bool  // the API was told the ids of the requests, so that they are worth showing
	Hints      Hints // for CheckFiles: whose words the hints are
}

// handler writes one file of a report, line by line.
type handler interface {
	// line takes the next row of the account. It must not keep l, but may keep what l points to.
	line(l *Line) error
	// close ends the file. The summary is whole, but for the files.
	close(s *Summary) error
}

// optional is a handler of a file that not every run has.
type optional interface{ wanted() bool }

// spooling is a handler with temporary files of its own.
type spooling interface{ discard() }

// Write writes all files of a run into dir, in one pass over the lines, and returns the summary, which has the counts,
// the verdict and the paths of the files now.
//
// Accounts that do not add up are an [*AccountError]: summary and files are there all the same, and they say INVALID.
// Any other error leaves the files of dir as they were.
func Write(dir string, in Input) (*Summary, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("place report: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make report folder: %w", err)
	}
	if in.Temp == "" {
		in.Temp = dir
	}
	r := &report{dir: dir, summary: in.Summary, counts: plan.Counts{}}
	defer r.discard()
	if err := r.open(&in); err != nil {
		return nil, err
	}
	invalid, err := r.run(&in)
	if err != nil {
		return nil, err
	}
	if err := r.publish(); err != nil {
		return nil, err
	}
	if invalid != nil {
		return &r.summary, invalid
	}
	return &r.summary, nil
}

// report is a set of files in the making.
type report struct {
	dir      string
	summary  Summary
	counts   plan.Counts
	outputs  []*output
	problems map[model.Code]int
	groups   ProblemGroups
}

// output is one file and who writes it.
type output struct {
	handler
	*draft
	name string
}

// open begins every file but the summary, which comes last.
func (r *report) open(in *Input) error {
	makers := []struct {
		name string
		make func(w io.Writer) (handler, error)
	}{
		{RowsCSV, func(w io.Writer) (handler, error) { return newRowsCSV(w, in, everyLine) }},
		{FailedCSV, func(w io.Writer) (handler, error) { return newRowsCSV(w, in, unsettledLine) }},
		{ProblemsCSV, func(w io.Writer) (handler, error) { return newProblemsCSV(w) }},
		{ExtrasCSV, func(w io.Writer) (handler, error) { return &extrasCSV{w, in.Extras}, nil }},
		{ReportXLSX, func(w io.Writer) (handler, error) { return newReportXLSX(w, in) }},
		{AnnotatedXLSX, func(w io.Writer) (handler, error) { return newAnnotatedLate(w, in) }},
		{ReportHTML, func(w io.Writer) (handler, error) { return newPage(w, in), nil }},
	}
	for _, m := range makers {
		d, err := newDraft(filepath.Join(r.dir, m.name))
		if err != nil {
			return err
		}
		o := &output{draft: d, name: m.name}
		r.outputs = append(r.outputs, o)
		h, err := m.make(d)
		if err != nil { // h may hold a nil pointer
			return fmt.Errorf("begin %s: %w", m.name, err)
		}
		o.handler = h
	}
	return nil
}

// run takes the lines through all handlers. The first result says why the accounts do not add up, nil if they do.
func (r *report) run(in *Input) (*AccountError, error) {
	var invalid *AccountError
	r.problems = map[model.Code]int{}
	for l, err := range ahead(in.Lines) {
		if errors.As(err, &invalid) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := r.line(&l); err != nil {
			return nil, err
		}
	}
	if invalid = r.conclude(in, invalid); invalid != nil {
		r.summary.Invalid, r.summary.ExitCode = invalid.detail(), exitInvalid
	}
	r.summary.Verdict = Verdict(&r.summary)
	for _, o := range r.outputs {
		if err := o.handler.close(&r.summary); err != nil {
			return nil, fmt.Errorf("end %s: %w", o.name, err)
		}
	}
	return invalid, nil
}

func (r *report) line(l *Line) error {
	r.summary.Counts.Read++
	r.counts[l.Status]++
	for i := range l.Problems {
		r.problems[l.Problems[i].Code]++
		r.groups.Add(&l.Problems[i])
	}
	if len(l.Problems) > 0 && model.FirstStopping(l.Problems) == nil {
		r.summary.Warned++
	}
	for _, o := range r.outputs {
		if err := o.line(l); err != nil {
			return fmt.Errorf("write row %d to %s: %w", l.Row, o.name, err)
		}
	}
	return nil
}

// conclude completes the summary and asserts that the accounts add up.
func (r *report) conclude(in *Input, invalid *AccountError) *AccountError {
	s := &r.summary
	s.Version = SummaryVersion
	s.Counts.Rows = r.counts
	s.Problems, s.Groups = r.problems, r.groups.List()
	s.Started, s.Finished = s.Started.UTC().Truncate(time.Millisecond), s.Finished.UTC().Truncate(time.Millisecond)
	s.Files = Files{SummaryJSON: filepath.Join(r.dir, SummaryJSON)}
	for _, name := range in.Beside {
		s.Files[name] = filepath.Join(r.dir, name)
	}
	if invalid != nil {
		return invalid
	}
	if reason := s.Counts.check(in.Ledger, s.Source.Rows); reason != "" {
		return &AccountError{Reason: reason}
	}
	return nil
}

// publish gives the files their names, all of them only after all of them are safe, and the summary last.
func (r *report) publish() error {
	var kept []*draft
	var stale []string // files of an earlier report that this one does not have
	for _, o := range r.outputs {
		if h, ok := o.handler.(optional); ok && !h.wanted() {
			stale = append(stale, o.path)
			continue
		}
		if err := o.seal(); err != nil {
			return err
		}
		kept = append(kept, o.draft)
		r.summary.Files[o.name] = o.path
	}
	d, err := newDraft(r.summary.Files[SummaryJSON])
	if err != nil {
		return err
	}
	defer d.discard()
	if err := writeJSON(d, &r.summary); err != nil {
		return err
	}
	if err := d.seal(); err != nil {
		return err
	}
	for _, d := range append(kept, d) {
		if err := d.publish(); err != nil {
			return err
		}
	}
	for _, path := range stale {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove the old %s: %w", path, err)
		}
	}
	syncDir(r.dir)
	return nil
}

// discard removes what has not been published.
func (r *report) discard() {
	for _, o := range r.outputs {
		if d, ok := o.handler.(spooling); ok {
			d.discard()
		}
		o.draft.discard()
	}
}

// writeJSON writes the summary as a person can read it.
func writeJSON(w io.Writer, s *Summary) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("write %s: %w", SummaryJSON, err)
	}
	return nil
}
