package sheet

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// gulps gives a text in pieces of these lengths, over and over.
type gulps struct {
	text    []byte
	lengths []int
	n       int
}

func (p *gulps) Read(into []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(into[:min(len(into), p.lengths[p.n%len(p.lengths)])], p.text)
	p.text, p.n = p.text[n:], p.n+1
	return n, nil
}

// Whatever the pieces in which a file comes, it gets through whole if it is UTF-8, and is found out before its end if it is not.
func TestUTF8IsCheckedOnTheFly(t *testing.T) {
	part := rapid.OneOf(
		rapid.SliceOfN(rapid.SampledFrom([]byte("ab,\n\"")), 1, 40),
		rapid.Map(rapid.SampledFrom([]string{"ë", "€", "𝄞", "\ufffd", "\x00", "\U0010ffff"}), func(s string) []byte { return []byte(s) }),
		rapid.Map(rapid.SampledFrom([]string{"\xeb", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x82", "\xf0\x9d\x84"}),
			func(s string) []byte { return []byte(s) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := bytes.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), nil)
		in := &gulps{text: text, lengths: rapid.SliceOfN(rapid.IntRange(1, 9), 1, 4).Draw(t, "lengths")}
		got, err := io.ReadAll(&onTheFly{in: in})
		if utf8.Valid(text) {
			if err != nil || !bytes.Equal(got, text) {
				t.Fatalf("got %q and %v, want %q", got, err, text)
			}
			return
		}
		if !errors.Is(err, ErrNotEarly) || !bytes.HasPrefix(text, got) || !ofLetters(got) {
			t.Fatalf("got %q and %v of %q, want what comes before the first byte that is none of UTF-8, and ErrNotEarly", got, err, text)
		}
	})
}

// ofLetters reports whether a text is UTF-8 but for a last letter that is not whole.
func ofLetters(text []byte) bool {
	for !utf8.Valid(text) {
		_, size := utf8.DecodeRune(text)
		if !utf8.FullRune(text) {
			return true
		}
		if r, _ := utf8.DecodeRune(text); r == utf8.RuneError && size == 1 {
			return false
		}
		text = text[size:]
	}
	return true
}

// Trouble of the file is told as what it is.
func TestOnTheFlyTellsOfTheFilesTrouble(t *testing.T) {
	trouble := errors.New("the disk is gone")
	in := io.MultiReader(bytes.NewReader([]byte("Zo\xc3")), iotest.ErrReader(trouble))
	if _, err := io.ReadAll(&onTheFly{in: in}); !errors.Is(err, trouble) {
		t.Errorf("got %v, want the trouble of the file", err)
	}
}
