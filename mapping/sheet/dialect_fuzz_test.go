package sheet_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// readAs reads a file with options, for the fuzz tests: header and rows of text, or the refusal.
func readAs(t *testing.T, content []byte, opts sheet.Options) (info sheet.Info, all [][]string, err error) {
	t.Helper()
	r, err := sheet.Open(write(t, "data.csv", content), opts)
	if err != nil {
		return info, nil, err
	}
	defer r.Close()
	rows, err := readRows(r)
	all = append(all, r.Header())
	for _, row := range rows {
		all = append(all, texts(row))
	}
	return r.Info(), all, err
}

// FuzzDialect: what is detected is one of the dialects that can be set, and a file reads the same with everything set to
// what was detected as it did before.
func FuzzDialect(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a;b\n1,5;2\n", "'a';'b'\n'1;';'2'\n", "sep=|\na|b\n", "sep=\"\na\"b\n", "sep='\n'a'\n", "T\n\na\tb\n1\t2\n", "\ufeff\"a\"|\"b\"\r\"1|\"|2",
		"a,b;c\n1,2;3\n", "M\xfcller,b\n", "\xff\xfea\x00,\x00b\x00\n\x00", "a\x00\n\x00", "\x00a\x00\n", "ü\n\xfc", "\xc8\xe2\xe0\xed\n", "\xff\xfe\x00\x00a\x00\x00\x00",
		"a, \"b\"\n", "a,'_rollcall'\n", "'a','_rollcall'\n'1','2'\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		info, found, err := readAs(t, content, sheet.Options{})
		if err != nil || info.Type != "csv" {
			return
		}
		opts := sheet.Options{Delimiter: info.Delimiter, Quote: info.Quote, Encoding: info.Encoding, HeaderRow: info.HeaderRow}
		again, set, err := readAs(t, content, opts)
		if err != nil {
			t.Fatalf("got %v with %+v for %q, which reads without", err, opts, content)
		}
		if diff := cmp.Diff(set, found); diff != "" {
			t.Errorf("with %+v %q reads differently (-set +found):\n%s", opts, content, diff)
		}
		again.Notices, info.Notices = nil, nil
		again.Path, info.Path = "", ""
		if diff := cmp.Diff(again, info); diff != "" {
			t.Errorf("with %+v the info of %q differs (-set +found):\n%s", opts, content, diff)
		}
	})
}

// FuzzCSVReadsWhatWasWritten: a sound sheet reads as encoding/csv wrote it, with the delimiter set, in every encoding that has
// its letters.
func FuzzCSVReadsWhatWasWritten(f *testing.F) {
	f.Add("a|b\n1|2", byte(0))
	f.Add("Zoë|x,y\n\"|'\n5\" pipe|;", byte(1))
	f.Add(" |\n\t|-\nsep=,|", byte(2))
	f.Fuzz(func(t *testing.T, text string, which byte) {
		comma := ",;\t|"[which%4]
		var want [][]string
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Comma = rune(comma)
		width := 0
		for row := range strings.SplitSeq(strings.ToValidUTF8(text, "?"), "\n") {
			record := strings.Split(strings.ReplaceAll(row, "\r", ""), "|")
			if len(trimmed(slices.Clone(record))) == 0 {
				continue
			}
			if width == 0 {
				width = len(trimmed(slices.Clone(record)))
			}
			if len(record) != width || slices.Contains(record, "_rollcall") {
				return // ragged rows and marked sheets are other tests'
			}
			if err := w.Write(record); err != nil {
				t.Fatal(err)
			}
			want = append(want, record)
		}
		if w.Flush(); w.Error() != nil {
			t.Fatal(w.Error())
		}
		if len(want) == 0 || foreign(out.Bytes()) {
			return
		}
		_, got, err := readAs(t, out.Bytes(), sheet.Options{Delimiter: string(rune(comma)), Quote: `"`, Encoding: "utf-8"})
		if err != nil {
			t.Fatalf("got %v for %q", err, out.String())
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q (-got +want):\n%s", out.String(), diff)
		}
	})
}

// foreign reports whether a text begins like a file of another kind, or with a mark or a hint.
func foreign(text []byte) bool {
	head := strings.ToLower(strings.TrimLeftFunc(string(text), func(r rune) bool {
		return r == 0xfeff || r == 0 || r == utf8.RuneError || unicode.IsSpace(r)
	}))
	return strings.TrimLeft(string(text), "\ufeff") != string(text) || strings.HasPrefix(head, "<") || strings.HasPrefix(head, "{") ||
		strings.HasPrefix(head, "[") || strings.HasPrefix(head, "sep=") || strings.HasPrefix(head, "mime") || strings.HasPrefix(head, "begin") ||
		strings.ContainsAny(head[:min(len(head), 8)], "%\x00\x7f\x1f") || strings.HasPrefix(head, "pk") || strings.HasPrefix(head, "gif") ||
		strings.HasPrefix(head, "rar") || strings.HasPrefix(head, "7z") || strings.HasPrefix(head, "sqlite") || strings.HasPrefix(head, "par1") ||
		strings.HasPrefix(head, "obj") || strings.HasPrefix(head, "ii") || strings.HasPrefix(head, "mm") || strings.HasPrefix(head, "(")
}
