package sheet

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// plainNumber is a signed number without an exponent, with or without groups of three.
var plainNumber = regexp.MustCompile(`^[+-][0-9]+([.,][0-9]+)?$|^[+-][0-9]{1,3}([., '][0-9]{3})+([.,][0-9]+)?$`)

// plainPhone is an international phone number with a space behind the country code. The space matters: Excel leaves
// "+1 360 123-6543" alone but evaluates "+1-360-123-6543" to a negative number.
var plainPhone = regexp.MustCompile(`^\+[0-9]{1,4} (\([0-9]{1,5}\) ?)?[0-9]+([ .-][0-9]+)*$`)

// Guard makes a text safe for a cell of a CSV file: one that Excel would evaluate gets a leading apostrophe. Numbers and
// phone numbers stay as they are. [Unguard] takes it back, for every text.
func Guard(s string) string {
	if isGuardable(s) {
		return "'" + s
	}
	return s
}

// Unguard is the text that [Guard] was given.
func Unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && isGuardable(rest) {
		return rest
	}
	return s
}

// GuardXLSX is what a text cell of a workbook must hold so that [Unguard] gives s. Excel evaluates no text cell, so only
// a text that looks guarded already gets an apostrophe more.
func GuardXLSX(s string) string {
	if Unguard(s) != s {
		return "'" + s
	}
	return s
}

// isGuardable reports whether s is a text that Excel evaluates, behind any number of apostrophes. They are counted in,
// because a text that only looks guarded must be told from one that is.
func isGuardable(s string) bool {
	return isEvaluated(strings.TrimLeft(s, "'"))
}

// isEvaluated reports whether Excel takes a cell of a CSV file for a formula.
func isEvaluated(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	switch first {
	case '=', '@', '\t', '\r', '＝', '＋', '－', '＠':
		return true
	case '+', '-':
		return !plainNumber.MatchString(s) && !plainPhone.MatchString(s)
	}
	return false
}
