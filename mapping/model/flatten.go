package model

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shape is what one request schema says about a record, flattened to dotted names.
type shape struct {
	fields   []Field
	nodes    map[string]*yaml.Node // where each field is described
	required []string
	needs    []need
}

// need is a dependency by names.
type need struct{ given, needs string }

// flattener walks a request schema.
type flattener struct {
	source *source
	skip   map[string]bool // properties that are no fields: account settings, which the job gives once, and the list of custom fields
	open   []*yaml.Node    // objects that are being walked
	out    shape

	visited int           // properties so far
	noted   map[need]bool // what out.needs holds
}

// maxProperties bounds a request. References let a small file describe a body of any size.
const maxProperties = 500

// flatten reads the request schema n. The page is the source of what names none itself.
func (s *source) flatten(n *yaml.Node, skip map[string]bool, page string) shape {
	f := &flattener{source: s, skip: skip, out: shape{nodes: map[string]*yaml.Node{}}, noted: map[need]bool{}}
	layers, nullable := s.shapeOf(n)
	if len(layers) == 0 {
		return f.out
	}
	if kind, null := typeOf(layers[len(layers)-1]); kind != "object" || null || nullable {
		s.fault(layers[len(layers)-1], "the request body must be an object", "say type: object")
		return f.out
	}
	if own := s.annotation(layers, "x-source"); own != "" {
		page = own
	}
	_, f.out.required = f.object(layers, "", page)
	return f.out
}

// object walks the properties of an object. It returns the fields in it and those that it cannot go without.
func (f *flattener) object(layers []*yaml.Node, prefix, page string) (fields, needed []string) {
	n := layers[len(layers)-1]
	if slices.Contains(f.open, n) {
		f.source.fault(n, "the schema contains itself", "a sheet has no place for records within records: leave it out")
		return nil, nil
	}
	f.open = append(f.open, n)
	defer func() { f.open = f.open[:len(f.open)-1] }()
	keywords := objectKeywords()
	if prefix == "" { // nothing is sent for a record without any field, so that an empty body needs no rule
		keywords = append(keywords, "minProperties")
		if _, least := child(n, "minProperties"); least != nil && f.source.length(n, "minProperties", 0) > 1 {
			f.source.fault(least, "minProperties can be 1 at most", "other numbers are not supported")
		}
	}
	f.source.only(layers, keywords, "an object")
	f.checkAdditional(n)
	inside := map[string][]string{}   // property -> fields in it
	demanded := map[string][]string{} // property -> fields that come with it
	_, properties := child(n, "properties")
	f.source.eachPair(properties, func(key string, value *yaml.Node) {
		if prefix == "" && f.skip[key] {
			return
		}
		inside[key], demanded[key] = f.property(prefix, key, value, page)
		fields = append(fields, inside[key]...)
	})
	for _, key := range f.names(n, "required") {
		if prefix == "" && f.skip[key.Value] {
			continue
		}
		if len(demanded[key.Value]) == 0 {
			f.source.fault(key, fmt.Sprintf("required property %q is no field", key.Value), "describe it under properties; an object needs a required property of its own")
		}
		needed = append(needed, demanded[key.Value]...)
	}
	f.dependents(n, inside, demanded)
	if prefix != "" {
		f.need(fields, needed)
	}
	return fields, needed
}

// property walks one property, be it a field or an object.
func (f *flattener) property(prefix, key string, value *yaml.Node, page string) (fields, demanded []string) {
	s := f.source
	layers, nullable := s.shapeOf(value)
	if f.visited++; f.visited > maxProperties {
		f.tooMany(value)
		return nil, nil
	}
	if len(layers) == 0 || s.annotation(layers, "readOnly") == "true" {
		return nil, nil
	}
	if strings.Contains(key, ".") {
		s.fault(value, fmt.Sprintf("property %q has a dot in its name", key), "dots separate the names of nested fields")
		return nil, nil
	}
	name := key
	if prefix != "" {
		name = prefix + "." + key
	}
	if f.skip[name] {
		return nil, nil
	}
	if own := s.annotation(layers, "x-source"); own != "" {
		page = own
	}
	if kind, _ := typeOf(layers[len(layers)-1]); kind == "object" {
		return f.object(layers, name, page)
	}
	field := s.field(layers, nullable)
	field.Name, field.Source = name, page
	f.out.fields = append(f.out.fields, field)
	f.out.nodes[name] = value
	return []string{name}, []string{name}
}

// tooMany notes once that the request is beyond what a sheet could fill.
func (f *flattener) tooMany(at *yaml.Node) {
	if f.visited == maxProperties+1 {
		f.source.fault(at, fmt.Sprintf("the request has more than %d properties", maxProperties), "leave out what no sheet would fill")
	}
}

// dependents reads dependentRequired: if one property is there, others must be.
func (f *flattener) dependents(n *yaml.Node, inside, demanded map[string][]string) {
	_, rules := child(n, "dependentRequired")
	f.source.eachPair(rules, func(given string, list *yaml.Node) {
		if len(inside[given]) == 0 {
			f.source.fault(list, fmt.Sprintf("property %q is no field", given), "describe it under properties")
		}
		for _, key := range list.Content {
			if len(demanded[key.Value]) == 0 {
				f.source.fault(key, fmt.Sprintf("required property %q is no field", key.Value), "describe it under properties")
			}
			f.need(inside[given], demanded[key.Value])
		}
	})
}

// need notes that each of given asks for each of needed.
func (f *flattener) need(given, needed []string) {
	for _, n := range needed {
		for _, g := range given {
			if pair := (need{g, n}); g != n && !f.noted[pair] {
				f.noted[pair] = true
				f.out.needs = append(f.out.needs, pair)
			}
		}
	}
}

// names is the elements of a list of names under key.
func (f *flattener) names(n *yaml.Node, key string) []*yaml.Node {
	_, list := child(n, key)
	if list == nil {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		f.source.fault(list, key+" must be a list of names", "")
		return nil
	}
	return list.Content
}

// checkAdditional refuses objects with free keys, for which a flat table has no field.
func (f *flattener) checkAdditional(n *yaml.Node) {
	_, additional := child(n, "additionalProperties")
	if additional != nil && additional.Value != "false" {
		f.source.fault(additional, "additionalProperties must be false in a request", "list the fields under properties")
	}
}

// only refuses keywords that this compiler does not honour: a rule that is silently left out would let bad data through.
func (s *source) only(layers []*yaml.Node, keywords []string, what string) {
	target := layers[len(layers)-1]
	for _, n := range layers {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			switch {
			case strings.HasPrefix(key.Value, "x-") || slices.Contains(annotations(), key.Value):
			case n != target:
				if !slices.Contains([]string{"$ref", "anyOf", "oneOf"}, key.Value) {
					s.fault(key, fmt.Sprintf("keyword %q beside a reference or alternatives is not supported", key.Value), "put it with the type")
				}
			case !slices.Contains(keywords, key.Value):
				s.fault(key, fmt.Sprintf("keyword %q is not supported for %s in a request", key.Value, what), "")
			}
		}
	}
}

// annotations are the keywords that say nothing about what is valid.
func annotations() []string {
	return []string{
		"title", "description", "examples", "example", "default", "deprecated", "readOnly", "writeOnly", "externalDocs", "$comment",
	}
}

func objectKeywords() []string {
	return []string{"type", "properties", "required", "dependentRequired", "additionalProperties"}
}
