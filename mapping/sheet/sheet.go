// Package sheet reads and writes the files people keep their contacts in: CSV and XLSX, as a stream of rows of text
// with positions.
//
// It answers what a cell says and where it stands, and it names damage instead of repairing it: a cell that Excel has
// turned into 1.5E+15 is handed on with its [Damage], and a file of which a part cannot be read is refused whole. It
// does not know what a column means; that is the business of package mapping.
//
// Begin at [Open] for reading and [NewCSVWriter] for writing.
package sheet

import "fmt"

// Kind is what a cell holds in its file. Every cell of a CSV file is [Text].
type Kind uint8

// The kinds of cells.
const (
	Text    Kind = iota // text, or nothing
	Number              // a number of a workbook: Raw holds its digits
	Date                // a date or time of a workbook: Raw holds it in ISO 8601
	Boolean             // a boolean of a workbook: Raw is "true" or "false"
)

// Damage is what a spreadsheet program or a transfer has done to a cell. The zero value means a sound cell.
type Damage uint8

// The damages that a reader can see without knowing what the column is for. Whether one of them matters depends on the
// field: an exponent is harmless in a price and fatal in a phone number.
const (
	DamageNone     Damage = iota
	DamageExponent        // shown in exponent form, such as 1.5E+15
	DamageDigits          // more than 15 digits in a numeric cell: Excel has replaced the rest by zeros
	DamageError           // an error value such as #N/A or #REF!
	DamageFormula         // a formula without a stored value
	DamageNUL             // a NUL byte or another character that XML and the APIs cannot carry
	DamageEncoding        // bytes that are not text in the file's encoding
	DamageLength          // more than 32,767 characters, or the beginning of a line of more than 1 MiB
)

// Cell is one cell as its file has it.
type Cell struct {
	Text   string // what the person sees; "" is blank
	Raw    string // the stored value of a Number, Date or Boolean; "" for Text
	Kind   Kind
	Damage Damage
}

// Row is one record of a sheet. Blank rows are never delivered.
type Row struct {
	Number int    // the workbook's row number, or the record's first physical line; both count from 1
	Width  int    // how many cells the record had; differs from the header's width in a ragged CSV record
	Cells  []Cell // one per column of the header, in its order; cells beyond the header follow
	ID     string // the _id cell of a sheet that Rollcall wrote, else ""
	Mark   string // the _rollcall cell of a sheet that Rollcall wrote, else ""
	Hidden bool   // the workbook does not show it: it is hidden, or filtered away
	Merged bool   // a merged area touches it within the columns of the header: only its first cell has the value
}

// Info is what was detected about a file, for printing and for the report. Every detected property can be overridden
// through [Options].
type Info struct {
	Path      string   // as given
	Type      string   // "csv" or "xlsx"
	Sheet     string   // name of the worksheet, "" for CSV
	Sheets    []string // all worksheets of the workbook
	Encoding  string   // "utf-8", "utf-16le", "windows-1252"; "" for XLSX
	Delimiter string   // ",", ";", "\t" or "|"; "" for XLSX
	Quote     string   // `"`, "'" or "none"; "" for XLSX
	HeaderRow int      // physical row of the header, from 1
	Lines     int      // CSV: about how many lines there are, judged by the first of them; 0 for XLSX
	Columns   []int    // sheet column (from 0) of each column of the header
	Own       []int    // sheet column (from 0) of each column that Rollcall added to a sheet it wrote
	Merged    bool     // areas of the sheet are merged, and no row has said so: see Options.Early
	Marked    bool     // the sheet was written by Rollcall: it ends in a _rollcall column
	Report    bool     // it is a rows.csv or failed.csv: it has a _status column too
	Notices   []string // what a person should know, such as an assumed encoding
}

// Options override what is detected. The zero value detects everything.
type Options struct {
	Sheet     string // worksheet by name; default: the first visible one
	HeaderRow int    // physical row of the header, from 1; default: the first row that is not blank
	Delimiter string // CSV: one character, or "tab"
	Quote     string // CSV: `"` or "'", or "none" if quotes mean nothing in the file
	Encoding  string // CSV: "utf-8", "utf-16le", "windows-1252", "cp850" and others
	TempDir   string // XLSX: folder for texts that the memory cannot hold; default: the system's
	Early     bool   // see the note at Open
	Whole     bool   // a sheet that Rollcall wrote is read like any other: its own columns are columns, and guards stay
}

// Reader is a sheet as a stream. An implementation delivers every row of the file that is not blank exactly once, in the
// order of the file, or ends with an error: a reader never skips what it cannot read.
type Reader interface {
	// Info tells what the file turned out to be.
	Info() Info
	// Header is the names of the columns as the file has them, without the columns that Rollcall itself added to a
	// sheet it wrote.
	Header() []string
	// Read fills row, reusing its Cells. It returns [io.EOF] after the last row, and an [*Error] on damage; after
	// any error the reader gives no more rows.
	Read(row *Row) error
	// Close releases the file.
	Close() error
}

// Error is a file that cannot be read, or not further than Row.
type Error struct {
	File    string
	Row     int    // physical row, 0 if it is the whole file
	Column  string // name of the column, "" if it is the whole row, or if the column has no name
	Reason  string // what is wrong
	Remedy  string // what to do about it
	Damaged bool   // it is a workbook, but something in it is broken or missing

	cell     int  // place of the cell in its record, from 1; 0 if it is the whole row
	notEarly bool // it is no refusal: see ErrNotEarly
}

// Error gives file, row, column, reason and remedy in one line.
func (e *Error) Error() string {
	where := e.File
	if e.Row > 0 {
		where = fmt.Sprintf("%s, row %d", e.File, e.Row)
	}
	switch {
	case e.Column != "":
		where += fmt.Sprintf(", column %q", e.Column)
	case e.cell > 0:
		where += fmt.Sprintf(", column %d", e.cell)
	}
	if e.Remedy == "" {
		return where + ": " + e.Reason
	}
	return fmt.Sprintf("%s: %s; %s", where, e.Reason, e.Remedy)
}

// Texts is the cells of r as the person sees them.
func (r *Row) Texts() []string {
	out := make([]string, len(r.Cells))
	for i := range r.Cells {
		out[i] = r.Cells[i].Text
	}
	return out
}
