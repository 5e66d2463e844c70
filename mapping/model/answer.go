package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// FromJSON reads a record from an answer of the API. It is lenient, because what is stored may be older than the rules:
// null is Null, a missing property is Absent, unknown properties and lists are passed over, and a value of another type is
// converted if nothing is lost, else kept as String. The error is an answer that is not one JSON object.
func (m *Model) FromJSON(data []byte) (Record, error) {
	answer, err := object(data)
	if err != nil {
		return nil, err
	}
	rec := m.NewRecord()
	for i := range m.Fields {
		f := &m.Fields[i]
		if v, ok := f.in(answer); ok {
			rec[i] = f.named(f.fromJSON(v))
			if rec[i].Kind == Null && f.Required && !f.Nullable { // no record can be without it, so it is only not shown
				rec[i] = Value{}
			}
		}
	}
	return rec, nil
}

// in finds what an answer says about the field.
func (f *Field) in(answer map[string]any) (any, bool) {
	if f.Custom != nil {
		return f.Custom.in(answer)
	}
	if f.Reading.Path != "" {
		if v, ok := reach(answer, f.Reading.Path); ok {
			return v, true
		}
	}
	return reach(answer, f.Name)
}

// named is v, or the id of the one thing that has v for its name.
func (f *Field) named(v Value) Value {
	if f.Reading.table == nil || v.Kind == Null || f.Reading.table.ids[v.Text] {
		return v
	}
	if found := f.Reading.table.Find(v.Text); len(found) == 1 {
		if id, code := f.Parse(found[0].ID); code == "" {
			return id
		}
	}
	return v
}

// object decodes one JSON object, with numbers as they are written.
func object(data []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var answer any
	if err := decoder.Decode(&answer); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read answer: more than one JSON value")
	}
	out, ok := answer.(map[string]any)
	if !ok {
		return nil, errors.New("read answer: not a JSON object")
	}
	return out, nil
}

// reach finds the value under a dotted name. The fields of an object that is null are null.
func reach(answer map[string]any, name string) (any, bool) {
	for {
		step, rest, nested := strings.Cut(name, ".")
		v, ok := answer[step]
		if !ok || !nested || v == nil {
			return v, ok
		}
		if answer, ok = v.(map[string]any); !ok {
			return nil, false
		}
		name = rest
	}
}

// fromJSON makes a Value of a decoded one.
func (f *Field) fromJSON(v any) Value {
	var text string
	switch v := v.(type) {
	case nil:
		return Value{Kind: Null}
	case bool:
		text = "false"
		if v {
			text = "true"
		}
		if f.Kind == Boolean {
			return Value{Boolean, text}
		}
		return Value{String, text}
	case json.Number:
		text = v.String()
		if canonical, ok := canonicalNumber(text); ok && f.Kind != String {
			text = canonical
		}
	case string:
		text = v
	default:
		return Value{}
	}
	if f.Kind == Date {
		text = dateOf(text)
	}
	if out, code := f.Parse(text); code == "" {
		return out
	}
	return Value{String, text}
}

// dateOf cuts a time of midnight from a date, where nothing is lost by that.
func dateOf(text string) string {
	date, clock, ok := strings.Cut(text, "T")
	if !ok {
		return text
	}
	if clock = strings.TrimSuffix(clock, "Z"); strings.Trim(clock, "0:.") == "" && strings.HasPrefix(clock, "00:00") {
		return date
	}
	return text
}

// ReadID reads the id of the record from an answer of the API. It is not ok if the answer has none.
func (r *Resource) ReadID(data []byte) (id string, ok bool) {
	return ReadText(data, r.IDField)
}

// ReadText reads a property of a JSON object, by its dotted name, as the text of an id or a name. It is not ok if there is
// none.
func ReadText(data []byte, name string) (text string, ok bool) {
	answer, err := object(data)
	if err != nil {
		return "", false
	}
	v, _ := reach(answer, name)
	text = textOf(v)
	return text, text != ""
}

// textOf is a decoded id or name as text, "" for anything else.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		if canonical, ok := canonicalNumber(v.String()); ok {
			return canonical
		}
		return v.String()
	}
	return ""
}
