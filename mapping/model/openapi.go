package model

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source is the OpenAPI part of a target file: its operations and its schemas, with the faults found in them.
type source struct {
	doc        *Document
	findings   []Finding
	operations map[string]*operation
}

// operation is one call with the nodes that describe it.
type operation struct {
	Operation
	node       *yaml.Node
	parameters []parameter
}

// parameter is one parameter of a call.
type parameter struct {
	name, in string
	node     *yaml.Node
}

// newSource reads the skeleton of the document.
func newSource(doc *Document) *source {
	s := &source{doc: doc, operations: map[string]*operation{}}
	if version := s.text(doc.root, "openapi"); !strings.HasPrefix(version, "3.1.") {
		s.faultAt("the document must be OpenAPI 3.1", `write "openapi: 3.1.0"`, "openapi")
	}
	s.eachPair(doc.node("paths"), func(path string, item *yaml.Node) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if _, n := child(item, method); n != nil {
				s.readOperation(path, method, item, n)
			}
		}
	})
	if len(s.operations) == 0 {
		s.faultAt("the document has no operations", "describe the calls under paths, each with an operationId", "paths")
	}
	return s
}

// templateParameter is a parameter in a path.
var templateParameter = regexp.MustCompile(`\{([^{}]+)\}`)

// readOperation keeps an operation under its operationId.
func (s *source) readOperation(path, method string, item, n *yaml.Node) {
	id := s.text(n, "operationId")
	if id == "" {
		return // it cannot be named, so it cannot be used
	}
	if first := s.operations[id]; first != nil {
		s.fault(n, fmt.Sprintf("operationId %q is already used in line %d", id, first.node.Line), "give each operation an id of its own")
		return
	}
	op := &operation{Operation: Operation{ID: id, Method: strings.ToUpper(method), Path: path}, node: n}
	op.Roles, op.Scopes = s.texts(n, "x-roles"), s.scopes(n)
	_, shared := child(item, "parameters")
	_, own := child(n, "parameters")
	for _, list := range []*yaml.Node{shared, own} {
		op.parameters = append(op.parameters, s.parameters(list)...)
	}
	for _, p := range op.parameters {
		if p.in == "query" && !slices.Contains(op.Query, p.name) {
			op.Query = append(op.Query, p.name)
		}
	}
	for _, m := range templateParameter.FindAllStringSubmatch(path, -1) {
		op.Params = append(op.Params, m[1])
		if op.parameter(m[1], "path") == nil {
			s.fault(n, fmt.Sprintf("path parameter %q is not described", m[1]), "add it under parameters, in: path")
		}
	}
	s.operations[id] = op
}

// parameters reads a list of parameters.
func (s *source) parameters(list *yaml.Node) []parameter {
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	var out []parameter
	for _, item := range list.Content {
		layers := s.resolve(item)
		if len(layers) == 0 {
			continue
		}
		n := layers[len(layers)-1]
		out = append(out, parameter{name: s.text(n, "name"), in: s.text(n, "in"), node: n})
	}
	return out
}

// parameter finds a parameter; the operation's own wins over one of the path.
func (o *operation) parameter(name, in string) *yaml.Node {
	for _, p := range slices.Backward(o.parameters) {
		if p.name == name && p.in == in {
			return p.node
		}
	}
	return nil
}

// requestSchema is the schema of the operation's JSON body, nil if it has none.
func (s *source) requestSchema(o *operation) *yaml.Node {
	_, body := child(o.node, "requestBody")
	if body == nil {
		return nil
	}
	layers := s.resolve(body)
	if len(layers) == 0 {
		return nil
	}
	at := layers[len(layers)-1]
	for _, key := range []string{"content", "application/json", "schema"} {
		if _, at = child(at, key); at == nil {
			s.fault(body, "the request body has no JSON schema", "describe it under content, application/json, schema")
			return nil
		}
	}
	return at
}

// resolve follows local references from n. The result begins with n and ends with what is meant; it is empty if the
// reference leads nowhere, which is noted.
func (s *source) resolve(n *yaml.Node) []*yaml.Node {
	layers := []*yaml.Node{n}
	for {
		_, ref := child(n, "$ref")
		if ref == nil {
			return layers
		}
		pointer, local := strings.CutPrefix(ref.Value, "#/")
		if !local {
			s.fault(ref, fmt.Sprintf("reference %q leaves the document", ref.Value), "copy what it means into this document")
			return nil
		}
		unescape := strings.NewReplacer("~1", "/", "~0", "~")
		var steps []string
		for _, step := range strings.Split(pointer, "/") {
			steps = append(steps, unescape.Replace(step))
		}
		n = s.doc.node(steps...)
		if n == nil {
			s.fault(ref, fmt.Sprintf("reference %q leads nowhere", ref.Value), s.nearby(steps))
			return nil
		}
		if slices.Contains(layers, n) {
			s.fault(ref, fmt.Sprintf("reference %q leads back to itself", ref.Value), "")
			return nil
		}
		layers = append(layers, n)
	}
}

// nearby suggests a name for the last step of a reference that leads nowhere.
func (s *source) nearby(steps []string) string {
	last := len(steps) - 1
	var known []string
	s.eachPair(s.doc.node(steps[:last]...), func(key string, _ *yaml.Node) { known = append(known, key) })
	if meant := Suggest(steps[last], known); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return ""
}

// operation finds the operation that the block names at path.
func (s *source) operation(id string, path ...string) *operation {
	if op := s.operations[id]; op != nil {
		return op
	}
	known := make([]string, 0, len(s.operations))
	for name := range s.operations {
		known = append(known, name)
	}
	slices.Sort(known)
	message, hint := unknown("operationId", id, known)
	s.faultAt(message, hint, path...)
	return nil
}

// eachPair calls do for every pair of a mapping, in the order of the file.
func (s *source) eachPair(n *yaml.Node, do func(key string, value *yaml.Node)) {
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i].Value, n.Content[i+1])
	}
}

// text is the text under a key, "" if there is none.
func (s *source) text(n *yaml.Node, key string) string {
	_, value := child(n, key)
	if value == nil || value.Kind != yaml.ScalarNode || isNull(value) {
		return ""
	}
	return value.Value
}

// annotation is the text under a key of the outermost layer that has it.
func (s *source) annotation(layers []*yaml.Node, key string) string {
	for _, n := range layers {
		if text := s.text(n, key); text != "" {
			return text
		}
	}
	return ""
}

// fault keeps a fault at n.
func (s *source) fault(n *yaml.Node, message, hint string) {
	s.findings = append(s.findings, s.doc.at(n, message, hint))
}

// faultAt keeps a fault at what path leads to.
func (s *source) faultAt(message, hint string, path ...string) {
	s.findings = append(s.findings, s.doc.Finding(message, hint, path...))
}
