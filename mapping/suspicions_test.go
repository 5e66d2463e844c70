package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// An id is a part of the address of a request. What would lead elsewhere, or was a formula, never gets that far.
func TestWhatCanBeNoID(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 300)
	tests := []struct{ name, id, want string }{
		{"a formula", "=1+1", `bad_id: "=1+1" cannot be an id: it is a formula`},
		{"a way out of the folder", "../x", `bad_id: "../x" cannot be an id: no id has the character '/'`},
		{"the folder above", "..", `bad_id: ".." cannot be an id: it means a folder`},
		{"another host", "//evil", `bad_id: "//evil" cannot be an id: no id has the character '/'`},
		{"a backslash", `a\b`, `bad_id: "a\\b" cannot be an id: no id has the character '\\'`},
		{"a query", "1?x=", `bad_id: "1?x=" cannot be an id: no id has the character '?'`},
		{"a fragment", "1#", `bad_id: "1#" cannot be an id: no id has the character '#'`},
		{"an escape", "%2e%2e", `bad_id: "%2e%2e" cannot be an id: no id has the character '%'`},
		{"a blank", "47 11", `bad_id: "47 11" cannot be an id: no id has the character ' '`},
		{"a line end", "47\r\nX: y", `bad_id: "47\r\nX: y" cannot be an id: no id has the character '\r'`},
		{"300 characters", long, `bad_id: "` + long[:60] + `…" cannot be an id: it has more than 200 characters`},
		{"a zero width space", "47\u200b11", `invisible_character: a zero width space (U+200B) stands between "47" and "11"`},
		{"a no-break space", "47\u00a011", `invisible_character: a no-break space (U+00A0) stands between "47" and "11"`},
		{"200 characters", long[:200], ""},
		{"an id", "5f0c-9d.a:1@x=", ""},
	}
	m := contact(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := contactConfig()
			cfg.Identity.ID = "ID"
			mp := compile(t, cfg, m, append(contactHeader(), "ID")...)
			inColumn := mp.Decode(textRow("Ida", "17", "", "", "", tt.id))
			fromReport := textRow("Ida", "17", "", "", "", "")
			fromReport.ID, fromReport.Mark = tt.id, "1:account:run"
			for where, c := range map[string]mapping.Candidate{"the job's column": inColumn, "a report": mp.Decode(fromReport)} {
				if got := problemText(c.Problems); got != tt.want {
					t.Errorf("in %s: got %q, want %q", where, got, tt.want)
				}
				if (c.Stopped() != nil) != (tt.want != "") {
					t.Errorf("in %s: the row is stopped by %v", where, c.Stopped())
				}
			}
		})
	}
}

// A text field that travels in the path is as dangerous as an id.
func TestWhatCanBeNoPartOfAnAddress(t *testing.T) {
	t.Parallel()
	rules := model.Rules{MaxLength: -1}
	m := model.NewModel("depot", "shelf", []model.Field{
		{Name: "hall", Kind: model.String, In: model.InPath, Rules: rules}, {Name: "label", Kind: model.String, Rules: rules},
	})
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Hall", Field: "hall"}, {Header: "Label", Field: "label"}},
		Identity: mapping.Identity{Key: []string{"hall", "label"}},
	}
	c := compile(t, cfg, m, "Hall", "Label").Decode(textRow("../x", "../x"))
	if got, want := problemText(c.Problems), `bad_id: "../x" cannot be an id: no id has the character '/'`; got != want {
		t.Errorf("got %q, want %q of the hall alone", got, want)
	}
}

func TestFormulasAsText(t *testing.T) {
	t.Parallel()
	var cases []cellCase
	for _, formula := range []string{`="00123"`, `=""`, "=A2&B2", "=$B$2", "=AB12*1.19", `=HYPERLINK("http://x.example")`, "='Sheet 2'!A1", "=cmd|' /C calc'!A0",
		"=1+1", "=2*3.5", "=10/4-1", "=+44", "=+44 20 7946 0000", "=-5"} {
		cases = append(cases, cellCase{name: formula, cell: text(formula), want: formula, wrong: "formula_text: " + quotedText(formula) + " is a formula as text"})
	}
	for _, plain := range []string{"=", "= 5 pieces", "==", "=1+1 Ltd", "=+44 Ltd", "=+", "=1+", "=4711", "=A1 Haulage", `=Ida, "A"`, "=Ida Example", "=)", "A=1", "+1 360", "-2", "@ida"} {
		cases = append(cases, cellCase{name: "not " + plain, cell: text(plain), want: plain})
	}
	runCells(t, "note", cases)
}

func quotedText(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// The row goes on: whoever filters a sheet does not always mean to leave rows out, but should know.
func TestRowsThatAPersonDoesNotSee(t *testing.T) {
	t.Parallel()
	mp := compile(t, contactConfig(), contact(t), contactHeader()...)
	tests := []struct {
		name           string
		hidden, merged bool
		cells          []string
		want           []string
		stopped        model.Code
	}{
		{"a hidden row", true, false, []string{"Ida", "17", "", "", ""}, []string{"  hidden_row"}, ""},
		{"a row with merged cells", false, true, []string{"Ida", "17", "", "", ""}, []string{"  merged_cells"}, ""},
		{"both", true, true, []string{"Ida", "17", "", "", ""}, []string{"  hidden_row", "  merged_cells"}, ""},
		{"neither", false, false, []string{"Ida", "17", "", "", ""}, nil, ""},
		{"before what follows from it, which stops the row", false, true, []string{"", "", "", "", ""},
			[]string{"  merged_cells", "Name name blank_key", "Customer customer_id required"}, model.CodeBlankKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			row := textRow(tt.cells...)
			row.Hidden, row.Merged = tt.hidden, tt.merged
			c := mp.Decode(row)
			if diff := cmp.Diff(shown(c.Problems), tt.want); diff != "" {
				t.Errorf("problems (-got +want):\n%s", diff)
			}
			var got model.Code
			if p := c.Stopped(); p != nil {
				got = p.Code
			}
			if got != tt.stopped {
				t.Errorf("the row is stopped by %q, want %q", got, tt.stopped)
			}
			for _, p := range c.Problems {
				if p.Row != 2 || p.Message == "" || p.Hint == "" {
					t.Errorf("got %+v, want row, message and hint", p)
				}
			}
		})
	}
}

// A phone or a reference that is a number in the workbook is plain sound data, and nobody wants to read of it a thousand times.
func TestSoundCellsCauseNoWarning(t *testing.T) {
	t.Parallel()
	runCells(t, "note", []cellCase{
		{name: "a number", cell: number("5551234"), want: "5551234"},
		{name: "a number padded with zeros", cell: sheet.Cell{Text: "00123", Raw: "123", Kind: sheet.Number}, want: "00123"},
		{name: "a boolean", cell: sheet.Cell{Text: "TRUE", Raw: "true", Kind: sheet.Boolean}, want: "TRUE"},
		{name: "several lines", cell: text("Ida\r\nExample\tx"), want: "Ida\r\nExample\tx"},
	})
}
