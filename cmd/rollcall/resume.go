package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// resumeCommand is the command resume.
func (p *program) resumeCommand() *cli.Command {
	return &cli.Command{
		Name: "resume", Usage: "go on with a run that was interrupted", ArgsUsage: "[RUN]", Action: p.metered(p.resume),
		Description: "Pushes what is left of the run, or of the latest unfinished one of the job's account. Rows in doubt are settled\n" +
			"first, and rows that are done are not sent again. A run is refused if its sheet, job, target or account has changed.",
		Flags: append(jobFlags(), writeFlags()...),
	}
}

// idle is what a command prints with --json that had nothing to do and so has no run to account for.
type idle struct {
	Version  int    `json:"version"`
	Command  string `json:"command"`
	Message  string `json:"message"`
	ExitCode int    `json:"exit_code"`
}

// resume is the command resume.
func (p *program) resume(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if done, err := p.resumeExport(c, opts); done || err != nil { // it writes nothing to the API, so nobody is asked
		return err
	}
	if opts.Confirm, err = p.confirmation(c, opts.Job); err != nil {
		return err
	}
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	sum, err := sync.Resume(c.Context, soft, opts, c.Args().First())
	if errors.Is(err, sync.ErrNothingToResume) {
		opts.Progress.Note(err.Error())
		if c.Bool("json") {
			return writeJSON(p.out, idle{Version: formatVersion, Command: c.Command.Name, Message: err.Error()})
		}
		return nil
	}
	return p.conclude(c, opts, sum, err)
}
