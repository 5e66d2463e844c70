package mapping_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// verdict is a cell, and what is said of it whatever stands beside it: "" for nothing.
type verdict struct {
	cell  sheet.Cell
	codes []model.Code
}

// verdicts is cells for each field of a crate, sound ones and all kinds of others.
func verdicts() map[string][]verdict {
	sound := func(cells ...sheet.Cell) []verdict {
		var out []verdict
		for _, c := range cells {
			out = append(out, verdict{cell: c})
		}
		return out
	}
	said := func(code model.Code, cells ...sheet.Cell) []verdict {
		var out []verdict
		for _, c := range cells {
			out = append(out, verdict{c, []model.Code{code}})
		}
		return out
	}
	damages := func() []verdict {
		return slices.Concat(
			said(model.CodeCellError, with(sheet.DamageError, text("#N/A"))), said(model.CodeFormulaNoValue, with(sheet.DamageFormula, text(""))),
			said(model.CodeImpossibleDate, with(sheet.DamageError, number("60"))), said(model.CodeBadCharacter, with(sheet.DamageNUL, text("a\x00"))),
			said(model.CodeBadEncoding, with(sheet.DamageEncoding, text("a\ufffd")), text("a\u0092")))
	}
	return map[string][]verdict{
		"code": slices.Concat(sound(text("K1"), number("42")), damages(), said(model.CodeScientific, with(sheet.DamageExponent, number("1E+15")), text("4.9E+11")),
			said(model.CodeInvisibleInText, text("K\u200b1"), text("K\u00a01")), said(model.CodeRequired, text(" ")),
			said(model.CodeTooManyDigits, with(sheet.DamageDigits, number("1234567890123456"))), said(model.CodeTooLong, text("123456789012345678901"))),
		"note": slices.Concat(sound(text(""), text("Zoë"), text("Zoe\u0308"), number("1")), damages(), said(model.CodeDateInText, date("2026-01-02")),
			said(model.CodeFormulaText, text(`="1"`)), said(model.CodeGarbledLetters, text("Ã¼"))),
		"amount": slices.Concat(sound(text(""), text("4"), number("4")), damages(), said(model.CodeNotInteger, text("x")), said(model.CodeTooSmall, text("-1")),
			said(model.CodeDateInNumber, date("2026-01-02")), said(model.CodeInvisibleCharacter, text("4\u200b"))),
		"price": slices.Concat(sound(text(""), text("4.5"), with(sheet.DamageExponent, number("1E+15"))), damages(), said(model.CodeAmbiguousNumber, text("1.234")),
			said(model.CodeNotNumber, text("1,5"))),
		"fragile": slices.Concat(sound(text(""), text("1"), boolean("true")), damages(), said(model.CodeNotBoolean, text("WAHR"))),
		"packed": slices.Concat(sound(text(""), date("2026-01-02")), damages(), said(model.CodeAmbiguousDate, text("01/02/2026")),
			said(model.CodeNumberInDate, number("45213")), said(model.CodeBadDate, text("31/12/2026"))),
		"size": slices.Concat(sound(text(""), text("small")), damages(), said(model.CodeNotAllowed, text("Small"))),
		"id":   slices.Concat(sound(text("4711")), damages(), said(model.CodeBadID, text("../x")), said(model.CodeDateInText, date("2026-01-02"))),
	}
}

// Each cell of each row is judged, by itself and whatever the others are; what is said stands in the order of the columns,
// what is said of the whole row before it; and no number of warnings stops a row.
func TestEveryCellOfEveryRowIsJudged(t *testing.T) {
	t.Parallel()
	m, pool := depot(t), verdicts()
	rapid.Check(t, func(rt *rapid.T) {
		fields := rapid.Permutation([]string{"code", "note", "amount", "price", "fragile", "packed", "size", "id"}).Draw(rt, "columns")
		cfg := &mapping.Config{Identity: mapping.Identity{ID: "id", Key: []string{"code"}}}
		for _, name := range rapid.Permutation(fields).Draw(rt, "job") {
			if name != "id" {
				cfg.Columns = append(cfg.Columns, mapping.Column{Header: name, Field: name})
			}
		}
		mp, err := mapping.Compile(cfg, m, &fake{header: fields}, "")
		if err != nil {
			rt.Fatal(err)
		}
		row := sheet.Row{Number: 2, Hidden: rapid.Bool().Draw(rt, "hidden"), Merged: rapid.Bool().Draw(rt, "merged")}
		var want []string
		if row.Hidden {
			want = append(want, " hidden_row")
		}
		if row.Merged {
			want = append(want, " merged_cells")
		}
		stops := false
		id := rapid.SampledFrom(pool["id"]).Draw(rt, "id")
		for _, name := range fields {
			v := id
			if name != "id" {
				v = rapid.SampledFrom(pool[name]).Draw(rt, name)
			}
			row.Cells = append(row.Cells, v.cell)
			for _, code := range v.codes {
				if code == model.CodeRequired && id.cell.Text != "" { // a row with an id needs no key
					continue
				}
				want = append(want, fmt.Sprintf("%s %s", name, code))
				stops = stops || model.Problem{Code: code}.Stops()
			}
		}
		row.Width = len(row.Cells)
		c := mp.Decode(row)
		var got []string
		for _, p := range c.Problems {
			got = append(got, fmt.Sprintf("%s %s", p.Column, p.Code))
		}
		if diff := cmp.Diff(got, want); diff != "" {
			rt.Errorf("problems (-got +want):\n%s", diff)
		}
		if (c.Stopped() != nil) != stops {
			rt.Errorf("the row is stopped by %v, want it to be stopped: %v", c.Stopped(), stops)
		}
	})
}
