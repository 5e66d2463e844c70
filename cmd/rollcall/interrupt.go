package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rollcall-sync/rollcall/sync"
)

// interrupts gives two contexts: the first interrupt or termination ends soft, which finishes what is in flight; the
// second ends ctx, which does not. stop releases both.
func interrupts(parent context.Context) (ctx, soft context.Context, stop func()) {
	ctx, cut := context.WithCancelCause(parent)
	soft, drain := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range signals {
			reason := &sync.StopError{Reason: "interrupted", Code: sync.ExitInterrupted}
			if s == syscall.SIGTERM {
				reason = &sync.StopError{Reason: "terminated", Code: sync.ExitTerminated}
			}
			if soft.Err() != nil {
				cut(reason)
			}
			drain(reason)
		}
	}()
	return ctx, soft, func() {
		signal.Stop(signals)
		close(signals)
		drain(nil)
		cut(nil)
	}
}

// sayStopping tells a person at the first interrupt what happens now, and how to stop at once. stop ends that.
func (p *program) sayStopping(opts sync.Options) (stop func() bool) {
	return context.AfterFunc(p.soft, func() {
		opts.Progress.Note("Stopping: what is in flight is finished. A second interrupt stops at once.")
	})
}
