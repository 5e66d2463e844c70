// Package mapping joins the columns of a sheet to the fields of a model: it decodes rows into typed candidates and says what
// is wrong with them.
//
// It is pure: it opens no file and asks no API. Trouble in a cell becomes a [model.Problem] and never stops anything; a
// sheet whose columns do not fit the job is a [*DriftError] and always does.
//
// Begin at [Config.Check], then [Compile], then [Mapping.Decode] for one row or [Mapping.Run] for a whole sheet on all cores.
package mapping

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Blank says what a blank cell means.
type Blank string

// The policies for blank cells.
const (
	BlankKeep  Blank = "keep"  // leave the field as it is; the default
	BlankClear Blank = "clear" // empty the field
	BlankError Blank = "error" // a problem
)

// Column is what the job says about one column of the sheet.
type Column struct {
	Header   string   `yaml:"-"`
	Ignore   bool     `yaml:"-"`            // `Notes: ignore`
	Field    string   `yaml:"field"`        // dotted name
	Blank    Blank    `yaml:"blank"`        // default keep
	Required bool     `yaml:"required"`     // a blank cell is a problem
	True     []string `yaml:"true"`         // words for true; default: the spellings that the API documents
	False    []string `yaml:"false"`        // words for false
	Format   string   `yaml:"format"`       // layout of a date, such as 02/01/2006; default yyyy-mm-dd
	Decimal  string   `yaml:"decimal"`      // "," or "."; default "."
	Lookup   string   `yaml:"lookup"`       // the cell holds a name: the word of the target's lookup that it is compared by
	Table    string   `yaml:"lookup_table"` // the cell holds a name: the CSV file that has the ids of names
	Link     bool     `yaml:"-"`            // the cell names another record of the job's own resource, which the plan finds
}

// LooksUp reports whether the cells hold names of things instead of their ids.
func (c *Column) LooksUp() bool { return c.Lookup != "" || c.Table != "" }

// Columns is the columns of the job in its order.
type Columns []Column

// UnmarshalYAML reads `Header: field`, `Header: ignore` and `Header: {field: ..., ...}`, keeping the order.
func (c *Columns) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: columns must be a list of header: field", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		col := Column{}
		switch {
		case value.Kind == yaml.ScalarNode && value.Value == "ignore":
			col.Ignore = true
		case value.Kind == yaml.ScalarNode:
			col.Field = value.Value
		default:
			if err := value.Decode(&col); err != nil {
				return fmt.Errorf("column %q: %w", key.Value, err)
			}
		}
		col.Header = key.Value
		if col.Blank == "" {
			col.Blank = BlankKeep
		}
		*c = append(*c, col)
	}
	return nil
}

// Identity says how a row finds its record.
type Identity struct {
	ID  string   `yaml:"id"`  // header of the column with the remote id, "" if the sheet has none
	Key []string `yaml:"key"` // fields that identify a record, unique within the sheet
}

// Unmapped says what a column of the sheet that the job does not name means.
type Unmapped string

// The policies for unmapped columns.
const (
	UnmappedError  Unmapped = "error" // the sheet has drifted from the job; the default
	UnmappedIgnore Unmapped = "ignore"
)

// Config is the part of the job file that says what the columns mean.
type Config struct {
	Columns           Columns
	Unmapped          Unmapped
	Constants         map[string]string // field -> value for every row
	Compute           map[string]string // field -> expression over the row
	Identity          Identity
	ActionColumn      string // header of the column that overrides the mode per row, "" for none
	AllowUndocumented bool   // clear fields in ways that the API does not document
	UpdateOnly        bool   // mode update: rows need not have what only a create requires

	Tables    map[string]*model.Table // by header of a column that looks up; one that is missing leaves its cells unjudged
	Elsewhere map[string]string       // header -> field of another resource of the target that people keep under it
}

// KindName is a kind in words.
func KindName(k model.Kind) string {
	names := map[model.Kind]string{
		model.String: "text", model.Integer: "a whole number", model.Number: "a number",
		model.Boolean: "a boolean", model.Date: "a date",
	}
	return names[k]
}
