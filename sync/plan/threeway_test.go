package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// agreed is bases in memory, by record.
type agreed struct {
	bases map[string]model.Record
	asked []string
	err   error
}

func (a *agreed) Base(_ context.Context, id string) (model.Record, error) {
	a.asked = append(a.asked, id)
	return a.bases[id], a.err
}

// last makes what was last agreed on of record 1 known. A value of <blank> was not shown when the record was seen whole.
func (b *bench) last(fields ...string) *bench {
	b.t.Helper()
	base := b.model().NewRecord()
	for _, word := range fields {
		if name, blank := strings.CutSuffix(word, "=<blank>"); blank {
			base[b.model().Index(name)] = model.Value{Kind: model.String}
			continue
		}
		if name, odd := strings.CutSuffix(word, "=Canada"); odd {
			base[b.model().Index(name)] = model.Value{Kind: model.String, Text: "Canada"}
			continue
		}
		i := slices.IndexFunc(b.model().Fields, func(f model.Field) bool { return strings.HasPrefix(word, f.Name+"=") })
		base[i] = record(b.t, b.model(), word)[i]
	}
	b.options.Bases = &agreed{bases: map[string]model.Record{"1": base}}
	return b
}

// codes is what a change has against it.
func codes(c *plan.Change) (codes []string) {
	for _, p := range c.Problems {
		codes = append(codes, string(p.Code)+" "+p.Field)
	}
	return codes
}

// threeWayCase is one field of a record, and what becomes of it.
type threeWayCase struct {
	says             string
	base, sheet, api string // words; base "" for nothing known
	policy           plan.Policy
	want             string   // verdict
	sent             []string // of the body, nil: nothing
	codes            []string
	agreed           []string
}

func threeWayCases() []threeWayCase {
	both, inAPI := []string{"changed_both note"}, []string{"changed_in_api note"}
	const hold, sheet, api = plan.OnConflictHold, plan.OnConflictSheet, plan.OnConflictAPI
	return []threeWayCase{
		{"nothing has changed", "note=1", "note=1", "note=1", hold, "unchanged", nil, nil, nil},
		{"the sheet has changed: it is sent", "note=1", "note=2", "note=1", hold, "update 1", []string{"note=2"}, nil, nil},
		{"the sheet was cleared: it is cleared", "note=1", "note=<null>", "note=1", hold, "update 1", []string{"note=<null>"}, nil, nil},
		{"the sheet was filled where nothing was", "note=<null>", "note=2", "note=<null>", hold, "update 1", []string{"note=2"}, nil, nil},
		{"the API has changed: it is left alone and named", "note=1", "note=1", "note=3", hold, "unchanged", nil, inAPI, nil},
		{"the API was cleared: it is left alone and named", "note=1", "note=1", "note=<null>", hold, "unchanged", nil, inAPI, nil},
		{"the API was filled where the sheet clears", "note=<null>", "note=<null>", "note=3", hold, "unchanged", nil, inAPI, nil},
		{"both have changed to the same: they agree on that", "note=1", "note=2", "note=2", hold, "unchanged", nil, nil, []string{"note=2"}},
		{"both were cleared: they agree on that", "note=1", "note=<null>", "note=<null>", hold, "unchanged", nil, nil, []string{"note=<null>"}},
		{"both have changed, differently: the row is held", "note=1", "note=2", "note=3", hold, "conflict changed_both", nil, both, nil},
		{"the sheet has changed and the API was cleared: held", "note=1", "note=2", "note=<null>", hold, "conflict changed_both", nil, both, nil},
		{"the sheet was cleared and the API has changed: held", "note=1", "note=<null>", "note=3", hold, "conflict changed_both", nil, both, nil},
		{"to hold is what is done if nobody says otherwise", "note=1", "note=2", "note=3", "", "conflict changed_both", nil, both, nil},
		{"the sheet prevails where it is told to", "note=1", "note=2", "note=3", sheet, "update 1", []string{"note=2"}, nil, nil},
		{"it does not prevail over what it has not changed", "note=1", "note=1", "note=3", sheet, "unchanged", nil, inAPI, nil},
		{"the API prevails where it is told to", "note=1", "note=2", "note=3", api, "unchanged", nil, inAPI, nil},
		{"it does not prevail over what it has not changed", "note=1", "note=2", "note=1", api, "update 1", []string{"note=2"}, nil, nil},
		{"where nothing is known, the sheet prevails", "", "note=2", "note=3", hold, "update 1", []string{"note=2"}, nil, nil},
		{"where nothing is known, equals agree", "", "note=3", "note=3", hold, "unchanged", nil, nil, []string{"note=3"}},
		{"a record of which only another field is known", "email=a@x.org", "note=2", "note=3", hold, "update 1", []string{"note=2"}, nil, nil},
		{"a field that the sheet does not speak of", "note=1", "", "note=3", hold, "unchanged", nil, nil, nil},
		{"what was blank when it was seen has a base", "note=<blank>", "note=<null>", "note=3", hold, "unchanged", nil, inAPI, nil},
		{"the same written otherwise is no change of the sheet", "email=a@x.org,b@x.org", "email=a@x.org , b@x.org", "email=c@x.org", hold,
			"unchanged", nil, []string{"changed_in_api email"}, nil},
		{"nor of the API", "berth.depth=3.50", "berth.depth=4", "berth.depth=3.5", hold, "update 1", []string{"berth.depth=4"}, nil, nil},
	}
}

func TestThreeWay(t *testing.T) {
	for _, tt := range threeWayCases() {
		t.Run(tt.says, func(t *testing.T) {
			b := newBench(t).has("1", "pier=A", "name=Ida", tt.api).has("2", "pier=A", "name=Bo", "note=shown")
			if tt.base != "" {
				b.last("name=Ida", tt.base)
			} else {
				b.last("name=Ida")
			}
			b.options.OnConflict = tt.policy
			row := []string{"pier=A", "name=Ida"}
			if tt.sheet != "" {
				row = append(row, tt.sheet)
			}
			b.row("", row...)
			c := b.wantVerdicts(tt.want)[0]
			var sent []string
			for _, f := range c.FieldChanges(b.model()) {
				sent = append(sent, f.Field+"="+orNull(f.After))
			}
			if diff := cmp.Diff(tt.sent, sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.codes, codes(&c)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.agreed, words(b.model(), c.Agreed)); diff != "" {
				t.Errorf("agreed (-want +got):\n%s", diff)
			}
		})
	}
}

// orNull is a value as the tests write it.
func orNull(v model.Value) string {
	if v.Kind == model.Null {
		return "<null>"
	}
	return v.Text
}

// TestWhatIsNamed: a person has to decide, and needs all three values for it, and where they are.
func TestWhatIsNamed(t *testing.T) {
	for _, tt := range []struct {
		policy  plan.Policy
		sheet   string
		message string
	}{
		{plan.OnConflictHold, "note=two", `sheet and API last agreed on "one"; the sheet says "two" now, and the API "three"`},
		{plan.OnConflictHold, "note=<null>", `sheet and API last agreed on "one"; the sheet says nothing now, and the API "three"`},
		{plan.OnConflictHold, "note=one", `the API says "three" now; the sheet still says "one", as both did when they last agreed`},
		{plan.OnConflictAPI, "note=two", `sheet and API last agreed on "one"; the sheet says "two" now, and the API, which prevails, "three"`},
	} {
		b := newBench(t).has("1", "pier=A", "name=Ida", "note=three", "berth.number=7").last("note=one", "berth.number=5")
		b.options.OnConflict = tt.policy
		c := b.row("", "pier=A", "name=Ida", "berth.number=5", tt.sheet)
		c.Header = []string{"Column name", "Column berth.number", "Column note"}
		c.Problems = []model.Problem{{Code: model.CodeLegacyLimit, Field: "name"}}
		changes, _ := b.planned()
		if got, want := codes(&changes[0])[:2], []string{"legacy_limit name", "changed_in_api berth.number"}; !slices.Equal(got, want) {
			t.Errorf("%s: problems begin with %q, want %q, in column order", tt.sheet, got, want)
		}
		p := changes[0].Problems[2]
		value := record(t, b.model(), tt.sheet)[b.model().Index("note")].Text
		if p.Message != tt.message || p.Field != "note" || p.Column != "Column note" || p.Row != 2 || p.Value != value || p.Hint == "" {
			t.Errorf("%s: got %+v, want field and column of note, row 2, the value, a hint and\n%s", tt.sheet, p, tt.message)
		}
	}
}

// TestLeftAloneWithinAUnit: an object goes whole, so what is left alone in it goes along as the API has it now.
func TestLeftAloneWithinAUnit(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida", "berth.number=7", "berth.row=N").last("name=Ida", "berth.number=4", "berth.row=N")
	b.row("", "pier=A", "name=Ida", "berth.number=4", "berth.row=S")
	c := b.wantVerdicts("update 1")[0]
	if diff := cmp.Diff([]string{"pier=A", "berth.row=S", "berth.number=7"}, words(b.model(), c.Record)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"pier=A", "berth.row=N", "berth.number=7"}, words(b.model(), c.Before)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if got := c.FieldChanges(b.model()); len(got) != 1 || got[0].Field != "berth.row" {
		t.Errorf("field changes %v, want that of the row alone", got)
	}
}

func TestOneConflictHoldsTheWholeRow(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida", "note=3", "email=a@x.org").last("name=Ida", "note=1", "email=a@x.org")
	b.row("", "pier=A", "name=Ida", "note=2", "email=b@x.org")
	changes, p := b.planned()
	if c := &changes[0]; c.Pending() || c.Record != nil || c.Agreed != nil || c.ID != "1" {
		t.Errorf("got %+v, want nothing of it to be sent or agreed on", c)
	}
	if got := p.Tally(); got.Updates != 0 || got.Matched != 1 || got.Invalid != 0 {
		t.Errorf("tally %+v, want one match and no update", got)
	}
}

// TestAReplacementKeepsWhatTheAPIHasChanged: it sends all there is, and what is left alone among it as it is now.
func TestAReplacementKeepsWhatTheAPIHasChanged(t *testing.T) {
	b := newBench(t)
	b.options.Resource = resource(t, "pilot")
	b.options.Key, b.key = []string{"name"}, []int{0}
	b.has("1", "name=Ida", "phone=3", "rank=first").last("name=Ida", "phone=1", "rank=first")
	b.row("", "name=Ida", "phone=1", "rank=second")
	c := b.wantVerdicts("update 1")[0]
	if diff := cmp.Diff([]string{"name=Ida", "phone=3", "rank=second"}, words(b.model(), c.Record)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"changed_in_api phone"}, codes(&c)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// TestARowThatLeavesAllAloneCostsNoRead: the list shows a part of the record only, and a replacement would need the rest.
func TestARowThatLeavesAllAloneCostsNoRead(t *testing.T) {
	for sheet, want := range map[string]int{"phone=1": 0, "phone=2": 1} {
		b := newBench(t)
		b.options.Resource = resource(t, "pilot")
		b.options.Key, b.key = []string{"name"}, []int{0}
		b.has("1", "name=Ida", "phone=3").last("name=Ida", "phone=1")
		b.row("", "name=Ida", sheet)
		b.planned()
		if b.api.gets != want {
			t.Errorf("%s: %d reads, want %d", sheet, b.api.gets, want)
		}
	}
}

// TestImmutableFieldsHaveNoBase: they are compared as ever, and where the API does not show them nobody is held up.
func TestImmutableFieldsHaveNoBase(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida", "yard=North").last("yard=South")
	b.row("", "pier=A", "name=Ida", "yard=South")
	b.wantVerdicts("rejected immutable")
	b = newBench(t).has("1", "pier=A", "name=Ida").last("yard=South")
	b.row("", "pier=A", "name=Ida", "yard=North")
	if c := b.wantVerdicts("unchanged")[0]; len(c.Problems) != 0 {
		t.Errorf("problems %q, want none", codes(&c))
	}
}

// TestWhatIsLeftAloneMayBreakItsRule: then the update that would have to take it along is not sent.
func TestWhatIsLeftAloneMayBreakItsRule(t *testing.T) {
	for api, want := range map[string]string{"7": "update 1", "-5": "rejected not_rebuildable"} {
		b := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "form": {"id": 7, "fields": {"Price": `+api+`, "Paint": "red"}}}`)
		b.last("form.fields.Price=3", "form.fields.Paint=red")
		b.row("", "name=Ida", "form.fields.Price=3", "form.fields.Paint=blue")
		if c := b.wantVerdicts(want)[0]; c.Pending() && body(b.model(), &c) != `{"form":{"id":7,"fields":[{"id":71,"value":7},{"id":72,"value":"blue"}]}}` {
			t.Errorf("sent %s, want the price as the API has it", body(b.model(), &c))
		}
	}
}

// TestBasesAreAskedForOnce each record that a row may change, and for no other.
func TestBasesAreAskedForOnce(t *testing.T) {
	b := newBench(t).has("1", "pier=A", "name=Ida").has("2", "pier=A", "name=Bo").has("3", "pier=A", "name=Cy").has("4", "pier=A", "name=Cy")
	known := &agreed{}
	b.options.Bases = known
	b.row("", "pier=A", "name=Ida")
	b.row("2", "pier=A", "name=Bo").Action = "create"
	b.row("", "pier=A", "name=Cy")
	b.row("", "pier=A", "name=New")
	b.wantVerdicts("unchanged", "skipped exists", "rejected ambiguous", "create")
	if diff := cmp.Diff([]string{"1"}, known.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	known.err = errors.New("the ledger is damaged")
	if _, err := b.pass(plan.New(b.options)); !errors.Is(err, known.err) {
		t.Errorf("got %v, want the trouble of the ledger", err)
	}
}

// TestACreateAgreesOnWhatItLeavesBlank: the record has nothing where the sheet says so.
func TestACreateAgreesOnWhatItLeavesBlank(t *testing.T) {
	b := newBench(t)
	b.row("", "pier=A", "name=Ida", "note=<null>")
	b.row("", "pier=A", "name=Bo", "note=1")
	changes := b.wantVerdicts("create", "create")
	if diff := cmp.Diff([]string{"note=<null>"}, words(b.model(), changes[0].Agreed)); diff != "" {
		t.Errorf("agreed (-want +got):\n%s", diff)
	}
	if changes[1].Agreed != nil {
		t.Errorf("the other agrees on %v", words(b.model(), changes[1].Agreed))
	}
}

// TestThreeWayInTheDark: fields that the API does not show, or in a form nobody can tell, have changed if what was sent last, or
// that form, is another one than when both last agreed.
func TestThreeWayInTheDark(t *testing.T) {
	const odd, dark = `"country": "Canada"`, `"phone": "1"`
	for _, tt := range []struct {
		says   string
		api    string
		base   []string
		sent   string // last, "" for nothing
		sheet  string
		want   string
		agreed []string
	}{
		{"not shown, and as it was sent", dark, []string{"country=1"}, "country=1", "country=1", "unchanged", nil},
		{"not shown, changed in the sheet", dark, []string{"country=1"}, "country=1", "country=2", "update 1", nil},
		{"not shown, sent meanwhile from another sheet", dark, []string{"country=1"}, "country=3", "country=1", "unchanged", nil},
		{"not shown, sent from another sheet and changed in this", dark, []string{"country=1"}, "country=3", "country=2", "conflict changed_both", nil},
		{"not shown, and what was sent is purged: the base is what it is", dark, []string{"country=1"}, "", "country=1", "unchanged", nil},
		{"not shown, what was sent is purged, changed in the sheet", dark, []string{"country=1"}, "", "country=2", "update 1", nil},
		{"never shown: that it was blank is not known", dark, []string{"country=<blank>"}, "country=3", "country=2", "update 1", nil},
		{"in another form, and as it was", odd, []string{"country=Canada"}, "country=124", "country=124", "unchanged", nil},
		{"in another form, changed in the sheet", odd, []string{"country=Canada"}, "country=124", "country=250", "update 1", nil},
		{"in another form, seen for the first time: it is ours", odd, []string{"country=124"}, "country=124", "country=124", "unchanged", []string{"country=Canada"}},
		{"in another form than it had: changed in the API", odd, []string{"country=<null>"}, "country=124", "country=<null>", "unchanged", nil},
		{"in another form, and nobody knows what it stands for", odd, []string{"country=Canada"}, "", "country=250", "update 1", nil},
	} {
		t.Run(tt.says, func(t *testing.T) {
			b := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "flag": "NO", `+tt.api+`}`).last(tt.base...)
			b.row("", "name=Ida", tt.sheet)
			p := plan.New(b.options)
			if c := b.darkly(p, tt.sent); verdict(c) != tt.want {
				t.Errorf("verdict %s with %v, want %s", verdict(c), codes(c), tt.want)
			} else if agreed := words(b.model(), c.Agreed); tt.agreed != nil && !slices.Contains(agreed, tt.agreed[0]) {
				t.Errorf("agreed on %q, want %q among it", agreed, tt.agreed)
			}
		})
	}
	changed := newYard(t, wholeList, false).answers("1", `{"name": "Ida", "flag": "NO", "country": "France"}`).last("country=Canada")
	for sheet, want := range map[string]string{"country=124": "unchanged", "country=250": "conflict changed_both"} {
		changed.rows = nil
		changed.row("", "name=Ida", sheet)
		if c := changed.darkly(plan.New(changed.options), "country=124"); verdict(c) != want {
			t.Errorf("somebody has chosen France, the sheet says %s: verdict %s, want %s", sheet, verdict(c), want)
		}
	}
}

// darkly plans the one row of the sheet when it is known what was last sent.
func (b *bench) darkly(p *plan.Planner, sent string) *plan.Change {
	b.t.Helper()
	ctx := b.t.Context()
	p.Survey(b.rows[0])
	if err := p.Fetch(ctx, b.api, func(int) {}); err != nil {
		b.t.Fatal(err)
	}
	p.Unshown([]int{b.model().Index("country")})
	if sent != "" {
		p.Remember(map[string]model.Record{"1": record(b.t, b.model(), sent)})
	}
	c, err := p.Decide(ctx, b.api, b.rows[0])
	if err != nil {
		b.t.Fatal(fmt.Errorf("decide: %w", err))
	}
	return &c
}
