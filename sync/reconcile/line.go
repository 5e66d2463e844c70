package reconcile

import (
	"slices"
	"strconv"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// MarkerColumn is the last column of every sheet that Rollcall writes.
const MarkerColumn = "_rollcall"

// Line is one row of the input with its account.
type Line struct {
	Seq      int64    // position among the rows of the sheet, from 1
	Row      int      // physical row
	Cells    []string // the input as it was, one text per column of the header; cells beyond the header follow
	Status   plan.Status
	Action   plan.Action
	ID       string
	Code     model.Code // why the row is not settled, "" if it is
	Field    string
	Column   string // header of the column to blame, "" if none
	Message  string
	Hint     string
	Problems []model.Problem    // all of them, warnings too, and what the API refused
	Changes  []plan.FieldChange // of an update
	Sent
}

// Sent is what was sent for a row.
type Sent struct {
	HTTPStatus int // of the last answer, 0 if there was none
	Attempts   int
	RequestID  string // of the last attempt, "" if there was none
}

// columns is the headers of the account, in the order in which they follow the columns of the input.
func columns() []string {
	return []string{"_row", "_status", "_action", "_id", "_code", "_field", "_column", "_message", "_hint", "_http_status", "_attempts"}
}

// account is the cells of l below [columns].
func (l *Line) account() []string {
	return []string{strconv.Itoa(l.Row), string(l.Status), string(l.Action), l.ID, string(l.Code), l.Field, l.Column,
		l.Message, l.Hint, blankZero(l.HTTPStatus), strconv.Itoa(l.Attempts)}
}

// input is the cells of l below the header, and the cells beyond it.
func (l *Line) input(width int) (cells, beyond []string) {
	if len(l.Cells) > width {
		return l.Cells[:width], l.Cells[width:]
	}
	if len(l.Cells) == width {
		return l.Cells, nil
	}
	cells = make([]string, width)
	copy(cells, l.Cells)
	return cells, nil
}

func blankZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// newLine gives the account of one entry. header and cells are the input's; columnOf finds the column of a field.
func newLine(e *push.Entry, header, cells []string, columnOf func(field string) string) Line {
	c, o := &e.Change, &e.Outcome
	l := Line{Seq: c.Seq, Row: c.Row, Cells: cells, Status: e.Status(), Action: c.Action, ID: c.ID, Problems: c.Problems,
		Sent: Sent{HTTPStatus: o.HTTPStatus, Attempts: o.Attempts, RequestID: o.RequestID}}
	if o.ID != "" {
		l.ID = o.ID
	}
	if o.Status == plan.Planned {
		l.blame(decisive(l.Status, c.Problems))
		return l
	}
	problem := func(code model.Code, f push.Fault) model.Problem {
		p := model.Problem{Row: c.Row, Field: f.Field, Code: code, Message: f.Message}
		if f.Field != "" {
			p.Column = columnOf(f.Field)
		}
		if i := slices.Index(header, p.Column); p.Column != "" && i >= 0 && i < len(cells) {
			p.Value = cut(cells[i], 200)
		}
		if e, ok := model.Explain(code); ok {
			p.Hint = e.Fix
		}
		return p
	}
	said := problem(o.Code, push.Fault{Field: o.Field, Message: o.Message})
	l.blame(&said)
	if o.Code != "" && !l.Status.Settled() && l.Status != plan.NotAttempted {
		l.Problems = append(slices.Clip(l.Problems), said)
		for _, f := range o.Faults[min(1, len(o.Faults)):] { // whatever became of the row, this is what the API has against it
			l.Problems = append(l.Problems, problem(model.CodeAPIRejected, f))
		}
	}
	return l
}

// decisive is the problem to which a row owes the status that the plan gave it: the first that stops it, in column order.
// The plan's own reason stands last; it is the one that counts for a row that is skipped, whatever else it has.
func decisive(status plan.Status, problems []model.Problem) *model.Problem {
	if len(problems) == 0 || status == plan.Unchanged || status == plan.NotAttempted {
		return nil
	}
	if p := model.FirstStopping(problems); p != nil && status != plan.Skipped {
		return p
	}
	return &problems[len(problems)-1]
}

// blame makes p the reason for the row's status.
func (l *Line) blame(p *model.Problem) {
	if p == nil {
		return
	}
	l.Code, l.Field, l.Column, l.Message, l.Hint = p.Code, p.Field, p.Column, p.Message, p.Hint
	if l.Hint == "" && p.Code != "" {
		if e, ok := model.Explain(p.Code); ok {
			l.Hint = e.Fix
		}
	}
}
