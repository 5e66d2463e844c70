package mapping

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Recognised is how a header was recognised. The greater, the surer.
type Recognised uint8

// The ways of recognising a header.
const (
	NotRecognised Recognised = iota
	ByFuzzy                  // similar to a name of the field: a letter wrong, or a word more
	ByAlias                  // a header under which people keep the field
	ByNormal                 // the field's name, spelled another way
	ByName                   // the field's name
)

// String is the word for r, as a proposed job file prints it.
func (r Recognised) String() string {
	words := [...]string{"-", "similar", "alias", "normalised", "exact"}
	if int(r) < len(words) {
		return words[r]
	}
	return "unknown"
}

// Match is what is proposed for one column of a sheet.
type Match struct {
	Column string     // header as the sheet has it
	Field  string     // dotted model field that is accepted, "" if a person must choose or nothing fits
	By     Recognised // of Field, NotRecognised without one
	Score  float64    // of Field, 0 to 1
	Rivals []Rival    // what else it may be, best first; where Field is "", what a person may choose from
}

// Rival is a field that a column may stand for.
type Rival struct {
	Field string
	By    Recognised
	Score float64
}

const (
	maxRivals = 4    // fields that are told of a column
	minRival  = 0.45 // score below which a field is not worth telling
)

// strength is how sure a claim is when two columns make one for the same field: the stronger has it, and of two that are as
// strong neither has.
type strength uint8

const (
	faint     strength = iota // never accepted, a rival only
	mistyped                  // a name of the field but for a letter
	qualified                 // a name of the field with a word that says which: Billing City, Main Phone
	wellKnown                 // an alias, or a name that says too little to beat one: Name, Title
	own                       // the field's name
)

// claim says that a column may be a field.
type claim struct {
	field    int // in the model; custom fields that it does not know stand behind its own
	by       Recognised
	score    float64
	strength strength
}

// MatchHeaders proposes a field for each header of a sheet, in the order of the sheet, and no field twice. What is
// ambiguous is left open: two columns that want the same field as strongly, a column that may be two fields, and half of a
// name where the model has only the whole. Where the columns stand does not matter.
func MatchHeaders(m *model.Model, headers []string) []Match {
	mt := newMatcher(m)
	row := make([]column, len(headers))
	for i, header := range headers {
		row[i] = column{wording: mt.wording(header)}
		row[i].claims = mt.claims(header, row[i].wording)
	}
	mt.doubt(row)
	winners := winners(row)
	matches := make([]Match, len(headers))
	for i, header := range headers {
		matches[i].Column = header
		rest := row[i].claims
		if field, ok := row[i].accepted(); ok && winners[field] == i {
			matches[i].Field, matches[i].By, matches[i].Score = mt.names[field], rest[0].by, rest[0].score
			rest = rest[1:]
		}
		for _, c := range rest[:min(len(rest), maxRivals)] {
			matches[i].Rivals = append(matches[i].Rivals, Rival{mt.names[c.field], c.by, c.score})
		}
	}
	return matches
}

// column is a header of the sheet and what it may be.
type column struct {
	wording
	claims []claim // best first
	open   bool    // it is never accepted, but keeps others from what it claims
}

// accepted is the field that a column stands for by its own header, whatever the other columns are.
func (c *column) accepted() (field int, ok bool) {
	switch {
	case len(c.claims) == 0 || c.claims[0].strength == faint:
		return 0, false
	case len(c.claims) > 1 && c.claims[1].strength >= c.claims[0].strength:
		return 0, false
	}
	return c.claims[0].field, true
}

// weaken makes all claims of the column faint.
func (c *column) weaken() {
	for i := range c.claims {
		c.claims[i].strength = faint
	}
}

// add makes one more claim.
func (c *column) add(more claim) {
	c.claims = append(c.claims, more)
	slices.SortFunc(c.claims, byStrength)
}

// winners is the column that has each field, -1 for a field that several columns claim as strongly.
func winners(row []column) map[int]int {
	const none = -1
	winner, strongest := map[int]int{}, map[int]strength{}
	for i := range row {
		field, ok := row[i].accepted()
		if !ok {
			continue
		}
		switch s := row[i].claims[0].strength; {
		case s > strongest[field]:
			winner[field], strongest[field] = i, s
		case s == strongest[field]:
			winner[field] = none
		}
	}
	for field, i := range winner {
		if i != none && row[i].open {
			winner[field] = none
		}
	}
	return winner
}

// byStrength orders the claims of one column, best first, and in the order of the model where they are alike.
func byStrength(a, b claim) int {
	return cmp.Or(cmp.Compare(b.strength, a.strength), cmp.Compare(b.score, a.score), cmp.Compare(a.field, b.field))
}

// claims is the fields that a header may stand for, best first.
func (mt *matcher) claims(header string, w wording) []claim {
	if name := strings.TrimSpace(header); mt.model.IsCustom(name) && mt.model.Index(name) < 0 {
		return mt.custom(name)
	}
	best := map[int]claim{}
	for _, c := range mt.heard(header, w) {
		if old, ok := best[c.field]; !ok || byStrength(c, old) < 0 {
			best[c.field] = c
		}
	}
	var claims []claim
	for _, c := range best {
		if c.score >= minRival {
			claims = append(claims, c)
		}
	}
	slices.SortFunc(claims, byStrength)
	return claims
}

// custom claims the custom field that a header names in full, though the account's definitions are not at hand.
func (mt *matcher) custom(name string) []claim {
	if strings.HasSuffix(name, ".") {
		return nil
	}
	at := slices.IndexFunc(mt.names, func(known string) bool { return strings.EqualFold(known, name) })
	if at < 0 {
		at = len(mt.names)
		mt.names = append(mt.names, name)
	}
	return []claim{{field: at, by: ByName, score: scoreName, strength: own}}
}
