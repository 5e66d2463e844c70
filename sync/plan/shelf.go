package plan

import (
	"encoding/binary"
	"iter"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// shelf is the records of the API, by the order in which they came. There may be very many, so they lie packed in a few large blocks
// without a pointer in them, and are found by hashes: a record takes hardly more memory than its texts, and none of the time of
// the garbage collector. Whoever asks for one gets a copy.
type shelf struct {
	hash    func(kind, text string) uint64
	blocks  [][]byte
	places  []place
	byID    map[uint64]int32 // by the hash of an id
	clashed map[string]int32 // ids whose hash another id has
	byKey   map[uint64]int32 // by the hash of a key: the last record that has it
	before  []int32          // by record: the one before it with the same key, -1 for none
}

// place is where a record lies.
type place struct{ block, at, size uint32 }

// blockSize is the size of a block. A larger record has one of its own.
const blockSize = 1 << 18

// newShelf is empty. hash stands for the ids and keys of records.
func newShelf(hash func(kind, text string) uint64) *shelf {
	return &shelf{hash: hash, byID: map[uint64]int32{}, clashed: map[string]int32{}, byKey: map[uint64]int32{}}
}

// len is how many records there are.
func (s *shelf) len() int { return len(s.places) }

// add takes in a record that is not there yet, with its key, "" for none.
func (s *shelf) add(f *Found, key string) int {
	i := int32(len(s.places))
	s.places = append(s.places, s.put(f))
	if h := s.hash("id", f.ID); s.isFree(h) {
		s.byID[h] = i
	} else {
		s.clashed[f.ID] = i
	}
	before := int32(-1)
	if key != "" {
		h := s.hash("key", key)
		if last, twice := s.byKey[h]; twice {
			before = last
		}
		s.byKey[h] = i
	}
	s.before = append(s.before, before)
	return int(i)
}

// isFree reports whether no id has a hash.
func (s *shelf) isFree(hash uint64) bool {
	_, taken := s.byID[hash]
	return !taken
}

// replace puts another record in the place of one. It has the same id, and is found by the same key.
func (s *shelf) replace(i int, f *Found) { s.places[i] = s.put(f) }

// find is the record with an id.
func (s *shelf) find(id string) (i int, there bool) {
	if n, some := s.byID[s.hash("id", id)]; some && s.hasID(int(n), id) {
		return int(n), true
	}
	n, there := s.clashed[id]
	return int(n), there
}

// isKeyed reports whether a record has a key.
func (s *shelf) isKeyed(key string) bool {
	_, some := s.byKey[s.hash("key", key)]
	return some
}

// keyed is all records that have a key.
func (s *shelf) keyed(key string) (found []int) {
	last, some := s.byKey[s.hash("key", key)]
	if !some {
		return nil
	}
	for i := last; i >= 0; i = s.before[i] {
		found = append(found, int(i))
	}
	slices.Reverse(found)
	return found
}

// all is every record with its number.
func (s *shelf) all() iter.Seq2[int, Found] {
	return func(yield func(int, Found) bool) {
		for i := range s.places {
			if !yield(i, s.at(i)) {
				return
			}
		}
	}
}

// put packs a record. A text is its length and its bytes; the record is its id, its values, each a kind with a text, and its strays.
func (s *shelf) put(f *Found) place {
	size := len(f.ID) + binary.MaxVarintLen32*(3+2*len(f.Record)+len(f.Stray))
	for i := range f.Record {
		size += len(f.Record[i].Text)
	}
	for i := range f.Stray {
		size += len(f.Stray[i])
	}
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last])+size > cap(s.blocks[last]) {
		s.blocks = append(s.blocks, make([]byte, 0, max(size, blockSize)))
		last++
	}
	b := s.blocks[last]
	at := len(b)
	b = appendText(b, f.ID)
	b = binary.AppendUvarint(b, uint64(len(f.Record)))
	for i := range f.Record {
		v := &f.Record[i]
		if b = append(b, byte(v.Kind)); v.Known() {
			b = appendText(b, v.Text)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(f.Stray)))
	for i := range f.Stray {
		b = appendText(b, f.Stray[i])
	}
	s.blocks[last] = b
	return place{uint32(last), uint32(at), uint32(len(b) - at)}
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// at is a copy of a record.
func (s *shelf) at(i int) Found {
	p := packed(s.bytes(i))
	f := Found{ID: p.text()}
	if n := p.number(); n > 0 {
		f.Record = make(model.Record, n)
	}
	for i := range f.Record {
		f.Record[i] = p.value()
	}
	if n := p.number(); n > 0 {
		f.Stray = make([]string, n)
	}
	for i := range f.Stray {
		f.Stray[i] = p.text()
	}
	return f
}

// id is the id of a record.
func (s *shelf) id(i int) string { return string(s.idBytes(i)) }

// hasID reports whether a record has an id.
func (s *shelf) hasID(i int, id string) bool { return string(s.idBytes(i)) == id }

// idBytes is the id of a record where it lies.
func (s *shelf) idBytes(i int) []byte {
	b := s.bytes(i)
	n, size := binary.Uvarint(b)
	return b[size : size+int(n)]
}

// bytes is a record where it lies.
func (s *shelf) bytes(i int) []byte {
	p := s.places[i]
	return s.blocks[p.block][p.at : p.at+p.size]
}

// packed is what is left to read of a record. The texts of the record are parts of it.
type packed string

// number reads a number.
func (p *packed) number() (n int) {
	for shift := 0; ; shift += 7 {
		b := (*p)[0]
		*p = (*p)[1:]
		if n |= int(b&0x7f) << shift; b < 0x80 {
			return n
		}
	}
}

// text reads a text.
func (p *packed) text() string {
	n := p.number()
	text := string((*p)[:n])
	*p = (*p)[n:]
	return text
}

// value reads a value.
func (p *packed) value() model.Value {
	v := model.Value{Kind: model.Kind((*p)[0])}
	if *p = (*p)[1:]; v.Known() {
		v.Text = p.text()
	}
	return v
}
