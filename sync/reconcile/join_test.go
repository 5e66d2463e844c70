package reconcile_test

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// drain takes all lines up to an error.
func drain(lines iter.Seq2[reconcile.Line, error]) (out []reconcile.Line, err error) {
	for l, err := range lines {
		if err != nil {
			return out, err
		}
		out = append(out, l)
	}
	return out, nil
}

// joinOne joins one row with one entry.
func joinOne(t *testing.T, row sheet.Row, e push.Entry) reconcile.Line {
	t.Helper()
	e.Change.Seq, e.Change.Row = 1, row.Number
	lines, err := drain(reconcile.Join(&memory{header: hostileHeader(), rows: []sheet.Row{row}}, entriesOf(e), contact(), columnOf))
	if err != nil || len(lines) != 1 {
		t.Fatalf("Join gave %d lines and %v, want one line", len(lines), err)
	}
	return lines[0]
}

func TestJoinCatchesEveryDisagreement(t *testing.T) {
	entry := func(seq int64, row int) push.Entry {
		return push.Entry{Change: plan.Change{Seq: seq, Row: row, Status: plan.Unchanged}}
	}
	rows := []sheet.Row{inputRow(2, "a"), inputRow(3, "b"), inputRow(5, "c")}
	foreign := entry(2, 3)
	foreign.Outcome = push.Outcome{Seq: 3, Status: plan.Created}
	for _, tc := range []struct {
		name    string
		entries []push.Entry
		lines   int // before the error
		row     int
	}{
		{"a ledger without the last row", []push.Entry{entry(1, 2), entry(2, 3)}, 2, 5},
		{"a ledger with a row too many", []push.Entry{entry(1, 2), entry(2, 3), entry(3, 5), entry(4, 6)}, 3, 6},
		{"an empty ledger", nil, 0, 2},
		{"a change that is there twice", []push.Entry{entry(1, 2), entry(1, 2), entry(3, 5)}, 1, 3},
		{"a change that is left out", []push.Entry{entry(1, 2), entry(3, 5)}, 1, 3},
		{"changes in another order", []push.Entry{entry(2, 3), entry(1, 2), entry(3, 5)}, 0, 2},
		{"a change of another physical row", []push.Entry{entry(1, 2), entry(2, 4), entry(3, 5)}, 1, 3},
		{"the outcome of another change", []push.Entry{entry(1, 2), foreign, entry(3, 5)}, 1, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lines, err := drain(reconcile.Join(&memory{header: []string{"x"}, rows: rows}, entriesOf(tc.entries...), contact(), columnOf))
			var account *reconcile.AccountError
			if !errors.As(err, &account) {
				t.Fatalf("error %v, want an AccountError", err)
			}
			if account.Row != tc.row {
				t.Errorf("%v names row %d, want %d", account, account.Row, tc.row)
			}
			if len(lines) != tc.lines {
				t.Errorf("%d lines before the error, want %d", len(lines), tc.lines)
			}
		})
	}
}

func TestJoinHandsOnTheErrorsOfBothSides(t *testing.T) {
	broken := errors.New("broken")
	_, err := drain(reconcile.Join(&memory{header: []string{"x"}, fail: broken}, entriesOf(), contact(), columnOf))
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the sheet", err)
	}
	ledger := func(yield func(push.Entry, error) bool) { yield(push.Entry{}, broken) }
	_, err = drain(reconcile.Join(&memory{header: []string{"x"}, rows: []sheet.Row{inputRow(2, "a")}}, ledger, contact(), columnOf))
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the ledger", err)
	}
}

func TestALineNamesWhatDecidedIt(t *testing.T) {
	row := inputRow(2, "Ada", "ada@example", "1", "n")
	warning := model.Problem{Column: "Phone", Field: "phone", Code: model.CodeHiddenRow, Message: "a warning"}
	first := model.Problem{Column: "Name", Field: "first_name", Code: "no_such_code", Message: "first", Hint: "mend it"}
	second := model.Problem{Column: "Note", Field: "note", Code: "no_such_code_2", Message: "second"}
	for _, tc := range []struct {
		name  string
		entry push.Entry
		want  reconcile.Line
	}{
		{"the first stopping problem of an invalid row, in column order",
			push.Entry{Change: plan.Change{Status: plan.Invalid, Problems: []model.Problem{first, second}}},
			reconcile.Line{Status: plan.Invalid, Code: "no_such_code", Field: "first_name", Column: "Name", Message: "first", Hint: "mend it"}},
		{"the reason of a skipped row, whatever else it has",
			push.Entry{Change: plan.Change{Status: plan.Skipped, Problems: []model.Problem{first, {Code: "skip", Message: "the sheet says skip"}}}},
			reconcile.Line{Status: plan.Skipped, Code: "skip", Message: "the sheet says skip"}},
		{"nothing for a row that went well, though it has a warning",
			push.Entry{Change: plan.Change{Action: plan.Create, Problems: []model.Problem{warning}}, Outcome: push.Outcome{Status: plan.Created, ID: "7", HTTPStatus: 201, Attempts: 1}},
			reconcile.Line{Status: plan.Created, Action: plan.Create, ID: "7", Sent: reconcile.Sent{HTTPStatus: 201, Attempts: 1}}},
		{"the column that is mapped to the field the API refused",
			push.Entry{Change: plan.Change{Action: plan.Create}, Outcome: push.Outcome{Status: plan.Rejected, Code: "no_such_code", Field: "email", Message: "not an e-mail", HTTPStatus: 422, Attempts: 1}},
			reconcile.Line{Status: plan.Rejected, Action: plan.Create, Code: "no_such_code", Field: "email", Column: "=E-mail", Message: "not an e-mail", Sent: reconcile.Sent{HTTPStatus: 422, Attempts: 1}}},
		{"no column for a field of the API that no column is mapped to",
			push.Entry{Change: plan.Change{Action: plan.Create}, Outcome: push.Outcome{Status: plan.Rejected, Code: "no_such_code", Field: "fax", Message: "bad fax"}},
			reconcile.Line{Status: plan.Rejected, Action: plan.Create, Code: "no_such_code", Field: "fax", Message: "bad fax"}},
		{"not attempted where there is no outcome",
			push.Entry{Change: plan.Change{Action: plan.Update, ID: "7"}},
			reconcile.Line{Status: plan.NotAttempted, Action: plan.Update, ID: "7"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := joinOne(t, row, tc.entry)
			got.Seq, got.Row, got.Cells, got.Problems, got.Changes = 0, 0, nil, nil, nil
			if !sameLine(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func sameLine(a, b reconcile.Line) bool {
	return a.Status == b.Status && a.Action == b.Action && a.ID == b.ID && a.Code == b.Code && a.Field == b.Field &&
		a.Column == b.Column && a.Message == b.Message && a.Hint == b.Hint && a.HTTPStatus == b.HTTPStatus && a.Attempts == b.Attempts
}

func TestARefusalOfTheAPIIsAProblemOfItsCell(t *testing.T) {
	refused := push.Outcome{Status: plan.Rejected, Code: model.CodeAPIRejected, Field: "email", Message: "not an e-mail"}
	l := joinOne(t, inputRow(2, "Ada", strings.Repeat("x", 300), "1", "n"), push.Entry{Change: plan.Change{Action: plan.Create}, Outcome: refused})
	if len(l.Problems) != 1 {
		t.Fatalf("got %d problems, want 1: %+v", len(l.Problems), l.Problems)
	}
	p := l.Problems[0]
	if p.Column != "=E-mail" || p.Row != 2 || p.Code != model.CodeAPIRejected || p.Message != "not an e-mail" {
		t.Errorf("got %+v, want the refusal at its column", p)
	}
	if got, want := p.Value, strings.Repeat("x", 199)+"…"; got != want {
		t.Errorf("value %q, want the cell cut to 200 characters", got)
	}
	if e, ok := model.Explain(model.CodeAPIRejected); !ok || p.Hint != e.Fix || l.Hint != e.Fix {
		t.Errorf("hints %q and %q, want the registry's %q", p.Hint, l.Hint, e.Fix)
	}
}

// TestEveryFaultIsAProblemOfItsCell: what the API has against a row is named cell by cell, whatever became of the row.
func TestEveryFaultIsAProblemOfItsCell(t *testing.T) {
	row := inputRow(2, "Ada", "ada@", "1", "n")
	faults := []push.Fault{{Field: "email", Message: "taken"}, {Field: "first_name", Message: "too short"}, {Field: "fax", Message: "bad fax"}, {Message: "nothing fits"}}
	hint := func(code model.Code) string { e, _ := model.Explain(code); return e.Fix }
	also := []model.Problem{
		{Row: 2, Column: "Name", Field: "first_name", Code: model.CodeAPIRejected, Value: "Ada", Message: "too short", Hint: hint(model.CodeAPIRejected)},
		{Row: 2, Field: "fax", Code: model.CodeAPIRejected, Message: "bad fax", Hint: hint(model.CodeAPIRejected)},
		{Row: 2, Code: model.CodeAPIRejected, Message: "nothing fits", Hint: hint(model.CodeAPIRejected)},
	}
	for _, tc := range []struct {
		name    string
		status  plan.Status
		code    model.Code
		message string
		none    bool
	}{
		{"of a refusal", plan.Rejected, model.CodeAPIRejected, "taken", false},
		{"of a duplicate, which only the first of them is", plan.Rejected, model.CodeDuplicate, "taken", false},
		{"of a doubt, whose message says more than the API did", plan.InDoubt, model.CodeInDoubt, "taken; no new record holds what was sent", false},
		{"of a row that was not attempted in the end: none", plan.NotAttempted, model.CodeNotAttempted, "the run ended first", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			warning := model.Problem{Column: "Phone", Code: model.CodeHiddenRow, Message: "a warning"}
			problems := append(make([]model.Problem, 0, 9), warning)
			out := push.Outcome{Status: tc.status, Code: tc.code, Field: "email", Message: tc.message, Faults: faults, RequestID: "q-1", Attempts: 2}
			l := joinOne(t, row, push.Entry{Change: plan.Change{Action: plan.Create, Problems: problems}, Outcome: out})
			first := model.Problem{Row: 2, Column: "=E-mail", Field: "email", Code: tc.code, Value: "ada@", Message: tc.message, Hint: hint(tc.code)}
			want := append([]model.Problem{warning, first}, also...)
			if tc.none {
				want = want[:1]
			}
			if diff := cmp.Diff(want, l.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if l.Code != tc.code || l.Column != "=E-mail" || l.Message != tc.message || l.Sent != (reconcile.Sent{Attempts: 2, RequestID: "q-1"}) {
				t.Errorf("the row itself says %+v, want the first fault", l)
			}
			if problems = problems[:2]; problems[1] != (model.Problem{}) {
				t.Errorf("the plan's own problems were written to: %+v", problems)
			}
		})
	}
}

func TestARowThatWasNotAttemptedIsNoProblem(t *testing.T) {
	out := push.Outcome{Status: plan.NotAttempted, Code: model.CodeNotAttempted, Message: "the run ended first"}
	l := joinOne(t, inputRow(2, "Ada", "", "", ""), push.Entry{Change: plan.Change{Action: plan.Create}, Outcome: out})
	if len(l.Problems) != 0 {
		t.Errorf("got the problems %+v, want none", l.Problems)
	}
	if l.Code != model.CodeNotAttempted || l.Message != "the run ended first" {
		t.Errorf("got code %q and message %q, want what push said", l.Code, l.Message)
	}
}

func TestAnUpdateTellsWhatItChanges(t *testing.T) {
	value := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	l := joinOne(t, inputRow(2, "Ada", "", "", ""), push.Entry{Change: plan.Change{Action: plan.Update, ID: "7",
		Record: model.Record{value("5"), value("Ada"), value("new@example.com")},
		Before: model.Record{value("5"), value("Ada"), value("old@example.com")}}})
	if len(l.Changes) != 1 || l.Changes[0].Field != "email" || l.Changes[0].Before.Text != "old@example.com" || l.Changes[0].After.Text != "new@example.com" {
		t.Errorf("got %+v, want email alone, old@example.com -> new@example.com", l.Changes)
	}
}
