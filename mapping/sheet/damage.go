package sheet

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// excelExponent is how Excel shows a number that does not fit its cell: one digit, a fraction, a signed exponent. A part
// number such as 12E4 does not look like that.
var excelExponent = regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?[eE][+-][0-9]{2,3}$`)

// textCell is a cell of text with the damage that can be seen in it. Bytes that are not UTF-8 become U+FFFD.
func textCell(text string) Cell {
	damage := textDamage(text)
	if damage == DamageEncoding && !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	return Cell{Text: text, Damage: damage}
}

// textDamage is what has happened to a text.
func textDamage(text string) Damage {
	if text == "" {
		return DamageNone
	}
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return DamageNUL
		}
	}
	if !ascii {
		return runeDamage(text)
	}
	if text[0] == '#' && isErrorValue(text) {
		return DamageError
	}
	if isExponent(text) {
		return DamageExponent
	}
	return DamageNone
}

// runeDamage looks at the characters of a text that is not ASCII.
func runeDamage(text string) Damage {
	for _, r := range text {
		switch r {
		case utf8.RuneError: // a bad byte, or the scar of one
			return DamageEncoding
		case '\ufffe', '\uffff':
			return DamageNUL
		}
	}
	return DamageNone
}

// isExponent reports whether text is a number as Excel shows it in exponent form. The shortest is 1E+15.
func isExponent(text string) bool {
	const shortest, longest = 5, 24
	return len(text) >= shortest && len(text) <= longest && excelExponent.MatchString(text)
}

// isErrorValue reports whether text is one of Excel's error values.
func isErrorValue(text string) bool {
	switch text {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
		"#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#GETTING_DATA":
		return true
	}
	return false
}
