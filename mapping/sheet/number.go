package sheet

import (
	"errors"
	"strconv"
	"strings"
)

const (
	excelDigits  = 15 // Excel keeps no more digits of a number
	doubleDigits = 17 // a stored number of that many is exact; further ones are no number's
	maxExpanded  = 30 // no longer number is written out
	shownDigits  = 11 // Excel's General format turns to exponents beyond so many digits before the point
	shownZeros   = 8  // and beyond so many zeros behind it
	roundedTo    = 6  // with no more digits than these
)

// decimal is a stored number as its digits, without a trip through float64.
type decimal struct {
	negative bool
	digits   string // without leading or trailing zeros, "" for zero
	point    int    // how many digits stand before the decimal point; may be negative or beyond digits
	exponent bool   // it is stored in exponent form
	whole    bool   // no digit before the point can be missing from that form
}

var errNoNumber = errors.New("not a number")

// parseDecimal reads a number as XML Schema writes a double, but no NaN and no infinity.
func parseDecimal(raw string) (decimal, error) {
	d := decimal{}
	rest, negative := strings.CutPrefix(raw, "-")
	mantissa, exponent, found := cutExponent(rest)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return d, errNoNumber
	}
	point := len(whole)
	if found {
		const widest = 4 // digits of an exponent; no double needs more than three
		e, err := strconv.Atoi(exponent)
		if err != nil || len(exponent) > 1+widest {
			return d, errNoNumber
		}
		point += e
	}
	significant := strings.TrimLeft(digits, "0")
	point -= len(digits) - len(significant)
	d = decimal{negative: negative, digits: strings.TrimRight(significant, "0"), point: point, exponent: found}
	d.whole = found && (len(significant) >= point || exponent[0] != '+' && len(d.digits) > roundedTo)
	return d, nil
}

// cutExponent splits a number at its e.
func cutExponent(s string) (mantissa, exponent string, found bool) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// integer reports whether d has no fraction.
func (d decimal) integer() bool { return len(d.digits) <= d.point || d.digits == "" }

// plain writes d out without an exponent.
func (d decimal) plain() string {
	var text string
	switch n := len(d.digits); {
	case n == 0:
		return "0"
	case d.point <= 0:
		text = "0." + strings.Repeat("0", -d.point) + d.digits
	case d.point >= n:
		text = d.digits + strings.Repeat("0", d.point-n)
	default:
		text = d.digits[:d.point] + "." + d.digits[d.point:]
	}
	if d.negative {
		return "-" + text
	}
	return text
}

// cell is the cell of a number that is stored as raw and shown in f. An integer of 12 to 15 digits is sound, though the
// grid of Excel shows it in exponent form: all its digits are stored. So is one that a Java program has spelled as
// 4.41134960123E11, which leaves out nothing but zeros at the end; what Excel has rounded has fewer digits, or a plus.
func (d decimal) cell(raw string, f format) Cell {
	c := Cell{Text: raw, Raw: raw, Kind: Number}
	expandable := d.point <= maxExpanded && d.point >= -maxExpanded
	switch {
	case d.integer() && d.point > excelDigits && d.digits != "":
		c.Damage = DamageDigits
		if d.exponent && len(d.digits) <= excelDigits && expandable {
			c.Text = d.plain()
		}
	case !d.integer() && len(d.digits) > excelDigits && expandable:
		c.Text = rounded(raw) // 0.1+0.2 is stored as 0.30000000000000004 and shown as 0.3
		if len(d.digits) > doubleDigits {
			c.Damage = DamageDigits
		}
	case (d.exponent || d.integer() && strings.Contains(raw, ".")) && expandable:
		c.Text = d.plain() // 5551234.0 is shown as 5551234; the zeros of a stored 007 are kept
	}
	// Excel stores 0.001 as 1E-3, which is no damage: nobody ever sees that exponent.
	if f.exponent || d.exponent && (d.point > shownDigits && !d.whole || d.point < -shownZeros) {
		c.Damage = DamageExponent
	}
	if d.integer() && c.Damage == DamageNone {
		c.Text = f.pattern.show(c.Text)
	}
	return c
}

// rounded is a stored number with the digits that Excel shows at most.
func rounded(raw string) string {
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return raw
	}
	d, err := parseDecimal(strconv.FormatFloat(f, 'e', excelDigits-1, 64))
	if err != nil {
		return raw
	}
	return d.plain()
}
