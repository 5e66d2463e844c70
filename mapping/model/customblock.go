package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// list is the property of the list, "" without custom fields.
func (b *customBlock) list() string {
	if b == nil {
		return ""
	}
	return b.List
}

// custom compiles how custom fields are kept. The block is at path.
func (c *compiler) custom(b *resource, create, update *operation, path ...string) *Custom {
	k := b.Custom
	if k == nil {
		return nil
	}
	at := func(steps ...string) []string { return slices.Concat([]string{"x-rollcall"}, path, steps) }
	out := &Custom{List: k.List, ID: k.ID, Value: k.Value, Merge: k.Merge}
	c.customList(out, create, at("list"))
	if update != nil {
		c.customList(out, update, at("list"))
	}
	if d := k.Definitions; d != nil {
		c.knownLookup(d.Lookup, at("definitions", "lookup")...)
		out.Definitions = &Definitions{Lookup: d.Lookup, Parent: d.Parent, Fields: d.Fields, ID: d.ID, Name: d.Name, Type: d.Type, Active: d.Active}
	}
	if typed := k.Definitions != nil && k.Definitions.Type != ""; !typed && k.Types["default"] == "" {
		c.source.faultAt(`missing key "default"`, "no definition tells its type, so that all are of one", at("types")...)
	}
	way := c.clearing(k.Clear, b.Replace, at("clear")...)
	if k.Clear == "" && b.Replace {
		way = ClearOmit
	}
	out.types, out.order = c.customTypes(k.Types, way, at("types"))
	return out
}

// customTypes compiles the rules of each type of custom field.
func (c *compiler) customTypes(schemas map[string]string, way Clear, path []string) (types map[string]Field, order []string) {
	types = map[string]Field{}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		schema := c.source.doc.node("components", "schemas", schemas[name])
		if schema == nil {
			c.source.faultAt(fmt.Sprintf("there is no schema %q under components", schemas[name]), "", append(path, name)...)
			continue
		}
		layers, nullable := c.source.shapeOf(schema)
		if len(layers) == 0 {
			continue
		}
		f := c.source.field(layers, nullable)
		f.Clear, f.Source = way, c.source.annotation(layers, "x-source")
		types[name] = f
		order = append(order, name)
	}
	return types, order
}

// customList checks that a body has the list of custom fields, with items that need no more than we can give.
func (c *compiler) customList(out *Custom, op *operation, path []string) {
	item := c.itemOf(op, out.List)
	if item == nil {
		c.source.faultAt(fmt.Sprintf("the body of %s has no list %q", op.ID, out.List), "describe it as an array of objects", path...)
		return
	}
	_, properties := child(item, "properties")
	_, id := child(properties, out.ID)
	_, value := child(properties, out.Value)
	if id == nil || value == nil {
		c.source.faultAt(fmt.Sprintf("the items of %s do not have the properties %q and %q", out.List, out.ID, out.Value),
			"describe both under items, properties", path...)
		return
	}
	if layers, _ := c.source.shapeOf(id); len(layers) > 0 {
		kind, _ := typeOf(layers[len(layers)-1])
		out.textIDs = kind == "string"
	}
	for _, needed := range c.source.texts(item, "required") {
		if needed != out.ID && needed != out.Value {
			c.source.faultAt(fmt.Sprintf("the items of %s need the property %q", out.List, needed), "an item is sent with its id and its value alone", path...)
		}
	}
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
	if kind, _ := typeOf(at); items == nil || kind != "array" {
		return nil
	}
	layers := c.source.resolve(items)
	if len(layers) == 0 {
		return nil
	}
	return layers[len(layers)-1]
}

// customParent refuses a parent of definitions that is no field.
func (c *compiler) customParent(r *Resource, path ...string) {
	if r.Custom == nil || r.Custom.Definitions == nil {
		return
	}
	if _, ok := r.Model.index[r.Custom.Definitions.Parent]; ok {
		return
	}
	message, hint := unknown("field", r.Custom.Definitions.Parent, r.Model.names())
	c.source.faultAt(message, hint, append([]string{"x-rollcall"}, path...)...)
}
