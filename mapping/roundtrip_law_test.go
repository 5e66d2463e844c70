package mapping_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// chooser picks one of n. Both a random generator and rapid are one.
type chooser func(n int) int

func pick[T any](choose chooser, from []T) T { return from[choose(len(from))] }

// hostileTexts is texts that spreadsheets, CSV files, keys or the columns of a job take for something else.
func hostileTexts() []string {
	return []string{
		"", " ", "\u00a0", " Ida ", "Ida\t", "\tIda", "Zoë", "Zoe\u0308", "李雷 🚚", "אבג \u200fx", "x\u200by", "a\u00adb", "a\u0085b", "Mu\u0308ller",
		"a\nb", "a\r\nb", "a\rb", "\n", "a\n", "\ra", "a,b", "a;b;c", `a"b`, `"`, `""`, `"a"`, "a\tb", "a|b", "sep=;", "'", "'a", "''=1", "'=1", "'+1",
		"=1+1", "=A1&B1", "=HYPERLINK(\"x\")", "@SUM(1)", "+49 170 1234567", "+1-360-123-6543", "-", "-5", "+", "＝1", "00042", "0042.50", "1.5E+15", "4.91703E11",
		"12E4", "1E5", "1234567890123456789", "123456789012", "1.234", "1,234", "1.234,56", "1 234", "0.1", "TRUE", "true", "False", "Y", "N", "yes", "ja", "WAHR",
		"2026-01-02", "02/01/2026", "1/2", "2-Jan", "10:30", "45213", "2026-01-02T00:00:00", "#N/A", "#REF!", "#1", "NaN", "null", "None", "-", "_x000D_", "_id",
		"Total", "Total: 7", "7 rows", "Name", "\u0000", "\u0007", "\x7f", "\u0091quote\u0092", "\ufffd", "\uffff", "\ufeffBOM", "\xff\xfe", "KŽln", "Ã¼ber",
		"a@b.example", " a@b.example ,c@d.example ", "a@b.example;c@d.example", "аda@example.org", "https://example.org/?a=1&b=2", "Retail", "RETAIL ", "9",
		strings.Repeat("x", 50), strings.Repeat("ü", 51), strings.Repeat("much ", 210),
	}
}

// oddNumbers is numbers in canonical form that are at a border of something.
func oddNumbers() []string {
	return []string{"0", "7", "-1", "10", "1200", "1.5", "3.25", "0.01", "-0.5", "1.234", "12.345", "123.456", "1234.567", "51.4545", "-2.5879", "90.001", "999999999999999",
		"-999999999999999", "9223372036854775807", "1234567890123456", "0.1234567890123456", "123456789012.345", "0.000000000012", "100000000000000000000", "12345678901234567890.5"}
}

// days is dates at the borders of calendars and forms.
func days() []string {
	return []string{"2026-01-02", "2024-02-29", "1970-01-01", "1969-12-31", "1968-12-31", "2068-12-31", "2069-01-01", "1900-01-01", "1900-02-28", "1900-03-01", "1899-12-31",
		"0001-01-01", "9999-12-31", "2025-12-31", "2026-10-11"}
}

// generated is a value that an API may have in a field: mostly one that the model allows, at times one that it does not.
func generated(choose chooser, f *model.Field, ids []string) model.Value {
	if choose(1000) == 0 {
		return model.Value{Kind: model.String, Text: strings.Repeat(pick(choose, []string{"x", "ü", "🚚"}), 32767+choose(2))}
	}
	switch choose(12) {
	case 0:
		return model.Value{}
	case 1:
		return model.Value{Kind: model.Null}
	case 2:
		return model.Value{Kind: model.String, Text: pick(choose, hostileTexts())}
	}
	canonical := func(text string) model.Value {
		if v, code := f.Parse(text); code == "" {
			return v
		}
		return model.Value{Kind: model.String, Text: text}
	}
	switch {
	case len(ids) > 0 && choose(8) > 0:
		return canonical(pick(choose, ids))
	case f.Kind == model.Boolean:
		return canonical(pick(choose, []string{"true", "false"}))
	case f.Kind == model.Date:
		return canonical(pick(choose, days()))
	case f.Kind == model.Integer || f.Kind == model.Number:
		return canonical(pick(choose, append(oddNumbers(), fmt.Sprint(choose(1e6)), fmt.Sprintf("%d.%02d", choose(1e6), choose(100)))))
	case len(f.Enum) > 0 && choose(4) > 0:
		return canonical(pick(choose, f.Enum))
	case f.Format == "email-list":
		return canonical(pick(choose, []string{"ida@example.org", "a@b.example,c@d.example", "a@b.example ,  c@d.example", "\ta@b.example\r\n"}))
	case choose(3) == 0:
		return canonical(pick(choose, hostileTexts()))
	}
	var b strings.Builder
	for range choose(24) {
		b.WriteRune(pick(choose, []rune("abcdefghij ÄöüßéŁ0123456789-.,/'&\"()")))
	}
	return canonical(b.String())
}

// voyage is a job of a resource, with what its account has.
type voyage struct {
	name  string
	model *model.Model
	ids   map[string][]string // field -> ids that its list has, some of them not
	cfg   *mapping.Config
}

// kinds makes a table in which names are unique, shared, spelled alike, numbers, or those of other ids.
func kinds() *model.Table {
	return model.NewTable([]model.Entry{
		{Name: "Beverages", ID: "9"}, {Name: "Café", ID: "10"}, {Name: "Retail", ID: "11"}, {Name: "RETAIL ", ID: "12"}, {Name: "13", ID: "14"}, {Name: "14", ID: "13"},
		{Name: " Old and  new ", ID: "15"}, {Name: "Shop", ID: "16"}, {Name: "Store", ID: "16"}, {Name: "Shop", ID: "17"}, {Name: "=1+1", ID: "18"}, {Name: "x\u200by", ID: "19"},
		{Name: "2026-01-02", ID: "20"}, {Name: "1.5E+15", ID: "21"}, {Name: "#N/A", ID: "22"}, {Name: "Odd", ID: "x-1"}, {Name: "4712", ID: "24"}, {Name: "007", ID: "0023"},
	})
}

// kindIDs is ids that kinds has, and some that it has not.
func kindIDs() []string {
	return []string{"9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "x-1", "4711", "4712"}
}

// newVoyage maps every field of a resource, the n-th in the n-th way of its kind, with blank cells as they are told.
func newVoyage(t testing.TB, target, resource string, blank mapping.Blank, custom []model.Definition) *voyage {
	t.Helper()
	loaded, err := model.Load(target)
	if err != nil {
		t.Fatal(err)
	}
	r, ok := loaded.Resource(resource)
	if !ok {
		t.Fatalf("%s has no %s", target, resource)
	}
	if r.Custom != nil {
		fields, unknown := r.Custom.Named(nil, custom)
		if len(unknown) > 0 {
			t.Fatal(unknown)
		}
		r = r.With(fields, nil)
	}
	v := &voyage{name: target + "/" + resource, model: r.Model, ids: map[string][]string{}, cfg: &mapping.Config{
		Identity: mapping.Identity{ID: "Record", Key: r.Key}, Tables: map[string]*model.Table{}, AllowUndocumented: true,
	}}
	seen := map[model.Kind]int{}
	for i := range v.model.Fields {
		v.addColumn(&v.model.Fields[i], seen, blank)
	}
	v.cfg.Columns = append(v.cfg.Columns, mapping.Column{Header: "Notes", Ignore: true})
	return v
}

// addColumn maps one field. seen counts the fields of each kind.
func (v *voyage) addColumn(f *model.Field, seen map[model.Kind]int, blank mapping.Blank) {
	col := mapping.Column{Header: "C " + f.Name, Field: f.Name, Blank: blank}
	if f.In == model.InPath || blank == mapping.BlankClear && f.Clear == model.ClearOmit && f.Required {
		col.Blank = mapping.BlankKeep
	}
	n := seen[f.Kind]
	seen[f.Kind]++
	switch {
	case f.Lookup != "" && n%3 < 2:
		col.Table = "kinds.csv"
		v.cfg.Tables[col.Header], v.ids[f.Name] = kinds(), kindIDs()
	case f.Kind == model.Boolean && n%2 == 1:
		col.True, col.False = []string{"Y", "ja"}, []string{"N", "nein"}
	case f.Kind == model.Date:
		col.Format = []string{"", "02/01/2006", "dd.mm.yy", "2 January 2006", "yyyymmdd"}[n%5]
	case f.Kind == model.Number || f.Kind == model.Integer:
		col.Decimal = []string{"", ",", "."}[n%3]
	}
	v.cfg.Columns = append(v.cfg.Columns, col)
}

// records makes that many records.
func (v *voyage) records(choose chooser, n int) []remote {
	out := make([]remote, n)
	for i := range out {
		out[i] = remote{fmt.Sprint(1000 + i), v.model.NewRecord()}
		for n := range v.model.Fields {
			f := &v.model.Fields[n]
			if out[i].record[n] = generated(choose, f, v.ids[f.Name]); f.Required && !f.Nullable && out[i].record[n].Kind == model.Null {
				out[i].record[n] = model.Value{} // no answer is read so
			}
		}
	}
	return out
}

// voyages is a job of every resource, in every way that a blank cell can be meant.
func voyages(t testing.TB) []*voyage {
	t.Helper()
	texts := []model.Definition{{ID: "77", Name: "Tier"}, {ID: "78", Name: "Key safe"}, {ID: "79", Name: "=odd, name"}}
	typed := []model.Definition{{ID: "71", Name: "Credit limit", Type: "money"}, {ID: "72", Name: "Score", Type: "number"},
		{ID: "73", Name: "Review date", Type: "date"}, {ID: "74", Name: "Tier", Type: "text"}}
	var all []*voyage
	for _, blank := range []mapping.Blank{mapping.BlankKeep, mapping.BlankClear, mapping.BlankError} {
		for _, r := range []struct {
			target, resource string
			custom           []model.Definition
		}{{"cro", "contact", nil}, {"bigchange", "contact", texts}, {"bigchange", "person", texts}, {"revnue", "customer", typed}} {
			v := newVoyage(t, r.target, r.resource, blank, r.custom)
			v.name += " " + string(blank)
			all = append(all, v)
		}
	}
	return all
}

// TestEveryRecordComesBackAsItWas holds the law of the way back for 10,000 records of every resource and in both media; nearly
// all of them have values that no cell can say, or that the rules refuse.
func TestEveryRecordComesBackAsItWas(t *testing.T) {
	t.Parallel()
	for n, v := range voyages(t) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(7, uint64(n)))
			count := 10_000
			if testing.Short() || !strings.HasSuffix(v.name, "keep") {
				count = 1_000
			}
			const portion = 500
			clean := 0
			for ; count > 0; count -= portion {
				records := v.records(random.IntN, portion)
				for name, medium := range media() {
					rows, back := travel(t, v.cfg, v.model, medium, records)
					for i := range records {
						if err := checkTrip(v.cfg, v.model, &records[i], &rows[i], &back[i]); err != nil {
							t.Fatalf("%s, record %s: %v", name, records[i].id, err)
						}
						if len(rows[i].problems) == 0 {
							clean++
						}
					}
				}
			}
			if clean == 0 && strings.HasPrefix(v.name, "cro") {
				t.Error("every record has problems, so that hardly anything was proved")
			}
		})
	}
}

// TestWhatTheModelAllowsComesBackWhole: values that keep the rules and that a cell can say need no excuse.
func TestWhatTheModelAllowsComesBackWhole(t *testing.T) {
	t.Parallel()
	for n, v := range voyages(t)[:4] {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(11, uint64(n)))
			records := v.records(random.IntN, 1_000)
			for i := range records {
				for n := range v.model.Fields {
					records[i].record[n] = sound(random.IntN, &v.model.Fields[n], v.ids[v.model.Fields[n].Name] != nil)
				}
			}
			for name, medium := range media() {
				rows, back := travel(t, v.cfg, v.model, medium, records)
				for i := range records {
					if len(rows[i].problems) > 0 || back[i].Stopped() != nil {
						t.Fatalf("%s, %v: got %+v and %+v, want nothing", name, records[i].record, rows[i].problems, back[i].Stopped())
					}
					for n, want := range records[i].record {
						if got, f := back[i].Record[n], &v.model.Fields[n]; !f.Same(got, want) {
							t.Fatalf("%s: %s was %v and came back as %v", name, f.Name, want, got)
						}
					}
				}
			}
		})
	}
}

// sound is a value that keeps the rules of its field and that a cell can say.
func sound(choose chooser, f *model.Field, named bool) model.Value {
	texts := map[model.Kind][]string{
		model.Integer: {"0", "7", "1200", "999999999999999"}, model.Number: {"0", "1.5", "0.01", "3.25", "12.5", "89.99", "0.25"},
		model.Boolean: {"true", "false"}, model.Date: {"2026-01-02", "2024-02-29", "1970-01-01", "2025-12-31"},
		model.String: {"0042-17", "007 0042", "+49 170 123", "=1+1 Ltd", "'quoted", "@handle", "a, b; c|d", "a\nbcdefg", "a\r\nbcdefg", "Zo\u00eb Bront\u00eb", "Zoe\u0308 Bronte\u0308",
			"2026-01-02", "1.234,56", "1234567890123", "  spaced ", "TRUE or not", "\U0001f69a \u674e\u96f7 van", "'=1+1 Ltd", "-5 to -7"},
	}[f.Kind]
	switch {
	case named:
		texts = []string{"9", "10", "13", "14", "15", "16", "18", "20", "23"}
	case len(f.Enum) > 0:
		texts = f.Enum
	case f.Format == "email-list", strings.Contains(strings.ToLower(f.Name), "email"):
		texts = []string{"ida@example.org", "ida@example.org, urs@example.org", " ida@example.org ,urs@example.org"}
	case f.In == model.InPath:
		texts = []string{"17", "4711"}
	case choose(6) == 0 && !f.Required:
		return model.Value{Kind: model.Null}
	}
	v, _ := f.Parse(pick(choose, texts))
	return v
}

// TestNoJobBreaksTheWayBack draws the options of the columns too, with constants and expressions.
func TestNoJobBreaksTheWayBack(t *testing.T) {
	t.Parallel()
	m := depot(t)
	rapid.Check(t, func(rt *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		cfg := drawnJob(choose, m)
		if len(cfg.Check(m)) > 0 {
			rt.Skip("not a job that anybody could run")
		}
		records := []remote{{rapid.SampledFrom([]string{"1", "007", "a-b", "7/8", "é", "x y", "=1", "2026-01-02", "1E+15"}).Draw(rt, "id"), m.NewRecord()}}
		for i := range m.Fields {
			records[0].record[i] = generated(choose, &m.Fields[i], nil)
			if s := rapid.String().Draw(rt, "text"); choose(4) == 0 {
				records[0].record[i] = model.Value{Kind: model.String, Text: s}
			}
		}
		for name, medium := range media() {
			rows, back := travel(t, cfg, m, medium, records)
			if err := checkTrip(cfg, m, &records[0], &rows[0], &back[0]); err != nil {
				rt.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// drawnJob is a job for crates with options as they come.
func drawnJob(choose chooser, m *model.Model) *mapping.Config {
	cfg := &mapping.Config{Identity: mapping.Identity{Key: []string{"code"}}, AllowUndocumented: true, Constants: map[string]string{}, Compute: map[string]string{}}
	cfg.Identity.ID = pick(choose, []string{"", "Crate"})
	cfg.ActionColumn = pick(choose, []string{"", "What"})
	for i := range m.Fields {
		f := &m.Fields[i]
		col := mapping.Column{Header: strings.ToUpper(f.Name), Field: f.Name, Blank: pick(choose, []mapping.Blank{mapping.BlankKeep, mapping.BlankClear, mapping.BlankError})}
		if col.Blank != mapping.BlankClear {
			col.Required = choose(5) == 0
		}
		switch f.Kind {
		case model.Boolean:
			col.True, col.False = pick(choose, [][]string{nil, {"Y"}, {"1"}, {"#N/A"}}), pick(choose, [][]string{nil, {"N"}, {""}, {"true"}})
		case model.Date:
			col.Format = pick(choose, []string{"", "2/1/2006", "mm/dd/yyyy", "yy-mm-dd", "mmmm d, yyyy", "2006-01-02 15:04:05"})
		case model.Number, model.Integer:
			col.Decimal = pick(choose, []string{"", ",", "."})
		}
		switch {
		case f.Name == "code" || choose(6) > 0:
			cfg.Columns = append(cfg.Columns, col)
		case f.Name == "note":
			cfg.Compute["note"] = pick(choose, []string{`"Mr " + row["Extra"]`, `trim(row["CODE"])`, `"fixed"`, `row["Extra"] == "" ? "none" : row["Extra"]`})
		case f.Name == "amount":
			cfg.Constants["amount"] = "7"
		}
	}
	return cfg
}
