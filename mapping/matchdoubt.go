package mapping

import (
	"slices"
	"strings"
)

// doubt weakens what a header says for itself by what stands beside it.
func (mt *matcher) doubt(row []column) {
	mt.doubtHalfNames(row)
	mt.doubtTitles(row)
	mt.doubtStreets(row)
	doubtFirstOnes(row)
	mt.doubtShortPhones(row)
	mt.doubtOtherNames(row)
}

// doubtHalfNames doubts a column Name beside a column of first names with none of last names: it is the last name then, in
// German and French sheets above all. Nom and Nombre are half of a name only beside the other half.
func (mt *matcher) doubtHalfNames(row []column) {
	var first, last bool
	for i := range row {
		half, known := mt.halves[row[i].key]
		first, last = first || known && half == firstName, last || known && half == lastName
	}
	loneFirst, other := mt.halvesIn(row)
	for i := range row {
		switch key := row[i].key; {
		case key == "nom" && !first, key == "nombre" && !last, mt.bare[key] && key != "title" && loneFirst && !other:
			row[i].weaken()
		}
	}
}

// doubtTitles doubts a column Title unless another one is the title of the job: in half of all programs it is that. In a sheet
// that has the names of the API it is what the API calls so.
func (mt *matcher) doubtTitles(row []column) {
	names := true
	for i := range row {
		field, ok := row[i].accepted()
		for _, job := range mt.byKey["jobtitle"] {
			if ok && field == mt.known[job].field {
				return
			}
		}
		names = names && (!ok || row[i].claims[0].by == ByName)
	}
	for i := range row {
		if row[i].key == "title" && !names {
			row[i].weaken()
		}
	}
}

// doubtStreets doubts a column Street beside one of house numbers: it is half of the field.
func (mt *matcher) doubtStreets(row []column) {
	if !slices.ContainsFunc(row, func(c column) bool { return mt.houses[c.key] }) {
		return
	}
	for i := range row {
		field, ok := row[i].accepted()
		if ok && slices.ContainsFunc(mt.byKey["street"], func(known int) bool { return mt.known[known].field == field }) {
			row[i].weaken()
		}
	}
}

// doubtFirstOnes doubts a column such as Phone 1 where there is a Phone 2, unless that is a field of its own: Address 2.
func doubtFirstOnes(row []column) {
	seconds := map[string]bool{}
	for i := range row {
		if _, ok := row[i].accepted(); !ok {
			seconds[strings.Join(row[i].words, " ")] = true
		}
	}
	for i := range row {
		at := slices.Index(row[i].words, "1")
		if at < 0 {
			continue
		}
		second := slices.Clone(row[i].words)
		second[at] = "2"
		if seconds[strings.Join(second, " ")] {
			row[i].weaken()
		}
	}
}

// doubtShortPhones reads Work, Office and Home as phones where another column is as short: Mobile, Cell. They are no more
// than that, so they stay open, and keep the other from the field if both want the same.
func (mt *matcher) doubtShortPhones(row []column) {
	var short []string
	for i := range row {
		if mt.lines[row[i].key] && !slices.Contains(short, row[i].key) {
			short = append(short, row[i].key)
		}
	}
	if len(short) < 2 {
		return
	}
	for i := range row {
		if c := &row[i]; mt.lines[c.key] && len(mt.equal("", c.wording)) == 0 {
			for _, known := range mt.byPlain[c.plain+"phone"] {
				c.open = true
				c.add(claim{field: mt.known[known].field, by: ByFuzzy, score: scoreHalf, strength: wellKnown})
			}
		}
	}
}

// doubtOtherNames doubts the name of somebody else, such as a contact person's, where the record itself must have a name and
// no column is it, or where the person's name stands in columns of its own, in halves: the column is as likely the record's.
func (mt *matcher) doubtOtherNames(row []column) {
	name := mt.model.Index("name")
	if name < 0 || !mt.model.Fields[name].Required {
		return
	}
	named := slices.ContainsFunc(row, func(c column) bool { field, ok := c.accepted(); return ok && field == name })
	if first, last := mt.halvesIn(row); named && !(first && last) {
		return
	}
	for i := range row {
		c := &row[i]
		if field, ok := c.accepted(); ok && strings.HasSuffix(mt.names[field], ".name") && c.claims[0].strength < own {
			same := c.claims[0]
			same.field, same.score = name, same.score-0.01
			c.add(same)
		}
	}
}

// halvesIn reports which parts of a person's name have columns, where the model has no fields for them.
func (mt *matcher) halvesIn(row []column) (first, last bool) {
	for i := range row {
		half, known := mt.halves[row[i].key]
		if _, taken := row[i].accepted(); known && taken {
			return false, false
		}
		first, last = first || known && half == firstName, last || known && half == lastName
	}
	return first, last
}
