package mapping_test

import (
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// cellCase is one cell and what becomes of it: a value, or a problem that begins with code and message.
type cellCase struct {
	name   string
	column mapping.Column // options of the column; Header and Field are added
	cell   sheet.Cell
	want   string // value; "-" is a field that the row says nothing about, "null" one that it clears
	wrong  string // code: message
}

// run decodes each cell into a field of the depot, in a row that is right in everything else.
func runCells(t *testing.T, field string, cases []cellCase) {
	t.Helper()
	m := depot(t)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			col := tt.column
			col.Header, col.Field = "Cell", field
			cfg := &mapping.Config{
				Columns: mapping.Columns{{Header: "Code", Field: "code"}, col}, Identity: mapping.Identity{Key: []string{"code"}},
				AllowUndocumented: true,
			}
			c := compile(t, cfg, m, "Code", "Cell").Decode(rowOf(text("K1"), tt.cell))
			if got := problemText(c.Problems); got != tt.wrong {
				t.Errorf("got problem %q, want %q", got, tt.wrong)
			}
			if len(c.Problems) > 0 && (c.Problems[0].Column != "Cell" || c.Problems[0].Field != field || c.Problems[0].Row != 2 || c.Problems[0].Hint == "") {
				t.Errorf("got problem %+v, want one that names row 2, column Cell, field %s and what to do", c.Problems[0], field)
			}
			if got := valueText(c.Record[m.Index(field)]); got != tt.want {
				t.Errorf("got value %q, want %q", got, tt.want)
			}
		})
	}
}

// problemText is the problems as code: message.
func problemText(problems []model.Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, string(p.Code)+": "+p.Message)
	}
	return strings.Join(lines, "\n")
}

func valueText(v model.Value) string {
	switch v.Kind {
	case model.Absent:
		return "-"
	case model.Null:
		return "null"
	}
	return v.Text
}

func TestTextIsTakenAsThePersonSeesIt(t *testing.T) {
	t.Parallel()
	runCells(t, "note", []cellCase{
		{name: "plain text", cell: text("Ida"), want: "Ida"},
		{name: "leading zeros stay", cell: text("0042"), want: "0042"},
		{name: "outer spaces stay", cell: text("  Ida "), want: "  Ida "},
		{name: "line breaks stay", cell: text("a\nb"), want: "a\nb"},
		{name: "accents stay as they are composed", cell: text("e\u0301"), want: "e\u0301"},
		{name: "nothing is nothing", cell: text(""), want: "-"},
		{name: "white space is nothing", cell: text(" \t\u00a0\u2003\n"), want: "-"},
		{name: "a number with the zeros of its format", cell: sheet.Cell{Text: "00042", Raw: "42", Kind: sheet.Number}, want: "00042"},
		{name: "a boolean as it is shown", cell: sheet.Cell{Text: "TRUE", Raw: "true", Kind: sheet.Boolean}, want: "TRUE"},
		{name: "a date is what Excel made of something else", cell: date("2026-01-02"), want: "-",
			wrong: "date_in_text: the cell holds a date where note needs text"},
		{name: "exponent form in a workbook", cell: with(sheet.DamageExponent, number("4.91703E+11")), want: "-",
			wrong: `scientific: "4.91703E+11" is a number in exponent form; its digits are lost`},
		{name: "too many digits", cell: with(sheet.DamageDigits, number("1234567890123456")), want: "-",
			wrong: `too_many_digits: "1234567890123456" has more than 15 digits in a numeric cell; the last ones are wrong`},
		{name: "an error value", cell: with(sheet.DamageError, text("#N/A")), want: "-", wrong: `cell_error: the cell shows the error "#N/A"`},
		{name: "a formula without a value", cell: with(sheet.DamageFormula, text("")), want: "-",
			wrong: "formula_no_value: the cell holds a formula without a stored value"},
		{name: "a control character", cell: with(sheet.DamageNUL, text("a\x00b")), want: "-",
			wrong: "bad_character: the cell holds a control character that no API can store"},
		{name: "bytes that are no text", cell: with(sheet.DamageEncoding, text("a\ufffdb")), want: "-",
			wrong: "bad_encoding: the cell holds bytes that are not text in the file's encoding"},
		{name: "a text that a spreadsheet cannot hold", cell: with(sheet.DamageLength, text("ab")), want: "-",
			wrong: "too_long: the cell has more than 32,767 characters, or stands in a line of more than 1 MiB, and may be cut"},
		{name: "what the model says comes after the cell", cell: text(strings.Repeat("ü", 201)), want: strings.Repeat("ü", 201),
			wrong: "too_long: 201 characters, at most 200 allowed"},
	})
}

func TestExponentFormsInTextAreTold(t *testing.T) {
	t.Parallel()
	m := depot(t)
	tests := []struct {
		name, cell string
		damaged    bool
	}{
		{"as Excel saves it", "4.91703E+11", true},
		{"as Excel saves it where decimals have a comma", "4,91703E+11", true},
		{"without a fraction", "5E+15", true},
		{"negative", "-1.5E+15", true},
		{"with spaces around, from another program", " 4.91703E11 ", true},
		{"without the sign, from another program", "4.91703E11", true},
		{"a letter behind a digit", "1E", false},
		{"a street", "5e3 street", false},
		{"a part number", "12E4", false},
		{"a part number with a dot before", "A1.5E4", false},
		{"hexadecimal", "0x1E5", false},
		{"a version", "1.5e", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, rows := readCSV(t, "Code;Note;Amount\nK1;"+tt.cell+";"+tt.cell+"\n")
			cfg := &mapping.Config{
				Columns:  mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Note", Field: "note"}, {Header: "Amount", Field: "amount"}},
				Identity: mapping.Identity{Key: []string{"code"}},
			}
			c := compile(t, cfg, m, in.Header()...).Decode(rows[0])
			want := []model.Code{model.CodeNotInteger}
			if tt.damaged {
				want = []model.Code{model.CodeScientific, model.CodeScientific}
			}
			var got []model.Code
			for _, p := range c.Problems {
				got = append(got, p.Code)
			}
			if len(got) != len(want) || got[0] != want[0] || got[len(got)-1] != want[len(want)-1] {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	comma := mapping.Column{Decimal: ","}
	runCells(t, "amount", []cellCase{
		{name: "digits", cell: text("42"), want: "42"},
		{name: "leading zeros mean nothing in a number", cell: text("0042"), want: "42"},
		{name: "a sign", cell: text("+42"), want: "42"},
		{name: "spaces around", cell: text(" 42\u00a0"), want: "42"},
		{name: "the largest of 64 bits", cell: text("9223372036854775807"), want: "9223372036854775807"},
		{name: "one more", cell: text("9223372036854775808"), want: "-", wrong: `not_integer: "9223372036854775808" is not a whole number`},
		{name: "nothing", cell: text(" "), want: "-"},
		{name: "letters", cell: text("C-1042"), want: "-", wrong: `not_integer: "C-1042" is not a whole number`},
		{name: "a fraction", cell: text("1.5"), want: "-", wrong: `not_integer: "1.5" is not a whole number`},
		{name: "a separator that the job does not name", cell: text("1.234"), want: "-", wrong: `not_integer: "1.234" is not a whole number`},
		{name: "groups of three where the job names the separator", column: comma, cell: text("1.234.567"), want: "1234567"},
		{name: "a part that is no number of three digits", column: comma, cell: text("12.34"), want: "-", wrong: `not_integer: "12.34" is not a whole number`},
		{name: "a fraction by the job's separator", column: comma, cell: text("1,5"), want: "-", wrong: `not_integer: "1,5" is not a whole number`},
		{name: "a number of a workbook", cell: number("42"), want: "42"},
		{name: "a number of a workbook, written with a fraction of nothing", cell: number("42.0"), want: "42"},
		{name: "a number of a workbook, stored with an exponent", cell: sheet.Cell{Text: "1200", Raw: "1.2E3", Kind: sheet.Number}, want: "1200"},
		{name: "a number of a workbook that needs no separator", column: comma, cell: number("1234"), want: "1234"},
		{name: "a fraction of a workbook", cell: number("42.5"), want: "-", wrong: `not_integer: "42.5" is not a whole number`},
		{name: "more digits than Excel keeps", cell: with(sheet.DamageDigits, number("1234567890123456")), want: "-",
			wrong: `too_many_digits: "1234567890123456" has more than 15 digits in a numeric cell; the last ones are wrong`},
		{name: "exponent form of a workbook", cell: with(sheet.DamageExponent, number("1.5E+15")), want: "-",
			wrong: `scientific: "1.5E+15" is a number in exponent form; its digits are lost`},
		{name: "a date", cell: date("2026-01-02"), want: "-", wrong: "date_in_number: the cell holds a date or a time where amount needs a whole number"},
		{name: "a boolean", cell: boolean("true"), want: "-", wrong: `not_integer: "SHOWN" is not a whole number`},
		{name: "an error value", cell: with(sheet.DamageError, text("#REF!")), want: "-", wrong: `cell_error: the cell shows the error "#REF!"`},
		{name: "what the model says comes after the cell", cell: text("-1"), want: "-1", wrong: "too_small: -1 is less than 0"},
	})
}

func TestDecimalsWithAPoint(t *testing.T) {
	t.Parallel()
	point := mapping.Column{Decimal: "."}
	runCells(t, "price", []cellCase{
		{name: "a fraction", cell: text("1234.50"), want: "1234.5"},
		{name: "negative", cell: text("-0.5"), want: "-0.5"},
		{name: "no fraction", cell: text("12"), want: "12"},
		{name: "an exponent does no harm to a price", cell: with(sheet.DamageExponent, text("1.5E+3")), want: "1500"},
		{name: "every digit is kept", cell: text("0.12345678901234567890"), want: "0.1234567890123456789"},
		{name: "a comma that the job does not name", cell: text("1,5"), want: "-", wrong: `not_number: "1,5" is not a number`},
		{name: "groups that the job does not name", cell: text("1 234"), want: "-", wrong: `not_number: "1 234" is not a number`},
		{name: "a currency", cell: text("€ 5"), want: "-", wrong: `not_number: "€ 5" is not a number`},
		{name: "no number at all", cell: text("NaN"), want: "-", wrong: `not_number: "NaN" is not a number`},
		{name: "groups with a comma where the job says that the point is for decimals", column: point, cell: text("1,234,567.50"), want: "1234567.5"},
		{name: "one group with a comma is no fraction", column: point, cell: text("1,234"), want: "1234"},
		{name: "a comma that separates no group of three", column: point, cell: text("12,34"), want: "-", wrong: `not_number: "12,34" is not a number`},
		{name: "a number of a workbook", cell: number("1234.5"), want: "1234.5"},
		{name: "a number of a workbook has a point, whatever the job says", column: mapping.Column{Decimal: ","}, cell: number("1.234"), want: "1.234"},
		{name: "the residue of binary fractions is not sent", cell: sheet.Cell{Text: "0.3", Raw: "0.30000000000000004", Kind: sheet.Number}, want: "0.3"},
		{name: "a large number of a workbook", cell: with(sheet.DamageExponent, number("1.5E+20")), want: "150000000000000000000"},
		{name: "digits that Excel has lost are not made up", cell: with(sheet.DamageDigits, number("12345678901234567.5")), want: "12345678901234567.5"},
		{name: "a number beyond all bounds", cell: with(sheet.DamageExponent, number("1E+300")), want: "-", wrong: `not_number: "1E+300" is not a number`},
		{name: "a date", cell: date("2026-01-02"), want: "-", wrong: "date_in_number: the cell holds a date or a time where price needs a number"},
		{name: "a time", cell: date("10:30:00"), want: "-", wrong: "date_in_number: the cell holds a date or a time where price needs a number"},
		{name: "a boolean", cell: boolean("false"), want: "-", wrong: `not_number: "SHOWN" is not a number`},
		{name: "an error value", cell: with(sheet.DamageError, text("#DIV/0!")), want: "-", wrong: `cell_error: the cell shows the error "#DIV/0!"`},
	})
}

func TestDecimalsWithAComma(t *testing.T) {
	t.Parallel()
	comma := mapping.Column{Decimal: ","}
	good := []struct{ name, cell, want string }{
		{"a fraction", "1234,5", "1234.5"},
		{"spaces around", " 1234,5 ", "1234.5"},
		{"negative", "-1234,5", "-1234.5"},
		{"a plus", "+1234,5", "1234.5"},
		{"no fraction", "1234", "1234"},
		{"a long fraction needs no groups", "1,23456", "1.23456"},
		{"a point between groups of three", "1.234.567,89", "1234567.89"},
		{"one point: it can only be a group", "1.234", "1234"},
		{"a space", "1 234 567,89", "1234567.89"},
		{"a no-break space", "1\u00a0234,5", "1234.5"},
		{"a narrow no-break space", "1\u202f234\u202f567", "1234567"},
		{"an apostrophe", "1'234'567,89", "1234567.89"},
		{"a typographic apostrophe", "1’234,5", "1234.5"},
	}
	bad := []struct{ name, cell string }{
		{"a point before two digits", "12.34"},
		{"a point before four digits", "1.2345"},
		{"a point before four digits in a row", "1.234.5678"},
		{"four digits before a group", "1234.567"},
		{"groups with different separators", "1.234 567,89"},
		{"a group behind the comma", "1,234.567"},
		{"two commas", "1,2,3"},
		{"nothing before the comma", ",5"},
		{"nothing behind the comma", "5,"},
		{"two separators in a row", "1..234"},
		{"a separator at the start", ".234"},
		{"an exponent", "1,5E3"},
		{"letters that the program itself uses", "1G234D5"},
	}
	var cases []cellCase
	for _, g := range good {
		cases = append(cases, cellCase{name: g.name, column: comma, cell: text(g.cell), want: g.want})
	}
	for _, b := range bad {
		cases = append(cases, cellCase{name: "not " + b.name, column: comma, cell: text(b.cell), want: "-", wrong: `not_number: "` + b.cell + `" is not a number`})
	}
	runCells(t, "price", cases)
}

func TestLongCellsAreCutInMessages(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Sum", Field: "price"}},
		Identity: mapping.Identity{Key: []string{"code"}}}
	c := compile(t, cfg, m, "Code", "Sum").Decode(textRow("K1", strings.Repeat("ü", 300)))
	if len(c.Problems) != 1 {
		t.Fatalf("got %v, want one problem", c.Problems)
	}
	p := c.Problems[0]
	if want := strings.Repeat("ü", 200); p.Value != want {
		t.Errorf("got a value of %d bytes, want 200 characters of the cell", len(p.Value))
	}
	if want := `"` + strings.Repeat("ü", 60) + `…" is not a number`; p.Message != want {
		t.Errorf("got message %q, want %q", p.Message, want)
	}
}
