package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// exportCommand is the command export.
func (p *program) exportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write the current records into a sheet, ready to edit and sync", Action: p.export,
		Description: "Writes the columns of the job, the id first, into a CSV or XLSX file. What was seen is remembered: a later sync of the\n" +
			"sheet knows who has changed what. An export that was interrupted goes on with `rollcall resume`.",
		Flags: append(append(jobFlags(), accountFlags()...),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write `FILE`, .csv or .xlsx"},
			&cli.BoolFlag{Name: "force", DisableDefaultText: true, Usage: "replace FILE if it is there"},
			&cli.StringSliceFlag{Name: "where", Usage: "only records of which a column or field is `FIELD=VALUE`; may be given several times"},
			&cli.BoolFlag{Name: "empty", DisableDefaultText: true, Usage: "write a template: headers, lists and comments, without a request"},
			&cli.IntFlag{Name: "limit", DefaultText: "no limit", Usage: "export at most `N` records"},
			&cli.DurationFlag{Name: "deadline", DefaultText: "none", Usage: "stop after a time such as `2h`; resume goes on"},
		),
	}
}

// export is the command export.
func (p *program) export(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	how := sync.ExportOptions{File: c.String("output"), Where: c.StringSlice("where"), Force: c.Bool("force")}
	if c.Bool("empty") {
		sum, err := sync.ExportTemplate(c.Context, opts, how)
		return p.concludeExport(c, sum, err)
	}
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	sum, err := sync.Export(c.Context, soft, opts, how)
	return p.concludeExport(c, sum, err)
}

// resumeExport goes on with a run if it is an export. It reports false if it is none: nothing has happened then.
func (p *program) resumeExport(c *cli.Context, opts sync.Options) (done bool, err error) {
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	sum, err := sync.ResumeExport(c.Context, soft, opts, c.Args().First())
	if errors.Is(err, sync.ErrNoExport) {
		return false, nil
	}
	return true, p.concludeExport(c, sum, err)
}

// concludeExport shows the account of an export, and ends the command with its exit code.
func (p *program) concludeExport(c *cli.Context, sum *sync.ExportSummary, err error) error {
	if sum == nil {
		return err
	}
	if p.shown != nil {
		p.shown.End()
	}
	if c.Bool("json") {
		if err := writeJSON(p.out, sum); err != nil {
			return err
		}
	} else {
		p.showExport(c, sum)
	}
	if err != nil {
		p.complain(err)
	}
	return ended(sync.Exit(sum.ExitCode))
}

// showExport prints the account of an export for a person.
func (p *program) showExport(c *cli.Context, sum *sync.ExportSummary) {
	st, width := stylesFor(c, p.out), screenWidth(p.out)
	colour := st.green
	if sum.ExitCode != 0 {
		colour = st.yellow
	}
	for _, line := range wrap(sum.Verdict, width) {
		write(p.out, "%s%s%s\n", colour, line, st.reset)
	}
	if len(sum.Groups) > 0 {
		write(p.out, "\n")
		showGroups(p.out, st, sum.Groups, rowWordOf(sum.File.Sheet), shownGroups)
	}
	write(p.out, "\n")
	if path, written := sum.Files["export"]; written {
		write(p.out, "file      %s (%s)\n", sync.Visible(path, ""), counted(sum.File.Columns, "column"))
	}
	if sum.Run != "" {
		write(p.out, "requests  %s sent, %s forecast, in %s\n", figure(sum.Requests.Sent), figure(sum.Requests.Forecast), span(sum.Finished.Sub(sum.Started)))
		write(p.out, "run       %s\n", sum.Run)
	}
	for _, why := range sum.Lists.Refused {
		write(p.out, "refused   %s\n", sync.Visible(why, ""))
	}
	if sum.Next != "" {
		write(p.out, "next      %s\n", sync.Visible(sum.Next, ""))
	}
}
