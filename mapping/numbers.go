package mapping

import (
	"regexp"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// number reads whole and decimal numbers.
func (b *binding) number(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	text := strings.TrimSpace(cell.Text)
	digits := text
	switch {
	case cell.Kind == sheet.Date:
		return model.Value{}, &trouble{model.CodeDateInNumber, text, "the cell holds a date or a time where " + f.Name + " needs " + KindName(f.Kind)}
	case cell.Kind == sheet.Number && cell.Damage == sheet.DamageNone:
		digits = excelNumber(cell.Raw)
	case cell.Kind == sheet.Number:
		digits = cell.Raw
	case cell.Kind == sheet.Text && b.spec.Decimal != "":
		digits = ungroup(text, b.spec.Decimal)
	}
	value, code := f.Parse(digits)
	if code != "" {
		return value, &trouble{code, text, quoted(text) + " is not " + KindName(f.Kind)}
	}
	return value, nil
}

// excelDigits is how many digits of a number a spreadsheet keeps. What a file has beyond them is the residue of binary
// fractions: 0.1+0.2 is stored as 0.30000000000000004.
const excelDigits = 15

// excelNumber is a stored number in plain digits, as many as a spreadsheet keeps. What is no number stays as it is.
func excelNumber(raw string) string {
	if strings.Trim(raw, "0123456789") == "" {
		return raw
	}
	d, _, err := apd.BaseContext.WithPrecision(excelDigits).NewFromString(raw)
	if err != nil || d.Form != apd.Finite {
		return raw
	}
	d.Reduce(d)
	return d.Text('f')
}

// grouped is a number with a separator between its groups of three digits, and a decimal part behind a D.
var grouped = regexp.MustCompile(`^([+-]?)([0-9]{1,3}(?:G[0-9]{3})+|[0-9]+)(?:D([0-9]+))?$`)

// ungroup turns a number with the given decimal separator and any of the usual group separators into plain digits. It is ""
// for what is no such number, also if it would be one with the other separator: 12.34 is not 12,34.
func ungroup(text, decimal string) string {
	var shape strings.Builder
	var separator rune
	for _, r := range text {
		switch {
		case string(r) == decimal:
			shape.WriteByte('D')
		case strings.ContainsRune(". ,'\u00a0\u202f\u2019", r):
			if separator != 0 && r != separator {
				return ""
			}
			separator = r
			shape.WriteByte('G')
		case r == 'D' || r == 'G':
			return ""
		default:
			shape.WriteRune(r)
		}
	}
	parts := grouped.FindStringSubmatch(shape.String())
	if parts == nil {
		return ""
	}
	number := parts[1] + strings.ReplaceAll(parts[2], "G", "")
	if parts[3] != "" {
		number += "." + parts[3]
	}
	return number
}

// oneGroup is a number of which nobody can tell whether its point is the decimal sign or stands between thousands.
var oneGroup = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$`)

// ambiguous is the doubt about the point of a number, nil if there is none: the job says what it is, or the field would not
// take the other reading.
func (b *binding) ambiguous(cell *sheet.Cell, f *model.Field) *trouble {
	text := strings.TrimSpace(cell.Text)
	if cell.Kind != sheet.Text || b.spec.Decimal != "" || len(text) > len("+123.456") || !oneGroup.MatchString(text) {
		return nil
	}
	other := strings.Replace(text, ".", "", 1)
	if !within(other, f) {
		return nil
	}
	return &trouble{model.CodeAmbiguousNumber, text, quoted(text) + " was read with a decimal point; between thousands it would stand for " + other}
}

// within reports whether a number is not beyond the bounds of a field.
func within(text string, f *model.Field) bool {
	number, _, err := apd.NewFromString(text)
	if err != nil {
		return false
	}
	least, _, err := apd.NewFromString(f.Minimum)
	if err == nil && number.Cmp(least) < 0 {
		return false
	}
	most, _, err := apd.NewFromString(f.Maximum)
	return err != nil || number.Cmp(most) <= 0
}
