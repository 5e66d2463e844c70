package sync_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// unseen is a Progress that nobody looks at.
type unseen struct{}

func (unseen) Stage(string, int) {}
func (unseen) Step()             {}
func (unseen) Note(string)       {}
func (unseen) End()              {}

// episode is the life of a generated sheet: it is planned, pushed, interrupted, resumed, fed back, in any order, at an API that
// fails now and then.
type episode struct {
	*rand.Rand
	ctx    context.Context //nolint:containedctx // of the test, for the short life of an episode
	dir    string
	sim    *simulator.Simulator
	server *httptest.Server
	loaded *datasync.Job
	sheet  *madeSheet
	told   []string // what was done, for who reads a failure

	after atomic.Int64 // requests until somebody interrupts, below 0 for never
	stop  func()

	runs, rows, spoilt int
	seen               map[plan.Status]int
}

func newEpisode(ctx context.Context, seed uint64, dir string) *episode {
	e := &episode{Rand: rand.New(rand.NewPCG(seed, 7)), ctx: ctx, dir: dir, seen: map[plan.Status]int{}}
	e.sim = simulator.New(simulator.Options{Faults: simulator.MustFaults(e.faults(seed))})
	e.sim.CRO.AddDefaultWorld()
	e.after.Store(-1)
	e.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.after.Add(-1) == 0 {
			e.stop()
		}
		e.sim.ServeHTTP(w, r)
	}))
	return e
}

func (e *episode) close() { e.server.Close() }

// say notes what is done next.
func (e *episode) say(format string, args ...any) {
	e.told = append(e.told, fmt.Sprintf(format, args...))
}

func (e *episode) story() string { return strings.Join(e.told, ", ") }

// one is true once in n times.
func (e *episode) one(n int) bool { return e.IntN(n) == 0 }

// faults draws what goes wrong at the API.
func (e *episode) faults(seed uint64) string {
	if e.one(3) {
		return ""
	}
	kinds := []string{"error-after-commit", "error-before-commit status=503", "reset-after-commit", "reset-before-commit", "cut", "garbage",
		"error-before-commit status=400", "error-before-commit status=403", "throttle retry-after=none", "empty", "html", "error-before-commit status=404"}
	var script strings.Builder
	for i := range 1 + e.IntN(3) {
		method := []string{"POST", "POST", "PATCH", "*"}[e.IntN(4)]
		fmt.Fprintf(&script, "%s * p=%.2f seed=%d %s\n", method, 0.05+0.3*e.Float64(), seed*10+uint64(i), kinds[e.IntN(len(kinds))])
	}
	if e.one(8) { // records that fail while others go well
		script.WriteString("POST /customers/1/contacts error-before-commit status=503\n")
	}
	return script.String()
}

// job writes the job file.
func (e *episode) job() (err error) {
	mode := []string{"upsert", "upsert", "upsert", "create", "update"}[e.IntN(5)]
	text := fmt.Sprintf("version: 1\ntarget: cro/contact\nmode: %s\nconnection: {base_url: %q, account: {tenant_id: 1}, auth: {token: \"${env:TOKEN}\"}, "+
		"settle: 1ms, timeout: 2s, max_pause: 600ms, workers: %d}\nsource: {action_column: Do}\nidentity: {id: Contact, key: [customer_id, email]}\n"+
		"columns: {Customer: customer_id, E-mail: email, Name: name, Fax: fax, Note: ignore}\n"+
		"guards: {max_invalid: 100%%, max_changed: 100%%, max_failures: %d}\n", mode, e.server.URL, 1+e.IntN(4), 1+e.IntN(20))
	path := filepath.Join(e.dir, "config.yaml")
	if err = os.WriteFile(path, []byte(text), 0o600); err == nil {
		e.loaded, err = datasync.LoadJob(path, "")
	}
	return err
}

// options is the command line of the next command, and the context that ends it.
func (e *episode) options(command, sheet string) (opts datasync.Options, ctx, soft context.Context, done func()) {
	job := *e.loaded
	opts = datasync.Options{Job: &job, Sheet: sheet, State: filepath.Join(e.dir, "state"), Command: command, Version: "test",
		Progress: unseen{}, Log: slog.New(slog.DiscardHandler)}
	ctx, kill := context.WithCancel(e.ctx)
	soft, interrupt := context.WithCancelCause(ctx)
	e.after.Store(-1)
	if command == "report" {
		return opts, ctx, soft, func() { interrupt(nil); kill() }
	}
	switch e.IntN(8) {
	case 0, 1:
		opts.Bounds.Limit = 1 + e.IntN(4)
		e.say("at most %d changes", opts.Bounds.Limit)
	case 2:
		n := 1 + e.IntN(12)
		e.stop = func() { interrupt(&datasync.StopError{Reason: "interrupted", Code: datasync.ExitInterrupted}) }
		e.after.Store(int64(n))
		e.say("interrupted at request %d", n)
	case 3:
		n := 1 + e.IntN(12)
		e.stop = kill
		e.after.Store(int64(n))
		e.say("cut off at request %d", n)
	}
	return opts, ctx, soft, func() { interrupt(nil); kill() }
}

// act carries out one command. A command that refuses or fails leaves no account, and is none of ours.
func (e *episode) act(command, sheet, run string) (sum *reconcile.Summary, err error) {
	e.say("%s", command)
	opts, ctx, soft, done := e.options(command, sheet)
	defer done()
	switch command {
	case "plan":
		sum, err = datasync.Plan(ctx, soft, opts)
	case "apply":
		sum, err = datasync.Apply(ctx, soft, opts, run)
	case "resume":
		sum, err = datasync.Resume(ctx, soft, opts, run)
	case "resolve":
		sum, err = datasync.Resolve(ctx, soft, opts, run, datasync.Resolution{})
	default:
		sum, err = datasync.Sync(ctx, soft, opts)
	}
	e.after.Store(-1)
	var account *reconcile.AccountError
	switch {
	case errors.As(err, &account):
		return sum, err
	case sum == nil && err != nil:
		e.say("which ends with %q", err)
		return nil, nil
	case sum.ExitCode == int(datasync.ExitInvalid):
		return sum, fmt.Errorf("exit code 70: %s", sum.Verdict)
	}
	e.say("exit code %d", sum.ExitCode)
	return sum, e.check(sum)
}

// play is one episode.
func (e *episode) play() (err error) {
	if err := e.job(); err != nil {
		return err
	}
	e.sheet = e.makeSheet()
	if err := e.sheet.write(e.dir, e.one(2)); err != nil {
		return err
	}
	e.say("%s with %d rows", filepath.Base(e.sheet.path), len(e.sheet.rows))
	sum, err := e.begin(e.sheet.path)
	for turn := 0; err == nil && sum != nil && turn < 4; turn++ {
		next := e.follow(sum)
		if next == "" {
			break
		}
		if next == "again" {
			if next, err = e.feedBack(sum); err != nil {
				return err
			}
			sum, err = e.begin(next)
			continue
		}
		var then *reconcile.Summary
		if then, err = e.act(next, "", sum.Run); then != nil {
			sum = then
		}
	}
	if err != nil || sum == nil {
		return err
	}
	return e.spoil(sum)
}

// begin makes a run of a sheet.
func (e *episode) begin(sheet string) (*reconcile.Summary, error) {
	if e.one(2) {
		return e.act("sync", sheet, "")
	}
	sum, err := e.act("plan", sheet, "")
	if err != nil || sum == nil || e.one(6) {
		return sum, err
	}
	if e.one(4) {
		return sum, e.die(sum)
	}
	applied, err := e.act("apply", "", sum.Run)
	if applied == nil {
		return sum, err
	}
	return applied, err
}

// follow is the command that follows a run, "" for none.
func (e *episode) follow(sum *reconcile.Summary) string {
	switch {
	case strings.Contains(sum.Next, " resume ") && !e.one(5):
		return "resume"
	case strings.Contains(sum.Next, " resolve ") && !e.one(3):
		return "resolve"
	case strings.Contains(sum.Next, " apply ") && e.one(2):
		return "apply"
	case e.one(3):
		return "again"
	}
	return ""
}

// die makes a plan a run whose process died after it had announced some of its requests. Its report knows nothing of that.
func (e *episode) die(sum *reconcile.Summary) (err error) {
	l, err := ledger.Open(e.ctx, filepath.Join(e.dir, "state"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	run, err := l.Run(e.ctx, sum.Run)
	if err != nil {
		return err
	}
	run.State, run.ExitCode, run.Finished = ledger.StateRunning, int(datasync.ExitEarly), time.Time{}
	if err := l.UpdateRun(e.ctx, run); err != nil {
		return err
	}
	recorder, err := l.Recorder(e.ctx, sum.Run)
	if err != nil {
		return err
	}
	announced := 0
	for c, err := range l.Pending(e.ctx, e.loaded.Resource.Model, sum.Run) {
		if err == nil && announced < 2 {
			err = recorder.Intend(e.ctx, push.Intent{Seq: c.Seq, Attempt: 1, RequestID: fmt.Sprint("request-", c.Seq)})
			announced++
		}
		if err != nil {
			return errors.Join(err, recorder.Close())
		}
	}
	e.say("killed with %d requests announced", announced)
	sum.Next = " resume "
	return recorder.Close()
}

// feedBack is a report of a run as the sheet of the next one, and what its rows must be then.
func (e *episode) feedBack(sum *reconcile.Summary) (string, error) {
	name := []string{reconcile.FailedCSV, reconcile.RowsCSV, reconcile.AnnotatedXLSX, ""}[e.IntN(4)]
	path := sum.Files[name]
	if path == "" {
		e.say("the sheet again")
		return e.sheet.path, nil
	}
	e.say("%s fed back", name)
	copied := filepath.Join(e.dir, fmt.Sprintf("back%d-%s", e.runs, name))
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(copied, data, 0o600)
	}
	if err != nil {
		return "", err
	}
	e.sheet, err = e.sheet.reportOf(copied, name)
	return copied, err
}

// tallies is how many rows of all episodes ended in each status.
type tallies struct {
	mu  sync.Mutex
	all map[plan.Status]int
}

func (s *tallies) add(seen map[plan.Status]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[plan.Status]int{}
	}
	for status, n := range seen {
		s.all[status] += n
	}
}

// wantAll finds statuses that no row has had: what is never met is never checked.
func (s *tallies) wantAll(t *testing.T) {
	t.Helper()
	for _, status := range plan.Statuses() {
		if s.all[status] == 0 && status != plan.Conflict { // the API of these runs never loses a record
			t.Errorf("no row was ever %s", status)
		}
	}
}
