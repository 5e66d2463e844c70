package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
)

// bigchangeRule is what one field of a write accepts, and where it goes.
type bigchangeRule[T any] struct {
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

// fill checks the body of a write against the rules, finds all that is wrong, and writes the rest into a record. The record
// is of use only if nothing is wrong.
func fill[T any](a *BigChange, c *call, rules []bigchangeRule[T], record *T) *reply {
	body, err := object(c.Body)
	if err != nil {
		answer := a.refuse(http.StatusBadRequest, "Malformed body: "+err.Error()+".")
		return &answer
	}
	known := []string{}
	var wrong []trouble
	for _, r := range rules {
		known = append(known, r.field)
		found := r.judge(body, c.Method == http.MethodPost)
		if value, sent := body[r.field]; sent && len(found) == 0 {
			r.store(record, value)
		}
		wrong = append(wrong, found...)
	}
	wrong = append(wrong, a.strangers("", body, known...)...)
	if len(wrong) > 0 {
		answer := a.invalid(wrong)
		return &answer
	}
	if !slices.ContainsFunc(known, func(field string) bool { _, sent := body[field]; return sent }) {
		answer := a.refuse(http.StatusUnprocessableEntity, "At least one field must be sent.")
		return &answer
	}
	return nil
}

// judge returns what is wrong with the field in a body.
func (r bigchangeRule[T]) judge(body map[string]any, creating bool) []trouble {
	value, sent := body[r.field]
	switch {
	case !sent && creating && r.must:
		return []trouble{{r.field, "The field is required."}}
	case !sent:
		return nil
	case value == nil && (r.null == nullAlways || r.null == nullInCreate && creating):
		return nil
	case value == nil:
		return []trouble{{r.field, "Must not be null."}}
	}
	found := r.check(value)
	for i := range found {
		found[i].field = r.field + found[i].field
	}
	return found
}

// strangers finds the members of an object that the model does not know.
func (a *BigChange) strangers(path string, body map[string]any, known ...string) []trouble {
	if a.options.IgnoreUnknown {
		return nil
	}
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

// words accepts texts; legacy is the length that the older web service takes, 0 if it knows no such field.
func (a *BigChange) words(legacy int) func(any) string {
	if a.options.LegacyLimits && legacy > 0 {
		return text(0, legacy)
	}
	return text(0, math.MaxInt)
}

// filled is words for a text that must not be empty.
func (a *BigChange) filled(legacy int, creating bool) func(any) string {
	check := a.words(legacy)
	return func(value any) string {
		if value == "" && (creating || !a.options.EmptyNames) {
			return "Must not be empty."
		}
		return check(value)
	}
}

// optionalWords is the rule of a text that null clears.
func optionalWords[T any](field string, check func(any) string, at func(*T) **string) bigchangeRule[T] {
	return bigchangeRule[T]{field: field, null: nullAlways, check: says(check), store: func(record *T, value any) {
		*at(record) = nil
		if s, ok := value.(string); ok {
			*at(record) = &s
		}
	}}
}

// requiredWords is the rule of a text that is always there.
func requiredWords[T any](field string, check func(any) string, at func(*T) *string) bigchangeRule[T] {
	return bigchangeRule[T]{field: field, must: true, check: says(check), store: func(record *T, value any) {
		*at(record), _ = value.(string)
	}}
}

// checkLocation accepts an object with both coordinates.
func (a *BigChange) checkLocation(value any) []trouble {
	point, ok := value.(map[string]any)
	if !ok {
		return []trouble{{"", "Must be an object."}}
	}
	var wrong []trouble
	for _, axis := range []struct {
		name string
		most float64
	}{{"latitude", 90}, {"longitude", 180}} {
		if detail := a.checkCoordinate(point[axis.name], axis.most); detail != "" {
			wrong = append(wrong, trouble{"." + axis.name, detail})
		}
	}
	return append(wrong, a.strangers(".", point, "latitude", "longitude")...)
}

// checkCoordinate accepts a number; most is the largest angle there is.
func (a *BigChange) checkCoordinate(value any, most float64) string {
	if value == nil {
		return "The field is required."
	}
	number, ok := value.(json.Number)
	if !ok {
		return "Must be a number."
	}
	degrees, err := number.Float64()
	if err != nil {
		return "Must be a number."
	}
	if a.options.CheckCoordinates && math.Abs(degrees) > most {
		return fmt.Sprintf("Must be between -%v and %v.", most, most)
	}
	return ""
}

// asLocation reads an object that has been checked.
func asLocation(value any) *BigChangeLocation {
	point, _ := value.(map[string]any)
	read := func(name string) float64 {
		number, _ := point[name].(json.Number)
		degrees, _ := number.Float64()
		return degrees
	}
	return &BigChangeLocation{Latitude: read("latitude"), Longitude: read("longitude")}
}

// checkFields accepts a list of custom field values, each field at most once.
func (a *BigChange) checkFields(value any) []trouble {
	list, ok := value.([]any)
	if !ok {
		return []trouble{{"", "Must be a list."}}
	}
	var wrong []trouble
	seen := map[int64]bool{}
	for i, item := range list {
		path := fmt.Sprintf("[%d]", i)
		field, ok := item.(map[string]any)
		if !ok {
			wrong = append(wrong, trouble{path, "Must be an object."})
			continue
		}
		id := field["definitionId"]
		if detail := integer(id); detail != "" {
			wrong = append(wrong, trouble{path + ".definitionId", detail})
		} else if seen[asID(id)] {
			wrong = append(wrong, trouble{path + ".definitionId", "Is there twice."})
		} else {
			seen[asID(id)] = true
		}
		if _, isText := field["value"].(string); !isText && field["value"] != nil {
			wrong = append(wrong, trouble{path + ".value", "Must be a string."})
		}
		wrong = append(wrong, a.strangers(path+".", field, "definitionId", "value")...)
	}
	return wrong
}

// asFields reads a list that has been checked. A value that is left out is null.
func asFields(value any) []BigChangeCustomField {
	list, _ := value.([]any)
	fields := []BigChangeCustomField{}
	for _, item := range list {
		given, _ := item.(map[string]any)
		field := BigChangeCustomField{DefinitionID: asID(given["definitionId"])}
		if s, ok := given["value"].(string); ok {
			field.Value = &s
		}
		fields = append(fields, field)
	}
	return fields
}
