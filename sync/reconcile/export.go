package reconcile

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-sync/rollcall/mapping/sheet"
)

// exportIDs is the column of ids in a sheet whose job has none of its own: with the marker beside them they count for the account
// that they came from.
const exportIDs = "_id"

// ExportColumn is a column of an exported sheet, as those who edit it should find it.
type ExportColumn struct {
	Header   string
	Kind     sheet.Kind // of what its cells mean
	Words    []string   // all that its cells may hold but nothing, nil for anything
	Strict   bool       // Words are all that there will ever be; else another may be on its way
	Format   string     // number format of a workbook, @ for text
	Required bool
	Comment  string
}

// ExportSheet is what an exported sheet consists of beside its rows.
type ExportSheet struct {
	Name    string // of the worksheet
	Columns []ExportColumn
	IDs     bool   // a column _id stands in front, for none of the columns has the ids
	Marker  string // the text of the _rollcall column, 1:<account fingerprint>:<run>
	Version string // of the program
	Temp    string // folder for temporary files
}

// ExportWriter writes an exported sheet row by row.
type ExportWriter interface {
	// Add writes the row of a record. It does not keep cells.
	Add(id string, cells []sheet.Cell) error
	// Close ends the file.
	Close() error
	// Discard removes temporary files, whatever has been written.
	Discard()
}

// NewExportCSV begins an exported sheet as CSV: all cells are text. Those that a spreadsheet program would evaluate, or give
// back as something else, have an apostrophe in front.
func NewExportCSV(w io.Writer, e *ExportSheet) (ExportWriter, error) {
	out, err := sheet.NewCSVWriter(w, e.header())
	if err != nil {
		return nil, err
	}
	x := &exportCSV{out: out, sheet: e}
	if e.IDs {
		x.kinds = append(x.kinds, sheet.Text)
	}
	for i := range e.Columns {
		x.kinds = append(x.kinds, e.Columns[i].Kind)
	}
	return x, nil
}

// header is the names of all columns.
func (e *ExportSheet) header() []string {
	var names []string
	if e.IDs {
		names = append(names, exportIDs)
	}
	for i := range e.Columns {
		names = append(names, e.Columns[i].Header)
	}
	return append(names, MarkerColumn)
}

type exportCSV struct {
	out   *sheet.CSVWriter
	sheet *ExportSheet
	kinds []sheet.Kind // of the columns but the last
	cells []string
}

func (x *exportCSV) Add(id string, cells []sheet.Cell) error {
	x.cells = x.cells[:0]
	if x.sheet.IDs {
		x.cells = append(x.cells, id)
	}
	for i := range cells {
		x.cells = append(x.cells, cells[i].Text)
	}
	return x.out.WriteKinds(append(x.cells, x.sheet.Marker), x.kinds)
}

func (x *exportCSV) Close() error { return x.out.Flush() }

func (x *exportCSV) Discard() {}

// fullLists is how many entries a list of a cell may have. Programs show longer ones badly.
const fullLists = 5000

// listSheet is the worksheet with the words of cells. It is hidden.
const listSheet = "Lists"

// placeOfList is where the words of a column are in the workbook.
func placeOfList(column, entries int) string {
	first := string(appendColumn(nil, column))
	return fmt.Sprintf("%s!$%s$1:$%s$%d", listSheet, first, first, entries)
}

// offered reports whether the words of a column fit a list of a cell.
func (c *ExportColumn) offered() bool { return len(c.Words) > 0 && len(c.Words) <= fullLists }

// validations is the rules of the columns for the cells below the header.
func (e *ExportSheet) validations() string {
	var rules []string
	column, list := 0, 0
	if e.IDs {
		column++
	}
	for i := range e.Columns {
		if c := &e.Columns[i]; c.offered() {
			letters := string(appendColumn(nil, column))
			style, complaint := c.insistence()
			rules = append(rules, fmt.Sprintf(`<dataValidation type="list" errorStyle="%s" allowBlank="1" showErrorMessage="1" `+
				`errorTitle="%s" error="%s" sqref="%s2:%s%d"><formula1>%s</formula1></dataValidation>`,
				style, cellText(visibleText(c.title())), xmlText(complaint), letters, letters, sheetRows+1, placeOfList(list, len(c.Words))))
			list++
		}
		column++
	}
	if rules == nil {
		return ""
	}
	return fmt.Sprintf(`<dataValidations count="%d">%s</dataValidations>`, len(rules), strings.Join(rules, ""))
}

// insistence is how a program insists on a list, and what it says.
func (c *ExportColumn) insistence() (style, complaint string) {
	if c.Strict {
		return "stop", "Choose one of the list, or leave the cell blank."
	}
	return "warning", "The account had nothing of this name when the sheet was exported."
}

// title is the header as the title of a message, which has room for 32 characters.
func (c *ExportColumn) title() string {
	const most = 32
	if units(c.Header) <= most {
		return c.Header
	}
	return cut(c.Header, most/2)
}

// writeLists writes the words of all columns side by side.
func (b *workbook) writeLists(columns []ExportColumn) error {
	var offered [][]string
	rows := 0
	for i := range columns {
		if columns[i].offered() {
			offered = append(offered, columns[i].Words)
			rows = max(rows, len(columns[i].Words))
		}
	}
	if offered == nil {
		return nil
	}
	out, err := b.newSheet(listSheet)
	if err != nil {
		return err
	}
	if err := out.write(sheetHead("", slices.Repeat([]int{20}, len(offered)))); err != nil {
		return err
	}
	for n := range rows {
		cells := make([]cell, len(offered))
		for i, words := range offered {
			if n < len(words) {
				cells[i] = b.styles.cell(words[n], b.styles.text)
			}
		}
		if err := out.row(n+1, 0, cells); err != nil {
			return err
		}
	}
	if err := out.write(sheetTail("", "", false)); err != nil {
		return err
	}
	if err := out.seal(); err != nil {
		return err
	}
	return b.file.SetSheetVisible(listSheet, false)
}
