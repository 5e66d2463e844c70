package main

import (
	"regexp"
	"strings"
	"testing"
)

// stillScreen is what a person reads in the end: without colours and without what was live and is gone.
func stillScreen(shown string) []string {
	shown = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]").ReplaceAllString(shown, "")
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(shown, "\r\n", "\n"), "\n") {
		lines = append(lines, line[strings.LastIndexByte(line, '\r')+1:])
	}
	return lines
}

// TestTerminalOfAnyWidth: what is shown of a run is not broken by the right margin, however wide characters are. Paths and
// commands to copy are, for they must be whole.
func TestTerminalOfAnyWidth(t *testing.T) {
	t.Parallel()
	p := newPlace(t, strings.Replace(plainJob, "E-mail: email}", "E-mail: email, Full name of the person who answers the phone: name}", 1))
	p.write(t, "contacts.csv", "Customer,E-mail,Full name of the person who answers the phone\n"+
		"1,a@x.example,"+strings.Repeat("株式会社", 30)+"\n2,wrong,"+strings.Repeat("e\u0301", 60)+"\n3,"+strings.Repeat("longword", 12)+",Cy\nx,d@x.example,\u200b\n")
	for _, width := range []int{40, 60, 80, 200} {
		for _, args := range [][]string{{"validate"}, {"plan"}, {"runs"}, {"check"}, {"explain"}, {"explain", "too_long"}, {"explain", "3"},
			{"fields", "cro/contact"}, {"--help"}, {"init", "--help"}, {"simulate", "--help"}, {"nosuch"}} {
			shown, code := p.onTerminalOf(t, uint16(width), "", nil, args...)
			if wrong := args[0] == "nosuch"; code != 0 && code != 3 && (code != 2 || !wrong) {
				t.Errorf("%v: exit code %d:\n%s", args, code, shown)
			}
			for _, line := range stillScreen(shown) {
				whole := strings.HasPrefix(line, "Report ") || strings.HasPrefix(line, "Next ") || strings.HasPrefix(line, "Source: ")
				if got := displayWidth(line); got > width && !whole {
					t.Errorf("%v on %d columns: a line of %d: %q", args, width, got, line)
				}
			}
		}
	}
}

// TestTerminalTellsBeforeItAsks: who is to say yes sees what is left out, and what goes with a warning.
func TestTerminalTellsBeforeItAsks(t *testing.T) {
	t.Parallel()
	p := newPlace(t, strings.Replace(plainJob, "E-mail: email}", "E-mail: email, Name: name}", 1))
	p.write(t, "contacts.csv", "Customer,E-mail,Name\n1,a@x.example,A\u200bda\n2,wrong,Bob\n")
	shown, code := p.onTerminal(t, "n", nil, "sync", "--no-color")
	asked, _, _ := strings.Cut(strings.Join(stillScreen(shown), "\n"), "[y/N] ")
	for _, want := range []string{
		"\nLeft out: 1 invalid row. Sent with warnings: 1 row.\nCreate 1 cro/contact record at ",
		"    1  bad_email  E-mail  3\n", "COUNT  WARNING            COLUMN  LINES\n    1  invisible_in_text  Name    2\n",
	} {
		if !strings.Contains(asked, want) || code != 3 {
			t.Errorf("exit code %d, and before it asks it does not show %q:\n%s", code, want, asked)
		}
	}
}
