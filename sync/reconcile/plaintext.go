package reconcile

import (
	"strings"
	"unicode/utf8"
)

// isPlainText reports whether a text goes into a cell as it is: there is nothing in it to escape, cut, guard or quote. It may say no of
// a text that would, too. Most cells are plain, so it looks at each byte but once.
func isPlainText(s string) bool {
	// The characters from the blank to the underscore are bits; those behind it, up to the tilde, are letters or as harmless.
	const letters, afterTilde = '`' - ' ', 0x7F - ' '
	const escaped = 1<<('"'-' ') | 1<<('&'-' ') | 1<<('\''-' ') | 1<<('<'-' ') | 1<<('>'-' ')
	const blank = 1
	const bar, formula = 1 << ('_' - ' '), 1<<('='-' ') | 1<<('+'-' ') | 1<<('-'-' ') | 1<<('@'-' ') | blank
	if s == "" {
		return true
	}
	if first := s[0] - ' '; first < letters && formula>>first&1 == 1 || s[len(s)-1] == ' ' || len(s) > cellLimit {
		return false
	}
	seen, beyond := uint64(0), false
	for i := range len(s) {
		switch c := s[i] - ' '; {
		case c < letters:
			seen |= 1 << c
		case c >= afterTilde:
			const asciiEnd, rareEnd = 0x80, 0xEF // U+F000 to U+FFFF are no letters that people write with, and some are nothing to show
			if s[i] < asciiEnd || s[i] == rareEnd {
				return false
			}
			beyond = true
		}
	}
	return seen&escaped == 0 && (seen&bar == 0 || !strings.Contains(s, "_x")) && (!beyond || utf8.ValidString(s))
}

// isVisible reports whether s is of ASCII characters that are seen as what they are.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i]-' ' >= 0x7F-' ' {
			return false
		}
	}
	return true
}
