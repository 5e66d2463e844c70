package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sabotage takes a part out of the program that its promises need.
type sabotage struct {
	says string
	file string // of the program, from the module's folder
	was  string // is there once
	is   string
	in   string // the package of the test
	test string // one of the tests that must fail then
}

func sabotages() []sabotage {
	const kills, program = "TestKillMidRun/cro", "./cmd/rollcall"
	const runs, accounts = "TestAccounts", "./sync"
	return []sabotage{
		{"a create may be sent again by the network library", "sync/remote/request.go", "	req.GetBody = nil\n", "", "./sync/remote", "TestACreateArrivesOnce"},
		{"two runs may work on one account", "sync/session.go", `	s.held, err = ledger.Lock(dir, s.account.text(), s.resource(), "rollcall "+s.opts.Command)`, "	_ = dir", program, "TestScripts/lock"},
		{"a mapping that changes every record passes the guard", "sync/plan/guard.go", "	case g.MaxChanged.exceeded(t.Updates, t.Matched):", "	case false:", program, "TestScripts/wrong_mapping"},
		{"secrets are not taken out of what the API says", "sync/remote/secret.go", "		return replacer.Replace(text)\n	}\n	return text", "		return text\n	}\n	return text", program, "TestSecretsAppearNowhere"},
		{"nothing is sent with an intent", "sync/push/worker.go", "err := r.parts.Recorder.Intend(ctx, in)", "err := error(nil)", program, kills},
		{"a lost answer is taken for a request that was not carried out", "sync/push/decide.go", "	case s.Action == plan.Create:\n		d.Next = Look", "	case s.Action == plan.Create:\n		d.Next = Again", program, kills},
		{"what a dead process left in doubt is sent again", "sync/doubts.go", "	doubts, err := s.ledger.Unanswered(", "	return nil, false, nil\n	doubts, err := s.ledger.Unanswered(", program, kills},
		{"a row gets lost between sheet and report", "sync/reconcile/join.go", "			if !yield(line, nil) {", "			if line.Seq != 2 && !yield(line, nil) {", accounts, runs},
		{"a row is left out of rows.csv", "sync/reconcile/csv.go", "	if !h.wants(l) {", "	if !h.wants(l) || l.Seq == 2 {", accounts, runs},
		{"a settled row is in failed.csv", "sync/reconcile/csv.go", "return !l.Status.Settled() }", "return l.Status != \"created\" }", accounts, runs},
		{"the counts are not compared with the ledger", "sync/reconcile/summary.go", "ledger != nil && ledger[s] != c.Rows[s]", "false", "./sync/reconcile", "TestAWrongJoinIsAlwaysCaught"},
		{"report --verify does not miss a row", "sync/reconcile/verifyaccount.go", "	a.rows.fault(a.row.Number, \"the ledger has no change for this row\")\n", "", "./sync/reconcile", "TestAnAuditFindsEveryDisagreement"},
		{"report --verify compares no cells", "sync/reconcile/verifytable.go", "	if i := differ(t.record, want); i >= 0 {", "	if i := differ(t.record, want); i < -1 {", accounts, runs},
	}
}

// TestTheSuitesCatchWhatIsTakenOutLong builds the program without one of the parts that keep its promises, runs a test of it, and
// wants that test to fail. The compiler sees a copy of the file; the file itself is not touched. The ledger's parts (fsync,
// checksums, intents that are awaited) have a proof of the same kind in their own package, the protocol's in sync/push.
func TestTheSuitesCatchWhatIsTakenOutLong(t *testing.T) {
	if os.Getenv("ROLLCALL_LONG") != "1" {
		t.Skip("set ROLLCALL_LONG=1")
	}
	for _, s := range sabotages() {
		t.Run(s.says, func(t *testing.T) {
			out, err := s.run(t)
			if err == nil || !strings.Contains(out, "--- FAIL: "+s.test) {
				t.Errorf("got %v, want %s to fail: %s", err, s.test, out)
			}
		})
	}
}

// run runs the test as if the file were the other one.
func (s sabotage) run(t *testing.T) (out string, err error) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, s.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), s.was); n != 1 {
		t.Fatalf("%s holds %q %d times, want once", s.file, s.was, n)
	}
	p := &place{dir: t.TempDir()}
	p.write(t, "spoilt.go", strings.Replace(string(source), s.was, s.is, 1))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, s.file): p.path("spoilt.go")}})
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "overlay.json", string(overlay))
	c := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-count=1", "-overlay", p.path("overlay.json"), "-run", "^"+strings.ReplaceAll(s.test, "/", "$/^")+"$", s.in)
	c.Dir = root
	c.Env = append(os.Environ(), "ROLLCALL_LONG=share", "ROLLCALL_SEED=1", "ROLLCALL_SEEDS=40")
	text, err := c.CombinedOutput()
	return string(text), err
}
