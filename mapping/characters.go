package mapping

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// glyphs is what a look at the characters of a text has found. The zero value is plain ASCII, in which nothing is odd.
type glyphs uint8

const (
	beyond      glyphs = 1 << iota // a character that is not of ASCII
	controls                       // a control character; package sheet marks the first 32
	invisibles                     // a character that takes no room, such as a zero width space
	blanks                         // a blank that is not the space of the keyboard
	marks                          // an accent as a character of its own, or a part of a letter
	rightToLeft                    // letters that are written from right to left
	westerners                     // a letter with which a text begins that was read in the wrong encoding
	strays                         // a sign that stands for a letter in a text of DOS or an old Mac, read as Windows-1252
)

// look finds what is odd about the characters of a text. Plain ASCII, which most cells are, costs one pass over its bytes.
func look(text string) glyphs {
	if at := plainLength(text); at < len(text) {
		return lookClosely(text, at)
	}
	return 0
}

// plainLength is how many bytes of a text are ASCII, up to the first that is not. It looks at eight of them at a time.
func plainLength(text string) int {
	const ones, high, word = 0x0101010101010101, 0x8080808080808080, 8
	rest := text
	for ; len(rest) >= word; rest = rest[word:] {
		eight := uint64(rest[0]) | uint64(rest[1])<<8 | uint64(rest[2])<<16 | uint64(rest[3])<<24 |
			uint64(rest[4])<<32 | uint64(rest[5])<<40 | uint64(rest[6])<<48 | uint64(rest[7])<<56
		if (eight|(eight+ones))&high != 0 { // one of them is 0x7f or more
			break
		}
	}
	for i := range len(rest) {
		if rest[i] >= 0x7f {
			return len(text) - len(rest) + i
		}
	}
	return len(text)
}

// lookClosely is look for a text with characters beyond ASCII, of which the first stands at a place.
func lookClosely(text string, i int) glyphs {
	found := beyond
	for size := 0; i < len(text); i += size {
		var r rune
		if r, size = utf8.DecodeRuneInString(text[i:]); r < 0x7f {
			size = plainLength(text[i:])
			continue
		}
		switch {
		case r < 0xa0:
			found |= controls
		case r < 0x300, r > 0x2000 && r < 0x2200:
			found |= latin(r)
		case r < 0x370, r >= 0x1100 && r < 0x1200, r == 0x3099, r == 0x309a:
			found |= marks
		case isRightToLeft(r):
			found |= rightToLeft
		}
		if isInvisible(r) && !joins(text, i, r) {
			found |= invisibles
		}
		if isOddBlank(r) {
			found |= blanks
		}
	}
	return found
}

// latin is look for the letters of western Europe, and for the signs that Windows-1252 has besides.
func latin(r rune) glyphs {
	switch {
	case r > 'Å' && r < 'Œ' && r != 'â': // most letters there are
		return 0
	case strings.ContainsRune("ÂÃÄÅâ", r):
		return westerners
	case strings.ContainsRune(signs+capitals, r):
		return strays
	}
	return 0
}

// isInvisible reports whether a character takes no room. Those that shape emoji and letters are left out.
func isInvisible(r rune) bool {
	switch r {
	case 0xad, 0x61c, 0x115f, 0x1160, 0x180e, 0x3164, 0xfeff, 0xffa0:
		return true
	}
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r >= 0xfff9 && r <= 0xfffb
}

// isOddBlank reports whether a character looks like a space and is none. The wide space of East Asian text is what a
// keyboard there gives.
func isOddBlank(r rune) bool { return r > ' ' && r != '\u3000' && unicode.IsSpace(r) }

// isRightToLeft reports whether a letter is of Hebrew, Arabic or a script near them.
func isRightToLeft(r rune) bool {
	return r >= 0x590 && r < 0x900 || r >= 0xfb1d && r < 0xfdd0 || r >= 0xfe70 && r < 0xfeff
}

// joins reports whether the character at i joins or parts two letters of a script that needs it, or parts of an emoji.
func joins(text string, i int, r rune) bool {
	if r != '\u200c' && r != '\u200d' {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
	return before >= 0x300 && after >= 0x300 && before != utf8.RuneError && after != utf8.RuneError
}

// isMark reports whether a character only says in which direction its neighbours run.
func isMark(r rune) bool {
	return r == 0x61c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// whereIs says in words where the first character of a text is that one of the conditions holds for, "" if there is none.
func whereIs(text string, odd func(rune) bool) string {
	for i, r := range text {
		if !odd(r) || joins(text, i, r) {
			continue
		}
		before, after := strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+utf8.RuneLen(r):])
		place := "the cell holds nothing that can be seen but " + nameOf(r)
		switch {
		case before == "" && after != "":
			place = nameOf(r) + " stands before " + quoted(after)
		case before != "" && after == "":
			place = nameOf(r) + " stands behind " + quoted(before)
		case before != "":
			place = nameOf(r) + " stands between " + quoted(before) + " and " + quoted(after)
		}
		return place
	}
	return ""
}

// nameOf is a character that cannot be seen in words.
func nameOf(r rune) string {
	names := map[rune]string{
		0xa0: "a no-break space", 0xad: "a soft hyphen", 0x200b: "a zero width space", 0x200c: "a zero width non-joiner",
		0x200d: "a zero width joiner", 0x200e: "a left-to-right mark", 0x200f: "a right-to-left mark", 0x202a: "a left-to-right embedding",
		0x202b: "a right-to-left embedding", 0x202c: "a pop directional mark", 0x202d: "a left-to-right override",
		0x202e: "a right-to-left override", 0x202f: "a narrow no-break space", 0x2028: "a line separator", 0x2029: "a paragraph separator",
		0x2060: "a word joiner", 0x2066: "a left-to-right isolate", 0x2067: "a right-to-left isolate", 0x2069: "a pop directional isolate",
		0xfeff: "a byte order mark",
	}
	name := names[r]
	switch {
	case name != "":
	case isOddBlank(r):
		name = "an odd blank"
	case isMark(r):
		name = "a mark of direction"
	case unicode.IsControl(r):
		name = "a control character"
	default:
		name = "an invisible character"
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}

// unseen reports whether a character cannot be told from a plain blank, or from nothing.
func unseen(r rune) bool { return isInvisible(r) || isOddBlank(r) || r == '\u3000' }

// visible is a text without what cannot be seen.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, text)
}

// imposter says which letter of an address is not what it looks like, "" if none is: it comes from another alphabet than its
// neighbours, or it is a letter of ASCII in another guise.
func imposter(address string) string {
	plain, foreign := false, rune(0)
	for _, r := range address + "." {
		switch {
		case isDisguised(r):
			return fmt.Sprintf("the character %q (U+%04X) only looks like %q", r, r, norm.NFKC.String(string(r)))
		case r <= unicode.MaxASCII && unicode.IsLetter(r):
			plain = true
		case scriptOf(r) != "":
			foreign = r
		case !unicode.IsLetter(r) && !unicode.IsMark(r): // a word ends
			plain, foreign = false, 0
		}
		if plain && foreign != 0 {
			return fmt.Sprintf("the letter %q (U+%04X) is %s, and its neighbours are Latin", foreign, foreign, scriptOf(foreign))
		}
	}
	return ""
}

// isDisguised reports whether a character is one of ASCII in another guise: wide, bold, in a circle.
func isDisguised(r rune) bool {
	if r < 0x2000 {
		return false
	}
	as := norm.NFKC.String(string(r))
	return as != string(r) && strings.IndexFunc(as, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' }) < 0
}

// scriptOf is the alphabet of a letter, if it has letters that look like Latin ones.
func scriptOf(r rune) string {
	switch {
	case unicode.Is(unicode.Cyrillic, r):
		return "Cyrillic"
	case unicode.Is(unicode.Greek, r):
		return "Greek"
	case unicode.Is(unicode.Armenian, r):
		return "Armenian"
	case unicode.Is(unicode.Cherokee, r):
		return "Cherokee"
	}
	return ""
}

// characters is how many characters a text has, and how many it would have with its accents in their letters: some letters
// have no other form.
func characters(text string) (is, could int) {
	return utf8.RuneCountInString(text), utf8.RuneCountInString(norm.NFC.String(text))
}

// reread is what a text was before its bytes in UTF-8 were read as Windows-1252. It is not ok if they never were: every
// letter beyond ASCII must be a part of such a misreading, and what comes out must be a letter or sign of western Europe.
func reread(text string) (string, bool) {
	original := make([]byte, 0, len(text))
	for _, r := range text {
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			if r >= 0xa0 { // the five bytes without a meaning pass as themselves
				return "", false
			}
			c = byte(r)
		}
		original = append(original, c)
	}
	if !utf8.Valid(original) {
		return "", false
	}
	for _, r := range string(original) {
		if r > unicode.MaxASCII && !(r >= 0xa0 && r < 0x180) && !(r >= 0x2010 && r < 0x2040) && r != '€' && r != '™' {
			return "", false
		}
	}
	return string(original), true
}

// The signs and the capitals of Windows-1252 whose bytes are letters in older encodings. Dashes, dots and apostrophes are left
// out: they do stand between letters.
const (
	signs    = "‚„“”†‡ˆ‰‹›™€ƒ˜¡¢£¤¥§¨"
	capitals = "ŠŽŸŒ"
)

// older is what a text looks like that a program of DOS or of an old Mac wrote and that was read as Windows-1252: its likely
// originals, each with the name of its encoding, "" if it looks like none.
func older(text string) string {
	if !isStrayed(text) {
		return ""
	}
	var found []string
	for _, as := range []struct {
		name   string
		source *charmap.Charmap
	}{{"cp850", charmap.CodePage850}, {"macintosh", charmap.Macintosh}} {
		if original, ok := decodeAs(as.source, text); ok {
			found = append(found, quoted(original)+" ("+as.name+")")
		}
	}
	return strings.Join(found, " or ")
}

// isStrayed reports whether a sign of Windows-1252, or a byte without a meaning there, stands where only a letter can. A quote at
// the edge of a word says that quotes are what they are.
func isStrayed(text string) bool {
	strayed := false
	runes := []rune(" " + text + " ")
	for i := 1; i < len(runes)-1; i++ {
		r, before, after := runes[i], runes[i-1], runes[i+1]
		inside := unicode.IsLetter(before) && unicode.IsLetter(after)
		switch {
		case strings.ContainsRune("„“”", r) && !inside:
			return false
		case strings.ContainsRune(signs, r):
			strayed = strayed || inside || r == '™' && !unicode.IsLetter(before) && unicode.IsLower(after)
		case strings.ContainsRune(capitals, r): // within a word that goes on in small letters: KŠse, but not KOŠICE
			strayed = strayed || inside && unicode.IsLower(after)
		case r == 0x81, r == 0x8d, r == 0x8f, r == 0x90, r == 0x9d:
			strayed = true
		}
	}
	return strayed
}

// decodeAs reads the bytes of a text that was read as Windows-1252 in another encoding. It is not ok unless that gives words: of
// letters alone, in the right case.
func decodeAs(source *charmap.Charmap, text string) (string, bool) {
	runes := []rune(text)
	for i, r := range runes {
		if r <= unicode.MaxASCII {
			continue
		}
		c, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			if r >= 0xa0 { // the five bytes without a meaning pass as themselves
				return "", false
			}
			c = byte(r)
		}
		runes[i] = source.DecodeByte(c)
		if !unicode.IsUpper(runes[i]) && !unicode.IsLower(runes[i]) || runes[i] >= 0x100 && runes[i] != 'œ' && runes[i] != 'Œ' {
			return "", false
		}
	}
	return string(runes), isSpelled(runes)
}

// isSpelled reports whether the letters beyond ASCII are capitals and small ones as words have them: no capital stands behind a
// small letter, or within a word that goes on in small ones, and no small one before a capital.
func isSpelled(text []rune) bool {
	for i := 1; i < len(text); i++ {
		before, r := text[i-1], text[i]
		if before <= unicode.MaxASCII && r <= unicode.MaxASCII {
			continue
		}
		small := i+1 < len(text) && unicode.IsLower(text[i+1])
		if unicode.IsUpper(r) && (unicode.IsLower(before) || r > unicode.MaxASCII && unicode.IsLetter(before) && small) {
			return false
		}
	}
	return true
}
