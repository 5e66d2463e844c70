package reconcile_test

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// crossings is the model of the plans here: a ferry that crosses, with a number and a note.
func crossings() *model.Model {
	return model.NewModel("ferry", "crossing", []model.Field{
		{Name: "harbour", Kind: model.Integer, In: model.InPath}, {Name: "name", Kind: model.String, In: model.InBody},
		{Name: "seats", Kind: model.Number, In: model.InBody}, {Name: "note", Kind: model.String, In: model.InBody},
	})
}

// Values of crossings.
func aText(s string) model.Value   { return model.Value{Kind: model.String, Text: s} }
func aNumber(s string) model.Value { return model.Value{Kind: model.Number, Text: s} }

// plannedChanges is a plan with every kind of row, and with texts that somebody could take for something else.
func plannedChanges() []plan.Change {
	wrong := model.Problem{Row: 6, Column: "Note", Field: "note", Code: model.CodeTooLong, Value: "x", Message: "2 characters,\nat most 1 allowed", Hint: "Shorten it."}
	harbour := model.Value{Kind: model.Integer, Text: "7"}
	return []plan.Change{
		{Seq: 1, Row: 2, Action: plan.Create, Key: "7\x1fida", Record: model.Record{harbour, aText("Ida"), aNumber("12.50"), {}}},
		{Seq: 2, Row: 3, Action: plan.Update, ID: "41", Key: "7\x1fbo", Record: model.Record{harbour, {}, aNumber("13"), {Kind: model.Null}},
			Before: model.Record{harbour, {}, {}, aText("first\nsecond")}, Problems: []model.Problem{{Row: 3, Code: model.CodeHiddenRow, Message: "it is hidden"}}},
		{Seq: 3, Row: 4, Status: plan.Unchanged, ID: "42", Key: "7\x1fcy"},
		{Seq: 4, Row: 6, Status: plan.Invalid, Problems: []model.Problem{wrong}},
		{Seq: 5, Row: 7, Action: plan.Create, Key: "=1+1", Record: model.Record{harbour, aText("'=HYPERLINK(\"http://x\",\"a\")"), {}, aText(" →  ")}},
		{Seq: 6, Row: 8, Action: plan.Create, Key: "@\u202ea\x1f_x000D_\x1f\x00", Record: model.Record{harbour, aText("<b>&amp;\ttab\r\n"), {}, aText(strings.Repeat("ü", 40000))}},
		{Seq: 7, Row: 9, Action: plan.Create, Key: "007\x1f+1-2", Record: model.Record{harbour, aText("-1"), {}, aText("Zoë 😀")}},
		{Seq: 8, Row: 10, Action: plan.Update, ID: "43", Key: "7\x1fdi", Record: model.Record{harbour, {}, aNumber("2"), {}},
			Before: model.Record{harbour, {}, aNumber("1"), aText("8")}, Order: plan.Order{After: []plan.Wait{{Field: 3, Name: "note", Seq: 5, Row: 7}}}},
	}
}

// planLines is the lines of changes.
func planLines(changes []plan.Change) []reconcile.PlanLine {
	columnOf := func(field string) string { return map[string]string{"name": "Ferry", "note": "Note"}[field] }
	var out []reconcile.PlanLine
	for i := range changes {
		out = append(out, reconcile.NewPlanLine(crossings(), &changes[i], columnOf))
	}
	return out
}

// eachOf hands out lines.
func eachOf(lines []reconcile.PlanLine) iter.Seq2[reconcile.PlanLine, error] {
	return func(yield func(reconcile.PlanLine, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// headOf is the head of a plan with these lines.
func headOf(t testing.TB, lines []reconcile.PlanLine) reconcile.PlanHead {
	t.Helper()
	tally := reconcile.NewPlanTally()
	for i := range lines {
		if err := tally.Add(&lines[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reconcile.PlanHead{
		Version: reconcile.PlanFileVersion, Run: "20250304-081500-a1", Target: "ferry", Resource: "ferry/crossing",
		Account: reconcile.Account{BaseURL: "https://ferry.example", Settings: map[string]string{"quay": "3"}},
		Source:  reconcile.Source{File: "/home/ann/crossings.csv", SHA256: "5a", Rows: len(lines)},
		Hashes:  map[string]string{"account": "4f2c9a", "job": "11", "sheet": "5a", "target": "22"},
		Made:    time.Date(2025, 3, 4, 8, 15, 0, 0, time.UTC), Counts: tally.Counts, Planned: tally.Planned,
		Requests: reconcile.PlanRequests{Forecast: 9, Planning: 4}, Digest: tally.Digest(),
	}
}

// planFile writes lines to a plan file.
func planFile(t testing.TB, name string, lines []reconcile.PlanLine) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := reconcile.WritePlan(path, headOf(t, lines), eachOf(lines), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return path
}

// readPlan reads a plan file whole.
func readPlan(t *testing.T, path string) (*reconcile.PlanFile, []reconcile.PlanRow) {
	t.Helper()
	f, err := reconcile.OpenPlan(path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var rows []reconcile.PlanRow
	for r, err := range f.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return f, rows
}

// sameAsPlanned compares what has come back with what was written.
func sameAsPlanned(t *testing.T, path string, lines []reconcile.PlanLine) {
	t.Helper()
	f, rows := readPlan(t, path)
	if diff := cmp.Diff(headOf(t, lines), f.Head); diff != "" {
		t.Errorf("the head, -want +got:\n%s", diff)
	}
	if len(rows) != len(lines) {
		t.Fatalf("got %d rows, want %d", len(rows), len(lines))
	}
	for i, r := range rows {
		if want := f.Texts(&lines[i]); r.Row != lines[i].Row || !slices.Equal(r.Texts, want) {
			t.Errorf("row %d, want row %d; -want +got:\n%s", r.Row, lines[i].Row, legible(cmp.Diff(want, r.Texts)))
		}
		if (r.Approval == reconcile.Approved) != lines[i].Pending() || r.Approval == reconcile.Unclear {
			t.Errorf("row %d has approval %d, which does not fit %s", r.Row, r.Approval, lines[i].Status)
		}
	}
}

// TestAPlanFileComesBackAsItWas, or nobody could tell what was edited.
func TestAPlanFileComesBackAsItWas(t *testing.T) {
	lines := planLines(plannedChanges())
	for _, name := range []string{"plan.jsonl", "plan.xlsx", "PLAN.XLSX", "no rows.jsonl", "no rows.xlsx"} {
		t.Run(name, func(t *testing.T) {
			lines := lines
			if strings.HasPrefix(name, "no") {
				lines = nil
			}
			path := planFile(t, name, lines)
			sameAsPlanned(t, path, lines)
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v (%v), want a file for its owner alone", info.Mode(), err)
			}
		})
	}
}

// TestThePlanInJSONLines is what programs read: the form of it is promised.
func TestThePlanInJSONLines(t *testing.T) {
	changes := plannedChanges()
	got := legible(read(t, planFile(t, "plan.jsonl", planLines(changes))))
	golden := filepath.Join("testdata", "plan.jsonl")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, golden); got != want {
		t.Errorf("the plan differs from its golden file (write it anew with -update); -want +got:\n%s", cmp.Diff(want, got))
	}
}

// TestThePlanAsAWorkbook is what a person sees.
func TestThePlanAsAWorkbook(t *testing.T) {
	path := planFile(t, "plan.xlsx", planLines(plannedChanges()))
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := fmt.Sprint(f.GetSheetList()), "[Summary Plan _rollcall]"; got != want {
		t.Errorf("sheets %s, want %s", got, want)
	}
	if seen, err := f.GetSheetVisible("_rollcall"); err != nil || seen {
		t.Errorf("the sheet that says of which plan the file is can be seen (%v)", err)
	}
	for cell, want := range map[string]string{
		"A2": "yes", "B2": "2", "C2": "create", "D2": "planned", "E2": "", "F2": "7 / ida", "G2": "Ferry: Ida\nseats: 12.50", "H2": "",
		"A3": "yes", "C3": "update", "E3": "41", "G3": "seats: (not shown by the API) → 13\nNote: first↵second → (empty)", "H3": "it is hidden",
		"A4": "", "C4": "", "D4": "unchanged", "A5": "", "D5": "invalid", "G7": "Ferry: \"<b>&amp;\ttab↵\"\nNote: " + strings.Repeat("ü", 1000) + "… [cut here: the text has 40,000 characters]",
		"A9": "yes", "G9": "seats: 1 → 2\nNote: 8 → the id of row 7, which is created first",
		"H5": "Note: 2 characters,↵at most 1 allowed",
		"F6": "=1+1", "G6": "Ferry: '=HYPERLINK(\"http://x\",\"a\")\nNote: \" →  \"", "F7": `@\u202ea / _x000D_ / \u0000`, "F8": "007 / +1-2",
	} {
		if got, err := f.GetCellValue("Plan", cell); err != nil || got != want {
			t.Errorf("Plan!%s is %q (%v), want %q", cell, got, err, want)
		}
	}
	rules, err := f.GetDataValidations("Plan")
	if err != nil || len(rules) != 1 || rules[0].Sqref != "A2:A9" || rules[0].Formula1 != `"yes,no"` {
		t.Errorf("got rules %+v (%v), want yes or no in A2:A9", rules, err)
	}
	if panes, err := f.GetPanes("Plan"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("got panes %+v (%v), want the header frozen", panes, err)
	}
	formula := regexp.MustCompile(`<f[ >]|<hyperlink|<oleObject`)
	for part, text := range parts(t, path) {
		if found := formula.FindString(text); found != "" {
			t.Errorf("%s has %s", part, found)
		}
	}
}

// TestLibreOfficeSavesAPlanAsItWas: whoever has no Excel saves the workbook with it.
func TestLibreOfficeSavesAPlanAsItWas(t *testing.T) {
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed (libreoffice-calc has it)")
	}
	if testing.Short() {
		t.Skip("LibreOffice takes seconds to start")
	}
	lines := planLines(plannedChanges())
	path, dir := planFile(t, "plan.xlsx", lines), t.TempDir()
	save := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--convert-to", "xlsx", "--outdir", filepath.Join(dir, "out"), path)
	if log, err := save.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, log)
	}
	sameAsPlanned(t, filepath.Join(dir, "out", "plan.xlsx"), lines)
}

// TestAPlanFileAppearsWholeOrNotAtAll: what was there before stays until it does.
func TestAPlanFileAppearsWholeOrNotAtAll(t *testing.T) {
	broken := errors.New("the ledger broke")
	lines := planLines(plannedChanges())
	half := func(yield func(reconcile.PlanLine, error) bool) {
		_ = yield(lines[0], nil) && yield(reconcile.PlanLine{}, broken)
	}
	for _, name := range reconcile.PlanFileNames() {
		dir := t.TempDir()
		path := filepath.Join(dir, "plan"+name)
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := reconcile.WritePlan(path, headOf(t, lines), half, dir); !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want %v", name, err, broken)
		}
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
		if got := read(t, path); got != "before" || err != nil || len(left) != 1 || len(hidden) != 0 {
			t.Errorf("%s: the file holds %q, and beside it there are %q %q", name, got, left, hidden)
		}
	}
}

// TestWhatIsNoPlanFile is told from one that was edited.
func TestWhatIsNoPlanFile(t *testing.T) {
	good := read(t, planFile(t, "plan.jsonl", planLines(plannedChanges()[:2])))
	head, rest, _ := strings.Cut(good, "\n")
	for _, c := range []struct{ says, text, want string }{
		{"an empty file", "", "it is empty"},
		{"another kind of text", "Customer,E-mail\n", "line 1: it is no plan file"},
		{"a change where the head belongs", rest, "line 1: it is no plan file"},
		{"a line that is cut off", head + "\n" + rest[:40], "line 2: it is no plan file"},
		{"a line that ends too early", head + "\n" + rest[:strings.LastIndex(rest, "}")], `line 3: it is no plan file: it is cut off`},
		{"two objects in a line", strings.Replace(good, "}\n{\"approve\"", "}{\"approve\"", 1), "line 1: it is no plan file"},
		{"something behind an object", good[:len(good)-1] + " 1\n", "line 3: it is no plan file: something stands behind the object"},
		{"a list", head + "\n[]\n", "line 2: it is no plan file: it is no object"},
		{"a member that does not belong there", strings.Replace(good, `"row":2`, `"row":2,"note":"good"`, 1), `a member "note" that does not belong there`},
		{"a member in other letters", strings.Replace(good, `"approve"`, `"Approve"`, 1), `a member "Approve" that does not belong there`},
		{"a member twice", strings.Replace(good, `"row":2`, `"row":2,"row":3`, 1), `a member "row" that does not belong there, or is there twice`},
		{"a member that is missing", strings.Replace(good, `"row":2,`, ``, 1), `"row" is missing`},
		{"a number that is a text", strings.Replace(good, `"row":2`, `"row":"2"`, 1), `"row" cannot be read`},
	} {
		t.Run(c.says, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "plan.jsonl")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := reconcile.OpenPlan(path, t.TempDir())
			if err == nil {
				for _, failed := range f.Rows() {
					err = failed
				}
			}
			if !errors.Is(err, reconcile.ErrNoPlanFile) || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestToolsMaySpellAPlanAnew: what they write means the same, so it is the same.
func TestToolsMaySpellAPlanAnew(t *testing.T) {
	lines := planLines(plannedChanges()[4:])
	text := read(t, planFile(t, "plan.jsonl", lines))
	text = "\ufeff" + strings.NewReplacer("😀", `\ud83d\ude00`, `"approve":true,`, ` "approve" : true, `, "\n", "\r\n\r\n", "ë", `\u00eb`).Replace(text)
	path := filepath.Join(t.TempDir(), "plan.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sameAsPlanned(t, path, lines)
}
