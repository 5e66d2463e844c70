package sync_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	datasync "github.com/rollcall-sync/rollcall/sync"
	"github.com/rollcall-sync/rollcall/sync/ledger"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// reviewer is a person with a plan file, who approves what the dice say.
type reviewer struct {
	*wreck
	dice *rand.Rand
	file string
	yes  map[int]bool // rows that wait, by number
}

// sheetOf makes a sheet of so many rows, and what the API has of them. It returns what each row comes to if it is approved.
func (r *reviewer) sheetOf(rows int) []string {
	var sheet strings.Builder
	drawn, fates := make([]string, rows), []string{"create", "update", "same", "wrong"}
	for i := range rows {
		email, name := fmt.Sprintf("r%d@x.example", i), fmt.Sprint("Name ", i)
		switch drawn[i] = fates[r.dice.IntN(len(fates))]; drawn[i] {
		case "update":
			r.lands(email, "Old")
		case "same":
			r.lands(email, name)
		case "wrong":
			email = "wrong"
		}
		fmt.Fprintf(&sheet, "1,%s,%s\n", email, name)
	}
	r.write("sheet.csv", "Customer,E-mail,Name\n"+sheet.String())
	return drawn
}

// planInto plans the sheet and draws what is approved.
func (r *reviewer) planInto(name string, drawn []string) string {
	r.t.Helper()
	r.file, r.yes = filepath.Join(r.dir, name), map[int]bool{}
	sum, err := datasync.PlanInto(r.t.Context(), r.t.Context(), r.job("sheet.csv"), datasync.PlanOutput{File: r.file})
	r.must(err)
	for i, fate := range drawn {
		if fate == "create" || fate == "update" {
			r.yes[i+2] = r.dice.IntN(2) == 0
		}
	}
	if strings.HasSuffix(name, ".jsonl") {
		r.answerLines()
	} else {
		r.answerCells()
	}
	return sum.Run
}

// answerLines writes the answers into a JSONL file, and shuffles its lines: where they stand means nothing.
func (r *reviewer) answerLines() {
	data, err := os.ReadFile(r.file)
	r.must(err)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for row, yes := range r.yes {
		if !yes {
			was := fmt.Sprintf(`{"approve":true,"row":%d,`, row)
			i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, was) })
			lines[i] = strings.Replace(lines[i], "true", "false", 1)
		}
	}
	r.dice.Shuffle(len(lines)-1, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
	r.must(os.WriteFile(r.file, []byte(strings.Join(lines, "\n")), 0o600))
}

// answerCells writes the answers into a workbook as people do, and sorts its rows anew.
func (r *reviewer) answerCells() {
	book, err := excelize.OpenFile(r.file)
	r.must(err)
	defer book.Close()
	rows, err := book.GetRows("Plan")
	r.must(err)
	r.dice.Shuffle(len(rows)-1, func(i, j int) { rows[i+1], rows[j+1] = rows[j+1], rows[i+1] })
	words := map[bool][]string{true: {"yes", "Y", "x", " TRUE", "1"}, false: {"no", "", "N", "false", "0 "}}
	for i, cells := range rows[1:] {
		for len(cells) < len(rows[0]) {
			cells = append(cells, "")
		}
		row, err := strconv.Atoi(cells[1])
		r.must(err)
		if yes, waits := r.yes[row]; waits {
			cells[0] = words[yes][r.dice.IntN(5)]
		}
		for column, text := range cells {
			at, err := excelize.CoordinatesToCellName(column+1, i+2)
			r.must(errors.Join(err, book.SetCellStr("Plan", at, text)))
		}
	}
	r.must(book.Save())
}

// applied applies the file, cut short time and again, until nothing is left.
func (r *reviewer) applied(run string) *reconcile.Summary {
	r.t.Helper()
	ctx := r.t.Context()
	file := true
	for {
		opts := r.job("")
		opts.Bounds.Limit = r.dice.IntN(4)
		goOn := func() (*reconcile.Summary, error) { return datasync.ApplyFile(ctx, ctx, opts, r.file) }
		if !file {
			goOn = func() (*reconcile.Summary, error) { return datasync.Resume(ctx, ctx, opts, run) }
		}
		sum, err := goOn()
		r.must(err)
		if sum.ExitCode != int(datasync.ExitEarly) {
			return sum
		}
		file = r.dice.IntN(2) == 0
	}
}

// names is the contacts that the API has now, by e-mail address.
func (r *reviewer) names() map[string]string {
	r.t.Helper()
	names := map[string]string{}
	for _, c := range r.sim.CRO.Contacts(1) {
		if _, twice := names[*c.Email]; twice {
			r.t.Errorf("there are two contacts %s", *c.Email)
		}
		names[*c.Email] = *c.Name
	}
	return names
}

// TestWhatAFileApprovesIsWritten: of any plan, whatever a person answers in either kind of file and wherever the run is cut short,
// exactly the approved rows are written, each by one request; and to apply the file again sends nothing.
func TestWhatAFileApprovesIsWritten(t *testing.T) {
	outside(t)
	seeds := uint64(24)
	if testing.Short() {
		seeds = 6
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			r := &reviewer{wreck: newWreck(t, "5s", nil), dice: rand.New(rand.NewPCG(seed, 7))}
			drawn := r.sheetOf(1 + r.dice.IntN(12))
			run := r.planInto([]string{"plan.jsonl", "plan.xlsx"}[seed%2], drawn)
			r.sim.ForgetRequests()
			sum := r.applied(run)
			r.wrote(sum, drawn)

			exit := sum.ExitCode
			r.sim.ForgetRequests()
			again, err := datasync.ApplyFile(t.Context(), t.Context(), r.job(""), r.file)
			r.must(err)
			if n := len(r.sim.Requests()); n > 0 || again.ExitCode != exit || again.Run != run {
				t.Errorf("applied again, %d requests, exit code %d of run %s; want none, %d of run %s", n, again.ExitCode, again.Run, exit, run)
			}
		})
	}
}

// wrote compares what was written with what was approved.
func (r *reviewer) wrote(sum *reconcile.Summary, drawn []string) {
	r.t.Helper()
	counts, names := plan.Counts{}, r.names()
	for i, fate := range drawn {
		name, there := names[fmt.Sprintf("r%d@x.example", i)]
		status, want := plan.Skipped, map[string]string{"update": "Old", "same": fmt.Sprint("Name ", i)}[fate]
		switch yes := r.yes[i+2]; {
		case fate == "wrong":
			status = plan.Invalid
		case fate == "same":
			status = plan.Unchanged
		case yes:
			status, want = map[string]plan.Status{"create": plan.Created, "update": plan.Updated}[fate], fmt.Sprint("Name ", i)
		}
		counts[status]++
		if name != want || there != (want != "") {
			r.t.Errorf("row %d, %s, approved %t: the API has %q, want %q", i+2, fate, r.yes[i+2], name, want)
		}
	}
	r.wants(sum, nil, counts)
	if got := [2]int{r.requests("POST"), r.requests("PATCH")}; got != [2]int{counts[plan.Created], counts[plan.Updated]} {
		r.t.Errorf("%d creates and updates were sent, want one for each approved row: %v", got, counts)
	}
	want := datasync.ExitOK
	if counts[plan.Invalid] > 0 {
		want = datasync.ExitProblems
	}
	if sum.ExitCode != int(want) {
		r.t.Errorf("exit code %d, want %d", sum.ExitCode, want)
	}
}

// TestNothingIsSentBeforeItIsNotedWhatIsNotApproved: the process dies while it notes that. Whoever goes on with the run then would
// send rows that somebody has said no to.
func TestNothingIsSentBeforeItIsNotedWhatIsNotApproved(t *testing.T) {
	outside(t)
	ctx := t.Context()
	r := &reviewer{wreck: newWreck(t, "5s", nil), dice: rand.New(rand.NewPCG(1, 7))}
	r.write("sheet.csv", "Customer,E-mail,Name\n1,r0@x.example,Name 0\n1,r1@x.example,Name 1\n1,r2@x.example,Name 2\n")
	drawn := []string{"create", "create", "create"}
	run := r.planInto("plan.jsonl", nil)
	r.yes = map[int]bool{2: false, 3: true, 4: false}
	r.answerLines()

	l, err := ledger.Open(ctx, r.state)
	r.must(err)
	stored, err := l.Run(ctx, run)
	r.must(err)
	var settings map[string]any
	r.must(json.Unmarshal(stored.Settings, &settings))
	settings["review"] = map[string]any{"file": r.file, "declined": 2, "unnoted": true}
	stored.Settings, err = json.Marshal(settings)
	r.must(errors.Join(err, l.UpdateRun(ctx, stored)))
	recorder, err := l.Recorder(ctx, run)
	r.must(err)
	r.must(recorder.Conclude(ctx, push.Outcome{Seq: 1, Status: plan.Skipped, Code: model.CodeNotApproved}))
	r.must(errors.Join(recorder.Close(), l.Close()))

	r.sim.ForgetRequests()
	if _, err := datasync.Apply(ctx, ctx, r.job(""), run); !errors.Is(err, datasync.ErrPlanFile) || datasync.ExitOf(err) != datasync.ExitRefused {
		t.Errorf("apply: error %v, want a refusal", err)
	}
	r.cutOff(run) // as if the file had been applied to what was left of a run
	if _, err := datasync.Resume(ctx, ctx, r.job(""), run); !errors.Is(err, datasync.ErrPlanFile) {
		t.Errorf("resume: error %v, want a refusal", err)
	}
	if n := len(r.sim.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	sum, err := datasync.ApplyFile(ctx, ctx, r.job(""), r.file)
	r.must(err)
	r.wrote(sum, drawn)
}
