package mapping

import (
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Key is the normalised identity key of a record: its key fields trimmed, in Unicode NFC and case-folded, with a control
// character between them that no cell can hold. It is "" if one of them is blank.
func Key(fields []int, r model.Record) string {
	var room keyRoom
	return room.key(fields, r)
}

// keyRoom is where keys are made, many in one piece of memory. The zero value has none to begin with.
type keyRoom struct {
	text strings.Builder
	size int // how much it takes at once; 0 for as much as a key needs
}

// keyText is how much text of keys is made at once. Fewer pieces cost less; a key that somebody keeps holds so much of them.
const keyText = 1 << 10

// key is [Key].
func (k *keyRoom) key(fields []int, r model.Record) string {
	var room [4]string // most keys have no more parts
	parts, length := room[:0], 0
	for _, i := range fields {
		part := model.KeyPart(r[i])
		if part == "" {
			return ""
		}
		parts = append(parts, part)
		length += len(part) + 1
	}
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	if k.text.Cap()-k.text.Len() < length {
		k.text.Reset()
		k.text.Grow(max(length, k.size))
	}
	begin := k.text.Len()
	for n, part := range parts {
		if n > 0 {
			k.text.WriteByte('\x1f')
		}
		k.text.WriteString(part)
	}
	return k.text.String()[begin:]
}
