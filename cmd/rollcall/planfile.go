package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// planFileFlag has plan write a file for review.
func planFileFlag() cli.Flag {
	return &cli.StringFlag{Name: "output", Aliases: []string{"o"},
		Usage: "write the plan to `FILE` (.xlsx or .jsonl, or - to print it), to be reviewed and given to apply"}
}

// plan is the command plan.
func (p *program) plan(c *cli.Context) error {
	if c.IsSet("output") && c.String("output") == "" { // a variable of a script that was not set
		return fmt.Errorf("%w: --output is empty", sync.ErrUsage)
	}
	shown := *p
	if c.String("output") == printed {
		if c.Bool("json") {
			return fmt.Errorf("%w: --json and -o - both print on standard output; give -o a file", sync.ErrUsage)
		}
		shown.out = p.err
		if c.Bool("quiet") {
			shown.out = io.Discard
		}
	}
	opts, err := shown.options(c)
	if err != nil {
		return err
	}
	opts.Sheet = c.Args().First()
	sum, err := sync.PlanInto(c.Context, p.soft, opts, sync.PlanOutput{File: c.String("output"), Printed: p.out})
	if sum == nil {
		return err
	}
	if !c.Bool("json") {
		if err := shown.preview(c, opts, sum); err != nil {
			return err
		}
	}
	return shown.conclude(c, opts, sum, err)
}

// applyCommand is the command apply.
func (p *program) applyCommand() *cli.Command {
	return &cli.Command{
		Name: "apply", Usage: "push exactly a stored plan, or what a plan file approves", ArgsUsage: "[RUN|FILE]", Action: p.metered(p.apply),
		Description: "Pushes a stored plan, the latest one of the job's account if none is named. Of a FILE that `plan -o` has written it\n" +
			"pushes the rows that the file approves, and skips the others for good; the file may differ in nothing else. A plan is\n" +
			"refused if its sheet, job, target or account has changed since, or another run has written to the account.",
		Flags: append(jobFlags(), writeFlags()...),
	}
}

// apply is the command apply.
func (p *program) apply(c *cli.Context) error {
	named := c.Args().First()
	if strings.ContainsAny(named, `./\`) && !sync.IsPlanFile(named) { // the id of a run has none of these
		return fmt.Errorf("%w: %s is neither a run nor a plan file, which ends in %s", sync.ErrUsage, named, sync.PlanFileNames())
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if opts.Confirm, err = p.confirmation(c, opts.Job); err != nil {
		return err
	}
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	push := sync.Apply
	if sync.IsPlanFile(named) {
		push = sync.ApplyFile
	}
	sum, err := push(c.Context, soft, opts, named)
	return p.conclude(c, opts, sum, err)
}
