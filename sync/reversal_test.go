package sync

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

// quays is a model with fields of every way to be emptied.
func quays() *model.Model {
	none := model.Rules{MaxLength: -1}
	return model.NewModel("harbour", "quay", []model.Field{
		{Name: "port", Kind: model.Integer, In: model.InPath, Rules: none},
		{Name: "name", Kind: model.String, Required: true, Clear: model.ClearOmit, Rules: none},
		{Name: "note", Kind: model.String, Nullable: true, Clear: model.ClearNull, Rules: none},
		{Name: "code", Kind: model.String, Rules: model.Rules{MaxLength: 4}},
		{Name: "berth.row", Kind: model.String, Clear: model.ClearEmpty, Rules: none},
		{Name: "berth.length", Kind: model.Number, Clear: model.ClearOmit, Rules: none},
	})
}

// valued is a record of "field=value" words of text, or of null where the value is <null>.
func valued(t *testing.T, m *model.Model, words ...string) model.Record {
	t.Helper()
	r := m.NewRecord()
	for _, w := range words {
		name, text, _ := strings.Cut(w, "=")
		i := m.Index(name)
		if i < 0 {
			t.Fatalf("there is no field %s", name)
		}
		v, code := m.Fields[i].Parse(text)
		if code != "" { // as an API shows it that has names for things
			v = model.Value{Kind: model.String, Text: text}
		}
		if text == "<null>" {
			v = model.Value{Kind: model.Null}
		}
		r[i] = v
	}
	return r
}

// valuedTexts is the opposite of valued.
func valuedTexts(m *model.Model, r model.Record) (words []string) {
	for i, v := range r {
		switch {
		case v.Kind == model.Null:
			words = append(words, m.Fields[i].Name+"=<null>")
		case v.Known():
			words = append(words, m.Fields[i].Name+"="+v.Text)
		}
	}
	return words
}

// TestARowTurnedRound: what was before is sent, what the run has made of it is the base, and what cannot go back is named.
func TestARowTurnedRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says          string
		before, after []string
		allow         bool // what the API does not document
		gone          []string
		send, base    []string
		field, stops  string // of the first problem
	}{
		{says: "fields that differ go back", before: []string{"note=a", "code=x"}, after: []string{"note=b", "code=y"},
			send: []string{"port=3", "note=a", "code=x"}, base: []string{"note=b", "code=y"}},
		{says: "what has only gone along with its unit does not", before: []string{"berth.row=a", "berth.length=12"}, after: []string{"berth.row=b", "berth.length=12.0"},
			send: []string{"port=3", "berth.row=a"}, base: []string{"berth.row=b"}},
		{says: "what was empty is emptied as is documented: by null", before: []string{"note=<null>"}, after: []string{"note=b"},
			send: []string{"port=3", "note=<null>"}, base: []string{"note=b"}},
		{says: "what was not shown was empty", before: nil, after: []string{"note=b"}, send: []string{"port=3", "note=<null>"}, base: []string{"note=b"}},
		{says: "by an empty text", before: []string{"berth.row=<null>"}, after: []string{"berth.row=b"}, send: []string{"port=3", "berth.row="}, base: []string{"berth.row=b"}},
		{says: "by leaving it out", before: nil, after: []string{"berth.length=7"}, send: []string{"port=3", "berth.length=<null>"}, base: []string{"berth.length=7"}},
		{says: "what the run has emptied is filled again", before: []string{"note=a"}, after: []string{"note=<null>"},
			send: []string{"port=3", "note=a"}, base: []string{"note=<null>"}},
		{says: "nobody documents how it is emptied", before: []string{"code=<null>"}, after: []string{"code=y"}, send: []string{"port=3"}, base: []string{"code=y"},
			field: "code", stops: "it was empty, and it is not documented how it is emptied"},
		{says: "nobody documents it, and the job allows it", allow: true, before: []string{"code=<null>"}, after: []string{"code=y"},
			send: []string{"port=3", "code=<null>"}, base: []string{"code=y"}},
		{says: "no record is without it", before: nil, after: []string{"name=b"}, send: []string{"port=3"}, base: []string{"name=b"},
			field: "name", stops: "the API showed nothing of it, and every record needs it"},
		{says: "a value of which nobody can tell how it is sent", before: []string{"berth.length=long"}, after: []string{"berth.length=7"},
			send: []string{"port=3"}, base: []string{"berth.length=7"}, field: "berth.length", stops: `the API showed it as "long", which cannot be sent`},
		{says: "a value that breaks a rule of today", before: []string{"code=older"}, after: []string{"code=y"},
			send: []string{"port=3", "code=older"}, base: []string{"code=y"}, field: "code", stops: `"older" breaks a rule of the API: 5 characters, at most 4 allowed`},
		{says: "a field that the model has no more", before: []string{"note=a"}, after: []string{"note=b"}, gone: []string{"depth"},
			send: []string{"port=3", "note=a"}, base: []string{"note=b"}, field: "depth", stops: "harbour/quay does not have this field any more"},
	} {
		t.Run(c.says, func(t *testing.T) {
			m := quays()
			job := &Job{}
			job.Mapping.AllowUndocumented = c.allow
			r := &reversal{session: &session{opts: Options{Job: job}}, run: "R", model: m, fields: []int{1, 2, 3, 4, 5}}
			d := &ledger.Done{Gone: c.gone, Entry: push.Entry{
				Change:  plan.Change{Row: 9, Action: plan.Update, ID: "77", Key: "k", Record: valued(t, m, append(c.after, "port=3")...), Before: valued(t, m, append(c.before, "port=3")...)},
				Outcome: push.Outcome{Status: plan.Updated, ID: "77"},
			}}
			got := r.candidate(d, sheet.Row{Number: 4})
			if diff := cmp.Diff(c.send, valuedTexts(m, got.Record)); diff != "" {
				t.Errorf("to send (-want +got):\n%s", diff)
			}
			base, err := r.Base(t.Context(), "77")
			if diff := cmp.Diff(c.base, valuedTexts(m, base)); diff != "" || err != nil {
				t.Errorf("base (-want +got), %v:\n%s", err, diff)
			}
			if other, _ := r.Base(t.Context(), "78"); other != nil {
				t.Errorf("the base of another record is %v, want none", other)
			}
			if got.ID != "77" || got.Key != "k" || got.Row.Number != 4 {
				t.Errorf("the candidate is %s %s of row %d, want 77 k of row 4", got.ID, got.Key, got.Row.Number)
			}
			switch stopped := got.Stopped(); {
			case c.stops == "" && stopped != nil:
				t.Errorf("stopped by %s, want nothing", stopped.Message)
			case c.stops != "" && (stopped == nil || stopped.Code != model.CodeUndoField || stopped.Field != c.field || !strings.Contains(stopped.Message, c.stops)):
				t.Errorf("stopped by %+v, want undo_field of %s: %s", stopped, c.field, c.stops)
			}
		})
	}
}

// TestARowThatIsNoUpdate is named and not touched.
func TestARowThatIsNoUpdate(t *testing.T) {
	t.Parallel()
	m := quays()
	for _, c := range []struct {
		status plan.Status
		want   model.Code
	}{{plan.Created, model.CodeUndoCreate}, {plan.InDoubt, model.CodeUndoDoubt}} {
		r := &reversal{session: &session{opts: Options{Job: &Job{}}}, run: "R", model: m}
		d := &ledger.Done{Entry: push.Entry{Change: plan.Change{Row: 9, Action: plan.Create, Record: valued(t, m, "port=3", "name=b")}, Outcome: push.Outcome{Status: c.status, ID: "5"}}}
		got := r.candidate(d, sheet.Row{Number: 2})
		if p := got.Stopped(); p == nil || p.Code != c.want {
			t.Errorf("%s: stopped by %+v, want %s", c.status, p, c.want)
		}
		if diff := cmp.Diff([]string{"port=3"}, valuedTexts(m, got.Record)); diff != "" || got.ID != "5" {
			t.Errorf("%s: record %s (-want +got):\n%s", c.status, got.ID, diff)
		}
	}
}

// TestWhatACellOfAnUndoHolds is the text itself, as far as a cell goes.
func TestWhatACellOfAnUndoHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ says, text, want string }{
		{"line breaks and quotes", "a\n\"b\"", "a\n\"b\""},
		{"what no sheet can hold is shown", "a\x00b", "a␀b"},
		{"as much as a cell of Excel takes", strings.Repeat("é", 32767), strings.Repeat("é", 32767)},
		{"and no more", strings.Repeat("é", 32768), strings.Repeat("é", 32766) + "…"},
	} {
		if got := cellText(c.text); got != c.want {
			t.Errorf("%s: got %d bytes, want %d", c.says, len(got), len(c.want))
		}
	}
}
