package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

const benchRows = 10_000

// benchFile reads the file once per turn and reports rows per second.
func benchFile(b *testing.B, path string, size int) {
	b.Helper()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		r, err := sheet.Open(path, sheet.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var row sheet.Row
		n := 0
		for ; ; n++ {
			if err := r.Read(&row); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if n != benchRows {
			b.Fatalf("got %d rows, want %d", n, benchRows)
		}
		r.Close()
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// contact is the n-th generated row.
func contact(n int) []string {
	return []string{fmt.Sprint(n), fmt.Sprintf("Zoë Example %d", n), fmt.Sprintf("zoe%d@example.org", n), "+49 170 1234567",
		"Musterstraße 12", "00123", "Berlin", "DE", "true", "Some notes, in quotes"}
}

func BenchmarkCSV(b *testing.B) {
	var out bytes.Buffer
	w, err := sheet.NewCSVWriter(&out, strings.Split("id name email phone street zip city country active notes", " "))
	if err != nil {
		b.Fatal(err)
	}
	for n := range benchRows {
		if err := w.Write(contact(n)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	benchFile(b, write(b, "data.csv", out.Bytes()), out.Len())
}

func BenchmarkXLSX(b *testing.B) {
	var rows, shared strings.Builder
	index := 0
	for n := range benchRows + 1 {
		fmt.Fprintf(&rows, `<row r="%d">`, n+1)
		for i, text := range contact(n) {
			fmt.Fprintf(&rows, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, n+1, index)
			fmt.Fprintf(&shared, `<si><t>%s</t></si>`, text)
			index++
		}
		rows.WriteString(`</row>`)
	}
	p := newParts(rows.String()).with(textsPart, `<sst `+mainSpace+`>`+shared.String()+`</sst>`)
	benchFile(b, write(b, "data.xlsx", p.pack(b)), rows.Len()+shared.Len())
}
