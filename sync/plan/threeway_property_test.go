package plan_test

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// anyValue is a value of a text field: few of them, so that they meet, and in the forms in which nothing can be written.
func anyValue() *rapid.Generator[model.Value] {
	text := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	return rapid.SampledFrom([]model.Value{{}, {Kind: model.Null}, text(""), text("a"), text("b"), text("c"), text("caf\u00e9"), text("cafe\u0301")})
}

// TestThreeWayDecision: what is said of one field holds whatever its values are.
func TestThreeWayDecision(t *testing.T) {
	f := &model.Field{Name: "note", Kind: model.String, In: model.InBody}
	rapid.Check(t, func(t *rapid.T) {
		want, have, base := anyValue().Draw(t, "sheet"), anyValue().Draw(t, "api"), anyValue().Draw(t, "base")
		got := plan.Judge(f, want, have, base)
		sheetMoved, apiMoved := !f.Same(base, want), !f.Same(base, have)
		expected := "clash"
		switch {
		case !want.Known():
			expected = "silent"
		case f.Same(want, have):
			expected = "equal"
		case !base.Known() || !apiMoved:
			expected = "ours"
		case !sheetMoved:
			expected = "theirs"
		}
		if got != expected {
			t.Fatalf("got %s, want %s", got, expected)
		}
		if mirror := plan.Judge(f, have, want, base); want.Known() && have.Known() && base.Known() {
			turned := map[string]string{"equal": "equal", "ours": "theirs", "theirs": "ours", "clash": "clash"}
			if mirror != turned[got] {
				t.Fatalf("seen from the other side it is %s, want %s", mirror, turned[got])
			}
		}
		if got == "ours" { // what is sent and seen done settles the matter
			if after := plan.Judge(f, want, want, want); after != "equal" {
				t.Fatalf("after it was sent it is %s", after)
			}
		}
	})
}

// world is one record in a sheet and in an API, both edited at will, and the bases as the ledger moves them.
type world struct {
	sheet, api, base map[string]string
}

// worldFields is what is edited: two fields that go alone, and two of an object that goes whole.
func worldFields() []string { return []string{"note", "email", "berth.row", "berth.number"} }

// plan plans the sheet against the API.
func (w *world) plan(tb testing.TB) (*model.Model, plan.Change) {
	b := newBench(tb)
	words := func(fields map[string]string) []string {
		out := []string{"pier=A", "name=Ida"}
		for f, v := range fields {
			out = append(out, f+"="+v)
		}
		return out
	}
	b.has("1", words(w.api)...)
	b.row("", words(w.sheet)...)
	if len(w.base) > 0 {
		b.options.Bases = &agreed{bases: map[string]model.Record{"1": record(tb, b.model(), words(w.base)...)}}
	}
	changes, _ := b.planned()
	return b.model(), changes[0]
}

// sync does what the plan says, and moves the bases. It fails the test if that loses anybody's edit.
func (w *world) sync(t *rapid.T, tb testing.TB) {
	m, c := w.plan(tb)
	if c.Status == plan.Conflict {
		for _, p := range c.Problems {
			if f := p.Field; p.Code == model.CodeChangedBoth && (w.sheet[f] == w.base[f] || w.api[f] == w.base[f] || w.sheet[f] == w.api[f]) {
				t.Fatalf("%s is held, and was not changed in both, differently", f)
			}
		}
		return
	}
	sent := map[string]bool{}
	for _, change := range c.FieldChanges(m) {
		sent[change.Field] = true
	}
	for i, f := range m.Fields {
		if f.In != model.InBody || f.Name == "name" {
			continue
		}
		if c.Agreed != nil && c.Agreed[i].Known() {
			w.base[f.Name] = c.Agreed[i].Text
		}
		if c.Record == nil || !c.Record[i].Known() {
			continue
		}
		value := c.Record[i].Text
		switch {
		case !sent[f.Name] && value != w.api[f.Name]:
			t.Fatalf("%s goes along as %s, and the API has %s", f.Name, value, w.api[f.Name])
		case sent[f.Name] && w.api[f.Name] != w.base[f.Name]:
			t.Fatalf("%s is sent over what somebody has written into the API meanwhile", f.Name)
		case sent[f.Name]:
			w.api[f.Name], w.base[f.Name] = value, value
		}
	}
	for _, f := range worldFields() {
		switch {
		case w.sheet[f] == w.api[f] && w.base[f] != w.api[f]:
			t.Fatalf("sheet and API agree on %s being %s, and its base is %s", f, w.api[f], w.base[f])
		case w.sheet[f] != w.api[f] && w.sheet[f] != w.base[f]:
			t.Fatalf("the row is settled, and the edit of %s in the sheet, %s, is nowhere", f, w.sheet[f])
		}
	}
}

// TestNobodysEditIsLost, whatever is edited on either side, in whatever order, with syncs in between.
func TestNobodysEditIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := map[string]string{"note": "a", "email": "a", "berth.row": "a", "berth.number": "1"}
		w := &world{sheet: maps.Clone(start), api: maps.Clone(start), base: map[string]string{}}
		w.sync(rt, t)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			field := rapid.SampledFrom(worldFields()).Draw(rt, "field")
			value := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "value")
			switch rapid.SampledFrom([]string{"sheet", "api", "sync"}).Draw(rt, "who") {
			case "sheet":
				w.sheet[field] = value
			case "api":
				w.api[field] = value
			case "sync":
				w.sync(rt, t)
			}
		}
		w.sync(rt, t)
	})
}
