package model_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// harborText is the target file that the tests break.
func harborText(t testing.TB) string { return targetText(t, "harbor.yaml") }

func TestATableFindsNamesHoweverTheyAreWritten(t *testing.T) {
	table := model.NewTable([]model.Entry{
		{Name: "North Pier", ID: "1"}, {Name: "Café", ID: "2"}, {Name: "South", ID: "3"}, {Name: "SOUTH", ID: "4"}, {Name: "south ", ID: "3"},
		{Name: "Straße", ID: "5"}, {Name: " ", ID: "6"}, {Name: "Nowhere", ID: ""}, {Name: "North Pier", ID: "1"},
	})
	for _, test := range []struct {
		name, word string
		want       []string
	}{
		{"as it is", "North Pier", []string{"1"}},
		{"in another letter case", "NORTH pier", []string{"1"}},
		{"with other white space", "\u00a0North \t Pier\n", []string{"1"}},
		{"with white space that the name does not have", "NorthPier", nil},
		{"with accents composed the other way", "CAFE\u0301", []string{"2"}},
		{"without the accent it is another name", "Cafe", nil},
		{"folded, not only in small letters", "STRASSE", []string{"5"}},
		{"a name of two things, each once", "south", []string{"3", "4"}},
		{"a part of a name is no name", "North", nil},
		{"more than a name is no name", "North Pier 2", nil},
		{"a thing without an id is none", "Nowhere", nil},
		{"nothing is no name", " ", nil},
		{"an id is no name", "1", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, e := range table.Find(test.word) {
				got = append(got, e.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if got := table.Find("café")[0].Name; got != "Café" {
		t.Errorf("got %s, want the name as the list has it", got)
	}
	if got, want := fmt.Sprintf("%d %q", table.Len(), table.Names()), `5 ["Café" "North Pier" "SOUTH" "South" "Straße"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestATableOfOneNameIsMadeAtOnce(t *testing.T) {
	entries := make([]model.Entry, 60_000)
	for i := range entries {
		entries[i] = model.Entry{Name: "Unknown", ID: strconv.Itoa(i)}
	}
	if got := len(model.NewTable(entries).Find("unknown")); got != len(entries) {
		t.Errorf("got %d things, want %d", got, len(entries))
	}
}

func TestNamesInAnswersAreReadAsIDs(t *testing.T) {
	zones := []model.Entry{{Name: "North", ID: "7"}, {Name: "South", ID: "8"}, {Name: "south", ID: "9"}, {Name: "10", ID: "11"}, {Name: "12", ID: "10"}, {Name: "West", ID: "w"}}
	ship := harborOf(t, "ship")
	for _, test := range []struct{ name, answer, want string }{
		{"a name", `{"zone":"North"}`, "integer 7"},
		{"a name in another spelling", `{"zone":" NORTH "}`, "integer 7"},
		{"an id", `{"zone":8}`, "integer 8"},
		{"an id as text", `{"zone":"8"}`, "integer 8"},
		{"an id that is not in the list", `{"zone":99}`, "integer 99"},
		{"an id that is also a name is an id", `{"zone":10}`, "integer 10"},
		{"a name that looks like an id", `{"zone":12}`, "integer 10"},
		{"a name of two things stays", `{"zone":"South"}`, "string South"},
		{"a name that is not in the list stays", `{"zone":"East"}`, "string East"},
		{"a thing whose id cannot be sent stays", `{"zone":"West"}`, "string West"},
		{"where the answer has an object", `{"zone":{"id":7,"title":"South"}}`, "integer 7"},
		{"where the answer has an object with the name for its id", `{"zone":{"id":"North"}}`, "integer 7"},
		{"nothing", `{"zone":null}`, "null "},
		{"nothing in an object", `{"zone":{"id":null}}`, "null "},
		{"not shown", `{}`, "absent "},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := ship.With(nil, map[string]*model.Table{"zones": model.NewTable(zones)})
			rec, err := r.Model.FromJSON([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			v := rec[r.Model.Index("zone")]
			if got := fmt.Sprintf("%s %s", v.Kind, v.Text); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	rec, err := ship.With(nil, nil).Model.FromJSON([]byte(`{"zone":"North"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := rec[ship.Model.Index("zone")]; got != text("North") {
		t.Errorf("got %v without the list, want the name as it is", got)
	}
}

func TestLookupsOfATarget(t *testing.T) {
	target := harbor(t)
	zones := model.Operation{ID: "listZones", Method: "GET", Path: "/zones", Query: []string{"cursor", "size"}}
	kits := model.Operation{ID: "listKits", Method: "GET", Path: "/kits"}
	old := model.Operation{ID: "listOldKits", Method: "GET", Path: "/kits/old"}
	want := []*model.Lookup{
		{Name: "zones", Listing: model.Listing{Operation: zones, Items: "data", Next: "after", Cursor: "cursor", SizeParam: "size", Size: 50},
			ID: "id", By: map[string]string{"name": "title", "code": "short"}},
		{Name: "kits", Listing: model.Listing{Operation: kits}, Then: &model.Listing{Operation: old}, ID: "id", By: map[string]string{"name": "name"}},
	}
	if diff := cmp.Diff(want, target.Lookups); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := strings.Join(target.Lookup("zones").Words(), " "); got != "code name" {
		t.Errorf("got words %q, want them sorted", got)
	}
	if got := target.Lookup("zone"); got != nil {
		t.Errorf("got %v under an unknown name, want nothing", got)
	}
}
