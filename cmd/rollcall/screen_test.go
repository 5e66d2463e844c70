package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says, text string
		width      int
		want       []string
	}{
		{"what fits stays", "one two three", 20, []string{"one two three"}},
		{"what fits exactly stays", "twenty characters ok", 20, []string{"twenty characters ok"}},
		{"between words", "one two three four five", 20, []string{"one two three four", "five"}},
		{"a long word has a line of its own", "see docs.example.org/reference/pages now", 20, []string{"see", "docs.example.org/reference/pages", "now"}},
		{"characters count, not bytes", "éééééééééé ééééééééé", 20, []string{"éééééééééé ééééééééé"}},
		{"a file has no width", "one two three four five six", 0, []string{"one two three four five six"}},
		{"neither has a column that is too narrow for words", "one two three four five six", 5, []string{"one two three four five six"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, c.width)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.says, diff)
		}
	}
}

func TestCards(t *testing.T) {
	t.Parallel()
	rows := [][]string{{"TARGET", "API", "ACCOUNT SETTINGS"}, {"depot", "Depot of many words to tell", ""}, {"cro", "CRO", "tenant_id"}}
	if fits(rows, 52) || !fits(rows, 53) {
		t.Error("the table is 6+27+16 characters wide, and two gaps")
	}
	var out bytes.Buffer
	cards(&out, rows, 42)
	want := strings.Join([]string{
		"depot", "  api               Depot of many words to", "                    tell",
		"cro", "  api               CRO", "  account settings  tenant_id", "",
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
