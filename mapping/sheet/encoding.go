package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// The encodings that are detected.
const (
	encodingUTF8        = "utf-8"
	encodingUTF16LE     = "utf-16le"
	encodingUTF16BE     = "utf-16be"
	encodingUTF32LE     = "utf-32le"
	encodingUTF32BE     = "utf-32be"
	encodingWindows1252 = "windows-1252"
)

const utf8BOM = "\xef\xbb\xbf"

// bom is a byte order mark and the encoding it stands for.
type bom struct {
	bytes    string
	encoding string
}

// boms lists the byte order marks. That of UTF-32LE begins with that of UTF-16LE and so comes first.
func boms() []bom {
	return []bom{
		{utf8BOM, encodingUTF8},
		{"\xff\xfe\x00\x00", encodingUTF32LE},
		{"\x00\x00\xfe\xff", encodingUTF32BE},
		{"\xff\xfe", encodingUTF16LE},
		{"\xfe\xff", encodingUTF16BE},
	}
}

// codePages lists the encodings of one byte a letter. Only the first one is ever detected; the bytes of a file do not
// tell them apart.
func codePages() []codePage {
	return []codePage{
		{encodingWindows1252, charmap.Windows1252},
		{"windows-1250", charmap.Windows1250},
		{"windows-1251", charmap.Windows1251},
		{"windows-1253", charmap.Windows1253},
		{"windows-1254", charmap.Windows1254},
		{"windows-1257", charmap.Windows1257},
		{"iso-8859-15", charmap.ISO8859_15},
		{"cp850", charmap.CodePage850},
		{"cp437", charmap.CodePage437},
		{"macintosh", charmap.Macintosh},
	}
}

// codePage is an encoding of one byte a letter.
type codePage struct {
	name  string
	table *charmap.Charmap
}

// encodingNames lists what [Options] can name.
func encodingNames() []string {
	names := []string{encodingUTF8, encodingUTF16LE, encodingUTF16BE, encodingUTF32LE, encodingUTF32BE}
	for _, page := range codePages() {
		names = append(names, page.name)
	}
	return names
}

// decodeText returns the text of r as UTF-8. Bytes that are no text become U+FFFD, except that UTF-8 passes as it is.
func decodeText(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case encodingUTF16LE:
		return transform.NewReader(r, utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewDecoder())
	case encodingUTF16BE:
		return transform.NewReader(r, utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewDecoder())
	case encodingUTF32LE:
		return transform.NewReader(r, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder())
	case encodingUTF32BE:
		return transform.NewReader(r, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewDecoder())
	}
	for _, page := range codePages() {
		if encoding == page.name {
			return newPageReader(r, page.table)
		}
	}
	return r
}

// textEncoding is the encoding of a file, and how it was found.
type textEncoding struct {
	name    string
	bom     int    // length of the byte order mark
	checked bool   // no other bytes than text in this encoding are read
	assumed bool   // because that is to be checked while the file is read
	notice  string // for a person, if the encoding is assumed
}

// findEncoding takes the encoding from the byte order mark, from the options or from the bytes of the file. What may be UTF-8 is read
// to its end for that, unless early says that it will be checked while it is read.
func findEncoding(file io.ReadSeeker, head []byte, override string, early bool) (textEncoding, error) {
	override = strings.ToLower(override)
	if err := checkEncoding(override); err != nil {
		return textEncoding{}, err
	}
	for _, b := range boms() {
		if !bytes.HasPrefix(head, []byte(b.bytes)) {
			continue
		}
		if override != "" && override != b.encoding {
			return textEncoding{}, &Error{Reason: fmt.Sprintf("encoding %s is set, but the file begins with the mark of %s",
				override, b.encoding), Remedy: "leave the encoding out"}
		}
		found := textEncoding{name: b.encoding, bom: len(b.bytes)}
		if b.encoding == encodingUTF8 && override == "" {
			return found.checkUTF8(file, early)
		}
		return found, nil
	}
	if override == encodingUTF8 {
		return textEncoding{name: override}.checkForced(file)
	}
	if override != "" {
		return textEncoding{name: override}, nil
	}
	if name := guessUTF16(head); name != "" {
		return textEncoding{name: name, notice: fmt.Sprintf("encoding %s is assumed from the zero bytes; the file has no "+
			"byte order mark", name)}, nil
	}
	if err := refuseBinary(head); err != nil {
		return textEncoding{}, err
	}
	return textEncoding{name: encodingUTF8}.checkUTF8(file, early)
}

// checkEncoding refuses an encoding that is not known.
func checkEncoding(name string) error {
	if name == "" {
		return nil
	}
	for _, known := range encodingNames() {
		if name == known {
			return nil
		}
	}
	return &Error{Reason: fmt.Sprintf("encoding %q is not known", name),
		Remedy: "use one of " + strings.Join(encodingNames(), ", ") + ", or leave it out"}
}

// checkForced reads the whole file to see whether it has the encoding UTF-8 that is set for it. Single bytes that are none
// become problems of their cells, but not all letters of a file.
func (e textEncoding) checkForced(file io.ReadSeeker) (textEncoding, error) {
	scan, err := scanUTF8(file)
	if err != nil {
		return e, unreadable(err)
	}
	if scan.badLine > 0 && !scan.multibyte {
		return e, &Error{Reason: fmt.Sprintf("encoding utf-8 is set, but the file has another one: byte %d, in row %d, is not "+
			"UTF-8, and no other letter is", scan.badOffset, scan.badLine),
			Remedy: "leave the encoding out, or set it to the one of the program that wrote the file, such as windows-1252 or cp850"}
	}
	e.checked = scan.badLine == 0
	return e, nil
}

// checkUTF8 reads the whole file: one byte near its end can decide. A file that is all UTF-8 is that; one that has no
// letter of UTF-8 is Windows-1252, if it can be; a mixture is refused.
func (e textEncoding) checkUTF8(file io.ReadSeeker, early bool) (textEncoding, error) {
	if early {
		e.checked, e.assumed = true, true
		return e, nil
	}
	scan, err := scanUTF8(file)
	if err != nil {
		return e, unreadable(err)
	}
	if scan.badLine == 0 {
		e.checked = true
		return e, nil
	}
	if scan.multibyte {
		return e, &Error{Row: scan.badLine,
			Reason: fmt.Sprintf("the encoding changes within the file: byte %d is not UTF-8, though other letters are",
				scan.badOffset),
			Remedy: "save the file as CSV UTF-8, or set the encoding; with utf-8 each cell that is none becomes a problem"}
	}
	if scan.crowded*2 > scan.high {
		return e, &Error{Row: scan.badLine,
			Reason: fmt.Sprintf("the encoding is not known: byte %d is not UTF-8, and the letters are not Western European",
				scan.badOffset),
			Remedy: "save the file as CSV UTF-8, or set the encoding to one of " + strings.Join(encodingNames(), ", ")}
	}
	e.name = encodingWindows1252
	e.notice = fmt.Sprintf("encoding windows-1252 is assumed, because line %d is not UTF-8; set the encoding if letters "+
		"look wrong", scan.badLine)
	return e, nil
}
