package sheet_test

import (
	"strings"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// withSheets is a workbook with further sheets behind Data, as they stand in the list of sheets.
func withSheets(p parts, names ...string) parts {
	for _, name := range names {
		p = p.replace(workbookPart, "</sheets>", `<sheet name="`+name+`" r:id="rId1"/></sheets>`)
	}
	return p
}

func TestOtherSheetsAreNoticed(t *testing.T) {
	p := withSheets(oneCell(number("1")), "More", `Old" state="hidden`, "Archive")
	for _, c := range []struct {
		name  string
		parts parts
		opts  sheet.Options
		want  string // "" for none
	}{
		{"the first sheet is taken", p, sheet.Options{}, "other sheets: More, Archive; choose with source.sheet"},
		{"a sheet was chosen", p, sheet.Options{Sheet: "data"}, ""},
		{"the others are hidden", withSheets(oneCell(number("1")), `Old" state="hidden`), sheet.Options{}, ""},
		{"there is one sheet", oneCell(number("1")), sheet.Options{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			notices := strings.Join(open(t, write(t, "data.xlsx", c.parts.pack(t)), c.opts).Info().Notices, "\n")
			if !strings.Contains(notices, c.want) || c.want == "" && strings.Contains(notices, "other sheets") {
				t.Errorf("got notices %q, want %q", notices, c.want)
			}
		})
	}
}

func TestHiddenColumnsAreNoticed(t *testing.T) {
	row := `<row r="1">` + strings.Repeat(`<c t="s"><v>0</v></c>`, 28) + `</row>`
	for _, c := range []struct{ name, columns, want string }{
		{"one column", `<col min="3" max="3" hidden="1"/>`, "hidden columns: C; they are read like the others"},
		{"columns side by side", `<col min="2" max="3" hidden="true"/><col min="4" max="4" hidden="1"/><col min="27" max="27" hidden="1"/>`, "hidden columns: B-D, AA;"},
		{"all up to the end of the sheet", `<col min="28" max="16384" hidden="1"/>`, "hidden columns: AB;"},
		{"columns behind the table", `<col min="29" max="16384" hidden="1"/>`, ""},
		{"columns that are shown", `<col min="1" max="9" width="3" hidden="0"/><col min="10" max="12"/>`, ""},
		{"columns that are none", `<col min="0" max="0" hidden="1"/><col max="2" hidden="1"/><col min="3" max="-1" hidden="1"/><col min="9" max="8" hidden="1"/>`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newParts(row).replace(sheetPart, "<sheetData>", "<cols>"+c.columns+"</cols><sheetData>")
			notices := strings.Join(open(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{}).Info().Notices, "\n")
			if !strings.Contains(notices, c.want) || c.want == "" && notices != "" {
				t.Errorf("got notices %q, want %q", notices, c.want)
			}
		})
	}
}

// TestDamageIsToldFromForm: a workbook that is broken is told from a file that is none, which is a mistake of whoever gave it.
func TestDamageIsToldFromForm(t *testing.T) {
	book := oneCell(number("1"))
	packed := string(book.pack(t))
	for _, c := range []struct {
		name    string
		content string
		damaged bool
	}{
		{"a workbook cut off", packed[:len(packed)/2], true},
		{"a workbook with a part that names another", strings.Replace(packed, "xl/styles.xml", "xl/Styles.xml", 1), true},
		{"a part without a header of its own", headless(packed), true},
		{"a wrong tag in the list of sheets", string(book.replace(workbookPart, "</sheets>", "</x>").pack(t)), true},
		{"a wrong tag in the sheet", string(book.replace(sheetPart, "</row>", "</x>").pack(t)), true},
		{"a missing sheet", string(book.without(sheetPart).pack(t)), true},
		{"a sheet that nothing leads to", string(book.replace(workbookPart, `"rId1"`, `"rId7"`).pack(t)), true},
		{"a sheet that is there twice", string(withSheets(book, "data").pack(t)), true},
		{"texts that are there twice", string(book.replace(workbookRels, `styles"`, `sharedStrings"`).pack(t)), true},
		{"texts in another file", string(book.replace(workbookRels, `sharedStrings.xml"`, `sharedStrings.xml" TargetMode="External"`).pack(t)), true},
		{"a workbook without a sheet to show", string(book.replace(workbookPart, `name="Data"`, `name="Data" state="hidden"`).pack(t)), false},
		{"another kind of workbook", string(parts{"content.xml": "<a/>"}.pack(t)), false},
		{"an archive", string(parts{"a.csv": "a,b"}.pack(t)), false},
		{"a picture", "\x89PNG\r\n\x1a\n", false},
		{"an empty file", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, e := refusal(t, write(t, "data.xlsx", []byte(c.content)), sheet.Options{}); e.Damaged != c.damaged {
				t.Errorf("got damaged %t of %v, want %t", e.Damaged, e, c.damaged)
			}
		})
	}
}

// headless is an archive whose last part has lost its header.
func headless(packed string) string {
	at := strings.LastIndex(packed, "PK\x03\x04")
	return packed[:at] + "PK\x00\x00" + packed[at+4:]
}
