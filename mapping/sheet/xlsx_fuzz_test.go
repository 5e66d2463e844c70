package sheet_test

import (
	"strings"
	"testing"
)

// FuzzWorkbook takes the bytes of whole archives: whatever they are, they read twice alike or are refused.
func FuzzWorkbook(f *testing.F) {
	small := newParts(headed(`<row r="2"><c r="A2" s="2"><v>45322.5</v></c><c t="b"><v>1</v></c></row>`))
	f.Add(small.pack(f))
	f.Add(merge(small, "A1:B2").replace(workbookPart, "<sheets>", `<workbookPr date1904="1"/><sheets>`).pack(f))
	f.Add(small.with(sheetPart, "\xff\xfe"+utf16(strings.Replace(small[sheetPart], "UTF-8", "UTF-16", 1))).pack(f))
	f.Add(small.without(textsPart).pack(f))
	f.Add(parts{"xl/workbook.bin": "x"}.pack(f))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 4 && string(content[:2]) == "PK" {
			checkFile(t, write(t, "data.xlsx", content))
		}
	})
}

// FuzzParts takes the text of each part that is read, which whole archives hardly reach behind their checksums.
func FuzzParts(f *testing.F) {
	p := oneCell(`<c t="s"><v>1</v></c>`)
	f.Add(p[workbookPart], p[workbookRels], p[stylesPart], p[textsPart])
	f.Add(p[workbookPart]+"x", relsHead+`<Relationship Id="rId1" Target="a" TargetMode="External"/></Relationships>`, "<styleSheet/>",
		"<sst><si><r><t>a</t></r><rPh><t>b</t></rPh></si><si><t>_x0041_</t></si></sst>")
	f.Add("<workbook><workbookPr date1904='1'/></workbook>", "<a/>", "<!DOCTYPE a>", "\xff\xfe<\x00a\x00/\x00>\x00")
	f.Fuzz(func(t *testing.T, book, rels, styles, texts string) {
		p := p.with(workbookPart, book).with(workbookRels, rels).with(stylesPart, styles).with(textsPart, texts)
		checkFile(t, write(t, "data.xlsx", p.pack(t)))
	})
}
