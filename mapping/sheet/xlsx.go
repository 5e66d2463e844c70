package sheet

import (
	"errors"
	"fmt"
	"strings"
)

// openXLSX builds the reader of a workbook. It reads the chosen sheet twice: once to its end, so that a damaged sheet is
// refused before anybody has acted on its first rows, and once for its rows. Both readings are the same code, so that
// nothing can be read that was not checked.
func openXLSX(file *input, opts Options) (*reader, error) {
	parts, err := openArchive(file, file.size)
	if err != nil {
		return nil, err
	}
	if err := parts.refuseOther(); err != nil {
		return nil, err
	}
	book, err := readWorkbook(parts, opts.TempDir)
	if err != nil {
		return nil, err
	}
	r := &reader{file: file, info: Info{Path: file.path, Type: "xlsx", Sheets: book.names()}}
	r.info.note(file.nameNotice("xlsx"))
	if err := book.begin(r, opts); err != nil {
		return nil, errors.Join(err, book.texts.close())
	}
	return r, nil
}

// begin chooses the sheet, checks it and moves r behind its header.
func (w *workbook) begin(r *reader, opts Options) error {
	chosen, err := w.choose(opts.Sheet)
	if err != nil {
		return err
	}
	r.info.Sheet = chosen.name
	if others := w.otherNames(chosen); opts.Sheet == "" && len(others) > 0 {
		r.info.note(fmt.Sprintf("other sheets: %s; choose with source.sheet", strings.Join(others, ", ")))
	}
	if hidden := w.hiddenNames(); len(hidden) > 0 {
		r.info.note(fmt.Sprintf("hidden sheets: %s", strings.Join(hidden, ", ")))
	}
	if w.external {
		r.info.note("the workbook refers to other workbooks; the values that it stored last are read")
	}
	check, err := w.check(chosen)
	if err != nil {
		return err
	}
	for _, notice := range check.notices() {
		r.info.note(notice)
	}
	rows, err := w.scanSheet(chosen)
	if err != nil {
		return err
	}
	rows.merges = &check.merges
	r.source = rows
	if err := r.readHeader(opts.HeaderRow); err != nil {
		return errors.Join(err, rows.part.close())
	}
	r.info.note(check.columnNotice(r.full))
	return nil
}

// check reads a sheet to its end.
func (w *workbook) check(s worksheet) (*found, error) {
	scan, err := w.scanSheet(s)
	if err != nil {
		return nil, err
	}
	err = scan.readThrough()
	return &scan.found, errors.Join(err, scan.part.close())
}
