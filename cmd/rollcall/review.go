package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// deadline is the soft stop of a command: the first interrupt, or the end of --deadline.
func (p *program) deadline(c *cli.Context) (context.Context, context.CancelFunc) {
	if c.Duration("deadline") <= 0 {
		return p.soft, func() {}
	}
	reason := &sync.StopError{Reason: "the deadline has passed", Code: sync.ExitEarly}
	return context.WithDeadlineCause(p.soft, time.Now().Add(c.Duration("deadline")), reason)
}

// How much of a plan is printed; the report has all of it.
const (
	previewChanges = 6
	previewFields  = 12
)

// preview prints the first changes of a plan, field by field.
func (p *program) preview(c *cli.Context, opts sync.Options, sum *sync.Summary) error {
	st, at, width := stylesFor(c, p.out), rowWordOf(sum.Source.Sheet), screenWidth(p.out)
	changes, more, err := sync.Preview(c.Context, opts, sum.Run, previewChanges)
	if err != nil {
		return err
	}
	for _, ch := range changes {
		sign, colour := "+", st.green
		if ch.Update {
			sign, colour = "~", st.yellow
		}
		head := fmt.Sprintf("%s %s %d", sign, at, ch.Row)
		write(p.out, "%s%s%s  %s\n", colour, head, st.reset, cutTo(sync.Visible(ch.Title, ""), width, displayWidth(head)+2))
		for i, f := range ch.Fields {
			if i == previewFields && len(ch.Fields) > i+1 {
				write(p.out, "      … and %d more fields\n", len(ch.Fields)-i)
				break
			}
			p.showField(st, f, width)
		}
	}
	if more > 0 {
		p.say(st.dim, st, fmt.Sprintf("… and %s; report.html and rows.csv have them all", counted(more, "more change")), width)
	}
	return nil
}

// showField prints one field of a change: in one line if it fits, else what was and what is to be in a line each.
func (p *program) showField(st styles, f sync.FieldText, width int) {
	const indent = 6
	name := sync.Visible(f.Field, "")
	before, after := sync.Visible(f.Before, ""), sync.Visible(f.After, "")
	if f.Before == "" {
		write(p.out, "%*s%s: %s\n", indent, "", name, cutTo(after, width, indent+displayWidth(name)+2))
		return
	}
	line := fmt.Sprintf("%s: %s -> %s", name, before, after)
	if width == 0 || indent+displayWidth(line) <= width {
		write(p.out, "%*s%s: %s%s%s -> %s%s%s\n", indent, "", name, st.red, before, st.reset, st.green, after, st.reset)
		return
	}
	write(p.out, "%*s%s:\n", indent, "", name)
	write(p.out, "%*s   %s%s%s\n", indent, "", st.red, cutTo(before, width, indent+3), st.reset)
	write(p.out, "%*s-> %s%s%s\n", indent, "", st.green, cutTo(after, width, indent+3), st.reset)
}

// cutTo shortens text to what is left of a line of a terminal behind used characters. A file is as wide as it takes.
func cutTo(text string, width, used int) string {
	if width == 0 {
		return text
	}
	return shorten(text, max(width-used, minWidth))
}

// forecast is what the planned changes cost: requests, and how long they take at least.
func forecast(opts sync.Options, sum *sync.Summary, now time.Time) string {
	n := sum.Requests.Forecast - sum.Requests.Sent
	text := requests(n) + " planned"
	if d := opts.Job.Forecast(n); d > 0 {
		text += fmt.Sprintf(", at least %s at %s: if applied now, it is done by %s at the earliest", d.Round(time.Second), opts.Job.RateText(), clock(now, now.Add(d)))
	}
	return text
}

// runs is the command runs.
func (p *program) runs(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	runs, err := sync.Runs(c.Context, opts, c.Int("limit"))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, map[string]any{"version": formatVersion, "runs": list(runs)})
	}
	if width := screenWidth(p.out); width > 0 {
		p.showHistory(stylesFor(c, p.out), runs, width, time.Now())
		return nil
	}
	rows := [][]string{{"RUN", "STARTED", "COMMAND", "STATE", "ROWS", "REQUESTS", "EXIT", "SHEET"}}
	for _, r := range runs {
		rows = append(rows, []string{r.ID, r.Started.Local().Format(time.DateTime), r.Command, string(r.State),
			strconv.Itoa(r.Source.Rows), strconv.Itoa(r.Requests.Sent), exitText(r.Finished.IsZero(), r.ExitCode), sync.Visible(r.Source.File, "")})
	}
	table(p.out, rows)
	return nil
}

// exitText is the exit code of a run; one that was cut off has none.
func exitText(cutOff bool, code int) string {
	if cutOff {
		return "-"
	}
	return strconv.Itoa(code)
}

// report is the command report.
func (p *program) report(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		return fmt.Errorf("%w: name the run; `rollcall runs` lists them", sync.ErrUsage)
	}
	sum, err := sync.Rewrite(c.Context, opts, c.Args().First())
	if sum == nil {
		return err
	}
	if c.Bool("json") {
		return p.printFile(sum.Files["summary.json"])
	}
	p.showSummary(c, opts, sum)
	names := make([]string, 0, len(sum.Files))
	for name := range sum.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(p.out, "        %s\n", sum.Files[name])
	}
	return err
}
