package sheet

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Eight bytes are looked at as one number. The first ones have the same byte eight times.
const (
	onesBytes  = 0x0101010101010101
	lowBits    = 0x7f * onesBytes
	highBits   = 0x80 * onesBytes
	blanks     = ' ' * onesBytes
	tabs       = '\t' * onesBytes
	gather     = 0x0002040810204081 // multiplied with it, eight high bits come to stand side by side on top
	wordLength = 8
	// blockLength is how many bytes are looked at before anything is done about them.
	blockLength = 64
	// quickLength is the longest line that is split so. In a file without LF no more is searched for it.
	quickLength = 1 << 12
)

// sameBytes has the high bit of each byte that two words have in common.
func sameBytes(a, b uint64) uint64 {
	x := a ^ b
	return ^(x&lowBits + lowBits | x | lowBits)
}

// quick splits the next record if it is one line of the window without anything odd. Otherwise it reports false and has
// done nothing, and [splitter.next] goes through the record byte by byte. Both find the same fields; this one looks at
// eight bytes at a time.
func (s *splitter) quick() bool {
	end := bytes.IndexByte(s.buf[s.begin:min(s.end, s.begin+quickLength)], '\n')
	if end < 0 {
		return false
	}
	text := end
	if end > 0 && s.buf[s.begin+end-1] == '\r' {
		text--
	}
	// The window has a block more than what is read into it.
	if !s.quickLine(s.buf[s.begin:s.begin+text+blockLength], text) || len(s.fields) > maxColumns {
		s.fields = s.fields[:0]
		return false
	}
	s.length = end + 1
	s.line++
	return true
}

// quickLine splits a line, which ends a block before the end of its window.
func (s *splitter) quickLine(window []byte, end int) bool {
	split := s.plainLine
	if s.quote != 0 && bytes.IndexByte(window[:end], s.quote) >= 0 {
		split = s.quotedLine
	}
	seen, ok := split(window, end)
	s.odd = seen&highBits != 0 && s.hasScars(window[:end])
	return ok
}

// plainLine adds the fields of a line without quotes. It returns all bytes seen, one over the other.
func (s *splitter) plainLine(window []byte, end int) (seen uint64, ok bool) {
	fields := s.fields
	var control uint64 // has high bits if there may be a control character
	begin := 0
	for base := 0; base < end; base += wordLength {
		word := binary.LittleEndian.Uint64(window[base:])
		if rest := end - base; rest < wordLength {
			word = s.fill(word, rest)
		}
		control |= (word - blanks) &^ word
		seen |= word
		for marks := sameBytes(word, s.commas); marks != 0; marks &= marks - 1 {
			at := base + bits.TrailingZeros64(marks)/8
			fields = append(fields, field{begin: int32(begin), end: int32(at)})
			begin = at + 1
		}
	}
	s.fields = append(fields, field{begin: int32(begin), end: int32(end)})
	return seen, control&highBits == 0 || !s.hasControls(window[:end])
}

// quotedLine adds the fields of a line with quotes.
func (s *splitter) quotedLine(window []byte, end int) (seen uint64, ok bool) {
	var q quotedSpan
	var control uint64
	begin := 0
	for base := 0; base < end; base += wordLength {
		word := binary.LittleEndian.Uint64(window[base:])
		if rest := end - base; rest < wordLength {
			word = s.fill(word, rest)
		}
		control |= (word - blanks) &^ word
		seen |= word
		for marks := sameBytes(word, s.commas) | sameBytes(word, s.quotes); marks != 0; marks &= marks - 1 {
			at := base + bits.TrailingZeros64(marks)/8
			switch {
			case window[at] != s.comma:
				if !q.quote(begin, at) {
					return seen, false
				}
			case !q.open:
				if !q.closed(at) {
					return seen, false // text follows the closing quote
				}
				s.fields = append(s.fields, q.field(begin, at))
				begin, q = at+1, quotedSpan{}
			}
		}
	}
	if q.open || !q.closed(end) || control&highBits != 0 && s.hasControls(window[:end]) {
		return seen, false
	}
	s.fields = append(s.fields, q.field(begin, end))
	return seen, true
}

// fill is a word of which only so many bytes count, with something harmless for the rest.
func (s *splitter) fill(word uint64, length int) uint64 {
	keep := uint64(1)<<(length*8) - 1
	return word&keep | s.filler&^keep
}

// quotedSpan is what is known about the quotes of the field that a line is being split into.
type quotedSpan struct {
	quotes quotes
	open   bool // the last quote opened the field or made a pair with the one before
	last   int  // where the last quote stands
}

// quote takes a quote of a field. It reports false if it stands where only [splitter.next] knows what to say.
func (q *quotedSpan) quote(begin, at int) bool {
	switch {
	case q.open:
		q.open = false
	case q.quotes == 0 && at == begin:
		q.quotes, q.open = around, true
	case q.quotes != 0 && at == q.last+1:
		q.quotes, q.open = around|twice, true
	default:
		return false
	}
	q.last = at
	return true
}

// closed reports whether a field that ends here has its closing quote at its end, if it has quotes.
func (q *quotedSpan) closed(end int) bool { return q.quotes == 0 || q.last == end-1 }

// field is the field from begin to end, without its quotes.
func (q *quotedSpan) field(begin, end int) field {
	if q.quotes == 0 {
		return field{begin: int32(begin), end: int32(end)}
	}
	return field{begin: int32(begin + 1), end: int32(end - 1), quotes: q.quotes}
}

// hasScars reports whether a text beyond ASCII may hold bytes that are no text, or the scars of such.
func (s *splitter) hasScars(text []byte) bool {
	return bytes.IndexByte(text, scarByte) >= 0 || !s.valid && !utf8.Valid(text)
}

// hasControls reports whether a text has a control character other than a tab.
func (s *splitter) hasControls(text []byte) bool {
	for _, c := range text {
		if s.class[c]&(isControl|isLineEnd) != 0 {
			return true
		}
	}
	return false
}
