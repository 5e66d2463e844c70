package sheet

import (
	"errors"
	"io"
	"unicode/utf8"
)

// ErrNotEarly is what a CSV file turns out to be whose rows were given early and that is not UTF-8 after all: no row of it counts.
// Opened without [Options.Early] it is read in the encoding that it has, or refused for it.
var ErrNotEarly = errors.New("the rows of the sheet cannot be had early")

// notEarly is the Error for it.
func notEarly() *Error {
	return &Error{Reason: "it is not UTF-8 to its end", Remedy: "set the encoding", notEarly: true}
}

// Is makes the Error that says so an [ErrNotEarly].
func (e *Error) Is(target error) bool { return e.notEarly && target == ErrNotEarly }

// onTheFly is UTF-8 that is checked while it is read, rather than before: then the file is read once. Nothing gets past it but
// the beginning of a last letter, and no record ends there.
type onTheFly struct {
	in   io.Reader
	rest []byte // the beginning of a letter whose end is still to come
}

// Read implements [io.Reader].
func (f *onTheFly) Read(p []byte) (int, error) {
	n, err := f.in.Read(p)
	if !f.takes(p[:n]) || errors.Is(err, io.EOF) && len(f.rest) > 0 {
		return 0, notEarly()
	}
	return n, err
}

// takes reports whether what was read goes on as UTF-8.
func (f *onTheFly) takes(text []byte) bool {
	for len(f.rest) > 0 && len(text) > 0 {
		f.rest, text = append(f.rest, text[0]), text[1:]
		if !utf8.FullRune(f.rest) {
			continue
		}
		if r, size := utf8.DecodeRune(f.rest); r == utf8.RuneError && size <= 1 {
			return false
		}
		f.rest = f.rest[:0]
	}
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if last := text[len(text)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				whole -= i
				f.rest = append(f.rest, last...)
			}
			break
		}
	}
	read, _ := letters(text[:whole], whole)
	return read == whole
}
