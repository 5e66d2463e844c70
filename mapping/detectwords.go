package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// maxWords is how many different words a column of marks has at most.
const maxWords = 8

// vocabulary counts the different values of a column while they are few.
type vocabulary struct {
	words []word
	more  int // values beyond the words
}

// word is a value, as it was first written, and how often it is there.
type word struct {
	text, key string
	count     int
}

// add counts a value.
func (v *vocabulary) add(text string) {
	if len(text) > enough {
		v.more++
		return
	}
	key := normalWord(text)
	for i := range v.words {
		if v.words[i].key == key {
			v.words[i].count++
			return
		}
	}
	if len(v.words) == maxWords {
		v.more++
		return
	}
	v.words = append(v.words, word{text, key, 1})
}

// truths is how people write true and false, pair by pair. The false of an x is a blank.
func truths() [][2]string {
	return [][2]string{
		{"yes", "no"}, {"y", "n"}, {"true", "false"}, {"1", "0"}, {"x", ""}, {"t", "f"}, {"on", "off"}, {"-1", "0"},
		{"✓", "✗"}, {"✔", "✘"}, {"☑", "☐"}, {"checked", "unchecked"},
		{"ja", "nein"}, {"j", "n"}, {"wahr", "falsch"}, {"ja", "nee"}, {"ja", "nej"}, {"waar", "onwaar"},
		{"oui", "non"}, {"o", "n"}, {"vrai", "faux"}, {"sí", "no"}, {"si", "no"}, {"s", "n"}, {"verdadero", "falso"}, {"vero", "falso"},
		{"sim", "não"}, {"sim", "nao"}, {"verdadeiro", "falso"}, {"tak", "nie"}, {"ano", "ne"}, {"da", "ne"}, {"da", "nu"},
	}
}

// truth is what a word says, and the word for the opposite.
func truth(key string) (known, value bool, opposite string) {
	for _, pair := range truths() {
		switch key {
		case normalWord(pair[0]):
			return true, true, pair[1]
		case normalWord(pair[1]):
			return pair[1] != "", false, pair[0]
		}
	}
	return false, false, ""
}

// readWords finds the words for true and false.
func (e *Evidence) readWords(r *Reading) {
	var yes, no, other []word
	seen := map[string]bool{}
	for _, w := range e.words.words {
		switch known, value, _ := truth(w.key); {
		case !known:
			other = append(other, w)
			continue
		case value:
			yes = append(yes, w)
		default:
			no = append(no, w)
		}
		seen[w.key] = true
	}
	if len(e.words.words) == 0 || onlyDocumented(seen) && len(other) == 0 && e.words.more == 0 {
		return // booleans of a workbook, and what the API documents, need no words
	}
	strange := e.words.more
	for _, w := range other {
		strange += w.count
	}
	all := count(yes) + count(no) + strange
	if !mostly(all-strange, all) || doubtful(seen) {
		e.openWords(r)
		return
	}
	if strange > 0 {
		r.note(odd(strange, "no such word"))
	}
	if !onlyDocumented(seen) {
		r.Column.True, r.Column.False = withOpposite(yes, no), withOpposite(no, yes)
	}
}

// onlyDocumented reports whether words are spellings that every boolean field takes.
func onlyDocumented(seen map[string]bool) bool {
	for key := range seen {
		if !slices.Contains([]string{"true", "false", "1", "0"}, key) {
			return false
		}
	}
	return true
}

// doubtful reports whether words may mean something else: a lone letter of a column whose other words are not there, and an x
// beside another word for true, for it may be a cross.
func doubtful(seen map[string]bool) bool {
	if len(seen) == 1 && (seen["t"] || seen["f"] || seen["o"] || seen["s"]) {
		return true
	}
	if !seen["x"] {
		return false
	}
	for key := range seen {
		if known, value, _ := truth(key); known && value && key != "x" || key == "✗" || key == "✘" || key == "☐" {
			return true
		}
	}
	return false
}

// withOpposite is words as a job lists them. If there are none, it is the opposite of the others, in their letter case.
func withOpposite(words, others []word) []string {
	var out []string
	for _, w := range words {
		out = append(out, w.text)
	}
	if len(out) > 0 || len(others) == 0 {
		return out
	}
	_, _, opposite := truth(others[0].key)
	switch first := []rune(others[0].text)[0]; {
	case opposite == "":
		return nil
	case strings.ToUpper(others[0].text) == others[0].text:
		opposite = strings.ToUpper(opposite)
	case unicode.IsUpper(first):
		runes := []rune(opposite)
		opposite = string(unicode.ToUpper(runes[0])) + string(runes[1:])
	}
	return []string{opposite}
}

// openWords leaves the words to a person, who is shown those that there are while they are few.
func (e *Evidence) openWords(r *Reading) {
	r.Option, r.Column.True, r.Column.False = "true", []string{Undecided}, []string{Undecided}
	if e.words.more > 0 {
		r.note(fmt.Sprintf("more than %d different values", maxWords))
		return
	}
	var shown []string
	for _, w := range e.words.words {
		often := "1 time"
		if w.count > 1 {
			often = fmt.Sprintf("%d times", w.count)
		}
		shown = append(shown, quoted(w.text)+" "+often)
	}
	r.note("the values are " + strings.Join(shown, ", "))
	if len(e.words.words) != 2 {
		return
	}
	a, b := e.words.words[0].text, e.words.words[1].text
	for _, way := range [][2]string{{a, b}, {b, a}} {
		col := r.Column
		col.True, col.False = []string{way[0]}, []string{way[1]}
		r.Ways = append(r.Ways, WayOfReading{fmt.Sprintf("true: %s, false: %s", quoted(way[0]), quoted(way[1])), "", col})
	}
}

// odd says that some values do not fit what all others show.
func odd(n int, what string) string {
	if n == 1 {
		return "1 value is " + what + ", a problem of its row"
	}
	return fmt.Sprintf("%d values are %s, a problem of their rows", n, what)
}

// count is how often words are there.
func count(words []word) int {
	n := 0
	for _, w := range words {
		n += w.count
	}
	return n
}
