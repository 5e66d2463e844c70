package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/sync"
)

// TestInterruptEndsValidate stops a command that sends nothing at the first interrupt, with the code of an interrupt: there
// is nothing in flight that could be finished.
func TestInterruptEndsValidate(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n"+strings.Repeat("1,a@x.example\n", 10_000))
	soft, interrupt := context.WithCancelCause(t.Context())
	interrupt(&sync.StopError{Reason: "interrupted", Code: sync.ExitInterrupted})
	var out, errOut bytes.Buffer
	program := &program{in: strings.NewReader(""), out: &out, err: &errOut, soft: soft}
	if got := program.run(t.Context(), []string{"-c", p.path("config.yaml"), "validate", p.path("contacts.csv")}); got != 130 {
		t.Errorf("exit code %d, want 130\n%s%s", got, out.String(), errOut.String())
	}
	if !strings.Contains(errOut.String(), "interrupted") || out.Len() > 0 {
		t.Errorf("standard error %q, standard output %q: want the reason on the one and nothing on the other", errOut.String(), out.String())
	}
}
