package reconcile_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/plan"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
)

// workbookWithEverything is a workbook as people have them: two title rows, styles, widths, a formula, a merged title, a
// hidden row, a list to choose from, a rule that colours, a filter, a person's comment, a second sheet.
func workbookWithEverything(t *testing.T) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	yellow, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true, Color: "0000FF"}, NumFmt: 4,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
	must(err)
	red, err := f.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: "FF0000"}})
	must(err)
	_, err = f.NewSheet("Other & more")
	must(err, f.SetSheetName("Sheet1", "Kunden"), f.SetCellValue("Other & more", "B2", "stays"),
		f.SetCellFormula("Other & more", "B3", "SUM(Kunden!C4:C6)"))
	for cell, value := range map[string]any{
		"A1": "Our customers", "A3": "Name", "B3": "E-mail", "C3": "Credit", "A4": "Ada", "B4": "wrong", "C4": 12.5,
		"A5": "'=1+1", "B5": "b@x.example", "A6": "Grace", "B6": "g@x.example", "C6": 7, "E6": "beyond", "A7": "Zoë", "B7": "z@x.example", "C7": "many",
	} {
		must(f.SetCellValue("Kunden", cell, value))
	}
	choice := excelize.NewDataValidation(true)
	choice.Sqref = "C4:C9"
	must(choice.SetRange(0, 100, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween))
	must(f.SetCellFormula("Kunden", "C5", "C4*2"), f.SetCellStyle("Kunden", "C4", "C9", yellow), f.MergeCell("Kunden", "A1", "H1"),
		f.SetColWidth("Kunden", "A", "A", 33), f.SetColVisible("Kunden", "G:XFD", false), f.SetRowVisible("Kunden", 6, false),
		f.AddDataValidation("Kunden", choice), f.AutoFilter("Kunden", "A3:C7", nil),
		f.SetConditionalFormat("Kunden", "C4:C9", []excelize.ConditionalFormatOptions{{Type: "cell", Criteria: ">", Format: &red, Value: "6"}}),
		f.AddComment("Kunden", excelize.Comment{Cell: "A6", Author: "Eva", Text: "call first"}),
		f.AddComment("Kunden", excelize.Comment{Cell: "C7", Author: "Eva", Text: "ask her"}))
	path := filepath.Join(t.TempDir(), "kunden.xlsx")
	must(f.SaveAs(path))
	return path
}

// linesOf is a sheet as lines, each with the problems that wrong has for its row.
func linesOf(r sheet.Reader, wrong map[int][]model.Problem) func(func(reconcile.Line, error) bool) {
	return func(yield func(reconcile.Line, error) bool) {
		for seq := int64(1); ; seq++ {
			var row sheet.Row
			err := r.Read(&row)
			if errors.Is(err, io.EOF) {
				return
			}
			l := reconcile.Line{Seq: seq, Row: row.Number, Cells: row.Texts(), Status: plan.Created, ID: fmt.Sprint(9000 + seq), Problems: wrong[row.Number]}
			if p := model.FirstStopping(l.Problems); p != nil {
				l.Status, l.ID, l.Code, l.Column, l.Message = plan.Invalid, "", p.Code, p.Column, p.Message
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

// annotate annotates a workbook and gives the path of the result.
func annotate(t *testing.T, path string, options sheet.Options, wrong map[int][]model.Problem) string {
	t.Helper()
	r, err := sheet.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := filepath.Join(t.TempDir(), "annotated.xlsx")
	in := reconcile.Input{Header: r.Header(), Origin: r.Info(), Lines: linesOf(r, wrong), Marker: marker}
	if err := reconcile.Annotate(out, in); err != nil {
		t.Fatal(err)
	}
	return out
}

// wrongCells is what is wrong with workbookWithEverything.
func wrongCells() map[int][]model.Problem {
	return map[int][]model.Problem{
		4: {{Column: "E-mail", Code: "bad_email", Message: "no e-mail <address> _x000D_", Hint: "mend it"}},
		6: {{Code: "ragged_row", Message: "it has\nfive cells"}},
		7: {{Column: "Credit", Code: "bad_number", Message: "not a number"}, {Column: "Credit", Code: "again", Message: "and again"}},
	}
}

func TestTheCopyKeepsTheWorkbook(t *testing.T) {
	path := workbookWithEverything(t)
	out := annotate(t, path, sheet.Options{HeaderRow: 3}, wrongCells())
	before, after := parts(t, path), parts(t, out)
	for name, text := range before {
		switch name {
		case "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml":
			continue
		}
		if after[name] != text {
			t.Errorf("%s has changed:\n got %s\nwant %s", name, after[name], text)
		}
	}
	if got, want := len(after), len(before); got != want {
		t.Errorf("the copy has %d parts, want the %d of the input", got, want)
	}
	was, is := before["xl/worksheets/sheet1.xml"], after["xl/worksheets/sheet1.xml"]
	for _, element := range []string{"sheetViews", "sheetFormatPr", "mergeCells", "dataValidations", "conditionalFormatting", "autoFilter", "legacyDrawing"} {
		one := regexp.MustCompile(`<` + element + `[ >/].*?(</` + element + `>|/>)`)
		if got, want := one.FindString(is), one.FindString(was); got != want || want == "" {
			t.Errorf("%s is %s, want %s", element, got, want)
		}
	}
	if got, want := regexp.MustCompile(`<row r="1".*?</row>`).FindString(is), regexp.MustCompile(`<row r="1".*?</row>`).FindString(was); got != want || want == "" {
		t.Errorf("the title is %s, want %s", got, want)
	}
	for _, want := range []string{`<f>C4*2</f>`, `width="33"`} {
		if !strings.Contains(is, want) {
			t.Errorf("the sheet has no %s any more", want)
		}
	}
	if hidden := regexp.MustCompile(`<row [^>]*r="6"[^>]*hidden=|<row [^>]*hidden=[^>]*r="6"`); !hidden.MatchString(was) || !hidden.MatchString(is) {
		t.Error("row 6 is not hidden any more")
	}
}

func TestTheCopyMarksWhatIsWrong(t *testing.T) {
	path := workbookWithEverything(t)
	f, err := excelize.OpenFile(annotate(t, path, sheet.Options{HeaderRow: 3}, wrongCells()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{
		"F3": "_row", "G3": "_status", "Q3": "_rollcall", "F4": "4", "G4": "invalid", "L4": "E-mail", "M4": "no e-mail <address> _x000D_", "M6": "it has↵five cells",
		"G5": "created", "I5": "9002", "Q5": marker, "G7": "invalid", "A5": "''=1+1", "E6": "beyond", "A1": "Our customers",
	} {
		if got, err := f.GetCellValue("Kunden", cell); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", cell, got, err, want)
		}
	}
	comments, err := f.GetComments("Kunden")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range comments {
		got[c.Cell] = c.Author + ": " + c.Text
		for _, run := range c.Paragraph {
			got[c.Cell] += run.Text
		}
	}
	want := map[string]string{
		"A6": "Eva: call first", "B4": "Rollcall: no e-mail <address> _x005F_x000D_\nmend it\n(bad_email)", "M6": "Rollcall: it has\nfive cells\n(ragged_row)",
		"C7": "Eva: ask her\n\nnot a number\n(bad_number)\n\nand again\n(again)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("comments: -want +got:\n%s", diff)
	}
	wrong, fine := styleOf(t, f, "Kunden", "C7"), styleOf(t, f, "Kunden", "C6")
	if got := wrong.Fill.Color; !slices.Equal(got, []string{"FBD5D0"}) {
		t.Errorf("the wrong cell has the colour %v", got)
	}
	wrong.Fill = fine.Fill
	if diff := cmp.Diff(fine, wrong); diff != "" || !slices.Equal(fine.Fill.Color, []string{"FFFF00"}) {
		t.Errorf("but for its colour the wrong cell is not as the others, which are %v: -want +got:\n%s", fine.Fill.Color, diff)
	}
	for _, column := range []string{"F", "Q"} {
		if shown, err := f.GetColVisible("Kunden", column); err != nil || !shown {
			t.Errorf("column %s is hidden (%v), as those were that it replaces", column, err)
		}
	}
	if shown, err := f.GetColVisible("Kunden", "R"); err != nil || shown {
		t.Errorf("column R is not hidden any more (%v)", err)
	}
}

func styleOf(t *testing.T, f *excelize.File, sheet, cell string) *excelize.Style {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

// What goes back in is what came: the same rows, with their ids, as often as it goes round.
func TestTheCopyGoesBackInAsOftenAsItLikes(t *testing.T) {
	path, options := workbookWithEverything(t), sheet.Options{HeaderRow: 3}
	want := sheetRows(t, path, options)
	for round := range 3 {
		path = annotate(t, path, options, wrongCells())
		got := sheetRows(t, path, options)
		for i := range got {
			if got[i].Mark != marker || got[i].Number != 6 && got[i].Number != 4 && got[i].Number != 7 && got[i].ID == "" {
				t.Errorf("round %d, row %d has the mark %q and the id %q", round, got[i].Number, got[i].Mark, got[i].ID)
			}
			got[i].Mark, got[i].ID = "", ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("round %d: -want +got:\n%s", round, diff)
		}
	}
	if got := strings.Count(parts(t, path)["xl/comments1.xml"], "<comment "); got != 4 {
		t.Errorf("after three rounds there are %d comments, want two of a person and ours at two more cells", got)
	}
	// A cell that has been mended loses its colour and its comment.
	path = annotate(t, path, options, map[int][]model.Problem{7: wrongCells()[7]})
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if style := styleOf(t, f, "Kunden", "B4"); len(style.Fill.Color) > 0 {
		t.Errorf("the mended cell has the colour %v", style.Fill.Color)
	}
	if all := parts(t, path); strings.Contains(all["xl/comments1.xml"], `ref="B4"`) || strings.Contains(all["xl/drawings/vmlDrawing1.vml"], "<x:Row>3</x:Row>") {
		t.Error("the mended cell has its comment still")
	}
}

func sheetRows(t *testing.T, path string, options sheet.Options) []sheet.Row {
	t.Helper()
	r, err := sheet.Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if diff := cmp.Diff([]string{"Name", "E-mail", "Credit"}, r.Header()); diff != "" {
		t.Fatalf("header: -want +got:\n%s", diff)
	}
	var rows []sheet.Row
	for {
		var row sheet.Row
		err := r.Read(&row)
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

// rewritten is a workbook with other parts; a part that is "" is left out.
func rewritten(t *testing.T, path string, change func(name, text string) string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	all := parts(t, path)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range all {
			if !yield(name) {
				return
			}
		}
	}) {
		text := change(name, all[name])
		if text == "" {
			continue
		}
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(p, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "rewritten.xlsx")
	if err := os.WriteFile(to, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}
