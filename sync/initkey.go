package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// draftKey is some columns that may tell one record from all others.
type draftKey struct {
	fields     []string // of the key; nil if the columns are only watched
	columns    []int    // that may fill them; a field that is the same for every row has none
	documented string   // what the target says of the fields, "" for nothing
	strict     bool     // it is proposed only if no two rows have the same
	evidence   *mapping.KeyEvidence
}

const (
	// maxWays is in how many ways one key is watched if several columns may fill a field.
	maxWays = 8
	// How many different values are counted: of the keys that the target names, and of all others.
	exactlyNamed, exactlyOther = 1 << 16, 1 << 12
)

// watchKeys begins to watch every combination of columns that may be the key: what the target names, then each text or number
// on its own, within its parent. An address tells people apart better than their name does, for two may have the same.
func (d *draft) watchKeys() {
	r := d.resource
	for _, name := range r.Unique {
		d.watchKey(draftKey{fields: []string{name}, documented: d.target.Title + " keeps it unique"})
	}
	if fields := mailInstead(r.Model, r.Key); fields != nil {
		d.watchKey(draftKey{fields: fields, documented: "an e-mail address tells more than a name", strict: true})
	}
	d.watchKey(draftKey{fields: r.Key, documented: "it usually identifies a " + r.Name})
	parents := pathFields(r.Model)
	for i := range r.Model.Fields {
		f := &r.Model.Fields[i]
		if f.In == model.InBody && (f.Kind == model.String || f.Kind == model.Integer) {
			d.watchKey(draftKey{fields: append(slices.Clone(parents), f.Name)})
		}
	}
	if n := len(r.Key); n > 1 {
		d.watchKey(draftKey{fields: r.Key[n-1:]})
	}
	for _, c := range d.columns {
		if _, possible := d.idHeader(c.header); possible && len(c.at) == 1 && c.match.Field == "" {
			d.keys = append(d.keys, &draftKey{columns: c.at, evidence: mapping.NewKeyEvidence(exactlyNamed, c.at...)})
		}
	}
}

// mailInstead is a key with the e-mail address in the place of the name, nil if there is none.
func mailInstead(m *model.Model, key []string) []string {
	for i, name := range key {
		if mail, ok := strings.CutSuffix(name, "name"); ok && m.Index(mail+"email") >= 0 {
			out := slices.Clone(key)
			out[i] = mail + "email"
			return out
		}
	}
	return nil
}

// pathFields is the fields that are part of the address of a record.
func pathFields(m *model.Model) (names []string) {
	for i := range m.Fields {
		if m.Fields[i].In == model.InPath {
			names = append(names, m.Fields[i].Name)
		}
	}
	return names
}

// watchKey watches a key in all ways in which columns may fill its fields.
func (d *draft) watchKey(key draftKey) {
	if len(key.fields) == 0 || slices.ContainsFunc(d.keys, func(k *draftKey) bool { return slices.Equal(k.fields, key.fields) }) {
		return
	}
	ways := [][]int{nil}
	for _, name := range key.fields {
		fillings := d.mayFill(name)
		i := d.resource.Model.Index(name)
		if len(fillings) == 0 && i >= 0 && (d.resource.Model.Fields[i].Required || d.resource.Model.Fields[i].In == model.InPath) {
			continue // a constant
		}
		var longer [][]int
		for _, way := range ways {
			for _, columns := range fillings {
				longer = append(longer, slices.Concat(way, columns))
			}
		}
		ways = longer[:min(len(longer), maxWays)]
	}
	most := exactlyOther
	if key.documented != "" {
		most = exactlyNamed
	}
	for _, way := range ways {
		if len(way) > 0 {
			k := key
			k.columns, k.evidence = way, mapping.NewKeyEvidence(most, way...)
			d.keys = append(d.keys, &k)
		}
	}
}

// mayFill is the columns that fill a field or may do so: one, or both halves of a name.
func (d *draft) mayFill(field string) (fillings [][]int) {
	for _, c := range d.columns {
		if len(c.at) == 1 && (c.match.Field == field || c.match.Field == "" && c.claims(field)) {
			fillings = append(fillings, c.at)
		}
	}
	if d.name != nil && slices.Contains(d.name.fields, field) {
		fillings = append(fillings, slices.Concat(d.name.first.at, d.name.last.at))
	}
	return fillings
}

// watched is the evidence of all keys.
func (d *draft) watched() (all []*mapping.KeyEvidence) {
	for _, k := range d.keys {
		all = append(all, k.evidence)
	}
	return all
}

// keyOver is what was watched of these very columns, with nothing to show if nothing was.
func (d *draft) keyOver(columns []int) *draftKey {
	for _, k := range d.keys {
		if slices.Equal(k.columns, columns) {
			return k
		}
	}
	return &draftKey{columns: columns, evidence: mapping.NewKeyEvidence(1, columns...)}
}

// possibleKeys is the keys whose fields are filled, as the columns now are. Half of a name is none.
func (d *draft) possibleKeys() (out []*draftKey) {
	for _, k := range d.keys {
		var columns []int
		filled := len(k.fields) > 0
		for _, name := range k.fields {
			switch c := d.columnOf(name); {
			case c != nil:
				columns = append(columns, c.at[0])
				filled = filled && !c.half
			case d.isComputed(name):
				columns = append(columns, d.name.first.at[0], d.name.last.at[0])
			default:
				filled = filled && d.isConstant(name)
			}
		}
		if filled && slices.Equal(columns, k.columns) {
			out = append(out, k)
		}
	}
	return out
}

// isConstant reports whether a field is the same for every row.
func (d *draft) isConstant(field string) bool {
	return slices.ContainsFunc(d.constants, func(v *draftValue) bool { return v.name == field })
}

// proposeKey takes the first key that the target names and the cells prove to be one.
func (d *draft) proposeKey() {
	d.key = nil
	for _, k := range d.possibleKeys() {
		repeated, _ := k.evidence.Repeated()
		if k.documented != "" && k.evidence.Safe() && !(k.strict && repeated > 0) {
			d.key = k
			return
		}
	}
}

// choices is the keys that a person may choose from: those that the target names, and others that the cells speak for.
func (d *draft) choices() (out []*draftKey) {
	const most = 5
	for _, k := range d.possibleKeys() {
		if k.documented != "" || k.evidence.Safe() {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b *draftKey) int {
		switch safe := a.evidence.Safe(); {
		case safe == b.evidence.Safe():
			return 0
		case safe:
			return -1
		}
		return 1
	})
	return out[:min(len(out), most)]
}

// pending is the keys that the target names, that the cells prove, and that open columns may complete.
func (d *draft) pending() (out []*draftKey) {
	possible := d.possibleKeys()
	for _, k := range d.keys {
		if k.documented != "" && k.evidence.Safe() && !slices.Contains(possible, k) && d.mayComplete(k) {
			out = append(out, k)
		}
	}
	return out
}

// mayComplete reports whether each field of a key is filled or may be, by the columns that were watched. Half of a name is
// none.
func (d *draft) mayComplete(k *draftKey) bool {
	joined := d.joins(k.columns)
	for _, c := range d.columns {
		if c.half && !joined && slices.Contains(k.columns, c.at[0]) {
			return false
		}
	}
	for _, name := range k.fields {
		c := d.columnOf(name)
		switch {
		case c != nil && slices.Contains(k.columns, c.at[0]), d.isConstant(name), d.isComputed(name):
		case c != nil:
			return false
		case !slices.ContainsFunc(d.columns, func(c *draftColumn) bool {
			return c.isOpen() && slices.Contains(k.columns, c.at[0]) && (c.claims(name) || c.half)
		}):
			return false
		}
	}
	return true
}

// joins reports whether columns have both halves of a name.
func (d *draft) joins(columns []int) bool {
	return d.name != nil && slices.Contains(columns, d.name.first.at[0]) && slices.Contains(columns, d.name.last.at[0])
}

// String is the fields of the key as a job lists them.
func (k *draftKey) String() string {
	quoted := make([]string, len(k.fields))
	for i, name := range k.fields {
		quoted[i] = scalar(name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// why is what the target and the cells say of the key.
func (k *draftKey) why() string {
	e := k.evidence
	if e == nil {
		return "chosen, not compared with the cells"
	}
	var parts []string
	if k.documented != "" {
		parts = append(parts, k.documented)
	}
	repeated, exact := e.Repeated()
	about := ""
	if !exact {
		about = "about "
	}
	switch {
	case e.Rows == e.Blank:
		parts = append(parts, "no row has it")
	case e.Rows-e.Blank == 1:
		parts = append(parts, "one row has it")
	case repeated == 0:
		parts = append(parts, fmt.Sprintf("no two of %d rows have the same", e.Rows-e.Blank))
	default:
		parts = append(parts, fmt.Sprintf("%s%d of %d rows have one that another row has too", about, repeated, e.Rows-e.Blank))
	}
	if e.Blank > 0 && e.Blank < e.Rows {
		parts = append(parts, fmt.Sprintf("%d of %d rows have none", e.Blank, e.Rows))
	}
	return strings.Join(parts, "; ")
}
