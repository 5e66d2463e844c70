package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// CSVWriter writes a CSV file that Excel opens as it is and that [Open] reads back byte for byte: UTF-8 with a byte
// order mark, commas, CRLF, and every header and cell through [Guard].
type CSVWriter struct {
	out   *bufio.Writer
	width int
}

// NewCSVWriter writes the header and returns the writer for the rows below it. Write errors of w may show as late as in
// [CSVWriter.Flush].
func NewCSVWriter(w io.Writer, header []string) (*CSVWriter, error) {
	c := &CSVWriter{out: bufio.NewWriterSize(w, 1<<16), width: len(header)}
	c.out.WriteString(utf8BOM)
	if err := c.Write(header); err != nil {
		return nil, fmt.Errorf("write header: %w", err)
	}
	return c, nil
}

// Write writes one row, which must have a cell for each column of the header.
func (c *CSVWriter) Write(cells []string) error { return c.WriteKinds(cells, nil) }

// WriteKinds is [CSVWriter.Write] for a file that people edit: kinds says what the columns hold, whose cells go through
// [GuardAs]. Those beyond its end are as [CSVWriter.Write] has them.
func (c *CSVWriter) WriteKinds(cells []string, kinds []Kind) error {
	if len(cells) != c.width {
		return fmt.Errorf("write row: it has %d cells for %d columns", len(cells), c.width)
	}
	for i, cell := range cells {
		if i > 0 {
			c.out.WriteByte(',')
		}
		switch {
		case i < len(kinds):
			c.writeCell(GuardAs(cell, kinds[i]))
		case c.width > 1 && isBare(cell):
			c.out.WriteString(cell)
		default:
			c.writeCell(Guard(cell))
		}
	}
	// A bufio.Writer keeps its first error, so this one stands for all of the row.
	_, err := c.out.WriteString("\r\n")
	return err
}

// isBare reports whether a cell among others needs neither guard nor quotes. It may say no of one that does not, too. Most cells are
// bare, and it looks at them but once.
func isBare(cell string) bool {
	if cell == "" {
		return true
	}
	switch first := cell[0]; first {
	case '=', '+', '-', '@', '\'', 's', 'S', 0xEF: // a formula, or what looks guarded; the hint sep=; a wide sign
		return false
	}
	const others = 1<<'"' | 1<<',' | 1<<';' | 1<<'\t' | 1<<'\r' | 1<<'\n'
	for i := range len(cell) {
		if c := cell[i]; c < 64 && others>>c&1 == 1 || c == '|' {
			return false
		}
	}
	return true
}

// writeCell writes one cell, quoted where RFC 4180 demands it. A cell with the delimiter of another dialect is quoted
// too, so that the file cannot be taken for that dialect; so is a blank one that makes up the whole row.
func (c *CSVWriter) writeCell(cell string) {
	const sep = "sep="
	alone := cell == "" && c.width == 1
	hint := len(cell) >= len(sep) && strings.EqualFold(cell[:len(sep)], sep)
	if !alone && !hint && !strings.ContainsAny(cell, "\",;\t|\r\n") {
		c.out.WriteString(cell)
		return
	}
	c.out.WriteByte('"')
	c.out.WriteString(strings.ReplaceAll(cell, `"`, `""`))
	c.out.WriteByte('"')
}

// Flush writes what is buffered and reports the first error of all writes.
func (c *CSVWriter) Flush() error {
	if err := c.out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
