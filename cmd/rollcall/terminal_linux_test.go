package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo-terminal: what the program writes to screen is read from person, and the other way round.
func openTerminal(t *testing.T) (person, screen *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("this machine has no pseudo-terminals: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	return person, screen
}

// onTerminal runs the program on a terminal, types answer when it is asked something, and returns what was on the
// screen and the exit code.
func (p *place) onTerminal(t *testing.T, answer string, env []string, args ...string) (shown string, code int) {
	t.Helper()
	return p.onTerminalOf(t, 0, answer, env, args...)
}

// onTerminalOf is onTerminal on a terminal that is so wide, 0 for one that does not say.
func (p *place) onTerminalOf(t *testing.T, width uint16, answer string, env []string, args ...string) (shown string, code int) {
	t.Helper()
	person, screen := openTerminal(t)
	if width > 0 {
		if err := unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := p.command(t, args...)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = screen, screen, screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screen.Close() // the program's is the only one left: its end ends the reading
	var all bytes.Buffer
	piece := make([]byte, 4096)
	for asked := false; ; {
		n, err := person.Read(piece)
		all.Write(piece[:n])
		if !asked && bytes.Contains(all.Bytes(), []byte("[y/N] ")) {
			asked = true
			if err := reply(cmd.Process, person, answer); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil { // the other side is closed
			break
		}
	}
	_ = cmd.Wait() // the exit code is looked at below
	return all.String(), cmd.ProcessState.ExitCode()
}

// reply types an answer, or presses Ctrl-C.
func reply(program *os.Process, person io.Writer, answer string) error {
	if answer == "Ctrl-C" {
		return program.Signal(os.Interrupt)
	}
	_, err := io.WriteString(person, answer+"\n")
	return err
}

// TestTerminalAsksFirst holds a command that writes to its word: on a terminal it asks, and only yes is yes.
func TestTerminalAsksFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		answer string
		writes int
		exit   int
	}{
		{"y is yes", "y", 1, 0},
		{"the word is yes, in any case", "YES", 1, 0},
		{"n is no", "n", 0, 0},
		{"nothing is no", "", 0, 0},
		{"anything else is no", "maybe", 0, 0},
		{"Ctrl-C is no, and need not wait for a line", "Ctrl-C", 0, 130},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, plainJob)
			p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n")
			shown, code := p.onTerminal(t, c.answer, nil, "sync")
			if !strings.Contains(shown, "Create 1 cro/contact record at http://") {
				t.Errorf("it did not ask:\n%s", shown)
			}
			if got := p.sim.Tally().Writes; got != c.writes || code != c.exit {
				t.Errorf("%d writes, exit code %d, want %d and %d:\n%s", got, code, c.writes, c.exit, shown)
			}
			// A plan that was not let through can still be applied.
			if got := strings.Contains(shown, " apply "); got != (c.writes == 0) {
				t.Errorf("the next command names apply: %t\n%s", got, shown)
			}
		})
	}
}

// TestTerminalNeedNotAsk leaves a person alone who has said yes beforehand, or whom there is nothing to ask.
func TestTerminalNeedNotAsk(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n")
	for _, args := range [][]string{{"sync", "--yes"}, {"sync"}, {"plan"}, {"validate"}} {
		shown, code := p.onTerminal(t, "n", nil, args...)
		if strings.Contains(shown, "[y/N]") || code != 0 {
			t.Errorf("%v: exit code %d, shown:\n%s", args, code, shown)
		}
	}
	if got := p.sim.Tally().Writes; got != 1 {
		t.Errorf("%d writes, want the one of --yes", got)
	}
}

// TestTerminalColours are there on a terminal, and gone where nobody wants them. The bars are a terminal's, too.
func TestTerminalColours(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,a@x.example\n2,wrong\n")
	coloured := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, c := range []struct {
		says string
		env  []string
		args []string
		want bool
	}{
		{"on a terminal", nil, nil, true},
		{"with NO_COLOR", []string{"NO_COLOR=1"}, nil, false},
		{"with an empty NO_COLOR, which is none", []string{"NO_COLOR="}, nil, true},
		{"with --no-color", nil, []string{"--no-color"}, false},
		{"on a dumb terminal", []string{"TERM=dumb"}, nil, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			shown, code := p.onTerminal(t, "", c.env, append(c.args, "plan")...)
			if got := coloured.MatchString(shown); got != c.want || code != 3 {
				t.Errorf("coloured: %t, exit code %d, want %t and 3:\n%q", got, code, c.want, shown)
			}
			if !strings.Contains(shown, "\r") || strings.Contains(shown, "listing cro/contact: 2 to do") {
				t.Errorf("want a bar and no plain lines on a terminal:\n%q", shown)
			}
		})
	}
	if shown, _ := p.onTerminal(t, "", nil, "plan", "-q"); strings.Contains(shown, "listing") {
		t.Errorf("-q shows a bar:\n%q", shown)
	}
}

// TestTerminalIsSafe shows what a sheet can do to a screen: nothing. Control characters of the data come out as escapes.
func TestTerminalIsSafe(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	p.write(t, "contacts.csv", "Customer,E-mail\n1,\x1b]0;owned\x07a@x.example\n2,\x1b[2Jb\u202e\n")
	for _, args := range [][]string{{"validate", "--no-color"}, {"plan", "--no-color"}} {
		shown, _ := p.onTerminal(t, "", nil, args...)
		for _, attack := range []string{"\x1b]0;", "\x1b[2J", "\x07", "\u202e"} {
			if strings.Contains(shown, attack) {
				t.Errorf("%v lets %q through:\n%q", args, attack, shown)
			}
		}
	}
}
