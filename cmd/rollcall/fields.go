package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// fieldsCommand is the command fields.
func (p *program) fieldsCommand() *cli.Command {
	return &cli.Command{
		Name: "fields", Usage: "list the fields of a resource", ArgsUsage: "[TARGET[/RESOURCE]]", Action: p.fields,
		Description: "With a job file that is named (-c FILE), the custom fields of its account are listed too: as the account has them\n" +
			"with --online, else as an earlier run has read them.",
		Flags: append(append(targetFlags(), trustFlags()...),
			&cli.BoolFlag{Name: "online", DisableDefaultText: true, Usage: "read the custom fields of the job's account"}),
	}
}

// listedFields is what fields prints with --json.
type listedFields struct {
	Version int `json:"version"`
	*sync.FieldList
}

// fields is the command fields.
func (p *program) fields(c *cli.Context) error {
	if err := tooMany(c, 1); err != nil {
		return err
	}
	found, err := p.fieldsOf(c)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(p.out, listedFields{formatVersion, found})
	}
	p.showFields(found)
	return nil
}

// fieldsOf lists the fields that a command line asks for: those of a resource by its name, or those of a job with what its
// account has.
func (p *program) fieldsOf(c *cli.Context) (*sync.FieldList, error) {
	name, online := c.Args().First(), c.Bool("online")
	if !online && !c.IsSet("config") {
		if name == "" && c.String("target-file") == "" {
			return nil, fmt.Errorf("%w: name a resource, such as cro/contact; `rollcall targets` lists them", sync.ErrUsage)
		}
		return sync.Fields(name, c.String("target-file"))
	}
	opts, err := p.options(c)
	if err != nil {
		return nil, err
	}
	asked := opts.Job.Name()
	if name != "" {
		found, err := sync.Fields(name, c.String("target-file"))
		if err != nil || found.Resource != asked && !online {
			return found, err
		}
		asked = found.Resource
	}
	if asked != opts.Job.Name() {
		return nil, fmt.Errorf("%w: --online: the job is about %s, not %s", sync.ErrUsage, opts.Job.Name(), asked)
	}
	return sync.JobFields(p.soft, opts, online)
}

// showFields prints the fields: as a table, or wrapped where the screen is too narrow for it.
func (p *program) showFields(found *sync.FieldList) {
	width := screenWidth(p.out)
	rows := [][]string{{"FIELD", "TYPE", "REQUIRED", "RULE", "LOOKUP", "CLEARED BY", "SOURCE"}}
	for _, f := range found.Fields {
		required := ""
		if f.Required {
			required = "yes"
		}
		rows = append(rows, []string{f.Name, f.Type, required, f.Rule, strings.Join(f.Lookup, ", "), f.Clear, f.Source})
	}
	if width > 0 && !fits(rows, width) {
		narrow(p.out, found.Fields, width)
	} else {
		table(p.out, rows)
	}
	if found.Custom != nil {
		p.showCustom(found.Custom, width)
	}
}

// narrow prints fields with their rules wrapped below each other. How most of them are cleared is said once, and so are
// their sources, at the end.
func narrow(w io.Writer, fields []sync.FieldInfo, width int) {
	names, types := 0, 0
	var sources, clears []string
	for _, f := range fields {
		names, types = max(names, len(f.Name)), max(types, len(f.Type))
		clears = append(clears, f.Clear)
		if !slices.Contains(sources, f.Source) {
			sources = append(sources, f.Source)
		}
	}
	usual := mostFrequent(clears)
	for _, f := range fields {
		text := strings.Join(partsOf(f, usual), "; ")
		if len(sources) > 1 {
			text += fmt.Sprintf(" [%d]", slices.Index(sources, f.Source)+1)
		}
		lead := fmt.Sprintf("%-*s  %-*s  ", names, f.Name, types, f.Type)
		for _, line := range hang(lead, text, width) {
			write(w, "%s\n", line)
		}
	}
	fmt.Fprintln(w)
	for _, line := range wrap(fmt.Sprintf("Cleared by: %s, where nothing else is said.", usual), width) {
		write(w, "%s\n", line)
	}
	for i, source := range sources {
		mark := "Source:"
		if len(sources) > 1 {
			mark = fmt.Sprintf("[%d]", i+1)
		}
		fmt.Fprintln(w, mark, source)
	}
}

// partsOf is what there is to say of a field besides its name and type. usual is how most fields are cleared.
func partsOf(f sync.FieldInfo, usual string) (parts []string) {
	if f.Required {
		parts = append(parts, "required")
	}
	if f.Rule != "" {
		parts = append(parts, f.Rule)
	}
	if len(f.Lookup) > 0 {
		parts = append(parts, "lookup: "+strings.Join(f.Lookup, " or "))
	}
	if f.Clear != usual {
		parts = append(parts, "cleared by: "+f.Clear)
	}
	return parts
}

// mostFrequent is the text that a list has most often, the first of them if there are several.
func mostFrequent(list []string) string {
	most, times := "", 0
	count := map[string]int{}
	for _, text := range list {
		count[text]++
	}
	for _, text := range list {
		if count[text] > times {
			most, times = text, count[text]
		}
	}
	return most
}

// showCustom prints the custom fields of an account, or what is known of them without it.
func (p *program) showCustom(custom *sync.CustomList, width int) {
	rows := [][]string{{"TYPE", "VALUE", "RULE"}}
	for _, t := range custom.Types {
		rows = append(rows, []string{t.Name, t.Type, t.Rule})
	}
	of := ""
	if len(custom.Defined) > 0 {
		rows, of = definedRows(custom.Defined)
	}
	write(p.out, "\n")
	for _, line := range wrap(fmt.Sprintf("Custom fields%s are called %s<name or id>.", of, custom.Prefix), width) {
		write(p.out, "%s\n", line)
	}
	if width > 0 && !fits(rows, width) {
		cards(p.out, rows, width)
	} else {
		table(p.out, rows)
	}
	for _, line := range wrap(custom.Hint, width) {
		if line != "" {
			write(p.out, "%s\n", line)
		}
	}
}

// definedRows is custom fields as a table. What defines all of them alike is of, and else a column.
func definedRows(defined []sync.CustomInfo) (rows [][]string, of string) {
	rows = [][]string{{"CUSTOM FIELD", "ID", "TYPE", "RULE", "ACTIVE"}}
	same := !slices.ContainsFunc(defined, func(d sync.CustomInfo) bool { return d.Of != defined[0].Of })
	if !same {
		rows[0] = append(rows[0], "OF")
	}
	for _, d := range defined {
		active := "yes"
		if !d.Active {
			active = "no"
		}
		row := []string{sync.Visible(d.Name, ""), sync.Visible(d.ID, ""), sync.Visible(d.Type, ""), d.Rule, active}
		if !same {
			row = append(row, sync.Visible(d.Of, ""))
		}
		rows = append(rows, row)
	}
	if same && defined[0].Of != "" {
		of = " of " + sync.Visible(defined[0].Of, "")
	}
	return rows, of
}
