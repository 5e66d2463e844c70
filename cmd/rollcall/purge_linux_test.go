package main

import (
	"strings"
	"testing"
)

// TestPurgeAsksOnATerminal: what goes is shown first, and only yes removes it.
func TestPurgeAsksOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		answer string
		gone   bool
		exit   int
	}{
		{"y is yes", "y", true, 0},
		{"n is no", "n", false, 0},
		{"nothing is no", "", false, 0},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, plainJob)
			p.write(t, "contacts.csv", "Customer,E-mail\n1,ann.archer@x.example\n")
			run := p.rollcall(t, "sync", "--yes", "--json").summary(t).Run
			shown, code := p.onTerminal(t, c.answer, nil, "purge", "--older-than", "1ns")
			if !strings.Contains(shown, run) || !strings.Contains(shown, "Remove the personal data of 1 run for good? [y/N]") || code != c.exit {
				t.Errorf("got exit code %d, want %d and a question that names the run:\n%s", code, c.exit, shown)
			}
			if found := searched(t, p.path(".rollcall"), []string{"ann.archer"}); (len(found) == 0) != c.gone {
				t.Errorf("the data is in %q, want it to be gone: %t", found, c.gone)
			}
		})
	}
}
