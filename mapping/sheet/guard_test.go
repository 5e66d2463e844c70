package sheet_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

func TestGuard(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"a formula", "=1+1", "'=1+1"},
		{"a hyperlink", `=HYPERLINK("http://x","a")`, `'=HYPERLINK("http://x","a")`},
		{"a command behind a plus", "+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"},
		{"a sum of negative numbers", "-2+3", "'-2+3"},
		{"an at sign", "@SUM(A1)", "'@SUM(A1)"},
		{"a tab", "\t=1", "'\t=1"},
		{"a carriage return", "\r=1", "'\r=1"},
		{"full-width equals", "＝1", "'＝1"},
		{"full-width plus", "＋1", "'＋1"},
		{"full-width minus", "－1", "'－1"},
		{"full-width at", "＠1", "'＠1"},
		{"a dash alone", "-", "'-"},
		{"a formula behind an apostrophe", "'=1", "''=1"},
		{"a formula behind two apostrophes", "''=1", "'''=1"},
		{"a phone that Excel would subtract", "+1-360-123-6543", "'+1-360-123-6543"},
		{"a number in exponent form", "-1.5E+15", "'-1.5E+15"},
		{"a negative number", "-12.5", "-12.5"},
		{"a decimal comma", "-12,5", "-12,5"},
		{"groups of three", "+1,234,567.89", "+1,234,567.89"},
		{"a phone", "+49 170 1234567", "+49 170 1234567"},
		{"a phone without spaces", "+491701234567", "+491701234567"},
		{"a phone with brackets", "+1 (360) 123-6543", "+1 (360) 123-6543"},
		{"a phone with a bracketed zero", "+49 (0)170 123-45", "+49 (0)170 123-45"},
		{"a formula inside text", `a";=1`, `a";=1`},
		{"a name with an apostrophe", "'t Hart", "'t Hart"},
		{"a number behind an apostrophe", "'-12.5", "'-12.5"},
		{"an apostrophe alone", "'", "'"},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := sheet.Guard(c.in); got != c.want {
				t.Errorf("got Guard(%q) = %q, want %q", c.in, got, c.want)
			}
			if got := sheet.Unguard(c.want); got != c.in {
				t.Errorf("got Unguard(%q) = %q, want %q", c.want, got, c.in)
			}
		})
	}
}

// plain is what may begin with a sign, told without the code under test: digits and what stands between them in numbers
// and phone numbers.
var plain = regexp.MustCompile(`^[+-][0-9][0-9 .,()'-]*$`)

// checkGuard is the law of Guard for one text.
func checkGuard(t interface{ Errorf(string, ...any) }, s string) {
	guarded := sheet.Guard(s)
	if back := sheet.Unguard(guarded); back != s {
		t.Errorf("got %q back through %q, want %q", back, guarded, s)
	}
	first, _ := utf8.DecodeRuneInString(guarded)
	if strings.ContainsRune("=@\t\r＝＋－＠", first) || strings.ContainsRune("+-", first) && !plain.MatchString(guarded) {
		t.Errorf("got Guard(%q) = %q, want no text that Excel evaluates", s, guarded)
	}
	if back := sheet.Unguard(sheet.GuardXLSX(s)); back != s {
		t.Errorf("got %q back through a workbook, want %q", back, s)
	}
}

// guardable makes texts that come near the guard more often than chance does.
func guardable() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringMatching(`'{0,3}[=+@\t\r＝＋－＠-]?[+-]?[0-9 ().,'-]{0,12}`))
}

func TestGuardIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkGuard(t, guardable().Draw(t, "text"))
	})
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{"", "'", "=1", "''=1", "-12.5", "+49 170 1", "＝", "\xff=", "'\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkGuard(t, s) })
}

func TestGuardXLSXLeavesFormulasText(t *testing.T) {
	for in, want := range map[string]string{"=1": "=1", "'=1": "''=1", "'Ada": "'Ada", "-12.5": "-12.5"} {
		if got := sheet.GuardXLSX(in); got != want {
			t.Errorf("got GuardXLSX(%q) = %q, want %q", in, got, want)
		}
	}
}
