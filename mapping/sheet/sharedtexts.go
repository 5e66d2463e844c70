package sheet

import (
	"bytes"
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
	all     spool
	bounds  spool // where in all each text begins and the last one ends, as 32 bits; the bounds of a workbook keep all below 4 GiB
	count   int
	damaged bool // some text is, so that each must be looked at
}

// text is the text at an index, which must be below the count.
func (s *sharedTexts) text(index int) (string, error) {
	place, err := s.bounds.read(int64(index)*offsetSize, 2*offsetSize)
	if err != nil {
		return "", err
	}
	begin, end := offset(place), offset(place[offsetSize:])
	return s.all.read(begin, int(end-begin))
}

// offset is the one at the beginning of a text.
func offset(text string) int64 {
	return int64(text[0]) | int64(text[1])<<8 | int64(text[2])<<16 | int64(text[3])<<24
}

// size is how many texts the table has.
func (s *sharedTexts) size() int {
	if s == nil {
		return 0
	}
	return s.count
}

// newSharedTexts makes an empty table that keeps so many bytes of texts and offsets in memory, and the others in dir.
func newSharedTexts(dir string, texts, offsets int64) *sharedTexts {
	return &sharedTexts{all: spool{dir: dir, limit: texts}, bounds: spool{dir: dir, limit: offsets}}
}

// readSharedTexts reads the table whole. What does not fit into the memory goes to a file in dir.
func readSharedTexts(parts *archive, name, dir string) (*sharedTexts, error) {
	p, err := parts.open(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	s := newSharedTexts(dir, maxTexts, maxOffsets)
	if err := s.fill(p); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// fill reads the items of the table.
func (s *sharedTexts) fill(p *part) error {
	const rootDepth, itemDepth = 1, 2
	if err := s.bound(); err != nil {
		return err
	}
	var text []byte
	for {
		if p.depth == rootDepth {
			if err := s.addPlain(p); err != nil {
				return err
			}
		}
		opens, err := p.next()
		if errors.Is(err, io.EOF) {
			return errors.Join(s.all.seal(), s.bounds.seal())
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
		if err := s.add(text, false); err != nil {
			return err
		}
	}
}

// add appends a text, which may be known to be sound.
func (s *sharedTexts) add(text []byte, sound bool) error {
	s.damaged = s.damaged || !sound && textCell(string(text)).Damage != DamageNone
	if err := s.all.write(text); err != nil {
		return err
	}
	s.count++
	return s.bound()
}

// addPlain reads and appends the texts that stand at the position, each written as nearly all are: alone in its item, as
// it reads, and whole within the window. What follows them is left for others.
func (s *sharedTexts) addPlain(p *part) error {
	for {
		written, ascii, ok := p.plain("<si><t>", "</t></si>")
		if !ok {
			return nil
		}
		text := unescapeText(written, 0)
		sound := len(text) == len(written) && isSound(text, ascii)
		if err := s.add(text, sound); err != nil {
			return err
		}
	}
}

// bound notes where the texts end so far.
func (s *sharedTexts) bound() error {
	var end [offsetSize]byte
	binary.LittleEndian.PutUint32(end[:], uint32(s.all.size))
	return s.bounds.write(end[:])
}

// close releases the table; nil is an empty one.
func (s *sharedTexts) close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.all.close(), s.bounds.close())
}

// richText appends the text of the element that the last tag opened, up to its end, to dst: its runs joined, without the
// phonetic guide that East Asian Excels keep beside it.
func (p *part) richText(dst []byte) ([]byte, error) {
	length := len(dst)
	for depth := p.depth; ; {
		if run, _, ok := p.plain("<t>", "</t>"); ok {
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
	for {
		i := bytes.IndexByte(text[begin:], '_')
		if i < 0 {
			return -1
		}
		begin += i
		if _, ok := escapedUnit(text[begin:]); ok {
			return begin
		}
		begin++
	}
}

// escapedUnit is the UTF-16 unit that text escapes at its beginning.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < escapeLength || text[0] != '_' || text[1] != 'x' || text[escapeLength-1] != '_' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:escapeLength-1]), 16, 16)
	return rune(unit), err == nil
}
