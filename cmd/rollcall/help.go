package main

import (
	"io"
	"strings"
)

// helpScreen takes what the library prints as help, and shows it in lines that fit a terminal.
type helpScreen struct{ text strings.Builder }

// Write takes a part of the help.
func (h *helpScreen) Write(text []byte) (int, error) { return h.text.Write(text) }

// showOn prints the help. What programs read is as long as it takes.
func (h *helpScreen) showOn(w io.Writer) {
	width := screenWidth(w)
	if width == 0 {
		write(w, "%s", h.text.String())
		return
	}
	for _, line := range paragraphs(strings.Split(strings.TrimSuffix(h.text.String(), "\n"), "\n")) {
		for _, part := range hanging(line, width) {
			write(w, "%s\n", part)
		}
	}
}

// hanging breaks a line into lines of at most width characters. Of a line in two columns, the second one stays in its place
// where there is room.
func hanging(line string, width int) []string {
	at := textColumn(line)
	return hang(line[:at], line[at:], width)
}

// textColumn is where the last column of a line begins: behind a gap of two blanks and more, else behind its indentation.
func textColumn(line string) int {
	from := indentOf(line)
	if gap := strings.LastIndex(strings.TrimRight(line, " "), "  "); gap >= from {
		return gap + 2
	}
	return from
}

// indentOf is how many blanks a line begins with.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// paragraphs puts lines together that are one text: those of the same indentation without columns.
func paragraphs(lines []string) []string {
	var out []string
	open := false // the latest line may go on
	for _, line := range lines {
		text := indentOf(line) > 0 && textColumn(line) == indentOf(line)
		if last := len(out) - 1; text && open && indentOf(out[last]) == indentOf(line) {
			out[last] += " " + strings.TrimLeft(line, " ")
			continue
		}
		out, open = append(out, line), text
	}
	return out
}
