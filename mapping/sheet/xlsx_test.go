package sheet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// The styles of newParts.
const (
	padded     = "1" // 00000
	date       = "2" // built in
	customDate = "3"
	scientific = "4"
	clock      = "5" // built in, h:mm
)

// headed puts a header above the rows.
func headed(rows string) string {
	return `<row r="1"><c r="A1" t="s"><v>0</v></c></row>` + rows
}

// oneCell is a workbook with one cell below its header.
func oneCell(xml string) parts {
	return newParts(headed(`<row r="2">` + xml + `</row>`))
}

func number(raw string) string { return "<c><v>" + raw + "</v></c>" }

func styled(style, raw string) string { return `<c s="` + style + `"><v>` + raw + `</v></c>` }

func num(text, raw string, damage sheet.Damage) sheet.Cell {
	return sheet.Cell{Text: text, Raw: raw, Kind: sheet.Number, Damage: damage}
}

func day(iso string) sheet.Cell { return sheet.Cell{Text: iso, Raw: iso, Kind: sheet.Date} }

// cellCase is one cell as XML and what it must read as.
type cellCase struct {
	name string
	xml  string
	want sheet.Cell
}

func numberCases() []cellCase {
	return []cellCase{
		{"an integer", number("42"), num("42", "42", sheet.DamageNone)},
		{"a negative fraction", number("-12.5"), num("-12.5", "-12.5", sheet.DamageNone)},
		{"a stored leading zero", number("007"), num("007", "007", sheet.DamageNone)},
		{"a whole number that was stored with a point", number("5551234.0"), num("5551234", "5551234.0", sheet.DamageNone)},
		{"a phone of twelve digits is not an exponent", number("441234567890"), num("441234567890", "441234567890", sheet.DamageNone)},
		{"fifteen digits are exact", number("123456789012345"), num("123456789012345", "123456789012345", sheet.DamageNone)},
		{"sixteen digits are not", number("1234567890123450"), num("1234567890123450", "1234567890123450", sheet.DamageDigits)},
		{"nor are twenty", number("12345678901234567890"), num("12345678901234567890", "12345678901234567890", sheet.DamageDigits)},
		{"nor is the first integer that no double has", number("9007199254740993"), num("9007199254740993", "9007199254740993", sheet.DamageDigits)},
		{"a stored exponent is written out and named", number("1.5E+15"), num("1500000000000000", "1.5E+15", sheet.DamageExponent)},
		{"a stored exponent with more digits than are true is not written out", number("1.2345678901234567E+19"),
			num("1.2345678901234567E+19", "1.2345678901234567E+19", sheet.DamageExponent)},
		{"a huge exponent is not written out", number("1E+308"), num("1E+308", "1E+308", sheet.DamageExponent)},
		{"an exponent with all its digits is a number of a Java program", number("4.41134960123E11"), num("441134960123", "4.41134960123E11", sheet.DamageNone)},
		{"so is one whose last digits are zeros", number("4.4113496E11"), num("441134960000", "4.4113496E11", sheet.DamageNone)},
		{"but not one with no more digits than Excel shows", number("4.41134E11"), num("441134000000", "4.41134E11", sheet.DamageExponent)},
		{"all digits are there with a plus, too", number("1.23456789012345E+14"), num("123456789012345", "1.23456789012345E+14", sheet.DamageNone)},
		{"a digit may be missing with a plus", number("4.4113496012E+11"), num("441134960120", "4.4113496012E+11", sheet.DamageExponent)},
		{"all digits, but more than are exact", number("1.234567890123456E15"), num("1.234567890123456E15", "1.234567890123456E15", sheet.DamageDigits)},
		{"all digits, but shown as exponent", styled(scientific, "4.41134960123E11"), num("441134960123", "4.41134960123E11", sheet.DamageExponent)},
		{"a small exponent is how a file stores 0.001", number("1E-3"), num("0.001", "1E-3", sheet.DamageNone)},
		{"a tiny number is shown as exponent", number("-1.5E-12"), num("-0.0000000000015", "-1.5E-12", sheet.DamageExponent)},
		{"a sum of binary fractions is shown as decimal", number("0.30000000000000004"), num("0.3", "0.30000000000000004", sheet.DamageNone)},
		{"more digits than a double has", number("0.1234567890123456789"), num("0.123456789012346", "0.1234567890123456789", sheet.DamageDigits)},
		{"zero in exponent form", number("0E0"), num("0", "0E0", sheet.DamageNone)},
		{"a number that is shown as exponent", styled(scientific, "491701"), num("491701", "491701", sheet.DamageExponent)},
		{"zeros in front by format", styled(padded, "123"), num("00123", "123", sheet.DamageNone)},
		{"zeros in front of a negative number", styled(padded, "-123"), num("-00123", "-123", sheet.DamageNone)},
		{"a longer number than its format", styled(padded, "1234567"), num("1234567", "1234567", sheet.DamageNone)},
		{"a style that does not exist", styled("99", "12"), num("12", "12", sheet.DamageNone)},
		{"a style that is no number", styled("abc", "12"), num("12", "12", sheet.DamageNone)},
		{"an empty style", styled("", "12"), num("12", "12", sheet.DamageNone)},
		{"a number that is none", number("NaN"), sheet.Cell{Text: "NaN", Damage: sheet.DamageError}},
	}
}

func dateCases() []cellCase {
	return []cellCase{
		{"a day", styled(date, "45322"), day("2024-01-31")},
		{"a moment", styled(customDate, "45322.5"), day("2024-01-31T12:00:00")},
		{"a second before midnight", styled(date, "45322.999988425923"), day("2024-01-31T23:59:59")},
		{"a rounding error before midnight", styled(date, "45321.9999999999"), day("2024-01-31")},
		{"a time of day", styled(clock, "0.75"), day("18:00:00")},
		{"the first day of 1900", styled(date, "1"), day("1900-01-01")},
		{"the last day before the phantom", styled(date, "59"), day("1900-02-28")},
		{"the day after the phantom", styled(date, "61"), day("1900-03-01")},
		{"the last day", styled(date, "2958465"), day("9999-12-31")},
		{"the phantom day", styled(date, "60"), num("60", "60", sheet.DamageError)},
		{"a day before all days", styled(date, "-1"), num("-1", "-1", sheet.DamageError)},
		{"a day after all days", styled(date, "2958466"), num("2958466", "2958466", sheet.DamageError)},
		{"a day beyond reason", styled(date, "1e308"), num("1e308", "1e308", sheet.DamageError)},
		{"an ISO day of a strict workbook", `<c t="d"><v>2024-01-31T00:00:00</v></c>`, day("2024-01-31")},
		{"an ISO moment", `<c t="d"><v>2024-01-31T09:30:00.000Z</v></c>`, day("2024-01-31T09:30:00")},
		{"an ISO day that is none", `<c t="d"><v>2024-13-31</v></c>`, sheet.Cell{Text: "2024-13-31", Damage: sheet.DamageError}},
	}
}

func otherCases() []cellCase {
	return []cellCase{
		{"true", `<c t="b"><v>1</v></c>`, sheet.Cell{Text: "TRUE", Raw: "true", Kind: sheet.Boolean}},
		{"false", `<c t="b"><v>0</v></c>`, sheet.Cell{Text: "FALSE", Raw: "false", Kind: sheet.Boolean}},
		{"a boolean that is none", `<c t="b"><v>2</v></c>`, sheet.Cell{Text: "2", Damage: sheet.DamageError}},
		{"an error", `<c t="e"><v>#REF!</v></c>`, sheet.Cell{Text: "#REF!", Damage: sheet.DamageError}},
		{"a formula's text", `<c t="str"><f>A1</f><v>x</v></c>`, sheet.Cell{Text: "x"}},
		{"a formula's number", `<c><f>1+1</f><v>2</v></c>`, num("2", "2", sheet.DamageNone)},
		{"a formula without a value", `<c><f>1+1</f></c>`, sheet.Cell{Damage: sheet.DamageFormula}},
		{"a formula with an empty value", `<c><f>1+1</f><v></v></c>`, sheet.Cell{Damage: sheet.DamageFormula}},
		{"a shared text", `<c t="s"><v>1</v></c>`, sheet.Cell{Text: "Ada"}},
		{"rich text without its phonetic guide", `<c t="inlineStr"><is><r><rPr><b/></rPr><t>To</t></r><r><t xml:space="preserve">kyo </t></r>` +
			`<rPh sb="0" eb="1"><t>to</t></rPh></is></c>`, sheet.Cell{Text: "Tokyo "}},
		{"escapes", `<c t="inlineStr"><is><t>a_x000D_b_x005F_x000D__xZZZZ__x00</t></is></c>`, sheet.Cell{Text: "a\rb_x000D__xZZZZ__x00"}},
		{"an escaped pair", `<c t="inlineStr"><is><t>_xD83D__xDE00__xD83D_</t></is></c>`, sheet.Cell{Text: "😀\ufffd", Damage: sheet.DamageEncoding}},
		{"an escaped NUL", `<c t="inlineStr"><is><t>a_x0000_</t></is></c>`, sheet.Cell{Text: "a\x00", Damage: sheet.DamageNUL}},
		{"entities and CDATA", `<c t="str"><v>a &amp; &#228;<![CDATA[ <b>]]></v></c>`, sheet.Cell{Text: "a & ä <b>"}},
	}
}

func TestXLSXCells(t *testing.T) {
	for _, c := range slices.Concat(numberCases(), dateCases(), otherCases()) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, rows := mustRead(t, write(t, "data.xlsx", oneCell(c.xml).pack(t)), sheet.Options{})
			if len(rows) != 1 {
				t.Fatalf("got %d rows, want 1", len(rows))
			}
			if diff := cmp.Diff(rows[0].Cells[0], c.want); diff != "" {
				t.Errorf("cell (-got +want):\n%s", diff)
			}
		})
	}
}

func TestXLSXFormats(t *testing.T) {
	day, plain := day("2024-01-31"), num("45322", "45322", sheet.DamageNone)
	for code, want := range map[string]sheet.Cell{
		"DD/MM/YYYY": day, "[$-409]mmm d, yyyy;@": day, `yyyy\-mm\-dd`: day, "[h]:mm": day, "mm:ss.0": day,
		"General": plain, "0.00": plain, "#,##0": plain, "[Red]0.00": plain, `0 "days"`: plain, `0\d`: plain, "0_d": plain,
		"0*d": plain, "@": plain, "0%;[Red]-0%;d": plain, "0": plain, `0"unclosed d`: plain, "": plain,
		"00000000":                 {Text: "00045322", Raw: "45322", Kind: sheet.Number},
		"[Green]000000;-0":         {Text: "045322", Raw: "45322", Kind: sheet.Number},
		"000000_);(000000)":        {Text: "045322", Raw: "45322", Kind: sheet.Number},
		"0.00E+00":                 {Text: "45322", Raw: "45322", Kind: sheet.Number, Damage: sheet.DamageExponent},
		strings.Repeat("#", 60000): plain,
	} {
		t.Run(code[:min(len(code), 20)], func(t *testing.T) {
			t.Parallel()
			code := strings.ReplaceAll(code, `"`, "&quot;")
			p := oneCell(styled(padded, "45322")).replace(stylesPart, `formatCode="00000"`, `formatCode="`+code+`"`)
			_, rows := mustRead(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{})
			if diff := cmp.Diff(rows[0].Cells[0], want); diff != "" {
				t.Errorf("cell (-got +want):\n%s", diff)
			}
		})
	}
}

func TestXLSXShapes(t *testing.T) {
	ada := oneCell(`<c r="A2" t="s"><v>1</v></c>`)
	bom := func(p parts, name string) parts { return p.with(name, "\ufeff"+p[name]) }
	cases := []struct {
		name  string
		parts parts
	}{
		{"as Excel writes it", ada},
		{"without references", newParts(`<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>`)},
		{"with a prefix on every element", ada.with(sheetPart, `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`+
			`<x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="s"><x:v>1</x:v></x:c></x:row>`+
			`</x:sheetData></x:worksheet>`)},
		{"strict OOXML", ada.replace(workbookRels, relsType, "http://purl.oclc.org/ooxml/officeDocument/relationships/").
			replace("_rels/.rels", relsType, "http://purl.oclc.org/ooxml/officeDocument/relationships/").
			replace(workbookPart, relsSpace, `xmlns:r="http://purl.oclc.org/ooxml/officeDocument/relationships"`)},
		{"with absolute targets", ada.replace(workbookRels, `Target="`, `Target="/xl/`)},
		{"with targets from the parent folder", ada.replace(workbookRels, `Target="`, `Target="../xl/`)},
		{"with part names in odd case", ada.without(sheetPart).with("XL/Worksheets/SHEET1.xml", ada[sheetPart])},
		{"with backslashes in part names", ada.without(sheetPart).with(`xl\worksheets\sheet1.xml`, ada[sheetPart])},
		{"without root relationships", ada.without("_rels/.rels")},
		{"without styles", ada.without(stylesPart).replace(workbookRels, relation("rId2", "styles", "styles.xml"), "")},
		{"with byte order marks", bom(bom(bom(ada, sheetPart), workbookPart), textsPart)},
		{"with a wrong dimension", ada.replace(sheetPart, "<sheetData>", `<dimension ref="C7:D9"/><sheetData>`)},
		{"with unknown elements around the rows", ada.replace(sheetPart, "</sheetData>",
			`</sheetData><extLst><ext><sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData></ext></extLst>`)},
		{"with unknown elements in rows and cells", ada.replace(sheetPart, "<v>1</v>", `<x><v>0</v></x><v>1</v>`).
			replace(sheetPart, `<row r="2">`, `<row r="2"><x><c r="A9"/></x>`)},
		{"with a UTF-16 sheet", ada.with(sheetPart, "\xff\xfe"+utf16(strings.Replace(ada[sheetPart], "UTF-8", "UTF-16", 1)))},
		{"with blank styled cells to the right end", ada.replace(sheetPart, "</row>", `<c s="1"/></row>`).
			replace(sheetPart, `<row r="2">`, `<row r="2"><c r="XFD2" s="1"/>`)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, rows := mustRead(t, write(t, "data.xlsx", c.parts.pack(t)), sheet.Options{})
			if diff := cmp.Diff(r.Header(), []string{"Name"}); diff != "" {
				t.Errorf("header (-got +want):\n%s", diff)
			}
			want := []sheet.Row{{Number: 2, Width: 1, Cells: cells("Ada")}}
			if diff := cmp.Diff(rows, want); diff != "" {
				t.Errorf("rows (-got +want):\n%s", diff)
			}
		})
	}
}

func TestXLSXCellsStandByReference(t *testing.T) {
	p := newParts(`<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c><c r="C1" t="str"><v>c</v></c></row>` +
		`<row r="5"><c r="C5"><v>3</v></c><c r="A5"><v>1</v></c><c t="str"><v>2</v></c></row>` +
		`<row r="1048576"><c r="B1048576"><v>9</v></c></row>`)
	_, rows := mustRead(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{})
	if len(rows) != 2 || rows[0].Number != 5 || rows[1].Number != 1048576 {
		t.Fatalf("got rows %v, want 5 and 1048576", rows)
	}
	if diff := cmp.Diff(texts(rows[0]), []string{"1", "2", "3"}); diff != "" {
		t.Errorf("cells out of order (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(texts(rows[1]), []string{"", "9", ""}); diff != "" {
		t.Errorf("cells of the last row (-got +want):\n%s", diff)
	}
}

func TestXLSX1904(t *testing.T) {
	p := oneCell(styled(date, "43860")).replace(workbookPart, "<sheets>", `<workbookPr date1904="1"/><sheets>`)
	_, rows := mustRead(t, write(t, "data.xlsx", p.pack(t)), sheet.Options{})
	if got, want := rows[0].Cells[0].Raw, "2024-01-31"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestXLSXSheets(t *testing.T) {
	p := oneCell(`<c t="s"><v>1</v></c>`)
	p[workbookPart] = strings.Replace(p[workbookPart], "<sheets>", `<sheets><sheet name="Old" sheetId="2" state="hidden" r:id="rId9"/>`+
		`<sheet name="Chart" sheetId="3" r:id="rId8"/>`, 1)
	p[workbookRels] = strings.Replace(p[workbookRels], "</R", relation("rId9", "worksheet", "worksheets/sheet2.xml")+
		relation("rId8", "chartsheet", "chartsheets/sheet1.xml")+"</R", 1)
	p["xl/worksheets/sheet2.xml"] = sheetXML(`<row hidden="1"><c t="str"><v>x</v></c></row>`)
	p[sheetPart] = strings.Replace(p[sheetPart], `<row r="2">`, `<row r="2" hidden="1">`, 1)
	p[sheetPart] = strings.Replace(p[sheetPart], `</sheetData>`, `</sheetData><mergeCells><mergeCell ref="A5:B6"/></mergeCells>`, 1)
	path := write(t, "data.xlsx", p.pack(t))

	info := open(t, path, sheet.Options{}).Info()
	if info.Sheet != "Data" || cmp.Diff(info.Sheets, []string{"Old", "Data"}) != "" {
		t.Errorf("got sheet %q of %q, want Data of Old and Data", info.Sheet, info.Sheets)
	}
	notices := strings.Join(info.Notices, "\n")
	for _, want := range []string{"hidden sheets: Old", "hidden rows: 1;", "merged ranges: 1;"} {
		if !strings.Contains(notices, want) {
			t.Errorf("got notices %q, want %q", notices, want)
		}
	}
	if r := open(t, path, sheet.Options{Sheet: "old"}); r.Info().Sheet != "Old" || r.Header()[0] != "x" {
		t.Errorf("got sheet %q with header %q, want the hidden sheet", r.Info().Sheet, r.Header())
	}
	_, e := refusal(t, path, sheet.Options{Sheet: "Kunden"})
	if !strings.Contains(e.Error(), `no sheet "Kunden"; the sheets are: Old, Data`) {
		t.Errorf("got %q, want the list of sheets", e.Error())
	}
}
