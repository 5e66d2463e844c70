package mapping_test

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// fuzzed is jobs that put one cell into a field of every kind, with and without options.
func fuzzed(t testing.TB) (*model.Model, []*mapping.Mapping) {
	t.Helper()
	m := depot(t)
	column := func(field string) mapping.Column {
		return mapping.Column{Header: "Cell", Field: field, Blank: mapping.BlankKeep}
	}
	comma, point, words, format, compact := column("price"), column("price"), column("fragile"), column("packed"), column("packed")
	comma.Decimal, point.Decimal, format.Format, compact.Format = ",", ".", "dd.mm.yy", "yyyymmdd"
	words.True, words.False = []string{"Y", "ja"}, []string{"N", "nein"}
	cleared, whole := column("note"), column("amount")
	cleared.Blank, whole.Decimal = mapping.BlankClear, ","
	var jobs []*mapping.Mapping
	for _, col := range []mapping.Column{
		column("note"), cleared, column("amount"), whole, column("price"), comma, point, column("fragile"), words,
		column("packed"), format, compact, column("size"), column("place.latitude"),
	} {
		cfg := &mapping.Config{Columns: mapping.Columns{col, {Header: "Code", Field: "code"}}, Identity: mapping.Identity{Key: []string{"code"}}}
		jobs = append(jobs, compile(t, cfg, m, "Cell", "Code"))
	}
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Cell", Field: "code"}, {Header: "Code", Ignore: true}},
		Compute:  map[string]string{"note": `trim(row["Cell"]) + row["Code"][:1]`, "amount": `row["Cell"]`},
		Identity: mapping.Identity{ID: "Cell", Key: []string{"code"}}, ActionColumn: "Cell",
	}
	return m, append(jobs, compile(t, cfg, m, "Cell", "Code"))
}

// FuzzDecode holds the law of every cell: Decode takes it or tells why not. What it takes, the model accepts or tells why
// not, in the same words; what it does not take, leaves the field alone.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", " ", "Ida", "0042", "42.0", "1.234,56", "1 234", "1'234", "12.34", ",5", "-1", "1E5", "4.91703E+11", "1E+9999", "true",
		"Ja", "2026-01-02", "2026-01-02T10:30:00", "10:30:00", "31.12.25", "20260102", "small", "91", "a@b.example", "Zoë", "+49 170 12", "1.5e3", "007", "Y", "=1+1 Ltd", "#N/A", "create", "\x00", "\xff", "e\u0301",
	} {
		for kind := byte(sheet.Text); kind <= byte(sheet.Boolean); kind++ {
			f.Add(s, kind, byte(0))
		}
		f.Add(s, byte(sheet.Number), byte(sheet.DamageExponent))
		f.Add(s, byte(sheet.Text), byte(sheet.DamageFormula))
	}
	m, jobs := fuzzed(f)
	f.Fuzz(func(t *testing.T, s string, kind, damage byte) {
		cell := sheet.Cell{Text: s, Kind: sheet.Kind(kind % 4), Damage: sheet.Damage(damage % 7)}
		if cell.Kind != sheet.Text {
			cell.Raw = s
		}
		if cell.Kind == sheet.Boolean {
			cell.Raw = []string{"true", "false"}[len(s)%2] // no reader gives anything else
		}
		for _, mp := range jobs {
			c := mp.Decode(sheet.Row{Number: 2, Width: 2, Cells: []sheet.Cell{cell, text("K1")}})
			checkCandidate(t, m, &c)
			careful := mp.Careful().Decode(c.Row)
			if diff := cmp.Diff(careful, c); diff != "" {
				t.Errorf("a glance at %q says something else than a close look (-close +glance):\n%s", s, diff)
			}
		}
	})
}

// kindCodes is what a value that Decode has made never has.
func kindCodes() []model.Code {
	return []model.Code{model.CodeNotText, model.CodeNotInteger, model.CodeNotNumber, model.CodeNotBoolean, model.CodeBadDate}
}

// checkCandidate is the law for one candidate.
func checkCandidate(t *testing.T, m *model.Model, c *mapping.Candidate) {
	t.Helper()
	verdict := m.Validate(nil, c.Record, model.ForUpdate)
	for i, v := range c.Record {
		name := m.Fields[i].Name
		blames := func(p model.Problem) bool { return p.Field == name && p.Code != model.CodeNotNullable }
		stops := func(p model.Problem) bool { return blames(p) && p.Stops() }
		told, found := slices.IndexFunc(c.Problems, stops), slices.IndexFunc(verdict, blames)
		if !v.Known() {
			continue
		}
		switch {
		case (told < 0) != (found < 0):
			t.Errorf("%s is %v: the candidate tells %v, the model finds %v", name, v, c.Problems, verdict)
		case found >= 0 && c.Problems[told].Code != verdict[found].Code:
			t.Errorf("%s is %v: the candidate tells %v, the model finds %v", name, v, c.Problems[told], verdict[found])
		case found >= 0 && slices.Contains(kindCodes(), verdict[found].Code):
			t.Errorf("%s is %v, which is no value of its kind", name, v)
		}
	}
	for _, p := range slices.Concat(c.Problems, c.OnCreate) {
		if p.Row != 2 || p.Code == "" || p.Message == "" || p.Hint == "" || utf8.RuneCountInString(p.Value) > 200 {
			t.Errorf("got %+v, want row, code, message, hint and no more than 200 characters of the cell", p)
		}
	}
}
