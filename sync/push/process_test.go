package push_test

import (
	"context"
	"errors"
	"sync"
)

// failpoint is a moment between two steps of which the one is durable without the other.
type failpoint string

const (
	beforeIntent failpoint = "before the intent is written"
	beforeFsync  failpoint = "after the intent is written, before it is durable"
	afterFsync   failpoint = "after the intent is durable, before the first byte"
	firstByte    failpoint = "after the first byte"
	afterCommit  failpoint = "after the server has carried it out, before the answer"
	afterAnswer  failpoint = "after the answer, before the outcome"
	afterOutcome failpoint = "after the outcome, before it is durable"
	beforeLook   failpoint = "while settling, before a look"
	afterLook    failpoint = "while settling, after a look"
)

// failpoints is all of them.
func failpoints() []failpoint {
	return []failpoint{beforeIntent, beforeFsync, afterFsync, firstByte, afterCommit, afterAnswer, afterOutcome, beforeLook, afterLook}
}

var errDead = errors.New("the process is dead")

// death is when a process dies: as it passes a failpoint for the n-th time.
type death struct {
	at failpoint
	n  int
}

// process is one process that works on a run. It may die, as if by kill -9: what it has done by then stays, and nothing that
// it does afterwards has an effect. The methods of a nil process say that it lives.
type process struct {
	number int
	plan   death // the zero value is none
	seed   uint64
	kill   context.CancelFunc

	mu     sync.Mutex
	passed int
	gone   bool
}

// dies notes that the process passes a failpoint, and reports whether it is dead, by now or since long.
func (p *process) dies(at failpoint) bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone || at != p.plan.at {
		return p.gone
	}
	if p.passed++; p.passed == p.plan.n {
		p.gone = true
		p.kill()
	}
	return p.gone
}

// dead reports whether the process has died.
func (p *process) dead() bool {
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// lucky reports whether what was under way for a change when the process died got through all the same: the operating
// system writes what it was handed, and the network delivers it.
func (p *process) lucky(seq int64) bool {
	return chance(p.seed, uint64(p.number), uint64(seq), 77).IntN(2) == 0
}
