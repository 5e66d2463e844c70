package ledger_test

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play the process that is killed.
func TestMain(m *testing.M) {
	if part := os.Getenv("ROLLCALL_LEDGER_CHILD"); part != "" {
		os.Exit(playChild(part, os.Getenv("ROLLCALL_LEDGER_DIR")))
	}
	if !long() {
		_ = flag.Set("rapid.checks", "20") // each opens several ledgers; the flag is there as long as rapid is
	}
	goleak.VerifyTestMain(m)
}

// long reports whether the long suites are wanted.
func long() bool { return os.Getenv("ROLLCALL_LONG") != "" }

// share is how much of a long suite to run: at every test, in the share of .ci/run, or whole.
func share(quick, part, whole int) int {
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		return quick
	case "share":
		return part
	}
	return whole
}
