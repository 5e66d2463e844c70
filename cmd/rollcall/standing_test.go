package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/pace"
)

// noon is a moment in the local zone: clocks are shown as the person's own.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.Local) }

// TestWaitText: whoever sees nothing move is told why, and until when if that is known.
func TestWaitText(t *testing.T) {
	t.Parallel()
	ago, ahead := noon().Add(-75*time.Second), noon().Add(42*time.Second)
	for _, c := range []struct {
		says string
		wait sync.Wait
		want string
	}{
		{"all is well", sync.Wait{Since: ago}, ""},
		{"a pause that the API asked for", sync.Wait{Why: sync.WhyAsked, Status: 429, Since: ago, Until: ahead}, "paused: the API asks to wait (HTTP 429), 42s (until 12:00:42)"},
		{"the rate budget", sync.Wait{Why: sync.WhyLimit, Since: ago, Until: ahead}, "waiting: the rate budget is used up, 42s (until 12:00:42)"},
		{"the rhythm of a rate is no wait", sync.Wait{Why: sync.WhyLimit, Since: ago, Until: noon().Add(time.Second / 2)}, ""},
		{"a slow answer", sync.Wait{Why: sync.WhySlow, Since: ago}, "waiting for an answer of the API for 1m15s"},
		{"an outage with a status", sync.Wait{Why: sync.WhyBroken, Status: 503, Since: ago}, "the API has been in trouble for 1m15s (HTTP 503 Service Unavailable); trying again"},
		{"an outage without an answer", sync.Wait{Why: sync.WhyBroken, Since: ago}, "the API has been in trouble for 1m15s (no answer); trying again"},
		{"a wait into tomorrow", sync.Wait{Why: sync.WhyAsked, Since: ago, Until: noon().Add(13 * time.Hour)}, "paused: the API asks to wait, 13h00m (until Sun 22 Nov 01:00)"},
	} {
		s := &standing{now: noon(), pulse: &sync.Pulse{Wait: c.wait}}
		if got := s.waitText(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.says, got, c.want)
		}
	}
}

// TestBlock is the live block at three widths: never wider than the screen, and with all that matters.
func TestBlock(t *testing.T) {
	t.Parallel()
	s := &standing{name: "pushing", done: 1500, total: 3000, now: noon(), rate: 2.5, left: 10 * time.Minute,
		pulse: &sync.Pulse{Spent: sync.Spent{Requests: 1520, Throttles: 3}, Limit: "20/1m", Underway: 2, Permits: 8,
			Wait: sync.Wait{Why: sync.WhyAsked, Status: 429, Since: noon(), Until: noon().Add(30 * time.Second)}}}
	for _, width := range []int{24, 60, 80, 200} {
		lines := (&block{}).text(s, width)
		for _, line := range lines {
			if displayWidth(line) >= width {
				t.Errorf("%d columns: a line of %d: %q", width, displayWidth(line), line)
			}
		}
		if len(lines) != 4 {
			t.Errorf("%d columns: %q, want 4 lines", width, lines)
		}
	}
	want := []string{
		"50% ██████████████░░░░░░░░░░░░░░  pushing  1,500 of 3,000",
		"  2.5 rows/s, about 10m00s left (until 12:10:00)",
		"  1,520 requests, 2 of at most 8 under way, limit 20/1m, 3 answered 429",
		"  paused: the API asks to wait (HTTP 429), 30s (until 12:00:30)",
	}
	if diff := cmp.Diff((&block{}).text(s, 80), want); diff != "" {
		t.Errorf("(-got +want)\n%s", diff)
	}
}

// TestNobodyKnowsHowLongTroubleLasts: a limit can be reckoned with, an API that is down cannot.
func TestNobodyKnowsHowLongTroubleLasts(t *testing.T) {
	t.Parallel()
	for why, want := range map[sync.Why]string{"": "about 40s left", sync.WhyLimit: "about 40s left", sync.WhyBroken: ""} {
		s := standing{left: 40 * time.Second, pulse: &sync.Pulse{Wait: sync.Wait{Why: why}}}
		if got := s.leftText(); got != want {
			t.Errorf("while it waits for %q: got %q, want %q", why, got, want)
		}
	}
}

// TestBlockGivesWay: a line that stays goes above the block, and nothing of the block is left at the end.
func TestBlockGivesWay(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	d := newTicker(&block{w: &screen, width: func() int { return 80 }}, time.Hour)
	d.Stage("pushing", 4)
	d.Step()
	screen.Reset()
	d.Note("the token was renewed")
	if got := screen.String(); !strings.HasPrefix(got, "\r\x1b[1A\x1b[Jthe token was renewed\n\r") || !strings.Contains(got, "pushing  1 of 4") {
		t.Errorf("the line is not above the block, which is drawn again: %q", got)
	}
	screen.Reset()
	d.End()
	if got := screen.String(); got != "\r\x1b[1A\x1b[J" {
		t.Errorf("the block does not go: %q", got)
	}
	screen.Reset()
	d.Note("done")
	if got := screen.String(); got != "done\n" {
		t.Errorf("the block comes back after its end: %q", got)
	}
}

// TestPlainLines: a log has a line while something moves, and one now and then while nothing does.
// TestALineThatThePacerTellsHoldsNobodyUp: the Pacer tells of trouble with the budget while it holds its own lock, and what is
// shown beside the line is asked of the Pacer.
func TestALineThatThePacerTellsHoldsNobodyUp(t *testing.T) {
	limit, err := pace.ParseLimit("20/1s")
	if err != nil {
		t.Fatal(err)
	}
	for name, on := range map[string]surface{"a terminal": &block{w: io.Discard, width: func() int { return 80 }}, "a log": &plainLines{w: io.Discard}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "budget")
			if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
				t.Fatal(err)
			}
			d := newTicker(on, time.Millisecond)
			told := make(chan string, 100)
			p := pace.New(pace.Share(path, limit, func(text string) { d.Note(text); told <- text }))
			d.Watch(func() sync.Pulse { p.Stats(); return sync.Pulse{} })
			d.Stage("listing", -1)
			ctx, cancel := context.WithCancel(t.Context())
			waited := make(chan struct{})
			go func() {
				_ = p.Wait(ctx) // whether it gets its turn is no matter here
				close(waited)
			}()
			<-told
			cancel()
			<-waited
			d.End()
		})
	}
}

func TestPlainLines(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	l := &plainLines{w: &log}
	s := &standing{name: "pushing", total: 100, now: noon()}
	l.begin(s)
	s.done, s.rate, s.left = 20, 4, 20*time.Second
	l.show(s)
	s.pulse = &sync.Pulse{Wait: sync.Wait{Why: sync.WhyLimit, Since: noon(), Until: noon().Add(40 * time.Second)}}
	for range 2 * stillEvery {
		l.show(s)
	}
	waits := "pushing: 20 of 100, 4.0 rows/s, about 20s left, waiting: the rate budget is used up, 40s (until 12:00:40)\n"
	want := "pushing: 100 to do\npushing: 20 of 100, 4.0 rows/s, about 20s left\n" + waits + waits
	if diff := cmp.Diff(log.String(), want); diff != "" {
		t.Errorf("(-got +want)\n%s", diff)
	}
}

// TestSpeed is over the last minute and a half, so that the rhythm of a limit by the minute does not make it jump.
func TestSpeed(t *testing.T) {
	t.Parallel()
	var s speed
	at := func(seconds int) time.Time { return noon().Add(time.Duration(seconds) * time.Second) }
	if got := s.see(0, at(0)); got != 0 {
		t.Errorf("at the start: %v, want 0", got)
	}
	if got := s.see(20, at(10)); got != 2 {
		t.Errorf("20 steps in 10 seconds: %v, want 2", got)
	}
	for i := range 300 {
		s.see(20+i, at(10+i))
	}
	if got := s.see(320, at(310)); got != 1 {
		t.Errorf("what was longer ago counts: %v, want 1", got)
	}
}

// TestWidthOnScreen: East Asian characters take two cells, and what sits on another character none.
func TestWidthOnScreen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"abc": 3, "株式": 4, "e\u0301": 1, "ü": 1, "": 0, "Ａ": 2} {
		if got := displayWidth(text); got != want {
			t.Errorf("%q: %d cells, want %d", text, got, want)
		}
	}
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"株式会社", 8, "株式会社"}, {"株式会社", 7, "株式会…"}, {"株式会社", 6, "株式…"}, {"abcdef", 4, "abc…"}} {
		if got := shorten(c.text, c.width); got != c.want || displayWidth(got) > c.width {
			t.Errorf("%q in %d cells: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
