package model

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// before is what stands in front of the value of an item: {"id":12,"value":
func (c *CustomField) before() string {
	id := c.ID
	if c.shape.textIDs || !isInteger(id) {
		id = string(appendString(nil, id))
	}
	return "{" + jsonKey(c.shape.ID) + id + "," + jsonKey(c.shape.Value)
}

// in finds the value of the custom field in an answer: in a list by the id of the definition, in a map by its id or its
// name. Where custom fields are shown and this one is not, it is empty.
func (c *CustomField) in(answer map[string]any) (any, bool) {
	shown, ok := reach(answer, c.shape.List)
	if !ok {
		return nil, false
	}
	switch shown := shown.(type) {
	case nil:
	case []any:
		for _, item := range shown {
			if m, _ := item.(map[string]any); m != nil && c.is(m[c.shape.ID]) {
				return m[c.shape.Value], true
			}
		}
	case map[string]any:
		if key, ok := c.key(shown); ok {
			return shown[key], true
		}
	default:
		return nil, false
	}
	return nil, true
}

// is reports whether a member of an answer is the id of the definition.
func (c *CustomField) is(id any) bool { return textOf(id) == c.ID }

// key finds the key of a map in an answer that stands for the custom field: its id, its name, or what is made of its name.
func (c *CustomField) key(shown map[string]any) (key string, ok bool) {
	for _, key := range []string{c.ID, c.Name} {
		if _, ok := shown[key]; ok {
			return key, true
		}
	}
	made := plainKey(c.Name)
	if made == "" || c.alike {
		return "", false
	}
	for candidate := range shown {
		if plainKey(candidate) == made && (!ok || candidate < key) {
			key, ok = candidate, true
		}
	}
	return key, ok
}

// plainKey is the letters and digits of a name: how the keys of a map are made of names is documented nowhere.
func plainKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, tableKey(name))
}

// alike reports whether a key made of the name of a definition could as well stand for another one.
func alike(d Definition, definitions []Definition) bool {
	made := plainKey(d.Name)
	return slices.ContainsFunc(definitions, func(other Definition) bool {
		return other.ID != d.ID && (other.ID == made || plainKey(other.Name) == made && tableKey(other.Name) != tableKey(d.Name))
	})
}

// Stray is what an answer holds that no record of the model can: custom values that no field stands for, and lists and
// objects where a field is a single value. A replacement would lose it.
func (m *Model) Stray(data []byte, c *Custom) []string {
	answer, err := object(data)
	if err != nil {
		return nil
	}
	var stray []string
	for i := range m.Fields {
		f := &m.Fields[i]
		if v, _ := f.in(answer); f.In == InBody && isCompound(v) && holds(v) {
			stray = append(stray, f.Name)
		}
	}
	if c != nil {
		shown, _ := reach(answer, c.List)
		stray = append(stray, m.strayCustom(shown, c)...)
	}
	slices.Sort(stray)
	return stray
}

// strayCustom is the custom values that no field stands for, by their keys or ids.
func (m *Model) strayCustom(shown any, c *Custom) (stray []string) {
	taken := map[string]bool{}
	switch shown := shown.(type) {
	case []any:
		for i := range m.Fields {
			if f := &m.Fields[i]; f.Custom != nil {
				taken[f.Custom.ID] = true
			}
		}
		for _, item := range shown {
			if one, ok := item.(map[string]any); !ok && holds(item) {
				stray = append(stray, c.List)
			} else if id := textOf(one[c.ID]); holds(one[c.Value]) && !taken[id] {
				stray = append(stray, cmp.Or(id, c.List))
			}
		}
	case map[string]any:
		for i := range m.Fields {
			if f := &m.Fields[i]; f.Custom != nil {
				if key, ok := f.Custom.key(shown); ok {
					taken[key] = true
				}
			}
		}
		for key, v := range shown {
			if holds(v) && !taken[key] {
				stray = append(stray, key)
			}
		}
	default:
		if holds(shown) {
			stray = append(stray, c.List)
		}
	}
	return stray
}

// holds reports whether a decoded value is more than nothing.
func holds(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// isCompound tells a list or an object.
func isCompound(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}
