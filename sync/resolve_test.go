package sync_test

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// uncertain is a run of two rows that died while it created the first; two records could be what came of it.
func uncertain(t *testing.T) (w *wreck, run string, ids []string) {
	t.Helper()
	w = newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n1,b@x.example,Bo\n"})
	run = w.planned("sheet.csv")
	w.cutOff(run, 1)
	for range 2 {
		ids = append(ids, plainNumber(w.lands("a@x.example", "Ann")))
	}
	return w, run, ids
}

// resolve resolves the doubts of a run.
func (w *wreck) resolve(run string, how datasync.Resolution) (*reconcile.Summary, error) {
	return datasync.Resolve(w.t.Context(), w.t.Context(), w.job("sheet.csv"), run, how)
}

// by is a person's decision on row 2.
func by(verdict datasync.Verdict, id string) datasync.Resolution {
	return datasync.Resolution{Rows: []int{2}, Decision: datasync.Decision{Verdict: verdict, ID: id, Reason: "I have looked"}}
}

// row is one row of a run's account, by header.
func row(t *testing.T, sum *reconcile.Summary, n int) map[string]string {
	t.Helper()
	data, err := os.ReadFile(sum.Files[reconcile.RowsCSV])
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i, name := range lines[0] {
		out[name] = lines[n][i]
	}
	return out
}

// run is a run as the ledger has it.
func (w *wreck) run(id string) *ledger.Run {
	w.t.Helper()
	l, err := ledger.Open(w.t.Context(), w.state)
	w.must(err)
	defer l.Close()
	r, err := l.Run(w.t.Context(), id)
	w.must(err)
	return r
}

// settings is what the ledger keeps with a run.
func (w *wreck) settings(run string) string { return string(w.run(run).Settings) }

// TestWhatAPersonDecides: each verdict, what it makes of the row, and what resuming does with it then. The reason is in the
// report, and in the ledger for good.
func TestWhatAPersonDecides(t *testing.T) {
	outside(t)
	for _, c := range []struct {
		says    string
		verdict datasync.Verdict
		status  plan.Status
		posts   int // of resume; the other row is one of them
		after   plan.Counts
	}{
		{"adopted", datasync.Adopt, plan.Created, 1, plan.Counts{plan.Created: 2}},
		{"absent: it is sent again, once", datasync.Absent, plan.NotAttempted, 2, plan.Counts{plan.Created: 2}},
		{"skipped", datasync.Skip, plan.Skipped, 1, plan.Counts{plan.Created: 1, plan.Skipped: 1}},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w, run, ids := uncertain(t)
			how := by(c.verdict, "")
			if c.verdict == datasync.Adopt {
				how.Decision.ID = ids[1]
			}
			sum, err := w.resolve(run, how)
			w.must(err)
			got := row(t, sum, 1)
			if got["_status"] != string(c.status) || got["_code"] != "decided" || !strings.HasSuffix(got["_message"], "I have looked") || got["_id"] != how.Decision.ID {
				t.Errorf("the row is %v, want %s as decided, with the reason and the id %q", got, c.status, how.Decision.ID)
			}
			if sum.ExitCode != int(datasync.ExitEarly) || !strings.HasSuffix(sum.Next, " resume "+run) || w.requests("POST") != 0 {
				t.Errorf("exit code %d, next %q, %d creates sent; want 6, resume and none", sum.ExitCode, sum.Next, w.requests("POST"))
			}
			sum, err = datasync.Resume(t.Context(), t.Context(), w.job("sheet.csv"), "")
			w.wants(sum, err, c.after)
			if got := w.requests("POST"); got != c.posts {
				t.Errorf("%d creates were sent, want %d", got, c.posts)
			}
			if !strings.Contains(w.settings(run), `"reason":"I have looked"`) {
				t.Errorf("the ledger has lost the reason: %s", w.settings(run))
			}
		})
	}
}

// TestDecisionsThatCannotBe are refused, and leave the row in doubt.
func TestDecisionsThatCannotBe(t *testing.T) {
	outside(t)
	w, run, ids := uncertain(t)
	other := newlyCreated(w, "3,c@x.example,Cy\n")
	for _, c := range []struct {
		says string
		how  datasync.Resolution
		want string
	}{
		{"a record that is not there", by(datasync.Adopt, "99999"), "the API has no record 99999 where row 2 belongs"},
		{"a record that was created for another row", by(datasync.Adopt, other), "was created for 3 / c@x.example, and not for row 2"},
		{"no id", by(datasync.Adopt, ""), "the API has no record"},
		{"no reason", datasync.Resolution{Rows: []int{2}, Decision: datasync.Decision{Verdict: datasync.Skip, Reason: " "}}, "needs a reason"},
		{"another row", datasync.Resolution{Rows: []int{3}, Decision: by(datasync.Skip, "").Decision}, "row 3 of run " + run + " is not in doubt; in doubt are 2"},
		{"no verdict that there is", by("perhaps", ids[0]), `"perhaps" is no verdict`},
	} {
		t.Run(c.says, func(t *testing.T) {
			_, err := w.resolve(run, c.how)
			if !errors.Is(err, datasync.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error = %v, want one of usage that says %q", err, c.want)
			}
		})
	}
	sum, err := w.resolve(run, datasync.Resolution{})
	w.wants(sum, err, plan.Counts{plan.InDoubt: 1, plan.NotAttempted: 1})
	if strings.Contains(w.settings(run), "I have looked") {
		t.Error("the ledger keeps a decision that was refused")
	}
}

// newlyCreated syncs one further row and returns the id of its record.
func newlyCreated(w *wreck, line string) string {
	w.t.Helper()
	w.write("other.csv", "Customer,E-mail,Name\n"+line)
	sum, err := datasync.Sync(w.t.Context(), w.t.Context(), w.job("other.csv"))
	w.wants(sum, err, plan.Counts{plan.Created: 1})
	return row(w.t, sum, 1)["_id"]
}

// TestSeeingGoesBeforeSaying: a person says that nothing came of the request, and there it is.
func TestSeeingGoesBeforeSaying(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n"})
	run := w.planned("sheet.csv")
	w.cutOff(run, 1)
	id := plainNumber(w.lands("a@x.example", "Ann"))
	sum, err := w.resolve(run, by(datasync.Absent, ""))
	w.wants(sum, err, plan.Counts{plan.Created: 1})
	if got := row(t, sum, 1); got["_id"] != id || got["_code"] != "" || sum.ExitCode != 0 {
		t.Errorf("the row is %v, exit code %d; want record %s, seen by looking, and 0", got, sum.ExitCode, id)
	}
}

// TestSeeingAndSayingAgree: nothing is there, as the person has said. It is the person's word that is kept.
func TestSeeingAndSayingAgree(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n"})
	run := w.planned("sheet.csv")
	w.cutOff(run, 1)
	sum, err := w.resolve(run, by(datasync.Absent, ""))
	w.wants(sum, err, plan.Counts{plan.NotAttempted: 1})
	if got := row(t, sum, 1); got["_code"] != "decided" || !strings.HasSuffix(got["_message"], "I have looked") {
		t.Errorf("the row is %v, want it decided, with the reason", got)
	}
}

// TestAPersonIsAsked about what looking does not settle, again if the answer cannot be, and not about the rest.
func TestAPersonIsAsked(t *testing.T) {
	outside(t)
	w, run, ids := uncertain(t)
	w.cutOff(run, 2)
	w.lands("b@x.example", "Bo") // looking settles row 3
	var asked []string
	answers := []datasync.Decision{{Verdict: datasync.Adopt, ID: "99999", Reason: "a slip"}, {Verdict: datasync.Adopt, ID: ids[0], Reason: "that one"}}
	sum, err := w.resolve(run, datasync.Resolution{Ask: func(d datasync.DoubtInfo) (datasync.Decision, error) {
		asked = append(asked, d.Message)
		if d.Row != 2 || !slices.Equal(d.Candidates, ids) || len(d.Fields) != 2 {
			t.Errorf("asked about %+v, want row 2 with what it has sent and the candidates %v", d, ids)
		}
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}})
	w.wants(sum, err, plan.Counts{plan.Created: 2})
	if len(asked) != 2 || !strings.Contains(asked[0], "2 records hold what was sent") || !strings.Contains(asked[1], "no record 99999") {
		t.Errorf("asked %q, want why it is in doubt, and then what was wrong with the answer", asked)
	}
	if got := row(t, sum, 1); got["_id"] != ids[0] {
		t.Errorf("the row has the id %s, want %s", got["_id"], ids[0])
	}
}

// TestWhoIsInterruptedKeepsWhatIsSettled: the answers until then count, and the report says so.
func TestWhoIsInterruptedKeepsWhatIsSettled(t *testing.T) {
	outside(t)
	w, run, ids := uncertain(t)
	w.cutOff(run, 2)
	w.lands("b@x.example", "Bo")
	w.lands("b@x.example", "Bo")
	stop := &datasync.StopError{Reason: "interrupted", Code: datasync.ExitInterrupted}
	_, err := w.resolve(run, datasync.Resolution{Ask: func(d datasync.DoubtInfo) (datasync.Decision, error) {
		if d.Row == 3 {
			return datasync.Decision{}, stop
		}
		return datasync.Decision{Verdict: datasync.Adopt, ID: ids[0], Reason: "that one"}, nil
	}})
	if datasync.ExitOf(err) != datasync.ExitInterrupted {
		t.Errorf("error = %v, want that of the interrupt", err)
	}
	sum, err := datasync.Rewrite(t.Context(), w.job("sheet.csv"), run)
	w.wants(sum, err, plan.Counts{plan.Created: 1, plan.InDoubt: 1})
	if sum.ExitCode != int(datasync.ExitDoubt) || !strings.HasSuffix(sum.Next, " resolve "+run) {
		t.Errorf("exit code %d, next %q; want 5 and resolve", sum.ExitCode, sum.Next)
	}
}

// TestRunsThatHaveNoDoubts are not asked about, and not changed by that.
func TestRunsThatHaveNoDoubts(t *testing.T) {
	outside(t)
	w := newWreck(t, quick, map[string]string{"sheet.csv": "1,a@x.example,Ann\n"})
	planned := w.planned("sheet.csv")
	if _, err := w.resolve(planned, datasync.Resolution{}); !errors.Is(err, datasync.ErrUsage) {
		t.Errorf("a plan: error = %v, want one of usage", err)
	}
	sum, err := datasync.Sync(t.Context(), t.Context(), w.job("sheet.csv"))
	w.must(err)
	again, err := w.resolve(sum.Run, datasync.Resolution{})
	w.wants(again, err, plan.Counts{plan.Created: 1})
	if again.ExitCode != 0 || again.Next != "" || !slices.Contains(w.notes, "no row of run "+sum.Run+" is in doubt") {
		t.Errorf("exit code %d, next %q, notes %q", again.ExitCode, again.Next, w.notes)
	}
}
