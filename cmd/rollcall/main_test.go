package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary be rollcall too: every test runs the program as a process of its own, with real files, a
// real ledger and requests over a real connection.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rollcall": main})
}

// TestScripts runs testdata/script/*.txtar: one per command and one per theme, each headed by its reason.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setUp,
		Cmds:                scriptCommands(),
	})
}

// setUp gives a script homes of its own: locks and ledgers of two scripts never meet.
func setUp(env *testscript.Env) error {
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "home", "state"))
	env.Setenv("TZ", "UTC")
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	env.Setenv("HOST", regexp.QuoteMeta(host))
	env.Values[stageKey{}] = &stage{}
	return nil
}

// scriptCommands is what scripts can do besides the commands that come with testscript.
func scriptCommands() map[string]func(ts *testscript.TestScript, neg bool, args []string) {
	return map[string]func(ts *testscript.TestScript, neg bool, args []string){
		// Processes: exit CODE PROGRAM ARGS, and the same in the background.
		"exit":   cmdExit,
		"begin":  cmdBegin,
		"signal": cmdSignal,
		"end":    cmdEnd,
		"await":  cmdAwait,
		"visit":  cmdVisit,
		"type":   cmdType,
		// The simulator, and what it has seen.
		"simulator":       cmdSimulator,
		"apis":            cmdAPIs,
		"fill":            cmdFill,
		"revoke":          cmdRevoke,
		"hold":            cmdHold,
		"release":         cmdRelease,
		"faults":          cmdFaults,
		"forget-requests": cmdForgetRequests,
		"requests":        cmdRequests,
		"contacts":        cmdContacts,
		"contact":         cmdContact,
		"add-contact":     cmdAddContact,
		"stored":          cmdStored,
		"add":             cmdAdd,
		"sent":            cmdSent,
		// Files.
		"edit":   cmdEdit,
		"sample": cmdSample,
		"decide": cmdDecide,
		"json":   cmdJSON,
		"sql":    cmdSQL,
		"let":    cmdLet,
		"rows":   cmdRows,
		"xlsx":   cmdXLSX,
		"cell":   cmdCell,
		"put":    cmdPut,
		"delete": cmdDelete,
		"lines":  cmdLines,
		"line":   cmdLine,
	}
}
