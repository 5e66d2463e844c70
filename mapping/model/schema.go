package model

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a JSON Schema that documents are checked against.
type Schema struct {
	compiled *jsonschema.Schema
	document any // as parsed, to look up which keys it allows
}

// NewSchema compiles a JSON Schema of draft 2020-12. The name is used in errors only; references must stay within the
// schema. The keyword propertyNames is refused, because the library loses the place of its errors: patternProperties with
// additionalProperties false says the same.
func NewSchema(name string, data []byte) (*Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", name, err)
	}
	if usesPropertyNames(document) {
		return nil, fmt.Errorf("read schema %s: use patternProperties instead of propertyNames", name)
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	url := "mem:///" + name
	if err := compiler.AddResource(url, document); err != nil {
		return nil, fmt.Errorf("read schema %s: %w", name, err)
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("compile schema %s: %w", name, err)
	}
	return &Schema{compiled: compiled, document: document}, nil
}

// usesPropertyNames looks for the keyword anywhere below v. A property of that name is taken for it too, which no schema of
// ours has.
func usesPropertyNames(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, found := v["propertyNames"]; found {
			return true
		}
		for _, inner := range v {
			if usesPropertyNames(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, usesPropertyNames)
	}
	return false
}

// noLoader keeps a schema from reading files and addresses.
type noLoader struct{}

// Load refuses.
func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the schema", url)
}

// allowed is the keys that the schema at url lists as properties, sorted.
func (s *Schema) allowed(url string) []string {
	properties, _ := s.at(url)["properties"].(map[string]any)
	keys := make([]string, 0, len(properties))
	for key := range properties {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// at is the subschema at url, nil if it is none with keywords.
func (s *Schema) at(url string) map[string]any {
	_, pointer, _ := strings.Cut(url, "#")
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	at := s.document
	for _, step := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if step == "" {
			break
		}
		switch v := at.(type) {
		case map[string]any:
			at = v[unescape.Replace(step)]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i < 0 || i >= len(v) {
				return nil
			}
			at = v[i]
		}
	}
	out, _ := at.(map[string]any)
	return out
}

// Check compares the document with schema. The error is a [*DocumentError] with everything that is wrong, faults of form
// included, or nil.
func (d *Document) Check(schema *Schema) error { return d.CheckAt(schema) }

// CheckAt is Check for the part of the document that path leads to, which must be there.
func (d *Document) CheckAt(schema *Schema, path ...string) error {
	top := d.node(path...)
	if top == nil {
		where := d.node(path[:len(path)-1]...)
		if where == nil {
			where = d.root
		}
		missing := fmt.Sprintf("missing key %q", path[len(path)-1])
		return d.Fault(append(d.findings, d.at(where, missing, ""))...)
	}
	c := checker{doc: d, schema: schema, base: path, said: map[string]string{}}
	var invalid *jsonschema.ValidationError
	err := schema.compiled.Validate(plain(top))
	if errors.As(err, &invalid) {
		c.collect(invalid)
	} else if err != nil {
		return fmt.Errorf("%s: check: %w", d.Name, err)
	}
	return d.Fault(append(d.findings, c.elsewhere(d.findings)...)...)
}

// checker turns the errors of the schema library into findings.
type checker struct {
	doc      *Document
	schema   *Schema
	base     []string
	said     map[string]string // descriptions beside references, by the place of the value
	findings []Finding
}

// add keeps a finding at the value, or if ofKey at the key, that location leads to.
func (c *checker) add(location []string, message, hint string) {
	if len(c.findings) >= maxFindings {
		return
	}
	path := slices.Concat(c.base, location)
	c.findings = append(c.findings, c.doc.Finding(message, hint, path...))
}

// addKey keeps a finding at a key of the mapping that location leads to.
func (c *checker) addKey(location []string, key, message, hint string) {
	if len(c.findings) >= maxFindings {
		return
	}
	path := slices.Concat(c.base, location)
	n, _ := child(c.doc.node(path...), key)
	if n == nil {
		n = c.doc.root
	}
	c.findings = append(c.findings, Finding{
		Line: n.Line, Column: n.Column, Path: strings.Join(append(path, key), "."), Message: message, Hint: hint,
	})
}

// elsewhere is the findings that are not at the place of a known one: what was refused for its form has no value to check.
func (c *checker) elsewhere(known []Finding) []Finding {
	return slices.DeleteFunc(c.findings, func(f Finding) bool {
		return slices.ContainsFunc(known, func(k Finding) bool { return k.Line == f.Line && k.Column == f.Column })
	})
}
