package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// waitRow is a field of a change that holds the id of a record which another change creates.
type waitRow struct {
	id     int64
	change int64
	field  string
	kind   string
	after  int64
	line   int64
}

const waitColumns = "id, change_id, field, kind, after_id, after_line, sum"

func (*waitRow) table() string { return "waits" }

func (r *waitRow) name() string {
	return fmt.Sprintf("run %d, wait %d", key(r.id).run(), key(r.id).seq())
}

func (r *waitRow) values() []any {
	return []any{r.id, r.change, r.field, r.kind, r.after, r.line}
}

func (r *waitRow) targets() []any {
	return []any{&r.id, &r.change, &r.field, &r.kind, &r.after, &r.line}
}

func scanWait(from scanner) (*waitRow, error) {
	r := &waitRow{}
	return r, scan(from, r)
}

// leveled is a wait of a plan that is being saved, with what its place is told by.
type leveled struct {
	waitRow
	level int
}

// newWaits is what a change waits for.
func newWaits(m *model.Model, run int64, c *plan.Change) ([]leveled, error) {
	var waits []leveled
	for _, w := range c.Order.After {
		mark, ok := kindMark(w.Kind)
		if !ok || w.Seq < 1 || w.Seq > perRun || w.Seq == c.Seq {
			return nil, fmt.Errorf("row %d: %s cannot wait for change %d", c.Row, w.Name, w.Seq)
		}
		waits = append(waits, leveled{waitRow{
			change: int64(keyOf(run, c.Seq)), field: m.Fields[w.Field].Stored(), kind: mark, after: int64(keyOf(run, w.Seq)), line: int64(w.Row),
		}, c.Order.Level})
	}
	return waits, nil
}

// inOrder gives waits their places: who waits for nobody that waits goes first.
func inOrder(run int64, waits []leveled) []*waitRow {
	slices.SortStableFunc(waits, func(a, b leveled) int {
		return cmp.Or(cmp.Compare(a.level, b.level), cmp.Compare(a.change, b.change))
	})
	rows := make([]*waitRow, len(waits))
	for i := range waits {
		waits[i].id = int64(keyOf(run, int64(i+1)))
		rows[i] = &waits[i].waitRow
	}
	return rows
}

// queue is what the changes of a run wait for, in the order in which they can be pushed. It is small: a sheet may be one long
// chain.
type queue struct {
	waits    []wait
	fields   []waitField
	byChange []int32 // places, by the change
	awaited  []int64 // changes that others wait for, sorted
}

// wait is one row of the queue.
type wait struct {
	change, after int64
	line          int32
	field         int32
}

// waitField is a field that waits, and of what kind it is.
type waitField struct{ name, kind string }

// queueOf reads what the changes of a run wait for. It is nil if they wait for nothing.
func (l *Ledger) queueOf(ctx context.Context, run *runRow) (*queue, error) {
	if run.run.Hashes.Waits == 0 {
		return nil, nil
	}
	q := &queue{}
	for after := run.first(); ; {
		page, err := readPage(ctx, l.read, scanWait,
			"SELECT "+waitColumns+" FROM waits WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", after, run.last(), changesPerPage)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			q.add(r)
		}
		if len(page) < changesPerPage {
			break
		}
		after = page[len(page)-1].id
	}
	if int64(len(q.waits)) != run.run.Hashes.Waits {
		return nil, damage(fmt.Sprintf("run %s has %d waits of %d", run.id, len(q.waits), run.run.Hashes.Waits))
	}
	q.byChange = make([]int32, len(q.waits))
	for i := range q.waits {
		q.byChange[i] = int32(i)
		q.awaited = append(q.awaited, q.waits[i].after)
	}
	slices.SortFunc(q.byChange, func(a, b int32) int {
		return cmp.Or(cmp.Compare(q.waits[a].change, q.waits[b].change), cmp.Compare(a, b))
	})
	slices.Sort(q.awaited)
	q.awaited = slices.Compact(q.awaited)
	return q, nil
}

func (q *queue) add(r *waitRow) {
	f := waitField{r.field, r.kind}
	n := slices.Index(q.fields, f)
	if n < 0 {
		n = len(q.fields)
		q.fields = append(q.fields, f)
	}
	q.waits = append(q.waits, wait{change: r.change, after: r.after, line: int32(r.line), field: int32(n)})
}

// of is what one change waits for.
func (q *queue) of(change int64) []int32 {
	first, _ := slices.BinarySearchFunc(q.byChange, change, func(i int32, change int64) int { return cmp.Compare(q.waits[i].change, change) })
	last := first
	for last < len(q.byChange) && q.waits[q.byChange[last]].change == change {
		last++
	}
	return q.byChange[first:last]
}

// isAwaited reports whether others wait for a change.
func (q *queue) isAwaited(change int64) bool {
	_, found := slices.BinarySearch(q.awaited, change)
	return found
}

// left is a wait, as far as the ledger knows.
type left struct {
	wait
	waitField
	status plan.Status // of the change that is waited for
	over   bool        // the id is there
}

// isOver reports whether the id that w was for is there.
func (w left) isOver() bool { return w.over }

// tell gives changes the ids that they have waited for, and returns the waits of each of them. open is the intents of the
// run that have no answer. A nil queue has nothing to tell.
func (q *queue) tell(ctx context.Context, from querier, changes []*changeRow, open map[int64][]*attemptRow) ([][]left, error) {
	if q == nil {
		return make([][]left, len(changes)), nil
	}
	var keys []int64
	for _, c := range changes {
		for _, i := range q.of(c.id) {
			keys = append(keys, q.waits[i].after)
		}
	}
	slices.Sort(keys)
	outcomes, err := readByKey(ctx, from, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id IN ", slices.Compact(keys))
	if err != nil {
		return nil, err
	}
	ended := make(map[int64]*outcomeRow, len(outcomes))
	for _, o := range outcomes {
		ended[o.change] = o
	}
	all := make([][]left, len(changes))
	for n, c := range changes {
		for _, i := range q.of(c.id) {
			w := q.waits[i]
			f, o := q.fields[w.field], ended[w.after]
			if o != nil && plan.Status(o.status) == plan.Created && o.recordID != "" {
				c.complete(f, o.recordID)
				all[n] = append(all[n], left{w, f, plan.Created, true})
				continue
			}
			all[n] = append(all[n], left{w, f, statusOf(o, len(open[w.after]) > 0), false})
		}
	}
	return all, nil
}

// statusOf is how a change has ended that is waited for, Planned if it can still go well.
func statusOf(o *outcomeRow, open bool) plan.Status {
	switch {
	case o != nil && o.final():
		return plan.Status(o.status)
	case open || o != nil && plan.Status(o.status) == plan.InDoubt:
		return plan.InDoubt
	}
	return plan.Planned
}

// complete puts the id of a record into a field that has waited for it. The stored row stays as it is: the id stands in the outcome
// of the change that was waited for, and that is final.
func (r *changeRow) complete(f waitField, id string) {
	if r.record == "" { // purged
		return
	}
	if r.planned == "" {
		r.planned = r.record
	}
	b := []byte(r.record[:len(r.record)-1])
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(appendJSON(b, f.name), ':')
	r.record = string(append(appendJSON(b, f.kind+id), '}'))
}

// order is what a change still waits for, in the terms of a plan.
func order(m *model.Model, waits []left, awaited bool) (plan.Order, error) {
	o := plan.Order{Awaited: awaited}
	for _, w := range waits {
		i := m.Index(w.name)
		if i < 0 {
			return o, fmt.Errorf("the stored plan has the field %q, which %s has no more: plan the sheet again", w.name, m.Name())
		}
		f := &m.Fields[i]
		o.After = append(o.After, plan.Wait{Field: i, Name: f.Name, Kind: f.Kind, Seq: key(w.after).seq(), Row: int(w.line), Status: w.status})
	}
	return o, nil
}

// dropWaits removes what the changes of a run wait for.
func dropWaits(ctx context.Context, tx *sql.Tx, run *runRow) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM waits WHERE id >= ? AND id <= ?", run.first(), run.last())
	return err
}

// waitingStories reads the changes that wait, or have waited, in the order in which they can be pushed, page by page.
func (l *Ledger) waitingStories(ctx context.Context, runID string, yield func(*story, error) bool) {
	run, open, err := l.openRun(ctx, runID)
	var q *queue
	if err == nil {
		q, err = l.queueOf(ctx, run)
	}
	if err != nil {
		yield(nil, err)
		return
	}
	if q == nil {
		return
	}
	var keys []int64 // of a page
	last := int64(0)
	for i := range q.waits {
		if change := q.waits[i].change; change != last { // several waits of a change stand together
			keys, last = append(keys, change), change
		}
		if len(keys) == changesPerPage || i == len(q.waits)-1 {
			if !l.yieldStories(ctx, q, keys, open, yield) {
				return
			}
			keys = keys[:0]
		}
	}
}

// yieldStories reads some changes and yields them in the order of their keys.
func (l *Ledger) yieldStories(ctx context.Context, q *queue, keys []int64, open map[int64][]*attemptRow, yield func(*story, error) bool) bool {
	stories, err := l.storiesByKey(ctx, keys)
	if err == nil {
		err = l.completeStories(ctx, q, stories, open)
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	for _, s := range stories {
		if s.open = open[s.change.id]; !yield(s, nil) {
			return false
		}
	}
	return true
}

// storiesByKey reads some changes with their outcomes, in the order of the keys.
func (l *Ledger) storiesByKey(ctx context.Context, keys []int64) ([]*story, error) {
	changes, err := readByKey(ctx, l.read, scanChange, "SELECT "+changeColumns+" FROM changes WHERE id IN ", keys)
	if err != nil {
		return nil, err
	}
	outcomes, err := readByKey(ctx, l.read, scanOutcome, "SELECT "+outcomeColumns+" FROM outcomes WHERE change_id IN ", keys)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]*story, len(changes))
	for _, c := range changes {
		found[c.id] = &story{change: c}
	}
	for _, o := range outcomes {
		if s := found[o.change]; s != nil {
			s.ended = o
		}
	}
	stories := make([]*story, len(keys))
	for i, k := range keys {
		if stories[i] = found[k]; stories[i] == nil {
			return nil, damage(fmt.Sprintf("%s waits for another one and is gone", rowName(k)))
		}
	}
	return stories, nil
}

// completeStories gives stories the ids that they have waited for, and what they wait for still.
func (l *Ledger) completeStories(ctx context.Context, q *queue, stories []*story, open map[int64][]*attemptRow) error {
	if q == nil {
		return nil
	}
	changes := make([]*changeRow, len(stories))
	for i, s := range stories {
		changes[i] = s.change
	}
	waits, err := q.tell(ctx, l.read, changes, open)
	if err != nil {
		return err
	}
	for i, s := range stories {
		s.queue, s.queued, s.awaited = waits[i], len(waits[i]) > 0, q.isAwaited(s.change.id)
		s.waits = slices.DeleteFunc(slices.Clone(waits[i]), left.isOver)
	}
	return nil
}
