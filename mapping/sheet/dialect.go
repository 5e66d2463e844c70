package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// delimiters are the ones that are detected; the first wins where two fit equally well.
	delimiters = ",;\t|"
	// sampleSize is how much text the dialect is detected from, sampleRecords how many records.
	sampleSize    = 1 << 16
	sampleRecords = 50
	// noQuote is how options and Info call a file in which quotes mean nothing.
	noQuote = "none"
)

// dialect is what stands between the cells of a CSV file, and around them.
type dialect struct {
	comma byte // 0 while it is not known
	quote byte // 0 while it is not known, and where it is none
	plain bool // quotes mean nothing
}

// parseDialect is the dialect that the options name, as far as they do.
func parseDialect(opts Options) (dialect, error) {
	comma, err := parseDelimiter(opts.Delimiter)
	if err != nil {
		return dialect{}, err
	}
	d := dialect{comma: comma}
	switch {
	case opts.Quote == "":
	case opts.Quote == `"`, opts.Quote == "'":
		d.quote = opts.Quote[0]
	case strings.EqualFold(opts.Quote, noQuote):
		d.plain = true
	default:
		return dialect{}, &Error{Reason: fmt.Sprintf("quote %q is not known", opts.Quote),
			Remedy: `use " or ', or none if quotes mean nothing in the file, or leave it out`}
	}
	if comma != 0 && comma == d.quote {
		return dialect{}, &Error{Reason: fmt.Sprintf("%q cannot be both delimiter and quote", comma),
			Remedy: "set one of them to another character"}
	}
	return d, nil
}

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

// quoteName is how Info calls the quote.
func (d dialect) quoteName() string {
	if d.quote == 0 {
		return noQuote
	}
	return string(rune(d.quote))
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

// detect completes a dialect by what fits the sample best. The notices say what is assumed, and how to override it.
func (s sample) detect(given dialect) (best dialect, notices []string) {
	if given.quote != 0 || given.plain {
		best, _, notices = s.detectComma(given)
		return best, notices
	}
	given.quote = '"'
	best, double, notices := s.detectComma(given)
	given.quote = '\''
	other, single, otherNotices := s.detectComma(given)
	// An apostrophe is common in names. It is the quote only where every name of the header stands between two.
	if single.wrapped && single.fields > 1 && single.score() >= double.score() {
		return other, append(otherNotices, "the quote ' is assumed, because the header has all its names between two; "+
			`set quote: '"' if that is wrong`)
	}
	return best, notices
}

// detectComma completes a dialect of a known quote.
func (s sample) detectComma(given dialect) (dialect, fit, []string) {
	if given.comma != 0 {
		return given, s.fit(given.comma, given.quote), nil
	}
	top, rival, title := fit{comma: ',', fields: 1, records: 1}, fit{}, fit{}
	for i := range len(delimiters) {
		f := s.fit(delimiters[i], given.quote)
		switch {
		case f.fields < 2:
			if f.below > title.below {
				title = f
			}
		case f.score() > top.score():
			top, rival = f, top
		case f.score() > rival.score():
			rival = f
		}
	}
	given.comma = top.comma
	return given, top, notes(top, rival, title)
}

// notes says what a person should look at.
func notes(top, rival, title fit) []string {
	const close = 0.7 // of the better score
	switch {
	case rival.score() > 0 && rival.score() >= close*top.score():
		return []string{fmt.Sprintf("delimiter %q is assumed, but %q fits as well; set the delimiter if the columns look wrong",
			top.comma, rival.comma)}
	case top.fields < 2 && title.comma != 0 && title.comma != top.comma:
		return []string{fmt.Sprintf("the first row is one cell, but delimiter %q splits the rows below it; if it is a title, "+
			"set header_row to the row of the column names", title.comma)}
	}
	return nil
}

// fit is how well a delimiter fits a sample.
type fit struct {
	comma   byte
	fields  int  // of the header
	wrapped bool // every field of the header is quoted
	same    int  // records with as many fields as the header
	below   int  // records of more than one field below a header of one
	records int
}

// score is between 0 and 1. It is the share of the records that have as many fields as the header; many fields are less
// likely to be chance than two.
func (f fit) score() float64 {
	if f.fields < 2 || f.records == 0 {
		return 0
	}
	return float64(f.same) / float64(f.records) * float64(f.fields-1) / float64(f.fields)
}

// fit splits the sample by a delimiter. The first record that cannot be split by it counts against it and ends the
// count; what the end of the sample cuts in two does not count.
func (s sample) fit(comma, quote byte) fit {
	f := fit{comma: comma}
	split := newSplitter(bytes.NewReader(s.text), comma, quote)
	split.line = s.line
	for f.records < sampleRecords {
		err := split.next()
		if errors.Is(err, io.EOF) {
			break
		}
		atEnd := !split.has(split.length)
		if atEnd && !s.whole && f.records > 0 {
			break
		}
		if err != nil {
			f.records++
			break
		}
		if split.start < s.from || len(bytes.TrimSpace(split.record())) == 0 {
			continue
		}
		f.count(split.fields)
	}
	return f
}

// count adds a record. A quote within a field that has none around it may belong to the text, but it speaks against the
// delimiter: of a wrong one, the quotes of the right one's fields come to stand there.
func (f *fit) count(fields []field) {
	all, any := around, quotes(0)
	for _, field := range fields {
		all &= field.quotes
		any |= field.quotes
	}
	if f.records++; f.records == 1 {
		f.fields, f.wrapped = len(fields), all != 0
	}
	if len(fields) == f.fields && any&bare == 0 {
		f.same++
	}
	if f.fields == 1 && len(fields) > 1 {
		f.below++
	}
}
