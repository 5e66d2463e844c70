package mapping_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// customer is the model of a Revnue customer: it has fields that are looked up, objects and custom fields.
func customer(t testing.TB) *model.Resource {
	t.Helper()
	target, err := model.Load("revnue")
	if err != nil {
		t.Fatal(err)
	}
	r, ok := target.Resource("customer")
	if !ok {
		t.Fatal("revnue has no customer")
	}
	return r
}

// segments is a list of categories, as an account may have it.
func segments() *model.Table {
	return model.NewTable([]model.Entry{
		{Name: "Beverages", ID: "9"}, {Name: "Café", ID: "10"}, {Name: "Retail", ID: "11"}, {Name: "RETAIL ", ID: "12"}, {Name: "Odd", ID: "x-1"},
		{Name: "Chain", ID: "1"}, {Name: "chain", ID: "2"}, {Name: "CHAIN", ID: "3"}, {Name: "Chain ", ID: "4"}, {Name: " Chain", ID: "5"}, {Name: "cHAIN", ID: "6"},
	})
}

// lookupJob is a job with a column of segment names and one that tells rows apart.
func lookupJob(segment mapping.Column, table *model.Table) *mapping.Config {
	segment.Header, segment.Field = "Segment", "category"
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Customer", Field: "name"}, segment},
		Identity: mapping.Identity{Key: []string{"name"}}, AllowUndocumented: true,
	}
	if table != nil {
		cfg.Tables = map[string]*model.Table{"Segment": table}
	}
	return cfg
}

func TestNamesAreLookedUp(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	by, file := mapping.Column{Lookup: "name"}, mapping.Column{Table: "segments.csv"}
	blank := func(b mapping.Blank) mapping.Column { return mapping.Column{Lookup: "name", Blank: b} }
	few := model.NewTable([]model.Entry{{Name: "Beer", ID: "1"}, {Name: "Wine", ID: "2"}})
	many := func() *model.Table {
		var entries []model.Entry
		for i := range 12 {
			entries = append(entries, model.Entry{Name: fmt.Sprintf("Group %02d", i), ID: fmt.Sprint(i)})
		}
		return model.NewTable(entries)
	}
	tests := []struct {
		name  string
		col   mapping.Column
		table *model.Table
		cell  sheet.Cell
		want  string
		wrong string
	}{
		{"a name becomes its id", by, segments(), text("Beverages"), "9", ""},
		{"by a file just so", file, segments(), text("Beverages"), "9", ""},
		{"in another spelling", by, segments(), text(" BEVERAGES\u00a0"), "9", ""},
		{"with accents composed the other way", by, segments(), text("Cafe\u0301"), "10", ""},
		{"a number of a workbook is a name too", by, model.NewTable([]model.Entry{{Name: "2024", ID: "7"}}), number("2024"), "7", ""},
		{"a date of a workbook as it is shown", by, model.NewTable([]model.Entry{{Name: "2026-01-02", ID: "7"}}), date("2026-01-02"), "7", ""},
		{"nothing is called so, but something nearly", by, segments(), text("Beverage"), "-",
			`lookup_none: nothing is called "Beverage"; did you mean "Beverages"?`},
		{"nothing is called so, and there is little", by, few, text("Furniture"), "-", `lookup_none: nothing is called "Furniture"; there are "Beer", "Wine"`},
		{"nothing is called so, and there is much", by, many(), text("Furniture"), "-", `lookup_none: nothing is called "Furniture"; there are "Group 00", ` +
			`"Group 01", "Group 02", "Group 03", "Group 04", "Group 05", "Group 06", "Group 07", "Group 08", "Group 09", and 2 more`},
		{"nothing is called so, and there is nothing", by, model.NewTable(nil), text("Furniture"), "-", `lookup_none: nothing is called "Furniture"; the list is empty`},
		{"an id is not a name", by, few, text("1"), "-", `lookup_none: nothing is called "1"; there are "Beer", "Wine"`},
		{"two things of one name, both told", by, segments(), text("retail"), "-",
			`lookup_many: 2 entries of the list are called "retail": "Retail" (id 11), "RETAIL " (id 12)`},
		{"many things of one name, five told", by, segments(), text("Chain"), "-",
			`lookup_many: 6 entries of the list are called "Chain": "Chain" (id 1), "chain" (id 2), "CHAIN" (id 3), "Chain " (id 4), " Chain" (id 5), …`},
		{"a thing whose id the field does not take", by, segments(), text("Odd"), "-", `not_integer: "Odd" has the id "x-1", which is not a whole number`},
		{"a blank cell says nothing", by, segments(), text(" "), "-", ""},
		{"a blank cell clears", blank(mapping.BlankClear), segments(), text(" "), "null", ""},
		{"a blank cell is an error", blank(mapping.BlankError), segments(), text(""), "-", "blank_required: the cell is blank, and the job requires a value"},
		{"a blank cell where a name is required", mapping.Column{Lookup: "name", Required: true}, segments(), text(""), "-",
			"blank_required: the cell is blank, and the job requires a value"},
		{"a name in exponent form has lost its digits", by, segments(), with(sheet.DamageExponent, number("1.5E+15")), "-",
			`scientific: "1.5E+15" is a number in exponent form; its digits are lost`},
		{"an error value", by, segments(), with(sheet.DamageError, text("#N/A")), "-", `cell_error: the cell shows the error "#N/A"`},
		{"a formula without a value is not blank", blank(mapping.BlankClear), segments(), with(sheet.DamageFormula, text("")), "-",
			"formula_no_value: the cell holds a formula without a stored value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, lookupJob(tt.col, tt.table), m, "Customer", "Segment").Decode(rowOf(text("Mill"), tt.cell))
			if got := problemText(c.Problems); got != tt.wrong {
				t.Errorf("got problem %q, want %q", got, tt.wrong)
			}
			if len(c.Problems) > 0 && (c.Problems[0].Column != "Segment" || c.Problems[0].Field != "category" || !c.Problems[0].Stops()) {
				t.Errorf("got %+v, want one that names the column and stops the row", c.Problems[0])
			}
			if got := valueText(c.Record[m.Index("category")]); got != tt.want {
				t.Errorf("got value %q, want %q", got, tt.want)
			}
			if len(c.OnCreate)+len(c.Unjudged) > 0 {
				t.Errorf("got %v on create and %v unjudged, want nothing", c.OnCreate, c.Unjudged)
			}
		})
	}
}

func TestWithoutItsListANameIsNotJudged(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	cfg := lookupJob(mapping.Column{Lookup: "name", Blank: mapping.BlankClear}, nil)
	cfg.Columns = append(cfg.Columns, mapping.Column{Header: "Country", Field: "country", Lookup: "name"})
	cfg.Tables = map[string]*model.Table{"Country": model.NewTable([]model.Entry{{Name: "Canada", ID: "124"}})}
	mp := compile(t, cfg, m, "Customer", "Segment", "Country")
	tests := []struct {
		name             string
		segment, country sheet.Cell
		unjudged         string
		problems         string
	}{
		{"a name is taken as it is", text("Whatever"), text(""), "[category]", ""},
		{"a blank cell needs no list", text(" "), text(""), "[]", ""},
		{"each column for itself", text("Whatever"), text("Canada"), "[category]", ""},
		{"and with its own problems", text("Whatever"), text("Kanada"), "[category]", `lookup_none: nothing is called "Kanada"; did you mean "Canada"?`},
		{"damage is judged without a list", with(sheet.DamageError, text("#REF!")), text(""), "[]", `cell_error: the cell shows the error "#REF!"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(rowOf(text("Mill"), tt.segment, tt.country))
			var unjudged []string
			for _, i := range c.Unjudged {
				unjudged = append(unjudged, m.Fields[i].Name)
			}
			if got := fmt.Sprint(unjudged); got != tt.unjudged {
				t.Errorf("got %s unjudged, want %s", got, tt.unjudged)
			}
			if got := problemText(c.Problems); got != tt.problems {
				t.Errorf("got problem %q, want %q", got, tt.problems)
			}
			if len(c.OnCreate) > 0 {
				t.Errorf("got %v on create: a name that is not judged is no wrong number", c.OnCreate)
			}
		})
	}
}

func TestRowsAreToldApartByNamesThatAreNotJudged(t *testing.T) {
	t.Parallel()
	cfg := lookupJob(mapping.Column{Lookup: "name"}, nil)
	cfg.Identity.Key = []string{"category", "name"}
	mp := compile(t, cfg, customer(t).Model, "Customer", "Segment")
	key := func(name, segment string) string { return mp.Decode(textRow(name, segment)).Key }
	if got, want := key("Mill", " Beer "), "beer\x1fmill"; got != want {
		t.Errorf("got key %q, want %q", got, want)
	}
	if key("Mill", "Beer") == key("Mill", "Wine") {
		t.Error("rows of different segments have one key")
	}
	if c := mp.Decode(textRow("Mill", " ")); c.Key != "" || problemText(c.Problems) == "" {
		t.Errorf("got key %q and %v, want a blank key that is told", c.Key, c.Problems)
	}
	cfg.Tables = map[string]*model.Table{"Segment": segments()}
	mp = compile(t, cfg, customer(t).Model, "Customer", "Segment")
	if got, want := mp.Decode(textRow("Mill", "beverages")).Key, "9\x1fmill"; got != want {
		t.Errorf("got key %q, want %q: with the list at hand it is the id that tells rows apart", got, want)
	}
}

func TestCheckKnowsWhatGoesWithALookup(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	const head, tail = "columns: {Customer: name, ", "}\nidentity: {key: [name]}"
	const name = "a cell that is looked up is a name: true, false, format and decimal do not go with it"
	for _, tt := range []wrongCase{
		{"a lookup of the API", "Segment: {field: category, lookup: name}", nil},
		{"a file, where the API has a list", "Segment: {field: category, lookup_table: segments.csv}", nil},
		{"a file, where the API has none", "City: {field: city, lookup_table: cities.csv}", nil},
		{"a lookup where the API has none", "City: {field: city, lookup: name}",
			[]string{"columns.City.lookup: the target has no list in which city could be looked up; give names and ids in a file, as lookup_table"}},
		{"both", "Segment: {field: category, lookup: name, lookup_table: segments.csv}",
			[]string{"columns.Segment.lookup: lookup asks the API, lookup_table a file; choose one of the two"}},
		{"words for true", "Segment: {field: category, lookup: name, true: [Y]}", []string{"columns.Segment: " + name}},
		{"words for false", "Segment: {field: category, lookup: name, false: [N]}", []string{"columns.Segment: " + name}},
		{"a format", "Segment: {field: category, lookup_table: s.csv, format: dd/mm/yyyy}", []string{"columns.Segment: " + name}},
		{"a decimal separator", "Segment: {field: category, lookup: name, decimal: ','}", []string{"columns.Segment: " + name}},
		{"a blank cell that clears what no documented way clears", "Segment: {field: category, lookup: name, blank: clear}",
			[]string{"columns.Segment.blank: the API does not document how category is cleared; use blank: keep, or set allow_undocumented: true to send null"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(findings(config(t, head+tt.job+tail), m), tt.want); diff != "" {
				t.Errorf("findings (-got +want):\n%s", diff)
			}
		})
	}
}
