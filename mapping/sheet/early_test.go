package sheet_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// What a CSV file is, is known at its end. Whoever has its rows early is told then, and anybody else reads it in its encoding.
func TestRowsOfACSVFileGivenEarly(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("Ann,Bremen\n", 20_000) // more than anybody looks at beforehand
	for _, c := range []struct {
		says, text string
		early      bool   // its rows can be had early
		encoding   string // what it is read in otherwise
	}{
		{"all UTF-8", "name,town\n" + many + "Zoë,Köln\n", true, "utf-8"},
		{"UTF-8 with its mark", "\xef\xbb\xbfname,town\n" + many + "Zoë,Köln\n", true, "utf-8"},
		{"no letter of UTF-8 behind many rows", "name,town\n" + many + "Zo\xeb,K\xf6ln\n", false, "windows-1252"},
		{"a last letter that is cut", "name,town\n" + many + "Ann,Bremen\xc3", false, "windows-1252"},
		{"no UTF-8 from the beginning, which Open sees", "name,town\nZo\xeb,K\xf6ln\n" + many, true, "windows-1252"},
		{"another encoding by its mark", "\xff\xfen\x00\n\x00A\x00\n\x00", true, "utf-16le"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			path := write(t, "data.csv", []byte(c.text))
			late, want := mustRead(t, path, sheet.Options{})
			if got := late.Info().Encoding; got != c.encoding {
				t.Errorf("read in %s, want %s", got, c.encoding)
			}
			early := open(t, path, sheet.Options{Early: true})
			rows, err := readRows(early)
			if c.early != (err == nil) || !c.early && !errors.Is(err, sheet.ErrNotEarly) {
				t.Errorf("given early: got %v", err)
			}
			if c.early && len(rows) != len(want) {
				t.Errorf("got %d rows early, want %d", len(rows), len(want))
			}
		})
	}
}
