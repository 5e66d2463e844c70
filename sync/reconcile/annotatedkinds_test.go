package reconcile_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/model"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// prefixed is a part whose elements have a prefix, as some programs write it.
func prefixed(text string) string {
	text = regexp.MustCompile(`<(/?)([a-zA-Z])`).ReplaceAllString(text, "<${1}q:$2")
	return strings.Replace(text, " xmlns=", " xmlns:q=", 1)
}

// However a program writes its workbooks, what was annotated goes back in as it was; and where a copy would come to harm the
// rows stand in a workbook of their own.
func TestWorkbooksOfAllKindsAreAnnotated(t *testing.T) {
	const strict, transitional = "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	for _, tc := range []struct {
		says   string
		change func(name, text string) string
		copied bool
	}{
		{"as excelize writes it", func(_, text string) string { return text }, true},
		{"names with a prefix", func(name, text string) string {
			if name == "xl/worksheets/sheet1.xml" || name == "xl/styles.xml" || name == "xl/comments1.xml" {
				return prefixed(text)
			}
			return text
		}, true},
		{"attributes in single quotes, and comments in between", func(name, text string) string {
			if name == "xl/worksheets/sheet1.xml" {
				text = strings.ReplaceAll(text, `<row r="4"`, `<!-- a > b <row> --><row  r = '4'`)
				return regexp.MustCompile(` s="(\d+)"`).ReplaceAllString(text, ` s='$1'`)
			}
			return text
		}, true},
		{"a size that is wrong", func(name, text string) string {
			return regexp.MustCompile(`<dimension ref="[^"]*"`).ReplaceAllString(text, `<dimension ref="A1"`)
		}, true},
		{"the strict dialect", func(_, text string) string { return strings.ReplaceAll(text, transitional, strict) }, false},
		{"with macros", func(name, text string) string {
			if name == "[Content_Types].xml" {
				return strings.Replace(text, "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main", 1)
			}
			return text
		}, false},
		{"without styles", func(name, text string) string {
			switch name {
			case "xl/styles.xml":
				return ""
			case "xl/_rels/workbook.xml.rels":
				return regexp.MustCompile(`<Relationship [^>]*styles[^>]*>(</Relationship>)?`).ReplaceAllString(text, "")
			case "xl/worksheets/sheet1.xml":
				return regexp.MustCompile(` s="\d+"`).ReplaceAllString(text, "")
			}
			return text
		}, false},
	} {
		t.Run(tc.says, func(t *testing.T) {
			path := rewritten(t, workbookWithEverything(t), tc.change)
			options := sheet.Options{HeaderRow: 3}
			want := sheetRows(t, path, options)
			out := annotate(t, path, options, wrongCells())
			if !tc.copied {
				options = sheet.Options{}
			}
			got := sheetRows(t, out, options)
			for i := range got {
				got[i].Mark, got[i].ID = "", ""
				if !tc.copied { // the rows stand closer together, and every cell is text
					got[i].Number, got[i].Hidden = want[i].Number, want[i].Hidden
					for k := range got[i].Cells {
						got[i].Cells[k] = want[i].Cells[k]
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, copied := parts(t, out)["xl/worksheets/sheet2.xml"]; copied != tc.copied {
				t.Errorf("the other sheet is there: %v, want %v", copied, tc.copied)
			}
		})
	}
}

func TestCellsThatDoNotSayWhereTheyAreKeepTheirPlace(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for cell, value := range map[string]string{"A1": "Name", "B1": "E-mail", "C1": "Credit", "A2": "Ada", "B2": "wrong", "C2": "1", "A3": "Eva", "B3": "e@x.example", "C3": "2"} {
		if err := f.SetCellStr("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "plain.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	path = rewritten(t, path, func(name, text string) string {
		if name == "xl/worksheets/sheet1.xml" {
			return regexp.MustCompile(`<(row|c) r="[A-Z0-9]*"`).ReplaceAllString(text, "<$1")
		}
		return text
	})
	want := sheetRows(t, path, sheet.Options{})
	out := annotate(t, path, sheet.Options{}, map[int][]model.Problem{2: {{Column: "E-mail", Code: "made_up", Message: "wrong"}}})
	got := sheetRows(t, out, sheet.Options{})
	for i := range got {
		got[i].Mark, got[i].ID = "", ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	book, err := excelize.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	comments, err := book.GetComments("Sheet1")
	if err != nil || len(comments) != 1 || comments[0].Cell != "B2" {
		t.Errorf("comments %v (%v), want one at B2", comments, err)
	}
}
