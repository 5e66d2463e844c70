package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// collect walks down to the errors that say what is wrong, and keeps them in plain words.
func (c *checker) collect(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		c.choose(e)
	case *kind.OneOf:
		if len(k.Subschemas) > 1 {
			c.add(e.InstanceLocation, "fits two forms at once", c.description(e))
			return
		}
		c.choose(e)
	default:
		if _, ok := k.(*kind.Reference); ok && c.description(e) != "" {
			c.said[strings.Join(e.InstanceLocation, ".")] = c.description(e)
		}
		if len(e.Causes) == 0 {
			c.leaf(e)
		}
		for _, cause := range e.Causes {
			c.collect(cause)
		}
	}
}

// choose reports a value that fits none of several forms. The form that was meant is the only one of the value's type;
// where several are, the one with the fewest faults.
func (c *checker) choose(e *jsonschema.ValidationError) {
	var types []string
	var meant *jsonschema.ValidationError
	for _, form := range e.Causes {
		if k, ok := otherType(form, len(e.InstanceLocation)); ok {
			types = append(types, k.Want...)
			continue
		}
		if meant == nil || weight(form) < weight(meant) {
			meant = form
		}
	}
	switch {
	case meant != nil:
		c.collect(meant)
	case len(types) > 0:
		c.add(e.InstanceLocation, mustBe(types), c.description(e))
	default:
		c.add(e.InstanceLocation, "has none of the allowed forms", c.description(e))
	}
}

// otherType tells whether a form fails because the value itself, at depth, is of another type.
func otherType(form *jsonschema.ValidationError, depth int) (*kind.Type, bool) {
	for form != nil {
		if k, ok := form.ErrorKind.(*kind.Type); ok && len(form.InstanceLocation) == depth {
			return k, true
		}
		if len(form.Causes) != 1 {
			return nil, false
		}
		form = form.Causes[0]
	}
	return nil, false
}

// weight counts the faults below e.
func weight(e *jsonschema.ValidationError) int {
	if len(e.Causes) == 0 {
		return 1
	}
	sum := 0
	for _, cause := range e.Causes {
		sum += weight(cause)
	}
	return sum
}

// leaf keeps one error of the library.
func (c *checker) leaf(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			text, hint := c.unknownKey(e, key)
			c.addKey(e.InstanceLocation, key, text, hint)
		}
	case *kind.FalseSchema:
		c.add(e.InstanceLocation, "is not allowed here", c.description(e))
	case *kind.Required:
		for _, key := range k.Missing {
			c.add(e.InstanceLocation, fmt.Sprintf("missing key %q", key), "")
		}
	case *kind.DependentRequired:
		for _, key := range k.Missing {
			c.add(e.InstanceLocation, fmt.Sprintf("missing key %q, which %q needs", key, k.Prop), "")
		}
	default:
		text, hint := c.value(e)
		c.add(e.InstanceLocation, text, hint)
	}
}

// unknownKey says what is wrong with a key: it is none of the allowed ones, or not of the form that keys have.
func (c *checker) unknownKey(e *jsonschema.ValidationError, key string) (text, hint string) {
	if _, byForm := c.schema.at(e.SchemaURL)["patternProperties"]; byForm {
		return fmt.Sprintf("key %q does not have the right form", key), c.description(e)
	}
	return unknown("key", key, c.schema.allowed(e.SchemaURL))
}

// value says what is wrong with a single value.
func (c *checker) value(e *jsonschema.ValidationError) (text, hint string) {
	hint = c.description(e)
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		return mustBe(k.Want), hint
	case *kind.Enum:
		return "must be one of " + list(k.Want), nearest(k)
	case *kind.Const:
		return "must be " + list([]any{k.Want}), hint
	case *kind.Pattern:
		return c.form(e), hint
	case *kind.Format:
		return c.form(e), hint
	}
	if text := sizeFault(e.ErrorKind); text != "" {
		return text, hint
	}
	return e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), hint
}

// sizeFault says by how much a value is too small or too large, "" if that is not the fault.
func sizeFault(fault jsonschema.ErrorKind) string {
	switch k := fault.(type) {
	case *kind.MinLength:
		return atLeast(k.Want, "character")
	case *kind.MinItems:
		return atLeast(k.Want, "item")
	case *kind.MinProperties:
		return atLeast(k.Want, "key")
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters, has %d", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items, has %d", k.Want, k.Got)
	case *kind.UniqueItems:
		return "has the same item twice"
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.ExclusiveMinimum:
		return "must be more than " + k.Want.RatString()
	case *kind.ExclusiveMaximum:
		return "must be less than " + k.Want.RatString()
	}
	return ""
}

func atLeast(n int, what string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have at least %d %ss", n, what)
}

// form names a value of the right form: the first example of the schema, if it has one.
func (c *checker) form(e *jsonschema.ValidationError) string {
	if examples, ok := c.schema.at(e.SchemaURL)["examples"].([]any); ok && len(examples) > 0 {
		return fmt.Sprintf("must look like %v", examples[0])
	}
	return "does not have the right form"
}

// description is what the schema says about the value, the best hint there is: beside the rule, or beside the reference
// that led to it.
func (c *checker) description(e *jsonschema.ValidationError) string {
	text, _ := c.schema.at(e.SchemaURL)["description"].(string)
	if text == "" {
		text = c.said[strings.Join(e.InstanceLocation, ".")]
	}
	return strings.TrimSuffix(text, ".")
}

// mustBe names the wanted types in plain words.
func mustBe(types []string) string {
	words := map[string]string{
		"string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
		"object": "a mapping of keys to values", "array": "a list", "null": "empty",
	}
	var want []string
	for _, t := range types {
		if word := words[t]; !slices.Contains(want, word) {
			want = append(want, word)
		}
	}
	return "must be " + strings.Join(want, " or ")
}

// list writes the values of an enum.
func list(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
		if v == nil {
			texts[i] = "empty"
		}
	}
	return strings.Join(texts, ", ")
}

// nearest is the allowed value that was probably meant.
func nearest(k *kind.Enum) string {
	got, ok := k.Got.(string)
	if !ok {
		return ""
	}
	var allowed []string
	for _, v := range k.Want {
		allowed = append(allowed, fmt.Sprint(v))
	}
	if meant := Suggest(got, allowed); meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return ""
}
