package sheet

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// qualifiedName is the name at the beginning of a text: a local name, perhaps behind a prefix and a colon.
type qualifiedName struct {
	prefix []byte
	local  []byte
	length int // of the whole
}

// scanName finds the name at the beginning of w. Either part must be a name by itself.
func scanName(w []byte) (qualifiedName, error) {
	i, odd := 0, false
	for ; i < len(w) && isNameByte(w[i]); i++ {
		odd = odd || w[i] == ':' || w[i] >= utf8.RuneSelf
	}
	n := qualifiedName{local: w[:i], length: i}
	if !odd && i > 0 && isLetter(w[0]) {
		return n, nil
	}
	if colon := bytes.IndexByte(n.local, ':'); colon >= 0 {
		n.prefix, n.local = n.local[:colon], n.local[colon+1:]
		if !beginsName(n.prefix) || bytes.IndexByte(n.local, ':') >= 0 {
			return n, fmt.Errorf("%.20q is no name", w[:i])
		}
	}
	if !beginsName(n.local) {
		return n, fmt.Errorf("%.20q is no name", w[:i])
	}
	return n, nil
}

// isNameByte reports whether c belongs to a name. The characters beyond ASCII are judged by beginsName.
func isNameByte(c byte) bool {
	return isLetter(c) || c >= '0' && c <= ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// isLetter reports whether c is an ASCII character that may begin a name.
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// beginsName reports whether name, which consists of bytes of names, is one: XML 1.0, section 2.3, without colons.
func beginsName(name []byte) bool {
	if len(name) == 0 {
		return false
	}
	if c := name[0]; c < utf8.RuneSelf && !isLetter(c) {
		return false
	}
	for i, c := range name {
		if c >= utf8.RuneSelf {
			return wideName(string(name[i:]), i == 0)
		}
	}
	return true
}

// wideName judges a name from its first character beyond ASCII on.
func wideName(name string, first bool) bool {
	for _, r := range name {
		if r < utf8.RuneSelf {
			first = false
			continue
		}
		joins := r == 0xb7 || r >= 0x300 && r <= 0x36f || r == 0x203f || r == 0x2040
		if !startsName(r) && (first || !joins) {
			return false
		}
		first = false
	}
	return true
}

// startsName reports whether a name may start with a character beyond ASCII.
func startsName(r rune) bool {
	for _, span := range [...][2]rune{{0xc0, 0xd6}, {0xd8, 0xf6}, {0xf8, 0x2ff}, {0x370, 0x37d}, {0x37f, 0x1fff},
		{0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef}, {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd},
		{0x10000, 0xeffff}} {
		if r >= span[0] && r <= span[1] {
			return true
		}
	}
	return false
}
