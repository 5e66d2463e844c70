package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// makePlan plans the sheet and stores the plan as a run. refusal is the guard that will not let it be pushed, nil if all
// agree.
func (s *session) makePlan(ctx context.Context) (refusal, err error) {
	s.stored.Made = time.Now().UTC()
	known, err := s.knownIDs(ctx)
	if err != nil {
		return nil, err
	}
	bases := &sheetBases{}
	if err := s.makePlanner(ctx, known, bases); err != nil {
		return nil, err
	}
	sequence, err := s.ledger.Sequence(ctx, s.account.text(), s.resource())
	if err != nil {
		return nil, err
	}
	rows, err := s.survey(ctx, known, bases)
	if err != nil {
		return nil, err
	}
	if err := s.openBases(ctx, bases); err != nil {
		return nil, err
	}
	s.opts.Progress.Stage("listing "+s.opts.Job.Name(), s.planner.Parents())
	if err := s.planner.Fetch(ctx, s.client, func(int) { s.opts.Progress.Step() }); err != nil {
		return nil, err
	}
	if err := s.relate(ctx); err != nil {
		return nil, err
	}
	if err := s.remember(ctx); err != nil {
		return nil, err
	}
	s.describeRun(sequence)
	s.opts.Progress.Stage("planning", rows)
	if err := s.ledger.SavePlan(ctx, s.opts.Job.Resource.Model, &s.run, s.changes(ctx)); err != nil {
		return nil, err
	}
	s.kept = true
	if err := s.sumUp(ctx); err != nil {
		return nil, err
	}
	return s.judge(), nil
}

// makePlanner makes the session's planner.
func (s *session) makePlanner(ctx context.Context, known *knownKeys, bases *sheetBases) error {
	job := s.opts.Job
	undone, err := s.putBack(ctx, bases)
	if err != nil {
		return err
	}
	options := plan.Options{
		Resource: job.Resource, Mode: job.Mode, Key: job.Mapping.Identity.Key, Known: known.ids,
		Recreate: s.opts.Recreate, ColumnOf: s.rows.ColumnOf, Links: job.links(),
		Bases: bases, Exported: exportedBases{bases}, OnConflict: job.OnConflict, Workers: job.Connection.inFlight(),
	}
	if undone.undos != nil {
		options.Undone = undone
	}
	if undoes, is := s.rows.(*reversal); is {
		undoes.adapt(&options)
	}
	s.planner = plan.New(options)
	return nil
}

// survey is the first pass over the sheet. It returns how many rows there are.
func (s *session) survey(ctx context.Context, known *knownKeys, bases *sheetBases) (rows int, err error) {
	s.opts.Progress.Stage("reading", -1)
	err = s.eachRow(ctx, func(c *mapping.Candidate) error {
		rows++
		known.meet(c.Key)
		bases.meet(c.Row.Mark)
		s.planner.Survey(c)
		for _, key := range s.planner.KeysNamed(c) {
			known.meet(key)
		}
		s.opts.Progress.Step()
		return nil
	})
	return rows, err
}

// sumUp stores what a plan amounts to.
func (s *session) sumUp(ctx context.Context) error {
	if err := s.keepExtras(); err != nil {
		return err
	}
	resource := s.opts.Job.Resource
	s.stored.Tally, s.stored.Reads = s.planner.Tally(), s.client.Stats().Sent
	s.run.Source.Rows = s.stored.Tally.Read
	s.run.Requests.Forecast = s.stored.Reads + s.stored.Tally.Creates + s.stored.Tally.Updates
	if resource.Replace && resource.Get != nil { // each replacement is read back
		s.run.Requests.Forecast += s.stored.Tally.Updates
	}
	if s.opts.Recheck {
		s.forecastRechecks(s.stored.Tally.Updates)
	}
	if err := s.saveRun(ctx, ledger.StatePlanned); err != nil {
		return err
	}
	s.noteWaiting()
	t := s.stored.Tally
	s.log.Info("planned", "rows", t.Read, "waiting", t.Waiting, "invalid", t.Invalid, "matched", t.Matched, "creates", t.Creates, "updates", t.Updates)
	return nil
}

// judge is the guard that will not let the plan be pushed, nil if all agree. That an undo changes most of what it finds is what it
// is for.
func (s *session) judge() error {
	guards := s.opts.Job.Guards
	if s.stored.Undo != nil {
		guards.MaxChanged = plan.Threshold{}
	}
	return guards.Judge(s.stored.Tally, s.stored.Retry)
}

// changes decides row after row. The sheet is read a second time: nothing of the first is kept but hashes.
func (s *session) changes(ctx context.Context) iter.Seq2[plan.Change, error] {
	return func(yield func(plan.Change, error) bool) {
		stop := errors.New("no more changes are wanted")
		s.stored.counts = plan.Counts{}
		err := s.eachRow(ctx, func(c *mapping.Candidate) error {
			change, err := s.planner.Decide(ctx, s.client, c)
			if err != nil {
				return err
			}
			s.opts.Progress.Step()
			s.note(&change)
			if !yield(change, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(plan.Change{}, err)
		}
	}
}

// note counts what is decided of a row and what is wrong with it, for whoever is asked whether the plan may be pushed.
func (s *session) note(c *plan.Change) {
	s.stored.counts[(&push.Entry{Change: *c}).Status()]++
	if s.stored.Undo != nil {
		s.stored.Undo.note(c)
	}
	for i := range c.Problems {
		s.groups.Add(&c.Problems[i])
	}
	if c.Pending() && len(c.Problems) > 0 {
		s.stored.Warned++
	}
}

// eachRow reads, decodes and validates the rows of the input.
func (s *session) eachRow(ctx context.Context, yield func(*mapping.Candidate) error) error {
	return s.input.read(func(r sheet.Reader) error { return s.rows.Run(ctx, r, yield) })
}

// remember tells the planner what was last sent of the fields that the API does not show: with nothing to compare a cell
// with, it would be sent at every run.
func (s *session) remember(ctx context.Context) error {
	m := s.opts.Job.Resource.Model
	sends := s.opts.Job.sends()
	if undoes, is := s.rows.(*reversal); is {
		sends = undoes.sends()
	}
	unshown := s.planner.Unshown(sends)
	if len(unshown) == 0 {
		return nil
	}
	sent := map[string]model.Record{}
	for f, err := range s.ledger.Sent(ctx, m, s.account.text(), s.resource()) {
		if err != nil {
			return err
		}
		for _, i := range unshown {
			if !f.Record[i].Known() {
				continue
			}
			if sent[f.ID] == nil {
				sent[f.ID] = m.NewRecord()
			}
			sent[f.ID][i] = f.Record[i]
		}
	}
	s.planner.Remember(sent)
	return nil
}

// sends is the fields of the body that an update of the job may send: those that it fills, and what goes whole with them.
func (j *Job) sends() []int {
	return j.along(func(i int) bool { return j.fills(j.Resource.Model.Fields[i].Name) })
}

// along is the fields of the body that are said something about, and those that go whole with them.
func (j *Job) along(said func(field int) bool) []int {
	m := j.Resource.Model
	units := map[string]bool{}
	for i := range m.Fields {
		if said(i) {
			units[m.Fields[i].Unit()] = true
		}
	}
	delete(units, "") // goes alone
	var fields []int
	for i := range m.Fields {
		if f := &m.Fields[i]; f.In == model.InBody && (j.Resource.Replace || units[f.Unit()] || said(i)) {
			fields = append(fields, i)
		}
	}
	return fields
}

// hasSameKey reports whether a run identified its records by the fields that the job uses now: the same text in another field
// is another record.
func (s *session) hasSameKey(ctx context.Context, id string) bool {
	run, err := s.ledger.Run(ctx, id)
	if err != nil {
		return false
	}
	var stored storedPlan
	return json.Unmarshal(run.Settings, &stored) == nil && slices.Equal(stored.Key, s.opts.Job.Mapping.Identity.Key)
}

// settledName is where the ledger keeps when doubts of the resource were last settled, by run.
func (s *session) settledName() string { return "settled " + s.resource() }

// settledRuns is when doubts of each run were last settled.
func (s *session) settledRuns(ctx context.Context) (map[string]time.Time, error) {
	data, _, err := s.ledger.Cache(ctx, s.account.text(), s.settledName())
	if err != nil || data == nil {
		return map[string]time.Time{}, err
	}
	var at map[string]time.Time
	if err := json.Unmarshal(data, &at); err != nil {
		return nil, fmt.Errorf("read when doubts were settled: %w", err)
	}
	return at, nil
}

// markSettled notes that doubts of a run are settled now: a plan that was made before this does not know what was found.
func (s *session) markSettled(ctx context.Context, run string) error {
	at, err := s.settledRuns(ctx)
	if err != nil {
		return err
	}
	at[run] = time.Now().UTC()
	data, err := json.Marshal(at)
	if err != nil {
		return fmt.Errorf("note that doubts are settled: %w", err)
	}
	return s.ledger.SetCache(ctx, s.account.text(), s.settledName(), data)
}

// describeRun fills in what the run is bound to.
func (s *session) describeRun(sequence int64) {
	job := s.opts.Job
	s.run.Command, s.run.Version = s.opts.Command, s.opts.Version
	s.run.Target, s.run.Resource, s.run.Account = job.Target.Name, s.resource(), s.account.text()
	s.run.State, s.run.Sequence = ledger.StatePlanned, sequence
	s.run.Source = ledger.Source{File: s.input.original, Sheet: s.input.options.Sheet, SHA256: s.input.hash}
	s.run.Hashes = ledger.Hashes{Sheet: s.input.hash, Job: job.Hash, Target: job.Target.Hash}
	s.stored.Input, s.stored.Base, s.stored.Account = s.input.options, s.account.base, s.account.settings
	s.stored.Key = job.Mapping.Identity.Key
	s.stored.Columns = map[string]string{}
	for i := range job.Resource.Model.Fields {
		name := job.Resource.Model.Fields[i].Name
		if column := s.rows.ColumnOf(name); column != "" {
			s.stored.Columns[name] = column
		}
	}
}

// saveRun stores how far the run is.
func (s *session) saveRun(ctx context.Context, state ledger.State) error {
	s.notePace()
	settings, err := json.Marshal(s.stored)
	if err != nil {
		return fmt.Errorf("store the run's settings: %w", err)
	}
	s.run.Settings, s.run.State = settings, state
	return s.ledger.UpdateRun(ctx, &s.run)
}

// checkFresh refuses a stored plan that is not about the present any more.
func (s *session) checkFresh(ctx context.Context) error {
	job := s.opts.Job
	var changed []string
	if hash, err := fileHash(s.run.Source.File); errors.Is(err, os.ErrNotExist) {
		changed = append(changed, "the sheet "+s.run.Source.File+" is gone")
	} else if err != nil || hash != s.run.Hashes.Sheet {
		changed = append(changed, "the sheet "+s.run.Source.File+" has changed")
	}
	if s.run.Hashes.Job != job.Hash {
		changed = append(changed, "the job file has changed")
	}
	if s.run.Hashes.Target != job.Target.Hash {
		changed = append(changed, "the target file has changed")
	}
	if s.run.Account != s.account.text() || s.run.Resource != s.resource() {
		changed = append(changed, "it was made for another account or resource")
	} else {
		since, err := s.happenedSince(ctx)
		if err != nil {
			return err
		}
		changed = append(changed, since...)
	}
	if len(changed) > 0 {
		return fmt.Errorf("%w: %s; run `%s` again", ErrStale, strings.Join(changed, ", "), s.planCommand())
	}
	return nil
}

// planCommand is how a person plans the session's run anew.
func (s *session) planCommand() string {
	if s.stored.Undo != nil {
		return "rollcall undo " + s.stored.Undo.Run
	}
	return "rollcall plan"
}

// happenedSince is what other runs have done to the run's account since it was planned.
func (s *session) happenedSince(ctx context.Context) (happened []string, err error) {
	sequence, err := s.ledger.Sequence(ctx, s.account.text(), s.resource())
	if err != nil {
		return nil, err
	}
	settled, err := s.settledRuns(ctx)
	if err != nil {
		return nil, err
	}
	delete(settled, s.run.ID) // what was found of its own changes it knows
	for _, at := range settled {
		if at.After(s.stored.Made) {
			happened = append(happened, "changes in doubt have been settled since")
			break
		}
	}
	if s.run.Sequence != sequence {
		happened = append(happened, "another run has written to the account since")
	}
	return happened, nil
}
