package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// checkCommand is the command check.
func (p *program) checkCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "look at connection, credentials, account and permissions, without writing", Action: p.check,
		Description: "Reads the first page of everything that a run of the job needs, and writes nothing. What cannot be seen without\n" +
			"writing is called unknown, with what to look at.",
		Flags: append(jobFlags(), accountFlags()...),
	}
}

// checked is what check prints with --json.
type checked struct {
	Version int    `json:"version"`
	Command string `json:"command"`
	*sync.Checked
	ExitCode sync.Exit `json:"exit_code"`
}

// check is the command check.
func (p *program) check(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	found, err := sync.Check(p.soft, opts)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = writeJSON(p.out, checked{formatVersion, c.Command.Name, found, found.Exit()})
	} else {
		p.showCheck(c, opts.Job, found)
	}
	if err != nil {
		return err
	}
	return ended(found.Exit())
}

// showCheck prints the steps as a table, each with its remedy below.
func (p *program) showCheck(c *cli.Context, job *sync.Job, found *sync.Checked) {
	st, width := stylesFor(c, p.out), screenWidth(p.out)
	write(p.out, "%s%s%s at %s\n\n", st.bold, job.Name(), st.reset, sync.Visible(job.Where(), ""))
	colours := map[sync.CheckStatus]string{sync.CheckOK: st.green, sync.CheckWarning: st.yellow, sync.CheckFailed: st.red, sync.CheckUnknown: st.dim, sync.CheckSkipped: st.dim}
	names := 0
	for _, s := range found.Steps {
		names = max(names, len(s.Name))
	}
	for _, s := range found.Steps {
		lead := fmt.Sprintf("%-7s  %-*s  ", s.Status, names, s.Name)
		for i, line := range wrap(sync.Visible(s.Detail, ""), width-len(lead)) {
			if i > 0 {
				lead = strings.Repeat(" ", len(lead))
				write(p.out, "%s%s\n", lead, line)
				continue
			}
			write(p.out, "%s%s%s%s%s\n", colours[s.Status], lead[:7], st.reset, lead[7:], line)
		}
		if s.Remedy == "" {
			continue
		}
		for i, line := range wrap(sync.Visible(s.Remedy, ""), width-len(lead)-3) {
			mark := "-> "
			if i > 0 {
				mark = "   "
			}
			write(p.out, "%s%s%s\n", strings.Repeat(" ", len(lead)), mark, line)
		}
	}
	write(p.out, "\n%s\n", verdictOfCheck(found, st))
}

// verdictOfCheck is a check in one line.
func verdictOfCheck(found *sync.Checked, st styles) string {
	var failed []string
	for _, s := range found.Steps {
		if s.Status == sync.CheckFailed {
			failed = append(failed, s.Name)
		}
	}
	if len(failed) > 0 {
		return fmt.Sprintf("%sNot ready: %s failed.%s", st.red, strings.Join(failed, ", "), st.reset)
	}
	text := "Ready"
	if slices.ContainsFunc(found.Steps, func(s sync.CheckStep) bool { return s.Status == sync.CheckUnknown }) {
		text += ", as far as reading can tell"
	}
	return st.green + text + ". Nothing was written." + st.reset
}
