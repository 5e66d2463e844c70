package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// The widths of a screen, in characters.
const (
	usualWidth = 80 // of a terminal that does not say
	minWidth   = 20 // below it nothing is wrapped any more
)

// screenWidth is how wide a terminal is; 0 if w is none, for what is read by programs is not wrapped.
func screenWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !isTerminal(f) {
		return 0
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return usualWidth
}

// wrap breaks text between words into lines of at most width characters; a longer word has a line of its own. Where width
// is too small to be one, text stays in one line.
func wrap(text string, width int) []string {
	if width < minWidth {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && displayWidth(line)+1+displayWidth(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// broken breaks lines that are still wider than width, for a cell of a sheet may be one long word. Where width is too small to be
// one, they stay.
func broken(lines []string, width int) []string {
	if width < minWidth {
		return lines
	}
	var out []string
	for _, line := range lines {
		from, used := 0, 0
		for i, r := range line {
			if used += runeWidth(r); used > width {
				out = append(out, line[from:i])
				from, used = i, runeWidth(r)
			}
		}
		out = append(out, line[from:])
	}
	return out
}

// minHang is the narrowest that text may stand beside what leads it.
const minHang = 24

// hang puts text beside its lead, wrapped on a terminal; one that is too narrow for that has it below.
func hang(lead, text string, width int) []string {
	at := displayWidth(lead)
	if width < minWidth || at+displayWidth(text) <= width || text == "" && displayWidth(strings.TrimRight(lead, " ")) <= width {
		return []string{strings.TrimRight(lead+text, " ")}
	}
	indent, first := strings.Repeat(" ", at), lead
	if width-at < minHang {
		indent = strings.Repeat(" ", min(at, indentOf(lead)+4))
		first = indent
	}
	var out []string
	if first != lead {
		out = append(out, broken([]string{strings.TrimRight(lead, " ")}, width)...)
	}
	for _, part := range broken(wrap(text, width-len(indent)), width-len(indent)) {
		out = append(out, first+part)
		first = indent
	}
	return out
}

// fits reports whether a table needs no more than width characters.
func fits(rows [][]string, width int) bool {
	widths := columnWidths(rows)
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	return total <= width
}

// cards prints a table row by row, each under its first cell, for screens that are too narrow for it: name, value.
func cards(w io.Writer, rows [][]string, width int) {
	names := 0
	for _, name := range rows[0][1:] {
		names = max(names, displayWidth(name))
	}
	for _, row := range rows[1:] {
		fmt.Fprintln(w, row[0])
		for i, cell := range row[1:] {
			if cell == "" {
				continue
			}
			name := strings.ToLower(rows[0][i+1])
			for _, line := range wrap(cell, width-names-4) {
				fmt.Fprintf(w, "  %-*s  %s\n", names, name, line)
				name = ""
			}
		}
	}
}

// displayWidth is how many cells of a terminal a text takes: characters of East Asia two, those that sit on the one before
// none.
func displayWidth(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
