package model

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Bounds on a decimal: more than any field holds, and little enough that 1e999999999 costs nothing.
const (
	maxDigits   = 40
	maxExponent = 40
)

// canonicalNumber is the one way to write a decimal: no sign but minus, no exponent, no zeros that say nothing.
func canonicalNumber(text string) (string, bool) {
	if len(text) > 2*maxDigits || strings.ContainsAny(text, "xXpP_nN") {
		return "", false
	}
	d, _, err := apd.NewFromString(text)
	if err != nil || d.Form != apd.Finite || d.NumDigits() > maxDigits || d.Exponent > maxExponent || d.Exponent < -maxExponent {
		return "", false
	}
	d.Reduce(d)
	if d.IsZero() {
		return "0", true
	}
	return d.Text('f'), true
}

// canonicalInteger is the one way to write a whole number of 64 bits.
func canonicalInteger(text string) (string, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", false
	}
	return strconv.FormatInt(n, 10), true
}

// compareDecimals orders two canonical decimals by value. It works on the digits, which costs no allocation and loses
// nothing.
func compareDecimals(a, b string) int {
	a, minusA := strings.CutPrefix(a, "-")
	b, minusB := strings.CutPrefix(b, "-")
	switch {
	case minusA && !minusB:
		return -1
	case !minusA && minusB:
		return 1
	case minusA:
		a, b = b, a
	}
	wholeA, fractionA, _ := strings.Cut(a, ".")
	wholeB, fractionB, _ := strings.Cut(b, ".")
	return cmp.Or(
		cmp.Compare(len(wholeA), len(wholeB)),
		strings.Compare(wholeA, wholeB),
		strings.Compare(strings.TrimRight(fractionA, "0"), strings.TrimRight(fractionB, "0")),
	)
}

// isDecimal tells whether text is a number as JSON writes it without an exponent, which is what canonical texts are.
func isDecimal(text string) bool {
	whole, fraction, dot := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return isWhole(whole) && (!dot || isDigits(fraction))
}

// isInteger tells whether text is a whole number as JSON writes it.
func isInteger(text string) bool { return isWhole(strings.TrimPrefix(text, "-")) }

// isWhole tells whether text is digits without a leading zero.
func isWhole(text string) bool { return isDigits(text) && (len(text) == 1 || text[0] != '0') }

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
