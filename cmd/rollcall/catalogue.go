package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// targets is the command targets.
func (p *program) targets(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	list, err := sync.Targets(c.String("target-file"))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, map[string]any{"version": formatVersion, "targets": list})
	}
	rows := [][]string{{"TARGET", "API", "VERSION", "RESOURCES", "ACCOUNT SETTINGS", "AUTH", "RATE"}}
	for _, t := range list {
		rows = append(rows, []string{
			t.Name, t.Title, t.APIVersion, strings.Join(t.Resources, ", "), strings.Join(t.Settings, ", "), strings.Join(t.Auth, ", "), t.Rate,
		})
	}
	if width := screenWidth(p.out); width > 0 && !fits(rows, width) {
		cards(p.out, rows, width)
		return nil
	}
	table(p.out, rows)
	return nil
}

// explain is the command explain.
func (p *program) explain(c *cli.Context) error {
	if err := tooMany(c, 1); err != nil {
		return err
	}
	code := c.Args().First()
	if number, err := strconv.Atoi(code); err == nil {
		return p.explainExit(c, number)
	}
	if code == "" {
		return p.explainAll(c)
	}
	e, ok := sync.Explain(code)
	if !ok {
		return fmt.Errorf("%w: there is no problem code %q%s; `rollcall explain` lists them", sync.ErrUsage, code, suggestion(code, "", sync.CodeNames()))
	}
	if c.Bool("json") {
		return writeJSON(p.out, map[string]any{"version": formatVersion, "code": e.Code, "severity": e.Severity, "meaning": e.Meaning, "cause": e.Cause, "fix": e.Fix, "example": e.Example})
	}
	fmt.Fprintf(p.out, "%s: %s\n\nCause    %s\nFix      %s\nExample  %s\nEffect   %s\n", e.Code, e.Meaning, e.Cause, e.Fix, e.Example, e.Severity)
	return nil
}

// explainExit explains an exit code.
func (p *program) explainExit(c *cli.Context, number int) error {
	for _, m := range sync.Exits() {
		if int(m.Code) != number {
			continue
		}
		if c.Bool("json") {
			return writeJSON(p.out, map[string]any{"version": formatVersion, "exit_code": number, "meaning": m.Meaning, "fix": m.Fix})
		}
		fmt.Fprintf(p.out, "exit code %d: %s\n\nFix      %s\n", number, m.Meaning, m.Fix)
		return nil
	}
	return fmt.Errorf("%w: %d is not an exit code of rollcall; `rollcall explain` lists them", sync.ErrUsage, number)
}

// explainAll lists every code.
func (p *program) explainAll(c *cli.Context) error {
	if c.Bool("json") {
		return writeJSON(p.out, map[string]any{"version": formatVersion, "codes": sync.Explanations(), "exit_codes": sync.Exits()})
	}
	rows := [][]string{{"CODE", "MEANING"}}
	for _, e := range sync.Explanations() {
		rows = append(rows, []string{string(e.Code), e.Meaning})
	}
	for _, m := range sync.Exits() {
		rows = append(rows, []string{"exit " + strconv.Itoa(int(m.Code)), m.Meaning})
	}
	table(p.out, rows)
	return nil
}

// version is the command version.
func (p *program) version(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, map[string]any{"version": formatVersion, "rollcall": version()})
	}
	fmt.Fprintln(p.out, "rollcall", version())
	return nil
}
