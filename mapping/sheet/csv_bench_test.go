package sheet_test

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// contactsCSV writes a file of so many contacts with ten columns.
func contactsCSV(t testing.TB, rows int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "contacts.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	if err := w.Write(strings.Split("id name email phone street zip city country active notes", " ")); err != nil {
		t.Fatal(err)
	}
	for n := range rows {
		if err := w.Write(contact(n)); err != nil {
			t.Fatal(err)
		}
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	return path
}

// countRows reads a sheet to its end and hands each row on.
func countRows(t testing.TB, path string, each func(n int)) int {
	t.Helper()
	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row sheet.Row
	for n := 0; ; n++ {
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			t.Fatal(err)
		}
		each(n)
	}
}

// countRecords reads a file to its end by encoding/csv.
func countRecords(t testing.TB, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(bufio.NewReaderSize(f, 1<<16))
	r.ReuseRecord = true
	for n := 0; ; n++ {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return n - 1 // the header
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkMillionRows reads a million rows of ten columns, with detection, damage marks and positions, and beside it
// by encoding/csv, which finds the fields and nothing else.
func BenchmarkMillionRows(b *testing.B) {
	const rows = 1_000_000
	path := contactsCSV(b, rows)
	readers := []struct {
		name string
		read func() int
	}{
		{"sheet", func() int { return countRows(b, path, func(int) {}) }},
		{"encoding-csv", func() int { return countRecords(b, path) }},
	}
	for _, r := range readers {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := r.read(); got != rows {
					b.Fatalf("got %d rows, want %d", got, rows)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestMemoryIsFlat: what a reader holds does not grow with the rows it has read.
func TestMemoryIsFlat(t *testing.T) {
	const rows, slack = 60_000, 1 << 20
	held := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var early, late int64
	countRows(t, contactsCSV(t, rows), func(n int) {
		switch n {
		case rows / 10:
			early = held()
		case rows - 1:
			late = held()
		}
	})
	if late > early+slack {
		t.Errorf("got %d bytes held at the last row and %d at the first ones, want no growth", late, early)
	}
}
