package sync

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rollcall-sync/rollcall/sync/push"
)

// simFailpoint is a moment at which a process may die.
type simFailpoint string

const (
	simIntending  simFailpoint = "before the intent"
	simIntended   simFailpoint = "after the intent, before the first byte"
	simFirstByte  simFailpoint = "after the first byte"
	simCommitted  simFailpoint = "after the API has carried it out, before the answer"
	simAnswered   simFailpoint = "after the answer, before the outcome"
	simConcluded  simFailpoint = "after the outcome, before it is on the disk"
	simLooking    simFailpoint = "before a look"
	simLooked     simFailpoint = "after a look"
	simConcluding simFailpoint = "between what makes other plans stale and the outcome of a doubt"
)

func simFailpoints() []simFailpoint {
	return []simFailpoint{simIntending, simIntended, simFirstByte, simCommitted, simAnswered, simConcluded, simLooking, simLooked, simConcluding}
}

// simDeath is when a process dies.
type simDeath struct {
	at simFailpoint
	n  int
}

// simProcess is a process that works on a state folder. When it dies, that folder is copied as it is then, and the next process
// goes on with the copy: what the dead one does later, nobody sees.
type simProcess struct {
	quiet
	t    *testing.T
	plan simDeath
	dir  string // of its ledger
	heir string // where the copy goes
	kill context.CancelFunc

	mu     sync.Mutex
	passed int
	dead   bool
	over   bool // it has come to its end, and dies no more
}

// dies passes a failpoint, and reports whether the process is dead by now.
func (p *simProcess) dies(at simFailpoint) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead || p.over || at != p.plan.at {
		return p.dead
	}
	if p.passed++; p.passed == p.plan.n {
		p.dead = true
		copyLedger(p.t, p.dir, p.heir)
		p.kill()
	}
	return p.dead
}

// end is the end of the process, if it has not died before. It reports whether it has.
func (p *simProcess) end() (dead bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return p.dead
}

// isDead reports whether the process has died.
func (p *simProcess) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// Step is called when what became of a doubt is known, and before that is recorded.
func (p *simProcess) Step() { p.dies(simConcluding) }

// copyLedger copies the files of a ledger as they are. The mark goes first: it may be behind the ledger, and never ahead.
func copyLedger(t *testing.T, from, to string) {
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"ledger.db-mark", "ledger.db", "ledger.db-wal"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// simRecorder is the ledger's recorder, with failpoints around what it does.
type simRecorder struct {
	push.Recorder
	proc *simProcess
}

// Intend makes an intent durable.
func (r simRecorder) Intend(ctx context.Context, in push.Intent) error {
	if r.proc.dies(simIntending) {
		return errSimDead
	}
	err := r.Recorder.Intend(ctx, in)
	if r.proc.dies(simIntended) {
		return errSimDead
	}
	return err
}

// Conclude takes an outcome in.
func (r simRecorder) Conclude(ctx context.Context, out push.Outcome) error {
	if r.proc.isDead() {
		return errSimDead
	}
	err := r.Recorder.Conclude(ctx, out)
	r.proc.dies(simConcluded)
	return err
}
