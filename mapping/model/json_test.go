package model_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestAppendBody(t *testing.T) {
	m := atlas(t).Resources[0].Model
	rec := record(t, m, map[string]model.Value{
		"area": text("N1"), "code": text("AB-0001"), "home": {Kind: model.Null}, "price": number("19.90"),
		"active": {Kind: model.Boolean, Text: "false"}, "born": {Kind: model.Date, Text: "1990-01-31"},
		"location.latitude": number("52.5"), "location.height": {Kind: model.Integer, Text: "34"}, "person.email": text("a@b"),
	})
	only := func(names ...string) []int {
		out := []int{}
		for _, name := range names {
			out = append(out, m.Index(name))
		}
		return out
	}
	for _, test := range []struct {
		name string
		only []int
		want string
	}{
		{"all that is known, nested by dotted names, without the path", nil,
			`{"code":"AB-0001","home":null,"born":"1990-01-31","price":19.90,"active":false,"location":{"latitude":52.5,"height":34},"person":{"email":"a@b"}}`},
		{"some fields", only("price", "location.height"), `{"price":19.90,"location":{"height":34}}`},
		{"fields that are not known are left out", only("size", "person.name"), `{}`},
		{"no fields", only(), `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(m.AppendBody(nil, rec, test.only)); got != test.want {
				t.Errorf("\ngot  %s\nwant %s", got, test.want)
			}
		})
	}
	if got := string(m.AppendBody([]byte("x"), m.NewRecord(), nil)); got != "x{}" {
		t.Errorf("got %s, want it appended", got)
	}
}

func TestTextIsEscapedAsEncodingJSONDoes(t *testing.T) {
	m := cro(t)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		rec := m.NewRecord()
		rec[m.Index("name")] = text(s)
		var want bytes.Buffer
		encoder := json.NewEncoder(&want)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(map[string]string{"name": s}); err != nil {
			t.Fatal(err)
		}
		if got := m.AppendBody(nil, rec, nil); string(got) != string(bytes.TrimSpace(want.Bytes())) {
			t.Fatalf("got %s, want %s", got, want.Bytes())
		}
	})
}

func TestWhatIsSentIsReadBack(t *testing.T) {
	m := atlas(t).Resources[0].Model
	rapid.Check(t, func(t *rapid.T) {
		rec := m.NewRecord()
		for i := range m.Fields {
			f := &m.Fields[i]
			if f.In == model.InPath || rapid.Bool().Draw(t, "absent") {
				continue
			}
			if f.Clear != model.ClearOmit && (!f.Required || f.Nullable) { // cleared by leaving out, or never
				rec[i] = model.Value{Kind: model.Null}
			}
			if rapid.IntRange(0, 3).Draw(t, "null") > 0 {
				rec[i] = drawCanonical(t, f)
			}
		}
		body := m.AppendBody(nil, rec, nil)
		got, err := m.FromJSON(body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rec, got); diff != "" {
			t.Fatalf("%s\n(-want +got)\n%s", body, diff)
		}
	})
}

// drawCanonical draws a value of the field's kind as Parse makes it.
func drawCanonical(t *rapid.T, f *model.Field) model.Value {
	plain := ""
	switch f.Kind {
	case model.Integer:
		plain = fmt.Sprint(rapid.Int64().Draw(t, "integer"))
	case model.Number:
		plain = fmt.Sprintf("%d.%d", rapid.Int64().Draw(t, "whole"), rapid.Uint64().Draw(t, "fraction"))
	case model.Boolean:
		plain = fmt.Sprint(rapid.Bool().Draw(t, "boolean"))
	case model.Date:
		plain = fmt.Sprintf("%04d-%02d-%02d", rapid.IntRange(0, 9999).Draw(t, "y"), rapid.IntRange(1, 12).Draw(t, "m"), rapid.IntRange(1, 28).Draw(t, "d"))
	default:
		plain = rapid.String().Draw(t, "text")
	}
	v, code := f.Parse(plain)
	if code != "" {
		t.Fatalf("%s: parse %q: %s", f.Name, plain, code)
	}
	return v
}

func TestFromJSONIsLenient(t *testing.T) {
	m := atlas(t).Resources[0].Model
	null := model.Value{Kind: model.Null}
	for _, test := range []struct {
		name   string
		answer string
		want   map[string]model.Value
	}{
		{"nothing is absent", `{}`, map[string]model.Value{}},
		{"null is null, unknown properties and lists are passed over", `{"note":null,"more":[1,{}],"name":["x"],"home":{"a":1}}`,
			map[string]model.Value{"note": null}},
		{"a null where no record can have one says nothing", `{"code":null}`, map[string]model.Value{}},
		{"an object that is null makes its fields null", `{"location":null,"person":7}`,
			map[string]model.Value{"location.latitude": null, "location.longitude": null, "location.height": null}},
		{"numbers keep every digit", `{"price":999999999999999.990000000000000001,"grade":9007199254740993}`,
			map[string]model.Value{"price": number("999999999999999.990000000000000001"), "grade": {Kind: model.Integer, Text: "9007199254740993"}}},
		{"numbers take one form", `{"price":1.50e1,"grade":2.0}`,
			map[string]model.Value{"price": number("15"), "grade": {Kind: model.Integer, Text: "2"}}},
		{"other types are converted where nothing is lost", `{"code":12.50,"name":true,"price":"19.90","grade":"2","active":"False","born":"1990-01-31T00:00:00.000Z"}`,
			map[string]model.Value{"code": text("12.50"), "name": text("true"), "price": number("19.9"), "grade": {Kind: model.Integer, Text: "2"},
				"active": {Kind: model.Boolean, Text: "false"}, "born": {Kind: model.Date, Text: "1990-01-31"}}},
		{"0 and 1 are booleans", `{"active":1}`, map[string]model.Value{"active": {Kind: model.Boolean, Text: "true"}}},
		{"what cannot be converted stays as text, to be seen in a comparison", `{"price":"a lot","grade":1.5,"active":"maybe","born":"1990-01-31T10:00:00"}`,
			map[string]model.Value{"price": text("a lot"), "grade": text("1.5"), "active": text("maybe"), "born": text("1990-01-31T10:00:00")}},
		{"a date without its time is no date", `{"born":"1990-01-31T"}`, map[string]model.Value{"born": text("1990-01-31T")}},
		{"a number out of all bounds costs nothing", `{"price":1e999999999}`, map[string]model.Value{"price": text("1e999999999")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rec, err := m.FromJSON([]byte(test.answer))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, known(m, rec)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for name, answer := range map[string]string{
		"nothing": ``, "a list": `[]`, "null": `null`, "a page": `<html>`, "cut": `{"code":"A`, "two answers": `{}{}`,
	} {
		if _, err := m.FromJSON([]byte(answer)); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

func TestReadID(t *testing.T) {
	flat, nested := &model.Resource{IDField: "id"}, &model.Resource{IDField: "data.id"}
	for _, test := range []struct {
		resource *model.Resource
		answer   string
		want     string
		ok       bool
	}{
		{flat, `{"id":4711}`, "4711", true},
		{flat, `{"id":9007199254740993}`, "9007199254740993", true},
		{flat, `{"id":"0f-3"}`, "0f-3", true},
		{nested, `{"data":{"id":5}}`, "5", true},
		{flat, `{"id":null}`, "", false},
		{flat, `{"id":""}`, "", false},
		{flat, `{"id":true}`, "", false},
		{nested, `{"id":5}`, "", false},
		{flat, `not JSON`, "", false},
	} {
		if got, ok := test.resource.ReadID([]byte(test.answer)); got != test.want || ok != test.ok {
			t.Errorf("%s in %s: got %q %v, want %q %v", test.resource.IDField, test.answer, got, ok, test.want, test.ok)
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"location":{"latitude":1e5}}`, `{"price":1e999999999}`, `{"code":"\ud800"}`, `[1`, `{"a":{"a":{"a":null}}}`} {
		f.Add([]byte(seed))
	}
	m := atlas(f).Resources[0].Model
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := m.FromJSON(data)
		if err != nil {
			return
		}
		if body := m.AppendBody(nil, rec, nil); !json.Valid(body) {
			t.Errorf("what was read cannot be sent: %s", body)
		}
	})
}
