package sync

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// quiet is a Progress that shows nothing.
type quiet struct{}

func (quiet) Stage(string, int) {}
func (quiet) Step()             {}
func (quiet) Note(string)       {}
func (quiet) End()              {}

// atDesk is the session of a job with an empty ledger and no connection.
func atDesk(t *testing.T) *session {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "version: 1\ntarget: cro/contact\nconnection: {account: {tenant_id: 1}, auth: {token: \"${env:TOKEN}\"}, timeout: 10s, settle: 3s}\n" +
		"identity: {key: [customer_id, email]}\ncolumns: {Customer: customer_id, E-mail: email}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	job, err := LoadJob(path, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSession(Options{Job: job, Progress: quiet{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.openLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// TestHowLongAbsenceIsNotBelieved: a look counts only when the request can be at work no more, and a settle time later.
func TestHowLongAbsenceIsNotBelieved(t *testing.T) {
	answered := push.Outcome{Status: plan.InDoubt, HTTPStatus: 500}
	unanswered := push.Outcome{Status: plan.InDoubt}
	for _, c := range []struct {
		says    string
		doubt   ledger.Doubt
		settles int
		want    time.Duration
	}{
		{"the process died under way", ledger.Doubt{Outcome: unanswered}, 1, 23 * time.Second},
		{"the second look is a settle time later", ledger.Doubt{Outcome: unanswered}, 2, 26 * time.Second},
		{"we hung up, and could note that", ledger.Doubt{Outcome: unanswered, Concluded: true}, 1, 23 * time.Second},
		{"the API has answered: it is done with the request", ledger.Doubt{Outcome: answered, Concluded: true}, 1, 3 * time.Second},
		{"an answer to an earlier request says nothing of this one", ledger.Doubt{Outcome: answered}, 1, 23 * time.Second},
	} {
		t.Run(c.says, func(t *testing.T) {
			s := atDesk(t)
			set := &settler{session: s}
			for age, want := range map[time.Duration]time.Duration{
				0:                0 + c.want,
				-24 * time.Hour:  0,      // long ago
				24 * time.Hour:   c.want, // the clock was set back meanwhile: nobody waits for a day
				-1 * time.Second: c.want - 1*time.Second,
			} {
				c.doubt.Last = time.Now().Add(age)
				got := set.wait([]ledger.Doubt{c.doubt}, c.settles)
				if got > want || got < want-500*time.Millisecond {
					t.Errorf("an intent %s from now: wait %s, want %s", age, got, want)
				}
			}
		})
	}
}

// TestTheLastOfSeveralIsWaitedFor: one listing serves all of a parent, so that it must be late enough for each.
func TestTheLastOfSeveralIsWaitedFor(t *testing.T) {
	set := &settler{session: atDesk(t)}
	doubts := []ledger.Doubt{{Last: time.Now().Add(-time.Hour)}, {Last: time.Now()}, {Last: time.Now().Add(-10 * time.Second)}}
	if got := set.wait(doubts, 1); got < 22*time.Second {
		t.Errorf("wait %s, want 23s for the second", got)
	}
}

// TestAPlanIsStaleBeforeADoubtIsSettled: if the process dies between the two, or the ledger fails, the plan must not be
// pushed as if nothing had been found.
func TestAPlanIsStaleBeforeADoubtIsSettled(t *testing.T) {
	s := atDesk(t)
	run := &ledger.Run{ID: "20261121-040302-a1b2c", Account: s.account.text(), Resource: s.resource(), State: ledger.StateInterrupted}
	if err := s.ledger.CreateRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	set := &settler{session: s, recorders: map[string]*ledger.Recorder{}}
	if err := set.conclude(t.Context(), run.ID, push.Outcome{Seq: -1, Status: plan.Created}); err == nil {
		t.Fatal("an outcome of no change was recorded")
	}
	if err := set.close(); err != nil {
		t.Fatal(err)
	}
	settled, err := s.settledRuns(t.Context())
	if err != nil || settled[run.ID].IsZero() {
		t.Errorf("settled are %v, %v; want %s among them", settled, err, run.ID)
	}
}

// TestWhatIsNotListedIsNotAbsent: an API without a list cannot say that a record is not there.
func TestWhatIsNotListedIsNotAbsent(t *testing.T) {
	s := atDesk(t)
	blind := *s.opts.Job.Resource
	blind.List = nil
	s.opts.Job.Resource = &blind
	c := plan.Change{Action: plan.Create, Record: blind.Model.NewRecord()}
	if ids, err := s.looker().Look(t.Context(), &c); !errors.Is(err, push.ErrNoLook) {
		t.Errorf("found %v, error %v; want that it cannot look", ids, err)
	}
}
