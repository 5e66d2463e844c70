package sheet

import (
	"fmt"
	"strings"
)

// storedCell is a cell as the sheet part stores it.
type storedCell struct {
	kind    string // attribute t, "" for a number
	style   string // attribute s
	value   string
	inline  string // text of an inline string
	formula bool
}

// cell turns a stored cell into what it says. The error is for a cell that has no reading at all.
func (w *workbook) cell(c storedCell) (Cell, error) {
	if c.formula && strings.TrimSpace(c.value) == "" && c.kind != "str" {
		return Cell{Damage: DamageFormula}, nil
	}
	switch c.kind {
	case "s":
		return w.sharedCell(c.value)
	case "str":
		return textCell(unescapeText(c.value)), nil
	case "inlineStr":
		return textCell(c.inline), nil
	case "e":
		return Cell{Text: c.value, Damage: DamageError}, nil
	}
	value := strings.TrimSpace(c.value)
	if value == "" {
		return Cell{}, nil
	}
	switch c.kind {
	case "", "n":
		return w.numberCell(value, w.format(c.style)), nil
	case "b":
		return booleanCell(value), nil
	case "d":
		return isoCell(value), nil
	}
	return Cell{}, fmt.Errorf("a cell has the unknown type %q", c.kind)
}

// sharedCell is a cell that refers to the table of texts.
func (w *workbook) sharedCell(index string) (Cell, error) {
	if index == "" {
		return Cell{}, nil // a styled cell that lost its text is blank in Excel too
	}
	text, ok := w.texts.text(strings.TrimSpace(index))
	if !ok {
		return Cell{}, fmt.Errorf("broken text reference %q; the workbook has %d shared texts", index, len(w.texts.ends))
	}
	return textCell(text), nil
}

// booleanCell is a cell of type b.
func booleanCell(value string) Cell {
	switch value {
	case "1", "true":
		return Cell{Text: "TRUE", Raw: "true", Kind: Boolean}
	case "0", "false":
		return Cell{Text: "FALSE", Raw: "false", Kind: Boolean}
	}
	return Cell{Text: value, Damage: DamageError}
}

// numberCell is a numeric cell, which the format may show as a date.
func (w *workbook) numberCell(raw string, f format) Cell {
	d, err := parseDecimal(raw)
	if err != nil {
		return Cell{Text: raw, Damage: DamageError}
	}
	if !f.date {
		return d.cell(raw, f)
	}
	iso, err := serialDate(raw, w.date1904)
	if err != nil {
		return Cell{Text: raw, Raw: raw, Kind: Number, Damage: DamageError}
	}
	return Cell{Text: iso, Raw: iso, Kind: Date}
}

// isoCell is a cell of type d, which strict workbooks have.
func isoCell(value string) Cell {
	iso, err := isoDate(value)
	if err != nil {
		return Cell{Text: value, Damage: DamageError}
	}
	return Cell{Text: iso, Raw: iso, Kind: Date}
}
