package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func TestIdsAreWrittenAsNames(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	keep, clear := mapping.Column{Table: "kinds.csv"}, mapping.Column{Table: "kinds.csv", Blank: mapping.BlankClear}
	const none = "nothing in the list has this id"
	for _, tt := range []struct {
		name   string
		column mapping.Column
		id     model.Value
		want   string
		wrong  string // beginning with the reason
	}{
		{"the name of the id", keep, is(model.Integer, "9"), "Beverages", ""},
		{"an id that came as text", keep, is(model.String, "009"), "Beverages", ""},
		{"an id that the list writes with zeros", keep, is(model.Integer, "23"), "007", ""},
		{"a name that is another's id", keep, is(model.Integer, "14"), "13", ""},
		{"a name in the list's own spelling", keep, is(model.Integer, "15"), " Old and  new ", ""},
		{"the name that no other id has", keep, is(model.Integer, "16"), "Store", ""},
		{"the only name is another's too", keep, is(model.Integer, "17"), "", `2 entries of the list are called "Shop"` + isBlank},
		{"names that differ in case are one", keep, is(model.Integer, "12"), "", `2 entries of the list are called "RETAIL "` + isBlank},
		{"an id that the list lacks", keep, is(model.Integer, "4711"), "", none + isBlank},
		{"a name that a cell shows as an error", keep, is(model.Integer, "22"), "", `the cell shows the error "#N/A"` + isBlank},
		{"nothing", keep, is(model.Null, ""), "", ""},
		{"nothing, where a blank cell clears", clear, is(model.Null, ""), "", ""},
		{"a shared name, where a blank cell clears, is refused", clear, is(model.Integer, "12"), "RETAIL ", `2 entries of the list are called "RETAIL "` + isRefused},
		{"an id that the list lacks, where a blank cell clears, is refused", clear, is(model.Integer, "4711"), "4711", none + isRefused},
		{"an id that the list lacks and that is a name there", clear, is(model.Integer, "4712"), "#N/A", none + isRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := lookupJob(tt.column, kinds())
			r := m.NewRecord()
			r[m.Index("name")], r[m.Index("category")] = is(model.String, "Mill"), tt.id
			for name, medium := range media() {
				cells, problems := encoder(t, cfg, m, medium).Encode("512", r)
				if cells[1] != sheet.TextCell(tt.want) {
					t.Errorf("%s: got %+v, want the text %q", name, cells[1], tt.want)
				}
				if got := problemText(problems); !strings.HasSuffix(got, tt.wrong) || (got == "") != (tt.wrong == "") {
					t.Errorf("%s: got %q, want %q", name, got, tt.wrong)
				}
				rows, back := travel(t, cfg, m, medium, []remote{{"512", r}})
				if err := checkTrip(cfg, m, &remote{"512", r}, &rows[0], &back[0]); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func TestWithoutItsListAColumnOfNamesIsEmpty(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	cfg := lookupJob(mapping.Column{Lookup: "name"}, nil)
	e := encoder(t, cfg, m, mapping.InText)
	if diff := cmp.Diff(e.Notes(), []string{`"Segment" is exported empty: the list with the names of category is not at hand`}); diff != "" {
		t.Errorf("notes (-got +want):\n%s", diff)
	}
	r := m.NewRecord()
	r[m.Index("name")], r[m.Index("category")] = is(model.String, "Mill"), is(model.Integer, "9")
	if cells, problems := e.Encode("512", r); cells[1] != (sheet.Cell{}) || len(problems) != 1 || problems[0].Code != model.CodeNotExported {
		t.Errorf("got %+v and %+v, want a blank cell, for the id would be read as a name", cells[1], problems)
	}
	if words := e.Column(1).Words; words != nil {
		t.Errorf("got the words %v of a list that is not at hand", words)
	}
}

// Links name other records of the same resource, which only the plan can find: it finds them by the same names.
func TestLinksAreWrittenAsNames(t *testing.T) {
	t.Parallel()
	m := customer(t).Model
	cfg := lookupJob(mapping.Column{Lookup: "name", Link: true}, kinds())
	r := m.NewRecord()
	r[m.Index("name")] = is(model.String, "Mill")
	for id, want := range map[string]string{"9": "Beverages", "17": "", "4711": ""} {
		r[m.Index("category")] = is(model.Integer, id)
		cells, problems := encoder(t, cfg, m, mapping.InText).Encode("512", r)
		if cells[1].Text != want || (want == "") != (len(problems) == 1) {
			t.Errorf("%s: got %q and %+v, want %q", id, cells[1].Text, problems, want)
		}
	}
}

func TestCustomFieldsAreWrittenByTheirKind(t *testing.T) {
	t.Parallel()
	m := judged(t, customNames()...)
	answer := `{"name": "Mill", "template": {"id": 7, "fields": {"71": 1250.50, "72": "-4", "73": "2026-01-02T00:00:00Z", "74": "0042"}}}`
	r, err := m.FromJSON([]byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	for medium, want := range map[mapping.Medium][]sheet.Cell{
		mapping.InText:  {text("Mill"), text("1250,5"), text("-4"), text("02/01/2026"), text("0042")},
		mapping.InTypes: {text("Mill"), number("1250.5"), number("-4"), date("2026-01-02"), text("0042")},
	} {
		cells, problems := encoder(t, config(t, customJob), m, medium).Encode("512", r)
		if diff := cmp.Diff(cells, want); diff != "" || len(problems) > 0 {
			t.Errorf("medium %d: problems %+v, cells (-got +want):\n%s", medium, problems, diff)
		}
	}
	unknown := unjudged(t, customNames()...)
	e := encoder(t, config(t, customJob), unknown, mapping.InText)
	if got := e.Notes(); len(got) != 4 || got[0] != `"Credit" is exported empty: what kind of field template.fields.Credit limit is, is not known` {
		t.Errorf("got notes %q, want one for every custom field", got)
	}
}

func TestWhatTheJobSetsItselfIsNamed(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := config(t, `
columns: {Code: code, Left: {field: size}, Notes: ignore}
constants: {amount: "7"}
compute: {note: 'trim(row["Left"] + " " + row["Right"])', price: 'row["Cost"] == "" ? "9" : row["Cost"]'}
identity: {id: ID, key: [code]}
`)
	cfg.ActionColumn = "What"
	e := encoder(t, cfg, m, mapping.InText)
	if diff := cmp.Diff(e.Header(), []string{"ID", "Code", "Left", "Notes", "What", "Right", "Cost"}); diff != "" {
		t.Errorf("header (-got +want):\n%s", diff)
	}
	const note = " is not exported, for an expression fills it, which cannot be turned round; the columns that only expressions read are empty: "
	if diff := cmp.Diff(e.Notes(), []string{"note" + note + `"Right"`, "price" + note + `"Cost"`}); diff != "" {
		t.Errorf("notes (-got +want):\n%s", diff)
	}
	r := m.NewRecord()
	r[m.Index("code")], r[m.Index("amount")], r[m.Index("note")], r[m.Index("price")] = is(model.String, "K1"), is(model.Integer, "5"), is(model.String, "old"), is(model.Number, "3")
	cells, problems := e.Encode("7", r)
	if diff := cmp.Diff(shownTexts(cells), []string{"7", "K1", "", "", "", "", ""}); diff != "" {
		t.Errorf("cells (-got +want):\n%s", diff)
	}
	if got, want := problemText(problems), `set_by_job: the record has "5" in amount, and a constant of the job sets it to "7"`; got != want {
		t.Errorf("got %q, want %q: expressions say nothing where the columns that they read are blank", got, want)
	}
	r[m.Index("size")], r[m.Index("amount")] = is(model.String, "small"), is(model.Integer, "7")
	_, problems = e.Encode("7", r)
	if got, want := problemText(problems), `set_by_job: the record has "old" in note, and an expression of the job sets it to "small"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// shownTexts is what cells show.
func shownTexts(cells []sheet.Cell) []string {
	row := sheet.Row{Cells: cells}
	return row.Texts()
}

// TestExpressionsSayNothingInAnExportedRow: but they do for rows that people add to the sheet, and in every other sheet.
func TestExpressionsSayNothingInAnExportedRow(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := config(t, "columns: {Code: code}\ncompute: {note: '\"Mr \" + row[\"Name\"]'}\nidentity: {id: ID, key: [code]}")
	for _, tt := range []struct {
		name            string
		id, own, person string
		plain           bool
		want            string
	}{
		{name: "a record with nothing to read", id: "7", want: "-"},
		{name: "a record whose id is in the column of Rollcall", own: "7", want: "-"},
		{name: "a record, and something was filled in", id: "7", person: "Ida", want: "Mr Ida"},
		{name: "a new row", want: "Mr "},
		{name: "a sheet that is no export", id: "7", plain: true, want: "Mr "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mp, err := mapping.Compile(cfg, m, &fake{header: []string{"ID", "Code", "Name"}, marked: !tt.plain}, "account")
			if err != nil {
				t.Fatal(err)
			}
			row := textRow(tt.id, "K1", tt.person)
			row.ID, row.Mark = tt.own, mark
			c := mp.Decode(row)
			if got := valueText(c.Record[m.Index("note")]); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestJobsThatCannotBeExported(t *testing.T) {
	t.Parallel()
	m := depot(t)
	for _, tt := range []struct{ name, job, action, want string }{
		{"the id fills a field", "columns: {Code: code}\nidentity: {id: code, key: [code]}", "",
			`the column "Code" is identity.id and fills code; an export needs a column for each`},
		{"the action fills a field", "columns: {Code: code}\nidentity: {key: [code]}", "CODE",
			`the column "Code" is source.action_column and fills code; an export needs a column for each`},
		{"a column that would be taken for Rollcall's own", "columns: {_code: code}\nidentity: {key: [code]}", "",
			`the column "_code" begins with _, as only columns of Rollcall's own do in a sheet that it writes; rename it`},
		{"no column", "constants: {code: K1}\nidentity: {key: [code]}", "", "the job maps no column of depot/crate, so there is nothing to export"},
	} {
		cfg := config(t, tt.job)
		cfg.ActionColumn = tt.action
		if _, err := mapping.CompileEncoder(cfg, m, mapping.InText); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestAnIdThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	m := depot(t)
	r := m.NewRecord()
	r[m.Index("code")] = is(model.String, "K1")
	for _, tt := range []struct{ column, id, cell, want string }{
		{"ID", "7", "7", ""},
		{"ID", "007", "007", ""},
		{"ID", " 7", "#N/A", `cell_error: the cell shows the error "#N/A"`},
		{"ID", "7/8", "7/8", `bad_id: "7/8" cannot be an id: no id has the character '/'`},
		{"ID", "1.5E+15", "1.5E+15", `scientific: "1.5E+15" is a number in exponent form; its digits are lost`},
		{"", " 7", "K1", `bad_id: " 7" would be read as "7"`},
	} {
		cfg := config(t, "columns: {Code: code}\nidentity: {key: [code]}")
		cfg.Identity.ID = tt.column
		cells, problems := encoder(t, cfg, m, mapping.InText).Encode(tt.id, r)
		if got := problemText(problems); got != tt.want || cells[0].Text != tt.cell {
			t.Errorf("%q: got %q and %q, want %q and %q", tt.id, cells[0].Text, got, tt.cell, tt.want)
		}
	}
}
