package sheet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Open opens the sheet at path. What the file is, is told by its content; a name that says otherwise is a notice in
// [Info]. A workbook is read through once before Open returns, so that a damaged one is refused before its first row.
// Whoever acts on no row before the last one can have them early, in half the time: then damage may show at any row, some of
// the notices are there behind the last one, and so is whether the sheet has merged areas, which no row has told. A CSV file is
// taken for UTF-8 then as far as it has been read, and ends with [ErrNotEarly] if it is not.
//
// Every refusal is an [*Error]: the file is missing, empty, not a sheet, protected, damaged, or does not fit opts.
func Open(path string, opts Options) (Reader, error) {
	if err := refuseLock(filepath.Base(path)); err != nil {
		return nil, inFile(err, path)
	}
	file, err := openInput(path)
	if err != nil {
		return nil, inFile(err, path)
	}
	r, err := openSheet(file, opts)
	if err != nil {
		if changed := file.checkUnchanged(); changed != nil {
			err = changed // what was found wrong in it need not be wrong
		}
		file.Close()
		return nil, inFile(err, path)
	}
	return r, nil
}

// refuseLock returns the Error for the small files that say who has a workbook open.
func refuseLock(name string) error {
	switch {
	case strings.HasPrefix(name, "~$"):
		return &Error{Reason: "it is the lock file that Excel keeps beside an open workbook",
			Remedy: "give the workbook itself, whose name has no ~$ in front"}
	case strings.HasPrefix(name, ".~lock.") && strings.HasSuffix(name, "#"):
		return &Error{Reason: "it is the lock file that LibreOffice keeps beside an open sheet",
			Remedy: "give the sheet itself, whose name has no .~lock. in front and no # behind"}
	}
	return nil
}

// openSheet tells a workbook from text and builds the reader for it.
func openSheet(file *input, opts Options) (*reader, error) {
	if file.size == 0 {
		return nil, noHeader("the file is empty")
	}
	head := make([]byte, min(file.size, sniffSize))
	if _, err := io.ReadFull(file, head); err != nil {
		return nil, unreadable(err)
	}
	if isZip(head) {
		return openXLSX(file, opts)
	}
	if err := refuseForeign(file, head); err != nil {
		return nil, err
	}
	return openCSV(file, head, opts)
}

// input is the file of a sheet, and what it was when it was opened.
type input struct {
	*os.File
	path    string
	size    int64
	modTime time.Time
}

// openInput opens a regular file. It looks before it opens, because opening some devices does something, and once more
// behind, because the path may lead to another file by then. A FIFO that came in between does not make it wait.
func openInput(path string) (*input, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(path) == "-" {
		return nil, &Error{Reason: "standard input is not read", Remedy: "give a file"}
	}
	if err != nil {
		return nil, unreadable(err)
	}
	if err := refuseIrregular(info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, unreadable(err)
	}
	if info, err = file.Stat(); err == nil {
		err = refuseIrregular(info)
	}
	if err != nil {
		file.Close()
		return nil, unreadable(err)
	}
	return &input{File: file, path: path, size: info.Size(), modTime: info.ModTime()}, nil
}

// refuseIrregular returns the Error for what is not a regular file. Reading others may wait or go on forever.
func refuseIrregular(info fs.FileInfo) error {
	if info.IsDir() {
		return &Error{Reason: "it is a directory", Remedy: "give one CSV or XLSX file"}
	}
	if !info.Mode().IsRegular() {
		return &Error{Reason: "it is not a regular file but a device, pipe or socket",
			Remedy: "save the sheet as a file first"}
	}
	return nil
}

// checkUnchanged tells whether the file is still the one that was opened. Rows from two states of a file belong to
// neither of them.
func (f *input) checkUnchanged() error {
	info, err := f.Stat()
	if err != nil {
		return unreadable(err)
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.modTime) {
		return &Error{Reason: "the file changed while it was read",
			Remedy: "wait until the program that writes it is done, then try again"}
	}
	return nil
}

// nameNotice is the notice for a file whose name says another type than its content, or "".
func (f *input) nameNotice(found string) string {
	ext := strings.ToLower(filepath.Ext(f.path))
	workbook := ext == ".xlsx" || ext == ".xlsm" || ext == ".xls" || ext == ".xlsb" || ext == ".ods" || ext == ".numbers"
	text := ext == ".csv" || ext == ".tsv" || ext == ".tab" || ext == ".txt"
	switch {
	case found == "csv" && workbook:
		return fmt.Sprintf("the name ends in %s, but the file is plain text; it is read as CSV", ext)
	case found == "xlsx" && text:
		return fmt.Sprintf("the name ends in %s, but the file is a workbook; it is read as XLSX", ext)
	}
	return ""
}

// inFile gives err the file's name, and makes an Error of any other error but io.EOF.
func inFile(err error, path string) error {
	var e *Error
	if !errors.As(err, &e) {
		e = unreadable(err)
	}
	if e.File == "" {
		e.File = path
	}
	return e
}

// unreadable is the Error for a failure of the file system.
func unreadable(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &Error{Reason: "there is no such file", Remedy: "check the path"}
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return &Error{Reason: "it cannot be read: " + err.Error(), Remedy: "check the file and the permissions on it"}
}

// noHeader is the Error for a sheet without a header.
func noHeader(because string) *Error {
	return &Error{Reason: "no header: " + because, Remedy: "the sheet needs a row of column names above its data"}
}
