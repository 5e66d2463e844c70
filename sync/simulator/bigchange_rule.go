package simulator

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
)

// fill checks the body of a write against the rules, finds all that is wrong, and writes the rest into a record. The record
// is of use only if nothing is wrong.
func fill[T any](a *BigChange, c *call, rules []memberRule[T], record *T) *reply {
	body, err := object(c.Body)
	if err != nil {
		answer := a.refuse(http.StatusBadRequest, "Malformed body: "+err.Error()+".")
		return &answer
	}
	wrong := gather(rules, body, c.Method == http.MethodPost, record)
	known := membersOf(rules)
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

// strangers finds the members of an object that the model does not know, unless the options skip them.
func (a *BigChange) strangers(path string, body map[string]any, known ...string) []trouble {
	if a.options.IgnoreUnknown {
		return nil
	}
	return strangers(path, body, known...)
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
		return missing
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
