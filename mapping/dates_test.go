package mapping_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
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

// A date field has no place for a time of day, and no form makes one of it.
func TestDatesWithATimeOfDay(t *testing.T) {
	t.Parallel()
	const has = " has a time of day; packed is a date"
	german := mapping.Column{Format: "dd.mm.yyyy"}
	runCells(t, "packed", []cellCase{
		{name: "as a database writes it", cell: text("2026-01-02 10:30:00"), want: "-", wrong: `bad_date: "2026-01-02 10:30:00"` + has},
		{name: "as a program writes it", cell: text("2026-01-02T10:30:00.000Z"), want: "-", wrong: `bad_date: "2026-01-02T10:30:00.000Z"` + has},
		{name: "with a time zone", cell: text("2026-01-02T10:30:00+01:00"), want: "-", wrong: `bad_date: "2026-01-02T10:30:00+01:00"` + has},
		{name: "in the form that the job names", column: german, cell: text("2.1.2026, 10:30"), want: "-", wrong: `bad_date: "2.1.2026, 10:30"` + has},
		{name: "of half a day", column: german, cell: text("02.01.2026 9:30 PM"), want: "-", wrong: `bad_date: "02.01.2026 9:30 PM"` + has},
		{name: "in another form than the job names", column: german, cell: text("2026-01-02 10:30"), want: "-",
			wrong: `bad_date: "2026-01-02 10:30" is not a date in the form dd.mm.yyyy`},
		{name: "midnight, which the job names", column: mapping.Column{Format: "2006-01-02 15:04:05"}, cell: text("2026-01-02 00:00:00"), want: "2026-01-02"},
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

// 1.234 is a thousand times as much in one half of the world as in the other. Where the field takes both, nothing is sent until
// the job says which.
func TestSeparatorsThatMayStandBetweenThousands(t *testing.T) {
	t.Parallel()
	doubt := func(is, less, more string) string {
		return fmt.Sprintf("ambiguous_number: %q may be %s or %s; say with decimal: \",\" or decimal: \".\" in the job what stands before the decimals", is, less, more)
	}
	point, comma := mapping.Column{Decimal: "."}, mapping.Column{Decimal: ","}
	runCells(t, "price", []cellCase{
		{name: "three digits behind the point", cell: text("1.234"), want: "-", wrong: doubt("1.234", "1.234", "1234")},
		{name: "three digits behind the comma", cell: text(" 1,234 "), want: "-", wrong: doubt("1,234", "1.234", "1234")},
		{name: "with a sign", cell: text("-12.500"), want: "-", wrong: doubt("-12.500", "-12.500", "-12500")},
		{name: "the job says that it is the decimal sign", column: point, cell: text("1.234"), want: "1.234"},
		{name: "the job says that it is none", column: comma, cell: text("1.234"), want: "1234"},
		{name: "two digits behind it", cell: text("1.23"), want: "1.23"},
		{name: "four digits before it", cell: text("1234.567"), want: "1234.567"},
		{name: "nothing before it", cell: text("0.125"), want: "0.125"},
		{name: "a number of a workbook needs no sign", cell: number("1.234"), want: "1.234"},
	})
	runCells(t, "place.latitude", []cellCase{
		{name: "the other reading is beyond the bounds of the field", cell: text("48.137"), want: "48.137"},
		{name: "or below them", cell: text("-48.137"), want: "-48.137"},
	})
	runCells(t, "amount", []cellCase{
		{name: "a whole number can only have groups, and the job must say so", cell: text("1.234"), want: "-", wrong: `not_integer: "1.234" is not a whole number`},
	})
}

// Not every API documents the bounds of the globe.
func TestPlacesOnTheGlobeAreNotAmbiguous(t *testing.T) {
	t.Parallel()
	none := model.Rules{MaxLength: -1}
	m := model.NewModel("depot", "gate", []model.Field{
		{Name: "gate.latitude", Kind: model.Number, Rules: none}, {Name: "longitude", Kind: model.Number, Rules: none}, {Name: "height", Kind: model.Number, Rules: none},
	})
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Lat", Field: "gate.latitude"}, {Header: "Lon", Field: "longitude"}, {Header: "Height", Field: "height"}},
		Identity: mapping.Identity{Key: []string{"height"}},
	}
	c := compile(t, cfg, m, "Lat", "Lon", "Height").Decode(textRow("-33.868", "151.209", "-1.209"))
	if diff := cmp.Diff(shown(c.Problems), []string{"Height height ambiguous_number"}); diff != "" {
		t.Errorf("problems (-got +want):\n%s", diff)
	}
	if c.Stopped() == nil {
		t.Error("got a row that goes on, want it to be stopped by a number that may be a thousand times as much")
	}
}

// What lies off the globe is no place, however its number is written: 51.5074 that lost its point, or that was read with a comma.
func TestPlacesLieOnTheGlobe(t *testing.T) {
	t.Parallel()
	none := model.Rules{MaxLength: -1}
	m := model.NewModel("depot", "gate", []model.Field{{Name: "latitude", Kind: model.Number, Rules: none}, {Name: "longitude", Kind: model.Number, Rules: none}})
	cfg := &mapping.Config{
		Columns:  mapping.Columns{{Header: "Lat", Field: "latitude", Decimal: ","}, {Header: "Lon", Field: "longitude"}},
		Identity: mapping.Identity{Key: []string{"latitude"}},
	}
	mp := compile(t, cfg, m, "Lat", "Lon")
	for _, c := range []struct{ lat, lon, want string }{
		{"51,5074", "-0.1278", ""}, {"-90", "180", ""}, {"51.234", "1", "Lat latitude too_large"}, {"515074", "1", "Lat latitude too_large"},
		{"1", "-1234567", "Lon longitude too_large"},
	} {
		row := mp.Decode(textRow(c.lat, c.lon))
		if got := strings.Join(shown(row.Problems), ", "); got != c.want {
			t.Errorf("%s, %s: got problems %q, want %q", c.lat, c.lon, got, c.want)
		}
	}
}

// Once the job says how numbers are written, money may be written as people write it.
func TestAmountsOfMoney(t *testing.T) {
	t.Parallel()
	point, comma := mapping.Column{Decimal: "."}, mapping.Column{Decimal: ","}
	good := func(name string, column mapping.Column, is, want string) cellCase {
		return cellCase{name: name, column: column, cell: text(is), want: want}
	}
	bad := func(name string, column mapping.Column, is string) cellCase {
		return cellCase{name: name, column: column, cell: text(is), want: "-", wrong: "not_number: " + strconv.Quote(is) + " is not a number"}
	}
	runCells(t, "price", []cellCase{
		good("a sign behind", comma, "1.234.567,89 €", "1234567.89"),
		good("a code behind", comma, "1234,50 EUR", "1234.5"),
		good("a code behind a no-break space", comma, "1234,50\u00a0CHF", "1234.5"),
		good("a code in front", point, "CHF 1’234.50", "1234.5"),
		good("a sign in front", point, "$1,234.50", "1234.5"),
		good("a minus in front of it", point, "-$1,234.50", "-1234.5"),
		good("a minus behind it", point, "$-1,234.50", "-1234.5"),
		good("a minus behind the number", comma, "12,50-", "-12.5"),
		good("a minus between number and sign", comma, "12,50- €", "-12.5"),
		good("a minus behind everything", comma, "12,50 EUR-", "-12.5"),
		bad("two signs of a number", comma, "-12,50-"),
		bad("two currencies", comma, "€ 12,50 EUR"),
		bad("three letters that are no currency", comma, "12,50 PCS"),
		bad("two letters", comma, "12,50 Eu"),
		bad("a currency alone", comma, "EUR"),
		bad("a minus apart from its number", comma, "12,50 -"),
		bad("a range", comma, "5-12"),
		bad("a per cent", comma, "5 %"),
		bad("a sign, where the job does not say how numbers are written", mapping.Column{}, "$1234.50"),
		bad("a minus, likewise", mapping.Column{}, "12.50-"),
	})
	runCells(t, "amount", []cellCase{
		{name: "a whole number with its minus behind", column: comma, cell: text("1.200-"), want: "-1200", wrong: "too_small: -1200 is less than 0"},
		{name: "a whole number is no money", column: comma, cell: text("5 EUR"), want: "-", wrong: `not_integer: "5 EUR" is not a whole number`},
	})
}
