package plan

import (
	"hash/maphash"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// Link is a field that holds the id of another record of the same resource, and that the sheet gives by name.
type Link struct {
	Field string // such as parentId
	By    string // field of the other record that the name is compared with, such as reference
}

// link is a Link by the numbers of its fields.
type link struct{ field, by int }

// family is which rows of a sheet name which records and rows. It keeps hashes, and of rows only those that name another one
// or are named themselves: 100 bytes or so for each.
type family struct {
	model *model.Model
	links []link
	seeds [2]maphash.Seed
	asked map[nameHash]*namesakes
	rows  []kin           // in the order of the sheet
	ties  []tie           // what they name, in the same order
	rowOf map[int]int     // by record
	gone  map[string]bool // ids of records that are not there
}

// nameHash stands for a name. It has 128 bits, because a wrong parent is worse than a row that is stopped.
type nameHash [2]uint64

// kin is a row that names another one or is named.
type kin struct {
	seq    int64
	row    int32 // physical
	ties   int32 // number of its first tie
	fate   fate
	level  int32 // rows that are created before it, one after the other
	rank   rank
	broken bool // it will not be created
	idle   bool // it is not going to be sent, so its record stays below what it is below
}

// fate is what a row comes to: the number of its record, or one of those below.
type fate int32

const (
	isCreated fate = -1 - iota // if nothing of what it names stands in the way
	isNothing                  // it is stopped, or the plan says no
	isSkipped                  // the sheet says skip, and nothing tells of a record
)

// tie is one thing that a row names. A tie to nobody says that the row empties the field.
type tie struct {
	link int32
	ring bool // whoever follows it comes back
	to   *namesakes
}

// namesakes is all that bear a name.
type namesakes struct {
	records []int32 // of the API
	rows    []int32 // kin
	known   string  // id under which we created it, "" if we did not
	meant   meant
}

// meant is whom a name means: the number of a record or of a row.
type meant struct {
	who    who
	number int
}

type who uint8

const (
	nobody   who = iota
	several      // nothing tells which of them
	aRecord      // that is there
	aNewRow      // that is to be created
	aLostRow     // that will not be
)

func newFamily(m *model.Model, links []Link) *family {
	f := &family{model: m, asked: map[nameHash]*namesakes{}, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, rowOf: map[int]int{}, gone: map[string]bool{}}
	for _, l := range links {
		f.links = append(f.links, link{m.Index(l.Field), m.Index(l.By)})
	}
	return f
}

// hash stands for a name that is compared with a field.
func (f *family) hash(by int, name string) nameHash {
	text := f.model.Fields[by].Name + "\x00" + model.NameKey(name)
	return nameHash{maphash.String(f.seeds[0], text), maphash.String(f.seeds[1], text)}
}

// linkOf is the number of the link that a field is, -1 if it is none.
func (f *family) linkOf(field int) int {
	return slices.IndexFunc(f.links, func(l link) bool { return l.field == field })
}

// ask notes whom a row names. A row that is skipped names nobody.
func (f *family) ask(c *mapping.Candidate) {
	if c.Action == actionSkip {
		return
	}
	for _, field := range c.Links {
		h := f.hash(f.links[f.linkOf(field)].by, c.Record[field].Text)
		if f.asked[h] == nil {
			f.asked[h] = &namesakes{}
		}
	}
}

// borne is the namesakes of a record or a row.
func (f *family) borne(r model.Record) []*namesakes {
	var borne []*namesakes
	for n, l := range f.links {
		twice := slices.ContainsFunc(f.links[:n], func(other link) bool { return other.by == l.by })
		if v := r[l.by]; !twice && v.Known() && v.Kind != model.Null {
			if known := f.asked[f.hash(l.by, v.Text)]; known != nil {
				borne = append(borne, known)
			}
		}
	}
	return borne
}

// named is the ties of a row. One that is skipped has none.
func (f *family) named(c *mapping.Candidate) []tie {
	var ties []tie
	for n, l := range f.links {
		switch {
		case c.Action == actionSkip:
		case slices.Contains(c.Links, l.field):
			ties = append(ties, tie{link: int32(n), to: f.asked[f.hash(l.by, c.Record[l.field].Text)]})
		case c.Record[l.field].Kind == model.Null:
			ties = append(ties, tie{link: int32(n)})
		}
	}
	return ties
}

// take takes in a row with what it names, the names that it bears, and what is known of it.
func (f *family) take(c *mapping.Candidate, ties []tie, borne []*namesakes, k kin) {
	n := len(f.rows)
	k.seq, k.row, k.ties = c.Seq, int32(c.Row.Number), int32(len(f.ties))
	f.rows = append(f.rows, k)
	f.ties = append(f.ties, ties...)
	for _, b := range borne {
		b.rows = append(b.rows, int32(n))
	}
	if k.fate >= 0 {
		f.rowOf[int(k.fate)] = n
	}
}

// tiesOf is what row number n names.
func (f *family) tiesOf(n int) []tie {
	if n+1 < len(f.rows) {
		return f.ties[f.rows[n].ties:f.rows[n+1].ties]
	}
	return f.ties[f.rows[n].ties:]
}

// find is the number of the row with a seq, -1 if it is not among them.
func (f *family) find(seq int64) int {
	n, found := slices.BinarySearchFunc(f.rows, seq, func(k kin, seq int64) int { return int(k.seq - seq) })
	if !found {
		return -1
	}
	return n
}

// means finds out whom a name means. A row that is a record, or is to become one, counts; so does a record that the API lists.
// A row that is stopped could be meant by as much right as one that is created, but not by more than a record that is there;
// one that is skipped is meant only if nothing else is.
func (f *family) means(s *namesakes) meant {
	records := slices.Clone(s.records)
	var created, lost, skipped []int32
	for _, n := range s.rows {
		switch of := f.rows[n].fate; of {
		case isCreated:
			created = append(created, n)
		case isNothing:
			lost = append(lost, n)
		case isSkipped:
			skipped = append(skipped, n)
		default:
			records = append(records, int32(of))
		}
	}
	slices.Sort(records)
	records = slices.Compact(records)
	switch {
	case len(records)+len(created) > 1, len(created) == 1 && len(lost) > 0:
		return meant{who: several}
	case len(records) == 1:
		return meant{aRecord, int(records[0])}
	case len(created) == 1:
		return meant{aNewRow, int(created[0])}
	case len(lost) > 0:
		return meant{aLostRow, int(lost[0])}
	case len(skipped) > 0:
		return meant{aLostRow, int(skipped[0])}
	}
	return meant{}
}

// Mentions is the names of other records in a sheet that is read without the API: those that a row of the sheet bears can be
// found, and of all others nobody knows. It keeps hashes.
type Mentions struct {
	family *family
	borne  map[nameHash]bool
	asked  map[nameHash]int
}

// NewMentions is for a sheet with these links.
func NewMentions(m *model.Model, links []Link) *Mentions {
	return &Mentions{newFamily(m, links), map[nameHash]bool{}, map[nameHash]int{}}
}

// Note takes in a row.
func (m *Mentions) Note(c *mapping.Candidate) {
	if c.Action == actionSkip {
		return
	}
	for _, l := range m.family.links {
		if v := c.Record[l.by]; v.Known() && v.Kind != model.Null {
			m.borne[m.family.hash(l.by, v.Text)] = true
		}
		if slices.Contains(c.Links, l.field) {
			m.asked[m.family.hash(l.by, c.Record[l.field].Text)]++
		}
	}
}

// Open is how many cells name what no row of the sheet is called.
func (m *Mentions) Open() int {
	open := 0
	for name, cells := range m.asked {
		if !m.borne[name] {
			open += cells
		}
	}
	return open
}
