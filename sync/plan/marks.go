package plan

import "math/bits"

// mark is how an identity occurs.
type mark uint64

const (
	noted    mark = 1 << iota // a row has it
	repeated                  // several rows have it
	leading                   // a row finds its record by it, and may change the record
	loose                     // a row has it that has no id, or is of no sheet that Rollcall wrote

	allMarks = noted | repeated | leading | loose
)

// marks is a set of hashes with marks. A hash and its marks share eight bytes, for there may be millions: the lowest bits of a
// hash do not count. The set is cut into parts that grow one by one, so that it is never there twice.
type marks struct {
	parts   [parts]part
	fetched uint64
}

// partBits is how many bits of a hash say in which part it is, parts how many there are.
const (
	partBits = 6
	parts    = 1 << partBits
)

// of is the marks of a hash, none if it is not in the set.
func (m *marks) of(hash uint64) mark {
	p := &m.parts[hash>>(64-partBits)]
	if p.used == 0 {
		return 0
	}
	return mark(*p.find(hash)) & allMarks
}

// add gives a hash a mark, and returns those that it had.
func (m *marks) add(hash uint64, as mark) (before mark) {
	p := &m.parts[hash>>(64-partBits)]
	if 4*p.used >= 3*len(p.slots) {
		p.grow()
	}
	slot := p.find(hash)
	if *slot == 0 {
		p.used++
		*slot = hash &^ uint64(allMarks)
	}
	before = mark(*slot) & allMarks
	*slot |= uint64(as)
	return before
}

// mostReserved bounds what is believed of a sheet that has not been read: room for so many hashes is no burden.
const mostReserved = 1 << 20

// reserve makes room in an empty set. Hashes do not spread quite evenly over the parts, so each has a little more than its share.
func (m *marks) reserve(hashes int) {
	share := min(hashes, mostReserved) / parts
	for i := range m.parts {
		m.parts[i].slots = make([]uint64, max((share+share/16)*4/3, fewestSlots))
	}
}

// fetch brings the memory of a hash near.
func (m *marks) fetch(hash uint64) {
	if p := &m.parts[hash>>(64-partBits)]; p.used > 0 {
		m.fetched ^= p.slots[p.home(hash)] // kept, or nothing would be fetched
	}
}

// part is a hash table.
type part struct {
	slots []uint64 // 0 is free, and there always is one
	used  int
}

// fewestSlots is how large a part is at first.
const fewestSlots = 32

// home is where a hash belongs.
func (p *part) home(hash uint64) int {
	at, _ := bits.Mul64(hash<<partBits, uint64(len(p.slots)))
	return int(at)
}

// find is the slot of a hash, or the free one where it goes.
func (p *part) find(hash uint64) *uint64 {
	for i := p.home(hash); ; i++ {
		if i == len(p.slots) {
			i = 0
		}
		slot := &p.slots[i]
		if *slot == 0 || (*slot^hash)&^uint64(allMarks) == 0 {
			return slot
		}
	}
}

// grow makes room for half as many again.
func (p *part) grow() {
	old := p.slots
	p.slots = make([]uint64, max(len(old)*3/2, fewestSlots))
	for _, slot := range old {
		if slot != 0 {
			*p.find(slot) = slot
		}
	}
}
