package reconcile

import (
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// rowsGrid is the input with its account as a table of a workbook, problem cells coloured. It ends in the marker, so it
// can go back in as it is.
type rowsGrid struct {
	*grid
	notes  *annotations
	marker string
	ids    bool // a further column has the ids of the requests
	cells  []cell
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
	return &rowsGrid{grid: g, notes: newAnnotations(in), marker: in.Marker, ids: ids}, nil
}

func (r *rowsGrid) line(l *Line) error {
	input, beyond := l.input(r.notes.width)
	st := &r.book.styles
	colors := make([]int, len(input))
	for i := range colors {
		colors[i] = st.text
	}
	for i := range slices.Backward(l.Problems) { // the first of several in a cell gives the colour
		if column, own := r.notes.place(&l.Problems[i]); own {
			colors[column] = st.problem(&l.Problems[i])
		}
	}
	cells := r.cells[:0]
	for i, text := range input {
		cells = append(cells, st.data(text, colors[i]))
	}
	cells = st.account(cells, l)
	if r.ids {
		cells = append(cells, st.data(visibleText(l.RequestID), st.text))
	}
	cells = append(cells, st.data(r.marker, st.text))
	for _, text := range beyond {
		cells = append(cells, st.data(text, st.stops))
	}
	r.cells = cells
	return r.add(cells)
}
