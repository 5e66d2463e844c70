package main

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTerminalOfUsualWidth holds what is looked up most to the 80 columns of a terminal: nothing is broken by its right
// margin but an address that is longer, and nothing is lost.
func TestTerminalOfUsualWidth(t *testing.T) {
	t.Parallel()
	p := newPlace(t, plainJob)
	colour := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"targets"}, []string{"bigchange\n", "  resources         cro/contact\n", "  auth              bearer (token), refresh_token (client_id, store)\n", "  rate              20/1m\n"}},
		{[]string{"fields", "cro"}, []string{"customer_id                     a whole number  required; fixed once the record\n", "exists; lookup: name; cleared\n", "\nCleared by: not documented, where", "\nSource: docs.crosoftware.net/"}},
		{[]string{"fields", "bigchange"}, []string{"parentId", "lookup: name or reference\n", "not documented\n", "older interface: 40"}},
		{[]string{"fields", "revnue"}, []string{"contact_person.type", "money", "0 to 999999999999999; at most 2 decimals"}},
		{[]string{"-q", "check"}, []string{"ok       connection", "-> connection.api_version: false sends none", "Ready"}},
	} {
		shown, _ := p.onTerminal(t, "", nil, c.args...)
		shown = strings.ReplaceAll(colour.ReplaceAllString(shown, ""), "\r\n", "\n")
		for _, want := range c.want {
			if !strings.Contains(shown, want) {
				t.Errorf("%v does not show %q:\n%s", c.args, want, shown)
			}
		}
		for line := range strings.SplitSeq(shown, "\n") {
			if utf8.RuneCountInString(line) > 80 {
				t.Errorf("%v: a line of %d characters: %s", c.args, utf8.RuneCountInString(line), line)
			}
		}
	}
}
