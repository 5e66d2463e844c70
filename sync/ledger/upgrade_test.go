package ledger_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
)

const oldRun = "20261121-old"

// oldLedger is a folder with a ledger of the first schema in it. Its checksums are those that were written then.
func oldLedger(t *testing.T) string {
	t.Helper()
	dir := newFolder(t)
	must(t, os.Mkdir(dir, 0o700))
	dump, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	must(t, err)
	file := filepath.Join(dir, "ledger.db")
	must(t, os.WriteFile(file, nil, 0o600))
	db, err := sql.Open("sqlite", file)
	must(t, err)
	_, err = db.ExecContext(t.Context(), string(dump))
	must(t, errors.Join(err, db.Close()))
	return dir
}

// oldOutcomes is what the old ledger says of its changes.
func oldOutcomes() []push.Outcome {
	return []push.Outcome{
		{Seq: 1, Status: plan.Created, ID: "100", HTTPStatus: 201, Attempts: 1, RequestID: "q100"},
		{Seq: 2, Status: plan.Rejected, Code: model.CodeAPIRejected, Field: "email", Message: "used already", HTTPStatus: 422, Attempts: 1, RequestID: "q2"},
		{Seq: 3, Status: plan.InDoubt, Code: model.CodeInDoubt, Message: "reset", Attempts: 1, RequestID: "q3"},
		{Seq: 4, Status: plan.InDoubt, Code: model.CodeInDoubt, Message: "the run ended before the answer to the request was seen", Attempts: 1, RequestID: "q4"},
		{},
		{},
	}
}

// sameOutcomes fails the test if the old run did not end so.
func sameOutcomes(t *testing.T, l *ledger.Ledger, want []push.Outcome) {
	t.Helper()
	var got []push.Outcome
	for _, e := range all(t, l.Entries(t.Context(), contacts(), oldRun)) {
		got = append(got, e.Outcome)
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("outcomes differ (-got +want):\n%s", d)
	}
}

// An interrupted run of an older Rollcall is taken up where it was left, and what is new is kept beside what is old.
func TestALedgerOfTheFirstSchemaGoesOn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := oldLedger(t)
	want := oldOutcomes()
	l, err := ledger.Open(ctx, dir)
	must(t, err)
	sameOutcomes(t, l, want)
	doubts, err := l.Unanswered(ctx, contacts(), account, resource)
	if err != nil || len(doubts) != 2 {
		t.Errorf("got %d doubts (%v), want changes 3 and 4", len(doubts), err)
	}
	want[2] = push.Outcome{Seq: 3, Status: plan.InDoubt, Code: model.CodeInDoubt, Field: "name", Message: "taken; nothing found", Attempts: 1,
		RequestID: "q3 (server: edge)", Faults: []push.Fault{{Field: "name", Message: "taken"}}}
	want[4] = push.Outcome{Seq: 5, Status: plan.Rejected, Code: model.CodeAPIRejected, Field: "email", Message: "No.", HTTPStatus: 422, Attempts: 1,
		RequestID: "q5", Faults: []push.Fault{{Field: "email", Message: "No."}, {Message: "Zoë \"<&>\" \\ \u2028"}, {Field: "fax"}}}
	r, err := l.Recorder(ctx, oldRun)
	must(t, err)
	must(t, r.Intend(ctx, push.Intent{Seq: 5, Attempt: 1, RequestID: "q5"}))
	must(t, r.Conclude(ctx, want[2]))
	must(t, r.Conclude(ctx, want[4]))
	must(t, r.Close())
	must(t, l.Close())
	l = openAt(t, dir)
	sameOutcomes(t, l, want)
	if counts, err := l.Counts(ctx, oldRun); err != nil || counts[plan.Rejected] != 2 || counts[plan.InDoubt] != 2 || counts.Sum() != 6 {
		t.Errorf("got counts %v (%v), want 2 rejected and 2 in doubt of 6", counts, err)
	}
}

// The rows of the first schema stay guarded: neither they nor their new column change unnoticed.
func TestRowsOfTheFirstSchemaStayGuarded(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"an old outcome that says something else":   "UPDATE outcomes SET message = 'free' WHERE change_id % 4294967296 = 2",
		"faults that nobody has written":            `UPDATE outcomes SET faults = '[{"message":"x"}]' WHERE change_id % 4294967296 = 2`,
		"a time that has moved into the new column": "UPDATE outcomes SET faults = concluded_at, concluded_at = 0 WHERE change_id % 4294967296 = 2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openAt(t, oldLedger(t))
			must(t, l.Exec(t.Context(), spoil))
			_, err := gather(l.Entries(t.Context(), contacts(), oldRun))
			if !errors.Is(err, ledger.ErrDamaged) || !strings.Contains(err.Error(), "table outcomes, run 1, change 2") {
				t.Errorf("got %v, want damage of change 2", err)
			}
		})
	}
}
