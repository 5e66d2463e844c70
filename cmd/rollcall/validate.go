package main

import (
	"fmt"
	"strconv"

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
	st := stylesFor(c, p.out)
	if len(v.First) > 0 {
		rows := [][]string{{"ROW", "COLUMN", "CODE", "VALUE", "PROBLEM"}}
		for _, f := range v.First {
			rows = append(rows, []string{strconv.Itoa(f.Row), shorten(sync.Visible(f.Column, ""), 24), string(f.Code),
				shorten(sync.Visible(f.Value, ""), 28), sync.Visible(f.Message, "")})
		}
		table(p.out, rows)
		if more := v.Total() - len(v.First); more > 0 {
			write(p.out, "… and %d more; -o FILE writes them all\n", more)
		}
		write(p.out, "\n")
	}
	for _, code := range v.Codes() {
		e, _ := sync.Explain(code.Code)
		write(p.out, "%6d  %-20s %s\n", code.Count, code.Code, e.Fix)
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

// verdictOf is the validation in one sentence.
func verdictOf(v *sync.Validation) string {
	rows := "rows"
	if v.Rows == 1 {
		rows = "row"
	}
	text := fmt.Sprintf("%d %s: %d good, %d invalid.", v.Rows, rows, v.Rows-v.Invalid, v.Invalid)
	if v.Warned > 0 {
		text += fmt.Sprintf(" %d of the good ones have warnings.", v.Warned)
	}
	return text
}
