package mapping

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"
	"golang.org/x/text/currency"

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
		digits = ungroup(bare(text, f.Kind == model.Number), b.spec.Decimal)
	case cell.Kind == sheet.Text && f.Kind == model.Number:
		if t := ambiguous(text, f); t != nil {
			return model.Value{}, t
		}
	}
	value, code := f.Parse(digits)
	if code != "" {
		return value, &trouble{code, text, quoted(text) + " is not " + KindName(f.Kind)}
	}
	if most := most(f); f.Maximum == "" && f.Minimum == "" && most != "" && !within(digits, f) {
		return value, &trouble{model.CodeTooLarge, text, quoted(text) + " is " + digits + ", and no " + f.Name + " lies beyond " + most}
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

// priced is a number as money is written: a sign or code of the currency before or behind it, and the minus at either end.
var priced = regexp.MustCompile(`^([+-]?)(?:(\p{Sc}|[A-Z]{3})[ \x{a0}\x{202f}]?)?([+-]?)([0-9](?:.*[0-9])?)(-?)(?:[ \x{a0}\x{202f}]?(\p{Sc}|[A-Z]{3}))?(-?)$`)

// bare is a number with its sign in front and, where it may be money, without its currency. What is no such number stays as
// it is: two signs, two currencies, or three letters that are none.
func bare(text string, money bool) string {
	parts := priced.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	sign, unit := parts[1]+parts[3]+parts[5]+parts[7], parts[2]+parts[6]
	if len(sign) > 1 || unit != "" && !(money && isCurrency(unit)) {
		return text
	}
	return sign + parts[4]
}

// isCurrency reports whether a text is one sign of a currency, or one ISO 4217 code.
func isCurrency(unit string) bool {
	if utf8.RuneCountInString(unit) == 1 {
		return true
	}
	_, err := currency.ParseISO(unit)
	return err == nil
}

// oneGroup is a number of which nobody can tell whether its separator stands before the decimals or between thousands.
var oneGroup = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$`)

// ambiguous is the trouble of a number that is two numbers, nil if it is not: the field would not take one of them. One is a
// thousand times the other, and nobody would see a wrong one among many.
func ambiguous(text string, f *model.Field) *trouble {
	at := strings.IndexAny(text, ".,")
	if at < 0 || len(text) > len("+123.456") || !oneGroup.MatchString(text) {
		return nil
	}
	whole, decimals := text[:at], text[at+1:]
	if !within(whole+"."+decimals, f) || !within(whole+decimals, f) {
		return nil
	}
	return &trouble{model.CodeAmbiguousNumber, text, quoted(text) + " may be " + whole + "." + decimals + " or " + whole + decimals +
		`; say with decimal: "," or decimal: "." in the job what stands before the decimals`}
}

// within reports whether a number is not beyond the bounds of a field.
func within(text string, f *model.Field) bool {
	most, least := most(f), f.Minimum
	if f.Maximum == "" && least == "" && most != "" { // of the globe, which is as wide on the other side
		least = "-" + most
	}
	return !exceeds(text, most) && !exceeds(least, text)
}
