package mapping

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// dateEvidence counts what the texts of a column show of the way dates are written.
type dateEvidence struct {
	forms   []dateForm  // few
	named   []namedForm // with the name of the month, in the order of namedLayouts
	iso     int         // yyyy-mm-dd, which needs no format
	compact int         // 20240131
	other   int
}

// compactLayout is a date without separators. Other numbers may look like one.
const compactLayout = "20060102"

// maxForms is how many forms of dates are told apart in one column. Nobody needs as many.
const maxForms = 12

// dateForm is a way to write a date in digits, and what the dates written so show of their order.
type dateForm struct {
	separator byte
	yearFirst bool // four digits in front
	short     bool // two digits for the year
	clock     string
	count     int
	only      [3]int     // dates that exist in one order alone, by order
	could     [3]int     // dates that exist in an order
	outer     [2]numbers // what stood in front and at the end, where either may be the year
}

// numbers is a set of numbers below 100.
type numbers [2]uint64

func (s *numbers) add(n int) { s[n/64%2] |= 1 << (n % 64) }

func (s *numbers) len() int { return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) }

// swaps reports whether the year may stand in front although people who use this separator seldom write it so: 22/11/05.
func (f *dateForm) swaps() bool { return f.short && f.separator != '-' }

// The orders of day, month and year.
const (
	dayFirst = iota
	monthFirst
	yearFirst
)

// namedForm is a layout with the name of the month, and how many dates are written so.
type namedForm struct {
	layout string
	count  int
}

// namedLayouts is the usual forms of dates with the English name of the month.
func namedLayouts() []string {
	return []string{
		"2 Jan 2006", "2-Jan-2006", "2-Jan-06", "2 Jan 06", "2/Jan/2006", "2. Jan 2006", "Jan 2, 2006", "Jan 2 2006", "Jan-2-2006",
		"2 January 2006", "2. January 2006", "2-January-2006", "January 2, 2006", "January 2 2006", "Mon, 2 Jan 2006", "Monday, 2 January 2006",
		"Monday, January 2, 2006",
	}
}

// add looks at a text.
func (d *dateEvidence) add(text string) {
	const shortest = 6 // 1/2/24
	switch {
	case len(text) < shortest:
		d.other++
	case isISO(text):
		d.iso++
	case namesMonth(text) && d.addNamed(text):
	case !d.addDigits(text):
		d.addNumber(text)
	}
}

// addNumber looks at a number of a workbook, or a text without separators.
func (d *dateEvidence) addNumber(text string) {
	if len(text) != len(compactLayout) || strings.Trim(text, "0123456789") != "" { // time.Parse is slow to say no
		d.other++
		return
	}
	day, err := time.Parse(compactLayout, text)
	if err == nil && day.Year() >= 1900 && day.Year() < 2100 {
		d.compact++
		return
	}
	d.other++
}

// isISO reports whether text is a date as every date field takes it.
func isISO(text string) bool {
	if len(text) != len(time.DateOnly) || text[4] != '-' {
		return false
	}
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// namesMonth reports whether a text may be a date with the name of a month: it has one, and digits in front or at the end.
func namesMonth(text string) bool {
	const letters = 3
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	if last := len(text) - 1; !digit(text[0]) && !digit(text[last]) {
		return false
	}
	for i := 0; i+letters <= len(text); i++ {
		switch strings.ToLower(text[i : i+letters]) {
		case "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec":
			return true
		}
	}
	return false
}

// addNamed looks for a date with the name of a month.
func (d *dateEvidence) addNamed(text string) bool {
	if d.named == nil {
		for _, layout := range namedLayouts() {
			d.named = append(d.named, namedForm{layout: layout})
		}
	}
	found := false
	for i := range d.named {
		if _, err := time.Parse(d.named[i].layout, text); err == nil {
			d.named[i].count++
			found = true
		}
	}
	return found
}

// addDigits looks for a date in digits.
func (d *dateEvidence) addDigits(text string) bool {
	day, clock := cutClock(text)
	at := strings.IndexAny(day, "/.-")
	if at < 0 {
		return false
	}
	parts := strings.Split(day, day[at:at+1])
	if len(parts) != 3 || clock == "?" {
		return false
	}
	var n [3]int
	for i, part := range parts {
		if part == "" || len(part) > 4 || strings.Trim(part, "0123456789") != "" {
			return false
		}
		for _, digit := range part {
			n[i] = n[i]*10 + int(digit-'0')
		}
	}
	form := dateForm{separator: day[at], clock: clock, yearFirst: len(parts[0]) == 4, short: len(parts[0]) <= 2 && len(parts[2]) == 2}
	if len(parts[1]) > 2 || !form.yearFirst && !form.short && (len(parts[0]) > 2 || len(parts[2]) != 4) || form.yearFirst && len(parts[2]) > 2 {
		return false
	}
	return d.count(form, n)
}

// cutClock splits the time of day off a text. It gives the layout of the clock with what stands before it, "" for none and "?"
// for what is no clock.
func cutClock(text string) (day, clock string) {
	at := strings.IndexAny(text, " T")
	if at < 0 {
		return text, ""
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if len(text)-at-1 != len(layout) {
			continue
		}
		if _, err := time.Parse(layout, text[at+1:]); err == nil {
			return text[:at], text[at:at+1] + layout
		}
	}
	return text, "?"
}

// count counts a date by the orders in which it exists.
func (d *dateEvidence) count(form dateForm, n [3]int) bool {
	var orders []int
	points := form.separator == '.' // nobody writes the month in front of a point
	for order, possible := range []bool{!form.yearFirst, !form.yearFirst && !points, form.yearFirst || form.short} {
		if possible && exists(order, n) {
			orders = append(orders, order)
		}
	}
	if len(orders) == 0 {
		return false
	}
	f := d.form(form)
	if f == nil {
		return false
	}
	f.count++
	for _, order := range orders {
		f.could[order]++
	}
	if form.short {
		f.outer[0].add(n[0])
		f.outer[1].add(n[2])
	}
	if form.swaps() && len(orders) > 1 {
		orders = slices.DeleteFunc(orders, func(order int) bool { return order == yearFirst })
	}
	if len(orders) == 1 {
		f.only[orders[0]]++
	}
	return true
}

// form is the entry of a form, nil if there are too many.
func (d *dateEvidence) form(form dateForm) *dateForm {
	same := func(f dateForm) bool {
		return f.separator == form.separator && f.yearFirst == form.yearFirst && f.short == form.short && f.clock == form.clock
	}
	if i := slices.IndexFunc(d.forms, same); i >= 0 {
		return &d.forms[i]
	}
	if len(d.forms) == maxForms {
		return nil
	}
	d.forms = append(d.forms, form)
	return &d.forms[len(d.forms)-1]
}

// exists reports whether three numbers are a day of the calendar in an order.
func exists(order int, n [3]int) bool {
	day, month, year := n[0], n[1], n[2]
	switch order {
	case monthFirst:
		day, month = month, day
	case yearFirst:
		day, year = year, day
	}
	if year < 100 {
		year += 2000
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t.Day() == day && int(t.Month()) == month && t.Year() == year
}

// layout is the form in an order, as a job writes it.
func (f *dateForm) layout(order int) string {
	year := "2006"
	if f.short {
		year = "06"
	}
	parts := [3][]string{{"02", "01", year}, {"01", "02", year}, {year, "01", "02"}}[order]
	return strings.Join(parts, string(f.separator)) + f.clock
}

// candidate is a form of dates that a column may have.
type candidate struct {
	count  int
	ways   []string // layouts, "" for one that needs none
	reason string   // why there is more than one, or what proves the only one
	short  bool
}

// candidates is the forms of the dates, the most frequent first.
func (d *dateEvidence) candidates() []candidate {
	var out []candidate
	loose := slices.IndexFunc(d.forms, func(f dateForm) bool { return f.yearFirst && f.separator == '-' && f.clock == "" })
	if d.iso > 0 && loose < 0 {
		out = append(out, candidate{count: d.iso, ways: []string{""}})
	}
	for i := range d.forms {
		c := d.forms[i].candidate()
		if i == loose { // 2024-1-5: its format reads 2024-01-05 too
			c.count += d.iso
		}
		out = append(out, c)
	}
	for _, n := range d.named {
		out = append(out, candidate{count: n.count, ways: []string{n.layout}, short: strings.HasSuffix(n.layout, " 06") || strings.HasSuffix(n.layout, "-06")})
	}
	out = append(out, candidate{count: d.compact, ways: []string{compactLayout}})
	slices.SortStableFunc(out, func(a, b candidate) int { return b.count - a.count })
	return slices.DeleteFunc(out, func(c candidate) bool { return c.count == 0 })
}

// candidate is what the dates of a form prove of their order. It is proved by dates that exist in no other order, if no date
// contradicts.
func (f *dateForm) candidate() candidate {
	c := candidate{count: f.count, short: f.short}
	if f.yearFirst {
		c.ways = []string{f.layout(yearFirst)}
		return c
	}
	for order, n := range f.could {
		if n == f.count && !(order == yearFirst && f.swaps() && len(c.ways) > 0 && f.outer[0].len() > f.outer[1].len()) {
			c.ways = append(c.ways, f.layout(order)) // of many days and few years, the years do not stand in front
		}
	}
	if f.separator == '.' && len(c.ways) == 1 && f.could[dayFirst] == f.count {
		c.reason = "day first, as always with points"
		return c
	}
	switch len(c.ways) {
	case 1:
		proof := f.count
		for order, n := range f.could {
			if n == f.count {
				proof = f.only[order]
			}
		}
		c.reason = fmt.Sprintf("proved by %s", times(proof))
	case 0:
		c.ways = []string{f.layout(dayFirst), f.layout(monthFirst)}
		c.reason = fmt.Sprintf("%s can only be day first, %s only month first", times(f.only[dayFirst]), times(f.only[monthFirst]))
	default:
		c.reason = "no date proves the order"
	}
	return c
}

// isDates reports whether most of the texts of a column are dates.
func (d *dateEvidence) isDates(texts int) bool {
	all := d.candidates()
	return len(all) > 0 && all[0].ways[0] != compactLayout && mostly(all[0].count, texts)
}

// readDates finds out how dates are written. Date cells of a workbook need no format.
func (e *Evidence) readDates(r *Reading) {
	if e.moments > 0 {
		r.note(fmt.Sprintf("%d dates have a time of day, which is a problem of their rows", e.moments))
	}
	all := e.dates.candidates()
	if e.texts == 0 && e.dates.compact == 0 {
		return
	}
	if len(all) > 0 && mostly(all[0].count, max(e.texts, all[0].count)) && len(all[0].ways) == 1 {
		best := all[0]
		r.Column.Format = best.ways[0]
		if best.reason != "" {
			r.note(best.reason)
		}
		if best.short {
			r.note("years 69 to 99 are 19..")
		}
		if n := e.texts - best.count; n > 0 {
			r.note(odd(n, "no date of that form"))
		}
		return
	}
	e.openFormat(r, all)
}

// openFormat leaves the form of the dates to a person.
func (e *Evidence) openFormat(r *Reading, all []candidate) {
	r.Option = "format"
	switch {
	case len(all) == 1 && all[0].reason != "" && len(all[0].ways) > 1:
		r.note(all[0].reason)
	case len(all) > 1:
		r.note("not all dates are written in one way")
	}
	for _, c := range all[:min(len(all), 3)] {
		for _, way := range c.ways {
			col, why := r.Column, map[string]string{"02": "day first", "01": "month first", "06": "year first"}[way[:min(2, len(way))]]
			if col.Format = way; way == "" {
				why = "yyyy-mm-dd"
			}
			if len(all) > 1 {
				why = strings.TrimPrefix(why+", "+times(c.count), ", ")
			}
			r.Ways = append(r.Ways, WayOfReading{way, why, col})
		}
	}
	if len(all) == 0 {
		r.note("the values are no dates in a form that is known here")
	}
	r.Column.Format = Undecided
}
