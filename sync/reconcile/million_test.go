package reconcile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// sheetFull is how many rows a worksheet has room for below its header, and aMillion more than that.
const (
	sheetFull = 1<<20 - 1
	aMillion  = 1_060_000
)

// peakMemory is the most memory that the process has from the system while work is done, in bytes.
func peakMemory(work func()) uint64 {
	debug.FreeOSMemory()
	held := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		ticks := time.NewTicker(20 * time.Millisecond)
		defer ticks.Stop()
		for {
			metrics.Read(held)
			most = max(most, held[0].Value.Uint64()-held[1].Value.Uint64())
			select {
			case <-stop:
				peak <- most
				return
			case <-ticks.C:
			}
		}
	}()
	work()
	close(stop)
	return <-peak
}

// BenchmarkReport tells time and memory of all files of a run: of a small one, and of one whose rows do not fit on a worksheet.
//
//	go test -run ^$ -bench Report -benchtime 1x ./sync/reconcile
func BenchmarkReport(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, aMillion} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			dir, peak := b.TempDir(), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				in := benchmarkInput(rows)
				peak = max(peak, peakMemory(func() {
					if _, err := reconcile.Write(dir, in); err != nil {
						b.Fatal(err)
					}
				}))
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(peak)/1e6, "peak-MB")
		})
	}
}

// TestTheReportOfAMillionRowsLong: the Rows sheet goes on in a second one, no row is lost between them, and the memory that it takes
// is that of a small run.
func TestTheReportOfAMillionRowsLong(t *testing.T) {
	const most = 120e6 // of the 150 MB that a run may take as a whole
	rows := aMillion
	switch os.Getenv("ROLLCALL_LONG") {
	case "":
		t.Skip("a part of the long suite: set ROLLCALL_LONG=1, or share for a part of it")
	case "share":
		rows = 100_000
	}
	dir := t.TempDir()
	began := time.Now()
	peak := peakMemory(func() {
		if _, err := reconcile.Write(dir, benchmarkInput(rows)); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%d rows: %.1f s, %.0f MB", rows, time.Since(began).Seconds(), float64(peak)/1e6)
	if float64(peak) > most {
		t.Errorf("the report of %d rows took %.0f MB, want at most %.0f", rows, float64(peak)/1e6, most/1e6)
	}
	path, first := filepath.Join(dir, reconcile.ReportXLSX), 2
	for _, part := range []struct {
		sheet string
		rows  int
	}{{"Rows", min(rows, sheetFull)}, {"Rows 2", max(0, rows-sheetFull)}} {
		if part.rows == 0 {
			continue
		}
		if got := rowsInOrder(t, path, part.sheet, first); got != part.rows {
			t.Errorf("sheet %s has %d rows, want %d", part.sheet, got, part.rows)
		}
		first += part.rows
	}
}

// rowsInOrder is how many rows a sheet of a report has; their numbers must count up from the first one.
func rowsInOrder(t *testing.T, path, name string, first int) int {
	t.Helper()
	r, err := sheet.Open(path, sheet.Options{Sheet: name, HeaderRow: 1, Whole: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := slices.Index(r.Header(), "_row")
	var row sheet.Row
	for n := 0; ; n++ {
		err := r.Read(&row)
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := row.Cells[at].Raw; got != strconv.Itoa(first+n) {
			t.Fatalf("sheet %s, row %d: it is number %q, want %d", name, row.Number, got, first+n)
		}
	}
}
