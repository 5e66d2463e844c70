package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxRecord bounds the memory of one record. Longer ones come from a quote that was never closed.
const maxRecord = 1 << 20

// splitter splits CSV text into records, strictly after RFC 4180, with three liberties: any one byte is the delimiter,
// a line may end in LF, CRLF or CR, and the last line need not end. Text in quotes is kept byte for byte. That is why
// encoding/csv does not do here: it makes LF of a CRLF in quotes, and does not say where an open quote began.
type splitter struct {
	in    *bufio.Reader
	comma byte
	line  int // physical line of the next byte, from 1
	start int // physical line on which the current record began
	text  []byte
	ends  []int // where in text each field ends
}

// next splits the next record into text and ends. It returns io.EOF after the last one.
func (s *splitter) next() error {
	s.text, s.ends, s.start = s.text[:0], s.ends[:0], s.line
	if _, err := s.in.Peek(1); err != nil {
		return err
	}
	for {
		last, err := s.field()
		if err != nil {
			return err
		}
		if len(s.ends) == maxColumns {
			return &Error{Row: s.start, Reason: fmt.Sprintf("the record has more than %d cells", maxColumns),
				Remedy: "check the delimiter"}
		}
		s.ends = append(s.ends, len(s.text))
		if last {
			return nil
		}
	}
}

// field appends one field to text and reports whether it was the last of its record.
func (s *splitter) field() (last bool, err error) {
	c, err := s.in.ReadByte()
	if err == nil && c == '"' {
		return s.quoted()
	}
	for {
		if done, last, err := s.ended(c, err); done {
			return last, err
		}
		if c == '"' {
			return false, &Error{Row: s.line, Reason: "a quote stands inside a field that does not begin with one",
				Remedy: `put the whole field in quotes and write each quote in it twice, as in "5"" pipe"`}
		}
		if len(s.text) >= maxRecord {
			return false, s.tooLong(0)
		}
		s.text = append(s.text, c)
		c, err = s.in.ReadByte()
	}
}

// quoted appends a field whose opening quote has been read.
func (s *splitter) quoted() (last bool, err error) {
	opened := s.line
	var before byte
	for {
		c, err := s.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return false, &Error{Row: opened, Reason: "a quote is opened here and never closed",
				Remedy: "close the quote, or write a quote that belongs to the text twice"}
		}
		if err != nil {
			return false, err
		}
		if c == '"' {
			c, err = s.in.ReadByte()
			if done, last, err := s.ended(c, err); done {
				return last, err
			}
			if c != '"' {
				return false, &Error{Row: s.line, Reason: "text follows the closing quote of a field",
					Remedy: "write a quote that belongs to the text twice, or check the delimiter"}
			}
		}
		if c == '\r' || (c == '\n' && before != '\r') {
			s.line++
		}
		if len(s.text) >= maxRecord {
			return false, s.tooLong(opened)
		}
		s.text = append(s.text, c)
		before = c
	}
}

// ended reports whether a byte just read, or the failure to read one, ends the field, and whether the record with it.
func (s *splitter) ended(c byte, readErr error) (done, last bool, err error) {
	if errors.Is(readErr, io.EOF) {
		return true, true, nil
	}
	if readErr != nil {
		return true, false, readErr
	}
	switch c {
	case s.comma:
		return true, false, nil
	case '\n':
		s.line++
		return true, true, nil
	case '\r':
		s.line++
		if next, err := s.in.Peek(1); err == nil && next[0] == '\n' {
			s.in.Discard(1)
		}
		return true, true, nil
	}
	return false, false, nil
}

// tooLong is the Error for a record beyond maxRecord; quote is the line of the open quote, if there is one.
func (s *splitter) tooLong(quote int) error {
	e := &Error{Row: s.start, Reason: fmt.Sprintf("the record is longer than %d bytes", maxRecord),
		Remedy: "check the line ends of the file"}
	if quote > 0 {
		e.Row = quote
		e.Reason += "; a quote is opened here and perhaps never closed"
		e.Remedy = "close the quote, or write a quote that belongs to the text twice"
	}
	return e
}
