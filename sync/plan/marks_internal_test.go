package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// TestMarksAreAMap: whatever is added in whatever order, a set of marks holds what a map would.
func TestMarksAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m marks
		if rapid.Bool().Draw(t, "reserved") {
			m.reserve(rapid.IntRange(0, 4000).Draw(t, "expected"))
		}
		want := map[uint64]mark{}
		crowd := rapid.Uint64Range(0, 3).Draw(t, "crowd") // few different high bits: all in few parts
		for range rapid.IntRange(0, 3000).Draw(t, "notes") {
			hash := rapid.Uint64Range(0, 4000).Draw(t, "hash")<<8<<(16*crowd) | 1<<8
			hash &^= uint64(allMarks)
			as := mark(1) << rapid.IntRange(0, 2).Draw(t, "mark")
			if got := m.add(hash, as); got != want[hash] {
				t.Fatalf("%x had the marks %b, want %b", hash, got, want[hash])
			}
			want[hash] |= as
		}
		for hash, marks := range want {
			if got := m.of(hash); got != marks {
				t.Fatalf("%x has the marks %b, want %b", hash, got, marks)
			}
		}
		if got := m.of(0xfff<<40 | 1<<8); got != 0 {
			t.Errorf("a hash that was not added has the marks %b", got)
		}
	})
}
