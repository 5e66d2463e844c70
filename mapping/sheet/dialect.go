package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// delimiters are the ones that are detected; the first wins where two fit equally well.
	delimiters = ",;\t|"
	// sampleSize is how much text the delimiter is detected from, sampleRecords how many records.
	sampleSize    = 1 << 16
	sampleRecords = 50
)

// parseDelimiter is the delimiter that the options name, 0 for none.
func parseDelimiter(option string) (byte, error) {
	switch {
	case option == "":
		return 0, nil
	case strings.EqualFold(option, "tab"), option == `\t`:
		return '\t', nil
	case len(option) == 1 && !strings.ContainsAny(option, "\"\r\n\x00") && option[0] < 0x80:
		return option[0], nil
	}
	return 0, &Error{Reason: fmt.Sprintf("delimiter %q is not one ASCII character", option),
		Remedy: `use a single character such as ";", or "tab"`}
}

// cutHint reads the line "sep=;" that Excel takes as a hint. It returns the delimiter, or 0, and the length of the line.
func cutHint(sample []byte) (delimiter byte, length int) {
	const hint = "sep="
	if len(sample) <= len(hint) || !strings.EqualFold(string(sample[:len(hint)]), hint) {
		return 0, 0
	}
	rest := sample[len(hint)+1:]
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		length = 2
	case len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r'):
		length = 1
	case len(rest) > 0:
		return 0, 0
	}
	delimiter, err := parseDelimiter(string(sample[len(hint)]))
	if err != nil {
		return 0, 0
	}
	return delimiter, len(hint) + 1 + length
}

// sample is the beginning of a CSV text.
type sample struct {
	text  []byte
	whole bool // the text ends within the sample
	line  int  // physical line on which the sample begins
	from  int  // physical line of the header, or before it
}

// fit is how well a delimiter fits a sample.
type fit struct {
	comma   byte
	fields  int // of the header
	same    int // records with as many fields as the header
	records int
}

// detect returns the delimiter that splits most records of the sample like its header, and another one that fits as
// well, or 0. A sheet with one column has none and gets the comma.
func (s sample) detect() (best, rival byte) {
	top := fit{comma: ',', fields: 1, records: 1}
	for i := range len(delimiters) {
		f := s.fit(delimiters[i])
		if f.fields < 2 {
			continue
		}
		switch order := f.compare(top); {
		case order > 0:
			top, rival = f, 0
		case order == 0 && f.fields > top.fields:
			rival, top = top.comma, f
		case order == 0:
			rival = f.comma
		}
	}
	return top.comma, rival
}

// compare orders two fits by their share of equal records.
func (f fit) compare(other fit) int { return f.same*other.records - other.same*f.records }

// fit splits the sample by a delimiter. The first record that cannot be split by it counts against it and ends the
// count; what the end of the sample cuts in two does not count.
func (s sample) fit(comma byte) fit {
	f := fit{comma: comma}
	split := splitter{in: bufio.NewReader(bytes.NewReader(s.text)), comma: comma, line: s.line}
	for f.records < sampleRecords {
		err := split.next()
		if errors.Is(err, io.EOF) {
			break
		}
		_, atEnd := split.in.Peek(1)
		if atEnd != nil && !s.whole && f.records > 0 {
			break
		}
		if err != nil {
			f.records++
			break
		}
		if split.start < s.from || len(bytes.TrimSpace(split.text)) == 0 {
			continue
		}
		if f.records == 0 {
			f.fields = len(split.ends)
		}
		f.records++
		if len(split.ends) == f.fields {
			f.same++
		}
	}
	return f
}
