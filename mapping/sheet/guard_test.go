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
		{"a number behind an apostrophe, which looks like a guarded text", "'-12.5", "''-12.5"},
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
	for kind := sheet.Text; kind <= sheet.Boolean; kind++ {
		if guarded := sheet.GuardAs(s, kind); sheet.Unguard(guarded) != s {
			t.Errorf("got %q back through %q, want %q", sheet.Unguard(guarded), guarded, s)
		}
	}
	if back := sheet.Unguard(sheet.GuardXLSX(s)); back != s {
		t.Errorf("got %q back through a workbook, want %q", back, s)
	}
}

// guardable makes texts that come near the guard more often than chance does.
func guardable() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringMatching(`'{0,3}[=+@\t\r＝＋－＠-]?[+-]?[0-9 ().,'-]{0,12}`), rapid.StringMatching(`'{0,2} ?[0-9]{1,4}[-/.: Ee][0-9]{1,4} ?`))
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

func TestGuardAsKeepsTexts(t *testing.T) {
	for _, s := range []string{
		"00042", "0042.50", "+5", "+491701234567", "1.5", "3.50", "0.10", "1,234", "1.234,56", "1 234", "1'234", "12E4", "3E8", "1e3", "1.5E+15", "123456789012", "1234567890123456789",
		"1/2", "1-2", "1-2-2026", "2026-01-02", "02/01/2026", "12.5.2026", "1.5.", "2-Jan", "Jan 2", "March 2024", "MARCH1", "SEPT2", "2 January 2026", "10:30", "9:05", "10:30:00", "9:05 PM", "2026-01-02T00:00:00",
		"TRUE", "true", "Wahr", "5%", "$5", "€ 5", "(5)", "5 €", "1 1/2", " 42", "42 ", "'00042", "''1-2", "=1+1", "@x",
	} {
		if got := sheet.GuardAs(s, sheet.Text); got != "'"+s {
			t.Errorf("got %q, want an apostrophe before %q", got, s)
		}
	}
	for _, s := range []string{
		"", "0", "7", "-5", "42", "12345678901", "Ida", "4 Mill Lane", "+49 170 1234567", "+1 360 123-6543", "0170 1234567", "(0170) 1234", "555-1234", "360-123-6543", "BS1 5TR", "T2P 1J9",
		"May", "Mark 1", "A-1", "12 Mill Road", "1:acct:run", "'t Hart", "'", "true story", "ida@example.org",
	} {
		if got := sheet.GuardAs(s, sheet.Text); got != s {
			t.Errorf("got %q, want %q as it is", got, s)
		}
	}
}

func TestGuardAsKeepsNumbersAndDates(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		kind           sheet.Kind
	}{
		{"a price", "1.50", "1.50", sheet.Number},
		{"a price with a comma", "1234,5", "1234,5", sheet.Number},
		{"a place on the globe", "51.4545", "51.4545", sheet.Number},
		{"a long number", "123456789012345", "123456789012345", sheet.Number},
		{"a longer one than programs keep", "9223372036854775807", "'9223372036854775807", sheet.Number},
		{"three decimals, a thousand elsewhere", "1,234", "'1,234", sheet.Number},
		{"three decimals and a zero, which a program takes away", "1.2340", "'1.2340", sheet.Number},
		{"a date that all know", "2026-01-02", "2026-01-02", sheet.Date},
		{"a date before all programs agree", "1900-02-28", "'1900-02-28", sheet.Date},
		{"a date that is another one elsewhere", "02/01/2026", "'02/01/2026", sheet.Date},
		{"a date in words", "2 January 2026", "'2 January 2026", sheet.Date},
		{"a truth value", "true", "true", sheet.Boolean},
		{"a formula is one in every column", "=1+1", "'=1+1", sheet.Number},
	} {
		if got := sheet.GuardAs(c.in, c.kind); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// signed is the numbers and phone numbers that need no guard, as patterns: the documents of the code under test.
var signed = regexp.MustCompile(`^[+-][0-9]+([.,][0-9]+)?$|^[+-][0-9]{1,3}([., '][0-9]{3})+([.,][0-9]+)?$|` +
	`^\+[0-9]{1,4} (\([0-9]{1,5}\) ?)?[0-9]+([ .-][0-9]+)*$`)

func TestGuardLeavesNumbersAndPhonesByTheirPatterns(t *testing.T) {
	check := func(t interface{ Errorf(string, ...any) }, s string) {
		if got, want := sheet.Guard(s) == s, signed.MatchString(s); got != want {
			t.Errorf("%q is left as it is: got %t, want %t", s, got, want)
		}
	}
	t.Run("all that is short", func(t *testing.T) {
		const most = 5
		var extend func(s string)
		extend = func(s string) {
			check(t, s)
			if len(s) <= most {
				for _, c := range "1., '-()+x" {
					extend(s + string(c))
				}
			}
		}
		extend("+")
		extend("-")
	})
	t.Run("pieces of numbers and phones", rapid.MakeCheck(func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"1", "23", "456", "7890", "12345", "123456", ".", ",", " ", "'", "-", "(0)", "(360) ", "(", ")", ".123", " 456", "é", "\n"})
		check(t, rapid.SampledFrom([]string{"+", "-", "+49 ", "+1 (360) "}).Draw(t, "sign")+strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), ""))
	}))
}

func TestGuardXLSXLeavesFormulasText(t *testing.T) {
	for in, want := range map[string]string{"=1": "=1", "'=1": "''=1", "'Ada": "'Ada", "-12.5": "-12.5"} {
		if got := sheet.GuardXLSX(in); got != want {
			t.Errorf("got GuardXLSX(%q) = %q, want %q", in, got, want)
		}
	}
}
