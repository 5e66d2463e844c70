package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// validate is the command validate.
func (p *program) validate(c *cli.Context) error {
	opts, err := p.options(c)
	if err != nil {
		return err
	}
	opts.Sheet = c.Args().First()
	v, err := sync.Validate(p.soft, opts, sync.ValidateFiles{
		Problems: c.String("output"), Annotated: c.String("annotate"), Keep: c.Int("limit-problems"),
	})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err = writeJSON(p.out, v.JSON())
	} else {
		p.showValidation(c, v)
	}
	if err != nil {
		return err
	}
	return ended(v.Exit())
}

// showValidation prints the problems and what they add up to.
func (p *program) showValidation(c *cli.Context, v *sync.Validation) {
	st, at := stylesFor(c, p.out), rowWordOf(v.Info.Sheet)
	p.showFirst(st, v, at)
	if groups := v.Groups(); len(groups) > 0 {
		showGroups(p.out, st, groups, at, len(groups))
		write(p.out, "\n")
	}
	colour := st.green
	if v.Invalid > 0 {
		colour = st.yellow
	}
	write(p.out, "%s%s%s\n", colour, verdictOf(v), st.reset)
	for _, path := range []string{c.String("output"), c.String("annotate")} {
		if path != "" {
			write(p.out, "Written %s\n", sync.Visible(path, ""))
		}
	}
}

// The widest that the cells of a problem are shown, where there is room.
const (
	maxValue   = 28
	minMessage = 30
)

// showFirst prints the first problems one by one. On a narrow terminal what a problem says stands below it.
func (p *program) showFirst(st styles, v *sync.Validation, at rowWord) {
	if len(v.First) == 0 {
		return
	}
	cells := [][]string{{at.column(), "COLUMN", "CODE", "VALUE"}}
	for _, f := range v.First {
		cells = append(cells, []string{strconv.Itoa(f.Row), shorten(sync.Visible(f.Column, ""), maxColumn), string(f.Code), shorten(sync.Visible(f.Value, ""), maxValue)})
	}
	lines := aligned(cells)
	width, beside := screenWidth(p.out), displayWidth(lines[0])+2
	below := width > 0 && width-beside < minMessage
	head := lines[0] + "  PROBLEM"
	if below {
		head = shorten(strings.TrimRight(lines[0], " "), width)
	}
	write(p.out, "%s%s%s\n", st.dim, head, st.reset)
	for i, line := range lines[1:] {
		message := at.message(sync.Visible(v.First[i].Message, ""))
		if below {
			write(p.out, "%s\n", shorten(strings.TrimRight(line, " "), width))
			for _, part := range broken(wrap(message, width-6), width-6) {
				write(p.out, "%s      %s%s\n", st.dim, part, st.reset)
			}
			continue
		}
		for j, part := range broken(wrapTo(message, width, width-beside), width-beside) {
			if j > 0 {
				line = strings.Repeat(" ", displayWidth(line))
			}
			write(p.out, "%s  %s\n", line, part)
		}
	}
	if more := v.Total() - len(v.First); more > 0 {
		write(p.out, "… and %s more; -o FILE writes them all\n", figure(more))
	}
	write(p.out, "\n")
}

// verdictOf is the validation in one sentence.
func verdictOf(v *sync.Validation) string {
	text := fmt.Sprintf("%s: %s good, %s invalid.", counted(v.Rows, "row"), figure(v.Rows-v.Invalid), figure(v.Invalid))
	switch {
	case v.Warned == 1:
		text += " 1 of the good ones has a warning."
	case v.Warned > 1:
		text += fmt.Sprintf(" %s of the good ones have warnings.", figure(v.Warned))
	}
	return text
}
