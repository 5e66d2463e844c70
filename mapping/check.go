package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Finding is what is wrong with the job's part that this package owns; Path leads to the place in the job file.
type Finding struct {
	Path    []string
	Message string
}

// Check finds everything in c that does not fit m, before any sheet is opened. The form of the job file, such as the words
// that an option may have, is for its JSON Schema.
func (c *Config) Check(m *model.Model) []Finding {
	r := &review{config: c, model: m, sources: map[string]string{}}
	r.columns()
	r.constants()
	r.compute()
	r.identity()
	r.address()
	return r.findings
}

// review is one check of a Config.
type review struct {
	config   *Config
	model    *model.Model
	sources  map[string]string // field -> what fills it, as a dotted path of the job file
	findings []Finding
}

// note keeps a finding.
func (r *review) note(path []string, format string, args ...any) {
	r.findings = append(r.findings, Finding{path, fmt.Sprintf(format, args...)})
}

// claim takes a field for the source at path. It is nil if there is no such field or it has a source already.
func (r *review) claim(path []string, name string) *model.Field {
	i := r.model.Index(name)
	if i < 0 {
		r.note(path, "%s", unknownField(r.model, name))
		return nil
	}
	f := &r.model.Fields[i]
	if first := r.sources[f.Name]; first != "" {
		r.note(path, "field %s is already filled by %s; give each field one source", f.Name, first)
		return nil
	}
	r.sources[f.Name] = strings.Join(path, ".")
	return f
}

// columns checks every column, and that no two entries are about the same one.
func (r *review) columns() {
	seen := map[string]string{}
	for i := range r.config.Columns {
		col := &r.config.Columns[i]
		path := []string{"columns", col.Header}
		name := normalHeader(col.Header)
		if first, twice := seen[name]; twice {
			r.note(path, "%q and %q are the same column, for letter case and outer or repeated spaces do not count; remove one", first, col.Header)
			continue
		}
		seen[name] = col.Header
		switch {
		case col.Ignore:
		case name == "":
			r.note(path, "a column without a header cannot be mapped; give it a name in the sheet, or ignore it")
		default:
			if f := r.claim(path, col.Field); f != nil {
				r.options(path, col, f)
			}
		}
	}
}

// options checks that the options of a column fit its field.
func (r *review) options(path []string, col *Column, f *model.Field) {
	at := func(key string) []string { return append(slices.Clone(path), key) }
	if col.Blank == BlankClear {
		r.clearing(at("blank"), col, f)
	}
	if col.LooksUp() {
		r.lookup(path, col, f)
		return
	}
	for _, word := range col.True {
		if slices.ContainsFunc(col.False, func(w string) bool { return normalWord(w) == normalWord(word) }) {
			r.note(at("true"), "%q is among the true words and among the false words", word)
		}
	}
	if f.Custom == nil || !f.Custom.Unjudged { // what kind a custom field is, is known when its definition is
		r.kind(at, col, f)
	}
	if col.Format != "" && !validLayout(col.Format) {
		r.note(at("format"), "%q does not name day, month and year; write the date 2 January 2006 the way the sheet does, such as 02/01/2006", col.Format)
	}
}

// kind checks that the options of a column are for the kind of its field.
func (r *review) kind(at func(key string) []string, col *Column, f *model.Field) {
	kind := KindName(f.Kind)
	if f.Kind != model.Boolean && len(col.True)+len(col.False) > 0 {
		key := "true"
		if len(col.True) == 0 {
			key = "false"
		}
		r.note(at(key), "true and false words are for boolean fields; %s is %s", f.Name, kind)
	}
	if col.Format != "" && f.Kind != model.Date {
		r.note(at("format"), "format is for date fields; %s is %s", f.Name, kind)
	}
	if col.Decimal != "" && f.Kind != model.Number && f.Kind != model.Integer {
		r.note(at("decimal"), "decimal is for number fields; %s is %s", f.Name, kind)
	}
}

// lookup checks that names can be looked up for a field.
func (r *review) lookup(path []string, col *Column, f *model.Field) {
	at := func(key string) []string { return append(slices.Clone(path), key) }
	switch {
	case col.Lookup != "" && col.Table != "":
		r.note(at("lookup"), "lookup asks the API, lookup_table a file; choose one of the two")
	case col.Lookup != "" && f.Lookup == "":
		r.note(at("lookup"), "the target has no list in which %s could be looked up; give names and ids in a file, as lookup_table", f.Name)
	}
	if len(col.True)+len(col.False) > 0 || col.Format != "" || col.Decimal != "" {
		r.note(path, "a cell that is looked up is a name: true, false, format and decimal do not go with it")
	}
}

// clearing checks that a field whose blank cells clear it can be cleared.
func (r *review) clearing(path []string, col *Column, f *model.Field) {
	switch {
	case col.Required:
		r.note(path, "required: true leaves no blank cell that could clear %s; choose one of the two", f.Name)
	case f.In == model.InPath:
		r.note(path, "%s is part of the record's address and cannot be cleared", f.Name)
	case f.Clear == model.ClearOmit && f.Required:
		r.note(path, "every record needs %s, so it cannot be cleared", f.Name)
	case f.Clear == model.ClearUndocumented && !r.config.AllowUndocumented:
		r.note(path, "the API does not document how %s is cleared; use blank: keep, or set allow_undocumented: true to send null", f.Name)
	}
}

// constants checks that every constant is a value that its field accepts: a wrong one would stop every row.
func (r *review) constants() {
	for _, name := range slices.Sorted(maps.Keys(r.config.Constants)) {
		path, text := []string{"constants", name}, r.config.Constants[name]
		f := r.claim(path, name)
		if f == nil {
			continue
		}
		value, code := f.Parse(text)
		if code != "" {
			r.note(path, "%q is not a value of %s (%s)", text, f.Name, KindName(f.Kind))
			continue
		}
		record := r.model.NewRecord()
		record[r.model.Index(name)] = value
		for _, p := range r.model.Validate(nil, record, model.ForUpdate) {
			if p.Field == f.Name && p.Stops() {
				r.note(path, "%q does not fit %s: %s", text, f.Name, p.Message)
			}
		}
	}
}

// compute checks that every expression can be read.
func (r *review) compute() {
	for _, name := range slices.Sorted(maps.Keys(r.config.Compute)) {
		path := []string{"compute", name}
		r.claim(path, name)
		if _, err := compileExpression(r.config.Compute[name]); err != nil {
			r.note(path, "%s", err)
		}
	}
}

// identity finds key fields that no row could ever have.
func (r *review) identity() {
	identity := &r.config.Identity
	if len(identity.Key) == 0 && !(r.config.UpdateOnly && identity.ID != "") {
		r.note([]string{"identity"}, "identity.key is needed: without it a second run would create every record again")
	}
	for n, name := range identity.Key {
		path := []string{"identity", "key", strconv.Itoa(n)}
		i := r.model.Index(name)
		switch {
		case i < 0:
			r.note(path, "%s", unknownField(r.model, name))
		case r.sources[r.model.Fields[i].Name] == "":
			r.note(path, "key field %s has no column, constant or expression", r.model.Fields[i].Name)
		}
	}
}

// address finds fields of the record's address that no row could ever have.
func (r *review) address() {
	for i := range r.model.Fields {
		f := &r.model.Fields[i]
		inKey := slices.ContainsFunc(r.config.Identity.Key, func(name string) bool { return r.model.Index(name) == i })
		if f.In == model.InPath && r.sources[f.Name] == "" && !inKey {
			r.note([]string{"columns"}, "no column, constant or expression fills %s, which is part of every record's address", f.Name)
		}
	}
}

// unknownField says that there is no such field, and which one was probably meant.
func unknownField(m *model.Model, name string) string {
	names := make([]string, len(m.Fields))
	for i := range m.Fields {
		names[i] = m.Fields[i].Name
	}
	text := fmt.Sprintf("%s has no field %q", m.Name(), name)
	if s := Closest(name, names); s != "" {
		return text + fmt.Sprintf("; did you mean %q?", s)
	}
	return text + "; `rollcall fields " + m.Name() + "` lists them"
}
