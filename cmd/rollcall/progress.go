package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// display is a sync.Progress that also shows the pulse of the requests. It shows nothing after End, until the next stage.
type display interface {
	sync.Progress
	// Watch is called before the first request, if there are going to be any.
	Watch(pulse func() sync.Pulse)
	// Forecast says how long n requests take at least.
	Forecast(func(n int) time.Duration)
	// Write shows text of somebody else, such as lines of a log, without a mess.
	io.Writer
}

// progressFor shows how far a command is: a live block on a terminal, a plain line every few seconds elsewhere, nothing with
// --quiet.
func (p *program) progressFor(c *cli.Context) display {
	switch {
	case c.Bool("quiet"):
		p.shown = silence{p.err}
	case isTerminal(p.err) && os.Getenv("TERM") != "dumb":
		p.shown = newTicker(&block{w: p.err, width: func() int { return screenWidth(p.err) }, st: stylesFor(c, p.err)}, blockEvery)
	default:
		p.shown = newTicker(&plainLines{w: p.err}, lineEvery)
	}
	return p.shown
}

// How often the display is renewed.
const (
	blockEvery = 200 * time.Millisecond
	lineEvery  = 5 * time.Second
)

// silence shows nothing but what is written to it.
type silence struct{ io.Writer }

// Stage says nothing.
func (silence) Stage(string, int) {}

// Step says nothing.
func (silence) Step() {}

// Note says nothing.
func (silence) Note(string) {}

// End says nothing.
func (silence) End() {}

// Watch watches nothing.
func (silence) Watch(func() sync.Pulse) {}

// Forecast is not asked.
func (silence) Forecast(func(int) time.Duration) {}

// surface is where a ticker shows the standing. It is used by one goroutine at a time.
type surface interface {
	// columns is how wide it is, 0 if that does not matter. It may be called at any time.
	columns() int
	// begin shows that a stage begins.
	begin(s *standing)
	// show shows how things stand.
	show(s *standing)
	// above shows text that is to stay.
	above(text []byte)
	// clear takes away what is not to stay.
	clear()
}

// ticker counts steps and shows on its surface how things stand, every so often: also while nothing happens, for then a person
// wants to know why.
type ticker struct {
	every time.Duration
	done  atomic.Int64

	turn     chan struct{} // full while somebody uses what follows
	on       surface
	name     string // of the stage, "" between stages
	total    int
	meter    speed
	watched  func() sync.Pulse
	pulse    *sync.Pulse // the latest, nil before the first
	forecast func(int) time.Duration
	stop     chan struct{} // ends the goroutine of the stage
	stopped  chan struct{}
}

var _ display = (*ticker)(nil)

func newTicker(on surface, every time.Duration) *ticker {
	return &ticker{on: on, every: every, turn: make(chan struct{}, 1)}
}

// begin waits for the caller's turn.
func (t *ticker) begin() { t.turn <- struct{}{} }

// over ends it.
func (t *ticker) over() { <-t.turn }

// Stage ends the stage before and begins a new one.
func (t *ticker) Stage(name string, total int) {
	t.End()
	t.feel()
	t.begin()
	defer t.over()
	t.done.Store(0)
	t.name, t.total, t.meter = name, total, speed{}
	t.on.begin(t.standing(time.Now()))
	t.stop, t.stopped = make(chan struct{}), make(chan struct{})
	go t.run(t.stop, t.stopped)
}

// Step counts.
func (t *ticker) Step() { t.done.Add(1) }

// Note shows a line that stays.
func (t *ticker) Note(text string) {
	width := t.on.columns()
	_, _ = t.Write([]byte(strings.Join(wrapTo(sync.Visible(text, ""), width, width), "\n  ") + "\n"))
}

// Write shows text that stays.
func (t *ticker) Write(text []byte) (int, error) {
	t.begin()
	defer t.over()
	t.on.above(text)
	if t.name != "" && bytes.HasSuffix(text, []byte("\n")) {
		t.refresh(time.Now())
	}
	return len(text), nil
}

// End ends the stage. Nothing is drawn over what comes next.
func (t *ticker) End() {
	t.begin()
	stop, stopped := t.stop, t.stopped
	t.stop, t.stopped, t.name = nil, nil, ""
	t.on.clear()
	t.over()
	if stop != nil {
		close(stop)
		<-stopped
	}
}

// Watch shows the pulse from now on.
func (t *ticker) Watch(pulse func() sync.Pulse) {
	t.begin()
	defer t.over()
	t.watched = pulse
}

// feel takes the pulse. Whoever feels it waits for the Pacer, which may be telling a line at the same moment and wait for its
// turn here: so it is not done in anybody's turn, and never by a line that is told.
func (t *ticker) feel() {
	t.begin()
	watched := t.watched
	t.over()
	if watched == nil {
		return
	}
	pulse := watched()
	t.begin()
	defer t.over()
	t.pulse = &pulse
}

// Forecast is asked for the time that is left.
func (t *ticker) Forecast(forecast func(int) time.Duration) {
	t.begin()
	defer t.over()
	t.forecast = forecast
}

// run shows how things stand until the stage ends.
func (t *ticker) run(stop <-chan struct{}, stopped chan<- struct{}) {
	defer close(stopped)
	ticks := time.NewTicker(t.every)
	defer ticks.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticks.C:
			t.feel()
			t.begin()
			if t.stop != nil { // else the stage has just ended
				t.on.show(t.standing(now))
			}
			t.over()
		}
	}
}

// refresh shows on a terminal what a line has taken the place of. A log has every line already.
func (t *ticker) refresh(now time.Time) {
	if b, live := t.on.(*block); live {
		b.show(t.standing(now))
	}
}

// standing is how things stand.
func (t *ticker) standing(now time.Time) *standing {
	s := &standing{name: t.name, done: int(t.done.Load()), total: t.total, now: now}
	s.rate = t.meter.see(s.done, now)
	s.pulse = t.pulse
	if s.total > s.done && s.rate > 0 {
		s.left = time.Duration(float64(s.total-s.done) / s.rate * float64(time.Second))
		if t.forecast != nil && t.name == sync.StagePushing {
			s.left = max(s.left, t.forecast(s.total-s.done))
		}
	}
	return s
}

// plainLines is for logs: a line per stage, and one every few seconds while it lasts, or less often if nothing moves.
type plainLines struct {
	w     io.Writer
	done  int // that the latest line told
	quiet int // ticks since then
}

// stillEvery is every how many ticks a line is written of a stage in which nothing moves.
const stillEvery = 6

var _ surface = (*plainLines)(nil)

func (l *plainLines) columns() int { return 0 }

func (l *plainLines) begin(s *standing) {
	l.done, l.quiet = 0, 0
	if s.total > 0 {
		write(l.w, "%s: %s to do\n", s.name, figure(s.total))
	}
}

func (l *plainLines) show(s *standing) {
	if l.quiet++; s.done == l.done && l.quiet%stillEvery != 1 {
		return
	}
	if s.done != l.done {
		l.done, l.quiet = s.done, 0
	}
	text := s.name
	if s.total > 0 {
		text += ": " + figure(s.done) + " of " + figure(s.total)
	} else if s.done > 0 {
		text += ": " + figure(s.done)
	}
	for _, more := range []string{s.speedText(), s.leftText(), s.waitText()} {
		if more != "" {
			text += ", " + more
		}
	}
	write(l.w, "%s\n", text)
}

func (l *plainLines) above(text []byte) { _, _ = l.w.Write(text) }

func (l *plainLines) clear() {}
