package sheet_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// utf16 is an ASCII text in UTF-16LE.
func utf16(s string) string {
	var out strings.Builder
	for i := range len(s) {
		out.WriteByte(s[i])
		out.WriteByte(0)
	}
	return out.String()
}

func TestForeignFilesAreNamed(t *testing.T) {
	const compound = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	book := newParts(`<row><c t="s"><v>0</v></c></row>`)
	cases := []struct {
		name    string
		file    string
		content string
		reason  string
	}{
		{"C29 an old workbook", "a.xls", compound + strings.Repeat("\x00", 5000) + utf16("Workbook"), "Excel 97-2003"},
		{"C29 an old workbook without a name for its stream", "a.xls", compound + strings.Repeat("\x00", 5000), "Excel 97-2003"},
		{"C29 a workbook with a password", "a.xlsx", compound + strings.Repeat("\x00", 1<<16-15) + utf16("EncryptedPackage"), "password"},
		{"C29 an old Word document", "a.doc", compound + utf16("WordDocument"), "Word document"},
		{"C29 an Outlook message", "a.msg", compound + utf16("__properties_version1.0"), "Outlook message"},
		{"C29 a binary workbook", "a.xlsb", string(parts{"xl/workbook.bin": "x"}.pack(t)), ".xlsb"},
		{"C29 an OpenDocument sheet", "a.ods", string(parts{"mimetype": "x", "content.xml": "<a/>"}.pack(t)), ".ods"},
		{"C29 a Numbers file", "a.numbers", string(parts{"Index/Document.iwa": "x"}.pack(t)), "Numbers"},
		{"C29 a Word document", "a.xlsx", string(parts{"word/document.xml": "<a/>"}.pack(t)), "Word"},
		{"C29 another archive", "a.zip", string(parts{"a.csv": "a,b"}.pack(t)), "ZIP archive"},
		{"C29 an empty archive", "a.zip", string(parts{}.pack(t)), "ZIP archive"},
		{"C29 a part of a split archive", "a.zip", "PK\x07\x08PK\x03\x04", "split"},
		{"C29 a page named as an old workbook", "a.xls", "\n <HTML><table><tr><td>1", "HTML page"},
		{"C29 a page named as a workbook", "a.xlsx", "<!-- saved --><html>", "HTML page"},
		{"C29 a page named as CSV", "a.csv", "<html>\n<body>a,b</body></html>", "HTML page"},
		{"C29 a page in UTF-16 with a mark", "a.csv", "\xff\xfe" + utf16("<!DOCTYPE html>"), "HTML page"},
		{"C29 a bare table", "a.csv", "<table><tr>", "HTML table"},
		{"C29 an XML workbook", "a.xls", `<?xml version="1.0"?><Workbook/>`, "XML"},
		{"C29 a web archive", "a.xls", "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "web archive"},
		{"C29 a vCard", "a.csv", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n", "vCard"},
		{"C29 a JSON list", "a.csv", "[\n  {\"a\": 1}\n]\n", "JSON"},
		{"C29 a JSON object", "a.csv", "{\"a\": 1}\n", "JSON"},
		{"C29 a gzip archive", "a.csv.gz", "\x1f\x8b\x08\x00", "gzip"},
		{"C29 a gzip archive named as CSV", "a.csv", "\x1f\x8b\x08\x00", "gzip"},
		{"C29 a PDF document", "a.pdf", "%PDF-1.7\n", "PDF"},
		{"C29 a JPEG picture", "a.jpg", "\xff\xd8\xff\xe0", "JPEG"},
		{"C29 a PNG picture", "a.png", "\x89PNG\r\n\x1a\n", "PNG"},
		{"C29 a database", "a.db", "SQLite format 3\x00", "SQLite"},
		{"C29 a program", "a.csv", "\x7fELF\x02\x01", "program"},
		{"C29 bytes of no known kind", "a.csv", strings.Repeat("\x01\x02\x03ab\x00\x04", 50), "no text but a binary file"},
		{"C29 noise", "a.csv", noise(5000), "no text but a binary file"},
		{"C29 little noise", "a.csv", noise(200), "no text but a binary file"},
		{"an empty file", "a.csv", "", "no header"},
		{"C30 a lock file of Excel", "~$a.xlsx", "\x05Someone", "lock file that Excel"},
		{"C30 a lock file of LibreOffice", ".~lock.a.csv#", ",someone,host,21.11.2026 10:00,file:///a;", "lock file that LibreOffice"},
		{"a workbook cut off", "a.xlsx", string(book.pack(t)[:900]), "cut off"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, e := refusal(t, write(t, c.file, []byte(c.content)), sheet.Options{})
			if !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %q, want %q", e.Reason, c.reason)
			}
		})
	}
}

func TestContentDecidesAndTheNameIsNoticed(t *testing.T) {
	book := newParts(`<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>`).pack(t)
	text := []byte("Name,x\nAda,1\n")
	cases := []struct {
		file    string
		content []byte
		kind    string
		notice  string
	}{
		{"data.csv", text, "csv", ""},
		{"data.dat", text, "csv", ""},
		{"data.xlsx", text, "csv", "read as CSV"},
		{"data.XLS", text, "csv", "read as CSV"},
		{"data.xlsx", book, "xlsx", ""},
		{"data.csv", book, "xlsx", "read as XLSX"},
	}
	for _, c := range cases {
		t.Run(c.file+" "+c.kind, func(t *testing.T) {
			t.Parallel()
			r, rows := mustRead(t, write(t, c.file, c.content), sheet.Options{})
			if got := r.Info().Type; got != c.kind {
				t.Errorf("got type %q, want %q", got, c.kind)
			}
			if len(rows) != 1 || rows[0].Cells[0].Text != "Ada" {
				t.Errorf("got rows %v, want Ada", rows)
			}
			notices := strings.Join(r.Info().Notices, "\n")
			if (c.notice == "") != (notices == "") || !strings.Contains(notices, c.notice) {
				t.Errorf("got notices %q, want %q", notices, c.notice)
			}
		})
	}
}

func TestErrorNamesPlaceAndRemedy(t *testing.T) {
	const twice, closing = "text follows the closing quote of a field; write a quote that belongs to the text twice, or check the delimiter",
		"close the quote, or write a quote that belongs to the text twice"
	for content, want := range map[string]string{
		"a,b\n\"1\"x,2\n":                   `, row 2, column "a": ` + twice,
		"a,Full name\n1,2\n3,\"4\n5,6\n":    `, row 3, column "Full name": a quote is opened here and never closed; ` + closing,
		"a,b\n1,2\n3,\"4\n5,\"6\"\n":        `, row 3, column "b": a quote is opened here and the next quote, in row 4, has text behind it; ` + closing,
		"a,b\n1,2\n3, \"4\"\n":              `, row 3, column "b": a blank stands before the opening quote of a field; remove the blanks between delimiter and quote; if the quotes belong to the text, set quote: none`,
		"a,,c\n1,\"2\n":                     `, row 2, column 2: a quote is opened here and never closed; ` + closing,
		"a,b\n1,2,\"3\n":                    `, row 2, column 3: a quote is opened here and never closed; ` + closing,
		"a,\"b\n":                           `, row 1, column 2: a quote is opened here and never closed; ` + closing,
		"a,_id,b,_rollcall\n1,2,\"3\"x,4\n": `, row 2, column "b": ` + twice,
	} {
		path := write(t, "data.csv", []byte(content))
		_, e := refusal(t, path, sheet.Options{})
		if got := strings.TrimSuffix(e.Error(), "; if the file has no quotes, set quote: none"); got != path+want {
			t.Errorf("got %q for %q, want %q", got, content, want)
		}
	}
}

// noise is so many bytes without any order.
func noise(length int) string {
	bytes := make([]byte, length)
	rand.NewChaCha8([32]byte{}).Read(bytes)
	return string(bytes)
}
