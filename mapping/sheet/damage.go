package sheet

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// excelExponent is how Excel shows a number that does not fit its cell: one digit, a fraction, a signed exponent. A part
// number such as 12E4 does not look like that.
var excelExponent = regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?[eE][+-][0-9]{2,3}$`)

// maxCell is how many characters a cell can have in Excel. More of them come from damage, and no report could show them.
const maxCell = 32767

// TextCell is the cell that a reader makes of a text: with the damage that can be seen in it.
func TextCell(text string) Cell { return textCell(text) }

// textCell is a cell of text with the damage that can be seen in it. Bytes that are not UTF-8 become U+FFFD.
func textCell(text string) Cell {
	damage := textDamage(text)
	if damage == DamageNone && len(text) > maxCell && utf8.RuneCountInString(text) > maxCell {
		damage = DamageLength
	}
	if damage != DamageNone && !utf8.ValidString(text) {
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
	for i := plainBytes(text); i < len(text); i++ {
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

// scarByte is the first byte of U+FFFD, U+FFFE and U+FFFF in UTF-8. Hardly any other text has it.
const scarByte = 0xef

// runeDamage looks at the characters of a text that is not ASCII.
func runeDamage(text string) Damage {
	if strings.IndexByte(text, scarByte) < 0 && utf8.ValidString(text) {
		return DamageNone
	}
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

// isExponent reports whether text is a number as Excel shows it in exponent form. The shortest is 1E+15. Most texts are
// known not to be one by the place of the sign.
func isExponent(text string) bool {
	const shortest, longest = 5, 24
	n := len(text)
	return n >= shortest && n <= longest &&
		(isSign(text[n-3]) && text[n-4]|0x20 == 'e' || isSign(text[n-4]) && text[n-5]|0x20 == 'e') &&
		excelExponent.MatchString(text)
}

// isSign reports whether c is the sign of a number.
func isSign(c byte) bool { return c == '+' || c == '-' }

// isErrorValue reports whether text is one of Excel's error values.
func isErrorValue(text string) bool {
	switch text {
	case "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
		"#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#GETTING_DATA":
		return true
	}
	return false
}
