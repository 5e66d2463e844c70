package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// TestTheManualHasEveryCommandFlagAndExitCode renders the page as a reader sees it, and looks for what the table of commands has.
func TestTheManualHasEveryCommandFlagAndExitCode(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("there is no groff to render the page with")
	}
	app := (&program{}).app()
	cmd := exec.Command(groff, "-man", "-Tascii", "-P-cbou", "-rLL=500n")
	cmd.Stdin = strings.NewReader(manual(app))
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	page, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Fatalf("%v: %s", err, &complaints)
	}
	text := regexp.MustCompile(`[ \n]+`).ReplaceAllString(string(page), " ")
	has := func(what string) {
		t.Helper()
		if !strings.Contains(text, what) {
			t.Errorf("the page has no %q", what)
		}
	}
	flags := func(flags []cli.Flag) {
		for _, f := range flags {
			has("--" + f.Names()[0])
			_, usage := placeholder(f.(cli.DocGenerationFlag).GetUsage())
			has(strings.TrimSuffix(sentence(usage), "."))
		}
	}
	has("rollcall - " + app.Usage)
	flags(app.Flags)
	for _, c := range app.Commands {
		has(strings.TrimSpace("rollcall " + c.Name + " " + c.ArgsUsage))
		has(sentence(c.Usage))
		flags(c.Flags)
	}
	for _, m := range sync.Exits() {
		has(fmt.Sprintf(" %d ", m.Code))
		has(sentence(m.Meaning))
	}
}

func TestTextMeansNothingToRoff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		".rollcall":    `\&.rollcall`,
		"it's --a\\b":  `it\(aqs \-\-a\eb`,
		"run `a` ~/^":  `run \(gaa\(ga \(ti/\(ha`,
		"  indented  ": "indented",
	} {
		if got := plainText(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
