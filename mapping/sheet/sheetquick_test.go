package sheet

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rarely is true for one of so many draws.
func rarely(t *rapid.T, of int) bool { return rapid.IntRange(0, of-1).Draw(t, "odd") == of/2 }

// drawnText is what stands between tags: plain, with all that must be replaced, with all that is damage or looks like it,
// and rarely what refuses the part.
func drawnText(t *rapid.T) string {
	if rarely(t, 60) {
		return rapid.SampledFrom([]string{"&bad;", "]]>", "</t>", "</v>", "<", "<b/>"}).Draw(t, "refused")
	}
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "1", "0", "007", " 1 ", "-3", "1.50", "true", "x", "Zoë Example", "李", "a&amp;b", "&#10;", "]]", "]",
			"a\r\nb", "a\tb", "_x0041_", "_x000_", "_x0000_b", "__x", "#N/A", "#REF!", "#", "1E+15", "1.5E-7", "ab-cd", "\ufffd", "a\ufffdb",
			"a long text of many words", ">", "<!-- c -->", "<![CDATA[<]]>", strings.Repeat("e", maxCell), strings.Repeat("e", maxCell+1), strings.Repeat("ä", maxCell)}),
		rapid.StringMatching(`[a-z_#E+ 0-9-]{0,20}`)).Draw(t, "text")
}

// drawnCell is the XML of a cell of a kind, mostly in the place where its row and column want it.
func drawnCell(t *rapid.T, kind string, column, row int) string {
	ref, style, text := reference(column, row), "", drawnText(t)
	if rarely(t, 8) {
		kind = rapid.SampledFrom([]string{"", ` t="s"`, ` t="str"`, ` t="inlineStr"`}).Draw(t, "other kind")
	}
	switch odd := rapid.IntRange(0, 40).Draw(t, "reference"); odd {
	case 17:
		ref = reference(column+2, row)
	case 18:
		ref = strings.ToLower(ref)
	case 19:
		ref = fmt.Sprintf("%s0%d", columnName(column), row)
	case 20:
		ref = rapid.SampledFrom([]string{"", reference(column, row+9), reference(0, row), "1"}).Draw(t, "refused")
	}
	if rarely(t, 4) {
		style = fmt.Sprintf(` s="%d"`, rapid.IntRange(0, 3).Draw(t, "style"))
	}
	if kind == ` t="s"` && !rarely(t, 8) {
		text = rapid.SampledFrom([]string{"0", "1", "2", "00", "", " 1 "}).Draw(t, "index")
	}
	value := "<v>" + text + "</v>"
	if kind == ` t="inlineStr"` {
		value = "<is><t>" + text + "</t></is>"
	}
	tag := fmt.Sprintf(`<c r="%s"%s%s>`, ref, style, kind)
	switch rapid.IntRange(0, 40).Draw(t, "form") {
	case 17:
		return fmt.Sprintf(`<c%s%s r="%s">%s</c>`, kind, style, ref, value)
	case 18:
		return fmt.Sprintf(`<c%s%s>%s</c>`, style, kind, value)
	case 19:
		return strings.TrimSuffix(tag, ">") + "/>"
	case 20:
		return tag + value + "<f>1</f></c>"
	case 21:
		return tag + value + "</c >"
	case 23:
		return fmt.Sprintf(`<c q:r="%s">%s</c>`, ref, value)
	case 22:
		return tag + "<v></v>" + value + "</c>"
	}
	return tag + value + "</c>"
}

// drawnRow is the XML of a row, mostly with the same attributes as the others have.
func drawnRow(t *rapid.T, attrs string, number int, cells string) string {
	switch rapid.IntRange(0, 40).Draw(t, "row") {
	case 15:
		return fmt.Sprintf(`<row>%s</row>`, cells)
	case 16:
		return fmt.Sprintf(`<row r="%d" hidden="true">%s</row>`, number, cells)
	case 12, 13, 14, 17:
		return fmt.Sprintf(`<row r="%d"/>`, number)
	case 11:
		return fmt.Sprintf(`<row r="%d"/></row>`, number)
	case 18:
		return fmt.Sprintf(`<row%s r="0%d">%s</row>`, attrs, number, cells)
	case 19:
		return fmt.Sprintf(`<row r="%d"%s xmlns="u">%s</row>`, number, attrs, cells)
	case 20:
		return fmt.Sprintf(`<p:row r="%d"%s>%s</p:row>`, number, attrs, cells)
	case 21:
		return fmt.Sprintf(`<row r="%d"%s>%s<d/></row >`, number, attrs, cells)
	case 22:
		return fmt.Sprintf(`</sheetData><sheetData><row r="%d"%s>%s</row>`, number, attrs, cells)
	case 23:
		return fmt.Sprintf(`<p:row r="%d">%s</row>`, number, cells)
	case 24:
		return fmt.Sprintf(`<row r="%d"%s>%s</row>`, number-1, attrs, cells)
	}
	return fmt.Sprintf(`<row r="%d"%s>%s</row>`, number, attrs, cells)
}

// scanned is what a scan makes of a sheet, row by row, and how it ends.
func scanned(t *rapid.T, in source) (rows string) {
	texts := newSharedTexts("", maxTexts, maxOffsets)
	if err := texts.fill(&part{name: "texts", xmlScan: xmlScan{in: newPieces("<sst><si><t>a</t></si><si><t>b</t></si></sst>", 1)}}); err != nil {
		t.Fatal(err)
	}
	s := &sheetScan{part: &part{name: "sheet", xmlScan: xmlScan{in: in}}, book: &workbook{texts: texts, formats: []format{{}, {date: true}, {pattern: parsePattern("00000")}}}}
	var rec record
	for {
		err := s.next(&rec)
		if err != nil {
			return rows + refused(err)
		}
		rows += fmt.Sprintf("%d: %d of %q, hidden: %t, %d so far\n", rec.number, rec.width, rec.cells, rec.hidden, s.found.hidden)
	}
}

// refused is the message of an error. It leaves out the beginning of a tag, which shows as much as the window has.
func refused(err error) string {
	_, what, found := strings.Cut(err.Error(), `" ends the element`)
	if found {
		return what
	}
	return err.Error()
}

// TestQuickCellsReadAlike: a cell says the same whether it is read at once or tag by tag. Where no cell is whole within the
// window, all are read tag by tag.
func TestQuickCellsReadAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xml := `<worksheet><sheetData xmlns:p="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"", ` t="s"`, ` t="s"`, ` t="str"`, ` t="b"`, ` t="e"`, ` t="n"`, ` t="d"`, ` t="inlineStr"`, ` t="inlineStr"`}), 4, 4).Draw(t, "kinds")
		attrs := rapid.SampledFrom([]string{"", ` spans="1:4"`, ` p:x="1"`, ` hidden="1"`, ` xmlns:q="u"`}).Draw(t, "attributes")
		for row := range rapid.IntRange(1, 6).Draw(t, "rows") {
			number := 8 + row // so that it becomes longer
			cells := ""
			for column := range rapid.IntRange(0, len(kinds)).Draw(t, "cells") {
				cells += drawnCell(t, kinds[column], column, number)
			}
			xml += drawnRow(t, attrs, number, cells)
		}
		xml += "</sheetData></worksheet>"
		want := scanned(t, newPieces(xml, 1))
		for _, length := range []int{len(xml), rapid.IntRange(2, 200).Draw(t, "length")} {
			if got := scanned(t, newPieces(xml, length)); got != want {
				t.Fatalf("got other rows of\n%s\nin chunks of %d bytes:\n%s\nwant\n%s", xml, length, got, want)
			}
		}
	})
}

// TestQuickTextsReadAlike: so it is with the table of texts.
func TestQuickTextsReadAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xml := "<sst>"
		for range rapid.IntRange(0, 6).Draw(t, "texts") {
			xml += fmt.Sprintf(rapid.SampledFrom([]string{"<si><t>%s</t></si>", "<si><t>%s</t></si>", "<si><r><t>%s</t></r><rPh><t>a</t></rPh></si>", "<si><t/></si>%s",
				`<si><t xml:space="preserve">%s</t></si>`, "<si>\n<t>%s</t></si>", "<t>%s</t>"}).Draw(t, "item"), drawnText(t))
		}
		xml += "</sst>"
		table := func(length int) (all string) {
			s := newSharedTexts("", maxTexts, maxOffsets)
			if err := s.fill(&part{name: "texts", xmlScan: xmlScan{in: newPieces(xml, length)}}); err != nil {
				return refused(err)
			}
			for i := range s.count {
				text, err := s.text(i)
				all += fmt.Sprintf("%q %v\n", text, err)
			}
			return all + fmt.Sprint(s.damaged)
		}
		want := table(1)
		for _, length := range []int{len(xml), rapid.IntRange(2, 200).Draw(t, "length")} {
			if got := table(length); got != want {
				t.Fatalf("got other texts of\n%s\nin chunks of %d bytes:\n%s\nwant\n%s", xml, length, got, want)
			}
		}
	})
}
