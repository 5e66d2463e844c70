package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// showSummary prints the account of a run: its problems, totals that add up, the verdict, the files, and what to do next.
func (p *program) showSummary(c *cli.Context, opts sync.Options, sum *sync.Summary) {
	st, width := stylesFor(c, p.out), screenWidth(p.out)
	if len(sum.Groups) > 0 {
		write(p.out, "\n")
		showGroups(p.out, st, sum.Groups, rowWordOf(sum.Source.Sheet), shownGroups)
	}
	took := "cut off by a crash"
	if !sum.Finished.IsZero() {
		took = tookText(sum.Finished.Sub(sum.Started))
	}
	name, facts := sum.Command+" "+sum.Target, fmt.Sprintf("run %s, %s, %s", sum.Run, took, requests(sum.Requests.Sent))
	if width > 0 && displayWidth(name+"  "+facts) > width {
		name, facts = name+"\n", strings.Join(wrap(facts, width-2), "\n  ")
	}
	write(p.out, "\n%s%s%s  %s\n", st.bold, name, st.reset, facts)
	for _, line := range sync.Totals(sum) {
		write(p.out, "  %s\n", line)
	}
	if sum.Warned > 0 {
		write(p.out, "  %s with warnings\n", counted(sum.Warned, "row"))
	}
	colour := st.green
	switch {
	case sum.ExitCode != 0 && sum.ExitCode != int(sync.ExitProblems):
		colour = st.red
	case sum.ExitCode != 0:
		colour = st.yellow
	}
	write(p.out, "\n")
	p.say(colour, st, sync.Visible(sum.Verdict, ""), width)
	for line := range strings.SplitSeq(sync.Visible(sum.Reason, "\n"), "\n") {
		if line != "" {
			p.say(colour, st, line, width)
		}
	}
	if sum.Planned != nil && sum.Planned.Create+sum.Planned.Update > 0 {
		p.say("", st, forecast(opts, sum, time.Now()), width)
	}
	write(p.out, "\nReport  %s\n", sum.Files["report.html"])
	if sum.Next != "" {
		write(p.out, "Next    %s%s%s\n", st.bold, sum.Next, st.reset)
	}
}

// say prints a paragraph in a colour, wrapped on a terminal.
func (p *program) say(colour string, st styles, text string, width int) {
	for _, line := range wrapTo(text, width, width) {
		reset := st.reset
		if colour == "" {
			reset = ""
		}
		write(p.out, "%s%s%s\n", colour, line, reset)
	}
}

// tookText is how long a run took.
func tookText(d time.Duration) string {
	if d < time.Minute {
		return d.Round(10 * time.Millisecond).String()
	}
	return span(d)
}
