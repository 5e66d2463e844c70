package mapping_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/model"
)

// recordOf is a record of texts.
func recordOf(parts ...string) model.Record {
	r := make(model.Record, len(parts))
	for i, p := range parts {
		r[i] = model.Value{Kind: model.String, Text: p}
	}
	return r
}

func TestKeysOfOneRecordAreTheSame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		a, b model.Record
		same bool
	}{
		{"letter case does not count", recordOf("Ida", "X"), recordOf("IDA", "x"), true},
		{"outer white space does not count", recordOf(" Ida\u00a0", "X"), recordOf("Ida", "\tX\n"), true},
		{"inner white space does", recordOf("I da", "X"), recordOf("Ida", "X"), false},
		{"the composition of accents does not count", recordOf("Zoë", "X"), recordOf("Zoe\u0308", "X"), true},
		{"accents do", recordOf("Zoë", "X"), recordOf("Zoe", "X"), false},
		{"sharp s is folded", recordOf("STRASSE", "X"), recordOf("Straße", "X"), true},
		{"the order of the parts counts", recordOf("a", "b"), recordOf("b", "a"), false},
		{"parts do not run into each other", recordOf("ab", "c"), recordOf("a", "bc"), false},
		{"a space is no border between parts", recordOf("a b", "c"), recordOf("a", "b c"), false},
		{"a number is its digits", model.Record{{Kind: model.Integer, Text: "17"}, {Kind: model.String, Text: "x"}}, recordOf("17", "X"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, b := mapping.Key([]int{0, 1}, tt.a), mapping.Key([]int{0, 1}, tt.b)
			if a == "" || b == "" || (a == b) != tt.same {
				t.Errorf("got %q and %q, want them to be the same: %v", a, b, tt.same)
			}
		})
	}
}

func TestABlankPartLeavesNoKey(t *testing.T) {
	t.Parallel()
	for _, blank := range []model.Value{{}, {Kind: model.Null}, {Kind: model.String}, {Kind: model.String, Text: " \u00a0"}} {
		for _, r := range []model.Record{{blank, {Kind: model.String, Text: "x"}}, {{Kind: model.String, Text: "x"}, blank}} {
			if got := mapping.Key([]int{0, 1}, r); got != "" {
				t.Errorf("%v: got %q, want no key", r, got)
			}
		}
	}
	if got := mapping.Key(nil, recordOf("x")); got != "" {
		t.Errorf("no key fields: got %q, want no key", got)
	}
}

// samePart is the rule for parts in other words than Key's, for letters whose upper and lower case are one to one.
func samePart(a, b string) bool {
	return strings.EqualFold(norm.NFC.String(strings.TrimSpace(a)), norm.NFC.String(strings.TrimSpace(b)))
}

// TestKeysAreTheSameExactlyIfAllPartsAre tries parts that are made of few letters, so that many are the same.
func TestKeysAreTheSameExactlyIfAllPartsAre(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]string{"a", "A", "b", "é", "É", "e\u0301", "E", " ", "\u00a0", ",", "|", "\\", "0", "世", "🚚"})
	part := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(letters, 0, 4).Draw(t, "letters"), "") + rapid.SampledFrom([]string{"x", "X", "x "}).Draw(t, "end")
	})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(t, "parts")
		a := rapid.SliceOfN(part, n, n).Draw(t, "a")
		b := rapid.SliceOfN(part, n, n).Draw(t, "b")
		fields, same := make([]int, n), true
		for i := range fields {
			fields[i] = i
			same = same && samePart(a[i], b[i])
		}
		keyA, keyB := mapping.Key(fields, recordOf(a...)), mapping.Key(fields, recordOf(b...))
		if (keyA == keyB) != same {
			t.Fatalf("got %q and %q, want them to be the same: %v", keyA, keyB, same)
		}
	})
}

// TestKeysOfDifferentPartsDiffer tries any text without control characters, which no sheet delivers unmarked.
func TestKeysOfDifferentPartsDiffer(t *testing.T) {
	t.Parallel()
	part := rapid.StringMatching(`\PC{0,6}[^\pC\pZ]`)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(part, 2, 2).Draw(t, "a")
		both := []rune(a[0] + a[1])
		cut := rapid.IntRange(1, len(both)-1).Draw(t, "cut") // the same letters with the border elsewhere
		b := []string{string(both[:cut]), string(both[cut:])}
		same := mapping.Key([]int{0, 1}, recordOf(a...)) == mapping.Key([]int{0, 1}, recordOf(b...))
		if same != samePartKeys(a, b) {
			t.Fatalf("%q and %q: got the same key: %v", a, b, same)
		}
	})
}

// samePartKeys compares part by part, where no part can run into another.
func samePartKeys(a, b []string) bool {
	for i := range a {
		if mapping.Key([]int{0}, recordOf(a[i])) != mapping.Key([]int{0}, recordOf(b[i])) {
			return false
		}
	}
	return true
}
