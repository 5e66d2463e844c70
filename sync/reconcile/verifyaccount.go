package reconcile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// bugRemedy is what to do about accounts that do not add up.
const bugRemedy = "keep the ledger and the run's folder as they are, and report this: it is a bug of Rollcall, or the state folder is damaged"

// Audit goes through the input and the ledger of a run once more, and takes nobody's word for anything: not the plan's for how
// many rows there are, nor that of a report. A row of the input and a change of the ledger belong together if they have the same
// physical row. source is how many rows the run says it has read. Of a run that is purged there is no input: in is nil then.
//
// The error is trouble with reading, which leaves the question open.
func Audit(in sheet.Reader, entries iter.Seq2[push.Entry, error], source int) (Counts, []Check, error) {
	a := &audit{in: in, counts: Counts{Rows: plan.Counts{}}, rows: proof{name: "rows"}, done: proof{name: "done"}, sum: proof{name: "identity"}}
	if err := a.walk(entries); err != nil {
		return a.counts, nil, err
	}
	if in == nil {
		a.counts.Read = a.changes
	}
	a.add(source)
	holds := fmt.Sprintf("%s of the input, and each has exactly one change in the ledger", rows(a.counts.Read))
	if in == nil {
		holds = fmt.Sprintf("%s in the ledger, one for each row that the run had read", rows(a.changes))
	}
	done := a.counts.Of(plan.Created) + a.counts.Of(plan.Updated)
	return a.counts, []Check{
		a.rows.check(holds, bugRemedy),
		a.done.check(fmt.Sprintf("%s created or updated, and of each the ledger has the request that did it", rows(done)), bugRemedy),
		a.sum.check(equation(a.counts), bugRemedy),
	}, nil
}

// audit is one walk through input and ledger.
type audit struct {
	in      sheet.Reader
	row     sheet.Row // of the input, the next that no change was met for
	there   bool      // there is such a row
	counts  Counts
	changes int
	last    int   // row of the latest change
	number  int64 // of the latest change

	rows, done, sum proof
}

// walk takes the changes of the ledger against the rows of the input.
func (a *audit) walk(entries iter.Seq2[push.Entry, error]) error {
	if err := a.advance(); err != nil {
		return err
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		a.changes++
		a.judge(&e)
		if err := a.match(&e.Change); err != nil {
			return err
		}
	}
	for a.there {
		if err := a.orphan(); err != nil {
			return err
		}
	}
	return nil
}

// advance moves to the next row of the input.
func (a *audit) advance() error {
	if a.in == nil {
		return nil
	}
	err := a.in.Read(&a.row)
	if a.there = err == nil; a.there {
		a.counts.Read++
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// orphan passes a row of the input that has no change.
func (a *audit) orphan() error {
	a.rows.fault(a.row.Number, "the ledger has no change for this row")
	return a.advance()
}

// match finds the row of a change. The n-th row of the input must be change n of the run.
func (a *audit) match(c *plan.Change) error {
	twice, above, number := c.Row == a.last && a.changes > 1, c.Row < a.last, a.number+1
	for a.there && a.row.Number < c.Row {
		if err := a.orphan(); err != nil {
			return err
		}
	}
	found := a.there && a.row.Number == c.Row
	if found {
		number = int64(a.counts.Read)
	}
	a.last, a.number = c.Row, c.Seq
	switch {
	case twice:
		a.rows.fault(c.Row, "the ledger has a second change for this row, number %d", c.Seq)
	case a.in != nil && !found:
		a.rows.fault(c.Row, "the ledger has change %d for it, and the input has no such row", c.Seq)
	case above:
		a.rows.fault(c.Row, "change %d is for a row above that of the change before it", c.Seq)
	case c.Seq != number:
		a.rows.fault(c.Row, "it should be change %d of the run, and is change %d", number, c.Seq)
	}
	if found {
		return a.advance()
	}
	return nil
}

// judge counts how a change ended, and looks at what stands behind it.
func (a *audit) judge(e *push.Entry) {
	c, o, status := &e.Change, &e.Outcome, e.Status()
	a.counts.Rows[status]++
	if !slices.Contains(plan.Statuses(), status) {
		a.sum.fault(c.Row, "there is no status %s", quoted(string(status)))
	}
	if o.Seq != 0 && o.Seq != c.Seq {
		a.rows.fault(c.Row, "change %d has the outcome of change %d", c.Seq, o.Seq)
	}
	action, changed := map[plan.Status]plan.Action{plan.Created: plan.Create, plan.Updated: plan.Update}[status]
	switch {
	case !changed:
	case c.Action != action:
		a.done.fault(c.Row, "it is called %s, and the plan had no %s for it", status, action)
	case o.Status != status || o.Attempts < 1:
		a.done.fault(c.Row, "it is called %s, and the ledger has no request for it", status)
	}
}

// add compares the counts with each other.
func (a *audit) add(source int) {
	switch sum := a.counts.Rows.Sum(); {
	case sum != a.counts.Read:
		a.sum.fault(0, "%s read, and %d have a status: %s", rows(a.counts.Read), sum, equation(a.counts))
	case source != a.counts.Read:
		a.sum.fault(0, "%s read, and the run says that they were %d", rows(a.counts.Read), source)
	}
}

// equation is the account as a sum.
func equation(c Counts) string {
	var parts []string
	for _, s := range plan.Statuses() {
		if n := c.Of(s); n > 0 {
			parts = append(parts, number(n)+" "+label(s))
		}
	}
	if parts == nil {
		parts = []string{"0"}
	}
	return rows(c.Read) + " read = " + strings.Join(parts, " + ")
}
