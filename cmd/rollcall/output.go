package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/rollcall-sync/rollcall/sync"
)

// formatVersion is the version of what --json prints. It grows when a member changes its meaning, not when one is added.
const formatVersion = 1

// refusal is what --json prints for a command that could not do its work.
type refusal struct {
	Version  int    `json:"version"`
	Error    string `json:"error"`
	ExitCode int    `json:"exit_code"`
}

// refuse tells why a command could not do its work, and returns its exit code.
func (p *program) refuse(err error, args []string) int {
	code := int(sync.ExitOf(err))
	if wantsJSON(args) {
		_ = writeJSON(p.out, refusal{formatVersion, err.Error(), code}) // there is nowhere left to complain
	}
	p.complain(err)
	return code
}

// complain tells a person of an error, wrapped on a terminal.
func (p *program) complain(err error) {
	width := screenWidth(p.err)
	for line := range strings.SplitSeq("rollcall: "+sync.Visible(err.Error(), "\n"), "\n") {
		if width == 0 || displayWidth(line) <= width {
			write(p.err, "%s\n", line)
			continue
		}
		text := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(text)]
		for i, part := range wrap(text, width-len(indent)-2) {
			if i == 1 {
				indent += "  "
			}
			write(p.err, "%s%s\n", indent, part)
		}
	}
}

// wantsJSON reports whether arguments that may not have been understood ask for JSON.
func wantsJSON(args []string) bool {
	wants := false
	for _, arg := range args {
		if arg == "--" {
			break
		}
		name, value, hasValue := strings.Cut(arg, "=")
		if name == "--json" || name == "-json" {
			yes, err := strconv.ParseBool(value)
			wants = !hasValue || err == nil && yes
		}
	}
	return wants
}

// writeJSON prints one object for scripts.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// list is items, such that none of them is an empty list in JSON and not null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// table prints rows in columns that line up; the last column is not padded.
func table(w io.Writer, rows [][]string) {
	widths := columnWidths(rows)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-displayWidth(cell)))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// styles are terminal colours, all empty where there are none.
type styles struct{ bold, dim, red, green, yellow, reset string }

// stylesFor gives colours to a terminal unless they are not wanted.
func stylesFor(c *cli.Context, w io.Writer) styles {
	if c.Bool("no-color") || os.Getenv("NO_COLOR") != "" || !isTerminal(w) || os.Getenv("TERM") == "dumb" {
		return styles{}
	}
	return styles{bold: "\x1b[1m", dim: "\x1b[2m", red: "\x1b[31m", green: "\x1b[32m", yellow: "\x1b[33m", reset: "\x1b[0m"}
}

// columnWidths is how wide the columns of a table are.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displayWidth(cell))
		}
	}
	return widths
}

// requests is "1 request", "2 requests".
func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return figure(n) + " requests"
}

// shorten cuts text to a width on the screen, visibly.
func shorten(text string, width int) string {
	if displayWidth(text) <= width {
		return text
	}
	end, seen := 0, 0
	for i, r := range text {
		if seen += runeWidth(r); seen > width-1 {
			end = i
			break
		}
	}
	return text[:end] + "…"
}
