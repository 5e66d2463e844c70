package mapping_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// customJob is a job with a column for each type of custom field, as it is written before anybody knows the types.
const customJob = `
columns:
  Customer: name
  Credit: {field: template.fields.Credit limit, decimal: ","}
  Score: template.fields.Score
  Review: {field: template.fields.Review date, format: dd/mm/yyyy}
  Tier: {field: template.fields.74, blank: clear}
constants: {template.id: 7}
identity: {key: [name]}
allow_undocumented: true
`

func customHeader() []string { return []string{"Customer", "Credit", "Score", "Review", "Tier"} }

// unjudged is a customer whose custom fields are not known, under the names of the columns that a job writes.
func unjudged(t testing.TB, names ...string) *model.Model {
	t.Helper()
	r := customer(t)
	return r.With(r.Custom.Unjudged(names), nil).Model
}

// judged is a customer whose custom fields are known, under the same names.
func judged(t testing.TB, names ...string) *model.Model {
	t.Helper()
	r := customer(t)
	fields, unknown := r.Custom.Named(names, []model.Definition{
		{ID: "71", Name: "Credit limit", Type: "money"}, {ID: "72", Name: "Score", Type: "number"},
		{ID: "73", Name: "Review date", Type: "date"}, {ID: "74", Name: "Tier", Type: "text"},
	})
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	return r.With(fields, nil).Model
}

// customNames is the custom fields of customJob.
func customNames() []string {
	const list = "template.fields."
	return []string{list + "Credit limit", list + "Score", list + "Review date", list + "74"}
}

func TestCustomColumnsBeforeAndAfterTheirDefinitionsAreKnown(t *testing.T) {
	t.Parallel()
	cfg := config(t, customJob)
	before, after := unjudged(t, customNames()...), judged(t, customNames()...)
	tests := []struct {
		name   string
		row    sheet.Row
		early  string // problems before
		open   int    // cells that are not judged before
		late   string // problems after
		record string // after
	}{
		{"values that fit", textRow("Mill", "1.250,50", "-4", "31/01/2025", "Gold"), "", 4, "", "1250.5 -4 2025-01-31 Gold"},
		{"values of a workbook", rowOf(text("Mill"), number("1250.5"), number("3"), date("2025-01-31"), text("Gold")), "", 4, "", "1250.5 3 2025-01-31 Gold"},
		{"a date of a workbook in a text field", rowOf(text("Mill"), text(""), text(""), text(""), date("2025-01-31")), "", 1,
			"date_in_text: the cell holds a date where template.fields.74 needs text", "- - - -"},
		{"a large amount in exponent form is none to be judged early", rowOf(text("Mill"), with(sheet.DamageExponent, sheet.Cell{Text: "1.5E+12", Raw: "1500000000000", Kind: sheet.Number}),
			text(""), text(""), text("")), "", 1, "", "1500000000000 - - null"},
		{"values of other kinds", textRow("Mill", "much", "1,5", "2025-01-31", ""), "", 3, `not_number: "much" is not a number
not_integer: "1,5" is not a whole number
bad_date: "2025-01-31" is not a date in the form dd/mm/yyyy`, "- - - null"},
		{"values beyond the limits", textRow("Mill", "0,075", "1000000000000000", "", strings.Repeat("x", 51)), "", 3, `money_decimals: 0.075 has more than 2 decimals
too_large: 1000000000000000 is more than 999999999999999
too_long: 51 characters, at most 50 allowed`, "0.075 1000000000000000 - " + strings.Repeat("x", 51)},
		{"blank cells by the policy of their column", textRow("Mill", " ", "", "", ""), "", 0, "", "- - - null"},
		{"damage is damage whatever the type", rowOf(text("Mill"), with(sheet.DamageError, text("#N/A")), with(sheet.DamageFormula, text("")), text(""), with(sheet.DamageNUL, text("a\x00b"))),
			`cell_error: the cell shows the error "#N/A"
formula_no_value: the cell holds a formula without a stored value
bad_character: the cell holds a control character that no API can store`, 0, `cell_error: the cell shows the error "#N/A"
formula_no_value: the cell holds a formula without a stored value
bad_character: the cell holds a control character that no API can store`, "- - - -"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			early := compile(t, cfg, before, customHeader()...).Decode(tt.row)
			if got := problemText(early.Problems); got != tt.early {
				t.Errorf("before: got %q, want %q", got, tt.early)
			}
			if len(early.Unjudged) != tt.open {
				t.Errorf("before: got %d cells that are not judged, want %d", len(early.Unjudged), tt.open)
			}
			late := compile(t, cfg, after, customHeader()...).Decode(tt.row)
			if got := problemText(late.Problems); got != tt.late {
				t.Errorf("after: got %q, want %q", got, tt.late)
			}
			var values []string
			for _, name := range customNames() {
				values = append(values, valueText(late.Record[after.Index(name)]))
			}
			if got := strings.Join(values, " "); got != tt.record || len(late.Unjudged) > 0 {
				t.Errorf("after: got %s and %v unjudged, want %s", got, late.Unjudged, tt.record)
			}
		})
	}
}

func TestCustomFieldsThatAreWorkedOutAreNotJudgedEither(t *testing.T) {
	t.Parallel()
	cfg := config(t, "columns: {Customer: name}\nconstants: {template.id: 7, template.fields.Score: 5}\ncompute: {template.fields.Tier: 'trim(row[\"Customer\"])'}\nidentity: {key: [name]}")
	names := []string{"template.fields.Score", "template.fields.Tier"}
	c := compile(t, cfg, unjudged(t, names...), "Customer").Decode(textRow("Mill"))
	if got := len(c.Unjudged); got != 1 || len(c.Problems) > 0 {
		t.Errorf("got %d cells that are not judged and %v, want the one that is worked out", got, c.Problems)
	}
	m := judged(t, names...)
	c = compile(t, cfg, m, "Customer").Decode(textRow("Mill"))
	if got := fmt.Sprint(c.Record[m.Index(names[0])], c.Record[m.Index(names[1])]); got != "{integer 5} {string Mill}" || len(c.Unjudged) > 0 {
		t.Errorf("got %s and %v unjudged", got, c.Unjudged)
	}
}

func TestRowsAreToldApartByCustomFieldsThatAreNotJudged(t *testing.T) {
	t.Parallel()
	cfg := config(t, "columns: {Customer: name, Tier: template.fields.Tier}\nidentity: {key: [name, TEMPLATE.FIELDS.tier]}")
	// The job writes the field in two ways, as it may any other.
	mp := compile(t, cfg, unjudged(t, "template.fields.Tier", "TEMPLATE.FIELDS.tier"), "Customer", "Tier")
	if got, want := mp.Decode(textRow("Mill", " GOLD")).Key, "mill\x1fgold"; got != want {
		t.Errorf("got key %q, want %q", got, want)
	}
	mp = compile(t, cfg, judged(t, "template.fields.Tier", "TEMPLATE.FIELDS.tier"), "Customer", "Tier")
	if got, want := mp.Decode(textRow("Mill", " GOLD")).Key, "mill\x1fgold"; got != want {
		t.Errorf("with definitions: got key %q, want %q", got, want)
	}
}

func TestOptionsOfCustomColumnsAreCheckedAsSoonAsTheyCanBe(t *testing.T) {
	t.Parallel()
	const list = "template.fields."
	const head, tail = "columns: {Customer: name, ", "}\nidentity: {key: [name]}"
	clear := "columns.C.blank: the API does not document how template.fields.Score is cleared; use blank: keep, or set allow_undocumented: true to send null"
	tests := []struct {
		name        string
		job         string
		early, late []string
	}{
		{"a decimal separator for an amount", "C: {field: template.fields.Credit limit, decimal: ','}", nil, nil},
		{"a decimal separator for text", "C: {field: template.fields.Tier, decimal: ','}", nil,
			[]string{"columns.C.decimal: decimal is for number fields; template.fields.Tier is text"}},
		{"a format for a date", "C: {field: template.fields.Review date, format: dd/mm/yyyy}", nil, nil},
		{"a format for a number", "C: {field: template.fields.Score, format: dd/mm/yyyy}", nil,
			[]string{"columns.C.format: format is for date fields; template.fields.Score is a whole number"}},
		{"words for a field that is no boolean", "C: {field: template.fields.Score, true: [Y], false: [N]}", nil,
			[]string{"columns.C.true: true and false words are for boolean fields; template.fields.Score is a whole number"}},
		{"a format that names no year is wrong at once", "C: {field: template.fields.Review date, format: dd/mm}",
			[]string{`columns.C.format: "dd/mm" does not name day, month and year; write the date 2 January 2006 the way the sheet does, such as 02/01/2006`},
			[]string{`columns.C.format: "dd/mm" does not name day, month and year; write the date 2 January 2006 the way the sheet does, such as 02/01/2006`}},
		{"a blank cell that clears what is required is wrong at once", "C: {field: template.fields.Tier, blank: clear, required: true}",
			[]string{"columns.C.blank: required: true leaves no blank cell that could clear template.fields.Tier; choose one of the two"},
			[]string{"columns.C.blank: required: true leaves no blank cell that could clear template.fields.Tier; choose one of the two"}},
		{"how custom fields are cleared does not depend on their type", "C: {field: template.fields.Score, blank: clear}", []string{clear}, []string{clear}},
		{"a lookup in the API", "C: {field: template.fields.Score, lookup: name}",
			[]string{"columns.C.lookup: the target has no list in which template.fields.Score could be looked up; give names and ids in a file, as lookup_table"},
			[]string{"columns.C.lookup: the target has no list in which template.fields.Score could be looked up; give names and ids in a file, as lookup_table"}},
		{"one field by its name and by its id", "C: template.fields.Tier, D: template.fields.74", nil, []string{
			"columns.D: field template.fields.Tier is already filled by columns.C; give each field one source"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := config(t, head+tt.job+tail)
			names := []string{cfg.Columns[1].Field}
			if diff := cmp.Diff(findings(cfg, unjudged(t, append(names, list+"74")...)), tt.early); diff != "" {
				t.Errorf("before (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(findings(cfg, judged(t, names...)), tt.late); diff != "" {
				t.Errorf("after (-got +want):\n%s", diff)
			}
		})
	}
}

func TestAReplacementClearsCustomColumnsByLeavingOut(t *testing.T) {
	t.Parallel()
	whole, ok := customer(t).Replacing()
	if !ok {
		t.Fatal("got no replacement")
	}
	fields, unknown := whole.Custom.Named(nil, []model.Definition{{ID: "74", Name: "Tier", Type: "text"}})
	if len(unknown) > 0 {
		t.Fatal(unknown)
	}
	m := whole.With(fields, nil).Model
	cfg := config(t, "columns: {Customer: name, Tier: {field: template.fields.Tier, blank: clear}, Phone: {field: phone, blank: clear}}\nidentity: {key: [name]}")
	if got := findings(cfg, m); got != nil {
		t.Fatalf("got %q: what a replacement leaves out is empty, and documented so", got)
	}
	c := compile(t, cfg, m, "Customer", "Tier", "Phone").Decode(textRow("Mill", "", " "))
	if len(c.Problems)+len(c.OnCreate) > 0 {
		t.Errorf("got %v and %v, want no problem", c.Problems, c.OnCreate)
	}
	if got, want := string(m.AppendBody(nil, c.Record, nil)), `{"name":"Mill"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	cfg = config(t, "columns: {Customer: {field: name, blank: clear}}\nidentity: {key: [name]}")
	if got, want := fmt.Sprint(findings(cfg, m)), "[columns.Customer.blank: the API does not document how name is cleared; use blank: keep, or set allow_undocumented: true to send null]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTheRestOfAnObjectIsAskedForOnCreateAlone(t *testing.T) {
	t.Parallel()
	cfg := config(t, "columns: {Customer: name, Mail: contact_person.email, Contact: contact_person.name}\nidentity: {id: ID, key: [name]}")
	mp := compile(t, cfg, customer(t).Model, "Customer", "Mail", "Contact", "ID")
	tests := []struct {
		name     string
		row      sheet.Row
		problems []string
		onCreate []string
	}{
		{"a new record has nothing to take it from", textRow("Mill", "ida@example.org", "", ""), nil, []string{"Contact contact_person.name needs_field"}},
		{"whichever is missing", textRow("Mill", "", "Ida", ""), nil, []string{"Mail contact_person.email needs_field"}},
		{"an existing one may have it", textRow("Mill", "ida@example.org", "", "512"), nil, nil},
		{"both", textRow("Mill", "ida@example.org", "Ida", ""), nil, nil},
		{"a wrong one is there, though wrong", textRow("Mill", "ida@example.org", strings.Repeat("x", 51), ""), []string{"Contact contact_person.name too_long"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(tt.row)
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(shown(c.OnCreate), tt.onCreate); diff != "" {
				t.Errorf("problems on create (-got +want):\n%s", diff)
			}
		})
	}
}

// A hint to fill a cell is of no use where the sheet has no column for it.
func TestWhatTheJobHasNothingForIsToldToTheJob(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, job, column, message, hint string }{
		{"a column asks for it", "columns: {Customer: name, Mail: contact_person.email, Other: ignore}", "Mail",
			"; map a column or a constant to contact_person.name, or ignore Mail", "Map a column or a constant to contact_person.name, or ignore Mail."},
		{"a constant asks for it", "columns: {Customer: name, Mail: ignore, Other: ignore}\nconstants: {contact_person.email: ida@example.org}", "",
			"; map a column or a constant to contact_person.name, or take contact_person.email out of the job",
			"Map a column or a constant to contact_person.name, or take contact_person.email out of the job."},
		{"a column has it, in other rows", "columns: {Customer: name, Mail: contact_person.email, Other: contact_person.name}", "Other", "", "Fill this field too"},
		{"an expression has it, in other rows", "columns: {Customer: name, Mail: contact_person.email, Other: ignore}\ncompute: {contact_person.name: 'row[\"Other\"]'}", "", "",
			"Fill this field too"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, config(t, tt.job+"\nidentity: {key: [name]}"), customer(t).Model, "Customer", "Mail", "Other").Decode(textRow("Mill", "ida@example.org", ""))
			if len(c.OnCreate) != 1 {
				t.Fatalf("got %v, want one problem", c.OnCreate)
			}
			p := c.OnCreate[0]
			if want := "contact_person.name is missing, and contact_person.email is given" + tt.message; p.Code != model.CodeNeedsField || p.Message != want {
				t.Errorf("got %s: %s, want needs_field: %s", p.Code, p.Message, want)
			}
			if p.Column != tt.column || !strings.HasPrefix(p.Hint, tt.hint) {
				t.Errorf("got column %q and hint %q, want %q and %q", p.Column, p.Hint, tt.column, tt.hint)
			}
		})
	}
}

// legacy is a model of texts with an older limit; only an update takes the second.
func legacy() *model.Model {
	rules := model.Rules{MaxLength: 8, Legacy: 4}
	return model.NewModel("depot", "shelf", []model.Field{
		{Name: "label", Kind: model.String, Rules: rules}, {Name: "status", Kind: model.String, UpdateOnly: true, Rules: rules},
	})
}

func TestAnOlderLimitIsAWarning(t *testing.T) {
	t.Parallel()
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Label", Field: "label"}, {Header: "Status", Field: "status"}},
		Identity: mapping.Identity{Key: []string{"label"}},
	}
	mp := compile(t, cfg, legacy(), "Label", "Status")
	tests := []struct {
		name     string
		cells    []string
		problems []string
		onCreate []string
		stops    bool
	}{
		{"within both limits", []string{"Abcd", ""}, nil, nil, false},
		{"beyond the older one: told once, and sent", []string{"Abcdefgh", ""}, []string{"Label label legacy_limit"}, nil, false},
		{"beyond both", []string{"Abcdefghi", ""}, []string{"Label label too_long"}, nil, true},
		{"a warning hides nothing that stops a create", []string{"A", "closed"}, []string{"Status status legacy_limit"}, []string{"Status status update_only"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(textRow(tt.cells...))
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(shown(c.OnCreate), tt.onCreate); diff != "" {
				t.Errorf("problems on create (-got +want):\n%s", diff)
			}
			if got := c.Stopped() != nil; got != tt.stops {
				t.Errorf("got stopped %v, want %v", got, tt.stops)
			}
		})
	}
	cfg.Columns, cfg.Constants = cfg.Columns[:1], map[string]string{"status": "closed"}
	if got := findings(cfg, legacy()); got != nil {
		t.Errorf("got %q: a constant beyond an older limit is no fault of the job", got)
	}
	cfg.Constants["status"] = "much too long"
	if got := len(findings(cfg, legacy())); got != 1 {
		t.Errorf("got %d findings, want one: a constant that stops every row is a fault of the job", got)
	}
}
