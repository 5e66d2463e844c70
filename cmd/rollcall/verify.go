package main

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// reportCommand is the command report.
func (p *program) reportCommand() *cli.Command {
	return &cli.Command{
		Name: "report", Usage: "write the report files of a run again, or check them", ArgsUsage: "RUN",
		Description: "Writes all files of the run again, from the ledger and the private copy of the input.\n\n" +
			"--verify writes nothing. It goes through the copy of the input and the ledger once more, row by row, and then compares\n" +
			"the files that lie in the run's folder. Exit code 0: all holds. 70: the accounts do not add up, for a row of the input\n" +
			"has no change in the ledger, or two, or the counts are not a sum, or one of both is not what it was. 1: they do, but a\n" +
			"file of the report was changed or is missing, or the ledger has learned more since; report without --verify writes it\n" +
			"again. Of a run that was purged it checks what is left.",
		Flags: append(jobFlags(), &cli.BoolFlag{Name: "verify", DisableDefaultText: true, Usage: "write nothing: check that every row is accounted for, and that the files say so"}),
		Action: func(c *cli.Context) error {
			if c.Bool("verify") {
				return p.verify(c)
			}
			return p.report(c)
		},
	}
}

// verify is the command report --verify.
func (p *program) verify(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		return fmt.Errorf("%w: name the run; `rollcall runs` lists them", sync.ErrUsage)
	}
	v, err := sync.Verify(p.soft, opts, c.Args().First())
	if err != nil {
		return err
	}
	if c.Bool("json") {
		if err := writeJSON(p.out, v); err != nil {
			return err
		}
		return ended(sync.Exit(v.ExitCode))
	}
	p.showVerification(c, v)
	return ended(sync.Exit(v.ExitCode))
}

// showVerification prints a line for each check, what to do about those that failed, and the verdict.
func (p *program) showVerification(c *cli.Context, v *sync.Verification) {
	st, width := stylesFor(c, p.out), screenWidth(p.out)
	name := 0
	all := slices.Concat(v.Account, v.Files)
	for i := range all {
		name = max(name, len(all[i].Name))
	}
	write(p.out, "%sreport --verify %s%s  run %s\n", st.bold, v.Target, st.reset, v.Run)
	for i := range all {
		check := &all[i]
		colour := map[sync.Finding]string{sync.Holds: st.green, sync.Wrong: st.red}[check.Finding]
		reset := st.reset
		if colour == "" {
			reset = ""
		}
		head := fmt.Sprintf("  %-9s  %-*s  ", check.Finding, name, check.Name)
		room := width - len(head)
		lines := wrapTo(sync.Visible(check.Message, ""), width, room)
		if check.Remedy != "" {
			lines = append(lines, wrapTo(sync.Visible(check.Remedy, ""), width, room)...)
		}
		for i, line := range lines {
			if i > 0 {
				head = fmt.Sprintf("%*s", len(head), "")
			}
			write(p.out, "%s%s%s%s\n", colour, head, reset, line)
		}
	}
	colour := st.green
	if v.ExitCode != 0 {
		colour = st.red
	}
	write(p.out, "\n")
	p.say(colour, st, v.Verdict, width)
}
