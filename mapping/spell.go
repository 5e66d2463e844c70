package mapping

import (
	"strings"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// Speller writes the typed cells of a workbook the way the job's columns spell them, so that a report, which is text, means
// the same when it is read as input: with decimal: "," the number 50.125 is 50,125, and not fifty thousand.
type Speller struct{ columns []binding }

// NewSpeller makes a Speller for the columns of a sheet.
func NewSpeller(cfg *Config, m *model.Model, header []string) *Speller {
	s, h := &Speller{}, newHeaders(header)
	for _, col := range cfg.Columns {
		at, field := h.find(col.Header), m.Index(col.Field)
		if !col.Ignore && at >= 0 && field >= 0 && (col.Decimal == "," || col.Format != "" || len(col.True)+len(col.False) > 0) {
			s.columns = append(s.columns, binding{column: at, field: field, spec: col, layout: layout(col.Format)})
		}
	}
	return s
}

// Spell puts the texts of a row into the words of the job.
func (s *Speller) Spell(row *sheet.Row) {
	for i := range s.columns {
		b := &s.columns[i]
		if b.column >= len(row.Cells) || row.Cells[b.column].Damage != sheet.DamageNone {
			continue
		}
		if text := b.spelled(&row.Cells[b.column]); text != "" {
			row.Cells[b.column].Text = text
		}
	}
}

// Read is a reader of the same rows in the words of the job.
func (s *Speller) Read(in sheet.Reader) sheet.Reader { return spelling{in, s} }

// spelling is a reader whose texts are in the words of a job.
type spelling struct {
	sheet.Reader
	speller *Speller
}

// Read reads one row.
func (s spelling) Read(row *sheet.Row) error {
	err := s.Reader.Read(row)
	if err == nil {
		s.speller.Spell(row)
	}
	return err
}

// spelled is a typed cell in the column's own words, "" if they are the cell's too or there are none.
func (b *binding) spelled(cell *sheet.Cell) string {
	switch {
	case cell.Kind == sheet.Number && b.spec.Decimal == ",":
		return strings.Replace(excelNumber(cell.Raw), ".", ",", 1)
	case cell.Kind == sheet.Date && b.spec.Format != "":
		date, clock, _ := strings.Cut(cell.Raw, "T")
		day, err := time.Parse(time.DateOnly, date)
		if err != nil || strings.Trim(clock, "0:.") != "" {
			return ""
		}
		return day.Format(b.layout)
	case cell.Kind == sheet.Boolean && cell.Raw == "true" && len(b.spec.True) > 0:
		return b.spec.True[0]
	case cell.Kind == sheet.Boolean && cell.Raw == "false" && len(b.spec.False) > 0:
		return b.spec.False[0]
	}
	return ""
}
