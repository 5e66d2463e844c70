package reconcile

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/sync/plan"
)

// planBook is plan files as workbooks: a Summary, the worksheet Plan with a line for each change, and a hidden worksheet that says
// of which plan it is. A plan that is longer than a worksheet goes on in Plan 2.
type planBook struct{}

var _ planFormat = planBook{}

// The worksheets.
const (
	planSheet   = "Plan"
	planMarker  = "_rollcall"
	planSummary = "Summary"
)

// The columns of the worksheet Plan.
const (
	approveAt = iota
	rowAt
	actionAt
	statusAt
	idAt
	recordAt
	changesAt
	problemsAt
)

// approveName is the header of the only column that a person may change.
const approveName = "approve"

// The words that stand in it.
const (
	approvedWord = "yes"
	declinedWord = "no"
)

func (planBook) columns() []string {
	return []string{"row", "action", "status", "id", "record", "changes", "problems"}
}

func (planBook) texts(l *PlanLine) []string {
	out := []string{strconv.Itoa(l.Row), string(l.Action), l.Status, l.ID, strings.Join(l.Key, " / "), l.changes(), l.problems()}
	for i, text := range out {
		out[i] = abridge(carriable(visibleText(text)), maxPlanCell)
	}
	return out
}

func (planBook) words() string {
	return approvedWord + " or " + declinedWord + ", or leave the cell blank for " + declinedWord
}

// How long the texts of a plan may be, in characters. Nobody reads more of a value, and LibreOffice breaks cells of several lines
// that are longer than half of what Excel keeps.
const (
	maxPlanValue = 1000
	maxPlanCell  = 8000
)

// abridge cuts a text to n characters, and says so in its place.
func abridge(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	whole := utf8.RuneCountInString(s)
	for i := range s {
		if n == 0 {
			return s[:i] + fmt.Sprintf("… [cut here: the text has %s characters]", number(whole))
		}
		n--
	}
	return s
}

// changes is what a change does to its record, a line for each field.
func (l *PlanLine) changes() string {
	var b strings.Builder
	for i, f := range l.Fields {
		if i > 0 {
			b.WriteByte('\n')
		}
		name := f.Column
		if name == "" {
			name = f.Field
		}
		b.WriteString(onOneLine(name) + ": ")
		if l.Action == plan.Update {
			b.WriteString(f.Before.shown() + " → ")
		}
		if f.AfterRow > 0 {
			fmt.Fprintf(&b, "the id of row %d, which is created first", f.AfterRow)
			continue
		}
		b.WriteString(f.After.shown())
	}
	return b.String()
}

// problems is what is wrong with a row, a line for each.
func (l *PlanLine) problems() string {
	lines := make([]string, len(l.Problems))
	for i, p := range l.Problems {
		lines[i] = onOneLine(p.Message)
		if p.Column != "" {
			lines[i] = onOneLine(p.Column) + ": " + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// onOneLine shows the line breaks of a text instead of breaking the line.
func onOneLine(s string) string {
	s = abridge(s, maxPlanValue)
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	return strings.NewReplacer("\r\n", "↵", "\n", "↵", "\r", "↵").Replace(s)
}

// shown is a value as a person reads it. Quotes are for what would not be seen without them.
func (v PlanValue) shown() string {
	switch {
	case !v.known:
		return "(not shown by the API)"
	case v.Empty:
		return "(empty)"
	case v.Text == "" || v.Text != strings.TrimSpace(v.Text) || strings.Contains(v.Text, "→"):
		return onOneLine(`"` + v.Text + `"`)
	}
	return onOneLine(v.Text)
}

// planBookWriter writes a workbook.
type planBookWriter struct {
	book  *workbook
	head  *PlanHead
	front *sheetPart
	lines *grid
	looks planLooks
	cells []cell
	form  planBook
}

// planLooks is the looks of the cells of a plan.
type planLooks struct {
	approve       int // what a person fills in
	text, aside   int // texts that wrap: of rows that wait, and of the others
	create, other int // what is done
	struck        int // of rows that are not approved: a conditional style
}

func (f planBook) begin(w io.Writer, head *PlanHead, temp string) (planWriter, error) {
	book, err := newWorkbook(w, temp)
	if err != nil {
		return nil, err
	}
	p := &planBookWriter{book: book, head: head, form: f}
	if err = p.looks.make(book); err == nil {
		p.front, err = book.newSheet(planSummary)
	}
	if err == nil {
		p.lines, err = book.newGrid(planSheet, append([]string{approveName}, f.columns()...))
	}
	if err != nil {
		p.discard()
		return nil, err
	}
	p.lines.widths[changesAt], p.lines.widths[problemsAt] = 60, 50
	p.lines.rules, p.lines.wraps = p.rules, allLines
	return p, nil
}

// make adds the looks to a workbook.
func (k *planLooks) make(b *workbook) error {
	wrapped := &excelize.Alignment{Vertical: "top", WrapText: true}
	font := func(bold bool, color string) *excelize.Font {
		return &excelize.Font{Family: "Calibri", Size: 11, Bold: bold, Color: color}
	}
	edge := []excelize.Border{{Type: "left", Color: "8A94A3", Style: 1}, {Type: "right", Color: "8A94A3", Style: 1},
		{Type: "top", Color: "8A94A3", Style: 1}, {Type: "bottom", Color: "8A94A3", Style: 1}}
	for _, wanted := range []struct {
		id    *int
		style excelize.Style
	}{
		{&k.approve, excelize.Style{NumFmt: textFormat, Font: font(true, ""), Border: edge, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "center"},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{warnsColor}}}},
		{&k.text, excelize.Style{NumFmt: textFormat, Alignment: wrapped}},
		{&k.aside, excelize.Style{NumFmt: textFormat, Alignment: wrapped, Font: font(false, "6B7480")}},
		{&k.create, excelize.Style{NumFmt: textFormat, Alignment: wrapped, Font: font(true, goodColor)}},
		{&k.other, excelize.Style{NumFmt: textFormat, Alignment: wrapped, Font: font(true, heldColor)}},
	} {
		id, err := b.file.NewStyle(&wanted.style)
		if err != nil {
			return fmt.Errorf("style workbook: %w", err)
		}
		*wanted.id = id
	}
	b.quotable(k.text, k.aside)
	var err error
	if k.struck, err = b.file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: "9AA3AE", Strike: true}}); err != nil {
		return fmt.Errorf("style workbook: %w", err)
	}
	return nil
}

// rules is what Excel does with the cells of a person: it offers yes and no, and strikes out what is not approved. Lists of values are
// not allowed in its rules, so the words are searched in a text.
func (p *planBookWriter) rules(last int) string {
	if last < 2 {
		return ""
	}
	area := func(from, to int) string { return cellName(from, 2) + ":" + cellName(to, last) }
	return fmt.Sprintf(`<conditionalFormatting sqref="%s"><cfRule type="expression" dxfId="%d" priority="1"><formula>`+
		`AND($D2="%s",ISERROR(SEARCH("|"&amp;TRIM($A2&amp;"")&amp;"|","|yes|y|true|1|x|")))</formula></cfRule></conditionalFormatting>`,
		area(rowAt, problemsAt), p.looks.struck, planned) +
		fmt.Sprintf(`<dataValidations count="1"><dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1" `+
			`errorTitle="approve" error="Write yes or no." sqref="%s"><formula1>"%s,%s"</formula1></dataValidation></dataValidations>`,
			area(approveAt, approveAt), approvedWord, declinedWord)
}

func (p *planBookWriter) line(l *PlanLine) error {
	style, action, approve := p.looks.aside, p.looks.aside, cell{}
	if l.Pending() {
		style, action = p.looks.text, p.looks.other
		approve = p.book.cell(approvedWord, p.looks.approve)
		if l.Action == plan.Create {
			action = p.looks.create
		}
	}
	p.cells = append(p.cells[:0], approve, p.book.count(l.Row))
	looks := [...]int{actionAt: action, statusAt: style, idAt: style, recordAt: style, changesAt: style, problemsAt: style}
	for i, text := range p.form.texts(l)[1:] {
		look := looks[actionAt+i]
		if text == "" {
			look = 0 // a blank cell stays out of the file
		}
		p.cells = append(p.cells, p.book.cell(text, look))
	}
	return p.lines.add(p.cells)
}

func (p *planBookWriter) close() error {
	if err := p.lines.close(); err != nil {
		return err
	}
	if err := p.summary(); err != nil {
		return err
	}
	if err := p.marker(); err != nil {
		return err
	}
	return p.book.close()
}

func (p *planBookWriter) discard() { _ = p.book.discard() }

// summary writes the first worksheet: what the plan is, and what to do with it.
func (p *planBookWriter) summary() error {
	h, st := p.head, &p.book.styles
	number := func(n, style int) cell { return cell{style: style, n: n, numeric: true} }
	rows := [][]cell{
		{st.cell("Rollcall: plan for "+h.Resource, st.title)},
		{st.cell(fmt.Sprintf("On the sheet %s, leave %s in the column %s of every row that shall be sent, and write %s for the others. Change nothing else.",
			planSheet, approvedWord, approveName, declinedWord), st.text)},
		{st.cell("Then save, and let rollcall push what you have approved: rollcall apply FILE --yes", st.text)},
		nil,
		{st.cell("status", st.header), st.cell("rows", st.header)},
		{st.cell("to create", st.text), number(h.Planned.Create, st.amount)},
		{st.cell("to update", st.text), number(h.Planned.Update, st.amount)},
	}
	for _, s := range decided() {
		if n := h.Counts[string(s)]; n > 0 {
			rows = append(rows, []cell{st.cell(label(s), st.text), number(n, st.amount)})
		}
	}
	rows = append(rows, []cell{st.cell("rows read", st.total), number(h.Counts["read"], st.total)}, nil)
	about := Summary{Run: h.Run, Target: h.Resource, Account: h.Account, Source: h.Source}
	about.Hashes = h.Hashes
	for _, f := range facts(&about) {
		if !f.count {
			rows = append(rows, []cell{st.cell(f.Name, st.bold), st.cell(visibleText(f.Value), st.text)})
		}
	}
	rows = append(rows, []cell{st.cell("planned", st.bold), st.cell(when(h.Made), st.text)}, []cell{st.cell("requests forecast", st.bold), number(h.Requests.Forecast, st.figure)},
		[]cell{st.cell("of them sent by plan", st.bold), number(h.Requests.Planning, st.figure)})
	return writeSheet(p.front, []int{24, 14}, rows)
}

// marker writes the hidden worksheet by which the file is known again.
func (p *planBookWriter) marker() error {
	head, err := plainJSON(p.head)
	if err != nil {
		return err
	}
	part, err := p.book.newSheet(planMarker)
	if err != nil {
		return err
	}
	st := &p.book.styles
	if err := writeSheet(part, []int{24}, [][]cell{{st.cell("plan", st.text)}, {st.cell(string(head), st.text)}}); err != nil {
		return err
	}
	return p.book.file.SetSheetVisible(planMarker, false)
}

// writeSheet writes a whole small worksheet.
func writeSheet(part *sheetPart, widths []int, rows [][]cell) error {
	if err := part.write(sheetHead("", widths)); err != nil {
		return err
	}
	for i, row := range rows {
		if err := part.row(i+1, 0, row); err != nil {
			return err
		}
	}
	if err := part.write(sheetTail("", "", false)); err != nil {
		return err
	}
	return part.seal()
}
