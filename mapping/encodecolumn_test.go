package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func TestColumnsTellWhatTheirCellsMayHold(t *testing.T) {
	t.Parallel()
	const keeps, empties, stops = "A blank cell leaves the field as it is.", "A blank cell empties the field.", "A blank cell stops the row."
	m := depot(t)
	cfg := config(t, `
columns:
  Code: {field: code, required: true}
  Note: {field: note, blank: clear}
  Amount: amount
  Price: price
  Fragile: fragile
  Packed: {field: packed, format: dd.mm.yyyy, blank: error}
  Size: size
  Remarks: ignore
identity: {id: ID, key: [code]}
allow_undocumented: true
`)
	cfg.ActionColumn = "What"
	e := encoder(t, cfg, m, mapping.InTypes)
	var got []mapping.EncodedColumn
	for i := range e.Header() {
		got = append(got, e.Column(i))
	}
	if diff := cmp.Diff(got, []mapping.EncodedColumn{
		{Header: "ID", Field: "id", Format: "@", Decimals: -1, Comment: "The id of the record. Leave it as it is; a row without an id is told apart by its key."},
		{Header: "Code", Field: "code", Format: "@", Decimals: -1, Required: true, Comment: "code: text. " + stops},
		{Header: "Note", Field: "note", Format: "@", Decimals: -1, Comment: "note: text. " + empties},
		{Header: "Amount", Field: "amount", Kind: sheet.Number, Format: "0", Comment: "amount: a whole number. " + keeps},
		{Header: "Price", Field: "price", Kind: sheet.Number, Format: "General", Decimals: -1, Comment: "price: a number. " + keeps},
		{Header: "Fragile", Field: "fragile", Kind: sheet.Boolean, Words: []string{"TRUE", "FALSE"}, Format: "General", Decimals: -1, Comment: "fragile: a boolean. " + keeps},
		{Header: "Packed", Field: "packed", Kind: sheet.Date, Format: "dd.mm.yyyy", Decimals: -1, Required: true, Comment: "packed: a date. " + stops},
		{Header: "Size", Field: "size", Words: []string{"small", "large"}, Format: "@", Decimals: -1, Comment: "size: text. " + keeps},
		{Header: "Remarks", Format: "@", Decimals: -1, Comment: "Exported empty: no field is mapped to this column."},
		{Header: "What", Words: []string{"create", "update", "upsert", "skip"}, Format: "@", Decimals: -1,
			Comment: "What to do with the row: create, update, upsert, skip, or nothing for what the job says."},
	}); diff != "" {
		t.Errorf("columns (-got +want):\n%s", diff)
	}
}

func TestColumnsOfWordsNamesAndMoney(t *testing.T) {
	t.Parallel()
	column := func(col mapping.Column) mapping.EncodedColumn {
		m := judged(t, customNames()...)
		col.Header = "Cell"
		cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Customer", Field: "name"}, col}, Identity: mapping.Identity{Key: []string{"name"}}}
		if col.LooksUp() {
			cfg.Tables = lookupJob(mapping.Column{}, kinds()).Tables
			cfg.Tables["Cell"] = cfg.Tables["Segment"]
		}
		return encoder(t, cfg, m, mapping.InTypes).Column(1)
	}
	words := column(mapping.Column{Field: "nda_signed", True: []string{"Y", "yes"}, False: []string{""}})
	if diff := cmp.Diff(words.Words, []string{"Y"}); diff != "" || words.Kind != sheet.Text || words.Format != "@" {
		t.Errorf("got %+v, want text with the first word of each list that is one", words)
	}
	names := column(mapping.Column{Field: "category", Table: "kinds.csv"})
	if diff := cmp.Diff(names.Words, []string{" Old and  new ", "007", "13", "14", "2026-01-02", "4712", "=1+1", "Beverages", "Café", "Store", "x\u200by"}); diff != "" {
		t.Errorf("names that mean one thing (-got +want):\n%s", diff)
	}
	money := column(mapping.Column{Field: "template.fields.Credit limit"})
	if money.Kind != sheet.Number || money.Decimals != 2 || money.Format != "0.00" {
		t.Errorf("got %+v, want a number of two decimals", money)
	}
	for format, want := range map[string]string{"": "yyyy-mm-dd", "2/1/06": "d/m/yy", "2 January 2006": "d mmmm yyyy", "Mon, 02-Jan-2006": "ddd, dd-mmm-yyyy", "20060102": "yyyymmdd",
		"2006-01-02 15:04:05": "yyyy-mm-dd hh:mm:ss", "den 2.1.2006": "yyyy-mm-dd"} {
		if got := column(mapping.Column{Field: "nda_signed_date", Format: format}).Format; got != want {
			t.Errorf("%q: got %q, want %q", format, got, want)
		}
	}
}
