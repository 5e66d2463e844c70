package sheet

import (
	"fmt"
	"strings"
)

// span is some columns side by side, counted from 1.
type span struct{ first, last int }

// addColumns takes the columns that the last tag is about, if they are hidden. It says nothing about values, so what makes
// no sense is passed over.
func (s *sheetScan) addColumns() {
	first, ok := parseIndex([]byte(s.attribute("min")))
	last, okLast := parseIndex([]byte(s.attribute("max")))
	if ok && okLast && first >= 1 && isTrue(s.attribute("hidden")) && len(s.found.columns) < maxColumns {
		s.found.columns = append(s.found.columns, span{first, last})
	}
}

// columnNotice names the hidden columns of a table that is so many columns wide, "" for none.
func (f *found) columnNotice(width int) string {
	hidden := make([]bool, width+1) // the last one ends the last group
	for _, c := range f.columns {
		for column := c.first; column <= min(c.last, width); column++ {
			hidden[column-1] = true
		}
	}
	var names []string
	first := -1
	for column, is := range hidden {
		switch {
		case is && first < 0:
			first = column
		case !is && first >= 0:
			name := columnName(first)
			if column-1 > first {
				name += "-" + columnName(column-1)
			}
			names, first = append(names, name), -1
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("hidden columns: %s; they are read like the others", strings.Join(names, ", "))
}
