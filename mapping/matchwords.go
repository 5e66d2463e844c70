package mapping

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxHeader is how much of a header is looked at, in characters. No field has a longer name.
const maxHeader = 200

// wording is a header or a name of a field as the matcher compares them.
type wording struct {
	words []string // lower case, without accents; one for each part of a camelCase word and each number
	key   string   // the words without what divides them: E-mail is email
	plain string   // key with the usual abbreviations written out: Tel. no. is phonenumber
}

// wording takes a header apart. Remarks such as (required) are left away, unless they say something of the field: the
// home in "Phone (home)".
func (lx *lexicon) wording(header string) wording {
	if runes := []rune(header); len(runes) > maxHeader {
		header = string(runes[:maxHeader])
	}
	header = strings.TrimSuffix(header, "__c") // as Salesforce ends the names of custom fields
	return lx.wordingOf(turned(split(lx.withoutRemarks(lx.unaccented(header)))))
}

// wordingOf makes the keys of words.
func (lx *lexicon) wordingOf(words []string) wording {
	w := wording{words: words, key: lx.umlauts.Replace(strings.Join(words, ""))}
	var spelled []string
	for i, word := range words {
		long, ok := lx.abbreviations[word]
		switch {
		case word == "s" && i > 0: // Phone #s, E-mail(s)
		case ok && (len(words) > 1 || long != "number"): // nothing but No. is a number of anything
			spelled = append(spelled, long)
		default:
			spelled = append(spelled, word)
		}
	}
	w.plain = lx.umlauts.Replace(strings.Join(spelled, ""))
	return w
}

// unaccented is text without accents and dots over letters. Case is kept, for it parts words.
func (lx *lexicon) unaccented(text string) string {
	if isASCII(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(lx.letters.Replace(text)))
}

// withoutRemarks drops what stands in brackets or behind a comma, unless it is all there is or it has a word of consequence.
func (lx *lexicon) withoutRemarks(text string) string {
	var kept strings.Builder
	for rest := text; rest != ""; {
		open := strings.IndexAny(rest, "([{,")
		if open < 0 {
			kept.WriteString(rest)
			break
		}
		kept.WriteString(rest[:open])
		end := len(rest)
		if rest[open] != ',' {
			if n := strings.IndexAny(rest[open:], ")]}"); n >= 0 {
				end = open + n + 1
			}
		} else if n := strings.IndexAny(rest[open+1:], "([{,"); n >= 0 {
			end = open + 1 + n
		}
		if remark := rest[open:end]; strings.TrimSpace(kept.String()) == "" || !lx.isRemark(split(remark)) {
			kept.WriteString(" " + remark + " ")
		}
		rest = rest[end:]
	}
	return kept.String()
}

// isRemark reports whether words are a note to whoever fills in the sheet. A word that no header is made of tells one; digits
// alone are an ordinal.
func (lx *lexicon) isRemark(words []string) bool {
	numbers := 0
	for _, word := range words {
		switch {
		case isNumber(word):
			numbers++
		case lx.meaning[word]:
			return false
		}
	}
	return len(words) > numbers
}

// split parts text into words at everything that is no letter or digit, where a word in camelCase goes on, and between
// letters and digits. The sign # is the word number.
func split(text string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r == '#':
			end()
			words = append(words, "number")
			continue
		case r == '\'' && len(word) > 0: // Manager's is one word
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case len(word) > 0 && beginsWord(runes, i):
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}

// beginsWord reports whether a word begins at i, within letters and digits: fooBar, PDFFile, foo1, 1foo.
func beginsWord(runes []rune, i int) bool {
	before, r := runes[i-1], runes[i]
	if unicode.IsDigit(before) != unicode.IsDigit(r) {
		return true
	}
	if !unicode.IsUpper(r) {
		return false
	}
	return unicode.IsLower(before) || i+1 < len(runes) && unicode.IsUpper(before) && unicode.IsLower(runes[i+1])
}

// turned is words in the order of a name: "name of the company" is "company name". Articles go.
func turned(words []string) []string {
	var kept []string
	for i, word := range words {
		switch {
		case word == "of" && i > 0 && i+1 < len(words):
			return append(turned(words[i+1:]), kept...)
		case (word == "the" || word == "your") && len(words) > 1:
		default:
			kept = append(kept, word)
		}
	}
	return kept
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

func isNumber(word string) bool {
	return strings.Trim(word, "0123456789") == ""
}
