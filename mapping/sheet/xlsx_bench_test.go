package sheet_test

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

const (
	// yardRows is the size of the workbook by which readers are compared.
	yardRows = 200_000
	// readerVariable names, for a child process, the reader and the file.
	readerVariable = "ROLLCALL_TEST_READER"
)

// BenchmarkAgainstExcelize reads the same workbook by our reader and by the streaming rows of excelize. Each reading has
// a process of its own, so that its peak of memory is its own; the rate is that of the reading, without the process.
func BenchmarkAgainstExcelize(b *testing.B) {
	for _, texts := range []string{"inline", "shared"} {
		path := filepath.Join(b.TempDir(), texts+".xlsx")
		if err := writeYard(path, texts == "shared"); err != nil {
			b.Fatal(err)
		}
		for _, name := range []string{"rollcall", "excelize", "inflate"} {
			b.Run(texts+"/"+name, func(b *testing.B) {
				var took, peak float64
				for b.Loop() {
					seconds, megabytes := readInChild(b, name, path)
					took, peak = took+seconds, max(peak, megabytes)
				}
				b.ReportMetric(yardRows*float64(b.N)/took, "rows/s")
				b.ReportMetric(peak, "peak-MB")
			})
		}
	}
}

// readInChild reads a file in a process of its own and returns the time and the peak of memory.
func readInChild(b *testing.B, reader, path string) (seconds, megabytes float64) {
	b.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestReadAsChild$", "-test.v")
	child.Env = append(os.Environ(), readerVariable+"="+reader+":"+path)
	out, err := child.CombinedOutput()
	if err != nil {
		b.Fatalf("child: %v\n%s", err, out)
	}
	_, figures, _ := strings.Cut(string(out), "figures: ")
	rows := 0
	if _, err := fmt.Sscan(figures, &rows, &seconds, &megabytes); err != nil || rows != yardRows {
		b.Fatalf("got %d rows, error %v of\n%s\nwant %d rows", rows, err, out, yardRows)
	}
	return seconds, megabytes
}

// TestReadAsChild is the child of BenchmarkAgainstExcelize.
func TestReadAsChild(t *testing.T) {
	name, path, found := strings.Cut(os.Getenv(readerVariable), ":")
	if !found {
		t.Skip("it only runs as the child of a benchmark")
	}
	read := map[string]func(string) (int, error){"rollcall": countOurs, "excelize": countExcelize, "inflate": inflateAll}[name]
	begun := time.Now()
	rows, err := read(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("figures: %d %f %f", rows, time.Since(begun).Seconds(), peakMegabytes())
}

// peakMegabytes is the most memory that the process has had: resident where the system tells, else what Go has asked for.
func peakMegabytes() float64 {
	const kilo = 1 << 10
	status, err := os.ReadFile("/proc/self/status")
	if _, peak, found := strings.Cut(string(status), "VmHWM:"); err == nil && found {
		kilobytes := 0.0
		if _, err := fmt.Sscan(peak, &kilobytes); err == nil {
			return kilobytes / kilo
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (kilo * kilo)
}

func countOurs(path string) (rows int, err error) {
	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var row sheet.Row
	for ; ; rows++ {
		if err := r.Read(&row); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
	}
}

func countExcelize(path string) (rows int, err error) {
	f, err := excelize.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	all, err := f.Rows("Data")
	if err != nil {
		return 0, err
	}
	defer all.Close()
	for ; all.Next(); rows++ {
		if _, err := all.Columns(); err != nil {
			return rows, err
		}
	}
	return rows - 1, all.Error() // without the header
}

// inflateAll unpacks all parts and looks at nothing, which no reader can pass.
func inflateAll(path string) (rows int, err error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return 0, err
	}
	defer z.Close()
	for _, f := range z.File {
		part, err := f.Open()
		if err != nil {
			return 0, err
		}
		if _, err := io.Copy(io.Discard, part); err != nil {
			return 0, err
		}
		part.Close()
	}
	return yardRows, nil
}

// writeYard writes the workbook of contacts, part by part as its size wants it.
func writeYard(path string, shared bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z := zip.NewWriter(file)
	p := newParts("").without(stylesPart).replace(workbookRels, relation("rId2", "styles", "styles.xml"), "")
	if !shared {
		p = p.without(textsPart).replace(workbookRels, relation("rId3", "sharedStrings", "sharedStrings.xml"), "")
	}
	for name, text := range p.without(sheetPart).without(textsPart) {
		if err := writePart(z, name, func(w *bufio.Writer) { w.WriteString(text) }); err != nil {
			return err
		}
	}
	indexes, texts := map[string]int{}, []string(nil)
	write := func(w *bufio.Writer) {
		begin, end, _ := strings.Cut(p[sheetPart], "</sheetData>")
		w.WriteString(begin)
		for n := range yardRows + 1 {
			fmt.Fprintf(w, `<row r="%d">`, n+1)
			for i, text := range contact(n) {
				if !shared {
					fmt.Fprintf(w, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, 'A'+i, n+1, text)
					continue
				}
				if _, known := indexes[text]; !known {
					indexes[text] = len(texts)
					texts = append(texts, text)
				}
				fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, n+1, indexes[text])
			}
			w.WriteString("</row>")
		}
		w.WriteString("</sheetData>" + end)
	}
	if err := writePart(z, sheetPart, write); err != nil {
		return err
	}
	if shared {
		if err := writePart(z, textsPart, func(w *bufio.Writer) {
			fmt.Fprintf(w, `<sst %s><si><t>%s</t></si></sst>`, mainSpace, strings.Join(texts, "</t></si><si><t>"))
		}); err != nil {
			return err
		}
	}
	return z.Close()
}

// writePart writes one part. The writer keeps its error to its end.
func writePart(z *zip.Writer, name string, write func(*bufio.Writer)) error {
	part, err := z.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(part)
	write(w)
	return w.Flush()
}
