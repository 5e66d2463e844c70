package sync_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// wreck is a job on a simulated API whose runs can be cut off at any moment.
type wreck struct {
	*desk
	sim   *simulator.Simulator
	state string
}

// quick is a timeout that a test can wait out.
const quick = "300ms"

// outside is what a test's wrecks have around them. Its subtests may run side by side.
func outside(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("TOKEN", simulator.DefaultToken)
}

// newWreck is a job with sheets of its own, one for each name.
func newWreck(t *testing.T, timeout string, sheets map[string]string) *wreck {
	t.Helper()
	w := &wreck{desk: &desk{t: t, dir: t.TempDir()}, sim: simulator.New(simulator.Options{})}
	w.state = filepath.Join(w.dir, "state")
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.sim.CRO.AddDefaultWorld()
	w.write("config.yaml", fmt.Sprintf("version: 1\ntarget: cro/contact\nconnection: {base_url: %q, account: {tenant_id: 1}, "+
		"auth: {token: \"${env:TOKEN}\"}, settle: 1ms, timeout: %s}\nidentity: {key: [customer_id, email]}\n"+
		"columns: {Customer: customer_id, E-mail: email, Name: name}\n", server.URL, timeout))
	for name, rows := range sheets {
		w.write(name, "Customer,E-mail,Name\n"+rows)
	}
	return w
}

// job is the options of a command on one of the sheets.
func (w *wreck) job(sheet string) datasync.Options {
	w.t.Helper()
	job, err := datasync.LoadJob(filepath.Join(w.dir, "config.yaml"), "")
	if err != nil {
		w.t.Fatal(err)
	}
	return datasync.Options{Job: job, Sheet: filepath.Join(w.dir, sheet), State: w.state, Progress: w, Log: slog.New(slog.DiscardHandler)}
}

// planned stores a plan for a sheet and returns its run.
func (w *wreck) planned(sheet string) string {
	w.t.Helper()
	sum, err := datasync.Plan(w.t.Context(), w.t.Context(), w.job(sheet))
	if err != nil {
		w.t.Fatal(err)
	}
	return sum.Run
}

// cutOff makes a run what it is when its process dies after it has announced the changes with these numbers.
func (w *wreck) cutOff(run string, seqs ...int64) {
	w.t.Helper()
	ctx := w.t.Context()
	l, err := ledger.Open(ctx, w.state)
	w.must(err)
	r, err := l.Run(ctx, run)
	w.must(err)
	r.State, r.ExitCode, r.Finished = ledger.StateRunning, int(datasync.ExitEarly), time.Time{}
	w.must(l.UpdateRun(ctx, r))
	recorder, err := l.Recorder(ctx, run)
	w.must(err)
	for _, seq := range seqs {
		w.must(recorder.Intend(ctx, push.Intent{Seq: seq, Attempt: 1, RequestID: fmt.Sprint("request-", seq)}))
	}
	w.must(errors.Join(recorder.Close(), l.Close()))
}

// must ends the test on an error.
func (w *wreck) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// lands stores what a request of a dead process has sent for customer 1.
func (w *wreck) lands(email, name string) int64 {
	return w.sim.CRO.AddContact(1, simulator.Contact{Email: &email, Name: &name})
}

// requests is how many requests with a method the API has seen since the last time.
func (w *wreck) requests(method string) int {
	n := 0
	for _, r := range w.sim.Requests() {
		if r.Method == method {
			n++
		}
	}
	return n
}

// wants compares the counts of a run.
func (w *wreck) wants(sum *reconcile.Summary, err error, counts plan.Counts) {
	w.t.Helper()
	w.must(err)
	for _, status := range plan.Statuses() {
		if sum.Counts.Of(status) != counts[status] {
			w.t.Errorf("%d rows are %s, want %d: %s", sum.Counts.Of(status), status, counts[status], sum.Verdict)
		}
	}
}

// TestACutOffRequestIsOutwaited: the process died right after the request had left, and the API was at work on it for longer
// than the timeout. Whoever believes that it is absent because it does not show yet creates it twice.
func TestACutOffRequestIsOutwaited(t *testing.T) {
	outside(t)
	for name, goOn := range map[string]func(w *wreck, run string) (*reconcile.Summary, error){
		"resume": func(w *wreck, run string) (*reconcile.Summary, error) {
			return datasync.Resume(w.t.Context(), w.t.Context(), w.job("sheet.csv"), run)
		},
		"resolve": func(w *wreck, run string) (*reconcile.Summary, error) {
			return datasync.Resolve(w.t.Context(), w.t.Context(), w.job("sheet.csv"), run, datasync.Resolution{})
		},
		"a person who says that it is not there": func(w *wreck, run string) (*reconcile.Summary, error) {
			how := datasync.Resolution{Rows: []int{2}, Decision: datasync.Decision{Verdict: datasync.Absent, Reason: "I see nothing"}}
			return datasync.Resolve(w.t.Context(), w.t.Context(), w.job("sheet.csv"), run, how)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, "1s", map[string]string{"sheet.csv": "1,a@x.example,Ann\n"})
			run := w.planned("sheet.csv")
			w.cutOff(run, 1)
			landed := time.AfterFunc(1500*time.Millisecond, func() { w.lands("a@x.example", "Ann") })
			defer landed.Stop()
			sum, err := goOn(w, run)
			w.wants(sum, err, plan.Counts{plan.Created: 1})
			if got := len(w.sim.CRO.Contacts(1)); got != 1 || w.requests("POST") != 0 {
				t.Errorf("%d contacts after %d requests to create one, want 1 and 0", got, w.requests("POST"))
			}
		})
	}
}

// TestDoubtsAfterACrash is what is found of requests that a process has announced before it died, and what is sent then.
func TestDoubtsAfterACrash(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says   string
		before func(w *wreck) // the plan
		after  func(w *wreck) // the crash
		want   plan.Counts    // after resume
		sent   [3]int         // GET, POST, PATCH; the other row is one of them
	}{
		{"a create that is there is adopted, at once", nil, func(w *wreck) { w.lands("a@x.example", "Ann") }, plan.Counts{plan.Created: 2}, [3]int{1, 1, 0}},
		{"a create that is not there is sent, after two more looks", nil, nil, plan.Counts{plan.Created: 2}, [3]int{3, 2, 0}},
		{"a create that may be either of two records stays in doubt", nil, func(w *wreck) {
			w.lands("a@x.example", "Ann")
			w.lands("a@x.example", "Ann")
		}, plan.Counts{plan.Created: 1, plan.InDoubt: 1}, [3]int{1, 1, 0}},
		{"an update that the record shows is done", func(w *wreck) { w.lands("a@x.example", "Old") }, func(w *wreck) {
			path := fmt.Sprintf("/customers/1/contacts/%d", w.sim.CRO.Contacts(1)[0].ID)
			r := httptest.NewRequest("PATCH", path, strings.NewReader(`{"name": "Ann"}`))
			r.Header.Set("Authorization", "Bearer "+simulator.DefaultToken)
			r.Header.Set("X-Tenant-Id", "1")
			w.sim.ServeHTTP(httptest.NewRecorder(), r)
		}, plan.Counts{plan.Updated: 1, plan.Created: 1}, [3]int{1, 1, 0}},
		{"an update that it does not show is sent, after another look", func(w *wreck) { w.lands("a@x.example", "Old") }, nil,
			plan.Counts{plan.Updated: 1, plan.Created: 1}, [3]int{2, 1, 1}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, "1s", map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
			if c.before != nil {
				c.before(w)
			}
			run := w.planned("sheet.csv")
			w.cutOff(run, 1)
			if c.after != nil {
				c.after(w)
			}
			w.sim.ForgetRequests()
			sum, err := datasync.Resume(t.Context(), t.Context(), w.job("sheet.csv"), "")
			w.wants(sum, err, c.want)
			if got := [3]int{w.requests("GET"), w.requests("POST"), w.requests("PATCH")}; got != c.sent {
				t.Errorf("%d reads, creates and updates were sent, want %d", got, c.sent)
			}
		})
	}
}

// TestOneListingSettlesItsParent: requests are the scarce good, and a listing may take many.
func TestOneListingSettlesItsParent(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n1,c@x.example,Cy\n2,d@x.example,Di\n"})
	run := w.planned("sheet.csv")
	w.cutOff(run, 1, 2, 3, 4)
	for email, name := range map[string]string{"a@x.example": "Ann", "b@x.example": "Bo", "c@x.example": "Cy"} {
		w.lands(email, name)
	}
	email, name := "d@x.example", "Di"
	w.sim.CRO.AddContact(2, simulator.Contact{Email: &email, Name: &name})
	w.sim.ForgetRequests()
	sum, err := datasync.Resolve(t.Context(), t.Context(), w.job("sheet.csv"), run, datasync.Resolution{})
	w.wants(sum, err, plan.Counts{plan.Created: 4})
	if got := w.requests("GET"); got != 2 {
		t.Errorf("%d requests to look, want one for each of two parents", got)
	}
	if sum.Requests.Sent < 2 || sum.ExitCode != 0 {
		t.Errorf("requests = %+v, exit code %d: looking counts, and the run is done", sum.Requests, sum.ExitCode)
	}
}

// TestWhatMayBeThereIsNotPlannedAway: a plan that was made while a change of an earlier run was in doubt would create the
// same record again.
func TestWhatMayBeThereIsNotPlannedAway(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says string
		lost func(w *wreck) // what came of the earlier run
		want error
	}{
		{"what became of it is found", func(w *wreck) { w.lands("a@x.example", "Ann") }, datasync.ErrStale},
		{"nothing is found", func(*wreck) {}, datasync.ErrStale},
		{"it stays in doubt", func(w *wreck) {
			w.lands("a@x.example", "Ann")
			w.lands("a@x.example", "Ann")
		}, datasync.ErrDoubt},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newWreck(t, quick, map[string]string{"first.csv": "1,a@x.example,Ann\n", "second.csv": "1,A@x.example,Ann\n1,b@x.example,Bo\n"})
			first := w.planned("first.csv")
			w.cutOff(first, 1)
			second := w.planned("second.csv")
			c.lost(w)
			for range 2 { // the second time the doubt is settled already
				_, err := datasync.Apply(t.Context(), t.Context(), w.job("second.csv"), second)
				if !errors.Is(err, c.want) || datasync.ExitOf(err) != datasync.ExitRefused {
					t.Errorf("error = %v, want %v and exit code 4", err, c.want)
				}
			}
			if got := w.requests("POST"); got != 0 {
				t.Errorf("%d creates were sent, want none", got)
			}
		})
	}
}

// TestSomebodyElsesDoubtMakesARunStale: doubts of two runs were settled after the second had been planned, its own last.
func TestSomebodyElsesDoubtMakesARunStale(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"first.csv": "1,a@x.example,Ann\n", "second.csv": "2,b@x.example,Bo\n"})
	first := w.planned("first.csv")
	w.cutOff(first, 1)
	second := w.planned("second.csv")
	w.cutOff(second, 1)
	for _, run := range []string{first, second} {
		if _, err := datasync.Resolve(t.Context(), t.Context(), w.job("first.csv"), run, datasync.Resolution{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := datasync.Resume(t.Context(), t.Context(), w.job("second.csv"), second)
	if !errors.Is(err, datasync.ErrStale) || !strings.Contains(err.Error(), "changes in doubt have been settled since") {
		t.Errorf("error = %v, want that the plan is stale", err)
	}
}

// plainNumber is an id as the ledger has it.
func plainNumber(id int64) string { return strconv.FormatInt(id, 10) }
