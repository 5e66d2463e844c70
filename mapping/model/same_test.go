package model_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestSame(t *testing.T) {
	plain := &model.Field{Kind: model.String}
	emails := &model.Field{Kind: model.String, Rules: model.Rules{Format: "email-list"}}
	integer, decimal := &model.Field{Kind: model.Integer}, &model.Field{Kind: model.Number}
	boolean, date := &model.Field{Kind: model.Boolean}, &model.Field{Kind: model.Date}
	omitted, sentNull := &model.Field{Kind: model.Boolean, Clear: model.ClearOmit}, &model.Field{Kind: model.Boolean, Clear: model.ClearNull}
	omittedText, no := &model.Field{Kind: model.String, Clear: model.ClearOmit}, model.Value{Kind: model.Boolean, Text: "false"}
	null, absent := model.Value{Kind: model.Null}, model.Value{}
	for _, test := range []struct {
		name  string
		field *model.Field
		a, b  model.Value
		want  bool
	}{
		{"nothing is null", plain, absent, null, true},
		{"null is blank", plain, null, text(""), true},
		{"a space is blank, as it is in a cell", plain, text(""), text(" \u00a0\t"), true},
		{"a space is null", plain, null, text(" "), true},
		{"a space is not a word", plain, text(" "), text("a"), false},
		{"nothing is not false", boolean, absent, model.Value{Kind: model.Boolean, Text: "false"}, false},
		{"null is false where what is left out is cleared", omitted, null, no, true},
		{"it is not true there", omitted, null, model.Value{Kind: model.Boolean, Text: "true"}, false},
		{"what the sheet does not say is not false there", omitted, absent, no, false},
		{"null is not false where null is sent", sentNull, null, no, false},
		{"null is not false where nothing says how to clear", boolean, null, no, false},
		{"null is not the text false", omittedText, null, text("false"), false},
		{"nothing is not zero", integer, null, model.Value{Kind: model.Integer, Text: "0"}, false},
		{"text is exact", plain, text("Ida"), text("ida"), false},
		{"spaces within text count", plain, text("Ida "), text("Ida"), false},
		{"accents may be composed either way", plain, text("Mu\u0308ller"), text("M\u00fcller"), true},
		{"lines may end either way", plain, text("a\r\nb"), text("a\nb"), true},
		{"or in the third", plain, text("a\rb\r\n"), text("a\nb\n"), true},
		{"a line end is not a space", plain, text("a\nb"), text("a b"), false},
		{"white space around addresses does not count", emails, text(" a@b ,\tc@d\n"), text("a@b,c@d"), true},
		{"the order of addresses counts", emails, text("a@b,c@d"), text("c@d,a@b"), false},
		{"the letter case of addresses counts", emails, text("Ida@b"), text("ida@b"), false},
		{"a list is no list elsewhere", plain, text("a, b"), text("a,b"), false},
		{"numbers by value", decimal, number("19.90"), number("19.9"), true},
		{"numbers that came as text", decimal, number("1500"), text("1.5e3"), true},
		{"different numbers", decimal, number("0.1"), number("0.10000000000000001"), false},
		{"whole numbers", integer, model.Value{Kind: model.Integer, Text: "7"}, text("007"), true},
		{"booleans that came as text", boolean, model.Value{Kind: model.Boolean, Text: "true"}, text("True"), true},
		{"different booleans", boolean, model.Value{Kind: model.Boolean, Text: "true"}, text("0"), false},
		{"dates that came as text", date, model.Value{Kind: model.Date, Text: "2026-01-31"}, text(" 2026-01-31"), true},
		{"what is no number is compared as text", decimal, text("a lot"), text("A lot"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.field.Same(test.a, test.b); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if got := test.field.Same(test.b, test.a); got != test.want {
				t.Errorf("the other way round: got %v, want %v", got, test.want)
			}
		})
	}
}

func TestKeyPart(t *testing.T) {
	for _, test := range []struct {
		name string
		v    model.Value
		want string
	}{
		{"nothing", model.Value{}, ""},
		{"null", model.Value{Kind: model.Null}, ""},
		{"outer white space is cut", text("\u00a0 Ida Example\t"), "ida example"},
		{"inner white space stays", text("Ida  Example"), "ida  example"},
		{"accents are composed", text("Mu\u0308LLER"), "m\u00fcller"},
		{"case is folded, not only lowered", text("STRASSE Straße"), "strasse strasse"},
		{"Greek sigma has one key", text("ΟΔΟΣ οδος"), "οδοσ οδοσ"},
		{"numbers", model.Value{Kind: model.Integer, Text: "42"}, "42"},
	} {
		if got := model.KeyPart(test.v); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestKeysDoNotDependOnHowTheyWereMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		key := model.KeyPart(text(s))
		if again := model.KeyPart(text(key)); again != key {
			t.Fatalf("%q: the key of the key is %q, want %q", s, again, key)
		}
		for name, form := range map[string]string{"NFC": norm.NFC.String(s), "NFD": norm.NFD.String(s)} {
			if got := model.KeyPart(text(form)); got != key {
				t.Fatalf("%q in %s: got %q, want %q", s, name, got, key)
			}
		}
	})
}
