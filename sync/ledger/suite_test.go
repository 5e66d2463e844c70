package ledger_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sabotage takes something out of the ledger that its promises need.
type sabotage struct {
	file string
	was  string // is there once
	is   string
	// tests is one of the tests that must fail then.
	test string
}

// Each of these ledgers is broken, and the suite says so. The tests are run on a copy of the file, as the compiler sees it; the
// file itself is not touched.
func TestTheSuiteCatchesWhatIsTakenOutLong(t *testing.T) {
	if !long() {
		t.Skip("ROLLCALL_LONG is not set")
	}
	t.Parallel()
	for name, s := range map[string]sabotage{
		"commits are not synced": {
			"sqlite.go", `"synchronous(full)"`, `"synchronous(off)"`, "TestAPowerCutLosesNothingAcknowledged"},
		"intents are not waited for": {
			"recorder.go", "return r.wait(ctx, &entry{intent: &i})", "return r.enqueue(&entry{intent: &i}, r.urgent)",
			"TestAPowerCutLosesNothingAcknowledged"},
		"checksums of rows are ignored": {
			"seal.go", "if checksum(r.table(), r.values()) != sum {", "if false {", "TestFlippedBitsAreFound"},
		"the lock is not taken": {
			"lock.go", "err = lock(f, wait)", "_ = wait", "TestASecondProcessEndsAtOnceAndNamesTheFirst"},
		"the mark is not compared": {
			"mark.go", "if held >= acknowledged {", "if true {", "TestACutWriteAheadLogLosesNothingUnnoticed"},
		"the mark is not raised": {
			"ledger.go", "return l.mark.raise(count)", "return nil", "TestACutWriteAheadLogLosesNothingUnnoticed"},
		"the mark is raised too early": {
			"ledger.go", "	if err := tx.Commit(); err != nil {",
			"	if err := l.mark.raise(count); err != nil {\n\t\treturn err\n\t}\n	if err := tx.Commit(); err != nil {",
			"TestAPowerCutLosesNothingAcknowledged"},
		"a refused ledger is tidied up": {
			"sqlite.go", `q.Set("mode", "ro")`, `q.Set("mode", "rw")`, "TestACutWriteAheadLogLosesNothingUnnoticed"},
		"a recorder goes on after a failed commit": {
			"recorder.go", "		r.stop(err)\n", "", "TestAFailedCommitStopsEverything"},
		"a table that is not ours is read": {
			"sqlite.go", "if slices.Equal(got, want) == (version > len(migrations())) {", "if slices.Equal(got, nil) && want == nil {", "TestOpenRefusesWhatIsNoLedger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := s.run(t)
			if err == nil || !strings.Contains(out, "--- FAIL: "+s.test) {
				t.Errorf("got %v, want %s to fail: %s", err, s.test, out)
			}
		})
	}
}

// run runs the test as if the file were the other.
func (s sabotage) run(t *testing.T) (out string, err error) {
	t.Helper()
	here, err := os.Getwd()
	must(t, err)
	source, err := os.ReadFile(s.file)
	must(t, err)
	if n := strings.Count(string(source), s.was); n != 1 {
		t.Fatalf("%s holds %q %d times, want once", s.file, s.was, n)
	}
	dir := t.TempDir()
	spoilt, list := filepath.Join(dir, s.file), filepath.Join(dir, "overlay.json")
	must(t, os.WriteFile(spoilt, []byte(strings.Replace(string(source), s.was, s.is, 1)), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, s.file): spoilt}})
	must(t, err)
	must(t, os.WriteFile(list, overlay, 0o600))
	c := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-overlay", list, "-run", "^"+s.test+"$", ".")
	c.Env = append(os.Environ(), "ROLLCALL_LONG=")
	text, err := c.CombinedOutput()
	return string(text), err
}
