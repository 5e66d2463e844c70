package model

import "unicode/utf8"

// Accept is the value of a text that is one of f beyond doubt: it is written as values of f are, and keeps all rules. It is
// quick, because it leaves all other texts to [Field.Parse] and [Model.Validate], which may well take them. text must have no
// white space at its ends.
func (f *Field) Accept(text string) (Value, bool) {
	if f.Enum != nil || f.Step != "" || f.Minimum != "" || f.Maximum != "" {
		return Value{}, false
	}
	switch f.Kind {
	case String:
		return Value{String, text}, f.acceptsText(text)
	case Integer, Number:
		return Value{f.Kind, text}, len(text) <= shortNumber && isWhole(text)
	case Boolean:
		return Value{Boolean, text}, text == "true" || text == "false"
	case Date:
		return Value{Date, text}, isDate(text)
	}
	return Value{}, false
}

// shortNumber is how many digits a number may have of which a glance tells that it is fine: so many keep all programs.
const shortNumber = 15

// acceptsText reports whether a text is within the rules of a text field. A text has at least as many bytes as characters,
// and at most four for each.
func (f *Field) acceptsText(text string) bool {
	n := len(text)
	if f.MaxLength >= 0 && n > f.MaxLength || f.Legacy > 0 && n > f.Legacy {
		return false
	}
	if n < f.MinLength*utf8.UTFMax && utf8.RuneCountInString(text) < f.MinLength {
		return false
	}
	c := f.checks
	return c == nil || (c.format == nil || c.format(text)) && (c.pattern == nil || c.pattern.MatchString(text))
}

// Complete reports whether rec has everything that a request for use asks for, and nothing that it does not take.
func (m *Model) Complete(rec Record, use Use) bool {
	for i := range m.Fields {
		f := &m.Fields[i]
		if use != ForCreate || !f.Required && !f.UpdateOnly {
			continue
		}
		if said := f.says(rec[i]); said && f.UpdateOnly || !said && f.Required {
			return false
		}
	}
	for i := range m.requires {
		d := &m.requires[i]
		if d.uses[use] && m.Fields[d.given].says(rec[d.given]) && !m.Fields[d.needs].says(rec[d.needs]) {
			return false
		}
	}
	return true
}
