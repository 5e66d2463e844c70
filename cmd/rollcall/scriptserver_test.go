package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// stage is what a script has around it besides its files.
type stage struct {
	sim        *simulator.Simulator
	server     *httptest.Server
	gate       atomic.Pointer[gate] // nil if nothing is held up
	background *process
}

// gate holds the answers to requests with a method back until it is opened. The work is done before.
type gate struct {
	method string
	held   atomic.Int64
	open   chan struct{}
}

// ServeHTTP answers like the simulator, held up by the gate. Faults that cut a connection do not go with one.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := s.gate.Load()
	if g == nil || r.Method != g.method {
		s.sim.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	s.sim.ServeHTTP(answer, r)
	g.held.Add(1)
	<-g.open
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone
}

// cmdHold holds the answers to requests with a method back until release: hold METHOD.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold METHOD")
	}
	g := &gate{method: args[0], open: make(chan struct{})}
	stageOf(ts).gate.Store(g)
	ts.Defer(func() { cmdRelease(ts, false, nil) })
}

// cmdRelease lets go of what is held, and holds nothing any more.
func cmdRelease(ts *testscript.TestScript, _ bool, _ []string) {
	if g := stageOf(ts).gate.Swap(nil); g != nil {
		close(g.open)
	}
}

type stageKey struct{}

// stageOf is the stage of the running script.
func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// count is how many requests the simulator has seen since the last forget-requests. The method may be * for any, or write
// for any but GET.
func (s *stage) count(method, prefix string) int {
	n := 0
	for _, r := range s.sim.Requests() {
		fits := method == "*" || method == r.Method || method == "write" && r.Method != "GET"
		if fits && strings.HasPrefix(r.Path, prefix) {
			n++
		}
	}
	return n
}

// cmdSimulator starts the simulated APIs for the script: CRO with customers 1 to 12 in tenant 1 and 13 to 24 in tenant 2,
// BigChange with customer 14532, and fills its address and tenant into every *.yaml of the script that says BASE_URL and TENANT. Flags: -rate 20/1m,
// -faults FILE, -token VALUE, -role ROLE, -lag DURATION, -tls (and ca.pem), -deny (of logins), -token-life DURATION (of tokens
// that are issued), stop. A refresh token that comes twice ends its login.
func cmdSimulator(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	if len(args) == 1 && args[0] == "stop" {
		s.server.CloseClientConnections()
		cmdRelease(ts, false, nil)
		s.server.Close()
		return
	}
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	rate, faults := flags.String("rate", "none", ""), flags.String("faults", "", "")
	token, role := flags.String("token", simulator.DefaultToken, ""), flags.String("role", "Dispatcher", "")
	lag, tls := flags.Duration("lag", 0, ""), flags.Bool("tls", false, "")
	deny, life := flags.Bool("deny", false, ""), flags.Duration("token-life", 0, "")
	if err := flags.Parse(args); err != nil || neg {
		ts.Fatalf("simulator: %v", err)
	}
	limit, per, err := sync.ParseRate(*rate)
	ts.Check(err)
	login := simulator.CROLogin{Role: *role, Deny: *deny, TokenLife: *life, Rotation: simulator.RotateAndRevoke}
	s.sim = simulator.New(simulator.Options{Rate: simulator.Rate{Limit: limit, Per: per}, CRO: simulator.CROOptions{ListLag: *lag, Login: login}})
	tenant := s.sim.CRO.AddDefaultWorld()
	s.sim.CRO.AddDefaultWorld()
	s.sim.CRO.AddToken(simulator.Token{Value: *token, Role: *role})
	s.sim.BigChange.AddDefaultWorld()
	if *faults != "" {
		s.sim.SetFaults(parseFaults(ts, *faults))
	}
	if *tls {
		s.server = httptest.NewTLSServer(s)
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), ca, 0o600))
	} else {
		s.server = httptest.NewServer(s)
	}
	ts.Defer(s.server.Close)
	ts.Setenv("BASE_URL", s.server.URL)
	ts.Setenv("TENANT", strconv.FormatInt(tenant, 10))
	ts.Setenv("TOKEN", *token)
	fillIn(ts, "BASE_URL", s.server.URL, "TENANT", strconv.FormatInt(tenant, 10))
}

// fillIn replaces words in every *.yaml of the script.
func fillIn(ts *testscript.TestScript, words ...string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs("."), "*.yaml"))
	ts.Check(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		ts.Check(err)
		ts.Check(os.WriteFile(file, []byte(strings.NewReplacer(words...).Replace(string(data))), 0o600))
	}
}

// cmdFill replaces a word in every *.yaml of the script: fill WORD TEXT.
func cmdFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fill WORD TEXT")
	}
	fillIn(ts, args...)
}

// parseFaults reads a script of faults.
func parseFaults(ts *testscript.TestScript, file string) []simulator.Fault {
	faults, err := simulator.ParseFaults(ts.ReadFile(file))
	ts.Check(err)
	return faults
}

// cmdFaults replaces the faults of the simulator: faults FILE, or faults none.
func cmdFaults(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) != 1:
		ts.Fatalf("usage: faults FILE|none")
	case args[0] == "none":
		stageOf(ts).sim.SetFaults(nil)
	default:
		stageOf(ts).sim.SetFaults(parseFaults(ts, args[0]))
	}
}

// cmdForgetRequests lets requests count from here.
func cmdForgetRequests(ts *testscript.TestScript, _ bool, _ []string) {
	stageOf(ts).sim.ForgetRequests()
}

// cmdRequests asserts how many requests the simulator has seen: requests METHOD COUNT [PATH-PREFIX].
func cmdRequests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: requests METHOD|write|* COUNT [PATH-PREFIX]")
	}
	prefix := ""
	if len(args) == 3 {
		prefix = args[2]
	}
	if got := stageOf(ts).count(args[0], prefix); got != number(ts, args[1]) {
		ts.Fatalf("the simulator has seen %d requests %s %s, want %s:\n%v", got, args[0], prefix, args[1], stageOf(ts).sim.Tally())
	}
}

// cmdContacts asserts how many contacts a customer has: contacts CUSTOMER COUNT.
func cmdContacts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: contacts CUSTOMER COUNT")
	}
	got := stageOf(ts).sim.CRO.Contacts(int64(number(ts, args[0])))
	if len(got) != number(ts, args[1]) {
		ts.Fatalf("customer %s has %d contacts, want %s:\n%s", args[0], len(got), args[1], asJSON(ts, got))
	}
}

// cmdContact asserts that exactly one contact of a customer has these fields: contact CUSTOMER FIELD=JSON...
func cmdContact(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: contact CUSTOMER FIELD=JSON...")
	}
	all := stageOf(ts).sim.CRO.Contacts(int64(number(ts, args[0])))
	got := 0
	for _, c := range all {
		var members map[string]json.RawMessage
		ts.Check(json.Unmarshal(asJSON(ts, c), &members))
		if !slices.ContainsFunc(args[1:], func(arg string) bool {
			field, want, _ := strings.Cut(arg, "=")
			return string(members[field]) != want
		}) {
			got++
		}
	}
	if got != 1 {
		ts.Fatalf("%d contacts of customer %s have %s, want 1:\n%s", got, args[0], args[1:], asJSON(ts, all))
	}
}

// cmdAddContact adds a contact behind the program's back: add-contact CUSTOMER FIELD=JSON...
func cmdAddContact(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: add-contact CUSTOMER FIELD=JSON...")
	}
	var members []string
	for _, arg := range args[1:] {
		field, value, _ := strings.Cut(arg, "=")
		members = append(members, fmt.Sprintf("%q:%s", field, value))
	}
	var c simulator.Contact
	ts.Check(json.Unmarshal([]byte("{"+strings.Join(members, ",")+"}"), &c))
	stageOf(ts).sim.CRO.AddContact(int64(number(ts, args[0])), c)
}

// asJSON is a value in the notation of the API, as it is.
func asJSON(ts *testscript.TestScript, v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	ts.Check(e.Encode(v))
	return bytes.TrimSpace(b.Bytes())
}
