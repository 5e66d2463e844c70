package testdata_test

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"
)

const (
	sheetName  = "Contacts"
	textFormat = 49 // Excel's built-in "@": the cell shows what was typed
)

// workbook lays a sheet out as a person does in Excel: bold header, sensible widths, phone and fax as text, the header
// frozen and filters on.
func workbook(t *testing.T, s *sheet) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	// must stops at the first refusal: a sample that is half written is no sample.
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("make %s: %v", s.file, err)
		}
	}
	must(book.SetSheetName("Sheet1", sheetName))
	must(book.SetDocProps(&excelize.DocProperties{
		Title: "Customer contacts", Creator: "Front office",
		Created: "2026-01-05T09:00:00Z", Modified: "2026-02-16T15:30:00Z",
	}))
	setUpColumns(must, book)
	must(book.SetSheetRow(sheetName, "A1", &s.header))
	for i, cells := range s.rows {
		for column, text := range cells {
			if text == "" {
				continue
			}
			at, err := excelize.CoordinatesToCellName(column+1, i+2)
			must(err)
			if number, err := strconv.Atoi(text); err == nil && column == customerColumn {
				must(book.SetCellInt(sheetName, at, int64(number)))
				continue
			}
			must(book.SetCellStr(sheetName, at, text))
		}
	}
	var out bytes.Buffer
	must(book.Write(&out))
	return out.Bytes()
}

func setUpColumns(must func(error), book *excelize.File) {
	for _, c := range []struct {
		columns string
		width   float64
	}{{"A", 13}, {"B", 30}, {"C", 44}, {"D:E", 22}, {"F:G", 12}, {"H", 38}} {
		first, last := c.columns[:1], c.columns[len(c.columns)-1:]
		must(book.SetColWidth(sheetName, first, last, c.width))
	}
	text, err := book.NewStyle(&excelize.Style{NumFmt: textFormat})
	must(err)
	must(book.SetColStyle(sheetName, "D:E", text))
	wrapped, err := book.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	must(err)
	must(book.SetColStyle(sheetName, "H", wrapped))
	bold, err := book.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}},
	})
	must(err)
	must(book.SetCellStyle(sheetName, "A1", "H1", bold))
	must(book.SetPanes(sheetName, &excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
	}))
	must(book.AutoFilter(sheetName, "A1:H241", nil))
}

// readWorkbook reads every row of a worksheet at the header's width.
func readWorkbook(t *testing.T, data []byte, name string) [][]string {
	t.Helper()
	rows, err := open(t, data).GetRows(name)
	if err != nil {
		t.Fatalf("read the workbook: %v", err)
	}
	for i := range rows {
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

func open(t *testing.T, data []byte) *excelize.File {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("open the workbook: %v", err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

func TestWorkbookKeepsCustomersAsNumbersAndPhonesAsText(t *testing.T) {
	s := contacts()
	book := open(t, committed(t, s.file))
	for i, cells := range s.rows {
		for column, wanted := range map[int]excelize.CellType{
			customerColumn: excelize.CellTypeUnset, // no type attribute: a number
			phoneColumn:    excelize.CellTypeSharedString,
			faxColumn:      excelize.CellTypeSharedString,
		} {
			if cells[column] == "" {
				continue
			}
			at, err := excelize.CoordinatesToCellName(column+1, i+2)
			if err != nil {
				t.Fatal(err)
			}
			got, err := book.GetCellType(sheetName, at)
			if err != nil {
				t.Fatal(err)
			}
			if got != wanted {
				t.Errorf("%s: got cell type %d, want %d", at, got, wanted)
			}
		}
	}
	for _, at := range []string{"D2", "E241"} {
		index, err := book.GetCellStyle(sheetName, at)
		if err != nil {
			t.Fatal(err)
		}
		style, err := book.GetStyle(index)
		if err != nil {
			t.Fatal(err)
		}
		if style.NumFmt != textFormat {
			t.Errorf("%s: got number format %d, want text (%d)", at, style.NumFmt, textFormat)
		}
	}
}
