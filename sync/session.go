package sync

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// session is what one command has open.
type session struct {
	opts    Options
	state   string // folder of ledger and runs
	account account
	ledger  *ledger.Ledger
	held    *ledger.AccountLock
	pacer   *pace.Pacer
	client  *remote.Client // nil in a session that only reports
	log     *runLog
	input   *input
	rows    rowSource     // nil in a session that applies a stored plan
	planner *plan.Planner // nil in a session that applies a stored plan
	run     ledger.Run
	stored  storedPlan
	kept    bool                    // the ledger knows the run
	groups  reconcile.ProblemGroups // of a plan that is being made
}

// openSession opens everything that a new run needs: ledger, private copy of the sheet, mapping, client.
func openSession(ctx context.Context, opts Options) (*session, error) {
	path, options, err := opts.Job.sheetFor(opts.Sheet)
	if err != nil {
		return nil, err
	}
	// Everything that can be wrong with the files is found before the first trace of the run is left.
	if err := checkSheet(path, options); err != nil {
		return nil, err
	}
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	s.run.ID = newRunID()
	s.run.Started = time.Now().UTC()
	err = s.connect()
	if err == nil {
		err = s.openLedger(ctx)
	}
	if err == nil {
		err = s.openInput(ctx, path, options)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// newSession opens nothing yet.
func newSession(opts Options) (*session, error) {
	state, err := opts.stateDir()
	if err != nil {
		return nil, err
	}
	log := newRunLog(opts.Log)
	opts.Progress = noting{opts.Progress, log}
	return &session{opts: opts, state: state, account: accountOf(opts.Job), log: log}, nil
}

// openLedger opens the durable store.
func (s *session) openLedger(ctx context.Context) (err error) {
	s.ledger, err = ledger.Open(ctx, s.state)
	return err
}

// connect prepares the client. Nothing is sent yet.
func (s *session) connect() (err error) {
	s.pacer = pace.New(budgetOf(s.opts, s.state))
	s.pacer.Adapt(s.opts.Job.Connection.inFlight(), func(p pace.Stats) {
		s.log.Info("fewer requests at once", "permits", p.Permits, "why", p.Why)
	})
	s.pacer.Notify(func(d time.Duration) {
		s.opts.Progress.Note(fmt.Sprintf("the API asks to wait %s, until %s", d.Round(time.Second), time.Now().Add(d).Format(time.TimeOnly)))
	})
	if s.opts.Recheck && s.opts.Job.Resource.Get == nil {
		return fmt.Errorf("%w: --recheck reads each record before its update, and %s has no operation that reads one", ErrUsage, s.opts.Job.Name())
	}
	if s.client, err = newClient(s.opts, s.pacer, s.log.Logger); err == nil {
		s.meter()
		s.watch()
	}
	return err
}

// budgetOf is the request budget of the job's account, which all runs of this user on this machine share.
func budgetOf(opts Options, state string) *pace.Shared {
	path := filepath.Join(userState(state), "budgets", accountOf(opts.Job).fingerprint())
	return pace.Share(path, opts.Job.Connection.limit, opts.Progress.Note)
}

// openInput copies the sheet into the run's folder and binds the mapping to its header.
func (s *session) openInput(ctx context.Context, path string, options sheet.Options) (err error) {
	job := s.opts.Job
	if s.input, err = copyInput(path, s.runDir(), options); err != nil {
		return err
	}
	if err := s.log.open(s.runDir()); err != nil {
		return err
	}
	s.log.Info("run", "id", s.run.ID, "command", s.opts.Command, "target", job.Name(), "account", s.account.text(), "sheet", path, "sha256", s.input.hash)
	if err := s.refuseUndo(ctx); err != nil {
		return err
	}
	return s.input.read(func(r sheet.Reader) error {
		info := r.Info()
		noteInput(s.opts.Progress, info)
		s.stored.Retry = info.Report
		s.input.options = inputOptions{Name: s.input.options.Name, Sheet: info.Sheet, HeaderRow: info.HeaderRow, Delimiter: info.Delimiter, Quote: info.Quote, Encoding: info.Encoding}
		mp, err := s.compile(r)
		if err != nil {
			return err
		}
		for _, stray := range mp.Strays() {
			s.opts.Progress.Note(stray)
		}
		return nil
	})
}

// rowSource makes candidates of the rows of a run's input: a sheet through the columns of the job, or what an undo takes back.
type rowSource interface {
	// Run hands the candidate of every row to yield, in the order of the input. It ends with the first error of yield.
	Run(ctx context.Context, in sheet.Reader, yield func(*mapping.Candidate) error) error
	// ColumnOf is the header of the column that fills a field, "" if none does. The field "id" is the record's id.
	ColumnOf(field string) string
}

var (
	_ rowSource = (*mapping.Mapping)(nil)
	_ rowSource = (*reversal)(nil)
)

// compile binds the job's columns to the sheet.
func (s *session) compile(r sheet.Reader) (*mapping.Mapping, error) {
	job := s.opts.Job
	mp, err := mapping.Compile(&job.Mapping, job.Resource.Model, r, s.account.fingerprint())
	if err == nil {
		s.rows = mp
	}
	return mp, err
}

// bind binds the rows to the model as it is once the account is known.
func (s *session) bind() error {
	if s.rows == nil { // an undo makes its own when it knows the model
		return nil
	}
	return s.input.read(func(r sheet.Reader) error {
		_, err := s.compile(r)
		return err
	})
}

// noteInput says what was detected about the sheet.
func noteInput(p Progress, info sheet.Info) {
	p.Note(describeSheet(info))
	for _, notice := range info.Notices {
		p.Note(notice)
	}
}

// describeSheet is one line on what a file turned out to be.
func describeSheet(info sheet.Info) string {
	switch {
	case info.Type == "xlsx":
		return fmt.Sprintf("%s: sheet %q, header in row %d", filepath.Base(info.Path), info.Sheet, info.HeaderRow)
	case info.Delimiter == "\t":
		return fmt.Sprintf("%s: %s, columns separated by tabs, header in row %d", filepath.Base(info.Path), info.Encoding, info.HeaderRow)
	}
	return fmt.Sprintf("%s: %s, columns separated by %q, header in row %d", filepath.Base(info.Path), info.Encoding, info.Delimiter, info.HeaderRow)
}

// openStored opens the session of a stored run: the one whose id begins with run, or the latest of the job's account.
func openStored(ctx context.Context, opts Options, run string) (*session, error) {
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	err = s.openLedger(ctx)
	if err == nil {
		err = s.recall(ctx, run)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// recall makes a stored run the session's own.
func (s *session) recall(ctx context.Context, run string) error {
	if err := s.loadRun(ctx, run); err != nil {
		return err
	}
	if s.stored.Export != nil {
		return fmt.Errorf("%w: run %s is an export, which has no rows of its own; it went to %s", ErrUsage, s.run.ID, s.run.Source.File)
	}
	s.kept = true
	s.input = storedInput(s.runDir(), s.stored.Input)
	return nil
}

// loadRun reads a stored run and what it kept.
func (s *session) loadRun(ctx context.Context, id string) error {
	var run *ledger.Run
	var err error
	if id == "" {
		run, err = s.latestPlan(ctx)
		if errors.Is(err, ledger.ErrNoRun) {
			return fmt.Errorf("%w for %s of this account; make one with `rollcall plan`", ErrNoPlan, s.opts.Job.Name())
		}
	} else {
		run, err = s.ledger.FindRun(ctx, id)
	}
	if err != nil {
		return err
	}
	s.run = *run
	if len(run.Settings) == 0 {
		return fmt.Errorf("%w: the process that made run %s died before it was whole; run `rollcall plan` again", ErrStale, run.ID)
	}
	if err := json.Unmarshal(run.Settings, &s.stored); err != nil {
		return fmt.Errorf("run %s: read its settings: %w", run.ID, err)
	}
	if s.stored.Purged != nil {
		return s.purgedError(ctx)
	}
	return s.opts.Job.recall(&s.stored.Reference)
}

// latestPlan is the newest run of the job's account that has a plan.
func (s *session) latestPlan(ctx context.Context) (*ledger.Run, error) {
	runs, err := s.ledger.Runs(ctx, 0)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if r := &runs[i]; r.Account == s.account.text() && r.Resource == s.resource() && r.Command != exportCommand {
			return r, nil
		}
	}
	return nil, ledger.ErrNoRun
}

// lock keeps other runs away from the account's resource until the session closes.
func (s *session) lock() (err error) {
	dir := filepath.Join(userState(s.state), "locks")
	s.held, err = ledger.Lock(dir, s.account.text(), s.resource(), "rollcall "+s.opts.Command)
	return err
}

// enter takes the lock, and marks the runs that a crash has ended: nobody is at work on them any more.
func (s *session) enter(ctx context.Context) error {
	if err := s.lock(); err != nil {
		return err
	}
	runs, err := s.ledger.Runs(ctx, 0)
	if err != nil {
		return err
	}
	for i := range runs {
		r := &runs[i]
		if r.State != ledger.StateRunning || r.Command == exportCommand || r.Account != s.account.text() || r.Resource != s.resource() {
			continue
		}
		r.State = ledger.StateInterrupted
		if err := s.ledger.UpdateRun(ctx, r); err != nil {
			return err
		}
	}
	return s.catchUp(ctx)
}

// close lets go of everything.
func (s *session) close() {
	if s.client != nil {
		s.client.Close()
		p := s.pacer.Stats()
		s.log.Info("pace", "requests", p.Started, "waited", p.Waited.Round(time.Millisecond).String(), "pauses", p.Pauses, "permits", p.Permits, "cuts", p.Cuts, "why", p.Why)
	}
	if s.held != nil {
		if err := s.held.Close(); err != nil {
			s.log.Warn("the lock could not be given back", "error", err)
		}
	}
	var errs []error
	if s.ledger != nil {
		errs = append(errs, s.ledger.Close())
	}
	errs = append(errs, s.log.close())
	if s.input != nil && !s.kept { // a run that never came to be leaves no copy of anybody's data
		errs = append(errs, os.RemoveAll(s.runDir()))
	}
	if err := errors.Join(errs...); err != nil {
		s.opts.Log.Warn("the state could not be closed", "error", err)
	}
}

// resource is the name under which the ledger keeps the job's records.
func (s *session) resource() string { return s.opts.Job.Name() }

// runDir is the folder of the run's files.
func (s *session) runDir() string { return filepath.Join(s.state, "runs", s.run.ID) }

// marker is the text of the _rollcall column. It names the account that the run went to, whatever the job says by now.
func (s *session) marker() string { return "1:" + fingerprintOf(s.run.Account) + ":" + s.run.ID }

// newRunID is a name that sorts by time and that no other run has.
func newRunID() string {
	var b [2]byte
	_, _ = rand.Read(b[:]) // never fails
	now := time.Now().UTC()
	return fmt.Sprintf("%s-%03d%s", now.Format("20060102-150405"), now.Nanosecond()/1e6, hex.EncodeToString(b[:])[:3])
}
