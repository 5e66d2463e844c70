package sync

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// Verification is what was found when a run was checked again.
type Verification = reconcile.Verification

// Finding is what a check has come to.
type Finding = reconcile.Finding

// The findings; one that is neither could not be checked.
const (
	Holds = reconcile.Holds
	Wrong = reconcile.Wrong
)

// Verify checks a run again and changes nothing: first from the ledger and the private copy of the input alone, whether every row
// is accounted for exactly once; then whether the report files in the run's folder say the same. A run that is purged is checked
// as far as that goes without its personal data. What does not hold is in the result, its exit code included: [ExitInvalid] if
// the accounts do not add up, [ExitError] if a file of the report was changed or is missing. The error is trouble of the checking.
func Verify(ctx context.Context, opts Options, run string) (v *Verification, err error) {
	defer func() { err = cause(ctx, err) }()
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.openLedger(ctx); err != nil {
		return nil, err
	}
	if err := s.recall(ctx, run); err != nil && !errors.Is(err, ErrPurged) {
		return nil, err
	}
	if s.run.Resource != s.resource() {
		return nil, fmt.Errorf("%w: run %s is one of %s, and the job file is for %s: give the run's own with --config", ErrUsage, s.run.ID, s.run.Resource, s.resource())
	}
	if s.run.State == ledger.StateRunning { // a crash may have ended it; else its books are not closed yet
		if err := s.lock(); err != nil {
			return nil, err
		}
	}
	s.opts.Progress.Stage("checking the account", -1)
	defer s.opts.Progress.End()
	v = &Verification{Version: 1, Command: s.opts.Command, Run: s.run.ID, Target: s.run.Resource, Purged: s.stored.Purged != nil}
	if err := s.verify(ctx, v); err != nil {
		return nil, fmt.Errorf("check run %s: %w", s.run.ID, err)
	}
	v.Conclude()
	return v, nil
}

// verify makes the checks.
func (s *session) verify(ctx context.Context, v *Verification) error {
	input := s.checkInput()
	v.Account = append(v.Account, input)
	if err := s.audit(ctx, v, input.Finding == reconcile.Holds); err != nil {
		return err
	}
	holds := !slices.ContainsFunc(v.Account, func(c reconcile.Check) bool { return c.Finding == reconcile.Wrong })
	switch {
	case v.Purged:
		v.Files = append(v.Files, reconcile.Missing("report", "the files of the report went with the personal data"))
	case !holds:
		v.Files = append(v.Files, reconcile.Missing("report", "its files are not compared with accounts that do not add up"))
	default:
		return s.checkFiles(ctx, v)
	}
	return nil
}

// checkInput finds out whether the private copy of the input is still the file that the run has read.
func (s *session) checkInput() reconcile.Check {
	const name = "input"
	if p := s.stored.Purged; p != nil {
		return reconcile.Missing(name, "its copy was removed with the personal data on "+p.At.Local().Format(time.DateOnly)+": rows are checked by the ledger alone")
	}
	c := reconcile.Check{Name: name, Finding: reconcile.Holds, Path: s.input.copy,
		Message: "the copy is the file that the run has read: its SHA-256 is " + s.run.Source.SHA256}
	hash, err := fileHash(s.input.copy)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Message = "the copy of the input is gone"
	case err != nil:
		c.Message = fmt.Sprintf("the copy of the input cannot be read: %v", err)
	case hash != s.run.Source.SHA256:
		c.Message = fmt.Sprintf("the copy is not the file that the run has read: its SHA-256 is %s, and should be %s", hash, s.run.Source.SHA256)
	default:
		return c
	}
	c.Finding, c.Places = reconcile.Wrong, 1
	c.Remedy = "put the copy back as it was, from a copy of the state folder"
	if original, err := fileHash(s.run.Source.File); err == nil && original == s.run.Source.SHA256 {
		c.Remedy = fmt.Sprintf("%s is still that file: copy it there", s.run.Source.File)
	}
	return c
}

// audit goes through the ledger, beside the input if that can be trusted.
func (s *session) audit(ctx context.Context, v *Verification, beside bool) error {
	walk := func(r sheet.Reader) (err error) {
		var checks []reconcile.Check
		v.Counts, checks, err = reconcile.Audit(r, s.ledger.Entries(ctx, s.opts.Job.Resource.Model, s.run.ID), s.run.Source.Rows)
		v.Account = append(v.Account, checks...)
		return err
	}
	if beside {
		return blame(v, s.input.read(walk))
	}
	return blame(v, walk(nil))
}

// checkFiles compares the files of the report.
func (s *session) checkFiles(ctx context.Context, v *Verification) error {
	s.opts.Progress.Stage("checking the report", -1)
	return blame(v, s.input.read(func(r sheet.Reader) error {
		in, err := s.reportInput(ctx, r, v.Counts.Rows)
		if err != nil {
			return err
		}
		if s.run.Version != s.opts.Version {
			in.Hints = reconcile.OtherHints
		}
		v.Files, err = reconcile.CheckFiles(s.runDir(), in)
		return err
	}))
}

// blame makes a check of an error that says that ledger or input cannot be read as they were written; any other it returns.
func blame(v *Verification, err error) error {
	name := ""
	var bad *sheet.Error
	var account *reconcile.AccountError
	switch {
	case errors.Is(err, ledger.ErrDamaged):
		name = "ledger"
	case errors.As(err, &bad):
		name = "input"
	case errors.As(err, &account):
		name = "rows"
	default:
		return err
	}
	v.Account = append(v.Account, reconcile.Check{Name: name, Finding: reconcile.Wrong, Message: err.Error(), Places: 1,
		Remedy: "put the state folder back as it was, from a copy of it; if nobody has touched it, report this: it is a bug of Rollcall"})
	return nil
}
