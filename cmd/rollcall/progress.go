package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// progressFor shows how far a command is: a bar on a terminal, a plain line every few seconds elsewhere, nothing with
// --quiet.
func (p *program) progressFor(c *cli.Context) sync.Progress {
	switch {
	case c.Bool("quiet"):
		return silence{}
	case isTerminal(p.err):
		return &bar{w: p.err}
	}
	return &lines{w: p.err}
}

// silence shows nothing.
type silence struct{}

// Stage says nothing.
func (silence) Stage(string, int) {}

// Step says nothing.
func (silence) Step() {}

// Note says nothing.
func (silence) Note(string) {}

// End says nothing.
func (silence) End() {}

// bar is one live line on a terminal.
type bar struct {
	w   io.Writer
	now atomic.Pointer[progressbar.ProgressBar]
}

// Stage ends the bar of the stage before and begins a new one.
func (b *bar) Stage(name string, total int) {
	b.End()
	b.now.Store(progressbar.NewOptions(total,
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription(fmt.Sprintf("%-24s", name)),
		progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetItsString("rows"),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine that draws over what comes next
		progressbar.OptionSetPredictTime(total > 0),
	))
}

// Step moves the bar.
func (b *bar) Step() {
	if now := b.now.Load(); now != nil {
		_ = now.Add(1) // a screen that cannot be written to is no trouble of the run
	}
}

// Note shows a line above the bar.
func (b *bar) Note(text string) {
	if now := b.now.Load(); now != nil {
		_ = now.Clear() // the next step draws it again, below the line
	}
	fmt.Fprintln(b.w, sync.Visible(text, ""))
}

// End clears the bar.
func (b *bar) End() {
	if now := b.now.Swap(nil); now != nil {
		_ = now.Exit()
		_ = now.Clear()
	}
}

// lineEvery is how often a log gets a line.
const lineEvery = 5 * time.Second

// lines is for logs: a line per stage, and one every few seconds while it lasts.
type lines struct {
	w     io.Writer
	name  string
	total int
	done  atomic.Int64
	last  atomic.Int64 // time of the last line, Unix nanoseconds
}

// Stage writes the name of the stage.
func (l *lines) Stage(name string, total int) {
	l.name, l.total = name, total
	l.done.Store(0)
	l.last.Store(time.Now().UnixNano())
	if total > 0 {
		fmt.Fprintf(l.w, "%s: %d to do\n", name, total)
	}
}

// Step counts, and writes a line if the last one is old enough.
func (l *lines) Step() {
	done := l.done.Add(1)
	last := l.last.Load()
	if now := time.Now().UnixNano(); now-last > int64(lineEvery) && l.last.CompareAndSwap(last, now) {
		if l.total > 0 {
			fmt.Fprintf(l.w, "%s: %d of %d\n", l.name, done, l.total)
		} else {
			fmt.Fprintf(l.w, "%s: %d\n", l.name, done)
		}
	}
}

// End says nothing: a log has no live line to clear.
func (l *lines) End() {}

// Note writes a line.
func (l *lines) Note(text string) { fmt.Fprintln(l.w, sync.Visible(text, "")) }
