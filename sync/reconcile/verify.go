package reconcile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Finding is what a check has come to.
type Finding string

// The findings.
const (
	Holds     Finding = "ok"
	Wrong     Finding = "wrong"
	Unchecked Finding = "unchecked" // what it would be checked by is gone
)

// Check is one thing that was looked at, and what was found.
type Check struct {
	Name    string  `json:"check"` // of a file, or what it is about: input, rows, done, identity
	Finding Finding `json:"finding"`
	Message string  `json:"message"`          // what holds, or the first thing that is wrong
	Row     int     `json:"row,omitempty"`    // of the sheet that is to blame, 0 if no single one is
	Places  int     `json:"places,omitempty"` // how many things are wrong
	Path    string  `json:"path,omitempty"`   // of the file
	Remedy  string  `json:"remedy,omitempty"`
}

// Verification is what became of checking a run again.
type Verification struct {
	Version  int     `json:"version"`
	Command  string  `json:"command"`
	Run      string  `json:"run"`
	Target   string  `json:"target"`
	Purged   bool    `json:"purged"`  // what needs personal data cannot be checked any more
	Counts   Counts  `json:"counts"`  // as input and ledger have them
	Account  []Check `json:"account"` // of the input and the ledger: no report is looked at
	Files    []Check `json:"files"`   // of the report
	Verdict  string  `json:"verdict"`
	ExitCode int     `json:"exit_code"`
}

// exitChanged is the exit code for files that do not say what the ledger says.
const exitChanged = 1

// Conclude draws the conclusion from the checks. Accounts that do not add up are beyond mending, and weigh more than files
// that can be written again.
func (v *Verification) Conclude() {
	account, files, unchecked := count(v.Account, Wrong), count(v.Files, Wrong), count(v.Account, Unchecked)+count(v.Files, Unchecked)
	switch {
	case account > 0:
		v.ExitCode, v.Verdict = exitInvalid, "INVALID: the accounts do not add up."
	case files > 0:
		v.ExitCode, v.Verdict = exitChanged, fmt.Sprintf("The accounts add up; of the report, %s must be written again.", counted(files, "file"))
	case unchecked > 0:
		v.ExitCode, v.Verdict = 0, fmt.Sprintf("What can still be checked holds: the account of %s adds up.", rows(v.Counts.Read))
	default:
		v.ExitCode, v.Verdict = 0, fmt.Sprintf("All holds: %s, each accounted for exactly once.", rows(v.Counts.Read))
	}
}

// count is how many checks have come to a finding.
func count(checks []Check, f Finding) int {
	n := 0
	for i := range checks {
		if checks[i].Finding == f {
			n++
		}
	}
	return n
}

// proof collects what is wrong with one thing, and keeps the first of it.
type proof struct {
	name, path string
	places     int
	row        int
	first      string
}

// fault notes that something is wrong. row is the row of the sheet to blame, 0 for none.
func (p *proof) fault(row int, format string, args ...any) {
	if p.places++; p.places == 1 {
		p.row, p.first = row, fmt.Sprintf(format, args...)
	}
}

// check is what has been found. holds is what is said if nothing is wrong, remedy what is to be done otherwise.
func (p *proof) check(holds, remedy string) Check {
	c := Check{Name: p.name, Finding: Holds, Message: holds, Path: p.path}
	if p.places == 0 {
		return c
	}
	c.Finding, c.Message, c.Row, c.Places, c.Remedy = Wrong, p.first, p.row, p.places, remedy
	if p.row > 0 {
		c.Message = fmt.Sprintf("row %d: %s", p.row, p.first)
	}
	if p.places > 1 {
		c.Message += fmt.Sprintf(", and %s more", number(p.places-1))
	}
	return c
}

// Missing is the check of a thing of which nothing can be said, and why.
func Missing(name, why string) Check { return Check{Name: name, Finding: Unchecked, Message: why} }

// openPlain opens a file of a run, which nothing but a file may stand for. What is wrong is told for a person.
func openPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the file is missing")
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	return os.Open(path)
}

// quoted is a text as a message shows it.
func quoted(text string) string {
	const shown = 60
	return fmt.Sprintf("%q", cut(text, shown))
}

// checkThere finds files that are only looked for: what they say is for the eye, and nobody counts on it.
func checkThere(dir, name string, wanted bool, remedy string) Check {
	p := proof{name: name, path: filepath.Join(dir, name)}
	f, err := openPlain(p.path)
	if err == nil {
		err = f.Close()
	}
	switch {
	case wanted && err != nil:
		p.fault(0, "%v", err)
	case !wanted && err == nil:
		p.fault(0, "there is such a file, and the run has nothing for it")
	}
	if !wanted {
		return p.check("there is none, and there is nothing for one", remedy)
	}
	return p.check("it is there; what it says is not compared", remedy)
}
