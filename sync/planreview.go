package sync

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// review is what a plan file approves, once it has been compared with the plan. A file may be in any order, for people sort
// sheets; so what it says of each row is kept, as a hash.
type review struct {
	file     *reconcile.PlanFile
	path     string // absolute
	marks    []mark // by row
	declined int    // rows that wait, or did, and are not approved
	faults   faults
	odd      map[int]oddity // rows whose place in the file is looked for once more
}

// mark is what a file says of a row.
type mark struct {
	row      int
	approval reconcile.Approval
	met      bool // it is in the plan
	sum      [16]byte
}

// oddity is what is wrong with a row of a file.
type oddity struct {
	text string   // what it is
	want []string // what the plan says of the row, if that was edited
	at   int      // column that is to blame
}

// The columns of a plan file that are to blame for what is wrong with a row as a whole.
const (
	approveColumn = -1
	rowColumn     = 0
)

// faults is what is wrong with a plan file: the first few of it.
type faults struct {
	first []string
	more  int
}

// shownFaults is how many are shown.
const shownFaults = 10

func (f *faults) add(format string, args ...any) {
	if len(f.first) == shownFaults {
		f.more++
		return
	}
	f.first = append(f.first, fmt.Sprintf(format, args...))
}

// review compares a plan file with the session's stored plan; nil if there is no file.
func (s *session) review(ctx context.Context, file *reconcile.PlanFile) (*review, error) {
	if file == nil {
		return nil, s.noted()
	}
	path, err := filepath.Abs(file.Path)
	if err != nil {
		return nil, fmt.Errorf("place the plan file: %w", err)
	}
	r := &review{file: file, path: path, odd: map[int]oddity{}}
	for _, step := range []func() error{r.gather, func() error { return r.compare(ctx, s) }, r.locate} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r, r.verdict(s.run.ID)
}

// gather reads what the file says of each row.
func (r *review) gather() error {
	for row, err := range r.file.Rows() {
		if err != nil {
			return err
		}
		if row.Approval == reconcile.Unclear {
			r.faults.add("%s: “%s” is neither yes nor no; write %s", row.Place(approveColumn), shortText(row.Said), r.file.Words())
		}
		r.marks = append(r.marks, mark{row: row.Row, approval: row.Approval, sum: sumOf(row.Texts)})
	}
	slices.SortFunc(r.marks, func(a, b mark) int { return a.row - b.row })
	for i := 1; i < len(r.marks); i++ {
		if r.marks[i].row == r.marks[i-1].row {
			r.suspect(r.marks[i].row, oddity{text: "stands in the file more than once; delete all its lines but the one that is right", at: rowColumn})
		}
	}
	return nil
}

// sumOf is a hash of texts.
func sumOf(texts []string) (sum [16]byte) {
	h := sha256.New()
	var size [8]byte
	for _, text := range texts {
		binary.LittleEndian.PutUint64(size[:], uint64(len(text)))
		h.Write(size[:]) // never fails
		h.Write([]byte(text))
	}
	copy(sum[:], h.Sum(nil))
	return sum
}

// suspect has the place of a row looked for, if it is among the first that have something wrong.
func (r *review) suspect(row int, o oddity) {
	if _, known := r.odd[row]; known {
		return
	}
	if len(r.odd)+len(r.faults.first) >= shownFaults {
		r.faults.more++
		return
	}
	r.odd[row] = o
}

// mark is what the file says of a row, nil if it says nothing.
func (r *review) mark(row int) *mark {
	i, found := slices.BinarySearchFunc(r.marks, row, func(m mark, row int) int { return m.row - row })
	if !found {
		return nil
	}
	return &r.marks[i]
}

// declines reports whether a row that waits is not to be sent.
func (r *review) declines(row int) bool {
	if r == nil {
		return false
	}
	m := r.mark(row)
	return m == nil || m.approval != reconcile.Approved
}

// compare walks through the stored plan.
func (r *review) compare(ctx context.Context, s *session) error {
	tally := reconcile.NewPlanTally()
	for l, err := range s.planLines(ctx) {
		if err != nil {
			return err
		}
		if err := tally.Add(&l.PlanLine); err != nil {
			return err
		}
		m := r.mark(l.Row)
		if m == nil {
			r.faults.add("row %d is missing; put its line back, and write no to leave the row out", l.Row)
			continue
		}
		m.met = true
		want := r.file.Texts(&l.PlanLine)
		if sumOf(want) != m.sum {
			r.suspect(l.Row, oddity{want: want})
			continue
		}
		if l.Pending() && m.approval == reconcile.Declined {
			r.declined++
		}
		text := objection(&l, m.approval)
		if text == "" && l.Pending() && m.approval == reconcile.Approved {
			text = r.orphaned(l.after)
		}
		if text != "" {
			r.suspect(l.Row, oddity{text: text, at: approveColumn})
		}
	}
	for i := range r.marks {
		if m := &r.marks[i]; !m.met && (i == 0 || m.row != r.marks[i-1].row) {
			r.suspect(m.row, oddity{text: "is not in the plan; delete the line", at: rowColumn})
		}
	}
	r.compareHead(s.planHead(tally))
	return nil
}

// objection is why a row cannot be approved or declined, "" if it can.
func objection(l *planLine, approval reconcile.Approval) string {
	sent := l.state != plan.NotAttempted && l.code != model.CodeNotApproved
	switch {
	case !l.Pending() && approval == reconcile.Approved:
		return fmt.Sprintf("is %s: there is nothing to approve; say no, or nothing", strings.ReplaceAll(l.Status, "_", " "))
	case !l.Pending():
	case approval == reconcile.Approved && l.code == model.CodeNotApproved:
		return "was not approved when the plan was applied, and that is final; run `rollcall plan` again for it"
	case approval == reconcile.Declined && sent:
		return fmt.Sprintf("was approved and is %s by now: it cannot be left out any more", strings.ReplaceAll(string(l.state), "_", " "))
	}
	return ""
}

// orphaned is why a row cannot be approved for what it waits for, "" if it can. A row that is missing is told of by itself.
func (r *review) orphaned(after []plan.Wait) string {
	for _, w := range after {
		if above := r.mark(w.Row); above != nil && above.approval == reconcile.Declined {
			return fmt.Sprintf("needs the record of row %d for %s, and that is not approved; say yes to row %d, or no to this one", w.Row, w.Name, w.Row)
		}
	}
	return ""
}

// compareHead compares what the file says of its plan, member by member.
func (r *review) compareHead(want reconcile.PlanHead) {
	members := func(h reconcile.PlanHead) map[string]json.RawMessage {
		var out map[string]json.RawMessage
		data, _ := json.Marshal(h) // texts and numbers cannot fail
		_ = json.Unmarshal(data, &out)
		return out
	}
	said, is := members(r.file.Head), members(want)
	delete(is, "requests") // a forecast that --recheck adds to, and nobody's to approve
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if !bytes.Equal(said[name], is[name]) {
			r.faults.add("what the file says of its plan was edited: %q is %s and was %s", name, shortText(string(said[name])), shortText(string(is[name])))
		}
	}
}

// locate reads the file once more, for the places of what is wrong.
func (r *review) locate() error {
	if len(r.odd) == 0 {
		return nil
	}
	for row, err := range r.file.Rows() {
		if err != nil {
			return err
		}
		o, is := r.odd[row.Row]
		switch {
		case !is:
		case o.want == nil:
			r.faults.add("%s: row %s %s", row.Place(o.at), cmp.Or(shortText(row.Texts[rowColumn]), "(blank)"), o.text)
		default:
			r.differences(&row, o.want)
		}
	}
	return nil
}

// differences names what was edited in a row.
func (r *review) differences(row *reconcile.PlanRow, want []string) {
	columns := r.file.Columns()
	for i, text := range row.Texts {
		switch {
		case i >= len(want):
			if text != "" {
				r.faults.add("%s: “%s” does not belong there; empty the cell", row.Place(i), shortText(text))
			}
		case text != want[i]:
			said, is := difference(text, want[i])
			r.faults.add("%s: %q of row %d was edited: it says “%s”, and the plan “%s”; undo that, or correct the sheet and plan again",
				row.Place(i), columns[i], row.Row, said, is)
		}
	}
}

// difference is two texts from where they differ.
func difference(a, b string) (string, string) {
	from, before := []rune(a), []rune(b)
	i := 0
	for i < len(from) && i < len(before) && from[i] == before[i] {
		i++
	}
	const lead = 12
	if i > 2*lead {
		return shortText("…" + string(from[i-lead:])), shortText("…" + string(before[i-lead:]))
	}
	return shortText(a), shortText(b)
}

// shortText is the beginning of a text.
func shortText(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// verdict is what is wrong with the file, nil if nothing is.
func (r *review) verdict(run string) error {
	if len(r.faults.first) == 0 && len(r.odd) > 0 {
		r.faults.add("it was saved again while it was read; wait until that is done, and apply it then")
	}
	if len(r.faults.first) == 0 {
		return nil
	}
	lines := r.faults.first
	if r.faults.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", r.faults.more))
	}
	return fmt.Errorf("%w: %s does not fit the plan of run %s, and nothing was sent:\n  %s", ErrPlanFile, r.file.Path, run, strings.Join(lines, "\n  "))
}
