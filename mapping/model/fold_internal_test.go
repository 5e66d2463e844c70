package model

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestFoldedTextsHaveNothingToFold: eight bytes at a time or one by one, a text is folded if each of its bytes is.
func TestFoldedTextsHaveNothingToFold(t *testing.T) {
	for c := range 256 {
		for at := range 9 {
			text := strings.Repeat("x", at) + string([]byte{byte(c)}) + strings.Repeat("y", 8-at)
			want := c > ' ' && c < 0x7f && (c < 'A' || c > 'Z')
			if got := isFolded(text); got != want {
				t.Errorf("%q: got %v, want %v", text, got, want)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "text")
		want := true
		for _, c := range text {
			want = want && isFolded(string([]byte{c}))
		}
		if got := isFolded(string(text)); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	})
}

// TestLettersThatFoldAlone: what is done for them quickly is what is done for all, also beside each other.
func TestLettersThatFoldAlone(t *testing.T) {
	alone := 0
	for r := rune(1); r < 0x250; r++ {
		if !foldsAlone(r) {
			continue
		}
		alone++
		for _, text := range []string{string(r), "a" + string(r), string(r) + "é" + string(r), "E" + string(r) + "x"} {
			want := norm.NFC.String(cases.Fold().String(strings.ToLower(norm.NFD.String(text))))
			if got := strings.ToLower(text); got != want {
				t.Errorf("%q (U+%04X): got %q, want %q", text, r, got, want)
			}
		}
	}
	if alone < 300 {
		t.Errorf("only %d characters fold alone", alone)
	}
}
