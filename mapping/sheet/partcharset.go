package sheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// errNoUTF8 is for a part whose bytes are no text.
var errNoUTF8 = errors.New("invalid UTF-8")

// errNoUTF16 is the same for a part in UTF-16.
var errNoUTF16 = errors.New("invalid UTF-16")

func illegalCharacter(r rune) error { return fmt.Errorf("illegal character U+%04X", r) }

// isCharacter reports whether XML 1.0 allows a character, section 2.2.
func isCharacter(r rune) bool {
	return r >= ' ' && r <= 0xd7ff || r == '\n' || r == '\t' || r == '\r' ||
		r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= utf8.MaxRune
}

// plainBytes counts the bytes at the beginning of text that stand for themselves, from the space to the end of ASCII. It
// looks at eight bytes at once, as every byte of a workbook passes here.
func plainBytes[T string | []byte](text T) int {
	const word = 8
	n := 0
	for ; n+word <= len(text); n += word {
		if odd := oddBytes(text[n : n+word]); odd != 0 {
			return n + bits.TrailingZeros64(odd)/word
		}
	}
	for n < len(text) && text[n] >= ' ' && text[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// oddBytes marks, by its highest bit, the first of eight bytes that is a control character or not ASCII. Bytes behind
// the first marked one may be marked wrongly.
func oddBytes[T string | []byte](t T) uint64 {
	const high, spaces = 0x8080808080808080, 0x2020202020202020
	word := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
	return (word | (word - spaces)) & high
}

// utf16Text is the text of a part in UTF-16 as UTF-8. Unlike a decoder for people's text files it replaces nothing.
type utf16Text struct {
	in    io.Reader
	order binary.ByteOrder
	raw   []byte // not yet decoded: at most a pair
	buf   []byte // decoded
	text  []byte // what of buf has not been read
	err   error
}

// Read implements [io.Reader].
func (u *utf16Text) Read(p []byte) (int, error) {
	for len(u.text) == 0 && u.err == nil {
		u.decode()
	}
	if len(u.text) == 0 {
		return 0, u.err
	}
	n := copy(p, u.text)
	u.text = u.text[n:]
	return n, nil
}

// decode reads and decodes once.
func (u *utf16Text) decode() {
	const unit, pair, size = 2, 4, 4096
	if cap(u.raw) < size {
		u.raw = make([]byte, 0, size)
	}
	kept := len(u.raw)
	n, err := u.in.Read(u.raw[kept:size])
	raw := u.raw[:kept+n]
	u.buf = u.buf[:0]
	for len(raw) >= unit {
		r, length := rune(u.order.Uint16(raw)), unit
		if utf16.IsSurrogate(r) {
			if len(raw) < pair {
				break
			}
			r, length = utf16.DecodeRune(r, rune(u.order.Uint16(raw[unit:]))), pair
			if r == utf8.RuneError {
				u.text, u.err = u.buf, errNoUTF16
				return
			}
		}
		u.buf = utf8.AppendRune(u.buf, r)
		raw = raw[length:]
	}
	u.text = u.buf
	u.raw = u.raw[:copy(u.raw[:size], raw)]
	u.err = err
	if errors.Is(err, io.EOF) && len(raw) > 0 {
		u.err = errNoUTF16
	}
}
