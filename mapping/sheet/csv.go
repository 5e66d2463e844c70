package sheet

import (
	"errors"
	"io"
	"strings"
)

// openCSV builds the reader of a CSV file whose first bytes are head.
func openCSV(file *input, head []byte, opts Options) (*reader, error) {
	r, err := openText(file, head, opts)
	if errors.Is(err, ErrNotEarly) {
		opts.Early = false
		return openText(file, head, opts)
	}
	return r, err
}

// openText builds the reader of a text.
func openText(file *input, head []byte, opts Options) (*reader, error) {
	given, err := parseDialect(opts)
	if err != nil {
		return nil, err
	}
	enc, err := findEncoding(file, head, opts.Encoding, opts.Early)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(int64(enc.bom), io.SeekStart); err != nil {
		return nil, unreadable(err)
	}
	info := Info{Path: file.path, Type: "csv", Encoding: enc.name}
	info.note(file.nameNotice("csv"))
	info.note(enc.notice)
	text := decodeText(file, enc.name)
	if enc.assumed {
		text = &onTheFly{in: text}
	}
	split := newSplitter(text, ',', '"')
	split.valid = enc.checked
	if info.Lines, err = split.guessLines(file.size); err != nil {
		return nil, err
	}
	found, notices, err := split.adapt(given, opts.HeaderRow)
	if err != nil {
		return nil, err
	}
	info.Notices = append(info.Notices, notices...)
	info.Delimiter, info.Quote = string(rune(found.comma)), found.quoteName()
	r := &reader{file: file, source: &csvRecords{split: split}, ragged: true, whole: opts.Whole, info: info}
	return r, r.readHeader(opts.HeaderRow)
}

// guessLines is about how many lines a text of that size has, if all are like those of its beginning.
func (s *splitter) guessLines(size int64) (int, error) {
	text, _, err := s.ahead()
	if err != nil {
		return 0, unreadable(err)
	}
	return int(float64(size) / float64(max(len(text), 1)) * float64(countLines(text)+1)), nil
}

// note adds a notice, if there is one.
func (i *Info) note(notice string) {
	if notice != "" {
		i.Notices = append(i.Notices, notice)
	}
}

// noteAll adds notices.
func (i *Info) noteAll(notices []string) { i.Notices = append(i.Notices, notices...) }

// adapt sets the splitter to the dialect of the text that is to come: the given one, that of a first line such as
// "sep=;", or the one that fits.
func (s *splitter) adapt(given dialect, headerRow int) (found dialect, notices []string, err error) {
	text, whole, err := s.ahead()
	if err != nil {
		return given, nil, unreadable(err)
	}
	hint, length := cutHint(text)
	if hint != 0 {
		s.line++
	}
	if given.comma == 0 && hint != given.quote {
		given.comma = hint
	}
	found, notices = sample{text: text[length:], whole: whole, line: s.line, from: headerRow}.detect(given)
	s.discard(length)
	s.alphabet = newAlphabet(found.comma, found.quote)
	return found, notices, nil
}

// csvRecords is a CSV file as records.
type csvRecords struct {
	split *splitter
	block string // text of the records to come, as far as it has been made
}

// blockText is how much text becomes a string at once. Fewer strings cost less; a cell that somebody keeps holds so much
// of them.
const blockText = 1 << 10

var _ records = (*csvRecords)(nil)

// next implements records.
func (c *csvRecords) next(rec *record) error {
	split := c.split
	if err := split.next(); err != nil {
		return err
	}
	rec.number, rec.width = split.start, len(split.fields)
	if cap(rec.cells) < rec.width {
		rec.cells = make([]Cell, rec.width)
	}
	rec.cells = rec.cells[:rec.width]
	text := c.text()
	for i, f := range split.fields {
		value := text[f.begin:f.end]
		if split.odd || f.quotes&twice != 0 || striking(value) && isDamage(value) {
			rec.cells[i] = split.look(f, value)
			continue
		}
		// Only what differs is written: storing texts is most of the work.
		cell := &rec.cells[i]
		cell.Text, cell.Kind, cell.Damage = value, Text, DamageNone
		if cell.Raw != "" {
			cell.Raw = ""
		}
	}
	if split.cut {
		rec.cells[rec.width-1].Damage = DamageLength
	}
	return nil
}

// text is the text of the current record.
func (c *csvRecords) text() string {
	if c.split.cut {
		c.block = "" // the next record does not follow this one
		return string(c.split.kept)
	}
	length := c.split.length
	if len(c.block) < length {
		c.block = string(c.split.from(blockText))
	}
	text := c.block[:length]
	c.block = c.block[length:]
	return text
}

// striking reports whether a text without control characters and bad bytes may be damaged: it begins with a number sign,
// as error values do, it has an E where an exponent has it, or it is very long.
func striking(text string) bool {
	const shortest = 5
	n := len(text)
	if n < shortest {
		return n > 0 && text[0] == '#'
	}
	return text[0] == '#' || text[n-4]|0x20 == 'e' || text[n-5]|0x20 == 'e' || n > maxCell
}

// isDamage reports whether a striking text is damaged.
func isDamage(text string) bool { return text[0] == '#' || isExponent(text) || len(text) > maxCell }

// look is the cell of a field that may be damaged or has quotes to be undone.
func (s *splitter) look(f field, text string) Cell {
	if f.quotes&twice != 0 {
		quote := string(rune(s.quote))
		text = strings.ReplaceAll(text, quote+quote, quote)
	}
	return textCell(text)
}

// close implements records.
func (c *csvRecords) close() error { return nil }
