package sheet

import (
	"errors"
	"fmt"
)

// namespace is what the URI of a namespace stands for.
type namespace uint8

const (
	spaceNone      namespace = iota // no namespace at all
	spaceMain                       // the elements of workbooks and sheets
	spaceOffice                     // the attribute r:id
	spaceRelations                  // the elements of relationship parts
	spaceOther
)

// findSpace is the namespace of a URI. Strict workbooks have URIs of their own.
func findSpace(uri string) namespace {
	switch uri {
	case "":
		return spaceNone
	case "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main":
		return spaceMain
	case "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
		"http://purl.oclc.org/ooxml/officeDocument/relationships":
		return spaceOffice
	case "http://schemas.openxmlformats.org/package/2006/relationships":
		return spaceRelations
	}
	return spaceOther
}

// binding is a prefix, "" for the default, and the namespace that an element declares for it.
type binding struct {
	prefix string
	uri    string
	space  namespace
	depth  int // of the element
}

// elements is the stack of the open elements and of the namespaces that they declare.
type elements struct {
	depth    int  // how many elements are open
	rooted   bool // the root element has begun
	path     []byte
	begins   []int // where in path the name of each begins, with its prefix
	bindings []binding
	standard namespace // of names without a prefix
}

// push opens an element.
func (e *elements) push(name []byte) error {
	if e.depth == maxDepth {
		return fmt.Errorf("its elements nest deeper than %d levels", maxDepth)
	}
	e.rooted = true
	e.depth++
	e.begins = append(e.begins, len(e.path))
	e.path = append(e.path, name...)
	return nil
}

// top is the name of the innermost open element.
func (e *elements) top() []byte { return e.path[e.begins[e.depth-1]:] }

// pop closes the innermost element.
func (e *elements) pop() {
	e.depth--
	e.path = e.path[:e.begins[e.depth]]
	e.begins = e.begins[:e.depth]
	last := len(e.bindings)
	for last > 0 && e.bindings[last-1].depth > e.depth {
		last--
	}
	if last < len(e.bindings) {
		e.bindings = e.bindings[:last]
		e.standard = e.find("").space
	}
}

// find is the binding of a prefix; its space is spaceNone if there is none.
func (e *elements) find(prefix string) binding {
	for i := len(e.bindings) - 1; i >= 0; i-- {
		if e.bindings[i].prefix == prefix {
			return e.bindings[i]
		}
	}
	if prefix == "xml" {
		return binding{prefix: prefix, uri: prefix, space: spaceOther}
	}
	return binding{}
}

// declare binds a prefix within the innermost element.
func (e *elements) declare(prefix, uri string) error {
	if prefix == "xmlns" || prefix != "" && uri == "" {
		return fmt.Errorf("the prefix %.20q is declared as %.60q", prefix, uri)
	}
	e.bindings = append(e.bindings, binding{prefix: prefix, uri: uri, space: findSpace(uri), depth: e.depth})
	if prefix == "" {
		e.standard = findSpace(uri)
	}
	return nil
}

// resolve finds the namespaces of the start tag just parsed and of its attributes, and replaces their entities.
func (m *xmlScan) resolve(prefix []byte) (err error) {
	plain := true
	for i := range m.attrs {
		a := &m.attrs[i]
		if a.escaped {
			if a.value, err = unescapeValue(a.value); err != nil {
				return err
			}
		}
		plain = plain && len(a.prefix) == 0 && string(a.name) != "xmlns"
	}
	if err := m.refuseTwice(); err != nil {
		return err
	}
	if !plain {
		if err := m.declareAll(); err != nil {
			return err
		}
	}
	m.space = m.standard // which the tag itself may have declared
	if len(prefix) > 0 {
		m.space, err = m.spaceOf(prefix)
	}
	return err
}

// declareAll takes the declarations out of the attributes and resolves the prefixes of the others.
func (m *xmlScan) declareAll() (err error) {
	others := m.attrs[:0]
	for _, a := range m.attrs {
		switch {
		case string(a.prefix) == "xmlns":
			err = m.declare(string(a.name), string(a.value))
		case len(a.prefix) == 0 && string(a.name) == "xmlns":
			err = m.declare("", string(a.value))
		default:
			others = append(others, a)
		}
		if err != nil {
			return err
		}
	}
	m.attrs = others
	for i := range m.attrs {
		if a := &m.attrs[i]; len(a.prefix) > 0 {
			if a.space, err = m.spaceOf(a.prefix); err != nil {
				return err
			}
		}
	}
	return nil
}

// spaceOf is the namespace of a prefix, which must be declared.
func (m *xmlScan) spaceOf(prefix []byte) (namespace, error) {
	b := m.find(string(prefix))
	if b.space == spaceNone {
		return spaceNone, fmt.Errorf("the prefix %.20q is not declared", prefix)
	}
	return b.space, nil
}

// errTwice is for a tag that has an attribute twice.
var errTwice = errors.New("a tag has an attribute twice")

// refuseTwice refuses a tag that has an attribute twice. Few tags have so many that it pays to index them.
func (m *xmlScan) refuseTwice() error {
	const few = 8
	if len(m.attrs) > few {
		seen := make(map[string]bool, len(m.attrs))
		for _, a := range m.attrs {
			name := string(a.prefix) + ":" + string(a.name)
			if seen[name] {
				return errTwice
			}
			seen[name] = true
		}
		return nil
	}
	for i := range m.attrs {
		for j := range m.attrs[:i] {
			a, b := &m.attrs[i], &m.attrs[j]
			if string(a.name) == string(b.name) && string(a.prefix) == string(b.prefix) {
				return errTwice
			}
		}
	}
	return nil
}
