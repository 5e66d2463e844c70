package mapping_test

import (
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// FuzzEncodeDecode holds the law of the way back for one value in a field of every kind, with and without options: what the cell
// of a file gives is what the record had, or nothing, or it was named.
func FuzzEncodeDecode(f *testing.F) {
	for _, s := range append(append(hostileTexts(), oddNumbers()...), days()...) {
		if len(s) < 1000 {
			f.Add(s, uint8(len(s)))
		}
	}
	m := depot(f)
	var jobs []*mapping.Config
	for _, blank := range []mapping.Blank{mapping.BlankKeep, mapping.BlankClear, mapping.BlankError} {
		for _, col := range []mapping.Column{
			{Field: "note"}, {Field: "amount"}, {Field: "price"}, {Field: "price", Decimal: ","}, {Field: "price", Decimal: "."}, {Field: "fragile"},
			{Field: "fragile", True: []string{"Y"}, False: []string{"N"}}, {Field: "packed"}, {Field: "packed", Format: "dd.mm.yy"}, {Field: "size"}, {Field: "note", Table: "kinds.csv"},
		} {
			col.Header, col.Blank = "Cell", blank
			cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, col}, Identity: mapping.Identity{ID: "ID", Key: []string{"code"}}, AllowUndocumented: true}
			if col.LooksUp() {
				cfg.Tables = map[string]*model.Table{"Cell": kinds()}
			}
			jobs = append(jobs, cfg)
		}
	}
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		cfg := jobs[int(n)%len(jobs)]
		field := m.Index(cfg.Columns[1].Field)
		for _, v := range []model.Value{is(model.String, s), parsed(&m.Fields[field], s)} {
			was := remote{"7", m.NewRecord()}
			was.record[m.Index("code")], was.record[field] = is(model.String, "K1"), v
			for name, medium := range media() {
				e := encoder(t, cfg, m, medium)
				row := exported{}
				row.cells, row.problems = e.Encode(was.id, was.record)
				for i, cell := range row.cells {
					if cell.Kind == sheet.Text && sheet.TextCell(cell.Text) != cell {
						t.Errorf("%s: got cell %d %+v, which no reader gives", name, i, cell)
					}
				}
				back := inCells(t, cfg, m, e, []remote{was}, []exported{row})
				if err := checkTrip(cfg, m, &was, &row, &back[0]); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	})
}

// parsed is a text as a value of the field, or nothing.
func parsed(f *model.Field, text string) model.Value {
	v, _ := f.Parse(text)
	return v
}
