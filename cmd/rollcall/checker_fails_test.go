package main

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// TestCheckerReadsNothingElse keeps the checker a judge from outside: what it judges has no part in it.
func TestCheckerReadsNothingElse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"checker_test.go", "checker_read_test.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			if strings.Contains(spec.Path.Value, "rollcall") {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
	}
}

// tampered is evidence with something wrong in it.
type tampered struct {
	name   string
	tamper func(t *testing.T, s *scene)
	want   string // how the complaint begins
}

// TestCheckerCatchesWhatIsWrong takes the files of a run that is in order, spoils one thing, and wants the complaint about that.
func TestCheckerCatchesWhatIsWrong(t *testing.T) {
	t.Parallel()
	finished, cutOff := finishedScene(t), cutOffScene(t)
	for _, c := range []struct {
		name  string
		base  *scene
		table []tampered
	}{{"finished", finished, tamperedFinished()}, {"cut off", cutOff, tamperedCutOff()}} {
		for _, complaint := range c.base.judge(t) {
			t.Errorf("%s, as it is: %s", c.name, complaint)
		}
		for _, tt := range c.table {
			t.Run(c.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := c.base.clone(t)
				tt.tamper(t, s)
				got := s.judge(t)
				if !slices.ContainsFunc(got, func(complaint string) bool { return strings.HasPrefix(complaint, tt.want) }) {
					t.Errorf("the checker does not say %q, but %q", tt.want, got)
				}
			})
		}
	}
}

// The run that is finished has created rows 4 and 5, updated row 2, found row 3 unchanged and row 41 invalid.
func tamperedFinished() []tampered {
	return []tampered{
		{"the create of a row is not in the log", func(t *testing.T, s *scene) { s.editCommits(t, keepBut("POST", "Person.2@")) }, "PHANTOM: row 4 "},
		{"the update of a row is not in the log", func(t *testing.T, s *scene) { s.editCommits(t, keepBut("PATCH", "Person.0@")) }, "PHANTOM: row 2 "},
		{"the create of an earlier run is not in the log", func(t *testing.T, s *scene) { s.editCommits(t, keepBut("POST", "Person.1@")) }, "LOST: row 3 "},
		{"a create is in the log twice", func(t *testing.T, s *scene) { s.editCommits(t, double("POST", "Person.2@")) }, "TWICE: 3 / person.2@x.example "},
		{"an update is in the log twice", func(t *testing.T, s *scene) { s.editCommits(t, double("PATCH", "Person.0@")) },
			"INTENT: the server has stored PATCH 1 / person.0@x.example more often"},
		{"the server has stored another name", func(t *testing.T, s *scene) {
			s.editCommits(t, replace("Person.2@", `"name":"José \"Pepe\" Peña 2"`, `"name":"Jose"`))
		}, `FIELDS: row 4 of`},
		{"it was stored below another parent", func(t *testing.T, s *scene) {
			s.editCommits(t, replace("Person.2@", "/customers/3/", "/customers/4/"))
		}, "STRANGER: the server has stored POST 4 / person.2@x.example"},
		{"another write has spoilt a record in the end", func(t *testing.T, s *scene) {
			s.editCommits(t, func(lines []string) []string {
				return append(lines, strings.Replace(find(lines, "PATCH", "Person.0@"), `"number":"+44 20 7946 0000"`, `"number":"1"`, 1))
			})
		}, `LOST: row 2 is called updated, and in the end Phone is "+44 20 7946 0000", the server was given "1"`},
		{"a write is of an attempt that nobody knows", func(t *testing.T, s *scene) {
			s.editCommits(t, replace("Person.2@", `"request_id":"`, `"request_id":"x`))
		}, "INTENT: the server has stored POST 3 / person.2@x.example, and the ledger has no older intent"},
		{"a write is older than its intent", func(t *testing.T, s *scene) {
			s.exec(t, "UPDATE attempts SET intended_at = intended_at + 3600000000000 WHERE change_id & 4294967295 = 3")
		}, "INTENT: the server has stored POST 3 / person.2@x.example 59m"},
		{"a row is not in the report", func(t *testing.T, s *scene) { s.editReport(t, dropRow("4")) }, "MISSING: row 4 "},
		{"a row is in the report twice", func(t *testing.T, s *scene) { s.editReport(t, doubleRow("4")) }, "REPEATED: row 4 "},
		{"a row of the report is not in the sheet", func(t *testing.T, s *scene) { s.editReport(t, setCell("4", "_row", "400")) }, "STRANGER: row 400 "},
		{"a cell is not as it was", func(t *testing.T, s *scene) { s.editReport(t, setCell("4", "Phone", "2")) }, "ALTERED: row 4 "},
		{"the report has another status", func(t *testing.T, s *scene) { s.editReport(t, setCell("4", "_status", "failed")) },
			"LEDGER: row 4 of"},
		{"the report gives two rows the id of the other", func(t *testing.T, s *scene) { s.editReport(t, swapIDs("4", "5")) }, "LEDGER: row 4 of"},
		{"so does the ledger", func(t *testing.T, s *scene) {
			s.editReport(t, swapIDs("4", "5"))
			s.exec(t, "UPDATE outcomes SET record_id = CASE change_id & 4294967295 WHEN 3 THEN "+
				"(SELECT record_id FROM outcomes WHERE change_id & 4294967295 = 4 AND change_id >> 32 = 2) ELSE "+
				"(SELECT record_id FROM outcomes WHERE change_id & 4294967295 = 3 AND change_id >> 32 = 2) END "+
				"WHERE change_id & 4294967295 IN (3, 4) AND change_id >> 32 = 2")
		}, "ID: row 4 of"},
		{"an invalid row is called created everywhere", func(t *testing.T, s *scene) {
			s.editReport(t, setCell("41", "_status", "created"))
			s.editSummary(t, map[string]int{"invalid": 0, "created": 32})
			s.exec(t, "UPDATE changes SET status = 'created' WHERE status = 'invalid'")
		}, "PHANTOM: row 41 "},
		{"a row that was created is called failed everywhere", func(t *testing.T, s *scene) {
			s.editReport(t, setCell("4", "_status", "failed"))
			s.editSummary(t, map[string]int{"failed": 1, "created": 30})
			s.exec(t, "UPDATE outcomes SET status = 'failed' WHERE change_id & 4294967295 = 3 AND change_id >> 32 = 2")
		}, "UNTOLD: the server has stored POST 3 / person.2@x.example"},
		{"the ledger has another outcome", func(t *testing.T, s *scene) {
			s.exec(t, "UPDATE outcomes SET status = 'rejected' WHERE change_id & 4294967295 = 3 AND change_id >> 32 = 2")
		}, "LEDGER: row 4 of"},
		{"the ledger has lost an intent", func(t *testing.T, s *scene) {
			s.exec(t, "DELETE FROM attempts WHERE change_id & 4294967295 = 3")
		}, "INTENT: the server has stored POST 3 / person.2@x.example"},
		{"the ledger has lost a row", func(t *testing.T, s *scene) {
			s.exec(t, "DELETE FROM changes WHERE status = 'invalid'")
		}, "LEDGER: row 41 "},
		{"two runs claim the same create", func(t *testing.T, s *scene) {
			s.exec(t, "UPDATE changes SET status = 'created' WHERE status = 'unchanged' AND line = 3")
		}, "CLAIMED: the one create of 2 / person.1@x.example "},
		{"a count is wrong", func(t *testing.T, s *scene) { s.editSummary(t, map[string]int{"created": 30}) }, "COUNTS: "},
		{"a run that left a row behind says that all went well", func(t *testing.T, s *scene) { s.editSummary(t, map[string]int{"exit_code": 0}) },
			"EXIT: "},
		{"the sheet is another one", func(t *testing.T, s *scene) {
			data := s.read(t, s.sheets[1])
			s.write(t, s.sheets[1], append(data, "1,Late,late@x.example,1\n"...))
		}, "SHEET: "},
		{"there is no report", func(t *testing.T, s *scene) {
			if err := os.RemoveAll(s.run(t)); err != nil {
				t.Fatal(err)
			}
		}, "MISSING: run "},
	}
}

// The run that was cut off has created rows 2 to 4, has left row 5 in doubt, which was created, and has not come to row 6.
func tamperedCutOff() []tampered {
	return []tampered{
		{"nothing says why a row is in doubt", func(t *testing.T, s *scene) { s.editReport(t, setCell("5", "_code", "")) }, "UNNAMED: row 5 "},
		{"a row in doubt is called created", func(t *testing.T, s *scene) { s.editReport(t, setCell("5", "_status", "created")) },
			"LEDGER: row 5 of"},
		{"a row in doubt is called created by the ledger, too", func(t *testing.T, s *scene) {
			s.editCommits(t, keepBut("POST", "Person.3@"))
			s.editReport(t, setCell("5", "_status", "created"))
			s.exec(t, "INSERT INTO outcomes VALUES ((1 << 32) + 4, 'created', '99', '', '', '', 201, 1, '', 0, 0, '')")
		}, "PHANTOM: row 5 "},
		{"a row in doubt was created twice", func(t *testing.T, s *scene) { s.editCommits(t, double("POST", "Person.3@")) },
			"TWICE: 4 / person.3@x.example "},
		{"a row in doubt is called not attempted everywhere", func(t *testing.T, s *scene) {
			s.editReport(t, setCell("5", "_status", "not_attempted"))
			s.exec(t, "UPDATE attempts SET status = 'not_attempted' WHERE change_id & 4294967295 = 4")
		}, "UNTOLD: the server has stored POST 4 / person.3@x.example"},
		{"a run that has not come to its end says that it has", func(t *testing.T, s *scene) { s.editSummary(t, map[string]int{"exit_code": 5}) },
			"EXIT: "},
		{"a row that was not attempted is on the server", func(t *testing.T, s *scene) {
			s.editCommits(t, func(lines []string) []string {
				late := strings.NewReplacer("Person.3@", "Person.4@", "/customers/4/", "/customers/5/")
				return append(lines, late.Replace(find(lines, "POST", "Person.3@")))
			})
		}, "UNTOLD: the server has stored POST 5 / person.4@x.example"},
	}
}

// scene is evidence on the disk.
type scene struct {
	files
	layout
}

// finishedScene is two editions of a sheet that were synced, the second with rows of all kinds.
func finishedScene(t *testing.T) *scene {
	t.Helper()
	h := newHunt(t, croQuarry(), 40, 1)
	h.begin(t)
	h.sim.SetFaults(nil)
	if r := h.rollcall(t, "sync", "--yes", "-q"); r.code != 3 {
		t.Fatalf("exit code %d, want 3\n%s", r.code, r.errOut)
	}
	return &scene{h.files(), h.layout}
}

// cutOffScene is a run of one worker that was killed while the answer to its fourth request was held up.
func cutOffScene(t *testing.T) *scene {
	t.Helper()
	h := newHunt(t, croQuarry(), 8, 2)
	h.edit(t, 1)
	h.edit(t, 2)
	faults, err := simulator.ParseFaults("POST * nth=4 delay=900ms when=after")
	if err != nil {
		t.Fatal(err)
	}
	h.sim.SetFaults(faults)
	cmd := h.command(t, "sync", "--yes", "-q", "--workers", "1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for h.created.Load() < 4 {
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	runs, err := readLedger(h.path(".rollcall"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, want 1: %v", len(runs), err)
	}
	h.rollcall(t, "report", runs[0].id, "-q")
	return &scene{h.files(), h.layout}
}

// clone is a copy to spoil.
func (s *scene) clone(t *testing.T) *scene {
	t.Helper()
	from, to := filepath.Dir(s.commits), t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	at := func(path string) string { return filepath.Join(to, strings.TrimPrefix(path, from)) }
	return &scene{files{[]string{at(s.sheets[0]), at(s.sheets[1])}, at(s.commits), at(s.state)}, s.layout}
}

func (s *scene) judge(t *testing.T) []string {
	t.Helper()
	e, err := s.files.read(s.layout)
	if err != nil {
		t.Fatal(err)
	}
	return e.judge()
}

func (s *scene) read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (s *scene) write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run is the folder of the newest run, whose names sort by time.
func (s *scene) run(t *testing.T) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(s.state, "runs", "*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no run: %v", err)
	}
	return all[len(all)-1]
}

// editCommits edits the lines of the commit log.
func (s *scene) editCommits(t *testing.T, edit func(lines []string) []string) {
	t.Helper()
	before := strings.Split(strings.TrimSpace(string(s.read(t, s.commits))), "\n")
	after := edit(slices.Clone(before))
	if slices.Equal(before, after) {
		t.Fatal("nothing was edited")
	}
	s.write(t, s.commits, []byte(strings.Join(after, "\n")+"\n"))
}

// find is the last line with a method and a text.
func find(lines []string, method, text string) (line string) {
	for _, l := range lines {
		if strings.Contains(l, `"method":"`+method) && strings.Contains(l, text) {
			line = l
		}
	}
	return line
}

// keepBut takes out the line with a method and a text.
func keepBut(method, text string) func(lines []string) []string {
	return func(lines []string) []string {
		one := find(lines, method, text)
		return slices.DeleteFunc(lines, func(l string) bool { return l == one })
	}
}

// double puts the line with a method and a text at the end once more.
func double(method, text string) func(lines []string) []string {
	return func(lines []string) []string { return append(lines, find(lines, method, text)) }
}

// replace replaces a text in the create with another text in it.
func replace(of, old, by string) func(lines []string) []string {
	return func(lines []string) []string {
		one := find(lines, "POST", of)
		lines[slices.Index(lines, one)] = strings.Replace(one, old, by, 1)
		return lines
	}
}

// editReport edits rows.csv of the newest run; the first row is the header.
func (s *scene) editReport(t *testing.T, edit func(rows [][]string) [][]string) {
	t.Helper()
	path := filepath.Join(s.run(t), "rows.csv")
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(s.read(t, path), []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(edit(rows)); err != nil {
		t.Fatal(err)
	}
	s.write(t, path, b.Bytes())
}

// place is where a row of the report has a column.
func placeOf(rows [][]string, row, column string) *string {
	number := slices.Index(rows[0], "_row")
	at := slices.IndexFunc(rows, func(cells []string) bool { return cells[number] == row })
	return &rows[at][slices.Index(rows[0], column)]
}

func setCell(row, column, text string) func(rows [][]string) [][]string {
	return func(rows [][]string) [][]string {
		*placeOf(rows, row, column) = text
		return rows
	}
}

func swapIDs(a, b string) func(rows [][]string) [][]string {
	return func(rows [][]string) [][]string {
		x, y := placeOf(rows, a, "_id"), placeOf(rows, b, "_id")
		*x, *y = *y, *x
		return rows
	}
}

func dropRow(row string) func(rows [][]string) [][]string {
	return func(rows [][]string) [][]string {
		number := slices.Index(rows[0], "_row")
		return slices.DeleteFunc(rows, func(cells []string) bool { return cells[number] == row })
	}
}

func doubleRow(row string) func(rows [][]string) [][]string {
	return func(rows [][]string) [][]string {
		number := slices.Index(rows[0], "_row")
		return append(rows, rows[slices.IndexFunc(rows, func(cells []string) bool { return cells[number] == row })])
	}
}

// editSummary sets counts of the newest run, or its exit_code.
func (s *scene) editSummary(t *testing.T, set map[string]int) {
	t.Helper()
	path := filepath.Join(s.run(t), "summary.json")
	var summary map[string]any
	if err := json.Unmarshal(s.read(t, path), &summary); err != nil {
		t.Fatal(err)
	}
	for name, n := range set {
		if name == "exit_code" {
			summary[name] = n
		} else {
			summary["counts"].(map[string]any)[name] = n
		}
	}
	data, err := json.Marshal(summary)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, path, data)
}

// exec changes the ledger behind everybody's back.
func (s *scene) exec(t *testing.T, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.state, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.Exec(query)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
