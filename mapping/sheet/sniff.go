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

// foreignFiles lists what people hand in instead of a sheet. No header of a sheet begins like one of them.
func foreignFiles() []foreign {
	const export, unpack = "export the data as CSV or XLSX", "unpack it first"
	return []foreign{
		{"\x1f\x8b", "it is a gzip archive", unpack},
		{"\xfd7zXZ\x00", "it is an xz archive", unpack},
		{"\x28\xb5\x2f\xfd", "it is a Zstandard archive", unpack},
		{"7z\xbc\xaf\x27\x1c", "it is a 7z archive", unpack},
		{"Rar!\x1a\x07", "it is a RAR archive", unpack},
		{"PK\x07\x08", "it is one part of a ZIP archive that was split", "put the parts together, then unpack it"},
		{"%PDF-", "it is a PDF document", export},
		{"\xff\xd8\xff", "it is a JPEG picture", export},
		{"\x89PNG\r\n", "it is a PNG picture", export},
		{"GIF87a", "it is a GIF picture", export},
		{"GIF89a", "it is a GIF picture", export},
		{"II*\x00", "it is a TIFF picture", export},
		{"MM\x00*", "it is a TIFF picture", export},
		{"{\\rtf", "it is a Rich Text document", export},
		{"SQLite format 3\x00", "it is an SQLite database", export},
		{"PAR1\x15", "it is a Parquet file", export},
		{"Obj\x01", "it is an Avro file", export},
		{"\x7fELF", "it is a program", export},
	}
}

// pages lists how text begins that is a page, a list of another kind or an XML workbook and not CSV, in lower case.
func pages() []foreign {
	const save, export = "open it in Excel and save it as .xlsx", "export the data as CSV or XLSX"
	const page = "it is an HTML page and not a sheet, whatever its name says"
	return []foreign{
		{"<html", page, save},
		{"<!doctype html", page, save},
		{"<head", page, save},
		{"<body", page, save},
		{"<meta", page, save},
		{"<style", page, save},
		{"<script", page, save},
		{"<div", page, save},
		{"<!--", page, save},
		{"<table", "it is an HTML table and not a sheet, whatever its name says", save},
		{"<?xml", "it is an XML file, perhaps an Excel 2003 XML workbook", save},
		{"<!doctype", "it is an XML file and not a sheet", save},
		{"mime-version:", "it is a web archive, such as Excel saves as a single file web page", save},
		{"begin:vcard", "it is a vCard file", "import it into an address book and export the contacts as CSV"},
		{"{\"", "it is a JSON file", export},
		{"[{", "it is a JSON file", export},
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
	if rest, ok := bytes.CutPrefix(text, []byte("[")); ok {
		text = append([]byte("["), bytes.TrimSpace(rest)...)
	}
	for _, f := range pages() {
		if bytes.HasPrefix(text, []byte(f.magic)) {
			return &Error{Reason: f.reason, Remedy: f.remedy}
		}
	}
	return nil
}

const oldExcel = "it is an old Excel 97-2003 workbook (.xls)"

// compounds lists what is kept in OLE compound files, by the name of a stream in it. Excel wraps a workbook with a
// password in one, and Excel 97-2003 wrote nothing else.
func compounds() []foreign {
	const export, save = "export the data as CSV or XLSX", "open it in Excel and save it as .xlsx"
	return []foreign{
		{"EncryptedPackage", "the workbook is protected by a password",
			"open it in Excel, remove the password (File, Info, Protect Workbook) and save it"},
		{"Workbook", oldExcel, save},
		{"WordDocument", "it is an old Word document (.doc)", export},
		{"PowerPoint Document", "it is an old PowerPoint presentation (.ppt)", export},
		{"__properties_version1.0", "it is an Outlook message (.msg)", export},
	}
}

// refuseCompound tells the kinds of OLE compound files apart.
func refuseCompound(file io.ReadSeeker) error {
	for _, kind := range compounds() {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return unreadable(err)
		}
		found, err := contains(file, utf16LE(kind.magic))
		if err != nil {
			return unreadable(err)
		}
		if found {
			return &Error{Reason: kind.reason, Remedy: kind.remedy}
		}
	}
	return &Error{Reason: oldExcel, Remedy: "open it in Excel and save it as .xlsx"}
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
