package model

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
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
	list, _ := reach(answer, d.Fields)
	fields, ok := list.([]any)
	if !ok {
		return nil, fmt.Errorf("read the definitions of custom fields: the answer has no list %q", d.Fields)
	}
	definitions := []Definition{}
	for _, field := range fields {
		f, _ := field.(map[string]any)
		text := func(key string) string {
			if v := f[key]; key != "" && v != nil {
				return fmt.Sprint(v)
			}
			return ""
		}
		if id := text(d.ID); id != "" {
			definitions = append(definitions, Definition{ID: id, Name: text(d.Name), Type: text(d.Type), Inactive: text(d.Active) == "false"})
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
}

// Prefix is what the names of custom fields begin with: "customFields.".
func (c *Custom) Prefix() string { return c.List + "." }

// Types is the types of custom fields that have rules of their own.
func (c *Custom) Types() []string { return c.order }

// field makes a field of a definition under a name that a job writes. It is not ok if no value of that type can be sent.
func (c *Custom) field(name string, d Definition) (Field, bool) {
	f, ok := c.types[d.Type]
	if !ok {
		if f, ok = c.types["default"]; !ok {
			return f, false
		}
	}
	f.Name, f.Custom = name, &CustomField{Definition: d, shape: c}
	return f, true
}

// Named gives names to the custom fields that a job writes, all below [Custom.Prefix], by the definitions of the account. A
// definition that the job does not write is a field too, so that what is sent whole can be. A name that is no definition
// is returned as unknown.
func (c *Custom) Named(written []string, definitions []Definition) (fields []Field, unknown []error) {
	taken := map[string]bool{}
	for _, name := range written {
		short := name[len(c.Prefix()):]
		d, err := findDefinition(definitions, short)
		if err == nil && taken[d.ID] {
			err = fmt.Errorf("%s is another name of a custom field that the job names already (id %s)", name, d.ID)
		}
		if err != nil {
			unknown = append(unknown, err)
			continue
		}
		f, ok := c.field(name, d)
		if !ok {
			unknown = append(unknown, fmt.Errorf("custom field %q is of the type %q, which cannot be sent; known are %s", d.Name, d.Type, strings.Join(c.order, ", ")))
			continue
		}
		taken[d.ID] = true
		fields = append(fields, f)
	}
	for _, d := range definitions {
		if f, ok := c.field(c.Prefix()+d.Name, d); ok && !taken[d.ID] && !d.Inactive && d.Name != "" {
			taken[d.ID] = true
			fields = append(fields, f)
		}
	}
	return fields, unknown
}

// Unjudged is the custom fields that a job writes, before the account's definitions are known: texts without any rule.
func (c *Custom) Unjudged(written []string) []Field {
	fields := make([]Field, 0, len(written))
	for _, name := range written {
		short := name[len(c.Prefix()):]
		fields = append(fields, Field{
			Name: name, Kind: String, Rules: Rules{MaxLength: -1},
			Custom: &CustomField{Definition: Definition{ID: short, Name: short}, Unjudged: true, shape: c},
		})
	}
	return fields
}

// findDefinition finds a definition by its id, else by its name.
func findDefinition(definitions []Definition, name string) (Definition, error) {
	var found []Definition
	var names []string
	for _, d := range definitions {
		if d.ID == name {
			found = []Definition{d}
			break
		}
		if tableKey(d.Name) == tableKey(name) {
			found = append(found, d)
		}
		names = append(names, d.Name)
	}
	switch {
	case len(found) > 1:
		return Definition{}, fmt.Errorf("%d custom fields are called %q; name the one you mean by its id (%s or %s)", len(found), name, found[0].ID, found[1].ID)
	case len(found) == 0:
		message, hint := unknown("custom field", name, names)
		return Definition{}, fmt.Errorf("%s; %s", message, hint)
	case found[0].Inactive:
		return Definition{}, fmt.Errorf("custom field %q (id %s) is out of use in the account", found[0].Name, found[0].ID)
	}
	return found[0], nil
}

// before is what stands in front of the value of an item: {"id":12,"value":
func (c *CustomField) before() string {
	id := c.ID
	if c.shape.textIDs || !isInteger(id) {
		id = string(appendString(nil, id))
	}
	return "{" + jsonKey(c.shape.ID) + id + "," + jsonKey(c.shape.Value)
}

// in finds the value of the custom field in an answer: in a list by the id of the definition, in a map by its id or its
// name. Where custom fields are shown and this one is not, it is empty.
func (c *CustomField) in(answer map[string]any) (any, bool) {
	shown, ok := reach(answer, c.shape.List)
	if !ok {
		return nil, false
	}
	switch shown := shown.(type) {
	case []any:
		for _, item := range shown {
			if m, _ := item.(map[string]any); m != nil && c.is(m[c.shape.ID]) {
				return m[c.shape.Value], true
			}
		}
	case map[string]any:
		if v, ok := shown[c.ID]; ok {
			return v, true
		}
		for key, v := range shown {
			if plainKey(key) == plainKey(c.Name) {
				return v, true
			}
		}
	}
	return nil, true
}

// is reports whether a member of an answer is the id of the definition.
func (c *CustomField) is(id any) bool { return fmt.Sprint(id) == c.ID }

// plainKey is the letters and digits of a name: how the keys of a map are made of names is documented nowhere.
func plainKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, tableKey(name))
}

// Stray is the custom values of an answer that no field of the model stands for: a replacement would lose them.
func (m *Model) Stray(data []byte, c *Custom) []string {
	answer, err := object(data)
	if err != nil || c == nil {
		return nil
	}
	shown, _ := reach(answer, c.List)
	var stray []string
	note := func(id string, value any) {
		known := slices.ContainsFunc(m.Fields, func(f Field) bool {
			return f.Custom != nil && (f.Custom.ID == id || plainKey(f.Custom.Name) == plainKey(id))
		})
		if value != nil && value != "" && !known {
			stray = append(stray, id)
		}
	}
	switch shown := shown.(type) {
	case []any:
		for _, item := range shown {
			if m, _ := item.(map[string]any); m != nil {
				note(fmt.Sprint(m[c.ID]), m[c.Value])
			}
		}
	case map[string]any:
		for key, value := range shown {
			note(key, value)
		}
	}
	slices.Sort(stray)
	return stray
}

// list is the property of the list, "" without custom fields.
func (b *customBlock) list() string {
	if b == nil {
		return ""
	}
	return b.List
}

// custom compiles how custom fields are kept.
func (c *compiler) custom(b *customBlock, create *operation, at []string) *Custom {
	if b == nil {
		return nil
	}
	path := append([]string{"x-rollcall"}, at...)
	out := &Custom{List: b.List, ID: b.ID, Value: b.Value, Merge: b.Merge, types: map[string]Field{}}
	if item := c.itemOf(create, b.List); item != nil {
		_, properties := child(item, "properties")
		_, id := child(properties, b.ID)
		_, value := child(properties, b.Value)
		if id == nil || value == nil {
			c.source.faultAt(fmt.Sprintf("the items of %s do not have the properties %q and %q", b.List, b.ID, b.Value), "describe both under items, properties", append(path, "list")...)
		} else {
			layers := c.source.resolve(id)
			kind, _ := typeOf(layers[len(layers)-1])
			out.textIDs = kind == "string"
		}
	} else {
		c.source.faultAt(fmt.Sprintf("the body of %s has no list %q", create.ID, b.List), "describe it as an array of objects", append(path, "list")...)
	}
	if d := b.Definitions; d != nil {
		c.knownLookup(d.Lookup, append(path, "definitions", "lookup")...)
		out.Definitions = &Definitions{Lookup: d.Lookup, Parent: d.Parent, Fields: d.Fields, ID: d.ID, Name: d.Name, Type: d.Type, Active: d.Active}
	}
	for name, ref := range b.Types {
		schema := c.source.doc.node("components", "schemas", ref)
		if schema == nil {
			c.source.faultAt(fmt.Sprintf("there is no schema %q under components", ref), "", append(path, "types", name)...)
			continue
		}
		layers, nullable := c.source.shapeOf(schema)
		if len(layers) == 0 {
			continue
		}
		f := c.source.field(layers, nullable)
		f.Clear, f.Source = clearing(b.Clear), c.source.annotation(layers, "x-source")
		out.types[name] = f
		out.order = append(out.order, name)
	}
	slices.Sort(out.order)
	return out
}

// itemOf is the schema of the items of a list in the body of an operation, nil if there is no such list.
func (c *compiler) itemOf(op *operation, list string) *yaml.Node {
	at := c.source.requestSchema(op)
	for _, step := range append(strings.Split(list, "."), "") {
		if at == nil {
			return nil
		}
		layers, _ := c.source.shapeOf(at)
		if len(layers) == 0 {
			return nil
		}
		at = layers[len(layers)-1]
		if step == "" {
			break
		}
		_, properties := child(at, "properties")
		_, at = child(properties, step)
	}
	_, items := child(at, "items")
	if items == nil {
		return nil
	}
	layers := c.source.resolve(items)
	if len(layers) == 0 {
		return nil
	}
	return layers[len(layers)-1]
}

// customParent refuses a parent of definitions that is no field.
func (c *compiler) customParent(r *Resource, at []string) {
	if r.Custom == nil || r.Custom.Definitions == nil || r.Model.Index(r.Custom.Definitions.Parent) >= 0 {
		return
	}
	message, hint := unknown("field", r.Custom.Definitions.Parent, r.Model.names())
	c.source.faultAt(message, hint, append([]string{"x-rollcall"}, at...)...)
}

// With is the resource with custom fields of an account in its model, behind the documented ones, and with the tables by
// which its answers name things, by the name of the lookup.
func (r *Resource) With(custom []Field, tables map[string]*Table) *Resource {
	out := *r
	m := NewModel(r.Model.Target, r.Model.Resource, append(slices.Clone(r.Model.Fields), custom...))
	m.requires, m.custom = r.Model.requires, r.Custom
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Lookup != "" && f.Reading.Names {
			f.Reading.table = tables[f.Lookup]
		}
	}
	out.Model = m
	return &out
}

// Replacing is the resource with updates that replace the whole record. It is not ok if the API has none.
func (r *Resource) Replacing() (*Resource, bool) {
	if r.Replace || r.Whole == nil {
		return r, r.Replace
	}
	out := *r
	out.Update, out.Replace = r.Whole, true
	fields := slices.Clone(r.Model.Fields)
	for i := range fields {
		if f := &fields[i]; !f.Required && !f.Immutable && f.In == InBody && f.Clear == ClearUndocumented {
			f.Clear = ClearOmit
		}
	}
	out.Model = NewModel(r.Model.Target, r.Model.Resource, fields)
	out.Model.requires, out.Model.custom = r.Model.requires, r.Custom
	if r.Custom != nil {
		custom := *r.Custom
		custom.types = map[string]Field{}
		for name, f := range r.Custom.types {
			f.Clear = ClearOmit
			custom.types[name] = f
		}
		out.Custom = &custom
	}
	return &out, true
}
