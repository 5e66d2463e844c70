package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// checks is what Validate runs for a field, prepared once.
type checks struct {
	pattern *regexp.Regexp         // nil = none, or the format check covers it
	format  func(text string) bool // nil = none
	code    Code                   // what a text that fails format has
}

// shapeOf resolves a schema to the one that says the type: behind references, and behind anyOf or oneOf with null, which
// makes it nullable. The result is empty if there is none, which is noted.
func (s *source) shapeOf(n *yaml.Node) (layers []*yaml.Node, nullable bool) {
	layers = s.resolve(n)
	if len(layers) == 0 {
		return nil, false
	}
	key, branch := nullBranch(layers[len(layers)-1])
	if key == nil {
		return layers, false
	}
	if branch == nil {
		s.fault(key, "alternatives are supported for one type and null only", "give the field one type")
		return nil, false
	}
	inner := s.resolve(branch)
	if len(inner) == 0 {
		return nil, false
	}
	if again, _ := nullBranch(inner[len(inner)-1]); again != nil {
		s.fault(again, "alternatives within alternatives are not supported", "give the field one type")
		return nil, false
	}
	return append(layers, inner...), true
}

// nullBranch recognises anyOf or oneOf of one schema and null. The key is that of the keyword, nil if there is none; branch
// is nil if the alternatives are anything else.
func nullBranch(n *yaml.Node) (key, branch *yaml.Node) {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		k, list := child(n, keyword)
		if list == nil {
			continue
		}
		if len(list.Content) == 2 && list.Kind == yaml.SequenceNode {
			for i, item := range list.Content {
				if _, t := child(item, "type"); t != nil && t.Value == "null" && len(item.Content) == 2 {
					return k, list.Content[1-i]
				}
			}
		}
		return k, nil
	}
	return nil, nil
}

// typeOf tells the one JSON type of a schema and whether null is admitted too; "" if it has none or several.
func typeOf(n *yaml.Node) (kind string, nullable bool) {
	_, types := child(n, "type")
	if types == nil {
		return "", false
	}
	if types.Kind == yaml.ScalarNode {
		return types.Value, false
	}
	for _, t := range types.Content {
		switch {
		case t.Value == "null":
			nullable = true
		case kind != "":
			return "", nullable
		default:
			kind = t.Value
		}
	}
	return kind, nullable
}

// field compiles the schema of a single value. The caller adds name and source.
func (s *source) field(layers []*yaml.Node, nullable bool) Field {
	field := Field{Rules: Rules{MaxLength: -1}, Description: oneLine(s.annotation(layers, "description"))}
	n := layers[len(layers)-1]
	kind, null := typeOf(n)
	field.Nullable = nullable || null
	switch kind {
	case "string":
		field.Kind = String
	case "integer":
		field.Kind = Integer
	case "number":
		field.Kind = Number
	case "boolean":
		field.Kind = Boolean
	default:
		s.fault(n, "a field must have one type: string, integer, number or boolean", "lists are not supported")
		return field
	}
	s.only(layers, scalarKeywords(field.Kind), kindWord(field.Kind))
	s.limits(n, &field)
	s.format(n, &field)
	s.enum(n, &field, nullable)
	return field
}

// oneLine joins the lines of a description.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// scalarKeywords are the rules that are honoured for a kind.
func scalarKeywords(k Kind) []string {
	common := []string{"type", "format"}
	switch k {
	case String:
		return append(common, "enum", "minLength", "maxLength", "pattern")
	case Integer, Number:
		return append(common, "enum", "minimum", "maximum", "multipleOf")
	}
	return common
}

// limits reads lengths, bounds and the pattern.
func (s *source) limits(n *yaml.Node, field *Field) {
	field.MinLength = s.length(n, "minLength", 0)
	field.MaxLength = s.length(n, "maxLength", -1)
	field.Minimum = s.bound(n, "minimum")
	field.Maximum = s.bound(n, "maximum")
	field.Legacy = s.length(n, "x-legacy-maxLength", 0)
	if field.Step = s.bound(n, "multipleOf"); field.Step != "" && field.Step != "1" && !decimalStep.MatchString(field.Step) {
		_, step := child(n, "multipleOf")
		s.fault(step, "multipleOf must be 1, 0.1, 0.01 and so on", "other steps are not supported")
		field.Step = ""
	}
	if _, pattern := child(n, "pattern"); pattern != nil {
		field.Pattern = pattern.Value
		if _, err := regexp.Compile(pattern.Value); err != nil {
			s.fault(pattern, "the pattern is not supported: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "),
				"write it without lookaround and back references")
			field.Pattern = ""
		}
	}
}

// decimalStep is a step of so many decimals.
var decimalStep = regexp.MustCompile(`^0\.0*1$`)

// length reads a length, absent if there is none.
func (s *source) length(n *yaml.Node, key string, absent int) int {
	_, value := child(n, key)
	if value == nil {
		return absent
	}
	length, err := strconv.Atoi(value.Value)
	if err != nil || length < 0 {
		s.fault(value, key+" must be a whole number from 0", "")
		return absent
	}
	return length
}

// bound reads a lowest or highest value.
func (s *source) bound(n *yaml.Node, key string) string {
	_, value := child(n, key)
	if value == nil {
		return ""
	}
	text, ok := canonicalNumber(value.Value)
	if !ok {
		s.fault(value, key+" must be a number", "")
	}
	return text
}

// format reads the format: a date is a kind of its own, some are checked, some only describe.
func (s *source) format(n *yaml.Node, field *Field) {
	_, value := child(n, "format")
	if value == nil {
		return
	}
	describe := map[Kind][]string{
		String: {"password"}, Integer: {"int32", "int64"}, Number: {"float", "double"},
	}
	switch {
	case field.Kind == String && value.Value == "date":
		field.Kind = Date
	case field.Kind == String && (value.Value == "email" || value.Value == "uri"):
		field.Format = value.Value
	case !slices.Contains(describe[field.Kind], value.Value):
		s.fault(value, fmt.Sprintf("format %q is not supported for %s", value.Value, kindWord(field.Kind)), "leave it out, or say it by a pattern")
	}
}

// enum reads the allowed values. A null that stands in type is admitted only if it is listed too; one that is an
// alternative of its own always.
func (s *source) enum(n *yaml.Node, field *Field, nullable bool) {
	_, list := child(n, "enum")
	if list == nil {
		return
	}
	null := false
	for _, item := range list.Content {
		text, ok := item.Value, item.Kind == yaml.ScalarNode
		switch {
		case isNull(item):
			null = true
			continue
		case field.Kind == String || field.Kind == Date:
			ok = ok && item.ShortTag() == "!!str"
		default:
			text, ok = canonicalNumber(item.Value)
		}
		if !ok {
			s.fault(item, "an allowed value must be "+kindWord(field.Kind), "quote it if it is text")
			continue
		}
		field.Enum = append(field.Enum, text)
	}
	field.Nullable = nullable || field.Nullable && null
	if len(field.Enum) == 0 {
		s.fault(list, "enum must list at least one value", "")
	}
}

// prepare makes the checks of the rules. It is called once, before the field is used.
func (r *Rules) prepare() {
	c := &checks{}
	if r.Pattern != "" && !(r.Format == "email-list" && r.Pattern == emailListPattern) {
		c.pattern = regexp.MustCompile(r.Pattern)
	}
	switch r.Format {
	case "email-list":
		c.format, c.code = isEmailList, CodeBadEmail
	case "email":
		c.format, c.code = isEmail, CodeBadEmail
	case "uri":
		c.format, c.code = isURI, CodeBadURI
	}
	r.checks = c
}

// same tells whether two rules admit the same values.
func (r *Rules) same(o *Rules) bool {
	return r.MinLength == o.MinLength && r.MaxLength == o.MaxLength && r.Minimum == o.Minimum && r.Maximum == o.Maximum &&
		r.Step == o.Step && r.Legacy == o.Legacy && r.Pattern == o.Pattern && r.Format == o.Format && slices.Equal(r.Enum, o.Enum)
}

// kindWord is what a person calls a value of kind k.
func kindWord(k Kind) string {
	switch k {
	case Integer:
		return "a whole number"
	case Number:
		return "a number"
	case Boolean:
		return "true or false"
	case Date:
		return "a date"
	}
	return "text"
}
