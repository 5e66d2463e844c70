package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

var _ push.Recorder = (*ledger.Recorder)(nil)

// openRecorder opens a ledger with a run of n creates, and a recorder for it.
func openRecorder(t testing.TB, n int) (*ledger.Ledger, *ledger.Recorder) {
	t.Helper()
	l := openAt(t, newFolder(t))
	must(t, l.SavePlan(t.Context(), contacts(), newRun("one"), creates(n)))
	r, err := l.Recorder(t.Context(), "one")
	must(t, err)
	return l, r
}

func TestConcurrentIntentsShareCommits(t *testing.T) {
	t.Parallel()
	const workers, each = 64, 20
	l, r := openRecorder(t, workers*each)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range each {
				seq := int64(w*each + i + 1)
				if err := r.Intend(t.Context(), push.Intent{Seq: seq, Attempt: 1}); err != nil {
					t.Error(err)
				}
				if err := r.Conclude(t.Context(), created(seq, fmt.Sprint(seq))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	must(t, r.Close())
	got := r.Stats()
	if got.Intents != workers*each || got.Outcomes != workers*each {
		t.Errorf("got %+v, want %d intents and outcomes", got, workers*each)
	}
	if got.Commits > got.Intents/8 {
		t.Errorf("got %d commits for %d intents, want an eighth at most", got.Commits, got.Intents)
	}
	if counts, err := l.Counts(t.Context(), "one"); err != nil || counts[plan.Created] != workers*each {
		t.Errorf("got counts %v (%v), want all created", counts, err)
	}
}

func TestALoneIntentDoesNotWaitForCompany(t *testing.T) {
	t.Parallel()
	_, r := openRecorder(t, 3)
	for seq := int64(1); seq <= 3; seq++ {
		must(t, r.Intend(t.Context(), push.Intent{Seq: seq, Attempt: 1}))
	}
	if got := r.Stats(); got.Commits != 3 {
		t.Errorf("got %d commits, want one for each of 3 intents that came one by one", got.Commits)
	}
	must(t, r.Close())
}

func TestAFailedCommitStopsEverything(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*testing.T, *ledger.Ledger)
		says  string
	}{
		"the disk is full": {func(t *testing.T, l *ledger.Ledger) { must(t, l.LimitPages(t.Context(), 1)) }, "free some"},
		"the ledger was closed": {func(t *testing.T, l *ledger.Ledger) {
			must(t, l.CloseWriter())
		}, "closed"},
		"the tables are gone": {func(t *testing.T, l *ledger.Ledger) {
			must(t, l.Exec(t.Context(), "DROP TABLE attempts"))
		}, "no such table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, r := func() (*ledger.Ledger, *ledger.Recorder) {
				l, r := openRecorder(t, 2000)
				must(t, r.Intend(t.Context(), push.Intent{Seq: 1, Attempt: 1}))
				c.spoil(t, l)
				return l, r
			}()
			var first error
			seq := int64(2)
			for ; first == nil && seq <= 2000; seq++ {
				first = r.Intend(t.Context(), push.Intent{Seq: seq, Attempt: 1, RequestID: strings.Repeat("x", 500)})
			}
			if first == nil || !strings.Contains(first.Error(), c.says) {
				t.Fatalf("got %v, want an error that says %q", first, c.says)
			}
			before := r.Stats()
			for name, err := range map[string]error{
				"Intend":   r.Intend(t.Context(), push.Intent{Seq: seq, Attempt: 1}),
				"Conclude": r.Conclude(t.Context(), created(1, "1")),
				"Flush":    r.Flush(t.Context()),
				"Close":    r.Close(),
			} {
				if !errors.Is(err, first) {
					t.Errorf("%s: got %v, want the error of the failed commit", name, err)
				}
			}
			if after := r.Stats(); after != before {
				t.Errorf("got %+v, want nothing to be written after %+v", after, before)
			}
		})
	}
}

// Whoever waits when the commit fails learns of it; nobody waits for ever.
func TestAFailedCommitAnswersAllWhoWait(t *testing.T) {
	t.Parallel()
	l, r := openRecorder(t, 64)
	must(t, l.CloseWriter())
	answers := make(chan error)
	for i := range 64 {
		go func() { answers <- r.Intend(t.Context(), push.Intent{Seq: int64(i + 1), Attempt: 1}) }()
	}
	for range 64 {
		if err := <-answers; err == nil {
			t.Error("an intent was acknowledged on a closed ledger")
		}
	}
	if err := r.Close(); err == nil {
		t.Error("the broken recorder was closed without an error")
	}
}

// A full disk must leave the ledger readable, so that the run can be resumed when there is room.
func TestAFullDiskLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	l, r := openRecorder(t, 2000)
	must(t, l.LimitPages(t.Context(), 3))
	var acknowledged int64
	for seq := int64(1); seq <= 2000; seq++ {
		if r.Intend(t.Context(), push.Intent{Seq: seq, Attempt: 1, RequestID: strings.Repeat("x", 500)}) != nil {
			break
		}
		acknowledged = seq
	}
	if acknowledged == 0 || acknowledged == 2000 {
		t.Fatalf("got %d intents acknowledged, want the disk to become full in between", acknowledged)
	}
	if err := r.Close(); err == nil {
		t.Error("the broken recorder was closed without an error")
	}
	must(t, l.LimitPages(t.Context(), 1000))
	r, err := l.Recorder(t.Context(), "one")
	must(t, err)
	must(t, r.Intend(t.Context(), push.Intent{Seq: 2000, Attempt: 1}))
	must(t, r.Close())
	doubts, err := l.Unanswered(t.Context(), contacts(), account, resource)
	must(t, err)
	if int64(len(doubts)) != acknowledged+1 {
		t.Errorf("got %d doubts, want the %d intents that were acknowledged", len(doubts), acknowledged+1)
	}
}
