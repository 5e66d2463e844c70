package main

import (
	_ "embed" // the schema is a file

	"github.com/urfave/cli/v2"
)

// outputSchema is the JSON Schema of what the commands print that deal with runs.
//
//go:embed output.schema.json
var outputSchema string

// schemaCommand is the command schema.
func (p *program) schemaCommand() *cli.Command {
	return &cli.Command{
		Name: "schema", Usage: "print the JSON Schema of what --json prints", Action: p.schema,
		Description: "It describes plan, apply, sync, resume, resolve, report, validate, runs, and what any command prints that refuses.\n" +
			"\"version\" grows when a member changes its meaning; members may be added without it.",
	}
}

// schema is the command schema.
func (p *program) schema(c *cli.Context) error {
	if err := tooMany(c, 0); err != nil {
		return err
	}
	write(p.out, "%s", outputSchema)
	return nil
}
