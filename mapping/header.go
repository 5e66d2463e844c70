package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// DriftError is a sheet whose columns do not fit the job. Nothing is read or sent before it is settled.
type DriftError struct {
	File    string
	Details []string // one line per column, with the likely remedy
}

// Error lists every column that does not fit.
func (e *DriftError) Error() string {
	return fmt.Sprintf("the columns of %s do not fit the job:\n  %s", e.File, strings.Join(e.Details, "\n  "))
}

// normalHeader is a header as it is compared: letter case, surrounding and repeated white space and the Unicode
// form of a letter are not what tells two columns apart.
func normalHeader(name string) string { return normalWord(strings.Join(strings.Fields(name), " ")) }

// normalWord is a word of the sheet or the job as it is compared, by the rules of identity keys.
func normalWord(word string) string {
	return model.KeyPart(model.Value{Kind: model.String, Text: word})
}

// Closest is the candidate that name was probably meant to be, "" if none is near. Every third letter may differ; two that
// changed places, in a word of five, are near too.
func Closest(name string, candidates []string) string {
	best, bestDistance := "", (len([]rune(name))+1)/3+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(normalHeader(name), normalHeader(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// headers finds the columns of a sheet by name.
type headers struct {
	names    []string
	index    map[string]int // normalised name -> column, the first of several
	repeated map[string]bool
}

// newHeaders indexes the header row of a sheet.
func newHeaders(names []string) *headers {
	h := &headers{names: names, index: map[string]int{}, repeated: map[string]bool{}}
	for i, name := range names {
		key := normalHeader(name)
		if _, taken := h.index[key]; taken {
			h.repeated[key] = true
			continue
		}
		h.index[key] = i
	}
	return h
}

// find is the column with that name, -1 if there is none.
func (h *headers) find(name string) int {
	if i, ok := h.index[normalHeader(name)]; ok {
		return i
	}
	return -1
}

// drift compares the header row with the job, which needs some columns and ignores others. It gives a line for each one
// that does not fit: those of the job first, then those of the sheet.
func (h *headers) drift(needed, ignored []string, cfg *Config, m *model.Model) []string {
	var details []string
	unknown := h.unknown(slices.Concat(needed, ignored))
	renamed, older := map[string]string{}, map[string]string{}
	if missing := h.missing(needed); len(missing) > 0 && len(unknown) > 0 {
		renamed = newMatcher(m).renamed(missing, unknown, cfg)
	}
	for _, name := range distinct(needed) {
		switch i := h.find(name); {
		case i < 0:
			details = append(details, missingColumn(name, renamed[name]))
		case h.repeated[normalHeader(name)]:
			details = append(details, fmt.Sprintf("%q stands over more than one column; rename all but one of them in the sheet", h.names[i]))
		}
	}
	if cfg.Unmapped == UnmappedIgnore {
		return details
	}
	for old, name := range renamed {
		older[name] = old
	}
	for _, name := range unknown {
		detail := h.newColumn(name, older[name])
		if field := cfg.elsewhere(name); field != "" {
			detail += fmt.Sprintf("; %s is the field for it, in a job of its own", field)
		}
		details = append(details, detail)
	}
	return details
}

// strays says of every column that the job does not name which other resource has a field for it.
func (h *headers) strays(named []string, cfg *Config) []string {
	var strays []string
	for _, name := range h.unknown(named) {
		if field := cfg.elsewhere(name); field != "" {
			strays = append(strays, fmt.Sprintf("column %q goes nowhere: %s is the field for it, in a job of its own", name, field))
		}
	}
	return strays
}

// elsewhere is the field of another resource that people keep under a header, "" for none.
func (c *Config) elsewhere(name string) string {
	for header, field := range c.Elsewhere {
		if normalHeader(header) == normalHeader(name) {
			return field
		}
	}
	return ""
}

// unknown is the headers of the sheet that the job does not name, each once.
func (h *headers) unknown(named []string) []string {
	known := map[string]bool{}
	for _, name := range named {
		known[normalHeader(name)] = true
	}
	return slices.DeleteFunc(distinct(h.names), func(name string) bool { return known[normalHeader(name)] })
}

// missing is the headers that the job needs and the sheet does not have, each once.
func (h *headers) missing(needed []string) []string {
	return slices.DeleteFunc(distinct(needed), func(name string) bool { return h.find(name) >= 0 })
}

// missingColumn says that the sheet lacks a column, and which of its unknown ones may be it, "" for none.
func missingColumn(name, renamed string) string {
	detail := fmt.Sprintf("%q is in the job but not in the sheet", name)
	if renamed != "" {
		return detail + fmt.Sprintf("; was it renamed to %q?", renamed)
	}
	return detail + "; add the column, or take it out of the job"
}

// newColumn says that the job does not know a column, and which of the missing ones it may be, "" for none.
func (h *headers) newColumn(name, older string) string {
	if normalHeader(name) == "" {
		return fmt.Sprintf("column %d of the sheet has no name; give it one, or add `\"\": ignore` to columns", h.find(name)+1)
	}
	if name == "_rollcall" {
		return `a column stands to the right of "_rollcall", which Rollcall has written, and hidden in a workbook, and which must be the last one; move that column to the left of it`
	}
	detail := fmt.Sprintf("%q is in the sheet but not in the job", name)
	if older != "" {
		return detail + fmt.Sprintf("; is it the new name of %q?", older)
	}
	return detail + fmt.Sprintf("; map it, or add `%q: ignore` to columns", name)
}

// distinct is names without those that only repeat an earlier one.
func distinct(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		key := normalHeader(name)
		twice := seen[key]
		seen[key] = true
		return twice
	})
}
