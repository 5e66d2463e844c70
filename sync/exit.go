package sync

import (
	"errors"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// Exit is an exit code of the program. The codes are part of its contract.
type Exit int

// The exit codes.
const (
	ExitOK          Exit = 0   // every row accounted for and none failed, or nothing to do
	ExitError       Exit = 1   // trouble of the run
	ExitUsage       Exit = 2   // command line or job file
	ExitProblems    Exit = 3   // finished; some rows invalid, rejected, failed or in conflict
	ExitRefused     Exit = 4   // refused before the first write: guard, stale plan, header drift
	ExitDoubt       Exit = 5   // finished; some rows in doubt
	ExitEarly       Exit = 6   // stopped early and resumable: deadline, guard, limit
	ExitLocked      Exit = 7   // another run holds the lock
	ExitAuth        Exit = 12  // authentication or permission
	ExitInvalid     Exit = 70  // the accounts do not add up: a bug
	ExitInterrupted Exit = 130 // interrupted, state saved
	ExitTerminated  Exit = 143 // terminated, state saved
)

// Meaning is what an exit code means and what to do then.
type Meaning struct {
	Code    Exit   `json:"code"`
	Meaning string `json:"meaning"`
	Fix     string `json:"fix"`
}

// Exits is the table of exit codes, for explain and the documentation.
func Exits() []Meaning {
	return []Meaning{
		{ExitOK, "every row is accounted for and none failed, or there was nothing to do", "nothing"},
		{ExitError, "the run could not go on: a file, the network or the API is in trouble", "read the message; it names the cause and the remedy"},
		{ExitUsage, "the command line, the job file or the sheet's form is wrong", "correct what the message names, with its line and column"},
		{ExitProblems, "finished, but some rows are invalid, rejected, failed or in conflict", "correct failed.csv and sync it: it goes back in as it is"},
		{ExitRefused, "refused before the first write: a guard, a stale plan or run, or columns that do not fit the job", "check that the sheet is the right one; then adjust the job, or plan or sync again"},
		{ExitDoubt, "finished, but for some rows it was not seen what became of them", "resolve the run: it looks again, and asks about what looking does not settle; a sync looks first, too"},
		{ExitEarly, "stopped early: a deadline, a limit or guards.max_failures; nothing is lost", "resume the run, or sync again: what is done is not sent again"},
		{ExitLocked, "another run is at work on this account and resource", "wait for its end"},
		{ExitAuth, "the API does not accept the credentials, or does not let them do this", "check connection.auth, connection.account and the role of the user"},
		{ExitInvalid, "the accounts do not add up: a bug of Rollcall, and the report says INVALID", "keep the run's folder and report the bug"},
		{ExitInterrupted, "interrupted by a person; the state is saved", "resume the run, or sync again"},
		{ExitTerminated, "terminated by the system; the state is saved", "resume the run, or sync again"},
	}
}

// ExitOf is the exit code of a command that ended with err.
func ExitOf(err error) Exit {
	if err == nil {
		return ExitOK
	}
	var stop *StopError
	stopped := errors.As(err, &stop)
	for _, c := range []struct {
		exit Exit
		is   func() bool
	}{
		{ExitInvalid, as[*reconcile.AccountError](err)},
		{ExitAuth, is(err, remote.ErrUnauthorized, plan.ErrAccount, push.ErrUnauthorized, push.ErrForbidden)},
		{ExitLocked, as[*ledger.HeldError](err)},
		{ExitRefused, as[*mapping.DriftError](err)},
		{ExitRefused, as[*plan.GuardError](err)},
		{ExitRefused, is(err, ErrStale, ErrPlanFile, ErrDoubt, ledger.ErrStale)},
		{ExitUsage, is(err, ErrJob, ErrUsage, ErrNoPlan, ErrPurged, ledger.ErrNoRun, reconcile.ErrNoPlanFile)},
		{ExitUsage, as[*model.DocumentError](err)},
		{ExitUsage, func() bool { var e *sheet.Error; return errors.As(err, &e) && e.Row == 0 && !e.Damaged }},
		{ExitEarly, is(err, push.ErrDown, push.ErrGuard, push.ErrLimit)},
	} {
		if stopped && c.exit != ExitInvalid && c.exit != ExitAuth {
			return stop.Code
		}
		if c.is() {
			return c.exit
		}
	}
	return ExitError
}

// ErrUsage marks a wrong use of the command line.
var ErrUsage = errors.New("wrong usage")

// as reports, when asked, whether err holds an error of type E.
func as[E error](err error) func() bool {
	return func() bool {
		var e E
		return errors.As(err, &e)
	}
}

// is reports, when asked, whether err is one of several sentinels.
func is(err error, sentinels ...error) func() bool {
	return func() bool {
		for _, s := range sentinels {
			if errors.Is(err, s) {
				return true
			}
		}
		return false
	}
}

// exitOfRun is the exit code of a run with an account: where several reasons hold, the gravest counts. Rows that a plan
// leaves for later are no reason.
func exitOfRun(counts plan.Counts, e ending) Exit {
	code := ExitOK
	switch {
	case counts[plan.InDoubt] > 0:
		code = ExitDoubt
	case counts[plan.Invalid]+counts[plan.Rejected]+counts[plan.Failed]+counts[plan.Conflict] > 0:
		code = ExitProblems
	}
	for _, err := range []error{e.refusal, e.early} {
		if err != nil {
			code = graver(code, ExitOf(err))
		}
	}
	return code
}

// graver is the exit code that counts where two hold.
func graver(a, b Exit) Exit {
	order := []Exit{ExitInvalid, ExitAuth, ExitInterrupted, ExitTerminated, ExitError, ExitRefused, ExitEarly, ExitDoubt, ExitProblems}
	for _, e := range order {
		if a == e || b == e {
			return e
		}
	}
	return ExitOK
}
