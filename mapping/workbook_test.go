package mapping_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rollcall-sync/rollcall/mapping"
	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// craft writes a workbook of one sheet by hand. Style 1 is a date, 2 has five digits, 3 is in exponent form.
func craft(t testing.TB, rows string) sheet.Reader {
	t.Helper()
	const (
		space = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
		rels  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
		list  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	)
	path := filepath.Join(t.TempDir(), "people.xlsx")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(file)
	for _, part := range [][2]string{
		{"_rels/.rels", list + `<Relationship Id="r1" Type="` + rels + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + space + ` xmlns:r="` + rels + `"><sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", list + `<Relationship Id="r1" Type="` + rels + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + rels + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet ` + space + `><numFmts count="1"><numFmt numFmtId="164" formatCode="00000"/></numFmts>` +
			`<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="11"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + space + `><sheetData>` + rows + `</sheetData></worksheet>`},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := sheet.Open(path, sheet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// inline is a cell of text.
func inline(at, text string) string {
	return `<c r="` + at + `" t="inlineStr"><is><t>` + text + `</t></is></c>`
}

// What a spreadsheet program has done to a cell, from the bytes of the file to what a person is told.
func TestCellsOfWorkbooks(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, field, cell, want, wrong string }{
		{"an id of 20 digits", "note", `<v>12345678901234567890</v>`, "-",
			`too_many_digits: "12345678901234567890" has more than 15 digits in a numeric cell; the last ones are wrong`},
		{"a number just beyond what is exact", "amount", `<v>9007199254740993</v>`, "-",
			`too_many_digits: "9007199254740993" has more than 15 digits in a numeric cell; the last ones are wrong`},
		{"zeros that are stored", "note", `<v>007</v>`, "007", ""},
		{"zeros that the format shows", "note", ` s="2"><v>123</v>`, "00123", ""},
		{"exponent form in a text", "note", ` s="3"><v>491703123456</v>`, "-", `scientific: "491703123456" is a number in exponent form; its digits are lost`},
		{"exponent form in a price", "price", ` s="3"><v>1500</v>`, "1500", ""},
		{"an error value", "note", ` t="e"><v>#REF!</v>`, "-", `cell_error: the cell shows the error "#REF!"`},
		{"a formula without a value", "note", `<f>A1</f>`, "-", "formula_no_value: the cell holds a formula without a stored value"},
		{"a formula with a value, of another workbook", "amount", `<f>[1]Other!A1</f><v>12</v>`, "12", ""},
		{"29 February 1900", "packed", ` s="1"><v>60</v>`, "-", "impossible_date: the cell is formatted as a date, and 60 is not a date"},
		{"a negative day", "packed", ` s="1"><v>-1</v>`, "-", "impossible_date: the cell is formatted as a date, and -1 is not a date"},
		{"a day beyond all bounds", "packed", ` s="1"><v>1e308</v>`, "-", "impossible_date: the cell is formatted as a date, and 1e308 is not a date"},
		{"the year 10000", "packed", ` s="1"><v>2958466</v>`, "-", "impossible_date: the cell is formatted as a date, and 2958466 is not a date"},
		{"no number", "packed", ` s="1"><v>NaN</v>`, "-", `cell_error: the cell holds "NaN", which is not of the type that its file gives it`},
		{"a date without its format", "packed", `<v>45213</v>`, "-", "number_in_date: the cell holds 45213, which may be a date without a date format: 2023-10-14"},
		{"a date", "packed", ` s="1"><v>45213</v>`, "2023-10-14", ""},
		{"a date in a text", "note", ` s="1"><v>45213</v>`, "-", "date_in_text: the cell holds a date where note needs text"},
		{"a date in a number", "amount", ` s="1"><v>45213</v>`, "-", "date_in_number: the cell holds a date or a time where amount needs a whole number"},
		{"a boolean", "fragile", ` t="b"><v>1</v>`, "true", ""},
		{"digits as text", "amount", ` t="inlineStr"><is><t>12</t></is>`, "12", ""},
		{"text in a number", "amount", ` t="inlineStr"><is><t>a dozen</t></is>`, "-", `not_integer: "a dozen" is not a whole number`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cell := tt.cell
			if cell[0] == '<' {
				cell = ">" + cell
			}
			in := craft(t, `<row r="1">`+inline("A1", "Code")+inline("B1", "Cell")+`</row>`+
				`<row r="5">`+inline("A5", "K1")+`<c r="B5"`+cell+`</c></row>`)
			m := depot(t)
			cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Cell", Field: tt.field}}, Identity: mapping.Identity{Key: []string{"code"}}}
			mp, err := mapping.Compile(cfg, m, in, "")
			if err != nil {
				t.Fatal(err)
			}
			var row sheet.Row
			if err := in.Read(&row); err != nil {
				t.Fatal(err)
			}
			c := mp.Decode(row)
			if got := problemText(c.Problems); got != tt.wrong {
				t.Errorf("got problem %q, want %q", got, tt.wrong)
			}
			if len(c.Problems) > 0 && (c.Problems[0].Row != 5 || c.Problems[0].Column != "Cell" || c.Problems[0].Hint == "") {
				t.Errorf("got %+v, want row 5, column Cell, and what to do", c.Problems[0])
			}
			if got := valueText(c.Record[m.Index(tt.field)]); got != tt.want {
				t.Errorf("got value %q, want %q", got, tt.want)
			}
			if err := in.Read(&row); err != io.EOF {
				t.Errorf("got %v, want the end of the sheet", err)
			}
		})
	}
}

// What CSV files have instead: every cell is text, and damage must be told from its looks.
func TestCellsOfTextFiles(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, field, cell, want, wrong string }{
		{"exponent form of a phone", "note", "1.5E+15", "-", `scientific: "1.5E+15" is a number in exponent form; its digits are lost`},
		{"zeros at the beginning", "note", "007", "007", ""},
		{"a phone", "note", "+49 170 1234567", "+49 170 1234567", ""},
		{"many digits", "note", "12345678901234567890", "12345678901234567890", ""},
		{"an error value", "note", "#N/A", "-", `cell_error: the cell shows the error "#N/A"`},
		{"a NUL byte", "note", "a\x00b", "-", "bad_character: the cell holds a control character that no API can store"},
		{"a scar of a lost letter", "note", "M\ufffdller", "-", "bad_encoding: the cell holds bytes that are not text in the file's encoding"},
		{"a date", "packed", "2026-01-02", "2026-01-02", ""},
		{"a date that is several", "packed", "01/02/03", "-", `ambiguous_date: "01/02/03" may be 2003-02-01, 2003-01-02 or 2001-02-03`},
		{"a decimal comma", "price", "1,5", "-", `not_number: "1,5" is not a number`},
		{"TRUE", "fragile", "TRUE", "true", ""},
		{"1", "fragile", "1", "true", ""},
		{"yes in German", "fragile", "WAHR", "-", `not_boolean: "WAHR" is not one of true, false, 1 or 0; list your own words with true: and false: in the job`},
		{"yes", "fragile", "yes", "-", `not_boolean: "yes" is not one of true, false, 1 or 0; list your own words with true: and false: in the job`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, rows := readCSV(t, fmt.Sprintf("Code;Cell\nK0;\n\nK1;%s\n", tt.cell))
			m := depot(t)
			cfg := &mapping.Config{Columns: mapping.Columns{{Header: "Code", Field: "code"}, {Header: "Cell", Field: tt.field}}, Identity: mapping.Identity{Key: []string{"code"}}}
			c := compile(t, cfg, m, in.Header()...).Decode(rows[1])
			if got := problemText(c.Problems); got != tt.wrong {
				t.Errorf("got problem %q, want %q", got, tt.wrong)
			}
			if len(c.Problems) > 0 && (c.Problems[0].Row != 4 || c.Problems[0].Column != "Cell" || c.Problems[0].Hint == "") {
				t.Errorf("got %+v, want row 4, column Cell, and what to do", c.Problems[0])
			}
			if got := valueText(c.Record[m.Index(tt.field)]); got != tt.want {
				t.Errorf("got value %q, want %q", got, tt.want)
			}
		})
	}
}
