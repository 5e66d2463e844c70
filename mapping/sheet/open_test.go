package sheet_test

import (
	"bytes"
	"path/filepath"
	"runtime"
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
		{"an old workbook", "a.xls", compound + strings.Repeat("\x00", 5000) + utf16("Workbook"), "Excel 97-2003"},
		{"a workbook with a password", "a.xlsx", compound + strings.Repeat("\x00", 1<<16-15) + utf16("EncryptedPackage"), "password"},
		{"a binary workbook", "a.xlsb", string(parts{"xl/workbook.bin": "x"}.pack(t)), ".xlsb"},
		{"an OpenDocument sheet", "a.ods", string(parts{"mimetype": "x", "content.xml": "<a/>"}.pack(t)), ".ods"},
		{"a Numbers file", "a.numbers", string(parts{"Index/Document.iwa": "x"}.pack(t)), "Numbers"},
		{"a Word document", "a.xlsx", string(parts{"word/document.xml": "<a/>"}.pack(t)), "Word"},
		{"another archive", "a.zip", string(parts{"a.csv": "a,b"}.pack(t)), "ZIP archive"},
		{"an empty archive", "a.zip", string(parts{}.pack(t)), "ZIP archive"},
		{"a page named as a workbook", "a.xls", "\n <HTML><table><tr><td>1", "HTML page"},
		{"a page in UTF-16 with a mark", "a.csv", "\xff\xfe" + utf16("<!DOCTYPE html>"), "HTML page"},
		{"a bare table", "a.csv", "<table><tr>", "HTML table"},
		{"an XML workbook", "a.xls", `<?xml version="1.0"?><Workbook/>`, "XML"},
		{"a gzip archive", "a.csv.gz", "\x1f\x8b\x08\x00", "gzip"},
		{"a PDF document", "a.pdf", "%PDF-1.7\n", "PDF"},
		{"a JPEG picture", "a.jpg", "\xff\xd8\xff\xe0", "JPEG"},
		{"a PNG picture", "a.png", "\x89PNG\r\n\x1a\n", "PNG"},
		{"an empty file", "a.csv", "", "no header"},
		{"a lock file of Excel", "~$a.xlsx", "\x05Someone", "lock file"},
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

func TestWhatIsNoFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	cases := []struct{ name, path, reason string }{
		{"a directory", dir, "directory"},
		{"a file that is not there", filepath.Join(dir, "none.csv"), "no such file"},
	}
	if runtime.GOOS != "windows" {
		cases = append(cases, struct{ name, path, reason string }{"a device", "/dev/zero", "not a regular file"})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, e := refusal(t, c.path, sheet.Options{})
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

func TestErrorNamesFileRowAndRemedy(t *testing.T) {
	path := write(t, "data.csv", bytes.Repeat([]byte("a,b\"\n"), 2))
	_, e := refusal(t, path, sheet.Options{})
	want := path + ", row 1: a quote stands inside a field that does not begin with one; " +
		`put the whole field in quotes and write each quote in it twice, as in "5"" pipe"`
	if e.Error() != want {
		t.Errorf("got %q, want %q", e.Error(), want)
	}
}
