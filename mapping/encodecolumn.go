package mapping

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// EncodedColumn is what the writer of a sheet should know of a column, so that people find it easy to fill and hard to spoil.
type EncodedColumn struct {
	Header   string
	Field    string     // dotted name, "id" for the column of the id; "" for a column that is exported empty
	Kind     sheet.Kind // of what its cells mean; numbers, dates and booleans that their kind cannot hold are text all the same
	Words    []string   // all that a cell may hold but nothing; nil: anything. The names of a list may be thousands
	Format   string     // number format of a workbook: @ for text, General, 0, 0.00, dd/mm/yyyy
	Decimals int        // digits that the field takes behind the point, -1 for any number of them
	Required bool       // a blank cell is a problem
	Comment  string     // what a person should know: the field, its kind, and what a blank cell means. Limits are the field's
}

// Column describes the i-th column of the header.
func (e *Encoder) Column(i int) EncodedColumn {
	mp := e.mapping
	c := EncodedColumn{Header: mp.header[i], Format: textFormat, Decimals: -1}
	if i == mp.id {
		c.Field, c.Comment = "id", "The id of the record. Leave it as it is; a row without an id is told apart by its key."
		return c
	}
	for n := range e.columns {
		if e.columns[n].column == i {
			e.columns[n].describe(&c)
			return c
		}
	}
	switch {
	case i == mp.action:
		c.Words = []string{"create", "update", "upsert", "skip"}
		c.Comment = "What to do with the row: create, update, upsert, skip, or nothing for what the job says."
	default:
		c.Comment = "Exported empty: no field is mapped to this column."
	}
	return c
}

// Formats of cells that are no dates.
const (
	textFormat    = "@"
	generalFormat = "General"
	wholeFormat   = "0"
	dayFormat     = "yyyy-mm-dd"
)

// describe fills in what is known of a mapped column.
func (o *outlet) describe(c *EncodedColumn) {
	f := o.about
	c.Field, c.Required = f.Name, o.spec.Required || o.spec.Blank == BlankError || f.In == model.InPath
	kind := KindName(f.Kind)
	switch {
	case o.spec.LooksUp():
		c.Words, kind = o.unique, "a name that is looked up"
	case !o.judged(f):
	case f.Kind == model.Boolean:
		c.describeTruth(o)
	case f.Kind == model.Date:
		c.Kind, c.Format = sheet.Date, sheetFormat(o.written)
	case f.Kind == model.Integer:
		c.Kind, c.Format, c.Decimals, c.Words = sheet.Number, wholeFormat, 0, f.Enum
	case f.Kind == model.Number:
		c.Kind, c.Format, c.Words = sheet.Number, generalFormat, f.Enum
		if _, fraction, _ := strings.Cut(f.Step, "."); f.Step != "" {
			c.Decimals, c.Format = len(fraction), strings.TrimSuffix("0."+strings.Repeat("0", len(fraction)), ".")
		}
	default:
		c.Words = f.Enum
	}
	c.Comment = fmt.Sprintf("%s: %s. %s", f.Name, kind, o.onBlank(c.Required))
}

// describeTruth fills in what is known of a column of booleans: those with words of their own hold text.
func (c *EncodedColumn) describeTruth(o *outlet) {
	if o.words == nil {
		c.Kind, c.Format, c.Words = sheet.Boolean, generalFormat, []string{"TRUE", "FALSE"}
		return
	}
	for _, word := range []string{o.yes, o.no} {
		if strings.TrimSpace(word) != "" {
			c.Words = append(c.Words, word)
		}
	}
}

// onBlank says what a blank cell means.
func (o *outlet) onBlank(required bool) string {
	switch {
	case required:
		return "A blank cell stops the row."
	case o.spec.Blank == BlankClear:
		return "A blank cell empties the field."
	}
	return "A blank cell leaves the field as it is."
}

// sheetFormat is a Go layout of dates as the number format of a workbook. One with words of its own has no counterpart.
func sheetFormat(layout string) string {
	format := strings.NewReplacer("2006", "yyyy", "06", "yy", "15", "hh", "04", "mm", "05", "ss", "January", "mmmm", "Jan", "mmm", "01", "mm", "1", "m",
		"Monday", "dddd", "Mon", "ddd", "02", "dd", "2", "d").Replace(layout)
	if strings.ContainsFunc(format, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsLetter(r) && !strings.ContainsRune("ymdhs", r)
	}) {
		return dayFormat
	}
	return format
}
