package sheet

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// place stands for a digit in a pattern. No format code has this byte.
const place = '\x00'

// maxPattern is the longest format code that Excel has. A longer one would make every cell as long.
const maxPattern = 255

// conditional finds a section that is for some numbers only, as in [<=9999999]000-0000.
var conditional = regexp.MustCompile(`\[[<>=]`)

// pattern is how a whole number is shown: its digits stand at the places, between literal text, as in 00000-0000. The zero
// value changes nothing.
type pattern struct {
	text     string
	positive bool // other sections of the format are for zero and negative numbers
}

// parsePattern reads a format code of nothing but zeros and literal text. Any other code gives the zero pattern: a point, a
// fraction bar or a percent sign makes another number of it, and sections with conditions are no part of a value.
func parsePattern(code string) pattern {
	if len(code) > maxPattern || conditional.MatchString(code) {
		return pattern{}
	}
	var p pattern
	var text strings.Builder
	for rest := code; rest != ""; {
		if rest[0] == ';' {
			p.positive = true
			break
		}
		literal, length, ok := cutLiteral(rest)
		if !ok {
			return pattern{}
		}
		text.WriteString(literal)
		rest = rest[length:]
	}
	p.text = text.String()
	if !p.telling() {
		return pattern{}
	}
	return p
}

// cutLiteral is what the first element of a format code shows, and the length of the element.
func cutLiteral(code string) (shown string, length int, ok bool) {
	switch c := code[0]; c {
	case '0':
		return string(place), 1, true
	case ' ', '-', '(', ')', '+':
		return code[:1], 1, true
	case '"':
		length = 1 + skipTo(code[1:], '"')
		return strings.TrimSuffix(code[1:length], `"`), length, true
	case '\\':
		_, size := utf8.DecodeRuneInString(code[1:])
		return code[1 : 1+size], 1 + size, true
	case '_', '*': // a gap as wide as the next character, and a filling of the column with it
		_, size := utf8.DecodeRuneInString(code[1:])
		return "", 1 + size, true
	case '[': // a colour or the language; another word of it is shown, such as a currency
		length = 1 + skipTo(code[1:], ']')
		word := code[1:length]
		return "", length, strings.HasPrefix(word, "$-") || word != "" && unicode.IsLetter(rune(word[0]))
	}
	return "", 0, false
}

// telling reports whether what a pattern shows belongs to the value. A unit behind a number that is not filled up does not,
// as in 3 days, nor does a currency.
func (p pattern) telling() bool {
	digits := strings.Count(p.text, string(place))
	return (digits > 1 || digits == 1 && p.text[0] != place) && !hasCurrency(p.text)
}

// hasCurrency reports whether there is a currency sign in a text.
func hasCurrency(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Sc, r) })
}

// show is a whole number, given as its digits, in the pattern. Digits beyond its places stand at the first one.
func (p pattern) show(number string) string {
	digits, negative := strings.CutPrefix(number, "-")
	if p.text == "" || p.positive && (negative || strings.Trim(digits, "0") == "") {
		return number
	}
	places := strings.Count(p.text, string(place))
	digits = strings.Repeat("0", max(places-len(digits), 0)) + digits
	var out strings.Builder
	if negative {
		out.WriteByte('-')
	}
	for i, next := 0, 0; i < len(p.text); i++ {
		if p.text[i] != place {
			out.WriteByte(p.text[i])
			continue
		}
		end := next + 1
		if next == 0 {
			end += len(digits) - places
		}
		out.WriteString(digits[next:end])
		next = end
	}
	return out.String()
}
