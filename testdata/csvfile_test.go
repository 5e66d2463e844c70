package testdata_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// writeLine writes one record, with quotes only where they are needed.
func writeLine(out *bytes.Buffer, cells []string, separator, end string) {
	for i, cell := range cells {
		if i > 0 {
			out.WriteString(separator)
		}
		if strings.ContainsAny(cell, ",;\"\n") {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		out.WriteString(cell)
	}
	out.WriteString(end)
}

// export writes rows as a CRM on Windows does, with a few blank lines that somebody left in.
func export(s *sheet) []byte {
	var out bytes.Buffer
	out.WriteString("\uFEFF")
	line := func(cells []string) { writeLine(&out, cells, ";", "\r\n") }
	line(s.header)
	for i, cells := range s.rows {
		line(cells)
		switch i {
		case 39, 119, 199:
			line(nil)
		case 159:
			line(make([]string, len(cells))) // blank, but with its semicolons
		}
	}
	return out.Bytes()
}

// readExport reads an export back without its blank lines.
func readExport(t *testing.T, data []byte) [][]string {
	t.Helper()
	text, marked := bytes.CutPrefix(data, []byte("\uFEFF"))
	if !marked {
		t.Error("the export does not begin with a byte order mark")
	}
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatalf("read the export: %v", err)
	}
	return slices.DeleteFunc(rows, func(cells []string) bool { return strings.Join(cells, "") == "" })
}

// plainCSV writes rows as a program on a server does.
func plainCSV(s *sheet) []byte {
	var out bytes.Buffer
	for _, cells := range append([][]string{s.header}, s.rows...) {
		writeLine(&out, cells, ",", "\n")
	}
	return out.Bytes()
}

// readPlainCSV reads it back. Not every record has a cell for every column.
func readPlainCSV(t *testing.T, data []byte) [][]string {
	t.Helper()
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatalf("read the CSV file: %v", err)
	}
	return rows
}
