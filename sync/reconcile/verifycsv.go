package reconcile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// maxProven is the longest record that is read of a file to check, in bytes. Only a quote that was opened by hand and never
// closed leads to longer ones.
const maxProven = 64 << 20

// csvProof reads a CSV file of a report byte for byte: what reads sheets is made for the files of people, and forgives.
type csvProof struct {
	in   *bufio.Reader
	line int // physical, of the current record
}

// newCSVProof begins behind the byte order mark.
func newCSVProof(in io.Reader) (*csvProof, error) {
	p := &csvProof{in: bufio.NewReaderSize(in, 1<<16), line: 1}
	const mark = "\uFEFF"
	head, err := p.in.Peek(len(mark))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(head) != mark {
		return nil, errors.New("it does not begin as the files of a report do")
	}
	_, err = p.in.Discard(len(mark))
	return p, err
}

// next reads one record: cells with commas between, a line end of CR LF behind, quotes where something in a cell asks for them.
func (p *csvProof) next() ([]string, error) {
	if _, err := p.in.Peek(1); err != nil {
		return nil, err
	}
	var record []string
	for size := 0; ; {
		cell, end, err := p.cell()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", p.line, err)
		}
		record = append(record, cell)
		if size += len(cell) + 1; size > maxProven {
			return nil, fmt.Errorf("line %d: a record is longer than %d bytes", p.line, maxProven)
		}
		if end == '\n' {
			p.line++
			return record, nil
		}
	}
}

// cell reads one cell and what ends it: a comma or the line end.
func (p *csvProof) cell() (text string, end byte, err error) {
	var cell []byte
	c, err := p.read()
	if err == nil && c == '"' {
		if cell, c, err = p.inQuotes(); err != nil {
			return "", 0, err
		}
	} else {
		for err == nil && c != ',' && c != '\r' && c != '\n' && c != '"' && len(cell) <= maxProven {
			cell = append(cell, c)
			c, err = p.read()
		}
	}
	if err != nil {
		return "", 0, err
	}
	if c == '\r' {
		if c, err = p.read(); err == nil && c == '\n' {
			return string(cell), c, nil
		}
		return "", 0, errors.New("a line end is not CR LF")
	}
	if c != ',' {
		return "", 0, fmt.Errorf("%q stands where a cell ends", c)
	}
	return string(cell), c, nil
}

// inQuotes reads a cell behind its opening quote, and the byte behind the closing one.
func (p *csvProof) inQuotes() (cell []byte, behind byte, err error) {
	for len(cell) <= maxProven {
		c, err := p.read()
		if err != nil {
			return nil, 0, err
		}
		if c == '\n' {
			p.line++
		}
		if c != '"' {
			cell = append(cell, c)
			continue
		}
		if c, err = p.read(); err != nil || c != '"' {
			return cell, c, err
		}
		cell = append(cell, c)
	}
	return nil, 0, errors.New("a quote is never closed")
}

// read reads one byte; the end of the file may not come within a record.
func (p *csvProof) read() (byte, error) {
	c, err := p.in.ReadByte()
	if errors.Is(err, io.EOF) {
		err = errors.New("the file ends within a record")
	}
	return c, err
}

// csvTable is a CSV file of a report, read beside the lines.
type csvTable struct {
	table
	file *os.File
}

// newCSVTable opens a CSV file whose records begin under header.
func newCSVTable(path string, t table) *csvTable {
	t.path = path
	c := &csvTable{table: t}
	for i := range c.header {
		c.header[i] = sheet.Guard(c.header[i])
	}
	f, err := openPlain(path)
	if err != nil {
		c.broken = true
		c.fault(0, "%v", err)
		return c
	}
	c.file = f
	p, err := newCSVProof(f)
	if err != nil {
		c.stop(err)
		return c
	}
	c.next = p.next
	c.begin()
	return c
}

// shut closes the file.
func (c *csvTable) shut() {
	if c.file != nil {
		_ = c.file.Close() // it was only read
	}
}

// rowsProof is rows.csv or failed.csv.
type rowsProof struct {
	*csvTable
	width  int
	marker string
	wants  func(*Line) bool
	cells  []string
}

func newRowsProof(path, name string, in *Input, wants func(*Line) bool) *rowsProof {
	header := slices.Concat(in.Header, columns(), []string{MarkerColumn})
	t := table{proof: proof{name: name}, header: header, key: len(in.Header) + slices.Index(columns(), "_row"), loose: in.looseHint(len(in.Header))}
	return &rowsProof{csvTable: newCSVTable(path, t), width: len(in.Header), marker: in.Marker, wants: wants}
}

// line takes the next record against a line.
func (p *rowsProof) line(l *Line) {
	if !p.wants(l) {
		return
	}
	input, beyond := l.input(p.width)
	p.cells = append(append(append(append(p.cells[:0], input...), l.account()...), p.marker), beyond...)
	for i := range p.cells {
		p.cells[i] = sheet.Guard(p.cells[i])
	}
	p.expect(l.Row, p.cells)
}

// problemsProof is problems.csv.
type problemsProof struct{ *csvTable }

// problemColumns is the header of a table of problems.
func problemColumns() []string {
	return []string{"row", "column", "field", "code", "value", "message", "hint"}
}

func newProblemsProof(path string, in *Input) problemsProof {
	return problemsProof{newCSVTable(path, table{proof: proof{name: ProblemsCSV}, header: problemColumns(), loose: in.looseProblemHint()})}
}

func (p problemsProof) line(l *Line) {
	for i := range l.Problems {
		cells := problemCells(l, i)
		for i := range cells {
			cells[i] = sheet.Guard(cells[i])
		}
		p.expect(l.Row, cells)
	}
}

// problemCells is a problem of a line below [problemColumns].
func problemCells(l *Line, i int) []string {
	p := &l.Problems[i]
	return []string{strconv.Itoa(l.Row), p.Column, p.Field, string(p.Code), p.Value, p.Message, p.Hint}
}
