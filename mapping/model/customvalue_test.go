package model_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestCustomFieldsAreSentAsAList(t *testing.T) {
	ship, sailor := withKit(t, "ship").Model, withKit(t, "sailor").Model
	null := model.Value{Kind: model.Null}
	for _, test := range []struct {
		name   string
		m      *model.Model
		values map[string]model.Value
		only   []string
		want   string
	}{
		{"each with the id and the type of its definition", ship, map[string]model.Value{
			"name": text("Gull"), "extras.kit": {Kind: model.Integer, Text: "3"}, "extras.values.Dues": number("12.50"),
			"extras.values.Masts": {Kind: model.Integer, Text: "-2"}, "extras.values.Built": {Kind: model.Date, Text: "1999-12-31"}, "extras.values.Call sign": text(`"=A"`),
		}, nil, `{"name":"Gull","extras":{"kit":3,"values":[{"field":11,"is":12.50},{"field":12,"is":-2},{"field":13,"is":"1999-12-31"},{"field":14,"is":"\"=A\""}]}}`},
		{"ids that are text stay text, also if they look like numbers", sailor, map[string]model.Value{"attributes.Eyes": text("green"), "attributes.0042": null}, nil,
			`{"attributes":[{"key":"eye-color","text":"green"},{"key":"0042","text":null}]}`},
		{"without the object around them if nothing else is in it", ship, map[string]model.Value{"extras.values.Masts": {Kind: model.Integer, Text: "1"}}, nil,
			`{"extras":{"values":[{"field":12,"is":1}]}}`},
		{"not at all if none is known: no empty list, no empty item", ship, map[string]model.Value{"name": text("Gull"), "extras.kit": {Kind: model.Integer, Text: "3"}}, nil,
			`{"name":"Gull","extras":{"kit":3}}`},
		{"some of them", sailor, map[string]model.Value{"name": text("Ida"), "attributes.Eyes": text("green"), "attributes.0042": null}, []string{"attributes.0042"},
			`{"attributes":[{"key":"0042","text":null}]}`},
		{"none of them", sailor, map[string]model.Value{"name": text("Ida"), "attributes.Eyes": text("green")}, []string{"name"}, `{"name":"Ida"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var only []int
			for _, name := range test.only {
				only = append(only, test.m.Index(name))
			}
			if got := string(test.m.AppendBody(nil, record(t, test.m, test.values), only)); got != test.want {
				t.Errorf("\ngot  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAnIDThatIsNoNumberIsSentAsText(t *testing.T) {
	r := harborOf(t, "ship")
	for id, want := range map[string]string{"007": `"007"`, "7a": `"7a"`, "-7": "-7", `a"b`: `"a\"b"`} {
		m := r.With(named(t, r, []model.Definition{{ID: id, Name: "Sign", Type: "words"}}), nil).Model
		got := string(m.AppendBody(nil, record(t, m, map[string]model.Value{"extras.values.Sign": text("x")}), nil))
		if want := `{"extras":{"values":[{"field":` + want + `,"is":"x"}]}}`; got != want || !json.Valid([]byte(got)) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	sailor := harborOf(t, "sailor") // whose schema says that ids are text
	m := sailor.With(named(t, sailor, []model.Definition{{ID: "42", Name: "Eyes"}}, "attributes.Eyes"), nil).Model
	got := string(m.AppendBody(nil, record(t, m, map[string]model.Value{"attributes.Eyes": text("green")}), nil))
	if want := `{"attributes":[{"key":"42","text":"green"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCustomFieldsAreReadFromListsAndMaps(t *testing.T) {
	ship, sailor := withKit(t, "ship").Model, withKit(t, "sailor").Model
	for _, test := range []struct {
		name, answer, field string
		m                   *model.Model
		want                string // "-" if the answer says nothing
	}{
		{"a list", `{"extras":{"values":[{"field":12,"is":3},{"field":11,"is":1.50}]}}`, "extras.values.Dues", ship, "number 1.5"},
		{"a list with ids as text", `{"extras":{"values":[{"field":"11","is":"1.50"}]}}`, "extras.values.Dues", ship, "number 1.5"},
		{"a list with text ids", `{"attributes":[{"key":"0042","text":"x"}]}`, "attributes.0042", sailor, "string x"},
		{"a text id is not the number of the same digits", `{"attributes":[{"key":42,"text":"x"}]}`, "attributes.0042", sailor, "null "},
		{"a list with more in it", `{"extras":{"values":[7,null,[],{"is":1},{"field":null,"is":2},{"field":12,"is":3}]}}`, "extras.values.Masts", ship, "integer 3"},
		{"a list without it", `{"extras":{"values":[{"field":12,"is":3}]}}`, "extras.values.Dues", ship, "null "},
		{"a list where it is null", `{"extras":{"values":[{"field":12,"is":null}]}}`, "extras.values.Masts", ship, "null "},
		{"a map by id", `{"extras":{"values":{"12":3}}}`, "extras.values.Masts", ship, "integer 3"},
		{"a map by name", `{"extras":{"values":{"Call sign":"GULL"}}}`, "extras.values.Call sign", ship, "string GULL"},
		{"a map by what was made of the name", `{"extras":{"values":{"call_sign":"GULL"}}}`, "extras.values.Call sign", ship, "string GULL"},
		{"a map by what was made of the name in another way", `{"extras":{"values":{"callSign":"GULL"}}}`, "extras.values.Call sign", ship, "string GULL"},
		{"in a map the id goes before the name", `{"extras":{"values":{"Masts":1,"12":3}}}`, "extras.values.Masts", ship, "integer 3"},
		{"in a map the name goes before what may be made of it", `{"extras":{"values":{"CALL SIGN":"no","Call sign":"GULL"}}}`, "extras.values.Call sign", ship, "string GULL"},
		{"a map without it", `{"extras":{"values":{"12":3}}}`, "extras.values.Dues", ship, "null "},
		{"a map where it is null", `{"extras":{"values":{"Dues":null}}}`, "extras.values.Dues", ship, "null "},
		{"no values", `{"extras":{"values":null}}`, "extras.values.Dues", ship, "null "},
		{"no object around them", `{"extras":null}`, "extras.values.Dues", ship, "null "},
		{"values that are not shown are not known", `{"extras":{"kit":3}}`, "extras.values.Dues", ship, "-"},
		{"an object that is not shown is not known", `{"name":"Gull"}`, "extras.values.Dues", ship, "-"},
		{"what is neither a list nor a map says nothing", `{"extras":{"values":"see file"}}`, "extras.values.Dues", ship, "-"},
		{"nor does an object that is none", `{"extras":7}`, "extras.values.Dues", ship, "-"},
		{"a value of another type stays, to be seen", `{"extras":{"values":{"Dues":"a lot"}}}`, "extras.values.Dues", ship, "string a lot"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec, err := test.m.FromJSON([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			got := "-"
			if v := rec[test.m.Index(test.field)]; v.Known() {
				got = fmt.Sprintf("%s %s", v.Kind, v.Text)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// How the keys of a map are made of names is not documented, so that names which only differ in signs cannot be told by a
// key that is not one of them.
func TestNamesThatAreAlikeAreReadByTheirExactKeyAlone(t *testing.T) {
	r := harborOf(t, "ship")
	definitions := []model.Definition{
		{ID: "1", Name: "Grade A+", Type: "words"}, {ID: "2", Name: "Grade A-", Type: "words"}, {ID: "3", Name: "%", Type: "words"},
		{ID: "4", Name: "€", Type: "words"}, {ID: "77", Name: "Sign", Type: "words"}, {ID: "5", Name: "7/7", Type: "words"},
		{ID: "8", Name: "Home port", Type: "words", Inactive: true}, {ID: "9", Name: "Home Port", Type: "words"},
	}
	m := r.With(named(t, r, definitions), nil).Model
	for _, test := range []struct{ name, values, field, want string }{
		{"its own key", `{"Grade A+":"x","Grade A-":"y"}`, "Grade A+", "x"},
		{"the key of the other", `{"Grade A-":"y"}`, "Grade A+", ""},
		{"a key that may be either", `{"grade_a":"y"}`, "Grade A-", ""},
		{"a sign by itself", `{"€":"y","%":"x"}`, "%", "x"},
		{"another sign", `{"€":"y"}`, "%", ""},
		{"the id of another", `{"77":"x"}`, "7/7", ""},
		{"the same, for whom it is", `{"77":"x"}`, "Sign", "x"},
		{"one name for what is in use and what is not", `{"home_port":"x"}`, "Home Port", "x"},
	} {
		rec, err := m.FromJSON([]byte(`{"extras":{"values":` + test.values + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := rec[m.Index("extras.values."+test.field)].Text; got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestWhatAReplacementWouldLose(t *testing.T) {
	ship, sailor := withKit(t, "ship"), withKit(t, "sailor")
	for _, test := range []struct {
		name, answer string
		r            *model.Resource
		want         []string
	}{
		{"nothing", `{"name":"Gull","zone":{"id":7},"extras":{"kit":3,"values":[{"field":11,"is":1}]}}`, ship, nil},
		{"what the API adds by itself is not lost", `{"id":1,"owner":{"id":2},"tags":["a"],"name":"Gull"}`, ship, nil},
		{"values of a list that no field stands for", `{"extras":{"values":[{"field":99,"is":1},{"field":15,"is":"x"},{"field":11,"is":1}]}}`, ship, []string{"99"}},
		{"values of a map that no field stands for", `{"extras":{"values":{"Photo":"a.png","Call sign":"x","call-sign ":"y","15":"x"}}}`, ship, []string{"Photo", "call-sign "}},
		{"a map by made names", `{"extras":{"values":{"call_sign":"x"}}}`, ship, nil},
		{"values that are nothing", `{"extras":{"values":[{"field":99,"is":null},{"field":98,"is":""},{"field":97,"is":[]},{"field":96}]}}`, ship, nil},
		{"nothing in a map", `{"extras":{"values":{"Photo":null,"15":"","16":{}}}}`, ship, nil},
		{"no is something", `{"extras":{"values":{"99":false,"98":0}}}`, ship, []string{"98", "99"}},
		{"a value that cannot be read", `{"extras":{"values":[{"field":11,"is":{"amount":1}}]}}`, ship, []string{"extras.values.Dues"}},
		{"an item without an id, and one that is none", `{"extras":{"values":[{"is":"x"},"y"]}}`, ship, []string{"extras.values", "extras.values"}},
		{"values of another form", `{"extras":{"values":"see file"}}`, ship, []string{"extras.values"}},
		{"a documented field that cannot be read", `{"name":["Gull"],"zone":{"title":"North"},"berth":{"pier":{}}}`, ship, []string{"name", "zone"}},
		{"by text ids", `{"attributes":[{"key":"0042","text":"x"},{"key":"42","text":"x"}]}`, sailor, []string{"42"}},
		{"no custom fields in the answer", `{"name":"Ida"}`, sailor, nil},
		{"no answer", `[`, ship, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.r.Model.Stray([]byte(test.answer), test.r.Custom)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	m := atlas(t).Resources[0].Model
	if got, want := fmt.Sprint(m.Stray([]byte(`{"name":{"first":"Ida"},"area":["N1"]}`), nil)), "[name]"; got != want {
		t.Errorf("without custom fields: got %s, want %s", got, want)
	}
}

func TestWhatIsSentWithCustomFieldsIsReadBack(t *testing.T) {
	for _, name := range []string{"ship", "sailor"} {
		m := withKit(t, name).Model
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rec, listed := m.NewRecord(), false
				for i := range m.Fields {
					f := &m.Fields[i]
					switch rapid.IntRange(0, 3).Draw(t, "which") {
					case 0:
					case 1:
						if !f.Required || f.Nullable { // the null of such a field is no value
							rec[i] = model.Value{Kind: model.Null}
						}
					default:
						rec[i] = drawCanonical(t, f)
					}
					listed = listed || f.Custom != nil && rec[i].Known()
				}
				body := m.AppendBody(nil, rec, nil)
				got, err := m.FromJSON(body)
				if err != nil {
					t.Fatal(err)
				}
				for i := range rec {
					if m.Fields[i].Custom != nil && listed && !rec[i].Known() {
						rec[i] = model.Value{Kind: model.Null} // a list that does not show a field says that it is empty
					}
				}
				if diff := cmp.Diff(rec, got); diff != "" {
					t.Fatalf("%s\n(-want +got)\n%s", body, diff)
				}
			})
		})
	}
}

func FuzzCustomFieldsOfAnAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"extras":{"values":[{"field":11,"is":1.5},{"field":12}]}}`, `{"extras":{"values":{"call_sign":"x","":1,"11":{}}}}`, `{"extras":{"values":[[1],null,"x"]}}`,
		`{"extras":{"values":7}}`, `{"extras":[]}`, `{"attributes":[{"key":1e999,"text":[1]}]}`, `{"zone":{"id":"North"},"attributes":{"\ud800":null}}`, `[1`,
	} {
		f.Add([]byte(seed))
	}
	zones := map[string]*model.Table{"zones": model.NewTable([]model.Entry{{Name: "North", ID: "7"}, {Name: "x", ID: "y"}})}
	ship, sailor := harborOf(f, "ship"), withKit(f, "sailor")
	ship = ship.With(named(f, ship, kit()), zones)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range []*model.Resource{ship, sailor} {
			stray := r.Model.Stray(data, r.Custom)
			rec, err := r.Model.FromJSON(data)
			if err != nil {
				if len(stray) > 0 {
					t.Errorf("got stray %q of an answer that cannot be read", stray)
				}
				continue
			}
			if body := r.Model.AppendBody(nil, rec, nil); !json.Valid(body) {
				t.Errorf("what was read cannot be sent: %s", body)
			}
			r.Model.Validate(nil, rec, model.ForUpdate)
		}
	})
}
