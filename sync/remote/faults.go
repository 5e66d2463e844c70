package remote

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// asDuplicate reports whether a refusal says that another record has what must be unique: 409 says so by itself, any other
// status by its text. What says so comes first then; if it names no field, and there is but one that it can mean, it is
// that one.
func (c *Client) asDuplicate(status int, faults []push.Fault) bool {
	unique, conflict := c.opts.Resource.Unique, status == http.StatusConflict
	i := slices.IndexFunc(faults, func(f push.Fault) bool {
		says, named := c.duplicate != nil && c.duplicate.MatchString(f.Message), slices.Contains(unique, f.Field)
		return says && f.Field == "" || named && (says || conflict)
	})
	if i < 0 && !conflict {
		return false
	}
	i = max(i, 0)
	first := faults[i]
	copy(faults[1:], faults[:i])
	if first.Field == "" && len(unique) == 1 {
		first.Field = unique[0]
	}
	faults[0] = first
	return true
}

// readFaults reads all that an error answer says is wrong, in whatever of the documented shapes it comes; there is always
// one fault at least. A page that is not a JSON object is named as such: its text is of no use to anyone.
func (c *Client) readFaults(rep reply) []push.Fault {
	shape := &c.opts.Target.Errors
	var members map[string]any
	_ = json.Unmarshal(rep.body, &members) // what is no object has no members
	read := faultReader{model: c.model, items: c.itemsOf(rep.sent)}
	text := firstText(members, shape.Message)
	if field := firstText(members, shape.Field); field != "" {
		return []push.Fault{{Field: read.fieldName(field), Message: cmp.Or(text, statusText(rep))}}
	}
	var faults []push.Fault
	switch shape.Map {
	case "":
	case ".":
		general := generalTexts(members, shape.Message)
		if faults = read.all(members); general != "" {
			faults = append(faults, push.Fault{Message: general})
		}
	default: // the general text is but a heading then
		inner, _ := members[shape.Map].(map[string]any)
		faults = read.all(inner)
	}
	if len(faults) == 0 {
		return []push.Fault{{Message: cmp.Or(text, statusText(rep))}}
	}
	return faults
}

// generalTexts takes the texts out of a map of errors that are under no field, but under one of the given names.
func generalTexts(members map[string]any, names []string) string {
	var texts []string
	for _, name := range names {
		if text := textOf(members[name]); text != "" {
			texts = append(texts, text)
			delete(members, name)
		}
	}
	return strings.Join(texts, "; ")
}

// statusText is what there is to say of an answer without a text.
func statusText(rep reply) string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", rep.status, http.StatusText(rep.status)))
}

// firstText is the text of the first of the named members that has one.
func firstText(members map[string]any, names []string) string {
	for _, name := range names {
		if text := textOf(members[name]); text != "" {
			return text
		}
	}
	return ""
}

// textOf is a text or a list of texts in one line, "" if it is neither.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case []any:
		var parts []string
		for _, item := range v {
			if text, isText := item.(string); isText && strings.TrimSpace(text) != "" {
				parts = append(parts, strings.TrimSpace(text))
			}
		}
		return strings.Join(parts, "; ")
	}
	return ""
}

// faultReader reads maps from fields to texts.
type faultReader struct {
	model *model.Model
	items customItems
}

// all reads a map: one fault for each field, those of the model first and in its order.
func (r *faultReader) all(members map[string]any) []push.Fault {
	texts := map[string][]string{} // of fields, whatever the case of their names
	names := map[string]string{}   // of fields, as they are shown
	for _, name := range slices.Sorted(maps.Keys(members)) {
		for _, f := range r.below(name, members[name], 1) {
			key := strings.ToLower(f.Field)
			texts[key] = append(texts[key], f.Message)
			names[key] = cmp.Or(names[key], f.Field)
		}
	}
	var known, others []push.Fault
	for i := range r.model.Fields {
		if key := strings.ToLower(r.model.Fields[i].Name); texts[key] != nil {
			known = append(known, push.Fault{Field: names[key], Message: strings.Join(texts[key], "; ")})
			delete(texts, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		others = append(others, push.Fault{Field: names[key], Message: strings.Join(texts[key], "; ")})
	}
	return append(known, others...)
}

// maxDepth is how deep objects may lie in each other in a map of errors; no model is deeper.
const maxDepth = 8

// below reads what a map has under a name: texts, or a map or a list of maps of the same kind.
func (r *faultReader) below(name string, v any, depth int) (faults []push.Fault) {
	if text := textOf(v); text != "" {
		f := push.Fault{Field: r.fieldName(name), Message: text}
		if depth > 1 {
			f.Field = r.exactName(name) // it is whole: nothing of it stands for the request
		}
		faults = append(faults, f)
	}
	if depth == maxDepth {
		return faults
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			faults = append(faults, r.below(name+"."+key, v[key], depth+1)...)
		}
	case []any:
		for i, item := range v {
			if inner, ok := item.(map[string]any); ok {
				faults = append(faults, r.below(fmt.Sprintf("%s[%d]", name, i), inner, depth+1)...)
			}
		}
	}
	return faults
}

// fieldName is the model's name of a field that an API names in its own way, such as CreateCustomerContactModel.email or
// $.email. A name that is no field of the model is kept as it is.
func (r *faultReader) fieldName(text string) string {
	if len(text) > maxText || indexed.MatchString(text) { // what an item of a list has is no field of the record
		return r.exactName(text)
	}
	for name := text; name != ""; {
		if i := r.model.Index(name); i >= 0 {
			return r.model.Fields[i].Name
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return text
}

// indexed is the name of something in an item of a list: customFields[0].value, contacts.0.name.
var indexed = regexp.MustCompile(`\[\d*\]|(^|\.)\d+(\.|$)`)

// exactName is the model's spelling of the whole name of a field. A name that is no field of the model is kept as it is.
func (r *faultReader) exactName(name string) string {
	if i := r.model.Index(name); i >= 0 {
		return r.model.Fields[i].Name
	}
	return cmp.Or(r.items.field(name), name)
}

// customItems is the list of custom fields in a request.
type customItems struct {
	list   string   // dotted property of the request
	fields []string // names of the fields in it, "" for one that the model does not have
}

// itemsOf reads which custom fields a request has sent, and in which order.
func (c *Client) itemsOf(sent []byte) customItems {
	custom := c.opts.Resource.Custom
	if custom == nil || len(sent) == 0 {
		return customItems{}
	}
	decoder := json.NewDecoder(bytes.NewReader(sent))
	decoder.UseNumber()
	var at any
	_ = decoder.Decode(&at) // our own JSON
	for step := range strings.SplitSeq(custom.List, ".") {
		inner, _ := at.(map[string]any)
		at = inner[step]
	}
	out := customItems{list: custom.List}
	list, _ := at.([]any)
	for _, item := range list {
		members, _ := item.(map[string]any)
		name := ""
		for i := range c.model.Fields {
			if f := &c.model.Fields[i]; f.Custom != nil && f.Custom.ID == fmt.Sprint(members[custom.ID]) {
				name = f.Name
			}
		}
		out.fields = append(out.fields, name)
	}
	return out
}

// field is the custom field that an API names by its place in the list, as in CustomFields[0].Value; "" if there is none.
func (i *customItems) field(name string) string {
	list, place, _ := strings.Cut(strings.TrimPrefix(name, "$."), "[")
	place, _, _ = strings.Cut(place, "]")
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 || n >= len(i.fields) || !strings.EqualFold(list, i.list) {
		return ""
	}
	return i.fields[n]
}
