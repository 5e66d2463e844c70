package mapping

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// trouble is what a conversion found wrong with a cell.
type trouble struct {
	code    model.Code
	value   string
	message string
}

// exponent is how programs other than Excel write a long number, without the sign of the exponent: 4.91703E11. A part number
// such as 12E4 has no fraction. What Excel writes is marked by package sheet.
var exponent = regexp.MustCompile(`^[+-]?[0-9][.,][0-9]+[eE][+-]?[0-9]+$`)

// convert turns a cell into a value of its field, by the column's own rules first and the documented ones then.
func (b *binding) convert(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	unjudged := f.Custom != nil && f.Custom.Unjudged // of which kind the field is, is not known
	if t := damaged(cell, isExact(f) && !unjudged || b.spec.LooksUp()); t != nil {
		return model.Value{}, t
	}
	if strings.TrimSpace(cell.Text) == "" {
		return b.blank(f)
	}
	switch {
	case b.spec.LooksUp():
		value, t := b.lookUp(cell, f)
		if t != nil && t.code == model.CodeLookupNone && cell.Kind == sheet.Date {
			t = &trouble{model.CodeDateInText, cell.Text, "the cell holds a date where " + f.Name + " needs a name, and nothing is called " + quoted(cell.Text)}
		}
		return value, t
	case unjudged:
		return model.Value{Kind: model.String, Text: cell.Text}, nil
	case f.Kind == model.String && cell.Kind == sheet.Date:
		return model.Value{}, &trouble{model.CodeDateInText, cell.Text, "the cell holds a date where " + f.Name + " needs text"}
	case f.Kind == model.String:
		return model.Value{Kind: model.String, Text: cell.Text}, nil
	case f.Kind == model.Boolean:
		return b.boolean(cell, f)
	case f.Kind == model.Date:
		return b.date(cell, f)
	}
	return b.number(cell, f)
}

// judged reports whether a cell of the column can be judged by all that is documented: the table of a lookup or the
// definition of a custom field may not be at hand.
func (b *binding) judged(f *model.Field) bool {
	return !(b.spec.LooksUp() && b.table == nil) && !(f.Custom != nil && f.Custom.Unjudged)
}

// lookUp finds the id of the thing that a cell names.
func (b *binding) lookUp(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	text := strings.TrimSpace(cell.Text)
	if b.table == nil || b.spec.Link {
		return model.Value{Kind: model.String, Text: text}, nil
	}
	found := b.table.Find(text)
	switch len(found) {
	case 1:
		value, code := f.Parse(found[0].ID)
		if code == "" {
			return value, nil
		}
		return model.Value{}, &trouble{code, text, fmt.Sprintf("%s has the id %s, which is not %s", quoted(text), quoted(found[0].ID), KindName(f.Kind))}
	case 0:
		return model.Value{}, &trouble{model.CodeLookupNone, text, fmt.Sprintf("nothing is called %s; %s", quoted(text), candidates(b.table, text))}
	}
	var shown []string
	for _, e := range found[:min(len(found), 5)] {
		shown = append(shown, fmt.Sprintf("%s (id %s)", quoted(e.Name), e.ID))
	}
	if len(found) > 5 {
		shown = append(shown, "…")
	}
	return model.Value{}, &trouble{model.CodeLookupMany, text, fmt.Sprintf("%d entries of the list are called %s: %s", len(found), quoted(text), strings.Join(shown, ", "))}
}

// withoutDigits is a name as it is compared, less its digits: Depot 1 is not what is meant by Depot 2.
func withoutDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, normalHeader(name))
}

// candidates is what a name that was not found may have meant: the nearest, or all if they are few.
func candidates(table *model.Table, text string) string {
	const few, many = 10, 5000 // comparing with more would make a sheet of wrong names slow
	names := table.Names()
	if near := Closest(text, names[:min(len(names), many)]); near != "" && withoutDigits(near) != withoutDigits(text) {
		return "did you mean " + quoted(near) + "?"
	}
	if len(names) == 0 {
		return "the list is empty"
	}
	shown := make([]string, 0, few)
	for _, name := range names[:min(len(names), few)] {
		shown = append(shown, quoted(name))
	}
	if len(names) > few {
		shown = append(shown, fmt.Sprintf("and %d more", len(names)-few))
	}
	return "there are " + strings.Join(shown, ", ")
}

// isExact reports whether every digit of a field counts, as in an id or a phone number.
func isExact(f *model.Field) bool { return f.Kind == model.String || f.Kind == model.Integer }

// missing is the trouble of a field that no record can be without.
func missing(f *model.Field) *trouble {
	return &trouble{model.CodeRequired, "", f.Name + " is required, and the cell is blank"}
}

// blank is what a blank cell means for its field.
func (b *binding) blank(f *model.Field) (model.Value, *trouble) {
	if b.spec.Required || b.spec.Blank == BlankError {
		return model.Value{}, &trouble{model.CodeBlankRequired, "", "the cell is blank, and the job requires a value"}
	}
	if b.spec.Blank != BlankClear {
		return model.Value{}, nil
	}
	if f.Clear == model.ClearEmpty {
		return model.Value{Kind: model.String}, nil
	}
	return model.Value{Kind: model.Null}, nil
}

// wordsOf is the column's own words for true and false as a table, nil if it has none.
func wordsOf(col *Column) map[string]string {
	if len(col.True) == 0 && len(col.False) == 0 {
		return nil
	}
	words := map[string]string{}
	for _, word := range col.True {
		words[normalWord(word)] = "true"
	}
	for _, word := range col.False {
		words[normalWord(word)] = "false"
	}
	return words
}

// boolean reads the column's own words, or the spellings that the API documents if it has none. A boolean of a workbook
// needs no words.
func (b *binding) boolean(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	if cell.Kind == sheet.Boolean {
		return model.Value{Kind: model.Boolean, Text: cell.Raw}, nil
	}
	text := strings.TrimSpace(cell.Text)
	if b.words == nil {
		value, code := f.Parse(text)
		if code != "" {
			return value, &trouble{code, text, quoted(text) + " is not one of true, false, 1 or 0; list your own words with true: and false: in the job"}
		}
		return value, nil
	}
	if truth, ok := b.words[normalWord(text)]; ok {
		return model.Value{Kind: model.Boolean, Text: truth}, nil
	}
	return model.Value{}, &trouble{model.CodeNotBoolean, text,
		fmt.Sprintf("%s is none of the words for true (%s) or false (%s)", quoted(text), strings.Join(b.spec.True, ", "), strings.Join(b.spec.False, ", "))}
}

// damaged names what a spreadsheet program or a transfer has done to a cell, if it matters there. exact says that every
// digit of the cell counts, as in an id or a phone number.
func damaged(cell *sheet.Cell, exact bool) *trouble {
	switch cell.Damage {
	case sheet.DamageError:
		return errorValue(cell)
	case sheet.DamageFormula:
		return &trouble{model.CodeFormulaNoValue, cell.Text, "the cell holds a formula without a stored value"}
	case sheet.DamageNUL:
		return &trouble{model.CodeBadCharacter, cell.Text, "the cell holds a control character that no API can store"}
	case sheet.DamageEncoding:
		return &trouble{model.CodeBadEncoding, cell.Text, "the cell holds bytes that are not text in the file's encoding"}
	case sheet.DamageLength:
		return &trouble{model.CodeTooLong, cell.Text, "the cell has more than 32,767 characters, or stands in a line of more than 1 MiB, and may be cut"}
	}
	if !exact {
		return nil
	}
	if cell.Damage == sheet.DamageExponent || cell.Kind == sheet.Text && exponent.MatchString(strings.TrimSpace(cell.Text)) {
		return &trouble{model.CodeScientific, cell.Text, quoted(cell.Text) + " is a number in exponent form; its digits are lost"}
	}
	if cell.Damage == sheet.DamageDigits {
		return &trouble{model.CodeTooManyDigits, cell.Text, quoted(cell.Text) + " has more than 15 digits in a numeric cell; the last ones are wrong"}
	}
	return nil
}

// errorValue is the trouble of a cell that has no value: it shows an error, or it does not hold what its file says.
func errorValue(cell *sheet.Cell) *trouble {
	switch {
	case cell.Kind == sheet.Number:
		return &trouble{model.CodeImpossibleDate, cell.Text, "the cell is formatted as a date, and " + cell.Text + " is not a date"}
	case strings.HasPrefix(cell.Text, "#"):
		return &trouble{model.CodeCellError, cell.Text, "the cell shows the error " + quoted(cell.Text)}
	}
	return &trouble{model.CodeCellError, cell.Text, "the cell holds " + quoted(cell.Text) + ", which is not of the type that its file gives it"}
}

// raggedRow is the problem of a record that does not have a cell for every column.
func raggedRow(row *sheet.Row, want int) model.Problem {
	p := model.NewProblem(model.CodeRaggedRow, "", "", fmt.Sprintf("the row has %d cells, the header has %d", row.Width, want))
	p.Row = row.Number
	return p
}

// quoted is a cell's text as it appears in a message: on one line, and not too much of it.
func quoted(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
