package testdata_test

import (
	"bytes"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-sync/rollcall/testdata"
)

const (
	customersName = "Customers"
	sheetDate     = "02/01/2006" // how the dates of the workbook look, whether they are dates or text
	excelDate     = "dd/mm/yyyy" // the same in the words of Excel
)

// plainNumber is what a person types as a number, not as text.
var plainNumber = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

// customerBook lays the customers out as they grew over the years: amounts that are numbers beside amounts that are text,
// NDA dates as text, MSA dates as dates, MSA marks as booleans.
func customerBook(t *testing.T, s *sheet) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("make %s: %v", s.file, err)
		}
	}
	must(book.SetSheetName("Sheet1", customersName))
	must(book.SetDocProps(&excelize.DocProperties{
		Title: "Customers and terms", Creator: "Back office", Created: "2026-01-05T09:00:00Z", Modified: "2026-02-16T15:30:00Z",
	}))
	must(book.SetSheetRow(customersName, "A1", &s.header))
	format := excelDate
	date, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	must(err)
	for i, cells := range s.rows {
		for column, text := range cells {
			at, err := excelize.CoordinatesToCellName(column+1, i+2)
			must(err)
			must(setCustomerCell(book, at, column, text))
			if column == msaDateColumn {
				must(book.SetCellStyle(customersName, at, at, date))
			}
		}
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	must(err)
	must(book.SetRowStyle(customersName, 1, 1, bold))
	must(book.SetColWidth(customersName, "A", "Y", 16))
	must(book.SetPanes(customersName, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}))
	var out bytes.Buffer
	must(book.Write(&out))
	return out.Bytes()
}

// setCustomerCell stores a cell in the type that its column has; blank cells stay away.
func setCustomerCell(book *excelize.File, at string, column int, text string) error {
	switch {
	case text == "":
		return nil
	case column == msaColumn:
		return book.SetCellBool(customersName, at, text == "TRUE")
	case column == msaDateColumn:
		day, err := time.Parse(sheetDate, text)
		if err != nil {
			return err
		}
		return book.SetCellValue(customersName, at, day)
	case (column == creditColumn || column == visitsColumn) && plainNumber.MatchString(text):
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		return book.SetCellFloat(customersName, at, number, -1, 64)
	}
	return book.SetCellStr(customersName, at, text)
}

func TestCustomersMixTheTypesOfExcel(t *testing.T) {
	book := open(t, committed(t, testdata.RevnueCustomers))
	for _, cell := range []struct {
		sentence, at, shown string
		kind                excelize.CellType
	}{
		{"an amount that is a number", "U2", "1000.55", excelize.CellTypeUnset},
		{"an amount that is text", "U3", "2.001,00", excelize.CellTypeSharedString},
		{"a whole number of fifteen digits", "V38", "999999999999999", excelize.CellTypeUnset},
		{"an NDA date that is text", "R2", "01/01/2024", excelize.CellTypeSharedString},
		{"an MSA date that is a date", "T2", "01/02/2024", excelize.CellTypeUnset},
		{"an MSA mark that is a boolean", "S2", "TRUE", excelize.CellTypeBool},
		{"a name that is text, though it looks like a formula", "A2", "=1+1 Ltd", excelize.CellTypeSharedString},
		{"a zip code with its zeros", "J2", "00000", excelize.CellTypeSharedString},
	} {
		kind, err := book.GetCellType(customersName, cell.at)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := book.GetCellValue(customersName, cell.at)
		if err != nil {
			t.Fatal(err)
		}
		if kind != cell.kind || shown != cell.shown {
			t.Errorf("%s, %s: got %q of type %d, want %q of type %d", cell.sentence, cell.at, shown, kind, cell.shown, cell.kind)
		}
	}
}
