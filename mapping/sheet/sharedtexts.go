package sheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxTexts and maxOffsets bound what of the texts of a workbook is kept in memory, in bytes.
	maxTexts   = 48 << 20
	maxOffsets = 16 << 20
	// offsetSize is the length of one offset.
	offsetSize = 4
)

// sharedTexts is the table of texts that the cells of a workbook refer to by index. All texts are kept as one, because
// a big workbook has millions of them.
type sharedTexts struct {
	all   spool
	ends  spool // where in all each text ends, as 32 bits; the bounds of a workbook keep all below 4 GiB
	count int
}

// text is the text at an index, which must be below the count.
func (s *sharedTexts) text(index int) (string, error) {
	begin, err := s.end(index - 1)
	if err != nil {
		return "", err
	}
	end, err := s.end(index)
	if err != nil {
		return "", err
	}
	return s.all.read(begin, int(end-begin))
}

// size is how many texts the table has.
func (s *sharedTexts) size() int {
	if s == nil {
		return 0
	}
	return s.count
}

// end is where in all the text at an index ends.
func (s *sharedTexts) end(index int) (int64, error) {
	if index < 0 {
		return 0, nil
	}
	end, err := s.ends.read(int64(index)*offsetSize, offsetSize)
	if err != nil {
		return 0, err
	}
	return int64(end[0]) | int64(end[1])<<8 | int64(end[2])<<16 | int64(end[3])<<24, nil
}

// readSharedTexts reads the table whole. What does not fit into the memory goes to a file in dir.
func readSharedTexts(parts *archive, name, dir string) (*sharedTexts, error) {
	p, err := parts.open(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	s := &sharedTexts{all: spool{dir: dir, limit: maxTexts}, ends: spool{dir: dir, limit: maxOffsets}}
	if err := s.fill(p); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// fill reads the items of the table.
func (s *sharedTexts) fill(p *part) error {
	const rootDepth, itemDepth = 1, 2
	var text []byte
	for {
		opens, err := p.next()
		if errors.Is(err, io.EOF) {
			return errors.Join(s.all.seal(), s.ends.seal())
		}
		if err != nil {
			return err
		}
		name := p.local(spaceMain)
		if opens && p.depth == rootDepth && string(name) != "sst" {
			return p.damaged(fmt.Errorf("it is no table of texts but a %s", p.element))
		}
		if !opens || p.depth != itemDepth || string(name) != "si" {
			continue
		}
		if text, err = p.richText(text[:0]); err != nil {
			return err
		}
		if err := s.add(text); err != nil {
			return err
		}
	}
}

// add appends a text.
func (s *sharedTexts) add(text []byte) error {
	if err := s.all.write(text); err != nil {
		return err
	}
	s.count++
	var end [offsetSize]byte
	binary.LittleEndian.PutUint32(end[:], uint32(s.all.size))
	return s.ends.write(end[:])
}

// close releases the table; nil is an empty one.
func (s *sharedTexts) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.all.close(), s.ends.close())
}

// richText appends the text of the element that the last tag opened, up to its end, to dst: its runs joined, without the
// phonetic guide that East Asian Excels keep beside it.
func (p *part) richText(dst []byte) ([]byte, error) {
	length := len(dst)
	for depth := p.depth; ; {
		if run, ok := p.plain("t"); ok {
			begin := len(dst)
			dst = unescapeText(append(dst, run...), begin)
		}
		if len(dst)-length > maxText {
			return dst, p.damaged(errLong)
		}
		opens, err := p.next()
		if err != nil {
			return dst, err
		}
		if p.depth < depth {
			return dst, nil
		}
		name := p.local(spaceMain)
		switch {
		case !opens, string(name) == "r":
		case string(name) != "t":
			err = p.skip()
		default:
			begin := len(dst)
			if dst, err = p.innerText(dst); err == nil {
				dst = unescapeText(dst, begin)
			}
		}
		if err != nil {
			return dst, err
		}
	}
}

// unescapeText decodes, from begin to the end of text, the escapes _xHHHH_ by which a workbook writes characters that XML
// cannot carry, and the underscore of a text that only looks like such an escape.
func unescapeText(text []byte, begin int) []byte {
	at := escapeAt(text, begin)
	if at < 0 {
		return text
	}
	out := text[:at] // no escape is shorter than what it stands for
	for {
		unit, _ := escapedUnit(text[at:])
		rest := at + escapeLength
		if low, ok := escapedUnit(text[rest:]); ok && utf16.DecodeRune(unit, low) != utf8.RuneError {
			unit = utf16.DecodeRune(unit, low)
			rest += escapeLength
		}
		out = utf8.AppendRune(out, unit) // half a pair becomes U+FFFD
		if at = escapeAt(text, rest); at < 0 {
			return append(out, text[rest:]...)
		}
		out = append(out, text[rest:at]...)
	}
}

// escapeLength is the length of _xHHHH_.
const escapeLength = 7

// escapeAt is where the first escape from begin on stands, -1 if there is none.
func escapeAt(text []byte, begin int) int {
	for i := begin; i+escapeLength <= len(text); i++ {
		if text[i] != '_' {
			continue
		}
		if _, ok := escapedUnit(text[i:]); ok {
			return i
		}
	}
	return -1
}

// escapedUnit is the UTF-16 unit that text escapes at its beginning.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < escapeLength || text[0] != '_' || text[1] != 'x' || text[escapeLength-1] != '_' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:escapeLength-1]), 16, 16)
	return rune(unit), err == nil
}
