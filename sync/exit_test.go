package sync

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

func TestExitOf(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want Exit
	}{
		{"no trouble", nil, ExitOK},
		{"trouble without a code of its own", errors.New("disk on fire"), ExitError},
		{"a bad job file", ErrJob, ExitUsage},
		{"a wrong command line", ErrUsage, ExitUsage},
		{"no plan to apply", ErrNoPlan, ExitUsage},
		{"a run that does not exist", ledger.ErrNoRun, ExitUsage},
		{"a file that is no sheet", &sheet.Error{File: "x.csv"}, ExitUsage},
		{"a workbook that is damaged as a whole", &sheet.Error{File: "x.xlsx", Damaged: true}, ExitError},
		{"a sheet that is damaged further down", &sheet.Error{File: "x.csv", Row: 7}, ExitError},
		{"columns that do not fit", &mapping.DriftError{}, ExitRefused},
		{"a guard", &plan.GuardError{}, ExitRefused},
		{"a stale plan", ErrStale, ExitRefused},
		{"a plan that another run has overtaken", ledger.ErrStale, ExitRefused},
		{"a guard while pushing", push.ErrGuard, ExitEarly},
		{"an API that is down for too long", push.ErrDown, ExitEarly},
		{"a limit", push.ErrLimit, ExitEarly},
		{"the lock of another run", &ledger.HeldError{}, ExitLocked},
		{"a token that the API does not accept, while reading", remote.ErrUnauthorized, ExitAuth},
		{"a token that the API does not accept, while writing", push.ErrUnauthorized, ExitAuth},
		{"a tenant that is not ours", plan.ErrAccount, ExitAuth},
		{"a role that may not write", push.ErrForbidden, ExitAuth},
		{"a write that is redirected", push.ErrMisdirected, ExitError},
		{"a ledger that cannot be written", push.ErrRecorder, ExitError},
		{"accounts that do not add up", &reconcile.AccountError{}, ExitInvalid},
		{"an interrupt", &StopError{"interrupted", ExitInterrupted}, ExitInterrupted},
		{"bad credentials are graver than a stop", errors.Join(&StopError{"the deadline has passed", ExitEarly}, remote.ErrUnauthorized), ExitAuth},
		{"a deadline", &StopError{"the deadline has passed", ExitEarly}, ExitEarly},
		{"accounts that do not add up are graver than bad credentials", errors.Join(remote.ErrUnauthorized, &reconcile.AccountError{}), ExitInvalid},
		{"accounts that do not add up are graver than a stop", errors.Join(&StopError{"terminated", ExitTerminated}, &reconcile.AccountError{}), ExitInvalid},
		{"a stop is graver than a limit", errors.Join(push.ErrLimit, &StopError{"terminated", ExitTerminated}), ExitTerminated},
		{"a stop is graver than an API that is down", errors.Join(push.ErrDown, &StopError{"interrupted", ExitInterrupted}), ExitInterrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ExitOf(c.err); got != c.want {
				t.Errorf("exit = %d, want %d", got, c.want)
			}
			if c.err == nil {
				return
			}
			if got := ExitOf(fmt.Errorf("read the page: %w", c.err)); got != c.want {
				t.Errorf("wrapped, exit = %d, want %d", got, c.want)
			}
		})
	}
}

// TestExitPrecedence takes every pair of reasons: the graver one counts. The order is that of the contract.
func TestExitPrecedence(t *testing.T) {
	order := []Exit{ExitInvalid, ExitAuth, ExitInterrupted, ExitTerminated, ExitEarly, ExitDoubt, ExitProblems, ExitOK}
	for i, high := range order {
		for _, low := range order[i:] {
			if got := graver(high, low); got != high {
				t.Errorf("of %d and %d counts %d, want %d", high, low, got, high)
			}
			if got := graver(low, high); got != high {
				t.Errorf("of %d and %d counts %d, want %d", low, high, got, high)
			}
		}
	}
}

func TestExitOfRun(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts plan.Counts
		end    ending
		want   Exit
	}{
		{"everything done", plan.Counts{plan.Created: 3, plan.Unchanged: 4, plan.Skipped: 1}, ending{}, ExitOK},
		{"nothing at all", plan.Counts{}, ending{}, ExitOK},
		{"an invalid row", plan.Counts{plan.Created: 3, plan.Invalid: 1}, ending{}, ExitProblems},
		{"a rejected row", plan.Counts{plan.Rejected: 1}, ending{}, ExitProblems},
		{"a failed row", plan.Counts{plan.Failed: 1}, ending{}, ExitProblems},
		{"a conflict", plan.Counts{plan.Conflict: 1}, ending{}, ExitProblems},
		{"a doubt is graver than an invalid row", plan.Counts{plan.InDoubt: 1, plan.Invalid: 5}, ending{}, ExitDoubt},
		{"an early end is graver than a doubt", plan.Counts{plan.InDoubt: 1, plan.NotAttempted: 5}, ending{early: push.ErrGuard}, ExitEarly},
		{"an interrupt is graver than an early end", plan.Counts{plan.NotAttempted: 5},
			ending{early: fmt.Errorf("%w: %w", push.ErrStopped, &StopError{"interrupted", ExitInterrupted})}, ExitInterrupted},
		{"bad credentials are graver than anything but a bug", plan.Counts{plan.InDoubt: 1}, ending{early: push.ErrUnauthorized}, ExitAuth},
		{"a plan waits, which is no failure", plan.Counts{plan.NotAttempted: 5}, ending{planned: true}, ExitOK},
		{"a plan with an invalid row ends as apply would", plan.Counts{plan.NotAttempted: 5, plan.Invalid: 1}, ending{planned: true}, ExitProblems},
		{"a refused plan", plan.Counts{plan.NotAttempted: 5, plan.Invalid: 50}, ending{refusal: &plan.GuardError{}, planned: true}, ExitRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := exitOfRun(c.counts, c.end); got != c.want {
				t.Errorf("exit = %d, want %d", got, c.want)
			}
		})
	}
}

// TestExitOfEveryMixture puts every set of reasons together: the gravest counts, whatever else holds.
func TestExitOfEveryMixture(t *testing.T) {
	type mixture struct {
		counts plan.Counts
		early  []error
	}
	reasons := []struct { // the gravest first, as the contract has them
		exit Exit
		add  func(*mixture)
	}{
		{ExitAuth, func(m *mixture) { m.early = append(m.early, push.ErrUnauthorized) }},
		{ExitInterrupted, func(m *mixture) { m.early = append(m.early, &StopError{"interrupted", ExitInterrupted}) }},
		{ExitEarly, func(m *mixture) { m.early = append(m.early, push.ErrLimit) }},
		{ExitEarly, func(m *mixture) { m.early = append(m.early, push.ErrGuard) }},
		{ExitDoubt, func(m *mixture) { m.counts[plan.InDoubt] = 1 }},
		{ExitProblems, func(m *mixture) { m.counts[plan.Invalid] = 1 }},
		{ExitProblems, func(m *mixture) { m.counts[plan.Rejected] = 1 }},
		{ExitProblems, func(m *mixture) { m.counts[plan.Failed] = 1 }},
		{ExitProblems, func(m *mixture) { m.counts[plan.Conflict] = 1 }},
		{ExitOK, func(m *mixture) { m.counts[plan.Created] = 1 }},
	}
	for set := range 1 << len(reasons) {
		m, want := mixture{counts: plan.Counts{}}, ExitOK
		for i := len(reasons) - 1; i >= 0; i-- {
			if set>>i&1 == 1 {
				reasons[i].add(&m)
				want = reasons[i].exit
			}
		}
		if got := exitOfRun(m.counts, ending{early: errors.Join(m.early...)}); got != want {
			t.Errorf("%v and %v: exit = %d, want %d", m.counts, m.early, got, want)
		}
	}
}

func TestEveryExitIsExplained(t *testing.T) {
	seen := map[Exit]bool{}
	for _, m := range Exits() {
		if m.Meaning == "" || m.Fix == "" || seen[m.Code] {
			t.Errorf("exit code %d lacks its meaning or its fix, or is there twice", m.Code)
		}
		seen[m.Code] = true
	}
	for _, e := range []Exit{ExitOK, ExitError, ExitUsage, ExitProblems, ExitRefused, ExitDoubt, ExitEarly, ExitLocked, ExitAuth, ExitInvalid, ExitInterrupted, ExitTerminated} {
		if !seen[e] {
			t.Errorf("exit code %d is not explained", e)
		}
	}
}

func TestCauseOfAStop(t *testing.T) {
	soft, stop := context.WithCancelCause(t.Context())
	if err := cause(soft, context.Canceled); ExitOf(err) != ExitError {
		t.Errorf("nobody has stopped the command, yet its exit is %d", ExitOf(err))
	}
	stop(&StopError{"terminated", ExitTerminated})
	if err := cause(soft, context.Canceled); ExitOf(err) != ExitTerminated {
		t.Errorf("exit = %d, want %d", ExitOf(err), ExitTerminated)
	}
	if err := cause(soft, nil); err != nil {
		t.Errorf("a command that came to its end has the error %v", err)
	}
}

func TestQuoteIsSafeToPaste(t *testing.T) {
	for path, want := range map[string]string{
		"/home/a/contacts.csv": "/home/a/contacts.csv",
		"My contacts.csv":      "'My contacts.csv'",
		"it's.csv":             `'it'\''s.csv'`,
		"$(rm -r x).csv":       "'$(rm -r x).csv'",
		"Ł.csv":                "'Ł.csv'",
	} {
		if got := quote(path); got != want {
			t.Errorf("quote(%s) = %s, want %s", path, got, want)
		}
	}
}
