package reconcile

import (
	"bytes"
	"io"
	"slices"
	"strconv"

	"github.com/gocarina/gocsv"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// rowsCSV writes rows.csv and failed.csv: the input unchanged and in order, the account, the marker.
type rowsCSV struct {
	w      io.Writer
	out    *sheet.CSVWriter
	width  int // of the input's header
	marker string
	wants  func(*Line) bool
	cells  []string
}

func newRowsCSV(w io.Writer, in *Input, wants func(*Line) bool) (*rowsCSV, error) {
	out, err := sheet.NewCSVWriter(w, slices.Concat(in.Header, columns(), []string{MarkerColumn}))
	if err != nil {
		return nil, err
	}
	return &rowsCSV{w: w, out: out, width: len(in.Header), marker: in.Marker, wants: wants}, nil
}

func everyLine(*Line) bool       { return true }
func unsettledLine(l *Line) bool { return !l.Status.Settled() }

func (h *rowsCSV) line(l *Line) error {
	if !h.wants(l) {
		return nil
	}
	input, beyond := l.input(h.width)
	h.cells = append(h.cells[:0], input...)
	h.cells = append(h.cells, l.account()...)
	h.cells = append(h.cells, h.marker)
	if len(beyond) > 0 {
		return h.ragged(append(h.cells, beyond...))
	}
	return h.out.Write(h.cells)
}

// ragged writes a record that is wider than the header. Its surplus cells stand behind the marker: so the record loses
// nothing, and it is ragged again when the file goes back in, instead of being taken for a sound row.
func (h *rowsCSV) ragged(cells []string) error {
	if err := h.out.Flush(); err != nil {
		return err
	}
	out, err := sheet.NewCSVWriter(withoutBOM{h.w}, cells) // a header is a record as any other
	if err != nil {
		return err
	}
	return out.Flush()
}

func (h *rowsCSV) close(*Summary) error { return h.out.Flush() }

// withoutBOM drops the byte order mark that a CSVWriter begins with.
type withoutBOM struct{ io.Writer }

func (w withoutBOM) Write(p []byte) (int, error) {
	_, err := w.Writer.Write(bytes.TrimPrefix(p, []byte("\uFEFF")))
	return len(p), err
}

// problemRow is one line of problems.csv.
type problemRow struct {
	Row     int        `csv:"row"`
	Column  string     `csv:"column"`
	Field   string     `csv:"field"`
	Code    model.Code `csv:"code"`
	Value   string     `csv:"value"`
	Message string     `csv:"message"`
	Hint    string     `csv:"hint"`
}

// problemsCSV writes problems.csv. It is a report and not a sheet to work on: it has no marker.
type problemsCSV struct {
	out *columnsCSV
}

func newProblemsCSV(w io.Writer) (*problemsCSV, error) {
	h := &problemsCSV{out: &columnsCSV{w: w}}
	return h, gocsv.MarshalCSV([]problemRow{}, h.out) // the header alone
}

func (h *problemsCSV) line(l *Line) error {
	if len(l.Problems) == 0 {
		return nil
	}
	for i := range l.Problems {
		p := &l.Problems[i]
		record := [...]string{strconv.Itoa(l.Row), p.Column, p.Field, string(p.Code), p.Value, p.Message, p.Hint} // as problemRow has them
		if err := h.out.Write(record[:]); err != nil {
			return err
		}
	}
	return nil
}

func (h *problemsCSV) close(*Summary) error { return h.out.out.Flush() }

// columnsCSV gives gocsv the dialect and the guard of a sheet.CSVWriter. The first record is the header.
type columnsCSV struct {
	w   io.Writer
	out *sheet.CSVWriter
	err error
}

var _ gocsv.CSVWriter = (*columnsCSV)(nil)

// Write writes one record.
func (c *columnsCSV) Write(record []string) error {
	if c.out == nil {
		c.out, c.err = sheet.NewCSVWriter(c.w, record)
		return c.err
	}
	return c.out.Write(record)
}

// Flush leaves the buffer as it is: gocsv flushes after every call, problemsCSV once at its end.
func (c *columnsCSV) Flush() {}

// Error is the error of the header; the other writes return theirs.
func (c *columnsCSV) Error() error { return c.err }
