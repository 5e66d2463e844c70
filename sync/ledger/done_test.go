package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// doneTexts is what a run has done, as lines of row, status, id, and what became of what.
func doneTexts(t *testing.T, l *ledger.Ledger, m *model.Model, run string) []string {
	t.Helper()
	var lines []string
	for _, d := range all(t, l.Done(t.Context(), m, run)) {
		line := fmt.Sprintf("%d %s %s%s", d.Change.Row, d.Status(), d.Change.ID, d.Outcome.ID)
		for i, v := range d.Change.Record {
			if v.Known() {
				line += " " + m.Fields[i].Name + "=" + v.Text
			}
		}
		for i, v := range d.Change.Before {
			if v.Known() {
				line += " was " + m.Fields[i].Name + "=" + v.Text
			}
		}
		if len(d.Gone) > 0 {
			line += " gone " + strings.Join(d.Gone, ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

// TestDoneIsWhatARunHasWrittenOrMayHave, in the order of the sheet, and nothing else.
func TestDoneIsWhatARunHasWrittenOrMayHave(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	m := contacts()
	changes := []plan.Change{
		create(1, "a"), update(2, "50", "new@x.org"), decided(3, plan.Unchanged), create(4, "d"), update(5, "51", "x@x.org"),
		decided(6, plan.Invalid), update(7, "52", "y@x.org"), create(8, "h"), update(9, "53", "z@x.org"),
	}
	changes[1].Before[2] = value(model.String, "old@x.org")
	happened(t, l, m, newRun("one"), changes,
		created(1, "10"), ended(2, plan.Updated, "50"), ended(4, plan.Rejected, ""), ended(5, plan.Failed, ""), ended(8, plan.InDoubt, ""))
	r, err := l.Recorder(t.Context(), "one")
	must(t, err)
	must(t, r.Intend(t.Context(), push.Intent{Seq: 9, Attempt: 1, RequestID: "q"})) // and nobody has seen the answer
	must(t, r.Close())
	want := []string{
		"2 created 10 name=a", "3 updated 5050 email=new@x.org was email=old@x.org", "9 in_doubt  name=h", "10 in_doubt 53 email=z@x.org",
	}
	if d := cmp.Diff(want, doneTexts(t, l, m, "one")); d != "" {
		t.Errorf("done (-want +got):\n%s", d)
	}
}

// TestDoneNamesWhatIsGoneFromTheModel: a field that has only gone along with an update has not changed, and is not missed.
func TestDoneNamesWhatIsGoneFromTheModel(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	c := update(1, "50", "new@x.org")
	c.Record[1], c.Before[1] = value(model.String, "same"), value(model.String, "same")
	c.Record[3] = value(model.Integer, "7")
	happened(t, l, contacts(), newRun("one"), []plan.Change{c}, ended(1, plan.Updated, "50"))
	for _, w := range []struct {
		says   string
		fields []string
		want   string
	}{
		{"all fields are there", []string{"name", "email", "age"}, "2 updated 5050 name=same email=new@x.org age=7 was name=same"},
		{"two of the changed ones are gone", []string{"name"}, "2 updated 5050 name=same was name=same gone age, email"},
		{"one that has only gone along is gone", []string{"email", "age"}, "2 updated 5050 email=new@x.org age=7"},
	} {
		t.Run(w.says, func(t *testing.T) {
			if d := cmp.Diff([]string{w.want}, doneTexts(t, l, modelOf(w.fields...), "one")); d != "" {
				t.Errorf("done (-want +got):\n%s", d)
			}
		})
	}
}

// TestDoneNamesACustomFieldThatTheJobHasNoMore: elsewhere such fields are passed over, here that would be half an undo.
func TestDoneNamesACustomFieldThatTheJobHasNoMore(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	m := withTags(t, "Tier 77", "Color 78")
	c := plan.Change{Seq: 1, Row: 2, Action: plan.Update, ID: "50", Record: m.NewRecord(), Before: m.NewRecord()}
	for i := range c.Record {
		c.Record[i] = value(model.String, "new")
	}
	happened(t, l, m, newRun("one"), []plan.Change{c}, ended(1, plan.Updated, "50"))
	want := []string{"2 updated 5050 name=new tags.Tier=new gone tags.78"}
	if d := cmp.Diff(want, doneTexts(t, l, withTags(t, "Tier 77"), "one")); d != "" {
		t.Errorf("done (-want +got):\n%s", d)
	}
}

// TestDoneOfARunThatIsNotThere is an error, and not a run that has done nothing.
func TestDoneOfARunThatIsNotThere(t *testing.T) {
	t.Parallel()
	l := openAt(t, newFolder(t))
	if _, err := gather(l.Done(t.Context(), contacts(), "none")); err == nil || !strings.Contains(err.Error(), "no such run") {
		t.Errorf("got %v, want that there is no such run", err)
	}
}
