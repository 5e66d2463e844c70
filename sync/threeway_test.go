package sync_test

import (
	"encoding/csv"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// branch is a job on one of the simulated APIs whose sheet has one row, and colleagues who write to the same record from
// elsewhere: the same program with a ledger of its own, which knows nothing of ours.
type branch struct {
	*desk
	sim    *simulator.Simulator
	kind   branchKind
	others int // colleagues so far
}

// branchKind is what differs between the APIs: two fields of a record, of which one may be cleared.
type branchKind struct {
	job    string // of the connection on, without the address
	header string
	row    string // %s stands for the values of the two fields
}

func branchKinds() map[string]branchKind {
	return map[string]branchKind{
		"cro": {`account: {tenant_id: 1}, auth: {token: "${env:TOKEN}"}, settle: 1ms}
target: cro/contact
allow_undocumented: true
identity: {key: [customer_id, email]}
columns: {Customer: customer_id, E-mail: email, Value: {field: number, blank: clear}, Other: name}
`, "Customer,E-mail,Value,Other", "1,ida@x.example,%s,%s"},
		"bigchange": {`account: {customer_id: 14532}, auth: {client_id: simulated-integrator, client_secret: "${env:SECRET}"}, settle: 1ms}
target: bigchange/contact
identity: {key: [reference]}
mode: update
columns: {Ref: reference, Name: name, Value: {field: town, blank: clear}, Other: {field: street, blank: clear}}
`, "Ref,Name,Value,Other", "R1,Harbour site,%s,%s"},
		"revnue": {`account: {company: 1}, auth: {token: "${env:REVNUE}"}, settle: 1ms, rate: none}
target: revnue/customer
identity: {key: [name]}
replace: true
columns: {Customer: name, Value: {field: phone, blank: clear}, Other: {field: city, blank: clear}}
`, "Customer,Value,Other", "Ida Ltd,%s,%s"},
	}
}

// atBranches has use work at each API.
func atBranches(t *testing.T, use func(t *testing.T, open func(*testing.T) *branch)) {
	outside(t)
	t.Setenv("SECRET", simulator.DefaultClientSecret)
	t.Setenv("REVNUE", simulator.DefaultRevnueToken)
	for name, kind := range branchKinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			use(t, func(t *testing.T) *branch { return newBranch(t, kind) })
		})
	}
}

func newBranch(t *testing.T, kind branchKind) *branch {
	t.Helper()
	o := &branch{desk: &desk{t: t, dir: t.TempDir()}, kind: kind, sim: simulator.New(simulator.Options{
		Rate: simulator.Rate{Limit: -1}, CRO: simulator.CROOptions{AcceptNull: true},
	})}
	server := httptest.NewServer(o.sim)
	t.Cleanup(server.Close)
	o.sim.CRO.AddDefaultWorld()
	o.sim.BigChange.AddDefaultWorld()
	o.sim.BigChange.AddContact(14532, simulator.BigChangeContact{Reference: new("R1"), Name: "Harbour site", GroupID: 1204})
	o.sim.Revnue.AddDefaultWorld()
	o.write("config.yaml", fmt.Sprintf("version: 1\nconnection: {base_url: %q, ", server.URL)+kind.job)
	return o
}

// options is a command on a sheet whose one row has these values.
func (o *branch) options(state, value, other string) datasync.Options {
	o.t.Helper()
	job, err := datasync.LoadJob(filepath.Join(o.dir, "config.yaml"), "")
	if err != nil {
		o.t.Fatal(err)
	}
	sheet := state + ".csv"
	o.write(sheet, o.kind.header+"\n"+fmt.Sprintf(o.kind.row, value, other)+"\n")
	return datasync.Options{Job: job, Sheet: filepath.Join(o.dir, sheet), State: filepath.Join(o.dir, state), Progress: o, Log: slog.New(slog.DiscardHandler)}
}

// sync syncs our sheet.
func (o *branch) sync(value, other string, change ...func(*datasync.Options)) *reconcile.Summary {
	o.t.Helper()
	opts := o.options("ours", value, other)
	for _, c := range change {
		c(&opts)
	}
	sum, err := datasync.Sync(o.t.Context(), o.t.Context(), opts)
	if err != nil {
		o.t.Fatal(err)
	}
	return sum
}

// colleague writes to the API, knowing nothing of us.
func (o *branch) colleague(value, other string) {
	o.t.Helper()
	o.others++
	sum, err := datasync.Sync(o.t.Context(), o.t.Context(), o.options(fmt.Sprint("colleague-", o.others), value, other))
	if err != nil || sum.ExitCode != 0 || sum.Counts.Of(plan.Created) != 0 {
		o.t.Fatalf("a colleague could not write: %v, %+v", err, o.problems(sum))
	}
}

// holds fails the test unless the API holds these values.
func (o *branch) holds(value, other string) {
	o.t.Helper()
	o.others++
	sum, err := datasync.Plan(o.t.Context(), o.t.Context(), o.options(fmt.Sprint("auditor-", o.others), value, other))
	if err != nil || sum.Counts.Of(plan.Unchanged) != 1 {
		o.t.Errorf("the API does not hold %q and %q (%v)", value, other, err)
	}
}

// problems is the codes and columns of a run's problems.
func (o *branch) problems(sum *reconcile.Summary) (problems []string) {
	o.t.Helper()
	for _, line := range o.csv(sum.Files["problems.csv"])[1:] {
		problems = append(problems, line[3]+" "+line[1])
	}
	return problems
}

// csv is a file that Rollcall wrote.
func (o *branch) csv(path string) [][]string {
	o.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil {
		o.t.Fatal(err)
	}
	return lines
}

// nineCases is what can happen to a field on which sheet and API have agreed to be "one".
type nineCase struct {
	says       string
	sheet, api string // afterwards
	status     plan.Status
	problem    string
	result     string // in the API
}

func nineCases() []nineCase {
	const both, left = "changed_both Value", "changed_in_api Value"
	return []nineCase{
		{"the sheet says the same as before: nothing is sent", "one", "one", plan.Unchanged, "", "one"},
		{"the sheet says something else: that is sent", "two", "one", plan.Updated, "", "two"},
		{"the sheet was cleared: the field is cleared", "", "one", plan.Updated, "", ""},
		{"the API was written the same again: nothing is sent", "one", "one", plan.Unchanged, "", "one"},
		{"the API has something else: it is left alone", "one", "three", plan.Unchanged, left, "three"},
		{"the API was cleared: it is left alone", "one", "", plan.Unchanged, left, ""},
		{"both were changed to the same: nothing is sent", "two", "two", plan.Unchanged, "", "two"},
		{"both were changed, differently: the row is held", "two", "three", plan.Conflict, both, "three"},
		{"both were cleared: nothing is sent", "", "", plan.Unchanged, "", ""},
		{"the sheet was changed and the API cleared: held", "two", "", plan.Conflict, both, ""},
		{"the sheet was cleared and the API changed: held", "", "three", plan.Conflict, both, "three"},
	}
}

// TestNineCases, and the two mixed ones.
func TestNineCases(t *testing.T) {
	atBranches(t, func(t *testing.T, open func(*testing.T) *branch) {
		for _, c := range nineCases() {
			t.Run(c.says, func(t *testing.T) {
				t.Parallel()
				o := open(t)
				o.sync("one", "same")
				if c.api != "one" || strings.Contains(c.says, "again") {
					o.colleague("interim", "same")
					o.colleague(c.api, "same")
				}
				o.settle(c, 0)
				if c.status == plan.Conflict { // it stays held until somebody decides
					o.settle(c, 0)
				}
				o.sync(c.result, "same") // the sheet is told what holds now
				o.holds(c.result, "same")
				if sum := o.sync("later", "same"); sum.Counts.Of(plan.Updated) != 1 {
					t.Errorf("the next edit of the sheet is %s, want it to be sent", sum.Verdict)
				}
				o.holds("later", "same")
			})
		}
	})
}

// settle syncs our sheet and compares what became of it.
func (o *branch) settle(c nineCase, exit int, change ...func(*datasync.Options)) {
	o.t.Helper()
	if c.status == plan.Conflict {
		exit = int(datasync.ExitProblems)
	}
	o.sim.ForgetRequests()
	sum := o.sync(c.sheet, "same", change...)
	if sum.Counts.Of(c.status) != 1 || sum.ExitCode != exit {
		o.t.Errorf("got %s, exit code %d; want %s and %d", sum.Verdict, sum.ExitCode, c.status, exit)
	}
	if problems := strings.Join(o.problems(sum), ", "); problems != c.problem {
		o.t.Errorf("got problems %q, want %q", problems, c.problem)
	}
	writes := 0
	for _, r := range o.sim.Requests() {
		if r.Method != "GET" && !strings.Contains(r.Path, "token") {
			writes++
		}
	}
	if want := map[bool]int{true: 1}[c.status == plan.Updated]; writes != want {
		o.t.Errorf("%d requests were sent to write, want %d", writes, want)
	}
	o.holds(c.result, "same")
}

// TestPoliciesForConflicts: the job says what holds, and the command line goes before it.
func TestPoliciesForConflicts(t *testing.T) {
	atBranches(t, func(t *testing.T, open func(*testing.T) *branch) {
		for _, c := range []struct {
			job, flag string
			want      nineCase
		}{
			{"", "", nineCase{"", "two", "three", plan.Conflict, "changed_both Value", "three"}},
			{"sheet", "", nineCase{"", "two", "three", plan.Updated, "", "two"}},
			{"api", "", nineCase{"", "two", "three", plan.Unchanged, "changed_in_api Value", "three"}},
			{"api", "sheet", nineCase{"", "two", "three", plan.Updated, "", "two"}},
			{"sheet", "hold", nineCase{"", "two", "three", plan.Conflict, "changed_both Value", "three"}},
			{"sheet", "", nineCase{"", "one", "three", plan.Unchanged, "changed_in_api Value", "three"}},
			{"api", "", nineCase{"", "two", "one", plan.Updated, "", "two"}},
		} {
			t.Run(fmt.Sprintf("job %q, flag %q, sheet %s, API %s", c.job, c.flag, c.want.sheet, c.want.api), func(t *testing.T) {
				t.Parallel()
				o := open(t)
				o.sync("one", "same")
				o.colleague(c.want.api, "same")
				if c.job != "" {
					data, err := os.ReadFile(filepath.Join(o.dir, "config.yaml"))
					if err != nil {
						t.Fatal(err)
					}
					o.write("config.yaml", string(data)+"on_conflict: "+c.job+"\n")
				}
				o.settle(c.want, 0, func(opts *datasync.Options) {
					if err := opts.Job.Override(datasync.Overrides{OnConflict: c.flag}); err != nil {
						t.Fatal(err)
					}
				})
			})
		}
	})
}

// TestOneHeldFieldHoldsItsRow, and nothing of it is sent; a field that is left alone holds nobody up.
func TestOneHeldFieldHoldsItsRow(t *testing.T) {
	atBranches(t, func(t *testing.T, open func(*testing.T) *branch) {
		o := open(t)
		o.sync("one", "same")
		o.colleague("three", "same")
		if sum := o.sync("two", "mine"); sum.Counts.Of(plan.Conflict) != 1 {
			t.Errorf("got %s, want the row held", sum.Verdict)
		}
		o.holds("three", "same")
		if sum := o.sync("one", "mine"); sum.Counts.Of(plan.Updated) != 1 {
			t.Errorf("got %s, want the other field sent", sum.Verdict)
		}
		o.holds("three", "mine")
	})
}
