package mapping_test

import (
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// A date that can be read in two ways is refused until the job says which: nobody would see a wrong one among thousands.
func TestDatesThatCanBeReadInSeveralWays(t *testing.T) {
	t.Parallel()
	const hint = " is not a date in the form yyyy-mm-dd; say the sheet's own form with format: in the job"
	german := mapping.Column{Format: "dd.mm.yyyy"}
	runCells(t, "packed", []cellCase{
		{name: "day and month", cell: text("01/02/2026"), want: "-", wrong: `ambiguous_date: "01/02/2026" may be 2026-02-01 or 2026-01-02`},
		{name: "with points", cell: text(" 1.2.2026 "), want: "-", wrong: `ambiguous_date: "1.2.2026" may be 2026-02-01 or 2026-01-02`},
		{name: "with hyphens", cell: text("1-2-2026"), want: "-", wrong: `ambiguous_date: "1-2-2026" may be 2026-02-01 or 2026-01-02`},
		{name: "and the year", cell: text("01/02/03"), want: "-", wrong: `ambiguous_date: "01/02/03" may be 2003-02-01, 2003-01-02 or 2001-02-03`},
		{name: "one day in every reading, in a form that nobody has declared", cell: text("05/05/2026"), want: "-", wrong: `bad_date: "05/05/2026"` + hint},
		{name: "one reading, in a form that nobody has declared", cell: text("31/12/2026"), want: "-", wrong: `bad_date: "31/12/2026"` + hint},
		{name: "no reading", cell: text("32/13/2026"), want: "-", wrong: `bad_date: "32/13/2026"` + hint},
		{name: "two separators are no date", cell: text("01/02-2026"), want: "-", wrong: `bad_date: "01/02-2026"` + hint},
		{name: "the job says which comes first", column: german, cell: text("01.02.2026"), want: "2026-02-01"},
		{name: "in another form than the job says", column: german, cell: text("01/02/2026"), want: "-", wrong: `bad_date: "01/02/2026" is not a date in the form dd.mm.yyyy`},
	})
}

// Excel keeps dates as numbers, and shows the number as soon as the format is lost.
func TestNumbersWhereADateIsExpected(t *testing.T) {
	t.Parallel()
	const may = "number_in_date: the cell holds 45213, which may be a date without a date format: 2023-10-14"
	german := mapping.Column{Format: "dd.mm.yyyy"}
	impossible := func(raw string) sheet.Cell { return with(sheet.DamageError, number(raw)) }
	runCells(t, "packed", []cellCase{
		{name: "of a workbook", cell: number("45213"), want: "-", wrong: may},
		{name: "of a workbook, where the job has a form", column: german, cell: number("45213"), want: "-", wrong: may},
		{name: "of a CSV file", cell: text(" 45213 "), want: "-", wrong: may},
		{name: "with a time of day", cell: number("45213.5"), want: "-", wrong: "number_in_date: the cell holds 45213.5, which may be a date without a date format: 2023-10-14"},
		{name: "a year is no day", cell: number("2026"), want: "-", wrong: "number_in_date: the cell holds the number 2026 where a date is needed"},
		{name: "a negative number", cell: number("-1"), want: "-", wrong: "number_in_date: the cell holds the number -1 where a date is needed"},
		{name: "digits that are a date in a form of their own", cell: number("20260102"), want: "-",
			wrong: `bad_date: "20260102" is not a date in the form yyyy-mm-dd; say the sheet's own form with format: in the job`},
		{name: "which the job may name", column: mapping.Column{Format: "yyyymmdd"}, cell: number("20260102"), want: "2026-01-02"},
		{name: "29 February 1900", cell: impossible("60"), want: "-", wrong: "impossible_date: the cell is formatted as a date, and 60 is not a date"},
		{name: "a day before the calendar", cell: impossible("-1"), want: "-", wrong: "impossible_date: the cell is formatted as a date, and -1 is not a date"},
		{name: "a day behind the calendar", cell: impossible("2958466"), want: "-", wrong: "impossible_date: the cell is formatted as a date, and 2958466 is not a date"},
		{name: "a day behind everything", cell: impossible("1e308"), want: "-", wrong: "impossible_date: the cell is formatted as a date, and 1e308 is not a date"},
		{name: "no number", cell: with(sheet.DamageError, text("NaN")), want: "-", wrong: `cell_error: the cell holds "NaN", which is not of the type that its file gives it`},
	})
}

func TestDatesWhereSomethingElseIsExpected(t *testing.T) {
	t.Parallel()
	runCells(t, "note", []cellCase{
		{name: "text", cell: date("2026-01-02"), want: "-", wrong: "date_in_text: the cell holds a date where note needs text"},
		{name: "text, and no calendar has the date", cell: with(sheet.DamageError, number("-1")), want: "-",
			wrong: "impossible_date: the cell is formatted as a date, and -1 is not a date"},
	})
	runCells(t, "amount", []cellCase{
		{name: "a whole number", cell: date("2026-04-03"), want: "-", wrong: "date_in_number: the cell holds a date or a time where amount needs a whole number"},
	})
	runCells(t, "fragile", []cellCase{
		{name: "true or false", cell: date("2026-04-03"), want: "-",
			wrong: `not_boolean: "2026-04-03" is not one of true, false, 1 or 0; list your own words with true: and false: in the job`},
	})
}

// The point of 1.234 is the decimal sign by default. Where the other reading would be as good, that is said.
func TestPointsThatMayStandBetweenThousands(t *testing.T) {
	t.Parallel()
	const doubt = `ambiguous_number: "1.234" was read with a decimal point; between thousands it would stand for 1234`
	runCells(t, "price", []cellCase{
		{name: "three digits behind the point", cell: text("1.234"), want: "1.234", wrong: doubt},
		{name: "with a sign", cell: text("-12.500"), want: "-12.5", wrong: `ambiguous_number: "-12.500" was read with a decimal point; between thousands it would stand for -12500`},
		{name: "the job says what it is", column: mapping.Column{Decimal: "."}, cell: text("1.234"), want: "1.234"},
		{name: "two digits behind it", cell: text("1.23"), want: "1.23"},
		{name: "four digits before it", cell: text("1234.567"), want: "1234.567"},
		{name: "nothing before it", cell: text("0.123"), want: "0.123"},
		{name: "a number of a workbook needs no sign", cell: number("1.234"), want: "1.234"},
	})
	runCells(t, "place.latitude", []cellCase{
		{name: "the other reading is beyond the bounds of the field", cell: text("48.137"), want: "48.137"},
	})
}
