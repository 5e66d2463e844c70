package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// split is a record as the splitter found it.
type split struct {
	Start  int
	Texts  []string
	Fields []string // what each has of quotes
	Cut    bool
}

// splitAll splits a text to its end or to its first error.
func splitAll(s *splitter) ([]split, error) {
	var all []split
	for {
		if err := s.next(); err != nil {
			return all, err
		}
		text := s.record()
		if s.cut {
			text = s.kept
		}
		record := split{Start: s.start, Cut: s.cut}
		for _, f := range s.fields {
			record.Texts = append(record.Texts, string(text[f.begin:f.end]))
			record.Fields = append(record.Fields, fmt.Sprint(f.quotes))
		}
		all = append(all, record)
	}
}

// checkSplit is the law of the splitter for every text.
func checkSplit(t *testing.T, text []byte, comma, quote byte) {
	t.Helper()
	quick, quickErr := splitAll(newSplitter(bytes.NewReader(text), comma, quote))
	// Byte by byte, no line end is in the window while its line is split, so no line is split quickly.
	slow, slowErr := splitAll(newSplitter(iotest.OneByteReader(bytes.NewReader(text)), comma, quote))
	if diff := cmp.Diff(quick, slow); diff != "" || quickErr.Error() != slowErr.Error() {
		t.Errorf("line by line and byte by byte differ for %q, errors %v and %v:\n%s", text, quickErr, slowErr, diff)
	}
	checkLines(t, text, comma, quote)
}

// checkLines: the records lie one behind the other and leave nothing out, each begins on the physical line that its
// first byte stands on, and only quotes, delimiters and line ends are missing from their fields.
func checkLines(t *testing.T, text []byte, comma, quote byte) {
	t.Helper()
	s := newSplitter(bytes.NewReader(text), comma, quote)
	at := 0
	for {
		err := s.next()
		var bad *Error
		switch {
		case errors.Is(err, io.EOF):
			if at != len(text) && !s.cut {
				t.Errorf("got the end at byte %d of %d", at, len(text))
			}
			return
		case errors.As(err, &bad):
			if last := 1 + countLines(text); bad.Row < 1+countLines(text[:at]) || bad.Row > last {
				t.Errorf("got an error in line %d of %d, in a record that begins in line %d", bad.Row, last, s.start)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		if want := 1 + countLines(text[:at]); s.start != want {
			t.Errorf("got a record on line %d, want %d", s.start, want)
		}
		if s.cut {
			return // what is dropped of it is another test's
		}
		record := s.record()
		if !bytes.HasPrefix(text[at:], record) || len(record) == 0 {
			t.Fatalf("got record %q at byte %d, want what stands there", record, at)
		}
		inside := 0
		for _, f := range s.fields {
			inside += int(f.end - f.begin)
			if f.quotes&around != 0 {
				inside += 2
			}
		}
		rest := len(record) - inside - (len(s.fields) - 1)
		if ends := len(record) - len(bytes.TrimRight(record, "\r\n")); rest > 2 || rest > ends {
			t.Errorf("got %d bytes of record %q in no field", rest, record)
		}
		at += len(record)
	}
}

func splitSeeds() []string {
	return []string{
		"a,b\n1,2\n", "a,b\r\n\"1,\r\n2\",3\r\n", "a\rb\rc", "\n\r\n\r\r\n", "a,\"b\"\"c\"\n", "a,\"b\"c\n", "5\" pipe,x\n", "a, \"b\"\n",
		"a,\"b\"c\"d\"\n", "\"a\"\"b\" \"\",c\n", "\"open\n1,2\n", "\"a\"\n\"\"\n\"\"\"\"\n", strings.Repeat("x", 63) + ",y\n" + strings.Repeat("z,", 64) + "\n", "a\x00,\x1b\n", "ü,\xff,\ufffd\n",
		"\t\t\n", "a,b", ",", "\"", "\"\"", "a;'b;c';'d''e'\n", strings.Repeat("ab,\"c,\"\"d\",", 700) + "\n",
	}
}

func TestSplitterKeepsEveryByte(t *testing.T) {
	for _, text := range splitSeeds() {
		for _, d := range []string{",\"", ";'", "\t\"", ",\x00", "|\""} {
			checkSplit(t, []byte(text), d[0], d[1])
		}
	}
}

// TestSplitterAtTheEdgeOfTheWindow moves what is hard to split over the end of the window, byte by byte.
func TestSplitterAtTheEdgeOfTheWindow(t *testing.T) {
	const hard = "a,\"b\r\n\"\"c\"\r\n\"\",5\" d\r\"e\"\n"
	step := 1
	if testing.Short() {
		step = 7
	}
	for gap := 0; gap < 40; gap += step {
		text := strings.Repeat("0123456,89\n", firstWindow/11-4) + strings.Repeat("x", gap) + "\n" + strings.Repeat(hard, 3)
		checkSplit(t, []byte(text), ',', '"')
	}
}

// FuzzSplitter: no text loses a byte or a line, however it is split.
func FuzzSplitter(f *testing.F) {
	for _, text := range splitSeeds() {
		f.Add([]byte(text), byte(','), byte('"'))
		f.Add([]byte(text), byte(';'), byte('\''))
		f.Add([]byte(text), byte('\t'), byte(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, comma, quote byte) {
		if comma == quote || comma >= 0x80 || strings.IndexByte("\x00\r\n\"'", comma) >= 0 || strings.IndexByte("\x00\"'", quote) < 0 {
			return
		}
		checkSplit(t, text, comma, quote)
	})
}

// FuzzSplitterReadsWhatWasWritten: encoding/csv is the oracle for what a sound text says.
func FuzzSplitterReadsWhatWasWritten(f *testing.F) {
	f.Add("a|b\nc|d", byte(','), true)
	f.Add("a,\"b|\n\r\n|'c|5\" d\n|", byte(';'), false)
	f.Add("ü| x|\t\n-|=|+1\n\n|", byte('\t'), true)
	f.Fuzz(func(t *testing.T, cells string, comma byte, crlf bool) {
		if comma >= 0x80 || strings.IndexByte("\x00\r\n\"", comma) >= 0 {
			return
		}
		var want [][]string
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Comma, w.UseCRLF = rune(comma), crlf
		for row := range strings.SplitSeq(cells, "\n") {
			// A line end within a cell is written as one of the file's own, so it is left to another test.
			record := strings.Split(strings.ReplaceAll(row, "\r", "\n"), "|")
			if crlf {
				record = strings.Split(strings.ReplaceAll(row, "\r", ""), "|")
			}
			if err := w.Write(record); err != nil {
				t.Fatal(err)
			}
			want = append(want, record)
		}
		if w.Flush(); w.Error() != nil {
			t.Fatal(w.Error())
		}
		records := &csvRecords{split: newSplitter(&out, comma, '"')}
		var got [][]string
		var rec record
		for {
			err := records.next(&rec)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("got %v for %q", err, want)
			}
			got = append(got, cellTexts(rec))
		}
		for _, record := range want {
			for i := range record {
				record[i] = strings.ToValidUTF8(record[i], "\ufffd")
			}
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("(-got +want):\n%s", diff)
		}
	})
}

func cellTexts(rec record) []string {
	texts := []string{}
	for _, c := range rec.cells[:rec.width] {
		texts = append(texts, c.Text)
	}
	return texts
}

// TestReadErrorsAreTold: a file that cannot be read on is never taken for one that ends.
func TestReadErrorsAreTold(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, text := range []string{"", "a,b\n", "a,b\n1", "a,b\n1,\"2", "a,b\n1,\"2\""} {
		in := io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
		records, err := splitAll(newSplitter(in, ',', '"'))
		if !errors.Is(err, broken) {
			t.Errorf("got %v behind %q, want %v", err, text, broken)
		}
		if whole := strings.Count(text, "\n"); len(records) > whole {
			t.Errorf("got %d records of %q, want no more than %d", len(records), text, whole)
		}
	}
	if _, err := splitAll(newSplitter(iotest.DataErrReader(strings.NewReader("a,b")), ',', '"')); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}

// BenchmarkParser splits a million lines into fields and one string each, as encoding/csv does beside it.
func BenchmarkParser(b *testing.B) {
	const rows = 1_000_000
	for name, last := range map[string]string{"plain": "no quotes at all here", "quoted": `"some notes, in quotes"`} {
		line := "1234567,Zoë Example,zoe1234567@example.org,+49 170 1234567,Musterstraße 12,00123,Berlin,DE,true," + last + "\n"
		text := bytes.Repeat([]byte(line), rows)
		b.Run(name+"/sheet", func(b *testing.B) {
			for b.Loop() {
				s := newSplitter(bytes.NewReader(text), ',', '"')
				s.valid = true
				records := &csvRecords{split: s}
				n := 0
				for ; s.next() == nil; n++ {
					if len(s.fields) != 10 || len(records.text()) != len(line) {
						b.Fatal("a line is not ten fields")
					}
				}
				if n != rows {
					b.Fatalf("got %d records, want %d", n, rows)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(name+"/encoding-csv", func(b *testing.B) {
			for b.Loop() {
				r := csv.NewReader(bufio.NewReaderSize(bytes.NewReader(text), firstWindow))
				r.ReuseRecord = true
				n := 0
				for ; ; n++ {
					fields, err := r.Read()
					if err != nil {
						break
					}
					if len(fields) != 10 {
						b.Fatal("a line is not ten fields")
					}
				}
				if n != rows {
					b.Fatalf("got %d records, want %d", n, rows)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
