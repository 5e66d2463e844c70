package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/pace"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// simulation is a run that is begun, dies, and is resumed, on simulated time: with the real ledger on a real disk, the real
// settler and the real push, against an API in memory.
type simulation struct {
	t       *testing.T
	seed    uint64
	job     *Job
	api     *simAPI
	dirs    string // folder of the state folders, one for each process
	deaths  []simDeath
	workers int
	changes []plan.Change
	died    []simFailpoint

	settle   time.Duration                     // what the job says
	recorder func(push.Recorder) push.Recorder // a sabotage around the ledger's
	stale    bool                              // a sabotage: the next process finds the disk as the dead one has found it
}

const simRun = "20260101-000000-sim"

// newSimulation draws the world of a seed.
func newSimulation(t *testing.T, seed uint64, job *Job, dirs string) *simulation {
	r := chance(seed)
	m := job.Resource.Model
	s := &simulation{t: t, seed: seed, job: job, dirs: dirs, workers: 1 + r.IntN(8), settle: simSettle}
	s.recorder = func(r push.Recorder) push.Recorder { return r }
	s.api = &simAPI{
		seed: seed, model: m, share: r.Float64() * 0.7, lag: time.Duration(r.Int64N(int64(simSettle) * 4 / 10)),
		records: map[string]*simRecord{}, commits: map[int64][]string{}, sent: map[int64]int{},
	}
	if r.IntN(4) == 0 {
		s.api.hidden = "2"
	}
	for seq := int64(1); seq <= int64(3+r.IntN(12)); seq++ {
		s.add(seq, r.IntN(4) == 0, fmt.Sprint(1+r.IntN(3)))
	}
	s.belong(r.Perm(len(s.changes)))
	for n := range 1 + r.IntN(3) {
		at := simFailpoints()
		if n > 0 && r.IntN(2) == 0 { // while it settles what the one before it has left
			at = []simFailpoint{simLooking, simLooked, simConcluding}
		}
		s.deaths = append(s.deaths, simDeath{at[r.IntN(len(at))], 1 + r.IntN(5-n)})
	}
	return s
}

// add plans a create, or an update of a record that is there.
func (s *simulation) add(seq int64, update bool, parent string) {
	m := s.job.Resource.Model
	record := m.NewRecord()
	set := func(name, text string) {
		record[m.Index(name)] = model.Value{Kind: m.Fields[m.Index(name)].Kind, Text: text}
	}
	set("customer_id", parent)
	set("email", fmt.Sprintf("row%d@example.org", seq))
	c := plan.Change{Seq: seq, Row: int(seq) + 1, Action: plan.Create, Status: plan.Planned, Key: fmt.Sprint(seq), Record: record}
	if update {
		c.Action, c.ID = plan.Update, fmt.Sprint(seq)
		s.api.records[c.ID] = &simRecord{Record: m.NewRecord()}
		s.api.records[c.ID].Record[m.Index("customer_id")] = record[m.Index("customer_id")]
	}
	s.changes = append(s.changes, c)
}

// play carries the run out, whatever becomes of the processes that do it, and returns what is wrong at the end.
func (s *simulation) play() (wrong []string) {
	ctx := context.Background()
	if err := s.plan(ctx); err != nil {
		return []string{err.Error()}
	}
	turns := len(s.deaths) + 4
	dir := 0
	for turn := range turns {
		if turn >= turns-2 {
			s.api.share = 0
		}
		p := &simProcess{t: s.t, dir: s.dir(dir), heir: s.dir(dir + 1)}
		if turn < len(s.deaths) {
			p.plan = s.deaths[turn]
		}
		s.api.turn, s.api.proc = turn, p
		var early string
		if s.stale {
			copyLedger(s.t, p.dir, p.heir+"-before")
		}
		if err := s.live(p); err != nil && !p.isDead() {
			early = err.Error()
		}
		if p.end() {
			s.died = append(s.died, p.plan.at)
			dir++
			if s.stale {
				copyLedger(s.t, p.heir+"-before", p.heir)
			}
		}
		if turn == turns-1 && early != "" {
			return []string{"the last run ended early: " + early}
		}
	}
	time.Sleep(2 * simTimeout) // until the API has come to rest
	return s.account(ctx, s.dir(dir))
}

// dir is the state folder after n deaths.
func (s *simulation) dir(n int) string { return filepath.Join(s.dirs, strconv.Itoa(n)) }

// plan stores the run.
func (s *simulation) plan(ctx context.Context) error {
	session, err := s.open(ctx, s.dir(0), quiet{})
	if err != nil {
		return err
	}
	run := &ledger.Run{ID: simRun, Target: s.job.Target.Name, Resource: session.resource(), Account: session.account.text(), State: ledger.StatePlanned, Settings: []byte("{}"), Started: time.Now().UTC()}
	err = session.ledger.SavePlan(ctx, s.job.Resource.Model, run, func(yield func(plan.Change, error) bool) {
		for _, c := range s.changes {
			if !yield(c, nil) {
				return
			}
		}
	})
	return errors.Join(err, session.ledger.Close())
}

// open opens a state folder.
func (s *simulation) open(ctx context.Context, dir string, progress Progress) (*session, error) {
	job := *s.job
	job.Connection.Timeout, job.Connection.Settle = simTimeout, &s.settle
	session, err := newSession(Options{Job: &job, State: dir, Progress: progress, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return session, session.openLedger(ctx)
}

// live is what one process does, as resume does it: it settles the doubts of those before it, and goes on with the run.
func (s *simulation) live(p *simProcess) (err error) {
	ctx, cut := context.WithCancel(context.Background())
	defer cut()
	p.kill = cut
	session, err := s.open(ctx, p.dir, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.ledger.Close()) }()
	looker := session.looker()
	looker.finder = s.api
	if err := s.settleDoubts(ctx, session, looker); err != nil {
		return err
	}
	recorder, err := session.ledger.Recorder(ctx, simRun)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, recorder.Close()) }()
	result, err := push.Run(ctx, ctx, push.Options{Workers: s.workers, MaxFailures: -1, Settle: s.settle}, push.Parts{
		Writer: s.api, Looker: looker, Recorder: s.recorder(simRecorder{recorder, p}),
		Pacer: steady{pace.New(pace.NewWindow(pace.Limit{})), s.seed}, Done: func(push.Outcome) {},
	}, session.ledger.Pending(ctx, s.job.Resource.Model, simRun))
	return errors.Join(err, result.Early)
}

// settleDoubts is the session's own way to do it, with a looker that looks at the API in memory.
func (s *simulation) settleDoubts(ctx context.Context, session *session, looker *looker) (err error) {
	doubts, err := session.ledger.Unanswered(ctx, s.job.Resource.Model, session.account.text(), session.resource())
	if err != nil {
		return err
	}
	t := session.newSettler()
	t.look = looker
	defer func() { err = errors.Join(err, t.close()) }()
	for _, group := range t.groups(doubts) {
		if group[0].Change.Action == plan.Update {
			err = t.settleUpdate(ctx, ctx, &group[0])
		} else {
			err = t.settleCreates(ctx, ctx, group)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// steady is a pacer that backs off the same way each time a seed is played.
type steady struct {
	*pace.Pacer
	seed uint64
}

// Backoff is drawn from the seed.
func (p steady) Backoff(n int) time.Duration {
	return pace.Backoff(n, chance(p.seed, uint64(n)).Float64())
}

// account compares the ledger with what the API has carried out, and with nothing else.
func (s *simulation) account(ctx context.Context, dir string) (wrong []string) {
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	session, err := s.open(ctx, dir, quiet{})
	if err != nil {
		return []string{err.Error()}
	}
	defer session.ledger.Close()
	entries := 0
	for e, err := range session.ledger.Entries(ctx, s.job.Resource.Model, simRun) {
		if err != nil {
			return []string{err.Error()}
		}
		entries++
		c := &s.changes[e.Change.Seq-1]
		s.accountForParent(&e, add)
		done, out := s.api.commits[c.Seq], e.Outcome
		create := c.Action == plan.Create
		if create && len(done) > 1 {
			add("change %d: committed %d times", c.Seq, len(done))
		}
		switch status := e.Status(); status {
		case plan.Created:
			if !create || len(done) != 1 || done[0] != out.ID {
				add("change %d: recorded as created as %q, and the API has committed %v", c.Seq, out.ID, done)
			}
		case plan.Updated:
			if create || len(done) == 0 {
				add("change %d: recorded as updated, and the API has committed %v", c.Seq, done)
			}
		case plan.Failed:
			if create && len(done) > 0 {
				add("change %d: recorded as failed, and the API has committed %v", c.Seq, done)
			}
		case plan.NotAttempted, plan.Rejected:
			if !s.isOrphan(ctx, session, c, status) {
				add("change %d: lost, it is %q at the end", c.Seq, status)
			}
		case plan.InDoubt:
			if !create || c.Record[s.job.Resource.Model.Index("customer_id")].Text != s.api.hidden {
				add("change %d: left in doubt (%s), though the API shows where it would be", c.Seq, out.Message)
			}
		default:
			add("change %d: lost, it is %q at the end", c.Seq, status)
		}
	}
	if entries != len(s.changes) {
		add("%d entries for %d changes", entries, len(s.changes))
	}
	return wrong
}

// simulate plays a seed.
func simulate(t *testing.T, seed uint64, job *Job, sabotage func(*simulation)) (wrong []string, died []simFailpoint) {
	dirs, err := os.MkdirTemp("/dev/shm", "rollcall") // in memory, where there is such a place: a thousand seeds sync a disk for long
	if err != nil {
		dirs = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, job, dirs)
		if sabotage != nil {
			sabotage(s)
		}
		wrong, died = s.play(), s.died
		time.Sleep(2 * simTimeout)
	})
	if err := os.RemoveAll(dirs); err != nil {
		t.Error(err)
	}
	return wrong, died
}

// simulateMany plays seeds from first on. ROLLCALL_SEED plays a single one again.
func simulateMany(t *testing.T, first, n uint64) map[simFailpoint]int {
	if text := os.Getenv("ROLLCALL_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("ROLLCALL_SEED: %v", err)
		}
		first, n = seed, 1
	}
	job, began, deaths := atDesk(t).opts.Job, time.Now(), map[simFailpoint]int{}
	for seed := first; seed < first+n; seed++ {
		wrong, died := simulate(t, seed, job, nil)
		if len(wrong) > 0 {
			t.Errorf("seed %d (again: ROLLCALL_SEED=%d go test -count=10 -run '^TestSimulatedRuns$' ./sync):\n\t%s", seed, seed, strings.Join(wrong, "\n\t"))
		}
		for _, at := range died {
			deaths[at]++
		}
	}
	t.Logf("%d seeds, %.1f s for each 1,000 of them; deaths: %v", n, time.Since(began).Seconds()*1000/float64(n), deaths)
	return deaths
}
