package model

import (
	"strings"
	"time"
)

// Parse reads the plain text of a value of the field's kind. The code is "" if text is one.
//
// Text stays as it is. For the others outer white space is cut, and the value takes its canonical form: whole numbers of
// 64 bits with an optional sign (+007 is 7); exact decimals of up to 40 digits, exponents included; 0, 1, true and false
// in any letter case; dates as yyyy-mm-dd. Other spellings are for the options of a column.
func (f *Field) Parse(text string) (Value, Code) {
	if f.Kind == String {
		return Value{String, text}, ""
	}
	text = strings.TrimSpace(text)
	switch f.Kind {
	case Integer:
		if canonical, ok := canonicalInteger(text); ok {
			return Value{Integer, canonical}, ""
		}
		return Value{}, CodeNotInteger
	case Number:
		if canonical, ok := canonicalNumber(text); ok {
			return Value{Number, canonical}, ""
		}
		return Value{}, CodeNotNumber
	case Boolean:
		switch strings.ToLower(text) {
		case "1", "true":
			return Value{Boolean, "true"}, ""
		case "0", "false":
			return Value{Boolean, "false"}, ""
		}
		return Value{}, CodeNotBoolean
	case Date:
		if isDate(text) {
			return Value{Date, text}, ""
		}
		return Value{}, CodeBadDate
	}
	return Value{}, CodeNotText
}

// isDate tells whether text is a day of the calendar, as yyyy-mm-dd.
func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
