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

// previewChanges is how many changes plan prints; the report has all of them.
const previewChanges = 6

// preview prints the first changes of a plan, field by field.
func (p *program) preview(c *cli.Context, opts sync.Options, sum *sync.Summary) error {
	st := stylesFor(c, p.out)
	changes, more, err := sync.Preview(c.Context, opts, sum.Run, previewChanges)
	if err != nil {
		return err
	}
	for _, ch := range changes {
		sign, colour := "+", st.green
		if ch.Update {
			sign, colour = "~", st.yellow
		}
		fmt.Fprintf(p.out, "%s%s row %d%s  %s\n", colour, sign, ch.Row, st.reset, sync.Visible(ch.Title, ""))
		for _, f := range ch.Fields {
			fmt.Fprintf(p.out, "      %s: %s\n", f.Field, sync.Visible(f.Text, ""))
		}
	}
	if more > 0 {
		fmt.Fprintf(p.out, "  … and %d more; report.html and rows.csv have them all\n", more)
	}
	if len(changes) > 0 {
		fmt.Fprintf(p.out, "%s planned%s\n", requests(sum.Requests.Forecast-sum.Requests.Sent), forecast(opts, sum))
	}
	return nil
}

// forecast is how long the planned requests take at least.
func forecast(opts sync.Options, sum *sync.Summary) string {
	if d := opts.Job.Forecast(sum.Requests.Forecast - sum.Requests.Sent); d > 0 {
		return fmt.Sprintf(", at least %s at %s", d.Round(time.Second), opts.Job.RateText())
	}
	return ""
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
	p.showSummary(c, sum)
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
