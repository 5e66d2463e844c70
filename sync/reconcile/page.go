package reconcile

import (
	"html/template"
	"io"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// What the page shows of a large run; the files beside it have the rest.
const (
	shownRows    = 2000
	shownChanges = 2000
	shownSamples = 3
	shownColumns = 100
	shownPlaces  = 20  // columns of one code
	shownFaults  = 20  // of a row, besides the first
	shownText    = 300 // characters of a cell

	roomForRows    = 5 << 20 // bytes of the page
	roomForChanges = 2 << 20
)

// page writes report.html. It collects what is to be shown, within fixed bounds, and renders it at the end.
type page struct {
	w         io.Writer
	header    []string
	ids       bool             // the ids of the requests are worth showing
	failed    shown[failedRow] // rows that ask for a person
	changes   shown[changedField]
	annotated bool // there is a problem that annotated.xlsx marks
	codes     map[model.Code]*codeGroup
	columns   map[string]*columnGroup
	sessions  []Session
}

func newPage(w io.Writer, in *Input) *page {
	return &page{w: w, header: in.Header, ids: in.RequestIDs, codes: map[model.Code]*codeGroup{}, columns: map[string]*columnGroup{},
		failed: shown[failedRow]{most: shownRows, room: roomForRows}, changes: shown[changedField]{most: shownChanges, room: roomForChanges},
		sessions: in.Sessions}
}

// shown is the first of many things: as many as a page can show.
type shown[T any] struct {
	list []T
	all  int // things, shown or not
	most int // things that are shown
	room int // bytes that are left for them; less than one, and no more are shown
}

// add counts a thing, and keeps it if there is room. The thing is made only if it is kept.
func (s *shown[T]) add(make func() (thing T, size int)) {
	s.all++
	if len(s.list) >= s.most || s.room <= 0 {
		return
	}
	thing, size := make()
	s.list, s.room = append(s.list, thing), s.room-size
}

// sizeOf is about how many bytes of a page a text in its element takes: what has to be escaped takes more.
func sizeOf(texts ...string) int {
	const element = 60
	size := 0
	for _, s := range texts {
		size += element + len(template.HTMLEscapeString(visibleText(s)))
	}
	return size
}

// failedRow is a row that asks for a person.
type failedRow struct {
	Line
	Value string          // of the cell to blame
	Also  []model.Problem // what else the API has against it
	Cells []pageCell      // of the input
}

// pageCell is a cell of the input.
type pageCell struct {
	Column, Text string
	Bad          bool
}

// changedField is one field of an update.
type changedField struct {
	Row           int
	ID, Field     string
	Before, After model.Value
	Status        plan.Status
}

func (h *page) line(l *Line) error {
	for i := range l.Problems {
		h.problem(l, &l.Problems[i])
	}
	for _, c := range l.Changes {
		h.changes.add(func() (changedField, int) {
			c.Before.Text, c.After.Text = shorten(c.Before.Text), shorten(c.After.Text)
			f := changedField{Row: l.Row, ID: shorten(l.ID), Field: c.Field, Before: c.Before, After: c.After, Status: l.Status}
			return f, sizeOf(f.ID, f.Field, f.Before.Text, f.After.Text, string(f.Status), "")
		})
	}
	if l.Status.Settled() || l.Status == plan.NotAttempted { // the latter ask for the rest of the run, not for a person
		return nil
	}
	h.failed.add(func() (failedRow, int) {
		f := h.failedRow(l)
		return f, f.size()
	})
	return nil
}

// size is about how many bytes of the page a row takes.
func (f *failedRow) size() int {
	size := sizeOf(f.Column, f.Value, f.Message, f.Hint, f.RequestID, string(f.Code), string(f.Status))
	for i := range f.Also {
		size += sizeOf(f.Also[i].Column, f.Also[i].Value, f.Also[i].Message, string(f.Also[i].Code))
	}
	for _, c := range f.Cells {
		size += sizeOf(c.Column, c.Text)
	}
	return size
}

// failedRow is l as the page shows it.
func (h *page) failedRow(l *Line) failedRow {
	f := failedRow{Line: *l}
	f.Line.Cells, f.Line.Problems, f.Line.Changes = nil, nil, nil
	f.Message, f.Hint, f.RequestID, f.Column = shorten(l.Message), shorten(l.Hint), shorten(l.RequestID), shorten(l.Column)
	if !h.ids {
		f.RequestID = ""
	}
	if l.Attempts > 0 {
		f.Also = others(l.Problems)
	}
	if e, ok := model.Explain(l.Code); ok && e.Fix == l.Hint {
		f.Hint = "" // it stands with the code
	}
	blamed := map[string]bool{l.Column: true}
	for i := range l.Problems {
		blamed[l.Problems[i].Column] = true
	}
	input, _ := l.input(len(h.header))
	for i, text := range input {
		cell := pageCell{Column: shorten(h.header[i]), Text: shorten(text), Bad: h.header[i] != "" && blamed[h.header[i]]}
		if l.Column != "" && h.header[i] == l.Column {
			f.Value = cell.Text
		}
		if i < shownColumns {
			f.Cells = append(f.Cells, cell)
		}
	}
	return f
}

// others is the problems that stop a row besides the first of them.
func others(problems []model.Problem) (also []model.Problem) {
	first := true
	for _, p := range problems {
		if p.Stops() && !first && len(also) < shownFaults {
			p.Column, p.Field, p.Value, p.Message = shorten(p.Column), shorten(p.Field), shorten(p.Value), shorten(p.Message)
			also = append(also, p)
		}
		first = first && !p.Stops()
	}
	return also
}

// shorten cuts a text that would make the page unreadable, and says what is missing.
func shorten(s string) string {
	if len(s) <= shownText {
		return s
	}
	short := cut(s, shownText)
	if short == s {
		return s
	}
	return short + " [" + number(utf8.RuneCountInString(s)-shownText+1) + " more characters]"
}
