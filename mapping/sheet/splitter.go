package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// maxRecord bounds the memory of one record. Longer ones come from a quote that was never closed, or from a file
	// that is no sheet.
	maxRecord = 1 << 20
	// firstWindow is how much text is looked at to begin with. It holds a sample for the detection of the dialect.
	firstWindow = sampleSize
)

// What a byte is to the splitter, where it goes byte by byte.
const (
	isComma   uint8 = 1 << iota // the delimiter
	isLineEnd                   // CR or LF
	isQuote
	isHigh    // beyond ASCII
	isControl // a control character other than a tab or a line end
)

// field is where a field stands in the text of its record, without the quotes around it.
type field struct {
	begin, end int32
	quotes     quotes
}

// quotes is what a field has of them.
type quotes uint32

// What fields have of quotes.
const (
	around quotes = 1 << iota // it stands between two
	twice                     // there are quotes in it that are written twice
	bare                      // there are quotes in it, though it does not begin with one
)

// splitter splits CSV text into records, after RFC 4180 with four liberties: any one byte is the delimiter, another one
// may be the quote, a line may end in LF, CRLF or CR and the last one need not end, and a quote within a field that does
// not begin with one is a character like any other. Text in quotes is kept byte for byte. That is why encoding/csv does
// not do here: it makes LF of a CRLF in quotes, and does not say where an open quote began.
type splitter struct {
	window
	alphabet
	valid  bool    // the text is known to be UTF-8
	line   int     // physical line of the next record, from 1; while a record is split, of the next field
	start  int     // physical line on which the current record began
	fields []field // of the current record
	odd    bool    // the record may hold what is no text
	cut    bool    // the record is longer than maxRecord, and its last field ends where that is reached
	kept   []byte  // what there is of a record that is cut
}

// alphabet is what the bytes of a text are to a splitter.
type alphabet struct {
	class  [256]uint8
	comma  byte
	quote  byte   // 0 for none
	commas uint64 // the delimiter eight times
	quotes uint64 // the quote eight times
	filler uint64 // a byte eight times that is neither
}

// newSplitter splits the text of in. A quote of 0 is none.
func newSplitter(in io.Reader, comma, quote byte) *splitter {
	return &splitter{window: window{in: in}, alphabet: newAlphabet(comma, quote), line: 1}
}

// newAlphabet is the alphabet of a dialect.
func newAlphabet(comma, quote byte) alphabet {
	a := alphabet{comma: comma, quote: quote,
		commas: uint64(comma) * onesBytes, quotes: uint64(quote) * onesBytes, filler: '0' * onesBytes}
	if comma == '0' {
		a.filler = '1' * onesBytes
	}
	for c := range a.class {
		switch {
		case c >= 0x80:
			a.class[c] = isHigh
		case c == '\n' || c == '\r':
			a.class[c] = isLineEnd
		case c < ' ' && c != '\t':
			a.class[c] = isControl
		}
	}
	if quote != 0 {
		a.class[quote] |= isQuote
	}
	a.class[comma] |= isComma
	return a
}

// next splits the next record into fields. It returns io.EOF after the last one.
func (s *splitter) next() error {
	if s.nextQuickly() {
		return nil
	}
	if s.begin == s.end {
		return s.err
	}
	for at := 0; ; at++ {
		end, err := s.field(at)
		if err != nil {
			return err
		}
		if len(s.fields) > maxColumns {
			return &Error{Row: s.start, Reason: fmt.Sprintf("the record has more than %d cells", maxColumns),
				Remedy: "check the delimiter"}
		}
		at = end
		if s.cut {
			s.length = at
			return s.skipLine()
		}
		if s.pass(at) {
			return nil
		}
	}
}

// nextQuickly is next for a record that is one line without anything odd. If it reports false, the record is still to come, or
// there is none.
func (s *splitter) nextQuickly() bool {
	s.begin, s.length = s.begin+s.length, 0
	s.fields, s.start, s.cut, s.odd = s.fields[:0], s.line, false, false
	return (s.begin < s.end || s.more()) && s.quick()
}

// again goes back to the beginning of a record that was split quickly: it is the next one once more.
func (s *splitter) again() {
	s.length = 0
	s.line--
}

// field adds the field that begins at a place of the record and returns where the delimiter or line end behind it stands.
func (s *splitter) field(at int) (end int, err error) {
	if s.has(at) && s.class[s.buf[s.begin+at]]&isQuote != 0 {
		return s.quotedField(at)
	}
	end, seen := s.find(at, isComma|isLineEnd)
	if !s.has(end) {
		s.cut = errors.Is(s.err, errLongRecord)
		if !s.cut && !errors.Is(s.err, io.EOF) {
			return end, s.err
		}
	}
	f := field{begin: int32(at), end: int32(end)}
	if seen&isQuote != 0 {
		if s.blankBefore(at) {
			return end, &Error{Row: s.line, cell: len(s.fields) + 1, Reason: "a blank stands before the opening quote of a field",
				Remedy: "remove the blanks between delimiter and quote; if the quotes belong to the text, set quote: none"}
		}
		f.quotes = bare
	}
	s.odd = s.odd || seen&(isHigh|isControl) != 0
	s.fields = append(s.fields, f)
	return end, nil
}

// find looks for a byte of the given classes from a place of the record on. It returns its place, or the end of what
// there is, and the classes of the bytes before it.
func (s *splitter) find(at int, stop uint8) (end int, seen uint8) {
	for {
		for i, c := range s.buf[s.begin+at : s.end] {
			k := s.class[c]
			if k&stop != 0 {
				return at + i, seen
			}
			seen |= k
		}
		at = s.end - s.begin
		if !s.more() {
			return at, seen
		}
	}
}

// blankBefore reports whether only blanks stand before the first quote of a field that does not begin with one. A quote
// behind other text belongs to the text, as in 5" pipe; of one behind blanks nobody can tell whether the delimiters and
// line ends that follow belong to its field.
func (s *splitter) blankBefore(at int) bool {
	text := bytes.TrimLeft(s.buf[s.begin+at:s.end], " \t\u00a0")
	return len(text) > 0 && s.class[text[0]]&isQuote != 0
}

// quotedField is field for one whose opening quote stands at a place of the record.
func (s *splitter) quotedField(at int) (end int, err error) {
	f := field{begin: int32(at + 1), quotes: around}
	end = at + 1
	for {
		closing, seen := s.find(end, isQuote)
		s.odd = s.odd || seen&(isHigh|isControl) != 0
		if !s.has(closing) {
			return closing, s.unclosed()
		}
		end = closing + 1
		if !s.has(end) && !errors.Is(s.err, io.EOF) {
			return end, s.unclosed()
		}
		if !s.has(end) || s.class[s.buf[s.begin+end]]&(isComma|isLineEnd) != 0 {
			f.end = int32(closing)
			s.fields = append(s.fields, f)
			s.line += s.linesIn(at, closing)
			return end, nil
		}
		if s.class[s.buf[s.begin+end]]&isQuote == 0 {
			return end, s.afterQuote(s.linesIn(at, closing))
		}
		f.quotes |= twice
		end++
	}
}

// skipLine drops the rest of a line that was cut off, and keeps what was split of it. If a quote stands in the rest, a
// quoted field may go on behind the line end, and nobody can tell where the record ends.
func (s *splitter) skipLine() error {
	s.kept = bytes.Clone(s.record())
	for {
		s.begin, s.length = s.begin+s.length, 0
		if s.begin == s.end && !s.more() {
			if errors.Is(s.err, io.EOF) {
				return nil
			}
			return s.err
		}
		rest := s.buf[s.begin:s.end]
		end := bytes.IndexAny(rest, "\r\n")
		if end >= 0 {
			rest = rest[:end]
		}
		if s.quote != 0 && bytes.IndexByte(rest, s.quote) >= 0 {
			return &Error{Row: s.start, Reason: fmt.Sprintf("the record is longer than %d bytes, and it has quotes", maxRecord),
				Remedy: "check the quotes and the line ends of the file"}
		}
		s.length = len(rest)
		if end >= 0 {
			s.pass(end)
			return nil
		}
	}
}

// pass goes over the delimiter or line end at a place of the record. It reports whether the record ends there.
func (s *splitter) pass(at int) (last bool) {
	if !s.has(at) {
		s.length = at
		return true
	}
	c := s.buf[s.begin+at]
	if s.class[c]&isComma != 0 {
		return false
	}
	s.line++
	s.length = at + 1
	if c == '\r' && s.has(at+1) && s.buf[s.begin+at+1] == '\n' {
		s.length++
	}
	return true
}

// linesIn counts the line ends between two places of the record.
func (s *splitter) linesIn(from, to int) int { return countLines(s.buf[s.begin+from : s.begin+to]) }

// countLines counts the line ends in a text: LF, CRLF and CR.
func countLines(text []byte) int {
	n := bytes.Count(text, []byte("\n"))
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return n
		}
		text = text[i+1:]
		if len(text) == 0 || text[0] != '\n' {
			n++
		}
	}
}

// unclosed is the Error for a quote that no other one closes. Only the end of the text proves it; a record that is too
// long makes it likely.
func (s *splitter) unclosed() error {
	switch {
	case errors.Is(s.err, io.EOF):
		return s.openQuote("and never closed")
	case errors.Is(s.err, errLongRecord):
		return s.openQuote(fmt.Sprintf("and the record is longer than %d bytes; perhaps it is never closed", maxRecord))
	}
	return s.err
}

// afterQuote is the Error for text behind a quote that stands so many lines below the one it closes. If it stands below,
// the opening one was likely never closed, and the other opens a field of its own.
func (s *splitter) afterQuote(lines int) error {
	if lines > 0 {
		return s.openQuote(fmt.Sprintf("and the next quote, in row %d, has text behind it", s.line+lines))
	}
	return &Error{Row: s.line, cell: len(s.fields) + 1, Reason: "text follows the closing quote of a field",
		Remedy: "write a quote that belongs to the text twice, or check the delimiter; if the file has no quotes, set quote: none"}
}

// openQuote is the Error for a quote that opens the next field, but closes none.
func (s *splitter) openQuote(but string) error {
	return &Error{Row: s.line, cell: len(s.fields) + 1, Reason: "a quote is opened here " + but,
		Remedy: "close the quote, or write a quote that belongs to the text twice; if the file has no quotes, set quote: none"}
}
