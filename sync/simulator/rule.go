package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// rule is what one field of a model accepts, and where it goes. A nil value stands for null.
type rule[T any] struct {
	field string
	// check returns what is wrong with a value that is not null, empty if nothing is.
	check func(value any) string
	// store writes a checked value, or null, into a record.
	store func(record *T, value any)
}

// trouble is the first thing wrong with a body.
type trouble struct{ field, detail string }

// apply checks a body against the rules and writes it into a record. The fields are checked by name in order, so that a
// body with several mistakes always gets the same answer; the record is of use only if all are well.
func apply[T any](rules []rule[T], body map[string]any, acceptNull bool, record *T) *trouble {
	for _, field := range slices.Sorted(maps.Keys(body)) {
		i := slices.IndexFunc(rules, func(r rule[T]) bool { return r.field == field })
		if i < 0 {
			return &trouble{field, "Unknown field."}
		}
		value := body[field]
		if value == nil && !acceptNull {
			return &trouble{field, "Null is not accepted."}
		}
		if value != nil {
			if detail := rules[i].check(value); detail != "" {
				return &trouble{field, detail}
			}
		}
		rules[i].store(record, value)
	}
	return nil
}

// object reads a body as one JSON object. Numbers keep their text, so that 1 and 1.0 stay apart.
func object(body []byte) (map[string]any, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the body is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errors.New("the body is not JSON")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more than one JSON value")
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the body is not a JSON object")
	}
	return fields, nil
}

// text accepts strings of low to high characters. Characters are code points.
func text(low, high int) func(any) string {
	return func(value any) string {
		s, ok := value.(string)
		if !ok {
			return "Must be a string."
		}
		if !utf8.ValidString(s) { // in a query: bodies are checked as a whole
			return "Must be UTF-8."
		}
		if n := utf8.RuneCountInString(s); n < low || n > high {
			return fmt.Sprintf("Must have %d to %d characters, not %d.", low, high, n)
		}
		return ""
	}
}

var mailPattern = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)

// mailList accepts a string of low to high characters that is empty or a list of addresses between commas, with blanks,
// tabs and line ends around them.
func mailList(low, high int) func(any) string {
	length := text(low, high)
	return func(value any) string {
		if detail := length(value); detail != "" || value == "" {
			return detail
		}
		for _, address := range strings.Split(value.(string), ",") {
			if !mailPattern.MatchString(strings.Trim(address, " \t\r\n")) {
				return "Must be e-mail addresses with commas between them."
			}
		}
		return ""
	}
}

// asFlag reads a boolean: JSON's own, and unless strict the numbers 0 and 1 and the words 0, 1, true and false in any
// case.
func asFlag(value any, strict bool) (flag, ok bool) {
	if flag, ok = value.(bool); ok || strict {
		return flag, ok
	}
	word := ""
	switch v := value.(type) {
	case json.Number:
		word = v.String()
		if word != "0" && word != "1" {
			return false, false
		}
	case string:
		word = strings.ToLower(v)
	}
	return word == "1" || word == "true", slices.Contains([]string{"0", "1", "true", "false"}, word)
}

// integer accepts JSON numbers without fraction or exponent.
func integer(value any) string {
	number, ok := value.(json.Number)
	if !ok {
		return "Must be an integer."
	}
	if _, err := number.Int64(); err != nil {
		return "Must be an integer."
	}
	return ""
}
