// Package sync runs whole jobs: it joins the stages, from the sheet to the report, and holds no goroutine and no mutex of
// its own.
//
//	file -> sheet.Row -> mapping.Candidate -> plan.Change -> push.Outcome -> reconcile.Report
//
// It owns the job file ([LoadJob]) and decides what state lives where. The commands are [Validate], which needs neither
// account nor ledger; [Plan], which stores what would be done; [Apply], which pushes exactly a stored plan; and [Sync],
// which is both. [Resume] goes on with a run that was interrupted, [Resolve] settles what stayed in doubt, and [Rewrite]
// makes the report files of a run again.
//
// The three laws of the pipeline:
//
//  1. Push does what the plan says and nothing else. A plan that was reviewed is what gets pushed.
//  2. No request without a durable intent. A crash or a lost answer leaves a change in doubt; it is settled by looking,
//     never by sending again blindly.
//  3. One row's problem never stops a run (a guard on many may); a run problem always does.
//
// To read the code, start at [Sync].
package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// Options are what a command line adds to a job file.
type Options struct {
	Job      *Job
	Sheet    string // instead of the job's source.file, "" for that
	State    string // folder of ledger and runs, default .rollcall beside the job file
	Command  string // as it goes into the report
	Version  string // of the program
	Bounds   Bounds
	Recreate bool // create again what we created and the API does not have any more
	Recheck  bool // read each record once more right before its update
	Insecure bool // accept http and any certificate
	Progress Progress
	Log      *slog.Logger
	// Confirm is asked before anything is written; nil means that the answer is yes.
	Confirm func(Writes) bool
	Meter   Meter                    // is told how the run fares; nil if nobody watches
	Watch   func(pulse func() Pulse) // is handed the pulse of the run before its first request; nil if nobody watches

	ended *ending // how the run ended, for those who want to be told; nil if nobody asks
}

// Writes is what somebody is asked to agree to before it is written.
type Writes struct {
	Creates, Updates int
	Invalid          int            // rows that are left out
	Warned           int            // rows that have warnings and are sent all the same
	Groups           []ProblemGroup // the problems of the sheet, if this command has just planned it
	Run              string         // the run that is to be pushed
	Worksheet        string         // "" for CSV
}

// Bounds end a run early; what is left can be resumed. Zero values bound nothing.
type Bounds struct {
	Limit       int // changes carried out
	MaxRequests int // writes sent
}

// Progress is told how far a command is. An implementation must not block.
type Progress interface {
	// Stage begins a stage. total is how many steps it has, negative if nobody knows.
	Stage(name string, total int)
	// Step is called after each of them, from several goroutines.
	Step()
	// Note shows one line that a person should see; it may be called from several goroutines.
	Note(text string)
	// End ends the last stage: what is shown next is no progress.
	End()
}

// Sync plans the sheet, lets the guards judge the plan, and pushes it: the nightly command. Doubts that an earlier run
// left are settled first. soft ends a run by finishing what is in flight, ctx at once.
//
// The error is a refusal or trouble of the run; how the rows fared is in the summary, its exit code included.
func Sync(ctx, soft context.Context, opts Options) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }() // last, with the report written and the lock given back
	defer func() { err = cause(soft, err) }()
	s, err := openSession(soft, opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if err := s.referTo(soft); err != nil {
		return nil, err
	}
	open, _, err := s.settleDoubts(ctx, soft)
	if err != nil {
		return nil, err
	}
	return s.carryOut(ctx, soft, open)
}

// carryOut plans, lets the guards judge the plan, and pushes it. open is what stays in doubt of earlier runs.
func (s *session) carryOut(ctx, soft context.Context, open []openDoubt) (*reconcile.Summary, error) {
	refusal, err := s.makePlan(soft)
	if err != nil {
		return nil, err
	}
	if refusal == nil {
		refusal = s.standoff(ctx, open)
	}
	if refusal != nil || !s.confirmed(Writes{Creates: s.stored.Tally.Creates, Updates: s.stored.Tally.Updates, Groups: s.groups.List()}) {
		return s.finish(ctx, ending{refusal: refusal, early: stopOf(soft), planned: true})
	}
	return s.push(ctx, soft)
}

// stopOf is why a person or the system has ended soft, nil if nobody has: a question may be answered by Ctrl-C.
func stopOf(soft context.Context) error {
	if soft.Err() == nil {
		return nil
	}
	return context.Cause(soft)
}

// confirmed asks whether so much may be pushed, if it is anything and there is anybody to ask.
func (s *session) confirmed(q Writes) bool {
	s.opts.Progress.End()
	q.Run, q.Invalid, q.Warned, q.Worksheet = s.run.ID, s.stored.Tally.Invalid, s.stored.Warned, s.run.Source.Sheet
	return s.opts.Confirm == nil || q.Creates+q.Updates == 0 || s.opts.Confirm(q)
}

// Plan reads the API and the sheet and stores what is to be done as a run, without writing to the API.
func Plan(ctx, soft context.Context, opts Options) (*reconcile.Summary, error) {
	return PlanInto(ctx, soft, opts, PlanOutput{})
}

// planRun is [PlanInto] an output that can be written.
func planRun(ctx, soft context.Context, opts Options, output PlanOutput) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }() // last, with the report written and the lock given back
	defer func() { err = cause(soft, err) }()
	s, err := openSession(soft, opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if err := s.referTo(soft); err != nil {
		return nil, err
	}
	refusal, err := s.makePlan(soft)
	if err != nil {
		return nil, err
	}
	exported := s.exportPlan(soft, output)
	if sum, err = s.finish(ctx, ending{refusal: refusal, planned: true}); exported != nil {
		return nil, errors.Join(fmt.Errorf("the plan is stored as run %s, and not written to %s: %w", s.run.ID, output.File, exported), err)
	}
	return sum, err
}

// Apply pushes exactly a stored plan: the run whose id begins with run, or the latest of the job's account. A plan whose
// sheet, job, target or account has changed since, or whose account another run has written to, is [ErrStale].
func Apply(ctx, soft context.Context, opts Options, run string) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }() // last, with the report written and the lock given back
	defer func() { err = cause(soft, err) }()
	s, err := openStored(soft, opts, run)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.apply(ctx, soft, nil)
}

// apply pushes what is left of the session's stored run: all of it, or what a plan file approves.
func (s *session) apply(ctx, soft context.Context, file *reconcile.PlanFile) (*reconcile.Summary, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if err := s.recall(ctx, s.run.ID); err != nil { // until now somebody else may have been at work on it
		return nil, err
	}
	if err := errors.Join(s.checkFresh(ctx), s.connect()); err != nil {
		return nil, err
	}
	by, err := s.review(ctx, file)
	if err != nil {
		return nil, err
	}
	if err := s.log.open(s.runDir()); err != nil {
		return nil, err
	}
	open, others, err := s.settleDoubts(ctx, soft)
	if err != nil {
		return nil, err
	}
	if others { // the plan was made without knowing what became of them, and may create them again
		return nil, fmt.Errorf("%w: an earlier run had left changes in doubt, which are settled now; run `%s` again", ErrStale, s.planCommand())
	}
	counts, err := s.ledger.Counts(ctx, s.run.ID)
	if err != nil {
		return nil, err
	}
	if s.isDone(counts) {
		s.noteDone()
		return s.restate(ctx)
	}
	if refusal := s.judge(); refusal != nil {
		return s.finish(ctx, ending{refusal: refusal, planned: true})
	}
	if err := s.standoff(ctx, open); err != nil {
		return nil, err
	}
	creates, updates, err := s.left(ctx, by)
	if err != nil {
		return nil, err
	}
	if s.opts.Recheck {
		s.forecastRechecks(updates)
	}
	if !s.confirmed(Writes{Creates: creates, Updates: updates}) {
		switch stop := stopOf(soft); {
		case s.run.State == ledger.StatePlanned:
			return s.finish(ctx, ending{early: stop, planned: true})
		case stop != nil:
			return nil, errors.New("nothing was sent")
		}
		return s.restate(ctx) // what was pushed before stays
	}
	if err := s.decline(ctx, by); err != nil {
		return nil, err
	}
	s.log.Info("run goes on", "id", s.run.ID, "command", s.opts.Command)
	s.run.Command, s.run.Started = s.opts.Command, time.Now().UTC()
	return s.push(ctx, soft)
}

// isDone reports whether a run has come to its end with nothing left to send or to find out.
func (s *session) isDone(counts plan.Counts) bool {
	return s.run.State == ledger.StateFinished && counts[plan.NotAttempted]+counts[plan.InDoubt] == 0
}

// noteDone tells a person who wants to go on with a run that it is done.
func (s *session) noteDone() {
	s.opts.Progress.Note(fmt.Sprintf("run %s is finished: there is nothing left to push", s.run.ID))
}

// left is how many creates and updates the session's run still has to push, of those that a plan file approves.
func (s *session) left(ctx context.Context, by *review) (creates, updates int, err error) {
	if s.run.State == ledger.StatePlanned && by == nil {
		return s.stored.Tally.Creates, s.stored.Tally.Updates, nil
	}
	for c, err := range s.ledger.Pending(ctx, s.opts.Job.Resource.Model, s.run.ID) {
		switch {
		case err != nil:
			return 0, 0, err
		case by.declines(c.Row):
		case c.Action == plan.Create:
			creates++
		default:
			updates++
		}
	}
	return creates, updates, nil
}

// cause says why a command was stopped, where all that came through is that its context has ended.
func cause(soft context.Context, err error) error {
	if err == nil || soft.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(soft), err)
}

// stateDir is the folder of ledger and runs.
func (o *Options) stateDir() (string, error) {
	dir := o.State
	if dir == "" {
		dir = filepath.Join(filepath.Dir(o.Job.Path), ".rollcall")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("place the state folder: %w", err)
	}
	return dir, nil
}

// userState is the folder of what all jobs of a user share: the locks of accounts.
func userState(otherwise string) string {
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "rollcall")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "state", "rollcall")
	}
	return otherwise
}

// What can be wrong with a plan.
var (
	ErrStale  = errors.New("the plan is stale")
	ErrNoPlan = errors.New("there is no stored plan")
	ErrDoubt  = errors.New("a record of the plan may be there already")
)

// StopError is why a run was told to stop, and the exit code that goes with it.
type StopError struct {
	Reason string
	Code   Exit
}

// Error gives the reason.
func (e *StopError) Error() string { return e.Reason }

// planNotes is what came of planning a run beside its changes.
type planNotes struct {
	Reads   int               `json:"reads"`            // requests that planning took
	Reason  string            `json:"reason"`           // why it stopped early, "" if it did not
	Warned  int               `json:"warned"`           // rows that are sent with warnings
	Refused bool              `json:"refused"`          // a guard would not let it be pushed
	Extras  *reconcile.Extras `json:"extras,omitempty"` // what the API has and the sheet lacks, nil if that is not told
	Undo    *undone           `json:"undo,omitempty"`   // what it takes back, nil if it is no undo
	Export  *exported         `json:"export,omitempty"` // what it exports, nil if it does not
	Review  *reviewed         `json:"review,omitempty"` // what became of the plan as a file, nil if it never was one

	counts plan.Counts // how the rows stand, as this process has seen it; nil if only the ledger knows
}

// storedPlan is what a run keeps beside its changes, to apply and report it later without planning again.
type storedPlan struct {
	Tally   plan.Tally        `json:"tally"`
	Retry   bool              `json:"retry"` // the sheet is a report of an earlier run, fed back
	Columns map[string]string `json:"columns"`
	Key     []string          `json:"key"`  // fields that identify a record
	Made    time.Time         `json:"made"` // when planning began to read the API
	Input   inputOptions      `json:"input"`
	Base    string            `json:"base_url"`
	Account map[string]string `json:"account"`
	planNotes
	threeWay

	Reference reference `json:"reference"` // what the job refers to in its account
	Decisions []decided `json:"decisions"` // what persons said of its changes in doubt
	Paces     []paced   `json:"paces"`     // how the requests of its sessions went

	Purged *purgedRun `json:"purged,omitempty"` // nil while the run has its data
}
