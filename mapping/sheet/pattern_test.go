package sheet_test

import (
	"html"
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// TestNumbersInPatterns: a phone, a postcode or a number of a customer is often stored as a number, and its zeros, blanks
// and dashes are in the format alone. What is read is what a person sees in Excel.
func TestNumbersInPatterns(t *testing.T) {
	for _, c := range []struct{ name, code, stored, want string }{
		{"a phone with a blank", "00000 000000", "1632960123", "01632 960123"},
		{"a phone with a zero in quotes", `"0"0000 000000`, "1632960123", "01632 960123"},
		{"a postcode with a dash", "00000-0000", "21011234", "02101-1234"},
		{"a plus in quotes", `"+"0`, "441632960123", "+441632960123"},
		{"a social security number", "000-00-0000", "12345678", "012-34-5678"},
		{"parentheses", "(000) 000-0000", "2025550123", "(202) 555-0123"},
		{"escaped text", `\(000\)\ 000\/000\.0`, "2025550123", "(202) 555/012.3"},
		{"a letter beyond ASCII that is escaped", `\№000`, "7", "№007"},
		{"letters in front", `"K-"00000`, "123", "K-00123"},
		{"a letter in front of one digit", `"Nr. "0`, "45", "Nr. 45"},
		{"digits beyond the places stand in front", "00-00", "123456", "1234-56"},
		{"digits beyond the places stand behind literals", "(00) 00", "123456", "(1234) 56"},
		{"zero", "00-00", "0", "00-00"},
		{"a negative number", "000-00", "-1234", "-012-34"},
		{"a negative number with a section of its own", "000-00;(0)", "-1234", "-1234"},
		{"a positive number with a section of its own", "000-00;(0)", "1234", "012-34"},
		{"zero with a section of its own", `000-00;-0;"none"`, "0", "0"},
		{"a colour and a language", "[Red][$-407]00000-00", "123456", "01234-56"},
		{"a gap as wide as a letter", "_-00-00_)", "123", "01-23"},
		{"a number of a Java program", "00000 0000000", "4.41134960123E11", "44113 4960123"},
		{"more than any format has", strings.Repeat("0", 300), "12", "12"},

		{"a fraction keeps its digits", "000-00", "12.5", "12.5"},
		{"a unit is no part of the value", `0 "days"`, "12", "12"},
		{"nor is a currency", `"€" 0`, "12", "12"},
		{"nor is one of the language", "[$€-407] 00", "1", "1"},
		{"nor is one with padding", `00 "€"`, "1", "1"},
		{"a plain number", "0", "12", "12"},
		{"decimals", "00.00", "1234", "1234"},
		{"groups", "0,000", "1234567", "1234567"},
		{"a fraction bar", "00/00", "1234", "1234"},
		{"a percent sign", "00%", "12", "12"},
		{"places that may be empty", "###-0000", "5550123", "5550123"},
		{"a condition", "[<=9999999]000-0000;(000) 000-0000", "5550123", "5550123"},
		{"another condition", "000-0000;[=0]00", "5550123", "5550123"},
		{"text alone", `"none"`, "12", "12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := oneCell(styled(padded, c.stored)).replace(stylesPart, `formatCode="00000"`, `formatCode="`+html.EscapeString(c.code)+`"`)
			_, rows := mustRead(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{})
			if got := rows[0].Cells[0]; got != num(c.want, c.stored, sheet.DamageNone) {
				t.Errorf("got %+v, want %q and no damage", got, c.want)
			}
		})
	}
}
