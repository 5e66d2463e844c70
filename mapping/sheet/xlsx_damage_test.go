package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// manyRows is a thousand rows below a header.
func manyRows() string {
	var rows strings.Builder
	rows.WriteString(headed(""))
	for n := 2; n <= 1001; n++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d"><v>%d</v></c></row>`, n, n, n)
	}
	return rows.String()
}

// cut is the first part of a sheet up to the given word.
func cut(p parts, before string) parts {
	text, _, _ := strings.Cut(p[sheetPart], before)
	return p.with(sheetPart, text)
}

func TestDamagedPartsRefuseTheWorkbook(t *testing.T) {
	full := newParts(manyRows())
	ada := oneCell(`<c r="A2" t="s"><v>1</v></c>`)
	rows := func(xml string) parts { return newParts(headed(xml)) }
	const dtd = `<!DOCTYPE a [<!ENTITY b "c">]>`
	cases := []struct {
		name   string
		parts  parts
		row    int
		reason string
	}{
		{"the sheet is cut off within a row", cut(full, `<v>503`), 503, "sheet1.xml of the workbook is damaged: it is cut off"},
		{"the sheet is cut off behind a row", cut(full, `<row r="503"`), 502, "damaged"},
		{"the sheet is cut off behind its data", cut(full, `</worksheet>`), 1001, "damaged"},
		{"the sheet is empty", full.with(sheetPart, ""), 0, "cut off"},
		{"a wrong tag ends a cell", full.replace(sheetPart, `<v>503</v></c>`, `<v>503</v></b>`), 503, "damaged"},
		{"a control character", full.replace(sheetPart, `<v>503`, "<v>\x01"), 503, "illegal character"},
		{"a byte that is no UTF-8", full.replace(sheetPart, `<v>503`, "<v>\xff"), 503, "invalid UTF-8"},
		{"a byte that is no UTF-8 in a reference", full.replace(sheetPart, `"A503"`, "\"A503\xff\""), 503, "invalid UTF-8"},
		{"a control character behind the data", full.replace(sheetPart, `</worksheet>`, "<x>\x01</x></worksheet>"), 1001, "illegal character"},
		{"a document type in the sheet", ada.with(sheetPart, dtd+ada[sheetPart][38:]), 0, "document type"},
		{"a document type in the texts", ada.with(textsPart, dtd+ada[textsPart]), 0, "sharedStrings.xml of the workbook is damaged: it has a document type"},
		{"a document type in the workbook", ada.with(workbookPart, dtd+ada[workbookPart][38:]), 0, "document type"},
		{"an unknown entity", ada.replace(sheetPart, `<v>1</v>`, `<v>&b;</v>`), 2, "entity"},
		{"text behind the root element", ada.with(sheetPart, ada[sheetPart]+"x"), 2, "outside the root element"},
		{"a second root element", ada.with(sheetPart, ada[sheetPart]+"<x/>"), 2, "second root element"},
		{"elements that nest without end", full.replace(sheetPart, `<v>503</v>`, strings.Repeat("<x>", 10_000)), 503, "nest deeper"},
		{"an unknown encoding", ada.replace(sheetPart, "UTF-8", "windows-1252"), 0, `encoding "windows-1252" is not supported`},
		{"UTF-16 by name but not by mark", ada.replace(sheetPart, "UTF-8", "UTF-16"), 0, "not supported"},
		{"UTF-16 without a mark", ada.with(sheetPart, utf16(ada[sheetPart])), 0, "damaged"},
		{"the texts are cut off", ada.with(textsPart, ada[textsPart][:len(ada[textsPart])-9]), 0, "sharedStrings.xml"},
		{"the styles are cut off", ada.with(stylesPart, ada[stylesPart][:200]), 0, "styles.xml"},
		{"the workbook part is cut off", ada.with(workbookPart, ada[workbookPart][:100]), 0, "workbook.xml"},
		{"the sheet is missing", ada.without(sheetPart), 0, "sheet1.xml of the workbook is missing"},
		{"the texts are missing", ada.without(textsPart), 0, "sharedStrings.xml of the workbook is missing"},
		{"the sheet is in another file", ada.replace(workbookRels, `sheet1.xml"`, `sheet1.xml" TargetMode="External"`), 0, `sheet "Data" is not in`},
		{"the sheet is outside the workbook", ada.replace(workbookRels, `worksheets/sheet1.xml`, `../../../../etc/passwd`), 0, "part etc/passwd of the workbook is missing"},
		{"a sheet name is there twice", ada.replace(workbookPart, "</sheets>", `<sheet name="DATA" r:id="rId1"/></sheets>`), 0, `sheet "DATA" twice`},
		{"there is no worksheet", ada.replace(workbookRels, relsType+"worksheet", relsType+"chartsheet"), 0, "no visible sheet"},
		{"the sheet is no worksheet", ada.with(sheetPart, "<chartsheet/>"), 0, "not a worksheet but a chartsheet"},
		{"a text reference below zero", rows(`<row><c t="s"><v>-1</v></c></row>`), 2, `cell A2: broken text reference "-1"`},
		{"a text reference beyond the texts", rows(`<row><c/><c t="s"><v>99</v></c></row>`), 2, `cell B2: broken text reference "99"; the workbook has 2`},
		{"a text reference that is no number", rows(`<row><c t="s"><v>x</v></c></row>`), 2, "broken text reference"},
		{"a text reference without texts", ada.without(textsPart).replace(workbookRels, relation("rId3", "sharedStrings", "sharedStrings.xml"), ""),
			1, "cell A1: broken text reference"},
		{"rows that go back", rows(`<row r="3"/><row r="2"/>`), 3, "row 2 follows row 3"},
		{"a row that is there twice", rows(`<row r="2"/><row r="2"/>`), 2, "row 2 follows row 2"},
		{"row 0", rows(`<row r="0"/>`), 1, `number "0"`},
		{"row -5", rows(`<row r="-5"/>`), 1, `number "-5"`},
		{"row abc", rows(`<row r="abc"/>`), 1, `number "abc"`},
		{"row 99999999999", rows(`<row r="99999999999"/>`), 1, `number "99999999999"`},
		{"a row behind the last one", rows(`<row r="1048576"/><row/>`), 1048576, "more than 1048576 rows"},
		{"a cell that is there twice", rows(`<row><c r="A2"/><c r="B2"/><c r="A2"/></row>`), 2, "cell A2 is there twice"},
		{"a cell without reference on another's place", rows(`<row><c r="B2"/><c r="A2"/><c/></row>`), 2, "cell B2 is there twice"},
		{"cell A0", rows(`<row><c r="A0"/></row>`), 2, `reference "A0"`},
		{"cell ZZZZ2", rows(`<row><c r="ZZZZ2"/></row>`), 2, `reference "ZZZZ2"`},
		{"cell XFE2", rows(`<row><c r="XFE2"/></row>`), 2, `reference "XFE2"`},
		{"cell 2A", rows(`<row><c r="2A"/></row>`), 2, `reference "2A"`},
		{"a cell of another row", rows(`<row r="2"><c r="A3"/></row>`), 2, `reference "A3"`},
		{"a cell behind the last column", rows(`<row><c r="XFD2"/><c/></row>`), 2, "more than 16384 cells"},
		{"a cell of unknown type", rows(`<row><c t="x"><v>1</v></c></row>`), 2, `unknown type "x"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, e := refusal(t, write(t, "data.xlsx", c.parts.pack(t)), sheet.Options{})
			if len(got) != 0 {
				t.Errorf("got %d rows before the refusal, want none", len(got))
			}
			if e.Row != c.row || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got row %d, %q, want row %d and %q", e.Row, e.Reason, c.row, c.reason)
			}
		})
	}
}

// raw is an entry of an archive whose header may lie.
type raw struct {
	name    string
	content []byte // before packing
	packed  []byte // nil for the packed content
	size    uint64 // claimed, 0 for the true one
	crc     uint32 // claimed, 0 for the true one
}

// packRaw writes entries one after the other and believes every claim.
func packRaw(t *testing.T, entries []raw) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		packed := e.packed
		if packed == nil {
			packed = deflate(t, e.content)
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, UncompressedSize64: uint64(len(e.content)),
			CompressedSize64: uint64(len(packed)), CRC32: crc32.ChecksumIEEE(e.content)}
		if e.size != 0 {
			h.UncompressedSize64 = e.size
		}
		if e.crc != 0 {
			h.CRC32 = e.crc
		}
		f, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(packed); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func deflate(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// entries is a workbook as raw entries, the given part last.
func entries(p parts, last string) []raw {
	var all []raw
	for name, text := range p {
		if name != last {
			all = append(all, raw{name: name, content: []byte(text)})
		}
	}
	return append(all, raw{name: last, content: []byte(p[last])})
}

func TestDamagedArchivesAreRefused(t *testing.T) {
	full := newParts(manyRows())
	lying := func(part string, lie func(e *raw)) []byte {
		all := entries(full, part)
		lie(&all[len(all)-1])
		return packRaw(t, all)
	}
	crowd := make([]raw, 70_000)
	for i := range crowd {
		crowd[i] = raw{name: fmt.Sprintf("xl/%d", i), packed: []byte{3, 0}}
	}
	packed := deflate(t, []byte(full[sheetPart]))
	broken := bytes.Clone(packed)
	for i := len(broken) / 2; i < len(broken)/2+8; i++ {
		broken[i] ^= 0xff
	}
	twice := append(entries(full, sheetPart), raw{name: sheetPart, content: []byte(full[sheetPart])})
	twiceByCase := append(entries(full, sheetPart), raw{name: "/XL/worksheets/Sheet1.xml", content: []byte(full[sheetPart])})
	cases := []struct {
		name    string
		content []byte
		reason  string
	}{
		{"a wrong checksum of the sheet", lying(sheetPart, func(e *raw) { e.crc = 1 }), "sheet1.xml of the workbook is damaged: zip: checksum"},
		{"a wrong checksum of the texts", lying(textsPart, func(e *raw) { e.crc = 1 }), "sharedStrings.xml of the workbook is damaged: zip: checksum"},
		{"a wrong checksum of the styles", lying(stylesPart, func(e *raw) { e.crc = 1 }), "styles.xml of the workbook is damaged: zip: checksum"},
		{"corrupt packing", lying(sheetPart, func(e *raw) { e.packed = broken }), "sheet1.xml of the workbook is damaged"},
		{"packing that is cut off", lying(sheetPart, func(e *raw) { e.packed = packed[:len(packed)/2] }), "cut off"},
		{"a size that is too small", lying(sheetPart, func(e *raw) { e.size = 2000 }), "damaged"},
		{"a size that is too large", lying(sheetPart, func(e *raw) { e.size = 1_000_000 }), "damaged"},
		{"a size beyond all memory", lying(sheetPart, func(e *raw) { e.size = 1<<63 + 5 }), "more than 3072 MiB"},
		{"sizes that are too much together", lying(sheetPart, func(e *raw) { e.size = 3 << 30 }), "more than 3072 MiB"},
		{"a part that expands like a bomb", lying(sheetPart, func(e *raw) { e.content = bytes.Repeat([]byte(" "), 2<<20) }), "more than 200 times"},
		{"a part that is there twice", packRaw(t, twice), "sheet1.xml twice"},
		{"a part that is there twice in another case", packRaw(t, twiceByCase), "Sheet1.xml twice"},
		{"more parts than a workbook has", packRaw(t, crowd[:2001]), "has 2001 parts"},
		{"more parts than the archive can count", packRaw(t, crowd), "parts, more than 2000"},
		{"styles larger than any", largeStyles(t, full), "larger than 32 MiB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, e := refusal(t, write(t, "data.xlsx", c.content), sheet.Options{})
			if len(got) != 0 || !strings.Contains(e.Reason, c.reason) {
				t.Errorf("got %d rows and %q, want none and %q", len(got), e.Reason, c.reason)
			}
		})
	}
}

// largeStyles is a workbook that claims 33 MiB of styles, packed badly enough to be no bomb.
func largeStyles(t *testing.T, p parts) []byte {
	all := entries(p, stylesPart)
	last := &all[len(all)-1]
	last.size = 33 << 20
	last.packed = make([]byte, last.size/100)
	return packRaw(t, all)
}

// TestMissingChecksumIsRefused: archive/zip takes a checksum of zero for none and would not check the part.
func TestMissingChecksumIsRefused(t *testing.T) {
	p := newParts(headed(""))
	content := packRaw(t, entries(p, sheetPart))
	var sum [4]byte
	binary.LittleEndian.PutUint32(sum[:], crc32.ChecksumIEEE([]byte(p[sheetPart])))
	content = bytes.ReplaceAll(content, sum[:], make([]byte, 4))
	_, e := refusal(t, write(t, "data.xlsx", content), sheet.Options{})
	if !strings.Contains(e.Reason, "no checksum") {
		t.Errorf("got %q, want the missing checksum", e.Reason)
	}
}

// TestEveryTruncationIsRefused cuts a workbook at many lengths: no cut may pass for a shorter sheet.
func TestEveryTruncationIsRefused(t *testing.T) {
	content := newParts(manyRows()).pack(t)
	for n := 4; n < len(content); n += max(len(content)/60, 1) {
		got, _ := refusal(t, write(t, "data.xlsx", content[:n]), sheet.Options{})
		if len(got) != 0 {
			t.Errorf("got %d rows of a file cut at %d, want none", len(got), n)
		}
	}
}

// TestEveryFlippedByteIsNoticed changes single bytes of a packed sheet: either the file is refused or nothing of what
// it says has changed.
func TestEveryFlippedByteIsNoticed(t *testing.T) {
	content := newParts(manyRows()).pack(t)
	_, want := mustRead(t, write(t, "data.xlsx", content), sheet.Options{})
	for n := 0; n < len(content); n += max(len(content)/150, 1) {
		flipped := bytes.Clone(content)
		flipped[n] ^= 0x10
		r, err := sheet.Open(write(t, "data.xlsx", flipped), sheet.Options{})
		if err != nil {
			continue
		}
		got, err := readRows(r)
		r.Close()
		if err == nil && !cmp.Equal(got, want) {
			t.Errorf("got other rows with byte %d changed, want the same or a refusal", n)
		}
	}
}
