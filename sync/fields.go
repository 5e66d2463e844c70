package sync

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// FieldInfo is one documented field in a list of them.
type FieldInfo struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Required    bool     `json:"required"`
	Rule        string   `json:"rule"`   // limits and format
	Lookup      []string `json:"lookup"` // words that a column may look the value up by, empty if by none
	Clear       string   `json:"clear"`
	Source      string   `json:"source"`
	Description string   `json:"description"`
}

// FieldList is what can be filled in a record of a resource.
type FieldList struct {
	Resource string      `json:"resource"`
	Fields   []FieldInfo `json:"fields"`
	Custom   *CustomList `json:"custom_fields,omitempty"` // nil if accounts of the target define no fields of their own
}

// Fields lists the fields of a resource, such as cro/contact; the target alone means its first resource. file is a target
// file to look in instead of the embedded ones.
func Fields(name, file string) (*FieldList, error) {
	t, r, err := resourceOf(name, file)
	if err != nil {
		return nil, err
	}
	return fieldsOf(t, r), nil
}

// resourceOf finds a resource by its name, such as cro/contact; the target alone means its first one. file is a target file to
// look in instead of the embedded ones.
func resourceOf(name, file string) (*model.Target, *model.Resource, error) {
	target, resource, _ := strings.Cut(name, "/")
	var t *model.Target
	var err error
	if file != "" {
		t, err = targetFile(file)
	} else if t, err = model.Load(target); err != nil {
		err = fmt.Errorf("%w: there is no target %q; `rollcall targets` lists them", ErrUsage, target)
	}
	if err != nil {
		return nil, nil, err
	}
	r, ok := t.Resource(resource)
	if !ok {
		return nil, nil, fmt.Errorf("%w: target %s has no resource %q; `rollcall targets` lists them", ErrUsage, t.Name, resource)
	}
	return t, r, nil
}

// fieldsOf lists the documented fields of a resource.
func fieldsOf(t *model.Target, r *model.Resource) *FieldList {
	out := &FieldList{Resource: r.Model.Name()}
	for i := range r.Model.Fields {
		f := &r.Model.Fields[i]
		if f.Custom != nil {
			continue
		}
		info := FieldInfo{
			Name: f.Name, Type: mapping.KindName(f.Kind), Required: f.Required, Rule: ruleOf(f), Lookup: []string{}, Clear: clearOf(r, f),
			Source: f.Source, Description: f.Description,
		}
		if l := t.Lookup(f.Lookup); l != nil {
			info.Lookup = l.Words()
		}
		out.Fields = append(out.Fields, info)
	}
	if r.Custom != nil {
		out.Custom = customOf(r)
	}
	return out
}

// ruleOf is the documented limits of a field in words.
func ruleOf(f *model.Field) string {
	var parts []string
	switch {
	case f.MinLength > 0 && f.MaxLength >= 0:
		parts = append(parts, fmt.Sprintf("%d to %d characters", f.MinLength, f.MaxLength))
	case f.MaxLength >= 0:
		parts = append(parts, "at most "+strconv.Itoa(f.MaxLength)+" characters")
	case f.MinLength == 1:
		parts = append(parts, "not empty")
	case f.MinLength > 0:
		parts = append(parts, "at least "+strconv.Itoa(f.MinLength)+" characters")
	}
	if f.Legacy > 0 {
		parts = append(parts, "older interface: "+strconv.Itoa(f.Legacy))
	}
	switch {
	case f.Minimum != "" && f.Maximum != "":
		parts = append(parts, f.Minimum+" to "+f.Maximum)
	case f.Minimum != "":
		parts = append(parts, "from "+f.Minimum)
	case f.Maximum != "":
		parts = append(parts, "up to "+f.Maximum)
	}
	if step := stepOf(f.Step); step != "" {
		parts = append(parts, step)
	}
	if len(f.Enum) > 0 {
		parts = append(parts, "one of "+strings.Join(f.Enum, ", "))
	}
	switch {
	case f.Format != "":
		parts = append(parts, strings.ReplaceAll(f.Format, "-", " "))
	case f.Kind == model.Date:
		parts = append(parts, "sent as yyyy-mm-dd")
	case f.Pattern != "":
		parts = append(parts, "pattern "+f.Pattern)
	}
	if f.In == model.InPath {
		parts = append(parts, "fixed once the record exists")
	}
	return strings.Join(parts, "; ")
}

// stepOf is a step in words: at most 2 decimals.
func stepOf(step string) string {
	_, fraction, _ := strings.Cut(step, ".")
	switch {
	case step == "":
		return ""
	case fraction == "":
		return "no decimals"
	case len(fraction) == 1:
		return "at most 1 decimal"
	}
	return fmt.Sprintf("at most %d decimals", len(fraction))
}

// clearOf is how a field is emptied, in words.
func clearOf(r *model.Resource, f *model.Field) string {
	switch {
	case f.In == model.InPath:
		return "nothing"
	case f.Clear == model.ClearUndocumented && !f.Required && !f.Immutable && r.Whole != nil:
		return "only with replace: true"
	}
	return map[model.Clear]string{
		model.ClearUndocumented: "not documented", model.ClearNull: "null", model.ClearEmpty: "empty text", model.ClearOmit: "leaving it out",
	}[f.Clear]
}
