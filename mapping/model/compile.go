package model

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// compiler makes a Target of a target file.
type compiler struct {
	source *source
	block  *block
}

// target compiles everything; faults are kept in the source.
func (c *compiler) target() *Target {
	b, s := c.block, c.source
	t := &Target{
		Name: b.Name, Title: b.Title,
		Version:  s.text(s.doc.node("info"), "version"),
		Settings: b.settings(),
		Headers:  b.headers(),
		Auth: Auth{
			Methods: b.Auth.Methods, AuthorizeURL: b.Auth.AuthorizeURL, Scopes: b.Auth.Scopes, APIKeyHeader: b.Auth.APIKeyHeader,
		},
		Rate:   Rate{Limit: b.Rate.Limit, Per: duration(b.Rate.Per), Scope: b.Rate.Scope},
		Errors: ErrorShape{Field: b.Errors.Field, Message: b.Errors.Message, Map: b.Errors.Map, Duplicate: b.Errors.Same},
		Server: Server{Slash: Slash{Read: b.Slash.Read, Write: b.Slash.Write}},
		Settle: duration(b.Settle),
	}
	var ok bool
	if t.BaseURL, t.PathPrefix, ok = splitServer(s.text(s.doc.node("servers", "0"), "url")); !ok {
		s.faultAt("the first server must have a plain http or https address", "write servers: [{url: https://api.example.org}]", "servers", "0", "url")
	}
	t.Auth.MaxHeader = s.maxHeader()
	for i := range t.Headers {
		t.Headers[i].Description = s.headerText(t.Headers[i].Name)
	}
	if op := c.named(b.Auth.Token, "auth", "token"); op != nil {
		t.Auth.TokenPath = op.Path
	}
	if op := c.named(b.Check.Operation, "check", "operation"); op != nil {
		t.Check = &Check{Operation: op.Operation, Items: b.Check.Items, ID: b.Check.ID, Setting: b.Check.Setting}
	}
	for _, e := range b.Account {
		for i, id := range e.Value.Except {
			c.named(id, "account", e.Name, "except", fmt.Sprint(i))
		}
		c.knownLookup(e.Value.Lookup, "x-rollcall", "account", e.Name, "lookup")
	}
	if _, err := regexp.Compile(b.Errors.Same); err != nil {
		s.faultAt("the regular expression cannot be read: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "), "", "x-rollcall", "errors", "duplicate")
	}
	for _, e := range b.Lookups {
		if l := c.lookup(e.Name, &e.Value); l != nil {
			t.Lookups = append(t.Lookups, l)
		}
	}
	for _, e := range b.Resources {
		if r := c.resource(e.Name, &e.Value); r != nil {
			t.Resources = append(t.Resources, r)
		}
	}
	return t
}

// named finds an operation that the block names; nil if it names none or one that is not there.
func (c *compiler) named(id string, path ...string) *operation {
	if id == "" {
		return nil
	}
	return c.source.operation(id, append([]string{"x-rollcall"}, path...)...)
}

// resource compiles one resource.
func (c *compiler) resource(name string, b *resource) *Resource {
	at := func(steps ...string) []string { return append([]string{"resources", name}, steps...) }
	create := c.named(b.Create, at("create")...)
	whole := c.named(b.ReplaceWith, at("replace_with")...)
	update := c.named(b.Update, at("update")...)
	get := c.named(b.Get, at("get")...)
	list := c.named(b.List.Operation, at("list", "operation")...)
	if create == nil {
		return nil
	}
	r := &Resource{
		Name: name, Create: &create.Operation, Replace: b.Replace,
		IDField: b.ID.Field, IDParam: b.ID.Param, Key: b.Key, Unique: b.Unique,
	}
	r.Custom = c.custom(b, create, update, at("custom")...)
	r.Model = c.model(name, b, create, update)
	r.Model.custom = r.Custom
	known := r.Model.pathFields()
	withID := append(slices.Clone(known), b.ID.Param)
	c.paramsAmong(create, known, "path fields of "+name)
	if update != nil {
		r.Update = &update.Operation
		c.paramsAmong(update, withID, "path fields or the id of "+name)
	}
	if whole != nil {
		c.sameBody(name, create, whole)
		c.paramsAmong(whole, withID, "path fields or the id of "+name)
		noted := len(c.source.findings)
		r.Whole = c.resource(name, b.replacing())
		c.source.findings = c.source.findings[:noted] // the body is that of create, whose faults are noted already
	}
	if get != nil {
		r.Get = &get.Operation
		c.paramsAmong(get, withID, "path fields or the id of "+name)
	}
	if list != nil {
		r.List = c.listing(&b.List, list, at("list")...)
		r.Parents = list.Params
		c.paramsAmong(list, known, "path fields of "+name)
		c.filters(r, at("list")...)
	}
	if (update != nil || get != nil) && b.ID.Param == "" {
		c.source.faultAt(`missing key "param"`, "name the path parameter that takes the id", append([]string{"x-rollcall"}, at("id")...)...)
	}
	c.fieldNames(r.Model, b.Key, at("key"))
	c.fieldNames(r.Model, b.Unique, at("unique"))
	c.customParent(r, at("custom", "definitions", "parent")...)
	return r
}

// paramsAmong refuses path parameters for which nothing would have a value.
func (c *compiler) paramsAmong(op *operation, known []string, what string) {
	for _, p := range op.Params {
		if !slices.Contains(known, p) {
			c.source.fault(op.node, fmt.Sprintf("path parameter %q of %s is none of the %s", p, op.ID, what),
				"only parameters of the create path, and the id, have a value")
		}
	}
}

// listing compiles how a list is read. The block is at path.
func (c *compiler) listing(b *listBlock, op *operation, path ...string) *Listing {
	for key, param := range map[string]string{"page_param": b.PageParam, "size_param": b.SizeParam, "cursor_param": b.CursorParam} {
		if param != "" && !slices.Contains(op.Query, param) {
			message, hint := unknown("query parameter", param, op.Query)
			c.source.faultAt(message, hint, append(append([]string{"x-rollcall"}, path...), key)...)
		}
	}
	return &Listing{
		Operation: op.Operation, Items: b.Items, PageParam: b.PageParam, SizeParam: b.SizeParam, Size: b.Size, Cursor: b.CursorParam,
		Next: b.Next, FirstPlain: b.FirstPlain, TotalPages: b.TotalPages, PageSize: b.PageSize, Count: b.Count, Total: b.Total, Filters: b.Filters,
	}
}

// filters refuses filters of a list that have no field, or no query parameter.
func (c *compiler) filters(r *Resource, path ...string) {
	for _, field := range slices.Sorted(maps.Keys(r.List.Filters)) {
		at := append(append([]string{"x-rollcall"}, path...), "filters", field)
		i, known := r.Model.index[field]
		switch param := r.List.Filters[field]; {
		case !known:
			message, hint := unknown("field", field, r.Model.names())
			c.source.faultAt(message, hint, at...)
		case r.Model.Fields[i].In == InPath:
			c.source.faultAt(fmt.Sprintf("%s is a part of the path already", field), "take it out", at...)
		case !slices.Contains(r.List.Query, param):
			message, hint := unknown("query parameter", param, r.List.Query)
			c.source.faultAt(message, hint, at...)
		}
	}
}

// fieldNames refuses names in a list of the block that are no fields.
func (c *compiler) fieldNames(m *Model, names []string, at []string) {
	for i, name := range names {
		if _, ok := m.index[name]; !ok {
			message, hint := unknown("field", name, m.names())
			c.source.faultAt(message, hint, append(append([]string{"x-rollcall"}, at...), fmt.Sprint(i))...)
		}
	}
}

// model compiles the fields: those of the path, those of the create body, and those that only an update takes.
func (c *compiler) model(name string, b *resource, create, update *operation) *Model {
	fields := c.pathFields(create, b.ID.Param)
	created := c.body(create, b.Custom.list())
	updated := created
	if update != nil {
		updated = c.body(update, b.Custom.list())
	}
	replaces := update != nil && b.Replace
	for _, f := range created.fields {
		f.Required = slices.Contains(created.required, f.Name)
		if update != nil {
			other := updated.nodes[f.Name]
			f.Immutable = other == nil
			c.agree(&f, &updated, other)
		}
		if replaces && !f.Required && !f.Immutable {
			f.Clear = ClearOmit
		}
		fields = append(fields, f)
	}
	for _, f := range updated.fields {
		if created.nodes[f.Name] == nil {
			f.UpdateOnly = true
			fields = append(fields, f)
		}
	}
	c.extras(name, b, fields)
	m := NewModel(c.block.Name, name, fields)
	m.require(created.needs, updated.needs)
	return m
}

// sameBody refuses a replacement that takes other fields than a create: what the sheet may hold must not depend on the job.
func (c *compiler) sameBody(name string, create, whole *operation) {
	a, b := c.source.requestSchema(create), c.source.requestSchema(whole)
	if a == nil || b == nil {
		return // nothing to compare, or noted
	}
	if x, y := c.source.resolve(a), c.source.resolve(b); len(x) > 0 && len(y) > 0 && x[len(x)-1] != y[len(y)-1] {
		c.source.faultAt("a replacement must take the same body as a create", "let both refer to one schema", "x-rollcall", "resources", name, "replace_with")
	}
}

// agree refuses a field that create and update describe differently: a person could not be told one rule.
func (c *compiler) agree(f *Field, updated *shape, n *yaml.Node) {
	for i := range updated.fields {
		o := &updated.fields[i]
		if o.Name == f.Name && (o.Kind != f.Kind || o.Nullable != f.Nullable || !o.Rules.same(&f.Rules)) {
			c.source.fault(n, fmt.Sprintf("field %q has other rules here than in the create schema", f.Name), "write the stricter rule in both")
		}
	}
}

// body flattens the request schema of an operation, without the account settings in it and without the list of custom
// fields.
func (c *compiler) body(op *operation, list string) shape {
	n := c.source.requestSchema(op)
	if n == nil {
		return shape{nodes: map[string]*yaml.Node{}}
	}
	skip := map[string]bool{}
	for _, e := range c.block.Account {
		if slices.Contains(e.Value.In, "body") {
			skip[e.Value.Param] = true
		}
	}
	if list != "" {
		skip[list] = true
	}
	return c.source.flatten(n, skip, c.source.text(op.node, "x-source"))
}

// pathFields makes fields of the path parameters of create: what a record hangs on.
func (c *compiler) pathFields(create *operation, id string) []Field {
	var fields []Field
	for _, name := range create.Params {
		n := create.parameter(name, "path")
		if name == id || n == nil {
			continue
		}
		_, schema := child(n, "schema")
		if schema == nil {
			c.source.fault(n, fmt.Sprintf("parameter %q has no schema", name), "")
			continue
		}
		layers, nullable := c.source.shapeOf(schema)
		if len(layers) == 0 {
			continue
		}
		f := c.source.field(layers, nullable)
		f.Name, f.In, f.Required, f.Immutable = name, InPath, true, true
		f.Source = c.source.text(n, "x-source")
		if f.Source == "" {
			f.Source = c.source.text(create.node, "x-source")
		}
		if text := oneLine(c.source.text(n, "description")); text != "" {
			f.Description = text
		}
		fields = append(fields, f)
	}
	return fields
}

// extras adds what the block says about fields.
func (c *compiler) extras(name string, b *resource, fields []Field) {
	for _, e := range b.Fields {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == e.Name })
		if i < 0 {
			message, hint := unknown("field", e.Name, fieldNames(fields))
			c.source.faultAt(message, hint, "x-rollcall", "resources", name, "fields", e.Name)
			continue
		}
		f := &fields[i]
		f.Aliases, f.Lookup, f.Reading = e.Value.Aliases, e.Value.Lookup, Reading{Path: e.Value.Read, Names: e.Value.Names}
		if e.Value.Clear != "" {
			f.Clear = c.clearing(e.Value.Clear, b.Replace, "x-rollcall", "resources", name, "fields", e.Name, "clear")
		}
		c.knownLookup(f.Lookup, "x-rollcall", "resources", name, "fields", e.Name, "lookup")
		f.Immutable = f.Immutable || e.Value.Immutable
		if f.Immutable && f.Clear == ClearOmit {
			f.Clear = ClearUndocumented
		}
		if e.Value.Format == "" {
			continue
		}
		if f.Kind != String {
			c.source.faultAt("only text has this format", "", "x-rollcall", "resources", name, "fields", e.Name, "format")
		}
		f.Format = e.Value.Format
	}
}
