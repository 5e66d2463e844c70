package mapping

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// isOfRow reports whether a code says something of the row as a whole.
func isOfRow(code model.Code) bool {
	switch code {
	case model.CodeRaggedRow, model.CodeHiddenRow, model.CodeMergedCells, model.CodeRepeatedHeader, model.CodeFooterRow:
		return true
	}
	return false
}

// recognise finds rows that are no records: the header once more, a total, a footnote. What looks like a total is a record if
// it has an id, or if its action says what to do. Nothing else is told of such a row: its cells were never meant to fit.
func (mp *Mapping) recognise(c *Candidate) bool {
	first := firstFilled(c.Row.Cells)
	var t *trouble
	switch {
	case first < 0:
		return false
	case mp.repeatsHeader(c.Row.Cells, first):
		t = &trouble{model.CodeRepeatedHeader, c.Row.Cells[first].Text, ""}
	case c.Action == "" && (c.ID == "" || first == mp.id) && isFooter(c.Row.Cells, first):
		text := strings.TrimSpace(c.Row.Cells[first].Text)
		t = &trouble{model.CodeFooterRow, text, quoted(text) + " looks like a total or a footnote of the sheet, and not like a record"}
	default:
		return false
	}
	c.Problems, c.Unjudged, c.Links = nil, nil, nil
	mp.blame(c, -1, "", t)
	return true
}

// firstFilled is the first cell that is not blank, -1 if all are.
func firstFilled(cells []sheet.Cell) int {
	for i := range cells {
		text := cells[i].Text
		if startsVisibly(text) || strings.TrimSpace(text) != "" {
			return i
		}
	}
	return -1
}

// repeatsHeader reports whether every cell that is not blank says what its column is called, and there are several.
func (mp *Mapping) repeatsHeader(cells []sheet.Cell, first int) bool {
	same := 0
	for i := first; i < len(cells); i++ {
		switch text := cells[i].Text; {
		case i < len(mp.header) && startsApart(text, mp.header[i]):
			return false
		case strings.TrimSpace(text) == "":
		case i >= len(mp.header) || !strings.EqualFold(strings.TrimSpace(text), strings.TrimSpace(mp.header[i])):
			return false
		default:
			same++
		}
	}
	return same > 1
}

// startsVisibly reports whether a text begins with a character of ASCII that can be seen.
func startsVisibly(text string) bool { return text != "" && text[0] > ' ' && text[0] < 0x7f }

// startsApart reports whether two texts begin with different letters, so that they are not the same in another letter case.
func startsApart(a, b string) bool {
	return startsVisibly(a) && startsVisibly(b) && a[0]|0x20 != b[0]|0x20
}

// footers is how the rows begin that programs put below a list.
var footers = regexp.MustCompile(`(?i)^(?:(?:grand |sub-?)?totals?|(?:gesamt|zwischen|end)?summe|gesamt|insgesamt|sum|subtotal|total general|totale|totaal|somme)` +
	`(?: ?[:=(].*)?$` +
	`|^(?:page|seite) [0-9]+(?: ?(?:of|von|/) ?[0-9]+)?$` +
	`|^(?:end of (?:report|list|file)|ende der liste|applied filters:.*)$` +
	`|^(?:copyright (?:\(c\)|©) .*|confidential information - do not distribute)$` +
	`|^[0-9]+ (?:rows?|records?|entries|zeilen|datensätze|einträge)\.?$` +
	`|^(?:printed|exported|generated|gedruckt|exportiert|erstellt) (?:on|at|by|am|um|von)\b.*[0-9].*$`)

// longestFooter bounds what is looked at: a footnote is short.
const longestFooter = 200

// isFooter reports whether a row is a total or a footnote: it begins like one, and nothing follows but numbers.
func isFooter(cells []sheet.Cell, first int) bool {
	label := &cells[first]
	if label.Kind != sheet.Text || len(label.Text) > longestFooter {
		return false
	}
	for i := first + 1; i < len(cells); i++ {
		if cells[i].Kind == sheet.Text && strings.ContainsFunc(cells[i].Text, unicode.IsLetter) {
			return false
		}
	}
	return footers.MatchString(strings.TrimSpace(label.Text))
}

// headerBelow is the row further down that has the names which the job needs, 0 if there is none: titles often stand above the
// header. It reads the first rows of the sheet, of which nothing else is wanted any more.
func headerBelow(in sheet.Reader, h *headers, needed []string) int {
	const deepest = 30
	needed = distinct(needed)
	best, found := 0, named(h, needed)
	for range deepest {
		var row sheet.Row
		if err := in.Read(&row); err != nil && !errors.Is(err, io.EOF) || row.Number == 0 {
			return best
		}
		if n := named(newHeaders(row.Texts()), needed); n > found && 2*n >= len(needed) {
			best, found = row.Number, n
		}
	}
	return best
}

// named is how many of the names a row has.
func named(h *headers, names []string) int {
	n := 0
	for _, name := range names {
		if h.find(name) >= 0 {
			n++
		}
	}
	return n
}
