package sync_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
	"github.com/rollcall-sync/rollcall/sync/reconcile"
	"github.com/rollcall-sync/rollcall/sync/simulator"
)

// madeRow is a row of a generated sheet.
type madeRow struct {
	number int      // physical
	cells  []string // as they are written; fewer or more than the header has, if the row is ragged
	hidden bool
}

// madeSheet is a generated sheet.
type madeSheet struct {
	path   string
	header []string
	rows   []madeRow
}

// makeSheet draws a sheet, and puts records into the API that some of its rows are about.
func (e *episode) makeSheet() *madeSheet {
	s := &madeSheet{header: []string{"Customer", "E-mail", "Name", "Fax", "Do", "Contact", "Note"}}
	texts := []string{"", "", "Ann", "=1+1", "'=1", "say \"hi\", twice", "two\nlines", " blanks around ", "Łódź 山", "+49 170 1", "a;b", "007", "-"}
	const emails = 40
	var ids []int64
	for i := range emails {
		for range []int{0, 0, 0, 1, 1, 1, 1, 2}[e.IntN(8)] {
			mail, name := address(i), texts[2+e.IntN(3)]
			ids = append(ids, e.sim.CRO.AddContact(int64(1+e.IntN(3)), simulator.Contact{Email: &mail, Name: &name}))
		}
	}
	number := 1
	for range e.IntN(14) {
		number++
		if e.one(8) {
			continue // a blank row
		}
		row := madeRow{number: number, hidden: e.one(9)}
		row.cells = []string{fmt.Sprint(1 + e.IntN(3)), address(e.IntN(emails)), texts[e.IntN(len(texts))], "", "", "", texts[e.IntN(len(texts))]}
		switch e.IntN(18) {
		case 0:
			row.cells[0] = []string{"777", "", "x"}[e.IntN(3)]
		case 1:
			row.cells[1] = []string{"wrong", "", "a@x.example; b@x.example"}[e.IntN(3)]
		case 2:
			row.cells[3] = []string{"+1 555 0100", "12", "a fax number that is far too long"}[e.IntN(3)]
		case 3:
			row.cells[4] = []string{"create", "update", "skip", "upsert", "Skip", "bogus"}[e.IntN(6)]
		case 4:
			if row.cells[5] = "999999"; len(ids) > 0 && !e.one(3) {
				row.cells[5] = fmt.Sprint(ids[e.IntN(len(ids))])
			}
		case 5:
			row.cells = append(row.cells, "beyond")
		case 6:
			row.cells = row.cells[:2+e.IntN(4)]
		}
		s.rows = append(s.rows, row)
		for _, cell := range row.cells {
			number += strings.Count(cell, "\n")
		}
	}
	return s
}

func address(i int) string { return fmt.Sprintf("p%d@x.example", i) }

// write writes the sheet as a file of one of both types.
func (s *madeSheet) write(dir string, workbook bool) error {
	if workbook {
		s.path = filepath.Join(dir, "sheet.xlsx")
		return s.writeXLSX()
	}
	s.path = filepath.Join(dir, "sheet.csv")
	var b strings.Builder
	line := 1
	put := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteByte(',')
			}
			if strings.ContainsAny(cell, "\",\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
			line += strings.Count(cell, "\n")
		}
		b.WriteByte('\n')
		line++
	}
	put(s.header)
	for _, row := range s.rows {
		for line < row.number {
			put(nil)
		}
		put(row.cells)
	}
	return os.WriteFile(s.path, []byte(b.String()), 0o600)
}

// writeXLSX writes a workbook, whose rows lie where their numbers say. None of them is ragged, but for cells beyond the header.
func (s *madeSheet) writeXLSX() error {
	f := excelize.NewFile()
	for i, row := range append([]madeRow{{number: 1, cells: s.header}}, s.rows...) {
		for column, text := range row.cells {
			name, err := excelize.CoordinatesToCellName(column+1, row.number)
			if err == nil && text != "" {
				err = f.SetCellStr("Sheet1", name, text)
			}
			if err != nil {
				return err
			}
		}
		if err := f.SetRowVisible("Sheet1", row.number, i == 0 || !row.hidden); err != nil {
			return err
		}
	}
	return errors.Join(f.SaveAs(s.path), f.Close())
}

// texts is the cells of a row as a report must have them.
func (s *madeSheet) texts(row *madeRow) []string {
	out := slices.Clone(row.cells)
	for len(out) < len(s.header) {
		out = append(out, "")
	}
	return out
}

// reportOf is the sheet that a report of this one is, read by the standard library.
func (s *madeSheet) reportOf(path, name string) (*madeSheet, error) {
	back := &madeSheet{path: path, header: s.header}
	if name == reconcile.AnnotatedXLSX {
		for i, row := range s.rows {
			if filepath.Ext(s.path) != ".xlsx" {
				row.number = i + 2 // a workbook of its own, without what is blank
			}
			row.cells = s.texts(&row)
			back.rows = append(back.rows, row)
		}
		return back, nil
	}
	records, err := readRecords(path)
	if err != nil {
		return nil, err
	}
	for _, r := range records[1:] {
		back.rows = append(back.rows, madeRow{number: r.line, cells: r.input(len(s.header))})
	}
	return back, nil
}

// csvRecord is a record of a CSV file.
type csvRecord struct {
	line  int
	cells []string
}

// input is the cells of the input in a record of a report, and those beyond them.
func (r *csvRecord) input(width int) []string {
	const account = 12 // columns, with the marker
	cells := slices.Clone(r.cells[:width])
	if len(r.cells) > width+account {
		cells = append(cells, r.cells[width+account:]...)
	}
	for i := range cells {
		cells[i] = sheet.Unguard(cells[i])
	}
	return cells
}

// readRecords reads a CSV file by the standard library.
func readRecords(path string) (records []csvRecord, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(int64(len("\uFEFF")), io.SeekStart); err != nil {
		return nil, err
	}
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		records = append(records, csvRecord{line, cells})
	}
}
