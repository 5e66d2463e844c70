package model_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestCustomFieldsComeBehindTheDocumentedOnes(t *testing.T) {
	plain := harborOf(t, "ship")
	wide := withKit(t, "ship")
	if wide == plain || wide.Model == plain.Model {
		t.Fatal("got the resource itself, want one of its own: jobs may differ")
	}
	n := len(plain.Model.Fields)
	if got, want := len(wide.Model.Fields), n+5; got != want {
		t.Fatalf("got %d fields, want %d", got, want)
	}
	for i := range n {
		if got, want := wide.Model.Fields[i].Name, plain.Model.Fields[i].Name; got != want {
			t.Errorf("field %d: got %s, want %s", i, got, want)
		}
	}
	if plain.Model.Index("extras.values.Dues") >= 0 {
		t.Error("the resource of the target has changed")
	}
	if got, want := wide.Model.Name(), "harbor/ship"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What fields ask of each other must not be lost where a model is made anew.
func TestAWiderModelKeepsItsRules(t *testing.T) {
	whole, ok := harborOf(t, "ship").Replacing()
	if !ok {
		t.Fatal("got no replacement")
	}
	for name, r := range map[string]*model.Resource{"with custom fields": withKit(t, "ship"), "replacing": whole, "both": whole.With(named(t, whole, kit()), nil)} {
		m := r.Model
		rec := record(t, m, map[string]model.Value{"name": text("Gull"), "captain": text("Ida"), "berth.pier": text("B")})
		var got []string
		for _, p := range m.Validate(nil, rec, model.ForUpdate) {
			got = append(got, string(p.Code)+" "+p.Field)
		}
		if diff := cmp.Diff([]string{"needs_field licence", "needs_field berth.place"}, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if !m.IsCustom("extras.values.99") {
			t.Errorf("%s: the model has forgotten what its custom fields are called", name)
		}
	}
}

func TestAReplacementIsAnUpdateOfItsOwn(t *testing.T) {
	plain := harborOf(t, "ship")
	whole, ok := plain.Replacing()
	if !ok || !whole.Replace || whole.Update.ID != "replaceShip" || whole.Create.ID != "addShip" {
		t.Fatalf("got %v %+v, want updates by replaceShip", ok, whole)
	}
	if plain.Replace || plain.Update.ID != "changeShip" {
		t.Error("the resource of the target has changed")
	}
	for name, want := range map[string]model.Clear{
		"name":       model.ClearUndocumented, // every record needs it
		"fee":        model.ClearOmit,
		"yard":       model.ClearOmit,
		"berth.pier": model.ClearOmit,
		"note":       model.ClearNull, // what is documented goes before what follows from leaving out
	} {
		if got := whole.Model.Fields[whole.Model.Index(name)].Clear; got != want {
			t.Errorf("%s: got cleared by %s, want %s", name, got, want)
		}
	}
	for _, f := range named(t, whole, kit()) {
		if f.Clear != model.ClearOmit {
			t.Errorf("%s: got cleared by %s, want left out", f.Name, f.Clear)
		}
	}
	// The update does not take the yard, the replacement does; with the state of a ship it is the other way round.
	if f := plain.Model.Fields[plain.Model.Index("yard")]; !f.Immutable {
		t.Error("no update takes the yard, so it cannot change")
	}
	if f := whole.Model.Fields[whole.Model.Index("yard")]; f.Immutable {
		t.Error("a replacement takes the yard: without it the yard would be lost")
	}
	if plain.Model.Index("state") < 0 || whole.Model.Index("state") >= 0 {
		t.Error("an update takes the state, a replacement does not")
	}
}

func TestWhoHasNoReplacementSaysSo(t *testing.T) {
	sailor := harborOf(t, "sailor")
	if got, ok := sailor.Replacing(); ok || got != sailor {
		t.Errorf("got %v %v, want the resource as it is", got, ok)
	}
	site := atlas(t).Resources[0]
	if got, ok := site.Replacing(); !ok || got != site {
		t.Errorf("got %v %v, want the resource as it is: its updates replace anyway", got, ok)
	}
}

func TestWhatAReplacementLeavesOutIsCleared(t *testing.T) {
	whole, _ := harborOf(t, "ship").Replacing()
	m := whole.With(named(t, whole, kit()), nil).Model
	null := model.Value{Kind: model.Null}
	rec := record(t, m, map[string]model.Value{
		"name": text("Gull"), "fee": null, "note": null, "berth.pier": null, "extras.values.Dues": null, "extras.values.Call sign": text("G"),
	})
	if got := m.Validate(nil, rec, model.ForUpdate); len(got) > 0 {
		t.Errorf("got %v, want no problem: nothing asks for the place of a pier that is left out", got)
	}
	want := `{"name":"Gull","note":null,"extras":{"values":[{"field":14,"is":"G"}]}}`
	if got := string(m.AppendBody(nil, rec, nil)); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

func TestWhereASettingTravels(t *testing.T) {
	read, write := &model.Operation{ID: "read", Method: "GET"}, &model.Operation{ID: "write", Method: "POST"}
	change, exempt := &model.Operation{ID: "change", Method: "PATCH"}, &model.Operation{ID: "exempt", Method: "GET"}
	for _, test := range []struct {
		name string
		in   []string
		want string
	}{
		{"a header goes with every call", []string{"header"}, "read header, write header, change header"},
		{"a query goes with every call", []string{"query"}, "read query, write query, change query"},
		{"a body goes with every call that has one, which is for the caller to know", []string{"body"}, "read body, write body, change body"},
		{"query and body share the calls", []string{"query", "body"}, "read query, write body, change body"},
		{"in any order", []string{"body", "query"}, "read query, write body, change body"},
		{"a header besides goes with all", []string{"header", "query", "body"}, "read header, read query, write header, write body, change header, change body"},
		{"a header and a query do not share", []string{"header", "query"}, "read header, read query, write header, write query, change header, change query"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := model.Setting{In: test.in, Except: []string{"exempt"}}
			var got string
			for _, op := range []*model.Operation{read, write, change, exempt} {
				for _, place := range []string{"header", "query", "body"} {
					if s.Travels(op, place) {
						got += ", " + op.ID + " " + place
					}
				}
			}
			if got != ", "+test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestASettingOfQueriesAndBodiesIsNoField(t *testing.T) {
	target := harbor(t)
	want := model.Setting{Name: "port", In: []string{"query", "body"}, Param: "port", Kind: model.Integer, Required: true, Except: []string{"listZones"}}
	if diff := cmp.Diff([]model.Setting{want}, target.Settings); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, r := range target.Resources {
		if r.Model.Index("port") >= 0 {
			t.Errorf("%s has the port for a field, which the job gives once", r.Name)
		}
	}
}

func TestWhatPeopleKeepElsewhere(t *testing.T) {
	target := harbor(t)
	got := target.Elsewhere("ship")
	want := map[string]string{
		"phone": "phone of harbor/sailor", "Phone number": "phone of harbor/sailor", "Sailor": "name of harbor/sailor", "Crew": "name of harbor/sailor",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of a ship: a name is its own (-want +got)\n%s", diff)
	}
	sailor := target.Elsewhere("sailor")
	for header, want := range map[string]string{"Vessel": "name of harbor/ship", "STATUS": "", "Status": "state of harbor/ship", "name": "", "Phone number": ""} {
		if got := sailor[header]; got != want {
			t.Errorf("of a sailor: %s: got %q, want %q", header, got, want)
		}
	}
	if got := embedded(t, "cro").Elsewhere("contact"); len(got) > 0 {
		t.Errorf("got %v for a target with one resource, want nothing", got)
	}
	phones := embedded(t, "bigchange").Elsewhere("contact")
	if got, want := phones["E-mail"], "email of bigchange/person"; got != want {
		t.Errorf("got %q for the e-mail column of a sheet of contacts, want %q", got, want)
	}
}

func TestAListIsReadByItsCursor(t *testing.T) {
	list := harborOf(t, "ship").List
	if got, want := fmt.Sprintf("%s %s %q %s", list.Next, list.Cursor, list.PageParam, list.Items), `after cursor "" data`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := harborOf(t, "ship").Custom.Types(); !slices.Equal(got, []string{"count", "day", "money", "words"}) {
		t.Errorf("got types %q, want them sorted", got)
	}
}

func TestStepsAndOlderLimits(t *testing.T) {
	m := withKit(t, "ship").Model
	for _, test := range []struct {
		name, field string
		value       model.Value
		want        string // code and message, "" for none
	}{
		{"two decimals", "fee", number("0.07"), ""},
		{"zeros behind them say nothing", "fee", number("0.0700"), ""},
		{"none", "fee", number("12"), ""},
		{"three", "fee", number("-0.071"), "money_decimals -0.071 has more than 2 decimals"},
		{"three, of a custom field", "extras.values.Dues", number("0.001"), "money_decimals 0.001 has more than 2 decimals"},
		{"a text within the older limit", "name", text("Gülls"), ""},
		{"a text beyond the older limit alone is told of", "name", text("Gullss"), "legacy_limit 6 characters, and the API's older interface takes at most 5"},
		{"a text beyond both is too long, and told so once", "name", text("Gull of Gulls"), "too_long 13 characters, at most 10 allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, use := range []model.Use{model.ForCreate, model.ForUpdate} {
				rec := record(t, m, map[string]model.Value{"name": text("Gull")})
				rec[m.Index(test.field)] = test.value
				checkProblem(t, m.Validate(nil, rec, use), test.field, test.want)
			}
		})
	}
}
