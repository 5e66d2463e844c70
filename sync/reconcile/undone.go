package reconcile

import "strings"

// Undone is what became of the rows of a run that was taken back.
type Undone struct {
	Run        string `json:"run"`        // that was taken back
	Reversed   int    `json:"reversed"`   // rows whose record is as it was before
	Already    int    `json:"already"`    // rows whose record was so before the undo
	Kept       int    `json:"kept"`       // rows whose record was changed since, and stays as it is
	Impossible int    `json:"impossible"` // rows that cannot be taken back: created, gone, or not to be told
}

// sentence says it in words, such as "Of run 20261121-040302-a1b: 285 reversed, 15 kept (changed since), 10 impossible." planned is
// the rows that a plan would reverse, nil if it is none.
func (u *Undone) sentence(planned *Planned) string {
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, number(n)+" "+words)
		}
	}
	if planned != nil {
		add(planned.Update, "to reverse")
	}
	add(u.Reversed, "reversed")
	add(u.Already, "as before already")
	add(u.Kept, "kept (changed since)")
	add(u.Impossible, "impossible")
	if parts == nil {
		return ""
	}
	return "Of run " + u.Run + ": " + strings.Join(parts, ", ") + "."
}
