package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// plainJob is the least that a job can be.
const plainJob = `
version: 1
target: cro/contact
connection: {base_url: BASE_URL, account: {tenant_id: TENANT}, auth: {token: "${env:TOKEN}"}, settle: 50ms}
source: {file: contacts.csv}
identity: {key: [customer_id, email]}
columns: {Customer: customer_id, E-mail: email}
`

// place is a folder with a job in it, and a server for it: what the Go tests of the program begin with.
type place struct {
	dir    string
	sim    *simulator.Simulator
	server *httptest.Server
}

// newPlace starts a simulator with customers 1 to 12 and writes the job file, in which BASE_URL and TENANT are filled in.
func newPlace(t *testing.T, job string) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), sim: simulator.New(simulator.Options{})}
	p.server = httptest.NewUnstartedServer(p.sim)
	t.Cleanup(func() { p.server.Close() })
	p.server.Start()
	if tenant := p.sim.CRO.AddDefaultWorld(); tenant != 1 {
		t.Fatalf("the tenant is %d, the tests expect 1", tenant)
	}
	p.write(t, "config.yaml", strings.NewReplacer("BASE_URL", p.server.URL, "TENANT", "1").Replace(job))
	return p
}

// path is a file of the place.
func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

// write writes a file.
func (p *place) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(p.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is the program with arguments, not started yet.
func (p *place) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("rollcall")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "XDG_STATE_HOME="+p.path("state"), "TOKEN="+simulator.DefaultToken, "TERM=xterm")
	return cmd
}

// result is how a run of the program ended.
type result struct {
	code        int
	out, errOut string
}

// rollcall runs the program to its end.
func (p *place) rollcall(t *testing.T, args ...string) result {
	t.Helper()
	cmd := p.command(t, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if ended := new(exec.ExitError); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// account is the part of a summary that the tests look at.
type account struct {
	Run      string            `json:"run"`
	Command  string            `json:"command"`
	ExitCode int               `json:"exit_code"`
	Counts   map[string]int    `json:"counts"`
	Files    map[string]string `json:"files"`
}

// summary reads what --json has printed.
func (r result) summary(t *testing.T) account {
	t.Helper()
	var a account
	if err := json.Unmarshal([]byte(r.out), &a); err != nil {
		t.Fatalf("standard output is no summary: %v\n%s%s", err, r.out, r.errOut)
	}
	return a
}

// addsUp checks the identity of the account: read is the sum of all statuses.
func (a account) addsUp(t *testing.T) {
	t.Helper()
	sum := 0
	for status, n := range a.Counts {
		if status != "read" {
			sum += n
		}
	}
	if sum != a.Counts["read"] {
		t.Errorf("the statuses add up to %d, read is %d: %v", sum, a.Counts["read"], a.Counts)
	}
}

// reportRows reads a CSV file of the program: one map a row, by header.
func reportRows(t *testing.T, path string) (header []string, rows []map[string]string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return all[0], rows
}
