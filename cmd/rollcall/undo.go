package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// undoCommand is the command undo.
func (p *program) undoCommand() *cli.Command {
	return &cli.Command{
		Name: "undo", Usage: "take back what a run has updated", ArgsUsage: "RUN", Action: p.metered(p.undo),
		Description: "Plans the reverse of the run from what its records were before, and carries it out like sync: a run of its own, which can\n" +
			"be undone, too. What was changed since is kept, and so is what the run has created; both are listed. Sheets stay as they\n" +
			"are: correct them before the next sync, or it sends them again.",
		Flags: append(append(jobFlags(), writeFlags()...),
			// What the job says of conflicts is about its sheets: an undo takes back what is not its own only if it is told to.
			&cli.StringFlag{Name: "on-conflict", Value: "hold", Usage: "of a row with a field that was changed since, `hold` all, or take back all (sheet) or all but that field (api)"},
			&cli.BoolFlag{Name: "plan", DisableDefaultText: true, Usage: "only plan: apply carries it out"}),
	}
}

// undo is the command undo.
func (p *program) undo(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if c.NArg() == 0 {
		return fmt.Errorf("%w: name the run; `rollcall runs` lists them", sync.ErrUsage)
	}
	if c.Bool("plan") {
		return p.planUndo(c, opts)
	}
	if opts.Confirm, err = p.confirmation(c, opts.Job); err != nil {
		return err
	}
	if opts.Confirm != nil {
		opts.Confirm = func(w sync.Writes) bool { return p.agreesToUndo(c, opts, w) }
	}
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	sum, err := sync.Undo(c.Context, soft, opts, c.Args().First())
	return p.undone(c, opts, sum, err)
}

// planUndo is undo with --plan.
func (p *program) planUndo(c *cli.Context, opts sync.Options) error {
	sum, err := sync.PlanUndo(c.Context, p.soft, opts, c.Args().First())
	if sum != nil && !c.Bool("json") {
		if err := p.preview(c, opts, sum); err != nil {
			return err
		}
	}
	return p.undone(c, opts, sum, err)
}

// agreesToUndo shows on a terminal what is going to be taken back and what is not, and asks.
func (p *program) agreesToUndo(c *cli.Context, opts sync.Options, w sync.Writes) bool {
	shown := *p
	shown.out = p.err // as the question
	if err := shown.preview(c, opts, &sync.Summary{Run: w.Run}); err != nil {
		p.complain(err)
		return false
	}
	write(p.err, "\n")
	if len(w.Groups) > 0 {
		showGroups(p.err, stylesFor(c, p.err), w.Groups, rowWordOf(w.Worksheet), shownGroups)
		write(p.err, "\n")
	}
	return p.agrees(fmt.Sprintf("Take back %s of %s at %s? [y/N] ", counted(w.Updates, "update"), opts.Job.Name(), sync.Visible(opts.Job.Where(), "")))
}

// undone ends the command. Nothing to take back is no failure.
func (p *program) undone(c *cli.Context, opts sync.Options, sum *sync.Summary, err error) error {
	if !errors.Is(err, sync.ErrNothingToUndo) {
		return p.conclude(c, opts, sum, err)
	}
	opts.Progress.Note(err.Error())
	if c.Bool("json") {
		return writeJSON(p.out, idle{Version: formatVersion, Command: c.Command.Name, Message: err.Error()})
	}
	return nil
}
