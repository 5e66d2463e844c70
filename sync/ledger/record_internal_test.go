package ledger

import (
	"encoding/json"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// FuzzStoredRecord compares the quick way to read a stored record with the one of the standard library: whatever the quick way does
// not leave to it, both read alike.
func FuzzStoredRecord(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"name":"s:Ann"}`, `{"name":"s:Ann","fax":"null","count":"i:7"}`, `{"name":"s:Zoë"}`, `{"name":"s:a\"b"}`,
		`{"name":"s:\u003cb\u003e"}`, `{"a":"s:1","a":"s:2"}`, `{"a" : "s:1"}`, `{"a":"s:1",}`, `{"a":7}`, `{"a":"s:1"} `, `{"a"}`,
		`{"a":"s:1"`, `["a"]`, ``, `{`, `{"`, `{"a":"`, "{\"a\":\"\xff\"}", "{\"a\":\"\n\"}", `{"":""}`, `{"a":"s:1""b":"s:2"}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		texts, plain := plainTexts(text, nil)
		if !plain {
			return
		}
		got := map[string]string{}
		for i := 0; i < len(texts); i += 2 {
			got[texts[i]] = texts[i+1]
		}
		want := map[string]string{}
		if err := json.Unmarshal([]byte(text), &want); err != nil || !maps.Equal(got, want) {
			t.Errorf("got %q from %q, want %q (%v)", got, text, want, err)
		}
	})
}

// Values are read as they were written, whatever is in them, and most of them the quick way.
func TestStoredValuesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "values")
		text := encodeValues(want)
		got, err := storedValues(text)
		if err != nil || !maps.Equal(got, want) {
			t.Fatalf("got %q from %s, want %q (%v)", got, text, want, err)
		}
	})
	for says, text := range map[string]string{
		"no values":           encodeValues(nil),
		"plain ones":          encodeValues(map[string]string{"name": "s:Ann", "fax": "null"}),
		"letters with accent": `{"name":"s:Zoë Ångström"}`,
	} {
		if _, plain := plainTexts(text, nil); !plain {
			t.Errorf("%s: %s is not read the quick way", says, text)
		}
	}
}
