package sheet_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// malformed is a CSV file as people have it, and what it must read as: rows, or a refusal.
type malformed struct {
	name    string // with the number of its case in the list of malformed inputs
	content string
	opts    sheet.Options
	header  []string
	rows    []string // as show writes them
	notice  string   // a part of the only notice, "" for none
	refused string   // a part of the reason
	row     int      // of the refusal
}

// show writes a row down: its number, its width where it is ragged, its cells, and what is damaged.
func show(row sheet.Row, columns int) string {
	cells := texts(row)
	for i, text := range cells {
		if n := utf8.RuneCountInString(text); n > 100 {
			cells[i] = fmt.Sprintf("%.1s times %d", text, n)
		}
	}
	out := fmt.Sprintf("%d %q", row.Number, cells)
	if row.Width != columns {
		out += fmt.Sprintf(" ragged %d", row.Width)
	}
	for i, c := range row.Cells {
		if c.Damage != sheet.DamageNone {
			out += fmt.Sprintf(" damage %d in %d", c.Damage, i)
		}
	}
	return out
}

func checkMalformed(t *testing.T, cases []malformed) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, "data.csv", []byte(c.content))
			if c.refused != "" {
				_, e := refusal(t, path, c.opts)
				if e.Row != c.row || !strings.Contains(e.Reason, c.refused) {
					t.Errorf("got row %d, %q, want row %d and %q", e.Row, e.Reason, c.row, c.refused)
				}
				return
			}
			r, rows := mustRead(t, path, c.opts)
			if diff := cmp.Diff(r.Header(), c.header); diff != "" {
				t.Errorf("header (-got +want):\n%s", diff)
			}
			var shown []string
			for _, row := range rows {
				shown = append(shown, show(row, len(c.header)))
			}
			if diff := cmp.Diff(shown, c.rows); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
			notices := strings.Join(r.Info().Notices, "\n")
			if (notices == "") != (c.notice == "") || !strings.Contains(notices, c.notice) {
				t.Errorf("got notices %q, want %q", notices, c.notice)
			}
		})
	}
}

// wide is an ASCII text in UTF-16LE, or in UTF-32LE with four bytes a letter.
func wide(s string, bytes int) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteString(string(s[i]) + strings.Repeat("\x00", bytes-1))
	}
	return out.String()
}

func TestMalformedEncodings(t *testing.T) {
	ab := []string{"a", "b"}
	checkMalformed(t, []malformed{
		{name: "C1 an empty file", content: "", refused: "no header: the file is empty"},
		{name: "C2 a header alone", content: "a,b\r\n", header: ab},
		{name: "C3 a mark alone", content: "\ufeff", refused: "no header"},
		{name: "C3 a UTF-16 mark alone", content: "\xff\xfe", refused: "no header"},
		{name: "C4 a mark before a quoted header", content: "\ufeff\"a\",\"b\"\r\n1,2\r\n", header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "C5 UTF-16LE with its mark", content: "\xff\xfe" + wide("a,b\n1,2\n", 2), header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "C5 UTF-16BE with its mark", content: "\xfe\xff\x00" + strings.TrimSuffix(wide("a,b\n1,2\n", 2), "\x00"), header: ab,
			rows: []string{`2 ["1" "2"]`}},
		{name: "C5 UTF-32LE with its mark", content: "\xff\xfe\x00\x00" + wide("a,b\n1,2\n", 4), header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "C5 UTF-32BE with its mark", content: "\x00\x00\xfe\xff\x00\x00\x00" + strings.TrimSuffix(wide("a,b\n1,2\n", 4), "\x00\x00\x00"),
			header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "C5 UTF-16 that is cut within a letter", content: "\xff\xfe" + wide("a,b\n1,2", 2) + "3", header: ab,
			rows: []string{`2 ["1" "2` + "\ufffd" + `"] damage 6 in 1`}},
		{name: "C6 UTF-16LE without a mark", content: wide("a,b\n1,2\n", 2), header: ab, rows: []string{`2 ["1" "2"]`}, notice: "utf-16le is assumed"},
		{name: "C6 UTF-16BE without a mark", content: "\x00" + strings.TrimSuffix(wide("a,b\n1,2\n", 2), "\x00"), header: ab,
			rows: []string{`2 ["1" "2"]`}, notice: "utf-16be is assumed"},
		{name: "C6 UTF-16 of an odd length without a mark", content: wide("name,phone\nAda,123\n", 2) + "x", refused: "may be UTF-16 or UTF-32"},
		{name: "C6 UTF-32 without a mark", content: wide("name,phone\nAda,123\n", 4), refused: "may be UTF-16 or UTF-32"},
		{name: "C6 UTF-32 by option", content: wide("a,b\n1,2\n", 4), opts: sheet.Options{Encoding: "UTF-32LE"}, header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "C7 umlauts of Windows-1252", content: "a,b\nM\xfcller,Gr\xf6\xdfe\n", header: ab, rows: []string{`2 ["Müller" "Größe"]`},
			notice: "windows-1252 is assumed, because line 2"},
		{name: "C7 umlauts in a file with CR line ends", content: "a,b\r1,2\rM\xfcller,3\r", header: ab,
			rows: []string{`2 ["1" "2"]`, `3 ["Müller" "3"]`}, notice: "windows-1252 is assumed, because line 3"},
		{name: "C7 Cyrillic of Windows-1251", content: "a,b\n\xc8\xe2\xe0\xed\xee\xe2,\xcc\xee\xf1\xea\xe2\xe0\n", refused: "not Western European", row: 2},
		{name: "C7 Cyrillic by option", content: "a,b\n\xc8\xe2\xe0\xed,1\n", opts: sheet.Options{Encoding: "windows-1251"}, header: ab,
			rows: []string{`2 ["Иван" "1"]`}},
		{name: "C7 umlauts of an old Mac by option", content: "a,b\rM\x9fller,1\r", opts: sheet.Options{Encoding: "macintosh"}, header: ab,
			rows: []string{`2 ["Müller" "1"]`}},
		{name: "C7 umlauts of MS-DOS by option", content: "a,b\r\nM\x81ller \x9b,1\r\n", opts: sheet.Options{Encoding: "cp850"}, header: ab,
			rows: []string{`2 ["Müller ø" "1"]`}},
		{name: "C7 umlauts of American MS-DOS by option", content: "a,b\r\nM\x81ller \x9b,1\r\n", opts: sheet.Options{Encoding: "CP437"}, header: ab,
			rows: []string{`2 ["Müller ¢" "1"]`}},
		{name: "C7 letters of Latin-9 by option", content: "a,b\nM\xfcller \xa4,1\n", opts: sheet.Options{Encoding: "iso-8859-15"}, header: ab,
			rows: []string{`2 ["Müller €" "1"]`}},
		{name: "C7 a byte that Windows-1252 does not have", content: "a,b\nM\xfc\x9dller,1\n", header: ab,
			rows: []string{`2 ["Mü` + "\ufffd" + `ller" "1"] damage 6 in 0`}, notice: "windows-1252"},
		{name: "C8 two encodings", content: "a,b\nü,1\n\xfc,2\n", refused: "byte 9 is not UTF-8", row: 3},
		{name: "C8 two encodings, far behind", content: "a,b\nü,1\n" + strings.Repeat("1,2\r\n", 60_000) + "\xfc,2\n",
			refused: "byte 300009 is not UTF-8", row: 60_003},
		{name: "C8 two encodings, the other way round", content: "a,b\n\xfc,1\nü,2\n", refused: "byte 4 is not UTF-8", row: 2},
		{name: "C8 a mark and another encoding", content: "\ufeffa,b\n\xfc,2\n", refused: "byte 7 is not UTF-8", row: 2},
		{name: "C8 two encodings by option", content: "a,b\nü,1\n\xfc,2\n", opts: sheet.Options{Encoding: "utf-8"}, header: ab,
			rows: []string{`2 ["ü" "1"]`, `3 ["` + "\ufffd" + `" "2"] damage 6 in 0`}},
		{name: "C9 control characters in UTF-8 are the cells' own trouble", content: "a,b\nü\x01,2\nü3,4\n", header: ab,
			rows: []string{`2 ["ü\x01" "2"] damage 5 in 0`, `3 ["ü3" "4"]`}},
		{name: "C9 separators of a database in another encoding", content: "a,b\nM\xfc\vller,x\n1,2\n", header: ab,
			rows: []string{`2 ["Mü\vller" "x"] damage 5 in 0`, `3 ["1" "2"]`}, notice: "windows-1252"},
		{name: "C9 NULs", content: "a,b\n1,x\x00y\n2,3\n", header: ab, rows: []string{`2 ["1" "x\x00y"] damage 5 in 1`, `3 ["2" "3"]`}},
	})
}

func TestMalformedDialects(t *testing.T) {
	ab := []string{"a", "b"}
	row := []string{`2 ["1" "2"]`}
	checkMalformed(t, []malformed{
		{name: "C10 semicolons", content: "a;b\n1;2\n", header: ab, rows: row},
		{name: "C10 tabs", content: "a\tb\n1\t2\n", header: ab, rows: row},
		{name: "C10 bars", content: "a|b\n1|2\n", header: ab, rows: row},
		{name: "C10 semicolons, though each row has one decimal comma and one row is short",
			content: "Name, first;b;c;d\n1,5;2;3;4\n1,5;2;3;4\n1,5;2;3\n", header: []string{"Name, first", "b", "c", "d"},
			rows: []string{`2 ["1,5" "2" "3" "4"]`, `3 ["1,5" "2" "3" "4"]`, `4 ["1,5" "2" "3" ""] ragged 3`}, notice: "delimiter ';' is assumed, but ',' fits"},
		{name: "C10 two that fit name the override", content: "a,b;c\n1,2;3\n", header: []string{"a", "b;c"}, rows: []string{`2 ["1" "2;3"]`},
			notice: "delimiter ',' is assumed, but ';' fits as well; set the delimiter"},
		{name: "C10 quotes within cells speak against a delimiter", content: "a,b;c\n1;\"x,y\"\n2;\"z,w\"\n", header: []string{"a,b", "c"},
			rows: []string{`2 ["1" "x,y"]`, `3 ["2" "z,w"]`}},
		{name: "C10 the override", content: "a,b;c\n1,2;3\n", opts: sheet.Options{Delimiter: ";"}, header: []string{"a,b", "c"}, rows: []string{`2 ["1,2" "3"]`}},
		{name: "C10 single quotes", content: "'a','b'\n'1, ''x''','2'\n", header: ab, rows: []string{`2 ["1, 'x'" "2"]`}, notice: "the quote ' is assumed"},
		{name: "C10 single quotes that are data", content: "a,b\n'1','2'\n't Hart,x\n", header: ab, rows: []string{`2 ["'1'" "'2'"]`, `3 ["'t Hart" "x"]`}},
		{name: "C10 single quotes by option", content: "a,b\n'1,2',3\n", opts: sheet.Options{Quote: "'"}, header: ab, rows: []string{`2 ["1,2" "3"]`}},
		{name: "C10 double quotes by option", content: "'a','b'\n'1','2'\n", opts: sheet.Options{Quote: `"`}, header: []string{"'a'", "'b'"}, rows: []string{`2 ["'1'" "'2'"]`}},
		{name: "C10 no quotes by option", content: "a\tb\n\"The Countess\" Ada\t5\"\n\"open\t2\n", opts: sheet.Options{Quote: "none"}, header: ab,
			rows: []string{`2 ["\"The Countess\" Ada" "5\""]`, `3 ["\"open" "2"]`}},
		{name: "C11 a sep line", content: "sep=;\r\na;b\r\n1;2\r\n", header: ab, rows: []string{`3 ["1" "2"]`}},
		{name: "C11 a sep line behind a mark in UTF-16", content: "\xff\xfe" + wide("sep=|\na|b\n1|2\n", 2), header: ab, rows: []string{`3 ["1" "2"]`}},
		{name: "C12 CR alone", content: "a,b\r1,2\r\"3\r4\",5\r6,7", header: ab, rows: []string{`2 ["1" "2"]`, `3 ["3\r4" "5"]`, `5 ["6" "7"]`}},
		{name: "C13 all line ends in one file", content: "a,b\r\n1,2\n3,4\r5,6\r\n", header: ab, rows: []string{`2 ["1" "2"]`, `3 ["3" "4"]`, `4 ["5" "6"]`}},
		{name: "C14 a quote that is never closed", content: "a,b\n1,2\n3,\"4\n5,6\n", refused: "a quote is opened here and never closed", row: 3},
		{name: "C14 a quote that a later one closes", content: "a,b\n1,\"2\n3,4\n5,\"6\"\n", refused: "a quote is opened here and the next quote, in row 4, has text behind it", row: 2},
		{name: "C14 a quote that is open for more than a megabyte", content: "a,b\n1,\"2\n" + strings.Repeat("3,4\n", 1<<19), refused: "a quote is opened here", row: 2},
		{name: "C15 a quote within a field", content: "a,b\n5\" pipe,1\n2,3\"\nAda \"A\" L,4\n", header: ab,
			rows: []string{`2 ["5\" pipe" "1"]`, `3 ["2" "3\""]`, `4 ["Ada \"A\" L" "4"]`}},
		{name: "C15 a quote behind a blank", content: "a,b\n1, \"2\"\n", refused: "a blank stands before the opening quote", row: 2},
		{name: "C15 text behind a closing quote", content: "a,b\n1,2\n\"3\"x,4\n", refused: "text follows the closing quote", row: 3},
	})
}

func TestMalformedRows(t *testing.T) {
	ab, abc := []string{"a", "b"}, []string{"a", "b", "c"}
	long, tooLong := strings.Repeat("ä", 32_767), strings.Repeat("ä", 32_768)
	checkMalformed(t, []malformed{
		{name: "C16 short and long rows", content: "a,b,c\n1\n1,2,3,4\n1,2,3\n", header: abc,
			rows: []string{`2 ["1" "" ""] ragged 1`, `3 ["1" "2" "3" "4"] ragged 4`, `4 ["1" "2" "3"]`}},
		{name: "C16 delimiters without cells at the end", content: "a,b,,\n1,2,,,,\n1,2,\n3,4\n", header: ab,
			rows: []string{`2 ["1" "2"]`, `3 ["1" "2"]`, `4 ["3" "4"]`}},
		{name: "C17 blank lines", content: "\r\n\na,b\n\n1,2\n , \n,,,,\n\"\",\"\"\n3,4\n\n", header: ab, rows: []string{`5 ["1" "2"]`, `9 ["3" "4"]`}},
		{name: "C18 the longest cell", content: "a,b\n" + long + ",1\n", header: ab, rows: []string{`2 ["ä times 32767" "1"]`}},
		{name: "C18 a cell that is too long", content: "a,b\n1," + tooLong + "\n2,3\n", header: ab,
			rows: []string{`2 ["1" "ä times 32768"] damage 7 in 1`, `3 ["2" "3"]`}},
		{name: "C18 a line of more than a megabyte", content: "a,b\n1," + strings.Repeat("x", 3<<20) + "\r\n2,3\n", header: ab,
			rows: []string{`2 ["1" "x times 1048574"] damage 7 in 1`, `3 ["2" "3"]`}},
		{name: "C18 a last line of more than a megabyte", content: "a,b\n1," + strings.Repeat("x", 3<<20), header: ab,
			rows: []string{`2 ["1" "x times 1048574"] damage 7 in 1`}},
		{name: "C18 a line of more than a megabyte, with quotes", content: "a,b\n1," + strings.Repeat("x", 3<<20) + ",\"\n\"\n2,3\n",
			refused: "longer than 1048576 bytes, and it has quotes", row: 2},
		{name: "C19 a million columns", content: strings.Repeat("a,", 1_000_000) + "\n", refused: "more than 16384 cells", row: 1},
		{name: "C19 a million cells in a row", content: "a,b\n" + strings.Repeat("1,", 1_000_000) + "\n", refused: "more than 16384 cells", row: 2},
		{name: "C20 names that differ in case, blanks and composition", content: "Zoe\u0308,Zo\u00eb, zo\u00eb,Zo\u00eb\n1,2,3,4\n",
			header: []string{"Zoe\u0308", "Zo\u00eb", " zo\u00eb", "Zo\u00eb"}, rows: []string{`2 ["1" "2" "3" "4"]`}},
		{name: "C21 a column without a name", content: "a,,c\n1,2,3\n", header: []string{"a", "", "c"}, rows: []string{`2 ["1" "2" "3"]`}},
		{name: "C22 a title above the names", content: "Customers\n\na,b\n1,2\n", header: []string{"Customers"},
			rows: []string{`3 ["a" "b"] ragged 2`, `4 ["1" "2"] ragged 2`}, notice: "set header_row"},
		{name: "C22 a title above the names, and another delimiter", content: "Customers\n\na;b\n1;2\n", header: []string{"Customers"},
			rows: []string{`3 ["a;b"]`, `4 ["1;2"]`}, notice: "set header_row"},
		{name: "C22 the names by option", content: "Customers\n\na;b\n1;2\n", opts: sheet.Options{HeaderRow: 3}, header: ab, rows: []string{`4 ["1" "2"]`}},
		{name: "C23 two tables", content: "a,b\n1,2\n\nx,y,z\n3,4,5\n", header: ab,
			rows: []string{`2 ["1" "2"]`, `4 ["x" "y" "z"] ragged 3`, `5 ["3" "4" "5"] ragged 3`}},
		{name: "C24 a row of totals", content: "a,b\n1,2\nTotal,2\nTotal: 2\n", header: ab,
			rows: []string{`2 ["1" "2"]`, `3 ["Total" "2"]`, `4 ["Total: 2" ""] ragged 1`}},
	})
}

// TestCSVTraps is what other readers fall for.
func TestCSVTraps(t *testing.T) {
	ab := []string{"a", "b"}
	checkMalformed(t, []malformed{
		{name: "a quoted header behind a mark fails a strict parser", content: "\ufeff\"a\";\"b\"\r\n\"1\";\"2\"\r\n", header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "a file of CRs becomes one row", content: "a,b\r1,2\r", header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "blank lines vanish and shift the numbers", content: "a,b\n\n\n1,2\n", header: ab, rows: []string{`4 ["1" "2"]`}},
		{name: "a CRLF in quotes becomes a LF", content: "a,b\r\n\"1\r\n2\",\"\r\n\"\r\n3,4\r\n", header: ab,
			rows: []string{`2 ["1\r\n2" "\r\n"]`, `5 ["3" "4"]`}},
		{name: "a NUL passes", content: "a,b\n1\x00,2\n", header: ab, rows: []string{`2 ["1\x00" "2"] damage 5 in 0`}},
		{name: "a sep line is taken for data", content: "sep=,\na,b\n1,2\n", header: ab, rows: []string{`3 ["1" "2"]`}},
		{name: "a semicolon is not detected", content: "a;b\n1;2\n", header: ab, rows: []string{`2 ["1" "2"]`}},
		{name: "an open quote swallows the rest", content: "a,b\n\"1,2\n3,4\n5,6\n", refused: "never closed", row: 2},
		{name: "an open quote swallows a row and goes on", content: "a,b\n\"1,2\n3\",4\n5,6\n", header: ab,
			rows: []string{`2 ["1,2\n3" "4"]`, `4 ["5" "6"]`}},
	})
}

// TestLetterCutByTheSample: what is looked at of a file may end within a letter, which is no sign of noise.
func TestLetterCutByTheSample(t *testing.T) {
	t.Parallel()
	content := "a,bb\n" + strings.Repeat("ü\x01xxx,yy\n", 1000) // byte 4096 is the second one of a letter
	if _, rows := mustRead(t, write(t, "data.csv", []byte(content)), sheet.Options{}); len(rows) != 1000 {
		t.Errorf("got %d rows, want 1000", len(rows))
	}
}
