package mapping_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestActions is the table of what the cell of an action column makes of a row that lacks what a new record needs (a name), and whose
// e-mail address is none.
func TestActions(t *testing.T) {
	t.Parallel()
	const email = "E-mail email bad_email"
	tests := []struct {
		says     string
		cell     sheet.Cell
		action   string
		problems []string
	}{
		{"a blank cell means the mode of the job", text(""), "", []string{email}},
		{"so does one of white space", text(" \u00a0"), "", []string{email}},
		{"a word", text("update"), "update", []string{email}},
		{"letter case and outer space do not count", text("  UpSert\t"), "upsert", []string{email}},
		{"create", text("Create"), "create", []string{email}},
		{"a row that is skipped is not judged", text("SKIP"), "skip", nil},
		{"another word", text("delete"), "delete", []string{email, "Action  unknown_action"}},
		{"two words", text("create update"), "create update", []string{email, "Action  unknown_action"}},
		{"a part of a word", text("upd"), "upd", []string{email, "Action  unknown_action"}},
		{"a number", number("1"), "1", []string{email, "Action  unknown_action"}},
		{"a cell that shows an error", sheet.Cell{Text: "#N/A", Damage: sheet.DamageError}, "", []string{email, "Action  cell_error"}},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			cfg := contactConfig()
			cfg.ActionColumn = "Action"
			c := compile(t, cfg, contact(t), append(contactHeader(), "Action")...).Decode(rowOf(text("Ida"), number("17"), text("nobody"), text(""), text(""), tt.cell))
			if c.Action != tt.action {
				t.Errorf("got the action %q, want %q", c.Action, tt.action)
			}
			if diff := cmp.Diff(shown(c.Problems), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			for _, p := range c.Problems {
				if want := strconv.Quote(tt.cell.Text) + " is not an action; write create, update, upsert, skip or nothing"; p.Code == "unknown_action" && p.Message != want {
					t.Errorf("got %q, want the words that there are", p.Message)
				}
			}
		})
	}
}

// TestLinks is the table of cells that name another record of the resource: they keep the name until the plan has found whose it is.
func TestLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says     string
		cell     sheet.Cell
		action   string
		value    model.Value
		link     bool
		problems []string
	}{
		{"a name, which no rule of the field can judge", text(" HQ North "), "", model.Value{Kind: model.String, Text: "HQ North"}, true, nil},
		{"a name that looks like an id is a name all the same", number("17"), "", model.Value{Kind: model.String, Text: "17"}, true, nil},
		{"a blank cell that clears names nobody", text(""), "", model.Value{Kind: model.Null}, false, nil},
		{"a damaged cell names nobody", sheet.Cell{Text: "4.9E11", Damage: sheet.DamageExponent, Kind: sheet.Number}, "", model.Value{}, false, []string{"Parent parentId scientific"}},
		{"a row that is skipped names nobody", text("HQ"), "skip", model.Value{Kind: model.String, Text: "HQ"}, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.says, func(t *testing.T) {
			t.Parallel()
			target, err := model.Load("bigchange")
			if err != nil {
				t.Fatal(err)
			}
			r, _ := target.Resource("contact")
			cfg := &mapping.Config{
				Columns: mapping.Columns{{Header: "Name", Field: "name"}, {Header: "Parent", Field: "parentId", Lookup: "name", Link: true, Blank: mapping.BlankClear}},
				Tables:  map[string]*model.Table{"Parent": model.NewTable([]model.Entry{{Name: "Other", ID: "5"}})}, ActionColumn: "Action",
				Identity: mapping.Identity{Key: []string{"name"}},
			}
			c := compile(t, cfg, r.Model, "Name", "Parent", "Action").Decode(rowOf(text("Ida"), tt.cell, text(tt.action)))
			field := r.Model.Index("parentId")
			if c.Record[field] != tt.value {
				t.Errorf("got %v, want %v", c.Record[field], tt.value)
			}
			if got := slices.Contains(c.Links, field); got != tt.link || len(c.Unjudged) > 0 {
				t.Errorf("got links %v and %v unjudged, want a link: %v", c.Links, c.Unjudged, tt.link)
			}
			if diff := cmp.Diff(shown(slices.DeleteFunc(c.Problems, func(p model.Problem) bool { return p.Field == "" || p.Code == model.CodeBlankKey })), tt.problems); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
		})
	}
}
