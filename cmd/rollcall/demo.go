package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/simulator"
	"github.com/rollcall-sync/rollcall/testdata"
)

// demoCommand is the command demo.
func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "show the whole job on sample sheets and the three APIs, simulated; needs nothing", Action: p.demo,
		Flags: []cli.Flag{&cli.StringFlag{Name: "dir", Usage: "keep sheets, job files and reports in `DIR` (default: a new temporary folder)"}},
	}
}

// demo runs the commands that a person would type, on the sheets that come with the program.
func (p *program) demo(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	dir, err := demoDir(c.String("dir"))
	if err != nil {
		return err
	}
	sim, base, stop, err := startSimulator(c.Context, demoOptions())
	if err != nil {
		return err
	}
	defer stop()
	if err := writeDemoFiles(dir, base, addWorlds(sim)); err != nil {
		return err
	}
	d := &demo{program: p, dir: dir, sim: sim}
	d.say("CRO Software, BigChange and Revnue are simulated at %s, with no contacts yet.\nEverything below is kept in %s\n", base, dir)
	for _, chapter := range []func(context.Context) error{d.cro, d.bigchange, d.revnue} {
		if err := chapter(c.Context); err != nil {
			return err
		}
	}
	d.sumUp()
	return nil
}

// demoOptions is a simulator that keeps nobody waiting: at the limit that Revnue documents its chapter would take longer than
// anybody looks at a demo.
func demoOptions() simulator.Options {
	return simulator.Options{Revnue: simulator.RevnueOptions{Rate: simulator.Rate{Limit: -1}}}
}

// demo is the story as it is told.
type demo struct {
	program *program
	dir     string
	sim     *simulator.Simulator
}

// demoStep is a command of the story, and the exit code that it has to end with. Rows that are wrong on purpose make it 3.
type demoStep struct {
	title string
	exit  sync.Exit
	args  []string
}

// cro is the story in full.
func (d *demo) cro(ctx context.Context) error {
	job := d.path("contacts.yaml")
	d.say("\nCRO Software: contacts of 12 customers\n")
	if err := d.tell(ctx, []demoStep{
		{"1. Check the workbook offline. It has some bad rows, each named by cell, reason and remedy.", sync.ExitProblems,
			[]string{"validate", "-c", job, "--limit-problems", "5"}},
		{"2. See what would be done. Nothing is written to the API.", sync.ExitProblems, []string{"plan", "-c", job}},
		{"3. Push exactly that plan.", sync.ExitProblems, []string{"apply", "-c", job, "--yes"}},
		{"4. Sync the same workbook again: there is nothing to do.", sync.ExitProblems, []string{"sync", "-c", job, "--yes"}},
		{"5. Sync an export of another CRM: other headers, semicolons, blank lines.", sync.ExitProblems, []string{"sync", "-c", d.path("export.yaml"), "--yes"}},
	}); err != nil {
		return err
	}
	before, after, err := editWorkbook(d.path(testdata.Contacts), "D2", "555-010-0199")
	if err != nil {
		return err
	}
	return d.edited(ctx, demoStep{
		fmt.Sprintf("6. Somebody changes one phone number in Excel, %s to %s. Sync: one small update.", before, after),
		sync.ExitProblems, []string{"sync", "-c", job, "--yes"},
	})
}

// bigchange is a CSV file, names of groups, coordinates and custom fields.
func (d *demo) bigchange(ctx context.Context) error {
	job := d.path("bigchange.yaml")
	d.say("\nBigChange: sites with a contact group, coordinates and custom fields\n")
	if err := d.tell(ctx, []demoStep{
		{"7. Check a CSV file of sites. What its group names mean is for the account to say: those cells wait for step 8.", sync.ExitProblems,
			[]string{"validate", "-c", job, "--limit-problems", "3"}},
		{"8. Sync it. Rollcall asks for a token, reads the groups once and turns their names into ids.", sync.ExitProblems,
			[]string{"sync", "-c", job, "--yes"}},
	}); err != nil {
		return err
	}
	before, after, err := editCSV(d.path(testdata.BigChangeContacts), "Housing tier", "Silver")
	if err != nil {
		return err
	}
	return d.edited(ctx, demoStep{
		fmt.Sprintf("9. Somebody changes the tier of one site, %s to %s. Sync: one custom field goes, the others stay.", before, after),
		sync.ExitProblems, []string{"sync", "-c", job, "--yes"},
	})
}

// revnue is a workbook, names of categories and countries, and custom fields that have types.
func (d *demo) revnue(ctx context.Context) error {
	job := d.path("revnue.yaml")
	d.say("\nRevnue: customers with a category, a contact person and typed custom fields\n" +
		"Revnue documents 20 requests a minute for a whole account, which Rollcall keeps to by itself: this chapter would take " +
		"a quarter of an hour. So the simulator has no limit here, and --rate none tells Rollcall. Leave it out with the real API.\n")
	if err := d.tell(ctx, []demoStep{
		{"10. Check a workbook of customers. Categories, countries and the types of custom fields wait for step 11.", sync.ExitProblems,
			[]string{"validate", "-c", job, "--limit-problems", "3"}},
		{"11. Sync it. The account has two categories called Retail: a row that says Retail is a problem, never a guess.", sync.ExitProblems,
			[]string{"sync", "-c", job, "--yes", "--rate", "none"}},
	}); err != nil {
		return err
	}
	before, after, err := editWorkbook(d.path(testdata.RevnueCustomers), "B2", "Education")
	if err != nil {
		return err
	}
	return d.edited(ctx, demoStep{
		fmt.Sprintf("12. Somebody moves one customer from %s to %s. Sync: one small update, with the company as Revnue wants it.", before, after),
		sync.ExitProblems, []string{"sync", "-c", job, "--yes", "--rate", "none"},
	})
}

// sumUp ends the story.
func (d *demo) sumUp() {
	created, updated := 0, 0
	for _, c := range d.sim.Commits() {
		if c.Method == http.MethodPost {
			created++
		} else {
			updated++
		}
	}
	d.say("\nEvery row of every run is in its report exactly once. Open a report above in a browser, or look at the "+
		"workbooks and CSV files beside it. The job files in %s are good starting points for your own.\n"+
		"In all: 3 APIs, %d records created, each of them once, and %d updated by one small request each.\n", d.dir, created, updated)
}

// tell shows the steps one after the other.
func (d *demo) tell(ctx context.Context, steps []demoStep) error {
	for _, s := range steps {
		if err := d.step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// edited shows the step behind an edit, and what it has sent.
func (d *demo) edited(ctx context.Context, s demoStep) error {
	d.sim.ForgetRequests()
	if err := d.step(ctx, s); err != nil {
		return err
	}
	for _, r := range d.sim.Requests() {
		// The token call is a form, and holds a secret.
		if r.Method != http.MethodGet && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			write(d.program.out, "What went over the wire: %s %s %s\n", r.Method, r.Path, strings.TrimSpace(string(r.Body)))
		}
	}
	return nil
}

// step shows a command line and runs it. Another exit code than the expected one ends the demo with it.
func (d *demo) step(ctx context.Context, s demoStep) error {
	shown := make([]string, len(s.args))
	for i, a := range s.args {
		shown[i] = strings.TrimPrefix(a, d.dir+string(filepath.Separator))
	}
	d.say("\n%s\n", s.title)
	write(d.program.out, "$ rollcall %s\n", strings.Join(shown, " "))
	got := sync.Exit(d.program.run(ctx, s.args))
	if got == sync.ExitInterrupted || got == sync.ExitTerminated {
		return ended(got)
	}
	if got != s.exit {
		return fmt.Errorf("the demo expected exit code %d from this command and got %d", s.exit, got)
	}
	return nil
}

// pageWidth is how wide the story is where nobody says how wide the screen is.
const pageWidth = 118

// say prints a part of the story, each of its lines a paragraph.
func (d *demo) say(format string, args ...any) {
	width := screenWidth(d.program.out)
	if width == 0 {
		width = pageWidth
	}
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		for _, part := range wrap(line, width) {
			write(d.program.out, "%s\n", part)
		}
	}
}

// path is a file of the demo.
func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }
