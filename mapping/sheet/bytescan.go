package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// utf8Scan is what the bytes of a file say about its encoding.
type utf8Scan struct {
	multibyte bool  // there is a letter beyond ASCII that is well-formed UTF-8
	badLine   int   // line of the first byte that is not UTF-8, 0 for none
	badOffset int64 // its offset in the file
	high      int   // bytes beyond ASCII, counted from the first bad one
	crowded   int   // those of them that stand four or more in a row, as no Western European letters do
	run       int   // bytes beyond ASCII that stand in a row just now
}

// scanUTF8 reads r from its beginning to its end, or until there is no doubt. If all is UTF-8, as it mostly is, it is done
// in several places at once.
func scanUTF8(r io.ReadSeeker) (utf8Scan, error) {
	scan := utf8Scan{}
	if at, ok := r.(io.ReaderAt); ok {
		if size, err := r.Seek(0, io.SeekEnd); err == nil && wellFormed(at, size, &scan) {
			return scan, nil
		}
		scan = utf8Scan{}
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return scan, err
	}
	line, offset := 1, int64(0)
	buf := make([]byte, 1<<16)
	kept, afterCR := 0, false
	for {
		n, err := io.ReadFull(r, buf[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return scan, err
		}
		chunk := buf[:kept+n]
		bad, done := scan.chunk(chunk, last)
		if bad >= 0 && scan.badLine == 0 {
			scan.badLine = line + countLines(chunk[:bad])
			if afterCR && chunk[0] == '\n' && bad > 0 {
				scan.badLine--
			}
			scan.badOffset = offset + int64(bad)
		}
		if last || (scan.badLine > 0 && scan.multibyte) {
			return scan, nil
		}
		if done > 0 {
			line += countLines(chunk[:done])
			if afterCR && chunk[0] == '\n' {
				line-- // the CRLF was cut in two and has been counted twice
			}
			afterCR = chunk[done-1] == '\r'
		}
		offset += int64(done)
		kept = copy(buf, chunk[done:])
	}
}

// chunk looks at one chunk. It returns where the first bad byte is, or -1, and how far it looked: a letter that the
// chunk cuts in two is left for the next one.
func (s *utf8Scan) chunk(chunk []byte, last bool) (bad, done int) {
	bad = -1
	for i := 0; i < len(chunk); {
		if ascii := asciiLength(chunk[i:]); ascii > 0 {
			s.run = 0
			i += ascii
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
		s.crowd(size)
		i += size
	}
	return bad, len(chunk)
}

// asciiLength is how many ASCII bytes text begins with.
func asciiLength(text []byte) int {
	i := 0
	for ; i+2*wordLength <= len(text); i += 2 * wordLength {
		first, second := binary.LittleEndian.Uint64(text[i:]), binary.LittleEndian.Uint64(text[i+wordLength:])
		if (first|second)&highBits != 0 {
			break
		}
	}
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// crowd counts bytes beyond ASCII.
func (s *utf8Scan) crowd(size int) {
	const crowd = 4
	for range size {
		s.high++
		if s.run++; s.run == crowd {
			s.crowded += crowd
		} else if s.run > crowd {
			s.crowded++
		}
	}
}

// guessUTF16 recognises UTF-16 without a byte order mark, or returns "". Read in the right order the head must be clean
// text with line ends, and a tenth of it ASCII.
func guessUTF16(head []byte) string {
	switch {
	case len(head)%2 != 0 || bytes.IndexByte(head, 0) < 0:
		return ""
	case isUTF16(head, 0):
		return encodingUTF16LE
	case isUTF16(head, 1):
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

// refuseBinary returns the Error for bytes that are no text of any encoding that is detected. A sheet with a few NULs in
// it is read, and its cells are marked.
func refuseBinary(head []byte) error {
	const least = 16 // so few bytes tell nothing
	zeros, controls, separators := 0, 0, 0
	for _, c := range head {
		switch {
		case c == 0:
			zeros++
		case c == '\v', c >= 0x1c && c < ' ': // some databases export them within cells and between them
			separators++
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f':
			controls++
		}
	}
	noise := controls*20 >= len(head) && !isUTF8(head)
	if len(head) < least || (zeros+controls+separators)*5 < len(head) && !noise {
		return nil
	}
	if zeros*5 >= len(head)*2 && zeros*5 <= len(head)*4 && controls*20 < len(head) {
		return &Error{Reason: "it may be UTF-16 or UTF-32 text, but it has no byte order mark and does not read as such",
			Remedy: "save it as CSV UTF-8, or set the encoding to utf-16le, utf-16be, utf-32le or utf-32be"}
	}
	return &Error{Reason: "it is no text but a binary file", Remedy: "export the data as CSV or XLSX"}
}

// isUTF8 reports whether a text is UTF-8, but for a letter that its end may cut in two.
func isUTF8(text []byte) bool {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				text = text[:len(text)-i]
			}
			break
		}
	}
	return utf8.Valid(text)
}

// pageReader decodes an encoding of one byte a letter.
type pageReader struct {
	in      io.Reader
	letters [256]string
	raw     [1 << 12]byte
	text    []byte // decoded and not yet read
	out     []byte // room for text
	err     error  // of in, once text is read
}

// newPageReader decodes r by a table. What the table leaves undefined, or has a control character of the 1970s for,
// becomes U+FFFD.
func newPageReader(r io.Reader, table *charmap.Charmap) *pageReader {
	p := &pageReader{in: r}
	for c := range p.letters {
		letter := table.DecodeByte(byte(c))
		if letter >= 0x80 && letter < 0xa0 {
			letter = utf8.RuneError
		}
		p.letters[c] = string(letter)
	}
	return p
}

// Read implements [io.Reader].
func (p *pageReader) Read(b []byte) (int, error) {
	for len(p.text) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		n, err := p.in.Read(p.raw[:])
		p.out = p.out[:0]
		for _, c := range p.raw[:n] {
			p.out = append(p.out, p.letters[c]...)
		}
		p.text, p.err = p.out, err
	}
	n := copy(b, p.text)
	p.text = p.text[n:]
	return n, nil
}
