package reconcile

import (
	"cmp"
	"slices"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// codeGroup is all problems with one code.
type codeGroup struct {
	Code    model.Code
	Count   int
	Warns   bool
	Explain model.Explanation
	Columns []*columnGroup // where it occurs, the most frequent first
	More    int            // columns that are not shown
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
		sample.Row, sample.Column, sample.Value, sample.Message = l.Row, shorten(p.Column), shorten(p.Value), shorten(p.Message)
		g.Samples = append(g.Samples, sample)
	}
	if l.Status != plan.Skipped || p.Column != "" && slices.Contains(h.header, p.Column) {
		h.annotated = true
	}
	countColumn(g.columns, p)
	countColumn(h.columns, p)
}

func countColumn(columns map[string]*columnGroup, p *model.Problem) {
	c := columns[p.Column]
	if c == nil {
		c = &columnGroup{Column: shorten(p.Column), codes: map[model.Code]bool{}}
		columns[p.Column] = c
	}
	c.Count++
	if !c.codes[p.Code] {
		c.codes[p.Code] = true
		c.Codes = append(c.Codes, string(p.Code))
	}
}

// byCode is the groups by code: what stops rows before warnings, and the most frequent first.
func (h *page) byCode() []*codeGroup {
	groups := make([]*codeGroup, 0, len(h.codes))
	for _, g := range h.codes {
		g.Columns = byCount(g.columns)
		g.More = max(0, len(g.Columns)-shownPlaces)
		g.Columns = g.Columns[:len(g.Columns)-g.More]
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *codeGroup) int {
		if a.Warns != b.Warns {
			if a.Warns {
				return 1
			}
			return -1
		}
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
