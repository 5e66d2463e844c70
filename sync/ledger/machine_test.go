package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// The ledger behaves like a simple model in memory, through any order of plans, intents, outcomes and restarts.
func TestLedgerBehavesLikeItsModel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "state-")
		if err != nil {
			t.Fatal(err)
		}
		m := &machine{dir: filepath.Join(dir, "state"), ids: map[string]string{}}
		m.open(t)
		t.Repeat(map[string]func(*rapid.T){
			"plan":     m.plan,
			"intend":   m.intend,
			"conclude": m.conclude,
			"reopen":   m.reopen,
			"":         m.check,
		})
		m.close(t)
	})
}

// modelChange is what the model knows about a change.
type modelChange struct {
	plan     plan.Change
	doubt    bool
	attempts int
	outcome  plan.Status
	unnamed  string // id of the record that it has created, until the run is agreed on
}

func (c *modelChange) status() plan.Status {
	switch {
	case c.doubt:
		return plan.InDoubt
	case c.outcome != plan.Planned:
		return c.outcome
	case c.plan.Status != plan.Planned:
		return c.plan.Status
	}
	return plan.NotAttempted
}

func (c *modelChange) pending() bool {
	return c.plan.Pending() && !c.doubt && (c.outcome == plan.Planned || c.outcome == plan.NotAttempted)
}

// modelRun is a run in the model; bound is false once another run has written.
type modelRun struct {
	id      string
	changes []*modelChange
	bound   bool
}

// machine drives a ledger and its model side by side.
type machine struct {
	dir    string
	ledger *ledger.Ledger
	rec    *ledger.Recorder
	at     *modelRun // that rec records for
	runs   []*modelRun
	ids    map[string]string
}

func (m *machine) open(t *rapid.T) {
	var err error
	m.ledger, err = ledger.Open(context.Background(), m.dir)
	ok(t, err)
}

func (m *machine) close(t *rapid.T) {
	m.release(t)
	ok(t, m.ledger.Close())
}

func (m *machine) release(t *rapid.T) {
	if m.rec != nil {
		ok(t, m.rec.Close())
		m.agree(t)
	}
	m.rec, m.at = nil, nil
}

// agree brings what a run has created into the id map, in the order of the sheet.
func (m *machine) agree(t *rapid.T) {
	ok(t, m.ledger.Agree(context.Background(), m.at.id, ""))
	for _, c := range m.at.changes {
		if c.unnamed != "" && c.plan.Key != "" {
			m.ids[c.plan.Key] = c.unnamed
		}
		c.unnamed = ""
	}
}

func ok(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (m *machine) reopen(t *rapid.T) {
	m.close(t)
	m.open(t)
}

func (m *machine) plan(t *rapid.T) {
	run := &modelRun{id: fmt.Sprintf("run-%03d", len(m.runs)), bound: true}
	statuses := rapid.SliceOfN(rapid.SampledFrom([]plan.Status{plan.Planned, plan.Planned, plan.Invalid, plan.Unchanged}), 1, 6)
	var changes []plan.Change
	for i, s := range statuses.Draw(t, "statuses") {
		c := decided(int64(i+1), s)
		if s == plan.Planned {
			c = create(int64(i+1), rapid.SampledFrom([]string{"ann", "bob", "Zoë", ""}).Draw(t, "key"))
		}
		changes = append(changes, c)
		run.changes = append(run.changes, &modelChange{plan: c})
	}
	r := newRun(run.id)
	var err error
	r.Sequence, err = m.ledger.Sequence(context.Background(), account, resource)
	ok(t, err)
	ok(t, m.ledger.SavePlan(context.Background(), contacts(), r, each(changes...)))
	m.runs = append(m.runs, run)
}

// pick takes a run, not always the newest, and a change of it, and makes sure that the recorder is for it.
func (m *machine) pick(t *rapid.T, want func(*modelChange) bool) *modelChange {
	if len(m.runs) == 0 {
		t.Skip("no run yet")
	}
	run := rapid.SampledFrom(m.runs).Draw(t, "run")
	var fit []*modelChange
	for _, c := range run.changes {
		if c.plan.Pending() && want(c) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		t.Skip("no change fits")
	}
	if m.at != run {
		m.release(t)
		var err error
		m.rec, err = m.ledger.Recorder(context.Background(), run.id)
		ok(t, err)
		m.at = run
	}
	return rapid.SampledFrom(fit).Draw(t, "change")
}

func (m *machine) intend(t *rapid.T) {
	c := m.pick(t, func(c *modelChange) bool { return c.doubt || c.pending() })
	err := m.rec.Intend(context.Background(), push.Intent{Seq: c.plan.Seq, Attempt: c.attempts + 1, RequestID: "q"})
	if !m.at.bound {
		if !errors.Is(err, ledger.ErrStale) {
			t.Fatalf("got %v for a run that was overtaken, want ErrStale", err)
		}
		_ = m.rec.Close() // stale
		m.rec, m.at = nil, nil
		return
	}
	ok(t, err)
	c.attempts++
	c.doubt = true
	for _, r := range m.runs {
		r.bound = r == m.at
	}
}

func (m *machine) conclude(t *rapid.T) {
	c := m.pick(t, func(c *modelChange) bool { return c.doubt || c.pending() })
	status := rapid.SampledFrom([]plan.Status{plan.Created, plan.Rejected, plan.Failed, plan.InDoubt, plan.NotAttempted})
	o := push.Outcome{Seq: c.plan.Seq, Status: status.Draw(t, "status"), Attempts: c.attempts}
	again := c.outcome == plan.NotAttempted && o.Status == plan.Created
	if (again || o.Status == plan.InDoubt) && !c.doubt {
		t.Skip("nothing was sent")
	}
	if o.Status == plan.Created {
		o.ID = fmt.Sprint(m.at.id, "/", c.plan.Seq)
		c.unnamed = o.ID
	}
	c.outcome, c.doubt = o.Status, o.Status == plan.InDoubt
	ok(t, m.rec.Conclude(context.Background(), o))
	ok(t, m.rec.Flush(context.Background()))
}

func (m *machine) check(t *rapid.T) {
	ctx := context.Background()
	var doubts []string
	for _, run := range m.runs {
		var want, got []plan.Status
		var pending []int64
		counts := plan.Counts{}
		for _, c := range run.changes {
			want = append(want, c.status())
			counts[c.status()]++
			if c.pending() {
				pending = append(pending, c.plan.Seq)
			}
			if c.doubt {
				doubts = append(doubts, fmt.Sprint(run.id, "/", c.plan.Seq))
			}
		}
		entries, err := gather(m.ledger.Entries(ctx, contacts(), run.id))
		ok(t, err)
		for _, e := range entries {
			got = append(got, e.Status())
		}
		same(t, run.id+" statuses", got, want)
		changes, err := gather(m.ledger.Pending(ctx, contacts(), run.id))
		ok(t, err)
		same(t, run.id+" pending", seqs(changes), pending)
		counted, err := m.ledger.Counts(ctx, run.id)
		ok(t, err)
		same(t, run.id+" counts", counted, counts)
	}
	found, err := m.ledger.Unanswered(ctx, contacts(), account, resource)
	ok(t, err)
	var got []string
	for _, d := range found {
		got = append(got, fmt.Sprint(d.Run, "/", d.Change.Seq))
	}
	same(t, "doubts", got, doubts)
	ids, err := m.ledger.IDs(ctx, account, resource, []string{"ann", "bob", "Zoë", "nobody"})
	ok(t, err)
	same(t, "ids", ids, m.ids)
}

func same(t *rapid.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(got, want); d != "" {
		t.Fatalf("%s differ (-got +want):\n%s", what, d)
	}
}
