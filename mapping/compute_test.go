package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// computed decodes a row with the columns Code, A and B, where an expression fills a field of the depot.
func computed(t *testing.T, field, expression string, a, b sheet.Cell) (value string, c mapping.Candidate) {
	t.Helper()
	m := depot(t)
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Code", Field: "code"}, {Header: "A", Ignore: true}, {Header: "B", Ignore: true}},
		Compute:  map[string]string{field: expression},
		Identity: mapping.Identity{Key: []string{"code"}},
	}
	c = compile(t, cfg, m, "Code", "A", "B").Decode(rowOf(text("K1"), a, b))
	return valueText(c.Record[m.Index(field)]), c
}

func TestExpressionsFillFields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field, expression string
		a, b                    sheet.Cell
		want                    string
	}{
		{"text from two columns", "note", `trim(row["A"] + " " + row["B"])`, text("left"), text("right"), "left right"},
		{"a column by its plain name", "note", `row.A`, text("x"), text(""), "x"},
		{"a number as the person sees it", "note", `row["A"]`, sheet.Cell{Text: "00042", Raw: "42", Kind: sheet.Number}, text(""), "00042"},
		{"outer spaces stay", "note", `row["A"]`, text(" x "), text(""), " x "},
		{"a choice", "size", `row["A"] == "L" ? "large" : "small"`, text("L"), text(""), "large"},
		{"a blank result keeps the field as it is", "note", `trim(row["A"] + row["B"])`, text(" "), text(""), "-"},
		{"nil keeps the field as it is", "note", `row["A"] == "" ? nil : row["A"]`, text(""), text(""), "-"},
		{"a truth value", "fragile", `row["A"] contains "glass"`, text("a glass door"), text(""), "true"},
		{"a whole number", "amount", `int(row["A"]) * int(row["B"])`, text("6"), text("7"), "42"},
		{"a large product is written in full", "note", `float(row["A"]) * 1000000`, text("1234567"), text(""), "1234567000000"},
		{"the residue of binary fractions is not sent", "price", `float(row["A"]) + float(row["B"])`, text("0.1"), text("0.2"), "0.3"},
		{"a date", "packed", `date(row["A"], "02.01.2006")`, text("31.12.2025"), text(""), "2025-12-31"},
		{"a moment as text", "note", `date(row["A"])`, text("2025-12-31T10:30:00Z"), text(""), "2025-12-31T10:30:00Z"},
		{"an exponent in a price", "price", `row["A"]`, with(sheet.DamageExponent, number("1.5E+3")), text(""), "1500"},
		{"no column at all", "note", `"fixed"`, text(""), text(""), "fixed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, c := computed(t, tt.field, tt.expression, tt.a, tt.b)
			if got != tt.want || len(c.Problems) > 0 {
				t.Errorf("got %q and %v, want %q", got, c.Problems, tt.want)
			}
		})
	}
}

func TestExpressionsThatFailAreAProblemOfTheRow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, field, expression string
		a                       sheet.Cell
		column                  string
		wrong                   string // how the problem begins
	}{
		{"a failing conversion", "amount", `int(row["A"])`, text("many"), "", "compute_failed: the expression failed: "},
		{"beyond the end of a list", "note", `split(row["A"], ",")[1]`, text("x"), "", "compute_failed: the expression failed: "},
		{"a division by zero", "price", `1 / int(row["A"])`, text("0"), "", "compute_failed: the expression divides by zero"},
		{"a list", "note", `split(row["A"], ",")`, text("x,y"), "", "compute_failed: the expression gives []string, which is no single value"},
		{"a character cut in two", "note", `fromBase64(row["A"])`, text("/w=="), "", "compute_failed: the expression cuts a character in two"},
		{"a result of the wrong kind", "amount", `row["A"]`, text("x"), "", `not_integer: the expression gave "x", which is not a whole number`},
		{"a result that the model refuses", "amount", `row["A"]`, text("-1"), "", "too_small: -1 is less than 0"},
		{"an error value in a column that it reads", "note", `row["A"]`, with(sheet.DamageError, text("#N/A")), "A", `cell_error: the cell shows the error "#N/A"`},
		{"a formula without a value in a column that it reads", "note", `row["A"] + row["B"]`, with(sheet.DamageFormula, text("")), "A", "formula_no_value: "},
		{"exponent form in a column that becomes text", "note", `"+" + row["A"]`, with(sheet.DamageExponent, text("4.9E+11")), "A", "scientific: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			value, c := computed(t, tt.field, tt.expression, tt.a, text(""))
			if len(c.Problems) != 1 || !strings.HasPrefix(problemText(c.Problems), tt.wrong) {
				t.Fatalf("got %q, want one problem that begins with %q", problemText(c.Problems), tt.wrong)
			}
			if p := c.Problems[0]; p.Column != tt.column || p.Field != tt.field || p.Row != 2 || p.Hint == "" {
				t.Errorf("got %+v, want column %q, field %q, row 2 and a hint", p, tt.column, tt.field)
			}
			if c.Problems[0].Code != "too_small" && value != "-" {
				t.Errorf("got value %q, want none", value)
			}
		})
	}
}

func TestDamageThatNoExpressionReadsDoesNotMatter(t *testing.T) {
	t.Parallel()
	if got, c := computed(t, "note", `row["A"]`, text("x"), with(sheet.DamageError, text("#N/A"))); got != "x" || len(c.Problems) > 0 {
		t.Errorf("got %q and %v, want x", got, c.Problems)
	}
}

func TestExpressionsFindTheirColumnsAsTheSheetWritesThem(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Code", Field: "code"}},
		Compute:  map[string]string{"note": `row["Notes 1"] + row["notes 1"] + row["Café"]`},
		Identity: mapping.Identity{Key: []string{"code"}},
	}
	c := compile(t, cfg, m, "NOTES  1 ", "CAFE\u0301", "Code").Decode(textRow("a", "b", "K1"))
	if got := valueText(c.Record[m.Index("note")]); got != "aab" {
		t.Errorf("got %q, want aab", got)
	}
}

func TestComputedPartsOfTheKey(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "A", Ignore: true}},
		Compute:  map[string]string{"code": `row["A"] == "?" ? split("", "")[5] : row["A"]`},
		Identity: mapping.Identity{Key: []string{"code"}},
	}
	mp := compile(t, cfg, m, "A")
	for cell, want := range map[string][]string{"X1": nil, " ": {" code required"}, "?": {" code compute_failed"}} {
		c := mp.Decode(textRow(cell))
		if diff := cmp.Diff(shown(c.Problems), want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", cell, diff)
		}
	}
}
