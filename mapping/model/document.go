package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits on a document. Both are far above what a person writes and low enough that a hostile file costs nothing.
const (
	maxDocumentSize  = 4 << 20
	maxDocumentDepth = 64
)

// Document is a YAML file that a person wrote: a target file or a job file. It keeps line and column of everything, so
// that each fault can be shown where it is.
//
// Every key is text, also those that YAML would read as something else, such as true or on. Anchors, aliases, merge keys
// and own tags are refused: they can make a small file large, and a reader cannot see what is in effect.
type Document struct {
	Name string // as given, usually the path

	root     *yaml.Node
	findings []Finding // faults of form, reported by Check and Decode together with the others
}

// ParseDocument reads one YAML document. The error is a [*DocumentError] if the file is not YAML, is empty or is beyond
// the limits; lesser faults of form, such as a key given twice, wait for [Document.Check].
func ParseDocument(name string, data []byte) (*Document, error) {
	d := &Document{Name: name}
	if len(data) > maxDocumentSize {
		return nil, d.fail(1, fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), maxDocumentSize), "split the file")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var top yaml.Node
	if err := decoder.Decode(&top); errors.Is(err, io.EOF) {
		return nil, d.fail(1, "the file is empty", "")
	} else if err != nil {
		return nil, d.syntax(err)
	}
	var next yaml.Node
	if err := decoder.Decode(&next); err == nil {
		return nil, d.fail(max(next.Line, 1), "a second document begins here", `keep one document in a file and remove the line "---"`)
	} else if !errors.Is(err, io.EOF) {
		return nil, d.syntax(err)
	}
	if len(top.Content) != 1 {
		return nil, d.fail(1, "the file is empty", "")
	}
	d.root = top.Content[0]
	d.tidy(d.root, 0)
	if isNull(d.root) && len(d.findings) == 0 {
		return nil, d.fail(1, "the file is empty", "")
	}
	return d, nil
}

// Decode puts the document into the value that into points to, by its yaml tags. It refuses a document with faults of
// form, but knows no schema: call Check first.
func (d *Document) Decode(into any) error {
	if len(d.findings) > 0 {
		return d.Fault(d.findings...)
	}
	if err := d.root.Decode(into); err != nil {
		return fmt.Errorf("%s: decode: %w", d.Name, err)
	}
	return nil
}

// Find gives line and column of what path leads to: of the value if it is a single one, else of its key. Elements of a
// list are named by their number, from 0. If path leads nowhere it is the place where it ends.
func (d *Document) Find(path ...string) (line, column int) {
	at := d.root
	for _, step := range path {
		key, value := child(at, step)
		if value == nil {
			break
		}
		at = value
		if key != nil && value.Kind != yaml.ScalarNode {
			line, column = key.Line, key.Column
			continue
		}
		line, column = 0, 0
	}
	if line == 0 {
		line, column = at.Line, at.Column
	}
	return line, column
}

// node is what path leads to, nil if there is nothing.
func (d *Document) node(path ...string) *yaml.Node {
	at := d.root
	for _, step := range path {
		if _, at = child(at, step); at == nil {
			return nil
		}
	}
	return at
}

// child is the value of a key or the element of a list, with its key if it has one.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	if n == nil {
		return nil, nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return nil, n.Content[i]
		}
	}
	return nil, nil
}

// tidy makes the tree below n safe and simple: keys are text, nothing refers to anything, scalars are what JSON knows.
func (d *Document) tidy(n *yaml.Node, depth int) {
	if depth > maxDocumentDepth {
		d.note(n, fmt.Sprintf("nested deeper than %d levels", maxDocumentDepth), "")
		empty(n)
		return
	}
	if n.Anchor != "" {
		d.note(n, "an anchor (&"+n.Anchor+") is not allowed", "write the value where it is used")
		n.Anchor = ""
	}
	switch n.Kind {
	case yaml.MappingNode:
		d.tidyMapping(n, depth)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			d.tidy(item, depth+1)
		}
	case yaml.ScalarNode:
		d.tidyScalar(n)
	case yaml.AliasNode:
		d.note(n, "an alias (*"+n.Value+") is not allowed", "write the value out")
		empty(n)
	}
}

// tidyMapping keeps the pairs whose key is text that was not there before.
func (d *Document) tidyMapping(n *yaml.Node, depth int) {
	seen := make(map[string]int, len(n.Content)/2)
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		first, twice := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Anchor != "":
			d.note(key, "a key must be plain text", "")
			continue
		case key.Value == "<<" && key.ShortTag() == "!!merge":
			d.note(key, "a merge key (<<) is not allowed", "write the keys out")
			continue
		case twice:
			d.note(key, fmt.Sprintf("key %q is already given in line %d", key.Value, first), "remove one of the two")
			continue
		}
		seen[key.Value] = key.Line
		key.Tag = "!!str"
		d.tidy(value, depth+1)
		kept = append(kept, key, value)
	}
	n.Content = kept
}

// tidyScalar makes text of what YAML has and JSON has not: timestamps, octal numbers, infinity.
func (d *Document) tidyScalar(n *yaml.Node) {
	switch tag := n.ShortTag(); tag {
	case "!!null", "!!bool", "!!str":
	case "!!int", "!!float":
		if !jsonNumber.MatchString(n.Value) {
			n.Tag = "!!str"
		}
	case "!!timestamp":
		n.Tag = "!!str"
	default:
		d.note(n, "the tag "+tag+" is not allowed", "write the value without a tag")
		empty(n)
	}
}

// empty turns n into a null.
func empty(n *yaml.Node) {
	*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
}

// isNull tells a null, written or left out.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// jsonNumber is how numbers are written in JSON, within sensible bounds.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$`)

// syntaxLine is how the YAML parser tells the line.
var syntaxLine = regexp.MustCompile(`^line (\d+): `)

// plain is the tree below n as encoding/json would give it, with numbers as json.Number.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		out := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = plain(item)
		}
		return out
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!int", "!!float":
		return json.Number(n.Value)
	}
	return n.Value
}

// syntax is the finding of a file that the YAML parser refuses, which tells the line in its text only.
func (d *Document) syntax(err error) error {
	line, text := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = strings.TrimPrefix(text, m[0])
	}
	for _, known := range syntaxFaults() {
		if strings.Contains(text, known.parser) {
			return d.fail(line, known.message, known.hint)
		}
	}
	return d.fail(line, "not readable as YAML: "+text, "")
}

// syntaxFault is what the parser says and what we say.
type syntaxFault struct{ parser, message, hint string }

func syntaxFaults() []syntaxFault {
	return []syntaxFault{
		{"mapping values are not allowed", `a ":" where none can stand`, "quote the text if the colon belongs to it, else check the indentation"},
		{"cannot start any token", "a character that no value can begin with", "indent with spaces, not tabs, and quote text that begins with @, ` or %"},
		{"did not find expected key", "this does not fit the lines above", "check the indentation, and that quotes and brackets are closed"},
		{"did not find expected '-'", "this does not fit the list above", "begin each item with - at the same indentation"},
		{"could not find expected ':'", `a key without ":"`, `write "key: value"`},
		{"unexpected end of stream", "a quote or bracket is never closed", "close it"},
		{"did not find expected ','", "a bracket is never closed, or a comma is missing", "separate the items with commas and close the bracket"},
		{"unknown escape character", `a backslash in "double quotes" that means nothing`, "write it twice, or use 'single quotes'"},
		{"control characters", "a control character in the text", "save the file as plain UTF-8 text"},
		{"UTF-8", "bytes that are not UTF-8", "save the file as UTF-8"},
		{"exceeded max depth", fmt.Sprintf("nested deeper than %d levels", maxDocumentDepth), ""},
	}
}
