package reconcile

import (
	"cmp"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// What the page shows of a large run; the files beside it have the rest.
const (
	shownRows    = 2000
	shownChanges = 500
	shownSamples = 3
	shownColumns = 100
	shownText    = 300 // characters of a cell
)

// page writes report.html. It collects what is to be shown, within fixed bounds, and renders it at the end.
type page struct {
	w         io.Writer
	header    []string
	ids       bool // the ids of the requests are worth showing
	failed    []failedRow
	unsettled int // rows that ask for a person, shown or not
	changes   []changedField
	changed   int // fields that change, shown or not
	codes     map[model.Code]*codeGroup
	columns   map[string]*columnGroup
}

func newPage(w io.Writer, in *Input) *page {
	return &page{w: w, header: in.Header, ids: in.RequestIDs, codes: map[model.Code]*codeGroup{}, columns: map[string]*columnGroup{}}
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

// codeGroup is all problems with one code.
type codeGroup struct {
	Code    model.Code
	Count   int
	Warns   bool
	Explain model.Explanation
	Columns []*columnGroup // where it occurs, the most frequent first
	Samples []model.Problem

	columns map[string]*columnGroup
}

// columnGroup is all problems in one column.
type columnGroup struct {
	Column string
	Count  int
	Codes  []string // that occur in it

	codes map[model.Code]bool
}

func (h *page) line(l *Line) error {
	for i := range l.Problems {
		h.problem(l, &l.Problems[i])
	}
	h.changed += len(l.Changes)
	for _, c := range l.Changes {
		if len(h.changes) == shownChanges {
			break
		}
		c.Before.Text, c.After.Text = shorten(c.Before.Text), shorten(c.After.Text)
		h.changes = append(h.changes, changedField{Row: l.Row, ID: l.ID, Field: c.Field, Before: c.Before, After: c.After, Status: l.Status})
	}
	if l.Status.Settled() || l.Status == plan.NotAttempted { // the latter ask for the rest of the run, not for a person
		return nil
	}
	h.unsettled++
	if len(h.failed) < shownRows {
		h.failed = append(h.failed, h.failedRow(l))
	}
	return nil
}

// problem counts one problem under its code and its column.
func (h *page) problem(l *Line, p *model.Problem) {
	g := h.codes[p.Code]
	if g == nil {
		e, ok := model.Explain(p.Code)
		if !ok {
			e = model.Explanation{Code: p.Code, Fix: p.Hint}
		}
		g = &codeGroup{Code: p.Code, Warns: !p.Stops(), Explain: e, columns: map[string]*columnGroup{}}
		h.codes[p.Code] = g
	}
	g.Count++
	if len(g.Samples) < shownSamples && !slices.ContainsFunc(g.Samples, func(s model.Problem) bool {
		return s.Value == p.Value && s.Message == p.Message
	}) {
		sample := *p
		sample.Row, sample.Value, sample.Message = l.Row, shorten(p.Value), shorten(p.Message)
		g.Samples = append(g.Samples, sample)
	}
	countColumn(g.columns, p)
	countColumn(h.columns, p)
}

func countColumn(columns map[string]*columnGroup, p *model.Problem) {
	c := columns[p.Column]
	if c == nil {
		c = &columnGroup{Column: p.Column, codes: map[model.Code]bool{}}
		columns[p.Column] = c
	}
	c.Count++
	if !c.codes[p.Code] {
		c.codes[p.Code] = true
		c.Codes = append(c.Codes, string(p.Code))
	}
}

// failedRow is l as the page shows it.
func (h *page) failedRow(l *Line) failedRow {
	f := failedRow{Line: *l}
	f.Line.Cells, f.Line.Problems, f.Line.Changes = nil, nil, nil
	f.Message = shorten(l.Message)
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
		cell := pageCell{Column: h.header[i], Text: shorten(text), Bad: h.header[i] != "" && blamed[h.header[i]]}
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
		if p.Stops() && !first {
			p.Value, p.Message = shorten(p.Value), shorten(p.Message)
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

// byCode is the groups by code, the most frequent first.
func (h *page) byCode() []*codeGroup {
	groups := make([]*codeGroup, 0, len(h.codes))
	for _, g := range h.codes {
		g.Columns = byCount(g.columns)
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *codeGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return groups
}

// byCount is the groups by column, the most frequent first.
func byCount(columns map[string]*columnGroup) []*columnGroup {
	groups := make([]*columnGroup, 0, len(columns))
	for _, c := range columns {
		slices.Sort(c.Codes)
		groups = append(groups, c)
	}
	slices.SortFunc(groups, func(a, b *columnGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Column, b.Column))
	})
	return groups
}
