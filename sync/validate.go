package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ValidateFiles says what Validate writes besides its result. It writes nothing else.
type ValidateFiles struct {
	Problems  string // CSV file for all problems, "" for none
	Annotated string // XLSX file for the marked sheet, "" for none
	Keep      int    // how many problems to keep in the result; all are counted
}

// Validation is what Validate found: every cell of every row, judged without the API.
type Validation struct {
	Info    sheet.Info
	Rows    int
	Invalid int
	Warned  int             // rows with nothing worse than warnings
	First   []model.Problem // the first ones, in the order of the sheet
	Open    int             // cells that could not be judged without the account
	Known   time.Time       // when what is known of the account was read, zero if nothing is
	counts  map[model.Code]int
	groups  reconcile.ProblemGroups
}

// ProblemGroup is all problems of a sheet with one code in one column.
type ProblemGroup = reconcile.ProblemGroup

// Exit is the exit code of a validation.
func (v *Validation) Exit() Exit {
	if v.Invalid > 0 {
		return ExitProblems
	}
	return ExitOK
}

// Groups is the problems by code and column: what stops rows before warnings, and the most frequent first.
func (v *Validation) Groups() []ProblemGroup { return v.groups.List() }

// Total is the number of all problems.
func (v *Validation) Total() int {
	n := 0
	for _, k := range v.counts {
		n += k
	}
	return n
}

// Validate reads, decodes and checks every row of the sheet, offline. It makes no run and sends nothing.
func Validate(ctx context.Context, opts Options, files ValidateFiles) (v *Validation, err error) {
	defer func() { err = cause(ctx, err) }()
	path, options, err := opts.Job.sheetFor(opts.Sheet)
	if err != nil {
		return nil, err
	}
	for _, out := range []string{files.Problems, files.Annotated} {
		if sameFile(out, path) {
			return nil, fmt.Errorf("%w: %s is the sheet itself; write to another file", ErrUsage, out)
		}
	}
	if out := files.Annotated; out != "" && !strings.EqualFold(filepath.Ext(out), ".xlsx") {
		return nil, fmt.Errorf("%w: --annotate writes a workbook: %s must end in .xlsx", ErrUsage, out)
	}
	defer opts.Progress.End()
	known, err := recallAccount(ctx, opts)
	if err != nil {
		return nil, err
	}
	e := &examination{opts: opts, path: path, options: options, keys: plan.NewKeys()}
	e.options.Early = true // nothing is done before the last row
	if v, err = e.examine(ctx, files); err != nil {
		return nil, err
	}
	v.Known = known
	noteAccount(opts.Progress, v)
	if files.Annotated == "" {
		return v, nil
	}
	return v, reconcile.Annotate(files.Annotated, reconcile.Input{
		Summary: reconcile.Summary{Source: reconcile.Source{Sheet: v.Info.Sheet}},
		Header:  e.header, Origin: v.Info, Lines: e.lines(ctx), Marker: "1:" + accountOf(opts.Job).fingerprint() + ":validate",
	})
}

// recallAccount completes the job with what earlier runs have read of its account, and tells when that was.
func recallAccount(ctx context.Context, opts Options) (time.Time, error) {
	if len(opts.Job.wanted()) == 0 {
		return time.Time{}, nil
	}
	ref, at, err := cachedReference(ctx, opts)
	if err != nil || ref == nil {
		return time.Time{}, err
	}
	if err := opts.Job.refer(ref); err != nil {
		return time.Time{}, fmt.Errorf("%w; this is what the account had %s ago: `rollcall plan` reads it again", err, age(time.Since(at)))
	}
	return at, nil
}

// noteAccount says what the judgement of names and custom fields rests on.
func noteAccount(p Progress, v *Validation) {
	if !v.Known.IsZero() {
		p.Note(fmt.Sprintf("names and custom fields are judged by what the account had %s ago; `rollcall plan` reads it again", age(time.Since(v.Known))))
	}
	if v.Open == 1 {
		p.Note("1 cell could not be judged: names and custom fields of the account are not known yet; `rollcall plan` reads them")
	}
	if v.Open > 1 {
		p.Note(fmt.Sprintf("%d cells could not be judged: names and custom fields of the account are not known yet; `rollcall plan` reads them", v.Open))
	}
}

// age is a time span in the words of everyday life.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Minute:
		return "a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// sameFile reports whether two paths lead to one file that exists.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// examination is one sheet that is read as often as it takes to judge it.
type examination struct {
	opts    Options
	path    string
	options sheet.Options
	header  []string
	keys    *plan.Keys
	known   bool // keys holds the whole sheet, and every row can be judged
	strays  []string
	speller *mapping.Speller
}

// errAgain is what judge says of a sheet that has to be read again: only now is it known which rows are not the only ones with
// their key, and which are merged.
var errAgain = errors.New("the sheet has to be read again")

// examine judges the sheet, and writes its problems if they are wanted.
func (e *examination) examine(ctx context.Context, files ValidateFiles) (*Validation, error) {
	v, err := e.record(ctx, files)
	if errors.Is(err, sheet.ErrNotEarly) { // all that was made of its rows is wrong
		e.options.Early, e.keys = false, plan.NewKeys()
		v, err = e.record(ctx, files)
	}
	if err != nil && !errors.Is(err, errAgain) {
		return nil, e.refusal(ctx, err)
	}
	noteInput(e.opts.Progress, v.Info)
	for _, stray := range e.strays {
		e.opts.Progress.Note(stray)
	}
	e.known, e.options.Early = true, false
	if err == nil {
		return v, nil
	}
	return e.record(ctx, files)
}

// refusal is why the sheet is not read to its end: what would be said of it if its rows were not given early, if it is not that.
func (e *examination) refusal(ctx context.Context, err error) error {
	if !e.options.Early || ctx.Err() != nil {
		return err
	}
	options := e.options
	options.Early = false
	r, refused := sheet.Open(e.path, options)
	if refused != nil {
		return refused
	}
	return errors.Join(err, r.Close())
}

// record is judge with the problems written as they are found. The file appears only if the sheet needs not be read again.
func (e *examination) record(ctx context.Context, files ValidateFiles) (v *Validation, err error) {
	if files.Problems == "" {
		return e.judge(ctx, files.Keep, func(reconcile.Line) bool { return true })
	}
	err = reconcile.WriteProblems(files.Problems, func(yield func(reconcile.Line, error) bool) {
		var failed error
		v, failed = e.judge(ctx, files.Keep, func(l reconcile.Line) bool { return yield(l, nil) })
		if failed != nil && !errors.Is(failed, errEnough) {
			yield(reconcile.Line{}, failed)
		}
	})
	return v, err
}

// judge reads the sheet once and counts what is wrong with it. The rows with problems go to each, until it has enough.
func (e *examination) judge(ctx context.Context, keep int, each func(reconcile.Line) bool) (*Validation, error) {
	v := &Validation{counts: map[model.Code]int{}}
	mentions := plan.NewMentions(e.opts.Job.Resource.Model, e.opts.Job.links())
	run := (*mapping.Mapping).Judge
	if len(e.opts.Job.links()) > 0 { // their cells are looked at
		run = (*mapping.Mapping).Run
	}
	info, err := e.read(ctx, run, func(c *mapping.Candidate, problems []model.Problem) error {
		v.Rows++
		v.Open += len(c.Unjudged)
		mentions.Note(c)
		for i := range problems {
			v.counts[problems[i].Code]++
			v.groups.Add(&problems[i])
		}
		v.First = append(v.First, problems[:max(0, min(len(problems), keep-len(v.First)))]...)
		switch {
		case model.FirstStopping(problems) != nil:
			v.Invalid++
		case len(problems) > 0:
			v.Warned++
		}
		if len(problems) > 0 && !each(reconcile.Line{Seq: c.Seq, Row: c.Row.Number, Problems: problems}) {
			return errEnough
		}
		return nil
	})
	v.Info = info
	v.Open += mentions.Open()
	if err == nil && !e.known && (e.keys.Any() || info.Merged) {
		err = errAgain
	}
	return v, err
}

// runner is one of the ways in which a mapping goes through a sheet.
type runner func(*mapping.Mapping, context.Context, sheet.Reader, func(*mapping.Candidate) error) error

// read hands every row with its problems to each. What the file turned out to be is known in the end.
func (e *examination) read(ctx context.Context, run runner, each func(*mapping.Candidate, []model.Problem) error) (sheet.Info, error) {
	r, err := sheet.Open(e.path, e.options)
	if err != nil {
		return sheet.Info{}, err
	}
	job := e.opts.Job
	m, err := mapping.Compile(&job.Mapping, job.Resource.Model, r, accountOf(job).fingerprint())
	if err != nil {
		return r.Info(), errors.Join(err, r.Close())
	}
	e.header, e.strays, e.speller = r.Header(), m.Strays(), mapping.NewSpeller(&job.Mapping, job.Resource.Model, r.Header())
	field := ""
	if key := job.Mapping.Identity.Key; len(key) > 0 {
		field = key[0]
	}
	if !e.known {
		e.keys.Expect(r.Info().Lines)
	}
	e.opts.Progress.Stage("validating", -1)
	err = run(m, ctx, r, func(c *mapping.Candidate) error {
		e.opts.Progress.Step()
		problems := c.IfCreated()
		if !e.known {
			e.keys.Note(c)
		} else if e.keys.Repeated(c) {
			problems = append(problems, e.keys.Duplicate(c, field, m.ColumnOf(field)))
		}
		return each(c, problems)
	})
	return r.Info(), errors.Join(err, r.Close())
}

// errEnough ends a reading of which nothing more is wanted.
var errEnough = errors.New("no more rows are wanted")

// lines is the sheet as the lines of a report.
func (e *examination) lines(ctx context.Context) iter.Seq2[reconcile.Line, error] {
	return func(yield func(reconcile.Line, error) bool) {
		_, err := e.read(ctx, (*mapping.Mapping).Run, func(c *mapping.Candidate, problems []model.Problem) error {
			e.speller.Spell(&c.Row)
			l := reconcile.Line{Seq: c.Seq, Row: c.Row.Number, Cells: c.Row.Texts(), Problems: problems}
			if p := model.FirstStopping(problems); p != nil {
				l.Status, l.Code, l.Field, l.Column = plan.Invalid, p.Code, p.Field, p.Column
				l.Message, l.Hint = p.Message, p.Hint
			}
			if !yield(l, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(reconcile.Line{}, err)
		}
	}
}

// JSON is the validation as --json prints it.
func (v *Validation) JSON() any {
	out := map[string]any{
		"version": 1, "command": "validate",
		"source":   map[string]any{"file": v.Info.Path, "sheet": v.Info.Sheet, "rows": v.Rows},
		"counts":   map[string]int{"read": v.Rows, "valid": v.Rows - v.Invalid, "invalid": v.Invalid, "warned": v.Warned},
		"problems": v.counts, "problem_groups": v.Groups(), "unjudged": v.Open, "exit_code": int(v.Exit()),
	}
	if !v.Known.IsZero() {
		out["account_read"] = v.Known.UTC().Format(time.RFC3339)
	}
	return out
}
