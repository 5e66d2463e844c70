package simulator

import (
	"maps"
	"slices"
)

// missing is what is wrong with a member that has to be there and is not.
const missing = "The field is required."

// memberRule is what one member of a JSON object accepts, and where it goes. Unlike rule it knows members that have to be
// there, and is for APIs that tell all that is wrong at once.
type memberRule[T any] struct {
	field string
	must  bool // a create needs it
	null  nulls
	// check returns what is wrong with a value that is not null. Fields are named from here on: empty is the value itself.
	check func(value any) []trouble
	// store writes a checked value, or null, into a record.
	store func(record *T, value any)
}

// nulls says where a field accepts null.
type nulls int

const (
	nullNever nulls = iota
	nullInCreate
	nullAlways
)

// gather checks an object against the rules, finds all that is wrong, and writes the rest into a record. Members that no
// rule knows are left to strangers. The record is of use only if nothing is wrong.
func gather[T any](rules []memberRule[T], body map[string]any, creating bool, record *T) []trouble {
	var wrong []trouble
	for _, r := range rules {
		found := r.judge(body, creating)
		if value, sent := body[r.field]; sent && len(found) == 0 {
			r.store(record, value)
		}
		wrong = append(wrong, found...)
	}
	return wrong
}

// membersOf lists the members that the rules know.
func membersOf[T any](rules []memberRule[T]) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.field
	}
	return names
}

// judge returns what is wrong with the member in an object.
func (r memberRule[T]) judge(body map[string]any, creating bool) []trouble {
	value, sent := body[r.field]
	switch {
	case !sent && creating && r.must:
		return []trouble{{r.field, missing}}
	case !sent:
		return nil
	case value == nil && (r.null == nullAlways || r.null == nullInCreate && creating):
		return nil
	case value == nil:
		return []trouble{{r.field, "Must not be null."}}
	}
	return within(r.field, r.check(value))
}

// within puts a path before those of what is wrong.
func within(path string, wrong []trouble) []trouble {
	for i := range wrong {
		wrong[i].field = path + wrong[i].field
	}
	return wrong
}

// strangers finds the members of an object that the model does not know.
func strangers(path string, body map[string]any, known ...string) []trouble {
	var wrong []trouble
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if !slices.Contains(known, name) {
			wrong = append(wrong, trouble{path + name, "Unknown field."})
		}
	}
	return wrong
}

// says makes a check of a plain value into one of a rule.
func says(check func(any) string) func(any) []trouble {
	return func(value any) []trouble {
		if detail := check(value); detail != "" {
			return []trouble{{"", detail}}
		}
		return nil
	}
}

// optionalWords is the rule of a text that null clears.
func optionalWords[T any](field string, check func(any) string, at func(*T) **string) memberRule[T] {
	return memberRule[T]{field: field, null: nullAlways, check: says(check), store: func(record *T, value any) {
		*at(record) = nil
		if s, ok := value.(string); ok {
			*at(record) = &s
		}
	}}
}

// requiredWords is the rule of a text that is always there.
func requiredWords[T any](field string, check func(any) string, at func(*T) *string) memberRule[T] {
	return memberRule[T]{field: field, must: true, check: says(check), store: func(record *T, value any) {
		*at(record), _ = value.(string)
	}}
}

// boolean accepts JSON's true and false.
func boolean(value any) string {
	if _, ok := asFlag(value, true); !ok {
		return "Must be a boolean."
	}
	return ""
}
