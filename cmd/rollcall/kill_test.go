package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

const killJob = `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: TENANT}, auth: {token: "${env:TOKEN}"}, settle: 50ms, timeout: 1s, workers: 8}
source: {file: contacts.csv}
identity: {key: [customer_id, email]}
columns: {Customer: customer_id, Name: name, E-mail: email, Phone: number}
`

// killFaults loses answers before and after the work is done, in every way there is.
const killFaults = `
POST * p=0.06 seed=SEED1 reset-after-commit
POST * p=0.04 seed=SEED2 error-after-commit status=503
POST * p=0.02 seed=SEED3 cut
POST * p=0.02 seed=SEED4 reset-before-commit
POST * p=0.02 seed=SEED5 garbage
`

// TestKillMidRun kills the real process with kill -9 at random moments of a run of 400 rows, while answers get lost, and
// lets sync finish the work. Then a checker, which knows the sheet, the server's commit log and the report and nothing
// else, judges: no key was created twice, nothing is lost, every row is accounted for once, and what is called created is
// there. ROLLCALL_LONG=share kills 10 processes, =1 kills 60.
func TestKillMidRun(t *testing.T) {
	t.Parallel()
	kills := map[string]int{"": 3, "share": 10, "1": 60}[os.Getenv("ROLLCALL_LONG")]
	seed := rand.Uint64()
	if text := os.Getenv("ROLLCALL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("ROLLCALL_SEED: %v", err)
		}
	}
	t.Logf("ROLLCALL_SEED=%d draws the same faults and moments again", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for killed := 0; killed < kills; {
		killed += killOnce(t, random, kills-killed)
		if t.Failed() {
			return
		}
	}
}

// killRow is one row of the sheet and its key.
type killRow struct {
	customer, name, email, phone string
	sound                        bool
}

func (r killRow) key() string { return r.customer + " " + strings.ToLower(r.email) }

// killRows is 400 rows, every fortieth of them invalid.
func killRows() []killRow {
	var rows []killRow
	for n := range 400 {
		r := killRow{strconv.Itoa(n%12 + 1), fmt.Sprintf("Person %d", n), fmt.Sprintf("Person.%d@x.example", n), fmt.Sprintf("%05d", n), true}
		if n%40 == 39 {
			r.phone, r.sound = strings.Repeat("9", 91), false
		}
		rows = append(rows, r)
	}
	return rows
}

// killOnce syncs one sheet into a fresh server: it kills the first process, the one that goes on, too, with luck, and lets
// the last finish. It returns how many it has killed, at most most.
func killOnce(t *testing.T, random *rand.Rand, most int) int {
	p := newPlace(t, killJob)
	open := watchConnections(t, p)
	script := killFaults
	for n := 1; n <= 5; n++ {
		script = strings.Replace(script, fmt.Sprintf("SEED%d", n), strconv.FormatUint(uint64(random.Uint32()), 10), 1)
	}
	faults, err := simulator.ParseFaults(script)
	if err != nil {
		t.Fatal(err)
	}
	p.sim.SetFaults(faults)
	rows := killRows()
	var text strings.Builder
	text.WriteString("Customer,Name,E-mail,Phone\n")
	for _, r := range rows {
		fmt.Fprintf(&text, "%s,%s,%s,%s\n", r.customer, r.name, r.email, r.phone)
	}
	p.write(t, "contacts.csv", text.String())

	killed := 0
	for killed == 0 || killed < most && random.IntN(3) == 0 {
		ended := p.killAfter(t, random.IntN(420), time.Duration(random.IntN(3000))*time.Microsecond)
		for open.Load() > 0 { // what the dead process has sent arrives all the same
			time.Sleep(time.Millisecond)
		}
		if ended {
			break // it was faster than its murderer
		}
		killed++
	}
	p.finish(t)
	for _, complaint := range p.judge(t, rows) {
		t.Error(complaint)
	}
	return killed
}

// watchConnections counts the connections that the server has open.
func watchConnections(t *testing.T, p *place) *atomic.Int64 {
	t.Helper()
	open := new(atomic.Int64)
	server := &http.Server{Handler: p.sim, ConnState: func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed, http.StateHijacked:
			open.Add(-1)
		}
	}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = server.Serve(listener) // until it is closed
		close(done)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	p.write(t, "config.yaml", strings.NewReplacer("BASE_URL", "http://"+listener.Addr().String(), "TENANT", "1").Replace(killJob))
	return open
}

// killAfter starts a sync and kills it with kill -9 when the server has seen so many requests, and a moment later. It
// reports true if the process had ended before.
func (p *place) killAfter(t *testing.T, requests int, later time.Duration) (ended bool) {
	t.Helper()
	seen := len(p.sim.Requests())
	cmd := p.command(t, "sync", "--yes", "-q")
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
	for alive := true; alive && len(p.sim.Requests()) < seen+requests; {
		select {
		case <-exited:
			alive = false
		case <-time.After(200 * time.Microsecond):
		}
	}
	time.Sleep(later)
	_ = cmd.Process.Kill() // it may have ended
	<-exited
	if code := cmd.ProcessState.ExitCode(); code >= 0 && code != 3 {
		t.Fatalf("the run ended with exit code %d before it was killed\n%s", code, errOut.String())
	}
	return cmd.ProcessState.ExitCode() >= 0
}

// finish syncs until every sound row is settled.
func (p *place) finish(t *testing.T) {
	t.Helper()
	for range 20 {
		r := p.rollcall(t, "sync", "--yes", "--json")
		if r.code != 3 && r.code != 5 && r.code != 6 {
			t.Fatalf("exit code %d, want 3, 5 or 6\n%s%s", r.code, r.out, r.errOut)
		}
		a := r.summary(t)
		a.addsUp(t)
		if c := a.Counts; c["failed"]+c["rejected"]+c["in_doubt"]+c["not_attempted"]+c["conflict"] == 0 {
			return
		}
	}
	t.Error("20 runs were not enough")
}

// judge compares the sheet, the server's commit log and the reports of all runs.
func (p *place) judge(t *testing.T, rows []killRow) (complaints []string) {
	t.Helper()
	complain := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	commits := map[string][]simulator.Contact{}
	for _, c := range p.sim.Commits() {
		var record simulator.Contact
		if err := json.Unmarshal(c.Body, &record); err != nil {
			t.Fatal(err)
		}
		if c.Method != http.MethodPost {
			complain("the server was sent %s %s: nothing of this sheet is an update", c.Method, c.Path)
			continue
		}
		key := strings.Split(c.Path, "/")[2] + " " + strings.ToLower(*record.Email)
		commits[key] = append(commits[key], record)
	}
	for _, r := range rows {
		switch n := len(commits[r.key()]); {
		case r.sound && n == 0:
			complain("LOST: %s is not on the server", r.key())
		case n > 1:
			complain("TWICE: %s was created %d times: %+v", r.key(), n, commits[r.key()])
		case !r.sound && n > 0:
			complain("INVALID: %s was created all the same", r.key())
		}
	}
	created := map[string]string{} // by whom
	for _, run := range p.runs(t) {
		for _, complaint := range p.judgeRun(t, run, rows, commits, created) {
			complain("run %s: %s", run, complaint)
		}
	}
	for _, r := range rows {
		if r.sound && created[r.key()] == "" {
			complain("UNSEEN: %s is called created by no run", r.key())
		}
	}
	return complaints
}

// runs is the ids of all runs, the newest first.
func (p *place) runs(t *testing.T) (ids []string) {
	t.Helper()
	var history struct {
		Runs []struct{ ID string }
	}
	r := p.rollcall(t, "runs", "--json", "--limit", "1000")
	if err := json.Unmarshal([]byte(r.out), &history); err != nil {
		t.Fatalf("%v\n%s%s", err, r.out, r.errOut)
	}
	for _, run := range history.Runs {
		ids = append(ids, run.ID)
	}
	return ids
}

// judgeRun reads the report of one run, which for a killed one is made only now.
func (p *place) judgeRun(t *testing.T, run string, rows []killRow, commits map[string][]simulator.Contact, created map[string]string) (complaints []string) {
	t.Helper()
	complain := func(format string, args ...any) { complaints = append(complaints, fmt.Sprintf(format, args...)) }
	a := p.rollcall(t, "report", run, "--json").summary(t)
	a.addsUp(t)
	_, lines := reportRows(t, a.Files["rows.csv"])
	if len(lines) != len(rows) {
		complain("rows.csv has %d rows, want %d", len(lines), len(rows))
		return complaints
	}
	for i, line := range lines {
		r := rows[i]
		if line["_row"] != strconv.Itoa(i+2) || line["E-mail"] != r.email {
			complain("row %d of the sheet is not in its place: %v", i+2, line)
		}
		status := line["_status"]
		if (status == "invalid") == r.sound {
			complain("row %d is %s", i+2, status)
		}
		if status != "created" && status != "unchanged" {
			continue
		}
		found := commits[r.key()]
		if len(found) != 1 || line["_id"] != strconv.FormatInt(found[0].ID, 10) || *found[0].Name != r.name || *found[0].Number != r.phone {
			complain("row %d is called %s with id %s; the server has %+v", i+2, status, line["_id"], found)
		}
		if status == "created" && created[r.key()] != "" {
			complain("row %d is called created, and so it was in run %s", i+2, created[r.key()])
		}
		if status == "created" {
			created[r.key()] = run
		}
	}
	return complaints
}
