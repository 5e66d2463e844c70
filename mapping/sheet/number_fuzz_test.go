package sheet

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"
)

// FuzzNumber: a number without damage is shown as digits, without an exponent, and is the number that was stored.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-12.5", "007", "1E-3", "1.5E+15", "0.30000000000000004", "1e308", "9007199254740993", "5551234.0", "-0", ".5", "1E99999", "4.41134960123E11"} {
		f.Add(s, uint8(5), false)
	}
	shown := regexp.MustCompile(`^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)
	f.Fuzz(func(t *testing.T, raw string, digits uint8, exponent bool) {
		d, err := parseDecimal(raw)
		if err != nil {
			return
		}
		c := d.cell(raw, format{pattern: pattern{text: strings.Repeat(string(place), int(digits))}, exponent: exponent})
		if c.Damage != DamageNone {
			return
		}
		if exponent || !shown.MatchString(c.Text) {
			t.Fatalf("got %q for %q without damage, want digits", c.Text, raw)
		}
		if bare := strings.TrimPrefix(c.Text, "-"); d.integer() && len(bare) < int(digits) {
			t.Fatalf("got %q for %q, want %d digits", c.Text, raw, digits)
		}
		want, _ := new(big.Rat).SetString(raw)
		got, ok := new(big.Rat).SetString(c.Text)
		if len(d.digits) <= excelDigits && (!ok || want == nil || got.Cmp(want) != 0) {
			t.Fatalf("got %q for %q, want the same number", c.Text, raw)
		}
	})
}

// FuzzDate: a serial number is a moment that can be read again, or none; and what is stored as ISO reads as itself.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"1", "59", "60", "61", "0.5", "45322.999999", "2958465", "2958466", "-1", "1e308", "NaN", "2024-01-31", "2024-01-31T09:30:00.5Z", "18:00:00"} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, raw string, date1904 bool) {
		texts := []string{}
		if iso, err := serialDate(raw, date1904); err == nil {
			texts = append(texts, iso)
		}
		if iso, err := isoDate(raw); err == nil {
			texts = append(texts, iso)
		}
		for _, iso := range texts {
			again, err := isoDate(iso)
			if err != nil || again != iso {
				t.Fatalf("got %q for %q, which reads as %q, error %v", iso, raw, again, err)
			}
			if moment, err := time.Parse(isoDay, iso[:min(len(iso), len(isoDay))]); err == nil && moment.Year() > 9999 {
				t.Fatalf("got %q for %q, a year that Excel does not know", iso, raw)
			}
		}
	})
}
