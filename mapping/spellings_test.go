package mapping_test

import (
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func TestBooleansByTheDocumentedSpellings(t *testing.T) {
	t.Parallel()
	const hint = " is not one of true, false, 1 or 0; list your own words with true: and false: in the job"
	runCells(t, "fragile", []cellCase{
		{name: "true", cell: text("true"), want: "true"},
		{name: "false", cell: text("false"), want: "false"},
		{name: "any letter case and spaces around", cell: text(" TRUE "), want: "true"},
		{name: "one", cell: text("1"), want: "true"},
		{name: "zero", cell: text("0"), want: "false"},
		{name: "one as a number of a workbook", cell: number("1"), want: "true"},
		{name: "a boolean of a workbook, whatever it shows", cell: boolean("true"), want: "true"},
		{name: "the other boolean of a workbook", cell: boolean("false"), want: "false"},
		{name: "nothing", cell: text(""), want: "-"},
		{name: "a word", cell: text("yes"), want: "-", wrong: `not_boolean: "yes"` + hint},
		{name: "another number", cell: number("2"), want: "-", wrong: `not_boolean: "2"` + hint},
		{name: "a date", cell: date("2026-01-02"), want: "-", wrong: `not_boolean: "2026-01-02"` + hint},
		{name: "an error value", cell: with(sheet.DamageError, text("#N/A")), want: "-", wrong: `cell_error: the cell shows the error "#N/A"`},
		{name: "a formula without a value is not nothing", cell: with(sheet.DamageFormula, text("")), want: "-",
			wrong: "formula_no_value: the cell holds a formula without a stored value"},
	})
}

func TestBooleansByTheJobsOwnWords(t *testing.T) {
	t.Parallel()
	words := mapping.Column{True: []string{"Y", "sí"}, False: []string{"N", " no way "}}
	const hint = ` is none of the words for true (Y, sí) or false (N,  no way )`
	runCells(t, "fragile", []cellCase{
		{name: "a word for true", column: words, cell: text("Y"), want: "true"},
		{name: "a word for false", column: words, cell: text("N"), want: "false"},
		{name: "in any letter case, with spaces around", column: words, cell: text(" y\u00a0"), want: "true"},
		{name: "with accents composed another way", column: words, cell: text("SI\u0301"), want: "true"},
		{name: "spaces around the word of the job", column: words, cell: text("No way"), want: "false"},
		{name: "a boolean of a workbook needs no words", column: words, cell: boolean("false"), want: "false"},
		{name: "nothing is no word", column: words, cell: text(" "), want: "-"},
		{name: "the documented spellings are not the job's", column: words, cell: text("true"), want: "-", wrong: `not_boolean: "true"` + hint},
		{name: "a word with more behind it", column: words, cell: text("Yes"), want: "-", wrong: `not_boolean: "Yes"` + hint},
		{name: "anything else, where only true has words", column: mapping.Column{True: []string{"x"}}, cell: text("N"), want: "-",
			wrong: `not_boolean: "N" is none of the words for true (x) or false ()`},
	})
}

func TestDatesInISOForm(t *testing.T) {
	t.Parallel()
	const hint = " is not a date in the form yyyy-mm-dd; say the sheet's own form with format: in the job"
	runCells(t, "packed", []cellCase{
		{name: "a date", cell: text("2026-01-02"), want: "2026-01-02"},
		{name: "spaces around", cell: text(" 2026-01-02 "), want: "2026-01-02"},
		{name: "a leap day", cell: text("2024-02-29"), want: "2024-02-29"},
		{name: "a leap day of another year", cell: text("2026-02-29"), want: "-", wrong: `bad_date: "2026-02-29"` + hint},
		{name: "one digit", cell: text("2026-1-2"), want: "-", wrong: `bad_date: "2026-1-2"` + hint},
		{name: "another form", cell: text("31/01/2026"), want: "-", wrong: `bad_date: "31/01/2026"` + hint},
		{name: "something else behind it", cell: text("2026-01-02 or 10:30"), want: "-", wrong: `bad_date: "2026-01-02 or 10:30"` + hint},
		{name: "a date of a workbook", cell: date("2026-01-02"), want: "2026-01-02"},
		{name: "a date of a workbook at midnight", cell: date("2026-01-02T00:00:00"), want: "2026-01-02"},
		{name: "a moment of a workbook", cell: date("2026-01-02T10:30:00"), want: "-",
			wrong: `bad_date: "2026-01-02T10:30:00" has a time of day; packed is a date`},
		{name: "a second past midnight", cell: date("2026-01-02T00:00:01"), want: "-",
			wrong: `bad_date: "2026-01-02T00:00:01" has a time of day; packed is a date`},
		{name: "a time of a workbook", cell: date("10:30:00"), want: "-", wrong: `bad_date: "10:30:00"` + hint},
		{name: "an error value", cell: with(sheet.DamageError, text("########")), want: "-", wrong: `cell_error: the cell shows the error "########"`},
	})
}

func TestDatesInTheJobsForm(t *testing.T) {
	t.Parallel()
	form := func(format string) mapping.Column { return mapping.Column{Format: format} }
	runCells(t, "packed", []cellCase{
		{name: "day first, in Go's way", column: form("02/01/2006"), cell: text("31/12/2025"), want: "2025-12-31"},
		{name: "month first, in Go's way", column: form("01/02/2006"), cell: text("12/31/2025"), want: "2025-12-31"},
		{name: "day first, in Excel's way", column: form("dd/mm/yyyy"), cell: text("31/12/2025"), want: "2025-12-31"},
		{name: "capitals mean the same", column: form("DD.MM.YYYY"), cell: text("31.12.2025"), want: "2025-12-31"},
		{name: "days and months of one digit", column: form("dd/mm/yyyy"), cell: text("1/2/2025"), want: "2025-02-01"},
		{name: "days and months of two digits where the form has one", column: form("d/m/yyyy"), cell: text("01/02/2025"), want: "2025-02-01"},
		{name: "one digit in Go's way", column: form("02.01.2006"), cell: text("1.2.2025"), want: "2025-02-01"},
		{name: "years of two digits", column: form("dd.mm.yy"), cell: text("31.12.25"), want: "2025-12-31"},
		{name: "years of two digits reach back to 1969", column: form("dd.mm.yy"), cell: text("31.12.69"), want: "1969-12-31"},
		{name: "the name of the month", column: form("d mmmm yyyy"), cell: text("2 January 2026"), want: "2026-01-02"},
		{name: "the short name of the month, in any letter case", column: form("dd-mmm-yyyy"), cell: text("02-JAN-2026"), want: "2026-01-02"},
		{name: "the weekday in front", column: form("ddd, d mmm yyyy"), cell: text("Fri, 2 Jan 2026"), want: "2026-01-02"},
		{name: "without separators", column: form("yyyymmdd"), cell: text("20260102"), want: "2026-01-02"},
		{name: "without separators, in Go's way", column: form("20060102"), cell: text("20261231"), want: "2026-12-31"},
		{name: "without separators, as a number of a workbook", column: form("yyyymmdd"), cell: number("20260102"), want: "2026-01-02"},
		{name: "without separators each part needs its digits", column: form("yyyymmdd"), cell: text("2026111"), want: "-",
			wrong: `bad_date: "2026111" is not a date in the form yyyymmdd`},
		{name: "a time of midnight", column: form("02/01/2006 15:04"), cell: text("31/12/2025 00:00"), want: "2025-12-31"},
		{name: "a time of day would be lost", column: form("02/01/2006 15:04"), cell: text("31/12/2025 10:30"), want: "-",
			wrong: `bad_date: "31/12/2025 10:30" has a time of day; packed is a date`},
		{name: "a date of a workbook needs no form", column: form("dd/mm/yyyy"), cell: date("2026-01-02"), want: "2026-01-02"},
		{name: "a moment of a workbook", column: form("dd/mm/yyyy"), cell: date("2026-01-02T10:30:00"), want: "-",
			wrong: `bad_date: "2026-01-02T10:30:00" has a time of day; packed is a date`},
		{name: "a day that does not exist", column: form("dd/mm/yyyy"), cell: text("31/02/2026"), want: "-",
			wrong: `bad_date: "31/02/2026" is not a date in the form dd/mm/yyyy`},
		{name: "month and day the other way round", column: form("dd/mm/yyyy"), cell: text("12/31/2025"), want: "-",
			wrong: `bad_date: "12/31/2025" is not a date in the form dd/mm/yyyy`},
		{name: "ISO is another form", column: form("dd/mm/yyyy"), cell: text("2026-01-02"), want: "-",
			wrong: `bad_date: "2026-01-02" is not a date in the form dd/mm/yyyy`},
		{name: "nothing", column: form("dd/mm/yyyy"), cell: text(" "), want: "-"},
	})
}

func TestBlankCells(t *testing.T) {
	t.Parallel()
	blank := func(b mapping.Blank) mapping.Column { return mapping.Column{Blank: b} }
	const wrong = "blank_required: the cell is blank, and the job requires a value"
	for field, cases := range map[string][]cellCase{
		"note": {
			{name: "a text that is cleared by empty text", column: blank(mapping.BlankClear), cell: text(" "), want: ""},
		},
		"packed": {
			{name: "a date that is cleared by null", column: blank(mapping.BlankClear), cell: text(""), want: "null"},
		},
		"price": {
			{name: "keep says nothing", column: blank(mapping.BlankKeep), cell: text(" "), want: "-"},
			{name: "keep is the default", cell: text(""), want: "-"},
			{name: "a number that is cleared by null, because the job allows it", column: blank(mapping.BlankClear), cell: text(""), want: "null"},
			{name: "error", column: blank(mapping.BlankError), cell: text("\t"), want: "-", wrong: wrong},
			{name: "required", column: mapping.Column{Required: true, Blank: mapping.BlankKeep}, cell: text(""), want: "-", wrong: wrong},
			{name: "error is about blank cells alone", column: blank(mapping.BlankError), cell: text("0"), want: "0"},
			{name: "clear is about blank cells alone", column: blank(mapping.BlankClear), cell: text("x"), want: "-", wrong: `not_number: "x" is not a number`},
			{name: "a blank number of a workbook", column: blank(mapping.BlankClear), cell: sheet.Cell{}, want: "null"},
			{name: "a formula without a value does not clear", column: blank(mapping.BlankClear), cell: with(sheet.DamageFormula, text("")), want: "-",
				wrong: "formula_no_value: the cell holds a formula without a stored value"},
		},
	} {
		t.Run(field, func(t *testing.T) { runCells(t, field, cases) })
	}
}

func TestFixedValuesAndNestedFields(t *testing.T) {
	t.Parallel()
	t.Run("size", func(t *testing.T) {
		runCells(t, "size", []cellCase{
			{name: "one of the allowed", cell: text("small"), want: "small"},
			{name: "another", cell: text("huge"), want: "huge", wrong: "not_allowed: allowed: small, large"},
			{name: "in another letter case", cell: text("Small"), want: "Small", wrong: "not_allowed: allowed: small, large"},
		})
	})
	t.Run("latitude", func(t *testing.T) {
		m := depot(t)
		cfg := &mapping.Config{Identity: mapping.Identity{Key: []string{"code"}}, Columns: mapping.Columns{
			{Header: "Code", Field: "code"}, {Header: "Lat", Field: "place.latitude", Decimal: ","}, {Header: "Long", Field: "place.longitude", Decimal: ","}}}
		mp := compile(t, cfg, m, "Code", "Lat", "Long")
		c := mp.Decode(textRow("K1", "47,6", ""))
		if got, want := problemText(c.OnCreate), "needs_field: place.longitude is missing, and place.latitude is given"; got != want {
			t.Fatalf("half a place of a new record: got %q, want %q", got, want)
		}
		if len(c.Problems) > 0 {
			t.Errorf("half a place of a record that may have the other half: got %v", c.Problems)
		}
		if got := c.OnCreate[0].Column; got != "Long" {
			t.Errorf("got column %q, want that of the missing field", got)
		}
		c = mp.Decode(textRow("K1", "47,6", "-122,3"))
		if len(c.Problems) > 0 || valueText(c.Record[m.Index("place.longitude")]) != "-122.3" {
			t.Errorf("a whole place: got %v and %v", c.Record, c.Problems)
		}
	})
}
