package model_test

import (
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name string
		kind model.Kind
		text string
		want string
		code model.Code
	}{
		{"text stays as it is", model.String, " 007 ", " 007 ", ""},
		{"blank text is text", model.String, "", "", ""},
		{"leading zeros of a number say nothing", model.Integer, "007", "7", ""},
		{"a plus says nothing", model.Integer, "+42", "42", ""},
		{"outer spaces of a number say nothing", model.Integer, " -42\u00a0", "-42", ""},
		{"minus zero is zero", model.Integer, "-0", "0", ""},
		{"the highest number of 64 bits", model.Integer, "9223372036854775807", "9223372036854775807", ""},
		{"one more", model.Integer, "9223372036854775808", "", model.CodeNotInteger},
		{"a decimal part", model.Integer, "1.0", "", model.CodeNotInteger},
		{"a separator", model.Integer, "1,000", "", model.CodeNotInteger},
		{"an underscore is no digit", model.Integer, "1_000", "", model.CodeNotInteger},
		{"hexadecimal", model.Integer, "0x10", "", model.CodeNotInteger},
		{"letters", model.Integer, "C-1042", "", model.CodeNotInteger},
		{"nothing", model.Integer, "", "", model.CodeNotInteger},
		{"trailing zeros of a decimal say nothing", model.Number, "19.90", "19.9", ""},
		{"leading ones too", model.Number, "-0019.90", "-19.9", ""},
		{"no binary float comes between", model.Number, "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827", ""},
		{"a point without a whole part", model.Number, ".5", "0.5", ""},
		{"an exponent", model.Number, "1.5E+3", "1500", ""},
		{"minus zero", model.Number, "-0.00", "0", ""},
		{"an exponent out of all bounds", model.Number, "1e999999999", "", model.CodeNotNumber},
		{"an exponent that would fill the cell with zeros", model.Number, "1e41", "", model.CodeNotNumber},
		{"too many digits", model.Number, "12345678901234567890123456789012345678901", "", model.CodeNotNumber},
		{"a decimal comma", model.Number, "1,5", "", model.CodeNotNumber},
		{"not a number", model.Number, "NaN", "", model.CodeNotNumber},
		{"infinity", model.Number, "Inf", "", model.CodeNotNumber},
		{"a currency", model.Number, "€5", "", model.CodeNotNumber},
		{"a word", model.Boolean, "TRUE", "true", ""},
		{"a digit", model.Boolean, "0", "false", ""},
		{"another word", model.Boolean, "yes", "", model.CodeNotBoolean},
		{"a date", model.Date, " 2024-02-29 ", "2024-02-29", ""},
		{"a day that is not", model.Date, "2023-02-29", "", model.CodeBadDate},
		{"a date of another form", model.Date, "29/02/2024", "", model.CodeBadDate},
		{"a date without zeros", model.Date, "2024-2-9", "", model.CodeBadDate},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := model.Field{Name: "field", Kind: test.kind}
			got, code := f.Parse(test.text)
			want := model.Value{Kind: test.kind, Text: test.want}
			if test.code != "" {
				want = model.Value{}
			}
			if got != want || code != test.code {
				t.Errorf("got %v %q, want %v %q", got, code, want, test.code)
			}
		})
	}
}
