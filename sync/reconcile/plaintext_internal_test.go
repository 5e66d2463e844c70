package reconcile

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// carefulData is [styles.data] and what becomes of it, without the quick way.
func carefulData(st *styles, text string, style int) []byte {
	c := cell{}
	if text != "" || style != st.text {
		text = fitCell(carriable(sheet.GuardXLSX(text)))
		if r, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠'", r) {
			style = st.quoted[style]
		}
		if strings.Contains(text, "\n") {
			style = st.broken[style]
		}
		c = cell{style: style, text: text}
	}
	return c.append(nil, "", 27, 4711)
}

// FuzzPlainTexts compares the quick way of a text into a cell with the careful one, byte by byte.
func FuzzPlainTexts(f *testing.F) {
	for _, s := range []string{"", "x", "Zoë Maria", "a_b", "_x000D_", "a_x", " x", "x ", "=1", "+49 170", "-", "@a", "'a", "'=1", "a'b", "<a>", "a&b", `"`, "a\nb",
		"\t", "\x00", "\x1b", "\x7f", "\u0085", "\u200e", "\ufffd", "\ufffe", "＝1", "\xff", "é\xff", "日本語", "😀", "a=b+c-d@e", "~`{|}", "\u00a0", "\ue000"} {
		f.Add(s)
	}
	st := &styles{text: 1, quoted: map[int]int{1: 2, 3: 4}, broken: map[int]int{1: 5, 2: 6, 3: 7, 4: 8}}
	f.Fuzz(func(t *testing.T, s string) {
		for _, style := range []int{1, 3} {
			c := st.data(s, style)
			if got, want := c.append(nil, "", 27, 4711), carefulData(st, s, style); !slices.Equal(got, want) {
				t.Errorf("%q in style %d: got %s, want %s", s, style, got, want)
			}
			if c.plain && strings.Contains(c.text, "\n") {
				t.Errorf("%q counts as plain and has several lines", s)
			}
		}
		careful := escape(strings.ReplaceAll(s, "\r\n", "\n"), func(r rune) bool { return r < 0x20 && r != '\n' && r != '\t' || isInvisible(r) })
		if got := visibleText(s); got != careful {
			t.Errorf("%q is shown as %q, want %q", s, got, careful)
		}
	})
}

func TestPlainTextsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says, text string
		want       bool
	}{
		{"a name", "Lovelace", true},
		{"letters beyond ASCII", "Zoë Müller-Østergård 日本", true},
		{"an address with an underscore", "ada_l@example.com", true},
		{"a marker", "1:735af32c6a9f:20261121-163100-27959a", true},
		{"no text", "", true},
		{"a text that begins like a formula", "+49 170", false},
		{"a text with an escape of the format", "_x000D_", false},
		{"a text with a tag", "a<b", false},
		{"a text of two lines", "a\nb", false},
		{"a text with a blank at its end", "a ", false},
		{"a text that is longer than a cell", strings.Repeat("x", cellLimit+1), false},
		{"bytes that are no text", "a\xff", false},
	} {
		if got := isPlainText(c.text); got != c.want {
			t.Errorf("%s, %.20q: got %t, want %t", c.says, c.text, got, c.want)
		}
	}
}
