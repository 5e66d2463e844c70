package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// contactConfig is a job for CRO contacts.
func contactConfig() *mapping.Config {
	return &mapping.Config{
		Columns: mapping.Columns{
			{Header: "E-mail", Field: "email"}, {Header: "Fax", Field: "fax"}, {Header: "Customer", Field: "customer_id"},
			{Header: "Name", Field: "name"}, {Header: "New", Field: "notify_on_new_request"},
		},
		Identity: mapping.Identity{Key: []string{"customer_id", "name"}},
	}
}

func contactHeader() []string { return []string{"Name", "Customer", "E-mail", "Fax", "New"} }

func TestDecodeFillsTheRecord(t *testing.T) {
	t.Parallel()
	m := contact(t)
	cfg := contactConfig()
	cfg.Constants = map[string]string{"notify_on_failed_request": "1", "number": "555 0100"}
	row := rowOf(text("Ida"), number("17"), text("ida@example.org"), text(""), boolean("true"))
	c := compile(t, cfg, m, contactHeader()...).Decode(row)
	want := m.NewRecord()
	for name, v := range map[string]model.Value{
		"customer_id": {Kind: model.Integer, Text: "17"}, "name": {Kind: model.String, Text: "Ida"},
		"email": {Kind: model.String, Text: "ida@example.org"}, "notify_on_new_request": {Kind: model.Boolean, Text: "true"},
		"notify_on_failed_request": {Kind: model.Boolean, Text: "true"}, "number": {Kind: model.String, Text: "555 0100"},
	} {
		want[m.Index(name)] = v
	}
	if diff := cmp.Diff(c.Record, want); diff != "" {
		t.Errorf("record (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(c.Row, row); diff != "" {
		t.Errorf("row (-got +want):\n%s", diff)
	}
	if len(c.Problems)+len(c.OnCreate) > 0 || c.Stopped() != nil {
		t.Errorf("got problems %v and %v, want none", c.Problems, c.OnCreate)
	}
}

func TestProblemsComeInColumnOrder(t *testing.T) {
	t.Parallel()
	m := contact(t)
	tests := []struct {
		name string
		row  sheet.Row
		want []string
	}{
		{"cells and rules alike, by the columns of the sheet",
			textRow("", "C-17", "nobody", "123", "maybe"), []string{
				"Name name blank_key", "Customer customer_id not_integer", "E-mail email bad_email", "Fax fax too_short",
				"New notify_on_new_request not_boolean",
			}},
		{"one field may break several rules",
			textRow("Ida", "17", string(make([]byte, 300)), "", ""), []string{"E-mail email too_long", "E-mail email bad_email"}},
		{"a cell that cannot be read is told once, and not as missing",
			textRow("Ida", "C-17", "", "", ""), []string{"Customer customer_id not_integer"}},
		{"a missing part of the address", textRow("Ida", " ", "", "", ""), []string{"Customer customer_id required"}},
		{"a short row: the cause before what follows from it",
			sheet.Row{Number: 2, Width: 1, Cells: textRow("Ida", "", "", "", "").Cells},
			[]string{"  ragged_row", "Customer customer_id required"}},
		{"a long row", sheet.Row{Number: 2, Width: 7, Cells: textRow("Ida", "17", "", "", "", "", "x").Cells}, []string{"  ragged_row"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := compile(t, contactConfig(), m, contactHeader()...).Decode(tt.row)
			if diff := cmp.Diff(shown(c.Problems), tt.want); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			if first := c.Stopped(); first == nil || first.Code != c.Problems[0].Code {
				t.Errorf("got %v, want the row to be stopped by its first problem", first)
			}
			for _, p := range c.Problems {
				if p.Row != 2 || p.Message == "" || p.Hint == "" {
					t.Errorf("got %+v, want row, message and hint", p)
				}
			}
		})
	}
}

func TestRaggedRowsNameTheirCells(t *testing.T) {
	t.Parallel()
	in, rows := readCSV(t, "Name;Customer;E-mail;Fax;New\nIda;17\nUrs;17;;;;x\nEva;17;;;\n")
	mp := compile(t, contactConfig(), contact(t), in.Header()...)
	for i, want := range []string{
		"ragged_row: the row has 2 cells, the header has 5", "ragged_row: the row has 6 cells, the header has 5", "",
	} {
		c := mp.Decode(rows[i])
		if got := problemText(c.Problems); got != want {
			t.Errorf("row %d: got %q, want %q", rows[i].Number, got, want)
		}
	}
}

func TestWhatOnlyACreateNeedsStopsNoUpdate(t *testing.T) {
	t.Parallel()
	m := depot(t)
	header := []string{"Code", "Note", "ID", "Action"}
	tests := []struct {
		name     string
		updates  bool // mode: update
		blank    mapping.Blank
		cells    []string
		problems []string
		onCreate []string
	}{
		{name: "a row that may be created", cells: []string{"", "x", "", ""}, onCreate: []string{"Code code required"}},
		{name: "a row with an id is no create", cells: []string{"", "x", "7", ""}},
		{name: "a row with an id is no create, whatever its action", cells: []string{"", "x", "7", "create"}},
		{name: "a row that says update", cells: []string{"", "x", "", "update"}},
		{name: "a row that is skipped", cells: []string{"", "x", "", "skip"}},
		{name: "a job that only updates", updates: true, cells: []string{"", "x", "", ""}},
		{name: "a row that says create in a job that only updates", updates: true, cells: []string{"", "x", "", "create"},
			onCreate: []string{"Code code required"}},
		{name: "a row that says upsert in a job that only updates", updates: true, cells: []string{"", "x", "", "upsert"},
			onCreate: []string{"Code code required"}},
		{name: "a row that clears what a create needs", blank: mapping.BlankClear, cells: []string{"", "x", "", ""},
			onCreate: []string{"Code code required"}},
		{name: "what stops any request is not told again", cells: []string{"far too long for a code", "x", "", ""},
			problems: []string{"Code code too_long"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := &mapping.Config{
				Columns: mapping.Columns{{Header: "Code", Field: "code", Blank: tt.blank}, {Header: "Note", Field: "note"}},
				// The key is the note, so that a blank code is the model's business.
				Identity: mapping.Identity{ID: "ID", Key: []string{"note"}}, ActionColumn: "Action", UpdateOnly: tt.updates,
			}
			c := compile(t, cfg, m, header...).Decode(textRow(tt.cells...))
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(shown(c.OnCreate), tt.onCreate); diff != "" {
				t.Errorf("problems on create (-got +want):\n%s", diff)
			}
			for _, p := range c.OnCreate {
				if p.Row != 2 {
					t.Errorf("got %+v, want the row", p)
				}
			}
		})
	}
}

func TestProblemsOfACreateComeInColumnOrderToo(t *testing.T) {
	t.Parallel()
	rules := model.Rules{MaxLength: -1}
	m := model.NewModel("depot", "shelf", []model.Field{
		{Name: "aisle", Kind: model.String, Required: true, Rules: rules}, {Name: "level", Kind: model.Integer, Required: true, Rules: rules},
		{Name: "label", Kind: model.String, Rules: rules},
	})
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Aisle", Field: "aisle"}, {Header: "Level", Field: "level"}, {Header: "Label", Field: "label"}},
		Identity: mapping.Identity{Key: []string{"label"}},
	}
	c := compile(t, cfg, m, "Level", "Label", "Aisle").Decode(textRow("", "x", ""))
	if diff := cmp.Diff(shown(c.OnCreate), []string{"Level level required", "Aisle aisle required"}); diff != "" {
		t.Errorf("problems on create (-got +want):\n%s", diff)
	}
}

func TestTheKeyOfARow(t *testing.T) {
	t.Parallel()
	m := contact(t)
	header := append(contactHeader(), "ID")
	tests := []struct {
		name     string
		key      []string
		cells    []string
		want     string
		problems []string
	}{
		{"its parts, normalised", []string{"customer_id", "name"}, []string{" IDA  Example ", "0017", "", "", "", ""}, "17\x1fida  example", nil},
		{"in the order of the job", []string{"name", "customer_id"}, []string{"Ida", "17", "", "", "", ""}, "ida\x1f17", nil},
		{"a blank part", []string{"customer_id", "email"}, []string{"Ida", "17", " ", "", "", ""}, "", []string{"E-mail email blank_key"}},
		{"a blank part that every record needs", []string{"customer_id", "name"}, []string{"Ida", "", "", "", "", ""}, "",
			[]string{"Customer customer_id required"}},
		{"all parts blank", []string{"name", "email"}, []string{"", "17", "", "", "", ""}, "",
			[]string{"Name name blank_key", "E-mail email blank_key"}},
		{"a part that cannot be read has one problem", []string{"customer_id", "name"}, []string{"Ida", "x", "", "", "", ""}, "",
			[]string{"Customer customer_id not_integer"}},
		{"a blank part does not matter to a row with an id", []string{"customer_id", "email"}, []string{"Ida", "17", "", "", "", "4711"}, "", nil},
		{"a row with an id has its key all the same", []string{"customer_id", "name"}, []string{"Ida", "17", "", "", "", "4711"}, "17\x1fida", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := contactConfig()
			cfg.Identity = mapping.Identity{ID: "ID", Key: tt.key}
			c := compile(t, cfg, m, header...).Decode(textRow(tt.cells...))
			if c.Key != tt.want {
				t.Errorf("got key %q, want %q", c.Key, tt.want)
			}
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}

func TestTheIDOfARow(t *testing.T) {
	t.Parallel()
	m := contact(t)
	tests := []struct {
		name     string
		cell     sheet.Cell
		id, mark string // of the row, where Rollcall wrote the sheet
		want     string
		problems []string
	}{
		{name: "a number", cell: number("4711"), want: "4711"},
		{name: "with spaces around", cell: text(" 4711\u00a0"), want: "4711"},
		{name: "leading zeros stay", cell: text("0042"), want: "0042"},
		{name: "any text", cell: text("a-b:c@d_e.f~g"), want: "a-b:c@d_e.f~g"},
		{name: "none", cell: text(" ")},
		{name: "exponent form", cell: with(sheet.DamageExponent, number("1.5E+15")), want: "1.5E+15", problems: []string{"ID id scientific"}},
		{name: "too many digits", cell: with(sheet.DamageDigits, number("1234567890123456")), want: "1234567890123456", problems: []string{"ID id too_many_digits"}},
		{name: "a formula without a value is not none", cell: with(sheet.DamageFormula, text("")), problems: []string{"ID id formula_no_value"}},
		{name: "a date", cell: date("2026-01-02"), want: "2026-01-02", problems: []string{"ID id date_in_text"}},
		{name: "of a report for this account", id: "4711", mark: "1:account:run", want: "4711"},
		{name: "of a report for this account, with spaces from an editor", id: " 4711 ", mark: "1:account:run", want: "4711"},
		{name: "of a report for another account", id: "4711", mark: "1:other:run"},
		{name: "of a report of another version", id: "4711", mark: "2:account:run"},
		{name: "of a sheet with a damaged mark", id: "4711", mark: "1:account"},
		{name: "of a sheet without a mark", id: "4711"},
		{name: "the job's own column wins", cell: text("12"), id: "4711", mark: "1:account:run", want: "12"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := contactConfig()
			cfg.Identity.ID = "ID"
			row := rowOf(text("Ida"), text("17"), text(""), text(""), text(""), tt.cell)
			row.ID, row.Mark = tt.id, tt.mark
			c := compile(t, cfg, m, append(contactHeader(), "ID")...).Decode(row)
			if c.ID != tt.want {
				t.Errorf("got id %q, want %q", c.ID, tt.want)
			}
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}

func TestARowNeedsAnIDWhereTheJobHasNoKey(t *testing.T) {
	t.Parallel()
	cfg := contactConfig()
	cfg.Identity, cfg.UpdateOnly = mapping.Identity{ID: "ID"}, true
	mp := compile(t, cfg, contact(t), append(contactHeader(), "ID")...)
	tests := []struct {
		name string
		id   sheet.Cell
		want []string
	}{
		{"with an id", text("4711"), nil},
		{"without one", text(""), []string{"ID id blank_key"}},
		{"with one that cannot be read", with(sheet.DamageFormula, text("")), []string{"ID id formula_no_value"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mp.Decode(rowOf(text("Ida"), text("17"), text(""), text(""), text(""), tt.id))
			if diff := cmp.Diff(shown(c.Problems), tt.want); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}

func TestTheAccountMustBeKnownForItsMarks(t *testing.T) {
	t.Parallel()
	mp, err := mapping.Compile(contactConfig(), contact(t), &fake{header: contactHeader()}, "")
	if err != nil {
		t.Fatal(err)
	}
	row := textRow("Ida", "17", "", "", "")
	row.ID, row.Mark = "4711", "1::run"
	if c := mp.Decode(row); c.ID != "" {
		t.Errorf("got id %q, want none: the mark is of no account", c.ID)
	}
}

func TestTheActionOfARow(t *testing.T) {
	t.Parallel()
	m := contact(t)
	tests := []struct {
		name  string
		cell  sheet.Cell
		want  string
		wrong string
	}{
		{"none: the mode of the job", text(" "), "", ""},
		{"create", text("create"), "create", ""},
		{"update, in any letter case and with spaces around", text(" Update "), "update", ""},
		{"upsert", text("UPSERT"), "upsert", ""},
		{"skip", text("skip"), "skip", ""},
		{"another word", text("Delete"), "delete", `unknown_action: "Delete" is not an action; write create, update, upsert, skip or nothing`},
		{"a formula without a value is not none", with(sheet.DamageFormula, text("")), "", "formula_no_value: the cell holds a formula without a stored value"},
		{"an error value", with(sheet.DamageError, text("#N/A")), "", `cell_error: the cell shows the error "#N/A"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := contactConfig()
			cfg.ActionColumn = "Action"
			c := compile(t, cfg, m, append([]string{"Action"}, contactHeader()...)...).
				Decode(rowOf(tt.cell, text("Ida"), text("17"), text(""), text(""), text("")))
			if c.Action != tt.want {
				t.Errorf("got action %q, want %q", c.Action, tt.want)
			}
			if got := problemText(c.Problems); got != tt.wrong {
				t.Errorf("got problem %q, want %q", got, tt.wrong)
			}
			if len(c.Problems) > 0 && (c.Problems[0].Column != "Action" || c.Problems[0].Value != tt.cell.Text) {
				t.Errorf("got %+v, want the column and the cell as it is", c.Problems[0])
			}
		})
	}
}
