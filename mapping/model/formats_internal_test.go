package model

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The pattern is not run for a field of the format email-list, so this is what keeps the two together.
func TestTheTargetHasThePatternThatTheFormatDecides(t *testing.T) {
	target, err := Load("cro")
	if err != nil {
		t.Fatal(err)
	}
	m := target.Resources[0].Model
	email := &m.Fields[m.Index("email")]
	if email.Format != "email-list" || email.Pattern != emailListPattern {
		t.Errorf("got format %s and pattern %q, want %q", email.Format, email.Pattern, emailListPattern)
	}
	if email.checks.pattern != nil {
		t.Error("the pattern is run although the format decides the same")
	}
}

func TestAnotherPatternIsRunBesideTheFormat(t *testing.T) {
	m := NewModel("x", "y", []Field{{Name: "email", Kind: String, Rules: Rules{MaxLength: -1, Format: "email-list", Pattern: "@example[.]org$"}}})
	got := m.Validate(nil, Record{{String, "a@b"}}, ForCreate)
	if len(got) != 1 || got[0].Code != CodeBadPattern {
		t.Errorf("got %v, want %s", got, CodeBadPattern)
	}
}

func TestFormatAndPatternOfEmailListsAgree(t *testing.T) {
	pattern := regexp.MustCompile(emailListPattern)
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"@", "@", ",", " ", "\t", "\r", "\n", "a", "é", "a@b", ", "}),
		rapid.Map(rapid.Rune(), func(r rune) string { return string(r) }),
		rapid.Map(rapid.SampledFrom([]rune("\v\f\u0085\u00a0\u1680\u180e\u2000\u2005\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff")), func(r rune) string { return string(r) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		list := strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "list"), "")
		if got, want := isEmailList(list), pattern.MatchString(list); got != want {
			t.Fatalf("%q: the format says %v, the pattern %v", list, got, want)
		}
	})
}

func TestFormatAndPatternAgreeOnEveryCharacter(t *testing.T) {
	pattern := regexp.MustCompile(emailListPattern)
	for r := rune(0); r <= 0xffff; r++ {
		list := "a" + string(r) + "@b"
		if got, want := isEmailList(list), pattern.MatchString(list); got != want {
			t.Errorf("%q: the format says %v, the pattern %v", list, got, want)
		}
	}
}

func TestDecimalsAreOrderedByValue(t *testing.T) {
	ordered := []string{"-100", "-99.5", "-10", "-9.51", "-9.5", "-0.1", "0", "0.05", "0.1", "0.11", "1", "9.99", "10", "99", "100.01"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := compareDecimals(a, b); got != want {
				t.Errorf("%s and %s: got %d, want %d", a, b, got, want)
			}
		}
	}
	if got := compareDecimals("180.0", "180"); got != 0 {
		t.Errorf("180.0 and 180: got %d, want 0", got)
	}
}
