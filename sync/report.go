package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ending is how a command leaves its run.
type ending struct {
	refusal error // why nothing was sent
	early   error // why not all was sent
	planned bool  // the run is a plan that waits for apply
}

// finish closes the run's books: it stores how the run ended and writes the report.
func (s *session) finish(ctx context.Context, e ending) (*reconcile.Summary, error) {
	ctx = context.WithoutCancel(ctx) // an interrupted run is reported like any other
	s.planner = nil                  // nothing is decided any more, and the report wants its memory
	counts, err := s.counts(ctx)
	if err != nil {
		return nil, err
	}
	s.countRequests()
	s.run.Finished = time.Now().UTC()
	s.run.ExitCode = int(exitOfRun(counts, e))
	s.stored.Reason, s.stored.Refused = reasonOf(e), e.refusal != nil
	if s.opts.ended != nil {
		*s.opts.ended = e
	}
	state := ledger.StateFinished
	switch {
	case e.planned || e.refusal != nil:
		state = ledger.StatePlanned
	case e.early != nil:
		state = ledger.StateInterrupted
	}
	s.log.Info("run ends", "state", state, "exit_code", s.run.ExitCode, "reason", s.stored.Reason, "requests", s.run.Requests.Sent)
	return s.publish(ctx, counts, state)
}

// restate stores how a run stands that was pushed before, and writes its report: its doubts may have been settled since.
func (s *session) restate(ctx context.Context) (*reconcile.Summary, error) {
	ctx = context.WithoutCancel(ctx)
	counts, err := s.ledger.Counts(ctx, s.run.ID)
	if err != nil {
		return nil, err
	}
	s.countRequests()
	e, state := ending{}, ledger.StateFinished
	if counts[plan.NotAttempted] > 0 {
		state = ledger.StateInterrupted
		e.early = &StopError{Reason: cmp.Or(s.stored.Reason, "not all rows have been sent"), Code: ExitEarly}
	}
	if s.run.Finished.IsZero() {
		s.run.Finished = time.Now().UTC()
	}
	s.run.ExitCode, s.stored.Reason = int(exitOfRun(counts, e)), reasonOf(e)
	return s.publish(ctx, counts, state)
}

// countRequests adds what the session has sent to the run.
func (s *session) countRequests() {
	stats := s.client.Stats()
	s.run.Requests.Sent += stats.Sent
	s.run.Requests.Retried += stats.Retried
	s.run.Requests.Throttled += stats.Throttled
}

// publish stores a run in a state, and writes its report. Meanwhile the ledger takes in what the run has seen done; if the process
// dies before it has, the next run sees to it.
func (s *session) publish(ctx context.Context, counts plan.Counts, state ledger.State) (sum *reconcile.Summary, err error) {
	if state != ledger.StatePlanned {
		agreed := s.ledger.AgreeAside(ctx, s.run.ID, s.stored.Lineage)
		defer func() {
			if failed := agreed(); failed != nil { // then the run is not over
				s.run.ExitCode = int(ExitError)
				sum, err = nil, errors.Join(err, failed, s.saveRun(ctx, ledger.StateRunning))
			}
		}()
	}
	if err := s.saveRun(ctx, state); err != nil {
		return nil, err
	}
	if s.opts.Meter != nil {
		s.opts.Meter.Counts(counts)
	}
	summary, err := s.write(ctx, counts)
	var account *reconcile.AccountError
	if errors.As(err, &account) && summary != nil {
		s.run.ExitCode = int(ExitInvalid)
		return summary, errors.Join(err, s.saveRun(ctx, state))
	}
	return summary, err
}

// reasonOf is why a run did not do all it could have, "" if it did.
func reasonOf(e ending) string {
	switch {
	case e.refusal != nil:
		return e.refusal.Error()
	case e.early != nil:
		return e.early.Error()
	}
	return ""
}

// write writes the report files of the session's run.
func (s *session) write(ctx context.Context, counts plan.Counts) (summary *reconcile.Summary, err error) {
	s.opts.Progress.Stage("writing the report", -1)
	defer s.opts.Progress.End()
	err = s.input.read(func(r sheet.Reader) error {
		in, err := s.reportInput(ctx, r, counts)
		if err == nil {
			summary, err = reconcile.Write(s.runDir(), in)
		}
		return err
	})
	if err != nil {
		return summary, fmt.Errorf("write the report: %w", err)
	}
	return summary, nil
}

// reportInput is what the report of the session's run is made of.
func (s *session) reportInput(ctx context.Context, r sheet.Reader, counts plan.Counts) (reconcile.Input, error) {
	temp, err := s.ledger.TempDir()
	if err != nil {
		return reconcile.Input{}, err
	}
	columnOf := func(field string) string { return s.stored.Columns[field] }
	m, target := s.opts.Job.Resource.Model, s.opts.Job.Target
	told := slices.ContainsFunc(target.Headers, func(h model.Header) bool { return h.Generate == "uuid" })
	origin, sum := r.Info(), s.summary(ctx, counts)
	said, kept := s.extras()
	origin.Path, sum.Extras = s.input.copy, said
	lines := func(r sheet.Reader) iter.Seq2[reconcile.Line, error] {
		return reconcile.Join(mapping.NewSpeller(&s.opts.Job.Mapping, m, r.Header()).Read(r), s.ledger.Entries(ctx, m, s.run.ID), m, columnOf)
	}
	return reconcile.Input{
		Summary: sum, Header: r.Header(), Marker: s.marker(), Ledger: counts, Temp: temp, Beside: []string{runLogFile},
		Sessions: s.sessions(), Origin: origin, Extras: kept,
		Lines: lines(r), Again: s.input.lines(lines), RequestIDs: told,
	}, nil
}

// lines is the lines that a use of the copy gives, which is read anew at each walk over them.
func (in *input) lines(use func(sheet.Reader) iter.Seq2[reconcile.Line, error]) iter.Seq2[reconcile.Line, error] {
	return func(yield func(reconcile.Line, error) bool) {
		enough := false
		err := in.read(func(r sheet.Reader) error {
			for l, err := range use(r) {
				if err != nil {
					return err
				}
				if enough = !yield(l, nil); enough {
					return nil
				}
			}
			return nil
		})
		if err != nil && !enough {
			yield(reconcile.Line{}, err)
		}
	}
}

// summary is what is known of the run before its lines are counted.
func (s *session) summary(ctx context.Context, counts plan.Counts) reconcile.Summary {
	r := &s.run
	sum := reconcile.Summary{
		Run: r.ID, Command: r.Command, Target: r.Resource, Started: r.Started, Finished: r.Finished, ExitCode: r.ExitCode,
		Account: reconcile.Account{BaseURL: s.stored.Base, Settings: s.stored.Account},
		Source:  reconcile.Source{File: r.Source.File, Sheet: r.Source.Sheet, SHA256: r.Source.SHA256, Rows: r.Source.Rows},
		Requests: reconcile.Requests{
			Sent: r.Requests.Sent, Retried: r.Requests.Retried, Throttled: r.Requests.Throttled, Forecast: r.Requests.Forecast,
		},
	}
	sum.Program = "rollcall " + r.Version
	sum.Reason = s.stored.Reason
	if s.stored.Refused {
		sum.Error = s.stored.Reason
	}
	sum.Hashes = s.hashes()
	if r.State == ledger.StatePlanned {
		sum.Planned = &reconcile.Planned{Create: s.stored.Tally.Creates, Update: s.stored.Tally.Updates}
	}
	if s.stored.Undo != nil {
		sum.Undo = s.stored.Undo.account(counts)
	}
	sum.Next = s.nextCommand(ctx, counts)
	return sum
}

// hashes is what the session's run is bound to.
func (s *session) hashes() map[string]string {
	h := &s.run.Hashes
	return map[string]string{"sheet": h.Sheet, "job": h.Job, "target": h.Target, "account": fingerprintOf(s.run.Account)}
}

// nextCommand is what a person would type next, "" if there is nothing to do.
func (s *session) nextCommand(ctx context.Context, counts plan.Counts) string {
	job, err := filepath.Abs(s.opts.Job.Path)
	if err != nil {
		job = s.opts.Job.Path
	}
	base := "rollcall --config " + quote(job)
	if s.opts.State != "" {
		base += " --state " + quote(s.state)
	}
	left, planned := counts[plan.NotAttempted] > 0, s.run.State == ledger.StatePlanned
	switch {
	case s.stored.Refused:
		return ""
	case left && planned && s.stored.Review != nil:
		return base + " apply " + quote(s.stored.Review.File)
	case left && planned:
		return base + " apply " + s.run.ID
	case left && !s.overtaken(ctx):
		return base + " resume " + s.run.ID
	case counts[plan.InDoubt] > 0:
		return base + " resolve " + s.run.ID
	case s.stored.Undo != nil && (left || counts[plan.Failed] > 0):
		return base + " undo " + s.stored.Undo.Run
	case s.stored.Undo != nil: // what was kept or cannot be taken back is so the next time, too
		return ""
	case left:
		return base + " sync " + quote(s.run.Source.File)
	case counts[plan.Invalid]+counts[plan.Rejected]+counts[plan.Failed]+counts[plan.Conflict] > 0:
		return base + " sync " + quote(filepath.Join(s.runDir(), reconcile.FailedCSV))
	}
	return ""
}

// overtaken reports whether another run has written to the account since the session's: then it cannot be resumed. Where that
// cannot be told, resuming will.
func (s *session) overtaken(ctx context.Context) bool {
	run, err := s.ledger.Run(ctx, s.run.ID)
	if err != nil {
		return false
	}
	sequence, err := s.ledger.Sequence(ctx, run.Account, run.Resource)
	return err == nil && sequence != run.Sequence
}

// quote makes a path safe to paste into a shell.
func quote(path string) string {
	plain := func(r rune) bool {
		return !(r == '/' || r == '.' || r == '-' || r == '_' || r == ':' || r == '\\' || '0' <= r && r <= '9' || 'a' <= r|32 && r|32 <= 'z')
	}
	if strings.IndexFunc(path, plain) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// Rewrite writes the report files of a run again, from the ledger and the private copy of its input.
func Rewrite(ctx context.Context, opts Options, run string) (*reconcile.Summary, error) {
	s, err := openStored(ctx, opts, run)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if s.run.State == ledger.StateRunning { // a crash may have ended it; else its books are not closed yet
		if err := s.lock(); err != nil {
			return nil, err
		}
	}
	counts, err := s.ledger.Counts(ctx, s.run.ID)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, counts)
}

// Run is one execution of a job, as the history has it.
type Run = ledger.Run

// ResultOf is how a run ended, in a word or two: ok, problems, in doubt, planned, refused, stopped, purged, unfinished, failed.
func ResultOf(r *Run) string {
	switch {
	case r.State == ledger.StatePurged:
		return "purged"
	case r.Finished.IsZero():
		return "unfinished"
	case r.ExitCode == int(ExitRefused):
		return "refused"
	case r.State == ledger.StatePlanned:
		return "planned"
	}
	switch Exit(r.ExitCode) {
	case ExitOK:
		return "ok"
	case ExitProblems:
		return "problems"
	case ExitDoubt:
		return "in doubt"
	case ExitEarly, ExitInterrupted, ExitTerminated:
		return "stopped"
	}
	return "failed"
}

// Runs is the history, the newest first; a limit of 0 gives all.
func Runs(ctx context.Context, opts Options, limit int) ([]Run, error) {
	state, err := opts.stateDir()
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, state)
	if err != nil {
		return nil, err
	}
	runs, err := l.Runs(ctx, limit)
	return runs, errors.Join(err, l.Close())
}
