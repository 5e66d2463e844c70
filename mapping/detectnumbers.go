package mapping

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/rollcall-sync/rollcall/mapping/model"
)

// numberEvidence counts what the texts of a column show of the way numbers are written.
type numberEvidence struct {
	comma, point int       // numbers that prove what stands before the decimals: 12,5 and 1.234,50; 12.5 and 1,234.50
	open         [2]int    // numbers like 1,234 and like 1.234, which may be either
	largest      [2]string // of these, the largest as a whole number
	grouped      int       // numbers with groups of three, however the decimals are written
	plain, other int
}

// The two separators that may be either, by their place in numberEvidence.
const (
	byComma = iota
	byPoint
)

// The shapes of numbers, without their sign. Spaces and apostrophes only ever stand between groups.
var (
	eitherWay    = regexp.MustCompile(`^[1-9][0-9]{0,2}([.,])[0-9]{3}$`)
	withDecimals = regexp.MustCompile(`^[0-9]+([.,])[0-9]+$`)
	withGroups   = regexp.MustCompile(`^[0-9]{1,3}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+|(?:[ \x{a0}\x{202f}][0-9]{3})+|(?:['’][0-9]{3})+)(?:([.,])[0-9]+)?$`)
)

// add looks at a text.
func (n *numberEvidence) add(text string) {
	bare := strings.TrimLeft(text, "+-")
	if bare == "" || bare[0] < '0' || bare[0] > '9' || len(text)-len(bare) > 1 {
		n.other++
		return
	}
	if strings.Trim(bare, "0123456789") == "" {
		n.plain++
		return
	}
	if m := eitherWay.FindStringSubmatch(bare); m != nil {
		n.addOpen(bare, m[1])
		return
	}
	if m := withDecimals.FindStringSubmatch(bare); m != nil {
		n.prove(m[1])
		return
	}
	m := withGroups.FindStringSubmatch(bare)
	switch {
	case m == nil, m[1] != "" && strings.Count(bare, m[1]) > 1:
		n.other++
		return
	case m[1] != "":
		n.prove(m[1])
	case strings.Contains(bare, "."): // 1.234.567: points that are not decimal
		n.prove(",")
	case strings.Contains(bare, ","):
		n.prove(".")
	}
	n.grouped++
}

// prove counts a number whose decimals, or whose groups, tell what stands before the decimals.
func (n *numberEvidence) prove(separator string) {
	if separator == "," {
		n.comma++
	} else {
		n.point++
	}
}

// addOpen counts a number that may be either.
func (n *numberEvidence) addOpen(text, separator string) {
	which := byPoint
	if separator == "," {
		which = byComma
	}
	n.open[which]++
	whole := strings.Replace(text, separator, "", 1)
	if last := n.largest[which]; len(whole) > len(last) || len(whole) == len(last) && whole > last {
		n.largest[which] = whole
	}
}

// readNumbers finds out what stands before the decimals. Numbers of a workbook need no option.
func (e *Evidence) readNumbers(r *Reading, f *model.Field) {
	n := &e.numbers
	switch {
	case n.comma > 0 && n.point > 0:
		r.note(fmt.Sprintf("%s like 12,5 and %s like 12.5", times(n.comma), times(n.point)))
		e.openDecimal(r)
	case n.comma > 0 && n.open[byPoint] > 0 && exceeds(n.largest[byPoint], most(f)), n.point > 0 && n.open[byComma] > 0 && exceeds(n.largest[byComma], most(f)):
		r.note("some numbers have a comma in front of their decimals and some a point")
		e.openDecimal(r)
	case n.comma > 0:
		r.Column.Decimal = ","
	case n.point > 0 && n.grouped+n.open[byComma]+n.open[byPoint] > 0:
		r.Column.Decimal = "."
	case n.point > 0:
	case n.open[byComma] > 0 && n.open[byPoint] > 0:
		r.note("both 1,234 and 1.234 are there")
		e.openDecimal(r)
	case n.open[byComma]+n.open[byPoint] > 0:
		e.readEither(r, f)
	case n.grouped > 0:
		r.Column.Decimal = "."
	}
}

// readEither decides about numbers that are all like 1,234, or all like 1.234. A whole number has no decimals, and a number
// beyond the limits of its field has no groups.
func (e *Evidence) readEither(r *Reading, f *model.Field) {
	which, decimal, group := byPoint, ".", ","
	if e.numbers.open[byComma] > 0 {
		which, decimal, group = byComma, ",", "."
	}
	switch {
	case f.Kind == model.Integer:
		r.Column.Decimal = group
	case exceeds(e.numbers.largest[which], most(f)):
		r.Column.Decimal = decimal
	default:
		e.openDecimal(r)
	}
}

// most is the largest number that a field can hold, "" for any: what the API documents, or what the globe has.
func most(f *model.Field) string {
	switch name := strings.ToLower(f.Name); {
	case f.Maximum != "":
		return f.Maximum
	case name == "latitude" || strings.HasSuffix(name, ".latitude"):
		return "90"
	case name == "longitude" || strings.HasSuffix(name, ".longitude"):
		return "180"
	}
	return ""
}

// exceeds compares two decimals. Nothing exceeds a limit that is not there.
func exceeds(a, b string) bool {
	x, _, err := apd.NewFromString(a)
	if err != nil {
		return false
	}
	y, _, err := apd.NewFromString(b)
	return err == nil && x.Cmp(y) > 0
}

// openDecimal leaves the separator to a person.
func (e *Evidence) openDecimal(r *Reading) {
	r.Option, r.Column.Decimal = "decimal", Undecided
	for _, way := range [][2]string{{",", "1,234 is less than two"}, {".", "1,234 is more than a thousand"}} {
		col := r.Column
		col.Decimal = way[0]
		r.Ways = append(r.Ways, WayOfReading{way[0], way[1], col})
	}
}

// times is "1 value", "2 values".
func times(n int) string {
	if n == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d values", n)
}
