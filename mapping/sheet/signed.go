package sheet

import "strings"

// isPlainNumber reports whether s is a signed number without an exponent, with or without groups of three. It begins with its sign.
func isPlainNumber(s string) bool {
	const group = 3
	s = s[1:]
	first := digits(s)
	if first == 0 {
		return false
	}
	for s = s[first:]; s != ""; {
		n := digits(s[1:])
		rest := s[1+n:]
		if n == group && first <= group && strings.IndexByte("., '", s[0]) >= 0 {
			s = rest
			continue
		}
		return n > 0 && rest == "" && (s[0] == '.' || s[0] == ',')
	}
	return true
}

// isPlainPhone reports whether s, which begins with a sign, is an international phone number with a space behind the country code.
// The space matters: Excel leaves "+1 360 123-6543" alone but evaluates "+1-360-123-6543" to a negative number.
func isPlainPhone(s string) bool {
	const longestCountry, longestArea = 4, 5
	country := digits(s[1:])
	code, s, spaced := strings.Cut(s, " ")
	if code[0] != '+' || !spaced || country == 0 || country > longestCountry || len(code) != 1+country {
		return false
	}
	if strings.HasPrefix(s, "(") {
		n := digits(s[1:])
		if n == 0 || n > longestArea || !strings.HasPrefix(s[1+n:], ")") {
			return false
		}
		s = strings.TrimPrefix(s[1+n+1:], " ")
	}
	for {
		n := digits(s)
		if n == 0 || n == len(s) {
			return n > 0
		}
		if strings.IndexByte(" .-", s[n]) < 0 {
			return false
		}
		s = s[n+1:]
	}
}

// digits is how many digits s begins with.
func digits(s string) int {
	for i := range len(s) {
		if s[i]-'0' > '9'-'0' {
			return i
		}
	}
	return len(s)
}
