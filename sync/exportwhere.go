package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/remote"
)

// condition is what one field has to be: any of the values.
type condition struct {
	field  int // -1 for the id
	name   string
	values []model.Value
}

// conditions is what a record has to be, all of it.
type conditions []condition

// stop is one list that is to be read, in the notation of files.
type stop struct {
	Parent map[string]string `json:"parent,omitempty"` // path field -> id
	Values map[string]string `json:"values,omitempty"` // field -> value that the API filters by
}

// String names the parent.
func (s *stop) String() string {
	var parts []string
	for name, id := range s.Parent {
		parts = append(parts, name+" "+id)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// conditions reads what --where says.
func (j *Job) conditions(where []string) (conditions, error) {
	var out conditions
	for _, text := range where {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("%w: --where %s: write FIELD=VALUE", ErrUsage, text)
		}
		field, err := j.fieldCalled(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("%w: --where %s: %w", ErrUsage, text, err)
		}
		c := condition{field: field, name: "id", values: []model.Value{{Kind: model.String, Text: strings.TrimSpace(value)}}}
		if field >= 0 {
			f := &j.Resource.Model.Fields[field]
			c.name = f.Name
			if c.values[0], err = j.valueOf(f, strings.TrimSpace(value)); err != nil {
				return nil, fmt.Errorf("%w: --where %s: %w", ErrUsage, text, err)
			}
		}
		if i := slices.IndexFunc(out, func(other condition) bool { return other.field == field }); i >= 0 {
			out[i].values = append(out[i].values, c.values...)
		} else {
			out = append(out, c)
		}
	}
	return out, nil
}

// fieldCalled is the field of a column of the job, or of that name; -1 for the id. What is written in so many letters goes before
// what only sounds alike.
func (j *Job) fieldCalled(name string) (int, error) {
	m := j.Resource.Model
	same := func(a, b string) bool { return a == b }
	for range 2 {
		for i := range j.Mapping.Columns {
			if col := &j.Mapping.Columns[i]; !col.Ignore && same(col.Header, name) {
				return m.Index(col.Field), nil
			}
		}
		for i := range m.Fields {
			if same(m.Fields[i].Name, name) {
				return i, nil
			}
		}
		if same("id", name) || j.Mapping.Identity.ID != "" && same(j.Mapping.Identity.ID, name) {
			return -1, nil
		}
		same = strings.EqualFold
	}
	return 0, fmt.Errorf("there is no column or field %q; `rollcall fields %s` lists the fields", name, j.Name())
}

// valueOf is what a person means by a text: a name where the job's column has names, else a value of the field.
func (j *Job) valueOf(f *model.Field, text string) (model.Value, error) {
	if text == "" {
		return model.Value{Kind: model.Null}, nil
	}
	for i := range j.Mapping.Columns {
		col := &j.Mapping.Columns[i]
		if !strings.EqualFold(col.Field, f.Name) {
			continue
		}
		if t := j.Mapping.Tables[col.Header]; t != nil {
			switch found := t.Find(text); len(found) {
			case 0:
			case 1:
				text = found[0].ID
			default:
				return model.Value{}, fmt.Errorf("%d things are called so; write the id of one: %s or %s", len(found), found[0].ID, found[1].ID)
			}
		}
		for word, words := range map[string][]string{"true": col.True, "false": col.False} {
			if slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, text) }) {
				text = word
			}
		}
	}
	v, code := f.Parse(text)
	if code != "" {
		return v, fmt.Errorf("%q is no value of %s (%s)", text, f.Name, f.Kind)
	}
	return v, nil
}

// fit reports whether a record is what was asked for.
func (c conditions) fit(m *model.Model, f *plan.Found) bool {
	for _, one := range c {
		same := func(v model.Value) bool { return v.Text == f.ID }
		if one.field >= 0 {
			same = func(v model.Value) bool { return m.Fields[one.field].Same(v, f.Record[one.field]) }
		}
		if !slices.ContainsFunc(one.values, same) {
			return false
		}
	}
	return true
}

// asked reports whether the API filters by a condition: it has a filter for the field, and every value can be one.
func (c *condition) asked(r *model.Resource) bool {
	return r.List.Filters[c.name] != "" && !slices.ContainsFunc(c.values, func(v model.Value) bool { return v.Text == "" })
}

// notes says who does the filtering.
func (c conditions) notes(r *model.Resource) []string {
	var here []string
	for i := range c {
		below := c[i].field >= 0 && r.Model.Fields[c[i].field].In == model.InPath && slices.Contains(r.Parents, c[i].name)
		if !below && !c[i].asked(r) {
			here = append(here, c[i].name)
		}
	}
	if here == nil {
		return nil
	}
	return []string{fmt.Sprintf("the API has no filter for %s: all is read, and compared here", strings.Join(here, ", "))}
}

// stops is the lists that are to be read: below each parent, and of the first field with a filter and several values one for
// each of them.
func (c conditions) stops(r *model.Resource, parents []map[string]string) []stop {
	out := make([]stop, 0, len(parents))
	for _, p := range parents {
		out = append(out, stop{Parent: p})
	}
	forked := false
	for i := range c {
		one := &c[i]
		if !one.asked(r) || len(one.values) > 1 && forked {
			continue
		}
		forked = forked || len(one.values) > 1
		var each []stop
		for _, s := range out {
			for _, v := range one.values {
				values := map[string]string{one.name: v.Text}
				for name, text := range s.Values {
					values[name] = text
				}
				each = append(each, stop{Parent: s.Parent, Values: values})
			}
		}
		out = each
	}
	return out
}

// part is a stop as the client takes it.
func (c conditions) part(m *model.Model, s *stop) remote.Where {
	where := remote.Where{Parent: m.NewRecord(), Values: s.Values}
	for name, id := range s.Parent {
		f := m.Index(name)
		where.Parent[f], _ = m.Fields[f].Parse(id) // it was parsed before
	}
	return where
}
