package plan_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
)

// madeOf is a plan.Bases with one answer for every record.
type madeOf struct {
	record model.Record
	asked  int
}

func (m *madeOf) Base(context.Context, string) (model.Record, error) {
	m.asked++
	return m.record, nil
}

// TestUndoOfAField: a run has made a field of what it was before, and now the API has something.
func TestUndoOfAField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says           string
		now            []string // what the API has; the run made note=after of note=before, and berth.row=B of berth.row=A
		policy         plan.Policy
		want, sent     string
		code           model.Code
		field, message string
	}{
		{says: "as the run made it: it goes back", now: []string{"note=after", "berth.row=B"}, want: "update 1", sent: "note=before berth.row=A"},
		{says: "as it was before: nothing is sent", now: []string{"note=before", "berth.row=A"}, want: "unchanged"},
		{says: "one field is as before already: the other goes back", now: []string{"note=before", "berth.row=B"}, want: "update 1", sent: "berth.row=A"},
		{says: "changed since: the record is kept", now: []string{"note=later", "berth.row=B"}, want: "conflict kept_changed",
			code: model.CodeKeptChanged, field: "note", message: `the run made "after" of "before"; it was changed since, to "later", so the record is kept`},
		{says: "emptied since: that is a change, too", now: []string{"note=<null>", "berth.row=B"}, want: "conflict kept_changed",
			code: model.CodeKeptChanged, field: "note", message: `changed since, to nothing`},
		{says: "changed since, and later changes are spared: the rest goes back", now: []string{"note=later", "berth.row=B"}, policy: plan.OnConflictAPI,
			want: "update 1", sent: "berth.row=A", code: model.CodeKeptField, field: "note", message: `to "later", so it is kept`},
		{says: "all changed since, and later changes are spared: nothing goes back", now: []string{"note=later", "berth.row=C"}, policy: plan.OnConflictAPI,
			want: "unchanged", code: model.CodeKeptField, field: "note", message: `to "later", so it is kept`},
		{says: "changed since, and taken back all the same", now: []string{"note=later", "berth.row=B"}, policy: plan.OnConflictSheet,
			want: "update 1", sent: "note=before berth.row=A"},
	} {
		t.Run(c.says, func(t *testing.T) {
			b := newBench(t)
			b.options.Mode, b.options.OnConflict = plan.ModeUndo, c.policy
			b.options.Bases = &madeOf{record: record(t, b.model(), "note=after", "berth.row=B")}
			b.has("1", append([]string{"pier=P", "name=Ann"}, c.now...)...)
			b.row("1", "pier=P", "note=before", "berth.row=A")
			change := b.wantVerdicts(c.want)[0]
			sent := slices.DeleteFunc(words(b.model(), change.Record), func(w string) bool { return strings.HasPrefix(w, "pier=") })
			if got := strings.Join(sent, " "); got != c.sent {
				t.Errorf("sent: got %q, want %q", got, c.sent)
			}
			if c.code == "" {
				if len(change.Problems) > 0 {
					t.Errorf("problems: got %v, want none", change.Problems)
				}
				return
			}
			if len(change.Problems) == 0 {
				t.Fatalf("got no problem, want %s", c.code)
			}
			p := change.Problems[0]
			if p.Code != c.code || p.Field != c.field || p.Column != "Column "+c.field || !strings.Contains(p.Message, c.message) {
				t.Errorf("got %s of %s in %s: %s; want %s of %s: %s", p.Code, p.Field, p.Column, p.Message, c.code, c.field, c.message)
			}
		})
	}
}

// TestUndoRejectsWhatCannotGoBack: that is no fault of a sheet, so it is not invalid and no guard counts it, and nothing is asked of
// the API for it.
func TestUndoRejectsWhatCannotGoBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.options.Mode = plan.ModeUndo
	c := b.row("7", "pier=Far")
	c.Problems = []model.Problem{model.NewProblem(model.CodeUndoCreate, "", "", "it was created")}
	_, p := b.planned()
	b.wantVerdicts("rejected undo_create")
	if got, want := p.Tally(), (plan.Tally{Read: 1}); got != want {
		t.Errorf("tally: got %+v, want %+v", got, want)
	}
	if len(b.api.lists) > 0 || b.api.gets > 0 {
		t.Errorf("the API was asked: %v lists, %d gets; want none", b.api.lists, b.api.gets)
	}
}

// TestUndoNeverCreates what is gone.
func TestUndoNeverCreates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.options.Mode = plan.ModeUndo
	b.row("7", "pier=P", "note=before")
	b.wantVerdicts("rejected id_not_found")
}

// TestASheetAfterAnUndo: the sheet and the API last agreed on what the undone run had sent, and the undo has put back what was before.
func TestASheetAfterAnUndo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says             string
		sheet, now, want string
		policy           plan.Policy
	}{
		{says: "the sheet is as it was: the undo stands", sheet: "sent", now: "before", want: "unchanged"},
		{says: "the sheet is corrected: it is sent", sheet: "corrected", now: "before", want: "update 1"},
		{says: "the sheet says what was before, too", sheet: "before", now: "before", want: "unchanged"},
		{says: "somebody has changed the field since the undo", sheet: "corrected", now: "later", want: "conflict changed_both"},
		{says: "the sheet is corrected, and where both have changed the API prevails", sheet: "corrected", now: "before", policy: plan.OnConflictAPI, want: "update 1"},
	} {
		t.Run(c.says, func(t *testing.T) {
			b := newBench(t)
			b.options.OnConflict = c.policy
			b.options.Bases = &madeOf{record: record(t, b.model(), "note=sent")}
			b.options.Undone = &madeOf{record: record(t, b.model(), "note=before")}
			b.has("1", "pier=P", "name=Ann", "note="+c.now)
			b.row("", "pier=P", "name=Ann", "note="+c.sheet)
			b.wantVerdicts(c.want)
		})
	}
}

// TestUndonesAreAskedForWhereTheyMatter: a sheet of a million rows must not ask a million times.
func TestUndonesAreAskedForWhereTheyMatter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	undone := &madeOf{record: record(t, b.model(), "note=before")}
	base := record(t, b.model(), "note=sent")
	b.options.Bases, b.options.Undone = &madeOf{record: base}, undone
	b.has("1", "pier=P", "name=Ann", "note=sent").has("2", "pier=P", "name=Bob", "note=sent").has("3", "pier=P", "name=Cid", "note=before")
	b.row("", "pier=P", "name=Ann", "note=sent")
	b.row("", "pier=P", "name=Bob", "note=new")
	b.row("", "pier=P", "name=Cid", "note=new")
	b.wantVerdicts("unchanged", "update 2", "update 3")
	if undone.asked != 1 {
		t.Errorf("asked %d times, want once", undone.asked)
	}
	if d := cmp.Diff([]string{"note=sent"}, words(b.model(), base)); d != "" {
		t.Errorf("the base itself was changed (-want +got):\n%s", d)
	}
}
