package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// openCSV builds the reader of a CSV file whose first bytes are head.
func openCSV(file *input, head []byte, opts Options) (*reader, error) {
	enc, err := findEncoding(file, head, opts.Encoding)
	if err != nil {
		return nil, err
	}
	delimiter, err := parseDelimiter(opts.Delimiter)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(int64(enc.bom), io.SeekStart); err != nil {
		return nil, unreadable(err)
	}
	info := Info{Path: file.path, Type: "csv", Encoding: enc.name}
	info.note(file.nameNotice("csv"))
	info.note(enc.notice)
	split := &splitter{in: bufio.NewReaderSize(decodeText(file, enc.name), sampleSize), line: 1}
	notice, err := split.adapt(delimiter, opts.HeaderRow)
	if err != nil {
		return nil, err
	}
	info.note(notice)
	info.Delimiter = string(rune(split.comma))
	r := &reader{file: file, source: &csvRecords{split: split}, ragged: true, info: info}
	return r, r.readHeader(opts.HeaderRow)
}

// note adds a notice, if there is one.
func (i *Info) note(notice string) {
	if notice != "" {
		i.Notices = append(i.Notices, notice)
	}
}

// adapt finds the delimiter in the text that is to come: the given one, that of a first line such as "sep=;", or the
// one that fits. It returns a notice if two fit.
func (s *splitter) adapt(delimiter byte, headerRow int) (notice string, err error) {
	text, err := s.in.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", unreadable(err)
	}
	whole := err != nil
	hint, length := cutHint(text)
	if hint != 0 {
		s.line++
	}
	s.comma = delimiter
	if s.comma == 0 {
		s.comma = hint
	}
	if s.comma == 0 {
		best, rival := sample{text: text, whole: whole, line: s.line, from: headerRow}.detect()
		s.comma = best
		if rival != 0 {
			notice = fmt.Sprintf("delimiter %q is assumed, but %q fits as well; set the delimiter if the columns look wrong",
				best, rival)
		}
	}
	_, err = s.in.Discard(length)
	return notice, err
}

// csvRecords is a CSV file as records.
type csvRecords struct {
	split *splitter
}

var _ records = (*csvRecords)(nil)

// next implements records.
func (c *csvRecords) next(rec *record) error {
	if err := c.split.next(); err != nil {
		return err
	}
	text := string(c.split.text)
	rec.number, rec.width = c.split.start, len(c.split.ends)
	rec.cells = rec.cells[:0]
	begin := 0
	for _, end := range c.split.ends {
		rec.cells = append(rec.cells, textCell(text[begin:end]))
		begin = end
	}
	return nil
}

// close implements records.
func (c *csvRecords) close() error { return nil }
