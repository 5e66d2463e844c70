package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// Verdict is what a person says of a change in doubt.
type Verdict string

// The verdicts. Leave is no verdict: the change stays in doubt.
const (
	Leave  Verdict = ""
	Adopt  Verdict = "adopt"  // the record is there, under the id that the person gives
	Absent Verdict = "absent" // nothing came of the request: it may be sent again
	Skip   Verdict = "skip"   // whatever came of it, the row is done with
)

// Decision is a person's verdict on a change, and why.
type Decision struct {
	Verdict Verdict
	ID      string // of the record to adopt
	Reason  string // kept in the ledger and in the report
}

// Resolution says how the doubts of a run are to be settled. The zero value only looks.
type Resolution struct {
	Rows     []int    // of the sheet; none means all that are in doubt
	Decision Decision // on those rows
	// Ask is asked about each change that looking does not settle, if there is no Decision; nil leaves it in doubt. It is
	// asked again if what it says cannot be done.
	Ask func(DoubtInfo) (Decision, error)
}

// DoubtInfo is a change in doubt as a person needs to see it.
type DoubtInfo struct {
	PlannedChange
	Message    string   // what is known of it
	Candidates []string // ids of the records that hold everything that was sent
}

// decided is a decision as its run keeps it: the outcome of a change may be replaced by a later one, the reason may not be
// lost.
type decided struct {
	Row     int       `json:"row"`
	Verdict Verdict   `json:"verdict"`
	ID      string    `json:"id,omitempty"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// Resolve settles the changes of a run that are in doubt, by looking and by what a person says. It writes nothing to the API:
// what turns out to be absent waits for [Resume] or [Sync]. The run must be of the job's account. Its report is written again,
// and the exit code in the summary is the run's as it stands then.
func Resolve(ctx, soft context.Context, opts Options, run string, how Resolution) (sum *reconcile.Summary, err error) {
	defer func() { err = cause(soft, err) }()
	s, err := openStored(soft, opts, run)
	if err != nil {
		return nil, err
	}
	defer s.close()
	switch {
	case s.run.Account != s.account.text() || s.run.Resource != s.resource():
		return nil, fmt.Errorf("%w: run %s is of another account or resource than the job", ErrUsage, s.run.ID)
	case s.run.State == ledger.StatePlanned:
		return nil, fmt.Errorf("%w: run %s was planned and never begun: nothing of it can be in doubt", ErrUsage, s.run.ID)
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if err := s.recall(ctx, s.run.ID); err != nil { // until now somebody else may have been at work on it
		return nil, err
	}
	doubts, err := s.doubtsOfRun(ctx, how.Rows)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.connect(), s.log.open(s.runDir())); err != nil {
		return nil, err
	}
	if len(doubts) == 0 {
		opts.Progress.Note(fmt.Sprintf("no row of run %s is in doubt", s.run.ID))
	}
	err = s.resolve(ctx, soft, doubts, how)
	sum, failed := s.restate(ctx) // however it ended: what is settled is settled
	if err != nil {
		return nil, errors.Join(err, failed)
	}
	return sum, failed
}

// doubtsOfRun is the changes of the session's run that are in doubt, of all rows or of some. A row that is asked for and is
// not in doubt is an error: the person means another one.
func (s *session) doubtsOfRun(ctx context.Context, only []int) ([]ledger.Doubt, error) {
	doubts, err := s.ledger.Unanswered(ctx, s.opts.Job.Resource.Model, s.account.text(), s.resource())
	if err != nil {
		return nil, err
	}
	doubts = slices.DeleteFunc(doubts, func(d ledger.Doubt) bool { return d.Run != s.run.ID })
	var rows []int
	for i := range doubts {
		rows = append(rows, doubts[i].Change.Row)
	}
	for _, row := range only {
		if !slices.Contains(rows, row) {
			return nil, fmt.Errorf("%w: row %d of run %s is not in doubt; in doubt are %s", ErrUsage, row, s.run.ID, shownRows(rows))
		}
	}
	return slices.DeleteFunc(doubts, func(d ledger.Doubt) bool { return len(only) > 0 && !slices.Contains(only, d.Change.Row) }), nil
}

// shownRows is the numbers of rows, a few of many.
func shownRows(rows []int) string {
	const few = 10
	if len(rows) == 0 {
		return "none of its rows"
	}
	text := strings.Trim(fmt.Sprint(rows[:min(few, len(rows))]), "[]")
	if len(rows) > few {
		text += fmt.Sprintf(" and %d more", len(rows)-few)
	}
	return text
}

// resolve settles changes of the session's run. Who names a record, or is done with a row, need not wait for looking; that
// something is not there is believed of nobody before looking says so, too.
func (s *session) resolve(ctx, soft context.Context, doubts []ledger.Doubt, how Resolution) (err error) {
	by := how.Decision
	var open []openDoubt
	if by.Verdict == Adopt || by.Verdict == Skip {
		for i := range doubts {
			open = append(open, openDoubt{Doubt: doubts[i]})
		}
	} else if open, err = s.settle(ctx, soft, doubts, by); err != nil {
		return err
	}
	t := s.newSettler()
	defer func() { err = errors.Join(err, t.close()) }()
	for i := range open {
		if by.Verdict != Leave {
			err = t.decide(ctx, soft, &open[i], by)
		} else if how.Ask != nil {
			err = t.ask(ctx, soft, &open[i], how.Ask)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask asks a person about one change until what is said can be done.
func (t *settler) ask(ctx, soft context.Context, d *openDoubt, ask func(DoubtInfo) (Decision, error)) error {
	m := t.session.opts.Job.Resource.Model
	info := DoubtInfo{PlannedChange: describeChange(m, &d.Change), Message: d.known(), Candidates: d.candidates}
	for {
		decision, err := ask(info)
		if err != nil || decision.Verdict == Leave {
			return err
		}
		if err = t.decide(ctx, soft, d, decision); !errors.Is(err, ErrUsage) {
			return err
		}
		info.Message = strings.TrimPrefix(err.Error(), ErrUsage.Error()+": ") + "; " + d.known()
	}
}

// known is what is known of a change in doubt.
func (d *openDoubt) known() string {
	answer := "no answer was seen"
	if d.Outcome.HTTPStatus != 0 {
		answer = fmt.Sprintf("answered with HTTP %d", d.Outcome.HTTPStatus)
	}
	return fmt.Sprintf("sent at %s, %s; %s", d.Last.Local().Format(time.DateTime), answer, d.why)
}

// decide carries out what a person says of one change.
func (t *settler) decide(ctx, soft context.Context, d *openDoubt, by Decision) error {
	s := t.session
	if by.Reason = strings.TrimSpace(by.Reason); by.Reason == "" {
		return fmt.Errorf("%w: a decision needs a reason", ErrUsage)
	}
	out := unsent(&d.Doubt)
	out.Code, out.Message = model.CodeDecided, "decided by a person: "+by.Reason
	switch by.Verdict {
	case Adopt:
		if err := s.adopt(soft, d, by.ID, &out); err != nil {
			return err
		}
	case Absent:
		if err := t.rest(soft, []ledger.Doubt{d.Doubt}, 0); err != nil { // nobody has seen what is still on its way
			return err
		}
	case Skip:
		out.Status = plan.Skipped
	default:
		return fmt.Errorf("%w: %q is no verdict; say adopt, absent or skip", ErrUsage, by.Verdict)
	}
	s.log.Info("decided by a person", "row", d.Change.Row, "verdict", by.Verdict, "id", by.ID, "reason", by.Reason)
	s.stored.Decisions = append(s.stored.Decisions, decided{d.Change.Row, by.Verdict, by.ID, by.Reason, time.Now().UTC()})
	if err := s.saveRun(ctx, s.run.State); err != nil {
		return err
	}
	return t.conclude(ctx, d.Run, out)
}

// adopt makes a record that a person names the outcome of a change. It must be there, and it must not be the one of
// another row.
func (s *session) adopt(ctx context.Context, d *openDoubt, id string, out *push.Outcome) error {
	if d.Change.Action == plan.Update && id != d.Change.ID {
		return fmt.Errorf("%w: row %d is an update of record %s, and not of %s", ErrUsage, d.Change.Row, d.Change.ID, id)
	}
	known, err := s.knownIDs(ctx)
	if err != nil {
		return err
	}
	if owner := known.other(id, d.Change.Key); owner != "" && d.Change.Action == plan.Create {
		return fmt.Errorf("%w: record %s was created for %s, and not for row %d", ErrUsage, id, owner, d.Change.Row)
	}
	found, there, err := s.readRecord(ctx, id, d.Change.Record)
	if err != nil {
		return fmt.Errorf("read record %s: %w", id, err)
	}
	if !there {
		return fmt.Errorf("%w: the API has no record %s where row %d belongs", ErrUsage, id, d.Change.Row)
	}
	var differ []string
	for i, sent := range d.Change.Record {
		if f := &s.opts.Job.Resource.Model.Fields[i]; sent.Known() && found.Record[i].Known() && !f.Same(sent, found.Record[i]) {
			differ = append(differ, f.Name)
		}
	}
	if len(differ) > 0 {
		s.opts.Progress.Note(fmt.Sprintf("record %s is not what row %d has sent: %s; the next sync compares it", id, d.Change.Row, strings.Join(differ, ", ")))
	}
	out.Status, out.ID = plan.Created, id
	if d.Change.Action == plan.Update {
		out.Status = plan.Updated
	}
	return nil
}

// readRecord reads one record, from the list if the API does not show single ones.
func (s *session) readRecord(ctx context.Context, id string, parent model.Record) (found plan.Found, there bool, err error) {
	if s.opts.Job.Resource.Get != nil {
		return s.client.Get(ctx, id, parent)
	}
	err = s.client.List(ctx, parent, func(f plan.Found) error {
		if f.ID == id {
			found, there = f, true
		}
		return nil
	})
	return found, there, err
}
