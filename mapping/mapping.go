package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Mapping is a compiled job part for one sheet: which column fills which field, and how. It is immutable and safe for
// concurrent use.
type Mapping struct {
	model    *model.Model
	header   []string
	columns  []binding // in the order of the job
	derived  []derived // constants and computed fields
	source   []int     // field -> column of the sheet, -1 for none
	key      []int     // fields of the identity key
	id       int       // column of the remote id, -1 for none
	action   int       // column of the action, -1 for none
	width    int       // cells that a row should have
	account  string
	updates  bool // rows need not have what only a create requires
	exported bool // the sheet is an export, and no report of a run
	strays   []string
}

// binding is one mapped column.
type binding struct {
	column int
	field  int
	spec   Column
	layout string            // Go layout of a date
	words  map[string]string // the column's own words, normalised -> "true" or "false"; nil if it has none
	table  *model.Table      // ids of the names in the cells, nil if there is none at hand
	key    bool              // records are told apart by the field
	glance glance
}

// derived is a field that no column fills.
type derived struct {
	field    int
	constant model.Value
	computed *expression // nil for a constant
	reads    []int       // columns of the sheet that the expression reads, in the order of its own
}

// Compile binds cfg to the header row of a sheet. cfg must have passed [Config.Check]. account is the fingerprint of the
// account: ids in a sheet that Rollcall wrote count only for the account they came from. A sheet that does not fit
// is a [*DriftError].
func Compile(cfg *Config, m *model.Model, in sheet.Reader, account string) (*Mapping, error) {
	h := newHeaders(in.Header())
	mp := &Mapping{
		model: m, header: in.Header(), width: len(in.Header()), account: account,
		id: -1, action: -1, updates: cfg.UpdateOnly, source: make([]int, len(m.Fields)),
	}
	info := in.Info()
	mp.exported = info.Marked && !info.Report
	needed, err := mp.compileDerived(cfg)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{cfg.Identity.ID, cfg.ActionColumn} {
		if name != "" {
			needed = append(needed, name)
		}
	}
	var ignored []string
	for i := range cfg.Columns {
		if col := &cfg.Columns[i]; col.Ignore {
			ignored = append(ignored, col.Header)
		} else {
			needed = append(needed, col.Header)
		}
	}
	// A report of an earlier run that is fed back has the columns of its own input, which may be another sheet of
	// the same job: it must have what is needed like any other.
	if details := h.drift(needed, ignored, cfg, m); len(details) > 0 {
		if row := headerBelow(in, h, needed); row > 0 {
			details = append(details, fmt.Sprintf("row %d has the names that the job expects; if the header is there, say source.header_row: %d", row, row))
		}
		return nil, &DriftError{File: in.Info().Path, Details: details}
	}
	mp.bind(cfg, h)
	mp.strays = h.strays(slices.Concat(needed, ignored), cfg)
	return mp, nil
}

// compileDerived compiles constants and expressions, and returns the headers that the expressions read.
func (mp *Mapping) compileDerived(cfg *Config) (needed []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(cfg.Constants)) {
		i := mp.model.Index(name)
		value, _ := mp.model.Fields[i].Parse(cfg.Constants[name])
		mp.derived = append(mp.derived, derived{field: i, constant: value})
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Compute)) {
		e, err := compileExpression(cfg.Compute[name])
		if err != nil {
			return nil, fmt.Errorf("compute %s: %w", name, err)
		}
		mp.derived = append(mp.derived, derived{field: mp.model.Index(name), computed: e})
		needed = append(needed, e.columns...)
	}
	return needed, nil
}

// bind resolves the columns of the job to positions.
func (mp *Mapping) bind(cfg *Config, h *headers) {
	for i := range mp.source {
		mp.source[i] = -1
	}
	for _, col := range cfg.Columns {
		if col.Ignore {
			continue
		}
		b := binding{column: h.find(col.Header), field: mp.model.Index(col.Field), spec: col}
		b.layout, b.words, b.table = layout(col.Format), wordsOf(&col), cfg.Tables[col.Header]
		b.key = slices.ContainsFunc(cfg.Identity.Key, func(name string) bool { return mp.model.Index(name) == b.field })
		b.glance = glanceOf(&b, &mp.model.Fields[b.field])
		mp.columns = append(mp.columns, b)
		mp.source[b.field] = b.column
	}
	for i := range mp.derived {
		if d := &mp.derived[i]; d.computed != nil {
			for _, name := range d.computed.columns {
				d.reads = append(d.reads, h.find(name))
			}
		}
	}
	for _, name := range cfg.Identity.Key {
		mp.key = append(mp.key, mp.model.Index(name))
	}
	if cfg.Identity.ID != "" {
		mp.id = h.find(cfg.Identity.ID)
	}
	if cfg.ActionColumn != "" {
		mp.action = h.find(cfg.ActionColumn)
	}
}

// Model is the model that rows are decoded into.
func (mp *Mapping) Model() *model.Model { return mp.model }

// Strays says which columns of the sheet go nowhere although another resource of the target has a field for them. Columns that
// the job names are left out: whoever ignores one by name has made up his mind.
func (mp *Mapping) Strays() []string { return mp.strays }

// Header is the header row of the sheet.
func (mp *Mapping) Header() []string { return mp.header }

// ColumnOf is the header of the column that fills a field, "" if no column does. The field "id" is the column with the
// remote id.
func (mp *Mapping) ColumnOf(field string) string {
	if field == "id" && mp.id >= 0 {
		return mp.header[mp.id]
	}
	if i := mp.model.Index(field); i >= 0 && mp.source[i] >= 0 {
		return mp.header[mp.source[i]]
	}
	return ""
}
