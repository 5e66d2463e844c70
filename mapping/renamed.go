package mapping

import "slices"

// minRename is how like the name of a missing column a new one must be to be told as its new name.
const minRename = 0.6

// renamed pairs columns that the job misses with new ones of the sheet that are probably they, each once. The best signs go
// first: the same words, then the same field of the API, then nearly the same letters, then some of the same words.
func (mt *matcher) renamed(missing, unknown []string, cfg *Config) map[string]string {
	pairs, taken := map[string]string{}, map[string]bool{}
	unknown = slices.DeleteFunc(slices.Clone(unknown), func(name string) bool { return normalHeader(name) == "" })
	matches := MatchHeaders(mt.model, unknown)
	for _, sign := range []func(old string, free []Match) string{
		mt.inOtherSpelling,
		func(old string, free []Match) string { return forTheField(cfg.fieldOf(old), free) },
		func(old string, free []Match) string { return Closest(old, columnsOf(free)) },
		func(old string, free []Match) string { return mt.alike(old, cfg.fieldOf(old), free) },
	} {
		for _, old := range missing {
			free := slices.DeleteFunc(slices.Clone(matches), func(m Match) bool { return taken[m.Column] })
			if pairs[old] != "" {
				continue
			}
			if name := sign(old, free); name != "" {
				pairs[old], taken[name] = name, true
			}
		}
	}
	return pairs
}

// fieldOf is the field that a column of the job fills, "" if it fills none.
func (c *Config) fieldOf(header string) string {
	for i := range c.Columns {
		if normalHeader(c.Columns[i].Header) == normalHeader(header) {
			return c.Columns[i].Field
		}
	}
	return ""
}

// inOtherSpelling is the column that has the same words: Phone No. for phone_number.
func (mt *matcher) inOtherSpelling(old string, free []Match) string {
	w := mt.wording(old)
	for i := range free {
		if other := mt.wording(free[i].Column); w.plain != "" && other.plain == w.plain {
			return free[i].Column
		}
	}
	return ""
}

// forTheField is the column that a new job would map to the field: Mail address for E-mail.
func forTheField(field string, free []Match) string {
	for i := range free {
		if field != "" && free[i].Field == field {
			return free[i].Column
		}
	}
	return ""
}

// alike is the column that shares most with the missing one or with its field, "" if none shares enough.
func (mt *matcher) alike(old, field string, free []Match) string {
	best, bestScore := "", 0.0
	w := mt.wording(old)
	for i := range free {
		score := mt.overlap(w.words, mt.wording(free[i].Column).words)
		for _, r := range free[i].Rivals {
			if field != "" && free[i].Field == "" && r.Field == field {
				score = max(score, r.Score)
			}
		}
		if score >= minRename && score > bestScore {
			best, bestScore = free[i].Column, score
		}
	}
	return best
}

// columnsOf is the headers of matches.
func columnsOf(matches []Match) []string {
	names := make([]string, len(matches))
	for i := range matches {
		names[i] = matches[i].Column
	}
	return names
}
