package mapping

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// oddities is what is odd about the characters of a cell. Numbers, dates and booleans of a workbook have no odd ones, and
// what is damaged is odd enough.
func oddities(cell *sheet.Cell) glyphs {
	if cell.Kind != sheet.Text || cell.Damage != sheet.DamageNone {
		return 0
	}
	return look(cell.Text)
}

// unsound is the trouble of a cell, of which failed is what its conversion has found: it may have a cause that cannot be seen,
// or it may be a value of its kind that is not what it seems to be.
func (b *binding) unsound(cell *sheet.Cell, f *model.Field, odd glyphs, failed *trouble) *trouble {
	text := cell.Text
	switch {
	case odd&controls != 0:
		return controlled(text)
	case odd&invisibles != 0 && strings.TrimSpace(visible(text)) == "", odd&invisibles != 0 && failed != nil:
		return &trouble{model.CodeInvisibleCharacter, text, whereIs(text, isInvisible)}
	case failed != nil || strings.TrimSpace(text) == "":
		return failed
	case f.In == model.InPath && f.Kind == model.String:
		return unsoundID(strings.TrimSpace(text))
	case odd == 0 || !isAddress(f):
		return nil
	}
	if place := whereIs(text, unseen); place != "" {
		return &trouble{model.CodeInvisibleCharacter, text, place}
	}
	if which := imposter(text); which != "" {
		return &trouble{model.CodeLookalikeLetters, text, which}
	}
	return nil
}

// controlled is the trouble of a text with a control character. Those of ISO 8859 are what becomes of the quotes and dashes of
// Windows-1252 that are read as such.
func controlled(text string) *trouble {
	at := strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f && r < 0xa0 })
	if text[at] == 0x7f {
		return &trouble{model.CodeBadCharacter, text, "the cell holds a control character that no API can store"}
	}
	message := whereIs(text, func(r rune) bool { return r >= 0x80 && r < 0xa0 }) + ", as in a text that was read in the wrong encoding"
	if original := older(text); original != "" {
		message += "; it looks like " + original
	}
	return &trouble{model.CodeBadEncoding, text, message}
}

// isAddress reports whether a field holds e-mail addresses: its documents say so, or its name.
func isAddress(f *model.Field) bool {
	if f.Format == "email" || f.Format == "email-list" {
		return true
	}
	name := strings.ToLower(f.Name[strings.LastIndexByte(f.Name, '.')+1:])
	return strings.Contains(name, "email") || strings.Contains(name, "e-mail")
}

// maxID is the longest id, in bytes: no documented one comes near it.
const maxID = 200

// unsoundID is the trouble of a text that can be no id. It would change where a request leads, or it was a formula.
func unsoundID(id string) *trouble {
	if look(id)&controls != 0 {
		return controlled(id)
	}
	if place := whereIs(id, unseen); place != "" {
		return &trouble{model.CodeInvisibleCharacter, id, place}
	}
	var why string
	switch at := strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`/\?#%`, r) }); {
	case at >= 0:
		why = fmt.Sprintf("no id has the character %q", id[at])
	case id == "." || id == "..":
		why = "it means a folder"
	case strings.HasPrefix(id, "="):
		why = "it is a formula"
	case len(id) > maxID:
		why = fmt.Sprintf("it has more than %d characters", maxID)
	default:
		return nil
	}
	return &trouble{model.CodeBadID, id, quoted(id) + " cannot be an id: " + why}
}

// warnOfCell adds what is doubtful about a cell that was taken as it is.
func (mp *Mapping) warnOfCell(c *Candidate, b *binding, odd glyphs) {
	f, cell := &mp.model.Fields[b.field], &c.Row.Cells[b.column]
	if b.spec.LooksUp() || f.Kind != model.String || cell.Kind != sheet.Text {
		return
	}
	if isFormula(cell.Text) {
		mp.blame(c, b.column, f.Name, &trouble{model.CodeFormulaText, cell.Text, quoted(cell.Text) + " is a formula as text"})
	}
	for _, t := range b.oddText(cell.Text, f, odd) {
		mp.blame(c, b.column, f.Name, &t)
	}
}

// oddText is what is doubtful about the characters of a text, nothing for plain ones. How accents are composed matters in an
// address alone: keys are compared as if all were, and no eye sees a difference in a name.
func (b *binding) oddText(text string, f *model.Field, odd glyphs) []trouble {
	if odd&westerners != 0 {
		if original, ok := reread(text); ok {
			return []trouble{{model.CodeGarbledLetters, text, quoted(text) + " looks like " + quoted(original) + ", read in the wrong encoding"}}
		}
	}
	if odd&strays != 0 {
		if original := older(text); original != "" {
			return []trouble{{model.CodeGarbledLetters, text, quoted(text) + " looks like " + original + ", read in the wrong encoding"}}
		}
	}
	var found []trouble
	if odd&(invisibles|blanks) != 0 {
		if place := b.unseen(text, odd); place != "" {
			found = append(found, trouble{model.CodeInvisibleInText, text, place})
		}
	}
	if odd&marks != 0 && isAddress(f) {
		if is, could := characters(text); could < is {
			found = append(found, trouble{model.CodeDecomposedLetters, text,
				fmt.Sprintf("accents stand apart from their letters: %d characters where %d would do", is, could)})
		}
	}
	return found
}

// unseen says where in a text something stands that cannot be seen, "" if there is nothing that matters. Odd blanks matter only
// where records are told apart by the text; marks of direction belong to text that is written from right to left.
func (b *binding) unseen(text string, odd glyphs) string {
	return whereIs(text, func(r rune) bool {
		return isInvisible(r) && !(odd&rightToLeft != 0 && isMark(r)) || b.key && isOddBlank(r)
	})
}

// formula is a text that was plainly written by a spreadsheet program: a value in ="", a function, a cell and what is done with
// it, a call of another program, a sum, a number with a sign. A company may be called =1+1 Ltd, and a code may be =4711.
var formula = regexp.MustCompile(`^=(?:"[^"]*"|[A-Za-z_.]+[0-9]*\(.*\)|[A-Za-z]+\|.*!.*|(?:'[^']+'!)?\$?[A-Z]{1,3}\$?[0-9]+(?:[-+*/&:].*)?` +
	`|[0-9.,]+(?:[-+*/^][0-9.,]+)+|[-+][0-9(][-0-9 ().,/]*)$`)

// isFormula reports whether a text is a formula, such as =A2&B2 or ="00123".
func isFormula(text string) bool { return len(text) > 1 && text[0] == '=' && formula.MatchString(text) }

// warnOfView adds what a person who looks at the workbook does not see of the row.
func (mp *Mapping) warnOfView(c *Candidate) {
	if c.Row.Hidden {
		mp.blame(c, -1, "", &trouble{model.CodeHiddenRow, "", "the row is hidden or filtered away in the workbook, and is sent all the same"})
	}
	if c.Row.Merged {
		mp.blame(c, -1, "", &trouble{model.CodeMergedCells, "", "a merged area covers cells of the row; only its first cell has the value, the others are blank"})
	}
}
