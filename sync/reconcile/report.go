package reconcile

import (
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// blankSheet is the worksheet with which excelize begins a workbook.
const blankSheet = "Sheet1"

// dropFirstSheet removes the worksheet that came with the workbook, once there is another.
func (b *workbook) dropFirstSheet() error {
	if err := b.file.DeleteSheet(blankSheet); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	return nil
}

// reportXLSX writes report.xlsx: the summary, every row, every problem.
type reportXLSX struct {
	book     *workbook
	rows     *rowsGrid
	problems *grid
}

func newReportXLSX(w io.Writer, in *Input) (*reportXLSX, error) {
	book, err := newWorkbook(w, in.Temp)
	if err != nil {
		return nil, err
	}
	h := &reportXLSX{book: book}
	if err := book.file.SetSheetName(blankSheet, "Summary"); err != nil {
		return nil, err
	}
	if h.rows, err = book.newRowsGrid("Rows", in, in.RequestIDs); err != nil {
		return nil, err
	}
	h.problems, err = book.newGrid("Problems", []string{"row", "column", "field", "code", "value", "message", "hint"})
	return h, err
}

func (h *reportXLSX) line(l *Line) error {
	if err := h.rows.line(l); err != nil {
		return err
	}
	for i := range l.Problems {
		p := &l.Problems[i]
		cells := []any{h.book.count(l.Row)}
		for _, text := range []string{p.Column, p.Field, string(p.Code), p.Value, p.Message, p.Hint} {
			cells = append(cells, h.book.text(visibleText(text), h.book.styles.text))
		}
		cells[4] = h.book.text(visibleText(p.Value), h.book.problem(p))
		if err := h.problems.add(cells); err != nil {
			return err
		}
	}
	return nil
}

func (h *reportXLSX) close(s *Summary) error {
	if err := h.rows.close(); err != nil {
		return err
	}
	if err := h.problems.close(); err != nil {
		return err
	}
	if err := h.summary(s); err != nil {
		return err
	}
	return h.book.close()
}

func (h *reportXLSX) discard() { _ = h.book.discard() }

// summary writes the first worksheet.
func (h *reportXLSX) summary(s *Summary) error {
	out, err := h.book.stream("Summary")
	if err != nil {
		return err
	}
	if err := out.SetColWidth(2, 2, 14); err != nil {
		return err
	}
	if err := out.SetColWidth(1, 1, 22); err != nil {
		return err
	}
	for i, row := range h.summaryRows(s) {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := out.SetRow(cell, row); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (h *reportXLSX) summaryRows(s *Summary) [][]any {
	st := &h.book.styles
	out := [][]any{
		{h.book.text("Rollcall: "+s.Target, st.bold)},
		{h.book.text(s.Verdict, st.text)},
		{},
		{h.book.text("status", st.header), h.book.text("rows", st.header)},
	}
	for _, t := range totals(s) {
		out = append(out, []any{h.book.text(t.label, st.text), h.book.count(t.count)})
	}
	out = append(out, []any{h.book.text("rows read", st.bold), excelize.Cell{StyleID: st.boldNumeral, Value: s.Counts.Read}}, []any{})
	for _, f := range facts(s) {
		value := any(h.book.text(visibleText(f.Value), st.text))
		if f.count {
			value = h.book.count(f.n)
		}
		out = append(out, []any{h.book.text(f.Name, st.bold), value})
	}
	return out
}

// fact is one line of where a report comes from.
type fact struct {
	Name, Value string
	Mono        bool // the value is to be copied, not read
	n           int
	count       bool // the value is the number n
}

// facts is what a run was, in the order in which people ask.
func facts(s *Summary) []fact {
	var out []fact
	text := func(name, value string) {
		if value != "" {
			out = append(out, fact{Name: name, Value: value})
		}
	}
	copied := func(name, value string) {
		if value != "" {
			out = append(out, fact{Name: name, Value: value, Mono: true})
		}
	}
	count := func(name string, n int) { out = append(out, fact{Name: name, Value: number(n), n: n, count: true}) }
	text("stopped early", s.Reason)
	copied("next command", s.Next)
	copied("run", s.Run)
	text("command", s.Command)
	text("target", s.Target)
	copied("API", s.Account.BaseURL)
	for _, name := range sortedKeys(s.Account.Settings) {
		copied(name, s.Account.Settings[name])
	}
	copied("file", s.Source.File)
	text("sheet", s.Source.Sheet)
	copied("SHA-256 of the file", s.Source.SHA256)
	for _, name := range sortedKeys(s.Hashes) {
		copied("hash of "+name, s.Hashes[name])
	}
	text("started", when(s.Started))
	text("finished", when(s.Finished))
	count("requests sent", s.Requests.Sent)
	count("of them retries", s.Requests.Retried)
	count("throttled", s.Requests.Throttled)
	count("requests forecast", s.Requests.Forecast)
	count("exit code", s.ExitCode)
	text("made by", s.Program)
	return out
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// sortedKeys is the keys of a map in a fixed order.
func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
