package model

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

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
