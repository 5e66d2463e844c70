package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Validate appends what is wrong with rec to dst, in the order of the fields. It costs no allocation if nothing is wrong.
//
// A field of the format email-list, email or uri has a code of its own when it fails. A create needs the required
// fields; an update may have any, but what it has must go together: a nested object is whole, and a field that asks for
// another comes with it. Problems carry no row and no column; the reader of the row knows them.
func (m *Model) Validate(dst []Problem, rec Record, use Use) []Problem {
	requires := m.requires
	for i := range m.Fields {
		f := &m.Fields[i]
		var v Value
		if i < len(rec) {
			v = rec[i]
		}
		var ask *dependency // what asks for this field
		for len(requires) > 0 && requires[0].needs == i {
			if d := &requires[0]; ask == nil && d.uses[use] && d.given < len(rec) && m.Fields[d.given].says(rec[d.given]) {
				ask = d
			}
			requires = requires[1:]
		}
		switch {
		case f.says(v):
			dst = f.validate(dst, v, use)
		case f.Required && use == ForCreate:
			dst = append(dst, NewProblem(CodeRequired, f.Name, "", "every new record needs "+f.Name))
		case ask != nil:
			given := m.Fields[ask.given].Name
			dst = append(dst, NewProblem(CodeNeedsField, f.Name, "", fmt.Sprintf("%s is missing, and %s is given", f.Name, given)))
		}
	}
	return dst
}

// AskerOf is the field because of which a record needs another one, -1 if none of its fields asks for it.
func (m *Model) AskerOf(needed int, rec Record, use Use) int {
	for i := range m.requires {
		d := &m.requires[i]
		if d.needs == needed && d.uses[use] && d.given < len(rec) && m.Fields[d.given].says(rec[d.given]) {
			return d.given
		}
	}
	return -1
}

// says reports whether a request says anything about the field: a null that is left out does not.
func (f *Field) says(v Value) bool { return v.Known() && !(v.Kind == Null && f.Clear == ClearOmit) }

// validate appends what is wrong with a value that is known.
func (f *Field) validate(dst []Problem, v Value, use Use) []Problem {
	if f.UpdateOnly && use == ForCreate {
		dst = append(dst, NewProblem(CodeUpdateOnly, f.Name, v.Text, ""))
	}
	if v.Kind == Null {
		if !f.Nullable {
			dst = append(dst, NewProblem(CodeNotNullable, f.Name, "", ""))
		}
		return dst
	}
	if code := f.kindFault(v); code != "" {
		return append(dst, f.Problem(code, v.Text))
	}
	switch f.Kind {
	case String:
		dst = f.validateText(dst, v.Text)
	case Integer, Number:
		dst = f.validateNumber(dst, v.Text)
	}
	if f.Enum != nil && !f.allows(v.Text) {
		message := "allowed: " + strings.Join(f.Enum, ", ")
		dst = append(dst, NewProblem(CodeNotAllowed, f.Name, v.Text, message))
	}
	return dst
}

// allows tells whether text is one of the enum, numbers by value.
func (f *Field) allows(text string) bool {
	if f.Kind == Integer || f.Kind == Number {
		text, _ = canonicalNumber(text)
	}
	return slices.Contains(f.Enum, text)
}

// kindFault is the code of a value that is not of the field's kind, "" if it is.
func (f *Field) kindFault(v Value) Code {
	switch f.Kind {
	case Integer:
		if (v.Kind != Integer && v.Kind != Number) || !isInteger(v.Text) {
			return CodeNotInteger
		}
	case Number:
		if (v.Kind != Integer && v.Kind != Number) || !isDecimal(v.Text) {
			return CodeNotNumber
		}
	case Boolean:
		if v.Kind != Boolean {
			return CodeNotBoolean
		}
	case Date:
		if (v.Kind != Date && v.Kind != String) || !isDate(v.Text) {
			return CodeBadDate
		}
	default:
		if v.Kind != String && v.Kind != Date {
			return CodeNotText
		}
	}
	return ""
}

// validateText checks length, form and format.
func (f *Field) validateText(dst []Problem, text string) []Problem {
	// A text has at most as many characters as bytes, so short ones need no counting.
	if f.MaxLength >= 0 && len(text) > f.MaxLength {
		if n := utf8.RuneCountInString(text); n > f.MaxLength {
			dst = append(dst, NewProblem(CodeTooLong, f.Name, text, fmt.Sprintf("%s, at most %d allowed", characters(n), f.MaxLength)))
		}
	}
	if f.Legacy > 0 && len(text) > f.Legacy {
		if n := utf8.RuneCountInString(text); n > f.Legacy && (f.MaxLength < 0 || n <= f.MaxLength) {
			dst = append(dst, NewProblem(CodeLegacyLimit, f.Name, text,
				fmt.Sprintf("%s, and the API's older interface takes at most %d", characters(n), f.Legacy)))
		}
	}
	if f.MinLength > 0 {
		if n := utf8.RuneCountInString(text); n < f.MinLength {
			dst = append(dst, NewProblem(CodeTooShort, f.Name, text, fmt.Sprintf("%s, at least %d required", characters(n), f.MinLength)))
		}
	}
	if f.checks == nil {
		return dst
	}
	if c := f.checks; c.format != nil && !c.format(text) {
		return append(dst, f.Problem(c.code, text))
	}
	if c := f.checks; c.pattern != nil && !c.pattern.MatchString(text) {
		dst = append(dst, f.Problem(CodeBadPattern, text))
	}
	return dst
}

// validateNumber checks the bounds.
func (f *Field) validateNumber(dst []Problem, text string) []Problem {
	if f.Minimum != "" && compareDecimals(text, f.Minimum) < 0 {
		dst = append(dst, NewProblem(CodeTooSmall, f.Name, text, fmt.Sprintf("%s is less than %s", text, f.Minimum)))
	}
	if f.Maximum != "" && compareDecimals(text, f.Maximum) > 0 {
		dst = append(dst, NewProblem(CodeTooLarge, f.Name, text, fmt.Sprintf("%s is more than %s", text, f.Maximum)))
	}
	if f.Step != "" {
		if most := decimalsIn(f.Step); decimalsIn(text) > most {
			dst = append(dst, NewProblem(CodeMoneyDecimals, f.Name, text, fmt.Sprintf("%s has more than %d decimals", text, most)))
		}
	}
	return dst
}

// decimalsIn is how many digits that count a decimal has behind the point.
func decimalsIn(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(strings.TrimRight(fraction, "0"))
}

// Problem is the problem of a text that f refuses with code, in words that show the text.
func (f *Field) Problem(code Code, text string) Problem {
	message := ""
	switch code {
	case CodeNotInteger:
		message = shown(text) + " is not a whole number"
	case CodeNotNumber:
		message = shown(text) + " is not a number"
	case CodeNotBoolean:
		message = shown(text) + " is neither true nor false"
	case CodeBadDate:
		message = shown(text) + " is not a date"
	case CodeNotText:
		message = shown(text) + " is not text"
	case CodeBadEmail:
		message = badEmail(text, f.Format == "email-list")
	case CodeBadURI:
		message = shown(text) + " is not a web address"
	case CodeBadPattern:
		message = shown(text) + " does not match " + f.Pattern
	}
	return NewProblem(code, f.Name, text, message)
}

// shown is a text as a message shows it: in quotes, and not too much of it.
func shown(text string) string { return strconv.Quote(cut(text, 60)) }

// badEmail names the first address of text that is none.
func badEmail(text string, list bool) string {
	if !list {
		return shown(text) + " is not an e-mail address"
	}
	for address := range strings.SplitSeq(text, ",") {
		switch address = trimList(address); {
		case address == "":
			return "a comma with no e-mail address beside it"
		case !isEmail(address):
			return shown(address) + " is not an e-mail address"
		}
	}
	return "not a list of e-mail addresses"
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}
