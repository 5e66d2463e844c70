// Package model holds the documented models of the APIs: it reads target files, compiles the fields of each resource into
// a flat table, and validates records against it.
//
// A target is one OpenAPI 3.1 document with an x-rollcall block; the limits, formats and required fields are the standard
// JSON Schema keywords in it. Nothing here knows an API by name, opens a connection or reads a sheet.
//
// Two things that others need too live here: [Document], a YAML file that a person wrote and whose faults are shown in
// their place, and the registry of problem codes, see [Explain].
//
// Begin at [Load], which reads an embedded target, and [Model.Validate].
package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds of values. Absent is the zero value: nothing is known and nothing is sent.
const (
	Absent  Kind = iota
	Null         // JSON null: cleared
	String       // text as it is
	Integer      // Text holds canonical digits
	Number       // Text holds a canonical decimal, never a binary float
	Boolean      // Text is "true" or "false"
	Date         // Text is yyyy-mm-dd
)

// String is the word for k, as rollcall fields prints it.
func (k Kind) String() string {
	words := [...]string{"absent", "null", "string", "integer", "number", "boolean", "date"}
	if int(k) < len(words) {
		return words[k]
	}
	return "unknown"
}

// Value is one typed value in canonical text form, so that values can be compared with == and sent without conversion.
type Value struct {
	Kind Kind
	Text string
}

// Known reports whether v says anything, be it that the field is empty.
func (v Value) Known() bool { return v.Kind != Absent }

// Said is v as a sentence says it: texts stand in quotes, and "nothing" for what is empty.
func (v Value) Said() string {
	switch {
	case v.Text == "":
		return "nothing"
	case v.Kind == String:
		return strconv.Quote(v.Text)
	}
	return v.Text
}

// Record is one record of a resource: a Value for each Field of its Model, in the same order.
type Record []Value

// Place is where a field travels in a request.
type Place uint8

// The places of fields.
const (
	InBody Place = iota // a property of the request body
	InPath              // a parameter of the path; it cannot change once the record exists
)

// Clear is how a field is emptied through the API.
type Clear uint8

// The ways of clearing a field. ClearUndocumented is the zero value: the job must allow it in so many words.
const (
	ClearUndocumented Clear = iota
	ClearNull               // send JSON null
	ClearEmpty              // send ""
	ClearOmit               // leave it out of a full replacement
)

// String says in words how a field is cleared, as rollcall fields prints it.
func (c Clear) String() string {
	words := [...]string{"not documented", "null", `""`, "left out of a full replacement"}
	if int(c) < len(words) {
		return words[c]
	}
	return "unknown"
}

// Field is one documented field of a resource, compiled from the schemas of its create and update operations.
type Field struct {
	Name        string // dotted: email, location.latitude, template.id
	Kind        Kind   // String, Integer, Number, Boolean or Date
	In          Place
	Required    bool // on create
	Immutable   bool // cannot change once the record exists: it is in the path, or no update takes it
	UpdateOnly  bool // no create takes it
	Nullable    bool // the request schema admits null
	Clear       Clear
	Rules                // limits on the value
	Aliases     []string // headers under which people keep this field
	Source      string   // page that documents the rules
	Description string
	Lookup      string // of the target, that finds the value by a name; "" for none
	Reading     Reading
	Custom      *CustomField // nil for a field of the documents
}

// Reading says where an answer has the value of a field, if that is not where a request has it.
type Reading struct {
	Path  string // dotted property that is tried before the field's own name, "" for none
	Names bool   // it may be the name instead of the id that is sent
	table *Table // by which names are read
}

// Rules are the documented limits on the value of a field. A rule is the same on create and on update.
type Rules struct {
	MinLength int      // in characters (Unicode code points); 0 = none
	MaxLength int      // in characters; -1 = none
	Minimum   string   // canonical decimal, "" = none
	Maximum   string   // canonical decimal, "" = none
	Enum      []string // allowed values, nil = any
	Pattern   string   // regular expression, "" = none
	Step      string   // such as 0.01: a multiple of it is asked for; "" = any
	Legacy    int      // length beyond which an older interface of the API refuses the text, a warning; 0 = none
	Format    string   // "", "email-list", "email" or "uri": checks with a code of their own, see Validate

	checks *checks // what Validate runs, made from the above
}

// Use says which rules apply: a create needs the required fields, an update only what it sends.
type Use uint8

// The uses of a record.
const (
	ForCreate Use = iota
	ForUpdate
)

// Model is the documented fields of one resource, as a flat table in the order of the document.
type Model struct {
	Target   string // "cro"
	Resource string // "contact"
	Fields   []Field

	index    map[string]int
	requires []dependency // in the order of the field that is needed
	body     []property   // the request body as a tree
	custom   *Custom      // how custom fields are kept, nil if there are none
}

// NewModel makes a model of fields. [Load] does so for targets; it is exported for tests and for fields that an account
// defines itself.
func NewModel(target, resource string, fields []Field) *Model {
	m := &Model{Target: target, Resource: resource, Fields: slices.Clone(fields), index: make(map[string]int, len(fields))}
	for i := range m.Fields {
		m.index[m.Fields[i].Name] = i
		m.index[m.Fields[i].Stored()] = i
		m.Fields[i].prepare()
	}
	m.body = bodyTree(m.Fields)
	return m
}

// require adds what create and update ask for, in the order of the needed fields.
func (m *Model) require(create, update []need) {
	uses := map[need][2]bool{}
	for use, needs := range [][]need{ForCreate: create, ForUpdate: update} {
		for _, n := range needs {
			both := uses[n]
			both[use] = true
			uses[n] = both
		}
	}
	for n, both := range uses {
		m.requires = append(m.requires, dependency{given: m.index[n.given], needs: m.index[n.needs], uses: both})
	}
	slices.SortFunc(m.requires, func(a, b dependency) int {
		return cmp.Or(cmp.Compare(a.needs, b.needs), cmp.Compare(a.given, b.given))
	})
}

// names is the names of the fields.
func (m *Model) names() []string { return fieldNames(m.Fields) }

// pathFields is the names of the fields that travel in the path.
func (m *Model) pathFields() []string {
	var names []string
	for i := range m.Fields {
		if m.Fields[i].In == InPath {
			names = append(names, m.Fields[i].Name)
		}
	}
	return names
}

func fieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names
}

// Name is the full name of the resource, such as "cro/contact".
func (m *Model) Name() string { return m.Target + "/" + m.Resource }

// Index finds a field by its dotted name, whatever its letter case, or by the name under which it is stored; -1 if there
// is none.
func (m *Model) Index(name string) int {
	if i, ok := m.index[name]; ok {
		return i
	}
	for i := range m.Fields {
		if strings.EqualFold(m.Fields[i].Name, name) {
			return i
		}
	}
	return -1
}

// IsCustom reports whether name is that of a custom field, be it in the model or not.
func (m *Model) IsCustom(name string) bool {
	return m.custom != nil && strings.HasPrefix(name, m.custom.Prefix())
}

// Stored is the name under which a ledger keeps the field: that of a custom field holds the id of its definition, for jobs
// call it as they like.
func (f *Field) Stored() string {
	if f.Custom == nil {
		return f.Name
	}
	return f.Custom.shape.Prefix() + f.Custom.ID
}

// NewRecord is a record that says nothing yet.
func (m *Model) NewRecord() Record { return make(Record, len(m.Fields)) }

// dependency says that a record which has the field given must have the field needs, in the given uses.
type dependency struct {
	given, needs int
	uses         [2]bool // by Use
}

// Unit is the property that an update sends whole when the field changes: the object that the field is in. It is "" for a
// field that goes alone.
func (f *Field) Unit() string {
	unit, _, nested := strings.Cut(f.Name, ".")
	if f.Custom != nil {
		unit, _, nested = strings.Cut(f.Custom.shape.List, ".")
		nested = nested || !f.Custom.shape.Merge
	}
	if f.In != InBody || !nested {
		return ""
	}
	return unit
}

// Fits reports whether v is of the field's kind, so that it can be sent as it is.
func (f *Field) Fits(v Value) bool { return v.Kind == Null || v.Known() && f.kindFault(v) == "" }
