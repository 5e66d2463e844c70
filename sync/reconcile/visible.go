package reconcile

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Visible shows every character of s that does something instead of being seen, as an escape such as \u001b: control
// characters (line breaks too), directional marks and overrides, and invisible spaces. Bytes that are not UTF-8 become
// \xff. What it returns can neither move a cursor nor turn text around; use it for all data on a terminal.
func Visible(s string) string {
	return escape(s, func(r rune) bool { return r < 0x20 || isInvisible(r) })
}

// visibleText is Visible for a page or a workbook, where line breaks and tabs are layout and harmless.
func visibleText(s string) string {
	if isVisible(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return escape(s, func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || isInvisible(r) })
}

func isInvisible(r rune) bool {
	switch {
	case r >= 0x7F && r <= 0x9F: // DEL, C1
	case r == 0x200B, r == 0xFEFF: // zero width space, byte order mark
	case r == 0x200E, r == 0x200F, r == 0x061C: // directional marks
	case r == 0x2028, r == 0x2029: // line and paragraph separator
	case r >= 0x202A && r <= 0x202E: // directional embeddings and overrides
	case r >= 0x2066 && r <= 0x2069: // directional isolates
	default:
		return false
	}
	return true
}

// escape replaces the characters for which hidden is true.
func escape(s string, hidden func(rune) bool) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || hidden(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// cut shortens s to n characters; a cut text ends in an ellipsis.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	seen, end := 0, 0
	for i := range s {
		if seen == n {
			return s[:end] + "…"
		}
		if seen == n-1 {
			end = i
		}
		seen++
	}
	return s
}
