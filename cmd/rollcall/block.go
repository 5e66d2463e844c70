package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/schollz/progressbar/v3"
)

// block is a few live lines at the bottom of a terminal: the bar, the speed, and what the requests wait for.
type block struct {
	w     io.Writer
	width func() int // of the terminal, in characters
	st    styles
	bar   *progressbar.ProgressBar
	lines int // on the screen
}

var _ surface = (*block)(nil)

// barWidth is the inside of the bar, on a terminal that has room for it.
const barWidth = 28

func (b *block) columns() int { return b.width() }

func (b *block) begin(s *standing) {
	b.bar = nil
	b.show(s)
}

func (b *block) show(s *standing) {
	width := b.width()
	lines := b.text(s, width)
	var out strings.Builder
	out.WriteString(b.home())
	out.WriteString("\x1b[?7l") // a line that does not fit any more must not become two
	for i, line := range lines {
		colour := b.st.dim
		switch {
		case i == 0:
			colour = b.st.bold
		case s.pulse != nil && line == "  "+shorten(s.waitText(), width-3):
			colour = b.st.yellow
		}
		fmt.Fprintf(&out, "%s%s%s\x1b[K\n", colour, line, b.st.reset)
	}
	out.WriteString("\x1b[?7h")
	b.lines = len(lines)
	_, _ = io.WriteString(b.w, out.String()) // a screen that cannot be written to is no trouble of the run
}

// home is what takes the cursor to the first line of the block, which is cleared.
func (b *block) home() string {
	if b.lines == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA\x1b[J", b.lines)
}

// text is the lines of the block, none of them wider than the screen.
func (b *block) text(s *standing, width int) []string {
	count := figure(s.done)
	if s.total > 0 {
		count += " of " + figure(s.total)
	}
	first := s.name
	if s.total > 0 || s.done > 0 {
		first += "  " + count
	}
	if bar := b.drawn(s, max(0, min(barWidth, width-displayWidth(first)-12))); bar != "" {
		first = bar + "  " + first
	}
	lines := []string{first}
	second := strings.TrimPrefix(strings.Join([]string{s.speedText(), s.leftText()}, ", "), ", ")
	if second = strings.TrimSuffix(second, ", "); second != "" {
		lines = append(lines, "  "+second)
	}
	if s.pulse != nil && s.pulse.Requests > 0 {
		lines = append(lines, "  "+s.limitText())
	}
	if wait := s.waitText(); wait != "" {
		lines = append(lines, "  "+wait)
	}
	for i := range lines {
		lines[i] = shorten(lines[i], width-1)
	}
	return lines
}

// drawn is the bar of a stage, or what turns where nobody knows how long it takes.
func (b *block) drawn(s *standing, width int) string {
	if b.bar == nil {
		b.bar = progressbar.NewOptions(max(s.total, -1),
			progressbar.OptionSetWriter(io.Discard),
			progressbar.OptionSetWidth(width),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSpinnerType(14),
			progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░", BarStart: "", BarEnd: ""}),
			progressbar.OptionSetRenderBlankState(true),
		)
	}
	_ = b.bar.Set(min(s.done, max(s.total, s.done))) // it draws on paper that is thrown away
	return strings.TrimSpace(strings.Trim(b.bar.String(), "\r"))
}

func (b *block) above(text []byte) {
	b.clear()
	_, _ = b.w.Write(text)
}

func (b *block) clear() {
	if b.lines > 0 {
		_, _ = io.WriteString(b.w, b.home())
		b.lines = 0
	}
}
