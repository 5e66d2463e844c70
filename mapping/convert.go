package mapping

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

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
		return b.lookUp(cell, f)
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
	if b.table == nil {
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

// date reads a date by the column's format, or as yyyy-mm-dd. A date of a workbook needs no format. A time of day is
// refused unless it is midnight, for the field would lose it.
func (b *binding) date(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	text := strings.TrimSpace(cell.Text)
	if cell.Kind != sheet.Date && b.layout != "" {
		day, err := time.Parse(b.layout, text)
		if err != nil {
			return model.Value{}, &trouble{model.CodeBadDate, text, quoted(text) + " is not a date in the form " + b.spec.Format}
		}
		if !isMidnight(day) {
			return model.Value{}, timeOfDay(text, f)
		}
		return model.Value{Kind: model.Date, Text: day.Format(time.DateOnly)}, nil
	}
	day := text
	if cell.Kind == sheet.Date {
		var clock string
		if day, clock, _ = strings.Cut(cell.Raw, "T"); strings.Trim(clock, "0:.") != "" {
			return model.Value{}, timeOfDay(text, f)
		}
	}
	value, code := f.Parse(day)
	if code != "" {
		return value, &trouble{code, text, quoted(text) + " is not a date in the form yyyy-mm-dd; say the sheet's own form with format: in the job"}
	}
	return value, nil
}

// timeOfDay is the trouble of a date that has one.
func timeOfDay(text string, f *model.Field) *trouble {
	return &trouble{model.CodeBadDate, text, quoted(text) + " has a time of day; " + f.Name + " is a date"}
}

// isMidnight reports whether t is a day without a time.
func isMidnight(t time.Time) bool {
	hour, minute, second := t.Clock()
	return hour == 0 && minute == 0 && second == 0 && t.Nanosecond() == 0
}

// number reads whole and decimal numbers.
func (b *binding) number(cell *sheet.Cell, f *model.Field) (model.Value, *trouble) {
	text := strings.TrimSpace(cell.Text)
	digits := text
	switch {
	case cell.Kind == sheet.Number && cell.Damage == sheet.DamageNone:
		digits = excelNumber(cell.Raw)
	case cell.Kind == sheet.Number:
		digits = cell.Raw
	case cell.Kind == sheet.Text && b.spec.Decimal != "":
		digits = ungroup(text, b.spec.Decimal)
	}
	value, code := f.Parse(digits)
	if code != "" {
		return value, &trouble{code, text, quoted(text) + " is not " + KindName(f.Kind)}
	}
	return value, nil
}

// excelDigits is how many digits of a number a spreadsheet keeps. What a file has beyond them is the residue of binary
// fractions: 0.1+0.2 is stored as 0.30000000000000004.
const excelDigits = 15

// excelNumber is a stored number in plain digits, as many as a spreadsheet keeps. What is no number stays as it is.
func excelNumber(raw string) string {
	if strings.Trim(raw, "0123456789") == "" {
		return raw
	}
	d, _, err := apd.BaseContext.WithPrecision(excelDigits).NewFromString(raw)
	if err != nil || d.Form != apd.Finite {
		return raw
	}
	d.Reduce(d)
	return d.Text('f')
}

// grouped is a number with a separator between its groups of three digits, and a decimal part behind a D.
var grouped = regexp.MustCompile(`^([+-]?)([0-9]{1,3}(?:G[0-9]{3})+|[0-9]+)(?:D([0-9]+))?$`)

// ungroup turns a number with the given decimal separator and any of the usual group separators into plain digits. It is ""
// for what is no such number, also if it would be one with the other separator: 12.34 is not 12,34.
func ungroup(text, decimal string) string {
	var shape strings.Builder
	var separator rune
	for _, r := range text {
		switch {
		case string(r) == decimal:
			shape.WriteByte('D')
		case strings.ContainsRune(". ,'\u00a0\u202f\u2019", r):
			if separator != 0 && r != separator {
				return ""
			}
			separator = r
			shape.WriteByte('G')
		case r == 'D' || r == 'G':
			return ""
		default:
			shape.WriteRune(r)
		}
	}
	parts := grouped.FindStringSubmatch(shape.String())
	if parts == nil {
		return ""
	}
	number := parts[1] + strings.ReplaceAll(parts[2], "G", "")
	if parts[3] != "" {
		number += "." + parts[3]
	}
	return number
}

// damaged names what a spreadsheet program or a transfer has done to a cell, if it matters there. exact says that every
// digit of the cell counts, as in an id or a phone number.
func damaged(cell *sheet.Cell, exact bool) *trouble {
	switch cell.Damage {
	case sheet.DamageError:
		return &trouble{model.CodeCellError, cell.Text, "the cell shows the error " + quoted(cell.Text)}
	case sheet.DamageFormula:
		return &trouble{model.CodeFormulaNoValue, cell.Text, "the cell holds a formula without a stored value"}
	case sheet.DamageNUL:
		return &trouble{model.CodeBadCharacter, cell.Text, "the cell holds a control character that no API can store"}
	case sheet.DamageEncoding:
		return &trouble{model.CodeBadEncoding, cell.Text, "the cell holds bytes that are not text in the file's encoding"}
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

// raggedRow is the problem of a record that does not have a cell for every column.
func raggedRow(row *sheet.Row, want int) model.Problem {
	p := model.NewProblem(model.CodeRaggedRow, "", "", fmt.Sprintf("the row has %d cells, the header has %d", row.Width, want))
	p.Row = row.Number
	return p
}

// layout turns a date format of the job into a Go layout. Both ways of writing a format are understood: 02/01/2006 and
// dd/mm/yyyy. Days and months may have one digit, unless nothing tells them from their neighbours.
func layout(format string) string {
	if !strings.ContainsAny(format, "0123456789") {
		format = strings.NewReplacer("yyyy", "2006", "yy", "06", "mmmm", "January", "mmm", "Jan", "mm", "01", "m", "1",
			"dddd", "Monday", "ddd", "Mon", "dd", "02", "d", "2").Replace(strings.ToLower(format))
	}
	if strings.Trim(format, "0123456789") == "" {
		return format
	}
	return strings.NewReplacer("2006", "2006", "02", "2", "01", "1").Replace(format)
}

// validLayout reports whether a format tells day, month and year: a date must survive being written and read.
func validLayout(format string) bool {
	day := time.Date(2023, time.November, 25, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout(format), day.Format(layout(format)))
	return err == nil && back.Equal(day)
}

// quoted is a cell's text as it appears in a message: on one line, and not too much of it.
func quoted(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}
