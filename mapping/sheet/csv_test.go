package sheet_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// got is a CSV file as header and rows of text, each with its number.
type got struct {
	header  []string
	numbers []int
	widths  []int
	rows    [][]string
}

func readCSV(t *testing.T, content string, opts sheet.Options) (sheet.Info, got) {
	t.Helper()
	r, rows := mustRead(t, write(t, "data.csv", []byte(content)), opts)
	g := got{header: r.Header()}
	for _, row := range rows {
		g.numbers = append(g.numbers, row.Number)
		g.widths = append(g.widths, row.Width)
		g.rows = append(g.rows, texts(row))
	}
	return r.Info(), g
}

func TestCSVLines(t *testing.T) {
	cases := []struct {
		name    string
		content string
		want    got
	}{
		{"CRLF", "a,b\r\n1,2\r\n", got{[]string{"a", "b"}, []int{2}, []int{2}, [][]string{{"1", "2"}}}},
		{"CR alone", "a,b\r1,2\r3,4\r", got{[]string{"a", "b"}, []int{2, 3}, []int{2, 2}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"CRLF and LF mixed, no end on the last line", "a,b\r\n1,2\n3,4",
			got{[]string{"a", "b"}, []int{2, 3}, []int{2, 2}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"line ends in quotes stay byte for byte and count", "a,b\n\"1\r\n2\n3\r4\",x\n5,6\n",
			got{[]string{"a", "b"}, []int{2, 6}, []int{2, 2}, [][]string{{"1\r\n2\n3\r4", "x"}, {"5", "6"}}}},
		{"blank lines keep the numbers physical", "\n\na,b\n\n1,2\n,\n \t,\u00a0\n3,4\n\n",
			got{[]string{"a", "b"}, []int{5, 8}, []int{2, 2}, [][]string{{"1", "2"}, {"3", "4"}}}},
		{"a short row is padded and a long row keeps its cells", "a,b,c\n1\n1,2,3,4,,\n1,2,3,,\n",
			got{[]string{"a", "b", "c"}, []int{2, 3, 4}, []int{1, 4, 3}, [][]string{{"1", "", ""}, {"1", "2", "3", "4"}, {"1", "2", "3"}}}},
		{"quotes around fields and in them", "a,b\n\"x \"\"y\"\"\",\"\"\n",
			got{[]string{"a", "b"}, []int{2}, []int{2}, [][]string{{`x "y"`, ""}}}},
		{"one column needs no delimiter", "a\n1\n2\n", got{[]string{"a"}, []int{2, 3}, []int{1, 1}, [][]string{{"1"}, {"2"}}}},
		{"a mark before a quoted header is not text", "\xef\xbb\xbf\"a\",\"b\"\n1,2\n",
			got{[]string{"a", "b"}, []int{2}, []int{2}, [][]string{{"1", "2"}}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, g := readCSV(t, c.content, sheet.Options{})
			if diff := cmp.Diff(g, c.want, cmp.AllowUnexported(got{})); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
}

func TestCSVDelimiter(t *testing.T) {
	cases := []struct {
		name    string
		content string
		opts    sheet.Options
		want    string
		row     []string // the first one
		notices int
	}{
		{"comma", "a,b\n1,2;3\n", sheet.Options{}, ",", []string{"1", "2;3"}, 0},
		{"semicolon beside decimal commas", "a;b\n1,5;2,5\n1,5;2,5\n", sheet.Options{}, ";", []string{"1,5", "2,5"}, 0},
		{"semicolon though the header has a comma", "Name, first;b\nAda;2\n", sheet.Options{}, ";", []string{"Ada", "2"}, 0},
		{"semicolon though quoted cells have commas", "a;b\n\"1,2\";\"3,4\"\n", sheet.Options{}, ";", []string{"1,2", "3,4"}, 0},
		{"tab", "a\tb\n1\t2,3\n", sheet.Options{}, "\t", []string{"1", "2,3"}, 0},
		{"bar", "a|b\n1|2\n", sheet.Options{}, "|", []string{"1", "2"}, 0},
		{"two that fit are said to fit", "a,b;c\n1,2;3\n", sheet.Options{}, ",", []string{"1", "2;3"}, 1},
		{"sep line", "sep=;\na;b,c\n1;2\n", sheet.Options{}, ";", []string{"1", "2"}, 0},
		{"sep line with a delimiter that is not detected", "SEP=^\r\na^b,c\r\n1^2\r\n", sheet.Options{}, "^", []string{"1", "2"}, 0},
		{"sep line behind a byte order mark", "\xef\xbb\xbfsep=\t\na\tb\n1\t2\n", sheet.Options{}, "\t", []string{"1", "2"}, 0},
		{"a header that is no sep line", "sep=;x,b\n1,2\n", sheet.Options{}, ",", []string{"1", "2"}, 0},
		{"the option wins", "a,b;c\n1,2;3\n", sheet.Options{Delimiter: ";"}, ";", []string{"1,2", "3"}, 0},
		{"the option wins over a sep line", "sep=,\na,b;c\n1,2;3\n", sheet.Options{Delimiter: ";"}, ";", []string{"1,2", "3"}, 0},
		{"tab by name", "a,b\tc\n1,2\t3\n", sheet.Options{Delimiter: "tab"}, "\t", []string{"1,2", "3"}, 0},
		{"lines above the header row do not count", "x,y,z\nx,y,z\na;b\n1;2\n", sheet.Options{HeaderRow: 3}, ";", []string{"1", "2"}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			info, g := readCSV(t, c.content, c.opts)
			if info.Delimiter != c.want {
				t.Errorf("got delimiter %q, want %q", info.Delimiter, c.want)
			}
			if diff := cmp.Diff(g.rows[0], c.row); diff != "" {
				t.Errorf("row (-got +want):\n%s", diff)
			}
			if len(info.Notices) != c.notices {
				t.Errorf("got notices %q, want %d", info.Notices, c.notices)
			}
		})
	}
	info, g := readCSV(t, "sep=;\na;b\n1;2\n", sheet.Options{})
	if info.HeaderRow != 2 || g.numbers[0] != 3 {
		t.Errorf("got header row %d and row %d below a sep line, want 2 and 3", info.HeaderRow, g.numbers[0])
	}
}

func TestCSVEncoding(t *testing.T) {
	wide := func(s string, order func(r rune) []byte) string {
		var out []byte
		for _, r := range s {
			out = append(out, order(r)...)
		}
		return string(out)
	}
	utf16le := func(r rune) []byte { return []byte{byte(r), byte(r >> 8)} }
	utf16be := func(r rune) []byte { return []byte{byte(r >> 8), byte(r)} }
	utf32le := func(r rune) []byte { return []byte{byte(r), byte(r >> 8), 0, 0} }
	utf32be := func(r rune) []byte { return []byte{0, 0, byte(r >> 8), byte(r)} }
	const text = "name,ort\nZoë,Łódź\n"
	cases := []struct {
		name    string
		content string
		opts    sheet.Options
		want    string
		row     []string
		notices int
	}{
		{"UTF-8", text, sheet.Options{}, "utf-8", []string{"Zoë", "Łódź"}, 0},
		{"UTF-8 with mark", "\ufeff" + text, sheet.Options{}, "utf-8", []string{"Zoë", "Łódź"}, 0},
		{"UTF-16LE with mark", "\xff\xfe" + wide(text, utf16le), sheet.Options{}, "utf-16le", []string{"Zoë", "Łódź"}, 0},
		{"UTF-16BE with mark", "\xfe\xff" + wide(text, utf16be), sheet.Options{}, "utf-16be", []string{"Zoë", "Łódź"}, 0},
		{"UTF-32LE with mark", "\xff\xfe\x00\x00" + wide(text, utf32le), sheet.Options{}, "utf-32le", []string{"Zoë", "Łódź"}, 0},
		{"UTF-32BE with mark", "\x00\x00\xfe\xff" + wide(text, utf32be), sheet.Options{}, "utf-32be", []string{"Zoë", "Łódź"}, 0},
		{"UTF-16LE without mark", wide(text, utf16le), sheet.Options{}, "utf-16le", []string{"Zoë", "Łódź"}, 1},
		{"UTF-16BE without mark", wide(text, utf16be), sheet.Options{}, "utf-16be", []string{"Zoë", "Łódź"}, 1},
		{"Cyrillic UTF-16LE without mark", wide("имя,тел\nАда,1234\n", utf16le), sheet.Options{}, "utf-16le", []string{"Ада", "1234"}, 1},
		{"Windows-1252", "name,ort\nZo\xeb,M\xfcnchen \x80\n", sheet.Options{}, "windows-1252", []string{"Zoë", "München €"}, 1},
		{"Windows-1252 by option", "name,ort\nZo\xeb,M\xc3\xbc\n", sheet.Options{Encoding: "Windows-1252"}, "windows-1252", []string{"Zoë", "MÃ¼"}, 0},
		{"UTF-16LE by option", wide("a,b\n1,2", utf16le), sheet.Options{Encoding: "utf-16le"}, "utf-16le", []string{"1", "2"}, 0},
		{"UTF-8 by option", "a,b\nZo\xeb,ü\n", sheet.Options{Encoding: "utf-8"}, "utf-8", []string{"Zo\ufffd", "ü"}, 0},
		{"one byte far behind decides", "a,b\n" + strings.Repeat("1,2\n", 50_000) + "Zo\xeb,1\n", sheet.Options{}, "windows-1252", []string{"1", "2"}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			info, g := readCSV(t, c.content, c.opts)
			if info.Encoding != c.want {
				t.Errorf("got encoding %q, want %q", info.Encoding, c.want)
			}
			if diff := cmp.Diff(g.rows[0], c.row); diff != "" {
				t.Errorf("row (-got +want):\n%s", diff)
			}
			if len(info.Notices) != c.notices {
				t.Errorf("got notices %q, want %d", info.Notices, c.notices)
			}
		})
	}
}

func TestCSVDamage(t *testing.T) {
	cases := []struct {
		name    string
		content string
		opts    sheet.Options
		want    sheet.Cell // of the first row, first column
	}{
		{"a NUL", "a,b\nx\x00y,1\n", sheet.Options{}, sheet.Cell{Text: "x\x00y", Damage: sheet.DamageNUL}},
		{"a control character", "a,b\nx\x1by,1\n", sheet.Options{}, sheet.Cell{Text: "x\x1by", Damage: sheet.DamageNUL}},
		{"tab and line ends are sound", "a,b\n\"x\t\r\ny\",1\n", sheet.Options{}, sheet.Cell{Text: "x\t\r\ny"}},
		{"a noncharacter", "a,b\nx\uffff,1\n", sheet.Options{}, sheet.Cell{Text: "x\uffff", Damage: sheet.DamageNUL}},
		{"a byte that is no UTF-8", "\ufeffa,b\nx\xeb,1\n", sheet.Options{Encoding: "utf-8"}, sheet.Cell{Text: "x\ufffd", Damage: sheet.DamageEncoding}},
		{"a control character beside such a byte", "a,b\nx\xeb\x1a,ü\n", sheet.Options{Encoding: "utf-8"}, sheet.Cell{Text: "x\ufffd\x1a", Damage: sheet.DamageNUL}},
		{"a byte that Windows-1252 does not define", "a,b\nx\x81\xeb,1\n", sheet.Options{}, sheet.Cell{Text: "x\ufffdë", Damage: sheet.DamageEncoding}},
		{"half a UTF-16 pair", "\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8,\x001\x00", sheet.Options{}, sheet.Cell{Text: "\ufffd", Damage: sheet.DamageEncoding}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, rows := mustRead(t, write(t, "data.csv", []byte(c.content)), c.opts)
			if diff := cmp.Diff(rows[0].Cells[0], c.want); diff != "" {
				t.Errorf("cell (-got +want):\n%s", diff)
			}
		})
	}
}

func TestCSVRefusals(t *testing.T) {
	cases := []struct {
		name    string
		content string
		opts    sheet.Options
		row     int
		reason  string
	}{
		{"an empty file", "", sheet.Options{}, 0, "no header"},
		{"a byte order mark alone", "\xef\xbb\xbf", sheet.Options{}, 0, "no header"},
		{"a sep line alone", "sep=;\n", sheet.Options{}, 0, "no header"},
		{"a quote that is never closed names its own line", "a,b\n1,2\n3,\"4\n5,6\n7,8\n", sheet.Options{}, 3, "never closed"},
		{"a quote opened within a record names its own line", "a,b\n\"x\ny\",\"4\n5,6\n", sheet.Options{}, 3, "never closed"},
		{"a blank before an opening quote", "a,b\n1,2\n3, \"4, 5\"\n", sheet.Options{}, 3, "a blank stands before the opening quote"},
		{"text after a closing quote lines below", "a,b\n\"1\n2\n\"x,2\n", sheet.Options{}, 2, "a quote is opened here and the next quote, in row 4, has text behind it"},
		{"text after a closing quote", "a,b\n\"1\"x,2\n", sheet.Options{}, 2, "text follows the closing quote"},
		{"two encodings in one file", "a,b\nü,1\n\xfc,2\n", sheet.Options{}, 3, "byte 9 is not UTF-8"},
		{"an encoding that no letter of the file has", "a,b\n1,2\nM\x81ller,K\x94ln\n", sheet.Options{Encoding: "UTF-8"}, 0,
			"encoding utf-8 is set, but the file has another one: byte 9, in row 3,"},
		{"an unknown encoding", "a,b\n", sheet.Options{Encoding: "latin-9"}, 0, `"latin-9" is not known`},
		{"an encoding against the byte order mark", "\xef\xbb\xbfa,b\n", sheet.Options{Encoding: "windows-1252"}, 0, "begins with the mark of utf-8"},
		{"a delimiter of two characters", "a,b\n", sheet.Options{Delimiter: ";;"}, 0, "not one ASCII character"},
		{"a quote as delimiter", "a,b\n", sheet.Options{Delimiter: `"`}, 0, "not one ASCII character"},
		{"a delimiter beyond ASCII", "a,b\n", sheet.Options{Delimiter: "¦"}, 0, "not one ASCII character"},
		{"a header row within a record", "\"a\nb\",c\n1,2\n", sheet.Options{HeaderRow: 2}, 0, "no header: row 2"},
		{"a million columns", strings.Repeat("a,", 1_000_000) + "\n", sheet.Options{}, 1, "more than 16384 cells"},
		{"a line without end, and with a quote", "a,b\n1,2\n3," + strings.Repeat("x", 2<<20) + ",\"4\n5\"\n", sheet.Options{}, 3, "longer than"},
		{"an unknown quote", "a,b\n", sheet.Options{Quote: "`"}, 0, "quote \"`\" is not known"},
		{"a quote that is the delimiter", "a,b\n", sheet.Options{Quote: "'", Delimiter: "'"}, 0, "cannot be both"},
		{"a quote open for a megabyte", "a,b\n1,2\n3,\"" + strings.Repeat("x\n", 1<<20), sheet.Options{}, 3, "a quote is opened here"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rows, e := refusal(t, write(t, "data.csv", []byte(c.content)), c.opts)
			if e.Row != c.row || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got row %d, %q, want row %d and %q", e.Row, e.Reason, c.row, c.reason)
			}
			for _, row := range rows {
				if row.Number >= e.Row {
					t.Errorf("got row %d before the refusal of row %d", row.Number, e.Row)
				}
			}
		})
	}
}

func TestErrorEndsTheRows(t *testing.T) {
	r := open(t, write(t, "data.csv", []byte("a,b\n1,2\n\"5\" pipe,3\n4,5\n")), sheet.Options{})
	rows, err := readRows(r)
	if len(rows) != 1 || err == nil {
		t.Fatalf("got %d rows and error %v, want one row and an error", len(rows), err)
	}
	if rows, again := readRows(r); len(rows) != 0 || again == nil || again.Error() != err.Error() {
		t.Errorf("got %d rows and error %v after an error, want the same error", len(rows), again)
	}
}
