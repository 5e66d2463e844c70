package model

import "slices"

// With is the resource with custom fields of an account in its model, behind the documented ones, and with the tables by
// which its answers name things, by the name of the lookup.
func (r *Resource) With(custom []Field, tables map[string]*Table) *Resource {
	out := *r
	m := NewModel(r.Model.Target, r.Model.Resource, slices.Concat(r.Model.Fields, custom))
	m.requires, m.custom = r.Model.requires, r.Custom
	for i := range m.Fields {
		if f := &m.Fields[i]; f.Lookup != "" && f.Reading.Names {
			f.Reading.table = tables[f.Lookup]
		}
	}
	out.Model = m
	return &out
}

// Replacing is the resource with updates that replace the whole record. It is not ok if the API has none.
func (r *Resource) Replacing() (*Resource, bool) {
	if r.Replace || r.Whole == nil {
		return r, r.Replace
	}
	return r.Whole, true
}
