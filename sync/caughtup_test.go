package sync_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/mapping/model"
	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// What a resolve has settled a moment ago counts for its next question: a record belongs to one row.
func TestARecordIsAdoptedOnce(t *testing.T) {
	t.Run("a person gives it to two rows", func(t *testing.T) {
		outside(t)
		w, run, ids := uncertain(t)
		w.cutOff(run, 2)
		w.lands("b@x.example", "Bo")
		w.lands("b@x.example", "Bo")
		sum, err := w.resolve(run, datasync.Resolution{Ask: adopting(ids[0], 2)})
		w.must(err)
		if first, second := row(t, sum, 1), row(t, sum, 2); first["_id"] != ids[0] || second["_status"] == "created" {
			t.Errorf("got rows %s %s and %s %s, want the record for the first alone", first["_status"], first["_id"], second["_status"], second["_id"])
		}
	})
	t.Run("it was found to be that of another row", func(t *testing.T) {
		outside(t)
		w, run, _ := uncertain(t)
		w.cutOff(run, 2)
		seen := plainNumber(w.lands("b@x.example", "Bo"))
		sum, err := w.resolve(run, datasync.Resolution{Ask: adopting(seen, 1)})
		w.must(err)
		if first, second := row(t, sum, 1), row(t, sum, 2); second["_id"] != seen || first["_status"] == "created" {
			t.Errorf("got rows %s %s and %s %s, want the record for the second alone", first["_status"], first["_id"], second["_status"], second["_id"])
		}
	})
}

// adopting answers so many questions with a record, and then none.
func adopting(id string, times int) func(datasync.DoubtInfo) (datasync.Decision, error) {
	return func(datasync.DoubtInfo) (datasync.Decision, error) {
		if times--; times < 0 {
			return datasync.Decision{}, nil
		}
		return datasync.Decision{Verdict: datasync.Adopt, ID: id, Reason: "that one"}, nil
	}
}

// A plan file was being noted when the process died. The run is nobody's any more, and can be purged.
func TestARunWithNothingButDeclinedRowsIsPurged(t *testing.T) {
	outside(t)
	ctx := t.Context()
	w := newWreck(t, "5s", map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
	run := w.planned("sheet.csv")
	l, err := ledger.Open(ctx, w.state)
	w.must(err)
	rec, err := l.Recorder(ctx, run)
	w.must(err)
	w.must(rec.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.Skipped, Code: model.CodeNotApproved}))
	w.must(errors.Join(rec.Close(), l.Close()))
	w.write("sheet.csv", "Customer,E-mail,Name\n1,c@x.example,Cy\n")
	for range 2 {
		if _, err := datasync.Purge(ctx, w.job("sheet.csv"), datasync.PurgeOptions{OlderThan: time.Nanosecond}); err != nil {
			t.Error(err)
		}
	}
}

// unbase makes the ledger one from before there were bases.
func (w *wreck) unbase() {
	db, err := sql.Open("sqlite", filepath.Join(w.state, "ledger.db"))
	w.must(err)
	_, err = db.Exec("DELETE FROM agreed_runs; DELETE FROM agreements")
	w.must(errors.Join(err, db.Close()))
}

// What a run has created is found again whatever became of its process, and whatever became of the record since.
func TestWhatABrokenRunCreatedIsNotCreatedAgain(t *testing.T) {
	for _, c := range []struct {
		says    string
		unbased bool // by a ledger from before there were bases
		doubt   bool // the process died before it saw the answer
	}{
		{"it died in doubt", false, true},
		{"it died when the outcome was on the disk", false, false},
		{"an older version planned it, and it died in doubt", true, true},
		{"an older version planned it, and it died when the outcome was on the disk", true, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			outside(t)
			ctx := t.Context()
			w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
			run := w.planned("sheet.csv")
			if c.unbased {
				w.unbase()
			}
			w.cutOff(run, 1)
			id := w.lands("a@x.example", "Ann")
			if !c.doubt {
				l, err := ledger.Open(ctx, w.state)
				w.must(err)
				rec, err := l.Recorder(ctx, run)
				w.must(err)
				w.must(rec.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.Created, ID: plainNumber(id)}))
				w.must(errors.Join(rec.Close(), l.Close()))
			}
			_, err := datasync.Sync(ctx, ctx, w.job("sheet.csv"))
			w.must(err)
			w.edits(id, `{"email": "ann@x.example"}`) // now only the id map leads to it
			sum, err := datasync.Sync(ctx, ctx, w.job("sheet.csv"))
			w.must(err)
			if got := row(t, sum, 1); got["_status"] == "created" || got["_id"] != plainNumber(id) {
				t.Errorf("row 1 is %s as %s, want record %d", got["_status"], got["_id"], id)
			}
		})
	}
}

// edits changes a record behind our back.
func (w *wreck) edits(id int64, body string) {
	r := httptest.NewRequest("PATCH", fmt.Sprintf("/customers/1/contacts/%d", id), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+simulator.DefaultToken)
	r.Header.Set("X-Tenant-Id", "1")
	answer := httptest.NewRecorder()
	if w.sim.ServeHTTP(answer, r); answer.Code/100 != 2 {
		w.must(fmt.Errorf("the record cannot be edited: HTTP %d %s", answer.Code, answer.Body))
	}
}

// A ledger that cannot take in what a run has done does not end well, however the run did.
func TestDamageBesideTheReportIsTrouble(t *testing.T) {
	outside(t)
	ctx := t.Context()
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n"})
	run := w.planned("sheet.csv")
	db, err := sql.Open("sqlite", filepath.Join(w.state, "ledger.db"))
	w.must(err)
	_, err = db.Exec("UPDATE agreements SET record = 'x'")
	w.must(errors.Join(err, db.Close()))
	sum, err := datasync.Apply(ctx, ctx, w.job("sheet.csv"), run)
	if sum != nil || !errors.Is(err, ledger.ErrDamaged) {
		t.Errorf("got %v and %v, want the damage and nothing else", sum, err)
	}
	l, err := ledger.Open(ctx, w.state)
	w.must(err)
	r, err := l.Run(ctx, run)
	w.must(errors.Join(err, l.Close()))
	if r.State != ledger.StateRunning || r.ExitCode == 0 {
		t.Errorf("the run is %s with exit code %d, want one that is not over", r.State, r.ExitCode)
	}
}
