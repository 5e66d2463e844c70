package sync

import (
	"context"
	"errors"
	"fmt"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ErrNothingToResume says that no run of the job's account was left unfinished.
var ErrNothingToResume = errors.New("there is nothing to resume")

// Resume continues a run that was begun and not finished: the one whose id begins with run, or the latest of the job's
// account. Doubts are settled first, and rows that are done are not sent again. A run whose sheet, job, target or account has
// changed since, or whose account another run has written to, is [ErrStale], as in [Apply].
func Resume(ctx, soft context.Context, opts Options, run string) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }()
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
		if run, err = s.unfinished(soft); err != nil {
			return nil, err
		}
	}
	if err := s.recall(soft, run); err != nil {
		return nil, err
	}
	if s.run.State == ledger.StatePlanned {
		return nil, fmt.Errorf("%w: run %s was planned and never begun; push it with `rollcall apply %s`", ErrUsage, s.run.ID, s.run.ID)
	}
	counts, err := s.ledger.Counts(soft, s.run.ID)
	if err != nil {
		return nil, err
	}
	if s.isDone(counts) { // whatever has changed since is no matter
		s.noteDone()
		return s.write(ctx, counts)
	}
	sum, err = s.apply(ctx, soft, nil)
	if errors.Is(err, ErrStale) {
		err = fmt.Errorf("run %s cannot be resumed: %w", s.run.ID, err)
	}
	return sum, err
}

// unfinished is the latest run of the account that was begun and not finished. One is as good as finished if a later run of
// the same sheet was: that has planned all its rows anew.
func (s *session) unfinished(ctx context.Context) (string, error) {
	runs, err := s.ledger.Runs(ctx, 0)
	if err != nil {
		return "", err
	}
	type sheet struct {
		file, name string
		exported   bool // an export into the file, not a run of it
	}
	finished := map[sheet]bool{}
	for i := range runs {
		r := &runs[i]
		if r.Account != s.account.text() || r.Resource != s.resource() {
			continue
		}
		of := sheet{r.Source.File, r.Source.Sheet, r.Command == exportCommand}
		if run := undoneBy(r); run != "" { // each undo has a sheet of its own
			of = sheet{file: run}
		}
		switch {
		case hasFinished(r):
			finished[of] = true
		case r.State == ledger.StatePurged: // whatever it left, nobody can go on with it
		case r.State != ledger.StatePlanned && !finished[of]:
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%w: no run of %s at %s was left unfinished", ErrNothingToResume, s.resource(), s.opts.Job.Where())
}
