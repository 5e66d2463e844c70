package model

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Same tells whether a and b say the same, so that nothing has to be sent. It never changes what is sent.
//
// Absent, null, "" and white space alone are the same: a blank cell is all that a sheet can say of them. Text is compared in
// normal form NFC with all line ends as \n, else exactly. The addresses of an e-mail list are compared one by one in their order,
// without the white space around them; their letter case counts, as it does in the part before the @. Numbers, booleans and
// dates are compared by value, however they are written.
func (f *Field) Same(a, b Value) bool {
	if a == b {
		return true
	}
	if f.Kind == Boolean && f.Clear == ClearOmit && (a.Kind == Null && b.Text == "false" || b.Kind == Null && a.Text == "false") {
		return true // what a replacement leaves out takes its default, and a boolean has no other nothing
	}
	if isBlank(a) || isBlank(b) {
		return isBlank(a) && isBlank(b)
	}
	return f.comparable(a) == f.comparable(b)
}

// isBlank tells whether v holds nothing.
func isBlank(v Value) bool {
	return v.Kind == Absent || v.Kind == Null || strings.TrimSpace(v.Text) == ""
}

// comparable is the one text of all values that are the same as v.
func (f *Field) comparable(v Value) string {
	switch f.Kind {
	case Integer, Number:
		if canonical, ok := canonicalNumber(strings.TrimSpace(v.Text)); ok {
			return canonical
		}
	case Boolean, Date:
		if parsed, code := f.Parse(v.Text); code == "" {
			return parsed.Text
		}
	}
	text := norm.NFC.String(strings.ReplaceAll(strings.ReplaceAll(v.Text, "\r\n", "\n"), "\r", "\n"))
	if f.Format != "email-list" {
		return text
	}
	addresses := strings.Split(text, ",")
	for i := range addresses {
		addresses[i] = trimList(addresses[i])
	}
	return strings.Join(addresses, ",")
}

// KeyPart is v as a part of an identity key: keys that differ only in outer white space, letter case or the way accents
// are composed are one key. It is "" for what holds nothing.
func KeyPart(v Value) string {
	if v.Kind > Null && v.Text != "" && isFolded(v.Text) {
		return v.Text
	}
	if isBlank(v) {
		return ""
	}
	text := strings.TrimSpace(v.Text)
	for _, r := range text {
		if !foldsAlone(r) {
			// Folding alone swaps the two cases of Cherokee, so it is given one of them.
			return norm.NFC.String(cases.Fold().String(strings.ToLower(norm.NFD.String(text))))
		}
	}
	return strings.ToLower(text)
}

// isFolded reports whether a text that is not empty has only characters of ASCII, and no capital or blank among them: it is its own
// part of a key.
func isFolded(text string) bool {
	const ones, high, word = 0x0101010101010101, 0x8080808080808080, 8
	for ; len(text) >= word; text = text[word:] {
		eight := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		// Where no byte has its high bit set, an addition sets that of those which are large enough, and carries nothing over.
		capitals := (eight + (0x80-'A')*ones) &^ (eight + (0x7f-'Z')*ones)
		visible := eight + (0x7f-' ')*ones
		if (eight|(eight+ones)|capitals|^visible)&high != 0 {
			return false
		}
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// foldsAlone reports whether a character folds to its small letter, whatever stands beside it. Most of ASCII and of Latin letters
// do, but ß is ss, and a few others are two letters, or letters of another alphabet.
func foldsAlone(r rune) bool {
	switch r {
	case 'µ', 'ß', 'İ', 'ŉ', 'ſ':
		return false
	}
	return r < 0x180
}
