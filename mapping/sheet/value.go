package sheet

import (
	"strings"
)

// storedKind is the type of a cell as the sheet part stores it.
type storedKind uint8

const (
	storedNumber  storedKind = iota // attribute t is n or missing
	storedShared                    // s
	storedInline                    // inlineStr
	storedText                      // str, the text of a formula
	storedBoolean                   // b
	storedError                     // e
	storedISO                       // d
)

// findStoredKind is the type that the attribute t names.
func findStoredKind(name []byte) (kind storedKind, ok bool) {
	switch string(name) {
	case "n", "":
		return storedNumber, true
	case "s":
		return storedShared, true
	case "inlineStr":
		return storedInline, true
	case "str":
		return storedText, true
	case "b":
		return storedBoolean, true
	case "e":
		return storedError, true
	case "d":
		return storedISO, true
	}
	return 0, false
}

// storedCell is a cell as the sheet part stores it.
type storedCell struct {
	column     int
	begin, end int // where in the text of the row its value stands
	shared     int // index of its text, -1 for none
	style      int // index of its format, -1 for none
	kind       storedKind
	formula    bool
	valued     bool // it has a value, perhaps an empty one
	sound      bool // its value is a text that cannot be damaged
}

// fill makes a blank cell what a stored one says. Most are texts without damage.
func (w *workbook) fill(cell *Cell, c *storedCell, value string) (err error) {
	switch {
	case c.sound:
		cell.Text = value
	case c.kind == storedShared && c.shared >= 0 && !w.texts.damaged:
		cell.Text, err = w.texts.text(c.shared)
	default:
		*cell, err = w.cell(c, value)
	}
	return err
}

// cell turns a stored cell into what it says.
func (w *workbook) cell(c *storedCell, value string) (Cell, error) {
	if c.formula && (!c.valued || c.kind != storedText && strings.TrimSpace(value) == "") {
		return Cell{Damage: DamageFormula}, nil
	}
	switch c.kind {
	case storedShared:
		return w.sharedCell(c)
	case storedText:
		if strings.Contains(value, "_x") {
			value = string(unescapeText([]byte(value), 0))
		}
		return textCell(value), nil
	case storedInline:
		return textCell(value), nil
	case storedError:
		return Cell{Text: value, Damage: DamageError}, nil
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return Cell{}, nil
	case c.kind == storedBoolean:
		return booleanCell(value), nil
	case c.kind == storedISO:
		return isoCell(value), nil
	}
	return w.numberCell(value, w.format(c.style)), nil
}

// sharedCell is a cell that refers to the table of texts.
func (w *workbook) sharedCell(c *storedCell) (Cell, error) {
	if c.shared < 0 {
		return Cell{}, nil // a styled cell that lost its text is blank in Excel too
	}
	text, err := w.texts.text(c.shared)
	return textCell(text), err
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
