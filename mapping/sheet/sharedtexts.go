package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// sharedTexts is the table of texts that the cells of a workbook refer to by index. All texts are kept as one, because
// a big workbook has millions of them.
type sharedTexts struct {
	all  string
	ends []uint32 // where in all each text ends; the bounds of a workbook keep all below 4 GiB
}

// text is the text at an index as a cell has it.
func (s *sharedTexts) text(index string) (string, bool) {
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(s.ends) {
		return "", false
	}
	begin := uint32(0)
	if i > 0 {
		begin = s.ends[i-1]
	}
	return s.all[begin:s.ends[i]], true
}

// readSharedTexts reads the table whole.
func readSharedTexts(parts *archive, name string) (sharedTexts, error) {
	p, err := parts.open(name)
	if err != nil {
		return sharedTexts{}, err
	}
	defer p.close()
	var all strings.Builder
	var ends []uint32
	for {
		t, err := p.token()
		if errors.Is(err, io.EOF) {
			return sharedTexts{all: all.String(), ends: ends}, nil
		}
		if err != nil {
			return sharedTexts{}, err
		}
		const itemDepth = 2
		if el, ok := t.(xml.StartElement); ok && p.depth == itemDepth && el.Name.Local == "si" {
			text, err := p.richText()
			if err != nil {
				return sharedTexts{}, err
			}
			all.WriteString(text)
			ends = append(ends, uint32(all.Len()))
		}
	}
}

// richText is the text of the element that the last token opened, up to its end: its runs joined, without the phonetic
// guide that East Asian Excels keep beside it.
func (p *part) richText() (string, error) {
	var runs []string
	for depth := p.depth; ; {
		t, err := p.token()
		if err != nil {
			return "", err
		}
		if p.depth < depth {
			return strings.Join(runs, ""), nil
		}
		el, ok := t.(xml.StartElement)
		if !ok || el.Name.Local == "r" {
			continue
		}
		if el.Name.Local != "t" {
			if err := p.skip(); err != nil {
				return "", err
			}
			continue
		}
		run, err := p.text()
		if err != nil {
			return "", err
		}
		runs = append(runs, unescapeText(run))
	}
}

// unescapeText decodes the escapes _xHHHH_ by which a workbook writes characters that XML cannot carry, and the
// underscore of a text that only looks like such an escape.
func unescapeText(s string) string {
	at := strings.Index(s, "_x")
	if at < 0 {
		return s
	}
	var text strings.Builder
	for ; at >= 0; at = strings.Index(s, "_x") {
		text.WriteString(s[:at])
		s = s[at:]
		unit, ok := escapedUnit(s)
		if !ok {
			text.WriteString(s[:2])
			s = s[2:]
			continue
		}
		s = s[escapeLength:]
		if low, ok := escapedUnit(s); ok && utf16.DecodeRune(unit, low) != utf8.RuneError {
			unit = utf16.DecodeRune(unit, low)
			s = s[escapeLength:]
		}
		text.WriteRune(unit) // half a pair becomes U+FFFD
	}
	text.WriteString(s)
	return text.String()
}

// escapeLength is the length of _xHHHH_.
const escapeLength = 7

// escapedUnit is the UTF-16 unit that s escapes at its beginning.
func escapedUnit(s string) (rune, bool) {
	if len(s) < escapeLength || s[:2] != "_x" || s[escapeLength-1] != '_' {
		return 0, false
	}
	unit, err := strconv.ParseUint(s[2:escapeLength-1], 16, 16)
	return rune(unit), err == nil
}
