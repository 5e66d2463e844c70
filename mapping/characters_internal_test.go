package mapping

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLookFindsWhatEachCharacterHas: a text has what is odd about its characters one by one, whatever stands between them. Joiners
// are left out, for they count by their neighbours.
func TestLookFindsWhatEachCharacterHas(t *testing.T) {
	t.Parallel()
	odd := []rune("\x7f\u0085\u00a0\u00adÃâ„é\u0301\u05d0\u200b\u2009\u3000\ufeff李😀")
	part := rapid.OneOf(rapid.SampledFrom(odd), rapid.RuneFrom([]rune("abcxyz 019,-@")), rapid.Rune().Filter(func(r rune) bool { return r != '\u200c' && r != '\u200d' }))
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(part, 0, 30).Draw(t, "text"))
		var want glyphs
		for _, r := range text {
			if r >= 0x7f {
				want |= lookClosely(string(r), 0)
			}
		}
		if got := look(text); got != want {
			t.Errorf("%q: got %b, want %b", text, got, want)
		}
		if at, first := plainLength(text), strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f }); at != first && (first >= 0 || at != len(text)) {
			t.Errorf("%q: the first character that is not plain is at %d, got %d", text, first, at)
		}
	})
}
