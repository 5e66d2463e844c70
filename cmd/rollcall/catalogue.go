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
	width := screenWidth(p.out)
	p.say("", styles{}, fmt.Sprintf("%s: %s", e.Code, e.Meaning), width)
	write(p.out, "\n")
	for _, part := range [][2]string{{"Cause", e.Cause}, {"Fix", e.Fix}, {"Example", e.Example}, {"Effect", string(e.Severity)}} {
		p.entry(part[0], part[1], width)
	}
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
		width := screenWidth(p.out)
		p.say("", styles{}, fmt.Sprintf("exit code %d: %s", number, m.Meaning), width)
		write(p.out, "\n")
		p.entry("Fix", m.Fix, width)
		return nil
	}
	return fmt.Errorf("%w: %d is not an exit code of rollcall; `rollcall explain` lists them", sync.ErrUsage, number)
}

// entry prints a line of an explanation, its text wrapped beside its name.
func (p *program) entry(name, text string, width int) {
	for _, line := range hang(fmt.Sprintf("%-*s  ", len("Example"), name), text, width) {
		write(p.out, "%s\n", line)
	}
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
	width := screenWidth(p.out)
	codes := columnWidths(rows)[0]
	for _, row := range rows {
		for _, line := range hang(fmt.Sprintf("%-*s  ", codes, row[0]), row[1], width) {
			write(p.out, "%s\n", line)
		}
	}
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
