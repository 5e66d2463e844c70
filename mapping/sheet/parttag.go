package sheet

import (
	"bytes"
	"errors"
	"fmt"
)

// maxAttributes bounds the attributes of one tag. The root of a workbook declares a few dozen namespaces.
const maxAttributes = 256

// errShort tells that the window ends within a tag.
var errShort = errors.New("the tag goes on")

// attr is one attribute of a tag. A declaration of a namespace is none.
type attr struct {
	name    []byte // local name
	prefix  []byte
	value   []byte
	space   namespace // spaceNone without a prefix
	escaped bool      // the value has entities or white space that have not been replaced yet
}

// attribute is the value of an attribute without a namespace, or "".
func (m *xmlScan) attribute(name string) string {
	for i := range m.attrs {
		if a := &m.attrs[i]; string(a.name) == name && a.space == spaceNone {
			return string(a.value)
		}
	}
	return ""
}

// parseTag parses the tag at the beginning of w and moves behind it. It changes nothing if the tag is not whole.
func (m *xmlScan) parseTag(w []byte) (opens bool, err error) {
	if len(w) > 1 && w[1] == '/' {
		return false, m.parseEnd(w)
	}
	if m.depth == 0 && m.rooted {
		return false, errors.New("it has a second root element")
	}
	name, err := scanName(w[1:])
	i := 1 + name.length
	if err != nil || i == len(w) {
		return false, orShort(err, i == len(w))
	}
	m.attrs, m.empty = m.attrs[:0], false
	length, err := m.parseAttrs(w, i)
	if err != nil {
		m.empty = false
		return false, err
	}
	if err := m.push(w[1:i]); err != nil {
		return false, err
	}
	m.pos += length
	m.element, m.space = name.local, m.standard
	if len(m.attrs) == 0 && len(name.prefix) == 0 {
		return true, nil
	}
	return true, m.resolve(name.prefix)
}

// parseEnd parses an end tag.
func (m *xmlScan) parseEnd(w []byte) error {
	if m.depth == 0 {
		return errors.New("an end tag stands outside the root element")
	}
	const begin = len("</")
	want := m.top()
	i := begin + len(want)
	if len(w) <= i && bytes.IndexByte(w, '>') < 0 {
		return errShort
	}
	if len(w) <= i || string(w[begin:i]) != string(want) || isNameByte(w[i]) {
		return fmt.Errorf("the tag %.20q ends the element %s", w[:min(i+1, len(w))], want)
	}
	for isSpace(w[i]) {
		if i++; i == len(w) {
			return errShort
		}
	}
	if w[i] != '>' {
		return fmt.Errorf("the end tag of %s is not closed", want)
	}
	m.pos += i + 1
	m.pop()
	return nil
}

// parseAttrs parses the attributes behind the name of a start tag, which ends at i, and returns the length of the tag.
func (m *xmlScan) parseAttrs(w []byte, i int) (length int, err error) {
	for {
		begin := i
		for i < len(w) && isSpace(w[i]) {
			i++
		}
		if i == len(w) {
			return 0, errShort
		}
		switch w[i] {
		case '>':
			return i + 1, nil
		case '/':
			if i+1 == len(w) {
				return 0, errShort
			}
			if w[i+1] != '>' {
				return 0, errors.New("a slash stands within a tag")
			}
			m.empty = true
			return i + len("/>"), nil
		}
		if i == begin {
			return 0, fmt.Errorf("a tag has the character %q", w[i])
		}
		if i, err = m.parseAttr(w, i); err != nil {
			return 0, err
		}
	}
}

// oddInValue tells which bytes of an attribute's value do not stand for themselves.
var oddInValue = [256]bool{'<': true, '&': true, '\t': true, '\n': true, '\r': true}

// parseAttr parses one attribute, which begins at i, and returns where it ends.
func (m *xmlScan) parseAttr(w []byte, i int) (end int, err error) {
	name := qualifiedName{length: 1}
	if i+1 < len(w) && w[i+1] == '=' && isLetter(w[i]) {
		name.local = w[i : i+1] // as nearly all attributes of a sheet
	} else {
		name, err = scanName(w[i:])
	}
	if i += name.length; err != nil || i == len(w) {
		return 0, orShort(err, i == len(w))
	}
	i = skipSpace(w, i)
	if i < len(w) && w[i] != '=' {
		return 0, fmt.Errorf("the attribute %s has no value", name.local)
	}
	i = skipSpace(w, i+1)
	if i >= len(w) {
		return 0, errShort
	}
	quote := w[i]
	if quote != '"' && quote != '\'' {
		return 0, fmt.Errorf("the value of the attribute %s has no quotes", name.local)
	}
	i++
	begin, escaped := i, false
	for ; i < len(w) && w[i] != quote; i++ {
		if !oddInValue[w[i]] {
			continue
		}
		if w[i] == '<' {
			return 0, fmt.Errorf("the value of the attribute %s has a <", name.local)
		}
		escaped = true
	}
	if i == len(w) {
		return 0, errShort
	}
	if len(m.attrs) == maxAttributes {
		return 0, fmt.Errorf("a tag has more than %d attributes", maxAttributes)
	}
	if len(m.attrs) == cap(m.attrs) {
		m.attrs = append(m.attrs, attr{})[:len(m.attrs)]
	}
	// The attribute is made in its place, as this is the busiest line of all.
	m.attrs = m.attrs[:len(m.attrs)+1]
	a := &m.attrs[len(m.attrs)-1]
	a.name, a.prefix, a.value = name.local, name.prefix, w[begin:i]
	a.space, a.escaped = spaceNone, escaped
	return i + 1, nil
}

// orShort is err, unless the window ended before err could be judged.
func orShort(err error, short bool) error {
	if short {
		return errShort
	}
	return err
}

// skipSpace is where the white space at i ends.
func skipSpace(w []byte, i int) int {
	for i < len(w) && isSpace(w[i]) {
		i++
	}
	return i
}

// isSpace reports whether c is white space of XML.
func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
