package reconcile_test

import (
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// marker is the _rollcall column of all test runs.
const marker = "1:4f2c9a:20250304-081500-a1"

// memory is a sheet.Reader over rows that are already there.
type memory struct {
	header []string
	rows   []sheet.Row
	next   int
	fail   error // after the last row instead of io.EOF
}

var _ sheet.Reader = (*memory)(nil)

func (m *memory) Info() sheet.Info { return sheet.Info{Type: "csv"} }
func (m *memory) Header() []string { return m.header }
func (m *memory) Close() error     { return nil }

func (m *memory) Read(row *sheet.Row) error {
	if m.next == len(m.rows) {
		if m.fail != nil {
			return m.fail
		}
		return io.EOF
	}
	*row = m.rows[m.next]
	m.next++
	return nil
}

// inputRow is a row as a reader delivers it.
func inputRow(number int, texts ...string) sheet.Row {
	r := sheet.Row{Number: number, Width: len(texts)}
	for _, text := range texts {
		r.Cells = append(r.Cells, sheet.Cell{Text: text})
	}
	return r
}

// entriesOf is a ledger.
func entriesOf(entries ...push.Entry) iter.Seq2[push.Entry, error] {
	return func(yield func(push.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// contact is a model of two fields.
func contact() *model.Model {
	return &model.Model{Target: "cro", Resource: "contact", Fields: []model.Field{
		{Name: "customer_id", Kind: model.String, In: model.InPath},
		{Name: "first_name", Kind: model.String},
		{Name: "email", Kind: model.String},
	}}
}

// columnOf maps the model's fields to the headers of the hostile run.
func columnOf(field string) string {
	return map[string]string{"first_name": "Name", "email": "=E-mail"}[field]
}

// hostileHeader and hostileRows are a sheet that tries everything on its reports.
func hostileHeader() []string { return []string{"Name", "=E-mail", "Phone", "Note"} }

func hostileRows() []sheet.Row {
	return []sheet.Row{
		inputRow(2, "Ada", "ada@example.com", "+49 170 1234567", "plain"),
		inputRow(3, "=1+1", "+cmd|' /C calc'!A0", "-12.5", `=HYPERLINK("http://x","a")`),
		inputRow(4, "<script>alert(1)</script>", `"><img src=x onerror=alert(2)>`, "@SUM(A1)", "</style></script><b>"),
		inputRow(5, "\u202eevil\u202c", "a\u200eb", "\x1b]0;x\x07\x1b[2J", "nul\x00in the middle"),
		inputRow(6, "_x000D_", "_xD800_ and _x005F_x0041_", "_x000D_x000D_", "'=1"),
		inputRow(7, `say "hi", twice`, "first\nsecond\r\nthird", "\tstarts with a tab", " blanks around "),
		inputRow(8, strings.Repeat("ü", 40000), "long@example.com", "007", "{{.}} ${PATH} %s"),
		inputRow(11, "Zoë 😀", "zoe@example.com", "＝1", "-"),
		inputRow(12, "Grace", "", "", "", "beyond", "the header"),
		inputRow(13, "Linus", "linus@example.com", "1.5E+15", "javascript:alert(3)"),
	}
}

// hostileEntries is what the ledger has about the hostile rows.
func hostileEntries() []push.Entry {
	value := func(s string) model.Value { return model.Value{Kind: model.String, Text: s} }
	problem := func(row int, column, field, code, text, message string) model.Problem {
		return model.Problem{Row: row, Column: column, Field: field, Code: model.Code(code), Value: text, Message: message, Hint: "Mend <it> in the sheet."}
	}
	entries := []push.Entry{
		{Change: plan.Change{Row: 2, Action: plan.Create}, Outcome: push.Outcome{Status: plan.Created, ID: "9001", HTTPStatus: 201, Attempts: 1, RequestID: "q-1"}},
		{Change: plan.Change{Row: 3, Action: plan.Update, ID: "=2+5", Record: model.Record{value("7"), value("=1+1"), {Kind: model.Null}},
			Before: model.Record{value("7"), value("<b>old</b>"), value("old@example.com")}},
			Outcome: push.Outcome{Status: plan.Updated, ID: "=2+5", HTTPStatus: 200, Attempts: 2}},
		{Change: plan.Change{Row: 4, Action: plan.Create}, Outcome: push.Outcome{Status: plan.Rejected, Code: "api_rejected", Field: "email",
			Message: "<script>alert('api')</script> is not an e-mail", HTTPStatus: 400, Attempts: 1, RequestID: "=q-3 (server: <b>edge</b>\u202e)",
			Faults: []push.Fault{{Field: "email", Message: "<script>alert('api')</script> is not an e-mail"}, {Field: "first_name", Message: "=no <i>markup</i>"},
				{Field: "fax", Message: "no column\x1b[2J"}, {Message: "nothing\r\nfits"}}}},
		{Change: plan.Change{Row: 5, Status: plan.Invalid, Problems: []model.Problem{
			problem(5, "Phone", "phone", "made_up", "\x1b]0;x", "a control character \x1b[2J"),
			problem(5, "Note", "note", "made_up", "nul\x00in the middle", "a NUL")}}},
		{Change: plan.Change{Row: 6, Action: plan.Create}, Outcome: push.Outcome{Status: plan.InDoubt, Code: "made_up_doubt", Message: "_x000D_ the answer was cut", Attempts: 3}},
		{Change: plan.Change{Row: 7, Status: plan.Unchanged, ID: "9002"}},
		{Change: plan.Change{Row: 8, Status: plan.Invalid, Problems: []model.Problem{problem(8, "Name", "first_name", "made_up", strings.Repeat("ü", 200), "40,000 characters, 64 are allowed")}}},
		{Change: plan.Change{Row: 11, Action: plan.Create}},
		{Change: plan.Change{Row: 12, Status: plan.Skipped, Problems: []model.Problem{
			problem(12, "=E-mail", "email", "made_up", "", "blank"), problem(12, "", "", "made_up_skip", "", "the sheet says skip")}}},
		{Change: plan.Change{Row: 13, Status: plan.Conflict, Problems: []model.Problem{problem(13, "", "", "made_up_gone", "", "the API does not have it any more")}}},
	}
	for i := range entries {
		entries[i].Change.Seq = int64(i + 1)
		if entries[i].Outcome.Status != plan.Planned {
			entries[i].Outcome.Seq = int64(i + 1)
		}
	}
	return entries
}

// hostileInput is the run whose reports the golden files hold.
func hostileInput() reconcile.Input {
	header, rows := hostileHeader(), hostileRows()
	s := reconcile.Summary{
		Run: "20250304-081500-a1", Command: "sync", Target: "cro/contact",
		Account:  reconcile.Account{BaseURL: "https://api.example.com", Settings: map[string]string{"tenant_id": "<42>"}},
		Source:   reconcile.Source{File: "Kunden <neu>.csv", SHA256: strings.Repeat("ab", 32), Rows: len(rows)},
		Requests: reconcile.Requests{Sent: 12, Retried: 2, Throttled: 1, Forecast: 9},
		Started:  time.Date(2025, 3, 4, 9, 15, 0, 123456789, time.FixedZone("CET", 3600)), Finished: time.Date(2025, 3, 4, 8, 17, 30, 0, time.UTC),
		ExitCode: 5,
	}
	s.Next = "rollcall resolve 20250304-081500-a1"
	s.Program = "rollcall test"
	s.Hashes = map[string]string{"job": strings.Repeat("cd", 32), "account": "4f2c9a"}
	return reconcile.Input{
		Summary: s, Header: header, Marker: marker, RequestIDs: true, Sessions: []reconcile.Session{roughSession()},
		Lines: reconcile.Join(&memory{header: header, rows: rows}, entriesOf(hostileEntries()...), contact(), columnOf),
		Ledger: plan.Counts{plan.Created: 1, plan.Updated: 1, plan.Unchanged: 1, plan.Skipped: 1, plan.Invalid: 2,
			plan.Rejected: 1, plan.Conflict: 1, plan.InDoubt: 1, plan.NotAttempted: 1},
	}
}

// write writes in into a folder of its own.
func write(t *testing.T, in reconcile.Input) (string, *reconcile.Summary) {
	t.Helper()
	dir := t.TempDir()
	s, err := reconcile.Write(dir, in)
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return dir, s
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// legible is a text as a golden file holds it: line ends and other control characters to be seen, long runs of one letter
// counted. Of a page it keeps the structure: its style and script have tests of their own.
func legible(text string) string {
	text = regexp.MustCompile(`(?s)<(style|script)>.*?</`).ReplaceAllString(text, "<$1>…</")
	text = regexp.MustCompile(`sha256-[^&]*`).ReplaceAllString(text, "sha256-…")
	for _, n := range []int{10000, 100} {
		text = strings.ReplaceAll(text, strings.Repeat("ü", n), fmt.Sprintf("[%d x ü]", n))
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = reconcile.Visible(lines[i])
	}
	return strings.Join(lines, "\n")
}

func TestTheFilesOfAHostileRunAreTheGoldenOnes(t *testing.T) {
	dir, _ := write(t, hostileInput())
	for _, name := range []string{reconcile.SummaryJSON, reconcile.RowsCSV, reconcile.FailedCSV, reconcile.ProblemsCSV, reconcile.ReportHTML} {
		t.Run(name, func(t *testing.T) {
			got := legible(strings.ReplaceAll(read(t, filepath.Join(dir, name)), dir, "DIR"))
			golden := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := read(t, golden); got != want {
				t.Errorf("%s differs from its golden file (write it anew with -update); -want +got:\n%s", name, cmp.Diff(want, got))
			}
		})
	}
}

func TestEveryFileIsPrivateAndNamedInTheSummary(t *testing.T) {
	dir, s := write(t, hostileInput())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(s.Files), 7; got != want {
		t.Errorf("summary names %d files, want %d: %v", got, want, s.Files)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := info.Mode().Perm(), os.FileMode(0o600); got != want {
			t.Errorf("%s has mode %v, want %v", e.Name(), got, want)
		}
		if got, want := s.Files[e.Name()], filepath.Join(dir, e.Name()); got != want {
			t.Errorf("summary has %q for %s, want %q", got, e.Name(), want)
		}
	}
	if got, want := len(entries), len(s.Files); got != want {
		t.Errorf("the folder has %d files, want the %d of the summary and no temporary one", got, want)
	}
}

// The reports on which people go on working give back the input byte for byte.
func TestRowsAndFailedRowsGoBackInAsTheyWere(t *testing.T) {
	dir, _ := write(t, hostileInput())
	entries := hostileEntries()
	for name, wanted := range map[string]func(plan.Status) bool{
		reconcile.RowsCSV:       func(plan.Status) bool { return true },
		reconcile.FailedCSV:     func(s plan.Status) bool { return !s.Settled() },
		reconcile.AnnotatedXLSX: func(plan.Status) bool { return true },
		reconcile.ReportXLSX:    func(plan.Status) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			var options sheet.Options
			if name == reconcile.ReportXLSX {
				options.Sheet = "Rows" // the first is the summary
			}
			r, err := sheet.Open(filepath.Join(dir, name), options)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if diff := cmp.Diff(hostileHeader(), r.Header()); diff != "" {
				t.Errorf("header: -want +got:\n%s", diff)
			}
			if info := r.Info(); !info.Marked || !info.Report {
				t.Errorf("marked %v, report %v, want both", info.Marked, info.Report)
			}
			for i, row := range hostileRows() {
				if !wanted(entries[i].Status()) {
					continue
				}
				var got sheet.Row
				if err := r.Read(&got); err != nil {
					t.Fatalf("row %d: %v", row.Number, err)
				}
				compareRow(t, name, row, got)
			}
			if err := r.Read(&sheet.Row{}); err != io.EOF {
				t.Errorf("after the last row: %v, want io.EOF", err)
			}
		})
	}
}

// compareRow compares a row with the one that came back. A workbook shows what XML cannot carry, and cuts what Excel
// cannot hold.
func compareRow(t *testing.T, file string, want, got sheet.Row) {
	t.Helper()
	if got.Mark != marker {
		t.Errorf("row %d has the mark %q, want %q", want.Number, got.Mark, marker)
	}
	if len(got.Cells) != len(want.Cells) {
		t.Fatalf("row %d has %d cells, want %d", want.Number, len(got.Cells), len(want.Cells))
	}
	for i := range want.Cells {
		text := want.Cells[i].Text
		if strings.HasSuffix(file, ".xlsx") {
			text = strings.NewReplacer("\x00", `\u0000`, "\x1b", `\u001b`, "\x07", `\u0007`).Replace(text)
			if long := "… [cut here: the text has 40,000 characters]"; len(text) > 40000 {
				text = strings.Repeat("ü", 32767-len([]rune(long))) + long
			}
		}
		if got.Cells[i].Text != text {
			t.Errorf("row %d, column %d:\n got %.200q\nwant %.200q", want.Number, i+1, got.Cells[i].Text, text)
		}
	}
}
