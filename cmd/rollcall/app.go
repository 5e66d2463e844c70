package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/rollcall-sync/rollcall/sync"
)

// program is the command line with its three streams: results go to out, everything else for a person's eye to err.
type program struct {
	in   io.Reader
	out  io.Writer
	err  io.Writer
	soft context.Context //nolint:containedctx // the first of two interrupts; urfave/cli hands on only one context

	meter *meter  // keeps the figures of the command; nil if nobody wants them
	shown display // of the command, nil if it has none
}

// run is the whole program: arguments in, exit code out.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, soft, stop := interrupts(context.Background())
	defer stop()
	p := &program{in: in, out: out, err: errOut, soft: soft}
	return p.run(ctx, args)
}

// run carries out one command line.
func (p *program) run(ctx context.Context, args []string) int {
	app, help := p.app(), &helpScreen{}
	app.Writer = help
	ordered, err := permute(app, args)
	if err == nil {
		err = app.RunContext(ctx, append([]string{"rollcall"}, ordered...))
	}
	help.showOn(p.out)
	if p.shown != nil {
		p.shown.End()
	}
	var done *exitCode
	if errors.As(err, &done) {
		return int(done.code)
	}
	if err != nil {
		return p.refuse(err, args)
	}
	return 0
}

// exitCode ends a command that has said all there is to say with a code that is not 0.
type exitCode struct{ code sync.Exit }

// Error is never shown.
func (e *exitCode) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// ended turns the exit code of a finished command into its error.
func ended(code sync.Exit) error {
	if code == sync.ExitOK {
		return nil
	}
	return &exitCode{code}
}

// app is the table of commands.
func (p *program) app() *cli.App {
	commands := p.commands()
	for _, c := range commands {
		c.OnUsageError = usageError // the app's own is asked for global flags only
		c.CustomHelpTemplate = cli.CommandHelpTemplate + "\nFlags that go with every command, such as --config, --json and -q, are in `rollcall --help`.\n"
	}
	return &cli.App{
		DisableSliceFlagSeparator: true, // values have commas

		Name:  "rollcall",
		Usage: "take customer and contact sheets into CRM and field-service APIs, and account for every row",
		UsageText: "rollcall [global flags] COMMAND [flags] [SHEET]\n\n" +
			"Try `rollcall demo`: it needs nothing and shows the whole job.",
		Version:         version(),
		HideVersion:     true,
		HideHelpCommand: true,
		Flags:           globalFlags(),
		Commands:        commands,
		Reader:          p.in,
		ErrWriter:       p.err,
		Action:          func(c *cli.Context) error { return cli.ShowAppHelp(c) },
		OnUsageError:    usageError,
		ExitErrHandler:  func(*cli.Context, error) {}, // run gives the exit code
	}
}

// globalFlags go with every command.
func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "config", Aliases: []string{"c"}, Value: "config.yaml", Usage: "job `FILE`"},
		&cli.StringFlag{Name: "state", Usage: "keep ledger and runs in `DIR` (default .rollcall beside the job file)"},
		&cli.BoolFlag{Name: "json", DisableDefaultText: true, Usage: "print one JSON object on standard output"},
		&cli.BoolFlag{Name: "quiet", DisableDefaultText: true, Aliases: []string{"q"}, Usage: "say nothing but errors on standard error"},
		&cli.BoolFlag{Name: "verbose", DisableDefaultText: true, Aliases: []string{"v"}, Usage: "log every request"},
		&cli.StringFlag{Name: "log-format", Value: "text", Usage: "`FORMAT` of the log on standard error: text or json"},
		&cli.BoolFlag{Name: "no-color", DisableDefaultText: true, Usage: "no colours, as with NO_COLOR in the environment"},
	}
}

// usageError marks what the flag parser refuses.
func usageError(_ *cli.Context, err error, _ bool) error {
	return fmt.Errorf("%w: %w", sync.ErrUsage, err)
}

// version is the version of the module, or of the working copy it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

// logger writes the log to w, which is standard error: warnings, or every request with --verbose.
func (p *program) logger(c *cli.Context, w io.Writer) (*slog.Logger, error) {
	level := slog.LevelWarn
	switch {
	case c.Bool("verbose"):
		level = slog.LevelDebug
	case c.Bool("quiet"):
		level = slog.LevelError
	}
	format := c.String("log-format")
	if !slices.Contains(sync.LogFormats(), format) {
		return nil, fmt.Errorf("%w: --log-format must be %s", sync.ErrUsage, strings.Join(sync.LogFormats(), " or "))
	}
	return slog.New(sync.NewLogHandler(w, format, level)), nil
}

// isTerminal reports whether a stream is a person's screen or keyboard.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
