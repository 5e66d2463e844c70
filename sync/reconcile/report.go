package reconcile

import (
	"io"
	"slices"
	"time"
)

// reportXLSX writes report.xlsx: the summary, every row, every problem.
type reportXLSX struct {
	book     *workbook
	front    *sheetPart
	rows     *rowsGrid
	problems *grid
}

func newReportXLSX(w io.Writer, in *Input) (*reportXLSX, error) {
	book, err := newWorkbook(w, in.Temp)
	if err != nil {
		return nil, err
	}
	h := &reportXLSX{book: book}
	if h.front, err = book.newSheet("Summary"); err != nil {
		return nil, err
	}
	if h.rows, err = book.newRowsGrid("Rows", in, in.RequestIDs); err != nil {
		return nil, err
	}
	if h.problems, err = book.newGrid("Problems", []string{"row", "column", "field", "code", "value", "message", "hint"}); err != nil {
		return nil, err
	}
	h.problems.wraps = fewLines
	return h, nil
}

func (h *reportXLSX) line(l *Line) error {
	if err := h.rows.line(l); err != nil {
		return err
	}
	for i := range l.Problems {
		p := &l.Problems[i]
		cells := []cell{h.book.count(l.Row)}
		for _, text := range []string{p.Column, p.Field, string(p.Code), p.Value, p.Message, p.Hint} {
			cells = append(cells, h.book.wrapped(visibleText(text), h.book.styles.text))
		}
		cells[4] = h.book.wrapped(visibleText(p.Value), h.book.problem(p))
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
	if err := h.front.write(sheetHead("", []int{30, 14})); err != nil {
		return err
	}
	for i, row := range h.summaryRows(s) {
		if err := h.front.row(i+1, 0, row); err != nil {
			return err
		}
	}
	if err := h.front.write(sheetTail("", "", false)); err != nil {
		return err
	}
	return h.front.seal()
}

func (h *reportXLSX) summaryRows(s *Summary) [][]cell {
	st := &h.book.styles
	number := func(n, style int) cell { return cell{style: style, n: n, numeric: true} }
	out := [][]cell{
		{st.cell("Rollcall: "+s.Target, st.title)},
		{st.cell(s.Verdict, st.text)},
		{},
		{st.cell("status", st.header), st.cell("rows", st.header)},
	}
	for _, t := range totals(s) {
		out = append(out, []cell{st.cell(t.label, st.text), number(t.count, st.amount)})
	}
	out = append(out, []cell{st.cell("rows read", st.total), number(s.Counts.Read, st.total)}, nil)
	for _, f := range facts(s) {
		value := st.cell(visibleText(f.Value), st.text)
		if f.count {
			value = number(f.n, st.figure)
		}
		out = append(out, []cell{st.cell(f.Name, st.bold), value})
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
	if s.Undo != nil {
		copied("undoes run", s.Undo.Run)
	}
	text("target", s.Target)
	copied("API", s.Account.BaseURL)
	for _, name := range sortedKeys(s.Account.Settings) {
		copied(name, s.Account.Settings[name])
	}
	copied("file", s.Source.File)
	text("sheet", s.Source.Sheet)
	copied("SHA-256 of the file", s.Source.SHA256)
	for _, name := range sortedKeys(s.Hashes) {
		if s.Hashes[name] == s.Source.SHA256 {
			continue // it stands with the file
		}
		copied("hash of "+name, s.Hashes[name])
	}
	text("started", when(s.Started))
	text("finished", when(s.Finished))
	count("requests sent", s.Requests.Sent)
	count("of them retries", s.Requests.Retried)
	count("throttled", s.Requests.Throttled)
	count("requests forecast", s.Requests.Forecast)
	if s.Extras != nil {
		count("records that the sheet lacks", s.Extras.Records)
		text("no extras.csv", s.Extras.Missing)
	}
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
