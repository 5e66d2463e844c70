package mapping

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// HeaderEvidence is what a row shows of whether it is the header.
type HeaderEvidence struct {
	Filled int    // cells that hold something
	Known  int    // of these, names of fields
	Data   string // the first cell that is data and no name, "" for none
}

// JudgeHeader looks at the cells of a row as if they were the names of columns.
func JudgeHeader(m *model.Model, cells []string) (h HeaderEvidence) {
	for _, match := range MatchHeaders(m, cells) {
		if match.Field != "" {
			h.Known++
		}
	}
	for _, cell := range cells {
		text := strings.TrimFunc(cell, unicode.IsSpace)
		if text == "" {
			continue
		}
		h.Filled++
		if h.Data == "" && isData(text) {
			h.Data = text
		}
	}
	return h
}

// The forms of values that nobody gives to a column as its name. A number of four digits is a year, and may be one.
var (
	emailLike  = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@]+$`)
	numberLike = regexp.MustCompile(`^[+(]?[0-9][0-9 .,/()-]{4,}$`)
)

// isData reports whether a text is a value and no name.
func isData(text string) bool {
	if len(text) > enough {
		return false
	}
	var dates dateEvidence
	dates.add(text)
	return dates.other == 0 || emailLike.MatchString(text) || numberLike.MatchString(text)
}

// NameHalves is the places of the columns for first names and of those for last names.
func NameHalves(m *model.Model, headers []string) (first, last []int) {
	mt := newMatcher(m)
	for i, header := range headers {
		switch which, known := mt.halves[mt.wording(header).key]; {
		case !known:
		case which == firstName:
			first = append(first, i)
		default:
			last = append(last, i)
		}
	}
	return first, last
}

// JoinedNames is the expression of a name that stands in two columns.
func JoinedNames(first, last string) string {
	return fmt.Sprintf(`trim(row[%s] + " " + row[%s])`, quotedLiteral(first), quotedLiteral(last))
}

// quotedLiteral is a text as expressions write it.
func quotedLiteral(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`
}
