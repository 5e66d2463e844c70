package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// killFaults loses answers before and after the work is done, in every way there is: of ten requests one is cut off and half a
// one is answered with an error after the work, and some are still at work when the process that sent them is dead.
const killFaults = `
POST CREATE p=0.10 seed=SEED reset-after-commit
POST CREATE p=0.05 seed=SEED error-after-commit status=500
POST CREATE p=0.01 seed=SEED reset-before-commit
POST CREATE p=0.01 seed=SEED cut
POST CREATE p=0.01 seed=SEED garbage
POST CREATE p=0.005 seed=SEED delay=600ms when=before
PATCH * p=0.10 seed=SEED reset-after-commit
PATCH * p=0.05 seed=SEED error-after-commit status=503
PATCH * p=0.01 seed=SEED delay=600ms when=before
GET * p=0.01 seed=SEED error-before-commit status=502
`

// TestKillMidRun kills the real process with kill -9 at random moments of a run with 8 workers, while answers get lost, and
// lets resume or sync finish the work; mostly that is killed, too. Then the checker judges, who knows the sheets, the
// server's commit log, the ledger and the reports and nothing else.
//
// ROLLCALL_LONG=share kills 6 processes for each target in runs of 400 rows, ROLLCALL_LONG=1 kills 200 in runs of 5000 rows, each
// run some ten times.
// ROLLCALL_KILLS is another number of kills, ROLLCALL_ROWS of rows. Each hunt draws all that is random from a seed of its own,
// which a failure prints; ROLLCALL_SEED begins with that one.
func TestKillMidRun(t *testing.T) {
	t.Parallel()
	long := os.Getenv("ROLLCALL_LONG")
	kills := number64(t, "ROLLCALL_KILLS", map[string]uint64{"": 1, "share": 6, "1": 200}[long])
	size := number64(t, "ROLLCALL_ROWS", map[string]uint64{"": 120, "share": 400, "1": 5000}[long])
	first := number64(t, "ROLLCALL_SEED", rand.Uint64()>>1)
	for _, q := range quarries() {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			var total tally
			for seed := first; total.kills < int(kills) && !t.Failed(); seed++ {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
					h := newHunt(t, q, int(size), seed)
					t.Cleanup(func() { h.keep(t) })
					h.run(t, int(kills)-total.kills)
					total.add(h.tally)
				})
			}
			t.Log(total)
		})
	}
}

// number64 is a number that a person has set, or another one.
func number64(t *testing.T, name string, or uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// tally is what hunts come to.
type tally struct {
	hunts, kills, early, late, again int // early: before the first write was stored; late: after the last; again: of a process that went on
	commits, doubts, mostDoubts      int // doubts: rows that kills have left in doubt
	stale                            int // runs that could not be resumed, because a later one had begun
	rows                             int // of the last run of each hunt
	complaints                       int
	took                             time.Duration
}

func (a *tally) add(b tally) {
	a.hunts, a.kills, a.early, a.late, a.again = a.hunts+b.hunts, a.kills+b.kills, a.early+b.early, a.late+b.late, a.again+b.again
	a.commits, a.doubts, a.mostDoubts = a.commits+b.commits, a.doubts+b.doubts, max(a.mostDoubts, b.mostDoubts)
	a.stale, a.rows, a.complaints, a.took = a.stale+b.stale, a.rows+b.rows, a.complaints+b.complaints, a.took+b.took
}

func (a tally) String() string {
	return fmt.Sprintf("%d kills in %d hunts (%d before the first write, %d after the last, %d of a process that went on), %d rows, %d writes stored; "+
		"%d rows left in doubt, at most %d by one kill, all of them settled; %d runs too old to resume; %d complaints of the checker; %s",
		a.kills, a.hunts, a.early, a.late, a.again, a.rows, a.commits, a.doubts, a.mostDoubts, a.stale, a.complaints, a.took.Round(time.Second))
}

// hunt is one sheet on its way into a fresh server.
type hunt struct {
	*quarry
	*place
	tally
	size    int
	random  *rand.Rand
	seen    atomic.Int64 // requests
	flying  atomic.Int64 // requests that are at work
	created atomic.Int64 // records
	stored  atomic.Int64 // writes
	begun   time.Time
}

// newHunt starts a server for a target and writes the job.
func newHunt(t *testing.T, q *quarry, size int, seed uint64) *hunt {
	t.Helper()
	h := &hunt{quarry: q, place: &place{dir: t.TempDir()}, size: size, random: rand.New(rand.NewPCG(seed, uint64(q.name[0]))), begun: time.Now()}
	log, err := os.Create(h.path("commits.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lag := time.Duration(h.random.IntN(2)) * 50 * time.Millisecond
	h.sim = simulator.New(simulator.Options{
		CommitLog: commitWriter{log, h},
		CRO:       simulator.CROOptions{ListLag: lag}, BigChange: simulator.BigChangeOptions{ListLag: lag},
		Revnue: simulator.RevnueOptions{ListLag: lag, Rate: simulator.Rate{Limit: -1}},
	})
	addWorlds(h.sim)
	h.server = httptest.NewServer(h)
	t.Cleanup(func() {
		h.server.Close()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	h.write(t, "config.yaml", strings.ReplaceAll(h.job, "BASE_URL", h.server.URL))
	h.write(t, "secret", h.secret)
	return h
}

// commitWriter counts what is stored. It has no Sync: the server is not the one that dies.
type commitWriter struct {
	io.Writer
	hunt *hunt
}

// Write writes a line of the log.
func (w commitWriter) Write(line []byte) (int, error) {
	n, err := w.Writer.Write(line) // before it is counted: whoever counts may read it
	if w.hunt.stored.Add(1); bytes.Contains(line, []byte(`"method":"POST"`)) {
		w.hunt.created.Add(1)
	}
	return n, err
}

// ServeHTTP answers like the simulator, and counts.
func (h *hunt) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.seen.Add(1)
	h.flying.Add(1)
	defer h.flying.Add(-1)
	h.sim.ServeHTTP(w, r)
	h.sim.ForgetRequests()
}

// begin has the first edition of the sheet in the account, without trouble, and the second one ready, with it.
func (h *hunt) begin(t *testing.T) {
	t.Helper()
	h.edit(t, 1)
	if r := h.rollcall(t, "sync", "--yes", "-q"); r.code != 0 {
		t.Fatalf("the first edition: exit code %d\n%s", r.code, r.errOut)
	}
	h.edit(t, 2)
	script := strings.ReplaceAll(killFaults, "CREATE", h.create)
	for strings.Contains(script, "SEED") {
		script = strings.Replace(script, "SEED", strconv.FormatUint(uint64(h.random.Uint32()), 10), 1)
	}
	faults, err := simulator.ParseFaults(script)
	if err != nil {
		t.Fatal(err)
	}
	h.sim.SetFaults(faults)
}

// edit writes an edition of the sheet, and a copy for the checker.
func (h *hunt) edit(t *testing.T, number int) {
	t.Helper()
	text := string(writeSheet(t, h.sheet, h.header, h.edition(number, h.size)))
	h.write(t, h.sheet, text)
	h.write(t, h.copyOf(number), text)
}

// copyOf is the name of the copy of an edition.
func (h *hunt) copyOf(number int) string { return fmt.Sprintf("edition%d-%s", number, h.sheet) }

// files is the evidence.
func (h *hunt) files() files {
	return files{[]string{h.path(h.copyOf(1)), h.path(h.copyOf(2))}, h.path("commits.jsonl"), h.path(".rollcall")}
}

// run kills, at most so many, and lets the last process finish.
func (h *hunt) run(t *testing.T, most int) {
	t.Helper()
	h.begin(t)
	command, before := "sync", 0
	for h.kills == 0 || h.kills < most && h.random.IntN(h.often()) > 0 {
		ended := h.kill(t, command)
		if ended && command == "sync" {
			break // it was faster than its murderer
		}
		if ended {
			command = "sync" // there was nothing to resume, or it was resumed
			continue
		}
		h.kills++
		if command == "resume" {
			h.again++
		}
		before = h.countDoubts(t, before)
		command = []string{"resume", "resume", "resume", "sync"}[h.random.IntN(4)]
	}
	last := h.finish(t, command)
	h.judge(t, last)
	h.took = time.Since(h.begun)
}

// often is how many times a run is killed on the average: a large one takes long and has many moments.
func (h *hunt) often() int { return 3 + min(7, h.size/500) }

// moment is when a process is killed: when it has sent so many requests, and a moment later.
type moment struct {
	requests int64
	created  int64 // records that must be stored, too
	later    time.Duration
}

// draw draws a moment: any request of the work that is left, or now and then the time before the first or after the last. A
// process that goes on spends most of the time before the first write waiting until no request can be at work any more.
func (h *hunt) draw() moment {
	before, after := 400, 50+h.size/5 // milliseconds
	if h.kills > 0 {
		before = 3000
	}
	creates := int64(h.creates(h.size))
	left := creates + int64(h.size/10) - h.created.Load() + int64(len(h.edition(1, h.size)))
	switch h.random.IntN(8) {
	case 0:
		return moment{later: time.Duration(h.random.IntN(before)) * time.Millisecond}
	case 1:
		all := creates + int64(len(h.edition(1, h.size)))
		return moment{created: all, later: time.Duration(h.random.IntN(after)) * time.Millisecond}
	}
	left = min(left*13/10, int64(3*h.size/h.often())) // so that the moments are all over the run
	return moment{requests: h.random.Int64N(left + 10), later: time.Duration(h.random.IntN(3000)) * time.Microsecond}
}

// kill starts a process and kills it with kill -9. It reports true if the process had ended before.
func (h *hunt) kill(t *testing.T, command string) (ended bool) {
	t.Helper()
	m := h.draw()
	m.requests += h.seen.Load()
	created := h.stored.Load()
	cmd := h.command(t, command, "--yes", "-q")
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed, in all likelihood
		close(exited)
	}()
	alive := true
	for alive && (h.seen.Load() < m.requests || h.created.Load() < m.created) {
		alive = !over(exited, 200*time.Microsecond)
	}
	if alive {
		over(exited, m.later)
	}
	_ = cmd.Process.Kill() // it may have ended
	<-exited
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		h.checkExit(t, command, result{code: code, errOut: errOut.String()})
		return true
	}
	if h.stored.Load() == created {
		h.early++
	} else if m.created > 0 {
		h.late++
	}
	return false
}

// checkExit wants a process to have come to an end that leaves nothing unclear. Too old to be resumed is a run after which
// another one was begun.
func (h *hunt) checkExit(t *testing.T, command string, r result) {
	t.Helper()
	switch {
	case slices.Contains([]int{0, 3, 5, 6}, r.code):
	case r.code == 4 && command == "resume":
		h.stale++
	default:
		t.Fatalf("%s ended with exit code %d, want 0, 3, 5 or 6\n%s%s", command, r.code, r.out, r.errOut)
	}
}

// over waits for the end, but not longer than d.
func over(ended <-chan struct{}, d time.Duration) bool {
	select {
	case <-ended:
		return true
	case <-time.After(d):
		return false
	}
}

// countDoubts counts the rows that a kill has left in doubt: no more than there are workers.
func (h *hunt) countDoubts(t *testing.T, before int) (now int) {
	t.Helper()
	runs, err := readLedger(h.path(".rollcall"))
	if err != nil {
		t.Fatalf("the ledger after a kill: %v", err)
	}
	for _, run := range runs {
		now += run.inDoubt()
	}
	if now > before+8 {
		t.Errorf("%d rows are in doubt after a kill, %d were before: 8 workers leave 8 at most", now, before)
	}
	h.doubts, h.mostDoubts = h.doubts+max(0, now-before), max(h.mostDoubts, now-before)
	return now
}

// finish lets processes run until every sound row is settled, and returns the last account.
func (h *hunt) finish(t *testing.T, command string) (last account) {
	t.Helper()
	for range 20 {
		r := h.rollcall(t, command, "--yes", "--json")
		h.checkExit(t, command, r)
		if last = r.summary(t); last.Counts["read"] == h.size && last.Counts["invalid"]+done(last.Counts) == h.size {
			return last
		}
		command = "sync" // nothing was left to resume, or a row needs another try
	}
	t.Errorf("20 runs were not enough: %v", last.Counts)
	return last
}

// done is how many rows are as the sheet wants them.
func done(counts map[string]int) int {
	return counts["created"] + counts["updated"] + counts["unchanged"]
}

// judge has the report of every run written again but that of the last, which has to stand as it is, and asks the checker.
func (h *hunt) judge(t *testing.T, last account) {
	t.Helper()
	for h.flying.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	var history struct {
		Runs []struct{ ID string }
	}
	r := h.rollcall(t, "runs", "--json", "--limit", "1000")
	if err := json.Unmarshal([]byte(r.out), &history); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
	}
	for _, run := range history.Runs {
		if run.ID != last.Run {
			h.rollcall(t, "report", run.ID, "-q")
		}
	}
	e, err := h.files().read(h.layout)
	if err != nil {
		t.Fatalf("%v", err)
	}
	complaints := e.judge()
	for _, complaint := range complaints[:min(20, len(complaints))] {
		t.Errorf("%s", complaint)
	}
	if wrong := h.size / 40; last.Counts["invalid"] != wrong || last.ExitCode != 3 {
		t.Errorf("%d rows are invalid and the exit code is %d, want %d and 3", last.Counts["invalid"], last.ExitCode, wrong)
	}
	for _, run := range e.runs {
		if n := run.inDoubt(); n > 0 {
			t.Errorf("%d rows of run %s are still in doubt", n, run.id)
		}
	}
	if last.Run != e.runs[len(e.runs)-1].id {
		t.Errorf("the last account is that of run %s, the newest run is %s", last.Run, e.runs[len(e.runs)-1].id)
	}
	h.hunts, h.rows, h.commits, h.complaints = 1, last.Counts["read"], len(e.commits), len(complaints)
}

// keep copies the evidence of a hunt that has failed to where it outlives the test.
func (h *hunt) keep(t *testing.T) {
	if !t.Failed() {
		return
	}
	dir, err := os.MkdirTemp("", "rollcall-kill-")
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(h.dir))
	}
	t.Logf("the folder is kept in %s (%v)", dir, err)
}
