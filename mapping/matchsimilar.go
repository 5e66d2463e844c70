package mapping

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// similar claims the fields with names that are near to a header: by strength mistyped where every word is the same but for
// typing errors, else faintly, by the words that both have.
func (mt *matcher) similar(w wording) []claim {
	var claims []claim
	for i := range mt.known {
		s := &mt.known[i]
		if score := mt.misspelled(w.words, s.words); score > 0 && !mt.bare[s.key] {
			claims = append(claims, claim{field: s.field, by: ByFuzzy, score: score, strength: mistyped})
		} else if score := mt.overlap(w.words, s.words); score >= minRival {
			claims = append(claims, claim{field: s.field, by: ByFuzzy, score: score})
		}
	}
	return claims
}

// misspelled is how near words are to the words of a name from which they differ by typing errors alone, 0 if by more.
func (mt *matcher) misspelled(words, name []string) float64 {
	if len(words) != len(name) {
		return 0
	}
	var sum float64
	for i, word := range words {
		switch {
		case word == name[i]:
			sum++
		case mt.isTypo(word, name[i]):
			sum += likeness(word, name[i])
		default:
			return 0
		}
	}
	return min(sum/float64(len(words)), scoreQualified)
}

// isTypo reports whether word is another one mistyped: one letter wrong, missing or too many, two that changed places, or
// in a long word two such errors. A word that is one is not another one mistyped: County is no Country,
// and a plural is meant.
func (mt *matcher) isTypo(word, meant string) bool {
	length := max(len(word), len(meant))
	if mt.real[word] || mt.meaning[word] || mt.words[word] || mt.words[strings.TrimSuffix(word, "s")] || isNumber(word) || word[0] != meant[0] {
		return false
	}
	switch d := typingErrors(word, meant); {
	case length >= 8 && len(word)+1 >= len(meant) && len(meant)+1 >= len(word):
		return d <= 2
	case length >= 5:
		return d <= 1
	case length == 4:
		return d <= 1 && len(word) == len(meant) && swapped(word, meant)
	}
	return false
}

// likeness is how much of two words is the same, 0 to 1.
func likeness(a, b string) float64 {
	return 1 - float64(typingErrors(a, b))/float64(max(len(a), len(b), 1))
}

// typingErrors is the edit distance of two words, in which two letters that changed places are one error.
func typingErrors(a, b string) int {
	if swapped(a, b) {
		return 1
	}
	return levenshtein.ComputeDistance(a, b)
}

// swapped reports whether a is b with two neighbours in each other's place.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) - 1 {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// overlap is how much two lists of words share, by their letters: words that are the same or mistyped, twice over all. It is 0
// where they share nothing but words such as number or date.
func (lx *lexicon) overlap(words, name []string) float64 {
	const alike = 0.75
	var shared, all float64
	telling := false
	for _, word := range words {
		all += float64(len(word))
	}
	for _, meant := range name {
		all += float64(len(meant))
		best := 0.0
		for _, word := range words {
			best = max(best, lx.likeWord(word, meant))
		}
		if best >= alike {
			shared += 2 * best * float64(len(meant))
			telling = telling || !lx.mute[meant]
		}
	}
	if !telling {
		return 0
	}
	return min(shared/all, 0.8)
}

// likeWord is how much of a word is another one: all of it, most letters, or nothing for a word that is another one for sure.
func (lx *lexicon) likeWord(word, meant string) float64 {
	const room = 2 // in length
	switch {
	case word == meant:
		return 1
	case word[0] != meant[0] || len(word) < 4 || len(meant) < 4 || len(word) > len(meant)+room || len(meant) > len(word)+room || lx.real[word] || lx.meaning[word]:
		return 0
	}
	return likeness(word, meant)
}
