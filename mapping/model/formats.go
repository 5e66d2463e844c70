package model

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// emailListPattern is the pattern of an e-mail list in a target file that isEmailList decides too, only faster: it is not
// run for a field of the format email-list. White space is listed character by character, because \s differs between
// the engines that read the file.
const emailListPattern = "^[ \t\r\n]*(?:" + addressPattern + "[ \t\r\n]*(?:,[ \t\r\n]*" + addressPattern + "[ \t\r\n]*)*)?$"

const (
	addressPattern = addressClass + "@" + addressClass
	addressClass   = "[^@,\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+"
)

// isEmailList tells whether text is nothing, or e-mail addresses with commas between; space, tab and newline may stand
// around each.
func isEmailList(text string) bool {
	if isEmail(text) { // most lists are one address
		return true
	}
	text = trimList(text)
	if text == "" {
		return true
	}
	for {
		address, rest, more := strings.Cut(text, ",")
		if !isEmail(trimList(address)) {
			return false
		}
		if !more {
			return true
		}
		text = rest
	}
}

// trimList cuts the white space that may stand around the items of a list.
func trimList(text string) string {
	if text != "" && text[0] > ' ' && text[len(text)-1] > ' ' {
		return text
	}
	return strings.Trim(text, " \t\r\n")
}

// isEmail tells whether text is one e-mail address: something, one @, something, and no comma or white space. More than
// that only the mail server of the address knows.
func isEmail(text string) bool {
	at := 0 // where the @ stands, which is not there
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c > ',' && c < '@' || c > '@' && c < utf8.RuneSelf: // most are
		case c == '@':
			if at > 0 || i == 0 {
				return false
			}
			at = i
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(text[i:])
			if isSpace(r) {
				return false
			}
			i += size - 1
		case c == ',' || isSpace(rune(c)):
			return false
		}
	}
	return at > 0 && at < len(text)-1
}

// isSpace is white space as Unicode and JavaScript know it; the list is that of addressClass.
func isSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// isURI tells whether text is an absolute address.
func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}
