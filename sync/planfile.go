package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// ErrPlanFile says that a plan file does not fit the stored plan that it is of.
var ErrPlanFile = errors.New("the plan file is refused")

// reviewed is what became of a plan as a file.
type reviewed struct {
	File     string    `json:"file"`              // that plan wrote, or that was applied last
	Applied  time.Time `json:"applied,omitzero"`  // zero if it was not applied
	Declined int       `json:"declined"`          // rows that the file does not approve
	Unnoted  bool      `json:"unnoted,omitempty"` // not all of them are noted in the ledger: nothing may be sent
}

// IsPlanFile reports whether an argument names a plan file rather than a run.
func IsPlanFile(argument string) bool { return reconcile.IsPlanFile(argument) }

// PlanFileNames is how the names of plan files end.
func PlanFileNames() string { return strings.Join(reconcile.PlanFileNames(), " or ") }

// PlanOutput is where a plan is written for review.
type PlanOutput struct {
	File    string    // JSON Lines or a workbook, as its name ends; "-" for JSON Lines to Printed, "" for nowhere
	Printed io.Writer // standard output
}

// printedPlan is the file that is standard output.
const printedPlan = "-"

// PlanInto is [Plan] that also writes the plan down.
func PlanInto(ctx, soft context.Context, opts Options, output PlanOutput) (*reconcile.Summary, error) {
	if err := checkPlanFile(output.File, cmp.Or(opts.Sheet, opts.Job.Source.File)); err != nil {
		return nil, err
	}
	return planRun(ctx, soft, opts, output)
}

// checkPlanFile refuses a file that cannot become a plan file, before anything is read.
func checkPlanFile(file, sheet string) error {
	if file == "" || file == printedPlan {
		return nil
	}
	folder, err := os.Stat(filepath.Dir(file))
	switch {
	case !IsPlanFile(file):
		return fmt.Errorf("%w: a plan file ends in %s, and %s does not", ErrUsage, PlanFileNames(), file)
	case sameFile(file, sheet):
		return fmt.Errorf("%w: %s is the sheet itself; write to another file", ErrUsage, file)
	case err != nil || !folder.IsDir():
		return fmt.Errorf("%w: there is no folder %s to write the plan to", ErrUsage, filepath.Dir(file))
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is no file that could be replaced", ErrUsage, file)
	}
	return nil
}

// exportPlan writes the session's stored plan down.
func (s *session) exportPlan(ctx context.Context, output PlanOutput) error {
	if output.File == "" {
		return nil
	}
	s.opts.Progress.Stage("writing the plan", -1)
	defer s.opts.Progress.End()
	tally := reconcile.NewPlanTally()
	for l, err := range s.planLines(ctx) {
		if err != nil {
			return err
		}
		if err := tally.Add(&l.PlanLine); err != nil {
			return fmt.Errorf("write the plan: row %d: %w", l.Row, err)
		}
	}
	lines := func(yield func(reconcile.PlanLine, error) bool) {
		for l, err := range s.planLines(ctx) {
			if !yield(l.PlanLine, err) {
				return
			}
		}
	}
	if output.File == printedPlan {
		return reconcile.PrintPlan(output.Printed, s.planHead(tally), lines)
	}
	file, err := filepath.Abs(output.File)
	if err != nil {
		return fmt.Errorf("place the plan file: %w", err)
	}
	temp, err := s.ledger.TempDir()
	if err != nil {
		return err
	}
	if err := reconcile.WritePlan(file, s.planHead(tally), lines, temp); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	s.stored.Review = &reviewed{File: file}
	s.opts.Progress.Note("the plan is in " + file + ": review it, then apply that file")
	return nil
}

// planHead is what a plan file says of the session's plan.
func (s *session) planHead(tally *reconcile.PlanTally) reconcile.PlanHead {
	r := &s.run
	return reconcile.PlanHead{
		Version: reconcile.PlanFileVersion, Run: r.ID, Target: r.Target, Resource: r.Resource,
		Account: reconcile.Account{BaseURL: s.stored.Base, Settings: s.stored.Account},
		Source:  reconcile.Source{File: r.Source.File, Sheet: r.Source.Sheet, SHA256: r.Source.SHA256, Rows: r.Source.Rows},
		Hashes:  s.hashes(), Made: s.stored.Made, Counts: tally.Counts, Planned: tally.Planned,
		Requests: reconcile.PlanRequests{Forecast: r.Requests.Forecast, Planning: s.stored.Reads}, Digest: tally.Digest(),
	}
}

// planLine is a line of the session's plan, and how the row stands by now.
type planLine struct {
	reconcile.PlanLine
	after []plan.Wait // records that other rows create
	state plan.Status
	code  model.Code
}

// planLines reads the session's stored plan.
func (s *session) planLines(ctx context.Context) iter.Seq2[planLine, error] {
	m := s.opts.Job.Resource.Model
	columnOf := func(field string) string { return s.stored.Columns[field] }
	return func(yield func(planLine, error) bool) {
		for e, err := range s.ledger.EntriesAsPlanned(ctx, m, s.run.ID) {
			if err != nil {
				yield(planLine{}, err)
				return
			}
			l := planLine{reconcile.NewPlanLine(m, &e.Change, columnOf), e.Change.Order.After, e.Status(), e.Outcome.Code}
			if !yield(l, nil) {
				return
			}
		}
	}
}

// ApplyFile pushes exactly the rows that a plan file approves. The others are skipped for good. The file must be one that
// [PlanInto] has written, of a plan that is not stale, and nothing but what is approved may have been changed in it: otherwise it
// is [ErrPlanFile]. Applied again, it goes on with what is left, like [Apply].
func ApplyFile(ctx, soft context.Context, opts Options, file string) (sum *reconcile.Summary, err error) {
	tell := opts.attend(ctx)
	defer func() { tell(sum, err) }() // last, with the report written and the lock given back
	defer func() { err = cause(soft, err) }()
	s, err := newSession(opts)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := s.openLedger(soft); err != nil {
		return nil, err
	}
	temp, err := s.ledger.TempDir()
	if err != nil {
		return nil, err
	}
	reviewed, err := reconcile.OpenPlan(file, temp)
	if err != nil {
		return nil, err
	}
	if reviewed.Head.Hashes["account"] != s.account.fingerprint() || reviewed.Head.Resource != s.resource() {
		return nil, fmt.Errorf("%w: %s is a plan for another account or resource than the job's, which is %s at %s; use the job file that it was planned with",
			ErrPlanFile, file, s.resource(), s.opts.Job.Where())
	}
	if err := s.recall(soft, reviewed.Head.Run); err != nil {
		return nil, fmt.Errorf("%s is a plan of run %s: %w", file, reviewed.Head.Run, err)
	}
	return s.apply(ctx, soft, reviewed)
}

// decline notes durably which rows are not approved. Until that is done nothing of the run is sent, whoever asks.
func (s *session) decline(ctx context.Context, by *review) (err error) {
	if by == nil {
		return nil
	}
	s.stored.Review = &reviewed{File: by.path, Applied: time.Now().UTC(), Declined: by.declined, Unnoted: true}
	if err := s.saveRun(ctx, s.run.State); err != nil {
		return err
	}
	recorder, err := s.ledger.Recorder(ctx, s.run.ID)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, recorder.Close()) }()
	const together = 1000 // outcomes that wait for the disk at most
	n := 0
	for c, err := range s.ledger.Pending(ctx, s.opts.Job.Resource.Model, s.run.ID) {
		if err != nil {
			return err
		}
		if !by.declines(c.Row) {
			continue
		}
		out := push.Outcome{Seq: c.Seq, Status: plan.Skipped, ID: c.ID, Code: model.CodeNotApproved,
			Message: "not approved in " + filepath.Base(by.path)}
		if err := recorder.Conclude(ctx, out); err != nil {
			return err
		}
		if n++; n%together == 0 {
			if err := recorder.Flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := recorder.Flush(ctx); err != nil {
		return err
	}
	s.log.Info("approved by a file", "file", by.path, "declined", by.declined)
	s.stored.Review.Unnoted = false // stored when the run begins to push
	return nil
}

// noted refuses to go on with a run of which it is not noted yet what a file has not approved.
func (s *session) noted() error {
	r := s.stored.Review
	if r == nil || !r.Unnoted {
		return nil
	}
	return fmt.Errorf("%w: run %s was to be applied as %s approves it, and that was cut off before it was noted; apply that file again",
		ErrPlanFile, s.run.ID, r.File)
}
