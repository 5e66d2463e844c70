package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Undecided stands in a job file where a person still has to choose. No job that has one is run.
const Undecided = "?"

// Undecided finds every choice that c leaves open, with what there is to choose from.
func (c *Config) Undecided(m *model.Model) []Finding {
	var out []Finding
	note := func(path []string, format string, args ...any) {
		out = append(out, Finding{path, fmt.Sprintf(format, args...)})
	}
	var matches []Match // of all headers, once they are wanted
	for i := range c.Columns {
		col := &c.Columns[i]
		path := []string{"columns", col.Header}
		if col.Field == Undecided {
			if matches == nil {
				matches = MatchHeaders(m, c.headers())
			}
			note(path, "choose a field for column %q: %s", col.Header, c.candidates(m, &matches[i]))
			continue
		}
		for _, o := range undecidedOptions(col) {
			note(append(path, o.key), "choose %s for column %q: %s", o.what, col.Header, o.choices)
		}
	}
	if c.Identity.ID == Undecided {
		note([]string{"identity", "id"}, "choose identity.id: the header of the column with the ids of %s, or leave it out", m.Name())
	}
	if i := slices.Index(c.Identity.Key, Undecided); i >= 0 {
		note([]string{"identity", "key", strconv.Itoa(i)}, "choose identity.key: the fields that tell one record from all others, each filled by a column")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Constants)) {
		if c.Constants[name] == Undecided {
			note([]string{"constants", name}, "choose a value of %s for every row; or map a column to %s and remove this line", name, name)
		}
	}
	return out
}

// headers is the headers of the columns.
func (c *Config) headers() []string {
	headers := make([]string, len(c.Columns))
	for i := range c.Columns {
		headers[i] = c.Columns[i].Header
	}
	return headers
}

// candidates is what a column without a field may be, the best first, of what no other column is.
func (c *Config) candidates(m *model.Model, match *Match) string {
	rivals := match.Rivals
	if match.Field != "" {
		rivals = append([]Rival{{match.Field, match.By, match.Score}}, rivals...)
	}
	var names []string
	for _, r := range rivals {
		if r.Likely() && !slices.ContainsFunc(c.Columns, func(other Column) bool { return other.Field == r.Field }) {
			names = append(names, r.String())
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("no field of %s that is left is like it; write ignore, or a field that `rollcall fields %s` lists", m.Name(), m.Name())
	}
	return strings.Join(names, ", ") + " or ignore"
}

// Likely reports whether the field is worth telling a person. What is less like it is mostly noise.
func (r Rival) Likely() bool {
	const least = 0.55
	return r.Score >= least
}

// String is the field with its score, as a person chooses by it.
func (r Rival) String() string { return fmt.Sprintf("%s (%.2f)", r.Field, r.Score) }

// undecidedOption is an option of a column that is left open.
type undecidedOption struct{ key, what, choices string }

// undecidedOptions is the options of a column that are left open.
func undecidedOptions(col *Column) []undecidedOption {
	var out []undecidedOption
	for _, o := range []struct {
		undecidedOption
		open bool
	}{
		{undecidedOption{"true", "the words for true", "list them, as in true: [Y, yes]"}, slices.Equal(col.True, []string{Undecided})},
		{undecidedOption{"false", "the words for false", "list them, as in false: [N, no]"}, slices.Equal(col.False, []string{Undecided})},
		{undecidedOption{"format", "the form of the dates", "write the date 2 January 2006 the way the sheet does, such as 02/01/2006 (day first) or 01/02/2006 (month first)"}, col.Format == Undecided},
		{undecidedOption{"decimal", "what stands before the decimals", `"," if 1,234 is less than two, "." if it is more than a thousand`}, col.Decimal == Undecided},
		{undecidedOption{"lookup", "what the cells hold", "the word of the list that they are looked up by, or leave lookup out if they are ids"}, col.Lookup == Undecided},
	} {
		if o.open {
			out = append(out, o.undecidedOption)
		}
	}
	return out
}
