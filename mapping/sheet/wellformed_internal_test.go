package sheet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestWellFormedWhereverTheFileIsCut: looked at in several places at once, a file is UTF-8 exactly if it is.
func TestWellFormedWhereverTheFileIsCut(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	random := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "é", "€", "😀", "\x80", "\xc3", "\xe2\x82", "\xf0\x9f", "\xff", "plain text, ", "Zoë"}
	for n := range 20_000 {
		good := n%2 == 0
		var text strings.Builder
		for range random.IntN(12) {
			i := random.IntN(len(pieces))
			if good && !utf8.ValidString(pieces[i]) {
				i = 1
			}
			text.WriteString(pieces[i])
		}
		checkWellFormed(t, text.String())
	}
	for _, size := range []int{1 << 16, 3 << 16, 3<<16 + 1, 5<<16 - 1} {
		for _, odd := range []string{"", "é", "€", "\x80", "\xe2\x82"} {
			for _, at := range []int{0, size / 3, size / 2, size - 1, 1<<16 - 1, 1 << 16} {
				filler := strings.Repeat("x", size)
				t.Run(fmt.Sprintf("%d bytes with %q at %d", size, odd, at), func(t *testing.T) {
					checkWellFormed(t, filler[:at]+odd+filler[at:])
				})
			}
		}
	}
}

func checkWellFormed(t *testing.T, text string) {
	t.Helper()
	var scan utf8Scan
	got := wellFormed(bytes.NewReader([]byte(text)), int64(len(text)), &scan)
	if want := utf8.ValidString(text); got != want {
		t.Fatalf("%.40q, %d bytes: got %t, want %t", text, len(text), got, want)
	}
	if many := len(text) > utf8.RuneCountInString(text); got && scan.multibyte != many {
		t.Errorf("%.40q: letters beyond ASCII: got %t, want %t", text, scan.multibyte, many)
	}
}
