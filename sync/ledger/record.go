package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// kindMark is the beginning of a stored value, so that a value keeps its kind whatever the model says later.
func kindMark(k model.Kind) (string, bool) {
	switch k {
	case model.Null:
		return "null", true
	case model.String:
		return "s:", true
	case model.Integer:
		return "i:", true
	case model.Number:
		return "n:", true
	case model.Boolean:
		return "b:", true
	case model.Date:
		return "d:", true
	}
	return "", false
}

// encodeRecord writes the known fields by name, as in {"email":"s:ann@example.org","fax":"null"}. A nil record is "".
func encodeRecord(m *model.Model, r model.Record) (string, error) {
	if r == nil {
		return "", nil
	}
	if len(r) != len(m.Fields) {
		return "", fmt.Errorf("record of %d values for the %d fields of %s", len(r), len(m.Fields), m.Name())
	}
	b := append(make([]byte, 0, 256), '{')
	for i, v := range r {
		if !v.Known() {
			continue
		}
		mark, ok := kindMark(v.Kind)
		if !ok {
			return "", fmt.Errorf("field %s: value of unknown kind %d", m.Fields[i].Name, v.Kind)
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendJSON(b, m.Fields[i].Stored())
		b = append(b, ':')
		b = appendJSON(b, mark+v.Text)
	}
	return string(append(b, '}')), nil
}

// appendJSON appends s as a JSON string. Most text is plain and needs no more than quotes.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string cannot fail
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func decodeRecord(m *model.Model, text string) (model.Record, error) {
	return decodeKnown(m, text, func(name string) error {
		if m.IsCustom(name) { // an older job had a column for it; the plan of this one has not
			return nil
		}
		return fmt.Errorf("the stored plan has the field %q, which %s has no more: plan the sheet again", name, m.Name())
	})
}

// decodeKnown reads what the model has of a stored record; stranger is asked about every other field.
func decodeKnown(m *model.Model, text string, stranger func(name string) error) (model.Record, error) {
	if text == "" {
		return nil, nil
	}
	r := m.NewRecord()
	err := eachStored(text, func(name, value string) error {
		i := m.Index(name)
		if i < 0 {
			return stranger(name)
		}
		v, err := decodeValue(value)
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		r[i] = v
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// storedValues reads a stored record without a model: the values as they are written, by the stored names of their fields.
func storedValues(text string) (values map[string]string, err error) {
	if text == "" {
		return nil, nil
	}
	values = make(map[string]string, 16)
	err = eachStored(text, func(name, value string) error {
		values[name] = value
		return nil
	})
	return values, err
}

// encodeValues writes values by name, as storedValues reads them.
func encodeValues(values map[string]string) string {
	b := append(make([]byte, 0, 256), '{')
	for i, name := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(append(appendJSON(b, name), ':'), values[name])
	}
	return string(append(b, '}'))
}

// eachStored visits the names and values of a stored record. Nearly all of them are plain texts in quotes, which are read as they are.
func eachStored(text string, visit func(name, value string) error) error {
	var space [64]string
	if texts, plain := plainTexts(text, space[:0]); plain {
		for i := 0; i < len(texts); i += 2 {
			if err := visit(texts[i], texts[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	var stored map[string]string
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return fmt.Errorf("read stored record: %w", err)
	}
	for name, value := range stored {
		if err := visit(name, value); err != nil {
			return err
		}
	}
	return nil
}

// plainTexts appends the texts of {"name":"value",...} to into, names and values in turn. It reports false for whatever is not exactly
// that, and for texts that have escapes in them.
func plainTexts(text string, into []string) (texts []string, plain bool) {
	if text == "{}" {
		return into, true
	}
	ascii := true
	for before := byte('{'); ; {
		if len(text) < 2 || text[0] != before || text[1] != '"' {
			return nil, false
		}
		text = text[2:]
		end := 0
		for ; end < len(text) && text[end] != '"'; end++ {
			if c := text[end]; c < ' ' || c == '\\' {
				return nil, false
			} else if c >= utf8.RuneSelf {
				ascii = false
			}
		}
		if end == len(text) || !ascii && !utf8.ValidString(text[:end]) {
			return nil, false
		}
		into = append(into, text[:end])
		text = text[end+1:]
		switch {
		case len(into)%2 == 1:
			before = ':'
		case text == "}":
			return into, true
		default:
			before = ','
		}
	}
}

func decodeValue(text string) (model.Value, error) {
	for k := model.Null; k <= model.Date; k++ {
		mark, _ := kindMark(k)
		if rest, ok := strings.CutPrefix(text, mark); ok {
			return model.Value{Kind: k, Text: rest}, nil
		}
	}
	return model.Value{}, fmt.Errorf("stored value %q has no kind", text)
}

// storedProblem has the fields of a problem under the names that they have in the file.
type storedProblem struct {
	Row     int        `json:"row,omitempty"`
	Column  string     `json:"column,omitempty"`
	Field   string     `json:"field,omitempty"`
	Code    model.Code `json:"code"`
	Value   string     `json:"value,omitempty"`
	Message string     `json:"message,omitempty"`
	Hint    string     `json:"hint,omitempty"`
}

// storedFault has the fields of a fault under the names that they have in the file.
type storedFault struct {
	Field   string `json:"field,omitempty"`
	Message string `json:"message,omitempty"`
}

func encodeFaults(faults []push.Fault) string {
	if len(faults) == 0 {
		return ""
	}
	stored := make([]storedFault, len(faults))
	for i, f := range faults {
		stored[i] = storedFault(f)
	}
	text, _ := json.Marshal(stored) // texts cannot fail
	return string(text)
}

func decodeFaults(text string) ([]push.Fault, error) {
	if text == "" {
		return nil, nil
	}
	var stored []storedFault
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, fmt.Errorf("read stored faults: %w", err)
	}
	faults := make([]push.Fault, len(stored))
	for i, f := range stored {
		faults[i] = push.Fault(f)
	}
	return faults, nil
}

func encodeProblems(problems []model.Problem) (string, error) {
	if len(problems) == 0 {
		return "", nil
	}
	stored := make([]storedProblem, len(problems))
	for i, p := range problems {
		stored[i] = storedProblem(p)
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

func decodeProblems(text string) ([]model.Problem, error) {
	if text == "" {
		return nil, nil
	}
	var stored []storedProblem
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, fmt.Errorf("read stored problems: %w", err)
	}
	problems := make([]model.Problem, len(stored))
	for i, p := range stored {
		problems[i] = model.Problem(p)
	}
	return problems, nil
}
