package mapping

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// date reads a date by the column's format, or as yyyy-mm-dd. A date of a workbook needs no format. A time of day is
// refused unless it is midnight, for the field would lose it.
func (b *binding) date(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	text := strings.TrimSpace(cell.Text)
	if cell.Kind != sheet.Date && b.layout != "" {
		day, err := time.Parse(b.layout, text)
		if err != nil {
			if t := serialNumber(cell); t != nil {
				return model.Value{}, t
			}
			if hasClock(text, b.layout) {
				return model.Value{}, timeOfDay(text, f)
			}
			return model.Value{}, &trouble{model.CodeBadDate, text, quoted(text) + " is not a date in the form " + b.spec.Format}
		}
		if !isMidnight(day) {
			return model.Value{}, timeOfDay(text, f)
		}
		return model.Value{Kind: model.Date, Text: day.Format(time.DateOnly)}, nil
	}
	day := text
	if cell.Kind == sheet.Date {
		var clock string
		if day, clock, _ = strings.Cut(cell.Raw, "T"); strings.Trim(clock, "0:.") != "" {
			return model.Value{}, timeOfDay(text, f)
		}
	}
	value, code := f.Parse(day)
	switch t := cmp.Or(serialNumber(cell), ambiguousDate(text)); {
	case code == "":
	case t != nil:
		return value, t
	case hasClock(text, time.DateOnly):
		return value, timeOfDay(text, f)
	default:
		return value, &trouble{code, text, quoted(text) + " is not a date in the form yyyy-mm-dd; say the sheet's own form with format: in the job"}
	}
	return value, nil
}

// timeOfDay is the trouble of a date that has one.
func timeOfDay(text string, f *model.Field) *trouble {
	return &trouble{model.CodeBadDate, text, quoted(text) + " has a time of day; " + f.Name + " is a date"}
}

// clock is a time of day behind a date, as people and programs write it.
var clock = regexp.MustCompile(`^(.+?)(?:T|,? +)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)? ?(?:[AaPp][Mm]|Z|[+-][0-9]{2}:?[0-9]{2})?$`)

// hasClock reports whether a text is a date of a layout and a time of day behind it.
func hasClock(text, layout string) bool {
	parts := clock.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	_, err := time.Parse(layout, parts[1])
	return err == nil
}

// Serial numbers of spreadsheets: the number of the day from 1900 on. Only those of five digits are taken for one, the days
// from 1927 to 2173.
const (
	firstSerial  = 10000
	serialDigits = 5
	lastSerial   = 99999
)

// serialNumber is the trouble of a number where a date is expected, nil if the cell holds something else.
func serialNumber(cell *sheet.Cell) *trouble {
	text := strings.TrimSpace(cell.Text)
	serial, err := strconv.ParseFloat(text, 64)
	digits := len(text) == serialDigits && strings.Trim(text, "0123456789") == ""
	switch isNumber := cell.Kind == sheet.Number; {
	case err != nil || !isNumber && !digits:
		return nil
	case serial >= firstSerial && serial <= lastSerial:
		day := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(serial)).Format(time.DateOnly)
		return &trouble{model.CodeNumberInDate, text, "the cell holds " + text + ", which may be a date without a date format: " + day}
	case isNumber && serial < firstSerial:
		return &trouble{model.CodeNumberInDate, text, "the cell holds the number " + text + " where a date is needed"}
	}
	return nil
}

// numericDate is a date of numbers alone, with one separator.
var numericDate = regexp.MustCompile(`^[0-9]{1,2}([./-])[0-9]{1,2}([./-])(?:[0-9]{4}|[0-9]{2})$`)

// ambiguousDate is the trouble of a text that is several dates, nil if it is not.
func ambiguousDate(text string) *trouble {
	parts := numericDate.FindStringSubmatch(text)
	if parts == nil || parts[1] != parts[2] {
		return nil
	}
	var days []string
	for _, layout := range []string{"2/1/2006", "1/2/2006", "2/1/06", "1/2/06", "06/1/2"} {
		day, err := time.Parse(strings.ReplaceAll(layout, "/", parts[1]), text)
		if iso := day.Format(time.DateOnly); err == nil && !slices.Contains(days, iso) {
			days = append(days, iso)
		}
	}
	if len(days) < 2 {
		return nil
	}
	last := len(days) - 1
	return &trouble{model.CodeAmbiguousDate, text, quoted(text) + " may be " + strings.Join(days[:last], ", ") + " or " + days[last]}
}

// isMidnight reports whether t is a day without a time.
func isMidnight(t time.Time) bool {
	hour, minute, second := t.Clock()
	return hour == 0 && minute == 0 && second == 0 && t.Nanosecond() == 0
}

// layout turns a date format of the job into a Go layout to read by. Days and months may have one digit, unless nothing tells
// them from their neighbours.
func layout(format string) string {
	format = writtenLayout(format)
	if strings.Trim(format, "0123456789") == "" {
		return format
	}
	return strings.NewReplacer("2006", "2006", "02", "2", "01", "1").Replace(format)
}

// writtenLayout turns a date format of the job into a Go layout to write by. Both ways of writing a format are understood:
// 02/01/2006 and dd/mm/yyyy.
func writtenLayout(format string) string {
	if strings.ContainsAny(format, "0123456789") {
		return format
	}
	return strings.NewReplacer("yyyy", "2006", "yy", "06", "mmmm", "January", "mmm", "Jan", "mm", "01", "m", "1",
		"dddd", "Monday", "ddd", "Mon", "dd", "02", "d", "2").Replace(strings.ToLower(format))
}

// validLayout reports whether a format tells day, month and year: a date must survive being written and read.
func validLayout(format string) bool {
	day := time.Date(2023, time.November, 25, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout(format), day.Format(layout(format)))
	return err == nil && back.Equal(day)
}
