package reconcile_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/push"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// parts is the files in a workbook.
func parts(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		out[f.Name] = string(data)
	}
	return out
}

func TestNothingInAWorkbookIsEvaluated(t *testing.T) {
	dir, _ := write(t, hostileInput())
	formula := regexp.MustCompile(`<f[ >]|<hyperlink|<oleObject|<definedName [^>]*name="[^_]`)
	for _, name := range []string{reconcile.ReportXLSX, reconcile.AnnotatedXLSX} {
		for part, text := range parts(t, filepath.Join(dir, name)) {
			if found := formula.FindString(text); found != "" {
				t.Errorf("%s, %s has %s", name, part, found)
			}
			if strings.HasSuffix(part, ".rels") && (strings.Contains(text, "hyperlink") || strings.Contains(text, `TargetMode="External"`)) {
				t.Errorf("%s, %s leads out of the workbook: %s", name, part, text)
			}
		}
	}
}

// An independent reader sees the same texts as ours.
func TestTextsSurviveInTheReport(t *testing.T) {
	dir, _ := write(t, hostileInput())
	f, err := excelize.OpenFile(filepath.Join(dir, reconcile.ReportXLSX))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := fmt.Sprint(f.GetSheetList()), "[Summary Rows Problems]"; got != want {
		t.Errorf("sheets %s, want %s", got, want)
	}
	for cell, want := range map[string]string{
		"A3": "=1+1", "D3": `=HYPERLINK("http://x","a")`, "A4": "<script>alert(1)</script>",
		"A6": "_x000D_", "B7": "first\nsecond\r\nthird", "D7": " blanks around ",
		"C8": "007", "A9": "Zoë 😀", "C9": "＝1", "D5": `nul\u0000in the middle`,
	} {
		if got, err := f.GetCellValue("Rows", cell); err != nil || got != want {
			t.Errorf("Rows!%s is %q (%v), want %q", cell, got, err, want)
		}
	}
	long, _ := f.GetCellValue("Rows", "A8")
	if got := len([]rune(long)); got != 32767 {
		t.Errorf("the long cell has %d characters, want 32767", got)
	}
	if mark := "… [cut here: the text has 40,000 characters]"; !strings.HasSuffix(long, mark) {
		t.Errorf("the long cell ends in %q, want %q", long[len(long)-60:], mark)
	}
}

func TestOurOwnFiguresAreNumbersAndDataIsText(t *testing.T) {
	dir, _ := write(t, hostileInput())
	f, err := excelize.OpenFile(filepath.Join(dir, reconcile.ReportXLSX))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, tc := range []struct {
		sheet, cell, why string
		want             excelize.CellType
	}{
		{"Rows", "E2", "the row", excelize.CellTypeUnset},
		{"Rows", "N2", "the HTTP status", excelize.CellTypeUnset},
		{"Rows", "O2", "the attempts", excelize.CellTypeUnset},
		{"Rows", "C8", "007 in the input", excelize.CellTypeInlineString},
		{"Rows", "H2", "the id 9001", excelize.CellTypeInlineString},
		{"Rows", "P4", "the id of a request", excelize.CellTypeInlineString},
		{"Problems", "A2", "the row of a problem", excelize.CellTypeUnset},
		{"Summary", "B5", "a count", excelize.CellTypeUnset},
	} {
		got, err := f.GetCellType(tc.sheet, tc.cell)
		if err != nil || got != tc.want {
			value, _ := f.GetCellValue(tc.sheet, tc.cell)
			t.Errorf("%s!%s (%s, %q) has type %v, want %v", tc.sheet, tc.cell, tc.why, value, got, tc.want)
		}
	}
	all := parts(t, filepath.Join(dir, reconcile.ReportXLSX))
	if rows := all["xl/worksheets/sheet2.xml"]; !strings.Contains(rows, `<autoFilter ref="A1:Q11"`) || !strings.Contains(rows, `state="frozen"`) || !strings.Contains(rows, `<cols><col min="1" max="1"`) {
		t.Errorf("Rows has no filter over all its rows, no frozen header, or columns out of order:\n%.600s", rows)
	}
	if rows := all["xl/worksheets/sheet2.xml"]; strings.Contains(rows, "<dimension") {
		t.Errorf("Rows gives a size, which a reader that trusts it would stop at: %s", regexp.MustCompile(`<dimension[^>]*>`).FindString(rows))
	}
	quoted, err := f.GetCellStyle("Rows", "A3")
	if err != nil {
		t.Fatal(err)
	}
	if xf := f.Styles.CellXfs.Xf[quoted]; xf.QuotePrefix == nil || !*xf.QuotePrefix {
		t.Errorf("a text that begins like a formula is not marked as quoted: %+v", xf)
	}
}

func TestProblemCellsAreColouredAndCommented(t *testing.T) {
	dir, _ := write(t, hostileInput())
	f, err := excelize.OpenFile(filepath.Join(dir, reconcile.AnnotatedXLSX))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	comments, err := f.GetComments("Rows")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range comments {
		got[c.Cell] = c.Text
	}
	for cell, want := range map[string]string{
		"B4":  "<script>alert('api')</script> is not an e-mail",
		"C5":  `a control character \u001b[2J` + "\nMend <it> in the sheet.\n(made_up)",
		"A8":  "40,000 characters, 64 are allowed",
		"L11": "the API does not have it any more", // no cell is to blame: at the message
	} {
		if !strings.HasPrefix(got[cell], want) {
			t.Errorf("comment at %s is %q, want it to begin with %q", cell, got[cell], want)
		}
		style, _ := f.GetCellStyle("Rows", cell)
		plain, _ := f.GetCellStyle("Rows", "D2")
		if style == plain && cell != "L11" {
			t.Errorf("%s has no colour", cell)
		}
	}
}

func TestASheetIsAnnotatedWithoutARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checked.xlsx")
	lines := func(yield func(reconcile.Line, error) bool) {
		p := model.Problem{Column: "Name", Code: "made_up", Message: "too long"}
		yield(reconcile.Line{Seq: 1, Row: 2, Cells: []string{"Ada"}, Status: plan.Invalid, Message: "too long", Problems: []model.Problem{p}}, nil)
	}
	in := reconcile.Input{Header: []string{"Name"}, Lines: lines, Marker: "1::"}
	in.Summary.Source.Sheet = "Kunden"
	if err := reconcile.Annotate(path, in); err != nil {
		t.Fatal(err)
	}
	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var row sheet.Row
	if err := r.Read(&row); err != nil {
		t.Fatal(err)
	}
	if info := r.Info(); info.Sheet != "Kunden" || !info.Marked || row.Cells[0].Text != "Ada" || row.Mark != "1::" {
		t.Errorf("got %+v and %+v, want the row of sheet Kunden with its mark", info, row)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("the folder has %d files, want no temporary one", len(entries))
	}
}

func TestProblemsAreWrittenWithoutARun(t *testing.T) {
	dir, _ := write(t, hostileInput())
	path := filepath.Join(t.TempDir(), "mine.csv")
	if err := reconcile.WriteProblems(path, hostileInput().Lines); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, path), read(t, filepath.Join(dir, reconcile.ProblemsCSV)); got != want {
		t.Errorf("got\n%s\nwant what a run writes:\n%s", got, want)
	}
	broken := func(yield func(reconcile.Line, error) bool) { yield(reconcile.Line{}, errors.New("broken")) }
	if err := reconcile.WriteProblems(path, broken); err == nil {
		t.Error("broken lines gave no error")
	}
	if got, want := read(t, path), read(t, filepath.Join(dir, reconcile.ProblemsCSV)); got != want {
		t.Errorf("after a failure the file holds\n%s", got)
	}
}

func TestARunWithManyProblemsIsCommentedUpToTheLimit(t *testing.T) {
	const rows = 5200
	in := reconcile.Input{Header: []string{"a"}, Marker: marker, Lines: func(yield func(reconcile.Line, error) bool) {
		for i := range rows {
			p := []model.Problem{{Column: "a", Code: "made_up", Message: "wrong"}}
			if !yield(reconcile.Line{Row: i + 2, Cells: []string{"x"}, Status: plan.Invalid, Problems: p}, nil) {
				return
			}
		}
	}}
	path := filepath.Join(t.TempDir(), "many.xlsx")
	if err := reconcile.Annotate(path, in); err != nil {
		t.Fatal(err)
	}
	got := strings.Count(parts(t, path)["xl/comments1.xml"], "<comment ")
	if got != 5000 {
		t.Errorf("%d comments, want 5000", got)
	}
}

// benchmarkInput is n rows of ten columns, of which one in twenty has a problem.
func benchmarkInput(n int) reconcile.Input {
	header := strings.Fields("Name First Mail Phone Street City Code Country Segment Note")
	cells := strings.Fields("Lovelace Ada ada@example.com +49-170-1234567 Hauptstraße München 80331 DE private first_contact_in_spring")
	counts := plan.Counts{plan.Created: n - n/20, plan.Invalid: n / 20}
	s := reconcile.Summary{Run: "r", Target: "cro/contact", Source: reconcile.Source{Rows: n}}
	entries := func(yield func(push.Entry, error) bool) {
		for i := range n {
			e := push.Entry{Change: plan.Change{Seq: int64(i + 1), Row: i + 2, Action: plan.Create},
				Outcome: push.Outcome{Seq: int64(i + 1), Status: plan.Created, ID: fmt.Sprint(i), HTTPStatus: 201, Attempts: 1}}
			if i%20 == 0 {
				e = push.Entry{Change: plan.Change{Seq: int64(i + 1), Row: i + 2, Status: plan.Invalid,
					Problems: []model.Problem{{Row: i + 2, Column: "Phone", Field: "phone", Code: "made_up", Value: "+49", Message: "too short", Hint: "mend it"}}}}
			}
			if !yield(e, nil) {
				return
			}
		}
	}
	return reconcile.Input{Summary: s, Header: header, Marker: marker, Ledger: counts,
		Lines: reconcile.Join(&repeated{header: header, cells: cells, rows: n}, entries, contact(), columnOf)}
}

// repeated is a sheet.Reader that gives the same row again and again, as a file does that is read: nothing of it is kept.
type repeated struct {
	header, cells []string
	rows, next    int
}

func (r *repeated) Info() sheet.Info { return sheet.Info{Type: "csv"} }
func (r *repeated) Header() []string { return r.header }
func (r *repeated) Close() error     { return nil }

func (r *repeated) Read(row *sheet.Row) error {
	if r.next == r.rows {
		return io.EOF
	}
	r.next++
	*row = inputRow(r.next+1, r.cells...)
	return nil
}

func BenchmarkWrite10000Lines(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		b.StopTimer()
		in := benchmarkInput(10000)
		b.StartTimer()
		if _, err := reconcile.Write(dir, in); err != nil {
			b.Fatal(err)
		}
	}
}
