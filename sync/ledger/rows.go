package ledger

import (
	"fmt"
	"math"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// A key joins the number of a run with a count within the run, so that the rows of a run lie together.
type key int64

const perRun = math.MaxUint32

func keyOf(run, n int64) key { return key(run<<32 | n) }

func (k key) run() int64 { return int64(k) >> 32 }
func (k key) seq() int64 { return int64(k) & perRun }

// changeRow is a change as the table has it. The columns are names that need no quoting in any SQL.
type changeRow struct {
	id       int64
	line     int64
	action   string
	status   string
	recordID string
	identity string
	record   string
	before   string
	problems string

	planned string // the record without the ids that it has waited for, "" if it has not waited; not stored
}

const changeColumns = "id, line, action, status, record_id, identity, record, before, problems, sum"

func (*changeRow) table() string { return "changes" }

func (r *changeRow) name() string { return rowName(r.id) }

func (r *changeRow) values() []any {
	return []any{r.id, r.line, r.action, r.status, r.recordID, r.identity, r.record, r.before, r.problems}
}

func (r *changeRow) targets() []any {
	return []any{&r.id, &r.line, &r.action, &r.status, &r.recordID, &r.identity, &r.record, &r.before, &r.problems}
}

func (r *changeRow) pending() bool {
	return plan.Status(r.status) == plan.Planned && plan.Action(r.action) != plan.None
}

func newChangeRow(m *model.Model, run int64, c *plan.Change) (*changeRow, error) {
	if c.Seq < 1 || c.Seq > perRun {
		return nil, fmt.Errorf("change with seq %d: it must count from 1", c.Seq)
	}
	r := &changeRow{
		id: int64(keyOf(run, c.Seq)), line: int64(c.Row), action: string(c.Action), status: string(c.Status),
		recordID: c.ID, identity: c.Key,
	}
	var err error
	if r.record, err = encodeRecord(m, c.Record); err != nil {
		return nil, fmt.Errorf("row %d: %w", c.Row, err)
	}
	if r.before, err = encodeRecord(m, c.Before); err != nil {
		return nil, fmt.Errorf("row %d: %w", c.Row, err)
	}
	if r.problems, err = encodeProblems(c.Problems); err != nil {
		return nil, fmt.Errorf("row %d: %w", c.Row, err)
	}
	return r, nil
}

func (r *changeRow) change(m *model.Model) (plan.Change, error) {
	c := plan.Change{
		Seq: key(r.id).seq(), Row: int(r.line), Action: plan.Action(r.action), Status: plan.Status(r.status),
		ID: r.recordID, Key: r.identity,
	}
	var err error
	if c.Record, err = decodeRecord(m, r.record); err != nil {
		return c, fmt.Errorf("row %d: %w", c.Row, err)
	}
	if c.Before, err = decodeRecord(m, r.before); err != nil {
		return c, fmt.Errorf("row %d: %w", c.Row, err)
	}
	if c.Problems, err = decodeProblems(r.problems); err != nil {
		return c, fmt.Errorf("row %d: %w", c.Row, err)
	}
	return c, nil
}

// attemptRow is an intent and what came of it.
type attemptRow struct {
	id         int64
	change     int64
	attempt    int64
	requestID  string
	intended   int64
	status     string // "" while nothing was heard, and if it was the end of the change: see its outcome
	httpStatus int64
	answered   int64
}

const attemptColumns = "id, change_id, attempt, request_id, intended_at, status, http_status, answered_at, sum"

func (*attemptRow) table() string { return "attempts" }

func (r *attemptRow) name() string {
	return fmt.Sprintf("run %d, intent %d", key(r.id).run(), key(r.id).seq())
}

func (r *attemptRow) values() []any {
	return []any{r.id, r.change, r.attempt, r.requestID, r.intended, r.status, r.httpStatus, r.answered}
}

func (r *attemptRow) targets() []any {
	return []any{&r.id, &r.change, &r.attempt, &r.requestID, &r.intended, &r.status, &r.httpStatus, &r.answered}
}

// open reports whether the attempt's answer was never seen, unless its change has a final outcome.
func (r *attemptRow) open() bool {
	return plan.Status(r.status) == plan.Planned || plan.Status(r.status) == plan.InDoubt
}

// outcomeRow is how a change ended.
type outcomeRow struct {
	change     int64
	status     string
	recordID   string
	code       string
	field      string
	message    string
	httpStatus int64
	attempts   int64
	requestID  string
	concluded  int64
	faults     added
}

const outcomeColumns = "change_id, status, record_id, code, field, message, http_status, attempts, request_id, " +
	"concluded_at, faults, sum"

func (*outcomeRow) table() string { return "outcomes" }

func (r *outcomeRow) name() string { return rowName(r.change) }

func (r *outcomeRow) values() []any {
	return []any{r.change, r.status, r.recordID, r.code, r.field, r.message, r.httpStatus, r.attempts, r.requestID,
		r.concluded, r.faults}
}

func (r *outcomeRow) targets() []any {
	return []any{&r.change, &r.status, &r.recordID, &r.code, &r.field, &r.message, &r.httpStatus, &r.attempts, &r.requestID,
		&r.concluded, &r.faults}
}

// final reports whether nothing may be said about the change any more.
func (r *outcomeRow) final() bool {
	return plan.Status(r.status) != plan.InDoubt && plan.Status(r.status) != plan.NotAttempted
}

func newOutcomeRow(run int64, o *push.Outcome, at time.Time) *outcomeRow {
	return &outcomeRow{
		change: int64(keyOf(run, o.Seq)), status: string(o.Status), recordID: o.ID, code: string(o.Code), field: o.Field,
		message: o.Message, httpStatus: int64(o.HTTPStatus), attempts: int64(o.Attempts), requestID: o.RequestID,
		concluded: nanos(at), faults: added(encodeFaults(o.Faults)),
	}
}

func (r *outcomeRow) outcome() (push.Outcome, error) {
	o := push.Outcome{
		Seq: key(r.change).seq(), Status: plan.Status(r.status), ID: r.recordID, Code: model.Code(r.code), Field: r.field,
		Message: r.message, HTTPStatus: int(r.httpStatus), Attempts: int(r.attempts), RequestID: r.requestID,
	}
	var err error
	if o.Faults, err = decodeFaults(string(r.faults)); err != nil {
		return o, fmt.Errorf("%s: %w", r.name(), err)
	}
	return o, nil
}

func rowName(id int64) string {
	return fmt.Sprintf("run %d, change %d", key(id).run(), key(id).seq())
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
