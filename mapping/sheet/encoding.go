package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// The encodings that [Options] can name.
const (
	encodingUTF8        = "utf-8"
	encodingUTF16LE     = "utf-16le"
	encodingUTF16BE     = "utf-16be"
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
		{"\xff\xfe\x00\x00", "utf-32le"},
		{"\x00\x00\xfe\xff", "utf-32be"},
		{"\xff\xfe", encodingUTF16LE},
		{"\xfe\xff", encodingUTF16BE},
	}
}

// decodeText returns the text of r as UTF-8. Bytes that are no text become U+FFFD, except that UTF-8 passes as it is.
func decodeText(r io.Reader, encoding string) io.Reader {
	switch encoding {
	case encodingUTF16LE:
		return transform.NewReader(r, utf.UTF16(utf.LittleEndian, utf.IgnoreBOM).NewDecoder())
	case encodingUTF16BE:
		return transform.NewReader(r, utf.UTF16(utf.BigEndian, utf.IgnoreBOM).NewDecoder())
	case "utf-32le":
		return transform.NewReader(r, utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM).NewDecoder())
	case "utf-32be":
		return transform.NewReader(r, utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM).NewDecoder())
	case encodingWindows1252:
		return transform.NewReader(r, transform.Chain(charmap.Windows1252.NewDecoder(), runes.Map(undefined1252)))
	}
	return r
}

// undefined1252 marks the five bytes that Windows-1252 leaves undefined. The decoder passes them as C1 controls.
func undefined1252(r rune) rune {
	switch r {
	case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
		return utf8.RuneError
	}
	return r
}

// textEncoding is the encoding of a file, and how it was found.
type textEncoding struct {
	name   string
	bom    int    // length of the byte order mark
	notice string // for a person, if the encoding is assumed
}

// findEncoding takes the encoding from the byte order mark, from the options or from the bytes of the file.
func findEncoding(file io.ReadSeeker, head []byte, override string) (textEncoding, error) {
	override = strings.ToLower(override)
	switch override {
	case "", encodingUTF8, encodingUTF16LE, encodingUTF16BE, encodingWindows1252:
	default:
		return textEncoding{}, &Error{Reason: fmt.Sprintf("encoding %q is not known", override),
			Remedy: "use utf-8, utf-16le, utf-16be or windows-1252, or leave it out"}
	}
	for _, b := range boms() {
		if !bytes.HasPrefix(head, []byte(b.bytes)) {
			continue
		}
		if override != "" && override != b.encoding {
			return textEncoding{}, &Error{Reason: fmt.Sprintf("encoding %s is set, but the file begins with the mark of %s",
				override, b.encoding), Remedy: "leave the encoding out"}
		}
		return textEncoding{name: b.encoding, bom: len(b.bytes)}, nil
	}
	if override != "" {
		return textEncoding{name: override}, nil
	}
	if name := guessUTF16(head); name != "" {
		return textEncoding{name: name, notice: fmt.Sprintf("encoding %s is assumed from the zero bytes; the file has no "+
			"byte order mark", name)}, nil
	}
	return guessBytes(file)
}

// guessBytes tells UTF-8 from Windows-1252 by reading the whole file: one byte near its end can decide.
func guessBytes(file io.ReadSeeker) (textEncoding, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return textEncoding{}, unreadable(err)
	}
	scan, err := scanUTF8(file)
	if err != nil {
		return textEncoding{}, unreadable(err)
	}
	if scan.badLine == 0 {
		return textEncoding{name: encodingUTF8}, nil
	}
	if scan.multibyte {
		return textEncoding{}, &Error{Row: scan.badLine,
			Reason: fmt.Sprintf("the encoding changes within the file: byte %d is not UTF-8, though other letters are",
				scan.badOffset),
			Remedy: "save the file as CSV UTF-8, or set the encoding"}
	}
	return textEncoding{name: encodingWindows1252, notice: fmt.Sprintf("encoding windows-1252 is assumed, because line %d "+
		"is not UTF-8; set the encoding if letters look wrong", scan.badLine)}, nil
}

// utf8Scan is what the bytes of a file say about UTF-8.
type utf8Scan struct {
	multibyte bool  // there is a letter beyond ASCII that is well-formed UTF-8
	badLine   int   // line of the first byte that is not UTF-8, 0 for none
	badOffset int64 // its offset in the file
}

// scanUTF8 reads r to its end.
func scanUTF8(r io.Reader) (utf8Scan, error) {
	scan := utf8Scan{}
	line, offset := 1, int64(0)
	buf := make([]byte, 1<<16)
	kept := 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return scan, err
		}
		chunk := buf[:kept+n]
		bad, done := scan.chunk(chunk, last)
		if bad >= 0 && scan.badLine == 0 {
			scan.badLine = line + bytes.Count(chunk[:bad], []byte("\n"))
			scan.badOffset = offset + int64(bad)
		}
		if last || (scan.badLine > 0 && scan.multibyte) {
			return scan, nil
		}
		line += bytes.Count(chunk[:done], []byte("\n"))
		offset += int64(done)
		kept = copy(buf, chunk[done:])
	}
}

// chunk looks at one chunk. It returns where the first bad byte is, or -1, and how far it looked: a letter that the
// chunk cuts in two is left for the next one.
func (s *utf8Scan) chunk(chunk []byte, last bool) (bad, done int) {
	bad = -1
	for i := 0; i < len(chunk); {
		if chunk[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !last && !utf8.FullRune(chunk[i:]) {
			return bad, i
		}
		r, size := utf8.DecodeRune(chunk[i:])
		if r != utf8.RuneError || size > 1 {
			s.multibyte = true
		} else if bad < 0 {
			bad = i
		}
		i += size
	}
	return bad, len(chunk)
}

// guessUTF16 recognises UTF-16 without a byte order mark, or returns "". Read in the right order the head must be clean
// text with line ends, and a tenth of it ASCII.
func guessUTF16(head []byte) string {
	if bytes.IndexByte(head, 0) < 0 || len(head)%2 != 0 {
		return ""
	}
	if isUTF16(head, 0) {
		return encodingUTF16LE
	}
	if isUTF16(head, 1) {
		return encodingUTF16BE
	}
	return ""
}

// isUTF16 reports whether head makes sense as UTF-16 whose low bytes are at offset low of each pair.
func isUTF16(head []byte, low int) bool {
	ascii, ends := 0, 0
	for i := 0; i+1 < len(head); i += 2 {
		r := rune(head[i+low]) | rune(head[i+1-low])<<8
		switch {
		case r == '\n' || r == '\r':
			ends++
		case r >= 0xd800 && r < 0xe000: // half of a pair; the decoder checks it
		case r != '\t' && !unicode.IsPrint(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			return false
		case r < utf8.RuneSelf:
			ascii++
		}
	}
	return ends > 0 && (ascii+ends)*10 >= len(head)/2
}
