package sheet

import (
	"errors"
	"strconv"
	"strings"
)

// format is what a number format means for reading a number.
type format struct {
	date     bool // the number is a date or a time
	exponent bool // it is shown in exponent form
	pattern  pattern
}

// Bounds of the styles. Excel has 250 formats and 65,490 styles at most.
const (
	maxFormats = 1 << 14
	maxStyles  = 1 << 20
)

// readStyles reads the number format of each cell style.
func (w *workbook) readStyles(name string) error {
	custom := map[string]format{}
	return w.parts.visit(name, spaceMain, func(p *part, parent string) error {
		switch name := p.local(spaceMain); {
		case string(name) == "numFmt" && parent == "numFmts":
			custom[p.attribute("numFmtId")] = parseFormat(p.attribute("formatCode"))
		case string(name) == "xf" && parent == "cellXfs":
			id := p.attribute("numFmtId")
			f, ok := custom[id]
			if !ok {
				f = builtinFormat(id)
			}
			w.formats = append(w.formats, f)
		}
		if len(custom) > maxFormats || len(w.formats) > maxStyles {
			return p.damaged(errors.New("it has too many styles"))
		}
		return nil
	})
}

// style is the style that a cell names, -1 for one that does not exist: it changes no value.
func (w *workbook) style(name []byte) int {
	i, ok := parseIndex(name)
	if !ok || i >= len(w.formats) {
		return -1
	}
	return i
}

// format is the number format of a style.
func (w *workbook) format(style int) format {
	if style < 0 {
		return format{}
	}
	return w.formats[style]
}

// parseIndex reads an index, which has no sign. Strict readers take no other form of it.
func parseIndex(text []byte) (index int, ok bool) {
	const longest = 9 // digits, so that nothing overflows
	if len(text) == 0 || len(text) > longest {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		index = index*10 + int(c-'0')
	}
	return index, true
}

// builtinFormat is the meaning of a format that a workbook only numbers: ECMA-376 part 1, 18.8.30. The numbers 27 to 36
// and 50 to 58 are dates of East Asian Excels.
func builtinFormat(id string) format {
	n, err := strconv.Atoi(id)
	if err != nil {
		return format{}
	}
	switch {
	case n >= 14 && n <= 22, n >= 27 && n <= 36, n >= 45 && n <= 47, n >= 50 && n <= 58:
		return format{date: true}
	case n == 11, n == 48:
		return format{exponent: true}
	}
	return format{}
}

// parseFormat reads the first section of a format code, the one for positive numbers.
func parseFormat(code string) format {
	bare := bareFormat(code)
	if strings.EqualFold(bare, "general") {
		return format{}
	}
	f := format{
		date:     strings.ContainsAny(bare, "yYmMdDhHsS"),
		exponent: strings.Contains(bare, "E+") || strings.Contains(bare, "E-"),
	}
	if !f.date {
		f.pattern = parsePattern(code)
	}
	return f
}

// bareFormat is the first section of a format code without its literal text: quoted, escaped, in brackets (but
// for elapsed hours, minutes and seconds), or standing for a width.
func bareFormat(code string) string {
	var bare strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return bare.String()
		case '"':
			i += skipTo(code[i+1:], '"')
		case '[':
			length := skipTo(code[i+1:], ']')
			if elapsed := strings.TrimSuffix(code[i+1:i+1+length], "]"); strings.Trim(elapsed, "hHmMsS") == "" {
				bare.WriteString(elapsed)
			}
			i += length
		case '\\', '_', '*':
			i++
		default:
			bare.WriteByte(c)
		}
	}
	return bare.String()
}

// skipTo is how many bytes of code go by up to and with end, or all of them.
func skipTo(code string, end byte) int {
	if i := strings.IndexByte(code, end); i >= 0 {
		return i + 1
	}
	return len(code)
}
