package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendText appends the text between two tags to dst if it is to be kept, with its entities replaced and its line ends
// as LF.
func appendText(dst, run []byte, keep bool) ([]byte, error) {
	if bytes.IndexByte(run, ']') >= 0 && bytes.Contains(run, []byte("]]>")) {
		return dst, errors.New("it has a ]]> outside a CDATA section")
	}
	for {
		i := bytes.IndexByte(run, '&')
		if i < 0 {
			break
		}
		r, length, err := entity(run[i:])
		if err != nil {
			return dst, err
		}
		if keep {
			dst = utf8.AppendRune(appendLines(dst, run[:i]), r)
		}
		run = run[i+length:]
	}
	if keep {
		dst = appendLines(dst, run)
	}
	return dst, nil
}

// appendLines appends text whose lines end in LF, whatever they end in: XML 1.0, section 2.11.
func appendLines(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:i]...), '\n')
		text = bytes.TrimPrefix(text[i+1:], []byte("\n"))
	}
}

// unescapeValue replaces the entities and the white space of an attribute's value in place: XML 1.0, section 3.3.3. What
// is put in is never longer than what it replaces.
func unescapeValue(value []byte) ([]byte, error) {
	out := value[:0]
	for i := 0; i < len(value); {
		switch c := value[i]; c {
		case '&':
			r, length, err := entity(value[i:])
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
			i += length
			continue
		case '\r':
			if i+1 < len(value) && value[i+1] == '\n' {
				i++
			}
			out = append(out, ' ')
		case '\n', '\t':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
		i++
	}
	return out, nil
}

// entity is the character that the entity at the beginning of text stands for, and the length of the entity.
func entity(text []byte) (r rune, length int, err error) {
	const longest = 16
	end := bytes.IndexByte(text[:min(len(text), longest)], ';')
	if end < 0 {
		return 0, 0, fmt.Errorf("an entity is not ended: %.10q", text)
	}
	name := string(text[1:end])
	switch name {
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "amp":
		r = '&'
	case "apos":
		r = '\''
	case "quot":
		r = '"'
	default:
		if r, err = numbered(name); err != nil {
			return 0, 0, err
		}
	}
	return r, end + 1, nil
}

// numbered is the character of an entity that gives its number, such as #228 or #xE4.
func numbered(name string) (rune, error) {
	digits, found := strings.CutPrefix(name, "#")
	if !found {
		return 0, fmt.Errorf("it has the unknown entity &%s;", name)
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32) // with a base it takes neither a sign nor an underscore
	if err != nil || n > utf8.MaxRune || !isCharacter(rune(n)) {
		return 0, fmt.Errorf("the entity &%s; is no character of XML", name)
	}
	return rune(n), nil
}
