package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/simulator"
	"github.com/rollcall-sync/rollcall/testdata"
)

// demoCommand is the command demo.
func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "show the whole job on sample sheets and a simulated API; needs nothing", Action: p.demo,
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
	sim, base, stop, err := startSimulator(c.Context, simulator.Options{})
	if err != nil {
		return err
	}
	defer stop()
	tenant := sim.CRO.AddDefaultWorld()
	if err := writeDemoFiles(dir, base, tenant); err != nil {
		return err
	}
	d := &demo{program: p, dir: dir, sim: sim}
	d.say("CRO Software is simulated at %s: 12 customers, no contacts yet.\nEverything below is kept in %s\n", base, dir)
	return d.story(c.Context)
}

// demo is the story as it is told.
type demo struct {
	program *program
	dir     string
	sim     *simulator.Simulator
}

// story is the steps of the demo. Rows that are wrong on purpose make some of them end with exit code 3.
func (d *demo) story(ctx context.Context) error {
	job, sheet := d.path("contacts.yaml"), d.path(testdata.Contacts)
	steps := []struct {
		title string
		exit  sync.Exit
		args  []string
	}{
		{"1. Check the workbook offline. It has some bad rows, each named by cell, reason and remedy.", sync.ExitProblems,
			[]string{"validate", "-c", job, "--limit-problems", "5"}},
		{"2. See what would be done. Nothing is written to the API.", sync.ExitProblems, []string{"plan", "-c", job}},
		{"3. Push exactly that plan.", sync.ExitProblems, []string{"apply", "-c", job, "--yes"}},
		{"4. Sync the same workbook again: there is nothing to do.", sync.ExitProblems, []string{"sync", "-c", job, "--yes"}},
		{"5. Sync an export of another CRM: other headers, semicolons, blank lines.", sync.ExitProblems, []string{"sync", "-c", d.path("export.yaml"), "--yes"}},
	}
	for _, s := range steps {
		if err := d.step(ctx, s.title, s.exit, s.args...); err != nil {
			return err
		}
	}
	before, after, err := editPhone(sheet)
	if err != nil {
		return err
	}
	d.sim.ForgetRequests()
	title := fmt.Sprintf("6. Somebody changes one phone number in Excel, %s to %s. Sync: one small update.", before, after)
	if err := d.step(ctx, title, sync.ExitProblems, "sync", "-c", job, "--yes"); err != nil {
		return err
	}
	for _, r := range d.sim.Requests() {
		if r.Method != "GET" {
			d.say("What went over the wire: %s %s %s\n", r.Method, r.Path, strings.TrimSpace(string(r.Body)))
		}
	}
	d.say("\nEvery row of every run is in its report exactly once. Open the report above in a browser, or look at the\n"+
		"workbooks and CSV files beside it. The job files in %s are good starting points for your own.\n", d.dir)
	return nil
}

// step shows a command line and runs it. Another exit code than the expected one ends the demo with it.
func (d *demo) step(ctx context.Context, title string, want sync.Exit, args ...string) error {
	shown := make([]string, len(args))
	for i, a := range args {
		shown[i] = strings.TrimPrefix(a, d.dir+string(filepath.Separator))
	}
	d.say("\n%s\n$ rollcall %s\n", title, strings.Join(shown, " "))
	got := sync.Exit(d.program.run(ctx, args))
	if got == sync.ExitInterrupted || got == sync.ExitTerminated {
		return ended(got)
	}
	if got != want {
		return fmt.Errorf("the demo expected exit code %d from this command and got %d", want, got)
	}
	return nil
}

// say prints a part of the story.
func (d *demo) say(format string, args ...any) { write(d.program.out, format, args...) }

// path is a file of the demo.
func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

// demoDir makes the folder of the demo.
func demoDir(dir string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "rollcall-demo-")
		if err != nil {
			return "", fmt.Errorf("make a folder for the demo: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make a folder for the demo: %w", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("make a folder for the demo: %w", err)
	}
	return abs, nil
}

// writeDemoFiles unpacks the sample sheets and writes their job files and the token.
func writeDemoFiles(dir, base string, tenant int64) error {
	files := map[string]string{"token": simulator.DefaultToken}
	for name, sheet := range map[string]string{"contacts.yaml": testdata.Contacts, "export.yaml": testdata.CRMExport} {
		job, err := fs.ReadFile(testdata.FS(), name)
		if err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
		files[name] = strings.NewReplacer("BASE_URL", base, "TENANT", fmt.Sprint(tenant)).Replace(string(job))
		data, err := fs.ReadFile(testdata.FS(), sheet)
		if err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
		files[sheet] = string(data)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("unpack the demo: %w", err)
		}
	}
	return nil
}

// editPhone changes the phone number of the first contact of a workbook, as a person would.
func editPhone(path string) (before, after string, err error) {
	book, err := excelize.OpenFile(path)
	if err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	defer book.Close()
	const phone = "D2"
	sheet := book.GetSheetName(0)
	if before, err = book.GetCellValue(sheet, phone); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	after = "555-010-0199"
	if err := book.SetCellStr(sheet, phone, after); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	if err := book.Save(); err != nil {
		return "", "", fmt.Errorf("edit the workbook: %w", err)
	}
	return before, after, nil
}
