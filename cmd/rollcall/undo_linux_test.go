package main

import (
	"strings"
	"testing"
)

// TestUndoAsksOnATerminal: what goes back is shown field by field, and what does not, and only yes sends it.
func TestUndoAsksOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		answer string
		name   string // of the record in the end
	}{
		{"y is yes", "y", "Ann"},
		{"n is no", "n", "Mary"},
		{"nothing is no", "", "Mary"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, strings.Replace(plainJob, "email}", "email, Name: name}", 1))
			p.write(t, "contacts.csv", "Customer,E-mail,Name\n1,ann@x.example,Ann\n")
			p.rollcall(t, "sync", "--yes")
			p.write(t, "contacts.csv", "Customer,E-mail,Name\n1,ann@x.example,Mary\n1,bob@x.example,Bob\n")
			run := p.rollcall(t, "sync", "--yes", "--json").summary(t).Run
			shown, code := p.onTerminal(t, c.answer, nil, "undo", run, "--no-color")
			for _, want := range []string{`name: "Mary" -> "Ann"`, "undo_create", "Take back 1 update of cro/contact at ", "? [y/N]"} {
				if !strings.Contains(shown, want) {
					t.Errorf("the terminal does not show %q:\n%s", want, shown)
				}
			}
			if code != 3 {
				t.Errorf("exit code %d, want 3: a record was created, and that cannot be undone", code)
			}
			if got := *p.sim.CRO.Contacts(1)[0].Name; got != c.name {
				t.Errorf("the name is %q, want %q", got, c.name)
			}
		})
	}
}
