package reconcile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// bookTable is a table of report.xlsx, read beside the lines. One that did not fit on a worksheet goes on on the next.
type bookTable struct {
	table
	sheet string
	temp  string
	part  int // of the worksheet that is read, from 1
	names []string
	in    sheet.Reader
	row   sheet.Row
}

// newBookTable opens the worksheet of that name.
func newBookTable(name, temp string, t table) *bookTable {
	b := &bookTable{table: t, sheet: name, temp: temp}
	for i := range b.header {
		b.header[i] = bookCell(b.header[i])
	}
	b.next = b.read
	b.begin()
	return b
}

// read reads the next record, the header first.
func (b *bookTable) read() ([]string, error) {
	if b.part == 0 {
		return b.open(b.sheet)
	}
	for {
		err := b.in.Read(&b.row)
		if err == nil {
			return bookTexts(&b.row, len(b.header)), nil
		}
		if !errors.Is(err, io.EOF) {
			return nil, reasonOf(err)
		}
		name := fmt.Sprintf("%s %d", b.sheet, b.part+1)
		if !slices.Contains(b.names, name) {
			return nil, io.EOF
		}
		header, err := b.open(name)
		if err != nil {
			return nil, err
		}
		if differ(header, b.header) >= 0 {
			return nil, fmt.Errorf("the columns of sheet %s are other ones", name)
		}
	}
}

// open opens a worksheet and returns its header.
func (b *bookTable) open(name string) ([]string, error) {
	if err := b.shut(); err != nil {
		return nil, err
	}
	in, err := sheet.Open(b.path, sheet.Options{Sheet: name, HeaderRow: 1, TempDir: b.temp, Whole: true})
	if err != nil {
		return nil, reasonOf(err)
	}
	b.in, b.names, b.part = in, in.Info().Sheets, b.part+1
	return slices.Clone(in.Header()), nil
}

// shut closes the worksheet that is open.
func (b *bookTable) shut() error {
	if b.in == nil {
		return nil
	}
	in := b.in
	b.in = nil
	return in.Close()
}

// reasonOf is what is wrong with a sheet, without the name of the file.
func reasonOf(err error) error {
	var bad *sheet.Error
	switch {
	case !errors.As(err, &bad):
		return err
	case bad.Row > 0:
		return fmt.Errorf("row %d: %s", bad.Row, bad.Reason)
	}
	return errors.New(bad.Reason)
}

// bookTexts is the cells of a row of a workbook: what they hold, whatever their format shows of it.
func bookTexts(row *sheet.Row, width int) []string {
	out := make([]string, max(width, len(row.Cells)))
	for i := range row.Cells {
		if out[i] = row.Cells[i].Text; row.Cells[i].Kind == sheet.Number {
			out[i] = row.Cells[i].Raw
		}
	}
	for len(out) > width && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return withoutBlankTail(out)
}

// withoutBlankTail is a record whose last cells hold nothing where they hold nothing but blanks: what reads sheets leaves those out.
func withoutBlankTail(cells []string) []string {
	for i := len(cells) - 1; i >= 0 && strings.TrimSpace(cells[i]) == ""; i-- {
		cells[i] = ""
	}
	return cells
}

// bookCell is a text as a cell of a workbook can hold it.
func bookCell(text string) string { return fitCell(carriable(text)) }

// bookData is a cell of the input as a cell of a workbook holds it.
func bookData(text string) string { return bookCell(sheet.GuardXLSX(text)) }

// bookProof is report.xlsx.
type bookProof struct {
	proof
	rows     *bookTable // nil if there is no such file
	problems *bookTable
	width    int
	marker   string
	ids      bool
	cells    []string
}

func newBookProof(path string, in *Input) *bookProof {
	header := slices.Concat(in.Header, columns())
	for i := range in.Header {
		header[i] = sheet.GuardXLSX(header[i])
	}
	if in.RequestIDs {
		header = append(header, requestIDColumn)
	}
	p := &bookProof{proof: proof{name: ReportXLSX, path: path}, width: len(in.Header), marker: in.Marker, ids: in.RequestIDs}
	f, err := openPlain(path)
	if err != nil {
		p.fault(0, "%v", err)
		return p
	}
	_ = f.Close() // it was only to see whether it is there
	rows := table{proof: p.proof, header: append(header, MarkerColumn), key: len(in.Header) + slices.Index(columns(), "_row"), loose: in.looseHint(len(in.Header))}
	problems := table{proof: p.proof, header: problemColumns(), loose: in.looseProblemHint()}
	p.rows, p.problems = newBookTable("Rows", in.Temp, rows), newBookTable("Problems", in.Temp, problems)
	return p
}

// line takes the next records against a line.
func (p *bookProof) line(l *Line) {
	if p.rows == nil {
		return
	}
	input, beyond := l.input(p.width)
	p.cells = p.cells[:0]
	for _, text := range input {
		p.cells = append(p.cells, bookData(text))
	}
	for _, text := range l.account() {
		p.cells = append(p.cells, bookData(visibleText(text)))
	}
	if p.ids {
		p.cells = append(p.cells, bookData(visibleText(l.RequestID)))
	}
	p.cells = append(p.cells, bookData(p.marker))
	for _, text := range beyond {
		p.cells = append(p.cells, bookData(text))
	}
	p.rows.expect(l.Row, p.cells)
	for i := range l.Problems {
		cells := problemCells(l, i)
		for i := range cells {
			cells[i] = bookCell(visibleText(cells[i]))
		}
		p.problems.expect(l.Row, withoutBlankTail(cells))
	}
}

// finish looks at what follows the last line, and at the figures of the first sheet.
func (p *bookProof) finish(s *Summary) {
	if p.rows == nil {
		return
	}
	front := proof{path: p.path}
	compareFront(&front, s, p.rows.temp)
	p.rows.finish()
	p.problems.finish()
	p.take("Summary", &front)
	p.take("Rows", &p.rows.proof)
	p.take("Problems", &p.problems.proof)
}

// take takes over what is wrong with a sheet.
func (p *bookProof) take(sheet string, of *proof) {
	if of.places == 0 {
		return
	}
	if p.places == 0 {
		p.row, p.first = of.row, "sheet "+sheet+": "+of.first
	}
	p.places += of.places
}

// shut closes the file.
func (p *bookProof) shut() {
	if p.rows != nil {
		_, _ = p.rows.shut(), p.problems.shut() // they were only read
	}
}

// compareFront looks for the totals on the first sheet of report.xlsx.
func compareFront(p *proof, s *Summary, temp string) {
	in, err := sheet.Open(p.path, sheet.Options{Sheet: "Summary", HeaderRow: 1, TempDir: temp, Whole: true})
	if err != nil {
		p.fault(0, "it cannot be read: %v", reasonOf(err))
		return
	}
	defer in.Close()
	said := map[string]string{}
	var row sheet.Row
	for err = in.Read(&row); err == nil; err = in.Read(&row) {
		if texts := bookTexts(&row, 2); said[texts[0]] == "" {
			said[texts[0]] = texts[1]
		}
	}
	if !errors.Is(err, io.EOF) {
		p.fault(0, "it cannot be read: %v", reasonOf(err))
		return
	}
	for _, t := range append(totals(s), total{label: "rows read", count: s.Counts.Read}) {
		if got, want := said[t.label], strconv.Itoa(t.count); got != want {
			p.fault(0, "the figure of %q is %s, and should be %s", t.label, quoted(got), want)
		}
	}
	for name, want := range map[string]string{"run": s.Run, "SHA-256 of the file": s.Source.SHA256} {
		if said[name] != bookCell(visibleText(want)) {
			p.fault(0, "%s is %s, and should be %s", name, quoted(said[name]), quoted(want))
		}
	}
}
