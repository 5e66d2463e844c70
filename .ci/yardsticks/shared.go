package main

import (
	"archive/zip"
	"bufio"
	"fmt"
	"os"
	"slices"
)

// writeShared writes a workbook with its texts in the table of shared texts, as Excel writes it. Those of the distinct cells
// differ in every row.
func writeShared(path string, count int, distinct ...int) error {
	t := &texts{count, distinct}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	const space = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	const relations = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	const office = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	for _, part := range []struct {
		name  string
		write func(*bufio.Writer)
	}{
		{"[Content_Types].xml", func(w *bufio.Writer) {
			const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
			fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">`+
				`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`+
				`<Override PartName="/xl/workbook.xml" ContentType="%[1]ssheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="%[1]sworksheet+xml"/>`+
				`<Override PartName="/xl/sharedStrings.xml" ContentType="%[1]ssharedStrings+xml"/></Types>`, kind)
		}},
		{"_rels/.rels", func(w *bufio.Writer) {
			fmt.Fprintf(w, `<Relationships %s><Relationship Id="rId1" Type="%s/officeDocument" Target="xl/workbook.xml"/></Relationships>`, relations, office)
		}},
		{"xl/workbook.xml", func(w *bufio.Writer) {
			fmt.Fprintf(w, `<workbook %s xmlns:r="%s"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`, space, office)
		}},
		{"xl/_rels/workbook.xml.rels", func(w *bufio.Writer) {
			fmt.Fprintf(w, `<Relationships %s><Relationship Id="rId1" Type="%[2]s/worksheet" Target="worksheets/sheet1.xml"/>`+
				`<Relationship Id="rId2" Type="%[2]s/sharedStrings" Target="sharedStrings.xml"/></Relationships>`, relations, office)
		}},
		{"xl/worksheets/sheet1.xml", func(w *bufio.Writer) { t.writeSheet(w, space) }},
		{"xl/sharedStrings.xml", func(w *bufio.Writer) { t.writeTexts(w, space) }},
	} {
		out, err := z.Create(part.name)
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(out, 1<<16)
		part.write(w)
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return z.Close()
}

// texts is the table of shared texts: those that only one row has, those that every so many-th row has, the header, false and true.
type texts struct {
	count    int
	distinct []int // cells of a row with a text that no other row has
}

// usual is how many rows have texts of their own in the other cells; behind them they come again.
const usual = 1000

// worded is how many cells of a row have texts; behind them come those of the booleans.
const worded = 5

// of is the number of the text in a cell of a row, counted from 0.
func (t *texts) of(n, i int) int {
	own := len(t.distinct)
	if at := slices.Index(t.distinct, i); at >= 0 {
		return n*own + at
	}
	if i < worded {
		return t.count*own + n%usual*worded + i
	}
	return t.header(len(header())) + i%2
}

// header is the number of the text in a cell of the header.
func (t *texts) header(i int) int { return t.count*len(t.distinct) + usual*worded + i }

// writeSheet writes the cells.
func (t *texts) writeSheet(w *bufio.Writer, space string) {
	fmt.Fprintf(w, `<worksheet %s><sheetData>`, space)
	for n := range t.count + 1 { // the header is the first
		fmt.Fprintf(w, `<row r="%d">`, n+1)
		for i := range header() {
			text := t.header(i)
			if n > 0 {
				text = t.of(n-1, i)
			}
			fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, n+1, text)
		}
		w.WriteString("</row>")
	}
	w.WriteString("</sheetData></worksheet>")
}

// writeTexts writes the table.
func (t *texts) writeTexts(w *bufio.Writer, space string) {
	fmt.Fprintf(w, `<sst %s>`, space)
	for n := range t.count {
		cells := contact(n)
		for _, i := range t.distinct {
			fmt.Fprintf(w, "<si><t>%s</t></si>", cells[i])
		}
	}
	for n := range usual {
		for _, text := range contact(n)[:worded] {
			fmt.Fprintf(w, "<si><t>%s</t></si>", text)
		}
	}
	for _, text := range append(header(), "false", "true") {
		fmt.Fprintf(w, "<si><t>%s</t></si>", text)
	}
	w.WriteString("</sst>")
}
