package mapping

import (
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Evidence is what the cells of one column show. It takes one cell after the other and keeps the same little of them however
// many there are.
type Evidence struct {
	Filled   int      // cells that hold something
	Damaged  int      // of these, cells that cannot be read
	Astray   int      // cells of rows that are too short or too wide: they may belong to other columns
	Examples []string // the first few different values

	texts   int // cells of text, neither blank nor damaged
	days    int // date cells of a workbook
	moments int // of these, with a time of day
	digits  int // cells of digits alone
	names   int // cells of words as people write names
	actions int // cells of the words of an action column
	words   vocabulary
	dates   dateEvidence
	numbers numberEvidence
}

const (
	maxExamples = 3
	// oddShare is the share of cells, in percent, that may contradict a reading without putting it in question: what does not
	// fit it is a problem of its row and is never read in another way.
	oddShare = 5
	// enough is how long a value may be to be looked at as a date, a number or a word.
	enough = 40
)

// mostly reports whether n of all are all but a few odd ones.
func mostly(n, all int) bool { return n > 0 && (all-n)*100 <= all*oddShare }

// Add takes the next cell of the column.
func (e *Evidence) Add(cell *sheet.Cell) {
	text := strings.TrimFunc(cell.Text, unicode.IsSpace)
	if text == "" && cell.Damage == sheet.DamageNone {
		return
	}
	e.Filled++
	if t := damaged(cell, false); t != nil {
		e.Damaged++
		return
	}
	e.addExample(text)
	if strings.Trim(text, "0123456789") == "" {
		e.digits++
	}
	switch cell.Kind {
	case sheet.Boolean:
	case sheet.Date:
		e.days++
		if _, clock, _ := strings.Cut(cell.Raw, "T"); strings.Trim(clock, "0:.") != "" {
			e.moments++
		}
	case sheet.Number:
		e.words.add(text)
		e.dates.addNumber(text)
	case sheet.Text:
		e.addText(text)
	}
}

// addExample keeps the beginning of a value, while they are few.
func (e *Evidence) addExample(text string) {
	if len(e.Examples) == maxExamples {
		return
	}
	if runes := []rune(text); len(runes) > enough {
		text = string(runes[:enough]) + "…"
	}
	if !slices.Contains(e.Examples, text) {
		e.Examples = append(e.Examples, text)
	}
}

// addText takes a cell of text.
func (e *Evidence) addText(text string) {
	if action := strings.ToLower(text); action != "" && isAction(action) {
		e.actions++
	}
	e.texts++
	e.words.add(text)
	if len(text) > enough {
		e.dates.other++
		e.numbers.other++
		return
	}
	e.dates.add(text)
	e.numbers.add(text)
	if isName(text) {
		e.names++
	}
}

// AddAstray takes a cell of a row whose width is not the header's. All it shows is that the column may not be empty.
func (e *Evidence) AddAstray(cell *sheet.Cell) {
	if strings.TrimFunc(cell.Text, unicode.IsSpace) != "" || cell.Damage != sheet.DamageNone {
		e.Astray++
	}
}

// Empty reports whether the column holds nothing in any row.
func (e *Evidence) Empty() bool { return e.Filled+e.Astray == 0 }

// AreActions reports whether every cell that is not blank says what is to happen to its row.
func (e *Evidence) AreActions() bool { return e.Filled > 0 && e.actions == e.Filled }

// AllDigits reports whether every cell that is filled holds digits alone.
func (e *Evidence) AllDigits() bool { return e.Filled > 0 && e.digits == e.Filled }

// AreDates reports whether the cells are dates, but for a few that are wrong or soon or never.
func (e *Evidence) AreDates() bool {
	dated := e.days
	if all := e.dates.candidates(); len(all) > 0 && all[0].ways[0] != compactLayout {
		dated += all[0].count
	}
	const share = 75 // percent
	return dated > 0 && dated*100 >= (e.Filled-e.Damaged)*share
}

// isName reports whether a text looks like the name of something and not like an id: words of letters, the first letter a
// capital one or several words.
func isName(text string) bool {
	letters := false
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters = true
		case r != ' ' && r != '&' && r != '\'' && r != '’' && r != '.' && r != ',' && r != '/' && r != '-':
			return false
		}
	}
	first := []rune(text)[0]
	return letters && (strings.Contains(text, " ") || unicode.IsUpper(first) && strings.ToUpper(text) != text || first > unicode.MaxASCII)
}

// Reading is how the cells of a column are read for a field.
type Reading struct {
	Column Column         // with the options that the cells prove, and Undecided for one that they do not
	Option string         // key of the option that is undecided, "" for none
	Ways   []WayOfReading // what a person may choose from, if an option is undecided
	Notes  []string       // what the cells show, for a person
}

// WayOfReading is one of several ways to read a column.
type WayOfReading struct {
	Text   string // of the option
	Why    string // what speaks for it, or what it means
	Column Column // with the option
}

// ReadAs says how the column is read for a field. lookups is the words by which the target looks the field up, nil if it does not.
func (e *Evidence) ReadAs(header string, f *model.Field, lookups []string) Reading {
	r := Reading{Column: Column{Header: header, Field: f.Name, Blank: BlankKeep}}
	switch {
	case e.Filled == 0:
		return r
	case f.Custom != nil && f.Custom.Unjudged:
		return e.readUnknown(r)
	case f.Lookup != "" && len(lookups) > 0 && e.readLookup(&r, f, lookups):
		return r
	}
	switch f.Kind {
	case model.Boolean:
		e.readWords(&r)
	case model.Date:
		e.readDates(&r)
	case model.Integer, model.Number:
		e.readNumbers(&r, f)
	}
	return r
}

// readUnknown reads a column for a custom field whose type only the account knows: by what its cells are in any case.
func (e *Evidence) readUnknown(r Reading) Reading {
	switch {
	case e.dates.isDates(e.texts):
		e.readDates(&r)
	case e.numbers.comma > 0 && mostly(e.texts-e.numbers.other, e.texts):
		e.readNumbers(&r, &model.Field{Kind: model.Number})
	}
	return r
}

// readLookup decides whether the cells hold ids or names. It is false if they hold ids.
func (e *Evidence) readLookup(r *Reading, f *model.Field, lookups []string) bool {
	sound := e.Filled - e.Damaged
	word := lookupWord(r.Column.Header, lookups)
	switch {
	case e.digits == sound, f.Kind == model.String && e.names == 0 && strings.HasSuffix(HeaderKey(r.Column.Header), "id"):
		return false
	case word == "":
	case f.Kind == model.Integer && mostly(sound-e.digits, sound), f.Kind == model.String && mostly(e.names, sound):
		r.Column.Lookup = word
		r.note("names, not ids")
		return true
	}
	r.Option, r.Column.Lookup = "lookup", Undecided
	plain := r.Column
	plain.Lookup = ""
	for _, word := range lookups {
		col := plain
		col.Lookup = word
		r.Ways = append(r.Ways, WayOfReading{word, "the cells are looked up by it", col})
	}
	if e.digits > 0 || f.Kind == model.String {
		r.Ways = append(r.Ways, WayOfReading{"no lookup", "the cells are ids", plain})
	}
	return true
}

// lookupWord is the word by which the cells under a header are looked up, "" if there are several and the header does not
// say which.
func lookupWord(header string, lookups []string) string {
	if len(lookups) == 1 {
		return lookups[0]
	}
	said := slices.DeleteFunc(slices.Clone(lookups), func(word string) bool { return !strings.Contains(HeaderKey(header), HeaderKey(word)) })
	if len(said) == 1 {
		return said[0]
	}
	return ""
}

// note adds a remark.
func (r *Reading) note(text string) { r.Notes = append(r.Notes, text) }

// HeaderKey is what all spellings of a header have in common by which columns are found.
func HeaderKey(header string) string { return normalHeader(header) }

// Belongs is the field of another resource that people keep under a header, "" for none. elsewhere is that of the target.
func Belongs(elsewhere map[string]string, header string) string {
	return (&Config{Elsewhere: elsewhere}).elsewhere(header)
}
