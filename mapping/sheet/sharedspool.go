package sheet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	pageSize    = 64 << 10
	cachedPages = 64
)

// spool is a long run of bytes that is written once and then read anywhere. Up to a limit it is kept in memory, beyond it
// in a private file, of which a few pages are kept in memory.
type spool struct {
	pages []string        // in memory, all full
	tail  strings.Builder // behind the pages or behind what is in the file
	size  int64
	limit int64
	dir   string // for the file

	file   *os.File // nil while all is in memory
	path   string   // of the file, "" if it has no name any more
	cached []cachedPage
}

// cachedPage is a page of the file in memory. Page n is kept in the slot n modulo their number.
type cachedPage struct {
	number int64 // plus one, 0 for none
	text   string
}

// write appends p.
func (s *spool) write(p []byte) error {
	s.size += int64(len(p))
	for len(p) > 0 {
		n := min(pageSize-s.tail.Len(), len(p))
		s.tail.Write(p[:n])
		p = p[n:]
		if s.tail.Len() == pageSize {
			if err := s.turn(); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn puts the full page at the tail where it belongs.
func (s *spool) turn() error {
	if s.file == nil && s.size <= s.limit {
		s.pages = append(s.pages, s.tail.String())
		s.begin()
		return nil
	}
	if s.file == nil {
		if err := s.spill(); err != nil {
			return err
		}
	}
	return s.flush()
}

// spill moves the pages from memory to a file that nobody else can open, and that vanishes with this process wherever the
// system allows it.
func (s *spool) spill() error {
	file, err := os.CreateTemp(s.dir, "rollcall-*.tmp") // with mode 0600
	if err != nil {
		return spoolError(err)
	}
	s.file = file
	if os.Remove(file.Name()) != nil {
		s.path = file.Name() // Windows keeps the name of an open file; close removes it
	}
	for _, page := range s.pages {
		if _, err := io.WriteString(file, page); err != nil {
			return spoolError(err)
		}
	}
	s.pages = nil
	s.cached = make([]cachedPage, cachedPages)
	return nil
}

// flush appends the tail to the file.
func (s *spool) flush() error {
	if _, err := io.WriteString(s.file, s.tail.String()); err != nil {
		return spoolError(err)
	}
	s.begin()
	return nil
}

// begin begins a page.
func (s *spool) begin() {
	s.tail = strings.Builder{}
	s.tail.Grow(pageSize)
}

// seal ends the writing.
func (s *spool) seal() error {
	if s.file != nil {
		return s.flush()
	}
	s.pages = append(s.pages, s.tail.String())
	s.tail = strings.Builder{}
	return nil
}

// read returns the n bytes at an offset, which must have been written. Within a page of the memory it copies nothing.
func (s *spool) read(at int64, n int) (string, error) {
	number, begin := at/pageSize, int(at%pageSize)
	page, err := s.page(number)
	if err != nil {
		return "", err
	}
	if begin+n <= len(page) {
		return page[begin : begin+n], nil
	}
	text := append(make([]byte, 0, n), page[begin:]...)
	for len(text) < n {
		number++
		if page, err = s.page(number); err != nil {
			return "", err
		}
		text = append(text, page[:min(len(page), n-len(text))]...)
	}
	return string(text), nil
}

// page is one page, of which only the last may be short.
func (s *spool) page(number int64) (string, error) {
	if s.file == nil {
		return s.pages[number], nil
	}
	slot := &s.cached[number%cachedPages]
	if slot.number == number+1 {
		return slot.text, nil
	}
	page := make([]byte, min(pageSize, s.size-number*pageSize))
	if _, err := s.file.ReadAt(page, number*pageSize); err != nil {
		return "", spoolError(err)
	}
	*slot = cachedPage{number: number + 1, text: string(page)}
	return slot.text, nil
}

// close removes the file.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.path != "" {
		err = errors.Join(err, os.Remove(s.path))
	}
	s.file = nil
	return err
}

// spoolError is the Error for a temporary file that cannot be used.
func spoolError(err error) *Error {
	return &Error{Reason: fmt.Sprintf("the texts of the workbook are too many for the memory, and no temporary file can hold them: %v", err),
		Remedy: "make room on the disk, or let TMPDIR name a folder with room"}
}
