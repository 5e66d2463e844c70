package model

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// property is a node of the request body: a field, an object with properties, or the list of custom fields.
type property struct {
	key      string // as JSON, with the colon; of an item of a list all that stands before its value
	field    int    // -1 for an object or a list
	list     bool   // the children are items of a list
	end      string // what stands behind the value of an item
	omit     bool   // a null is left out: in a replacement that is how a field is cleared
	children []property
}

// bodyTree groups the fields of the body by the objects in their dotted names.
func bodyTree(fields []Field) []property {
	var root property
	for i := range fields {
		f := &fields[i]
		if f.In != InBody {
			continue
		}
		name := f.Name
		if f.Custom != nil {
			name = f.Custom.shape.List
		}
		steps := strings.Split(name, ".")
		last := jsonKey(steps[len(steps)-1])
		at := &root
		for _, step := range steps[:len(steps)-1] {
			at = at.object(jsonKey(step), false)
		}
		leaf := property{key: last, field: i, omit: f.Clear == ClearOmit}
		if f.Custom != nil {
			at = at.object(last, true)
			leaf.key, leaf.end = f.Custom.before(), "}"
		}
		at.children = append(at.children, leaf)
	}
	return root.children
}

// object finds or adds the object, or the list, under key.
func (p *property) object(key string, list bool) *property {
	for i := range p.children {
		if c := &p.children[i]; c.field < 0 && c.key == key {
			return c
		}
	}
	p.children = append(p.children, property{key: key, field: -1, list: list})
	return &p.children[len(p.children)-1]
}

func jsonKey(name string) string { return string(appendString(nil, name)) + ":" }

// AppendBody appends the JSON of a request body to dst: the fields of the body that rec knows, nested by their dotted
// names. With only, it is those fields alone; nil means all. The text is what encoding/json writes with HTML escaping off.
func (m *Model) AppendBody(dst []byte, rec Record, only []int) []byte {
	dst = append(dst, '{')
	dst, _ = appendProperties(dst, m.body, rec, only)
	return append(dst, '}')
}

// appendProperties appends what is known of properties, and tells whether that is anything.
func appendProperties(dst []byte, properties []property, rec Record, only []int) ([]byte, bool) {
	some := false
	for i := range properties {
		p := &properties[i]
		start := len(dst)
		if some {
			dst = append(dst, ',')
		}
		dst = append(dst, p.key...)
		var known bool
		if p.field < 0 {
			opening, closing := byte('{'), byte('}')
			if p.list {
				opening, closing = '[', ']'
			}
			dst = append(dst, opening)
			dst, known = appendProperties(dst, p.children, rec, only)
			dst = append(dst, closing)
		} else if known = p.sends(rec) && (only == nil || slices.Contains(only, p.field)); known {
			dst = append(appendValue(dst, rec[p.field]), p.end...)
		}
		if !known {
			dst = dst[:start]
			continue
		}
		some = true
	}
	return dst, some
}

// sends reports whether a record has something to send for a field.
func (p *property) sends(rec Record) bool {
	return p.field < len(rec) && rec[p.field].Known() && !(p.omit && rec[p.field].Kind == Null)
}

// appendValue appends one value.
func appendValue(dst []byte, v Value) []byte {
	switch v.Kind {
	case Null:
		return append(dst, "null"...)
	case Integer, Number:
		if isDecimal(v.Text) {
			return append(dst, v.Text...)
		}
	case Boolean:
		return append(dst, v.Text...)
	}
	return appendString(dst, v.Text)
}

// appendString appends text as a JSON string.
func appendString(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, text[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\b':
				dst = append(dst, `\b`...)
			case '\f':
				dst = append(dst, `\f`...)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, text[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, text[start:i]...), `\u202`...)
			dst = append(dst, hex[r&15])
			start = i + size
		}
		i += size
	}
	return append(append(dst, text[start:]...), '"')
}
