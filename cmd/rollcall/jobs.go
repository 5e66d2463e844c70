package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// commands is every command in the order of the help.
func (p *program) commands() []*cli.Command {
	return []*cli.Command{
		p.demoCommand(),
		p.initCommand(),
		{Name: "validate", Usage: "check every cell of every row, offline", ArgsUsage: "[SHEET]", Action: p.validate,
			Flags: append(jobFlags(), &cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write all problems to `FILE` (CSV)"},
				&cli.StringFlag{Name: "annotate", Usage: "write the sheet again to `FILE` (XLSX), problem cells marked"},
				&cli.IntFlag{Name: "limit-problems", Value: 50, Usage: "print at most `N` problems; all are counted"})},
		{Name: "plan", Usage: "show what would be done, without writing to the API", ArgsUsage: "[SHEET]", Action: p.metered(p.plan),
			Flags: slices.Concat(jobFlags(), accountFlags(), planFlags(), []cli.Flag{metricsFlag(), planFileFlag()})},
		p.applyCommand(),
		{Name: "sync", Usage: "plan and push: the nightly command", ArgsUsage: "[SHEET]", Action: p.metered(p.sync), Flags: slices.Concat(jobFlags(), writeFlags(), planFlags())},
		p.exportCommand(),
		p.resumeCommand(),
		p.resolveCommand(),
		p.undoCommand(),
		p.loginCommand(),
		p.checkCommand(),
		{Name: "runs", Usage: "list the runs", Action: p.runs, Flags: []cli.Flag{&cli.IntFlag{Name: "limit", Value: 20, Usage: "show the latest `N`"}}},
		p.reportCommand(),
		p.purgeCommand(),
		{Name: "targets", Usage: "list the APIs that Rollcall knows", Action: p.targets, Flags: targetFlags()},
		p.fieldsCommand(),
		{Name: "explain", Usage: "say what a problem code or an exit code means", ArgsUsage: "[CODE]", Action: p.explain},
		p.simulateCommand(),
		{Name: "completion", Usage: "print a completion script", ArgsUsage: "bash|zsh|fish|powershell", Action: p.completion},
		{Name: "man", Usage: "print the manual page", Action: p.man},
		p.schemaCommand(),
		{Name: "version", Usage: "print the version", Action: p.version},
	}
}

// targetFlags choose a target.
func targetFlags() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "target-file", Usage: "use the target in `FILE` instead of an embedded one"}}
}

// jobFlags go with every command that reads the job file.
func jobFlags() []cli.Flag { return targetFlags() }

// trustFlags go with every command that opens a connection.
func trustFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "ca-file", Usage: "trust the authorities in `FILE` (PEM) too"},
		&cli.BoolFlag{Name: "insecure", DisableDefaultText: true, Usage: "accept http and any certificate: for test systems only"},
	}
}

// accountFlags go with every command that speaks to the API.
func accountFlags() []cli.Flag {
	return append(trustFlags(),
		&cli.StringFlag{Name: "rate", Usage: "requests and time, such as `20/1m`, or none"},
		&cli.IntFlag{Name: "workers", DefaultText: "the job's", Usage: "`N` requests in flight"},
	)
}

// planFlags go with every command that plans.
func planFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "recreate", DisableDefaultText: true, Usage: "create again what was created before and is gone"},
		&cli.StringFlag{Name: "on-conflict", DefaultText: "the job's", Usage: "of a field changed in sheet and API: `hold` the row, or take the value of the sheet or the api"},
	}
}

// writeFlags go with every command that writes to the API.
func writeFlags() []cli.Flag {
	return append(accountFlags(),
		&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Aliases: []string{"y"}, Usage: "do not ask"},
		&cli.IntFlag{Name: "limit", DefaultText: "no limit", Usage: "carry out at most `N` changes"},
		&cli.IntFlag{Name: "max-requests", DefaultText: "no limit", Usage: "send at most `N` writes"},
		&cli.BoolFlag{Name: "recheck", DisableDefaultText: true, Usage: "read each record again right before its update"},
		metricsFlag(),
		&cli.DurationFlag{Name: "deadline", DefaultText: "none", Usage: "begin nothing more after a time such as `2h`"},
	)
}

// options reads the job file and what the command line adds to it.
func (p *program) options(c *cli.Context) (sync.Options, error) {
	if c.NArg() > 0 && c.Args().First() == "" { // a variable of a script that was not set
		return sync.Options{}, fmt.Errorf("%w: the argument of %s is empty", sync.ErrUsage, c.Command.Name)
	}
	if err := errors.Join(tooMany(c, 1), checkBounds(c)); err != nil {
		return sync.Options{}, err
	}
	shown := p.progressFor(c)
	log, err := p.logger(c, shown)
	if err != nil {
		return sync.Options{}, err
	}
	job, err := sync.LoadJob(c.String("config"), c.String("target-file"))
	if err != nil {
		return sync.Options{}, err
	}
	if err := job.Override(sync.Overrides{
		Rate: c.String("rate"), Workers: c.Int("workers"), CAFile: c.String("ca-file"), OnConflict: c.String("on-conflict"),
	}); err != nil {
		return sync.Options{}, err
	}
	opts := sync.Options{
		Job: job, State: c.String("state"), Command: c.Command.Name, Version: version(), Recreate: c.Bool("recreate"), Recheck: c.Bool("recheck"),
		Insecure: c.Bool("insecure"), Progress: shown, Log: log, Watch: shown.Watch,
		Bounds: sync.Bounds{Limit: c.Int("limit"), MaxRequests: c.Int("max-requests")},
	}
	shown.Forecast(job.Forecast)
	if p.meter != nil {
		opts.Meter = p.meter
	}
	return opts, nil
}

// tooMany refuses more arguments than a command takes.
func tooMany(c *cli.Context, most int) error {
	n := c.NArg()
	if n <= most {
		return nil
	}
	takes := "no argument"
	if most > 0 {
		takes = fmt.Sprintf("at most %d argument", most)
	}
	return fmt.Errorf("%w: %s takes %s, not %d: %s", sync.ErrUsage, c.Command.Name, takes, n, strings.Join(c.Args().Slice(), " "))
}

// checkBounds refuses bounds that bound nothing: who asks for --limit 0 does not mean "no limit".
func checkBounds(c *cli.Context) error {
	for name, least := range map[string]int{"limit": 1, "max-requests": 1, "limit-problems": 0} {
		if c.IsSet(name) && c.Int(name) < least {
			return fmt.Errorf("%w: --%s must be at least %d", sync.ErrUsage, name, least)
		}
	}
	if c.IsSet("workers") && c.Int("workers") < 1 {
		return fmt.Errorf("%w: --workers must be 1 to 64", sync.ErrUsage)
	}
	if c.IsSet("on-conflict") && c.String("on-conflict") == "" { // a variable of a script that was not set
		return fmt.Errorf("%w: --on-conflict is empty: say hold, sheet or api", sync.ErrUsage)
	}
	if c.IsSet("deadline") && c.Duration("deadline") <= 0 {
		return fmt.Errorf("%w: --deadline must be longer than nothing", sync.ErrUsage)
	}
	return nil
}

// sync is the command sync.
func (p *program) sync(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if opts.Confirm, err = p.confirmation(c, opts.Job); err != nil {
		return err
	}
	opts.Sheet = c.Args().First()
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(opts)()
	sum, err := sync.Sync(c.Context, soft, opts)
	return p.conclude(c, opts, sum, err)
}

// confirmation is how a command that writes asks first. Where nobody can answer, --yes must have said it.
func (p *program) confirmation(c *cli.Context, job *sync.Job) (func(sync.Writes) bool, error) {
	if c.Bool("yes") {
		return nil, nil
	}
	if !isTerminal(p.in) || !isTerminal(p.err) {
		return nil, fmt.Errorf("%w: %s writes to the API and there is no terminal to ask on; add --yes", sync.ErrUsage, c.Command.Name)
	}
	return func(w sync.Writes) bool {
		if len(w.Groups) > 0 {
			showGroups(p.err, stylesFor(c, p.err), w.Groups, rowWordOf(w.Worksheet), shownGroups)
			write(p.err, "\n")
		}
		if text := beside(w); text != "" {
			write(p.err, "%s\n", text)
		}
		return p.agrees(fmt.Sprintf("%s at %s? [y/N] ", writesText(w, job.Name()), sync.Visible(job.Where(), "")))
	}, nil
}

// writesText says what is to be written, such as "Create 3 and update 1 cro/contact records".
func writesText(w sync.Writes, name string) string {
	var parts []string
	if w.Creates > 0 {
		parts = append(parts, "create "+figure(w.Creates))
	}
	if w.Updates > 0 {
		parts = append(parts, "update "+figure(w.Updates))
	}
	noun := " records"
	if w.Creates+w.Updates == 1 {
		noun = " record"
	}
	text := strings.Join(parts, " and ") + " " + name + noun
	return strings.ToUpper(text[:1]) + text[1:]
}

// beside is what a person should know of the rows that are not sent, or not as they should be, "" if there is nothing to know.
func beside(w sync.Writes) string {
	var parts []string
	if w.Invalid > 0 {
		parts = append(parts, "Left out: "+counted(w.Invalid, "invalid row")+".")
	}
	if w.Warned > 0 {
		parts = append(parts, "Sent with warnings: "+counted(w.Warned, "row")+".")
	}
	return strings.Join(parts, " ")
}

// conclude shows the account of a run, and ends the command with the run's exit code.
func (p *program) conclude(c *cli.Context, opts sync.Options, sum *sync.Summary, err error) error {
	if sum == nil {
		return err
	}
	if c.Bool("json") {
		if err := p.printFile(sum.Files["summary.json"]); err != nil {
			return err
		}
	} else {
		p.showSummary(c, opts, sum)
	}
	if err != nil {
		p.complain(err)
	}
	return ended(sync.Exit(sum.ExitCode))
}

// printFile copies a file to standard output.
func (p *program) printFile(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the summary: %w", err)
	}
	_, err = p.out.Write(data)
	return err
}
