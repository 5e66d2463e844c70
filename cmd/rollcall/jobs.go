package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

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
		{Name: "plan", Usage: "show what would be done, without writing to the API", ArgsUsage: "[SHEET]", Action: p.plan,
			Flags: slices.Concat(jobFlags(), accountFlags(), planFlags())},
		{Name: "apply", Usage: "push exactly a stored plan", ArgsUsage: "[RUN]", Action: p.apply, Flags: append(jobFlags(), writeFlags()...)},
		{Name: "sync", Usage: "plan and push: the nightly command", ArgsUsage: "[SHEET]", Action: p.sync, Flags: slices.Concat(jobFlags(), writeFlags(), planFlags())},
		p.resumeCommand(),
		p.resolveCommand(),
		p.loginCommand(),
		p.checkCommand(),
		{Name: "runs", Usage: "list the runs", Action: p.runs, Flags: []cli.Flag{&cli.IntFlag{Name: "limit", Value: 20, Usage: "show the latest `N`"}}},
		{Name: "report", Usage: "write the report files of a run again", ArgsUsage: "RUN", Action: p.report, Flags: jobFlags()},
		{Name: "targets", Usage: "list the APIs that Rollcall knows", Action: p.targets, Flags: targetFlags()},
		p.fieldsCommand(),
		{Name: "explain", Usage: "say what a problem code or an exit code means", ArgsUsage: "[CODE]", Action: p.explain},
		p.simulateCommand(),
		{Name: "completion", Usage: "print a completion script", ArgsUsage: "bash|zsh|fish|powershell", Action: p.completion},
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
	return []cli.Flag{&cli.BoolFlag{Name: "recreate", DisableDefaultText: true, Usage: "create again what was created before and is gone"}}
}

// writeFlags go with every command that writes to the API.
func writeFlags() []cli.Flag {
	return append(accountFlags(),
		&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Aliases: []string{"y"}, Usage: "do not ask"},
		&cli.IntFlag{Name: "limit", DefaultText: "no limit", Usage: "carry out at most `N` changes"},
		&cli.IntFlag{Name: "max-requests", DefaultText: "no limit", Usage: "send at most `N` writes"},
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
	log, err := p.logger(c)
	if err != nil {
		return sync.Options{}, err
	}
	job, err := sync.LoadJob(c.String("config"), c.String("target-file"))
	if err != nil {
		return sync.Options{}, err
	}
	if err := job.Override(sync.Overrides{Rate: c.String("rate"), Workers: c.Int("workers"), CAFile: c.String("ca-file")}); err != nil {
		return sync.Options{}, err
	}
	return sync.Options{
		Job: job, State: c.String("state"), Command: c.Command.Name, Version: version(), Recreate: c.Bool("recreate"),
		Insecure: c.Bool("insecure"), Progress: p.progressFor(c), Log: log,
		Bounds: sync.Bounds{Limit: c.Int("limit"), MaxRequests: c.Int("max-requests")},
	}, nil
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
	if c.IsSet("deadline") && c.Duration("deadline") <= 0 {
		return fmt.Errorf("%w: --deadline must be longer than nothing", sync.ErrUsage)
	}
	return nil
}

// plan is the command plan.
func (p *program) plan(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	opts.Sheet = c.Args().First()
	sum, err := sync.Plan(c.Context, p.soft, opts)
	if sum == nil {
		return err
	}
	if !c.Bool("json") {
		if err := p.preview(c, opts, sum); err != nil {
			return err
		}
	}
	return p.conclude(c, sum, err)
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
	defer p.sayStopping(c)()
	sum, err := sync.Sync(c.Context, soft, opts)
	return p.conclude(c, sum, err)
}

// apply is the command apply.
func (p *program) apply(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	if opts.Confirm, err = p.confirmation(c, opts.Job); err != nil {
		return err
	}
	soft, cancel := p.deadline(c)
	defer cancel()
	defer p.sayStopping(c)()
	sum, err := sync.Apply(c.Context, soft, opts, c.Args().First())
	return p.conclude(c, sum, err)
}

// confirmation is how a command that writes asks first. Where nobody can answer, --yes must have said it.
func (p *program) confirmation(c *cli.Context, job *sync.Job) (func(creates, updates int) bool, error) {
	if c.Bool("yes") {
		return nil, nil
	}
	if !isTerminal(p.in) || !isTerminal(p.err) {
		return nil, fmt.Errorf("%w: %s writes to the API and there is no terminal to ask on; add --yes", sync.ErrUsage, c.Command.Name)
	}
	return func(creates, updates int) bool {
		fmt.Fprintf(p.err, "Create %d and update %d %s records at %s? [y/N] ", creates, updates, job.Name(), sync.Visible(job.Where(), ""))
		agreed := make(chan bool, 1)
		go func() { // it may wait for a line until the program ends: Ctrl-C must not have to wait for it
			answer, err := bufio.NewReader(p.in).ReadString('\n')
			agreed <- err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
		}()
		select {
		case yes := <-agreed:
			return yes
		case <-p.soft.Done():
			fmt.Fprintln(p.err)
			return false
		}
	}, nil
}

// conclude shows the account of a run, and ends the command with the run's exit code.
func (p *program) conclude(c *cli.Context, sum *sync.Summary, err error) error {
	if sum == nil {
		return err
	}
	if c.Bool("json") {
		if err := p.printFile(sum.Files["summary.json"]); err != nil {
			return err
		}
	} else {
		p.showSummary(c, sum)
	}
	if err != nil {
		fmt.Fprintln(p.err, "rollcall:", sync.Visible(err.Error(), "\n"))
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

// showSummary prints the account of a run: totals that add up, the verdict, the files, and what to do next.
func (p *program) showSummary(c *cli.Context, sum *sync.Summary) {
	st := stylesFor(c, p.out)
	took := "cut off by a crash"
	if !sum.Finished.IsZero() {
		took = sum.Finished.Sub(sum.Started).Round(10 * time.Millisecond).String()
	}
	fmt.Fprintf(p.out, "\n%s%s %s%s  run %s, %s, %s\n", st.bold, sum.Command, sum.Target, st.reset, sum.Run, took, requests(sum.Requests.Sent))
	for _, line := range sync.Totals(sum) {
		fmt.Fprintln(p.out, "  "+line)
	}
	colour := st.green
	switch {
	case sum.ExitCode != 0 && sum.ExitCode != int(sync.ExitProblems):
		colour = st.red
	case sum.ExitCode != 0:
		colour = st.yellow
	}
	fmt.Fprintf(p.out, "\n%s%s%s\n", colour, sync.Visible(sum.Verdict, ""), st.reset)
	if sum.Reason != "" {
		fmt.Fprintf(p.out, "%s%s%s\n", colour, sync.Visible(sum.Reason, "\n"), st.reset)
	}
	fmt.Fprintf(p.out, "\nReport  %s\n", sum.Files["report.html"])
	if sum.Next != "" {
		fmt.Fprintf(p.out, "Next    %s%s%s\n", st.bold, sum.Next, st.reset)
	}
}
