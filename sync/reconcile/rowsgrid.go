package reconcile

import (
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// rowsGrid is the input with its account as a table of a workbook, problem cells coloured. It ends in the marker, so it
// can go back in as it is.
type rowsGrid struct {
	*grid
	header []string
	marker string
	column map[string]int // of the input, by header
	ids    bool           // a further column has the ids of the requests
}

// requestIDColumn is the header of that column: one of those that are left out when the sheet goes back in.
const requestIDColumn = "_request_id"

func (b *workbook) newRowsGrid(name string, in *Input, ids bool) (*rowsGrid, error) {
	names := slices.Concat(in.Header, columns())
	if ids {
		names = append(names, requestIDColumn)
	}
	names = append(names, MarkerColumn)
	for i := range in.Header {
		names[i] = sheet.GuardXLSX(names[i])
	}
	g, err := b.newGrid(name, names)
	if err != nil {
		return nil, err
	}
	r := &rowsGrid{grid: g, header: in.Header, marker: in.Marker, column: map[string]int{}, ids: ids}
	for i, name := range slices.Backward(in.Header) {
		r.column[name] = i // the first of several wins
	}
	return r, nil
}

// place is the column of the sheet to which a problem belongs: the cell that is to blame, else the row's message.
func (r *rowsGrid) place(p *model.Problem) (column int, ownCell bool) {
	if i, ok := r.column[p.Column]; ok && p.Column != "" {
		return i, true
	}
	return len(r.header) + slices.Index(columns(), "_message"), false
}

func (r *rowsGrid) line(l *Line) error {
	input, beyond := l.input(len(r.header))
	styles := make([]int, len(input))
	for i := range styles {
		styles[i] = r.book.styles.text
	}
	for i := range slices.Backward(l.Problems) { // the first of several in a cell gives the colour
		if column, own := r.place(&l.Problems[i]); own {
			styles[column] = r.book.problem(&l.Problems[i])
		}
	}
	cells := make([]any, 0, len(input)+len(columns())+2+len(beyond))
	for i, text := range input {
		cells = append(cells, r.data(text, styles[i]))
	}
	for i, text := range l.account() {
		cells = append(cells, r.own(columns()[i], text, l))
	}
	if r.ids {
		cells = append(cells, r.own(requestIDColumn, l.RequestID, l))
	}
	cells = append(cells, r.data(r.marker, r.book.styles.text))
	for _, text := range beyond {
		cells = append(cells, r.data(text, r.book.styles.stops))
	}
	return r.add(cells)
}

// data is a cell of the input, in the form that comes back as it was. A blank one stays out of the file unless it has a
// colour.
func (r *rowsGrid) data(text string, style int) any {
	if text == "" && style == r.book.styles.text {
		return nil
	}
	return r.book.text(sheet.GuardXLSX(text), style)
}

// own is a cell of the account.
func (r *rowsGrid) own(column, text string, l *Line) any {
	switch column {
	case "_row":
		return r.book.count(l.Row)
	case "_attempts":
		return r.book.count(l.Attempts)
	case "_http_status":
		if l.HTTPStatus != 0 {
			return r.book.count(l.HTTPStatus)
		}
	case "_status":
		return r.book.status(l.Status)
	}
	return r.data(visibleText(text), r.book.styles.text)
}
