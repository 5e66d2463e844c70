package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// sniffSize is how many bytes are looked at to tell what a file is.
const sniffSize = 4096

// isZip reports whether head begins like a ZIP archive, be it an empty one.
func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}

// foreign is a kind of file that is not a sheet, and how it begins.
type foreign struct {
	magic  string
	reason string
	remedy string
}

// foreignFiles lists what people hand in instead of a sheet.
func foreignFiles() []foreign {
	const export = "export the data as CSV or XLSX"
	return []foreign{
		{"\x1f\x8b", "it is a gzip archive", "unpack it first"},
		{"7z\xbc\xaf\x27\x1c", "it is a 7z archive", "unpack it first"},
		{"Rar!\x1a\x07", "it is a RAR archive", "unpack it first"},
		{"%PDF-", "it is a PDF document", export},
		{"\xff\xd8\xff", "it is a JPEG picture", export},
		{"\x89PNG\r\n", "it is a PNG picture", export},
		{"GIF8", "it is a GIF picture", export},
		{"{\\rtf", "it is a Rich Text document", export},
	}
}

// markup lists how text begins that is a page or an XML workbook and not CSV, in lower case.
func markup() []foreign {
	const save = "open it in Excel and save it as .xlsx"
	return []foreign{
		{"<html", "it is an HTML page and not a sheet, whatever its name says", save},
		{"<!doctype", "it is an HTML page and not a sheet, whatever its name says", save},
		{"<table", "it is an HTML table and not a sheet, whatever its name says", save},
		{"<?xml", "it is an XML file, perhaps an Excel 2003 XML workbook", save},
	}
}

// refuseForeign returns the Error for a file that is neither text nor a ZIP archive.
func refuseForeign(file io.ReadSeeker, head []byte) error {
	if bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return refuseCompound(file)
	}
	for _, f := range foreignFiles() {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return &Error{Reason: f.reason, Remedy: f.remedy}
		}
	}
	// The page may be UTF-16 or UTF-8 with a byte order mark; only its ASCII letters matter here.
	text := bytes.ReplaceAll(head, []byte{0}, nil)
	text = bytes.TrimLeft(text, "\xef\xbb\xbf\xff\xfe")
	text = bytes.ToLower(bytes.TrimSpace(text))
	for _, f := range markup() {
		if bytes.HasPrefix(text, []byte(f.magic)) {
			return &Error{Reason: f.reason, Remedy: f.remedy}
		}
	}
	return nil
}

// refuseCompound tells the two kinds of OLE compound files apart: Excel wraps a workbook with a password in one, and
// Excel 97-2003 wrote nothing else.
func refuseCompound(file io.ReadSeeker) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return unreadable(err)
	}
	encrypted, err := contains(file, utf16LE("EncryptedPackage"))
	if err != nil {
		return unreadable(err)
	}
	if encrypted {
		return &Error{Reason: "the workbook is protected by a password",
			Remedy: "open it in Excel, remove the password (File, Info, Protect Workbook) and save it"}
	}
	return &Error{Reason: "it is an old Excel 97-2003 workbook (.xls)",
		Remedy: "open it in Excel and save it as .xlsx"}
}

// utf16LE is an ASCII string in UTF-16LE, as a compound file stores its stream names.
func utf16LE(s string) []byte {
	wide := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		wide = append(wide, s[i], 0)
	}
	return wide
}

// contains reports whether word occurs in r.
func contains(r io.Reader, word []byte) (bool, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		window, err := in.Peek(in.Size())
		if bytes.Contains(window, word) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if _, err := in.Discard(len(window) - len(word) + 1); err != nil {
			return false, err
		}
	}
}
