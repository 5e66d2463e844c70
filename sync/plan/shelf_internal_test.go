package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// TestAShelfIsAListAndTwoMaps: whatever is put on a shelf comes back as it was, and is found by its id and its key, even if most
// texts have the same hash.
func TestAShelfIsAListAndTwoMaps(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) model.Value {
		v := model.Value{Kind: model.Kind(rapid.IntRange(0, int(model.Date)).Draw(t, "kind"))}
		if v.Known() {
			v.Text = rapid.String().Draw(t, "text")
		}
		return v
	})
	text := rapid.StringMatching("[a-c]{1,2}")
	rapid.Check(t, func(t *rapid.T) {
		hashes := rapid.Uint64Range(1, 20).Draw(t, "hashes")
		s := newShelf(func(kind, text string) (h uint64) {
			for _, c := range kind + text {
				h = 31*h + uint64(c)
			}
			return h % hashes
		})
		var records []Found
		byID, byKey := map[string]int{}, map[uint64][]int{} // keys of one hash are one key, here as there
		for range rapid.IntRange(0, 30).Draw(t, "records") {
			f := Found{ID: text.Draw(t, "id"), Record: rapid.SliceOfN(value, 1, 4).Draw(t, "record")}
			if rapid.Bool().Draw(t, "has strays") {
				f.Stray = rapid.SliceOfN(rapid.String(), 1, 2).Draw(t, "strays")
			}
			if rapid.IntRange(0, 9).Draw(t, "is large") == 0 {
				f.Record[0] = model.Value{Kind: model.String, Text: strings.Repeat("x", rapid.IntRange(1, 3).Draw(t, "size")*blockSize/2)}
			}
			if i, twice := byID[f.ID]; twice {
				records[i] = f
				s.replace(i, &f)
				continue
			}
			key := rapid.OneOf(text, rapid.Just("")).Draw(t, "key")
			if i := s.add(&f, key); i != len(records) {
				t.Fatalf("record %d has the number %d", len(records), i)
			}
			byID[f.ID] = len(records)
			if key != "" {
				byKey[s.hash("key", key)] = append(byKey[s.hash("key", key)], len(records))
			}
			records = append(records, f)
		}
		if s.len() != len(records) {
			t.Fatalf("%d records, want %d", s.len(), len(records))
		}
		for i, got := range s.all() {
			if diff := cmp.Diff(records[i], got); diff != "" || s.id(i) != got.ID {
				t.Fatalf("record %d with the id %q (-want +got):\n%s", i, s.id(i), diff)
			}
		}
		for _, name := range []string{"", "a", "b", "c", "aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc", "z"} {
			want, there := byID[name]
			if got, found := s.find(name); found != there || found && got != want {
				t.Fatalf("id %q is record %d (%t), want %d (%t)", name, got, found, want, there)
			}
			if name == "" {
				continue
			}
			with := byKey[s.hash("key", name)]
			if got := s.keyed(name); !slices.Equal(got, with) || s.isKeyed(name) != (len(with) > 0) {
				t.Fatalf("key %q has %v (%t), want %v", name, got, s.isKeyed(name), with)
			}
		}
	})
}

// TestAShelfTakesLittleMoreThanItsTexts: a hundred thousand records have to fit beside everything else.
func TestAShelfTakesLittleMoreThanItsTexts(t *testing.T) {
	keys := NewKeys()
	s := newShelf(keys.hash)
	texts := 0
	for i := range 20_000 {
		f := Found{ID: fmt.Sprint(i), Record: make(model.Record, 12)}
		for n := range 10 {
			f.Record[n] = model.Value{Kind: model.String, Text: fmt.Sprintf("value %d of %d", n, i)}
			texts += len(f.Record[n].Text)
		}
		s.add(&f, f.ID)
	}
	blocks := 0
	for _, b := range s.blocks {
		blocks += cap(b)
	}
	if most := texts*5/4 + 2*blockSize; blocks > most {
		t.Errorf("the records lie in %d bytes, want at most %d for texts of %d", blocks, most, texts)
	}
}
