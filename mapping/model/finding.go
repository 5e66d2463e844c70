package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// maxFindings bounds the faults that one look reports: nobody reads more, and a hostile file could have millions.
const maxFindings = 100

// Finding is one fault of a [Document].
type Finding struct {
	Line    int
	Column  int
	Path    string // dotted, such as resources.contact.create; "" is the whole document
	Message string // what is wrong
	Hint    string // what to do, possibly ""
}

// DocumentError is everything that is wrong with a document, in the order of its lines.
type DocumentError struct {
	Name     string
	Findings []Finding
}

// Error gives one line per finding, as file:line:column: what is wrong; what to do.
func (e *DocumentError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.Name, f.Line, f.Column, f.Message)
		if f.Hint != "" {
			lines[i] += "; " + f.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// Fault makes one error of findings, sorted and each once. It is nil if there are none.
func (d *Document) Fault(findings ...Finding) error {
	if len(findings) == 0 {
		return nil
	}
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return &DocumentError{Name: d.Name, Findings: slices.Compact(sorted)}
}

// Finding is a fault at what path leads to, for checks that a schema cannot make.
func (d *Document) Finding(message, hint string, path ...string) Finding {
	line, column := d.Find(path...)
	return Finding{Line: line, Column: column, Path: strings.Join(path, "."), Message: message, Hint: hint}
}

// fail is the error of a document that cannot be read at all.
func (d *Document) fail(line int, message, hint string) error {
	return d.Fault(Finding{Line: line, Column: 1, Message: message, Hint: hint})
}

// note keeps a fault of form at n.
func (d *Document) note(n *yaml.Node, message, hint string) {
	if len(d.findings) >= maxFindings {
		return
	}
	d.findings = append(d.findings, d.at(n, message, hint))
}

// at is a fault at n itself.
func (d *Document) at(n *yaml.Node, message, hint string) Finding {
	return Finding{Line: n.Line, Column: n.Column, Path: strings.Join(pathTo(d.root, n), "."), Message: message, Hint: hint}
}

// pathTo finds the way from root to the node that is wanted. It searches the tree, which only a file with faults pays for.
func pathTo(root, wanted *yaml.Node) []string {
	if root == nil || root == wanted {
		return nil
	}
	for i, n := range root.Content {
		step := fmt.Sprint(i)
		if root.Kind == yaml.MappingNode {
			step = root.Content[i-i%2].Value
		}
		if n == wanted {
			return []string{step}
		}
		if rest := pathTo(n, wanted); rest != nil {
			return append([]string{step}, rest...)
		}
	}
	return nil
}

// Suggest is the one of known that word is most likely a slip of; "" if none is near.
func Suggest(word string, known []string) string {
	best, distance := "", 1+max(1, len(word)/3)
	for _, candidate := range known {
		d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(candidate))
		if d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// unknown is the fault of a name that is none of allowed: with the name that was probably meant, and all names if they
// are few.
func unknown(what, name string, allowed []string) (message, hint string) {
	const few = 14
	message = fmt.Sprintf("unknown %s %q", what, name)
	var hints []string
	if meant := Suggest(name, allowed); meant != "" {
		hints = append(hints, fmt.Sprintf("did you mean %q?", meant))
	}
	if n := len(allowed); n > 0 && n <= few {
		hints = append(hints, "allowed: "+strings.Join(allowed, ", "))
	}
	return message, strings.Join(hints, " ")
}
