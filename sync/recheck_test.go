package sync_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// meanwhile has somebody write to the one record in the moment between plan and push.
func (o *branch) meanwhile(number string) func(*datasync.Options) {
	return func(opts *datasync.Options) {
		opts.Confirm = func(datasync.Writes) bool {
			id := o.sim.CRO.Contacts(1)[0].ID
			address := fmt.Sprintf("%s/customers/1/contacts/%d", opts.Job.Connection.BaseURL, id)
			r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPatch, address, strings.NewReader(fmt.Sprintf(`{"number": %q}`, number)))
			if err != nil {
				o.t.Fatal(err)
			}
			for name, value := range map[string]string{"Authorization": "Bearer " + simulator.DefaultToken, "Content-Type": "application/json", "x-tenant-id": "1"} {
				r.Header.Set(name, value)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil || answer.StatusCode/100 != 2 {
				o.t.Fatalf("somebody could not write: %v, %+v", err, answer)
			}
			_ = answer.Body.Close()
			return true
		}
	}
}

// TestRecheck: what was written between plan and push is overwritten, unless the record is looked at once more. That costs a read
// for each update, and is told beforehand.
func TestRecheck(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says     string
		recheck  bool
		number   string // written meanwhile
		want     plan.Status
		problem  string
		result   string
		requests int // sent, the listing included
	}{
		{"without a look it is overwritten", false, "three", plan.Updated, "", "two", 2},
		{"a look finds it", true, "three", plan.Conflict, "changed_since Value", "three", 2},
		{"a look finds nothing where nothing has changed", true, "one", plan.Updated, "", "two", 3},
		{"what is as it shall be is no trouble", true, "two", plan.Updated, "", "two", 3},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			o := newBranch(t, branchKinds()["cro"])
			o.sync("one", "same")
			o.sim.ForgetRequests()
			sum := o.sync("two", "same", o.meanwhile(c.number), func(opts *datasync.Options) { opts.Recheck = c.recheck })
			if problems := strings.Join(o.problems(sum), ""); sum.Counts.Of(c.want) != 1 || problems != c.problem {
				t.Errorf("got %s with %q, want %s with %q", sum.Verdict, problems, c.want, c.problem)
			}
			if forecast := 2 + map[bool]int{true: 1}[c.recheck]; sum.Requests.Forecast != forecast || sum.Requests.Sent != c.requests {
				t.Errorf("%d requests were sent of %d that were forecast, want %d of %d", sum.Requests.Sent, sum.Requests.Forecast, c.requests, forecast)
			}
			if exit := map[bool]int{true: 3}[c.want == plan.Conflict]; sum.ExitCode != exit {
				t.Errorf("exit code %d, want %d", sum.ExitCode, exit)
			}
			o.holds(c.result, "same")
		})
	}
}

// TestRecheckOfAStoredPlan, whose forecast did not know of it.
func TestRecheckOfAStoredPlan(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	o.sync("one", "same")
	planned, err := datasync.Plan(t.Context(), t.Context(), o.options("ours", "two", "same"))
	if err != nil {
		t.Fatal(err)
	}
	o.colleague("three", "same")
	opts := o.options("ours", "two", "same")
	opts.Recheck = true
	sum, err := datasync.Apply(t.Context(), t.Context(), opts, planned.Run)
	if err != nil || sum.Counts.Of(plan.Conflict) != 1 || sum.Requests.Forecast != planned.Requests.Forecast+1 {
		t.Errorf("got %+v (%v), want a conflict, and a read more than the %d of the plan", sum, err, planned.Requests.Forecast)
	}
	o.holds("three", "same")
}

// TestRecheckNeedsSomethingToRead: an API without an operation that reads one record is told of before anything is done.
func TestRecheckNeedsSomethingToRead(t *testing.T) {
	outside(t)
	o := newBranch(t, branchKinds()["cro"])
	opts := o.options("ours", "one", "same")
	opts.Recheck, opts.Job.Resource.Get = true, nil
	if _, err := datasync.Sync(t.Context(), t.Context(), opts); !errors.Is(err, datasync.ErrUsage) || !strings.Contains(err.Error(), "--recheck") {
		t.Errorf("got %v, want --recheck to be refused", err)
	}
	if found, err := filepath.Glob(filepath.Join(o.dir, "ours", "runs", "*")); err != nil || len(found) != 0 {
		t.Errorf("%d runs are left behind (%v)", len(found), err)
	}
}
