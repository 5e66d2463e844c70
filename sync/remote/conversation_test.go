package remote_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/remote"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// TestAWholeConversation speaks with a server that was written from the documentation alone.
func TestAWholeConversation(t *testing.T) {
	for _, c := range []struct {
		name   string
		server simulator.CROOptions
		client func(*remote.Options)
	}{
		{name: "as documented"},
		{name: "behind a prefix", server: simulator.CROOptions{Prefix: "/v0"}, client: func(o *remote.Options) { o.PathPrefix = "/v0" }},
		{
			name: "with slashes at the end", server: simulator.CROOptions{Slash: simulator.SlashAlways, WrongSlash: 404},
			client: func(o *remote.Options) { o.Slash = model.Slash{Read: true, Write: true} },
		},
		{name: "without slashes at the end", server: simulator.CROOptions{Slash: simulator.SlashNever, WrongSlash: 404}},
		{name: "creates answer 201", server: simulator.CROOptions{CreateStatus: 201}},
		{name: "lists without pages", server: simulator.CROOptions{PlainLists: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sim, url := newCRO(t, simulator.Options{CRO: c.server})
			opts := croOptions(t, url)
			if c.client != nil {
				c.client(&opts)
			}
			client := newClient(t, opts)
			if err := client.Account(t.Context()); err != nil {
				t.Fatal(err)
			}
			create := &plan.Change{Action: plan.Create, Record: recordOf(t, opts, "customer_id", "1", "name", "Ida", "notify_on_new_request", "true")}
			made := client.Write(t.Context(), create, uuid.NewString())
			if made.Verdict != push.Accepted {
				t.Fatalf("create: %+v", made)
			}
			update := &plan.Change{Action: plan.Update, ID: made.ID, Record: recordOf(t, opts, "customer_id", "1", "email", "ida@example.org")}
			if a := client.Write(t.Context(), update, uuid.NewString()); a.Verdict != push.Accepted {
				t.Fatalf("update: %+v", a)
			}
			got, ok, err := client.Get(t.Context(), made.ID, customer(t, opts))
			if !ok || err != nil {
				t.Fatalf("get = %v, %v, want it found", ok, err)
			}
			m := opts.Resource.Model
			for name, want := range map[string]string{"name": "Ida", "email": "ida@example.org", "notify_on_new_request": "true", "notify_on_failed_request": "false"} {
				if got := got.Record[m.Index(name)].Text; got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
			if ids, err := idsOf(t, client, opts); ids != made.ID || err != nil {
				t.Errorf("list = %q, %v, want %s", ids, err, made.ID)
			}
			if n := len(sim.Commits()); n != 2 {
				t.Errorf("%d commits, want a create and an update", n)
			}
			if sent, seen := client.Stats().Sent, len(sim.Requests()); sent != seen || seen != 5 {
				t.Errorf("we counted %d requests and the server %d, want 5", sent, seen)
			}
		})
	}
}

// TestWhatIsKnownAfterAFault compares what Write says with what the server did. It never says more than it saw.
func TestWhatIsKnownAfterAFault(t *testing.T) {
	for _, c := range []struct {
		fault          string
		create, update push.Verdict
		commits        int
	}{
		{"reset-before-commit", push.Unclear, push.Unclear, 0},
		{"reset-after-commit", push.Unclear, push.Unclear, 1},
		{"error-before-commit status=500", push.Unclear, push.Unclear, 0},
		{"error-after-commit status=503", push.Unclear, push.Unclear, 1},
		{"error-before-commit status=409", push.Refused, push.Refused, 0},
		{"cut", push.Unclear, push.Unclear, 1},
		{"slow per-byte=1us", push.Accepted, push.Accepted, 1},
		{"garbage status=201", push.Unclear, push.Unclear, 1},
		{"empty status=204", push.Unclear, push.Accepted, 1},
		{"html status=502", push.Unclear, push.Unclear, 1},
		{"throttle retry-after=7", push.Throttled, push.Throttled, 0},
		{"redirect to=http://127.0.0.1:1/ status=307", push.Misdirected, push.Misdirected, 0},
		{"expire-token", push.Unauthorized, push.Unauthorized, 0},
	} {
		t.Run(c.fault, func(t *testing.T) {
			for _, action := range []plan.Action{plan.Create, plan.Update} {
				sim, url := newCRO(t, simulator.Options{})
				name := "Ida"
				sim.CRO.AddContact(1, simulator.Contact{ID: 5, Name: &name})
				opts := croOptions(t, url)
				client := newClient(t, opts)
				if c.fault == "expire-token" {
					sim.CRO.RevokeToken(token)
				} else {
					sim.SetFaults(simulator.MustFaults("* * " + c.fault))
				}
				want := c.create
				if action == plan.Update {
					want = c.update
				}
				a := client.Write(t.Context(), changeOf(t, opts, action), uuid.NewString())
				if a.Verdict != want || (a.Verdict == push.Accepted) != (a.Message == "") {
					t.Errorf("%s: %s, %+v, want %s", action, verdictName(a.Verdict), a, verdictName(want))
				}
				if n := len(sim.Commits()); n != c.commits || len(sim.Requests()) != 1 {
					t.Errorf("%s: %d commits in %d requests, want %d in 1", action, n, len(sim.Requests()), c.commits)
				}
			}
		})
	}
}

func TestRefusalsOfTheServerNameTheField(t *testing.T) {
	_, url := newCRO(t, simulator.Options{})
	opts := croOptions(t, url)
	client := newClient(t, opts)
	long := &plan.Change{Action: plan.Create, Record: recordOf(t, opts, "customer_id", "1", "name", "Ida", "fax", "+1 (360) 123-6543")}
	if a := client.Write(t.Context(), long, uuid.NewString()); a.Verdict != push.Refused || a.Field != "fax" || a.Message == "" || a.HTTPStatus != 400 {
		t.Errorf("answer = %+v, want the fax refused with a text", a)
	}
	nobody := &plan.Change{Action: plan.Create, Record: recordOf(t, opts, "customer_id", "4711", "name", "Ida")}
	if a := client.Write(t.Context(), nobody, uuid.NewString()); a.Verdict != push.Refused || a.HTTPStatus != 404 {
		t.Errorf("answer = %+v, want 404", a)
	}
	if err := client.List(t.Context(), nobody.Record, func(plan.Found) error { return nil }); !isParentNotFound(err) {
		t.Errorf("list: %v, want that there is no such parent", err)
	}
}

func TestAnAccountThatIsNotOurs(t *testing.T) {
	sim, url := newCRO(t, simulator.Options{})
	sim.CRO.AddToken(simulator.Token{Value: token, Tenants: []int64{sim.CRO.AddTenant(simulator.Tenant{Name: "Other"})}})
	opts := croOptions(t, url)
	client := newClient(t, opts)
	if _, err := idsOf(t, client, opts); !errors.Is(err, plan.ErrParentForbidden) {
		t.Errorf("list: %v, want a parent that is kept from us", err)
	}
	if err := client.Account(t.Context()); !errors.Is(err, plan.ErrAccount) {
		t.Errorf("account: %v, want it refused", err)
	}
	if a := client.Write(t.Context(), createOf(t, opts), uuid.NewString()); a.Verdict != push.Forbidden {
		t.Errorf("create: %+v, want it forbidden", a)
	}
	sim.CRO.RevokeToken(token)
	if err := client.Account(t.Context()); !errors.Is(err, remote.ErrUnauthorized) {
		t.Errorf("account without a token: %v, want 401", err)
	}
}

// TestAMissingSlash: reads find their way at the price of a request, writes stop the run.
func TestAMissingSlash(t *testing.T) {
	sim, url := newCRO(t, simulator.Options{CRO: simulator.CROOptions{Slash: simulator.SlashAlways, WrongSlash: 308}})
	opts := croOptions(t, url)
	client := newClient(t, opts)
	if _, err := idsOf(t, client, opts); err != nil {
		t.Errorf("list: %v", err)
	}
	a := client.Write(t.Context(), createOf(t, opts), uuid.NewString())
	if a.Verdict != push.Misdirected || !strings.Contains(a.Message, "/customers/1/contacts/") {
		t.Errorf("create: %+v, want it misdirected, with the place", a)
	}
	if n := len(sim.Requests()); n != 3 || opts.Pacer.Stats().Started != 2 || len(sim.Commits()) != 0 {
		t.Errorf("%d requests, %d reads and %d commits, want 3, 2 and none", n, opts.Pacer.Stats().Started, len(sim.Commits()))
	}
}

func TestPagesOfTheServer(t *testing.T) {
	for _, n := range []int{0, 1, 99, 100, 101, 200, 250} {
		sim, url := newCRO(t, simulator.Options{})
		for i := range n {
			name := fmt.Sprintf("Contact %d", i)
			sim.CRO.AddContact(1, simulator.Contact{Name: &name})
		}
		opts := croOptions(t, url)
		ids, err := idsOf(t, newClient(t, opts), opts)
		if got := len(strings.Fields(ids)); got != n || err != nil {
			t.Errorf("%d records listed, %v, want %d", got, err, n)
		}
		if got, want := len(sim.Requests()), max(1, (n+99)/100); got != want {
			t.Errorf("%d requests for %d records, want %d", got, n, want)
		}
	}
}

// TestEightWorkers write at once to a server that fails now and then. What was accepted is there, what was throttled is
// not, and no request came twice.
func TestEightWorkers(t *testing.T) {
	sim, url := newCRO(t, simulator.Options{Faults: simulator.MustFaults(`
		POST * p=0.1 seed=1 reset-after-commit
		POST * p=0.1 seed=2 reset-before-commit
		POST * p=0.1 seed=3 throttle retry-after=1
		POST * p=0.1 seed=4 cut
		GET  * p=0.1 seed=5 reset-before-commit`)})
	opts := croOptions(t, url)
	opts.Patience = 10 * time.Second
	client := newClient(t, opts)
	const workers, each = 8, 40
	var mu sync.Mutex
	accepted, unclear := map[string]string{}, map[string]bool{}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range each {
				id := uuid.NewString()
				a := client.Write(t.Context(), createOf(t, opts), id)
				mu.Lock()
				switch a.Verdict {
				case push.Accepted:
					accepted[id] = a.ID
				case push.Unclear:
					unclear[id] = true
				}
				mu.Unlock()
				if i%20 == 0 {
					if _, ok, err := client.Get(t.Context(), "1", customer(t, opts)); err != nil {
						t.Errorf("get = %v, %v", ok, err)
					}
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, commit := range sim.Commits() {
		id := commit.RequestID
		if seen[id] || accepted[id] != fmt.Sprint(commit.ID) && !unclear[id] {
			t.Errorf("request %s made contact %d: seen %v, accepted as %q, unclear %v", id, commit.ID, seen[id], accepted[id], unclear[id])
		}
		seen[id] = true
	}
	for id := range accepted {
		if !seen[id] {
			t.Errorf("request %s was accepted and made nothing", id)
		}
	}
	if len(accepted) == 0 || len(unclear) == 0 {
		t.Errorf("%d accepted and %d unclear: the test shows nothing", len(accepted), len(unclear))
	}
	reads, writes := opts.Pacer.Stats().Started, workers*each
	if tally := sim.Tally(); tally.Writes != writes || len(sim.Requests()) != reads+writes || client.Stats().Sent != reads+writes {
		t.Errorf("the server saw %d requests, %d of them writes; we counted %d, with %d reads and %d writes", len(sim.Requests()), tally.Writes, client.Stats().Sent, reads, writes)
	}
}
