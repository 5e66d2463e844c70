package mapping

import (
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// The scores of claims that are no matter of degree.
const (
	scoreName      = 1
	scoreNormal    = 0.98
	scoreAlias     = 0.95
	scoreQualified = 0.9
	scoreHalf      = 0.5 // a part of a name for the whole
)

// matcher knows the names of the fields of one model.
type matcher struct {
	*lexicon
	model    *model.Model
	names    []string // of the fields; custom fields that only the sheet names come behind the model's
	known    []fieldWording
	byKey    map[string][]int // key -> known
	byPlain  map[string][]int // plain -> known
	words    map[string]bool  // all words of the names
	entities map[string]bool  // what people call a record: "customer" in Customer City
}

// fieldWording is one name of a field.
type fieldWording struct {
	wording
	field int
	by    Recognised // ByNormal for the field's own name, else ByAlias
	which bool       // it says which of several, as Billing City does, and is no stronger than Shipping City
}

// newMatcher collects the names of all fields that may be written.
func newMatcher(m *model.Model) *matcher {
	mt := &matcher{
		lexicon: newLexicon(), model: m, byKey: map[string][]int{}, byPlain: map[string][]int{}, words: map[string]bool{},
		entities: map[string]bool{strings.ToLower(m.Resource): true},
	}
	for i := range m.Fields {
		f := &m.Fields[i]
		mt.names = append(mt.names, f.Name)
		if f.Retired() {
			continue
		}
		mt.add(i, f.Name, ByNormal)
		if f.Custom != nil {
			mt.add(i, f.Custom.Name, ByAlias)
		}
		for _, alias := range f.Aliases {
			mt.add(i, alias, ByAlias)
			if w := mt.wording(alias); f.Name == "name" && len(w.words) == 1 {
				mt.entities[w.words[0]] = true
			}
		}
	}
	for i := range mt.known {
		mt.known[i].which = mt.saysWhich(&mt.known[i])
	}
	return mt
}

func (mt *matcher) add(field int, name string, by Recognised) {
	w := mt.wording(name)
	if w.key == "" {
		return
	}
	for _, word := range w.words {
		mt.words[word] = true
	}
	mt.byKey[w.key] = append(mt.byKey[w.key], len(mt.known))
	mt.byPlain[w.plain] = append(mt.byPlain[w.plain], len(mt.known))
	mt.known = append(mt.known, fieldWording{wording: w, field: field, by: by})
}

// saysWhich reports whether a name is another one of the same field and a word that says which of several.
func (mt *matcher) saysWhich(s *fieldWording) bool {
	less := mt.withoutKinds(s.words)
	if len(less) == len(s.words) || mt.vague[mt.wordingOf(less).key] { // a Site Name is the name of a site
		return false
	}
	return slices.ContainsFunc(mt.byPlain[mt.wordingOf(less).plain], func(i int) bool { return mt.known[i].field == s.field })
}

// heard is all claims of a header, several for a field maybe.
func (mt *matcher) heard(header string, w wording) []claim {
	if w.key == "" {
		return nil
	}
	claims := mt.equal(header, w)
	if len(claims) == 0 {
		claims = mt.alternatives(header)
	}
	if len(claims) == 0 {
		claims = mt.stripped(w)
	}
	if _, half := mt.halves[w.key]; half {
		claims = append(claims, mt.wholes()...)
	}
	return append(claims, mt.similar(w)...)
}

// equal claims the fields that have the header among their names.
func (mt *matcher) equal(header string, w wording) []claim {
	var claims []claim
	for _, found := range [][]int{mt.byKey[w.key], mt.byPlain[w.plain]} {
		for _, i := range found {
			claims = append(claims, mt.claimOf(header, &mt.known[i]))
		}
		if len(claims) > 0 {
			break
		}
	}
	return claims
}

// claimOf claims the field of a name that the header is equal to.
func (mt *matcher) claimOf(header string, s *fieldWording) claim {
	c := claim{field: s.field, by: s.by, score: scoreAlias, strength: wellKnown}
	switch {
	case s.by == ByNormal && header == mt.names[s.field]:
		c.by, c.score, c.strength = ByName, scoreName, own
	case s.by == ByNormal:
		c.score, c.strength = scoreNormal, own
	}
	switch {
	case s.which || s.key == "title": // of a person or of a job; Salutation is plain
		c.strength = qualified
	case mt.bare[s.key]:
		c.strength = wellKnown
	}
	return c
}

// alternatives claims the field that all parts of a header such as "Firma / Company" name.
func (mt *matcher) alternatives(header string) []claim {
	parts := strings.Split(header, "/")
	if len(parts) < 2 {
		return nil
	}
	both := claim{by: ByFuzzy, score: scoreQualified, strength: own}
	for i, part := range parts {
		claims := mt.equal(part, mt.wording(part))
		if len(claims) == 0 || i > 0 && claims[0].field != both.field {
			return nil
		}
		both.field, both.strength = claims[0].field, min(both.strength, claims[0].strength, wellKnown)
	}
	return []claim{both}
}

// stripped claims the fields that the header names with words which say which of several, or whose: Main Phone, Customer
// City, Address 1 - Street. The fewer kinds of words go, the better.
func (mt *matcher) stripped(w wording) []claim {
	const whose, first, which = 1, 2, 4
	for _, drop := range []int{first, which, whose, whose | first, whose | which, first | which, whose | first | which} {
		words := w.words
		if drop&first != 0 {
			words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return mt.noise[word] })
		}
		if drop&which != 0 {
			words = mt.withoutKinds(words)
		}
		for drop&whose != 0 && len(words) > 1 && (mt.entities[words[0]] || words[0] == "address" || words[0] == "addr") {
			words = words[1:]
		}
		if len(words) == len(w.words) {
			continue
		}
		if claims := mt.qualified(mt.wordingOf(words)); len(claims) > 0 {
			return claims
		}
	}
	return nil
}

// withoutKinds is words without those that say which of several. Postal Code is no kind of code.
func (mt *matcher) withoutKinds(words []string) []string {
	var less []string
	for i, word := range words {
		if !mt.kinds[word] || word == "postal" && i+1 < len(words) && words[i+1] == "code" {
			less = append(less, word)
		}
	}
	return less
}

// qualified claims the fields of which less is a name, less being a header without some of its words. A word that says too
// little by itself is not what is left of a name: Work Type is no type.
func (mt *matcher) qualified(less wording) []claim {
	if less.key == "" || mt.vague[less.key] {
		return nil
	}
	var claims []claim
	for _, i := range mt.byPlain[less.plain] {
		claims = append(claims, claim{field: mt.known[i].field, by: ByFuzzy, score: scoreQualified, strength: qualified})
	}
	return claims
}

// wholes claims, faintly, the fields for names of which a header has only half.
func (mt *matcher) wholes() []claim {
	var claims []claim
	for i := range mt.model.Fields {
		if name := mt.names[i]; name == "name" || strings.HasSuffix(name, ".name") {
			claims = append(claims, claim{field: i, by: ByFuzzy, score: scoreHalf})
		}
	}
	return claims
}
