package mapping_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// wide is a job with all ten fields of a contact, and a row that is right.
func wide(b *testing.B) (*mapping.Mapping, sheet.Row) {
	b.Helper()
	m := contact(b)
	cfg := &mapping.Config{Identity: mapping.Identity{Key: []string{"customer_id", "name"}}}
	var header []string
	for i := range m.Fields {
		cfg.Columns = append(cfg.Columns, mapping.Column{Header: m.Fields[i].Name, Field: m.Fields[i].Name})
		header = append(header, m.Fields[i].Name)
	}
	values := map[string]string{
		"customer_id": "1042", "email": "ida@example.org, yard@example.org", "fax": "555 0100", "name": "Zoë Example", "number": "+49 170 1234567",
	}
	texts := make([]string, len(header))
	for i, name := range header {
		if texts[i] = values[name]; texts[i] == "" {
			texts[i] = "true"
		}
	}
	return compile(b, cfg, m, header...), textRow(texts...)
}

func BenchmarkDecode(b *testing.B) {
	m, row := wide(b)
	b.ReportAllocs()
	for b.Loop() {
		if c := m.Decode(row); c.Problems != nil || c.OnCreate != nil {
			b.Fatal(c.Problems, c.OnCreate)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkDecodeWrongRows(b *testing.B) {
	m, row := wide(b)
	for i := range row.Cells {
		row.Cells[i].Text = "?"
	}
	b.ReportAllocs()
	for b.Loop() {
		if c := m.Decode(row); len(c.Problems) != 8 {
			b.Fatal(len(c.Problems), c.Problems)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkDecodeComputed(b *testing.B) {
	m := contact(b)
	cfg := contactConfig()
	cfg.Compute = map[string]string{"number": `trim(row["E-mail"] + " " + row["Name"])`}
	mp := compile(b, cfg, m, contactHeader()...)
	row := textRow("Ida", "17", "ida@example.org", "", "true")
	b.ReportAllocs()
	for b.Loop() {
		if c := mp.Decode(row); c.Problems != nil {
			b.Fatal(c.Problems)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRun(b *testing.B) {
	const rows = 20_000
	m, row := wide(b)
	b.ReportAllocs()
	for b.Loop() {
		in := &fake{header: m.Header(), rows: rows, row: func(int) sheet.Row { return row }}
		n := 0
		err := m.Run(b.Context(), in, func(*mapping.Candidate) error {
			n++
			return nil
		})
		if err != nil || n != rows {
			b.Fatal(fmt.Errorf("%d rows: %w", n, err))
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
