package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// resolveCommand is the command resolve.
func (p *program) resolveCommand() *cli.Command {
	return &cli.Command{
		Name: "resolve", Usage: "find out what became of the rows in doubt, or say it", ArgsUsage: "RUN", Action: p.metered(p.resolve),
		Description: "Looks again for what became of every row of the run that is in doubt. What looking does not settle is asked on a\n" +
			"terminal, or said with --row and one of --adopt, --absent and --skip. Nothing is written to the API.",
		Flags: append(append(jobFlags(), accountFlags()...),
			&cli.IntSliceFlag{Name: "row", Usage: "only this row `N` of the sheet; may be given again"},
			&cli.StringFlag{Name: "adopt", Usage: "the row's record is there, under this `ID`"},
			&cli.BoolFlag{Name: "absent", DisableDefaultText: true, Usage: "the record is not there: resume may send it again"},
			&cli.BoolFlag{Name: "skip", DisableDefaultText: true, Usage: "the row is done with, whatever came of it"},
			&cli.StringFlag{Name: "reason", Usage: "why, in a `TEXT` that ledger and report keep"},
			metricsFlag()),
	}
}

// resolve is the command resolve.
func (p *program) resolve(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		return fmt.Errorf("%w: name the run; `rollcall runs` lists them", sync.ErrUsage)
	}
	how, err := resolution(c)
	if err != nil {
		return err
	}
	if how.Decision.Verdict == sync.Leave && isTerminal(p.in) && isTerminal(p.err) {
		how.Ask = (&asker{program: p, in: bufio.NewReader(p.in), styles: stylesFor(c, p.err)}).ask
	}
	sum, err := sync.Resolve(c.Context, p.soft, opts, c.Args().First(), how)
	return p.conclude(c, opts, sum, err)
}

// resolution is what the flags of resolve say.
func resolution(c *cli.Context) (sync.Resolution, error) {
	how := sync.Resolution{Rows: c.IntSlice("row")}
	var said []string
	for _, flag := range []struct {
		name    string
		verdict sync.Verdict
	}{{"adopt", sync.Adopt}, {"absent", sync.Absent}, {"skip", sync.Skip}} {
		if c.IsSet(flag.name) && (flag.verdict == sync.Adopt || c.Bool(flag.name)) {
			said = append(said, "--"+flag.name)
			how.Decision.Verdict = flag.verdict
		}
	}
	how.Decision.ID, how.Decision.Reason = strings.TrimSpace(c.String("adopt")), strings.TrimSpace(c.String("reason"))
	wrong := ""
	switch {
	case len(said) > 1:
		wrong = strings.Join(said, " and ") + " contradict each other: give one of them"
	case len(said) == 0 && c.IsSet("reason"):
		wrong = "--reason needs a decision: --adopt ID, --absent or --skip"
	case len(said) == 1 && len(how.Rows) == 0:
		wrong = said[0] + " needs --row N: the row of the sheet that it is about"
	case len(said) == 1 && how.Decision.Reason == "":
		wrong = said[0] + " needs --reason TEXT, which ledger and report keep"
	case how.Decision.Verdict == sync.Adopt && how.Decision.ID == "":
		wrong = "--adopt needs the id of the record"
	case how.Decision.Verdict == sync.Adopt && len(how.Rows) > 1:
		wrong = "--adopt names the record of one row, so give --row once"
	}
	if wrong != "" {
		return how, fmt.Errorf("%w: %s", sync.ErrUsage, wrong)
	}
	return how, nil
}

// asker asks a person on a terminal about rows in doubt.
type asker struct {
	program *program
	in      *bufio.Reader
	styles  styles
	gone    bool // there is nobody to answer any more
}

// ask shows a row in doubt and returns what the person says of it.
func (a *asker) ask(d sync.DoubtInfo) (sync.Decision, error) {
	a.program.shown.End() // nothing may be drawn over the question
	a.show(&d)
	for !a.gone {
		answer, err := a.line("(a)dopt, (n)ot there, (s)kip the row, or (l)eave it in doubt? [l] ")
		if err != nil {
			return sync.Decision{}, err
		}
		switch strings.ToLower(answer) {
		case "a", "adopt":
			return a.reasoned(sync.Adopt, a.record(d.Candidates))
		case "n", "not there":
			return a.reasoned(sync.Absent, nil)
		case "s", "skip":
			return a.reasoned(sync.Skip, nil)
		case "", "l", "leave":
			return sync.Decision{}, nil
		}
	}
	return sync.Decision{}, nil
}

// show prints what was sent for a row, and what is known of it.
func (a *asker) show(d *sync.DoubtInfo) {
	w, st := a.program.err, a.styles
	kind := "create"
	if d.Update {
		kind = "update"
	}
	fmt.Fprintf(w, "\n%srow %d%s, %s of %s\n", st.bold, d.Row, st.reset, kind, sync.Visible(d.Title, ""))
	for _, f := range d.Fields {
		fmt.Fprintf(w, "      %s: %s\n", f.Field, sync.Visible(f.String(), ""))
	}
	fmt.Fprintf(w, "  %s%s%s\n", st.yellow, sync.Visible(d.Message, ""), st.reset)
}

// record is how the id of the record to adopt is asked for. Return takes the only candidate.
func (a *asker) record(candidates []string) func() (string, error) {
	question, only := "Id of the record: ", ""
	if len(candidates) == 1 {
		only = candidates[0]
		question = "Id of the record: [" + sync.Visible(only, "") + "] "
	}
	return func() (string, error) {
		for !a.gone {
			id, err := a.line(question)
			if id == "" {
				id = only
			}
			if err != nil || id != "" {
				return id, err
			}
		}
		return "", nil
	}
}

// reasoned completes a verdict with what else it needs: an id, if it is asked for, and a reason.
func (a *asker) reasoned(verdict sync.Verdict, record func() (string, error)) (d sync.Decision, err error) {
	if record != nil {
		if d.ID, err = record(); err != nil {
			return sync.Decision{}, err
		}
	}
	for !a.gone {
		if d.Reason, err = a.line("Why? It is kept with the run: "); err != nil {
			return sync.Decision{}, err
		}
		if d.Reason != "" {
			d.Verdict = verdict
			return d, nil
		}
	}
	return sync.Decision{}, nil
}

// line asks a question and reads the answer. At the end of the input there is nobody to answer any more. The error is that of
// an interrupt.
func (a *asker) line(question string) (string, error) {
	type answer struct {
		text string
		err  error
	}
	fmt.Fprint(a.program.err, question)
	came := make(chan answer, 1)
	go func() { // it may wait for a line until the program ends: Ctrl-C must not have to wait for it
		text, err := a.in.ReadString('\n')
		came <- answer{text, err}
	}()
	select {
	case got := <-came:
		a.gone = errors.Is(got.err, io.EOF)
		if got.err != nil && !a.gone {
			return "", fmt.Errorf("read the answer: %w", got.err)
		}
		return strings.TrimSpace(got.text), nil
	case <-a.program.soft.Done():
		fmt.Fprintln(a.program.err)
		return "", a.program.soft.Err()
	}
}
