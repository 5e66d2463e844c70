package sheet_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// areaRows is a header of two columns, from B on, above rows 3 to 9.
func areaRows() string {
	var rows strings.Builder
	rows.WriteString(`<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>`)
	for n := 3; n <= 9; n++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d"><v>1</v></c><c r="B%d"><v>2</v></c></row>`, n, n, n)
	}
	return rows.String()
}

// merge puts merged areas behind the rows, where a workbook has them.
func merge(p parts, refs ...string) parts {
	var areas strings.Builder
	for _, ref := range refs {
		fmt.Fprintf(&areas, `<mergeCell ref=%q/>`, ref)
	}
	return p.replace(sheetPart, "</sheetData>", "</sheetData><mergeCells>"+areas.String()+"</mergeCells>")
}

func TestMergedRowsAreMarked(t *testing.T) {
	many, wide := make([]string, 50_000), make([]string, 50_000)
	for i := range many {
		wide[i] = fmt.Sprintf("A1:XFD%d", 1048576-i)
		many[i] = fmt.Sprintf("A%d:B%d", i*2+5, i*2+6)
	}
	cases := []struct {
		name   string
		refs   []string
		want   []int
		notice string
	}{
		{"no area", nil, nil, ""},
		{"an area of one cell", []string{"A4:A4", "A5"}, nil, ""},
		{"two rows of one column", []string{"A4:A5"}, []int{4, 5}, "merged ranges: 1;"},
		{"two columns of one row", []string{"A4:B4"}, []int{4}, "merged ranges: 1;"},
		{"an area that begins in the last column of the header", []string{"B6:XFD6"}, []int{6}, "merged ranges: 1;"},
		{"an area to the right of the header", []string{"C6:D7"}, nil, "merged ranges: 1;"},
		{"an area from above the rows to behind them", []string{"A1:A1048576"}, []int{3, 4, 5, 6, 7, 8, 9}, "merged ranges: 1;"},
		{"the whole sheet", []string{"A1:XFD1048576"}, []int{3, 4, 5, 6, 7, 8, 9}, "merged ranges: 1;"},
		{"corners the other way round", []string{"B5:A4"}, []int{4, 5}, "merged ranges: 1;"},
		{"areas that overlap", []string{"C3:D9", "A8:A9", "B3:C4"}, []int{3, 4, 8, 9}, "merged ranges: 3;"},
		{"fifty thousand areas", many, []int{5, 6, 7, 8, 9}, "merged ranges: 50000;"},
		{"fifty thousand areas as large as the sheet", wide, []int{3, 4, 5, 6, 7, 8, 9}, "merged ranges: 50000;"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows := mustRead(t, write(t, "data.xlsx", merge(newParts(areaRows()), c.refs...).pack(t)), sheet.Options{})
			var got []int
			for _, row := range rows {
				if row.Merged {
					got = append(got, row.Number)
				}
			}
			if diff := cmp.Diff(got, c.want); diff != "" {
				t.Errorf("merged rows (-got +want):\n%s", diff)
			}
			if notices := strings.Join(r.Info().Notices, "\n"); (c.notice == "") != (notices == "") || !strings.Contains(notices, c.notice) {
				t.Errorf("got notices %q, want %q", notices, c.notice)
			}
		})
	}
}

func TestHiddenRowsAreMarked(t *testing.T) {
	p := newParts(areaRows()).replace(sheetPart, `<row r="4">`, `<row r="4" hidden="1">`).
		replace(sheetPart, `<row r="5">`, `<row r="5" hidden="0">`).replace(sheetPart, `<row r="6">`, `<row r="6" hidden="true">`).
		replace(sheetPart, `<row r="7">`, `<row r="7" x:hidden="1" xmlns:x="urn:x">`)
	r, rows := mustRead(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{})
	var got []int
	for _, row := range rows {
		if row.Hidden {
			got = append(got, row.Number)
		}
	}
	if diff := cmp.Diff(got, []int{4, 6}); diff != "" {
		t.Errorf("hidden rows (-got +want):\n%s", diff)
	}
	if notices := strings.Join(r.Info().Notices, "\n"); !strings.Contains(notices, "hidden rows: 2;") {
		t.Errorf("got notices %q, want 2 hidden rows", notices)
	}
}

func TestVeryHiddenSheetsAndOtherWorkbooksAreNoticed(t *testing.T) {
	p := oneCell(`<c t="s"><v>1</v></c>`).
		replace(workbookPart, "</sheets>", `<sheet name="Codes" r:id="rId1" state="veryHidden"/></sheets>`).
		replace(workbookRels, "</R", relation("rId7", "externalLink", "externalLinks/externalLink1.xml")+"</R")
	notices := strings.Join(open(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{}).Info().Notices, "\n")
	for _, want := range []string{"hidden sheets: Codes (very hidden)", "refers to other workbooks"} {
		if !strings.Contains(notices, want) {
			t.Errorf("got notices %q, want %q", notices, want)
		}
	}
}
