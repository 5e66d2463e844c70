package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// process is a program that a script runs in the background.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    bytes.Buffer
	err    string // name of a file, which can be read while the program runs
	exited chan struct{}
}

// cmdExit runs a program and asserts its exact exit code: exit CODE PROGRAM [ARG...].
func cmdExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if ended := new(exec.ExitError); errors.As(err, &ended) {
		got = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if got != number(ts, args[0]) {
		ts.Fatalf("got exit code %d, want %s", got, args[0])
	}
}

// cmdBegin starts a program in the background: begin PROGRAM [ARG...]. A script has one at a time; PID is its process.
func cmdBegin(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: begin PROGRAM [ARG...]")
	}
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[1:]...), err: filepath.Join(ts.Getenv("TMPDIR"), "stderr"), exited: make(chan struct{})}
	errOut, err := os.Create(p.err)
	ts.Check(err)
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "TOKEN", "TZ", "TMPDIR"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+ts.Getenv(name))
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, errOut
	p.in, err = p.cmd.StdinPipe()
	ts.Check(err)
	ts.Check(errors.Join(p.cmd.Start(), errOut.Close()))
	ts.Setenv("PID", strconv.Itoa(p.cmd.Process.Pid))
	go func() {
		_ = p.cmd.Wait() // the exit code is in the process state
		close(p.exited)
	}()
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // it has ended if all went well
		<-p.exited
	})
	stageOf(ts).background = p
}

// cmdSignal sends INT, TERM or KILL to the program in the background.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal INT|TERM|KILL")
	}
	ts.Check(stageOf(ts).background.cmd.Process.Signal(signals[args[0]]))
}

// cmdEnd waits for the program in the background, asserts its exit code (-1 if a signal killed it) and makes its output
// that of the last command: end CODE.
func cmdEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: end CODE")
	}
	p := stageOf(ts).background
	<-p.exited
	_, err := ts.Stdout().Write(p.out.Bytes())
	ts.Check(err)
	_, err = io.WriteString(ts.Stderr(), ts.ReadFile(p.err))
	ts.Check(err)
	if got := p.cmd.ProcessState.ExitCode(); got != number(ts, args[0]) {
		ts.Fatalf("got exit code %d, want %s", got, args[0])
	}
}

// cmdAwait waits until something has happened: the simulator holds up COUNT answers (await -held COUNT), the program has
// said something (await -stderr TEXT), a file is there (await -file FILE), an address answers (await ADDRESS), or a free
// one is found (await -free VARIABLE).
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	switch {
	case neg || len(args) == 0 || len(args) > 2:
		ts.Fatalf("usage: await -held COUNT | await -stderr TEXT | await ADDRESS | await -file FILE | await -free VARIABLE")
	case args[0] == "-free":
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(args[1], listener.Addr().String())
		ts.Check(listener.Close())
	case args[0] == "-file":
		poll(ts, func() bool {
			_, err := os.Stat(ts.MkAbs(args[1]))
			return err == nil
		})
	case args[0] == "-stderr":
		poll(ts, func() bool { return strings.Contains(ts.ReadFile(stageOf(ts).background.err), args[1]) })
	case len(args) == 1:
		poll(ts, func() bool {
			res, err := http.Get("http://" + args[0])
			return err == nil && res.Body.Close() == nil
		})
	default:
		poll(ts, func() bool { return stageOf(ts).gate.Load().held.Load() >= int64(number(ts, args[1])) })
	}
}

// poll asks until the answer is yes. If the program in the background ends before that, it never will be.
func poll(ts *testscript.TestScript, happened func() bool) {
	p := stageOf(ts).background
	for !happened() {
		select {
		case <-p.exited:
			ts.Fatalf("the program has ended with exit code %d before that\n%s%s", p.cmd.ProcessState.ExitCode(), p.out.String(), ts.ReadFile(p.err))
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// number reads a whole number of a script.
func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		ts.Fatalf("%q is not a number", text)
	}
	return n
}
