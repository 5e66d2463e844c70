package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// initCommand is the command init.
func (p *program) initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Usage: "propose a job file for a sheet", ArgsUsage: "SHEET", Action: p.init,
		Description: "Matches the headers of the sheet to the fields of the target, and looks at every cell for how dates, numbers and marks are\n" +
			"written. What neither proves is asked on a terminal; what is left open is marked \"?\" in the file. Nothing is guessed or sent.",
		Flags: append(targetFlags(),
			&cli.StringFlag{Name: "target", Usage: "`RESOURCE` that the sheet goes into, such as cro/contact"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, DefaultText: "the file of --config", Usage: "write the job to `FILE`; - prints it"},
			&cli.BoolFlag{Name: "force", DisableDefaultText: true, Usage: "replace a file that is there"},
			&cli.StringFlag{Name: "sheet", DefaultText: "the first visible one", Usage: "worksheet by `NAME`"},
			&cli.IntFlag{Name: "header-row", DefaultText: "detected", Usage: "row `N` has the header"},
			&cli.StringFlag{Name: "delimiter", DefaultText: "detected", Usage: "`CHARACTER` between the columns of a CSV file, or tab"},
			&cli.StringFlag{Name: "encoding", DefaultText: "detected", Usage: "`ENCODING` of a CSV file: utf-8, windows-1252, cp850 and others"},
			&cli.StringFlag{Name: "base-url", DefaultText: "the target's", Usage: "`URL` of the API"},
			&cli.StringSliceFlag{Name: "account", Usage: "account setting `NAME=VALUE`, such as tenant_id=1; may be given again"}),
	}
}

// initialised is what init prints with --json.
type initialised struct {
	Version int    `json:"version"`
	Command string `json:"command"`
	*sync.Proposal
	Output   string `json:"output"`
	ExitCode int    `json:"exit_code"`
}

// printed is the name of the output that is standard output.
const printed = "-"

// init is the command init.
func (p *program) init(c *cli.Context) error {
	opts, output, err := initOptions(c)
	if err != nil {
		return err
	}
	opts.Progress = p.progressFor(c)
	if isTerminal(p.in) && isTerminal(p.err) {
		opts.Ask = (&asker{program: p, in: bufio.NewReader(p.in), styles: stylesFor(c, p.err)}).choose
	}
	proposal, err := sync.Init(p.soft, opts)
	if err != nil {
		if p.soft.Err() != nil && !c.Bool("quiet") {
			write(p.err, "Nothing is written.\n")
		}
		return err
	}
	if output == printed {
		if _, err := p.out.Write(proposal.Text); err != nil {
			return err
		}
	} else if err := writeJob(output, proposal.Text, c.Bool("force")); err != nil {
		return err
	}
	if !c.Bool("quiet") {
		p.showProposal(proposal, output)
	}
	if c.Bool("json") {
		return writeJSON(p.out, initialised{formatVersion, "init", proposal, output, int(sync.ExitOK)})
	}
	return nil
}

// initOptions reads the command line.
func initOptions(c *cli.Context) (opts sync.InitOptions, output string, err error) {
	fail := func(format string, args ...any) (sync.InitOptions, string, error) {
		return sync.InitOptions{}, "", fmt.Errorf("%w: "+format, append([]any{sync.ErrUsage}, args...)...)
	}
	if err := tooMany(c, 1); err != nil {
		return opts, "", err
	}
	if output = c.String("output"); !c.IsSet("output") {
		output = c.String("config")
	}
	switch {
	case c.Args().First() == "":
		return fail("name the sheet, as in `rollcall init contacts.xlsx --target cro/contact`")
	case c.String("target") == "" && c.String("target-file") == "":
		return fail("--target is needed, such as cro/contact; `rollcall targets` lists what there is")
	case output == "":
		return fail("--output is empty")
	case output == printed && c.Bool("json"):
		return fail("--json and -o - both print on standard output; give -o a file")
	case c.IsSet("header-row") && c.Int("header-row") < 1:
		return fail("--header-row must be at least 1")
	}
	opts = sync.InitOptions{
		Source: sync.Source{
			File: c.Args().First(), Sheet: c.String("sheet"), HeaderRow: c.Int("header-row"), Delimiter: c.String("delimiter"), Encoding: c.String("encoding"),
		},
		Target: c.String("target"), TargetFile: c.String("target-file"), BaseURL: c.String("base-url"), Account: map[string]string{},
	}
	if opts.Target == "" {
		opts.Target = "/" // the first resource of the target file
	}
	for _, setting := range c.StringSlice("account") {
		name, value, ok := strings.Cut(setting, "=")
		if !ok || name == "" || value == "" {
			return fail("--account %s: write NAME=VALUE, such as tenant_id=1", setting)
		}
		opts.Account[name] = value
	}
	if output == printed {
		return opts, output, nil
	}
	opts.Output = output
	if info, err := os.Stat(output); err == nil && info.IsDir() {
		return fail("%s is a folder; name a file in it, as in -o %s", output, filepath.Join(output, "config.yaml"))
	}
	if _, err := os.Lstat(output); err == nil && !c.Bool("force") {
		return fail("%s is there already; --force replaces it, -o FILE writes another one", output)
	}
	if info, err := os.Stat(filepath.Dir(output)); err != nil || !info.IsDir() {
		return fail("there is no folder %s for the job file", filepath.Dir(output))
	}
	return opts, output, nil
}

// writeJob writes the job file whole or not at all. One that came to be there meanwhile stays, unless force is given.
func writeJob(path string, text []byte, force bool) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".rollcall-*.yaml")
	if err != nil {
		return fmt.Errorf("write the job file: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("write the job file: %w", err)
	}
	if force {
		err = os.Rename(temporary.Name(), path)
	} else if err = os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(temporary.Name(), path) // a file system without links
	}
	if err != nil {
		return fmt.Errorf("write the job file: %w", err)
	}
	return nil
}

// showProposal says what became of the columns, and what to do next.
func (p *program) showProposal(proposal *sync.Proposal, output string) {
	recognised, open, ignored := 0, 0, 0
	for _, c := range proposal.Columns {
		switch {
		case c.Ignored:
			ignored++
		case c.Field == "":
			open++
		default:
			recognised++
		}
	}
	write(p.err, "%s: %d of %d columns recognised, %d left open, %d ignored.\n", sync.Visible(proposal.File, ""), recognised, len(proposal.Columns), open, ignored)
	where := sync.Visible(output, "")
	if output != printed {
		write(p.err, "Written %s\n", where)
	} else {
		where = "the job file"
	}
	next := sync.Visible(proposal.Next, "")
	switch proposal.Open {
	case 0:
		write(p.err, "Next    %s\n", next)
	case 1:
		write(p.err, "Next    make the choice that is marked \"?\" in %s, then %s\n", where, next)
	default:
		write(p.err, "Next    make the %d choices that are marked \"?\" in %s, then %s\n", proposal.Open, where, next)
	}
}

// choose asks a question of init and returns what the person says.
func (a *asker) choose(q sync.Question) (sync.Answer, error) {
	w, st := a.program.err, a.styles
	write(w, "\n%s%s%s\n", st.bold, sync.Visible(q.About, ""), st.reset)
	for _, detail := range q.Details {
		write(w, "  %s\n", sync.Visible(detail, ""))
	}
	for i, option := range q.Options {
		write(w, "  %d  %s\n", i+1, sync.Visible(option, ""))
	}
	var ways []string
	if len(q.Options) > 0 {
		ways = append(ways, "number")
	}
	if q.Ignore {
		ways = append(ways, "i to ignore it")
	}
	if q.Rest {
		ways = append(ways, "r to ignore it and all the rest")
	}
	if q.Free != "" {
		ways = append(ways, q.Free)
	}
	prompt := strings.Join(append(ways, "Enter to leave it open"), ", ") + ": "
	for !a.gone {
		text, err := a.line(prompt)
		if err != nil || text == "" {
			return sync.Answer{}, err
		}
		answer, wrong := understood(&q, text)
		if wrong == nil {
			return answer, nil
		}
		write(w, "  %s%s%s\n", st.yellow, sync.Visible(wrong.Error(), ""), st.reset)
	}
	return sync.Answer{}, nil
}

// understood is what a person has typed, or what is wrong with it. Where there are options, a number is one of them.
func understood(q *sync.Question, text string) (sync.Answer, error) {
	n, err := strconv.Atoi(text)
	switch {
	case q.Ignore && strings.EqualFold(text, "i"):
		return sync.Answer{Ignore: true}, nil
	case q.Rest && strings.EqualFold(text, "r"):
		return sync.Answer{Rest: true}, nil
	case err == nil && len(q.Options) > 0 && n >= 1 && n <= len(q.Options):
		return sync.Answer{Option: n}, nil
	case len(q.Options) > 0 && (err == nil || q.Free == ""):
		return sync.Answer{}, fmt.Errorf("there is no %s; the numbers are 1 to %d", text, len(q.Options))
	case q.Free == "":
		return sync.Answer{}, fmt.Errorf("%s is no answer", text)
	}
	if err := q.Accept(text); err != nil {
		return sync.Answer{}, err
	}
	return sync.Answer{Text: text}, nil
}
