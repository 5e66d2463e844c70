package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// man prints the manual page, made of the table of commands: there is no second copy of it that could be older.
func (p *program) man(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	_, err := fmt.Fprint(p.out, manual(c.App))
	return err
}

// roff is a manual page in the language of man pages.
type roff struct{ strings.Builder }

// manual is the manual page of the program.
func manual(app *cli.App) string {
	r := &roff{}
	fmt.Fprintf(r, ".TH ROLLCALL 1 \"\" %s \"User Commands\"\n", quoted("rollcall "+app.Version))
	r.WriteString(".nh\n.ad l\n") // a name that is cut in two cannot be copied
	r.section("NAME")
	r.text("rollcall - " + app.Usage)
	r.section("SYNOPSIS")
	r.synopsis("rollcall", "[global flags] COMMAND [flags] [SHEET]")
	r.section("DESCRIPTION")
	r.text("Rollcall maps the columns of a sheet to the documented models of an API, validates every cell, works out the smallest set of " +
		"requests, pushes them as fast as the rate limit of the account allows, and accounts for every row: each row of the sheet is in " +
		"the report exactly once, no record is created twice, and nothing is called done that was not seen done.")
	r.text("Flags may stand anywhere. Results go to standard output, everything else for a person's eye to standard error. " +
		"Start with `rollcall demo`: it needs nothing and shows the whole job.")
	r.section("GLOBAL FLAGS")
	r.flags(app.Flags)
	r.section("COMMANDS")
	for _, command := range app.Commands {
		if command.Hidden {
			continue
		}
		fmt.Fprintf(r, ".SS %s\n", quoted(strings.TrimSpace("rollcall "+command.Name+" "+command.ArgsUsage)))
		r.text(sentence(command.Usage))
		if command.Description != "" {
			r.text(command.Description)
		}
		r.flags(command.Flags)
	}
	r.section("EXIT STATUS")
	for _, m := range sync.Exits() {
		r.item(fmt.Sprint(int(m.Code)), sentence(m.Meaning)+" "+sentence(m.Fix))
	}
	r.section("FILES")
	r.item("config.yaml", "The job file, unless --config names another one.")
	r.item(".rollcall", "Ledger and runs, beside the job file unless --state says otherwise. The reports of a run are in runs/RUN below it.")
	r.item("$XDG_STATE_HOME/rollcall", "Locks and request budgets of accounts, which all jobs of a user share; ~/.local/state/rollcall without the variable.")
	r.section("ENVIRONMENT")
	r.item("NO_COLOR", "No colours, whatever it is set to.")
	r.item("HTTPS_PROXY, NO_PROXY", "The proxy for requests, and the hosts that need none.")
	r.text("A job file refers to further variables for its secrets: ${env:NAME}.")
	return r.String()
}

// section begins a section.
func (r *roff) section(name string) { fmt.Fprintf(r, ".SH %s\n", name) }

// text is a paragraph.
func (r *roff) text(text string) {
	r.WriteString(".PP\n")
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		r.WriteString(plainText(line) + "\n")
	}
}

// synopsis is how something is called.
func (r *roff) synopsis(name, rest string) {
	fmt.Fprintf(r, ".B %s\n%s\n", plainText(name), plainText(rest))
}

// item is a term and what it means.
func (r *roff) item(term, text string) {
	fmt.Fprintf(r, ".TP\n.B %s\n%s\n", plainText(term), plainText(text))
}

// flags is a list of flags.
func (r *roff) flags(flags []cli.Flag) {
	for _, flag := range flags {
		f, ok := flag.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := placeholder(f.GetUsage())
		var names []string
		for _, name := range flag.Names() {
			dashes := "--"
			if len(name) == 1 {
				dashes = "-"
			}
			names = append(names, dashes+name)
		}
		term := strings.Join(names, ", ")
		if f.TakesValue() {
			term += " " + value
		}
		if shown := shownDefault(flag, f); shown != "" {
			usage += " (default: " + shown + ")"
		}
		r.item(term, sentence(usage))
	}
}

// shownDefault is the default of a flag, "" if there is nothing to say of it.
func shownDefault(flag cli.Flag, f cli.DocGenerationFlag) string {
	if _, isSwitch := flag.(*cli.BoolFlag); isSwitch || strings.Contains(f.GetUsage(), "(default") {
		return ""
	}
	if text := f.GetDefaultText(); text != "" && text != `""` {
		return strings.Trim(text, `"`)
	}
	return ""
}

// placeholder takes the name of the value out of the usage of a flag, where it stands in back quotes.
func placeholder(usage string) (value, text string) {
	before, rest, found := strings.Cut(usage, "`")
	value, after, closed := strings.Cut(rest, "`")
	if !found || !closed {
		return "VALUE", usage
	}
	return value, before + value + after
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// plainText is a line of text that means nothing to roff.
func plainText(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`).Replace(strings.TrimSpace(line))
	if strings.HasPrefix(line, ".") { // it would be a request
		return `\&` + line
	}
	return line
}

// quoted is an argument of a request.
func quoted(text string) string {
	return `"` + strings.ReplaceAll(plainText(text), `"`, `\(dq`) + `"`
}
