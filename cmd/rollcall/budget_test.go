package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// The limit of the servers here, of which the jobs are told. A window has a margin of 2%: what a busy machine may be late by.
const budgetRate = "6/3s"

const budgetRevnue = `
version: 1
target: revnue/customer
connection: {base_url: BASE_URL, account: {company: COMPANY}, auth: {token: "${file:revnue-token}"}, settle: 50ms, rate: 6/3s}
source: {file: customers.csv}
identity: {key: [name]}
columns: {Customer: name, Segment: {field: category, lookup: name}, Phone: phone}
`

const budgetContacts = `
version: 1
target: bigchange/contact
connection:
  base_url: BASE_URL
  account: {customer_id: CUSTOMER}
  auth: {client_id: simulated-integrator, client_secret: "${file:bigchange-secret}", token_url: BASE_URL/auth/tokens}
  settle: 50ms
  rate: 6/3s
source: {file: sites.csv}
identity: {key: [reference]}
columns: {Ref: reference, Name: name, Group: groupId, Lat: location.latitude, Lng: location.longitude}
`

// newBudgetPlace is a place whose server keeps to the limit, with jobs and sheets for it.
func newBudgetPlace(t *testing.T, sliding bool) *place {
	t.Helper()
	rate := simulator.Rate{Limit: 6, Per: 3 * time.Second, Sliding: sliding}
	p := &place{dir: t.TempDir(), sim: simulator.New(simulator.Options{Rate: rate, Revnue: simulator.RevnueOptions{Rate: rate}})}
	p.server = httptest.NewServer(p.sim)
	t.Cleanup(p.server.Close)
	fill := strings.NewReplacer("BASE_URL", p.server.URL,
		"COMPANY", fmt.Sprint(p.sim.Revnue.AddDefaultWorld()), "CUSTOMER", fmt.Sprint(p.sim.BigChange.AddDefaultWorld()))
	for name, job := range map[string]string{"revnue.yaml": budgetRevnue, "contacts.yaml": budgetContacts} {
		p.write(t, name, fill.Replace(job))
	}
	customers, sites := "Customer,Segment,Phone\n", "Ref,Name,Group,Lat,Lng\n"
	for n := range 8 {
		customers += fmt.Sprintf("Customer %d,Retail,0%d\n", n, n)
		sites += fmt.Sprintf("R-%d,Site %d,1204,51.5,-2.5\n", n, n)
	}
	p.write(t, "customers.csv", customers)
	p.write(t, "sites.csv", sites)
	p.write(t, "revnue-token", simulator.DefaultRevnueToken)
	p.write(t, "bigchange-secret", simulator.DefaultClientSecret)
	return p
}

// together runs the program several times at once, in the same place, and returns what became of each.
func (p *place) together(t *testing.T, calls ...string) []result {
	t.Helper()
	results := make([]result, len(calls))
	done := make(chan int)
	for i, call := range calls {
		go func() {
			defer func() { done <- i }()
			results[i] = p.rollcall(t, strings.Fields(call)...)
		}()
	}
	for range calls {
		<-done
	}
	return results
}

// TestRunsShareTheBudgetLong runs plan and then apply, while other commands are at work on the same accounts, and all of them think
// that the whole limit is theirs. The server has nothing to refuse. It goes by the clock on the wall, and a machine that is too
// busy to send what it was let send may be late by more than the margin: so it is for quiet machines.
func TestRunsShareTheBudgetLong(t *testing.T) {
	if os.Getenv("ROLLCALL_LONG") != "1" {
		t.Skip("set ROLLCALL_LONG=1")
	}
	for name, sliding := range map[string]bool{"fixed windows": false, "sliding windows": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newBudgetPlace(t, sliding)
			for _, step := range [][]string{
				{"-c revnue.yaml plan", "-c contacts.yaml sync --yes"},
				{"-c revnue.yaml apply --yes", "-c revnue.yaml check", "-c contacts.yaml --state other check"},
			} {
				for i, r := range p.together(t, step...) {
					if r.code != 0 {
						t.Errorf("rollcall %s: exit code %d\n%s%s", step[i], r.code, r.out, r.errOut)
					}
				}
			}
			asked := map[string]int{}
			for _, r := range p.sim.Requests() {
				asked[r.API]++
				if r.Status == 429 {
					t.Errorf("request %d, %s %s, came too early", r.Seq, r.Method, r.Path)
				}
			}
			if asked["revnue"] < 14 || asked["bigchange"] < 12 {
				t.Errorf("%v requests came: the limit of %s was not tried", asked, budgetRate)
			}
			p.wantPrivateBudgets(t, 2)
		})
	}
}

// wantPrivateBudgets checks that there are so many budgets, in files that nobody else can read.
func (p *place) wantPrivateBudgets(t *testing.T, want int) {
	t.Helper()
	files, err := filepath.Glob(p.path("state/rollcall/budgets/*"))
	if err != nil {
		t.Fatal(err)
	}
	budgets := 0
	for _, file := range files {
		if filepath.Ext(file) == "" {
			budgets++
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %04o", file, info.Mode().Perm())
		}
	}
	if budgets != want {
		t.Errorf("%d budgets, want %d: %q", budgets, want, files)
	}
}

// TestDamagedBudgetIsSaid: the run goes on, waits for a window, and says why.
func TestDamagedBudgetIsSaid(t *testing.T) {
	p := newBudgetPlace(t, true)
	if r := p.rollcall(t, "-c", "contacts.yaml", "check"); r.code != 0 {
		t.Fatalf("exit code %d\n%s%s", r.code, r.out, r.errOut)
	}
	files, err := filepath.Glob(p.path("state/rollcall/budgets/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.WriteFile(file, []byte("not a budget"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	r := p.rollcall(t, "-c", "contacts.yaml", "check")
	if took := time.Since(began); r.code != 0 || took < 3*time.Second || strings.Count(r.errOut, "was damaged") != 1 {
		t.Errorf("exit code %d after %v\n%s%s", r.code, took, r.out, r.errOut)
	}
}
