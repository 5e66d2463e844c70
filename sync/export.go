package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// exportCommand is the command of the runs that export. It stays theirs when they are resumed.
const exportCommand = "export"

// ErrNoExport says that a run is none that exports.
var ErrNoExport = errors.New("the run does not export")

// ExportOptions say which records go into which file.
type ExportOptions struct {
	File  string   // .csv or .xlsx
	Where []string // such as city=Leeds: a column or a field, and what it has to be; several of one field are alternatives
	Force bool     // replace the file if it is there
}

// exported is what an export keeps of itself with its run.
type exported struct {
	ExportOptions
	Limit   int       `json:"limit"`  // records, 0 for all
	Listed  int       `json:"listed"` // lists that are to be read
	Records int       `json:"records"`
	Begun   time.Time `json:"begun"` // when the first page was asked for
}

// exporting is an export under way.
type exporting struct {
	*session
	told    *exported
	pages   *pageFile
	stops   []stop
	where   conditions
	encoder *mapping.Encoder
	remarks remarks

	suspected bool // it was asked whether the API refuses the account
}

// Export writes the records of the job's resource into a sheet with the job's own columns, ready to be edited and synced. It is
// a run: what it has seen becomes the base with which a later sync compares the sheet.
//
// What was read is kept page by page, so that an export which was interrupted goes on with [ResumeExport]. Each page is as the
// API had it when it was asked for; no API gives all of its records as of one moment. Nothing is written to the API, and no
// lock is needed.
//
// The summary is there as soon as there is a run, whatever the error.
func Export(ctx, soft context.Context, opts Options, how ExportOptions) (sum *ExportSummary, err error) {
	defer func() { err = cause(soft, err) }()
	if err := opts.Job.checkExport(&how); err != nil {
		return nil, err
	}
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	s.run.ID, s.run.Started = newRunID(), time.Now().UTC()
	e := &exporting{session: s, told: &exported{ExportOptions: how, Limit: opts.Bounds.Limit}}
	s.stored.Export = e.told
	if err := e.open(soft); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.runDir()))
	}
	return e.carryOut(ctx, soft)
}

// ResumeExport goes on with an export that was interrupted: the run whose id begins with run, or the latest of the job's
// account that was left unfinished. If that is no export, the error is [ErrNoExport] and nothing has happened.
func ResumeExport(ctx, soft context.Context, opts Options, run string) (sum *ExportSummary, err error) {
	defer func() { err = cause(soft, err) }()
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.openLedger(soft); err != nil {
		return nil, err
	}
	if run == "" {
		if run, err = s.unfinished(soft); errors.Is(err, ErrNothingToResume) {
			return nil, ErrNoExport
		} else if err != nil {
			return nil, err
		}
	}
	if found, err := s.ledger.FindRun(soft, run); err != nil {
		return nil, err
	} else if found.Command != exportCommand {
		return nil, ErrNoExport
	}
	if err := s.loadRun(soft, run); err != nil {
		return nil, err
	}
	s.kept = true
	e := &exporting{session: s, told: s.stored.Export}
	if s.run.State == ledger.StateFinished {
		s.opts.Progress.Note(fmt.Sprintf("run %s is finished: %s was written", s.run.ID, e.told.File))
		return e.recallSummary()
	}
	if err := e.reopen(soft); err != nil {
		return nil, err
	}
	return e.carryOut(ctx, soft)
}

// checkExport finds out whether there can be such an export before anything is asked for.
func (j *Job) checkExport(how *ExportOptions) error {
	if j.Resource.List == nil {
		return fmt.Errorf("%w: %s cannot be listed, so it cannot be exported", ErrUsage, j.Name())
	}
	if how.File == "" {
		return fmt.Errorf("%w: say where the records go: -o FILE", ErrUsage)
	}
	if kind := exportKind(how.File); kind != "csv" && kind != "xlsx" {
		return fmt.Errorf("%w: -o %s: the name must end in .csv or .xlsx", ErrUsage, how.File)
	}
	path, err := filepath.Abs(how.File)
	if err != nil {
		return fmt.Errorf("%w: -o %s: %w", ErrUsage, how.File, err)
	}
	how.File = path
	for _, text := range how.Where {
		name, _, _ := strings.Cut(text, "=")
		if _, err := j.fieldCalled(strings.TrimSpace(name)); err != nil {
			return fmt.Errorf("%w: --where %s: %w", ErrUsage, text, err)
		}
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
		return fmt.Errorf("%w: there is no folder %s", ErrUsage, filepath.Dir(path))
	}
	return how.checkFree()
}

// exportKind is csv or xlsx, or whatever else the name of a file ends in.
func exportKind(path string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
}

// checkFree refuses to replace a file unless that was asked for: it may hold edits that are nowhere else.
func (how *ExportOptions) checkFree() error {
	switch info, err := os.Lstat(how.File); {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at %s: %w", how.File, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: %s is no regular file, and is not replaced", ErrUsage, how.File)
	case !how.Force:
		return fmt.Errorf("%w: %s is there already, and may hold edits; move it away, or say --force to replace it", ErrUsage, how.File)
	}
	return nil
}

// open makes the run: from here on it can be resumed.
func (e *exporting) open(ctx context.Context) error {
	s := e.session
	if err := errors.Join(s.connect(), s.openLedger(ctx)); err != nil {
		return err
	}
	if err := os.MkdirAll(s.runDir(), 0o700); err != nil {
		return fmt.Errorf("make the run's folder: %w", err)
	}
	if err := s.log.open(s.runDir()); err != nil {
		return err
	}
	s.log.Info("run", "id", s.run.ID, "command", exportCommand, "target", s.resource(), "account", s.account.text(), "file", e.told.File)
	s.opts.Job.unlink() // names are wanted of all records, and there are no rows
	keeper := &idKeeper{lister: s.client, ids: map[string][]string{}}
	if err := s.referBy(ctx, keeper); err != nil {
		return err
	}
	if err := e.prepare(); err != nil {
		return err
	}
	parents, err := e.parents(ctx, keeper)
	if err != nil {
		return err
	}
	e.stops = e.where.stops(e.opts.Job.Resource, parents)
	e.told.Listed, e.told.Begun = len(e.stops), time.Now().UTC()
	if e.pages, err = newPageFile(s.runDir(), e.opts.Job.Resource.Model, e.stops); err != nil {
		return err
	}
	e.describe()
	e.forecast()
	if s.run.Settings, err = json.Marshal(&s.stored); err == nil {
		err = s.ledger.CreateRun(ctx, &s.run)
	}
	if err != nil {
		return errors.Join(err, e.pages.close())
	}
	s.kept = true
	return nil
}

// prepare compiles what the job makes of records.
func (e *exporting) prepare() (err error) {
	job := e.opts.Job
	if e.where, err = job.conditions(e.told.Where); err != nil {
		return err
	}
	medium := mapping.InText
	if exportKind(e.told.File) == "xlsx" {
		medium = mapping.InTypes
	}
	if e.encoder, err = mapping.CompileEncoder(&job.Mapping, job.Resource.Model, medium); err != nil {
		return fmt.Errorf("%w: %w", ErrJob, err)
	}
	for _, note := range append(e.encoder.Notes(), e.where.notes(job.Resource)...) {
		e.opts.Progress.Note(note)
	}
	return nil
}

// describe fills in what the run is bound to.
func (e *exporting) describe() {
	s, job := e.session, e.opts.Job
	s.run.Command, s.run.Version = exportCommand, s.opts.Version
	s.run.Target, s.run.Resource, s.run.Account = job.Target.Name, s.resource(), s.account.text()
	s.run.State, s.run.ExitCode = ledger.StateRunning, int(ExitEarly) // what holds if the process dies under way
	s.run.Source = ledger.Source{File: e.told.File, Sheet: e.worksheet()}
	s.run.Hashes = ledger.Hashes{Job: job.Hash, Target: job.Target.Hash}
	s.stored.Base, s.stored.Account, s.stored.Key = s.account.base, s.account.settings, job.Mapping.Identity.Key
	s.stored.Made, s.stored.Lineage = e.told.Begun, s.run.ID
}

// reopen makes a stored run go on.
func (e *exporting) reopen(ctx context.Context) (err error) {
	s, job := e.session, e.opts.Job
	switch {
	case s.run.Account != s.account.text() || s.run.Resource != s.resource():
		return fmt.Errorf("%w: run %s is of another account or resource than the job", ErrUsage, s.run.ID)
	case s.run.Hashes.Job != job.Hash || s.run.Hashes.Target != job.Target.Hash:
		return fmt.Errorf("%w: run %s cannot be resumed: the job file or the target file has changed; export again", ErrStale, s.run.ID)
	}
	if err := e.told.checkFree(); err != nil {
		return err
	}
	if s.held, err = ledger.Lock(filepath.Join(userState(s.state), "locks"), s.account.text(), "export "+s.run.ID, "rollcall resume"); err != nil {
		return err
	}
	if err := errors.Join(s.connect(), s.log.open(s.runDir())); err != nil {
		return err
	}
	s.log.Info("run goes on", "id", s.run.ID, "command", "resume")
	job.unlink() // names are wanted of all records, and there are no rows
	if err := s.referBy(ctx, s.client); err != nil {
		return err
	}
	if err := e.prepare(); err != nil {
		return err
	}
	if e.pages, err = openPageFile(s.runDir(), job.Resource.Model); err != nil {
		return err
	}
	e.stops = e.pages.stops
	e.forecast()
	return nil
}

// carryOut reads what is left to read, writes the file, and closes the run's books.
func (e *exporting) carryOut(ctx, soft context.Context) (*ExportSummary, error) {
	err := e.read(soft)
	if err == nil {
		err = e.deliver(soft)
	}
	e.opts.Progress.End()
	return e.end(ctx, soft, errors.Join(err, e.pages.close()))
}

// read reads the lists from where the pages end.
func (e *exporting) read(ctx context.Context) error {
	total := -1
	if len(e.stops) > 1 {
		total = len(e.stops)
	}
	e.opts.Progress.Stage("listing "+e.resource(), total)
	for n := range e.stops {
		if n >= e.pages.stop && !e.isFull() {
			if err := e.readStop(ctx, n); err != nil {
				return err
			}
		}
		if total > 0 {
			e.opts.Progress.Step()
		}
	}
	return nil
}

// isFull reports whether all records that were asked for are there.
func (e *exporting) isFull() bool { return e.told.Limit > 0 && e.pages.records >= e.told.Limit }

// errFull ends the reading of a list from which no more is wanted.
var errFull = errors.New("no more records are wanted")

// readStop reads one list. A parent that the API keeps from us is left out and named, unless it turns out that the API refuses
// the whole account.
func (e *exporting) readStop(ctx context.Context, n int) error {
	where := e.where.part(e.opts.Job.Resource.Model, &e.stops[n])
	from, seen := e.pages.begin(n)
	err := e.client.Pages(ctx, where, from, seen, func(page []plan.Found, m remote.Mark) error {
		if err := e.pages.add(n, e.wanted(page), m); err != nil {
			return err
		}
		e.foresee(n, m)
		if e.isFull() {
			return errFull
		}
		return ctx.Err()
	})
	switch {
	case errors.Is(err, errFull):
		return nil
	case errors.Is(err, plan.ErrParentNotFound), errors.Is(err, plan.ErrParentForbidden):
		if err := e.suspect(ctx, err); err != nil {
			return err
		}
		why := e.stops[n].String() + " is left out: " + err.Error()
		e.opts.Progress.Note(why)
		return e.pages.refuse(n, why)
	case err != nil:
		return fmt.Errorf("list %s records: %w", e.resource(), err)
	}
	return nil
}

// suspect finds out, when the first parent is forbidden, whether it is the account that the API refuses.
func (e *exporting) suspect(ctx context.Context, err error) error {
	if !errors.Is(err, plan.ErrParentForbidden) || e.suspected {
		return nil
	}
	e.suspected = true
	if refused := e.client.Account(ctx); !errors.Is(refused, plan.ErrInconclusive) {
		return refused
	}
	return nil
}

// wanted is the records of a page that fit, as many as are still wanted.
func (e *exporting) wanted(page []plan.Found) []plan.Found {
	var fit []plan.Found
	for i := range page {
		if e.told.Limit > 0 && e.pages.records+len(fit) >= e.told.Limit {
			break
		}
		if e.where.fit(e.opts.Job.Resource.Model, &page[i]) && !e.pages.has(page[i].ID) {
			fit = append(fit, page[i])
		}
	}
	return fit
}
