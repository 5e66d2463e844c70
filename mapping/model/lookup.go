package model

import (
	"cmp"
	"slices"
	"strings"
)

// Lookup is a list of the API in which names of things are found.
type Lookup struct {
	Name string
	Listing
	Then *Listing          // asked for what the first list does not have, nil for none
	ID   string            // property of an item with its id
	By   map[string]string // word of a job, such as name -> property of an item that it is compared with
}

// Words is the words that a job may use for the lookup, sorted.
func (l *Lookup) Words() []string {
	words := make([]string, 0, len(l.By))
	for word := range l.By {
		words = append(words, word)
	}
	slices.Sort(words)
	return words
}

// Entry is one thing with its name.
type Entry struct {
	Name string `json:"name"`
	ID   string `json:"id"`
}

// Table finds the ids of things by their names. Names that differ only in letter case, in white space or in the way
// accents are composed are one name.
type Table struct {
	entries []Entry
	byName  map[string][]int
	ids     map[string]bool
	names   []string // sorted
}

// NewTable makes a table. Entries that say the same twice count once.
func NewTable(entries []Entry) *Table {
	t := &Table{byName: make(map[string][]int, len(entries)), ids: make(map[string]bool, len(entries))}
	seen := make(map[Entry]bool, len(entries))
	for _, e := range entries {
		name := tableKey(e.Name)
		if name == "" || e.ID == "" || seen[Entry{name, e.ID}] {
			continue
		}
		seen[Entry{name, e.ID}] = true
		t.byName[name] = append(t.byName[name], len(t.entries))
		t.entries = append(t.entries, e)
		t.ids[e.ID] = true
		t.names = append(t.names, e.Name)
	}
	slices.SortFunc(t.names, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	t.names = slices.Compact(t.names)
	return t
}

// NameKey is what all spellings of a name have in common: a [Table] finds things by it.
func NameKey(name string) string { return tableKey(name) }

// tableKey is what all spellings of a name have in common.
func tableKey(name string) string {
	return KeyPart(Value{String, strings.Join(strings.Fields(name), " ")})
}

// Find is the things of a name.
func (t *Table) Find(name string) []Entry {
	var found []Entry
	for _, i := range t.byName[tableKey(name)] {
		found = append(found, t.entries[i])
	}
	return found
}

// Names is the names of all things, sorted. It is not for writing to.
func (t *Table) Names() []string { return t.names }

// Len is the number of things.
func (t *Table) Len() int { return len(t.entries) }

// lookup compiles one lookup.
func (c *compiler) lookup(name string, b *lookupBlock) *Lookup {
	op := c.named(b.List.Operation, "lookups", name, "operation")
	if op == nil {
		return nil
	}
	l := &Lookup{Name: name, Listing: *c.listing(&b.List, op, "lookups", name), ID: b.ID, By: b.By}
	c.belowNothing(op, name, "operation")
	if then := c.named(b.Then, "lookups", name, "then"); then != nil {
		l.Then = c.listing(&b.List, then, "lookups", name)
		c.belowNothing(then, name, "then")
	}
	return l
}

// belowNothing refuses the list of a lookup that is below a record: nobody would know of which.
func (c *compiler) belowNothing(op *operation, lookup, key string) {
	if len(op.Params) > 0 {
		c.source.faultAt("the list of a lookup cannot be below a record", "name an operation without path parameters", "x-rollcall", "lookups", lookup, key)
	}
}

// knownLookup refuses a name that is no lookup of the block.
func (c *compiler) knownLookup(name string, path ...string) {
	var known []string
	for _, e := range c.block.Lookups {
		known = append(known, e.Name)
	}
	if name != "" && !slices.Contains(known, name) {
		message, hint := unknown("lookup", name, known)
		c.source.faultAt(message, hint, path...)
	}
}
