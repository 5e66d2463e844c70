package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Custom says how a resource keeps the fields that an account defines itself: in a request as a list of ids and values
// below one property, in an answer as the same list or as a map of values.
type Custom struct {
	List        string // dotted property of a request: customFields, template.fields
	ID          string // property of an item with the id of its definition
	Value       string // property of an item with the value
	Merge       bool   // what an update leaves out of the list keeps its value
	Definitions *Definitions
	types       map[string]Field // a nameless field with the rules of each type; "default" stands for all others
	textIDs     bool             // ids of definitions are text in JSON
	order       []string         // types as the file lists them, sorted
}

// Definitions says where an API lists the definitions of custom fields: inside the items of a lookup.
type Definitions struct {
	Lookup string // name of the lookup
	Parent string // field of the resource that says which item
	Fields string // property of an item with the list of definitions
	ID     string // property of a definition with its id
	Name   string // property of a definition with its name
	Type   string // property of a definition with its type, "" for none
	Active string // property of a definition that is false if it is out of use, "" for none
}

// Read takes the definitions out of an item.
func (d *Definitions) Read(item []byte) ([]Definition, error) {
	answer, err := object(item)
	if err != nil {
		return nil, err
	}
	list, there := reach(answer, d.Fields)
	fields, ok := list.([]any)
	if !ok && (!there || list != nil) {
		return nil, fmt.Errorf("read the definitions of custom fields: the answer has no list %q", d.Fields)
	}
	definitions := []Definition{}
	for _, field := range fields {
		f, _ := field.(map[string]any)
		if id := textOf(f[d.ID]); id != "" {
			definitions = append(definitions, Definition{
				ID: id, Name: textOf(f[d.Name]), Type: textOf(f[d.Type]), Inactive: fmt.Sprint(f[d.Active]) == "false",
			})
		}
	}
	return definitions, nil
}

// Definition is one custom field as an account defines it.
type Definition struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type,omitempty"`
	Inactive bool   `json:"inactive,omitempty"`
}

// CustomField says which definition a field stands for.
type CustomField struct {
	Definition
	Unjudged bool // the account's definitions are not at hand: name and value are taken as they are
	shape    *Custom
	alike    bool // another definition has a name that keys made of names do not tell from this one
}

// Retired reports whether the field is a custom one that is out of use in the account.
func (f *Field) Retired() bool { return f.Custom != nil && f.Custom.Inactive }

// Prefix is what the names of custom fields begin with: "customFields.".
func (c *Custom) Prefix() string { return c.List + "." }

// TextIDs reports whether ids of definitions are text; else they are whole numbers.
func (c *Custom) TextIDs() bool { return c.textIDs }

// Types is the types of custom fields that have rules of their own.
func (c *Custom) Types() []string { return c.order }

// field makes a field of a definition under a name that a job writes. The error is a type of which no value can be sent.
func (c *Custom) field(name string, d Definition) (Field, error) {
	f, ok := c.types[d.Type]
	if !ok {
		if f, ok = c.types["default"]; !ok {
			return f, fmt.Errorf("custom field %q is of the type %q, which cannot be sent; known are %s", d.Name, d.Type, strings.Join(c.order, ", "))
		}
	}
	f.Name, f.Custom = name, &CustomField{Definition: d, shape: c}
	return f, nil
}

// Named gives names to the custom fields that a job writes, all below [Custom.Prefix], by the definitions of the account. A
// definition that the job does not write, be it out of use, is a field too, so that what is sent whole can be. A name that
// is no definition is returned as unknown: a [*NameError].
func (c *Custom) Named(written []string, definitions []Definition) (fields []Field, unknown []error) {
	taken := map[string]bool{}
	for _, name := range eachOnce(written) {
		d, err := findDefinition(definitions, name[len(c.Prefix()):])
		if err == nil && taken[d.ID] {
			err = fmt.Errorf("%s is another name of a custom field that the job names already (id %s)", name, d.ID)
		}
		var f Field
		if err == nil {
			f, err = c.field(name, d)
		}
		if err != nil {
			unknown = append(unknown, &NameError{name, err})
			continue
		}
		taken[d.ID] = true
		fields = append(fields, f)
	}
	for _, d := range definitions {
		if f, err := c.field(c.nameOf(d, definitions), d); err == nil && !taken[d.ID] {
			taken[d.ID] = true
			fields = append(fields, f)
		}
	}
	for i := range fields {
		fields[i].Custom.alike = alike(fields[i].Custom.Definition, definitions)
	}
	return fields, unknown
}

// NameError is a custom field of a job that the account does not have, or that cannot be sent.
type NameError struct {
	Name   string // as the job writes it
	Reason error
}

// Error gives the reason.
func (e *NameError) Error() string { return e.Reason.Error() }

// Unwrap gives the reason.
func (e *NameError) Unwrap() error { return e.Reason }

// nameOf is the name of a field that the job does not write: by its id, if its own name means another one or nothing.
func (c *Custom) nameOf(d Definition, definitions []Definition) string {
	if found, err := findDefinition(definitions, d.Name); strings.TrimSpace(d.Name) == "" || err != nil || found.ID != d.ID {
		return c.Prefix() + d.ID
	}
	return c.Prefix() + d.Name
}

// eachOnce is names without those that differ from an earlier one in letter case only.
func eachOnce(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.ContainsFunc(out, func(earlier string) bool { return strings.EqualFold(earlier, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// Unjudged is the custom fields that a job writes, before the account's definitions are known: texts without any rule.
func (c *Custom) Unjudged(written []string) []Field {
	fields := make([]Field, 0, len(written))
	for _, name := range eachOnce(written) {
		short := name[len(c.Prefix()):]
		fields = append(fields, Field{
			Name: name, Kind: String, Rules: Rules{MaxLength: -1}, Clear: c.clear(),
			Custom: &CustomField{Definition: Definition{ID: short, Name: short}, Unjudged: true, shape: c},
		})
	}
	return fields
}

// clear is how custom fields are emptied, whatever their type.
func (c *Custom) clear() Clear {
	for _, f := range c.types {
		return f.Clear
	}
	return ClearUndocumented
}

// Retired reports whether an item that holds definitions is out of use.
func (d *Definitions) Retired(item []byte) bool {
	answer, err := object(item)
	return err == nil && d.Active != "" && answer[d.Active] == false
}

// findDefinition finds a definition by its id, else by its name. What is out of use does not stand in the way of what is in
// use under the same name.
func findDefinition(definitions []Definition, name string) (Definition, error) {
	var found, retired []Definition
	var names []string
	for _, d := range definitions {
		if !d.Inactive {
			names = append(names, d.Name)
		}
		switch {
		case d.ID == name:
			return d, d.usable()
		case tableKey(d.Name) != tableKey(name):
		case d.Inactive:
			retired = append(retired, d)
		default:
			found = append(found, d)
		}
	}
	switch {
	case len(found) > 1:
		return Definition{}, fmt.Errorf("%d custom fields are called %q; name the one you mean by its id (%s or %s)", len(found), name, found[0].ID, found[1].ID)
	case len(found) == 1:
		return found[0], nil
	case len(retired) > 0:
		return retired[0], retired[0].usable()
	}
	message, hint := unknown("custom field", name, names)
	return Definition{}, errors.New(strings.TrimSuffix(message+"; "+hint, "; "))
}

// usable is an error for a definition that is out of use.
func (d Definition) usable() error {
	if d.Inactive {
		return fmt.Errorf("custom field %q (id %s) is out of use in the account", d.Name, d.ID)
	}
	return nil
}
