package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// purgeCommand is the command purge.
func (p *program) purgeCommand() *cli.Command {
	return &cli.Command{
		Name: "purge", Usage: "remove personal data of old runs from ledger and run folders", Action: p.purge,
		Description: "Removes the folders of old runs, with the copy of the sheet and all reports, and what the ledger has of their rows:\n" +
			"payloads, earlier values, keys, cells, messages. What stays tells nobody who it was: counts, how each row ended, ids of\n" +
			"records, and hashes of keys, so that nothing is created twice. Runs with rows in doubt, or that can still be gone on\n" +
			"with, are kept and named.",
		Flags: append(jobFlags(),
			&cli.StringFlag{Name: "older-than", Usage: "runs that ended longer ago than a `TIME` such as 90d, 12w or 36h"},
			&cli.StringFlag{Name: "run", Usage: "only the `RUN` whose id begins so"},
			&cli.BoolFlag{Name: "dry-run", DisableDefaultText: true, Usage: "only show what would go"},
			&cli.BoolFlag{Name: "yes", DisableDefaultText: true, Aliases: []string{"y"}, Usage: "do not ask"},
		),
	}
}

// purge is the command purge.
func (p *program) purge(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	how := sync.PurgeOptions{Run: c.String("run"), DryRun: c.Bool("dry-run")}
	if c.IsSet("run") && how.Run == "" { // a variable of a script that was not set
		return fmt.Errorf("%w: --run is empty", sync.ErrUsage)
	}
	if c.IsSet("older-than") {
		if how.OlderThan, err = age(c.String("older-than")); err != nil {
			return fmt.Errorf("%w: --older-than: %w", sync.ErrUsage, err)
		}
	}
	if !how.DryRun && !c.Bool("yes") {
		if !isTerminal(p.in) || !isTerminal(p.err) {
			return fmt.Errorf("%w: purge removes data for good and there is no terminal to ask on; add --yes, or --dry-run", sync.ErrUsage)
		}
		how.Confirm = func(r *sync.PurgeReport) bool {
			showPurge(p.err, r, "To purge:")
			return p.agrees(fmt.Sprintf("Remove the personal data of %s for good? [y/N] ", counted(len(r.Purged)+len(r.Left), "run")))
		}
	}
	report, err := sync.Purge(p.soft, opts, how)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, report)
	}
	verb := "Purged"
	if report.DryRun {
		verb = "Would purge"
	}
	showPurge(p.out, report, verb)
	return nil
}

// showPurge prints which runs go and which stay.
func showPurge(w io.Writer, r *sync.PurgeReport, verb string) {
	rows := [][]string{{"RUN", "STARTED", "TARGET", "ROWS", "FILES", "SIZE"}}
	var size int64
	for i := range r.Purged {
		run := &r.Purged[i]
		size += run.Bytes
		rows = append(rows, []string{run.Run, run.Started.Local().Format(time.DateTime), sync.Visible(run.Target, ""),
			strconv.Itoa(run.Rows), strconv.Itoa(run.Files), bytesText(run.Bytes)})
	}
	for _, left := range r.Left {
		size += left.Bytes
		rows = append(rows, []string{sync.Visible(left.Folder, ""), "-", "of no run", "-", strconv.Itoa(left.Files), bytesText(left.Bytes)})
	}
	if len(rows) > 1 {
		table(w, rows)
	}
	for _, kept := range r.Kept {
		write(w, "kept %s: %s\n", kept.Run, kept.Reason)
	}
	if len(r.Purged)+len(r.Left)+len(r.Kept) == 0 {
		write(w, "There is nothing to purge: no run is old enough.\n")
		return
	}
	write(w, "%s %s, %s of files; %d kept.\n", verb, counted(len(r.Purged)+len(r.Left), "run"), bytesText(size), len(r.Kept))
}

// agrees asks a person a question that is answered with yes or no. An interrupt is a no.
func (p *program) agrees(question string) bool {
	p.shown.End() // nothing may be drawn over the question
	write(p.err, "%s ", strings.Join(wrapTo(question, screenWidth(p.err), screenWidth(p.err)-1), "\n"))
	agreed := make(chan bool, 1)
	go func() { // it may wait for a line until the program ends: Ctrl-C must not have to wait for it
		answer, err := bufio.NewReader(p.in).ReadString('\n')
		agreed <- err == nil && slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(answer)))
	}()
	select {
	case yes := <-agreed:
		return yes
	case <-p.soft.Done():
		write(p.err, "\n")
		return false
	}
}

// ageText is a time in days or weeks, which time.ParseDuration does not know.
var ageText = regexp.MustCompile(`^([0-9]{1,5})([dw])$`)

// age reads a time such as 90d, 12w or 36h.
func age(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	var d time.Duration
	if parts := ageText.FindStringSubmatch(text); parts != nil {
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			return 0, err
		}
		d = time.Duration(n) * day
		if parts[2] == "w" {
			d *= 7
		}
	} else if parsed, err := time.ParseDuration(text); err == nil {
		d = parsed
	}
	if d <= 0 {
		return 0, fmt.Errorf("%q is no time; write it as 90d, 12w or 36h", text)
	}
	return d, nil
}

// counted is "1 run", "2 runs".
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return figure(n) + " " + word + "s"
}

// bytesText is a size as people read it.
func bytesText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, unit := float64(n), 0
	for value >= 1000 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[unit])
}
