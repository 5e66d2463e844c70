package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// exportCase is a value that a column of its field writes.
type exportCase struct {
	name   string
	column mapping.Column
	value  model.Value
	text   string     // of the cell in a CSV file
	typed  sheet.Cell // of a workbook, the zero cell for the text of the CSV file
	wrong  string     // code and end of the message, the same in both
}

// runExports writes each value into a crate with the code K1.
func runExports(t *testing.T, field string, cases []exportCase) {
	t.Helper()
	m := depot(t)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			col := tt.column
			col.Header, col.Field = "Cell", field
			cfg := &mapping.Config{
				Columns:  mapping.Columns{{Header: "Code", Field: "code"}, col},
				Identity: mapping.Identity{ID: "ID", Key: []string{"code"}}, AllowUndocumented: true,
			}
			r := m.NewRecord()
			r[m.Index("code")], r[m.Index(field)] = model.Value{Kind: model.String, Text: "K1"}, tt.value
			typed := tt.typed
			if typed == (sheet.Cell{}) {
				typed = sheet.TextCell(tt.text)
			}
			for medium, want := range map[mapping.Medium]sheet.Cell{mapping.InText: sheet.TextCell(tt.text), mapping.InTypes: typed} {
				cells, problems := encoder(t, cfg, m, medium).Encode("7", r)
				if diff := cmp.Diff(cells, []sheet.Cell{sheet.TextCell("7"), sheet.TextCell("K1"), want}); diff != "" {
					t.Errorf("medium %d, cells (-got +want):\n%s", medium, diff)
				}
				got := problemText(problems)
				if code, end, _ := strings.Cut(tt.wrong, ": "); !strings.HasPrefix(got, code) || !strings.HasSuffix(got, end) || (got == "") != (tt.wrong == "") {
					t.Errorf("medium %d: got problem %q, want %q", medium, got, tt.wrong)
				}
			}
		})
	}
}

// is is a value of a kind.
func is(kind model.Kind, text string) model.Value { return model.Value{Kind: kind, Text: text} }

const isBlank, isRefused = "; the cell is blank, which leaves the field alone", "; the cell is such that the row is refused"

func TestTextsAreWrittenAsTheyAre(t *testing.T) {
	t.Parallel()
	clear, needed := mapping.Column{Blank: mapping.BlankClear}, mapping.Column{Blank: mapping.BlankError}
	runExports(t, "note", []exportCase{
		{name: "a plain one", value: is(model.String, "Ida"), text: "Ida"},
		{name: "leading zeros are text in a workbook too", value: is(model.String, "0042"), text: "0042"},
		{name: "what looks like a formula", value: is(model.String, "=1+1"), text: "=1+1"},
		{name: "what looks like a number", value: is(model.String, "1.50"), text: "1.50"},
		{name: "what looks like a date", value: is(model.String, "2026-01-02"), text: "2026-01-02"},
		{name: "outer spaces stay", value: is(model.String, " Ida "), text: " Ida "},
		{name: "line ends stay", value: is(model.String, "a\r\nb\nc"), text: "a\r\nb\nc"},
		{name: "nothing", value: model.Value{}, text: ""},
		{name: "null", value: is(model.Null, ""), text: ""},
		{name: "null where a blank cell clears", column: clear, value: is(model.Null, ""), text: ""},
		{name: "a space where a blank cell clears", column: clear, value: is(model.String, " "), text: " "},
		{name: "null where the job requires a value", column: needed, value: is(model.Null, ""), text: "", wrong: "blank_required: the cell is blank, and the job requires a value"},
		{name: "a control character", value: is(model.String, "a\x00b"), text: "", wrong: "not_exported: that no API can store" + isBlank},
		{name: "the scar of a wrong encoding", value: is(model.String, "M\ufffdller"), text: "", wrong: "not_exported: in the file's encoding" + isBlank},
		{name: "an error value, which no cell can tell from an error", value: is(model.String, "#N/A"), text: "", wrong: `not_exported: shows the error "#N/A"` + isBlank},
		{name: "an exponent that Excel might have made", value: is(model.String, "1.5E+15"), text: "", wrong: "not_exported: its digits are lost" + isBlank},
		{name: "where a blank cell would clear, the row is refused instead", column: clear, value: is(model.String, "#N/A"), text: "#N/A",
			wrong: "not_exported: " + `shows the error "#N/A"` + isRefused},
		{name: "and where the job requires a value", column: needed, value: is(model.String, "1.5E+15"), text: "1.5E+15", wrong: "not_exported: digits are lost" + isRefused},
		{name: "what breaks a rule is there to be mended", value: is(model.String, strings.Repeat("x", 201)), text: strings.Repeat("x", 201),
			wrong: "too_long: 201 characters, at most 200 allowed"},
		{name: "more characters than a cell can have", value: is(model.String, strings.Repeat("x", 32768)), text: "", wrong: "not_exported: may be cut" + isBlank},
	})
}

func TestNumbersAreWrittenInTheColumnsForm(t *testing.T) {
	t.Parallel()
	comma, point := mapping.Column{Decimal: ","}, mapping.Column{Decimal: "."}
	runExports(t, "price", []exportCase{
		{name: "with a point", value: is(model.Number, "1.5"), text: "1.5", typed: number("1.5")},
		{name: "with a comma", column: comma, value: is(model.Number, "-1234.5"), text: "-1234,5", typed: number("-1234.5")},
		{name: "zeros that say nothing are left out", value: is(model.String, "3.50"), text: "3.5", typed: number("3.5")},
		{name: "three decimals, which might be a thousand, get a fourth", value: is(model.Number, "1.234"), text: "1.2340", typed: number("1.234")},
		{name: "where the job names the point too, for a program may not know", column: point, value: is(model.Number, "1.234"), text: "1.2340", typed: number("1.234")},
		{name: "and where it names the comma", column: comma, value: is(model.Number, "1234.567"), text: "1234,5670", typed: number("1234.567")},
		{name: "a workbook keeps 15 digits as a number", value: is(model.Number, "0.123456789012345"), text: "0.123456789012345", typed: number("0.123456789012345")},
		{name: "and 16 as text", value: is(model.Number, "0.1234567890123456"), text: "0.1234567890123456"},
		{name: "with a comma there", column: comma, value: is(model.Number, "12345678901234.56"), text: "12345678901234,56"},
		{name: "zeros at the end of a whole number are digits", value: is(model.Number, "1200000000000000"), text: "1200000000000000"},
		{name: "what is no number", value: is(model.String, "a lot"), text: "", wrong: "not_exported: is not a number" + isBlank},
		{name: "what is no number here", column: mapping.Column{Decimal: ",", Blank: mapping.BlankClear}, value: is(model.String, "a lot"), text: "a lot",
			wrong: "not_exported: is not a number" + isRefused},
	})
	runExports(t, "place.latitude", []exportCase{
		{name: "a place on the globe", value: is(model.Number, "51.4545"), text: "51.4545", typed: number("51.4545")},
	})
	runExports(t, "amount", []exportCase{
		{name: "a whole number", value: is(model.Integer, "1200"), text: "1200", typed: number("1200")},
		{name: "a long one", value: is(model.Integer, "9223372036854775807"), text: "9223372036854775807"},
		{name: "one that breaks a rule", value: is(model.Integer, "-1"), text: "-1", typed: number("-1"), wrong: "too_small: -1 is less than 0"},
		{name: "one that is none", value: is(model.Number, "1.5"), text: "", wrong: "not_exported: is not a whole number" + isBlank},
	})
}

func TestDatesAreWrittenInTheColumnsForm(t *testing.T) {
	t.Parallel()
	form := func(format string) mapping.Column { return mapping.Column{Format: format} }
	runExports(t, "packed", []exportCase{
		{name: "without a form", value: is(model.Date, "2026-01-02"), text: "2026-01-02", typed: date("2026-01-02")},
		{name: "day first", column: form("02/01/2006"), value: is(model.Date, "2026-01-02"), text: "02/01/2026", typed: date("2026-01-02")},
		{name: "with letters for digits", column: form("dd.mm.yyyy"), value: is(model.Date, "2026-01-02"), text: "02.01.2026", typed: date("2026-01-02")},
		{name: "as short as the form", column: form("d.m.yy"), value: is(model.Date, "2026-01-02"), text: "2.1.26", typed: date("2026-01-02")},
		{name: "the first day that all programs number alike", value: is(model.Date, "1900-03-01"), text: "1900-03-01", typed: date("1900-03-01")},
		{name: "the day before is text", column: form("02/01/2006"), value: is(model.Date, "1900-02-28"), text: "28/02/1900"},
		{name: "with a time of day", value: is(model.String, "2026-01-02T10:30:00"), text: "", wrong: "not_exported: has a time of day; packed is a date" + isBlank},
	})
}

// A year of two digits says the century of a date only if it is near: a workbook says the day all the same.
func TestAYearOfTwoDigitsMayNotSayWhich(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Packed", Field: "packed", Format: "dd.mm.yy"}},
		Identity: mapping.Identity{Key: []string{"code"}}}
	r := m.NewRecord()
	r[m.Index("code")], r[m.Index("packed")] = is(model.String, "K1"), is(model.Date, "1950-01-02")
	cells, problems := encoder(t, cfg, m, mapping.InText).Encode("7", r)
	if cells[1].Text != "" || len(problems) != 1 || !strings.Contains(problems[0].Message, `it would be read as "2050-01-02"`) {
		t.Errorf("got %+v and %+v, want a blank cell, and why", cells[1], problems)
	}
	cells, problems = encoder(t, cfg, m, mapping.InTypes).Encode("7", r)
	if cells[1] != date("1950-01-02") || len(problems) > 0 {
		t.Errorf("got %+v and %+v, want the day", cells[1], problems)
	}
}

func TestBooleansAreWrittenInTheColumnsWords(t *testing.T) {
	t.Parallel()
	words, half := mapping.Column{True: []string{"Y", "ja"}, False: []string{"N", "nein"}}, mapping.Column{True: []string{"x"}}
	truth := func(raw string) sheet.Cell {
		return sheet.Cell{Text: strings.ToUpper(raw), Raw: raw, Kind: sheet.Boolean}
	}
	runExports(t, "fragile", []exportCase{
		{name: "true without words", value: is(model.Boolean, "true"), text: "true", typed: truth("true")},
		{name: "false without words", value: is(model.Boolean, "false"), text: "false", typed: truth("false")},
		{name: "the first word for true", column: words, value: is(model.Boolean, "true"), text: "Y"},
		{name: "the first word for false", column: words, value: is(model.Boolean, "false"), text: "N"},
		{name: "true as text", column: words, value: is(model.String, "1"), text: "Y"},
		{name: "the one word there is", column: half, value: is(model.Boolean, "true"), text: "x"},
		{name: "neither", column: words, value: is(model.String, "perhaps"), text: "", wrong: "not_exported: for true (Y, ja) or false (N, nein)" + isBlank},
	})
}

// A workbook has booleans of its own for what the column has no word for.
func TestWhatAColumnHasNoWordForStaysBlank(t *testing.T) {
	t.Parallel()
	m := depot(t)
	cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Fragile", Field: "fragile", True: []string{"x"}}},
		Identity: mapping.Identity{Key: []string{"code"}}}
	r := m.NewRecord()
	r[m.Index("code")], r[m.Index("fragile")] = is(model.String, "K1"), is(model.Boolean, "false")
	cells, problems := encoder(t, cfg, m, mapping.InText).Encode("7", r)
	if cells[1] != (sheet.Cell{}) || len(problems) != 1 || !strings.Contains(problems[0].Message, "the column has no word for false") {
		t.Errorf("got %+v and %+v, want a blank cell, and why", cells[1], problems)
	}
	cells, problems = encoder(t, cfg, m, mapping.InTypes).Encode("7", r)
	if want := (sheet.Cell{Text: "FALSE", Raw: "false", Kind: sheet.Boolean}); cells[1] != want || len(problems) > 0 {
		t.Errorf("got %+v and %+v, want %+v", cells[1], problems, want)
	}
}
