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
	title := strings.TrimPrefix(strings.Join(hang("", job.Name()+" at "+sync.Visible(job.Where(), ""), width), "\n"), job.Name())
	write(p.out, "%s%s%s%s\n\n", st.bold, job.Name(), st.reset, title)
	colours := map[sync.CheckStatus]string{sync.CheckOK: st.green, sync.CheckWarning: st.yellow, sync.CheckFailed: st.red, sync.CheckUnknown: st.dim, sync.CheckSkipped: st.dim}
	names := 0
	for _, s := range found.Steps {
		names = max(names, len(s.Name))
	}
	for _, s := range found.Steps {
		lead := fmt.Sprintf("%-7s  %-*s  ", s.Status, names, s.Name)
		lines := hang(lead, sync.Visible(s.Detail, ""), width)
		write(p.out, "%s%s%s%s\n", colours[s.Status], lead[:7], st.reset, lines[0][min(7, len(lines[0])):])
		if s.Remedy != "" {
			below := len(lead)
			if width >= minWidth && width-below < minHang {
				below = 4
			}
			lines = append(lines, hang(strings.Repeat(" ", below)+"-> ", sync.Visible(s.Remedy, ""), width)...)
		}
		for _, line := range lines[1:] {
			write(p.out, "%s\n", line)
		}
	}
	write(p.out, "\n")
	text, colour := verdictOfCheck(found, st)
	p.say(colour, st, text, width)
}

// verdictOfCheck is a check in one line, and its colour.
func verdictOfCheck(found *sync.Checked, st styles) (text, colour string) {
	var failed []string
	for _, s := range found.Steps {
		if s.Status == sync.CheckFailed {
			failed = append(failed, s.Name)
		}
	}
	if len(failed) > 0 {
		return fmt.Sprintf("Not ready: %s failed.", strings.Join(failed, ", ")), st.red
	}
	text = "Ready"
	if slices.ContainsFunc(found.Steps, func(s sync.CheckStep) bool { return s.Status == sync.CheckUnknown }) {
		text += ", as far as reading can tell"
	}
	return text + ". Nothing was written.", st.green
}
